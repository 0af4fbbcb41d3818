"""The plan of a renaming: which files get which names, and in what order.

The rule of this file: no name is ever taken while a file has it, so a run that is stopped between any two steps leaves
every file under its old name, its new one, or the one that it was parked under.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field

from vcr_openai._trees.report import Problem


@dataclass(frozen=True)
class Wish:
    """A file and the name that it should have, as paths in one folder; ``content``, or a digest of it, tells twins."""

    path: str
    wanted: str
    content: str


@dataclass
class Renaming:
    """Pairs of paths to rename in this order; and the wishes that cannot be granted."""

    steps: list[tuple[str, str]] = field(default_factory=list)
    collisions: list[Problem] = field(default_factory=list)
    twins: list[Problem] = field(default_factory=list)


def plan_renaming(wishes: Iterable[Wish], others: Iterable[str]) -> Renaming:
    """The plan for these files. ``others`` are the paths of files that keep their names whatever they hold."""
    wishes = sorted(wishes, key=lambda wish: (wish.wanted, wish.path != wish.wanted, wish.path))
    renaming = Renaming()
    moves = _granted(wishes, renaming)
    staying = {wish.path: wish for wish in wishes if wish.path not in moves}
    taken = {*others, *staying}
    while blocked := sorted(path for path, wanted in moves.items() if wanted in taken):
        for path in blocked:  # what it wants belongs to a file that stays, so it stays, and may be in another's way
            wanted = moves.pop(path)
            taken.add(path)
            renaming.collisions.append(Problem(path, f"{wanted} is the name of another file, which keeps it"))
    renaming.steps = _ordered(moves)
    return renaming


def _granted(wishes: list[Wish], renaming: Renaming) -> dict[str, str]:
    """The wishes for names that only one file has a claim to: the first of those that wants or has it."""
    moves: dict[str, str] = {}
    by_name: dict[str, list[Wish]] = {}
    for wish in wishes:
        by_name.setdefault(wish.wanted, []).append(wish)
    for wanted, rivals in by_name.items():
        first, *rest = rivals  # the one that has the name, where one does
        for rival in rest:
            if rival.content == first.content:
                renaming.twins.append(Problem(rival.path, f"holds the same as {first.path}, and wants the same name"))
        unlike = [rival for rival in rest if rival.content != first.content]
        has_it = first.path == wanted
        for rival in unlike if has_it or not unlike else [first, *unlike]:
            why = f"{wanted} has it" if has_it else f"{len(unlike) + 1} files want it"
            renaming.collisions.append(Problem(rival.path, f"wants the name {wanted}, but {why}, with other content"))
        if not has_it and not unlike:
            moves[first.path] = wanted
    return moves


def _ordered(moves: dict[str, str]) -> list[tuple[str, str]]:
    """The moves, each after the one that frees its name; a ring is opened by parking one of its files."""
    steps: list[tuple[str, str]] = []
    left = dict(moves)
    while left:
        free = [path for path, wanted in left.items() if wanted not in left]
        if not free:
            path = next(iter(left))
            parked = f"{path.removesuffix('.json')}.moving.json"
            steps.append((path, parked))
            left = {(parked if old == path else old): new for old, new in left.items()}
            continue
        steps += [(path, left.pop(path)) for path in free]
    return steps
