"""The exchange under an interaction in any layout: vcrpy's, its older ones, other tools' and hand-written ones.

What an interaction has is kept. What it lacks either means nothing on the wire or is invented with a finding, and what
contradicts HTTP is refused. Each key decides for itself which layout it belongs to, so mixtures are read, too.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from vcr_openai._errors import MalformedInteraction, TranslationError, Unsupported, describe
from vcr_openai._findings import Finding
from vcr_openai._formats.cassetter_bodies import body_of, headers_of_decoded, is_cassetters
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import (
    PORTS,
    PROVENANCE,
    Exchange,
    HttpRequest,
    HttpResponse,
    Provenance,
    Reason,
    reason_of,
)
from vcr_openai._http.headers import Headers, with_length, without_coding
from vcr_openai._http.late_provenance import LateProvenance
from vcr_openai._json import json_path, json_text

_PARSED = "parsed_body"  # pydantic-ai's, and that of others who use its serializer
_PARTS = ("protocol", "host", "port", "path")  # of vcrpy before 1.0
_REQUEST_KEYS = frozenset(["method", "uri", "url", "body", "headers", _PARSED, *_PARTS])
_RESPONSE_KEYS = frozenset([PROVENANCE, _PARSED, *"status status_code code headers body content http_version".split()])
_STATUS_LINE = re.compile(r"(?:HTTP/[0-9.]+ )?([1-9][0-9]{2})(?: (.*))?")
_INVENTED_STATUS = 200  # of a response without one
_BASE64 = ("base64_string", "base64")
_WRAPPER = frozenset(["encoding", "string", *_BASE64])
# The names by which Ruby's VCR and betamax note the encoding of a text's bytes; with the last two, the text is ASCII.
_CHARSETS = {
    **dict.fromkeys(("utf-8", "utf8", "us-ascii", "ascii"), "utf-8"),
    **dict.fromkeys(("iso-8859-1", "latin-1"), "latin-1"),
    "windows-1252": "cp1252",
    **dict.fromkeys(("ascii-8bit", "binary"), "utf-8"),
}


def results_of(interactions: Iterable[Any]) -> tuple[list[Exchange | TranslationError], list[Finding]]:
    """The exchange of each interaction of a file, or its error; and what was found while they were read."""
    results: list[Exchange | TranslationError] = []
    findings: list[Finding] = []
    for index, interaction in enumerate(interactions):
        where = f"interactions[{index}]"
        try:
            exchange, found = read_interaction(interaction)
        except TranslationError as error:
            results.append(error.within(where))
        else:
            results.append(exchange)
            findings += [finding.within(where) for finding in found]
    return results, findings


def read_interaction(interaction: Any) -> tuple[Exchange, list[Finding]]:
    """The exchange of an interaction as a file has it, and what its reader should know of how it was read.

    Read are vcrpy's own layout and what hand editing makes of it (method in any case, headers or body missing or null,
    a plain status), its older ones (httpx: ``status_code``, ``content``; before 1.0: ``protocol``, ``host``, ``port``,
    ``path``), ``parsed_body``, betamax's and Ruby VCR's bodies (``encoding`` with ``string`` or ``base64_string``) and
    go-vcr's ``url``, ``status`` and ``code``. A body that was stored decoded (``content``, ``parsed_body``) loses its
    content-encoding; a compressed one stays compressed. Further keys of a response are kept, since vcrpy ignores them
    there; those of a request and of the interaction are left out with a finding.

    A response without a status becomes a success with a finding; with an error as its body it is refused, since the
    status matters then. Raises MalformedInteraction and Unsupported.
    """
    outer = object_of(interaction, "")
    if is_cassetters(outer):
        outer = {**outer, **{part: _from_cassetter(outer[part], part) for part in ("request", "response")}}
    findings: list[Finding] = []
    request = request_of(outer.get("request"), findings)
    response = response_of(outer.get("response"), findings)
    findings += left_out(outer, {"request", "response"}, "")
    return Exchange(request, response, provenance_of(outer["response"])), findings


def _from_cassetter(message: dict[str, Any], where: str) -> dict[str, Any]:
    """A request or response of cassetter's with its body as bytes."""
    content = body_of(message["body"], f"{where}.body")
    headers = headers_of_decoded(headers_of(message.get("headers"), f"{where}.headers"), content)
    return {**message, "headers": headers, "body": content}


def request_of(value: Any, findings: list[Finding]) -> HttpRequest:
    """The request of an interaction; what was found goes to ``findings``."""
    request = object_of(value, "request")
    method = request.get("method")
    if not isinstance(method, str) or not method:
        found = describe(method) if "method" in request else "nothing"
        raise MalformedInteraction("request.method", "an HTTP method", found)
    headers = headers_of(request.get("headers"), "request.headers")
    content = stored_content(request.get("body"), "request.body")
    body = None if content is None else Body.of(content, headers)
    if request.get(_PARSED) is not None:
        headers, body = _stored_decoded(headers, _compact(request[_PARSED], f"request.{_PARSED}"))
    findings += left_out(request, _REQUEST_KEYS, "request")
    return HttpRequest(method.upper(), _uri(request), headers, body)


