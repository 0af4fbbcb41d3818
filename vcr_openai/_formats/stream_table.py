"""A stream's chunks as a table: what they share is written once, then one row for each chunk.

A table has ``chunk`` (a template of the chunks), ``fields`` (names for places in it), ``row`` (the fields that a bare
row gives), ``shapes`` (further kinds of chunks, by name), ``count`` (a number that goes up by one from chunk to chunk,
and where it starts) and ``chunks``, the rows. A row is a bare value or list for ``row``, an object of fields,
``{<shape>: row}`` of another shape, or ``{chunk: …}`` for a chunk that is written out. Without ``chunk`` every row is a
chunk that is written out.

``each_chunk(tabulate(chunks))`` gives the same chunks: where a table would not, ``tabulate`` writes them all out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from vcr_openai._errors import MalformedInteraction, describe
from vcr_openai._formats.stream_shapes import Row, StreamShape, assign, find, flatten, row_of
from vcr_openai._json import json_path
from vcr_openai._json.json_diff import same
from vcr_openai._json.json_path import Place
from vcr_openai._json.json_places import Form, at, form_of, replaced
from vcr_openai._yaml.yaml_writer import Compact, OneLine, Rows, one_line

_KEYS = tuple("count chunk fields row shapes chunks done comments".split())  # the last two are for body_layouts
_SHAPE_KEYS = ("set", "chunk", "fields", "row")
_WHOLE = "chunk"  # the name, in a row, of a chunk that is written out
_LONG_TEXT = 100  # characters of a text from which a row is written in several lines
_ROW = 400  # characters of a row on one line at most


def tabulate(chunks: list[Any]) -> dict[str, Any]:
    """The table of a stream's chunks."""
    if all(isinstance(chunk, dict) for chunk in chunks):
        count = _counted(chunks)
        bare = [{**chunk, **dict.fromkeys(count)} for chunk in chunks] if count else chunks
        flats = list(map(flatten, bare))
        if shapes := find(bare, flats):
            table = {**({"count": count} if count else {}), **_table(shapes, assign(bare, flats, shapes))}
            if all(map(same, each_chunk(table), chunks)):
                return table
    return {"chunks": chunks}


def _counted(chunks: list[dict[str, Any]]) -> dict[str, int]:
    """The keys whose number goes up by one with each chunk, with the first one."""
    if len(chunks) < 3:  # two numbers may be consecutive by accident
        return {}
    first = {key: number for key, number in chunks[0].items() if type(number) is int}
    return {
        key: start
        for key, start in first.items()
        if all(type(chunk.get(key)) is int and chunk[key] == start + n for n, chunk in enumerate(chunks))
    }


def _table(shapes: list[StreamShape], assigned: list[tuple[StreamShape, Row]]) -> dict[str, Any]:
    """The table without its count."""
    default = shapes[0]
    used = {shape.structure for shape, _ in assigned}
    others = [shape for shape in shapes[1:] if shape.structure in used]
    names = {}
    for shape in [default, *others]:
        places = [*shape.row, *(place for its, row in assigned if its is shape for place in row if place)]
        names[shape.structure] = _names(dict.fromkeys(places), shape.base)
    titles = {default.structure: ""}
    taken = {_WHOLE, *default.base, *names[default.structure].values()}
    definitions = {}
    for shape in others:
        title = _fresh(_titles(shape, names[shape.structure], default), taken)
        taken.add(title)
        titles[shape.structure] = title
        definitions[title] = {**_defined(shape, default), **_declared(shape, names[shape.structure])}
    table = {"chunk": default.base, **_declared(default, names[default.structure])}
    rows = [_written(shape, row, names[shape.structure], titles[shape.structure]) for shape, row in assigned]
    return {**table, **({"shapes": definitions} if definitions else {}), "chunks": rows}


def _names(paths: Iterable[Place], base: dict[str, Any]) -> dict[Place, str]:
    """A name for each place: its last key, with the keys before it where another place has that name."""
    names: dict[Place, str] = {}
    taken = {_WHOLE, *base}
    for path in paths:
        keys = [str(step) for step in path if isinstance(step, str)]
        if len(path) == 1 and keys[0] in base and keys[0] != _WHOLE:
            names[path] = keys[0]
        else:
            names[path] = _fresh((".".join(keys[start:]) for start in reversed(range(len(keys)))), taken)
        taken.add(names[path])
    return names


def _titles(shape: StreamShape, names: dict[Place, str], default: StreamShape) -> Iterator[str]:
    """Names for a shape, the best first: its type, the fields of its rows, an object that the default does not have."""
    kind = shape.base.get("type")
    if isinstance(kind, str) and ("type",) not in names:
        yield kind
    yield from (names[path] for path in shape.row if path != ("type",))
    yield from (key for key, value in shape.base.items() if isinstance(value, dict) and key not in default.base)
    yield from (str(path[-1]) for path in row_of(default, shape.base) if path)
    yield "other"


