"""How two JSON values differ: whether they are the same, at which places, and where they differ first."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from vcr_openai._json import json_path
from vcr_openai._json.json_path import Place


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are written alike: the order of keys counts, and 1, 1.0 and true are three values."""
    return one is other or (bool(one == other) and repr(one) == repr(other))


# --- changes of a value, by path


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
    elif isinstance(base, list) and isinstance(value, list) and len(base) == len(value) and _has_containers(base):
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
    step, rest = place[0], place[1:]
    if isinstance(value, dict) and isinstance(step, str):
        return {**value, step: replaced(value[step], rest, new) if rest else new}
    if isinstance(value, list) and isinstance(step, int):
        return [*value[:step], replaced(value[step], rest, new), *value[step + 1 :]]
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
    elif isinstance(value, list) and _has_containers(value):
        for index, item in enumerate(value):
            yield from leaves(item, (*place, index))
    else:
        yield place, value


def skeleton(value: Any) -> Any:
    """The structure of a value without its leaves: equal for chunks that differ only in words and numbers."""
    if isinstance(value, dict):
        return tuple((key, skeleton(item)) for key, item in value.items())
    if isinstance(value, list) and _has_containers(value):
        return tuple(map(skeleton, value))
    return None


def _has_containers(value: list[Any]) -> bool:
    return any(isinstance(item, (dict, list)) for item in value)


# --- a comparison of what came back with what was there


def round_trip_difference(original: str, back: str, read: Callable[[str], Any]) -> str | None:
    """How the text that came back differs from the original, as a phrase; None where it does not.

    ``read`` gives the value of either text.
    """
    if original == back:
        return None
    if original + "\n" == back:
        return "comes back with the final newline that it lacks (it is not in the normal form)"
    where = first_difference(read(original), read(back))
    if where is None:
        return "comes back in another spelling of the same value"
    return f"does not come back exactly, first at {where or 'its top level'}"


def first_difference(one: Any, other: Any, where: str = "") -> str | None:
    """The JSON path of the first place at which two values differ; None where only the order of keys does."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            inner = json_path.join(where, str(key))
            if key not in one or key not in other:
                return inner
            if (found := first_difference(one[key], other[key], inner)) is not None:
                return found
        return None
    if isinstance(one, list) and isinstance(other, list):
        for index, (left, right) in enumerate(zip(one, other, strict=False)):
            if (found := first_difference(left, right, json_path.join(where, index))) is not None:
                return found
        return None if len(one) == len(other) else json_path.join(where, min(len(one), len(other)))
    return None if same(one, other) else where
