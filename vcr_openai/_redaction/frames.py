"""A body's frames: the chunks of an event stream or of JSON lines, or the one JSON value, and where each stands."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import orjson

from vcr_openai._json.json_spans import Path
from vcr_openai._redaction.edits import Edit, distribute

_LINE = re.compile(r"([^\r\n]*)(\r\n|\r|\n|\Z)")
_FIELD = re.compile(r"\ufeff?data:[ ]?|data\Z")
_CONTAINER = re.compile(r"\s*[{\[]")
_STREAM = re.compile(r"\ufeff?(?:data|event|id|retry|):|[\r\n]*(?:event|data):")


@dataclass(frozen=True)
class Frame:
    """A value of a body. ``value`` is its JSON, or its text where that is none; ``path`` has its number in a stream."""

    path: Path
    text: str
    value: Any
    lines: tuple[tuple[int, int], ...]  # where the text's lines stand in the body; an event's data may have several

    def place(self, one: Edit, start: int, end: int, path: Path) -> Iterator[Edit]:
        """An edit of the frame's text from ``start`` to ``end``, as edits of the body."""
        if len(self.lines) == 1:
            yield one.at(path, self.lines[0][0] + start, self.lines[0][0] + end)
            return
        lengths = [stop - begin + 1 for begin, stop in self.lines]  # with the line feed that joins them
        moved = one._replace(start=start, end=end)
        for (begin, stop), shares in zip(self.lines, distribute([moved], lengths), strict=True):
            for share in shares:
                yield share.at(path, begin + share.start, min(begin + share.end, stop))


def frames(text: str) -> list[Frame]:
    """The frames of a body: of an event stream, of JSON lines, or one, which is JSON or any text."""
    value = _json_or_text(text)
    if not isinstance(value, str):
        return [Frame((), text, value, ((0, len(text)),))]
    events = list(_events(text)) if _STREAM.match(text) else []
    if events:
        return [_frame(text, number, lines) for number, lines in enumerate(events)]
    if _CONTAINER.match(text):
        parts = [_frame(text, number, [line]) for number, line in enumerate(_lines(text))]
        if len(parts) > 1 and all(not isinstance(part.value, str) for part in parts[:-1]):  # the last may be cut off
            return parts
    return [Frame((), text, text, ((0, len(text)),))]


def _frame(text: str, number: int, lines: list[tuple[int, int]]) -> Frame:
    joined = "\n".join(text[start:end] for start, end in lines)
    return Frame((number,), joined, _json_or_text(joined), tuple(lines))


def _events(text: str) -> Iterator[list[tuple[int, int]]]:
    """Where the data lines of each event stand; of the one that the body's end cuts off, too."""
    data: list[tuple[int, int]] = []
    for line in _LINE.finditer(text):  # of which the last is empty, at the text's end
        start, end = line.span(1)
        if start == end and data:
            yield data
            data = []
        field = _FIELD.match(text, start, end)
        if field:
            data.append((field.end(), end))


def _lines(text: str) -> Iterator[tuple[int, int]]:
    for line in _LINE.finditer(text):
        if line[1].strip():
            yield line.span(1)


def _json_or_text(text: str) -> Any:
    """The value of a JSON text if it is an object or a list, else the text."""
    if not _CONTAINER.match(text):
        return text
    try:
        return orjson.loads(text)
    except ValueError:
        pass
    try:
        value = json.loads(text)
    except (ValueError, RecursionError):
        return text
    return value if isinstance(value, (dict, list)) else text
