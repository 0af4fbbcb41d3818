"""Which interactions of many files are wanted: those of a test, with a key, or in which a text occurs."""

from __future__ import annotations

import re
from dataclasses import dataclass

from vcr_openai._formats.document import Document
from vcr_openai._http.exchange import Exchange
from vcr_openai._recording.accepted import is_from_wire
from vcr_openai._recording.key import recording_key
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import recording_of
from vcr_openai._redaction.redact import redact_exchange
from vcr_openai._review.transcript import transcript
from vcr_openai._trees.cassette_paths import CASSETTES, safe_name, stem
from vcr_openai._trees.files_of_tests import is_of_test, is_test_id
from vcr_openai._trees.sources import Source
from vcr_openai._trees.tests_of_cassettes import KnownTests, test_of


@dataclass(frozen=True)
class Selection:
    """What is wanted; None asks for nothing.

    ``test`` is a node id, or a part of one. ``key`` is the beginning of a recording's key or of its file's name.
    ``grep`` is looked for in the transcript, which has no secrets.
    """

    test: str | None = None
    key: str | None = None
    grep: re.Pattern[str] | None = None

    @property
    def asked(self) -> str:
        """The options that were given, for a message."""
        return " and ".join(f"--{name}" for name in ("test", "key", "grep") if getattr(self, name) is not None)

    def wants(self, source: Source, document: Document, number: int, exchange: Exchange) -> bool:
        """Whether an interaction of a file, with its number there, is wanted."""
        if self.test is not None and not _is_test(self.test, document.test_id(number), source):
            return False
        if self.key is not None and not _has_key(self.key, source, document, number, exchange):
            return False
        if self.grep is None:
            return True
        shown = transcript(redact_exchange(exchange)[0], full=True)
        return any(self.grep.search(text) for text in shown)

    def positions(self, source: Source, document: Document) -> list[int]:
        """The numbers of the wanted interactions of a file. Raises as ``Document.readable``."""
        return [number for number, one in document.readable.items() if self.wants(source, document, number, one)]


def _is_test(wanted: str, test_id: str | None, source: Source) -> bool:
    """Whether a test recorded an interaction, or plays the file with it where pytest-recording looks for it."""
    if test_id is not None and (is_of_test(test_id, wanted) if is_test_id(wanted) else wanted in test_id):
        return True
    *folders, name = (*source.root, *source.relative.split("/"))
    if len(folders) < 2 or folders[-2] != CASSETTES:
        return test_id is None and wanted in stem(name)
    module, own = folders[-1], stem(name)  # as pytest-recording names them
    if not is_test_id(wanted):
        return safe_name(wanted) in own or wanted in module
    path, _, names = wanted.partition("::")
    place = "/".join((*folders[:-2], f"{module}.py"))
    called = safe_name(names)
    is_named = own == called or own.startswith((f"{called}[", f"{called}."))
    return f"/{place}".endswith(f"/{path}") and (not names or is_named)


def _has_key(key: str, source: Source, document: Document, number: int, exchange: Exchange) -> bool:
    """Whether an interaction has a key that begins so; one from the wire as a recording of its test, or without one."""
    name = source.relative.rpartition("/")[2]
    if document.single and stem(name).removeprefix("models-").startswith(key):
        return True
    if document.recordings is not None:
        return _begins(document.recordings[number], key)
    test_id, _ = test_of(KnownTests().given_to([source])[0], document.results)
    try:
        recording = recording_of(exchange)
    except ValueError:  # what is no recording has no key
        return False
    tests = {recording.test_id, test_id} if is_from_wire(exchange.provenance) else {recording.test_id}
    return any(_begins(Recording({**recording.document, "test_id": one}), key) for one in tests)


def _begins(recording: Recording, key: str) -> bool:
    try:
        return recording_key(recording).startswith(key)
    except ValueError:  # as above
        return False
