"""Redaction where vcrpy matches and saves: no secret reaches a file, and a live request finds its recording."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any
from weakref import WeakKeyDictionary, WeakSet

from vcr.request import Request

from vcr_openai._errors import TranslationError
from vcr_openai._redaction.redact import redact_document, redact_exchange, redact_request
from vcr_openai._redaction.redaction import Redaction
from vcr_openai._vcrpy.compat import filters_nothing
from vcr_openai._vcrpy.interactions import http_request, vcr_exchange, vcr_request, vcr_response
from vcr_openai._vcrpy.loaded import is_unchanging, quick_to_copy
from vcr_openai._vcrpy.serializers import ExchangeSerializer

Filter = Callable[[Request], "Request | None"]


class RequestFilter:
    """vcrpy's ``before_record_request``, the user's filters included, then redaction; run once a request.

    vcrpy calls it three times a request, on a deep copy each, so the result is kept as long as the request lives. vcrpy
    demands that a filter can be called on its own result, so a result stands for itself. Without filters of the user's
    a request is copied only where a client could change it later.
    """

    def __init__(self, hook: Filter, redaction: Redaction) -> None:
        self._hook = hook
        self._filters = not filters_nothing(hook)
        self._redaction = redaction
        self._results: WeakKeyDictionary[Request, Request | None] = WeakKeyDictionary()
        self._made: WeakSet[Request] = WeakSet()

    def __call__(self, request: Request) -> Request | None:
        """The filtered request; None for one that is to be ignored."""
        if request in self._made:
            return request
        if request not in self._results:
            result = self._filtered(request) if self._filters or not is_unchanging(request) else request
            if result is not None and not isinstance(result, Request):  # what else a user's hook returns
                return result
            result = None if result is None else _redacted(result, self._redaction)
            if result is not None:
                self._made.add(result)
            if result is request:  # keeping it would keep it alive
                return result
            self._results[request] = result
        return self._results[request]

    def _filtered(self, request: Request) -> Request | None:
        quick = quick_to_copy(request)
        result = self._hook(quick)
        return request if result is quick and vars(quick) == vars(request) else result  # a hook that did nothing


def _redacted(request: Request, redaction: Redaction) -> Request:
    """The request without secrets, its body decoded and as bytes; the same object where nothing changes.

    A body is decoded whether or not it has a secret, in the file as for matching, since formats for people decode it.
    """
    if not redaction.enabled:
        return request
    try:
        found = http_request(request)
    except TranslationError:
        return _redacted_head(request, redaction)
    clean = redact_request(found.decoded(), redaction)
    return request if clean is found and not _is_object(request.body) else vcr_request(clean)


def _is_object(body: Any) -> bool:
    """Whether a body is of a type that vcrpy would store as the object it is: a bytearray, a payload of aiohttp's."""
    return not (body is None or isinstance(body, (bytes, str, Iterator)) or hasattr(body, "read"))


def _redacted_head(request: Request, redaction: Redaction) -> Request:
    """The request without secrets in its address and headers; its body, of an unknown type, stays as it is."""
    head = http_request(Request(request.method, request.uri, None, dict(request.headers)))
    clean = redact_request(head, redaction)
    if clean is head:
        return request
    made = vcr_request(clean)
    made.body = request.body
    return made


class RedactingPersister:
    """A persister that redacts what it hands to another one, and is that one in everything else."""

    def __init__(self, inner: Any, redaction: Redaction) -> None:
        self.inner = inner
        self.redaction = redaction

    def __getattr__(self, name: str) -> Any:
        return getattr(self.inner, name)

    def save_cassette(self, cassette_path: Any, cassette_dict: dict[str, Any], serializer: Any) -> None:
        """Save the cassette without its secrets; raises what the other persister raises."""
        requests, responses = [], []
        used = []  # what has to live until the file is written, so that no body is read twice
        for one in zip(cassette_dict["requests"], cassette_dict["responses"], strict=True):
            request, response, exchange = _redacted_pair(*one, self.redaction)
            requests.append(request)
            responses.append(response)
            if isinstance(serializer, ExchangeSerializer):
                used.append(exchange)
        changed = {**cassette_dict, "requests": requests, "responses": responses}
        self.inner.save_cassette(cassette_path, changed, serializer=serializer)


def redacting(persister: Any, redaction: Redaction) -> Any:
    """The persister as a cassette hands its data to it; the same one where it redacts already, or redaction is off."""
    if not redaction.enabled or isinstance(persister, RedactingPersister):
        return persister
    return RedactingPersister(persister, redaction)


def _redacted_pair(
    request: Request, response: dict[str, Any], redaction: Redaction
) -> tuple[Request, dict[str, Any], object]:
    """Request and response without secrets, and what was read for them."""
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
