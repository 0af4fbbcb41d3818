"""Redaction where vcrpy writes and compares: no secret reaches a file, and a live request finds its recording."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from vcr.request import Request
from vcr.util import read_body

from vcr_openai._http.encoding import decoded
from vcr_openai._redaction.old_calls import redact_interaction, redact_request
from vcr_openai._redaction.redaction import Redaction

Filter = Callable[[Request], "Request | None"]


def redacting(hook: Filter, redaction: Redaction) -> Filter:
    """vcrpy's ``before_record_request``, the user's filters and all, with redaction after it."""
    if not redaction.enabled:
        return hook

    def filtered(request: Request) -> Request | None:
        kept = hook(request)
        return None if kept is None else _redacted(kept, redaction)

    return filtered


class RedactingPersister:
    """A persister that redacts what it hands on to another one, and is that one in everything else."""

    def __init__(self, inner: Any, redaction: Redaction) -> None:
        self.inner = inner
        self.redaction = redaction

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def save_cassette(self, cassette_path: Any, cassette_dict: dict[str, Any], serializer: Any) -> None:
        """Save the cassette without its secrets; raises what the other persister raises."""
        pairs = zip(cassette_dict["requests"], cassette_dict["responses"], strict=True)
        clean = [_redacted_pair(request, response, self.redaction) for request, response in pairs]
        requests = [request for request, _ in clean]
        responses = [response for _, response in clean]
        changed = {**cassette_dict, "requests": requests, "responses": responses}
        self.inner.save_cassette(cassette_path, changed, serializer=serializer)


def behind(persister: Any, wrap: Callable[[Any], Any]) -> Any:
    """The persister wrapped, but behind its redaction: what ``wrap`` makes is handed no secret to write."""
    if isinstance(persister, RedactingPersister):
        return RedactingPersister(behind(persister.inner, wrap), persister.redaction)
    return wrap(persister)


def _redacted(request: Request, redaction: Redaction) -> Request:
    body = read_body(request)
    method, uri, headers, clean = redact_request(request.method, request.uri, request.headers, body, redaction)
    if uri == request.uri and headers is request.headers and clean is body:
        return request
    return Request(method, uri, clean, dict(headers))


def _redacted_pair(request: Request, response: dict[str, Any], redaction: Redaction) -> tuple[Request, dict[str, Any]]:
    """A compressed body is looked into, and kept as it is where nothing was found."""
    clean = _redacted(request, redaction)
    written: dict[str, Any] = {"request": {}, "response": response}
    if isinstance(response.get("body"), dict):
        readable, _ = decoded(written)
        if readable["response"]["headers"] is not response.get("headers"):  # it was compressed
            found = redact_interaction(readable, redaction)[1]
            written = readable if any(one.where.startswith("response.body") for one in found) else written
    answer: dict[str, Any] = redact_interaction(written, redaction)[0]["response"]
    return clean, answer
