"""What is carried: recordings that are no HTTP exchange, kept whole in a cassette where no request finds them."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from vcr_openai._api.endpoint import Layout
from vcr_openai._errors import MalformedInteraction, TranslationError
from vcr_openai._http import event_stream
from vcr_openai._http.vcr_dicts import HttpRequest, HttpResponse
from vcr_openai._json import json_text
from vcr_openai._recording import invented
from vcr_openai._recording.failure import STREAM_ERROR
from vcr_openai._recording.recording import Recording

REASON = "carried"  # the provenance's keys
DOCUMENT = "document"
_OTHER_SCHEME = re.compile("(?!https?:)[A-Za-z][A-Za-z0-9+.-]{0,30}:")  # RFC 3986, section 3.1


def carried_reason(recording: Recording) -> str | None:
    """Why a recording is carried, None for one that is an HTTP exchange."""
    layout, request, response = recording.layout, recording.request, recording.response
    if layout in (Layout.TOOL, Layout.FILE_PROCESSOR):
        return f"a {layout.value}'s invocation is not an HTTP exchange"
    if not request["url"].startswith(("http://", "https://", invented.DATABRICKS_RECORDED)):
        other = _OTHER_SCHEME.match(request["url"])
        return f"a call to {other[0]} is not an HTTP exchange" if other else "its URL is none"
    if not _is_url(request["url"]):
        return "its URL is none"
    if response.get("is_exception"):
        return _failure_reason(response, layout)
    if layout is Layout.HTTP:
        return _http_reason(response)
    return None


def _is_url(text: str) -> bool:
    try:
        urlsplit(text)
        text.encode()
    except ValueError:  # a broken IPv6 address, or a lone surrogate, for which YAML has no words
        return False
    return True


def _failure_reason(response: dict[str, Any], layout: Layout) -> str | None:
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


def _http_reason(response: dict[str, Any]) -> str | None:
    if response["is_streaming"]:
        for line in response["body"]:
            if not isinstance(line, str) or event_stream.lines(f"{line}\n") != [line]:
                return "its stream is not the lines of a text"
    elif not _is_status(response.get("status", 200)):
        return "its status is none of HTTP's"
    return None


def _is_status(value: Any) -> bool:
    return isinstance(value, int) and 100 <= value < 600  # True is 1


def carry(recording: Recording, reason: str) -> tuple[HttpRequest, HttpResponse, dict[str, Any]]:
    """Request, response and provenance of the interaction that carries a recording."""
    kind = recording.layout.value.replace(" ", "-").lower()
    return (
        HttpRequest(invented.CARRIED_METHOD, f"{invented.CARRIED_SCHEME}:{kind}", {}, f"Never sent: {reason}."),
        HttpResponse(invented.CARRIED_STATUS, {}, ""),
        {REASON: reason, DOCUMENT: json_text.write_line(recording.document)},  # a text, since YAML would sort its keys
    )


def read_carried(provenance: dict[str, Any], where: str) -> Recording:
    """The recording that the provenance at ``where`` carries. Raises MalformedInteraction where there is none."""
    try:
        return Recording.parse(provenance.get(DOCUMENT, ""))
    except (TypeError, TranslationError) as error:
        raise MalformedInteraction(f"{where}.{DOCUMENT}", "the text of a recording", str(error)) from error
