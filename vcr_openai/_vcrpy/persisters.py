"""A persister that loses nothing: cassette files in UTF-8, whole at any moment, even if many processes save to one.

Saving takes a lock and adds what other processes have saved to the file since this one loaded it. What this process
dropped on purpose (record mode ``all``, ``drop_unused_requests``) stays dropped.
"""

from __future__ import annotations

import hashlib
import json
import os
import tempfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from filelock import FileLock
from vcr.persisters.filesystem import CassetteNotFoundError, FilesystemPersister
from vcr.serialize import deserialize, serialize

from vcr_openai._errors import MalformedInteraction, TranslationError, Unsupported, describe
from vcr_openai._files import check_writable, read_text, text_if_any, write_text
from vcr_openai._formats.document import Document, refuse_conflict
from vcr_openai._formats.file_parts import FILE_PARTS
from vcr_openai._formats.line_ends import with_ends_of
from vcr_openai._http.body import Body
from vcr_openai._trees.cassette_paths import fitting
from vcr_openai._vcrpy.compat import combined_paths, loads_as_vcrpy, saves_as_vcrpy
from vcr_openai._vcrpy.interactions import vcr_exchange, vcr_request, vcr_response
from vcr_openai._vcrpy.kept_texts import LoadedFile, kept_text, remember
from vcr_openai._vcrpy.loaded import loaded, loaded_cassette
from vcr_openai._vcrpy.rerecorded_files import Rerecording
from vcr_openai._vcrpy.serializers import ExchangeSerializer, PlainSerializer

_TEXT = "text, which is all that a JSON cassette can have"
_BINARY = (
    "bytes that are not text; choose the serializer openai.yaml, recording.json or yaml (or, if they are only "
    "compressed, decode_compressed_response=True)"
)
_LONGEST_WAIT = 120  # seconds for the lock: others hold it while they read, merge and write one file


class MergingPersister:
    """Wraps a persister that saves as vcrpy's own does, and saves in its place.

    With ``one_for_each`` the processes that save to a file do the same: of equal requests, each process's first is one.
    """

    def __init__(self, inner: Any = FilesystemPersister, *, one_for_each: bool = False) -> None:
        self._inner = inner
        self._merge = _united if one_for_each else _merged
        self._loaded: dict[str, str] = {}  # the text of each file as this process knows it
        self._rerecording: Rerecording | None = None

    def load_cassette(self, cassette_path: str | os.PathLike[str], serializer: Any) -> Any:
        """vcrpy's requests and responses (and metadata).

        Raises CassetteNotFoundError where there is no file or a blank one; OSError or ValueError with the file's name
        for a file that cannot be read. Such a file never counts as empty, in no record mode, and is not saved over.
        """
        cassette_path = _fitting(cassette_path)
        text = _text(cassette_path)  # before the wrapped persister reads: what is added in between is merged later
        self._loaded[_name(cassette_path)] = text
        further = combined_paths(self._inner) if _is_ours(serializer) else None
        if further is not None or loads_as_vcrpy(self._inner):
            texts = {os.fspath(cassette_path): text}
            texts.update({path: _text(path) for path in further or () if path not in texts})
            found = [_content(text, path, serializer) for path, text in texts.items() if text.strip()]
            if not found:
                raise CassetteNotFoundError(f"{os.fspath(cassette_path)} is not there, or empty")
            return _joined(found)
        try:
            return self._inner.load_cassette(cassette_path, serializer)
        except (ValueError, TypeError, AttributeError, LookupError):
            if text.strip():
                _content(text, cassette_path, serializer)  # whose error names this file, where the fault is in it
            raise

    def save_cassette(
        self, cassette_path: str | os.PathLike[str], cassette_dict: dict[str, Any], serializer: Any
    ) -> None:
        """Write the file, with what other processes added to it.

        Raises OSError for what the system refuses; ValueError where the file in its place is not a cassette, and leaves
        it there; Unsupported for bytes that the serializer cannot write, as vcrpy's for JSON.
        """
        try:
            text = _with_kept_texts(cassette_dict, serializer) or _written(cassette_dict, serializer)
        except TypeError as error:
            if where := _where_binary(cassette_dict):
                raise Unsupported(where, _TEXT, _BINARY) from error
            raise
        cassette_path = _fitting(cassette_path)
        if self._rerecording is not None:
            former = self._rerecording.former
            former = self._loaded.get(_name(cassette_path), "") if former is None else former
            text = self._rerecording.text(text, former, serializer, _read)
        with _lock(cassette_path):
            current = _text(cassette_path)
            if current.strip() and current != self._loaded.get(_name(cassette_path)):
                text = self._merge(text, current, self._loaded.get(_name(cassette_path), ""), serializer)
            text = with_ends_of(current, text)
            write_text(_name(cassette_path), text, replace=True)  # through a link, as vcrpy's own does
            self._loaded[_name(cassette_path)] = text

    def record_again(self, rerecording: Rerecording) -> None:
        """Let what is saved next keep what did not change of the file that it replaces."""
        self._rerecording = rerecording

    def check_writable(self, cassette_path: str | os.PathLike[str]) -> None:
        """Raises OSError where the file or its lock cannot be written, before anything is recorded."""
        check_writable(_fitting(cassette_path))
        check_writable(_lock_folder() / "any.lock")


