"""A stream's chunks as a table: what they share is written once, then one row for each chunk.

A table has ``chunk`` (a template of the chunks), ``fields`` (names for places in it), ``row`` (the fields that a bare
row gives), ``shapes`` (further kinds of chunks, by name), ``count`` (a number that goes up by one from chunk to chunk,
and where it starts) and ``chunks``, the rows. A row is a bare value or list for ``row``, an object of fields,
``{<shape>: row}`` of another shape, or ``{chunk: …}`` for a chunk that is written out. Without ``chunk`` every row is a
chunk that is written out.

``each_chunk(tabulate(chunks))`` gives the same chunks: where a table would not, ``tabulate`` writes them all out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from vcr_openai._formats.stream_rows import WHOLE, each_chunk, fits
from vcr_openai._formats.stream_shapes import Row, StreamShape, assign, find, flatten, row_of
from vcr_openai._json import json_path
from vcr_openai._json.json_diff import same
from vcr_openai._json.json_path import Place
from vcr_openai._yaml.yaml_writer import Compact, OneLine, Rows

_LONG_TEXT = 100  # characters of a text from which a row is written in several lines
_ROW = 400  # characters of a row on one line at most


def tabulate(chunks: list[Any], proves: Callable[[dict[str, Any]], bool] | None = None) -> dict[str, Any]:
    """The table of a stream's chunks. ``proves`` says whether a table gives them; else their values are compared."""
    if all(isinstance(chunk, dict) for chunk in chunks):
        count = _counted(chunks)
        bare = [{**chunk, **dict.fromkeys(count)} for chunk in chunks] if count else chunks
        flats = list(map(flatten, bare))
        if shapes := find(bare, flats):
            table = {**({"count": count} if count else {}), **_table(shapes, assign(bare, flats, shapes))}
            if proves(table) if proves else all(map(same, each_chunk(table), chunks)):
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
    taken = {WHOLE, *default.base, *names[default.structure].values()}
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
    taken = {WHOLE, *base}
    for path in paths:
        keys = [str(step) for step in path if isinstance(step, str)]
        if len(path) == 1 and keys[0] in base and keys[0] != WHOLE:
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
    fields = {
        name: json_path.write_place(path) for path, name in names.items() if path != (name,) or name not in shape.base
    }
    row = [names[path] for path in shape.row]
    return {**({"fields": fields} if fields else {}), **({"row": row[0] if len(row) == 1 else row} if row else {})}


def _defined(shape: StreamShape, default: StreamShape) -> dict[str, Any]:
    changes = row_of(default, shape.base)
    if () in changes:
        return {"chunk": shape.base}
    return {"set": {json_path.write_place(path): value for path, value in changes.items()}}


def _written(shape: StreamShape, row: Row, names: dict[Place, str], title: str) -> Any:
    if () in row:
        return {WHOLE: row[()]}
    if len(row) == 1 and shape.row == (*row,) and type(value := row[shape.row[0]]) is str:
        return {title: value} if title else value
    written: Any = {names[path]: value for path, value in row.items()}
    if shape.row and row.keys() <= shape.bare:
        values = [row.get(path, blank) for path, blank in zip(shape.row, shape.blanks, strict=True)]
        if all(map(fits, shape.blanks, values)):
            if len(values) > 1:
                named = {names[path]: value for path, value in zip(shape.row, values, strict=True)}
                written = named if _has_long_text(values) else values
            elif not isinstance(values[0], (dict, list)):
                written = values[0]
    return {title: written} if title else written


def _has_long_text(value: Any) -> bool:
    """Whether a row has so much text that it is written in several lines, each value with its name."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return any(map(_has_long_text, value))
    return isinstance(value, str) and len(value) > _LONG_TEXT


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
    if isinstance(row, dict) and list(row) == [WHOLE] and isinstance(row[WHOLE], dict):
        return Compact(row)
    line = OneLine(row)
    if len(line.text) <= _LONG_TEXT:
        return line
    return Compact(row) if _has_long_text(row) or len(line.text) > _ROW else line


def _shapes_layout(shapes: dict[str, Any]) -> dict[str, Any]:
    return {name: {key: Compact(part) for key, part in shape.items()} for name, shape in shapes.items()}


_LAYOUT: dict[str, Any] = {"chunk": Compact, "count": OneLine, "row": _row_layout, "shapes": _shapes_layout}
