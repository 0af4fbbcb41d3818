"""The layouts of a body in an ``openai.yaml`` cassette: JSON as YAML, the table of a stream, text, base64.

A layout is chosen only where it gives the body back. JSON and streams come back in one spelling (compact, as servers
send it), so their white space and escapes are not kept. A body that has more than that (ids in a stream, a key that
occurs twice, lone surrogates, numbers with more digits than a float) is text, and what is not UTF-8 is base64.
"""

from __future__ import annotations

import base64
import binascii
import contextlib
import re
import struct
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal
from itertools import repeat
from typing import Any

from vcr_openai._errors import MalformedInteraction, describe
from vcr_openai._formats.stream_rows import each_chunk
from vcr_openai._formats.stream_table import tabulate
from vcr_openai._http.body import Body, JsonView, StreamFraming
from vcr_openai._http.event_stream import DONE, Event, lines, write_data, write_events, write_json_lines
from vcr_openai._json import json_text
from vcr_openai._json.json_diff import same
from vcr_openai._yaml.yaml_writer import DEPTH, KEY, expressible

# The content types that a layout implies; the first is the one that a body without the header gets.
CONTENT_TYPES = {
    "json": ("application/json", "application/json; charset=utf-8", "application/json;charset=utf-8"),
    "stream": ("text/event-stream", "text/event-stream; charset=utf-8", "text/event-stream;charset=utf-8"),
    "events": ("text/event-stream", "text/event-stream; charset=utf-8", "text/event-stream;charset=utf-8"),
    "lines": ("application/x-ndjson",),
}
STREAMS = frozenset(["stream", "events", "lines"])
_WIDTH = 100  # characters of base64 on a line
_COMMENTS = "comments"
_VECTOR = 16  # numbers from which a list is a vector, which nobody reads
# float32: the values are float32; float32_decimal: each is the shortest decimal of a float32, as most servers print it.
_WIDTHS = {"float32": 4, "float32_decimal": 4, "float64": 8}  # bytes of a number in each encoding
_NOT_A_NAME: Any = object()
# In a JSON text: a string of more characters than a key may have, or a key with an escape, which may be as long.
_MAY_BE_LONG_KEY = re.compile(rf'"[^"]{{{KEY + 1}}}|\\.[^"\\]*":')
_WITH_DONE = write_data([DONE])  # the end of a stream
# A number that a float may not keep: many digits, an exponent, -0. And a string (skipped) or a number of a JSON text.
_RISKY_NUMBER = re.compile(r"[\d.]{17}|\d[eE]|-0(?![.\d])")
_NUMBER = re.compile(r'"(?:[^"\\]|\\.)*"|(-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?)')

BodyLayout = tuple[str, Any]  # the layout's name and the value under it


def body_layout_of(body: Body, *, verbatim: bool = False) -> BodyLayout:
    """The layout of a body; ``verbatim`` keeps its spelling whatever its content type is."""
    if body.text is None:
        text = base64.b64encode(body.octets).decode()
        return "base64", "\n".join(text[start : start + _WIDTH] for start in range(0, len(text), _WIDTH))
    content_type = "" if verbatim else body.content_type.partition("\n")[0].lower()
    for choose in (_stream_layout, _json_layout, _lines_layout):
        # A layout that its own reader refuses is not used: whatever a body is, it is written.
        with contextlib.suppress(ValueError, LookupError, TypeError, RecursionError):
            layout = choose(body)
            if layout and (_may_be_respelled(layout[0], content_type) or content_in(*layout) == body.text):
                return layout
    return "text", body.text


def content_in(name: str, value: Any) -> str | bytes:
    """The content of the body with this layout. Raises MalformedInteraction where the value does not fit it."""
    content: str | bytes = _WRITERS[name](value)
    return content


def _may_be_respelled(name: str, content_type: str) -> bool:
    """Whether a body of this content type means its values, and not their spelling."""
    in_lines = "ndjson" in content_type or "jsonl" in content_type
    if name in ("json", "lines"):
        return in_lines if name == "lines" else "json" in content_type and not in_lines
    return "event-stream" in content_type