def _uri(request: dict[str, Any]) -> str:
    for key in ("uri", "url"):
        if request.get(key) is not None:
            return _url(request[key], f"request.{key}")
    if request.keys().isdisjoint(_PARTS):
        raise MalformedInteraction("request.uri", "a URL", "no uri and no url")
    protocol, host, port, path = (request.get(part) for part in _PARTS)
    if protocol not in ("http", "https"):
        raise MalformedInteraction("request.protocol", "http or https", describe(protocol))
    for part, value in (("host", host), ("path", path)):
        if not isinstance(value, str):
            raise MalformedInteraction(f"request.{part}", "a text", describe(value))
    if port is None or str(port) == str(PORTS[protocol]):
        return f"{protocol}://{host}{path}"
    if not str(port).isdecimal():
        raise MalformedInteraction("request.port", "a port", describe(port))
    return f"{protocol}://{host}:{port}{path}"


def _url(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise MalformedInteraction(where, "a URL", describe(value))
    try:
        urlsplit(value)  # vcrpy parses it, too, when it loads the cassette
    except ValueError as error:
        raise MalformedInteraction(where, "a URL", f"{describe(value)} ({error})") from error
    return value


def response_of(value: Any, findings: list[Finding]) -> HttpResponse:
    """The response of an interaction; what was found goes to ``findings``."""
    response = object_of(value, "response")
    headers = headers_of(response.get("headers"), "response.headers")
    if response.get(_PARSED) is not None:
        headers, body = _stored_decoded(headers, _compact(response[_PARSED], f"response.{_PARSED}"))
    elif "content" in response and response.get("body") is None:
        headers, body = _stored_decoded(headers, stored_content(response["content"], "response.content") or "")
    else:
        body = Body.of(stored_content(response.get("body"), "response.body") or "", headers)
    status = _status(response)
    if status is None:
        if isinstance(body.json.value, dict) and body.json.value.get("error"):
            raise MalformedInteraction("response.status", "the status of an error", "no status")
        status = _INVENTED_STATUS, Reason.STANDARD
        findings.append(Finding("note", "response.status", f"is missing; taken as {_INVENTED_STATUS}"))
    further = {key: one for key, one in response.items() if key not in _RESPONSE_KEYS}
    return HttpResponse(status[0], headers, body, status[1], further)


def _stored_decoded(headers: Headers, content: str | bytes) -> tuple[Headers, Body]:
    """Headers and body where a client had decoded the body, or a serializer had written it anew."""
    body = Body.of(content, headers)
    if body.decoding.failure is not None:
        return headers, body
    change = without_coding if body.decoding.header_removed else with_length
    return change(headers, len(body.octets)), body.with_content(body.octets)


def _status(response: dict[str, Any]) -> tuple[int, Any] | None:
    """Status code and reason from whichever key has a code; None where none has."""
    status = response.get("status")
    candidates = {
        "status.code": status.get("code") if isinstance(status, dict) else None,
        "status_code": response.get("status_code"),
        "code": response.get("code"),
        "status": None if isinstance(status, dict) else status,
    }
    for key, value in candidates.items():
        if value is None:
            continue
        line = _STATUS_LINE.fullmatch(str(value).strip()) if not isinstance(value, bool) else None
        if line is None:
            raise MalformedInteraction(f"response.{key}", "a status code", describe(value))
        code = int(line[1])
        if isinstance(status, dict) and "message" in status:
            return code, reason_of(code, status["message"])  # null, too: vcrpy's HTTP stubs know how to read it
        return code, reason_of(code, line[2]) if line[2] else Reason.STANDARD
    return None


def left_out(value: Mapping[str, Any], known: Iterable[str], where: str) -> list[Finding]:
    """The finding for keys that vcrpy has no place for."""
    names = [str(name)[:40] for name in value if name not in known]
    message = f"left out, because vcrpy has no place for it: {', '.join(names)[:200]}"
    return [Finding("note", where, message)] if names else []


def provenance_of(response: dict[str, Any]) -> Provenance:
    """The provenance in the response of an interaction; empty for one from the wire."""
    value = response.get(PROVENANCE)
    if isinstance(value, LateProvenance):
        return value
    return {} if value is None else object_of(value, f"response.{PROVENANCE}")


def object_of(value: Any, where: str) -> dict[str, Any]:
    """The value, if it is an object. Raises MalformedInteraction otherwise."""
    if not isinstance(value, dict):
        raise MalformedInteraction(where, "an object", describe(value))
    return value


# --- bodies


def stored_content(value: Any, where: str) -> str | bytes | None:
    """The text or bytes of a body as a file has it; None for null.

    Takes text, bytes, a list of pieces, ``{"string": …}``, ``{"encoding": …, "string": …}`` (with the encoding
    ``base64`` or a charset), ``{"base64_string": …}``; any other object or list is the JSON value of the body. Raises
    MalformedInteraction, or Unsupported for a charset that is not in the table.
    """
    if value is None or isinstance(value, (str, bytes)):
        return value
    if isinstance(value, bytearray):
        return bytes(value)
    if hasattr(value, "read"):  # vcrpy keeps a request's file-like body as it is
        return stored_content(value.read(), where)
    if isinstance(value, dict):
        is_wrapper = not value or (value.keys() <= _WRAPPER and value.keys() != {"encoding"})
        return _unwrapped(value, where) if is_wrapper else _compact(value, where)
    if isinstance(value, (list, tuple)) and all(isinstance(piece, (str, bytes)) for piece in value):
        return b"".join(piece.encode("utf-8", "surrogatepass") if isinstance(piece, str) else piece for piece in value)
    if isinstance(value, list):
        return _compact(value, where)
    raise MalformedInteraction(where, "a body", describe(value))


def _compact(value: Any, where: str) -> str:
    """The body whose JSON value is in the cassette, as a server sends it: the spelling on the wire is not known."""
    try:
        json.dumps(value, allow_nan=False)  # orjson would write NaN as null and a date as text
        return json_text.write_line(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedInteraction(where, "a JSON value", f"one that JSON cannot write ({error})") from error


def _unwrapped(value: dict[str, Any], where: str) -> str | bytes | None:
    encoding = value.get("encoding")
    if not isinstance(encoding, (str, type(None))):
        raise MalformedInteraction(f"{where}.encoding", "the name of an encoding", describe(encoding))
    for key in _BASE64:
        if value.get(key) is not None:
            return _from_base64(value[key], f"{where}.{key}")
    string = value.get("string")
    if not isinstance(string, str) or not encoding:
        return stored_content(string, f"{where}.string")
    if encoding.lower() == "base64":
        return _from_base64(string, f"{where}.string")
    charset = _CHARSETS.get(encoding.lower())
    if charset is None:
        raise Unsupported(f"{where}.encoding", f"one of {', '.join(_CHARSETS)}, base64", describe(encoding))
    try:
        return string if charset == "utf-8" else string.encode(charset)
    except UnicodeEncodeError as error:
        raise MalformedInteraction(f"{where}.string", f"a text in {encoding}", describe(string)) from error


def _from_base64(text: Any, where: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (AttributeError, TypeError, binascii.Error, ValueError) as error:
        raise MalformedInteraction(where, "base64", describe(text)) from error


# --- headers


def headers_of(value: Any, where: str) -> Headers:
    """``{name: [values]}`` of headers, names in the case and the order in which they come; ``{}`` for null.

    Takes an object whose values are texts or lists of them, a list of pairs, and a list of ``Name: value`` lines. A
    name that occurs twice in a list collects its values. Raises MalformedInteraction.
    """
    found: Headers = {}
    if type(value) is dict and _are_listed(value):
        return {name: [*values] for name, values in value.items()}
    for name, values in _header_items(value, where):
        place = json_path.join(where, _header_text(name, where))
        several = values if isinstance(values, (list, tuple)) else [values]
        found.setdefault(_header_text(name, where), []).extend(_header_text(one, place) for one in several)
    return found


def _are_listed(headers: dict[Any, Any]) -> bool:
    """Whether headers are laid out as they are returned."""
    return all(
        type(name) is str and type(values) is list and all(type(one) is str for one in values)
        for name, values in headers.items()
    )


def _header_items(value: Any, where: str) -> Iterator[tuple[Any, Any]]:
    if value is None:
        return
    if isinstance(value, Mapping):
        yield from value.items()
        return
    if not isinstance(value, (list, tuple)):
        raise MalformedInteraction(where, "an object or a list of headers", describe(value))
    for index, item in enumerate(value):
        if isinstance(item, (list, tuple)) and len(item) == 2:
            yield item[0], item[1]
        elif isinstance(item, (str, bytes)) and ":" in _header_text(item, where):
            name, _, rest = _header_text(item, where).partition(":")
            yield name, rest.strip(" \t\r\n")
        else:
            raise MalformedInteraction(f"{where}[{index}]", "a name with a value", describe(item))


def _header_text(value: Any, where: str) -> str:
    """A name or a value as text. A number or a boolean is a text that lost its quotes."""
    if isinstance(value, str):
        return str(value)
    if isinstance(value, bytes):
        return value.decode("latin-1")  # as HTTP libraries read header bytes
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, (int, float)):
        return repr(value)
    if value is None:
        return ""
    raise MalformedInteraction(where, "a text", describe(value))
