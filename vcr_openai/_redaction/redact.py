"""Redaction of requests, responses, interactions and recordings, and the search that reports what one would redact.

Pure: what is given stays as it is, what is returned shares with it all that did not change, and is the very same object
where nothing did. Twice is once; the same secret always becomes the same text, in a recording as in a live request.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote_plus

from vcr_openai._json.json_spans import Path
from vcr_openai._redaction.edits import Edit, Finding, apply, distribute, edit, findings, merge
from vcr_openai._redaction.header_names import drops_request_header, drops_response_header, is_secret_header
from vcr_openai._redaction.json_leaves import as_text, leaves, like
from vcr_openai._redaction.redaction import CUSTOM, Redaction
from vcr_openai._redaction.search import stream_edits, text_edits, value_edits
from vcr_openai._redaction.secret_names import is_example, is_placeholder, secret_parameter
from vcr_openai._redaction.secret_shapes import SHAPES
from vcr_openai._redaction.secrets import Match

Body = Any  # text or bytes; None, iterators and files are handed back as they are
_PARAMETER = re.compile(r"(?:^|[?&;#])([^=&;#?/:\s]{1,200})=([^&;#]+)")
_FORM = "application/x-www-form-urlencoded"
# Kinds of more than a word: shorter ones are made up. What people choose themselves may be short.
_LONG_KINDS = frozenset(shape.kind for shape in SHAPES) - {"url-credentials", "basic-credentials"}
_SENTENCE = re.compile(r"[A-Z][A-Za-z']*(?: [A-Za-z,']+){2,}\.?")  # a description of a secret
_DEFAULT = Redaction()
_UNREAD = "unread-body"  # the kind of a finding: a body that is compressed, so that nobody looked into it
# Where a recording's stream stands: in the recording, and in an interaction that carries one.
_STREAMS: tuple[Path, ...] = (("response", "body"), ("response", "recording", "document", "response", "body"))
_URIS: tuple[Path, ...] = (
    ("uri",),
    ("request", "uri"),
    ("request", "url"),
    ("response", "recording", "document", "request", "url"),
)


def redact_request(
    method: str, uri: str, headers: Mapping[str, Any], body: Body, redaction: Redaction = _DEFAULT
) -> tuple[str, str, Mapping[str, Any], Body]:
    """A request as it is recorded, and as a live one is compared: secrets replaced, secret and noisy headers dropped.

    A header's value is a text, bytes or a list of them; a body other than text and bytes is handed back as it is.
    """
    request, _ = _message({"uri": uri, "headers": headers, "body": body}, redaction, answers=False)
    return method, request["uri"], request["headers"], request["body"]


def redact_response(
    status: int, headers: Mapping[str, Any], body: Body, redaction: Redaction = _DEFAULT
) -> tuple[int, Mapping[str, Any], Body]:
    """A response as it is recorded. Decode a compressed body before: it is handed back as it is, unread."""
    response, _ = _message({"headers": headers, "body": body}, redaction, answers=True)
    return status, response["headers"], response["body"]


def redact_interaction(
    interaction: dict[str, Any], redaction: Redaction = _DEFAULT
) -> tuple[dict[str, Any], list[Finding]]:
    """An interaction as it is recorded, and the secrets that were in it; dropped noise is no finding.

    A compressed response body is a finding of its own, ``unread-body``.
    """
    if not redaction.enabled:
        return interaction, []
    changed, found = interaction, []
    for side, answers in (("request", False), ("response", True)):
        message = interaction.get(side)
        if isinstance(message, dict):
            clean, secrets = _message(message, redaction, answers=answers)
            found += [one._replace(path=f"{side}.{one.path}") for one in secrets]
            if clean is not message:
                changed = {**changed, side: clean}
    changed, further = _rewritten(changed, redaction)  # what stands beside them, and a carried recording's stream
    return changed, found + further


def redact_document(document: Any, redaction: Redaction = _DEFAULT) -> tuple[Any, list[Finding]]:
    """A recording's document, or any JSON value, without secrets, and those that were in it; every key stays."""
    return _rewritten(document, redaction) if redaction.enabled else (document, [])


