"""The shapes of a stream's chunks: for each what its chunks share, and which values a row gives.

A shape is found by the chunks' structure alone, never by a provider's field names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

from vcr_openai._json import json_path, json_text
from vcr_openai._json.json_diff import same
from vcr_openai._json.json_path import Place
from vcr_openai._json.json_places import at, changes, has_containers, leaves, replaced

_SHAPES = 8  # shapes at most; a reader cannot distinguish more
_COLUMNS = 6  # values of a bare row at most; a reader needs names for more
_DECLARING = 40  # characters that a shape or a field costs in addition to its values, about
_BLOCK = 1.5  # the cost of a chunk that is written out, relative to its JSON
_ONLY = 0.8  # the length of rows, relative to whole chunks, that pays where no two chunks have the same structure

Row = dict[Place, Any]  # how a chunk differs from its shape; the place () for a chunk that is written out


class Flat(NamedTuple):
    """A chunk taken apart: its structure and its leaves, in their order."""

    structure: Any
    leaves: list[Any]


def flatten(chunk: Any) -> Flat:
    """A chunk's structure and leaves."""
    found: list[Any] = []
    return Flat(_flatten(chunk, found), found)


def _flatten(value: Any, found: list[Any]) -> Any:
    kind = type(value)
    if kind is dict:
        return tuple([(key, _flatten(item, found)) for key, item in value.items()])
    if kind is list and has_containers(value):
        return tuple([_flatten(item, found) for item in value])
    found.append(value)
    return None


@dataclass(frozen=True)
class StreamShape:
    """Chunks of one structure: what they share (``base``), and the places that a bare row gives, blank in the base.

    ``places`` are those of the leaves of such a chunk, ``leaves`` those of the base: None where the base has another
    structure than the chunks.
    """

    base: dict[str, Any]
    row: tuple[Place, ...]
    structure: Any
    places: tuple[Place, ...] = ()
    leaves: list[Any] | None = None


def find(chunks: list[dict[str, Any]], flats: list[Flat]) -> list[StreamShape]:
    """The shapes that several chunks have and that are worth a definition; the most frequent first."""
    groups: dict[Any, list[int]] = {}
    for number, flat in enumerate(flats):
        groups.setdefault(flat.structure, []).append(number)
    frequent = sorted((group for group in groups.values() if len(group) > 1), key=len, reverse=True)[:_SHAPES]
    shapes: list[StreamShape] = []
    for group in frequent:
        shape = _shape([chunks[number] for number in group], [flats[number] for number in group])
        if not shapes or _pays(shape, shapes[0], [(chunks[number], flats[number]) for number in group]):
            shapes.append(shape)
    return shapes or _only(chunks, flats)


def _only(chunks: list[dict[str, Any]], flats: list[Flat]) -> list[StreamShape]:
    """For chunks with structures of their own: the one that is the most similar to the others, if that pays."""
    if len(chunks) < 2:
        return []
    candidates = [_shape([chunk], [flat]) for chunk, flat in zip(chunks[:_SHAPES], flats, strict=False)]
    costs = [sum(_cost(dict(changes(shape.base, chunk))) for chunk in chunks) for shape in candidates]
    cost, position = min((cost, position) for position, cost in enumerate(costs))
    whole = sum(len(json_text.rewrite_line(chunk)) for chunk in chunks if chunk is not chunks[position])
    return [candidates[position]] if cost < whole * _ONLY else []


def assign(chunks: list[dict[str, Any]], flats: list[Flat], shapes: list[StreamShape]) -> list[tuple[StreamShape, Row]]:
    """For each chunk its shape and its row: the shape of its own structure, else that with the shortest row."""
    by_structure = {shape.structure: shape for shape in shapes}
    assigned = []
    for chunk, flat in zip(chunks, flats, strict=True):
        own = by_structure.get(flat.structure)
        rows = [(shape, row_of(shape, chunk, flat)) for shape in ([own] if own else shapes)]
        shape, row = rows[0] if own else min(rows, key=lambda pair: _cost(pair[1], pair[0].row))
        if _cost(row, shape.row) > _BLOCK * len(json_text.rewrite_line(chunk)):
            shape, row = shapes[0], {(): chunk}
        assigned.append((shape, row))
    return assigned


def row_of(shape: StreamShape, chunk: Any, flat: Flat | None = None) -> Row:
    """How a chunk differs from its shape's base."""
    if flat is None or shape.leaves is None or flat.structure != shape.structure:
        return dict(changes(shape.base, chunk))
    pairs = zip(shape.places, shape.leaves, flat.leaves, strict=True)
    return {place: value for place, own, value in pairs if not same(own, value)}


def _shape(group: list[dict[str, Any]], flats: list[Flat]) -> StreamShape:
    places = tuple(path for path, _ in leaves(group[0]))
    columns = zip(places, zip(*(flat.leaves for flat in flats), strict=True), strict=True)
    varying = {path: Counter(map(_written, values)) for path, values in columns if not _are_same(values)}
    base = group[0]
    for path, counts in varying.items():
        base = replaced(base, path, json_text.read(counts.most_common(1)[0][0]))
    row = [path for path, counts in varying.items() if counts.most_common(1)[0][1] * 2 < len(group)]
    if not row and varying:
        row = [max(varying, key=lambda path: (len(varying[path]), sum(map(len, varying[path]))))]
    row = _gathered(row)
    for path in row:
        base = replaced(base, path, "" if isinstance(at(group[-1], path), str) else None)
    own = flatten(base)
    structure = flats[0].structure
    return StreamShape(base, tuple(row), structure, places, own.leaves if own.structure == structure else None)


def _are_same(values: tuple[Any, ...]) -> bool:
    first = values[0]
    return all(same(first, value) for value in values)


def _written(value: Any) -> str:
    return json_text.rewrite_line(value)


def _gathered(row: list[Place]) -> list[Place]:
    """At most ``_COLUMNS`` columns: those in one object become one column, the innermost object first."""
    while len(row) > _COLUMNS:
        inner = Counter(path[:depth] for path in row for depth in range(1, len(path)))
        shared = [path for path, count in inner.items() if count > 1]
        if not shared:
            break
        outer = max(shared, key=len)
        row = list(dict.fromkeys(outer if path[: len(outer)] == outer else path for path in row))
    return row


def _pays(shape: StreamShape, default: StreamShape, group: list[tuple[dict[str, Any], Flat]]) -> bool:
    """Whether a shape of its own makes this group of chunks shorter."""
    rows = sum(_cost(row_of(shape, chunk, flat), shape.row) for chunk, flat in group)
    definition = _cost(row_of(default, shape.base)) + _DECLARING * (1 + len(shape.row))
    return definition + rows < sum(_cost(row_of(default, chunk)) for chunk, _ in group)


def _cost(row: Row, bare: Iterable[Place] = ()) -> int:
    known = set(bare)
    return sum(
        len(json_text.rewrite_line(item)) + (0 if path in known else len(json_path.write(path)))
        for path, item in row.items()
    )
