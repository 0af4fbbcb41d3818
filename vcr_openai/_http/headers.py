"""Headers as a cassette has them: each name with the list of its values."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

Headers = dict[str, list[str]]


def header(headers: Mapping[str, Any], name: str) -> list[str]:
    """All values of a header; ``name`` is in lower case. A value may be a text, bytes or a list of them."""
    found = [values for key, values in headers.items() if key.lower() == name]
    return [_text(one) for values in found for one in (values if isinstance(values, (list, tuple)) else [values])]


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def without_coding(headers: Headers, length: int) -> Headers:
    """The headers of a body whose content coding was undone: its length corrected where it is given, added nowhere.

    Beside a transfer-encoding a content-length must not stand (RFC 9112, section 6.2). Transfer-encoding stays: vcrpy
    stores bodies without the framing of chunks, and its stubs expect the header as it was.
    """
    return with_length({name: values for name, values in headers.items() if name.lower() != "content-encoding"}, length)


def with_length(headers: Headers, length: int) -> Headers:
    """Headers whose content-length, where they have one, is ``length``."""
    return {name: [str(length)] if name.lower() == "content-length" else values for name, values in headers.items()}
