"""The library: a tree of recordings as the cassettes of its tests, for one test session."""

from __future__ import annotations

import contextlib
import copy
from collections.abc import Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcr_openai._files import read_text, write_text
from vcr_openai._library.index import Folder, Progress, keep, look_through, no_progress
from vcr_openai._library.library_rules import Entry, cassette_entries, with_all_models, with_mapping_of
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import to_exchange

Interaction = dict[str, Any]


@dataclass(frozen=True)
class LibraryTest:
    """A test, as the library sees it: its node id, where it records, and where it looks, the first one first."""

    test_id: str
    folders: tuple[Path, ...]

    @property
    def home(self) -> Path:
        """The recordings folder beside the test's file."""
        return self.folders[0]


@dataclass(frozen=True)
class Track:
    """Interactions of a test's cassette with the same answer, and the files from which they come."""

    interactions: list[Interaction]
    files: tuple[Path, ...]
    own: bool


class Library:
    """The recordings folders that the tests of a session have used, each looked through once."""

    def __init__(self, cache: Path | None = None, progress: Progress = no_progress) -> None:
        self._cache = cache
        self._progress = progress
        self._folders: dict[Path, Folder] = {}
        self._shared: dict[tuple[tuple[Path, object], ...], list[Interaction]] = {}
        self._refused: dict[Path, str] = {}

    def problems(self) -> dict[str, str]:
        """The files that are no recordings, with the reason."""
        found = {
            str(folder.path / place): why for folder in self._folders.values() for place, why in folder.problems.items()
        }
        return found | {str(path): why for path, why in self._refused.items()}

    def cassette(self, test: LibraryTest) -> list[Track]:
        """What a test plays, its own recordings first. Opens their files, and no others."""
        folders = [self._folder(path) for path in test.folders]
        groups = cassette_entries([folder.entries_of(test.test_id) for folder in folders], test.test_id)
        tracks = [self._track([(folders[number], entry) for number, entry in group], test) for group in groups]
        for folder in folders:
            folder.close()
        return tracks

    def own(self, test: LibraryTest) -> list[Path]:
        """The files beside the test that hold recordings of it alone: none that another test may play."""
        mine = [one for one in self._folder(test.home).entries_of(test.test_id) if one.test_id == test.test_id]
        return [test.home / entry.place for entry in mine if entry.key is not None and not entry.is_shared]

    def left(self, path: Path, used: Container[str]) -> list[tuple[str, Entry]]:
        """The recordings of a folder whose paths are not among the used ones."""
        folder = self._folder(path)
        places = [place for place in folder.entries if str(path / place) not in used]
        return [(str(path / entry.place), entry) for entry in folder.entries_at(places)]

    def owners(self, path: Path) -> list[str | None]:
        """The test id of each recording of a folder; None for a shared one."""
        return self._folder(path).owners()

    def has(self, test: LibraryTest, name: str) -> bool:
        """Whether a recording of that name is in one of the folders in which a test looks."""
        return any(name in self._folder(folder).entries for folder in test.folders)

    def write(self, path: Path, recording: Recording) -> bool:
        """Write a recording, in place of an older one; False where the file in its place is none, which stays."""
        try:
            old = Recording.parse(read_text(path))
        except FileNotFoundError:
            pass
        except ValueError as error:
            self._refused[path] = str(error)
            return False
        else:
            recording = with_mapping_of(recording, old)
        write_text(path, recording.dump(), replace=True)
        self._changed(path)
        return True

    def remove(self, path: Path) -> None:
        """Remove a recording's file."""
        path.unlink(missing_ok=True)
        self._changed(path)

    def keep(self) -> None:
        """Bring the indexes up to date with what was learned and written since the folders were looked through."""
        for folder in self._folders.values():
            keep(folder, self._cache)

    def _folder(self, path: Path) -> Folder:
        if path not in self._folders:
            self._folders[path] = look_through(path, self._cache, self._progress)
        return self._folders[path]

    def _changed(self, path: Path) -> None:
        for folder in self._folders.values():
            with contextlib.suppress(ValueError):  # it lies elsewhere
                folder.read(path.relative_to(folder.path).as_posix())

    def _track(self, group: Sequence[tuple[Folder, Entry]], test: LibraryTest) -> Track:
        files = tuple(folder.path / entry.place for folder, entry in group)
        own = any(entry.test_id == test.test_id for _, entry in group)
        stamps = tuple((folder.path / entry.place, folder.stamps[entry.place]) for folder, entry in group)
        if stamps in self._shared:
            return Track(copy.deepcopy(self._shared[stamps]), files, own)
        interactions = self._read(group)
        if not own:  # every test plays it; one of the test's own is played by no other
            self._shared[stamps] = copy.deepcopy(interactions)
        return Track(interactions, files, own)

    def _read(self, group: Iterable[tuple[Folder, Entry]]) -> list[Interaction]:
        recordings = []
        for folder, entry in group:
            path = folder.path / entry.place
            try:
                recordings.append(folder.recording(entry.place))
            except (OSError, ValueError) as error:  # it changed since the index was made
                self._refused[path] = str(error)
        exchanges = map(to_exchange, with_all_models(recordings) if recordings else [])
        return [exchange for exchange in exchanges if exchange is not None]
