"""A stream's chunks as a table: what they share once, then for each chunk what it alone says.

A table has ``chunk`` (what every chunk says unless its row says otherwise), ``fields`` (names for places in it),
``row`` (the fields that a bare row gives), ``shapes`` (further kinds of chunks, by name), ``count`` (a number that goes
up by one from chunk to chunk, and where it starts) and ``chunks``, the rows. A row is a bare value or list for ``row``,
an object of fields, ``{<shape>: row}`` of another shape, or ``{chunk: …}`` for a chunk that is written out. Without
``chunk`` every row is a chunk that is written out.

The rule of this file: ``chunks_of(tabulate(chunks))`` is the same chunks, or ``tabulate`` writes them all out.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from vcr_openai._errors import MalformedInteraction, describe
from vcr_openai._formats.stream_shapes import Row, Shape, assign, find, row_of
from vcr_openai._json.json_diff import Path, at, parse, replaced, same, spell

_KEYS = (
    "count",
    "chunk",
    "fields",
    "row",
    "shapes",
    "chunks",
    "done",
    "comments",
)  # the last two are the body's, see body_forms
_SHAPE_KEYS = ("set", "chunk", "fields", "row")
_WHOLE = "chunk"  # the name, among a row's, of a chunk that is written out
_LONG_TEXT = 100  # characters of one text from which a row is read by lines


def tabulate(chunks: list[Any]) -> dict[str, Any]:
    """The table of a stream's chunks."""
    if all(isinstance(chunk, dict) for chunk in chunks):
        count = _counted(chunks)
        bare = [{**chunk, **dict.fromkeys(count)} for chunk in chunks]
        if shapes := find(bare):
            table = {**({"count": count} if count else {}), **_table(shapes, assign(bare, shapes))}
            if all(map(same, chunks_of(table), chunks)):
                return table
    return {"chunks": chunks}


def _counted(chunks: list[dict[str, Any]]) -> dict[str, int]:
    """The keys whose number goes up by one with each chunk, with the first one."""
    if len(chunks) < 3:  # of two numbers nobody knows whether they count
        return {}
    first = {key: number for key, number in chunks[0].items() if type(number) is int}
    return {
        key: start
        for key, start in first.items()
        if all(type(chunk.get(key)) is int and chunk[key] == start + n for n, chunk in enumerate(chunks))
    }


def _table(shapes: list[Shape], assigned: list[tuple[Shape, Row]]) -> dict[str, Any]:
    """The table's document, but for its count."""
    default = shapes[0]
    used = {shape.form for shape, _ in assigned} | {default.form}
    shapes = [shape for shape in shapes if shape.form in used]
    names = {}
    for shape in shapes:
        paths = [*shape.row, *(path for of, row in assigned if of is shape for path in row if path)]
        names[shape.form] = _names(dict.fromkeys(paths), shape.base)
    titles = {default.form: ""}
    taken = {_WHOLE, *default.base, *names[default.form].values()}
    for shape in shapes[1:]:
        titles[shape.form] = _fresh(_titles(shape, names[shape.form], default), taken)
        taken.add(titles[shape.form])
    table = {"chunk": default.base, **_declared(default, names[default.form])}
    others = {titles[s.form]: {**_defined(s, default), **_declared(s, names[s.form])} for s in shapes[1:]}
    rows = [_written(shape, row, names[shape.form], titles[shape.form]) for shape, row in assigned]
    return {**table, **({"shapes": others} if others else {}), "chunks": rows}


def _names(paths: Iterable[Path], base: dict[str, Any]) -> dict[Path, str]:
    """A name for each path: its last key, with the keys before it where that says too little."""
    names: dict[Path, str] = {}
    taken = {_WHOLE, *base}
    for path in paths:
        keys = [str(step) for step in path if isinstance(step, str)]
        if len(path) == 1 and keys[0] in base and keys[0] != _WHOLE:
            names[path] = keys[0]
        else:
            names[path] = _fresh((".".join(keys[start:]) for start in reversed(range(len(keys)))), taken)
        taken.add(names[path])
    return names


def _titles(shape: Shape, names: dict[Path, str], default: Shape) -> Iterator[str]:
    """What a shape may be called, best first: its type, what its rows say, what it holds and the default does not."""
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


def _declared(shape: Shape, names: dict[Path, str]) -> dict[str, Any]:
    fields = {name: spell(path) for path, name in names.items() if path != (name,) or name not in shape.base}
    row = [names[path] for path in shape.row]
    return {**({"fields": fields} if fields else {}), **({"row": row[0] if len(row) == 1 else row} if row else {})}


def _defined(shape: Shape, default: Shape) -> dict[str, Any]:
    changes = row_of(default, shape.base)
    return {"chunk": shape.base} if () in changes else {"set": {spell(path): value for path, value in changes.items()}}


def _written(shape: Shape, row: Row, names: dict[Path, str], title: str) -> Any:
    if () in row:
        return {_WHOLE: row[()]}
    values = [row.get(path, at(shape.base, path)) for path in shape.row]
    written: Any = {names[path]: value for path, value in row.items()}
    fits = all(_fits(at(shape.base, path), value) for path, value in zip(shape.row, values, strict=True))
    if values and fits and set(row) <= set(shape.row):
        if len(values) > 1:
            named = {names[path]: value for path, value in zip(shape.row, values, strict=True)}
            written = named if holds_long_text(values) else values
        elif not isinstance(values[0], (dict, list)):
            written = values[0]
    return {title: written} if title else written


