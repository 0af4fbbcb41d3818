"""Queues: the interactions that share a key, in the order in which they are played.

The next one to play is found in constant time, however many there are and however many were played.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterator, Mapping, Sequence
from itertools import chain
from typing import NamedTuple


class Queue(NamedTuple):
    """Positions in a cassette in recorded order: those from a request's own host, and those from all hosts.

    ``played`` and ``all_played`` are the numbers of positions before the first one that was not played.
    """

    own: Sequence[int] = ()
    played: int = 0
    all: Sequence[int] = ()
    all_played: int = 0

    def left(self) -> Iterator[int]:
        """The own host's positions, then all hosts', without the played ones at the beginning of each."""
        yield from map(self.own.__getitem__, range(self.played, len(self.own)))
        yield from map(self.all.__getitem__, range(self.all_played, len(self.all)))

    def forwards(self) -> Iterator[int]:
        """The own host's positions, then all hosts', from the first."""
        return chain(self.own, self.all)

    def backwards(self) -> Iterator[int]:
        """The own host's positions, then all hosts', from the last."""
        return chain(reversed(self.own), reversed(self.all))


class Queues:
    """Queues by their keys."""

    def __init__(self) -> None:
        self._positions: dict[Hashable, list[int]] = {}
        self._own: dict[tuple[Hashable, str | None], list[int]] = {}
        self._played: dict[Hashable, int] = {}

    def add(self, key: Hashable, host: str | None, position: int) -> Sequence[int]:
        """Put a position at the end of the queue ``key``; returns all positions that are in it now."""
        self._own.setdefault((key, host), []).append(position)
        positions = self._positions.setdefault(key, [])
        positions.append(position)
        return positions

    def of(self, key: Hashable, host: str | None, counts: Mapping[int, int]) -> Queue:
        """The queue ``key`` for a request to ``host``; ``counts`` has the number of plays of each position."""
        own = self._own.get((key, host), [])
        everywhere = self._positions.get(key, [])
        return Queue(own, self._head((key, host), own, counts), everywhere, self._head((key,), everywhere, counts))

    def rewind(self) -> None:
        """Start again: nothing counts as played."""
        self._played.clear()

    def _head(self, key: Hashable, positions: Sequence[int], counts: Mapping[int, int]) -> int:
        head = self._played.get(key, 0)
        while head < len(positions) and counts[positions[head]]:
            head += 1
        self._played[key] = head
        return head
