"""The parts of a form (``multipart/form-data``, RFC 7578) as matching compares them: without their boundary."""

from __future__ import annotations

import hashlib
import re
from typing import Any, Final

from vcr_openai._http.body import Body

_FIRST_LINE: Final = re.compile(rb"--([^\r\n]{1,70})\r\n")  # RFC 2046: a boundary has at most 70 characters
_SHORT: Final = 10_000  # characters of a part that is kept as text, so that a difference can be shown
_DISPOSITION: Final = re.compile(r"(?:\A|\r\n)content-disposition:([^\r\n]*)", re.IGNORECASE)
_PARAMETER: Final = re.compile(r'; *(name|filename)="([^"\r\n]*)"', re.IGNORECASE)
# As Python's tempfile names files, alone or with what a program puts around it.
TEMPORARY: Final = re.compile(r"(?<![A-Za-z0-9])tmp[a-z0-9_]{8}(?![A-Za-z0-9])")


def boundary_of(body: Body) -> bytes | None:
    """What separates the parts, without its leading ``--``; None where the body has no parts.

    A cassette may lack the content type that announces it; then the first and the last line show it.
    """
    if body.boundary is not None:
        boundary = body.boundary.encode(errors="replace")
        return boundary if b"--" + boundary in body.octets else None
    first = _FIRST_LINE.match(body.octets)
    return first[1] if first and body.octets.rstrip(b"\r\n").endswith(b"--" + first[1] + b"--") else None


def parts_of(octets: bytes, boundary: bytes) -> list[Any]:
    """The parts: each an object with ``name``, ``filename``, ``headers`` and ``content``, or the piece as it is.

    What two forms differ in they differ in here, except the boundary.
    """
    return [_part(piece) for piece in octets.split(b"--" + boundary)]


def _part(piece: bytes) -> Any:
    head, separator, content = piece.partition(b"\r\n\r\n")
    try:
        text = head.decode()
    except UnicodeDecodeError:
        return _content(piece)
    disposition = _DISPOSITION.search(text)
    found = {match[1].lower(): match for match in _PARAMETER.finditer(disposition[1])} if disposition else {}
    if not separator or disposition is None or "name" not in found:
        return _content(piece)
    part: dict[str, Any] = {"name": found["name"][2]}
    if "filename" in found:
        part["filename"] = found["filename"][2]
        start, end = (disposition.start(1) + found["filename"].span()[side] for side in (0, 1))
        text = text[:start] + text[end:]
    return {**part, "headers": text, "content": _content(content)}


def _content(octets: bytes) -> Any:
    if len(octets) <= _SHORT:
        try:
            return octets.decode()
        except UnicodeDecodeError:
            pass
    return digest(octets)


def digest(octets: bytes) -> dict[str, Any]:
    """Bytes by their length and SHA-256."""
    return {"length": len(octets), "sha256": hashlib.sha256(octets).hexdigest()}
