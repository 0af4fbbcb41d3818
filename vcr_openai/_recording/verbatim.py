"""A plain interaction in the recording format: an exchange for which the format has no words, kept to the letter.

Its ``request`` has ``method``, ``uri`` and ``headers`` in place of a call, so the recorder, which opens files by the
key of a call, never looks for it. Bodies are text, or ``{"base64": …}`` where they are not UTF-8; ``null`` is no body.
"""

from __future__ import annotations

import base64
import binascii
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from vcr_openai._api.endpoint import Layout
from vcr_openai._errors import MalformedRecording, TranslationError, describe
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import PROVENANCE, Exchange, HttpRequest, HttpResponse, Reason, reason_of
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.uploads import read_form

_BASE64 = "base64"
_RESPONSE = ("status", "headers", "body", "is_streaming", "further", PROVENANCE)


def write_verbatim(exchange: Exchange, test_id: str | None) -> Recording:
    """The plain interaction of an exchange, which ``read_verbatim`` gives back."""
    request, response = exchange.request, exchange.response
    answered: dict[str, Any] = {
        "status": {"code": response.status, "message": response.message},
        "headers": dict(sorted(response.headers.items())),  # as vcrpy's YAML has them
        "body": _content(response.body),
        "is_streaming": False,
    }
    answered.update({name: dict(value) for name, value in _optional(exchange) if value})
    asked = {
        "method": request.method,
        "uri": request.uri,
        "headers": dict(sorted(request.headers.items())),
        "body": None if request.body is None else _content(request.body),
    }
    return Recording({"test_id": test_id, "request": asked, "response": answered, "id_normalization_mapping": {}})


def _optional(exchange: Exchange) -> list[tuple[str, Any]]:
    return [("further", exchange.response.further), (PROVENANCE, exchange.provenance)]


def _content(body: Body) -> Any:
    """A body as it was sent; a compressed one is rarely text."""
    try:
        return body.content.decode()
    except UnicodeDecodeError:
        return {_BASE64: base64.b64encode(body.content).decode()}


def read_verbatim(recording: Recording) -> Exchange:
    """The exchange of a plain interaction. Raises MalformedRecording with the JSON path."""
    if recording.layout is not Layout.INTERACTION:
        raise MalformedRecording("request", "the keys of a plain interaction", describe(recording.request))
    request, response = recording.request, recording.response
    for key in response:
        if key not in _RESPONSE:
            raise MalformedRecording("response", f"keys among {', '.join(_RESPONSE)}", "another key")
    status = _object(response.get("status"), "response.status")
    code = status.get("code")
    if type(code) is not int:
        raise MalformedRecording("response.status.code", "a status code", describe(code))
    asked, answered = (_headers(part.get("headers"), where) for part, where in ((request, "request"), (response, "")))
    body = None if request.get("body") is None else Body.of(_octets(request["body"], "request.body"), asked)
    content = Body.of(_octets(response["body"], "response.body"), answered)
    reason = reason_of(code, status.get("message", Reason.STANDARD))
    further = _object(response.get("further", {}), "response.further")
    provenance = _object(response.get(PROVENANCE, {}), f"response.{PROVENANCE}")
    return Exchange(
        HttpRequest(request["method"], request["uri"], asked, body),
        HttpResponse(code, answered, content, reason, further),
        provenance,
    )


def _headers(value: Any, where: str) -> dict[str, list[str]]:
    headers = _object(value, f"{where or 'response'}.headers")
    for name, values in headers.items():
        if not isinstance(values, list) or not all(isinstance(one, str) for one in values):
            raise MalformedRecording(f"{where or 'response'}.headers.{name}", "a list of texts", describe(values))
    return headers


def _octets(value: Any, where: str) -> bytes:
    if isinstance(value, str):
        return value.encode("utf-8", "surrogatepass")
    encoded = value.get(_BASE64) if isinstance(value, dict) else None
    if not isinstance(encoded, str):
        raise MalformedRecording(where, "a text, or bytes as base64", describe(value))
    try:
        return base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedRecording(f"{where}.{_BASE64}", "bytes in base64", describe(encoded)) from error


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedRecording(where, "an object", describe(value))
    return value


def why_not_asked(asked: HttpRequest, written: HttpRequest) -> str | None:
    """Why a request is not the one that a recording of it plays; None where it is.

    A recording has the arguments of a call: a body that the call does not have (none at all for a chat, one for a GET),
    or that the SDK would send with a further member, has no place in it. Another host is no difference.
    """
    here, there = urlsplit(asked.uri), urlsplit(written.uri)
    if asked.method != written.method or here.path != there.path:
        return f"the recording would answer {written.method} {there.path}"
    if sorted(parse_qsl(here.query, keep_blank_values=True)) != sorted(parse_qsl(there.query, keep_blank_values=True)):
        return "the recording would answer another query"
    if not _same_content(asked.body, written.body):
        return "the recording would answer another body"
    return None if _same_type(asked.body, written.body) else "the recording would have another content type"


def _same_type(asked: Body | None, written: Body | None) -> bool:
    """Whether two bodies have one media type; one that nobody named may be any."""
    types = {body.content_type.partition(";")[0].strip().lower() for body in (asked, written) if body is not None}
    return len(types - {""}) < 2


def _same_content(asked: Body | None, written: Body | None) -> bool:
    if not asked or not written:
        return not asked and not written
    if asked.octets == written.octets:
        return True
    if asked.boundary is None or written.boundary is None:
        return asked.json.problem is None and bool(asked.json.value == written.json.value)
    try:
        return read_form(asked.octets, asked.boundary) == read_form(written.octets, written.boundary)
    except TranslationError:
        return False
