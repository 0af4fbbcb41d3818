"""Unused recordings: which ones a test session did not play, and of which that says nothing.

The rule of this file: a recording is called unused only where the session would have played it, had a test any use for
it. Everything else is spared, with the reason.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Unplayed:
    """A recording that was not played."""

    path: str
    test_id: str | None
    answers: bool  # whether it answers a request of HTTP at all
    shared: bool  # whether every test may play it
    within: bool  # whether it lies in a folder of which all tests were asked for


@dataclass
class Session:
    """What a test session did; several processes of one are added up."""

    collected: set[str] = field(default_factory=set)  # node ids
    passed: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)  # passed, failed or skipped
    played: set[str] = field(default_factory=set)  # paths of recordings that were played or recorded
    folders: set[str] = field(default_factory=set)  # paths of the recordings folders of its tests
    flaws: list[str] = field(default_factory=list)  # why it is not a full run

    def add(self, other: Session) -> None:
        """Add what another process did."""
        for name in ("collected", "passed", "ended", "played", "folders"):
            getattr(self, name).update(getattr(other, name))
        self.flaws += [flaw for flaw in other.flaws if flaw not in self.flaws]

    def refusal(self) -> str | None:
        """Why the session cannot tell what is unused; None where it can."""
        if self.flaws:
            return "; ".join(self.flaws)
        if not self.folders:
            return "no test's cassette was a library's (docs/library.md)"
        missing = self.collected - self.ended
        return f"{len(missing)} of {len(self.collected)} tests did not run" if missing else None


def unused(
    left: Iterable[Unplayed], session: Session, exists: Callable[[str], bool]
) -> tuple[list[tuple[str, str]], list[str]]:
    """The paths of unused recordings with the reason, in order; and a line for each kind of those that are spared.

    ``exists`` tells whether there is a test file of that name, as node ids begin with it.
    """
    files = {test_id.partition("::")[0] for test_id in session.collected}
    found: list[tuple[str, str]] = []
    spared: Counter[str] = Counter()
    for one in sorted(left, key=lambda one: one.path):
        reason = _spared(one, session, files, exists)
        if reason is not None:
            spared[reason] += 1
        elif one.shared:
            found.append((one.path, "no test played it"))
        elif one.test_id in session.collected:
            found.append((one.path, f"{one.test_id} did not play it"))
        else:
            found.append((one.path, f"its test is gone: {one.test_id}"))
    return found, [f"{count} not judged: {reason}" for reason, count in sorted(spared.items())]


def _spared(one: Unplayed, session: Session, files: set[str], exists: Callable[[str], bool]) -> str | None:
    if not one.answers:
        return "no HTTP exchange, which only the recorder replays"
    if one.shared:
        if not one.within:
            return "shared with tests of folders that pytest was not pointed at"
        return None if session.collected <= session.passed else "shared, and some tests failed or were skipped"
    test_id = str(one.test_id)
    if test_id in session.collected:
        return None if test_id in session.passed else "the test failed or was skipped"
    name = test_id.partition("::")[0]
    return "the test's file is there, and was not collected" if name not in files and exists(name) else None