def _values(parts: Iterable[tuple[str, JsonView]]) -> list[Any] | None:
    """The values of JSON texts; None where one is not JSON, has digits beyond a float or half of a surrogate pair."""
    values = []
    for text, view in parts:
        if view.problem is not None:
            return None
        is_exact = json_text.is_usual(text, view.value) or (expressible(view.value) and _has_exact_numbers(text))
        if not is_exact or not _is_flat(text, view.value):
            return None
        values.append(view.value)
    return values


def _has_exact_numbers(text: str) -> bool:
    """Whether each number of a JSON text is the one that Python reads and writes: no further digits, no ``-0``."""
    if not _RISKY_NUMBER.search(text):
        return True
    numbers = [match[1] for match in _NUMBER.finditer(text) if match[1]]
    return all(_is_exact(number) for number in numbers)


def _is_exact(number: str) -> bool:
    if number.lstrip("-").isdecimal():
        return number != "-0"
    return Decimal(number) == Decimal(repr(float(number)))


# --- JSON


def _json_layout(body: Body) -> BodyLayout | None:
    values = _values([(body.text or "", body.json)])
    if values is None or not expressible(values[0]):
        return None
    text = body.text or ""
    value = packed(values[0]) if text.count(".") >= _VECTOR else values[0]
    is_certain = '"float' not in text and "\\u" not in text  # it has nothing that looks like a vector
    return ("json", value) if is_certain or same(unpacked(value), values[0]) else None


def _write_json(value: Any) -> str:
    text = json_text.rewrite_line(value)
    return json_text.rewrite_line(unpacked(value)) if '"float' in text else text


