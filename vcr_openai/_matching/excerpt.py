"""Excerpts of two long texts around their first difference, short enough for one line of a message."""

from __future__ import annotations

from typing import Final

_CONTEXT: Final = 12  # characters before the first difference, which show the place


def common_start(one: str, other: str) -> int:
    """The number of characters that two texts have in common at their beginning."""
    low, high = 0, min(len(one), len(other))
    while low < high:  # bisection: comparing slices is much faster than comparing characters
        middle = (low + high + 1) // 2
        if one[low:middle] == other[low:middle]:
            low = middle
        else:
            high = middle - 1
    return low


def common_end(one: str, other: str) -> int:
    """The number of characters that two texts have in common at their end."""
    low, high = 0, min(len(one), len(other))
    while low < high:
        middle = (low + high + 1) // 2
        if one[len(one) - middle : len(one) - low] == other[len(other) - middle : len(other) - low]:
            low = middle
        else:
            high = middle - 1
    return low


def excerpts(one: str, other: str, length: int) -> tuple[str, str]:
    """Both texts around their first difference, at most ``length`` characters each, ``…`` where something was cut."""
    if len(one) <= length and len(other) <= length:
        return one, other
    start = max(common_start(one, other) - _CONTEXT, 0)
    return _cut(one, start, length), _cut(other, start, length)


def _cut(text: str, start: int, length: int) -> str:
    start = max(min(start, len(text) - length + 1), 0)  # near the end, show more before it
    head = "…" if start else ""
    room = length - len(head)
    return head + (text[start : start + room] if len(text) - start <= room else text[start : start + room - 1] + "…")
