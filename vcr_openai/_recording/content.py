"""Content: bytes as a recording holds them, readable where they are text.

``{"text": …}`` for text, else ``{"size": …, "sha256": …, "base64": …}``: a reviewer sees what kind of thing it is and
whether it changed, without a line that no editor opens. An answer's content is the one member of an object,
``{"__content__": {"content_type": …, "text": …}}``.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from typing import Any

from vcr_openai._errors import MalformedRecording, describe

CONTENT = "__content__"
_NOT_READABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")  # control characters that no text file holds


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
    """The bytes that the members say. Raises MalformedRecording where they say none, or not what was recorded."""
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
    """Whether a recording's response body is content, not JSON."""
    return isinstance(body, dict) and list(body) == [CONTENT] and isinstance(body[CONTENT], dict)
