"""Queues: the interactions that may answer a request, the nearest first, each found in constant time.

The interactions that share a key are equal under the rules. Of those, the ones that are spelled as the request is
answer it, and no others, even when all of them were played. An interaction may be spelled like the request in several
degrees (``Degree``), the closest of which counts.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Generic, NamedTuple, TypeVar

from vcr_openai._http.exchange import HttpRequest
from vcr_openai._matching.canonical import origin

R = TypeVar("R")  # a request


class Queue(NamedTuple):
    """Positions in a cassette in recorded order, and how many were played before the first one that was not."""

    positions: Sequence[int]
    played: int

    def left(self) -> Iterator[int]:
        """The positions without the played ones at the beginning."""
        return map(self.positions.__getitem__, range(self.played, len(self.positions)))


class Choice(NamedTuple):
    """The queues of one degree, the nearest first; each is a part of the last."""

    queues: Sequence[Queue]

    def left(self) -> Iterator[int]:
        """The positions without the played ones at the beginning of each queue."""
        return chain.from_iterable(queue.left() for queue in self.queues)

    def forwards(self) -> Iterator[int]:
        """All positions, from the first."""
        return chain.from_iterable(queue.positions for queue in self.queues)

    def backwards(self) -> Iterator[int]:
        """All positions, from the last."""
        return chain.from_iterable(reversed(queue.positions) for queue in self.queues)


Part = Callable[[R], Hashable]


@dataclass(frozen=True)
class Degree(Generic[R]):
    """A degree of likeness: what is equal in the requests that have it, and further parts that make them nearer.

    Of several that are equal, those that agree in the first of the parts come first, then those in the second.
    """

    spelling: Part[R]
    nearer: Callable[[R], tuple[Hashable, ...]]


def degree(spelling: Part[R], read: Callable[[R], HttpRequest]) -> Degree[R]:
    """A degree in which those that equal the request to the letter come first, then those with its URL, then its host.

    ``read`` gives the request as a value.
    """

    def nearer(request: R) -> tuple[Hashable, ...]:
        found = read(request)
        return (found.uri, found.body.octets if found.body else b""), found.uri, origin(found.uri)

    return Degree(spelling, nearer)


class Queues(Generic[R]):
    """Queues by the requests' keys and degrees of likeness. A degree is computed when it is asked for.

    ``request_at`` gives the request at a position. With ``any_alone`` an interaction that shares its key with no other
    answers however it is spelled.
    """

    def __init__(self, degrees: Sequence[Degree[R]], request_at: Callable[[int], R], *, any_alone: bool = True) -> None:
        self._degrees = degrees
        self._any_alone = any_alone
        self._request_at = request_at
        self._shared: defaultdict[Hashable, list[int]] = defaultdict(list)
        self._queues: defaultdict[Hashable, list[int]] = defaultdict(list)
        self._sorted: defaultdict[Hashable, int] = defaultdict(int)  # how many of a key are in a degree's queues
        self._played: dict[Hashable, int] = {}

    def add(self, key: Hashable, position: int) -> None:
        """Put a position at the end of the queue of its key."""
        self._shared[key].append(position)

    def rewind(self) -> None:
        """Start again: nothing counts as played."""
        self._played.clear()

    def sharing(self, key: Hashable, counts: Mapping[int, int]) -> Choice:
        """All that share a key. ``counts`` has the number of plays of each position."""
        shared = self._shared.get(key, ())
        return Choice([self._queue((key,), shared, counts)] if shared else [])

    def choices(self, key: Hashable, request: R, counts: Mapping[int, int]) -> Iterator[Choice]:
        """What may answer a request, by degrees, the closest first. An empty choice is left out."""
        shared = self._shared.get(key, ())
        if len(shared) == 1 and self._any_alone:
            yield self.sharing(key, counts)
            return
        for number, degree in enumerate(self._degrees if shared else ()):
            self._sort(key, number, shared)
            name = (key, number, degree.spelling(request))
            if name in self._queues:
                names = [*((*name, index, part) for index, part in enumerate(degree.nearer(request))), name]
                yield Choice([self._queue(one, self._queues[one], counts) for one in names if one in self._queues])

    def _sort(self, key: Hashable, number: int, shared: Sequence[int]) -> None:
        degree = self._degrees[number]
        for position in shared[self._sorted[key, number] :]:
            request = self._request_at(position)
            name = (key, number, degree.spelling(request))
            self._queues[name].append(position)
            for index, part in enumerate(degree.nearer(request)):
                nearer = (*name, index, part)
                self._queues[nearer].append(position)
        self._sorted[key, number] = len(shared)

    def _queue(self, name: Hashable, positions: Sequence[int], counts: Mapping[int, int]) -> Queue:
        head = self._played.get(name, 0)
        while head < len(positions) and counts[positions[head]]:
            head += 1
        self._played[name] = head
        return Queue(positions, head)
