"""A persister that loses nothing: cassette files in UTF-8, whole at any moment, though many processes save to one.

Saving takes a lock, and adds what other processes have saved to the file since this one loaded it. What this process
dropped on purpose (record mode ``all``, ``drop_unused_requests``) stays dropped.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from pathlib import Path
from typing import Any

from filelock import FileLock
from vcr.persisters.filesystem import CassetteNotFoundError, FilesystemPersister
from vcr.serialize import deserialize, serialize

from vcr_openai.errors import MalformedInteraction, describe
from vcr_openai.files import read_text, write_text

_LONGEST_WAIT = 120  # seconds for the lock: others hold it while they read, merge and write one file


class MergingPersister:
    """Wraps a persister that saves as vcrpy's own does, and saves in its place."""

    def __init__(self, inner: Any = FilesystemPersister) -> None:
        self._inner = inner
        self._loaded: dict[str, str] = {}  # the text of each file as this process knows it

    def load_cassette(self, cassette_path: str | os.PathLike[str], serializer: Any) -> Any:
        """vcrpy's requests and responses (and metadata).

        Raises CassetteNotFoundError where there is nothing, another error for what cannot be read.
        """
        text = _text(cassette_path)  # before the wrapped persister reads: what is added in between is merged later
        self._loaded[_name(cassette_path)] = text
        if not _is_plain(self._inner):
            return self._inner.load_cassette(cassette_path, serializer)
        if not text.strip():
            raise CassetteNotFoundError(f"{os.fspath(cassette_path)} is not there, or empty")
        return deserialize(text, serializer)

    def save_cassette(
        self, cassette_path: str | os.PathLike[str], cassette_dict: dict[str, Any], serializer: Any
    ) -> None:
        """Write the file, with what other processes added to it.

        Raises OSError for what the system refuses, ValueError where the file in its place is no cassette: it stays.
        """
        text = serialize(cassette_dict, serializer)
        with _lock(cassette_path):
            current = _text(cassette_path)
            if current.strip() and current != self._loaded.get(_name(cassette_path)):
                text = _merged(text, current, self._loaded.get(_name(cassette_path), ""), serializer)
            write_text(cassette_path, text, replace=True)
            self._loaded[_name(cassette_path)] = text


def merging(persister: Any) -> Any:
    """The persister wrapped, unless it saves in a way of its own."""
    if getattr(persister, "save_cassette", None) is FilesystemPersister.save_cassette:
        return MergingPersister(persister)
    return persister


def _merged(ours: str, current: str, loaded: str, serializer: Any) -> str:
    """Our cassette's text with the interactions that are in the current one and neither in ours nor in the loaded."""
    cassette = serializer.deserialize(ours)
    known = {_fingerprint(one) for one in cassette["interactions"]}
    if loaded.strip():
        known.update(map(_fingerprint, _interactions(loaded, serializer)))
    added = [one for one in _interactions(current, serializer) if _fingerprint(one) not in known]
    if not added:
        return ours
    text: str = serializer.serialize({**cassette, "interactions": [*cassette["interactions"], *added]})
    return text


def _interactions(text: str, serializer: Any) -> list[Any]:
    cassette = serializer.deserialize(text)
    interactions = cassette.get("interactions") if isinstance(cassette, dict) else None
    if not isinstance(interactions, list):
        raise MalformedInteraction("", "a cassette in the file that would be replaced", describe(cassette))
    return interactions


def _fingerprint(interaction: Any) -> str:
    return json.dumps(interaction, sort_keys=True, default=repr)


def _text(path: str | os.PathLike[str]) -> str:
    try:
        return read_text(path)
    except FileNotFoundError:
        return ""
    except ValueError as error:
        raise ValueError(f"{os.fspath(path)}: {error}") from error


def _is_plain(persister: Any) -> bool:
    """Whether a persister loads as vcrpy's own does."""
    load = getattr(persister.load_cassette, "__func__", None)
    return load is not None and load is FilesystemPersister.load_cassette.__func__


def _name(path: str | os.PathLike[str]) -> str:
    return os.path.realpath(path)


def _lock(path: str | os.PathLike[str]) -> FileLock:
    """The lock for a file. It lies outside the tree, where nobody has to clean up after it."""
    user = getattr(os, "getuid", lambda: "user")()
    folder = Path(tempfile.gettempdir(), f"vcr-openai-{user}")
    folder.mkdir(mode=0o700, exist_ok=True)
    name = hashlib.sha256(os.fsencode(_name(path))).hexdigest()
    return FileLock(folder / f"{name}.lock", timeout=_LONGEST_WAIT)