def _fits(blank: Any, value: Any) -> bool:
    """Whether a bare row may say this: where the others say text, a number is text that lacks its quotes."""
    return not isinstance(blank, str) or not isinstance(value, (int, float))


def holds_long_text(value: Any) -> bool:
    """Whether a row says so much text that it is read by lines, and by names."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list):
        return any(map(holds_long_text, value))
    return isinstance(value, str) and len(value) > _LONG_TEXT


@dataclass(frozen=True)
class _Kind:
    """A shape as a table defines it: its row is None where no bare row is allowed, a path, or several."""

    base: dict[str, Any]
    fields: dict[str, Path]
    row: Path | list[Path] | None


def chunks_of(table: dict[str, Any]) -> list[Any]:
    """The chunks that a table says, as a person may have edited it. Raises MalformedInteraction at the row's path."""
    _refuse_others(table, _KEYS)
    rows = _part(table, "chunks", list, None)
    count = _part(table, "count", dict, {})
    for key, start in count.items():
        if type(start) is not int:
            raise MalformedInteraction(f"count.{key}", "a whole number", describe(start))
    if "chunk" not in table:
        return [_numbered(row, count, number) for number, row in enumerate(rows)]
    default = _kind(table, table["chunk"])
    kinds = {name: _other_kind(name, told, default) for name, told in _part(table, "shapes", dict, {}).items()}
    chunks = []
    for number, row in enumerate(rows):
        try:
            chunks.append(_numbered(_chunk(row, default, kinds), count, number))
        except MalformedInteraction as error:
            raise error.within(f"chunks[{number}]") from None
    return chunks


def _part(table: dict[str, Any], key: str, kind: type, otherwise: Any) -> Any:
    value = table.get(key, otherwise)
    if not isinstance(value, kind):
        expected = "a list" if kind is list else "an object"
        raise MalformedInteraction(key if key in table else "", f"{expected} {key!r}", describe(value))
    return value


def _refuse_others(told: dict[str, Any], known: tuple[str, ...]) -> None:
    for key in told:
        if key not in known:
            raise MalformedInteraction(key, f"a key among {', '.join(known)}", "another key")


def _other_kind(name: str, told: Any, default: _Kind) -> _Kind:
    if not isinstance(told, dict) or not {"set", "chunk"} & set(told):
        raise MalformedInteraction(f"shapes.{name}", "an object with 'set' or 'chunk'", describe(told))
    try:
        _refuse_others(told, _SHAPE_KEYS)
        base = told.get("chunk", default.base)
        for path, value in _part(told, "set", dict, {}).items():
            base = replaced(base, parse(path), value)
        return _kind(told, base)
    except MalformedInteraction as error:
        raise error.within(f"shapes.{name}") from None


def _kind(told: dict[str, Any], base: Any) -> _Kind:
    if not isinstance(base, dict):
        raise MalformedInteraction("chunk", "an object", describe(base))
    fields: dict[str, Path] = {name: (name,) for name in base}
    for name, path in _part(told, "fields", dict, {}).items():
        if not isinstance(path, str):
            raise MalformedInteraction(f"fields.{name}", "a path such as choices[0].delta.content", describe(path))
        try:
            fields[name] = parse(path)
        except MalformedInteraction as error:
            raise error.within(f"fields.{name}") from None
    row = told.get("row")
    if row is None:
        return _Kind(base, fields, None)
    unknown = [name for name in (row if isinstance(row, list) else [row]) if name not in list(fields)]
    if unknown:
        raise MalformedInteraction("row", f"names among {', '.join(fields)}", describe(unknown[0]))
    return _Kind(base, fields, [fields[name] for name in row] if isinstance(row, list) else fields[row])


def _chunk(row: Any, default: _Kind, kinds: dict[str, _Kind]) -> Any:
    """The chunk that one row says."""
    if isinstance(row, dict) and len(row) == 1:
        ((name, inner),) = row.items()
        if name == _WHOLE:
            return inner
        if name in kinds:
            return _filled(kinds[name], inner)
    return _filled(default, row)


def _filled(kind: _Kind, row: Any) -> Any:
    changes: list[tuple[Path, Any]]
    if isinstance(row, dict):
        unknown = [name for name in row if name not in kind.fields]
        if unknown:
            raise MalformedInteraction("", f"fields among {', '.join(kind.fields)}", describe(unknown[0]))
        changes = [(kind.fields[name], value) for name, value in row.items()]
    elif isinstance(kind.row, list):
        if not isinstance(row, list) or len(row) != len(kind.row):
            raise MalformedInteraction("", f"a list of {len(kind.row)} as 'row' says, or fields by name", describe(row))
        changes = list(zip(kind.row, row, strict=True))
    elif kind.row is None or isinstance(row, list):
        expected = "fields by name" if kind.row is None else "one value as 'row' says, or fields by name"
        raise MalformedInteraction("", expected, describe(row))
    else:
        changes = [(kind.row, row)]
    chunk: Any = kind.base
    for path, value in changes:
        if not isinstance(row, dict) and not _fits(_found(kind.base, path), value):
            raise MalformedInteraction("", "text (a number needs quotes)", describe(value))
        chunk = replaced(chunk, path, value)
    return chunk


def _found(value: Any, path: Path) -> Any:
    """What stands at a path, None where there is no such place."""
    try:
        return at(value, path)
    except (LookupError, TypeError):
        return None


def _numbered(chunk: Any, count: dict[str, Any], number: int) -> Any:
    if not isinstance(chunk, dict):
        return chunk
    return {**chunk, **{key: start + number for key, start in count.items() if key in chunk}}
