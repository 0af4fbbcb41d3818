"""Bodies as they are written in other cassettes: text, bytes, a wrapper of either, or the JSON value that they held."""

from __future__ import annotations

import base64
import binascii
import json
from typing import Any

from vcr_openai._errors import MalformedInteraction, Unsupported, describe
from vcr_openai._json import json_text

Content = str | bytes

_BASE64 = ("base64_string", "base64")
_WRAPPER = {"encoding", "string", *_BASE64}
# The names under which Ruby's VCR and betamax note how a text's bytes were; the last two say that it is ASCII.
_CHARSETS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "us-ascii": "utf-8",
    "ascii": "utf-8",
    "iso-8859-1": "latin-1",
    "latin-1": "latin-1",
    "windows-1252": "cp1252",
    "ascii-8bit": "utf-8",
    "binary": "utf-8",
}


def content(value: Any, where: str) -> Content | None:
    """The text or bytes of a body, None for none.

    Takes text, bytes, a file-like object, a list of pieces, ``{"string": …}``, ``{"encoding": …, "string": …}`` (with
    the encoding ``base64`` or a charset), ``{"base64_string": …}``; any other object is the JSON value of the body.
    Raises MalformedInteraction, or Unsupported for a charset that is not in the table.
    """
    if value is None or isinstance(value, (str, bytes)):
        return value
    if isinstance(value, bytearray):
        return bytes(value)
    if hasattr(value, "read"):  # vcrpy keeps a request's file-like body as it is
        return content(value.read(), where)
    if isinstance(value, dict):
        return _unwrapped(value, where) if _is_wrapper(value) else compact(value, where)
    if isinstance(value, (list, tuple)) and all(isinstance(piece, (str, bytes)) for piece in value):
        return b"".join(piece.encode("utf-8", "surrogatepass") if isinstance(piece, str) else piece for piece in value)
    if isinstance(value, list):
        return compact(value, where)
    raise MalformedInteraction(where, "a body", describe(value))


def compact(value: Any, where: str) -> str:
    """The body whose JSON value somebody wrote into the cassette, compact. The spelling on the wire is not known."""
    try:
        json.dumps(value, allow_nan=False)  # orjson would write NaN as null and a date as text
        text = json_text.write_line(value)
    except (TypeError, ValueError, RecursionError) as error:
        raise MalformedInteraction(where, "a JSON value", f"one that JSON cannot write ({error})") from error
    return text


def _is_wrapper(value: dict[str, Any]) -> bool:
    return not value or (value.keys() <= _WRAPPER and value.keys() != {"encoding"})


def _unwrapped(value: dict[str, Any], where: str) -> Content | None:
    encoding = value.get("encoding")
    if not isinstance(encoding, (str, type(None))):
        raise MalformedInteraction(f"{where}.encoding", "the name of an encoding", describe(encoding))
    for key in _BASE64:
        if value.get(key) is not None:
            return _decoded(value[key], f"{where}.{key}")
    string = value.get("string")
    if not isinstance(string, str) or not encoding:
        return content(string, f"{where}.string")
    if encoding.lower() == "base64":
        return _decoded(string, f"{where}.string")
    charset = _CHARSETS.get(encoding.lower())
    if charset is None:
        raise Unsupported(f"{where}.encoding", f"one of {', '.join(_CHARSETS)}, base64", describe(encoding))
    try:
        return string if charset == "utf-8" else string.encode(charset)
    except UnicodeEncodeError as error:
        raise MalformedInteraction(f"{where}.string", f"a text in {encoding}", describe(string)) from error


def _decoded(text: Any, where: str) -> bytes:
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (AttributeError, TypeError, binascii.Error, ValueError) as error:
        raise MalformedInteraction(where, "base64", describe(text)) from error
