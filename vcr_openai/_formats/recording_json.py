"""The format ``recording.json``: a recording, or an array of them, one for each exchange."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from functools import partial
from typing import Any

from vcr_openai._errors import MalformedRecording, TranslationError, describe
from vcr_openai._findings import Finding
from vcr_openai._formats.document import Document, Format
from vcr_openai._formats.file_parts import array_of_arrays, arrays_of_one
from vcr_openai._http.exchange import Exchange
from vcr_openai._json import json_text
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import exchanges_of, exchanges_to_play, kept_recording_of, recording_of

_OURS = {"test_id", "id_normalization_mapping"}  # a document with one of them is a recording
_CALL = {"endpoint", "payload", "tool_name", "file_id"}  # a recording's request has one of them
_CASSETTE = {"interactions", "http_interactions", "requests"}


def sniff(value: Any, syntax: str) -> bool:
    """Whether a JSON file is a recording or an array of them, sound or not."""
    if isinstance(value, list):
        return syntax == "json" and bool(value) and all(is_recording(one) for one in value if isinstance(one, dict))
    return syntax == "json" and is_recording(value)


def is_recording(value: dict[str, Any]) -> bool:
    """Whether a document has a recording's request; that of an interaction has a ``uri``, or a ``url`` and headers."""
    if _OURS & value.keys():
        return True
    request = value.get("request")
    if isinstance(request, dict) and "response" in value:
        return bool(_CALL & request.keys())
    return not _CASSETTE & value.keys() and ("request" in value) != ("response" in value)  # half of a recording


def parse(text: str) -> Any:
    """The value of a JSON text. Raises MalformedRecording for any other text."""
    try:
        return json_text.read(text)
    except ValueError as error:
        raise MalformedRecording("", "a JSON document", f"other text ({error})") from error


def read_recordings(text: str, parsed: Any = None) -> list[Recording]:
    """The recordings of a text: a recording, a JSON array of them, or none where it is blank."""
    if parsed is None and not text.strip():
        return []
    value = parse(text) if parsed is None else parsed
    if isinstance(value, dict):
        return [Recording(value)]
    if not isinstance(value, list):
        raise MalformedRecording("", "a recording or a list of recordings", describe(value))
    return [_recording(document, index) for index, document in enumerate(value)]


def _recording(document: Any, index: int) -> Recording:
    try:
        return Recording(document)
    except TranslationError as error:
        raise error.within(f"[{index}]") from error


def load(text: str, parsed: Any = None) -> Document:
    """The document of a text, blank or not. Raises MalformedRecording for any other text."""
    recordings = read_recordings(text, parsed)
    return Document(FORMAT.name, lambda: (exchanges_of(recordings), []), tuple(recordings), _is_single(text))


def load_to_play(text: str) -> Document:
    """The document of a text, as ``load``, without its recordings: each is let go when its exchange is made.

    What a recording says beyond its exchange is found when somebody asks for it.
    """
    try:
        exchanges = exchanges_to_play([(partial(_read_one, one), one) for one in arrays_of_one(text)])
    except (TranslationError, ValueError):  # the message needs the place in the whole text
        exchanges = []
    if not exchanges:
        exchanges = exchanges_to_play([(partial(_itself, one), None) for one in read_recordings(text)])
    return Document(FORMAT.name, lambda: (exchanges, []), (), _is_single(text))


def _read_one(text: str) -> Recording:
    """The recording of an array of one. Raises ValueError for another array, which was laid out in another way."""
    (document,) = json_text.read(text)
    return Recording(document)


def _itself(recording: Recording) -> Recording:
    return recording


def _is_single(text: str) -> bool:
    return text.lstrip()[:1] == "{"


def dump(exchanges: Iterable[Exchange], test_id: str | None = None) -> str:
    """The text of a file: one recording, or an array where there is another number of exchanges.

    ``test_id`` is for the recordings of exchanges from the wire. Raises MalformedInteraction or Unsupported, with the
    interaction's place, for an exchange that cannot be a recording.
    """
    recordings = []
    for index, exchange in enumerate(exchanges):
        try:
            recordings.append(recording_of(exchange.decoded()[0], test_id))
        except TranslationError as error:
            raise error.within(f"interactions[{index}]") from error
    return write_recordings(recordings, single=len(recordings) == 1)


def keep(exchanges: Iterable[Exchange], test_id: str | None) -> tuple[str, list[Finding]]:
    """The text of a file as ``dump``, and a finding for each exchange that the format cannot express.

    Such an exchange is in the file as a plain interaction. Raises MalformedInteraction for one with a provenance that
    was edited and has become wrong.
    """
    recordings, findings = [], []
    for index, exchange in enumerate(exchanges):
        where = f"interactions[{index}]"
        try:
            recording, reason = kept_recording_of(exchange.decoded()[0], test_id)
        except TranslationError as error:
            raise error.within(where) from error
        recordings.append(recording)
        if reason is not None:
            findings.append(Finding("note", where, f"kept as a plain interaction, which no recorder reads: {reason}"))
    return write_recordings(recordings, single=len(recordings) == 1), findings


def write_recordings(recordings: Sequence[Recording], *, single: bool) -> str:
    """The text of a file with these recordings."""
    if single:
        return json_text.rewrite_document(recordings[0].document)
    return array_of_arrays([json_text.rewrite_document([recording.document]) for recording in recordings])


FORMAT = Format("recording.json", sniff, load, dump)
