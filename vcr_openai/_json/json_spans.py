"""Where the strings of a JSON text stand, so that one can be changed and every other byte left as it is."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator
from typing import NamedTuple

Path = tuple["str | int", ...]
_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]', re.DOTALL)
_COLON = re.compile(r"\s*:")
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL
)


class Span(NamedTuple):
    """A string or a list of a JSON text, without its quotes; with them for a list's brackets."""

    path: Path
    start: int
    end: int


def spans(text: str) -> Iterator[Span]:
    """Every string value and every list of a valid JSON text; a key that stands twice gives its path twice."""
    stack: list[str | int] = []  # the key or index at which each open container now is
    opened: list[int] = []
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token in "{[":
            stack.append("" if token == "{" else 0)
            opened.append(match.start())
        elif token in "}]":
            stack.pop()
            start = opened.pop()
            if token == "]":
                yield Span(tuple(stack), start, match.end())
        elif token == ",":
            if isinstance(stack[-1], int):
                stack[-1] += 1
        elif stack and isinstance(stack[-1], str) and _COLON.match(text, match.end()):
            stack[-1] = json.loads(token) if "\\" in token else token[1:-1]
        else:
            yield Span(tuple(stack), match.start() + 1, match.end() - 1)


def position(text: str, span: Span) -> Callable[[int], int]:
    """From an index into a string's value to the place in the text, past the escapes before it."""
    if "\\" not in text[span.start : span.end]:
        return lambda index: span.start + index
    places = [match.start() for match in _CHARACTER.finditer(text, span.start, span.end)]
    places.append(span.end)
    return places.__getitem__
