"""Server-sent events (WHATWG HTML, section 9.2) and JSON lines, as text: read with positions, written.

A line ends at CR LF, LF or CR and nowhere else. ``str.splitlines`` also splits at U+2028, U+0085 and five more
characters, which occur inside people's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

_LINE_END = re.compile("\r\n|\n|\r")
_LINE = re.compile(r"([^\r\n]*)(?:\r\n|\r|\n|\Z)")
_DATA, _EVENT = "data: ", "event: "
_BYTE_ORDER_MARK = "\ufeff"
DONE = "[DONE]"  # the data of OpenAI's done marker; not part of the SSE specification

Span = tuple[int, int]  # from, and up to, in characters of the text


class Event(NamedTuple):
    """One server-sent event: its ``data`` (lines joined by LF) and, where the server gave them, its name and id.

    ``spans`` are the places of the data's lines in the text that the event was read from.
    """

    data: str
    name: str | None = None
    id: str | None = None
    spans: tuple[Span, ...] = ()

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Event) and self[:3] == other[:3]

    def __ne__(self, other: object) -> bool:
        return not self == other

    def __hash__(self) -> int:
        return hash(self[:3])


@dataclass(frozen=True)
class EventStream:
    """The events of a text, in order; ``unfinished`` is the one that the text's end cuts off before its blank line."""

    events: tuple[Event, ...]
    unfinished: Event | None = None


def lines(text: str) -> list[str]:
    """The lines of a wire text, without their ends; a last line that is ended opens no further one."""
    found = _LINE_END.split(text) if "\r" in text else text.split("\n")
    if not found[-1]:
        found.pop()
    return found


def parse_events(text: str) -> EventStream:
    """The events of an SSE body, as the specification's "interpreting an event stream" dispatches them.

    Clients do not see an unfinished event (nor does the OpenAI SDK, 2.x and 3.54). Comments and ``retry`` are dropped;
    an event without data is not dispatched.
    """
    return _usual_events(text) or _all_events(text)


def _usual_events(text: str) -> EventStream | None:
    """The events of a text in which each is one line of data, and perhaps its name before it; None for any other."""
    if "\r" in text or not text.endswith("\n\n"):
        return None
    events: list[Event] = []
    start = 0
    for frame in text[:-2].split("\n\n"):
        name = None
        data = frame
        if frame.startswith(_EVENT):
            head, _, data = frame.partition("\n")
            name = head[len(_EVENT) :]
        if not data.startswith(_DATA) or "\n" in data:
            return None
        end = start + len(frame)
        begin = end - len(data) + len(_DATA)
        events.append(Event(data[len(_DATA) :], name, None, ((begin, end),)))
        start = end + 2
    return EventStream(tuple(events))


def _all_events(text: str) -> EventStream:
    events: list[Event] = []
    data: list[Span] = []
    name = identifier = None
    for match in _LINE.finditer(text, 1 if text.startswith(_BYTE_ORDER_MARK) else 0):
        start, end = match.span(1)
        if start == end:
            if match.end() == end:  # the end of the text, which is not a blank line
                break
            if data:
                events.append(_event(text, data, name, identifier))
            data, name, identifier = [], None, None
            continue
        colon = text.find(":", start, end)
        field = text[start : end if colon < 0 else colon]
        begin = end if colon < 0 else colon + 1 + text.startswith(" ", colon + 1, end)
        if field == "data":
            data.append((begin, end))
        elif field == "event":
            name = text[begin:end]
        elif field == "id" and "\0" not in text[begin:end]:
            identifier = text[begin:end]
    return EventStream(tuple(events), _event(text, data, name, identifier) if data else None)


def _event(text: str, data: list[Span], name: str | None, identifier: str | None) -> Event:
    return Event("\n".join([text[start:end] for start, end in data]), name, identifier, tuple(data))


def write_events(events: Iterable[Event]) -> str:
    """An SSE body: for each event its name and id, where it has them, its data and a blank line."""
    return "".join([_frame(event) for event in events])


def write_data(texts: Iterable[str]) -> str:
    """An SSE body of events without names and ids, of which these are the data, each of one line."""
    return "".join([f"data: {text}\n\n" for text in texts])


def _frame(event: Event) -> str:
    head = f"event: {event.name}\n" if event.name is not None else ""
    head += f"id: {event.id}\n" if event.id is not None else ""
    if "\n" not in event.data and "\r" not in event.data:
        return f"{head}data: {event.data}\n\n"
    return head + "".join([f"data: {line}\n" for line in _LINE_END.split(event.data)]) + "\n"


def json_line_spans(text: str) -> list[Span]:
    """The places of the lines of a body with one JSON text a line (NDJSON), blank lines left out."""
    return [match.span(1) for match in _LINE.finditer(text) if match[1].strip()]


def write_json_lines(texts: Iterable[str]) -> str:
    """A body with one JSON text a line."""
    return "".join([f"{text}\n" for text in texts])
