"""The patch: what makes the object that can be derived into the one that a file had, kept in the provenance."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from vcr_openai._errors import MalformedInteraction, describe
from vcr_openai._json.json_diff import same

Patch = dict[str, Any]  # {"set": {key: value}, "absent": [key], "order": [key]}; a key with nothing in it is left out


def difference(derived: Mapping[str, Any], actual: Mapping[str, Any], *, elsewhere: Collection[str] = ()) -> Patch:
    """The smallest patch that makes ``derived`` into ``actual``, with its order of keys and spelling of numbers.

    The values of the keys ``elsewhere`` are not compared: something else restores them.
    """
    changed = {
        key: value
        for key, value in actual.items()
        if key not in derived or (key not in elsewhere and not same(derived[key], value))
    }
    if not changed and list(derived) == list(actual):
        return {}
    found: Patch = {}
    if changed:
        found["set"] = dict(sorted(changed.items()))  # vcrpy's YAML sorts keys, too
    if absent := [key for key in derived if key not in actual]:
        found["absent"] = absent
    if list(patched(derived, found)) != list(actual):
        found["order"] = list(actual)
    return found


def patched(derived: Mapping[str, Any], wanted: Patch) -> dict[str, Any]:
    """``derived`` with a patch applied. Keys that the patch does not name stay, after those that it orders."""
    if not wanted:
        return dict(derived)
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
