"""Redaction of exchanges and of recordings' documents, and the search that reports what redaction would replace.

Nothing that is passed in is changed. A result shares everything that did not change with it, and is the very same
object (its Body included) where nothing changed. A second redaction changes nothing, and the same secret always becomes
the same text, in a recording as in a live request.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from itertools import chain
from typing import Any
from urllib.parse import unquote_plus

from vcr_openai._http.body import Body
from vcr_openai._http.exchange import PROVENANCE, Exchange, HttpRequest, HttpResponse, Provenance
from vcr_openai._http.headers import Headers, with_length, without_coding
from vcr_openai._http.late_provenance import LateProvenance
from vcr_openai._json.json_path import Place
from vcr_openai._redaction.clean import FORM, GZIP, is_clean_document, is_clean_request, is_clean_response, note_clean
from vcr_openai._redaction.edits import (
    Edit,
    Secret,
    apply,
    as_text,
    distribute,
    edit,
    like,
    merge,
    secrets_of,
    text_leaves,
)
from vcr_openai._redaction.redaction import CUSTOM, Redaction, drops_header
from vcr_openai._redaction.response_headers import recorded_headers
from vcr_openai._redaction.search import (
    body_edits,
    charset,
    may_hold,
    searched_text,
    stream_edits,
    text_edits,
    value_edits,
)
from vcr_openai._secrets.secret_names import (
    drops_request_header,
    is_replacement,
    secret_parameter,
)
from vcr_openai._secrets.secret_shapes import Match

_Found = dict[Place, list[Edit]]  # the edits of a JSON value's texts, by path
_DEFAULT = Redaction()
_PARAMETER = re.compile(r"(?:^|[?&;#])([^=&;#?/:\s]{1,200})=([^&;#>]+)")
_FIELD = re.compile(r"(?:^|&)([^=&]{1,200})=([^&]+)")
_KEYED = re.compile(r"https://[a-z0-9.-]{1,200}\.googleapis\.com[:/]")  # where any ``key`` is a secret
# Places in a recording's document, and in an interaction as vcrpy stores it.
_STREAMS: tuple[Place, ...] = (("response", "body"), ("response", PROVENANCE, "document", "response", "body"))
_URIS: tuple[Place, ...] = (
    ("uri",),
    ("request", "uri"),
    ("request", "url"),
    ("response", PROVENANCE, "document", "request", "url"),
)
_HEADERS: tuple[Place, ...] = (("request", "headers"), ("response", "headers"))
_NO_HEADERS = '"headers": {}'  # in most recordings
_REQUEST_BODY: Place = ("request", "body")
_RESPONSE_BODY: Place = ("response", "body", "string")


def redact_request(request: HttpRequest, redaction: Redaction = _DEFAULT) -> HttpRequest:
    """A request as it is recorded, and as a live one is matched: without secrets, without volatile headers."""
    return _request(request, redaction)[0] if redaction.enabled else request


def redact_exchange(exchange: Exchange, redaction: Redaction = _DEFAULT) -> tuple[Exchange, list[Secret]]:
    """An exchange as it is recorded, and the secrets that were in it (also those in dropped headers).

    Their paths are those of an interaction as vcrpy stores it: ``response.body.string[3].delta.content``. A compressed
    body is decoded for the search. It stays as it was where no secret is found; otherwise the decoded body without
    secrets takes its place, and the headers are corrected.
    """
    return _exchange(exchange, redaction) if redaction.enabled else (exchange, [])


def secrets_in(exchange: Exchange, redaction: Redaction = _DEFAULT) -> list[Secret]:
    """The secrets that ``redact_exchange`` finds, without those that people make up (``sk-test-key``)."""
    return [secret for secret in _exchange(exchange, redaction)[1] if not secret.made_up]


def redact_document(document: Any, redaction: Redaction = _DEFAULT) -> tuple[Any, list[Secret]]:
    """A recording's document, or any JSON value, without secrets, and the secrets that were in it; all keys stay."""
    return _rewritten(document, redaction) if redaction.enabled else (document, [])


def find_secrets(value: Any, redaction: Redaction = _DEFAULT) -> list[Secret]:
    """The secrets in a text or JSON value (a recording's document, an interaction), each with its JSON path.

    These are what ``redact_document`` replaces, without what people make up (``sk-test-key``).
    """
    return [secret for secret in _secrets(_found(value, redaction)) if not secret.made_up]


def _exchange(exchange: Exchange, redaction: Redaction) -> tuple[Exchange, list[Secret]]:
    request, in_request = _request(exchange.request, redaction)
    response, in_response = _response(exchange.response, redaction)
    is_clean = not in_request and not in_response and _is_clean_late(exchange, redaction)
    provenance, further = (exchange.provenance, []) if is_clean else _provenance(exchange.provenance, redaction)
    secrets = [
        *_secrets_of_dropped("request", exchange.request.headers, request.headers, redaction),
        *in_request,
        *_secrets_of_dropped("response", exchange.response.headers, response.headers, redaction),
        *in_response,
        *further,
    ]
    if request is exchange.request and response is exchange.response and provenance is exchange.provenance:
        return exchange, secrets
    return Exchange(request, response, provenance), secrets


