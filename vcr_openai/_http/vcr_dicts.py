"""The HTTP exchange under an interaction, and the dictionary in which vcrpy stores it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vcr_openai._errors import MalformedInteraction, describe
from vcr_openai._http.exchange import PROVENANCE as PROVENANCE  # noqa: PLC0414 - its old home
from vcr_openai._http.exchange import Exchange, reason_phrase

Headers = dict[str, list[str]]


@dataclass(frozen=True)
class HttpRequest:
    """A request: ``body`` is text, or bytes where it is not UTF-8, or None."""

    method: str
    uri: str
    headers: Headers = field(default_factory=dict)
    body: str | bytes | None = None


@dataclass(frozen=True)
class HttpResponse:
    """A response, read to its end; ``body`` is text, or bytes where it is not UTF-8."""

    status: int
    headers: Headers
    body: str | bytes

    @property
    def content_type(self) -> str:
        """The media type in lower case, without parameters; empty where there is none."""
        values = header(self.headers, "content-type")
        return values[0].partition(";")[0].strip().lower() if values else ""


def header(headers: Headers, name: str) -> list[str]:
    """All values of a header, its name in any case."""
    return [value for key, values in headers.items() if key.lower() == name for value in values]


def stored(octets: bytes) -> str | bytes:
    """A body as a cassette holds it: text, or bytes where it is not UTF-8."""
    try:
        return octets.decode()
    except UnicodeDecodeError:
        return octets


def is_unicode(request: HttpRequest, response: HttpResponse) -> bool:
    """Whether all texts of an exchange are Unicode: for a lone surrogate neither the wire nor YAML has words."""
    headers = [text for name, values in request.headers.items() for text in (name, *values)]
    texts = (request.method, request.uri, *headers, request.body, response.body)
    try:
        for text in texts:
            if isinstance(text, str):
                text.encode()
    except UnicodeEncodeError:
        return False
    return True


def write_interaction(request: HttpRequest, response: HttpResponse, provenance: dict[str, Any]) -> dict[str, Any]:
    """The interaction as vcrpy hands it to a serializer."""
    written: dict[str, Any] = {
        "status": {"code": response.status, "message": reason_phrase(response.status)},
        "headers": response.headers,
        "body": {"string": response.body},
    }
    if provenance:
        written[PROVENANCE] = provenance
    return {
        "request": {
            "method": request.method,
            "uri": request.uri,
            "body": request.body,
            "headers": request.headers,
        },
        "response": written,
    }


def read_interaction(interaction: Any) -> tuple[HttpRequest, HttpResponse, dict[str, Any]]:
    """Request, response and provenance (empty for an interaction from the wire) of an interaction.

    Raises MalformedInteraction where it is not what vcrpy stores.
    """
    request = read_request(_object(interaction, "").get("request"))
    response = _object(interaction.get("response"), "response")
    status = _object(response.get("status"), "response.status").get("code")
    if not isinstance(status, int):
        raise MalformedInteraction("response.status.code", "a status code", describe(status))
    body = _object(response.get("body"), "response.body").get("string")
    noted = response.get(PROVENANCE)
    headers = _headers(response.get("headers"), "response.headers")
    return (
        request,
        HttpResponse(status, headers, _content(body, "response.body.string") or ""),
        _object({} if noted is None else noted, f"response.{PROVENANCE}"),
    )


def read_request(value: Any) -> HttpRequest:
    """The request of an interaction. Raises MalformedInteraction where it is not what vcrpy stores."""
    request = _object(value, "request")
    for key in ("method", "uri"):
        if not isinstance(request.get(key), str):
            raise MalformedInteraction(f"request.{key}", "a text", describe(request.get(key)))
    return HttpRequest(
        request["method"].upper(),
        request["uri"],
        _headers(request.get("headers"), "request.headers"),
        _content(request.get("body"), "request.body"),
    )


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedInteraction(where, "an object", describe(value))
    return value


def _headers(value: Any, where: str) -> Headers:
    return {
        str(name): [str(one) for one in values] if isinstance(values, (list, tuple)) else [str(values)]
        for name, values in _object(value or {}, where).items()
    }


def _content(value: Any, where: str) -> str | bytes | None:
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, (bytes, bytearray)):
        return stored(bytes(value))
    if hasattr(value, "read"):  # vcrpy keeps a request's file-like body as it is
        return _content(value.read(), where)
    raise MalformedInteraction(where, "a text or bytes", describe(value))


def exchange_to_dict(exchange: Exchange) -> dict[str, Any]:
    """Temporary: see ``plain``."""
    from vcr_openai._formats import plain

    return plain.exchange_to_dict(exchange)


def exchange_from_dict(interaction: Any) -> Exchange:
    """Temporary: see ``plain``."""
    from vcr_openai._formats import plain

    return plain.exchange_from_dict(interaction)
