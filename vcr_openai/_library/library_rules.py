"""The library's rules: which recordings of a tree are a test's cassette, and how those of one key become one.

The rule of this file: what the recorder would find comes first, in the order in which it looks (OGX 1.5,
``testing/api_recorder.py``: ``find_recording``, ``_model_list_responses``, ``_combine_model_list_responses``); what it
would not find, since somebody renamed it, comes after.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from vcr_openai._errors import MalformedRecording
from vcr_openai._json import json_text
from vcr_openai._recording.key import key_in, recording_name
from vcr_openai._recording.opaque import carried_reason
from vcr_openai._recording.recording import Recording, is_tagged

_MODELS = "/v1/models"  # the endpoint whose recordings are merged
_MAPPING = "id_normalization_mapping"


_MOST_WORK = 1 << 30  # characters to look at, or to come to be, for the ids of a recording


@dataclass(frozen=True)
class Entry:
    """What is known of a file that holds a recording, without opening it."""

    place: str
    """Its path in the recordings folder, with ``/``."""
    test_id: str | None
    key: str | None
    """Its key by the current rule; None for a recording that answers no HTTP request."""
    named: bool
    """Whether its name is the one by which the recorder finds it."""
    models: bool
    """Whether it is a list of models, of which several are merged."""

    @property
    def is_shared(self) -> bool:
        """Whether every test may play it: it was recorded outside a test, or is a list of models, keyed without one."""
        return self.test_id is None or (self.models and self.named)


@dataclass(frozen=True)
class Glimpse:
    """What is known of a file that was only skimmed: whose recording it holds. No other test may play it."""

    place: str
    """Its path in the recordings folder, with ``/``."""
    test_id: str


def glimpse_of(place: str, recording: Recording) -> Glimpse | None:
    """What a skimmed recording tells; None where its entry is needed to say which tests may play it."""
    if recording.test_id is None or recording.request.get("endpoint") == _MODELS or recording.document.get(_MAPPING):
        return None
    return Glimpse(place, recording.test_id)


def entry_of(place: str, recording: Recording) -> Entry:
    """What the index keeps of a recording."""
    if carried_reason(recording) is not None:
        return Entry(place, recording.test_id, None, named=False, models=False)
    name = recording_name(recording)
    key = key_in(name)
    response = recording.response
    models = recording.request.get("endpoint") == _MODELS and isinstance(response["body"], list)
    return Entry(place, recording.test_id, key, named=place == name, models=models)


def cassette_entries(folders: Sequence[Iterable[Entry]], test_id: str) -> list[list[tuple[int, Entry]]]:
    """A test's cassette: groups of entries of one key, with the number of their folder; the test's own groups first.

    ``folders`` are in the order in which the recorder looks; of each, the test's own entries and the shared ones. A
    group has one entry, the one that is found first, or the lists of models that are merged into one.
    """
    groups: dict[str, list[tuple[int, Entry]]] = {}
    for number, entries in enumerate(folders):
        for entry in sorted(entries, key=lambda entry: entry.place):
            if entry.key is not None:
                groups.setdefault(entry.key, []).append((number, entry))
    merged = [_merged(group, test_id) for group in groups.values()]
    return sorted(merged, key=lambda group: min(_order(entry, test_id) for _, entry in group))


def _merged(group: list[tuple[int, Entry]], test_id: str) -> list[tuple[int, Entry]]:
    found = sorted(group, key=lambda one: (not one[1].named, one[1].test_id != test_id))
    lists = [one for one in found if one[1].models]
    return lists or found[:1]


def _order(entry: Entry, test_id: str) -> tuple[bool, bool]:
    return entry.test_id != test_id, not entry.named


def with_all_models(recordings: Sequence[Recording]) -> list[Recording]:
    """Lists of models with the models of all, sorted by id; one for each URL, since a key does not tell hosts apart.

    Of a model that stands in several lists the last one's data count, as in the recorder.
    """
    if len(recordings) == 1:
        return list(recordings)
    models = {_model_id(model): model for one in recordings for model in one.response["body"]}
    body = [models[name] for name in sorted(models)]
    first = {one.request["url"]: one for one in reversed(recordings)}
    return [
        Recording({**one.document, "response": {**one.response, "body": body}})
        for one in recordings
        if first[one.request["url"]] is one
    ]


def with_normalized_ids(recording: Recording) -> Recording:
    """The recording with each original id of its mapping replaced by the normalized one, wherever it stands.

    Raises MalformedRecording where that leaves no recording.
    """
    mapping: dict[str, str] = recording.document.get(_MAPPING) or {}
    if not any(mapping.values()):
        return recording
    text = json.dumps(recording.document)  # the recorder's own text, since it replaces there
    if len(mapping) * len(text) > _MOST_WORK:
        raise MalformedRecording(_MAPPING, "some ids to replace", f"{len(mapping)} in {len(text)} characters")
    for normalized, original in mapping.items():
        more = text.count(original) * len(normalized) if original else 0
        if more > _MOST_WORK:
            raise MalformedRecording(_MAPPING, "ids to replace by ids", f"one that makes {more} characters more")
        text = text.replace(original, normalized) if original else text
    try:
        document = json_text.read(text)
    except ValueError as error:
        raise MalformedRecording(_MAPPING, "ids that can be replaced in JSON text", str(error)) from error
    return Recording({**document, _MAPPING: {}})


def with_mapping_of(recording: Recording, old: Recording) -> Recording:
    """A recording that takes an older one's place keeps its mapping: replay goes on replacing those ids."""
    mapping = old.document.get(_MAPPING)
    return Recording({**recording.document, _MAPPING: mapping}) if mapping else recording


def _model_id(model: Any) -> str:
    data = model["__data__"] if is_tagged(model) else model
    return str(data.get("id", "")) if isinstance(data, dict) else ""
