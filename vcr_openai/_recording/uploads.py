"""Uploads and downloads in a recording: bytes as JSON, readable where they are text.

Bytes are ``{"text": …}``, else ``{"size": …, "sha256": …, "base64": …}``: a reviewer sees what kind of content it is
and whether it changed. A download is an object with the one member ``{"__content__": {"content_type": …, "text": …}}``.

An upload is a ``multipart/form-data`` body (RFC 7578). A field is an argument with a text, a file one with
``{"__file__": {"filename", "content_type", …}}`` and its content; parts of one name are a list. The boundary is not
kept: it is made from the parts, so that equal forms have equal bodies. Names are as on the wire (``image[]``).
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from vcr_openai._errors import MalformedInteraction, MalformedRecording, describe
from vcr_openai._json import json_path

CONTENT = "__content__"
FILE = "__file__"
PARTS = "__parts__"  # the one argument of a form whose parts of one name do not stand together
_NOT_READABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # control characters that text files do not have
# A part's head as httpx writes it; any other head is kept as it is.
_HEAD = re.compile(
    r'Content-Disposition: form-data; name="([^"\r\n]*)"(?:; filename="([^"\r\n]*)")?(?:\r\nContent-Type: ([^\r\n]*))?'
)
_NAME = re.compile(r"""\bname\s*=\s*(?:"([^"\r\n]*)"|([^\s;"]+))""", re.IGNORECASE)


def write_content(octets: bytes) -> dict[str, Any]:
    """Bytes as members of a JSON object."""
    try:
        text = octets.decode()
    except UnicodeDecodeError:
        text = "\0"
    if not _NOT_READABLE.search(text):
        return {"text": text}
    digest = hashlib.sha256(octets).hexdigest()
    return {"size": len(octets), "sha256": digest, "base64": base64.b64encode(octets).decode()}


def read_content(value: dict[str, Any], where: str) -> bytes:
    """The bytes of such members. Raises MalformedRecording for other members, and for a size or digest that differs."""
    if isinstance(value.get("text"), str):
        return str(value["text"]).encode("utf-8", "surrogatepass")
    encoded = value.get("base64")
    if not isinstance(encoded, str):
        raise MalformedRecording(where, "a text as text, or bytes as base64", describe(value))
    try:
        octets = base64.b64decode(encoded, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedRecording(f"{where}.base64", "bytes in base64", f"{describe(encoded)} ({error})") from error
    for name, actual in (("size", len(octets)), ("sha256", hashlib.sha256(octets).hexdigest())):
        if value.get(name, actual) != actual:
            raise MalformedRecording(f"{where}.{name}", f"{actual}, as of base64", describe(value[name]))
    return octets


def is_content(body: Any) -> bool:
    """Whether a recording's response body is a download, not JSON."""
    return isinstance(body, dict) and list(body) == [CONTENT] and isinstance(body[CONTENT], dict)


def is_form(arguments: dict[str, Any]) -> bool:
    """Whether arguments contain a file, which only a form can send."""
    values = [one for value in arguments.values() for one in (value if isinstance(value, list) else [value])]
    return PARTS in arguments or any(map(_is_file, values))


def read_form(octets: bytes, boundary: str) -> dict[str, Any]:
    """The arguments of a form. Raises MalformedInteraction where the bytes are not one."""
    first, *pieces = (b"\r\n" + octets).split(b"\r\n--" + boundary.encode())
    if first or not pieces or not pieces[-1].startswith(b"--"):
        raise MalformedInteraction("request.body", "the parts of multipart/form-data", describe(octets))
    parts = [_read_part(piece, f"request.body[{index}]") for index, piece in enumerate(pieces[:-1])]
    grouped = [(name, [value for _, value in group]) for name, group in groupby(parts, lambda part: part[0])]
    names = {name for name, _ in grouped}
    if len(names) < len(grouped) or PARTS in names:
        return {PARTS: [[name, value] for name, value in parts]}
    return {name: values[0] if len(values) == 1 else values for name, values in grouped}


def write_form(arguments: dict[str, Any]) -> tuple[bytes, str]:
    """The body for arguments, and its boundary. Raises MalformedRecording for a file that is malformed."""
    parts = [_write_part(name, value) for name, value in _parts(arguments)]
    # A digest of the parts occurs in no part, and is the same for the same parts.
    boundary = hashlib.sha256(b"\0".join(parts)).hexdigest()[:32]
    mark = b"--" + boundary.encode()
    return b"".join(mark + b"\r\n" + part + b"\r\n" for part in parts) + mark + b"--\r\n", boundary


def _read_part(piece: bytes, where: str) -> tuple[str, Any]:
    head, separator, octets = piece.removeprefix(b"\r\n").partition(b"\r\n\r\n")
    try:
        text = head.decode()
    except UnicodeDecodeError as error:
        raise MalformedInteraction(where, "headers in UTF-8", str(error)) from error
    plain = _HEAD.fullmatch(text)
    named = plain or _NAME.search(text)
    if not separator or named is None:
        raise MalformedInteraction(where, "a part with a name and a blank line", describe(text))
    name = named[1] if named[1] is not None else named[2]
    content = write_content(octets)
    if plain is None:
        return name, {FILE: {"headers": text, **content}}
    about = {"filename": plain[2], "content_type": plain[3]}
    about = {key: value for key, value in about.items() if value is not None}
    return name, {FILE: {**about, **content}} if about or "text" not in content else content["text"]


def _parts(arguments: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    if PARTS in arguments:
        for index, part in enumerate(arguments[PARTS] if isinstance(arguments[PARTS], list) else [None]):
            if not (isinstance(part, list) and len(part) == 2 and isinstance(part[0], str)):
                raise MalformedRecording(f"request.body.{PARTS}[{index}]", "a name and a value", describe(part))
            yield part[0], part[1]
        return
    for name, value in arguments.items():
        yield from ((name, one) for one in value) if isinstance(value, list) else ((name, value),)


def _write_part(name: str, value: Any) -> bytes:
    head = f'Content-Disposition: form-data; name="{name}"'
    if not _is_file(value):
        return _octets(f"{head}\r\n\r\n{_field(value)}")
    about = value[FILE]
    if isinstance(about.get("filename"), str):
        head += f'; filename="{about["filename"]}"'
    if isinstance(about.get("content_type"), str):
        head += f"\r\nContent-Type: {about['content_type']}"
    return _octets(f"{about.get('headers', head)}\r\n\r\n") + read_content(
        about, json_path.write(["request", "body", name, FILE])
    )


def _field(value: Any) -> str:
    """A field's text; other values are written as the SDK does (openai 3.54, ``_qs._primitive_value_to_str``)."""
    return value if isinstance(value, str) else "" if value is None else json.dumps(value)


def _octets(text: str) -> bytes:
    return text.encode("utf-8", "surrogatepass")


def _is_file(value: Any) -> bool:
    return isinstance(value, dict) and list(value) == [FILE] and isinstance(value[FILE], dict)
