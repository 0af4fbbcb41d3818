"""The tests that pytest collected, and the recordings of tests that are not among them.

The rule of this file: a list that may not be the whole suite deletes nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable

_NODE_ID = re.compile(r"[^\s<].*?::.+")
_PART = re.compile(r"\d+/\d+ tests collected|.*\bdeselected\b")
_FAILED = re.compile(r"(?:ERROR\b|!+ .*(?:Interrupted|error))")


def read_node_ids(text: str, prefix: str = "") -> set[str]:
    """The node ids in the output of ``pytest --collect-only -q``, each with ``prefix/`` before it.

    Raises ValueError where there are none, or where pytest says that they are not all.
    """
    lines = [line.rstrip("\r") for line in text.split("\n")]
    for line in lines:
        if _FAILED.match(line) or ("::" not in line and _PART.match(line)):
            raise ValueError(f"the list is not of all tests: pytest said {line[:120]!r}")
    ids = {line for line in lines if _NODE_ID.fullmatch(line)}
    if not ids:
        raise ValueError("no test was found in it: expected the output of pytest --collect-only -q")
    return {f"{prefix.rstrip('/')}/{node_id}" for node_id in ids} if prefix else ids


def stale(found: Iterable[tuple[str, str | None]], collected: set[str]) -> list[tuple[str, str]]:
    """The files (path and test id) whose test was not collected, with that test.

    Raises ValueError where no test of theirs was.
    """
    of_tests = [(path, test_id) for path, test_id in found if test_id]
    gone = [(path, test_id) for path, test_id in of_tests if test_id not in collected]
    if of_tests and len(gone) == len(of_tests):
        raise ValueError(
            f"none of the tests of {len(gone)} recordings was collected, so nothing is deleted"
            + _advice([test_id for _, test_id in gone], collected)
        )
    return gone


def uncollected_files(gone: Iterable[str], collected: set[str]) -> list[str]:
    """A note for each test file of which no test was collected: it is gone, or pytest was not pointed at it."""
    known = {node_id.partition("::")[0] for node_id in collected}
    of_files = Counter(test_id.partition("::")[0] for test_id in gone)
    return [
        f"no test of {name} was collected ({number} recordings)"
        for name, number in sorted(of_files.items())
        if name not in known
    ]


def _advice(recorded: list[str], collected: set[str]) -> str:
    """What is said of ids that seem to be relative to another folder."""
    longer, shorter = Counter[str](), Counter[str]()
    for test_id in recorded:
        for start in _starts(test_id):
            longer[start] += test_id.removeprefix(start) in collected
    ends = {node_id.removeprefix(start): start for node_id in collected for start in _starts(node_id)}
    shorter.update(ends[test_id] for test_id in recorded if test_id in ends)
    for starts, words in ((longer, "with --prefix {} {}"), (shorter, "if collected with --rootdir={}, {}")):
        if starts and (best := starts.most_common(1)[0])[1]:
            return f"; {words.format(best[0].rstrip('/'), best[1])} would be"
    return ""


def _starts(node_id: str) -> list[str]:
    """The folders that a node id begins with, each with its slash."""
    path = node_id.partition("::")[0]
    return [path[: index + 1] for index, character in enumerate(path) if character == "/"]
