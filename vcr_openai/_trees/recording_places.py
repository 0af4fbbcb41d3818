"""The place of a recording, as the interaction made from it notes it.

The rule of this file: a place that follows from the recording and its cassette is not noted, so a note is rare, and a
recording whose key changes moves to its new name.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import Any

from vcr_openai._errors import MalformedInteraction
from vcr_openai._http.vcr_dicts import PROVENANCE
from vcr_openai._recording.key import recording_name
from vcr_openai._recording.recording import Recording
from vcr_openai._trees import cassette_paths

_KEY = "file"  # in the provenance, beside what the translation notes there


def name_of(recording: Recording) -> str:
    """The file name of a recording of which no other is known: the recorder's, or a digest where that is unknown."""
    try:
        return recording_name(recording)
    except ValueError:  # Unsupported, or a URL that cannot be taken apart
        return f"{hashlib.sha256(recording.dump().encode()).hexdigest()}.json"


def is_noted(interaction: dict[str, Any]) -> bool:
    """Whether an interaction was made from a recording, and not recorded from the wire."""
    return bool(interaction["response"].get(PROVENANCE))


def note_place(interaction: dict[str, Any], recording: Recording, place: str, cassette: str) -> None:
    """Add the place to an interaction's provenance, unless ``place_in`` finds it without.

    Raises MalformedInteraction for a place that no note can name (its name is no UTF-8, or not one of a .json file).
    """
    folder = cassette_paths.home(cassette)
    if place == cassette_paths.default_place(name_of(recording), folder):
        return
    note = cassette_paths.note_of(place, cassette)
    if cassette_paths.noted_place(note, folder) != place:
        raise MalformedInteraction(f"response.{PROVENANCE}.{_KEY}", "a plain file name", repr(place))
    interaction["response"][PROVENANCE][_KEY] = note


def place_in(interaction: dict[str, Any], recording: Recording, folder: Sequence[str]) -> str:
    """The place of the recording of an interaction whose tests lie in ``folder``.

    Raises MalformedInteraction where the interaction notes one outside the tree.
    """
    provenance = interaction["response"].get(PROVENANCE) or {}
    if _KEY in provenance:
        return cassette_paths.noted_place(provenance[_KEY], folder)
    return cassette_paths.default_place(name_of(recording), folder)
