"""The index: what the files of a recordings folder contain, so that a test opens only its own.

A cache folder has one index file for each recordings folder. Its entry for a file is valid while the file's size and
time stamp are the same; an index that cannot be read is made again. Several processes may write it at once: each writes
a whole file, and the last one stays.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISREG
from urllib.parse import urlsplit

from vcr_openai._api.endpoint import Layout
from vcr_openai._api.endpoint_lookup import recorded_endpoint
from vcr_openai._files import read_text, write_text
from vcr_openai._recording import skimmed
from vcr_openai._recording.key import key_in, recording_name
from vcr_openai._recording.normalized_ids import MAPPING, with_normalized_ids
from vcr_openai._recording.opaque import why_opaque
from vcr_openai._recording.recording import Recording

_VERSION = 5  # of the index; raised, too, when the rule of the key or of the names changes

Stamp = tuple[int, int]  # size in bytes, time of the last change in nanoseconds
FileProgress = Callable[[Sequence[str], str], Iterable[str]]  # passes on steps; may show how many of them are done


@dataclass(frozen=True)
class Entry:
    """What is known of a file with a recording, without opening it."""

    place: str  # its path in the recordings folder, with ``/``
    test_id: str | None
    key: str | None = None  # by the current rule; None for a recording that answers no HTTP request
    named: bool = False  # whether its name is the one by which the recorder finds it
    models: bool = False  # whether it is a list of models, of which several are merged
    skimmed: bool = False  # whether only its place and test are known yet
    server: str = ""  # scheme, host and port of its URL, which the key does not have
    plain: bool = False  # whether it is a plain interaction, for which no recorder looks

    @property
    def owner(self) -> str | None:
        """The only test that may play it; None where all may.

        That is a recording made outside a test, or a list of models, which is keyed without one.
        """
        return None if self.models and self.named else self.test_id


_TEXT = (str, type(None))
_TYPES: tuple[type | tuple[type, ...], ...] = (str, _TEXT, _TEXT, bool, bool, bool, str, bool)  # of an entry's fields


@dataclass
class Folder:
    """A recordings folder when it was looked through: its recordings, and why other files are not recordings.

    The first look only skims a file that belongs to one test. The rest is read when that test starts, which opens the
    file anyway.
    """

    path: Path
    stamps: dict[str, Stamp] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    unsaved: bool = field(default=False, compare=False)  # whether more is known than the index has
    _by_test: dict[str | None, list[str]] = field(default_factory=dict, compare=False, repr=False)
    _fresh: dict[str, Recording] = field(default_factory=dict, compare=False, repr=False)

    def entries_of(self, test_id: str) -> list[Entry]:
        """The entries that are part of a test's cassette, in order; opens the files that were only skimmed."""
        if not self._by_test:
            for place, entry in self.entries.items():
                self._by_test.setdefault(entry.owner, []).append(place)
        found = self.entries_at(sorted([*self._by_test.get(test_id, ()), *self._by_test.get(None, ())]))
        return [entry for entry in found if entry.owner in (None, test_id)]  # one may have changed

    def entries_at(self, places: Iterable[str]) -> list[Entry]:
        """The entries of these files; opens those that were only skimmed."""
        entries = {place: self.entries.get(place) for place in places}
        opened = [self._read(place) if entry and entry.skimmed else entry for place, entry in entries.items()]
        return [entry for entry in opened if entry is not None]

    def recording(self, place: str) -> Recording:
        """The recording in a file. Raises OSError, ValueError."""
        return self._fresh.pop(place, None) or with_normalized_ids(Recording.parse(read_text(self.path / place)))

    def close(self) -> None:
        """Forget the recordings that were opened and not asked for."""
        self._fresh.clear()

    def read(self, place: str) -> None:
        """Look at one file again, which changed; it may be gone."""
        self._by_test.clear()
        self._read(place)
        self._fresh.pop(place, None)

    def skim(self, place: str, stamp: Stamp) -> None:
        """Look at one file for the first time; ``stamp`` is its size and time in the folder's listing."""
        try:
            with open(f"{self.path}/{place}", "rb", buffering=0) as file:  # noqa: PTH123  # a Path costs as much again
                recording = Recording(skimmed.skim(file.read()))
        except (OSError, ValueError):  # the strict reader has the reason
            self.read(place)
            return
        if recording.test_id is None or _is_merged(recording) or recording.document.get(MAPPING):
            self.read(place)  # it may be another test's, too
        else:
            self.stamps[place], self.entries[place] = stamp, Entry(place, recording.test_id, skimmed=True)

    def _read(self, place: str) -> Entry | None:
        self.unsaved = True
        for known in (self.stamps, self.entries, self.problems):
            known.pop(place, None)
        path = self.path / place
        try:
            stamp = _stamp(path.stat())
            recording = with_normalized_ids(Recording.parse(read_text(path)))
            entry = entry_of(place, recording)
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            self.problems[place] = str(error)
            return None
        self.stamps[place], self.entries[place], self._fresh[place] = stamp, entry, recording
        return entry


