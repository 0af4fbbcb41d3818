"""A body's bytes as the form in which people read it: JSON, a stream's chunks, text, or base64.

The rule of this file: a form is taken only when it gives the body back. JSON and streams come back in one canonical
spelling (compact, as servers send it), so white space and escapes of JSON are not kept; a body that says more than
that (ids in a stream, keys that stand twice, lone surrogates, numbers that no float holds) is text, and
what is not UTF-8 is base64.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from typing import Any

from vcr_openai._errors import MalformedInteraction, describe
from vcr_openai._formats.stream_table import chunks_of, tabulate
from vcr_openai._formats.vectors import packed, unpacked
from vcr_openai._http.event_stream import (
    DONE,
    Event,
    lines,
    read_events,
    read_json_lines,
    write_events,
    write_json_lines,
)
from vcr_openai._json import json_text
from vcr_openai._json.json_diff import same
from vcr_openai._yaml.yaml_writer import DEPTH, expressible

# What a form says about the body without a content-type header; the first is the one that comes back.
CONTENT_TYPES = {
    "json": ("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"),
    "stream": ("text/event-stream", "text/event-stream; charset=utf-8", "text/event-stream;charset=utf-8"),
    "events": ("text/event-stream", "text/event-stream; charset=utf-8", "text/event-stream;charset=utf-8"),
    "lines": ("application/x-ndjson",),
}
_WIDTH = 100  # characters of base64 on a line
_COMMENTS = "comments"
_UNFIT: Any = object()  # what an encoder answers for a body that its form cannot say


def form_of(body: str | bytes, content_type: str) -> tuple[str, Any]:
    """The name of a body's form and what stands there. The content type tells whether its spelling may change."""
    if isinstance(body, bytes):
        try:
            return form_of(body.decode(), content_type)
        except UnicodeDecodeError:
            text = base64.b64encode(body).decode()
            return "base64", "\n".join(text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH))
    kind = content_type.lower()
    for name, encode in _ENCODERS.items():
        value = encode(body)
        if value is not _UNFIT and (_may_be_respelled(name, kind) or body_of(name, value) == body):
            return name, value
    return "text", body


def body_of(name: str, value: Any) -> str | bytes:
    """The body that a form says. Raises MalformedInteraction where it says none."""
    body: str | bytes = _DECODERS[name](value)
    return body


def _may_be_respelled(name: str, kind: str) -> bool:
    """Whether a content type says that what matters of a body is the form's values."""
    in_lines = "ndjson" in kind or "jsonl" in kind
    if name in ("json", "lines"):
        return in_lines if name == "lines" else "json" in kind and not in_lines
    return "event-stream" in kind


def _values(texts: list[str]) -> list[Any] | None:
    """The values of JSON texts; None where one is no JSON or has no words in YAML."""
    try:
        values = [json_text.read(text) for text in texts]
    except ValueError:
        return None
    return values if all(map(expressible, values)) else None


def _read_json(body: str) -> Any:
    values = _values([body])
    if values is None:
        return _UNFIT
    value = packed(values[0])
    return value if same(unpacked(value), values[0]) else _UNFIT


def _tabulated(values: list[Any]) -> dict[str, Any]:
    """The table of a stream's chunks, written out where a path in it would be too long for YAML."""
    table = tabulate(values)
    return table if expressible(table, 2 * DEPTH) else {"chunks": values}


def _read_lines(body: str) -> Any:
    values = _values(read_json_lines(body))
    return _tabulated(values) if values and all(isinstance(value, dict) for value in values) else _UNFIT


def _frames(body: str) -> list[Event] | None:
    """The events of a body that is nothing but comments and whole events of one data line and perhaps a name."""
    if not body.startswith(("data:", "event:", ":")):
        return None
    events = list(read_events(body))
    found = lines(body)
    data = sum(line.startswith("data:") for line in found)
    names = sum(line.startswith("event:") for line in found)
    comments = sum(line.startswith(":") for line in found)
    whole = data + names + comments + found.count("") == len(found)
    if not whole or data != len(events) or names != sum(event.name is not None for event in events):
        return None
    return events


