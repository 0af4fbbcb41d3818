"""JSON text: read strictly, written as the recorder writes a file and as a server writes a body, and its positions.

What is read and written again is the same value. ``read`` refuses what would not be: a key that occurs twice, NaN, a
number too large for a float.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NamedTuple

import orjson

from vcr_openai._errors import without_secrets
from vcr_openai._json import json_path
from vcr_openai._json.json_path import Place

DEPTH = 200  # levels of objects and lists; nothing that an API sends is a tenth as deep
_TOO_DEEP = f"it is nested more than {DEPTH} levels deep"

_AROUND = 254 - DEPTH  # orjson refuses more than 254 levels
_DEEP_LINE = b"\n" + b"  " * (DEPTH + 1)  # a line of an object or list that is nested too deep, indented by two
# In what orjson writes: a float of 1e16 or more. In what it reads: an escape that can be a quote or a colon.
_LARGE_HINT = orjson.dumps(1e16)[1:-2]  # "e+"; "e" in older versions of orjson
_LARGE = re.compile(re.escape(_LARGE_HINT) + rb"(?<=\d" + re.escape(_LARGE_HINT) + rb")\d+(?:[,}\]\n]|\Z)")
_MAY_BE_WHOLE = re.compile(rb"\.0(?!\d)|\de")  # a float without decimals, as orjson writes it
_ASCII_DIGITS = b"234567"  # with which \\u00 goes on for a printable character of ASCII

# str.splitlines() and the line readers built on it end a line at these too, and UTF-8 cannot encode the last range.
_UNSAFE_ON_A_LINE = re.compile("[\x7f\x85\u2028\u2029\ud800-\udfff]")
_NOT_ASCII = re.compile("[^\x00-\x7e]+")
_ASCII = bytes(range(0x7F))
_FEW = 16  # different characters up to which it is quicker to replace each of them in the whole text
# The end of a number that orjson spells differently from repr(): with an exponent, or so small that repr() uses one.
# It is at the end of a line, as no string is. Each pattern begins with a literal, which makes it fast, and is not tried
# where the text has not what stands before it here.
_WITH_SIGN = {"+": r"\+(?<=\de\+)\d+(?=,?\n)", "-": r"-(?<=\de-)\d+(?=,?\n)"}
_EXPONENTS = {"e": r"e[-+]?\d+(?=,?\n)"} if _LARGE_HINT == b"e" else _WITH_SIGN
_RESPELLED = {mark: re.compile(one) for mark, one in {**_EXPONENTS, "0.0000": r"0\.0000\d+(?=,?\n)"}.items()}


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
        raise ValueError(f"the key {without_secrets(twice)[:80]!r} occurs twice in one object")
    return value


_DECODER = json.JSONDecoder(object_pairs_hook=_unique, parse_float=_finite, parse_constant=_no_constant)


def read(text: str) -> Any:
    """The value of a JSON text (RFC 8259). Raises ValueError with the reason, and the line where there is one.

    orjson takes a fifth of the time of the standard library. It does not see that a key occurs twice (the text has more
    members than its value), and makes a float of an integer beyond 64 bits (which it writes with an exponent).
    """
    try:
        value = orjson.loads(text)
    except (ValueError, TypeError):  # lone surrogates, NaN, its 254 levels, … and what is not JSON
        return _read_strictly(text)
    return value if is_whole(value, text) else _read_strictly(text)


def is_whole(value: Any, text: str) -> bool:
    """Whether the value that ``skim`` gives for a text is the one that ``read`` gives; False is not certain."""
    content = text.encode()
    try:
        written = _written_flat(value, content)
    except TypeError:  # too deep
        return False
    is_same = content.startswith(written) and not content[len(written) :].strip()
    return is_same or _is_whole(written, content)


def is_usual(text: str, value: Any) -> bool:
    """Whether a text is the one that orjson writes for its value, compact or with spaces after commas and colons.

    Then the value has all that is in the text, and no number is spelled in another way.
    """
    try:
        written = orjson.dumps(value).decode()
    except (TypeError, orjson.JSONEncodeError):
        return False
    return written == text or _unspaced(written) == _unspaced(text)


def _unspaced(text: str) -> str:
    return text.replace(", ", ",").replace(": ", ":")


def _is_whole(written: bytes, content: bytes) -> bool:
    """Whether a value, as orjson writes it, is all that is in a text that spells it in another way."""
    if written.count(b":") != content.count(b":"):
        return False
    _, *escaped = content.split(b"\\u00")
    if any(one[:1] in _ASCII_DIGITS for one in escaped):
        return False
    return not (_LARGE_HINT in written and _LARGE.search(written))


def _written_flat(value: Any, content: bytes) -> bytes:
    """The value as orjson writes it, in lines where the content has them. Raises TypeError beyond DEPTH levels."""
    if content[1:2] == b"\n":
        written = orjson.dumps(value, option=orjson.OPT_INDENT_2)
        if _DEEP_LINE in written:
            raise TypeError
        return written
    if len(content) <= 2 * DEPTH or content.count(b"{") + content.count(b"[") <= DEPTH:  # a level takes two characters
        return orjson.dumps(value)
    for _ in range(_AROUND):
        value = [value]
    return orjson.dumps(value)[_AROUND:-_AROUND]


def _read_strictly(text: str) -> Any:
    try:
        value = _DECODER.decode(text)
    except RecursionError:
        raise ValueError(_TOO_DEEP) from None
    if text.count("[") + text.count("{") > DEPTH:
        _check_depth(value)
    return value


def skim(content: bytes | str) -> Any:
    """The value of a JSON text, at a fifth of the cost of ``read``. Raises ValueError.

    It is not for values that are kept or compared: a later key replaces an earlier one of the same name, and an
    integer beyond 64 bits becomes a float.
    """
    return orjson.loads(content)


def is_deeper(value: Any, levels: int) -> bool:
    """Whether anything in a JSON value is within more than ``levels`` objects and lists; True is not certain."""
    try:
        return b"\n" + b"  " * (levels + 1) in orjson.dumps(value, option=orjson.OPT_INDENT_2)
    except (TypeError, orjson.JSONEncodeError):
        return True


def _check_depth(value: Any) -> None:
    """Refuse a depth at which ``copy.deepcopy``, pydantic or YAML would fail later, each at a different one."""
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


def _check_finite(value: Any, written: str) -> None:
    """Refuse NaN and the infinities: JSON cannot express them, and orjson writes null."""
    if "null" not in written:
        return
    with suppress(ValueError):  # the standard library wrote what orjson does not read
        if orjson.loads(written) == value:
            return
    found = [value]
    while found:
        one = found.pop()
        kind = type(one)
        if kind is float:
            if not math.isfinite(one):
                raise ValueError(f"{one} is not JSON")
        elif kind is dict:
            found.extend(one.values())
        elif kind is list or kind is tuple:
            found.extend(one)


def check_finite(value: Any) -> None:
    """Raises ValueError for a value with NaN or an infinity in it, which JSON cannot express."""
    with suppress(TypeError, orjson.JSONEncodeError):  # what orjson does not write, the writers write with a check
        _check_finite(value, orjson.dumps(value).decode())


def write_equally(value: Any) -> bytes:
    """Compact JSON that is the same for values that are equal as JSON: keys sorted, 1.0 as 1.

    NaN is null. Raises TypeError for what orjson does not write: half a character, an integer beyond 64 bits.
    """
    written = orjson.dumps(value, option=orjson.OPT_SORT_KEYS)
    if not _MAY_BE_WHOLE.search(written):
        return written
    return orjson.dumps(_with_integers(value), option=orjson.OPT_SORT_KEYS)


def _with_integers(value: Any) -> Any:
    """The value with integers in the place of whole floats."""
    if isinstance(value, dict):
        return {key: _with_integers(item) for key, item in value.items()}
    if isinstance(value, list):
        return list(map(_with_integers, value))
    return int(value) if isinstance(value, float) and value.is_integer() else value


def write_line(value: Any) -> str:
    """Compact JSON as a server sends it: on one line by any definition of a line, and encodable as UTF-8.

    Raises ValueError or TypeError for what is not a JSON value.
    """
    text = rewrite_line(value)
    _check_finite(value, text)
    return text


def rewrite_line(value: Any) -> str:
    """What ``write_line`` gives, for a value without NaN and infinities, such as one that was read."""
    try:
        text = orjson.dumps(value).decode()
    except (TypeError, orjson.JSONEncodeError):  # lone surrogates, integers beyond 64 bits, 254 levels: orjson's limits
        return json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text if text.isascii() and "\x7f" not in text else _UNSAFE_ON_A_LINE.sub(_escape, text)


def write_document(value: Any) -> str:
    """``json.dumps(value, indent=2)`` and a final newline: the recorder's text, at a fraction of the cost.

    Raises ValueError or TypeError for what is not a JSON value.
    """
    text = rewrite_document(value)
    _check_finite(value, text)
    return text


def rewrite_document(value: Any) -> str:
    """What ``write_document`` gives, for a value without NaN and infinities, such as one that was read."""
    try:
        written = orjson.dumps(value, option=orjson.OPT_INDENT_2)
    except (TypeError, orjson.JSONEncodeError):
        return json.dumps(value, indent=2, allow_nan=False) + "\n"
    return _as_json_dumps(written.decode() + "\n")


def _as_json_dumps(text: str) -> str:
    """orjson's indented text, a line feed at its end, in the spelling of ``json.dumps``: exponents, ASCII."""
    for mark, pattern in _RESPELLED.items():
        if mark in text and (ends := [found.end() for found in pattern.finditer(text)]):
            text = _with_exponents(text, ends)
    odd = text.encode().translate(None, _ASCII)
    if not odd:
        return text
    characters = set(odd.decode())
    if len(characters) > _FEW:
        return _NOT_ASCII.sub(_escape, text)
    for character in characters:
        text = text.replace(character, json.dumps(character)[1:-1])
    return text


