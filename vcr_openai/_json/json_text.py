"""JSON text: read strictly, written as the recorder writes a file and as a server writes a body.

The rule of this file: what is read and written again is the same value, and what would not be (a key that stands
twice, NaN, a number too large for a float) is refused by ``read`` instead of being changed in silence.
"""

from __future__ import annotations

import json
import math
import re
from typing import Any

import orjson

DEPTH = 200  # levels of objects and lists; nothing that an API sends is a tenth as deep
_TOO_DEEP = f"it is nested more than {DEPTH} levels deep"

# str.splitlines() and the line readers built on it end a line at these too, and UTF-8 cannot encode the last range.
_UNSAFE_ON_A_LINE = re.compile("[\x7f\x85\u2028\u2029\ud800-\udfff]")
_NOT_ASCII = re.compile("[^\x00-\x7e]")
# A number at the end of an indented line that orjson spells otherwise than repr(): with an exponent, or so small that
# repr() uses one. A string cannot end like this: its closing quote stands before the line's end.
_NUMBER_SPELLED_OTHERWISE = re.compile(
    r"(?<![^ ])-?(?:0\.0000\d+|\d+(?:\.\d+)?e[-+]?\d+|\d{16,}\.0)(?=,?$)", re.MULTILINE
)


def _finite(text: str) -> float:
    number = float(text)
    if math.isinf(number):
        raise ValueError(f"the number {text[:40]} is too large for a float")
    return number


def _no_constant(text: str) -> Any:
    raise ValueError(f"{text} is not JSON")


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    value = dict(pairs)
    if len(value) != len(pairs):
        names = [name for name, _ in pairs]
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"the key {twice[:80]!r} stands twice in one object")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_no_constant)


def read(text: str) -> Any:
    """The value of a JSON text (RFC 8259). Raises ValueError with the reason, and the line where there is one."""
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if text.count("[") + text.count("{") > DEPTH:
        _check_depth(value)
    return value


def skim(content: bytes) -> Any:
    """The value of a JSON text, at a fifth of the cost: not for what is kept or compared, since of a key that stands
    twice the last counts, and an integer beyond 64 bits is a float. Raises ValueError.
    """
    return orjson.loads(content)


def _check_depth(value: Any) -> None:
    """Refuse what ``copy.deepcopy``, pydantic and YAML would fail on later, each at a depth of its own."""
    level = [value]
    for _ in range(DEPTH + 1):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer if type(outer) is list else ())
        ]
        if not level:
            return
    raise ValueError(_TOO_DEEP)


def escape(text: str, which: re.Pattern[str] = _NOT_ASCII) -> str:
    """A JSON text with the characters that ``which`` finds written as ``\\uXXXX`` (surrogate pairs beyond U+FFFF)."""
    return which.sub(lambda match: json.dumps(match.group())[1:-1], text)


def _check_finite(value: Any) -> None:
    """Refuse NaN and the infinities, for which JSON has no words and orjson writes null."""
    found = [value]
    while found:
        one = found.pop()
        kind = type(one)
        if kind is float:
            if not math.isfinite(one):
                raise ValueError(f"{one} is not JSON")
        elif kind is dict:
            found.extend(one.values())
        elif kind is list:
            found.extend(one)


def write_line(value: Any) -> str:
    """Compact JSON on one line, however lines are told apart; what a server sends. Encodable as UTF-8.

    Raises ValueError for what is no JSON value.
    """
    _check_finite(value)
    try:
        return escape(orjson.dumps(value).decode(), _UNSAFE_ON_A_LINE)
    except (TypeError, orjson.JSONEncodeError):  # lone surrogates, integers beyond 64 bits, 254 levels: orjson's limits
        return json.dumps(value, separators=(",", ":"), allow_nan=False)


def write_document(value: Any) -> str:
    """``json.dumps(value, indent=2)`` and a final newline: the recorder's text, at a fraction of its cost.

    Raises ValueError for what is no JSON value.
    """
    _check_finite(value)
    try:
        text = orjson.dumps(value, option=orjson.OPT_INDENT_2).decode()
    except (TypeError, orjson.JSONEncodeError):
        return json.dumps(value, indent=2, allow_nan=False) + "\n"
    text = _NUMBER_SPELLED_OTHERWISE.sub(lambda match: repr(float(match.group())), text)
    return escape(text) + "\n"
