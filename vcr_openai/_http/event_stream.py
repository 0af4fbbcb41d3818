"""A stream's bytes: server-sent events (WHATWG HTML, section 9.2), and JSON lines as Ollama sends them.

Pure text to values and back. The rule of this file: a wire format's lines end at CR LF, LF or CR and nowhere else;
``str.splitlines`` also splits at U+2028, U+0085 and five more, which stand inside of people's text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_LINE_END = re.compile("\r\n|\n|\r")
DONE = "[DONE]"  # the data of OpenAI's done marker; not part of the SSE specification


@dataclass(frozen=True)
class Event:
    """One server-sent event: its ``data`` (lines joined by LF) and, where the server named it, its type."""

    data: str
    name: str | None = None
    id: str | None = None


def lines(text: str) -> list[str]:
    """The lines of a wire text, without their ends; a last line that is ended opens no further one."""
    found = _LINE_END.split(text)
    if not found[-1]:
        found.pop()
    return found


def read_events(text: str) -> Iterator[Event]:
    """The events of an SSE body, in order, as the specification's "interpreting an event stream" dispatches them.

    An event that the body's end cuts off before its blank line is none (nor does the OpenAI SDK, 2.x and 3.54, yield
    it); comments and ``retry`` say nothing about the answer and are dropped; an event without data is none.
    """
    data: list[str] = []
    name = identifier = None
    for line in lines(text.removeprefix("\ufeff")):
        if not line:
            if data:
                yield Event("\n".join(data), name, identifier)
            data, name, identifier = [], None, None
            continue
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if field == "data":
            data.append(value)
        elif field == "event":
            name = value
        elif field == "id" and "\0" not in value:
            identifier = value


def write_events(events: Iterable[Event]) -> str:
    """An SSE body: for each event its name and id, where it has them, its data and a blank line."""
    frames = []
    for event in events:
        head = f"event: {event.name}\n" if event.name is not None else ""
        head += f"id: {event.id}\n" if event.id is not None else ""
        frames.append(head + "".join(f"data: {line}\n" for line in _LINE_END.split(event.data)) + "\n")
    return "".join(frames)


def read_json_lines(text: str) -> list[str]:
    """The JSON texts of a body with one a line (NDJSON); blank lines are none."""
    return [line for line in lines(text) if line.strip()]


def write_json_lines(texts: Iterable[str]) -> str:
    """A body with one JSON text a line."""
    return "".join(f"{text}\n" for text in texts)
