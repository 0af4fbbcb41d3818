"""What one JSON object has that another, derived one has not: the smallest note that turns the one into the other.

The rule of this file: ``apply(derived, difference(derived, actual))`` is ``actual`` to the letter, key order and number
spelling included, and a key whose value the derived object already has is not in the note.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from vcr_openai._errors import MalformedInteraction, describe
from vcr_openai._json import json_text

Patch = dict[str, Any]  # {"set": {key: value}, "absent": [key], "order": [key]}, each only where it says something


def same(one: Any, other: Any) -> bool:
    """Whether two JSON values are the same to the letter (1, 1.0 and true are three; key order counts)."""
    return one is other or (one == other and json_text.write_line(one) == json_text.write_line(other))


def difference(derived: Mapping[str, Any], actual: Mapping[str, Any], *, elsewhere: Collection[str] = ()) -> Patch:
    """The patch that makes ``derived`` into ``actual``; the values of the keys ``elsewhere`` are left to others."""
    patch: Patch = {}
    changed = {
        key: value
        for key, value in actual.items()
        if key not in derived or (key not in elsewhere and not same(derived[key], value))
    }
    if changed:
        patch["set"] = dict(sorted(changed.items()))  # as vcrpy's YAML does, which then changes nothing
    if absent := [key for key in derived if key not in actual]:
        patch["absent"] = absent
    if list(apply(derived, patch)) != list(actual):
        patch["order"] = list(actual)
    return patch


def apply(derived: Mapping[str, Any], patch: Patch) -> dict[str, Any]:
    """``derived`` with a patch applied. Keys that the patch does not know stay; keys that are gone stay gone."""
    absent = patch.get("absent", ())
    merged = {key: value for key, value in {**derived, **patch.get("set", {})}.items() if key not in absent}
    order = [key for key in patch.get("order", ()) if key in merged]
    return {key: merged[key] for key in [*order, *(key for key in merged if key not in order)]}


def read_patch(value: Any, where: str) -> Patch:
    """A patch as a file holds it (None for none). Raises MalformedInteraction where it is no patch."""
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
