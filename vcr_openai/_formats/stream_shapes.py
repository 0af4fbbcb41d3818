"""The shapes of a stream's chunks: for each what its chunks share, and which values a row gives.

A shape is found by the chunks' structure alone, never by a provider's field names.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Container
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

from vcr_openai._json import json_path, json_text
from vcr_openai._json.json_diff import same
from vcr_openai._json.json_path import Place
from vcr_openai._json.json_places import at, changes, has_containers, with_changes

_SHAPES = 8  # shapes at most; a reader cannot distinguish more
_COLUMNS = 6  # values of a bare row at most; a reader needs names for more
_MANY = 400  # values, from which they are not gathered step by step
_DECLARING = 40  # characters that a shape or a field costs in addition to its values, about
_BLOCK = 1.5  # the cost of a chunk that is written out, relative to its JSON
_TEXTS = frozenset([str, type(None)])
_ALONE = frozenset([type(None), list, dict])
_ONLY = 0.8  # the length of rows, relative to whole chunks, that pays where no two chunks have the same structure

Row = dict[Place, Any]  # how a chunk differs from its shape; the place () for a chunk that is written out


class Flat(NamedTuple):
    """A chunk taken apart: its structure and its leaves, in their order."""

    structure: Any
    leaves: list[Any]


def flatten(chunk: Any) -> Flat:
    """A chunk's structure and leaves.

    The structure of an object is a tuple of its keys, each with the structure of its value unless that is a leaf; that
    of a list is None and the structures of its elements; that of a leaf is None.
    """
    found: list[Any] = []
    return Flat(_flatten(chunk, found), found)


def _flatten(value: Any, found: list[Any]) -> Any:
    kind = type(value)
    parts: list[Any] = []
    if kind is dict:
        for key, item in value.items():
            kind = type(item)
            if kind is dict or kind is list:
                inner = _flatten(item, found)
                parts.append(key if inner is None else (key, inner))
            else:
                found.append(item)
                parts.append(key)
        return tuple(parts)
    if kind is list and has_containers(value):
        return (None, *[_flatten(item, found) for item in value])
    found.append(value)
    return None


@dataclass(frozen=True)
class StreamShape:
    """Chunks of one structure: what they share (``base``), and the places that a bare row gives, blank in the base.

    ``varying`` are the leaves in which chunks of this structure may differ from the base: number, place, and the base's
    value there. It is None where the base has another structure than the chunks.
    """

    base: dict[str, Any]
    row: tuple[Place, ...]
    structure: Any
    varying: list[tuple[int, Place, Any]] | None = None

    @cached_property
    def bare(self) -> frozenset[Place]:
        """The places that a bare row gives, to look them up."""
        return frozenset(self.row)

    @cached_property
    def blanks(self) -> list[Any]:
        """The values of the base at the places of a bare row."""
        return [at(self.base, place) for place in self.row]


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
    costs = [sum(_cost(changes(shape.base, chunk)) for chunk in chunks) for shape in candidates]
    cost, position = min((cost, position) for position, cost in enumerate(costs))
    whole = sum(len(json_text.rewrite_line(chunk)) for chunk in chunks if chunk is not chunks[position])
    return [candidates[position]] if cost < whole * _ONLY else []


def assign(chunks: list[dict[str, Any]], flats: list[Flat], shapes: list[StreamShape]) -> list[tuple[StreamShape, Row]]:
    """For each chunk its shape and its row: the shape of its own structure, else that with the shortest row."""
    by_structure = {shape.structure: shape for shape in shapes}
    assigned = []
    for chunk, flat in zip(chunks, flats, strict=True):
        own = by_structure.get(flat.structure)
        if own:
            shape, row = own, row_of(own, chunk, flat)
        else:
            rows = [(shape, row_of(shape, chunk, flat)) for shape in shapes]
            shape, row = min(rows, key=lambda pair: _cost(pair[1], pair[0].bare))
        is_bare = row.keys() <= shape.bare  # its values are parts of the chunk, and cost no more than it
        if not is_bare and _cost(row, shape.bare) > _BLOCK * len(json_text.rewrite_line(chunk)):
            shape, row = shapes[0], {(): chunk}
        assigned.append((shape, row))
    return assigned


def row_of(shape: StreamShape, chunk: Any, flat: Flat | None = None) -> Row:
    """How a chunk differs from its shape's base."""
    if flat is None or shape.varying is None or flat.structure != shape.structure:
        return changes(shape.base, chunk)
    values = flat.leaves
    return {place: values[number] for number, place, own in shape.varying if not same(own, values[number])}