def merging(persister: Any) -> Any:
    """The persister wrapped, unless it saves in a way of its own."""
    return MergingPersister(persister) if saves_as_vcrpy(persister) else persister


def _with_kept_texts(cassette: dict[str, Any], serializer: Any) -> str | None:
    """The text of a cassette, of which only what is new or changed is written anew; None where that does not do."""
    if cassette.get("metadata") or not _is_ours(serializer):
        return None
    pairs = list(zip(cassette["requests"], cassette["responses"], strict=True))
    texts = [kept_text(request, response, serializer.name) for request, response in pairs]
    fresh = [pair for pair, text in zip(pairs, texts, strict=True) if text is None]
    if len(fresh) == len(pairs):
        return None
    parts = FILE_PARTS[serializer.name]
    if fresh:
        lists = {"requests": [request for request, _ in fresh], "responses": [response for _, response in fresh]}
        try:
            written = parts.split(_written(lists, serializer))
        except TranslationError:  # its place is that among all of them
            return None
        if written is None or len(written) != len(fresh) or serializer.has_findings:
            return None
        rest = iter(written)
        texts = [next(rest) if text is None else text for text in texts]
    return parts.join([text for text in texts if text is not None])


def _written(cassette: dict[str, Any], serializer: Any) -> str:
    """The text of a cassette. A serializer of ours is handed exchanges, whose bodies are read already."""
    if not isinstance(serializer, ExchangeSerializer):
        text: str = serialize(cassette, serializer)
        return text
    exchanges = []
    for index, (request, response) in enumerate(zip(cassette["requests"], cassette["responses"], strict=True)):
        try:
            exchanges.append(vcr_exchange(request, response))
        except TranslationError as error:
            raise error.within(f"interactions[{index}]") from error
    metadata = cassette.get("metadata")
    return serializer.dump(exchanges, {"metadata": metadata} if metadata else {})


def _where_binary(cassette: dict[str, Any]) -> str:
    """The place of the first body that is not UTF-8 text; empty where all are."""
    for index, (request, response) in enumerate(zip(cassette["requests"], cassette["responses"], strict=True)):
        bodies = {"request.body": request.body, "response.body.string": (response.get("body") or {}).get("string")}
        for name, body in bodies.items():
            if isinstance(body, bytes) and Body(body).text is None:
                return f"interactions[{index}].{name}"
    return ""


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


def _is_ours(serializer: Any) -> bool:
    return isinstance(serializer, (ExchangeSerializer, PlainSerializer))


def _united(ours: str, current: str, loaded: str, serializer: Any) -> str:  # noqa: ARG001  # as ``_merged``
    """The current cassette's text with those of our interactions whose requests it does not have as often."""
    cassette = serializer.deserialize(ours)
    theirs = _interactions(current, serializer)
    there = Counter(map(_request, theirs))
    here: Counter[str] = Counter()
    added = []
    for one in cassette["interactions"]:
        here[_request(one)] += 1
        if here[_request(one)] > there[_request(one)]:
            added.append(one)
    text: str = serializer.serialize({**cassette, "interactions": [*theirs, *added]})
    return text


