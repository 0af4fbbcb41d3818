"""A request that somebody gives: that of a recording or an interaction, an HTTP request, or only the body of one."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from vcr_openai._api.endpoint import Layout
from vcr_openai._errors import MalformedInteraction, Unsupported, describe
from vcr_openai._formats.document import syntax_of
from vcr_openai._formats.interaction_layouts import request_of
from vcr_openai._formats.recording_json import is_recording
from vcr_openai._formats.registry import read_document
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse
from vcr_openai._json import json_text
from vcr_openai._recording.call import write_request
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import recording_of
from vcr_openai._recording.verbatim import read_verbatim

_NOTHING: dict[str, Any] = {"body": None, "is_streaming": False}  # the response of a recording that is not made yet
# What the request of a recording has besides what an HTTP request has.
_OF_A_RECORDING = frozenset({"endpoint", "payload", "tool_name", "file_id"})


class NoUrl(ValueError):
    """A body alone, of which it is not known where it is sent to."""


@dataclass(frozen=True)
class GivenRequest:
    """A request: as a recording has it, or as it is sent. ``test_id`` is the test that the file names."""

    recording: Recording | None = None
    sent: HttpRequest | None = None
    test_id: str | None = None

    def http_request(self) -> HttpRequest:
        """The request as it is sent. Raises Unsupported where it is not an HTTP request."""
        if self.sent is not None:
            return self.sent
        if self.recording is not None and self.recording.layout is Layout.INTERACTION:
            return read_verbatim(self.recording).request
        if self.recording is not None and self.recording.layout in (Layout.CALL, Layout.HTTP):
            return write_request(self.recording.request, self.recording.layout)
        raise Unsupported("request", "an HTTP request", "that of a tool or a file processor")

    def recording_for(self, test_id: str | None) -> Recording:
        """The recording that a test would make of the request, without an answer. Raises as ``recording_of``."""
        if self.recording is not None:
            return Recording({**self.recording.document, "test_id": test_id})
        answer = HttpResponse(200, {"content-type": ["application/json"]}, Body.of("{}"))
        return recording_of(Exchange(self.http_request(), answer), test_id)


def read_given(text: str, url: str | None = None) -> GivenRequest:
    """The request in a text; ``url`` is where a body alone is sent to.

    Raises NoUrl for a body alone without that, MalformedInteraction for what is incomplete, and as ``read_document``.
    """
    if syntax_of(text) == "yaml":
        return _of_cassette(text)
    value = json_text.read(text)
    request = value.get("request") if isinstance(value, dict) else None
    if isinstance(request, dict) and "response" in value:
        return _of_recording(value) if is_recording(value) else _of_cassette(text)
    if isinstance(request, dict):
        is_call = bool(_OF_A_RECORDING & request.keys())
        return _of_recording({"response": _NOTHING, **value}) if is_call else GivenRequest(sent=request_of(request, []))
    if isinstance(value, list) or (isinstance(value, dict) and isinstance(value.get("interactions"), list)):
        return _of_cassette(text)
    if isinstance(value, dict) and ({"url", "uri"} & value.keys() or {"tool_name", "kwargs"} <= value.keys()):
        if _OF_A_RECORDING & value.keys():
            return _of_recording({"test_id": value.get("test_id"), "request": value, "response": _NOTHING})
        return GivenRequest(sent=_http_request(value))
    if url is None:
        raise NoUrl
    return GivenRequest(sent=HttpRequest("POST", _checked(url), {}, Body.of(text)))


def _of_cassette(text: str) -> GivenRequest:
    document = read_document(text)
    found = document.recordings if document.recordings is not None else document.exchanges
    if len(found) != 1:
        raise MalformedInteraction("", "one request", f"{len(found)} interactions")
    if document.recordings is not None:
        return _of_recording(document.recordings[0].document)
    return GivenRequest(sent=document.exchanges[0].request, test_id=document.test_id(0))


def _of_recording(document: dict[str, Any]) -> GivenRequest:
    recording = Recording(document)
    test_id = recording.request.get("test_id") if recording.test_id is None else recording.test_id
    return GivenRequest(recording=recording, test_id=test_id if isinstance(test_id, str) else None)


def _http_request(value: dict[str, Any]) -> HttpRequest:
    body = value.get("body")
    if "method" not in value and body is None:
        raise MalformedInteraction("", "a request with method, url and body", "neither method nor body")
    if not isinstance(body, (str, type(None))):
        body = json.dumps(body)
    request = request_of({"method": "POST", **value, "body": body}, [])
    _checked(request.uri)
    return request


def _checked(url: str) -> str:
    if not urlsplit(url).netloc:
        raise MalformedInteraction("url", "a URL with its host (https://…)", describe(url))
    return url
