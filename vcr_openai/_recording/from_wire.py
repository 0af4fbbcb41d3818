"""Temporary: old names, until their callers have switched."""

from __future__ import annotations

import copy
from typing import Any

from vcr_openai._formats.old_calls import current
from vcr_openai._http.vcr_dicts import exchange_from_dict
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import recording_of


def from_interaction(interaction: dict[str, Any], *, test_id: str | None = None) -> Recording:
    """The recording of an interaction as vcrpy stores one or hands it to a serializer, or in an older layout.

    One that ``to_interaction`` made gives back the recording that it was made from, with the edits made since. One from
    the wire gives what the recorder would have written with the installed SDK, for the test ``test_id``; bodies are
    decoded, and a response without a status is a success. Raises MalformedInteraction or Unsupported where it cannot be
    a recording.
    """
    exchange, _ = exchange_from_dict(current(interaction)[0]).decoded()
    return copy.deepcopy(recording_of(exchange, test_id))
