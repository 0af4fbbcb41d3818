"""Requests to the letter: the look-up that comes before the canonical one, which most replays need no more than.

An API request with the method, URL and body of a recorded one matches it under any rules, and no other interaction is
nearer to it (``play_queues``). So it needs no canonical form, nor do the recorded ones. Those with the same bytes come
first, then those with the same JSON value.
"""

from __future__ import annotations

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from vcr_openai._errors import Unsupported
from vcr_openai._json import json_text
from vcr_openai._matching.canonical import content_of
from vcr_openai._matching.form_parts import boundary_of
from vcr_openai._matching.play_queues import Queues
from vcr_openai._vcrpy.interactions import FILES, forget, http_request

if TYPE_CHECKING:
    from vcr.request import Request

Pair = tuple["Request", dict[str, Any]]


class RequestsToTheLetter:
    """The positions of a cassette's interactions by what their requests say.

    ``by_content`` is whether a body is compared at all; where it is not, one with the same bytes is still the nearest.
    """

    def __init__(self, *, by_content: bool) -> None:
        self._levels = [_Level(_bytes), *([_Level(_content)] if by_content else [])]
        self._looked_at = 0
        self._has_lasting = False  # an interaction of a library, which is played in another order

    def left(
        self, data: Sequence[Pair], request: Request, counts: Mapping[int, int], *, is_dirty: bool
    ) -> Iterator[int]:
        """The positions of ``data`` with the very same request, the nearest first, most of the played ones left out.

        ``counts`` has the number of plays of each position. ``is_dirty``: whether the cassette will be saved. None for
        a cassette with interactions of a library.
        """
        for position in range(self._looked_at, len(data)):
            self._has_lasting = self._has_lasting or bool(data[position][1].get(FILES))
        self._looked_at = len(data)
        for level in () if self._has_lasting else self._levels:
            level.add(data, is_dirty=is_dirty)
            yield from level.left(request, counts)

    def rewind(self) -> None:
        """Start again: nothing counts as played."""
        for level in self._levels:
            level.rewind()


class _Level:
    """The positions by a key of their requests; None is that of a request that is looked up in another way."""

    def __init__(self, key: Callable[[Request], Hashable]) -> None:
        self._key = key
        self._queues: Queues[None] = Queues((), lambda _: None)
        self._indexed = 0
        self.rewind = self._queues.rewind

    def add(self, data: Sequence[Pair], *, is_dirty: bool) -> None:
        """Add the interactions that are new."""
        for position in range(self._indexed, len(data)):
            recorded = data[position][0]
            self._queues.add(self._key(recorded), position)
            if self._key is _content and not is_dirty:  # its body was parsed, and hardly anybody will ask for it again
                forget(recorded)
        self._indexed = len(data)

    def left(self, request: Request, counts: Mapping[int, int]) -> Iterator[int]:
        """The positions with a request's key, without the played ones at the beginning."""
        key = self._key(request)
        return iter(()) if key is None else self._queues.sharing(key, counts).left()


def are_equal(one: Request, other: Request) -> bool:
    """Whether two requests are the same to the letter."""
    return any((key := level(one)) is not None and key == level(other) for level in (_bytes, _content))


def _bytes(request: Request) -> Hashable:
    """The request as it was sent; of its headers, the boundary of a form counts."""
    try:
        found = http_request(request)
    except Unsupported:
        return None
    if not found.body:
        return found.method, found.uri
    octets = found.body.octets
    return found.method, found.uri, octets, None if octets[:1] == b"{" else boundary_of(found.body)


def _content(request: Request) -> Hashable:
    """The request with its body as a value, whatever the order of its keys."""
    try:
        found = http_request(request)
        return found.method, found.uri, json_text.write_equally(content_of(found.body))
    except (Unsupported, TypeError):  # an integer that is too large
        return None
