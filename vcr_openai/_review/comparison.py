"""The comparison of two sets of files, in whichever formats: what each file's interactions differ in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property

from vcr_openai._findings import Finding, refused
from vcr_openai._formats.registry import SUFFIXES, read_document
from vcr_openai._redaction.redact import redact_exchange
from vcr_openai._review.cassette_diff import CHANGED, NOISE, SAME, InteractionDiff, Numbered, compare_cassettes


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


def compare_texts(old: Mapping[str, str], new: Mapping[str, str]) -> Comparison:
    """Compare files by their names, without the suffix of their format; ``old`` and ``new`` have the texts.

    Two single files are one whatever their names are. Files that have no partner are compared all together, so that a
    tree of recordings can be compared with a tree of cassettes. Secrets are not in the result.
    """
    failures: list[Finding] = []
    pairs = dict(zip(new, old, strict=True)) if len(old) == len(new) == 1 else _pairs(old, new)
    files: list[FileDiff] = []
    same = 0
    for name, partner in sorted(pairs.items()):
        if old[partner] != new[name]:
            known = len(failures)
            one = _numbered(partner, old[partner], failures), _numbered(name, new[name], failures)
            if len(failures) == known:  # what a broken file had was not removed
                files.append(FileDiff(name, compare_cassettes(*one)))
        else:
            same += 1
    left = {name: text for name, text in new.items() if name not in pairs}
    gone = set(pairs.values())
    files += _without_partner({name: text for name, text in old.items() if name not in gone}, left, failures)
    kept = [file for file in files if file.state != SAME]
    return Comparison(sorted(kept, key=lambda file: file.name), same + len(files) - len(kept), failures)


def _pairs(old: Mapping[str, str], new: Mapping[str, str]) -> dict[str, str]:
    """The old name of each new file that has one: its own, else the one with the suffix of another format."""
    pairs = {name: name for name in new if name in old}
    stems = {_stem(name): name for name in old if name not in pairs}
    for name in new:
        if name not in pairs and (partner := stems.pop(_stem(name), None)):
            pairs[name] = partner
    return pairs


def _without_partner(old: Mapping[str, str], new: Mapping[str, str], failures: list[Finding]) -> list[FileDiff]:
    before, after = (
        [one for name, text in sorted(side.items()) for one in _numbered(name, text, failures)] for side in (old, new)
    )
    by_file: dict[str, list[InteractionDiff]] = {}
    for one in compare_cassettes(before, after, by_kind=False):
        by_file.setdefault(one.shown.file, []).append(one)
    return [FileDiff(name, found) for name, found in by_file.items()]


def _numbered(name: str, text: str, failures: list[Finding]) -> list[Numbered]:
    """The exchanges of a file without their secrets; none, and a failure, for one that cannot be read."""
    try:
        exchanges = read_document(text).exchanges
    except (ValueError, RecursionError) as error:
        failures.append(refused(error, name))
        return []
    return [Numbered(name, f"interactions[{n}]", redact_exchange(one)[0]) for n, one in enumerate(exchanges)]


def _stem(name: str) -> str:
    return next((name[: -len(suffix)] for suffix in SUFFIXES if name.endswith(suffix)), name)
