"""A JSON value by its places: what is at a place, a change there, the leaves, and where two values differ."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import pairwise, permutations
from typing import Any

from vcr_openai._json.json_diff import same
from vcr_openai._json.json_path import Place

_CONTAINERS = frozenset([dict, list])


def changes(base: Any, value: Any) -> dict[Place, Any]:
    """The innermost places at which ``value`` differs from ``base``, with what it has there.

    Replacing them in ``base`` one after another gives ``value``, its keys in their order. A difference that a path
    cannot express (a key removed, keys in another order, a list of another length) replaces the object or list around
    it. The place () replaces the whole.
    """
    found: dict[Place, Any] = {}
    _collect_changes(base, value, (), found)
    return found


def _collect_changes(base: Any, value: Any, place: Place, found: dict[Place, Any]) -> None:
    kind = type(value)
    if kind is dict and type(base) is dict and list(value)[: len(base)] == list(base):
        for key, item in value.items():
            if key not in base:
                added = (*place, key)
                found[added] = item
            elif (own := base[key]) is not item:
                _collect_changes(own, item, (*place, key), found)
    elif kind is list and type(base) is list and len(base) == len(value) and has_containers(base):
        for index, item in enumerate(value):
            _collect_changes(base[index], item, (*place, index), found)
    elif not same(base, value):
        found[place] = value


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


def with_changes(value: Any, new: Mapping[Place, Any]) -> Any:
    """A whole copy of the value with what is new at its places, one after another; none may be within an earlier one.

    ``replaced`` is quicker for one place, and this for several. Raises LookupError or TypeError for a place that the
    value does not have.
    """
    copy = _deep_copy(value)
    for place, one in new.items():
        if not place:
            copy = one
            continue
        inner = copy
        for step in place[:-1]:
            inner = inner[step]
        inner[place[-1]] = one
    return copy


def _copy(value: Any, step: str | int) -> Any:
    """A copy of the container that has a step of a place. Raises LookupError for a value that cannot have it."""
    if isinstance(value, dict) and isinstance(step, str):
        return dict(value)
    if isinstance(value, list) and isinstance(step, int):
        return list(value)
    raise LookupError(step)


Gap = tuple[Any, Any, bool]  # a container, the key or index of a value in it, and whether it has a text there
Form = tuple[Any, list[Gap]]


def form_of(value: Any, places: Sequence[Place]) -> Form | None:
    """A copy of the value, and its gaps at the places, to be filled again and again: what ``replaced`` would give.

    None where the value has no such place, or one of them is within another.
    """
    if any(one == other[: len(one)] for one, other in permutations(places, 2)):
        return None
    form, gaps = _deep_copy(value), []
    for place in places:
        inner = form
        try:
            for step in place[:-1]:
                inner = inner[step]
            is_text = isinstance(inner[place[-1]], str)
        except (LookupError, TypeError):
            return None
        if isinstance(inner, str):
            return None
        gaps.append((inner, place[-1], is_text))
    return form, gaps


def _deep_copy(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _deep_copy(item) for key, item in value.items()}
    return list(map(_deep_copy, value)) if isinstance(value, list) else value


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
    return not _CONTAINERS.isdisjoint(map(type, value))
