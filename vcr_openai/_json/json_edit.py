"""An edit of a JSON text: one value is replaced or added, and every other character stays as it was."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

from vcr_openai._json.json_path import Place

_DECODER = json.JSONDecoder(strict=False)
_SPACE = re.compile(r"[ \t\r\n]*")
_INDENT = re.compile(r"\n([ \t]*)[^ \t\n]")


def with_value(text: str, place: Place, value: Any) -> str:
    """The text with a value at a place: in the place of the old one, or as the last member of its object.

    It is written as its surroundings are: on one line or indented, in ASCII. Raises ValueError where the text is not
    JSON or has no such place, or JSON cannot express the value.
    """
    try:
        return _with_value(text, place, value)
    except TypeError as error:
        raise ValueError(f"expected a JSON value ({error})") from error
    except IndexError as error:
        raise ValueError("expected JSON, found a text that ends within it") from error


def _with_value(text: str, place: Place, value: Any) -> str:
    start, end = _span(text, place[:-1])
    for step, first, last in _members(text, start):
        if step == place[-1]:
            return text[:first] + _written(value, text, start, end) + text[last:]
    if not isinstance(place[-1], str) or text[start] != "{":
        raise ValueError(f"expected a place for the member {place[-1]!r}")
    return text[:start] + _with_member(text[start:end], text, start, json.dumps(place[-1]), value) + text[end:]


def _span(text: str, place: Place) -> tuple[int, int]:
    """The first character of the value at a place, and the one after it."""
    start = _skipped(text, 1 if text.startswith("\ufeff") else 0)
    for step in place:
        start = next((first for found, first, _ in _members(text, start) if found == step), -1)
        if start < 0:
            raise ValueError(f"expected a value at {step!r}")
    return start, _end(text, start)


def _members(text: str, start: int) -> Iterator[tuple[str | int, int, int]]:
    """The name or index, the first character and the one after the value, of what is in an object or list."""
    if text[start] not in "{[":
        return
    closing = "}" if text[start] == "{" else "]"
    position, index = _skipped(text, start + 1), 0
    while text[position] != closing:
        step: str | int = index
        if closing == "}":
            step, position = _DECODER.raw_decode(text, position)
            position = _skipped(text, _skipped(text, position) + 1)
        end = _end(text, position)
        yield step, position, end
        position, index = _skipped(text, end), index + 1
        if text[position] == ",":
            position = _skipped(text, position + 1)


def _end(text: str, start: int) -> int:
    return _DECODER.raw_decode(text, start)[1]


def _skipped(text: str, position: int) -> int:
    match = _SPACE.match(text, position)
    return match.end() if match else position


def _written(value: Any, text: str, start: int, end: int) -> str:
    """The text of a value in the object or list from ``start`` to ``end``."""
    inner = _INDENT.match(text, _line_end(text, start + 1))
    if not isinstance(value, (dict, list)) or inner is None or "\n" not in text[start:end]:
        compact = '":' in text[start:end] and '": ' not in text[start:end]
        return json.dumps(value, separators=(",", ":") if compact else None)
    step = inner[1][len(_indent_at(text, start)) :]
    return json.dumps(value, indent=step or 2).replace("\n", f"\n{inner[1]}")


def _with_member(old: str, text: str, start: int, name: str, value: Any) -> str:
    members = list(_members(old, 0))
    written = _written(value, text, start, start + len(old))
    if not members:
        return f"{{{name}: {written}}}"
    last = members[-1][2]
    separator = _INDENT.match(old, _line_end(old, 1))
    before = f",\n{separator[1]}" if separator else ", "
    return f"{old[:last]}{before}{name}: {written}{old[last:]}"


def _line_end(text: str, position: int) -> int:
    """The next line end where only blanks come before it, else the position."""
    match = re.compile(r"[ \t\r]*(?=\n)").match(text, position)
    return match.end() if match else position


def _indent_at(text: str, position: int) -> str:
    line = text[text.rfind("\n", 0, position) + 1 : position]
    return line[: len(line) - len(line.lstrip(" \t"))]
