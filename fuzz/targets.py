"""The readers under fire: each takes bytes of any kind, and raises nothing but what it documents.

The rule of this file: a target swallows the errors that its reader's docstring names. Whatever else leaves it is a
finding: another exception, RecursionError and MemoryError among them, or time that no input of this size needs.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from typing import Any

from vcr_openai import Rules, TranslationError, from_interaction, recording_key, to_interaction
from vcr_openai._formats import body_layouts
from vcr_openai._formats.old_calls import (
    Cassette,
    current,
    exchanges_in,
    interaction_at,
    loads,
    raw_interactions,
    read_contents,
)
from vcr_openai._formats.recording_json import read_recordings
from vcr_openai._http import event_stream
from vcr_openai._http.body import Body
from vcr_openai._http.content_coding import Undecodable, decompress
from vcr_openai._http.encoding import decoded
from vcr_openai._http.exchange import HttpRequest, HttpResponse
from vcr_openai._http.vcr_dicts import read_interaction
from vcr_openai._json import json_text
from vcr_openai._matching.canonical import canonical
from vcr_openai._recording.recording import Recording
from vcr_openai._redaction.old_calls import redact_interaction
from vcr_openai._redaction.redact import find_secrets, redact_document, redact_request, redact_response
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
    """``raw_interactions`` of a file's bytes, and all that reads an interaction."""
    try:
        interactions, _ = raw_interactions(data, _LIMIT)
    except TranslationError:
        return
    for one in interactions:
        with contextlib.suppress(TranslationError):
            _interaction(decoded(current(one)[0], _LIMIT)[0])


def contents(data: bytes) -> None:
    """``read_contents``, whatever a file holds."""
    text = _text(data)
    try:
        found = read_contents(text)
    except TranslationError:
        return
    if isinstance(found, Cassette):
        for index in range(len(found.interactions)):
            with contextlib.suppress(TranslationError):
                interaction_at(found, index)
    with contextlib.suppress(TranslationError):
        exchanges_in(text)


def yaml(data: bytes) -> None:
    """Both dialects of YAML."""
    for dialect in (yaml_reader.FOREIGN, yaml_reader.PLAIN):
        with contextlib.suppress(TranslationError):
            yaml_reader.read(_text(data), dialect)


def readable_cassette(data: bytes) -> None:
    """``openai.yaml``; what was read can be written."""
    try:
        found = loads(_text(data))
    except TranslationError:
        return
    with contextlib.suppress(TranslationError):
        ReadableSerializer().serialize(found)


def stream(data: bytes) -> None:
    """The frames of a stream, its readable form, and the search for secrets in it."""
    text = _text(data)
    list(event_stream.read_events(text))
    event_stream.read_json_lines(text)
    for kind in ("text/event-stream", "application/x-ndjson", "application/json", ""):
        body_layouts.layout_of(Body(data, kind))
        redact_response(HttpResponse(200, {}, Body(data, kind)))


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
        read_interaction(interaction)
    with contextlib.suppress(TranslationError):
        to_interaction(from_interaction(interaction))
    redact_interaction(interaction, Redaction())
    find_secrets(interaction)


def _text(data: bytes) -> str:
    return data.decode("utf-8", "replace")  # a file's text has no lone surrogates: readers of files are strict


READERS: tuple[Callable[[bytes], None], ...] = (
    json_document, recording, recordings, cassette, contents, yaml, readable_cassette, stream, request, compressed
)  # fmt: skip
