"""Maintenance of a tree of recordings, without the API that they were recorded from.

The rule of this file: nothing is written unless ``write`` is set, no file is overwritten with another's content, and
none is touched that was not understood.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from vcr_openai import _files
from vcr_openai._recording.key import name_by, twin_suffix
from vcr_openai._recording.key_rules import KeyRule
from vcr_openai._recording.normal_form import normal_form
from vcr_openai._trees.collected_tests import stale, uncollected_files
from vcr_openai._trees.recording_trees import Track, recordings_in
from vcr_openai._trees.renaming import Wish, plan_renaming
from vcr_openai._trees.report import Problem, Report, in_words


@dataclass
class Maintained:
    """What a command would do, or did: a path and what becomes of it; and what it could not."""

    changes: list[tuple[str, str]] = field(default_factory=list)
    files: int = 0  # recordings that were looked at
    done: int = 0  # changes that were carried out
    report: Report = field(default_factory=Report)


def rekey(tree: Path, rule: KeyRule, *, write: bool, track: Track) -> Maintained:
    """Give the recordings of a tree the names that a version of the rule gives them.

    A twin keeps its suffix. Files that want one name keep theirs, and are reported: as refused where they differ, in
    the notes where they are the same.
    """
    result = Maintained()
    wishes = []
    for found in recordings_in(tree, result.report, track):
        result.files += 1
        path = Path(found.source.path)
        try:
            name = name_by(rule, found.recording)
        except ValueError as error:
            result.report.refused.append(Problem(str(path), in_words(error)))
            continue
        wanted = path.with_name(f"{name.removesuffix('.json')}{twin_suffix(path.name)}.json")
        wishes.append(Wish(str(path), str(wanted), hashlib.sha256(found.text.encode()).hexdigest()))
    own = {wish.path for wish in wishes}
    others = [wish.wanted for wish in wishes if wish.wanted not in own and Path(wish.wanted).exists()]
    renaming = plan_renaming(wishes, others)
    result.report.refused += renaming.collisions
    result.report.notes += [f"{twin.path} {twin.reason}" for twin in renaming.twins]
    result.changes = renaming.steps
    for old, new in track(renaming.steps, "renaming", len(renaming.steps)) if write else ():
        if not _carried_out(result, old, partial(_files.rename, old, new)):
            break  # the steps after it count on it
    return result


def normalize(tree: Path, *, write: bool, track: Track) -> Maintained:
    """Bring ids, time stamps and durations to the form in which the recorder writes them."""
    result = Maintained()
    for found in recordings_in(tree, result.report, track):
        result.files += 1
        path = found.source.path
        try:
            recording, changed = normal_form(found.recording)
        except ValueError as error:
            result.report.refused.append(Problem(path, in_words(error)))
            continue
        if changed:
            result.changes.append((path, ", ".join(changed)))
            if write:
                _carried_out(result, path, partial(_files.write_text, path, recording.dump(), replace=True))
    return result


def prune(tree: Path, collected: set[str], *, write: bool, track: Track) -> Maintained:
    """Delete the recordings whose test is not among the collected ones; those of no test stay.

    Raises ValueError, and does nothing, where not one recording's test is among them.
    """
    result = Maintained()
    found = [(one.source.path, one.recording.test_id) for one in recordings_in(tree, result.report, track)]
    result.files = len(found)
    result.changes = stale(found, collected)
    result.report.notes += uncollected_files((test_id for _, test_id in result.changes), collected)
    for path, _ in track(result.changes, "deleting", len(result.changes)) if write else ():
        _carried_out(result, path, Path(path).unlink)
    return result


def _carried_out(result: Maintained, path: str, act: Callable[[], None]) -> bool:
    try:
        act()
    except OSError as error:
        result.report.refused.append(Problem(path, in_words(error)))
        return False
    result.done += 1
    return True
