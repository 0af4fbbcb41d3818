"""The doctor: one plan for a tree with the recordings of renamed tests, old keys, orphans and duplicates."""

from __future__ import annotations

import hashlib
from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from vcr_openai import _files
from vcr_openai._errors import Unsupported
from vcr_openai._findings import Finding, counted, refused
from vcr_openai._recording.key import findable, name_by, twin_suffix
from vcr_openai._recording.key_rules import CURRENT
from vcr_openai._recording.recording import Recording
from vcr_openai._trees.cassette_paths import RECORDINGS
from vcr_openai._trees.cited_ids import CitedIds, note
from vcr_openai._trees.doctor_cassettes import plan_cassettes
from vcr_openai._trees.duplicates import find_duplicates, fingerprint
from vcr_openai._trees.edited_recordings import is_edited, test_before_edit
from vcr_openai._trees.maintenance import MaintenanceReport, advice
from vcr_openai._trees.renamed_tests import GoneTest, Renamed, asked_in, find_renamed
from vcr_openai._trees.renaming import WantedName, plan_renaming
from vcr_openai._trees.sources import Progress
from vcr_openai._trees.test_sources import TestSources

_SHOWN = 3  # candidates that a message names


@dataclass
class Diagnosis(MaintenanceReport):
    """What is wrong, in the order in which it is repaired: a kind, a path, and what is done."""

    steps: list[tuple[str, str, str]] = field(default_factory=list)


@dataclass
class _File:
    """A recording's file, and what it should be."""

    path: str
    recording: Recording
    text: str
    renamed_to: str | None = None
    orphan: bool = False
    wanted: str = ""
    new_text: str | None = None


def diagnose(tree: Path, collected: set[str], *, write: bool, progress: Progress) -> Diagnosis:
    """Find what is wrong in a tree, and with ``write`` repair it.

    Raises ValueError, and changes nothing, where no recording's test is among the collected ones.
    """
    result = Diagnosis()
    files = [_File(path, recording, text) for path, recording, text in result.recordings(tree, progress)]
    sources = TestSources(tree)
    cassettes = plan_cassettes(tree, collected, sources)
    _find_tests(files, collected, sources, result)
    files = [one for one in files if not one.orphan]
    ids = CitedIds(one.recording for one in files)
    for one in files:
        _find_form(one, ids, result)
    kept = _without_duplicates(files, result)
    moves = _find_places(kept, result)
    for old, new, why in cassettes.moves:
        result.steps.append(("renamed-test", old, f"-> {new} ({why})"))
    result.notes += cassettes.notes
    if write:
        _repair(kept, [*moves, *((old, new) for old, new, _ in cassettes.moves)], result, progress)
    return result


def _find_tests(files: list[_File], collected: set[str], sources: TestSources, result: Diagnosis) -> None:
    """Find the tests of recordings whose test was not collected: another one, or none."""
    of_tests = [one for one in files if one.recording.test_id]
    gone = [one for one in of_tests if one.recording.test_id not in collected]
    for one in gone:
        _prove_test(one, collected, result)
    left = [one for one in gone if one.renamed_to is None]
    taken = {one.renamed_to or one.recording.test_id or "" for one in of_tests}
    renamed = _renamed(left, collected - taken, sources)
    for one in left:
        test_id = one.recording.test_id or ""
        if test_id in renamed.found:
            one.renamed_to = renamed.found[test_id][0]
            result.steps.append(("renamed-test", one.path, f"{test_id} -> {' ('.join(renamed.found[test_id])})"))
        elif test_id in renamed.unclear:
            names = renamed.unclear[test_id]
            more = f" or {counted(len(names) - _SHOWN, 'other')}" if len(names) > _SHOWN else ""
            message = f"its test {test_id} is gone, and may be {' or '.join(names[:_SHOWN])}{more}"
            result.refused.append(Finding("refused", "", message, one.path))
        else:
            one.orphan = True
            result.steps.append(("orphan", one.path, test_id))
    lost = [one.recording.test_id or "" for one in gone if one.renamed_to is None]
    if lost and len(lost) == len(of_tests):
        raise ValueError(
            f"none of the tests of {counted(len(lost), 'recording')} was collected, so nothing is changed"
            + advice(lost, collected)
        )


def _renamed(files: list[_File], free: Collection[str], sources: TestSources) -> Renamed:
    bodies: defaultdict[str, list[object]] = defaultdict(list)
    for one in files:
        request = one.recording.request
        bodies[one.recording.test_id or ""].append(request.get("body", request.get("payload")))
    gone = [GoneTest(test_id, asked_in(found)) for test_id, found in bodies.items()]
    return find_renamed(gone, free, sources.of)


def _prove_test(file: _File, collected: Collection[str], result: Diagnosis) -> None:
    """Find the test of a recording by its file's name, which has a digest of it."""
    name, why = Path(file.path).name, "its name has the key of this test"
    file.renamed_to = _explained(file, collected)
    if file.renamed_to is None and is_edited(name, file.recording):
        file.renamed_to = test_before_edit(name, file.recording, sorted(collected))
        why = "its name has the key of this test, before a word was replaced"
    if file.renamed_to is not None:
        step = f"{file.recording.test_id} -> {file.renamed_to} ({why})"
        result.steps.append(("renamed-test", file.path, step))


