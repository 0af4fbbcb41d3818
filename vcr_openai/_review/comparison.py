"""The comparison of two sets of files, in whichever formats: what each file's interactions differ in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from vcr_openai._errors import Unsupported
from vcr_openai._findings import Finding, refused
from vcr_openai._formats.registry import SUFFIXES
from vcr_openai._review.cassette_diff import (
    ADDED,
    BY_PLACE,
    BY_REQUEST,
    CHANGED,
    NOISE,
    REMOVED,
    SAME,
    InteractionDiff,
    Numbered,
    compare_cassettes,
)
from vcr_openai._review.file_text import FileText


@dataclass(frozen=True)
class FileDiff:
    """A file and all of its interactions in both versions."""

    name: str
    interactions: list[InteractionDiff]

    @cached_property
    def state(self) -> str:
        """``added``, ``removed``, ``changed``, ``noise only`` or ``same``, as of an interaction."""
        states = {one.state for one in self.interactions}
        if len(states) == 1:
            return states.pop()
        return CHANGED if states - {SAME, NOISE} else NOISE if NOISE in states else SAME


@dataclass(frozen=True)
class Comparison:
    """The files that differ in any way, how many others there are, and what could not be read."""

    files: list[FileDiff]
    same: int = 0
    failures: list[Finding] = field(default_factory=list)

    @property
    def differs(self) -> bool:
        """Whether there is any difference, volatile text included."""
        return any(file.state != SAME for file in self.files)

    @property
    def says_otherwise(self) -> bool:
        """Whether there is a difference other than noise."""
        return any(file.state not in (SAME, NOISE) for file in self.files)

    @cached_property
    def states(self) -> Counter[str]:
        """How many interactions of each state there are in the files that differ."""
        return Counter(one.state for file in self.files for one in file.interactions)

    @cached_property
    def kinds(self) -> Counter[str]:
        """How many interactions have each kind of difference."""
        return Counter(kind for file in self.files for one in file.interactions for kind in one.diff.kinds)

    @property
    def tokens(self) -> int:
        """How many more tokens the new answers cost, those of added and removed interactions included."""
        return sum(one.tokens for file in self.files for one in file.interactions)


def compare_texts(old: Mapping[str, FileText], new: Mapping[str, FileText]) -> Comparison:
    """Compare files by their names, without the suffix of their format.

    Two single files are one whatever their names are. Files that have no partner are compared all together, so that a
    tree of recordings can be compared with a tree of cassettes. Secrets are not in the result. What cannot be read is
    in its failures, and nothing that it may have had counts as added or removed.
    """
    failures: list[Finding] = []
    pairs = dict(zip(new, old, strict=True)) if len(old) == len(new) == 1 else _pairs(old, new)
    files: list[FileDiff] = []
    same = 0
    for name, partner in sorted(pairs.items()):
        if old[partner] == new[name]:
            same += _is_sound(name, new[name], failures)
        elif (found := _compared(partner, old[partner], name, new[name], failures)) is not None:
            files.append(FileDiff(name, found))
    left = {name: text for name, text in new.items() if name not in pairs}
    gone = set(pairs.values())
    files += _without_partner({name: text for name, text in old.items() if name not in gone}, left, failures)
    kept = [file for file in files if file.state != SAME]
    return Comparison(sorted(kept, key=lambda file: file.name), same + len(files) - len(kept), failures)


def _pairs(old: Mapping[str, FileText], new: Mapping[str, FileText]) -> dict[str, str]:
    """The old name of each new file that has one: its own, else the one with the suffix of another format."""
    pairs = {name: name for name in new if name in old}
    stems = {_stem(name): name for name in old if name not in pairs}
    for name in new:
        if name not in pairs and (partner := stems.pop(_stem(name), None)):
            pairs[name] = partner
    return pairs


def _is_sound(name: str, file: FileText, failures: list[Finding]) -> bool:
    """Whether a file that is equal in both versions can be read; what cannot be is added to the failures, once."""
    try:
        failures += file.faults(name)
    except Unsupported:  # both trees may have other files
        return True
    except (ValueError, RecursionError) as error:
        failures.append(refused(error, name))
        return False
    return True


def _compared(
    partner: str, old: FileText, name: str, new: FileText, failures: list[Finding]
) -> list[InteractionDiff] | None:
    """The interactions of both versions of a file; None where there is nothing to compare."""
    known = len(failures)
    before, after = _numbered(partner, old, failures), _numbered(name, new, failures)
    if before is None or after is None:
        return None
    if len(failures) == known:
        return compare_cassettes(before, after)
    found = compare_cassettes(before, after, by=BY_PLACE)
    is_whole = {ADDED: not old.document.faults, REMOVED: not new.document.faults}
    return [one for one in found if is_whole.get(one.state, True)] or None


def _without_partner(
    old: Mapping[str, FileText], new: Mapping[str, FileText], failures: list[Finding]
) -> list[FileDiff]:
    before, after = (
        [one for name, text in sorted(side.items()) for one in _numbered(name, text, failures) or ()]
        for side in (old, new)
    )
    by_file: dict[str, list[InteractionDiff]] = {}
    for one in compare_cassettes(before, after, by=BY_REQUEST):
        by_file.setdefault(one.shown.file, []).append(one)
    return [FileDiff(name, found) for name, found in by_file.items()]


def _numbered(name: str, file: FileText, failures: list[Finding]) -> list[Numbered] | None:
    """The exchanges of a file without their secrets, with a failure for each other one; None if it cannot be read."""
    try:
        found = file.numbered(name)
        failures += file.faults(name)
    except (ValueError, RecursionError) as error:
        failures.append(refused(error, name))
        return None
    return found


def _stem(name: str) -> str:
    return next((name[: -len(suffix)] for suffix in SUFFIXES if name.endswith(suffix)), name)