def _read_events(body: str, *, named: bool) -> Any:
    events = _frames(body)
    if not events:
        return _UNFIT
    done = events[-1] == Event(DONE)
    told = events[:-1] if done else events
    values = _values([event.data for event in told])
    if values is None or any(
        event.name != _name(value, named=named) for event, value in zip(told, values, strict=True)
    ):
        return _UNFIT
    said = {"done": done} if done is named else {}
    comments = _comments(body)
    return {**said, **({_COMMENTS: comments} if comments else {}), **_tabulated(values)}


def _comments(body: str) -> dict[str, list[str]]:
    """The comments of a stream, by the number of the events before them."""
    found: dict[str, list[str]] = {}
    events = 0
    for line in lines(body):
        if line.startswith(":"):
            found.setdefault(str(events), []).append(line[1:].removeprefix(" "))
        events += line.startswith("data:")
    return found


def _name(value: Any, *, named: bool) -> Any:
    """The name of an event with this data: its type, where events are named."""
    if not named:
        return None
    name = value.get("type") if isinstance(value, dict) else None
    return name if isinstance(name, str) and name and len(lines(name)) == 1 else _UNFIT


def _write_json(value: Any) -> str:
    return json_text.write_line(unpacked(value))


def _chunks(table: Any) -> list[Any]:
    if not isinstance(table, dict):
        raise MalformedInteraction("", "an object with 'chunks'", describe(table))
    return chunks_of(table)


def _write_events(table: Any, *, named: bool) -> str:
    events = []
    for position, chunk in enumerate(_chunks(table)):
        name = _name(chunk, named=named)
        if name is _UNFIT:
            raise MalformedInteraction(f"chunks[{position}]", "a chunk whose 'type' names its event", describe(chunk))
        events.append(Event(json_text.write_line(chunk), name))
    done = table.get("done", not named)
    if not isinstance(done, bool):
        raise MalformedInteraction("done", "true or false", describe(done))
    return _with_comments([*events, Event(DONE)] if done else events, table.get(_COMMENTS, {}))


def _with_comments(events: list[Event], comments: Any) -> str:
    """The stream's body; each comment is a frame of its own, as servers send it while they think."""
    if not isinstance(comments, dict) or not comments.keys() <= set(map(str, range(len(events) + 1))):
        raise MalformedInteraction(_COMMENTS, f"comments by number of event, 0 to {len(events)}", describe(comments))
    frames = [write_events([event]) for event in events] + [""]
    for number, texts in comments.items():
        if not isinstance(texts, list) or not all(
            isinstance(text, str) and lines(f"{text}\n") == [text] for text in texts
        ):
            raise MalformedInteraction(f"{_COMMENTS}.{number}", "a list of texts of one line", describe(texts))
        frames[int(number)] = "".join(f": {text}\n\n" if text else ":\n\n" for text in texts) + frames[int(number)]
    return "".join(frames)


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise MalformedInteraction("", "text (a number or null needs quotes)", describe(value))
    return value


def _bytes(value: Any) -> bytes:
    try:
        return base64.b64decode("".join(_text(value).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedInteraction("", "base64", "other characters, or a part of it") from error


_ENCODERS: dict[str, Callable[[str], Any]] = {
    "stream": lambda body: _read_events(body, named=False),
    "events": lambda body: _read_events(body, named=True),
    "json": _read_json,
    "lines": _read_lines,
}
_DECODERS: dict[str, Callable[[Any], str | bytes]] = {
    "json": _write_json,
    "stream": lambda table: _write_events(table, named=False),
    "events": lambda table: _write_events(table, named=True),
    "lines": lambda table: write_json_lines(map(json_text.write_line, _chunks(table))),
    "text": _text,
    "base64": _bytes,
}
FORMS = tuple(_DECODERS)
