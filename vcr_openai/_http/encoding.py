"""Bodies as they were before a content-encoding: vcrpy stores them as sent.

The rule of this file: a body comes back whole or stays as it is, and what stays is reported. Length and encoding in the
headers always speak of the body beside them.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vcr_openai._http.note import Note
from vcr_openai._http.old_coding import Undecodable, decompress
from vcr_openai._http.vcr_dicts import Headers, header

LIMIT = 256 << 20  # bytes that a decoded body may have; a hundred times the longest of the public cassettes
_MOST = 5  # codings in a row; urllib3 stops there too
_CONTROL = bytes({*range(32), 127} - {9, 10, 13})  # no text has them, and hardly a compressed body is without


@dataclass(frozen=True)
class Decoded:
    """Headers and body after decoding; ``reason`` says why they are as they were, None where all is well."""

    headers: Headers
    body: bytes
    reason: str | None = None


def decode(headers: Headers, body: bytes, limit: int = LIMIT) -> Decoded:
    """The body without its content-encodings (gzip, deflate, br, zstd; any case, several in a row).

    Content-encoding is removed. Content-length is corrected where it stands and added nowhere: beside a
    transfer-encoding it must not stand (RFC 9112, section 6.2). Transfer-encoding stays: vcrpy always stored bodies
    without the chunks' framing, and its stubs expect the header as it was.

    A body that is text although the header names a coding was decoded by whoever wrote the cassette: it stays and the
    header goes. An encoded body that cannot be decoded, or not within ``limit`` bytes, stays with its headers, and
    ``reason`` says why.
    """
    codings = [
        coding
        for value in header(headers, "content-encoding")
        for coding in map(str.strip, value.lower().split(","))
        if coding
    ]
    if not codings:
        return Decoded(headers, body)
    if not body or (body[:1] in b"{[" and _is_text(body)):  # before a decompressor takes it for its own by accident
        return Decoded(_plain(headers, len(body)), body)
    try:
        decoded = _undone(codings, body, limit)
    except Undecodable as error:
        if _is_text(body):
            return Decoded(_plain(headers, len(body)), body)
        return Decoded(headers, body, str(error))
    return Decoded(_plain(headers, len(decoded)), decoded)


def with_length(headers: Headers, length: int) -> Headers:
    """Headers whose content-length, where they have one, is ``length``."""
    return {name: [str(length)] if name.lower() == "content-length" else values for name, values in headers.items()}


def decoded(interaction: dict[str, Any], limit: int = LIMIT) -> tuple[dict[str, Any], list[Note]]:
    """An interaction in vcrpy's layout with its bodies decoded (text where they are UTF-8), and what stayed encoded.

    The interaction that is handed in is not changed; what needs no decoding is shared with it.
    """
    notes: list[Note] = []
    request, response = interaction["request"], interaction["response"]
    headers, body, reason = _decoded(request.get("headers"), request.get("body"), limit)
    if reason is not None:
        notes.append(Note("request.body", reason))
    request = {**request, "headers": headers, "body": body}
    string = response["body"].get("string")
    headers, body, reason = _decoded(response.get("headers"), string, limit)
    if reason is not None:
        notes.append(Note("response.body", reason))
    response = {**response, "headers": headers, "body": {**response["body"], "string": body}}
    return {**interaction, "request": request, "response": response}, notes


def _decoded(headers: Any, body: Any, limit: int) -> tuple[Any, Any, str | None]:
    if not isinstance(body, (str, bytes)) or not header(headers or {}, "content-encoding"):
        return headers, body, None
    found = decode(headers, body.encode("utf-8", "surrogatepass") if isinstance(body, str) else body, limit)
    if found.reason is not None:
        return headers, body, f"stays encoded: {found.reason}"
    return found.headers, as_text(found.body), None


def as_text(body: bytes) -> str | bytes:
    """A body as text where it is UTF-8, as vcrpy hands it to a serializer."""
    try:
        return body.decode()
    except UnicodeDecodeError:
        return body


def _undone(codings: list[str], body: bytes, limit: int) -> bytes:
    if len(codings) > _MOST:
        raise Undecodable(f"it has {len(codings)} content-encodings, more than {_MOST}")
    for coding in reversed(codings):  # they stand in the order in which they were applied
        body = decompress(coding, body, limit)
    return body


def _plain(headers: Headers, length: int) -> Headers:
    return with_length({name: values for name, values in headers.items() if name.lower() != "content-encoding"}, length)


def _is_text(body: bytes) -> bool:
    return isinstance(as_text(body), str) and body.translate(None, _CONTROL) == body
