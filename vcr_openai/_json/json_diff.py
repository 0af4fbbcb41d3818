"""Whether two JSON values are the same, where they differ first, and in which words that is reported."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import orjson

from vcr_openai._json import json_path

_SIMPLE = frozenset([str, int, bool, type(None)])  # of these, equal ones of one type are written alike


def same(one: Any, other: Any, levels: int = 0) -> bool:
    """Whether two JSON values are written alike: the order of keys counts, and 1, 1.0 and true are three values.

    Of so many ``levels`` objects are compared member by member, which is quick where the members are the same objects.
    """
    kind = type(one)
    if one is other or kind in _SIMPLE:
        return one is other or (kind is type(other) and one == other)
    if levels and kind is dict and type(other) is dict:
        return list(one) == list(other) and all(same(item, other[key], levels - 1) for key, item in one.items())
    if one != other:
        return False
    try:
        return orjson.dumps(one) == orjson.dumps(other)
    except (TypeError, orjson.JSONEncodeError):  # bytes, lone surrogates, integers beyond 64 bits, many levels
        return repr(one) == repr(other)


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
