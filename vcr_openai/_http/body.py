"""A body: the bytes of a request or response and what they are, each view made once, when it is asked for.

Whoever needs to know whether a body is JSON, a stream, a form or text asks here, so that all parts of the package agree
and the bytes are parsed once.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import Enum
from functools import cached_property, lru_cache
from re import IGNORECASE, MULTILINE
from re import compile as pattern
from typing import Any, NamedTuple

from vcr_openai._errors import Unsupported, describe
from vcr_openai._http.content_coding import Decoded, decode
from vcr_openai._http.event_stream import DONE, EventStream, Span, json_line_spans, parse_events
from vcr_openai._http.headers import header
from vcr_openai._json import json_text

_EVENT_TYPES = frozenset(["text/event-stream"])
_LINES_TYPES = frozenset(["application/x-ndjson", "application/jsonl", "application/stream+json"])
# What an event stream begins with, and JSON does not; clients do not look at the content type.
_EVENT_FIELD = pattern("\ufeff?[\r\n]*(?:data|event|id|retry)?:")
_DATA, _BLANK, _NAME = "data: ", "\n\n", "event: "
_NAMES = pattern(r"^event: [^\r\n]*\n(?=data: )", MULTILINE)
_MARK, _ESCAPED = "\x1e", "\\u001"  # no JSON text has the character as such; it may be written as an escape
_BETWEEN = f',"{_ESCAPED}e",'
_LAST = f"{_BETWEEN}{DONE}"
_CONTAINER = pattern(r"\s*[{\[]")
_BOUNDARY = pattern(r"""^multipart/[^;]*;.*?boundary=(?:"([^"]+)"|([^\s;"]+))""", IGNORECASE)


class StreamFraming(Enum):
    """How the chunks of a stream lie in a body."""

    EVENTS = "server-sent events"
    JSON_LINES = "one JSON text a line"


class JsonView(NamedTuple):
    """The JSON value of a text, or why the text has none (``problem``; None where it has one)."""

    value: Any = None
    problem: str | None = None


class Chunk(NamedTuple):
    """One chunk of a stream: its text, its JSON, and the places of the text's lines in the body's text."""

    text: str
    json: JsonView
    spans: tuple[Span, ...]


@dataclass(frozen=True)
class Body:
    """The bytes of a message's content as they were sent, and the two headers that say what they are.

    Two bodies are equal when these three are. The views are cached and must not be changed.
    """

    content: bytes
    content_type: str = ""
    codings: tuple[str, ...] = ()

    @classmethod
    def of(cls, value: Any, headers: Mapping[str, Any] | None = None) -> Body:
        """The body for whatever an HTTP client hands vcrpy.

        Takes text, bytes, ``bytearray``, ``memoryview``, a file, an iterator or list of pieces, the object or list
        of aiohttp's ``json=`` and aiohttp's payload classes. Raises Unsupported for any other type.
        """
        if isinstance(value, Body):
            return value
        types = "\n".join(header(headers, "content-type")) if headers else ""
        codings = header(headers, "content-encoding") if headers else ()
        if not codings:
            return cls(content_of(value), types)
        names = (one.strip().lower() for item in codings for one in item.split(","))
        return cls(content_of(value), types, tuple(filter(None, names)))

    @classmethod
    def of_json(cls, value: Any, headers: Mapping[str, Any]) -> Body:
        """The body in which a client sends a JSON value (without NaN and infinities), which is its view."""
        body = cls.of(json_text.rewrite_line(value), headers)
        body.__dict__["json"] = JsonView(value)  # as a cached property keeps what was read
        return body

    def __bool__(self) -> bool:
        return bool(self.content)

    def with_content(self, content: bytes) -> Body:
        """A body of the same type with other bytes, which are in no content coding."""
        return Body(content, self.content_type)

    @property
    def media_type(self) -> str:
        """The media type in lower case, without parameters; empty where none is known."""
        return self.content_type.partition("\n")[0].partition(";")[0].strip().lower()

    @cached_property
    def decoding(self) -> Decoded:
        """The bytes with their content codings undone, or why they are not."""
        return decode(self.codings, self.content)

    @property
    def octets(self) -> bytes:
        """The bytes with their content codings undone; as they were sent where that is not possible."""
        return self.decoding.content

    @cached_property
    def text(self) -> str | None:
        """The decoded bytes as UTF-8; None where they are something else."""
        try:
            return self.octets.decode()
        except UnicodeDecodeError:
            return None

    @property
    def stored(self) -> str | bytes:
        """The body as a cassette has it: text, or bytes where it is not UTF-8."""
        return self.octets if self.text is None else self.text

    @cached_property
    def json(self) -> JsonView:
        """The JSON value of the text, read strictly (``json_text.read``)."""
        return JsonView(problem="it is not UTF-8 text") if self.text is None else read_json(self.text)

    @cached_property
    def declared_framing(self) -> StreamFraming | None:
        """The framing that the content type names; None where it names none, or where the text is one JSON value."""
        if self.media_type in _EVENT_TYPES:
            return None if self._is_container else StreamFraming.EVENTS
        if self.media_type not in _LINES_TYPES:
            return None
        is_one = self._is_container and len(json_line_spans(self.text or "")) > 1  # one on one line is one chunk
        return None if is_one else StreamFraming.JSON_LINES

    @cached_property
    def _is_container(self) -> bool:
        """Whether the text is one JSON object or list, whatever the content type says."""
        return self.text is not None and bool(_CONTAINER.match(self.text)) and self.json.problem is None

    @cached_property
    def framing(self) -> StreamFraming | None:
        """Whether the body is a stream, and of which framing; None where it is not.

        The content type decides where it names a stream and the text is not one JSON value, which some servers send
        under any type. Otherwise the first characters do, since servers leave the type out and clients ignore it.
        """
        if self.declared_framing is not None or self.text is None:
            return self.declared_framing
        if _EVENT_FIELD.match(self.text):
            return StreamFraming.EVENTS
        if _CONTAINER.match(self.text) and self.json.problem is not None and self._is_json_lines():
            return StreamFraming.JSON_LINES
        return None

    @cached_property
    def events(self) -> EventStream:
        """The server-sent events of the text, wherever it came from."""
        return parse_events(self.text or "")

    @cached_property
    def _skimmed(self) -> tuple[list[Any], str]:
        """The chunks' objects with a mark between each two, read in one go, and the array that they were read from.

        Nothing for another body than a stream of events, with a name or without, that have one object on one line each.
        No chunk has the mark, so that no object begins in one chunk and ends in another.
        """
        text = self.text or ""
        if text.startswith(_NAME):
            text = _NAMES.sub("", text)
        if not text.startswith(_DATA) or not text.endswith(_BLANK) or _ESCAPED in text:
            return [], ""
        count = text.count(_BLANK)
        array = text[len(_DATA) : -len(_BLANK)].replace(_BLANK + _DATA, _BETWEEN)
        if array.endswith(_LAST):
            count, array = count - 1, array.removesuffix(_LAST)
        if "\n" in array or "\r" in array:
            return [], ""
        array = f"[{array}]"
        try:
            values = json_text.skim(array)
        except ValueError:
            return [], ""
        is_one_each = len(values) == 2 * count - 1 and set(map(type, values[::2])) == {dict}
        return (values, array) if is_one_each and values[1::2] == [_MARK] * (count - 1) else ([], "")

    @cached_property
    def skimmed_chunks(self) -> list[Any]:
        """The objects of a stream of events with one line of data each, read in one go; empty for any other body.

        The done marker has none. They are not read strictly (``json_text.skim``).
        """
        return self._skimmed[0][::2]

    def skims_all(self) -> bool:
        """Whether the skimmed chunks are all that is in a stream: read strictly they are the same, numbers included."""
        values, array = self._skimmed
        return bool(values) and json_text.is_usual(array, values)

    @cached_property
    def chunks(self) -> tuple[Chunk, ...]:
        """The chunks of a stream, an unfinished last event included; none for a body that is not a stream."""
        if self.framing is StreamFraming.EVENTS:
            found = [*self.events.events, *([self.events.unfinished] if self.events.unfinished else [])]
            views = list(map(JsonView, self.skimmed_chunks)) if json_text.is_whole(*self._skimmed) else []
            views += [_view_of(event.data) for event in found[len(views) :]]
            return tuple([Chunk(event.data, view, event.spans) for event, view in zip(found, views, strict=True)])
        return self._lines if self.framing is StreamFraming.JSON_LINES else ()

    @cached_property
    def _lines(self) -> tuple[Chunk, ...]:
        text = self.text or ""
        spans = json_line_spans(text)
        return tuple(Chunk(text[start:end], read_json(text[start:end]), ((start, end),)) for start, end in spans)

    def _is_json_lines(self) -> bool:
        """Whether there are several lines, all of them JSON objects or lists; the last may be cut off."""
        if "\n" not in (self.text or "").strip():
            return False
        values = [line.json.value for line in self._lines[:-1]]
        return len(values) > 0 and all(isinstance(value, (dict, list)) for value in values)

    @cached_property
    def boundary(self) -> str | None:
        """What separates the parts of a form (RFC 2046), as the content type announces it; None for other types."""
        found = _BOUNDARY.search(self.content_type)
        return (found[1] or found[2]) if found else None


def _view_of(text: str) -> JsonView:
    return _view_of_done() if text == DONE else read_json(text)


@lru_cache(maxsize=1)
def _view_of_done() -> JsonView:
    return read_json(DONE)


def read_json(text: str) -> JsonView:
    """The JSON value of a text, or why it has none."""
    try:
        return JsonView(json_text.read(text))
    except ValueError as error:
        return JsonView(problem=str(error))


def content_of(value: Any) -> bytes:
    """The bytes of what an HTTP client was given to send. Raises Unsupported for a type that is not known."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    if isinstance(value, (bytearray, memoryview)):
        return bytes(value)
    if hasattr(value, "read"):  # vcrpy keeps a file-like body as it is
        return content_of(value.read())
    if isinstance(value, Mapping):
        return _json_bytes(dict(value))
    if isinstance(value, (list, tuple, Iterator)):
        pieces = list(value)
        kinds = (str, bytes, bytearray, memoryview)
        # A list of texts is JSON: clients that send pieces have bytes among them, or an iterator.
        if pieces and all(isinstance(piece, kinds) for piece in pieces) and not _is_json(value, pieces):
            return b"".join(map(content_of, pieces))
        return _json_bytes(pieces)
    if type(value).__module__.partition(".")[0] == "aiohttp" and hasattr(value, "_value"):
        return content_of(value._value)  # noqa: SLF001  # aiohttp 3: the payload classes keep what they send there
    raise Unsupported("body", "text, bytes, a file, an iterator of them or a JSON value", describe(value))


def _is_json(value: Any, pieces: list[Any]) -> bool:
    return not isinstance(value, Iterator) and all(isinstance(piece, str) for piece in pieces)


def _json_bytes(value: Any) -> bytes:
    """What aiohttp sends for ``json=`` (``json.dumps`` with its defaults)."""
    try:
        return json.dumps(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise Unsupported("body", "a value that JSON can write", f"one that it cannot ({error})") from error
