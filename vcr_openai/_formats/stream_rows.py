"""A stream's table read: the chunk of each row.

``stream_table`` says what a table has. A person may have written it.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vcr_openai._errors import MalformedInteraction, describe
from vcr_openai._json import json_path
from vcr_openai._json.json_path import Place
from vcr_openai._json.json_places import Form, at, form_of, replaced

WHOLE = "chunk"  # the name, in a row, of a chunk that is written out
_KEYS = tuple("count chunk fields row shapes chunks done comments".split())  # the last two are for body_layouts
_SHAPE_KEYS = ("set", "chunk", "fields", "row")


@dataclass(frozen=True)
class _RowKind:
    """A shape as a table defines it: its row is None where no bare row is allowed, one place, or several."""

    base: dict[str, Any]
    fields: dict[str, Place]
    row: Place | list[Place] | None

    @cached_property
    def form(self) -> Form | None:
        """A chunk of its own for the values of bare rows; None where one of their places is within another."""
        return form_of(self.base, self.row if isinstance(self.row, list) else [self.row or ()])


@dataclass(frozen=True)
class _Table:
    """A table: without a default shape every row is a chunk that is written out."""

    rows: list[Any]
    count: dict[str, int]
    default: _RowKind | None
    kinds: dict[str, _RowKind]

    def chunk(self, number: int) -> Any:
        """The chunk of a row. Raises MalformedInteraction at the row's path."""
        row = self.rows[number]
        if self.default is not None:
            try:
                kind, row = self._kind_of(row, self.default)
                row = row if kind is None else _filled(kind, row)
            except MalformedInteraction as error:
                raise error.within(f"chunks[{number}]") from None
        return _numbered(row, self.count, number) if self.count else row

    def _kind_of(self, row: Any, default: _RowKind) -> tuple[_RowKind | None, Any]:
        """The kind of a row and what it gives; without a kind, the chunk."""
        if isinstance(row, dict) and len(row) == 1:
            ((name, inner),) = row.items()
            if name == WHOLE:
                return None, inner
            if name in self.kinds:
                return self.kinds[name], inner
        return default, row


def each_chunk(table: dict[str, Any]) -> Iterator[Any]:
    """The chunks of a table, which a person may have edited; each is valid until the next one is asked for.

    Raises MalformedInteraction at the row's path.
    """
    read = _read(table)
    return map(read.chunk, range(len(read.rows)))


def _read(table: dict[str, Any]) -> _Table:
    """The table. Raises MalformedInteraction for anything that is wrong with more than a row."""
    _refuse_others(table, _KEYS)
    rows = _part(table, "chunks", list, None)
    count = _part(table, "count", dict, {})
    for key, start in count.items():
        if type(start) is not int:
            raise MalformedInteraction(json_path.write(("count", key)), "a whole number", describe(start))
    if "chunk" not in table:
        return _Table(rows, count, None, {})
    default = _kind(table, table["chunk"])
    kinds = {name: _other_kind(name, shape, default) for name, shape in _part(table, "shapes", dict, {}).items()}
    return _Table(rows, count, default, kinds)


def _part(table: dict[str, Any], key: str, kind: type, default: Any) -> Any:
    value = table.get(key, default)
    if not isinstance(value, kind):
        expected = "a list" if kind is list else "an object"
        raise MalformedInteraction(key if key in table else "", f"{expected} {key!r}", describe(value))
    return value


def _refuse_others(table: dict[str, Any], known: tuple[str, ...]) -> None:
    for key in table:
        if key not in known:
            raise MalformedInteraction(json_path.write((key,)), f"a key among {', '.join(known)}", "another key")