def packed(value: Any) -> Any:
    """A JSON value whose lists of floats are base64 of their bytes (little-endian IEEE 754), where that is shorter.

    Of the encodings that give every float back, the first that is shorter than the list is taken.
    """
    if isinstance(value, dict):
        return {key: packed(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    if len(value) < _VECTOR or not all(type(item) is float for item in value):
        return [packed(item) for item in value]
    plain = sum(len(repr(item)) + 2 for item in value)
    for encoding in _WIDTHS:
        data = _encoded(value, encoding)
        if data is not None and len(data) < plain:
            return {encoding: data}
    return value


def unpacked(value: Any) -> Any:
    """A JSON value with its vectors as lists again. Raises MalformedInteraction for base64 that has no numbers."""
    if isinstance(value, list):
        return [unpacked(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((encoding, data),) = value.items()
        if encoding in _WIDTHS and isinstance(data, str):
            return _decoded(data, encoding)
    return {key: unpacked(item) for key, item in value.items()}


def _encoded(numbers: list[float], encoding: str) -> str | None:
    """The base64 text of numbers; None where it does not give every one of them back."""
    try:
        data = struct.pack(f"<{len(numbers)}{'d' if encoding == 'float64' else 'f'}", *numbers)
    except OverflowError:  # too large for a float32
        return None
    for count in (1, len(numbers)):  # most lists of another encoding differ in the first one
        found = _numbers(data[: count * _WIDTHS[encoding]], encoding)
        if list(map(repr, found)) != list(map(repr, numbers[:count])):
            return None
    return base64.b64encode(data).decode()


def _decoded(text: str, encoding: str) -> list[float]:
    width = _WIDTHS[encoding]
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedInteraction("", f"base64 of {encoding} numbers", "other characters, or a part of it") from error
    if len(data) % width:
        raise MalformedInteraction("", f"base64 of {encoding} numbers of {width} bytes each", f"{len(data)} bytes")
    return _numbers(data, encoding)


def _numbers(data: bytes, encoding: str) -> list[float]:
    width = _WIDTHS[encoding]
    numbers = list(struct.unpack(f"<{len(data) // width}{'d' if width == 8 else 'f'}", data))
    return list(map(_shortest, numbers)) if encoding == "float32_decimal" else numbers


def _shortest(number: float) -> float:
    """The float of a float32's shortest decimal; six to nine digits distinguish all float32."""
    octets = struct.pack("<f", number)
    shortest = number
    for digits in range(9, 0, -1):
        rounded = float(f"{number:.{digits}g}")
        try:
            if struct.pack("<f", rounded) != octets:
                break
        except OverflowError:
            break
        shortest = rounded
    return shortest


# --- streams


def _stream_layout(body: Body) -> BodyLayout | None:
    """The layout of server-sent events: ``events`` where each is named by its type, else ``stream``."""
    if body.framing is not StreamFraming.EVENTS:
        return None
    if (layout := _usual_layout(body)) or not (events := body.events.events):
        return layout
    wire = [] if _is_plain(body) else lines(body.text or "")
    if wire and not _is_regular(body, wire):
        return None
    done = events[-1] == Event(DONE)
    chunk_events = events[:-1] if done else events
    named = any(event.name is not None for event in chunk_events)
    values = _values((chunk.text, chunk.json) for chunk in body.chunks[: len(chunk_events)])
    if values is None or any(
        event.name != _name(value, named=named) for event, value in zip(chunk_events, values, strict=True)
    ):
        return None
    comments = _comments(wire)
    head = {**({"done": done} if done is named else {}), **({_COMMENTS: comments} if comments else {})}
    table = _table(values, [event.data for event in chunk_events])
    return None if table is None else ("events" if named else "stream", {**head, **table})


def _usual_layout(body: Body) -> BodyLayout | None:
    """The layout of a stream of unnamed events in a usual spelling, at a part of the cost; None for any other.

    A compact one is proven by its text, which comes back to the letter; one with spaces by the values of its chunks.
    """
    chunks, text = body.skimmed_chunks, body.text or ""
    is_unnamed = text.startswith("data: ") and text.count("\n\ndata: ") == len(chunks) and text.endswith(_WITH_DONE)
    if not chunks or not is_unnamed:
        return None
    texts = text.removeprefix("data: ").split("\n\ndata: ", len(chunks))[:-1]

    def proves(table: dict[str, Any]) -> bool:
        return _write_events(table, named=False) == text

    is_compact = texts[0] == json_text.rewrite_line(chunks[0])
    if not all(map(_is_flat, texts, chunks)) or not (is_compact or body.skims_all()):
        return None
    table = tabulate(chunks, proves if is_compact else None)
    # Of what came as UTF-8 and has no half of a surrogate pair, YAML cannot express very long keys alone.
    named = table if _MAY_BE_LONG_KEY.search(text) else _names_in(table)
    is_proven = "chunk" in table or not is_compact or proves(table)
    return ("stream", table) if is_proven and expressible(named, 2 * DEPTH) else None


def _names_in(table: dict[str, Any]) -> list[Any]:
    """The objects of a table with names and paths for keys, which are not in its chunks."""
    shapes = table.get("shapes", {})
    parts = [table, *shapes.values()]
    return [dict.fromkeys(shapes), *(part.get(key, {}) for part in parts for key in ("fields", "set"))]


def _is_flat(text: str, value: Any) -> bool:
    """Whether a value has no more levels than are written as YAML; ``text`` is its JSON text."""
    is_flat = text.count("{") + text.count("[") <= DEPTH or not json_text.is_deeper(value, DEPTH - 1)
    return is_flat or expressible(value)


def _is_plain(body: Body) -> bool:
    """Whether a stream is nothing but events with one line of data each."""
    text = body.text or ""
    is_whole = text.startswith("data:") and text.endswith("\n\n") and "\r" not in text
    return is_whole and text.count("\n") == 2 * len(body.events.events)


def _is_regular(body: Body, wire: list[str]) -> bool:
    """Whether a stream is nothing but comments and whole events, each with one line of data and perhaps a name."""
    if not wire[0].startswith(("data:", "event:", ":")):
        return False
    counts = [sum(line.startswith(field) for line in wire) for field in ("data:", "event:", ":")]
    names = sum(event.name is not None for event in body.events.events)
    return sum(counts) + wire.count("") == len(wire) and counts[:2] == [len(body.events.events), names]


def _comments(wire: list[str]) -> dict[str, list[str]]:
    """The comments of a stream, by the number of the events before them."""
    found: dict[str, list[str]] = {}
    events = 0
    for line in wire:
        if line.startswith(":"):
            found.setdefault(str(events), []).append(line[1:].removeprefix(" "))
        events += line.startswith("data:")
    return found


def _name(value: Any, *, named: bool) -> Any:
    """The name of an event with this data: its type, where events are named."""
    if not named:
        return None
    name = value.get("type") if isinstance(value, dict) else None
    return name if isinstance(name, str) and name and len(lines(name)) == 1 else _NOT_A_NAME


def _lines_layout(body: Body) -> BodyLayout | None:
    """The layout of one JSON object a line; one line alone is a body of one JSON value."""
    is_lines = body.framing is StreamFraming.JSON_LINES
    values = _values([(line.text, line.json) for line in body.chunks] if is_lines else [(body.text or "", body.json)])
    if not values or not all(isinstance(value, dict) for value in values):
        return None
    table = _table(values, [line.text for line in body.chunks])
    return None if table is None else ("lines", table)


def _table(values: list[Any], texts: list[str]) -> dict[str, Any] | None:
    """The table of a stream's chunks, written out where a path in it would be too long for YAML.

    None where YAML cannot express the chunks.
    """

    def proves(table: dict[str, Any]) -> bool:
        is_compact = texts[0] == json_text.rewrite_line(values[0])
        if is_compact and texts == list(map(json_text.rewrite_line, each_chunk(table))):
            return True
        return all(map(same, each_chunk(table), values))

    table = tabulate(values, proves)
    if expressible(table, 2 * DEPTH):
        return table
    return {"chunks": values} if all(map(expressible, values)) else None


def _chunks(table: Any) -> Iterator[Any]:
    if not isinstance(table, dict):
        raise MalformedInteraction("", "an object with 'chunks'", describe(table))
    return each_chunk(table)


def _write_events(table: Any, *, named: bool) -> str:
    names, texts = [], []
    for index, chunk in enumerate(_chunks(table)):
        if named:
            names.append(_name(chunk, named=True))
            if names[-1] is _NOT_A_NAME:
                raise MalformedInteraction(f"chunks[{index}]", "a chunk whose 'type' names its event", describe(chunk))
        texts.append(json_text.rewrite_line(chunk))  # a file has no NaN
    done = table.get("done", not named)
    if not isinstance(done, bool):
        raise MalformedInteraction("done", "true or false", describe(done))
    last = [DONE] if done else []
    comments = table.get(_COMMENTS, {})
    if comments == {} and not named:
        return write_data([*texts, *last])
    return _with_comments([*map(Event, texts, names if named else repeat(None)), *map(Event, last)], comments)


def _with_comments(events: list[Event], comments: Any) -> str:
    """The text of a stream; each comment is a frame of its own, as servers send it to keep the connection alive."""
    if comments == {}:
        return write_events(events)
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


# --- text and bytes


def _text(value: Any) -> str:
    if not isinstance(value, str):
        raise MalformedInteraction("", "text (a number or null needs quotes)", describe(value))
    return value


def _bytes(value: Any) -> bytes:
    try:
        return base64.b64decode("".join(_text(value).split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedInteraction("", "base64", "other characters, or a part of it") from error


_WRITERS: dict[str, Callable[[Any], str | bytes]] = {
    "json": _write_json,
    "stream": lambda table: _write_events(table, named=False),
    "events": lambda table: _write_events(table, named=True),
    "lines": lambda table: write_json_lines(map(json_text.rewrite_line, _chunks(table))),
    "text": _text,
    "base64": _bytes,
}
LAYOUTS = tuple(_WRITERS)
