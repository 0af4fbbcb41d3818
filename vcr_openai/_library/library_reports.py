"""Reports on a library: where it looked for a test's recordings, and which recordings a session did not play.

A recording is unused only where the session would have played it if a test needed it. All others are not judged.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final

from vcr_openai._docs import page
from vcr_openai._findings import counted

if TYPE_CHECKING:
    from vcr_openai._library.index import Entry  # which takes a while to import

_OTHERS: Final = 2  # test ids of others that are named at most


Owners = Sequence[str | None]  # the test id of each recording of a folder; None for a shared one


@dataclass(frozen=True)
class Unplayed:
    """A recording that was not played; ``within``: whether pytest was to run all tests of its folder."""

    path: str
    entry: Entry
    within: bool


@dataclass
class Session:
    """What a test session did; several processes of one session are added up."""

    collected: set[str] = field(default_factory=set)  # node ids
    passed: set[str] = field(default_factory=set)
    ended: set[str] = field(default_factory=set)  # passed, failed or skipped
    played: set[str] = field(default_factory=set)  # paths of recordings that were played or recorded
    folders: set[str] = field(default_factory=set)  # paths of the recordings folders of its tests
    deselected: set[str] = field(default_factory=set)  # node ids
    names: set[tuple[str, str]] = field(default_factory=set)  # a test, and the name of a cassette that it may open
    homes: set[str] = field(default_factory=set)  # paths of the folders in which its tests' cassettes may lie
    ignored: set[str] = field(default_factory=set)  # paths of tests that were not collected on purpose
    why_not_full: dict[str, None] = field(default_factory=dict)  # in order, why it is not a full run

    def add(self, other: Session) -> None:
        """Add the part of another process."""
        for name, value in vars(other).items():
            getattr(self, name).update(value)

    def is_whole(self, folder: Path, whole: Collection[Path]) -> bool:
        """Whether all tests of a folder were to run: it is in one of the whole ones, and nothing in it is ignored."""
        if not any(one == folder or one in folder.parents for one in whole):
            return False
        return not any(folder == Path(one) or folder in Path(one).parents for one in self.ignored)

    def gaps(self) -> list[str]:
        """Why it is not known what all tests would have used; nothing is known of tests that were not collected."""
        missing = self.collected - self.ended
        return list(self.why_not_full) or (
            [f"{len(missing)} of {len(self.collected)} tests did not run"] if missing else []
        )

    def refusal(self) -> str | None:
        """Why the session does not show which recordings are unused; None where it does."""
        reasons = [*self.why_not_full, *(["tests were deselected"] if self.deselected else [])]
        if not (reasons or self.folders):
            return f"no test used a library ({page('library.md')}) or has cassettes"
        return "; ".join(reasons or self.gaps()) or None


def lookup_report(test_id: str, folders: Mapping[str, Owners | None], file: str) -> list[str]:
    """Lines with the folders that were searched for a test's recordings, and what they contain; None is no such folder.

    Where none is the test's, also under which ids its recordings seem to be: those of the same test by an id that
    begins with other folders. ``file`` is the absolute path of the test's file, with ``/``.
    """
    lines = [
        f"the library's recordings for {test_id}:",
        *(f"  {path}: {_found(folders[path], test_id)}" for path in folders),
    ]
    owners = Counter(owner for found in folders.values() for owner in found or ())
    if not owners[test_id]:
        others = Counter({owner: count for owner, count in owners.items() if owner and _is_same_test(test_id, owner)})
        for other, count in others.most_common(_OTHERS):
            of = f"{counted(count, 'recording')} {'has' if count == 1 else 'have'} the test_id {other}"
            lines.append(f"only recordings with the same test_id play, but {of}: {_advice(other, file)}")
    return lines


def _found(owners: Owners | None, test_id: str) -> str:
    if owners is None:
        return "there is no such folder"
    own, shared = owners.count(test_id), owners.count(None)
    return f"{own} of the test, {shared} shared, {len(owners) - own - shared} of other tests"


def _is_same_test(one: str, other: str) -> bool:
    return one.endswith(f"/{other}") or other.endswith(f"/{one}") or _without_folders(one) == _without_folders(other)


def _without_folders(test_id: str) -> str:
    path, separator, rest = test_id.partition("::")
    return f"{path.rpartition('/')[2]}{separator}{rest}"


def _advice(other: str, file: str) -> str:
    end = f"/{other.partition('::')[0]}"
    if file.endswith(end):
        return f"run pytest with --rootdir={file.removesuffix(end) or '/'}"
    return "they were recorded when the tests were in another folder"


def unused(
    unplayed: Iterable[Unplayed], session: Session, exists: Callable[[str], bool], *, opened: bool = False
) -> tuple[list[tuple[str, str]], list[str]]:
    """The paths of unused recordings with the reason, in order; and a line for each reason not to judge others.

    ``exists`` is whether there is a test file of that name, as node ids begin with it. ``opened``: whether it is known,
    too, which recordings the recorder used.
    """
    files = {test_id.partition("::")[0] for test_id in session.collected}
    found: list[tuple[str, str]] = []
    spared: Counter[str] = Counter()
    for one in sorted(unplayed, key=lambda one: one.path):
        test_id = one.entry.owner
        if opened:
            reason = "a plain interaction, which no recorder opens" if one.entry.plain else None
        else:
            reason = "not an HTTP exchange, only the recorder replays it" if one.entry.key is None else None
        reason = reason or _not_judged(one, session, files, exists)
        if reason is not None:
            spared[reason] += 1
        elif test_id is None:
            found.append((one.path, "no test played it"))
        else:
            is_there = test_id in session.collected
            found.append((one.path, f"{test_id} did not play it" if is_there else f"its test is gone: {test_id}"))
    return found, [f"{count} not judged: {reason}" for reason, count in sorted(spared.items())]


def _not_judged(one: Unplayed, session: Session, files: set[str], exists: Callable[[str], bool]) -> str | None:
    """Why a recording is not judged; None where it is."""
    test_id = one.entry.owner
    if test_id is None:
        if not one.within:
            return "shared with tests of folders that pytest did not run"
        return None if session.collected <= session.passed else "shared, and some tests failed or were skipped"
    if test_id in session.collected:
        return None if test_id in session.passed else "the test failed or was skipped"
    name = test_id.partition("::")[0]
    return "the test's file exists and was not collected" if name not in files and exists(name) else None
