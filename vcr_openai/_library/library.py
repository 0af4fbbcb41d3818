"""The library: a tree of recordings as the cassettes of its tests, for one test session.

What the recorder would find comes first, in the order in which it looks (OGX 1.5, ``testing/api_recorder.py``:
``find_recording``, ``_model_list_responses``, ``_combine_model_list_responses``). Renamed files, which it would not
find, come after.
"""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Callable, Container, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcr_openai._files import read_text, write_text
from vcr_openai._http.exchange import Exchange
from vcr_openai._library.index import (
    Entry,
    FileProgress,
    Folder,
    no_progress,
    save_index,
    scan_folder,
    server_of,
)
from vcr_openai._recording.normalized_ids import MAPPING
from vcr_openai._recording.recording import Recording, is_tagged
from vcr_openai._recording.translate import playable_exchange

Located = tuple[Folder, Entry]


@dataclass(frozen=True)
class LibraryTest:
    """A test: its node id, and the recordings folders in which it looks, in this order; it records into the first."""

    test_id: str
    folders: tuple[Path, ...]

    @property
    def home(self) -> Path:
        """The recordings folder next to the test's file."""
        return self.folders[0]


@dataclass(frozen=True)
class Track:
    """Exchanges of a test's cassette with one answer, and their files.

    ``own``: whether one was recorded by the test; ``models``: whether it is a list of models.
    """

    exchanges: list[Exchange]
    files: tuple[Path, ...]
    own: bool
    models: bool = False


class Library:
    """The recordings folders that the tests of a session have used, each looked through once."""

    def __init__(self, cache: Path | None = None, progress: FileProgress = no_progress) -> None:
        self._cache = cache
        self._progress = progress
        self._folders: dict[Path, Folder] = {}
        self._shared: dict[object, list[Exchange]] = {}  # by paths and stamps

    def problems(self) -> dict[str, str]:
        """The files that are not recordings, with the reason."""
        folders = self._folders.values()
        return {str(folder.path / place): why for folder in folders for place, why in folder.problems.items()}

    def cassette(self, test: LibraryTest) -> list[Track]:
        """What a test plays, its own recordings first. Opens their files, and no others."""
        folders = [self._folder(path) for path in test.folders]
        found = [(folder, entry) for folder in folders for entry in folder.entries_of(test.test_id)]
        tracks = [self._track(group, test) for group in cassette_entries(found, test.test_id)]
        for folder in folders:
            folder.close()
        return tracks

    def own(self, test: LibraryTest) -> list[Path]:
        """The files next to the test with recordings of it alone, which no other test may play."""
        found = self._folder(test.home).entries_of(test.test_id)
        return [test.home / entry.place for entry in found if entry.key is not None and entry.owner == test.test_id]

    def left(self, path: Path, used: Container[str]) -> list[tuple[str, Entry]]:
        """The recordings of a folder whose paths are not among the used ones."""
        folder = self._folder(path)
        places = [place for place in folder.entries if str(path / place) not in used]
        return [(str(path / entry.place), entry) for entry in folder.entries_at(places)]

    def owners(self, path: Path) -> list[str | None]:
        """The test id of each recording of a folder; None for a shared one."""
        return [entry.owner for entry in self._folder(path).entries.values()]

    def named(self, test: LibraryTest, name: str) -> list[Path]:
        """The recordings of that name in the folders in which a test looks."""
        return [folder / name for folder in test.folders if name in self._folder(folder).entries]

    def place_for(
        self, test: LibraryTest, recording: Recording, name: str, *, replaces: Callable[[Path], bool]
    ) -> Path:
        """The file next to the test for a recording of this name.

        The key does not have the URL's host. So a file of the name may be another server's; where it is not to be
        replaced, the recording gets a name of its own, by which the library finds it and the recorder does not.
        """
        path = test.home / name
        own = server_of(recording)
        others = [one for one in self._folder(test.home).entries_at([name]) if not one.models and one.server != own]
        if not others or replaces(path):
            return path
        return path.with_name(f"{path.stem}-{hashlib.sha256(own.encode()).hexdigest()[:7]}.json")

    def write(self, path: Path, recording: Recording) -> bool:
        """Write a recording, in place of an older one; False where the file there is not a recording, which stays."""
        try:
            old = Recording.parse(read_text(path))
        except FileNotFoundError:
            pass
        except ValueError as error:
            self._folder(path.parent).problems[path.name] = str(error)
            return False
        else:
            if mapping := old.document.get(MAPPING):  # replay goes on replacing those ids
                recording = Recording({**recording.document, MAPPING: mapping})
        write_text(path, recording.dump(), replace=True)
        self._changed(path)
        return True

    def remove(self, path: Path) -> None:
        """Remove a recording's file."""
        path.unlink(missing_ok=True)
        self._changed(path)

    def save_indexes(self) -> None:
        """Bring the indexes up to date with what was learned and written in this session."""
        for folder in self._folders.values():
            save_index(folder, self._cache)

    def _folder(self, path: Path) -> Folder:
        if path not in self._folders:
            self._folders[path] = scan_folder(path, self._cache, self._progress)
        return self._folders[path]

    def _changed(self, path: Path) -> None:
        for folder in self._folders.values():
            with contextlib.suppress(ValueError):  # it is in another folder
                folder.read(path.relative_to(folder.path).as_posix())

    def _track(self, group: Sequence[Located], test: LibraryTest) -> Track:
        files = tuple(folder.path / entry.place for folder, entry in group)
        own = any(entry.test_id == test.test_id for _, entry in group)
        stamps = (files, tuple(folder.stamps[entry.place] for folder, entry in group))
        exchanges = self._shared.get(stamps)
        if exchanges is None:
            exchanges = self._read(group)
            if not own:  # other tests play it, too
                self._shared[stamps] = exchanges
        return Track(exchanges, files, own, any(entry.models for _, entry in group))

    def _read(self, group: Iterable[Located]) -> list[Exchange]:
        recordings = []
        for folder, entry in group:
            try:
                recordings.append(folder.recording(entry.place))
            except (OSError, ValueError) as error:  # it changed since the index was made
                folder.problems[entry.place] = str(error)
        exchanges = map(playable_exchange, with_all_models(recordings) if recordings else [])
        return [exchange for exchange in exchanges if exchange is not None]