def _fresh(wanted: Iterable[str], taken: set[str]) -> str:
    name = ""
    for name in wanted:
        if name not in taken:
            return name
    number = 2
    while f"{name}_{number}" in taken:
        number += 1
    return f"{name}_{number}"


def _declared(shape: StreamShape, names: dict[Place, str]) -> dict[str, Any]:
    fields = {name: json_path.write(path) for path, name in names.items() if path != (name,) or name not in shape.base}
    row = [names[path] for path in shape.row]
    return {**({"fields": fields} if fields else {}), **({"row": row[0] if len(row) == 1 else row} if row else {})}


def _defined(shape: StreamShape, default: StreamShape) -> dict[str, Any]:
    changes = row_of(default, shape.base)
    if () in changes:
        return {"chunk": shape.base}
    return {"set": {json_path.write(path): value for path, value in changes.items()}}


def _written(shape: StreamShape, row: Row, names: dict[Place, str], title: str) -> Any:
    if () in row:
        return {_WHOLE: row[()]}
    values = [row.get(path, at(shape.base, path)) for path in shape.row]
    written: Any = {names[path]: value for path, value in row.items()}
    fits = all(_fits(at(shape.base, path), value) for path, value in zip(shape.row, values, strict=True))
    if values and fits and set(row) <= set(shape.row):
        if len(values) > 1:
            named = {names[path]: value for path, value in zip(shape.row, values, strict=True)}
            written = named if _has_long_text(values) else values
        elif not isinstance(values[0], (dict, list)):
            written = values[0]
    return {title: written} if title else written


def _fits(blank: Any, value: Any) -> bool:
    """Whether a bare row may have this value: in the place of text, a number is text that lacks its quotes."""
    return not isinstance(blank, str) or not isinstance(value, (int, float))


def _has_long_text(value: Any) -> bool:
    """Whether a row has so much text that it is written in several lines, each value with its name."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return any(map(_has_long_text, value))
    return isinstance(value, str) and len(value) > _LONG_TEXT


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


def each_chunk(table: dict[str, Any]) -> Iterator[Any]:
    """The chunks of a table, which a person may have edited; each is valid until the next one is asked for.

    Raises MalformedInteraction at the row's path.
    """
    _refuse_others(table, _KEYS)
    rows = _part(table, "chunks", list, None)
    count = _part(table, "count", dict, {})
    for key, start in count.items():
        if type(start) is not int:
            raise MalformedInteraction(json_path.write(("count", key)), "a whole number", describe(start))
    if "chunk" not in table:
        yield from (_numbered(row, count, number) for number, row in enumerate(rows))
        return
    default = _kind(table, table["chunk"])
    kinds = {name: _other_kind(name, shape, default) for name, shape in _part(table, "shapes", dict, {}).items()}
    for number, row in enumerate(rows):
        try:
            chunk = _numbered(_chunk(row, default, kinds), count, number)
        except MalformedInteraction as error:
            raise error.within(f"chunks[{number}]") from None
        yield chunk


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


def _chunk(row: Any, default: _RowKind, kinds: dict[str, _RowKind]) -> Any:
    """The chunk of one row."""
    if isinstance(row, dict) and len(row) == 1:
        ((name, inner),) = row.items()
        if name == _WHOLE:
            return inner
        if name in kinds:
            return _filled(kinds[name], inner)
    return _filled(default, row)


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
        if not isinstance(value, str) and not _fits(_found(kind.base, place), value):
            raise MalformedInteraction("", "text (a number needs quotes)", describe(value))
        chunk = _replaced(chunk, place, value)
    return chunk


def _found(value: Any, path: Place) -> Any:
    """The value at a place, None where there is no such place."""
    try:
        return at(value, path)
    except (LookupError, TypeError):
        return None


def _numbered(chunk: Any, count: dict[str, Any], number: int) -> Any:
    if not count or not isinstance(chunk, dict):
        return chunk
    return {**chunk, **{key: start + number for key, start in count.items() if key in chunk}}


# --- the layout of a table in YAML


def laid_out(table: dict[str, Any]) -> dict[str, Any]:
    """The table for ``yaml_writer``: a line for each row, and a ``chunk`` as compact as it can be read."""
    written_out = "chunk" not in table
    shown = {key: _LAYOUT[key](value) if key in _LAYOUT else value for key, value in table.items()}
    shown["chunks"] = Rows([Compact(row) if written_out else _row_layout(row) for row in table["chunks"]])
    return shown


def _row_layout(row: Any) -> Any:
    if isinstance(row, str):
        return row
    if isinstance(row, dict) and list(row) == [_WHOLE] and isinstance(row[_WHOLE], dict):
        return Compact(row)
    return Compact(row) if _has_long_text(row) or len(one_line(row)) > _ROW else OneLine(row)


def _shapes_layout(shapes: dict[str, Any]) -> dict[str, Any]:
    return {name: {key: Compact(part) for key, part in shape.items()} for name, shape in shapes.items()}


_LAYOUT: dict[str, Any] = {"chunk": Compact, "count": OneLine, "row": _row_layout, "shapes": _shapes_layout}
