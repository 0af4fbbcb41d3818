"""The formats ``yaml`` and ``json``: vcrpy's own cassettes, written as vcrpy writes them.

vcrpy's layout of an interaction is also what it has in memory and hands to hooks, matchers and serializers.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from functools import partial
from typing import Any

import yaml

from vcr_openai._errors import MalformedInteraction, TranslationError, Unsupported, describe
from vcr_openai._formats.cassetter_bodies import is_cassetters
from vcr_openai._formats.document import VERSION, Document, Format
from vcr_openai._formats.interaction_layouts import headers_of, object_of, provenance_of, results_of
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import PROVENANCE, Exchange, HttpRequest, HttpResponse, Provenance, Reason, reason_of
from vcr_openai._http.headers import Headers
from vcr_openai._json import json_text
from vcr_openai._yaml import plain_yaml, yaml_reader

_REQUEST = frozenset("method uri body headers".split())
_TEXTS = {"method": "an HTTP method", "uri": "a URL"}  # of a request
_RESPONSE = frozenset(["status", "headers", "body", PROVENANCE])
_BODY = frozenset(["string"])
_DUMPER: type[Any] = getattr(yaml, "CDumper", yaml.Dumper)  # as vcrpy chooses it


def exchange_to_dict(exchange: Exchange) -> dict[str, Any]:
    """The interaction as vcrpy has it."""
    request = exchange.request
    body = None if request.body is None else _stored(request.body)
    asked = {"method": request.method, "uri": request.uri, "body": body, "headers": request.headers}
    return {"request": asked, "response": response_to_dict(exchange)}


def response_to_dict(exchange: Exchange) -> dict[str, Any]:
    """The response of the interaction, provenance included."""
    response = exchange.response
    written: dict[str, Any] = {
        "status": {"code": response.status, "message": response.message},
        "headers": response.headers,
        "body": {"string": _stored(response.body)},
        **response.further,
    }
    if exchange.provenance:
        written[PROVENANCE] = exchange.provenance
    return written


def _stored(body: Body) -> str | bytes:
    """A body as it was sent: text, or bytes where it is not UTF-8, as a compressed one is."""
    if not body.codings:
        return body.stored
    try:
        return body.content.decode()
    except UnicodeDecodeError:
        return body.content


def exchange_from_dict(interaction: Any) -> Exchange:
    """The exchange of an interaction as vcrpy has it. Raises MalformedInteraction for any other layout."""
    asked = object_of(interaction, "").get("request")
    response, provenance = response_from_dict(interaction.get("response"))
    return Exchange(request_from_dict(asked), response, provenance)


def response_from_dict(value: Any) -> tuple[HttpResponse, Provenance]:
    """The response of an interaction as vcrpy has it, and its provenance. Raises as ``exchange_from_dict``."""
    answered = object_of(value, "response")
    status = object_of(answered.get("status"), "response.status")
    code = status.get("code")
    if not isinstance(code, int):
        raise MalformedInteraction("response.status.code", "a status code", describe(code))
    headers = headers_of(answered.get("headers"), "response.headers")
    content = object_of(answered.get("body"), "response.body")
    if not content.keys() <= _BODY:
        raise MalformedInteraction("response.body", "an object with the one key string", describe(content))
    octets = content.get("string")
    body = _body(b"" if octets is None else octets, headers, "response.body.string")
    reason = reason_of(code, status.get("message", Reason.STANDARD))
    is_usual = answered.keys() <= _RESPONSE
    further = {} if is_usual else {key: value for key, value in answered.items() if key not in _RESPONSE}
    return HttpResponse(code, headers, body, reason, further), provenance_of(answered)


def request_from_dict(value: Any) -> HttpRequest:
    """The request of an interaction as vcrpy has it. Raises MalformedInteraction for any other layout."""
    request = object_of(value, "request")
    for key in ("method", "uri"):
        if not isinstance(request.get(key), str):
            raise MalformedInteraction(f"request.{key}", "a text", describe(request.get(key)))
    if unknown := request.keys() - _REQUEST:
        raise MalformedInteraction(f"request.{min(unknown)}", "method, uri, body and headers", "another key")
    headers = headers_of(request.get("headers"), "request.headers")
    body = None if request.get("body") is None else _body(request["body"], headers, "request.body")
    return HttpRequest(request["method"].upper(), request["uri"], headers, body)


def _body(value: Any, headers: Headers, where: str) -> Body:
    try:
        return Body.of(value, headers)
    except Unsupported as error:
        raise MalformedInteraction(where, error.expected, error.found) from error


def is_plain(interaction: Any) -> bool:
    """Whether an interaction is laid out as vcrpy writes it today, with nothing else in it."""
    if not isinstance(interaction, dict) or interaction.keys() != {"request", "response"}:
        return False
    request, response = interaction["request"], interaction["response"]
    if not isinstance(request, dict) or not isinstance(response, dict) or not request.keys() <= _REQUEST:
        return False
    body = response.get("body")
    return isinstance(response.get("status"), dict) and isinstance(body, dict) and body.keys() <= {"string"}


def write_yaml(interactions: Sequence[Any]) -> str:
    """The text of a YAML cassette, as vcrpy writes it, of interactions in any layout."""
    cassette = {"interactions": list(interactions), "version": VERSION}
    return plain_yaml.write(cassette, _DUMPER) or str(yaml.dump(cassette, Dumper=_DUMPER))


def write_json(interactions: Sequence[Any]) -> str:
    """The text of a JSON cassette, as vcrpy writes it. Raises ValueError for bytes that are not text."""
    try:
        return json.dumps({"version": VERSION, "interactions": list(interactions)}, indent=4) + "\n"
    except TypeError as error:
        raise ValueError("it has what the format json cannot express: bytes that are not text") from error


def _sniff(value: Any, syntax: str, *, name: str) -> bool:
    if syntax != name or not isinstance(value, dict) or "interactions" not in value:
        return False
    try:
        check(value)
    except TranslationError:
        return False
    return bool(value.keys() <= {"version", "interactions"})


def _load(text: str, parsed: Any = None, *, name: str) -> Document:
    """Raises MalformedInteraction for what vcrpy cannot load."""
    value = _value(text, name) if parsed is None else parsed
    check(value)
    interactions = tuple(value["interactions"])
    further = {key: one for key, one in value.items() if key not in ("version", "interactions")}
    return Document(name, partial(results_of, interactions), interactions=interactions, further=further)


def _value(text: str, name: str) -> Any:
    if name == "yaml":
        return yaml_reader.read(text, yaml_reader.FOREIGN)
    try:
        return json_text.read(text)
    except ValueError as error:
        raise MalformedInteraction("", "a cassette in the format json", f"other text ({error})") from error


def check(value: Any) -> None:
    """Refuse a cassette that vcrpy would fail on. Raises MalformedInteraction."""
    if not isinstance(value, dict) or not isinstance(value.get("interactions"), list):
        raise MalformedInteraction("", "a cassette: an object with a list 'interactions'", describe(value))
    for index, one in enumerate(value["interactions"]):
        where = f"interactions[{index}]"
        if not isinstance(one, dict) or not isinstance(one.get("response"), dict):
            raise MalformedInteraction(where, "an object with 'request' and 'response'", describe(one))
        request = one.get("request")
        if not isinstance(request, dict) or request.keys() != _REQUEST:
            expected = "an object with body, headers, method, uri"
            raise MalformedInteraction(f"{where}.request", expected, describe(request))
        for name, expected in _TEXTS.items():
            if not isinstance(request[name], str):
                raise MalformedInteraction(f"{where}.request.{name}", expected, describe(request[name]))
        if is_cassetters(one):
            found = "one of cassetter's, which vcr-openai convert reads"
            raise MalformedInteraction(f"{where}.response.body", "a body as vcrpy stores it", found)


def _dump(exchanges: Iterable[Exchange], *, write: Callable[[Sequence[Any]], str]) -> str:
    return write([exchange_to_dict(exchange) for exchange in exchanges])


YAML = Format(
    "yaml",
    partial(_sniff, name="yaml"),
    partial(_load, name="yaml"),
    partial(_dump, write=write_yaml),
    suffixes=(".yaml", ".yml"),
)
JSON = Format("json", partial(_sniff, name="json"), partial(_load, name="json"), partial(_dump, write=write_json))
