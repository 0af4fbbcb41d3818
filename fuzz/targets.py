"""The targets of the fuzzer: readers that take any bytes and raise only the errors that they document.

A target suppresses the errors that its reader's docstring names. Anything else is a finding: another exception,
RecursionError and MemoryError included, or more time than an input of this size needs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from vcr_openai import Rules, TranslationError, from_interaction, recording_key, to_interaction
from vcr_openai._files import text_of
from vcr_openai._formats import body_layouts, foreign_files, openai_yaml, plain
from vcr_openai._formats.recording_json import read_recordings
from vcr_openai._formats.registry import FORMATS, dump, read_document
from vcr_openai._http import event_stream
from vcr_openai._http.body import Body
from vcr_openai._http.content_coding import Undecodable, decompress
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse
from vcr_openai._json import json_text
from vcr_openai._matching.canonical import canonical
from vcr_openai._recording.recording import Recording
from vcr_openai._redaction.redact import (
    find_secrets,
    redact_document,
    redact_exchange,
    redact_request,
)
from vcr_openai._redaction.redaction import Redaction
from vcr_openai._vcrpy.serializers import ReadableSerializer, RecordingSerializer
from vcr_openai._yaml import yaml_reader

_LIMIT = 8 << 20  # bytes that a compressed input may become here
_CODINGS = ("gzip", "deflate", "br", "zstd", "identity", "x-gzip")


def json_document(data: bytes) -> None:
    """``json_text.read`` and both writers."""
    try:
        value = json_text.read(_text(data))
    except ValueError:
        return
    assert json_text.read(json_text.write_document(value)) == value
    assert json_text.read(json_text.write_line(value)) == value


def recording(data: bytes) -> None:
    """``Recording.parse``, and everything that is done to a recording."""
    try:
        found = Recording.parse(_text(data))
    except TranslationError:
        return
    found.dump()
    with contextlib.suppress(TranslationError):
        recording_key(found)
    redact_document(found.document)
    find_secrets(found.document)
    with contextlib.suppress(TranslationError):
        _interaction(to_interaction(found))


def recordings(data: bytes) -> None:
    """``read_recordings``, and the serializer upon it."""
    with contextlib.suppress(TranslationError):
        read_recordings(_text(data))
        RecordingSerializer().deserialize(_text(data))


def cassette(data: bytes) -> None:
    """A file of another tool's, from its bytes, and all that reads an exchange."""
    with contextlib.suppress(ValueError):
        document = foreign_files.FORMAT.load(text_of(data, _LIMIT), None)
        for one in document.results:
            if isinstance(one, Exchange):
                _exchange(one)


def contents(data: bytes) -> None:
    """``read_document``, whatever a file contains, and every format that can be written."""
    with contextlib.suppress(TranslationError):
        exchanges = read_document(_text(data)).exchanges
        for name in FORMATS:
            with contextlib.suppress(ValueError):
                dump(exchanges, name)


def yaml(data: bytes) -> None:
    """Both dialects of YAML."""
    for dialect in (yaml_reader.FOREIGN, yaml_reader.PLAIN):
        with contextlib.suppress(TranslationError):
            yaml_reader.read(_text(data), dialect)


def readable_cassette(data: bytes) -> None:
    """``openai.yaml``; what was read can be written."""
    with contextlib.suppress(TranslationError):
        openai_yaml.dump(openai_yaml.load(_text(data)).exchanges)
        ReadableSerializer().serialize(ReadableSerializer().deserialize(_text(data)))


def stream(data: bytes) -> None:
    """The frames of a stream, its readable form, and the search for secrets in it."""
    text = _text(data)
    events = event_stream.parse_events(text).events
    assert event_stream.parse_events(event_stream.write_events(events)).events == events
    event_stream.json_line_spans(text)
    asked = HttpRequest("GET", "https://api.openai.com/v1/models", {}, None)
    for kind in ("text/event-stream", "application/x-ndjson", "application/json", ""):
        body_layouts.body_layout_of(Body(data, kind))
        layout = body_layouts.body_layout_of(Body(data, kind), verbatim=True)
        content = body_layouts.content_in(*layout)
        assert (content if isinstance(content, bytes) else content.encode()) == data
        redact_exchange(Exchange(asked, HttpResponse(200, {}, Body(data, kind))))


def request(data: bytes) -> None:
    """The canonical request and the redaction; the first line is the URI, the second the content type."""
    uri, _, rest = _text(data).partition("\n")
    kind, _, body = rest.partition("\n")
    for content in (Body(body.encode(), kind), None):
        found = HttpRequest("POST", uri, {"content-type": [kind]}, content)
        canonical(found, Rules())
        redact_request(found)


def compressed(data: bytes) -> None:
    """Every decompressor, and a body that says it was made by it."""
    for coding in _CODINGS:
        with contextlib.suppress(Undecodable):
            assert len(decompress(coding, data, _LIMIT)) <= max(_LIMIT, len(data))


def _interaction(interaction: dict[str, Any]) -> None:
    with contextlib.suppress(TranslationError):
        _exchange(plain.exchange_from_dict(interaction))
    find_secrets(interaction)


def _exchange(exchange: Exchange) -> None:
    with contextlib.suppress(TranslationError):
        to_interaction(from_interaction(plain.exchange_to_dict(exchange)))
    redact_exchange(exchange, Redaction())


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")  # a file's text has no lone surrogates: readers of files are strict


READERS: tuple[Callable[[bytes], None], ...] = (
    json_document, recording, recordings, cassette, contents, yaml, readable_cassette, stream, request, compressed
)  # fmt: skip