def find_secrets(value: Any, redaction: Redaction = _DEFAULT) -> list[Finding]:
    """The secrets in a text or a JSON value (a recording, an interaction, a cassette), each with its JSON path.

    These are what redaction replaces, without what people make up for tests and documentation (``sk-test-key``).
    """
    found = _found(value, redaction)
    return [
        finding
        for path, edits in found.items()
        for finding in findings((one for one in edits if not _is_made_up(one)), path)
    ]


def _is_made_up(one: Edit) -> bool:
    return is_example(one.secret, 12 if one.kind in _LONG_KINDS else 4) or _SENTENCE.fullmatch(one.secret) is not None


def _message(message: dict[str, Any], redaction: Redaction, *, answers: bool) -> tuple[dict[str, Any], list[Finding]]:
    """A request or response with the headers that are recorded; its texts, too, are redacted."""
    if not redaction.enabled:
        return message, []
    headers = message.get("headers") or {}
    drops = drops_response_header if answers else drops_request_header
    kept = {name: value for name, value in headers.items() if not drops(name) and name.lower() not in redaction.headers}
    found = _found({**message, "headers": kept}, redaction)
    path = ("body", "string") if isinstance(message.get("body"), dict) else ("body",)
    body = _at(message, path)
    if isinstance(body, (str, bytes)) and _is_form(body, headers):
        _add(found, {path: _parameter_edits(as_text(body), redaction)})
    _add(found, _address_edits(kept, redaction))
    found = {path: edits for path, edits in found.items() if edits}
    dropped = {name: value for name, value in headers.items() if name not in kept}
    secrets = _header_findings(dropped, redaction)
    secrets += [finding for place, edits in found.items() for finding in findings(edits, place)]
    if answers and isinstance(body, bytes) and _is_compressed(body, headers):
        secrets.append(Finding(_UNREAD, "body", _header(headers, "content-encoding")))
    changed = _replaced(message, found)
    clean = {name: changed["headers"][name] for name in kept} if kept else {}
    if found.get(path):
        length = str(len(_encoded(_at(changed, path))))
        clean = {
            name: _same_form(value, length) if name.lower() == "content-length" else value
            for name, value in clean.items()
        }
    if len(kept) != len(headers) or clean != headers:
        changed = {**changed, "headers": clean}
    return changed, secrets


def _is_form(body: str | bytes, headers: Mapping[str, Any]) -> bool:
    """Whether a body is a form; some clients call JSON one."""
    return _header(headers, "content-type").startswith(_FORM) and not as_text(body).lstrip().startswith(("{", "[", '"'))


def _address_edits(headers: Mapping[str, Any], redaction: Redaction) -> dict[Path, list[Edit]]:
    """The edits of the addresses in headers (``location``, ``link``, ``referer``), whole or from the query on."""
    return {
        leaf.path: _parameter_edits(as_text(leaf.text), redaction)
        for leaf in leaves(headers, ("headers",))
        if "?" in as_text(leaf.text)
    }


def _header_findings(dropped: dict[str, Any], redaction: Redaction) -> list[Finding]:
    """The secrets in headers that are dropped whole; dropped noise is none."""
    named = redaction.headers
    secret = {name: value for name, value in dropped.items() if is_secret_header(name) or name.lower() in named}
    return [one for path, edits in value_edits({"headers": secret}, redaction).items() for one in findings(edits, path)]


def _is_compressed(body: bytes, headers: Mapping[str, Any]) -> bool:
    """Whether a body is still in its content encoding; vcrpy leaves the header when a tool has decoded the body."""
    if _header(headers, "content-encoding") in ("", "identity"):
        return False
    try:
        body.decode()
    except UnicodeDecodeError:
        return True
    return False


def _encoded(body: Body) -> bytes:
    return body.encode(errors="surrogatepass") if isinstance(body, str) else bytes(body)


def _header(headers: Mapping[str, Any], name: str) -> str:
    for key, value in headers.items():
        if key.lower() == name:
            first = value[0] if isinstance(value, (list, tuple)) and value else value
            return as_text(first).strip().lower() if isinstance(first, (str, bytes)) else ""
    return ""