def _shape(group: list[dict[str, Any]], flats: list[Flat]) -> StreamShape:
    structure = flats[0].structure
    columns = zip(_places_of(structure), zip(*(flat.leaves for flat in flats), strict=True), strict=True)
    varying = {
        place: _Column(number, values) for number, (place, values) in enumerate(columns) if not _are_same(values)
    }
    row = [place for place, column in varying.items() if column.most * 2 < len(group)]
    if not row and varying:
        row = [max(varying, key=lambda place: varying[place].spread)]
    row = _gathered(row)
    common = {place: column.common for place, column in varying.items() if place not in row}
    blanks = {place: "" if isinstance(at(group[-1], place), str) else None for place in row}
    base = with_changes(group[0], {**common, **blanks}) if varying else group[0]
    if flatten(base).structure != structure:
        return StreamShape(base, tuple(row), structure)
    columns_left = [(column.number, place, at(base, place)) for place, column in varying.items()]
    return StreamShape(base, tuple(row), structure, columns_left)


@lru_cache(maxsize=256)
def _places_of(structure: Any) -> tuple[Place, ...]:
    """The places of the leaves of a chunk with this structure, in their order."""
    if structure is None:
        return ((),)
    found: list[Place] = []
    if structure[:1] == (None,):
        for index, inner in enumerate(structure[1:]):
            found += [(index, *place) for place in _places_of(inner)]
        return tuple(found)
    for part in structure:
        key, inner = part if type(part) is tuple else (part, None)
        found += [(key, *place) for place in _places_of(inner)]
    return tuple(found)


class _Column:
    """The different values of one leaf in a group of chunks: texts and nulls as they are, others as their JSON text."""

    def __init__(self, number: int, values: tuple[Any, ...]) -> None:
        self.number = number
        self.are_texts = set(map(type, values)) <= _TEXTS
        self._counts: dict[Any, int] = {}
        for value in values if self.are_texts else map(json_text.rewrite_line, values):
            self._counts[value] = self._counts.get(value, 0) + 1
        self._common = max(self._counts, key=self._counts.__getitem__)
        self.most = self._counts[self._common]

    @property
    def common(self) -> Any:
        """The value that most chunks have; of several, the first."""
        return self._common if self.are_texts else json_text.read(self._common)

    @property
    def spread(self) -> tuple[int, int]:
        """How many values there are, and how long they are together."""
        texts = map(json_text.rewrite_line, self._counts) if self.are_texts else self._counts
        return len(self._counts), sum(map(len, texts))


def _are_same(values: tuple[Any, ...]) -> bool:
    first = values[0]
    if values.count(first) != len(values):
        return False
    if type(first) is str or (not first and type(first) in _ALONE):
        return True  # nothing else equals a text, null, [] or {}
    return all(same(first, value) for value in values)


def _gathered(row: list[Place]) -> list[Place]:
    """At most ``_COLUMNS`` columns: those in one object become one column, the innermost object first.

    Of very many, those in one member of the chunk become one.
    """
    if len(row) > _MANY:
        row = list(dict.fromkeys(place[:1] for place in row))
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
    rows = sum(_cost(row_of(shape, chunk, flat), shape.bare) for chunk, flat in group)
    definition = _cost(row_of(default, shape.base)) + _DECLARING * (1 + len(shape.row))
    return definition + rows < sum(_cost(row_of(default, chunk)) for chunk, _ in group)


def _cost(row: Row, bare: Container[Place] = ()) -> int:
    return sum(
        [
            len(json_text.rewrite_line(item)) + (0 if place in bare else len(json_path.write_place(place)))
            for place, item in row.items()
        ]
    )
