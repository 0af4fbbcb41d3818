"""Requests and responses for tests, and what redaction makes of their bodies."""

from __future__ import annotations

from typing import Any

from vcr_openai._http.body import Body
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse
from vcr_openai._redaction.redact import redact_exchange, redact_request
from vcr_openai._redaction.redaction import Redaction


def question(body: Any = None, uri: str = "http://h/", method: str = "POST", **headers: str) -> HttpRequest:
    """A request; an underscore in a header's name means a hyphen."""
    listed = _listed(headers)
    return HttpRequest(method, uri, listed, None if body is None else Body.of(body, listed))


def answer(body: Any = "", status: int = 200, **headers: str) -> HttpResponse:
    """A response; an underscore in a header's name means a hyphen."""
    listed = _listed(headers)
    return HttpResponse(status, listed, Body.of(body, listed))


def redact_response(response: HttpResponse, redaction: Redaction | None = None) -> HttpResponse:
    """A response after redaction, as that of a request without secrets."""
    exchange = Exchange(question(method="GET"), response)
    return redact_exchange(exchange, redaction or Redaction())[0].response


def redacted_question(body: Any, redaction: Redaction | None = None, **headers: str) -> Any:
    """The body of a request after redaction, text where it is UTF-8."""
    body = redact_request(question(body, **headers), redaction or Redaction()).body
    return body and body.stored


def redacted_uri(uri: str) -> str:
    """The address of a request after redaction."""
    return redact_request(question(None, uri)).uri


def redacted_answer(body: Any, **headers: str) -> Any:
    """The body of a response after redaction, text where it is UTF-8."""
    return redact_response(answer(body, **headers)).body.stored


def _listed(headers: dict[str, str]) -> dict[str, list[str]]:
    return {name.replace("_", "-"): [value] for name, value in headers.items()}