def no_progress(steps: Sequence[str], _what: str) -> Sequence[str]:
    """Pass on the steps and show nothing."""
    return steps


def scan_folder(path: Path, cache: Path | None = None, progress: FileProgress = no_progress) -> Folder:
    """The recordings folder ``path``, with the help of the index in the folder ``cache``, which is brought up to date.

    Opens the index and the files that changed since it was written; ``progress`` passes on the names of these files.
    """
    known = _read_index(cache, path)
    found = dict(_stamps(path, ""))
    folder = Folder(path)
    changed = []
    for place, stamp in found.items():
        if known.stamps.get(place) == stamp:
            folder.stamps[place], folder.entries[place] = stamp, known.entries[place]
        else:
            changed.append(place)
    for place in progress(changed, f"index of {path}"):
        folder.skim(place, found[place])
    folder.unsaved = folder.stamps != known.stamps
    save_index(folder, cache)
    return folder


def save_index(folder: Folder, cache: Path | None) -> None:
    """Bring a folder's index up to date where more is known than it has, with what other processes learned."""
    if cache is None or not folder.unsaved:
        return
    known = _read_index(cache, folder.path)
    for place, entry in folder.entries.items():
        if entry.skimmed and known.stamps.get(place) == folder.stamps[place]:
            folder.entries[place] = known.entries[place]
    with contextlib.suppress(OSError):  # the index is only a shortcut
        write_text(_index(cache, folder.path), _index_text(folder), replace=True)
        folder.unsaved = False


def entry_of(place: str, recording: Recording) -> Entry:
    """The index's entry of a recording."""
    if why_opaque(recording) is not None:
        return Entry(place, recording.test_id)
    name = recording_name(recording)
    models = _is_merged(recording) and isinstance(recording.response["body"], (list, dict))
    server = server_of(recording)
    plain = recording.layout is Layout.INTERACTION
    named = place == name
    return Entry(place, recording.test_id, key_in(name), named=named, models=models, server=server, plain=plain)


def server_of(recording: Recording) -> str:
    """Scheme, host and port of a recording's URL; empty for a recording without one."""
    url = recording.request.get("url", recording.request.get("uri"))
    parts = urlsplit(url) if isinstance(url, str) else None
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}" if parts else ""


def _is_merged(recording: Recording) -> bool:
    """Whether a recording is a list of models: the recorder keys it without its test, and merges it with others."""
    path = recording.request.get("endpoint")
    row = recorded_endpoint(path) if isinstance(path, str) else None
    if row is None or not row.by_recorder:
        return False
    return row.lookup or (row.page and not isinstance(recording.response["body"], dict))


def _stamp(found: os.stat_result) -> Stamp:
    return found.st_size, found.st_mtime_ns


def _stamps(path: Path, prefix: str) -> Iterator[tuple[str, Stamp]]:
    """The .json files under a folder, in order; nothing hidden, no link to a folder."""
    try:
        with os.scandir(path) as listed:
            children = sorted(listed, key=lambda child: child.name)
    except OSError:  # there is no such folder, or it may not be read
        return
    for child in children:
        if child.name.startswith("."):
            continue
        if child.is_dir(follow_symlinks=False):
            yield from _stamps(path / child.name, f"{prefix}{child.name}/")
        elif child.name.endswith(".json"):
            with contextlib.suppress(OSError):  # gone in the meantime, or a link to nothing
                found = child.stat()
                if S_ISREG(found.st_mode):  # opening a pipe would wait for ever
                    yield f"{prefix}{child.name}", _stamp(found)


def _index_text(folder: Folder) -> str:
    rows = [[*folder.stamps[place], *vars(entry).values()] for place, entry in folder.entries.items()]
    return json.dumps({"version": _VERSION, "folder": str(folder.path), "files": rows})


def _index(cache: Path, path: Path) -> Path:
    return cache / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.json"


def _read_index(cache: Path | None, path: Path) -> Folder:
    """The content of an index file; an empty folder where it is missing, damaged or of another version."""
    folder = Folder(path)
    if cache is None:
        return folder
    try:
        value = json.loads(read_text(_index(cache, path)))
        if value["version"] != _VERSION or value["folder"] != str(path):
            return folder
        for size, changed, *facts in value["files"]:
            if len(facts) != len(_TYPES) or not all(map(isinstance, facts, _TYPES)):
                return Folder(path)
            entry = Entry(*facts)
            folder.stamps[entry.place], folder.entries[entry.place] = (int(size), int(changed)), entry
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Folder(path)
    return folder
