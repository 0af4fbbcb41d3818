"""What one JSON value says otherwise than another of its kind, as paths and values.

The rule of this file: applying to ``base`` what ``deviations(base, value)`` found gives ``value``, with every key at
its place. What a path cannot say (a key removed, keys in another order, a list of another length) is said one level up.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vcr_openai._errors import MalformedInteraction
from vcr_openai._json import json_path

Path = tuple[str | int, ...]  # keys and positions, from the outermost


def spell(path: Path) -> str:
    """A path as people write it: ``choices[0].delta.content``."""
    return json_path.write(path)


def parse(text: str) -> Path:
    """The path that a text spells. Raises MalformedInteraction where it spells none."""
    try:
        steps = json_path.parse(text)
    except ValueError:
        steps = (None,)
    path = tuple(step for step in steps if step is not None)
    if len(path) < len(steps):  # [*] is every place, where one is meant
        raise MalformedInteraction("", "a path such as choices[0].delta.content", repr(text[:80]))
    return path


def deviations(base: Any, value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The innermost places at which ``value`` differs from ``base``, in order; the path () where it does altogether."""
    if isinstance(base, dict) and isinstance(value, dict) and _extends(base, value):
        for key, item in value.items():
            if key not in base:
                yield (*path, key), item
            else:
                yield from deviations(base[key], item, (*path, key))
    elif isinstance(base, list) and isinstance(value, list) and len(base) == len(value) and _has_objects(base):
        for position, item in enumerate(value):
            yield from deviations(base[position], item, (*path, position))
    elif not same(base, value):
        yield path, value


def _extends(base: dict[str, Any], value: dict[str, Any]) -> bool:
    """Whether ``value`` has the keys of ``base`` in their order, and new ones only behind them."""
    return list(value)[: len(base)] == list(base)


def _has_objects(value: list[Any]) -> bool:
    return any(isinstance(item, (dict, list)) for item in value)


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are written alike: order of keys counts, and 1, 1.0 and true are three values."""
    if type(one) is not type(other):
        return False
    if isinstance(one, dict):
        return list(one) == list(other) and all(map(same, one.values(), other.values()))
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    return bool(one == other) and (one != 0 or repr(one) == repr(other))  # 0.0 and -0.0 are equal and two


def replaced(value: Any, path: Path, new: Any) -> Any:
    """The value with ``new`` at ``path``; an object may be given a key that it did not have, at its end.

    Nothing is changed in place. Raises MalformedInteraction where the value has no such place.
    """
    try:
        return _replaced(value, path, new)
    except LookupError:
        raise MalformedInteraction("", "a place that the chunk has", spell(path)) from None


def _replaced(value: Any, path: Path, new: Any) -> Any:
    if not path:
        return new
    step, rest = path[0], path[1:]
    if isinstance(value, dict) and isinstance(step, str):
        return {**value, step: _replaced(value[step], rest, new) if rest else new}
    if isinstance(value, list) and isinstance(step, int):
        return [*value[:step], _replaced(value[step], rest, new), *value[step + 1 :]]
    raise LookupError(step)


def at(value: Any, path: Path) -> Any:
    """What stands at a path that the value has."""
    for step in path:
        value = value[step]
    return value


def leaves(value: Any, path: Path = ()) -> Iterator[tuple[Path, Any]]:
    """The scalars and lists of scalars of a value, with their paths."""
    if isinstance(value, dict):
        for key, item in value.items():
            yield from leaves(item, (*path, key))
    elif isinstance(value, list) and _has_objects(value):
        for position, item in enumerate(value):
            yield from leaves(item, (*path, position))
    else:
        yield path, value


def skeleton(value: Any) -> Any:
    """The form of a value without its leaves: equal for chunks that differ in words and numbers only."""
    if isinstance(value, dict):
        return tuple((key, skeleton(item)) for key, item in value.items())
    if isinstance(value, list) and _has_objects(value):
        return tuple(map(skeleton, value))
    return None
