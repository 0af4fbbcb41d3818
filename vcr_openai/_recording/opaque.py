"""Opaque recordings: those that are not an HTTP exchange, kept whole in one that no request matches."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from urllib.parse import urlsplit

from vcr_openai._api.endpoint import Layout
from vcr_openai._errors import MalformedInteraction, MalformedRecording, TranslationError
from vcr_openai._http import event_stream
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse
from vcr_openai._json import json_text
from vcr_openai._recording import invented
from vcr_openai._recording.failure import STREAM_ERROR
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.verbatim import read_verbatim

WHERE = "response.recording"
OPAQUE, DOCUMENT = "carried", "document"  # the provenance's keys for an opaque recording
_OTHER_SCHEME = re.compile("(?!https?:)[A-Za-z][A-Za-z0-9+.-]{0,30}:")  # RFC 3986, section 3.1


def why_opaque(recording: Recording) -> str | None:
    """Why a recording is opaque; None for one that is an HTTP exchange."""
    layout, request, response = recording.layout, recording.request, recording.response
    if layout in (Layout.TOOL, Layout.FILE_PROCESSOR):
        return f"a {layout.value}'s invocation is not an HTTP exchange"
    if layout is Layout.INTERACTION:
        return _why_opaque_interaction(recording)
    if not request["url"].startswith(("http://", "https://", invented.DATABRICKS_RECORDED)):
        other = _OTHER_SCHEME.match(request["url"])
        return f"a call to {other[0]} is not an HTTP exchange" if other else "what it has as its URL is not a URL"
    if not _is_url(request["url"]):
        return "what it has as its URL is not a URL"
    if response.get("is_exception"):
        return _why_opaque_failure(response, layout)
    return _why_opaque_http(response) if layout is Layout.HTTP else None


def _why_opaque_interaction(recording: Recording) -> str | None:
    try:
        exchange = read_verbatim(recording)
    except MalformedRecording as error:
        return f"it is no plain interaction ({error})"
    return None if is_unicode(exchange.request, exchange.response) else "its texts are not Unicode"


def _is_url(text: str) -> bool:
    try:
        urlsplit(text)
        text.encode()
    except ValueError:  # a broken IPv6 address, or a lone surrogate, which YAML cannot write
        return False
    return True


def _why_opaque_failure(response: dict[str, Any], layout: Layout) -> str | None:
    data = response.get("exception_data") or {}
    chunks = response["body"] or []
    if layout is Layout.HTTP:
        return "a raw HTTP exchange that ended in an exception says nothing of its response"
    if isinstance(data.get("status_code"), int) and 400 <= data["status_code"] < 600:
        return "a failure with a status comes before the first chunk, this one after" if chunks else None
    within = data.get("type") == STREAM_ERROR and "status_code" not in data and response["is_streaming"]
    if within and isinstance(data.get("message"), str):
        return None
    return "a failure without an HTTP status has no response"


def _why_opaque_http(response: dict[str, Any]) -> str | None:
    if response["is_streaming"]:
        for line in response["body"]:
            if not isinstance(line, str) or event_stream.lines(f"{line}\n") != [line]:
                return "its stream is not the lines of a text"
        return None
    status = response.get("status", 200)
    if isinstance(status, int) and 100 <= status < 600:  # True is 1
        return None
    return "its status is not a status of HTTP"


def opaque_exchange(recording: Recording, reason: str) -> Exchange:
    """The exchange that keeps an opaque recording."""
    kind = recording.layout.value.replace(" ", "-").lower()
    request = HttpRequest(
        invented.OPAQUE_METHOD, f"{invented.OPAQUE_SCHEME}:{kind}", {}, Body(f"Never sent: {reason}.".encode())
    )
    document = json_text.write_line(recording.document)  # a text, since YAML would sort its keys
    return Exchange(request, HttpResponse(invented.OPAQUE_STATUS), {OPAQUE: reason, DOCUMENT: document})


def read_opaque(note: Mapping[str, Any]) -> Recording:
    """The recording that an opaque exchange keeps. Raises MalformedInteraction for any other exchange."""
    try:
        return Recording.parse(note.get(DOCUMENT, ""))
    except (TypeError, TranslationError) as error:
        raise MalformedInteraction(f"{WHERE}.{DOCUMENT}", "the text of a recording", str(error)) from error


def is_unicode(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether all texts of an exchange are Unicode: the wire and YAML cannot write a lone surrogate."""
    headers = [text for name, values in request.headers.items() for text in (name, *values)]
    try:
        for text in (request.method, request.uri, *headers):
            text.encode()
    except UnicodeEncodeError:
        return False
    return not any(map(_has_lone_surrogates, (request.body, response.body)))


def _has_lone_surrogates(body: Body | None) -> bool:
    if body is None or body.text is not None:
        return False
    try:
        body.content.decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
