"""Maintenance of a tree of recordings, without the API that they were recorded from.

Nothing is written unless ``write`` is set, no file is overwritten with another one's content, and a file that could not
be read is not touched. A list of tests that may not be complete deletes nothing.
"""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from vcr_openai import _files
from vcr_openai._errors import Unsupported
from vcr_openai._findings import Finding, counted, refused
from vcr_openai._recording.key import name_by, twin_suffix
from vcr_openai._recording.key_rules import KeyRule
from vcr_openai._recording.recording import Recording
from vcr_openai._trees.cited_ids import CitedIds, note
from vcr_openai._trees.collected import read_collected
from vcr_openai._trees.links import links_in, refuse_linked
from vcr_openai._trees.renaming import WantedName, plan_renaming
from vcr_openai._trees.sources import FilesOfTest, Progress, find_sources, load


@dataclass
class MaintenanceReport:
    """What a command would change or changed (a path with the change), and what it did not."""

    changes: list[tuple[str, str]] = field(default_factory=list)
    files: int = 0  # recordings that were read
    done: int = 0  # changes that were made
    refused: list[Finding] = field(default_factory=list)
    skipped: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def recordings(self, tree: Path | FilesOfTest, progress: Progress) -> Iterator[tuple[str, Recording, str]]:
        """The path, recording and text of each file of a tree that is one recording.

        Broken files are refused. Cassettes (also those in the recording format: an array, or a file in a ``cassettes``
        folder) and files of other kinds are skipped.
        """
        found, failures = find_sources([tree])
        self.refused += failures
        for source in progress(found, "reading", len(found)):
            try:
                text, document = load(source)
            except (OSError, ValueError, RecursionError) as error:
                problems = self.skipped if isinstance(error, Unsupported) else self.refused
                problems.append(refused(error, source.path))
                continue
            is_cassette = source.is_cassette or source.path.endswith(".recording.json")
            if is_cassette or document.recordings is None or not document.single:
                self.skipped.append(Finding("skipped", "", "it is a cassette", source.path))
                continue
            self.files += 1
            yield source.path, document.recordings[0], text

    def attempt(self, path: str, act: Callable[[], None]) -> bool:
        """Make one change; False where the system refuses it."""
        try:
            act()
        except OSError as error:
            self.refused.append(refused(error, path))
            return False
        self.done += 1
        return True


def rekey(tree: Path | FilesOfTest, rule: KeyRule, *, write: bool, progress: Progress) -> MaintenanceReport:
    """Rename the recordings of a tree to the names that a version of the rule gives them.

    A twin keeps its suffix. Files with one and the same new name keep their old ones, and are reported: as refused
    where they differ, as a note where they are equal.
    """
    result = MaintenanceReport()
    wanted_names = []
    links = links_in([tree])
    for path, recording, text in result.recordings(tree, progress):
        try:
            stem = name_by(rule, recording).removesuffix(".json")
            wanted = Path(path).with_name(f"{stem}{twin_suffix(Path(path).name)}.json")
            if wanted != Path(path):
                refuse_linked(path, links)
        except (OSError, ValueError) as error:
            result.refused.append(refused(error, path))
            continue
        wanted_names.append(WantedName(path, str(wanted), hashlib.sha256(text.encode()).hexdigest()))
    own = {one.path for one in wanted_names}
    others = [one.wanted for one in wanted_names if one.wanted not in own and Path(one.wanted).exists()]
    renaming = plan_renaming(wanted_names, others)
    result.refused += renaming.collisions
    result.notes += [f"{twin.file} {twin.message}" for twin in renaming.twins]
    result.changes = renaming.steps
    for old, new in progress(renaming.steps, "renaming", len(renaming.steps)) if write else ():
        if not result.attempt(old, partial(_files.rename, old, new)):
            break  # later steps depend on it
    return result


def normalize(tree: Path | FilesOfTest, *, write: bool, progress: Progress) -> MaintenanceReport:
    """Replace ids, time stamps and durations by the ones that the recorder writes.

    An id that the request of another recording has stays, with a note.
    """
    result = MaintenanceReport()
    files = [(path, found) for path, found, _ in result.recordings(tree, progress)]
    ids = CitedIds(found for _, found in files)
    for path, found in files:
        try:
            recording, changed, cited = ids.normal_form(found)
        except ValueError as error:
            result.refused.append(refused(error, path))
            continue
        if cited:
            result.notes.append(note(path, cited))
        if changed:
            result.changes.append((path, ", ".join(changed)))
            if write:
                result.attempt(path, partial(_files.write_text, path, recording.dump(), replace=True))
    return result


def prune(tree: Path | FilesOfTest, collected: set[str], *, write: bool, progress: Progress) -> MaintenanceReport:
    """Delete the recordings whose test is not among the collected ones; recordings without a test stay.

    Raises ValueError, and deletes nothing, where no recording's test is among them.
    """
    result = MaintenanceReport()
    found = result.recordings(tree, progress)
    of_tests = [(path, recording.test_id) for path, recording, _ in found if recording.test_id]
    result.changes = [(path, test_id) for path, test_id in of_tests if test_id not in collected]
    gone = [test_id for _, test_id in result.changes]
    if gone and len(gone) == len(of_tests):
        raise ValueError(
            f"none of the tests of {counted(len(gone), 'recording')} was collected, so nothing is deleted"
            + advice(gone, collected)
        )
    known = set(map(_file, collected))
    result.notes += [  # the file was deleted, or pytest was not given it
        f"no test of {name} was collected ({counted(number, 'recording')})"
        for name, number in sorted(Counter(map(_file, gone)).items())
        if name not in known
    ]
    for path, _ in progress(result.changes, "deleting", len(result.changes)) if write else ():
        result.attempt(path, Path(path).unlink)
    return result


def read_node_ids(text: str, prefix: str = "") -> set[str]:
    """The node ids of one list that is whole, as ``read_collected`` reads several."""
    return read_collected([text], prefix)


def advice(recorded: list[str], collected: set[str]) -> str:
    """The option that would help where the ids seem to be relative to another folder."""
    longer = Counter[str]()
    for test_id in recorded:
        for start in _starts(test_id):
            longer[start] += test_id.removeprefix(start) in collected
    ends = {node_id.removeprefix(start): start for node_id in collected for start in _starts(node_id)}
    shorter = Counter(ends[test_id] for test_id in recorded if test_id in ends)
    for option, starts in (("--prefix ", longer), ("--rootdir=", shorter)):
        for start, number in starts.most_common(1):
            if number:
                return f"; with {option}{start.rstrip('/')} {number} would be"
    return ""


def _starts(node_id: str) -> list[str]:
    """The folders that a node id begins with, each with its slash."""
    return [node_id[: slash.end()] for slash in re.finditer("/", _file(node_id))]


def _file(node_id: str) -> str:
    return node_id.partition("::")[0]
