"""The persister of a test whose cassette is a library's: what it records becomes recordings beside it.

It wraps the VCR's persister, which loads and saves the interactions that are not recordings.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vcr.persisters.filesystem import CassetteNotFoundError
from vcr.request import Request

from vcr_openai._errors import TranslationError
from vcr_openai._files import check_writable, read_text
from vcr_openai._findings import Finding
from vcr_openai._http.exchange import Exchange
from vcr_openai._library.library import Library, LibraryTest, Track
from vcr_openai._matching.rerecording import arrange
from vcr_openai._recording.call import shown_uri
from vcr_openai._recording.key import recording_name
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import kept_recording_of, playable_exchange
from vcr_openai._vcrpy.interactions import FILES, vcr_exchange, vcr_request, vcr_response
from vcr_openai._vcrpy.rerecorded_files import Rerecording, sent

Pair = tuple[Request, dict[str, Any]]
REPLACING = ("all", "rewrite")  # the record modes in which a model list is written though the same one is there
ADDING = "new_episodes"


class LibraryPersister:
    """Loads a test's recordings with what the wrapped persister loads; saves each new interaction as a recording."""

    def __init__(self, inner: Any, library: Library, test: LibraryTest, mode: str) -> None:
        self._inner = inner
        self._library = library
        self.test = test
        self._mode = mode
        self._beside = 0  # how many interactions the wrapped persister loaded
        self._written: set[os.PathLike[str]] = set()
        self._still_true: set[os.PathLike[str]] = set()  # model lists that a server gave again
        self._replaced: set[Path] = set()  # whose request was recorded again
        self._rerecording: Rerecording | None = None
        self._saved = True  # false while, or after, saving failed
        self.unrecorded = False
        """Whether the test has neither a recording of its own nor a cassette beside the library: in record mode
        ``once`` it records."""
        self.shared: set[str] = set()
        """The paths of the recordings that other tests play, too."""
        self.kept: list[Finding] = []
        """A finding for each new interaction that cannot be a recording: it is in the cassette beside the library."""

    def load_cassette(self, cassette_path: Any, serializer: Any) -> Any:
        """vcrpy's requests and responses (and metadata). Raises CassetteNotFoundError where there are none."""
        try:
            requests, responses, *more = self._inner.load_cassette(cassette_path, serializer)
        except CassetteNotFoundError:
            requests, responses, more = [], [], []
        self._beside = len(requests)
        tracks = self._library.cassette(self.test)
        if self._mode == "rewrite":
            tracks = [track for track in tracks if not track.own]
        if self._mode == ADDING:  # as the recorder's record-if-missing: which models there are is asked again
            tracks = [track for track in tracks if not (track.models and _is_page(track))]
        self.unrecorded = not requests and not any(track.own for track in tracks)
        self.shared = {str(path) for track in tracks if not track.own for path in track.files}
        recorded = [(exchange, list(map(str, track.files))) for track in tracks for exchange in track.exchanges]
        if not requests and not recorded:
            raise CassetteNotFoundError(f"neither a cassette {cassette_path} nor a recording of {self.test.test_id}")
        beside = [{**response, FILES: []} for response in responses]
        return (
            [*(vcr_request(exchange.request) for exchange, _ in recorded), *requests],
            [*({**vcr_response(exchange), FILES: files} for exchange, files in recorded), *beside],
            *more,
        )

    def save_cassette(self, cassette_path: Any, cassette_dict: dict[str, Any], serializer: Any) -> None:
        """Write what is new as recordings, what cannot be one through the wrapped persister; nothing else."""
        self._saved = False
        beside: list[Pair] = []
        new = False
        pairs = list(zip(cassette_dict["requests"], cassette_dict["responses"], strict=True))
        unchanged = self._unchanged(pairs)
        for number, (request, response) in enumerate(pairs):
            files = response.get(FILES)
            if files or number in unchanged:
                continue
            if files is None:
                if self._write(request, response):
                    continue
                new = True
            beside.append((request, {key: value for key, value in response.items() if key != FILES}))
        if new or len(beside) < self._beside or cassette_dict.get("metadata"):
            requests, responses = [request for request, _ in beside], [response for _, response in beside]
            self._inner.save_cassette(
                cassette_path, {**cassette_dict, "requests": requests, "responses": responses}, serializer
            )
            self._beside = len(beside)
        self._saved = True

    def record_again(self, rerecording: Rerecording) -> None:
        """Let what is saved next leave the recordings and the cassette that say the same."""
        self._rerecording = rerecording
        begin = getattr(self._inner, "record_again", None)
        if begin is not None:
            begin(rerecording)

    def check_writable(self, cassette_path: Any) -> None:
        """Raises OSError where recordings, or the cassette beside them, cannot be written."""
        check_writable(self.test.home / "any.json")
        check = getattr(self._inner, "check_writable", None)
        if check is not None:
            check(cassette_path)

    def used(self, cassette: Any) -> set[str]:
        """The paths of the recordings that a cassette of this persister has played, and of those that were written."""
        played = (response for position, (_, response) in enumerate(cassette.data) if cassette.play_counts[position])
        return {os.fspath(path) for path in self._written | self._still_true}.union(
            *(response.get(FILES) or () for response in played)
        )

    def finish(self, *, passed: bool) -> None:
        """After the test: a test that passed loses its recordings whose request was recorded again under another name,
        and in record mode ``rewrite`` all those that it did not replace.
        """
        if self._mode in REPLACING and passed and self._saved:
            for path in self._library.own(self.test) if self._mode == "rewrite" else self._replaced:
                if path not in self._written:
                    self._library.remove(path)

    def _unchanged(self, pairs: Sequence[Pair]) -> set[int]:
        """The numbers of the new interactions of which the test's own recordings say the same; these stay."""
        again = self._rerecording
        if again is None or self._mode not in REPLACING:
            return set()
        new = {number: self._playable(*pair) for number, pair in enumerate(pairs) if pair[1].get(FILES) is None}
        numbers = [number for number, exchange in new.items() if exchange is not None]
        paths = [path for path in self._library.own(self.test) if path not in self._written]
        old = {path: _read(path) for path in paths}
        paths = [path for path, exchange in old.items() if exchange is not None]
        before, after = (
            [sent(exchange, again.rules, None) for exchange in found.values() if exchange is not None]
            for found in (old, new)
        )
        placed = arrange(before, after)
        requests = {one.request for one in after}
        self._replaced.update(path for path, one in zip(paths, before, strict=True) if one.request in requests)
        self._written.update(paths[one.old] for one in placed if one.old is not None)
        return {numbers[one.new] for one in placed if one.old is not None}

    def _playable(self, request: Request, response: dict[str, Any]) -> Exchange | None:
        """What a new interaction is once it is a recording; None where it cannot be one."""
        try:
            recording, reason = self._recording(request, response)
        except TranslationError:
            return None
        return None if reason is not None else playable_exchange(recording)

    def _write(self, request: Request, response: dict[str, Any]) -> bool:
        """Write an interaction as a recording; False where it cannot be one."""
        recording, reason = self._recording(request, response)
        if reason is not None:
            return self._keep(request, reason)
        try:
            name = recording_name(recording)
        except TranslationError as error:
            return self._keep(request, str(error))
        path = self._library.place_for(self.test, recording, name, replaces=self._replaces)
        # The recorder's rule: a server that offers the same models as before changes no file.
        same = self._library.named(self.test, name) if name.startswith("models-") else []
        if same and self._mode not in REPLACING:
            self._still_true.update(same)
            return True
        self._written.add(path)
        return self._library.write(path, recording)

    def _recording(self, request: Request, response: dict[str, Any]) -> tuple[Recording, str | None]:
        return kept_recording_of(vcr_exchange(request, response).decoded()[0], self.test.test_id)

    def _replaces(self, path: Path) -> bool:
        """Whether another server's recording is replaced: when all is recorded anew, but none of this very test."""
        return self._mode in REPLACING and path not in self._written

    def _keep(self, request: Request, reason: str) -> bool:
        where = f"{request.method} {shown_uri(request.uri)}"
        self.kept.append(Finding("note", where, f"kept in the cassette beside the library: {reason}"))
        return False


def _is_page(track: Track) -> bool:
    """Whether a track is a page of models, and not a server's one model."""
    return any(urlsplit(exchange.request.uri).path.endswith("/models") for exchange in track.exchanges)


def _read(path: Path) -> Exchange | None:
    try:
        return playable_exchange(Recording.parse(read_text(path)))
    except (OSError, ValueError):
        return None
