"""The bodies of cassetter's cassettes (read in 0.16): ``{type: json, content: …}``, and text, hexadecimal or none.

cassetter stores bodies decoded. Both bodies of an interaction are such objects; one alone is somebody's JSON.
"""

from __future__ import annotations

import json
from typing import Any

from vcr_openai._errors import MalformedInteraction, Unsupported, describe
from vcr_openai._http.headers import Headers, without_coding
from vcr_openai._json import json_text

_KINDS = ("json", "text", "binary", "none")
_KEYS = frozenset(["type", "content"])


def is_envelope(body: Any) -> bool:
    """Whether a body is stored as cassetter stores it."""
    return isinstance(body, dict) and isinstance(body.get("type"), str) and body.keys() <= _KEYS


def is_cassetters(interaction: dict[str, Any]) -> bool:
    """Whether both bodies of an interaction are stored as cassetter stores them."""
    parts = [interaction.get(name) for name in ("request", "response")]
    return all(isinstance(part, dict) and is_envelope(part.get("body")) for part in parts)


def body_of(envelope: dict[str, Any], where: str) -> bytes | None:
    """The bytes in an envelope; None for no body. Raises MalformedInteraction, and Unsupported for another type."""
    kind, content = envelope["type"], envelope.get("content")
    if kind == "none":
        return None
    if kind == "json":
        return _json(content, where)
    if kind not in _KINDS:
        raise Unsupported(f"{where}.type", f"one of cassetter's types {', '.join(_KINDS)}", describe(kind))
    if not isinstance(content, str):
        raise MalformedInteraction(f"{where}.content", "a text", describe(content))
    if kind == "text":
        return content.encode("utf-8", "surrogatepass")
    try:
        return bytes.fromhex(content)
    except ValueError as error:
        raise MalformedInteraction(f"{where}.content", "hexadecimal digits", describe(content)) from error


def _json(value: Any, where: str) -> bytes:
    try:
        json.dumps(value, allow_nan=False)  # YAML has dates and NaN
        return json_text.write_line(value).encode()
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedInteraction(where, "a JSON value", f"one that JSON cannot write ({error})") from error


def headers_of_decoded(headers: Headers, content: bytes | None) -> Headers:
    """The headers of a message whose body cassetter decoded."""
    return without_coding(headers, len(content or b""))
