"""What of an outcome, the JSON that a client hands out, can be compared with what a recording of it gives back."""

from __future__ import annotations

from typing import Any

_VOLATILE = ("id", "created", "created_at")  # what the recorder takes out of its own endpoints' answers


def without_volatile(outcome: Any, *, nested: bool = False) -> Any:
    """An outcome, or a list of them, without what a recording of the recorder's own endpoints does not keep.

    ``nested`` is for the SDK's helpers, which hand out chunks and snapshots within events of their own.
    """
    if isinstance(outcome, list):
        return [without_volatile(one, nested=nested) for one in outcome]
    if not isinstance(outcome, dict):
        return outcome
    kept = {name: value for name, value in outcome.items() if name not in _VOLATILE}
    return {name: without_volatile(value, nested=True) for name, value in kept.items()} if nested else kept


def without_null(outcome: Any) -> Any:
    """An outcome without members that are null: a recording has all fields that its SDK knew."""
    if isinstance(outcome, dict):
        return {name: without_null(value) for name, value in outcome.items() if value is not None}
    return [without_null(one) for one in outcome] if isinstance(outcome, list) else outcome
