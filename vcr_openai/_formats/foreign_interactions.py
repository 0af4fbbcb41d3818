"""Interactions of other layouts -> vcrpy's current one.

The rule of this file: what an interaction says is kept, what it leaves out is either without meaning on the wire or
invented with a note, and what contradicts HTTP is refused. Which layout it is, its keys say, each for itself: mixtures
are read too.
"""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import urlsplit

from vcr_openai._errors import MalformedInteraction, describe
from vcr_openai._formats.foreign_bodies import compact, content
from vcr_openai._formats.foreign_headers import headers
from vcr_openai._http.encoding import as_text, decode, with_length
from vcr_openai._http.note import Note
from vcr_openai._http.vcr_dicts import Headers
from vcr_openai._json import json_text
from vcr_openai._recording import invented

_PARSED = "parsed_body"  # pydantic-ai's, and of those who took over its serializer
_PARTS = ("protocol", "host", "port", "path")  # of vcrpy before 1.0
_PORTS = {"http": 80, "https": 443}
_REQUEST_KEYS = {"method", "uri", "url", "body", "headers", _PARSED, *_PARTS}
_RESPONSE_KEYS = {"status", "status_code", "code", "headers", "body", "content", _PARSED, "http_version"}
_STATUS_LINE = re.compile(r"(?:HTTP/[0-9.]+ )?([1-9][0-9]{2})(?: (.*))?")


def current(interaction: Any) -> tuple[dict[str, Any], list[Note]]:
    """An interaction in the layout of vcrpy 9, and what one should know of how it was read; the input is not changed.

    Read are vcrpy's own layout and what hand editing makes of it (method in any case, headers or body missing or null,
    a plain status), its older ones (httpx: ``status_code``, ``content``; before 1.0: ``protocol``, ``host``, ``port``,
    ``path``), ``parsed_body``, betamax's and Ruby VCR's bodies (``encoding`` with ``string`` or ``base64_string``),
    go-vcr's ``url``, ``status`` and ``code``. A body that was stored decoded (``content``, ``parsed_body``) loses its
    content-encoding; a compressed one stays so. In ``response`` keys of others stay, as vcrpy ignores them there; in
    ``request``, where vcrpy fails on them, and beside the two, where it drops them, they are left out with a note.

    A response without a status is a success with a note, unless its body is an error: then the status matters and
    nobody knows it. Raises MalformedInteraction and Unsupported.
    """
    outer = _object(interaction, "")
    notes: list[Note] = []
    request = _request(_object(outer.get("request"), "request"), notes)
    response = _response(_object(outer.get("response"), "response"), notes)
    _left_out(outer, {"request", "response"}, "", notes)
    return {"request": request, "response": response}, notes


def _request(request: dict[str, Any], notes: list[Note]) -> dict[str, Any]:
    method = request.get("method")
    if not isinstance(method, str) or not method:
        raise MalformedInteraction("request.method", "an HTTP method", describe(method))
    fields = headers(request.get("headers"), "request.headers")
    if request.get(_PARSED) is not None:
        body: Any = compact(request[_PARSED], f"request.{_PARSED}")
        fields, body = _as_stored_decoded(fields, body)
    else:
        body = content(request.get("body"), "request.body")
    _left_out(request, _REQUEST_KEYS, "request", notes)
    return {"method": method.upper(), "uri": _uri(request), "body": body, "headers": fields}


def _uri(request: dict[str, Any]) -> str:
    for key in ("uri", "url"):
        if request.get(key) is not None:
            return _url(request[key], f"request.{key}")
    if request.keys().isdisjoint(_PARTS):
        raise MalformedInteraction("request.uri", "a URL", "none")
    protocol, host, port, path = (request.get(part) for part in _PARTS)
    if protocol not in ("http", "https"):
        raise MalformedInteraction("request.protocol", "http or https", describe(protocol))
    for part, value in (("host", host), ("path", path)):
        if not isinstance(value, str):
            raise MalformedInteraction(f"request.{part}", "a text", describe(value))
    if port is None or str(port) == str(_PORTS[protocol]):
        return f"{protocol}://{host}{path}"
    if not str(port).isdecimal():
        raise MalformedInteraction("request.port", "a port", describe(port))
    return f"{protocol}://{host}:{port}{path}"


def _url(value: Any, where: str) -> str:
    if not isinstance(value, str):
        raise MalformedInteraction(where, "a URL", describe(value))
    try:
        urlsplit(value)  # vcrpy parses it too when it loads the cassette
    except ValueError as error:
        raise MalformedInteraction(where, "a URL", f"{describe(value)} ({error})") from error
    return value


def _response(response: dict[str, Any], notes: list[Note]) -> dict[str, Any]:
    fields = headers(response.get("headers"), "response.headers")
    if response.get(_PARSED) is not None:
        fields, body = _as_stored_decoded(fields, compact(response[_PARSED], f"response.{_PARSED}"))
    elif "content" in response and response.get("body") is None:
        fields, body = _as_stored_decoded(fields, content(response["content"], "response.content") or "")
    else:
        body = content(response.get("body"), "response.body") or ""
    status = _status(response)
    if status is None:
        if _is_error(body):
            raise MalformedInteraction("response.status", "the status of an error", "none")
        status = {"code": invented.SUCCESS, "message": invented.reason(invented.SUCCESS)}
        notes.append(Note("response.status", f"is missing; taken as {invented.SUCCESS}"))
    kept = {key: value for key, value in response.items() if key not in _RESPONSE_KEYS}
    return {"status": status, "headers": fields, "body": {"string": body}, **kept}


def _as_stored_decoded(fields: Headers, body: str | bytes) -> tuple[Headers, str | bytes]:
    """Headers that speak of the body beside them, which a client had decoded, or a serializer written anew."""
    octets = body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body
    found = decode(fields, octets)
    if found.reason is not None:
        return fields, body
    return with_length(found.headers, len(found.body)), body if found.body == octets else as_text(found.body)


def _status(response: dict[str, Any]) -> dict[str, Any] | None:
    """``{"code", "message"}`` from whichever key has it; None where no key has a code."""
    status = response.get("status")
    message = status.get("message") if isinstance(status, dict) else None
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
            return {"code": code, "message": message}  # null too: vcrpy's HTTP stubs know how to read it
        return {"code": code, "message": line[2] or invented.reason(code)}
    return None


def _is_error(body: str | bytes) -> bool:
    """Whether a body is an error's as OpenAI and its kin write them: an object whose ``error`` says something."""
    try:
        value = json_text.read(body if isinstance(body, str) else body.decode())
    except ValueError:  # UnicodeDecodeError is one
        return False
    return isinstance(value, dict) and bool(value.get("error"))


def _left_out(value: dict[str, Any], known: set[str], where: str, notes: list[Note]) -> None:
    if names := [str(name)[:40] for name in value if name not in known]:
        notes.append(Note(where, f"left out, because vcrpy has no place for it: {', '.join(names)[:200]}"))


def _object(value: Any, where: str) -> dict[str, Any]:
    if not isinstance(value, dict):
        raise MalformedInteraction(where, "an object", describe(value))
    return value
