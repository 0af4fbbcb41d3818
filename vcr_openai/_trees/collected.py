"""The tests that pytest collected, from the output of ``pytest --collect-only -q``, whole or in parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from vcr_openai._streams.cut_ids import without_cut

_NODE_ID = re.compile(r"[^\s<].*?::.+")
_SOME = re.compile(r"(?:=+ )?(?P<selected>\d+)/(?P<all>\d+) tests collected")
_NONE = re.compile(r"(?:=+ )?no tests collected \((?P<all>\d+) deselected\)")
_INCOMPLETE = re.compile(r".*\bdeselected\b")
_FAILED = re.compile(r"(?:ERROR\b|!+ .*(?:Interrupted|error))")


@dataclass(frozen=True)
class _Collected:
    """The node ids of a list; ``of`` is how many tests there were before some were deselected, None where none was."""

    ids: frozenset[str]
    of: int | None


def read_collected(texts: Sequence[str], prefix: str = "") -> set[str]:
    """The node ids of lists together, each with ``prefix/`` before it.

    A list that was made with ``-k`` or ``-m`` has the number of all tests. It is taken where the lists together have
    them all: those with the same number, or one list without deselected tests. Raises ValueError where a list is empty,
    where pytest reports an error in it, and where it is not known which tests were deselected.
    """
    lists = [_read(text) for text in texts]
    whole = frozenset[str]().union(*(one.ids for one in lists if one.of is None))
    for one in lists:
        if one.of is None:
            continue
        together = frozenset[str]().union(*(other.ids for other in lists if other.of == one.of))
        if len(together) != one.of and not (together <= whole and len(whole) >= one.of):
            raise ValueError(
                f"expected a list of all tests, found {len(one.ids)} of {one.of}: add the list of the deselected ones "
                f"with a further --collected; together the lists of these {one.of} have {len(together)}"
            )
    ids = set[str]().union(*(one.ids for one in lists))
    if not ids:
        raise ValueError("expected the output of pytest --collect-only -q, found no test in it")
    return {f"{prefix.rstrip('/')}/{test}" if prefix else test for test in map(without_cut, ids)}


def _read(text: str) -> _Collected:
    of: int | None = None
    lines = [line.rstrip("\r") for line in text.split("\n")]
    for line in lines:
        if _FAILED.match(line):
            raise ValueError(f"expected a list of all tests, found pytest's message {line[:120]!r}")
        if "::" in line:
            continue
        if count := _SOME.match(line) or _NONE.match(line):
            of = int(count["all"])
        elif _INCOMPLETE.match(line) and of is None and not line.startswith("collected "):
            raise ValueError(f"expected a list of all tests, found pytest's message {line[:120]!r}")
    ids = frozenset(line for line in lines if _NODE_ID.fullmatch(line))
    if not ids and of is None:
        raise ValueError("expected the output of pytest --collect-only -q, found no test in it")
    return _Collected(ids, of)
