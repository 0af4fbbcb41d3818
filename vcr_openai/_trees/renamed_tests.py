"""Renamed tests: which collected test one that is gone has become, by its name, its place and what was asked in it.

In doubt there is no answer: two candidates that are about as near are both named, and nothing is moved.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any, Final

from vcr_openai._json.json_places import leaves

_ALIKE: Final = 0.6  # the least ratio of two names of one test
_ONE_WORD_MORE: Final = 0.75  # the ratio of two names of which one has all words of the other
_TEST: Final = re.compile(r"(?:(?<=::)|\A)[Tt]est_?")
_APART: Final = 0.1  # how much nearer the right candidate must be than the next one
_CLEAR: Final = 0.02  # how much nearer it must be to its own old test than to the next one
_MANY: Final = 500  # candidates, of which the source is not searched for what was asked
_ASKED: Final = frozenset({"content", "text", "input", "prompt", "query", "instructions"})
_SHORTEST, _LONGEST = 6, 2000  # characters of a text that is looked for in a source
_ID = re.compile(r"(?P<file>.*?)::(?P<name>[^\[]*)(?P<parameters>.*)", re.DOTALL)

Candidate = tuple[float, str, str]  # how near it is, its id, the reason


@dataclass(frozen=True)
class GoneTest:
    """A test that was not collected, and the texts that it asked."""

    test_id: str
    asked: frozenset[str] = frozenset()


@dataclass
class Renamed:
    """The new id of each gone test with the reason; the candidates of those that may be one of several."""

    found: dict[str, tuple[str, str]] = field(default_factory=dict)
    unclear: dict[str, list[str]] = field(default_factory=dict)


def find_renamed(gone: Sequence[GoneTest], free: Collection[str], source_of: Callable[[str], str]) -> Renamed:
    """The new ids of gone tests among the ``free`` ones: those that were collected and have no recording yet.

    ``source_of`` gives the source of a test's function; empty where it is not known.
    """
    near = _Nearness(free, source_of)
    left = {one.test_id: sorted(near.candidates(one), reverse=True) for one in gone}
    result = Renamed()
    while certain := _certain(left):
        result.found.update(certain)
        taken = {new for new, _ in certain.values()}
        left = {
            test_id: [one for one in candidates if one[1] not in taken]
            for test_id, candidates in left.items()
            if test_id not in certain
        }
    result.unclear = {
        test_id: sorted(one[1] for one in candidates if one[0] > candidates[0][0] - _APART)
        for test_id, candidates in left.items()
        if candidates
    }
    return result


def _certain(left: Mapping[str, Sequence[Candidate]]) -> dict[str, tuple[str, str]]:
    """The gone tests with one candidate that is much nearer than the next, and nearer to no other gone test."""
    claims: defaultdict[str, list[float]] = defaultdict(list)
    for candidates in left.values():
        for nearness, candidate, _ in candidates:
            claims[candidate].append(nearness)
    return {
        test_id: candidates[0][1:]
        for test_id, candidates in left.items()
        if candidates
        and (len(candidates) == 1 or candidates[1][0] <= candidates[0][0] - _APART)
        and sum(one > candidates[0][0] - _CLEAR for one in claims[candidates[0][1]]) == 1
    }


def asked_in(values: Iterable[Any]) -> frozenset[str]:
    """The texts that requests' JSON bodies ask."""
    return frozenset(
        leaf
        for value in values
        for place, leaf in leaves(value)
        if isinstance(leaf, str)
        and _SHORTEST <= len(leaf) <= _LONGEST
        and next((step for step in reversed(place) if isinstance(step, str)), "") in _ASKED
    )


def function_source(module: str, names: Sequence[str]) -> str:
    """The source of a function in a module's source, with its decorators; ``names`` are its classes' and its own."""
    try:
        body: list[ast.stmt] = ast.parse(module).body
    except (SyntaxError, ValueError, RecursionError):
        return ""
    found: ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef | None = None
    for position, name in enumerate(names):
        kinds = (ast.ClassDef,) if position + 1 < len(names) else (ast.FunctionDef, ast.AsyncFunctionDef)
        found = next((one for one in body if isinstance(one, kinds) and one.name == name), None)
        body = [] if found is None else found.body
    if found is None:
        return ""
    first = min([found.lineno, *(one.lineno for one in found.decorator_list)])
    return "\n".join(module.split("\n")[first - 1 : found.end_lineno])


class _Nearness:
    """How near the free tests are to a gone one."""

    def __init__(self, free: Collection[str], source_of: Callable[[str], str]) -> None:
        self._source_of = source_of
        self._free = sorted(free)
        self._sources: dict[str, str] = {}
        self._by_file: defaultdict[str, list[str]] = defaultdict(list)
        self._by_tail: defaultdict[str, list[str]] = defaultdict(list)
        for one in self._free:
            file, _, tail = one.partition("::")
            self._by_file[file].append(one)
            self._by_tail[tail].append(one)

    def candidates(self, gone: GoneTest) -> Iterator[Candidate]:
        """The tests that the gone one can be now."""
        file, _, tail = gone.test_id.partition("::")
        everywhere = self._free if len(self._free) <= _MANY and gone.asked else ()
        for one in dict.fromkeys([*self._by_tail[tail], *self._by_file[file], *everywhere]):
            moved = one.partition("::")[2] == tail
            likeness = _likeness(gone.test_id, one)
            said = self._said(one, gone.asked)
            if moved or said or likeness >= _ALIKE:
                reason = "moved" if moved else "the same texts" if said else "a similar name"
                yield 2.0 * moved + 2.0 * said + likeness, one, reason

    def _said(self, test_id: str, asked: Collection[str]) -> float:
        """How many of the texts that were asked are in a test's source, from 0 to 1."""
        if not asked:
            return 0.0
        if test_id not in self._sources:
            self._sources[test_id] = self._source_of(test_id)
        source = self._sources[test_id]
        return sum(text in source or ascii(text)[1:-1] in source for text in asked) / len(asked) if source else 0.0


def _likeness(one: str, other: str) -> float:
    """How alike two tests of one file are by name; 0 where file, or both name and parameters, differ."""
    first, second = _ID.fullmatch(one), _ID.fullmatch(other)
    if first is None or second is None or first["file"] != second["file"]:
        return 0.0
    if first["parameters"] == second["parameters"]:
        return _alike(first["name"], second["name"])
    if first["name"] == second["name"]:
        return SequenceMatcher(None, first["parameters"], second["parameters"]).ratio()
    return 0.0


def _alike(one: str, other: str) -> float:
    """How alike two names are, from 0 to 1, without the ``test`` that all have; at least that of one word more."""
    first, second = (_TEST.sub("", name) for name in (one, other))
    words = [set(re.split(r"_|::", name)) for name in (first, second)]
    is_longer = bool(first and second) and (words[0] <= words[1] or words[1] <= words[0])
    return max(SequenceMatcher(None, first, second).ratio(), _ONE_WORD_MORE if is_longer else 0.0)
