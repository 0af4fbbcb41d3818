"""What a request's body is: a JSON value, the parts of a form, or bytes.

The rule of this file: reading a body never fails. What is not surely JSON (a key that stands twice, NaN, bytes that
are not UTF-8, too deep, too large) is bytes, and bytes are equal when each of them is.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from typing import Any, Final

from vcr_openai._json import json_text

_LARGEST: Final = 32 << 20  # bytes; more is an upload, whose reading would take longer than comparing it is worth
_DEEPEST: Final = 100  # levels; fixed, so that a body counts as the same wherever on the call stack it is read
_BOUNDARY_PARAMETER: Final = re.compile(
    r"""multipart/[^;]*;.*?boundary=(?:"([^"]{1,70})"|([^\s;"]{1,70}))""", re.IGNORECASE | re.DOTALL
)
_FIRST_LINE: Final = re.compile(rb"--([^\r\n]{1,70})\r\n")  # RFC 2046: a boundary takes at most 70 characters
_SHORT: Final = 10_000  # characters of a part that is kept as text, so that a difference can be shown


def read_body(body: Any, headers: Mapping[str, str] | None = None) -> dict[str, Any]:
    """One member with the body: ``body`` a JSON value, ``parts`` of a form, or ``bytes``; none for an empty one.

    ``body`` is text, bytes, or whatever aiohttp's client was given: vcrpy keeps that as it is.
    """
    if not body:
        return {}
    octets = _octets(body)
    if octets[:64].lstrip(b" \t\r\n")[:1] in (b"{", b"["):
        try:
            return {"body": _read_json(octets)}
        except ValueError:  # UnicodeDecodeError is one
            return {"bytes": _digest(octets)}
    boundary = _boundary(octets, headers)
    if boundary:
        return {"parts": [_part(part) for part in octets.split(b"--" + boundary)]}
    return {"bytes": _digest(octets)}


def _octets(body: Any) -> bytes:
    if isinstance(body, (bytes, bytearray, memoryview)):
        return bytes(body)
    if isinstance(body, str):
        return body.encode("utf-8", "surrogatepass")
    try:
        return json.dumps(body).encode()
    except (TypeError, ValueError, RecursionError):  # a form's fields, say
        return repr(body).encode("utf-8", "surrogatepass")


def _read_json(octets: bytes) -> Any:
    if len(octets) > _LARGEST:
        raise ValueError("too large")
    value = json_text.read(octets.decode())
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return value
    raise ValueError("too deep")


def _boundary(octets: bytes, headers: Mapping[str, str] | None) -> bytes | None:
    """What separates the parts, without its leading ``--``; None where the body is no form of parts."""
    types = [str(value) for name, value in (headers or {}).items() if name.lower() == "content-type"]
    announced = _BOUNDARY_PARAMETER.search("\n".join(types))
    if announced:
        boundary = (announced[1] or announced[2]).encode(errors="replace")
        return boundary if b"--" + boundary in octets else None
    first = _FIRST_LINE.match(octets)
    return first[1] if first and octets.rstrip(b"\r\n").endswith(b"--" + first[1] + b"--") else None


def _part(octets: bytes) -> Any:
    if len(octets) <= _SHORT:
        try:
            return octets.decode()
        except UnicodeDecodeError:
            pass
    return _digest(octets)


def _digest(octets: bytes) -> dict[str, Any]:
    return {"length": len(octets), "sha256": hashlib.sha256(octets).hexdigest()}