def _with_exponents(text: str, ends: list[int]) -> str:
    """The text with the numbers that end at these places as ``repr`` spells them."""
    parts: list[str] = []
    done = 0
    for end in ends:
        start = text.rfind(" ", 0, end) + 1
        parts += (text[done:start], repr(float(text[start:end])))
        done = end
    return "".join([*parts, text[done:]])


def _escape(match: re.Match[str]) -> str:
    """Characters written as ``\\uXXXX`` (surrogate pairs beyond U+FFFF)."""
    return json.dumps(match.group())[1:-1]


# --- positions

_TOKEN = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"|[{}\[\],]', re.DOTALL)
_COLON = re.compile(r"\s*:")
_CHARACTER = re.compile(
    r"\\u[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|\\u[0-9a-fA-F]{4}|\\.|[^\\]", re.DOTALL
)


class ValueSpan(NamedTuple):
    """Where a string or a list is in a JSON text: a string without its quotes, a list with its brackets."""

    path: Place
    start: int
    end: int


def spans(text: str) -> Iterator[ValueSpan]:
    """Every string value and every list of a valid JSON text; a key that occurs twice gives its path twice."""
    steps: list[str | int] = []  # for each open container the key or index that the reader is at
    opened: list[int] = []
    for match in _TOKEN.finditer(text):
        token = match.group()
        if token in "{[":
            steps.append("" if token == "{" else 0)
            opened.append(match.start())
        elif token in "}]":
            steps.pop()
            start = opened.pop()
            if token == "]":
                yield ValueSpan(tuple(steps), start, match.end())
        elif token == ",":
            if isinstance(steps[-1], int):
                steps[-1] += 1
        elif steps and isinstance(steps[-1], str) and _COLON.match(text, match.end()):
            steps[-1] = json.loads(token) if "\\" in token else token[1:-1]
        else:
            yield ValueSpan(tuple(steps), match.start() + 1, match.end() - 1)


