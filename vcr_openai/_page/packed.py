"""A JSON value in few characters: what occurs more than once is written once, all of it compressed, as base 85.

``files/page.js`` reads it. The value becomes ``[value, pool]``, in which ``{"@": 3}`` stands for the third value of the
pool (from 0), ``{"@": "12"}`` for a number that JavaScript does not have, and ``{"@": [[name, value], …]}`` for an
object that has a member ``@`` itself.
"""

from __future__ import annotations

import base64
import gzip
from typing import Any, Final

from vcr_openai._json import json_text

_LEAST: Final = 40  # characters of a value from which a reference is shorter, even after compression
_REFERENCE: Final = 8  # characters
_EXACT: Final = 2**53  # up to which JavaScript has all integers
_SCALAR: Final = 6  # characters, about
MARK: Final = "@"


def packed(value: Any) -> str:
    """The value as text that is safe in a ``script`` element of HTML: it has no ``<``, and no blank."""
    text = json_text.rewrite_line(_Pool(value).document())
    return base64.b85encode(gzip.compress(text.encode(), mtime=0)).decode().replace("<", ",")


class _Pool:
    """The values of a document that occur more than once."""

    def __init__(self, value: Any) -> None:
        self._value = value
        self._numbers: dict[tuple[Any, ...], int] = {}  # of each different value, by what it consists of
        self._counts: list[int] = []
        self._places: dict[int, int] = {}
        self._pool: list[Any] = []

    def document(self) -> list[Any]:
        """The value with references, and the pool."""
        self._count(self._value)
        return [self._written(self._value)[1], self._pool]

    def _count(self, value: Any) -> int:
        """Count a value and all in it; its number."""
        inner: list[Any]
        if isinstance(value, dict):
            inner = [(str(name), self._count(one)) for name, one in value.items()]
        else:
            inner = [self._count(one) for one in value] if isinstance(value, (list, tuple)) else []
        number = self._number(value, inner)
        self._counts[number] += 1
        return number

    def _number(self, value: Any, inner: list[Any]) -> int:
        is_container = isinstance(value, (dict, list, tuple))
        key = (isinstance(value, dict), *inner) if is_container else (type(value), value)
        number = self._numbers.setdefault(key, len(self._counts))
        if number == len(self._counts):
            self._counts.append(0)
        return number

    def _written(self, value: Any) -> tuple[int, Any, int]:
        """The number of a value, how it is written, and about how many characters that takes."""
        inner: list[Any]
        written: Any
        if isinstance(value, dict):
            members = [(str(name), *self._written(one)) for name, one in value.items()]
            inner = [(name, number) for name, number, _, _ in members]
            written = _object([(name, one) for name, _, one, _ in members])
            size = sum(len(name) + length + 4 for name, _, _, length in members)
        elif isinstance(value, (list, tuple)):
            items = [self._written(one) for one in value]
            inner = [number for number, _, _ in items]
            written = [one for _, one, _ in items]
            size = sum(length + 1 for _, _, length in items)
        else:
            inner, written = [], _scalar(value)
            size = len(value) if isinstance(value, str) else _SCALAR
        number = self._number(value, inner)
        if size < _LEAST or self._counts[number] == 1:
            return number, written, size
        if number not in self._places:
            self._places[number] = len(self._pool)
            self._pool.append(written)
        return number, {MARK: self._places[number]}, _REFERENCE


def _object(members: list[tuple[str, Any]]) -> dict[str, Any]:
    written = dict(members)
    return {MARK: [list(member) for member in members]} if MARK in written else written


def _scalar(value: Any) -> Any:
    if isinstance(value, int) and not isinstance(value, bool) and abs(value) >= _EXACT:
        return {MARK: str(value)}
    return value if value is None or isinstance(value, (str, int, float)) else str(value)