def _other_kind(name: str, shape: Any, default: _RowKind) -> _RowKind:
    where = json_path.write(("shapes", name))
    if not isinstance(shape, dict) or not {"set", "chunk"} & set(shape):
        raise MalformedInteraction(where, "an object with 'set' or 'chunk'", describe(shape))
    try:
        _refuse_others(shape, _SHAPE_KEYS)
        base = shape.get("chunk", default.base)
        for path, value in _part(shape, "set", dict, {}).items():
            base = _replaced(base, _place(path), value)
        return _kind(shape, base)
    except MalformedInteraction as error:
        raise error.within(where) from None


def _kind(shape: dict[str, Any], base: Any) -> _RowKind:
    if not isinstance(base, dict):
        raise MalformedInteraction("chunk", "an object", describe(base))
    fields: dict[str, Place] = {name: (name,) for name in base}
    for name, path in _part(shape, "fields", dict, {}).items():
        try:
            fields[name] = _place(path)
        except MalformedInteraction as error:
            raise error.within(json_path.write(("fields", name))) from None
    row = shape.get("row")
    if row is None:
        return _RowKind(base, fields, None)
    unknown = [name for name in (row if isinstance(row, list) else [row]) if name not in list(fields)]
    if unknown:
        raise MalformedInteraction("row", f"names among {', '.join(fields)}", describe(unknown[0]))
    return _RowKind(base, fields, [fields[name] for name in row] if isinstance(row, list) else fields[row])


def _place(path: Any) -> Place:
    expected = "a path such as choices[0].delta.content"
    if not isinstance(path, str):
        raise MalformedInteraction("", expected, describe(path))
    try:
        return json_path.parse_place(path)
    except ValueError:
        raise MalformedInteraction("", expected, repr(path[:80])) from None


def _replaced(chunk: Any, place: Place, value: Any) -> Any:
    try:
        return replaced(chunk, place, value)
    except LookupError:
        raise MalformedInteraction("", "a place that the chunk has", json_path.write(place)) from None


def _filled(kind: _RowKind, row: Any) -> Any:
    if isinstance(row, dict):
        unknown = [name for name in row if name not in kind.fields]
        if unknown:
            raise MalformedInteraction("", f"fields among {', '.join(kind.fields)}", describe(unknown[0]))
        chunk: Any = kind.base
        for name, value in row.items():
            chunk = _replaced(chunk, kind.fields[name], value)
        return chunk
    if isinstance(kind.row, list):
        if not isinstance(row, list) or len(row) != len(kind.row):
            raise MalformedInteraction("", f"a list of {len(kind.row)} for 'row', or fields by name", describe(row))
        return _with_values(kind, kind.row, row)
    if kind.row is None or isinstance(row, list):
        expected = "fields by name" if kind.row is None else "one value for 'row', or fields by name"
        raise MalformedInteraction("", expected, describe(row))
    return _with_values(kind, [kind.row], [row])


def _with_values(kind: _RowKind, places: list[Place], values: list[Any]) -> Any:
    """The base with the values of a bare row."""
    if kind.form is not None:
        chunk, gaps = kind.form
        for (container, step, is_text), value in zip(gaps, values, strict=True):
            if is_text and isinstance(value, (int, float)):
                raise MalformedInteraction("", "text (a number needs quotes)", describe(value))
            container[step] = value
        return chunk
    chunk = kind.base
    for place, value in zip(places, values, strict=True):
        if not isinstance(value, str) and not fits(_found(kind.base, place), value):
            raise MalformedInteraction("", "text (a number needs quotes)", describe(value))
        chunk = _replaced(chunk, place, value)
    return chunk


def fits(blank: Any, value: Any) -> bool:
    """Whether a bare row may have this value: in the place of text, a number is text that lacks its quotes."""
    return not isinstance(blank, str) or not isinstance(value, (int, float))


def _found(value: Any, path: Place) -> Any:
    """The value at a place, None where there is no such place."""
    try:
        return at(value, path)
    except (LookupError, TypeError):
        return None


def _numbered(chunk: Any, count: dict[str, Any], number: int) -> Any:
    if not isinstance(chunk, dict):
        return chunk
    return {**chunk, **{key: start + number for key, start in count.items() if key in chunk}}