def _explained(file: _File, collected: Collection[str]) -> str | None:
    """The one collected test whose id explains the file's name, which has a digest of it."""
    name = Path(file.path).name
    if findable(name, file.recording):
        return None
    found = [test_id for test_id in collected if findable(name, _of_test(file.recording, test_id))]
    return found[0] if len(found) == 1 else None


def _of_test(recording: Recording, test_id: str) -> Recording:
    """A recording with another test, also in the request of the layouts that repeat it there."""
    document = {**recording.document, "test_id": test_id}
    if "test_id" in recording.request and recording.request["test_id"] == recording.test_id:
        document["request"] = {**recording.request, "test_id": test_id}
    return Recording(document)


def _find_form(file: _File, ids: CitedIds, result: Diagnosis) -> None:
    """Find the content and the path that a file should have."""
    file.wanted = file.path
    path = _moved(Path(file.path), file.recording.test_id or "", file.renamed_to)
    recording = _of_test(file.recording, file.renamed_to) if file.renamed_to else file.recording
    try:
        recording, changed, cited = ids.normal_form(recording)
        name = name_by(CURRENT, recording)
    except Unsupported:  # a file processor's key is not known
        name, changed, cited = path.name, [], []
    except ValueError as error:
        _stay(file, result)
        result.refused.append(refused(error, file.path))
        return
    if cited:
        result.notes.append(note(file.path, cited))
    if changed and not file.renamed_to:
        result.steps.append(("normalize", file.path, ", ".join(changed)))
    if changed or file.renamed_to:
        file.new_text = recording.dump()
    suffix = "" if name == path.name else twin_suffix(path.name)
    file.wanted = str(path.with_name(f"{name.removesuffix('.json')}{suffix}.json"))
    file.recording = recording


def _stay(file: _File, result: Diagnosis) -> None:
    """Leave a file with its old test."""
    file.renamed_to = file.new_text = None
    result.steps = [step for step in result.steps if step[:2] != ("renamed-test", file.path)]


def _moved(path: Path, old: str, new: str | None) -> Path:
    """The path of a recording whose test is in another folder now, if it lies in the old one's own recordings."""
    before = Path(old.partition("::")[0]).parent.parts
    after = Path((new or old).partition("::")[0]).parent.parts
    folder = path.absolute().parent.parts
    if before == after or folder[-1:] != (RECORDINGS,):
        return path
    here = folder[:-1]
    shared = next((n for n in range(len(before)) if before[: n + 1] != after[: n + 1]), len(before))
    below = before[shared:]  # of the folder that both have
    if below and here[-len(below) :] != below:
        return path
    base = here[: len(here) - len(below)]
    target = Path(*base, *after[shared:], RECORDINGS, path.name)
    return target if path.is_absolute() else Path(_relative(target))


def _relative(target: Path) -> str:
    root = Path.cwd()
    return str(target.relative_to(root)) if target.is_relative_to(root) else str(target)


def _without_duplicates(files: list[_File], result: Diagnosis) -> list[_File]:
    """The files without the recordings that another one makes superfluous."""
    duplicates = find_duplicates(fingerprint(one.path, one.recording) for one in files)
    result.steps += [("duplicate", one.path, f"{one.why} {one.other}") for one in duplicates if one.certain]
    result.notes += [f"{one.path} is {one.why} {one.other}; both stay" for one in duplicates if not one.certain]
    gone = {one.path for one in duplicates if one.certain}
    return [one for one in files if one.path not in gone]


def _find_places(files: list[_File], result: Diagnosis) -> list[tuple[str, str]]:
    """The renames that give all files their paths; a file that cannot have its own is refused, and stays."""
    leaving = {path for kind, path, _ in result.steps if kind in _DELETED}
    own = {one.path for one in files}
    wanted = [
        WantedName(one.path, one.wanted, hashlib.sha256((one.new_text or one.text).encode()).hexdigest())
        for one in files
    ]
    others = [
        one.wanted
        for one in wanted
        if one.wanted not in own and one.wanted not in leaving and Path(one.wanted).exists()
    ]
    renaming = plan_renaming(wanted, others)
    result.refused += renaming.collisions
    staying = {one.file for one in renaming.collisions}
    for one in files:
        if one.path in staying and one.renamed_to:
            _stay(one, result)
    moved = {one.path for one in files if one.renamed_to}
    result.steps += [("rename" if old in moved else "rekey", old, f"-> {new}") for old, new in renaming.steps]
    return renaming.steps


_DELETED = ("orphan", "duplicate")


def _repair(files: list[_File], moves: list[tuple[str, str]], result: Diagnosis, progress: Progress) -> None:
    """Write the contents, delete, then rename; later renames depend on earlier ones."""
    for one in progress(files, "writing", len(files)):
        if one.new_text is not None and one.new_text != one.text:
            result.attempt(one.path, partial(_files.write_text, one.path, one.new_text, replace=True))
    for kind, path, _ in result.steps:
        if kind in _DELETED:
            result.attempt(path, Path(path).unlink)
    for old, new in moves:
        if not result.attempt(old, partial(_move, old, new)):
            break


def _move(old: str, new: str) -> None:
    Path(new).parent.mkdir(parents=True, exist_ok=True)
    _files.rename(old, new)