def _is_clean_late(exchange: Exchange, redaction: Redaction) -> bool:
    """Whether a late provenance is certainly clean, as its recording's text is: then nobody needs to make it.

    The exchange has no secret, so none is spread over its chunks. An address with parameters is searched.
    """
    text = exchange.provenance.text if isinstance(exchange.provenance, LateProvenance) else None
    if text is None or "=" in exchange.request.uri:
        return False
    return not may_hold(text.replace(_NO_HEADERS, ""), redaction)


def _provenance(provenance: Provenance, redaction: Redaction) -> tuple[Provenance, list[Secret]]:
    if not provenance:
        return provenance, []
    layout, secrets = _rewritten({"response": {PROVENANCE: dict(provenance)}}, redaction)
    return (layout["response"][PROVENANCE], secrets) if secrets else (provenance, secrets)


def _request(request: HttpRequest, redaction: Redaction) -> tuple[HttpRequest, list[Secret]]:
    if is_clean_request(request, redaction):
        return request, []
    kept = _kept(request.headers, redaction)
    if kept is not request.headers:
        trimmed = HttpRequest(request.method, request.uri, kept, request.body)
        if is_clean_request(trimmed, redaction):
            return trimmed, []
    layout = {"request": {"method": request.method, "uri": request.uri, "headers": _searched(kept, redaction)}}
    found = _found(layout, redaction)
    clean = _with_headers(_replaced(layout, found)["request"], kept)
    headers, body, edits = _body(request.body, clean["headers"], redaction)
    secrets = [*_secrets(found), *secrets_of(edits, _REQUEST_BODY)]
    if not found and headers is request.headers and body is request.body:
        return request, secrets
    return HttpRequest(clean["method"], clean["uri"], headers, body), secrets


def _response(response: HttpResponse, redaction: Redaction) -> tuple[HttpResponse, list[Secret]]:
    if is_clean_response(response, redaction):
        return response, []
    kept = recorded_headers(response.headers, redaction)
    searched = _searched(kept, redaction)
    layout = {"response": {**response.further, "status": {"message": response.reason}, "headers": searched}}
    found = _found(layout, redaction)
    clean = _with_headers(_replaced(layout, found)["response"], kept)
    headers, body, edits = _body(response.body, clean["headers"], redaction)
    secrets = [*_secrets(found), *secrets_of(edits, _RESPONSE_BODY)]
    if not found and headers is response.headers and body is response.body:
        return response, secrets
    further = {name: clean[name] for name in response.further} if found else response.further
    reason = clean["status"]["message"]
    return HttpResponse(response.status, headers, body or response.body, reason, further), secrets


def _kept(headers: Headers, redaction: Redaction) -> Headers:
    """The headers of a request that are recorded; the same object where that is all of them."""
    names = _kept_names(tuple(headers), redaction)
    return headers if len(names) == len(headers) else {name: headers[name] for name in names}


@lru_cache(maxsize=2048)
def _kept_names(names: tuple[str, ...], redaction: Redaction) -> tuple[str, ...]:
    dropped = (drops_header(name, redaction, by_default=drops_request_header(name)) for name in names)
    return tuple(name for name, is_dropped in zip(names, dropped, strict=True) if not is_dropped)


def _searched(headers: Headers, redaction: Redaction) -> Headers:
    """The headers without those that the user keeps as they are; the same object where that is all of them."""
    if not redaction.keep_headers:
        return headers
    return {name: values for name, values in headers.items() if name.lower() not in redaction.keep_headers}


def _with_headers(part: dict[str, Any], kept: Headers) -> dict[str, Any]:
    """A message with the headers that were not searched, in their order; the same headers where nothing changed."""
    headers = part["headers"]
    merged = {name: headers.get(name, values) for name, values in kept.items()}
    return {**part, "headers": kept if merged == kept else merged}


def _secrets_of_dropped(side: str, headers: Headers, kept: Headers, redaction: Redaction) -> list[Secret]:
    if headers is kept:
        return []
    dropped = {name: values for name, values in headers.items() if name not in kept}
    return _secrets(_found({side: {"headers": dropped}}, redaction))


