"""How a text that came back differs from the text that was there."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any


def difference(original: str, back: str, value: Callable[[str], Any]) -> str | None:
    """What is not exact about ``back``, as a phrase; None where it is the very text.

    ``value`` reads either text. A text whose value comes back was spelled otherwise than we spell it.
    """
    if original == back:
        return None
    if original + "\n" == back:
        return "comes back with the final newline that it lacks (it is not in the normal form)"
    where = first_difference(value(original), value(back))
    if where is None:
        return "comes back in another spelling of the same value"
    return f"does not come back exactly, first at {where or 'its top level'}"


def first_difference(one: Any, other: Any, where: str = "") -> str | None:
    """The JSON path of the first place at which two values differ, the order of keys aside; None where nowhere."""
    if isinstance(one, dict) and isinstance(other, dict):
        for key in [*one, *(key for key in other if key not in one)]:
            inner = f"{where}.{key}" if where else str(key)
            if key not in one or key not in other:
                return inner
            if (found := first_difference(one[key], other[key], inner)) is not None:
                return found
        return None
    if isinstance(one, list) and isinstance(other, list):
        for index, (left, right) in enumerate(zip(one, other, strict=False)):
            if (found := first_difference(left, right, f"{where}[{index}]")) is not None:
                return found
        return None if len(one) == len(other) else f"{where}[{min(len(one), len(other))}]"
    return None if type(one) is type(other) and one == other else where
