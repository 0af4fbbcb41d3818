"""Temporary: the calls of redaction with vcrpy's dictionaries, until their callers use exchanges."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vcr_openai._http.body import Body
from vcr_openai._http.exchange import PROVENANCE, Exchange, HttpRequest, HttpResponse
from vcr_openai._redaction import redact as now
from vcr_openai._redaction.edits import Secret
from vcr_openai._redaction.redaction import Redaction

_RESPONSE = {"status", "headers", "body", PROVENANCE}


def redact_request(
    method: str, uri: str, headers: Mapping[str, Any], body: Any, redaction: Redaction
) -> tuple[str, str, Mapping[str, Any], Any]:
    """A request as it is recorded; a body other than text and bytes stays as it is."""
    old = HttpRequest(method, uri, _listed(headers), _body(body, headers))
    new = now.redact_request(old, redaction)
    return new.method, new.uri, _like(headers, old.headers, new.headers), _content(body, old.body, new.body)


def redact_interaction(interaction: dict[str, Any], redaction: Redaction) -> tuple[dict[str, Any], list[Secret]]:
    """An interaction as it is recorded, and the secrets that were in it; either side may be missing."""
    request, response = interaction.get("request") or {}, interaction.get("response") or {}
    if not isinstance(response.get("body") or {}, dict):
        return now.redact_document(interaction, redaction)
    content = (response.get("body") or {}).get("string")
    old = Exchange(
        HttpRequest(
            request.get("method", ""),
            request.get("uri", ""),
            _listed(request.get("headers") or {}),
            _body(request.get("body"), request.get("headers") or {}),
        ),
        HttpResponse(
            200,
            _listed(response.get("headers") or {}),
            _body(content, response.get("headers") or {}) or Body(b""),
            (response.get("status") or {}).get("message"),
            {name: value for name, value in response.items() if name not in _RESPONSE},
        ),
        response.get(PROVENANCE) or {},
    )
    new, secrets = now.redact_exchange(old, redaction)
    if new is old:
        return interaction, secrets
    changed = dict(interaction)
    if new.request is not old.request:
        headers = _like(request.get("headers") or {}, old.request.headers, new.request.headers)
        body = _content(request.get("body"), old.request.body, new.request.body)
        changed["request"] = {**request, "uri": new.request.uri, "headers": headers, "body": body}
    answer = dict(response)
    if new.response is not old.response:
        answer |= new.response.further
        answer["headers"] = _like(response.get("headers") or {}, old.response.headers, new.response.headers)
        if "status" in response:
            answer["status"] = {**response["status"], "message": new.response.reason}
        answer["body"] = {**response["body"], "string": _content(content, old.response.body, new.response.body)}
    if new.provenance is not old.provenance:
        answer[PROVENANCE] = new.provenance
    if answer != response:
        changed["response"] = answer
    return changed, secrets


def _listed(headers: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        name: [one.decode("latin-1") if isinstance(one, bytes) else str(one) for one in values]
        for name, given in headers.items()
        for values in [given if isinstance(given, (list, tuple)) else [given]]
    }


def _like(given: Mapping[str, Any], old: dict[str, list[str]], new: dict[str, list[str]]) -> Mapping[str, Any]:
    """The new headers in the types of the given ones."""
    if new is old:
        return given
    return {
        name: given[name] if values is old[name] else values if isinstance(given[name], (list, tuple)) else values[0]
        for name, values in new.items()
    }


def _body(content: Any, headers: Mapping[str, Any]) -> Body | None:
    return Body.of(content, headers) if isinstance(content, (str, bytes)) else None


def _content(given: Any, old: Body | None, new: Body | None) -> Any:
    """The new content in the type of the given one; the same object where it is the same."""
    if new is old or new is None:
        return given
    return new.content if isinstance(given, bytes) or new.text is None else new.text