def _body(body: Body | None, headers: Headers, redaction: Redaction) -> tuple[Headers, Body | None, list[Edit]]:
    """Headers and body after redaction, and the edits that were made; the same objects where there are none."""
    if not body:
        return headers, body, []
    sent = body
    if body.content.startswith(GZIP) and not body.codings:  # a file, or a header that a proxy took away
        body = replace(body, codings=("gzip",))
    text = searched_text(body)
    edits = body_edits(body, redaction)
    if body.media_type == FORM and not text.lstrip().startswith(("{", "[", '"')):  # some clients call JSON a form
        edits = merge([*_parameter_edits(text, redaction, _FIELD), *edits])
    if not edits:
        note_clean(sent, redaction)
        return headers, sent, []
    content = apply(text, edits).encode(charset(body))
    if body.decoding.header_removed:
        return without_coding(headers, len(content)), body.with_content(content), edits
    return with_length(headers, len(content)), replace(body, content=content), edits


def _rewritten(value: Any, redaction: Redaction) -> tuple[Any, list[Secret]]:
    found = _found(value, redaction)
    return _replaced(value, found), _secrets(found)


def _secrets(found: _Found) -> list[Secret]:
    return [secret for path, edits in found.items() for secret in secrets_of(edits, path)]


def _found(value: Any, redaction: Redaction) -> _Found:
    """The edits of a value by path: of its texts, of what is spread over the chunks of streams, of its addresses."""
    if isinstance(value, (str, bytes)):
        edits = text_edits(as_text(value), redaction)
        return {(): edits} if edits else {}
    streams = {path: chunks for path in _STREAMS if isinstance(chunks := _at(value, path), list)}
    if not _has_address_or_headers(value) and is_clean_document(value, list(chain(*streams.values())), redaction):
        return {}
    found = value_edits(value, redaction)
    for path, chunks in streams.items():
        _add(found, _list_edits(chunks, path, redaction))
    for path in _URIS:
        uri = _at(value, path)
        if isinstance(uri, str):
            _add(found, {path: _parameter_edits(uri, redaction)})
    for path in _HEADERS:  # addresses (location, link, referer) with a query
        texts = [(leaf.path, as_text(leaf.text)) for leaf in text_leaves(_at(value, path), path)]
        _add(found, {place: _parameter_edits(text, redaction) for place, text in texts if "?" in text})
    return {path: edits for path, edits in found.items() if edits}


def _has_address_or_headers(value: Any) -> bool:
    """Whether a value has headers or an address with parameters, which are searched in ways of their own."""
    addresses = (_at(value, path) for path in _URIS)
    return any("=" in one for one in addresses if isinstance(one, str)) or any(_at(value, path) for path in _HEADERS)


def _add(found: _Found, further: _Found) -> None:
    for path, edits in further.items():
        found[path] = merge([*edits, *found.get(path, ())])


def _at(value: Any, path: Place) -> Any:
    for step in path:
        if not isinstance(value, Mapping):
            return None
        value = value.get(step)
    return value


def _list_edits(chunks: list[Any], path: Place, redaction: Redaction) -> _Found:
    """The edits of a recording's stream: its chunks, or the lines of an event stream."""
    lines = [chunk for chunk in chunks if isinstance(chunk, str)]
    if len(lines) != len(chunks) or not lines:
        return stream_edits([((*path, index), chunk) for index, chunk in enumerate(chunks)], redaction)
    edits = text_edits("\n".join(lines), redaction)
    shares = distribute(edits, [len(line) + 1 for line in lines])
    return {
        (*path, index): [one._replace(end=min(one.end, len(line)), path=one.path[1:]) for one in share]
        for index, (line, share) in enumerate(zip(lines, shares, strict=True))
    }


def _parameter_edits(text: str, redaction: Redaction, parameter: re.Pattern[str] = _PARAMETER) -> list[Edit]:
    """The edits of an address or a form: the values of its secret parameters; the parameters themselves stay."""
    edits = []
    for match in parameter.finditer(text):
        name = unquote_plus(match[1])
        if name.lower() in redaction.query:
            kind = None if is_replacement(match[2]) else CUSTOM
        elif name == "key" and _KEYED.match(text):
            kind = None if is_replacement(match[2]) else "key"
        else:
            kind = secret_parameter(name, match[2])
        if kind is not None:
            edits.append(edit(Match(*match.span(2), kind), text))
    return edits


def _replaced(value: Any, found: _Found) -> Any:
    """The value after its edits. Only the containers on the way to an edited text are copied."""
    copies: dict[Place, Any] = {}
    for path, edits in found.items():
        if path == ():
            return like(apply(as_text(value), edits), value)
        old = value
        for depth, step in enumerate(path):
            if path[:depth] not in copies:
                copies[path[:depth]] = copy = dict(old) if isinstance(old, Mapping) else list(old)
                if depth:
                    copies[path[: depth - 1]][path[depth - 1]] = copy
            old = old[step]
        parent = copies[path[:-1]]
        parent[path[-1]] = like(apply(as_text(old), edits), old)
        if path[-1] == "token" and isinstance(parent.get("bytes"), list):  # a logprob's bytes repeat its token
            parent["bytes"] = None
    return copies.get((), value)