def _same_form(old: Any, new: str) -> Any:
    """A header's new value in the form of its old one: vcrpy has lists in cassettes and texts in live requests."""
    if isinstance(old, (list, tuple)):
        return [_same_form(old[0], new)] if old else old
    return new.encode() if isinstance(old, bytes) else new


def _rewritten(value: Any, redaction: Redaction) -> tuple[Any, list[Finding]]:
    found = _found(value, redaction)
    return _replaced(value, found), [one for path, edits in found.items() for one in findings(edits, path)]


def _found(value: Any, redaction: Redaction) -> dict[Path, list[Edit]]:
    """The edits of a value by path: of its texts, of what its streams spread over chunks, of its addresses."""
    if isinstance(value, (str, bytes)):
        edits = text_edits(as_text(value), redaction)
        return {(): edits} if edits else {}
    found = value_edits(value, redaction)
    for root in _roots(value):
        for path in _STREAMS:
            chunks = _at(value, root + path)
            if isinstance(chunks, list):
                _add(found, _list_edits(chunks, root + path, redaction))
        for path in _URIS:
            uri = _at(value, root + path)
            if isinstance(uri, str):
                _add(found, {root + path: _parameter_edits(uri, redaction)})
    return {path: edits for path, edits in found.items() if edits}


def _add(found: dict[Path, list[Edit]], further: Mapping[Path, list[Edit]]) -> None:
    for path, edits in further.items():
        found[path] = merge([*edits, *found.get(path, ())])


def _roots(value: Any) -> Iterator[Path]:
    yield ()
    interactions = value.get("interactions") if isinstance(value, dict) else None
    if isinstance(interactions, list):
        yield from (("interactions", index) for index in range(len(interactions)))


def _at(value: Any, path: Path) -> Any:
    for step in path:
        if isinstance(step, int) and isinstance(value, list) and step < len(value):
            value = value[step]
        elif isinstance(value, dict):
            value = value.get(step)
        else:
            return None
    return value


def _list_edits(chunks: list[Any], path: Path, redaction: Redaction) -> dict[Path, list[Edit]]:
    """The edits of a recording's stream: its chunks, or the lines of an event stream as they came."""
    lines = [chunk for chunk in chunks if isinstance(chunk, str)]
    if len(lines) != len(chunks) or not lines:
        return stream_edits([((*path, index), chunk) for index, chunk in enumerate(chunks)], redaction)
    edits = text_edits("\n".join(lines), redaction)
    shares = distribute(edits, [len(line) + 1 for line in lines])
    return {
        (*path, index): [one._replace(end=min(one.end, len(line)), path=one.path[1:]) for one in share]
        for index, (line, share) in enumerate(zip(lines, shares, strict=True))
    }


def _parameter_edits(text: str, redaction: Redaction) -> list[Edit]:
    """The edits of an address or a form: the values of its secret parameters; the parameters themselves stay."""
    edits = []
    for match in _PARAMETER.finditer(text):
        name = unquote_plus(match[1])
        kind = CUSTOM if name.lower() in redaction.query else secret_parameter(name)
        if kind is not None and not is_placeholder(match[2]):
            edits.append(edit(Match(*match.span(2), kind), text))
    return edits


def _replaced(value: Any, found: Mapping[Path, list[Edit]]) -> Any:
    """The value with its edits made. Only the containers on the way to an edited text are copied."""
    copies: dict[Path, Any] = {}
    for path, edits in found.items():
        if path == ():
            return like(apply(as_text(value), edits), value)
        old = _at_any(value, path)
        inner = value
        for depth, step in enumerate(path):
            if path[:depth] not in copies:
                copies[path[:depth]] = copy = dict(inner) if isinstance(inner, Mapping) else list(inner)
                if depth:
                    copies[path[: depth - 1]][path[depth - 1]] = copy
            inner = inner[step]
        parent = copies[path[:-1]]
        parent[path[-1]] = like(apply(as_text(old), edits), old)
        if path[-1] == "token" and isinstance(parent.get("bytes"), list):  # a logprob says its token a second time
            parent["bytes"] = None
    return copies.get((), value)


def _at_any(value: Any, path: Path) -> Any:
    for step in path:
        value = value[step]
    return value