def cassette_entries(found: Iterable[Located], test_id: str) -> list[list[Located]]:
    """A test's cassette: groups of entries of one key, the test's own groups first.

    ``found`` has, folder by folder as the recorder looks, the test's own entries and the shared ones. A group has one
    entry, the first that the recorder finds, or the lists of models that are merged into one. Entries of one key that
    come from several servers are groups of their own: each server's request is answered by its own.
    """
    groups: dict[tuple[str, str], list[Located]] = {}
    for folder, entry in found:
        if entry.key is not None:
            groups.setdefault((entry.key, "" if entry.models else entry.server), []).append((folder, entry))
    merged = [_merged(group, test_id) for group in groups.values()]
    return sorted(merged, key=lambda group: min((one.test_id != test_id, not one.named) for _, one in group))


def _merged(group: list[Located], test_id: str) -> list[Located]:
    found = sorted(group, key=lambda one: (not one[1].named, one[1].test_id != test_id))
    lists = [one for one in found if one[1].models]
    return lists or found[:1]


def with_all_models(recordings: Sequence[Recording]) -> list[Recording]:
    """Lists of models with the models of all, sorted by id; one for each URL, since one key may have several hosts.

    Of a model in several lists the last one's data count, as in the recorder.
    """
    if len(recordings) == 1:
        return list(recordings)
    first = {one.request["url"]: one for one in reversed(recordings)}
    if any(not isinstance(one.response["body"], list) for one in recordings):  # /info: a server has one model
        return [one for one in recordings if first[one.request["url"]] is one]
    models = {_model_id(model): model for one in recordings for model in one.response["body"]}
    body = [models[name] for name in sorted(models)]
    return [
        Recording({**one.document, "response": {**one.response, "body": body}})
        for one in recordings
        if first[one.request["url"]] is one
    ]


def _model_id(model: Any) -> str:
    data = model["__data__"] if is_tagged(model) else model
    return str(data.get("id", "")) if isinstance(data, dict) else ""
