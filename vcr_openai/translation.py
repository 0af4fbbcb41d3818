"""The way from an interaction to a recording, with the installed SDK at hand."""

from __future__ import annotations

from typing import Any

from vcr_openai._recorder import as_recorded
from vcr_openai._recording import Recording
from vcr_openai._translate import recording_of


def from_interaction(interaction: dict[str, Any], *, test_id: str | None = None) -> Recording:
    """The recording of an interaction, as vcrpy stores one or hands it to a serializer.

    One that ``to_interaction`` made gives back the recording that it was made from, but for what was edited since. One
    from the wire gives what the recorder would have written with the installed SDK, for the test ``test_id``. Raises
    MalformedInteraction or Unsupported where it cannot be a recording.
    """
    return recording_of(interaction, _as_recorded, test_id)


def _as_recorded(recording: Recording) -> Recording:
    from vcr_openai import sdk  # it imports openai, which most runs do not need

    return as_recorded(recording, sdk.model_dump, brief_errors=sdk.brief_errors())
