"""Redaction where vcrpy matches and saves: no secret reaches a file, and a live request finds its recording."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from vcr.request import Request

from vcr_openai._errors import TranslationError
from vcr_openai._redaction.redact import redact_document, redact_exchange, redact_request
from vcr_openai._redaction.redaction import Redaction
from vcr_openai._vcrpy.interactions import http_request, vcr_exchange, vcr_request, vcr_response

Filter = Callable[[Request], "Request | None"]


class RequestFilter:
    """vcrpy's ``before_record_request``, the user's filters included, then redaction; run once a request.

    vcrpy calls it three times a request, on a deep copy each, so the result is kept as long as the request lives. vcrpy
    demands that a filter can be called on its own result, so a result stands for itself.
    """

    def __init__(self, hook: Filter, redaction: Redaction) -> None:
        self._hook = hook
        self._redaction = redaction
        self._results: WeakKeyDictionary[Request, Request | None] = WeakKeyDictionary()
        self._made: WeakSet[Request] = WeakSet()

    def __call__(self, request: Request) -> Request | None:
        """The filtered request; None for one that is to be ignored."""
        if request in self._made:
            return request
        if request not in self._results:
            result = self._hook(request)
            result = None if result is None else _redacted(result, self._redaction)
            if result is request:  # keeping it would keep it alive
                return result
            self._results[request] = result
            if result is not None:
                self._made.add(result)
        return self._results[request]


def _redacted(request: Request, redaction: Redaction) -> Request:
    """The request without secrets; the same object where it has none, or where its body is of an unknown type."""
    if not redaction.enabled:
        return request
    try:
        found = http_request(request)
    except TranslationError:
        return request
    clean = redact_request(found, redaction)
    return request if clean is found else vcr_request(clean)


class RedactingPersister:
    """A persister that redacts what it hands to another one, and is that one in everything else."""

    def __init__(self, inner: Any, redaction: Redaction) -> None:
        self.inner = inner
        self.redaction = redaction

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def save_cassette(self, cassette_path: Any, cassette_dict: dict[str, Any], serializer: Any) -> None:
        """Save the cassette without its secrets; raises what the other persister raises."""
        pairs = zip(cassette_dict["requests"], cassette_dict["responses"], strict=True)
        clean = [_redacted_pair(request, response, self.redaction) for request, response in pairs]
        changed = {
            **cassette_dict,
            "requests": [request for request, _, _ in clean],
            "responses": [response for _, response, _ in clean],
        }
        self.inner.save_cassette(cassette_path, changed, serializer=serializer)


def behind(persister: Any, wrap: Callable[[Any], Any]) -> Any:
    """The persister wrapped, but behind its redaction: what ``wrap`` makes is handed no secret to write."""
    if isinstance(persister, RedactingPersister):
        return RedactingPersister(behind(persister.inner, wrap), persister.redaction)
    return wrap(persister)


def _redacted_pair(
    request: Request, response: dict[str, Any], redaction: Redaction
) -> tuple[Request, dict[str, Any], object]:
    """Request and response without secrets, and what must live until they are saved, so that no body is read twice."""
    try:
        exchange = vcr_exchange(request, response)
    except TranslationError:  # a response that a hook of the user's made
        return _redacted(request, redaction), redact_document(response, redaction)[0], None
    clean, _ = redact_exchange(exchange, redaction)
    if clean is exchange:
        return request, response, exchange
    asked = request if clean.request is exchange.request else vcr_request(clean.request)
    if clean.response is exchange.response and clean.provenance is exchange.provenance:
        return asked, response, clean
    return asked, vcr_response(clean), clean