def _request(interaction: Any) -> str:
    return _fingerprint([interaction["request"].get(name) for name in ("method", "uri", "body")])


def remove_once(path: Path, run: str) -> str:
    """Remove a cassette file that is to be recorded anew; where a run of several processes has a name, only once in it.

    Gives the text that was removed; empty where nothing was, or no text. Raises OSError for what the system refuses.
    """
    with _lock(path) as lock:
        if run:
            mark = Path(lock.lock_file).with_suffix(f".{hashlib.sha256(run.encode()).hexdigest()[:16]}")
            if mark.exists():
                return ""
            mark.touch()
        former = text_if_any(path)
        path.unlink(missing_ok=True)
        return former


def _content(text: str, path: str | os.PathLike[str], serializer: Any) -> Any:
    """What is in a cassette file. Raises ValueError with the file's name."""
    try:
        refuse_conflict(text)
        found = _read(text, serializer)
    except TranslationError as error:
        where = f"{os.fspath(path)}: {error.where}" if error.where else os.fspath(path)
        raise type(error)(where, error.expected, error.found) from error
    except (ValueError, TypeError, AttributeError, LookupError) as error:  # half a character in a body, odd headers, …
        raise MalformedInteraction(os.fspath(path), "requests that vcrpy can load", f"an error: {error}") from error
    if _is_ours(serializer):
        remember(LoadedFile(text, serializer.name), found[0], found[1])
    for index, request in enumerate(found[0]):
        request.place = os.fspath(path), index
    return found


def _joined(found: Sequence[Any]) -> Any:
    """What several files contain, as if it were one."""
    if len(found) == 1:
        return found[0]
    requests, responses = ([one for part in found for one in part[index]] for index in (0, 1))
    return loaded(requests, responses, {"metadata": found[0][2]} if len(found[0]) > 2 else {})


def _read(text: str, serializer: Any) -> Any:
    if isinstance(serializer, PlainSerializer):
        return loaded_cassette(serializer.deserialize(text))
    if isinstance(serializer, ExchangeSerializer):
        return _as_vcrpy_has_it(serializer.load_to_play(text))
    return deserialize(text, serializer)


def _as_vcrpy_has_it(document: Document) -> Any:
    """vcrpy's requests, responses and, where there are any, metadata of a document."""
    requests = [vcr_request(exchange.request) for exchange in document.exchanges]
    responses = [vcr_response(exchange) for exchange in document.exchanges]
    return loaded(requests, responses, document.further)


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
    except (ValueError, OSError) as error:
        if isinstance(error, OSError) and error.filename is not None:
            raise
        raise type(error)(f"{os.fspath(path)}: {error}") from error


def _fitting(path: str | os.PathLike[str]) -> str | os.PathLike[str]:
    """The path, with a shorter name where the system cannot have one that long."""
    folder, name = os.path.split(path)
    fits = fitting(name)
    return path if fits == name or os.path.lexists(path) else os.path.join(folder, fits)  # noqa: PTH118


def _name(path: str | os.PathLike[str]) -> str:
    return os.path.realpath(path)


def _lock(path: str | os.PathLike[str]) -> FileLock:
    """The lock for a file. It is outside the tree, where nobody has to clean it up."""
    name = hashlib.sha256(os.fsencode(_name(path))).hexdigest()
    return FileLock(_lock_folder() / f"{name}.lock", timeout=_LONGEST_WAIT)


def _lock_folder() -> Path:
    """The folder for locks, which is made if it is missing. Raises OSError where it cannot be, or is another user's."""
    user = getattr(os, "getuid", lambda: None)()
    folder = Path(tempfile.gettempdir(), f"vcr-openai-{user}")
    folder.mkdir(mode=0o700, exist_ok=True)
    # In somebody else's folder a lock could be a link to a file of ours, which would be emptied when it is opened.
    if user is not None and folder.lstat().st_uid != user:
        raise PermissionError(f"{folder}: expected a folder of this user's own for locks, found another user's")
    return folder
