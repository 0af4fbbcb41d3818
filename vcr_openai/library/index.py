"""The index: what the files of a recordings folder hold, so that a test opens only its own.

It lies in a cache folder, one file for each recordings folder, and is only ever a shortcut: what it says of a file
counts while the file's size and time stamp are the same, and an index that cannot be read is made anew. Several
processes may write it at once; each writes a whole one, and the last one stays.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import astuple, dataclass, field
from pathlib import Path
from typing import Any

from vcr_openai._recording.recording import Recording
from vcr_openai._trees.library import Entry, entry_of, with_normalized_ids
from vcr_openai.files import read_text, write_text

_VERSION = 1  # of the index; also raised when the rule of the key or of the names changes
_PATIENCE = 1.0  # seconds before a progress bar is worth looking at
_TYPES: tuple[tuple[type, ...], ...] = ((str,), (str, type(None)), (str, type(None)), (bool,), (bool,))

Stamp = tuple[int, int]  # size in bytes, time of the last change in nanoseconds
Shown = Callable[[], AbstractContextManager[object]]  # within it the terminal is ours


@dataclass
class Folder:
    """A recordings folder as it was when it was looked through: its recordings, and why other files are none."""

    path: Path
    stamps: dict[str, Stamp] = field(default_factory=dict)
    entries: dict[str, Entry] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    _by_test: dict[str | None, list[Entry]] = field(default_factory=dict, compare=False, repr=False)

    def entries_of(self, test_id: str) -> list[Entry]:
        """The entries that are part of a test's cassette."""
        if not self._by_test:
            for entry in self.entries.values():
                self._by_test.setdefault(None if entry.is_shared else entry.test_id, []).append(entry)
        return [*self._by_test.get(test_id, ()), *self._by_test.get(None, ())]

    def read(self, place: str) -> None:
        """Look at one file again; it may be gone."""
        self._by_test.clear()
        self.entries.pop(place, None)
        self.problems.pop(place, None)
        path = self.path / place
        try:
            found = path.stat()
            recording = Recording.parse(read_text(path))
            entry = entry_of(place, with_normalized_ids(recording))
        except FileNotFoundError:
            self.stamps.pop(place, None)
        except (OSError, ValueError) as error:
            self.problems[place] = str(error)
        else:
            self.stamps[place] = (found.st_size, found.st_mtime_ns)
            self.entries[place] = entry


def look_through(path: Path, cache: Path | None = None, shown: Shown = contextlib.nullcontext) -> Folder:
    """The recordings folder ``path``, with the help of the index in the folder ``cache``, which is brought up to date.

    Opens the index and the files that changed since it was written.
    """
    index = cache / f"{hashlib.sha256(os.fsencode(path)).hexdigest()[:32]}.json" if cache is not None else None
    known = _read_index(index, path) if index is not None else Folder(path)
    found = dict(_stamps(path, ""))
    folder = Folder(path)
    changed = []
    for place, stamp in found.items():
        if known.stamps.get(place) == stamp:
            folder.stamps[place], folder.entries[place] = stamp, known.entries[place]
        else:
            changed.append(place)
    for place in _shown(changed, str(path), shown):
        folder.read(place)
    if index is not None and folder.stamps != known.stamps:
        with contextlib.suppress(OSError):  # a shortcut that cannot be kept is no harm
            write_text(index, _index_text(folder), replace=True)
    return folder


def _stamps(path: Path, prefix: str) -> Iterator[tuple[str, Stamp]]:
    """The .json files under a folder, folders first looked at themselves; nothing hidden, no link to a folder."""
    try:
        with os.scandir(path) as found:
            children = sorted(found, key=lambda child: child.name)
    except OSError:  # there is no such folder, so it holds nothing; or it is not ours to read
        return
    for child in children:
        if child.name.startswith("."):
            continue
        if child.is_dir(follow_symlinks=False):
            yield from _stamps(path / child.name, f"{prefix}{child.name}/")
        elif child.name.endswith(".json"):
            with contextlib.suppress(OSError):  # gone in the meantime, or a link to nothing
                stat = child.stat()
                yield f"{prefix}{child.name}", (stat.st_size, stat.st_mtime_ns)


def _shown(places: list[str], label: str, shown: Shown) -> Iterator[str]:
    """The places, with a progress bar on standard error once they take long."""
    start = time.monotonic()
    rest = iter(places)
    done = 0
    for place in rest:
        yield place
        done += 1
        if time.monotonic() - start > _PATIENCE:
            break
    with contextlib.ExitStack() as stack:
        if done == len(places):
            return
        stack.enter_context(shown())
        from rich.console import Console
        from rich.progress import Progress

        console = Console(stderr=True)
        progress = stack.enter_context(Progress(console=console, transient=True, disable=not console.is_terminal))
        task = progress.add_task(f"index of {label}", total=len(places), completed=done)
        for place in rest:
            yield place
            progress.advance(task)


def _index_text(folder: Folder) -> str:
    rows = [[*folder.stamps[place], *astuple(folder.entries[place])] for place in folder.stamps]
    return json.dumps({"version": _VERSION, "folder": str(folder.path), "files": rows})


def _read_index(index: Path, path: Path) -> Folder:
    """What an index file says; an empty folder where there is none, or it is damaged or of another version."""
    folder = Folder(path)
    try:
        value = json.loads(read_text(index))
        if value["version"] != _VERSION or value["folder"] != str(path):
            return folder
        for size, changed, *facts in value["files"]:
            entry = _entry(facts)
            folder.stamps[entry.place] = (int(size), int(changed))
            folder.entries[entry.place] = entry
    except (OSError, ValueError, TypeError, KeyError, RecursionError):
        return Folder(path)
    return folder


def _entry(facts: list[Any]) -> Entry:
    if len(facts) != len(_TYPES) or not all(map(isinstance, facts, _TYPES)):
        raise ValueError("not what this version writes")
    return Entry(*facts)