def position(text: str, span: ValueSpan) -> Callable[[int], int]:
    """A function from an index into a string's value to the index in the text, past the escapes before it."""
    if "\\" not in text[span.start : span.end]:
        return lambda index: span.start + index
    places = [match.start() for match in _CHARACTER.finditer(text, span.start, span.end)]
    places.append(span.end)
    return places.__getitem__


def unescaped(text: str) -> str:
    """The value of a JSON string without its quotes, one character for each that ``position`` counts.

    Of an escape that JSON does not have, or that is cut off, the last character stays.
    """
    if "\\" not in text:
        return text
    return "".join(_unescape(match.group()) for match in _CHARACTER.finditer(text))


def _unescape(character: str) -> str:
    try:
        return str(json.loads(f'"{character}"', strict=False)) if len(character) > 1 else character
    except ValueError:
        return character[-1]


def lines_of(text: str) -> dict[str, int]:
    """The line of each string and list of a valid JSON text by its JSON path; an object has that of its first one."""
    found = {"": 1}
    line, end = 1, 0
    for span in sorted(spans(text), key=lambda span: span.start):
        line += text.count("\n", end, span.start)
        end = span.start
        place = span.path
        while (where := json_path.write(place)) not in found:
            found[where] = line
            place = place[:-1]
    return found
