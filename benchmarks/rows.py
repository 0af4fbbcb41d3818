"""A row of the table of costs, and the ways to measure one: ratios within one run, in processor time."""

from __future__ import annotations

import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

TURNS = 5


class NotMeasured(Exception):
    """A section cannot be measured here; the message is a line for the reader."""


@dataclass(frozen=True)
class Row:
    """A cost: its ratio to the base of its group, and the ratio that it may have at most, if there is a budget."""

    group: str
    name: str
    ratio: float
    budget: float | None = None

    @property
    def held(self) -> bool | None:
        """Whether the budget is held; None without a budget."""
        return None if self.budget is None else self.ratio <= self.budget

    def __str__(self) -> str:
        verdict = {True: "held", False: "missed", None: "-"}[self.held]
        budget = "-" if self.budget is None else _figure(self.budget)
        return f"{self.group:<40} {self.name:<30} {_figure(self.ratio):>8} {budget:>7}  {verdict}"


def _figure(value: float) -> str:
    return f"{value:.3f}" if value >= 0.01 else f"{value:.5f}"


def in_groups(rows: Iterable[Row]) -> list[Row]:
    """The rows, with those of a group together, in the order in which the groups begin."""
    groups: dict[str, list[Row]] = {}
    for row in rows:
        groups.setdefault(row.group, []).append(row)
    return [row for group in groups.values() for row in group]


def show(rows: Iterable[Row]) -> None:
    """Print the rows as a table."""
    found = in_groups(rows)
    print(f"{'':<40} {'':<30} {'ratio':>8} {'budget':>7}")
    for row in found:
        print(row)
    budgets = [row.held for row in found if row.held is not None]
    print(f"{sum(budgets)} of {len(budgets)} budgets held")


def show_alone(measure: Callable[[Path], list[Row]]) -> None:
    """Measure in a temporary folder, and print: what a script does that is run alone."""
    with tempfile.TemporaryDirectory() as name:
        show(measure(Path(name)))


def clocked(action: Callable[[], object]) -> float:
    """Processor seconds."""
    start = time.process_time()
    action()
    return time.process_time() - start


def best(action: Callable[[], object], times: int = 3) -> float:
    """Processor seconds of the quickest of several times: what others do on the machine only adds to it."""
    return min(clocked(action) for _ in range(times))


def ratios(
    base: Callable[[], object],
    rows: dict[str, Callable[[], object]],
    turns: int = TURNS,
    clock: Callable[[Callable[[], object]], float] = clocked,
    middle: Callable[[list[float]], float] = statistics.median,
) -> dict[str, float]:
    """Each row's median time, or another value of its times, as a multiple of the base's; all of them take turns."""
    seen: dict[str, list[float]] = {"": [], **{name: [] for name in rows}}
    for _ in range(turns):
        for name, action in {"": base, **rows}.items():
            seen[name].append(clock(action))
    return {name: middle(seen[name]) / middle(seen[""]) for name in rows}


def process_seconds(commands: dict[str, list[str]], folder: Path) -> dict[str, float]:
    """Processor seconds of each command, started in that folder: the best of three; they take turns."""
    taken: dict[str, list[float]] = {name: [] for name in commands}
    for _ in range(3):
        for name, command in commands.items():
            before = _children()
            run(command, folder)
            taken[name].append(_children() - before)
    return {name: min(seconds) for name, seconds in taken.items()}


def wall_seconds(action: Callable[[], object]) -> float:
    """Seconds of the clock on the wall, for what several processes do at once."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def run(command: list[str], folder: Path) -> str:
    """Run a command that must succeed: a refusal is no work. Returns what it printed to standard error."""
    done = subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)  # noqa: S603 - our own
    assert done.returncode == 0, f"{command} ended with status {done.returncode}: {done.stdout[-500:]}{done.stderr}"
    return done.stderr


def _children() -> float:
    times = os.times()
    return times.children_user + times.children_system
