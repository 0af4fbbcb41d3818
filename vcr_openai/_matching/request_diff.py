"""The differences of two canonical requests, as JSON paths with both values, and their distance."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import islice, zip_longest
from typing import Any, Final

from vcr_openai._errors import without_secrets
from vcr_openai._http.body import read_json
from vcr_openai._json.json_path import Place, write
from vcr_openai._matching.canonical import Canonical
from vcr_openai._secrets.secret_names import hides_parameter

ABSENT: Final = object()  # the value of what one side lacks
_SHOWN: Final = 48  # characters of each value, so that path and both values fit a line
_CONTEXT: Final = 12  # characters before the first difference, which show the place
_FAR: Final = 1_000_000.0
_BODY: Final = frozenset({"body", "bytes", "parts"})
_CONTENT: Final = _BODY | {"query"}
_ORDER: Final = {"method": 0, "path": 1, "host": 2, "deployment": 3, "query": 4}


@dataclass(frozen=True)
class Difference:
    """One place in which two requests differ: a JSON path into the body, or ``method``, ``path``, ``query.name``.

    The values are excerpts of at most 48 characters around the first character that differs, texts in quotes; a value
    that one side lacks is ``absent``.
    """

    path: str
    recorded: str
    live: str

    def __str__(self) -> str:
        return f"{self.path}: recorded {self.recorded} … this request {self.live}"


@dataclass(frozen=True)
class Deviation:
    """One place in which two requests differ, with both values as they were sent; ``ABSENT`` where one side has none.

    ``where`` is the JSON path as in ``Difference``.
    """

    where: str
    recorded: Any
    live: Any

    @property
    def is_text(self) -> bool:
        """Whether both values are texts."""
        return isinstance(self.recorded, str) and isinstance(self.live, str)

    @property
    def shown(self) -> Difference:
        """The same in a line."""
        one, other = self.recorded, self.live
        if isinstance(one, str) and isinstance(other, str):
            shown = excerpts(without_secrets(one), without_secrets(other), _SHOWN - 2)
            return Difference(self.where, _quoted(shown[0]), _quoted(shown[1]))
        return Difference(self.where, short(one), short(other))


def deviations(recorded: Canonical, live: Canonical) -> Iterator[Deviation]:
    """All differences, in the order of ``differences``."""
    first, second = _in_one_form(recorded, live)
    for path, one, other in _leaves(_view(first), _view(second)):
        sent, asked = _as_sent(recorded, path, one), _as_sent(live, path, other)
        if type(sent) is type(asked) and sent == asked:  # only what the rules made of them differs
            sent, asked = one, other
        yield Deviation(write(path[1:] if path[0] == "body" and len(path) > 1 else path), sent, asked)


def shares_form(recorded: Canonical, live: Canonical) -> bool:
    """Whether both are requests to an API whose bodies count, or neither is, or that is the only difference."""
    if recorded.known == live.known:
        return True
    return (recorded.place, recorded.value["method"]) == (live.place, live.value["method"])


def _in_one_form(recorded: Canonical, live: Canonical) -> tuple[dict[str, Any], dict[str, Any]]:
    """What is compared: where the rules left a member out of one request alone, both as sent, or none of both."""
    one, other = dict(recorded.value), dict(live.value)
    if recorded.known != live.known or ("host" in one) != ("host" in other):
        for value, request in ((one, recorded), (other, live)):
            value["host"], value["path"] = request.place
    left_out = set() if recorded.known or live.known else _BODY
    if not shares_form(recorded, live):
        left_out = _BODY | {"deployment"}
    for name in left_out:
        one.pop(name, None)
        other.pop(name, None)
    return one, other


def _as_sent(request: Canonical, path: Place, value: Any) -> Any:
    """The value at a place before the rules changed it; the changed one where that has another form."""
    where = write(path[1:])
    if path[0] not in request.sent or any(
        change.rule == "unordered" and where.startswith(change.path) for change in request.trace
    ):
        return value
    found: Any = request.sent[str(path[0])]
    for step in path[1:]:
        inner: Any = found
        if isinstance(found, str) and isinstance(step, int):  # the text of arguments counts as JSON, after a word
            inner = ["", read_json(found).value]
        try:
            found = inner[step]
        except (LookupError, TypeError):
            return value
    return found if _is_alike(found, value) else value


def _is_alike(one: Any, other: Any) -> bool:
    if isinstance(one, bool) or isinstance(other, bool):
        return one is other
    return any(isinstance(one, kind) and isinstance(other, kind) for kind in (str, (int, float), dict, list))


def differences(recorded: Canonical, live: Canonical, limit: int = 5) -> list[Difference]:
    """The first ``limit`` differences: method and URL first, then the body by member names and list positions."""
    return [deviation.shown for deviation in islice(deviations(recorded, live), limit)]


def distance(recorded: Canonical, live: Canonical) -> float:
    """The distance of two requests: the number of leaves that differ, 0 for equal requests.

    A text counts by the part of it that changed, but at least as half a leaf. Another method, path or deployment counts
    more than any body. Takes time in proportion to the differences.
    """
    one, other = _compared(recorded), _compared(live)
    return sum(
        _FAR if name not in _CONTENT else _apart(one.get(name, ABSENT), other.get(name, ABSENT))
        for name in one.keys() | other.keys()
        if one.get(name, ABSENT) != other.get(name, ABSENT)
    )


def _compared(request: Canonical) -> Mapping[str, Any]:
    """The members that count: all of them; for a request to another API all except the body."""
    if request.known:
        return request.value
    return {name: value for name, value in request.value.items() if name not in _BODY}


def _apart(one: Any, other: Any) -> float:
    if isinstance(one, dict) and isinstance(other, dict):
        pairs = [(one.get(name, ABSENT), other.get(name, ABSENT)) for name in one.keys() | other.keys()]
    elif isinstance(one, list) and isinstance(other, list):
        pairs = list(zip_longest(one, other, fillvalue=ABSENT))
    else:
        return _weight(one, other)
    return sum(_apart(first, second) for first, second in pairs if first != second)


def _weight(one: Any, other: Any) -> float:
    if isinstance(one, str) and isinstance(other, str):
        longest = max(len(one), len(other))
        same = min(common_start(one, other) + common_end(one, other), longest)
        return 1 - same / (2 * longest)
    return 1.0 + max(len(value) if isinstance(value, (dict, list)) else 0 for value in (one, other))


def _leaves(one: Any, other: Any, path: Place = ()) -> Iterator[tuple[Place, Any, Any]]:
    """The paths at which two values differ, as deep as both have the same structure."""
    if isinstance(one, dict) and isinstance(other, dict):
        names = sorted(one.keys() | other.keys(), key=lambda name: (0 if path else _ORDER.get(name, 9), name))
        for name in names:
            yield from _leaves(one.get(name, ABSENT), other.get(name, ABSENT), (*path, name))
    elif isinstance(one, list) and isinstance(other, list):
        for index in range(max(len(one), len(other))):
            yield from _leaves(_at(one, index), _at(other, index), (*path, index))
    elif one != other or isinstance(one, bool) != isinstance(other, bool):  # in JSON, true is not 1
        yield path, one, other


def _at(values: list[Any], index: int) -> Any:
    return values[index] if index < len(values) else ABSENT


def _view(request: Mapping[str, Any]) -> dict[str, Any]:
    """The request with its query as an object, so that a parameter's path has its name."""
    if "query" not in request:
        return dict(request)
    query: dict[str, list[str]] = {}
    for name, value in request["query"]:
        query.setdefault(name, []).append("(not shown)" if hides_parameter(name, value) else value)
    return {**request, "query": {name: values if len(values) > 1 else values[0] for name, values in query.items()}}


def _quoted(text: str) -> str:
    return "'" + text.replace("\n", "\\n").replace("\r", "\\r").replace("\t", "\\t")[: _SHOWN - 2] + "'"


def short(value: Any) -> str:
    """A value in at most 48 characters, a text in quotes."""
    if value is ABSENT:
        return "absent"
    text = without_secrets(value if isinstance(value, str) else json.dumps(value, ensure_ascii=False))
    text = text if len(text) <= _SHOWN - 2 else text[: _SHOWN - 3] + "…"
    return _quoted(text) if isinstance(value, str) else text


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
    return common_start(one[::-1], other[::-1])


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
