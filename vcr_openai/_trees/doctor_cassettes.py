"""The cassettes of renamed tests: those that no collected test looks for, and the tests that have none."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field
from pathlib import Path

from vcr_openai._findings import counted
from vcr_openai._trees.cassette_paths import CASSETTES, cassette_of_test, stem
from vcr_openai._trees.renamed_tests import GoneTest, asked_in, find_renamed
from vcr_openai._trees.sources import Source, find_sources, load
from vcr_openai._trees.test_sources import TestSources


@dataclass
class CassettePlan:
    """The cassettes to move, each with its new path and the reason; and what is noted."""

    moves: list[tuple[str, str, str]] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def plan_cassettes(tree: Path, collected: Collection[str], sources: TestSources) -> CassettePlan:
    """Find the cassettes of renamed tests. None is deleted: a test can name a cassette of its own."""
    plan = CassettePlan()
    found = [one for one in find_sources([tree])[0] if one.is_cassette and f"/{CASSETTES}/" in f"/{one.relative}"]
    if not found:
        return plan
    tests = _tests(collected, found[0].root)
    used = {_name(one.relative) for one in found}
    lost = {_name(one.relative): one for one in found if _name(one.relative) not in tests}
    if not lost:
        return plan
    if len(lost) == len(used):
        plan.notes.append(f"no collected test looks for any of {counted(len(used), 'cassette')}, so they are left")
        return plan
    free = {name: test_id for name, test_id in tests.items() if name not in used}
    gone = [GoneTest(_as_id(name), _asked(one)) for name, one in lost.items()]
    ids = {_as_id(name): name for name in (*free, *lost)}
    renamed = find_renamed(gone, [_as_id(name) for name in free], lambda one: sources.of(free[ids[one]]))
    for test_id, (new, why) in sorted(renamed.found.items()):
        old = lost[ids[test_id]]
        root = old.path.removesuffix(old.relative)
        plan.moves.append((old.path, f"{root}{ids[new]}{old.relative.removeprefix(_name(old.relative))}", why))
    for test_id, candidates in sorted(renamed.unclear.items()):
        names = " or ".join(free[ids[one]] for one in candidates[:3])
        plan.notes.append(f"{lost[ids[test_id]].path} may be the cassette of {names}")
    left = len(lost) - len(renamed.found) - len(renamed.unclear)
    if left:
        plan.notes.append(f"no collected test looks for {counted(left, 'cassette')} by its name; they are left")
    return plan


def _tests(collected: Collection[str], root: tuple[str, ...]) -> dict[str, str]:
    """The tests by the names of their cassettes without the format's suffix."""
    tests = {}
    for test_id in sorted(collected):
        try:
            name = _name(cassette_of_test(test_id, root, "yaml"))
        except ValueError:  # no test of a Python file
            continue
        tests[name] = test_id
    return tests


def _name(relative: str) -> str:
    """A cassette's path without the suffix of its format."""
    folder, separator, name = relative.rpartition("/")
    return f"{folder}{separator}{stem(name)}"


def _as_id(name: str) -> str:
    """A cassette's name, written as a node id: what is compared of two tests is compared of two cassettes."""
    folder, _, test = name.rpartition("/")
    return f"{folder}::{test}"


def _asked(source: Source) -> frozenset[str]:
    try:
        exchanges = load(source)[1].readable.values()
    except (OSError, ValueError, RecursionError):
        return frozenset()
    return asked_in(one.request.body.json.value for one in exchanges if one.request.body is not None)
