"""Queues: the interactions that share a name, in the order in which they are to be played.

The rule of this file: finding what is left to play costs the same however many there are, played or not.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple


class Queue(NamedTuple):
    """Positions in a cassette, as they were recorded: those from a request's own host, and those from all hosts.

    ``played`` and ``all_played`` are how many of each were played before the first that was not.
    """

    own: Sequence[int] = ()
    played: int = 0
    all: Sequence[int] = ()
    all_played: int = 0

    def left(self) -> Iterator[int]:
        """The own host's positions, then all hosts', without the first ones that were played."""
        yield from map(self.own.__getitem__, range(self.played, len(self.own)))
        yield from map(self.all.__getitem__, range(self.all_played, len(self.all)))

    def forwards(self) -> Iterator[int]:
        """The own host's positions, then all hosts', from the first."""
        return chain(self.own, self.all)

    def backwards(self) -> Iterator[int]:
        """The own host's positions, then all hosts', from the last."""
        return chain(reversed(self.own), reversed(self.all))


class Queues:
    """Queues by their names."""

    def __init__(self) -> None:
        self._positions: dict[Hashable, list[int]] = {}
        self._own: dict[tuple[Hashable, str | None], list[int]] = {}
        self._played: dict[Hashable, int] = {}

    def add(self, name: Hashable, host: str | None, position: int) -> Sequence[int]:
        """Put a position at the end of the queue ``name``; all positions that are in it now."""
        self._own.setdefault((name, host), []).append(position)
        positions = self._positions.setdefault(name, [])
        positions.append(position)
        return positions

    def of(self, name: Hashable, host: str | None, counts: Mapping[int, int]) -> Queue:
        """The queue ``name`` for a request to ``host``; ``counts`` tells how often each position was played."""
        own = self._own.get((name, host), [])
        everybody = self._positions.get(name, [])
        return Queue(own, self._head((name, host), own, counts), everybody, self._head((name,), everybody, counts))

    def rewind(self) -> None:
        """Forget what was played."""
        self._played.clear()

    def _head(self, name: Hashable, positions: Sequence[int], counts: Mapping[int, int]) -> int:
        head = self._played.get(name, 0)
        while head < len(positions) and counts[positions[head]]:
            head += 1
        self._played[name] = head
        return head
