"""How two JSON values differ: whether they are the same, where they differ first, and what makes one into the other."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping
from typing import Any

from vcr_openai._errors import MalformedInteraction, describe
from vcr_openai._json import json_path
from vcr_openai._json.json_path import Place

Patch = dict[str, Any]  # {"set": {key: value}, "absent": [key], "order": [key]}; a key with nothing in it is left out


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


# --- a patch of an object's keys


def patch(derived: Mapping[str, Any], actual: Mapping[str, Any], *, elsewhere: Collection[str] = ()) -> Patch:
    """The smallest patch that makes ``derived`` into ``actual``, with its order of keys and spelling of numbers.

    The values of the keys ``elsewhere`` are not compared: something else restores them.
    """
    found: Patch = {}
    changed = {
        key: value
        for key, value in actual.items()
        if key not in derived or (key not in elsewhere and not same(derived[key], value))
    }
    if changed:
        found["set"] = dict(sorted(changed.items()))  # vcrpy's YAML sorts keys, too
    if absent := [key for key in derived if key not in actual]:
        found["absent"] = absent
    if list(apply(derived, found)) != list(actual):
        found["order"] = list(actual)
    return found


def apply(derived: Mapping[str, Any], wanted: Patch) -> dict[str, Any]:
    """``derived`` with a patch applied. Keys that the patch does not name stay, after those that it orders."""
    absent = wanted.get("absent", ())
    merged = {key: value for key, value in {**derived, **wanted.get("set", {})}.items() if key not in absent}
    order = [key for key in wanted.get("order", ()) if key in merged]
    return {key: merged[key] for key in [*order, *(key for key in merged if key not in order)]}


def read_patch(value: Any, where: str) -> Patch:
    """A patch as a file has it; null is an empty one. Raises MalformedInteraction for anything else."""
    value = {} if value is None else value
    if not isinstance(value, dict):
        raise MalformedInteraction(where, "an object with the keys set, absent, order", describe(value))
    if not isinstance(value.get("set", {}), dict):
        raise MalformedInteraction(f"{where}.set", "an object", describe(value["set"]))
    for key in ("absent", "order"):
        names = value.get(key, [])
        if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
            raise MalformedInteraction(f"{where}.{key}", "a list of names", describe(names))
    return value


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
