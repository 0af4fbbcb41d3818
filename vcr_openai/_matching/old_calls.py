"""Temporary: the calls of matching with vcrpy's dictionaries, until their callers use exchanges."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from vcr_openai._errors import Unsupported
from vcr_openai._http import vcr_dicts
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpRequest, HttpResponse
from vcr_openai._matching import canonical as now
from vcr_openai._matching import explanation, replayed_response
from vcr_openai._matching.canonical import Canonical
from vcr_openai._matching.rules import Rules


def canonical(method: str, uri: str, body: Any, rules: Rules, headers: Mapping[str, Any] | None = None) -> Canonical:
    """The canonical request; a body that no client can write (a form's fields with bytes) is its ``repr``."""
    try:
        content = None if body is None else Body.of(body, headers)
    except Unsupported:
        content = Body.of(repr(body), headers)
    return now.canonical(HttpRequest(method, uri, {}, content), rules)


def form_of(request: vcr_dicts.HttpRequest, rules: Rules) -> Canonical:
    """The canonical request of a cassette's request."""
    return canonical(request.method, request.uri, request.body, rules, request.headers)


def indistinguishable(requests: Sequence[Canonical], answers: Sequence[vcr_dicts.HttpResponse]) -> list[list[int]]:
    """``explanation.indistinguishable``."""
    return explanation.indistinguishable(
        requests, [HttpResponse(one.status, one.headers, Body.of(one.body)) for one in answers]
    )


def with_live_ids(
    response: dict[str, Any], recorded_names: Mapping[str, str], live_names: Mapping[str, str]
) -> dict[str, Any]:
    """``replayed_response.with_live_ids`` of a response as vcrpy stores it."""
    body = response.get("body", {}).get("string")
    if not isinstance(body, bytes):
        return response
    old = HttpResponse(200, {}, Body(body))
    new = replayed_response.with_live_ids(old, recorded_names, live_names)
    return response if new is old else {**response, "body": {**response["body"], "string": new.body.content}}


def without_waiting(response: dict[str, Any]) -> dict[str, Any]:
    """``replayed_response.without_retry_pause`` of a response as vcrpy stores it."""
    status, headers = response.get("status"), response.get("headers")
    code = status.get("code") if isinstance(status, dict) else None
    if not isinstance(code, int) or not isinstance(headers, dict):
        return response
    old = HttpResponse(code, headers)
    new = replayed_response.without_retry_pause(old)
    return response if new is old else {**response, "headers": new.headers}
