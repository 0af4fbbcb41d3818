"""The neighbour of a request: which of several recorded requests of its endpoint is most like it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any, Final

from vcr_openai._matching.canonical import Canonical
from vcr_openai._matching.request_diff import distance

_WORD: Final = re.compile(r"\w+")
_CONTENT: Final = ("body", "parts", "bytes")


def shares_endpoint(one: Canonical, other: Canonical) -> bool:
    """Whether two requests have the same method and path, whatever their host, deployment, query and body."""
    return all(one.value[name] == other.value[name] for name in ("method", "path"))


def most_alike(live: Canonical, recorded: Sequence[Canonical]) -> int | None:
    """The index of the request that is most like the live one, the first of several; None without any.

    First it counts whether both are streamed, since a client cannot read one answer as the other; then the words that
    their texts share, wherever they stand; then the distance.
    """
    words = _words(live)

    def rank(index: int) -> tuple[bool, float, float]:
        one = recorded[index]
        return _is_streamed(one) != _is_streamed(live), _unlike(words, _words(one)), distance(one, live)

    return min(range(len(recorded)), key=rank, default=None)


def _is_streamed(request: Canonical) -> bool:
    body = request.value.get("body")
    return isinstance(body, dict) and body.get("stream") is True


def _words(request: Canonical) -> Counter[str]:
    content = [request.value[name] for name in _CONTENT if name in request.value]
    return Counter(word for text in _texts(content) for word in _WORD.findall(text))


def _texts(value: Any) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, (dict, list)):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from _texts(inner)


def _unlike(one: Counter[str], other: Counter[str]) -> float:
    """The part of the words of both that the other lacks."""
    total = one.total() + other.total()
    return 1 - 2 * (one & other).total() / total if total else 0.0
