"""The plan of a renaming: the new names of files, and the order of the steps.

No step takes a name that a file has. So a run that stops between two steps leaves every file under its old name, its
new one, or a temporary one.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import groupby

from vcr_openai._findings import Finding, counted


@dataclass(frozen=True)
class WantedName:
    """A file and the name that it should have, as paths in one folder; ``content``, or a digest, identifies twins."""

    path: str
    wanted: str
    content: str


@dataclass
class Renaming:
    """Pairs of paths to rename in this order; the files that cannot get their names; the files equal to another."""

    steps: list[tuple[str, str]] = field(default_factory=list)
    collisions: list[Finding] = field(default_factory=list)
    twins: list[Finding] = field(default_factory=list)


def plan_renaming(wanted_names: Iterable[WantedName], others: Iterable[str]) -> Renaming:
    """The plan for these files. ``others`` are the paths of files that keep their names whatever they contain."""
    wanted_names = sorted(wanted_names, key=lambda one: (one.wanted, one.path != one.wanted, one.path))
    renaming = Renaming()
    moves = _possible_moves(wanted_names, renaming)
    staying = {one.path: one for one in wanted_names if one.path not in moves}
    taken = {*others, *staying}
    while blocked := sorted(path for path, wanted in moves.items() if wanted in taken):
        for path in blocked:  # its new name belongs to a file that stays, so it stays, and may block another
            wanted = moves.pop(path)
            taken.add(path)
            message = f"{wanted} is the name of another file, which keeps it"
            renaming.collisions.append(Finding("refused", "", message, path))
    renaming.steps = _ordered(moves)
    return renaming


def _possible_moves(wanted_names: list[WantedName], renaming: Renaming) -> dict[str, str]:
    """The wanted_names for names that only one file may have: the first that should have it, or has it."""
    moves: dict[str, str] = {}
    for wanted, rivals in groupby(wanted_names, lambda one: one.wanted):
        first, *rest = rivals  # the file that has the name comes first
        unlike = [rival for rival in rest if rival.content != first.content]
        for twin in (rival for rival in rest if rival.content == first.content):
            message = f"has the same content as {first.path}, and the same new name"
            renaming.twins.append(Finding("note", "", message, twin.path))
        if first.path == wanted:
            why = f"{wanted} exists"
        elif unlike:
            why = f"so should that of {counted(len(unlike), 'other file')}"
            unlike.insert(0, first)
        else:
            moves[first.path] = wanted
            continue
        message = f"its name should be {wanted}, but {why} with other content"
        renaming.collisions += [Finding("refused", "", message, rival.path) for rival in unlike]
    return moves


def _ordered(moves: dict[str, str]) -> list[tuple[str, str]]:
    """The moves, each after the one that frees its name; in a ring, one file gets a temporary name first."""
    steps: list[tuple[str, str]] = []
    left = dict(moves)
    while left:
        free = [path for path, wanted in left.items() if wanted not in left]
        steps += [(path, left.pop(path)) for path in free]
        if not free:
            path = next(iter(left))
            parked = f"{path.removesuffix('.json')}.moving.json"
            steps.append((path, parked))
            left[parked] = left.pop(path)
    return steps
