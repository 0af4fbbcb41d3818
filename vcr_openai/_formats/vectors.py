"""Embeddings in few characters: a list of floats as base64 of their bytes, where that gives every float back.

The rule of this file: the shortest of the ways that are exact is taken, a plain list included. Numbers are
little-endian IEEE 754, as in the API's own ``encoding_format: base64``.
"""

from __future__ import annotations

import base64
import binascii
import struct
from typing import Any

from vcr_openai._errors import MalformedInteraction

_LEAST = 16  # numbers from which a list is a vector that nobody reads
# float32: the values are float32; float32_decimal: each is the shortest decimal of a float32, as most servers print it.
_WAYS = ("float32", "float32_decimal", "float64")


def packed(value: Any) -> Any:
    """A JSON value with its vectors packed, where that is shorter."""
    if isinstance(value, dict):
        return {key: packed(item) for key, item in value.items()}
    if not isinstance(value, list):
        return value
    if len(value) < _LEAST or not all(type(item) is float for item in value):
        return [packed(item) for item in value]
    plain = sum(len(repr(item)) + 2 for item in value)
    for way in _WAYS:
        data = _encoded(value, way)
        if data is not None and len(data) < plain:
            return {way: data}
    return value


def unpacked(value: Any) -> Any:
    """A JSON value with its vectors as lists again. Raises MalformedInteraction for base64 that holds no numbers."""
    if isinstance(value, list):
        return [unpacked(item) for item in value]
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        ((way, data),) = value.items()
        if way in _WAYS and isinstance(data, str):
            return _decoded(data, way)
    return {key: unpacked(item) for key, item in value.items()}


def _encoded(numbers: list[float], way: str) -> str | None:
    try:
        data = struct.pack(f"<{len(numbers)}{'d' if way == 'float64' else 'f'}", *numbers)
    except OverflowError:  # too large for a float32
        return None
    text = base64.b64encode(data).decode()
    back = _decoded(text, way)
    return text if list(map(repr, back)) == list(map(repr, numbers)) else None


def _decoded(text: str, way: str) -> list[float]:
    width = 8 if way == "float64" else 4
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise MalformedInteraction("", f"base64 of {way} numbers", "other characters, or a part of it") from error
    if len(data) % width:
        raise MalformedInteraction("", f"base64 of {way} numbers of {width} bytes each", f"{len(data)} bytes")
    numbers = list(struct.unpack(f"<{len(data) // width}{'d' if width == 8 else 'f'}", data))
    return list(map(_shortest, numbers)) if way == "float32_decimal" else numbers


def _shortest(number: float) -> float:
    """The float that the shortest decimal of a float32 spells; six to nine digits tell all float32 apart."""
    packed_number = struct.pack("<f", number)
    shortest = number
    for digits in range(9, 0, -1):
        rounded = float(f"{number:.{digits}g}")
        try:
            if struct.pack("<f", rounded) != packed_number:
                break
        except OverflowError:
            break
        shortest = rounded
    return shortest
