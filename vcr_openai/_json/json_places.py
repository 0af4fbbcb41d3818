"""A JSON value by its places: what is at a place, a change there, the leaves, and where two values differ."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from vcr_openai._json.json_diff import same
from vcr_openai._json.json_path import Place


def changes(base: Any, value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """The innermost places at which ``value`` differs from ``base``, with what it has there.

    Replacing them in ``base`` one after another gives ``value``, its keys in their order. A difference that a path
    cannot express (a key removed, keys in another order, a list of another length) replaces the object or list around
    it. The place () replaces the whole.
    """
    if isinstance(base, dict) and isinstance(value, dict) and list(value)[: len(base)] == list(base):
        for key, item in value.items():
            if key not in base:
                yield (*place, key), item
            else:
                yield from changes(base[key], item, (*place, key))
    elif isinstance(base, list) and isinstance(value, list) and len(base) == len(value) and has_containers(base):
        for index, item in enumerate(value):
            yield from changes(base[index], item, (*place, index))
    elif not same(base, value):
        yield place, value


def replaced(value: Any, place: Place, new: Any) -> Any:
    """A copy of the value with ``new`` at ``place``; the last step may be a new key, which an object gets at its end.

    Raises LookupError where the value has no such place.
    """
    if not place:
        return new
    root = inner = _copy(value, place[0])
    for step, following in pairwise(place):
        inner[step] = _copy(inner[step], following)
        inner = inner[step]
    last = place[-1]
    if isinstance(last, int):
        inner[last]
    inner[last] = new
    return root


def _copy(value: Any, step: str | int) -> Any:
    """A copy of the container that has a step of a place. Raises LookupError for a value that cannot have it."""
    if isinstance(value, dict) and isinstance(step, str):
        return dict(value)
    if isinstance(value, list) and isinstance(step, int):
        return list(value)
    raise LookupError(step)


def at(value: Any, place: Place) -> Any:
    """The value at a place. Raises LookupError or TypeError for a place that the value does not have."""
    for step in place:
        value = value[step]
    return value


def leaves(value: Any, place: Place = ()) -> Iterator[tuple[Place, Any]]:
    """The scalars and lists of scalars of a value, with their places."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*place, key))
    elif isinstance(value, list) and has_containers(value):
        for index, item in enumerate(value):
            yield from leaves(item, (*place, index))
    else:
        yield place, value


def has_containers(value: list[Any]) -> bool:
    """Whether a list has objects or lists in it; one that has none is a leaf."""
    return any(isinstance(item, (dict, list)) for item in value)
