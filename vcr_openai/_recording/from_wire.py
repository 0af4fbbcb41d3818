"""The way from an interaction to a recording, with the installed SDK at hand."""

from __future__ import annotations

from typing import Any

from vcr_openai._errors import Unsupported
from vcr_openai._formats.foreign_interactions import current
from vcr_openai._http.encoding import decoded
from vcr_openai._recording.recorder import as_recorded
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import recording_of


def from_interaction(interaction: dict[str, Any], *, test_id: str | None = None) -> Recording:
    """The recording of an interaction as vcrpy stores one or hands it to a serializer, or in an older layout.

    One that ``to_interaction`` made gives back the recording that it was made from, but for what was edited since. One
    from the wire gives what the recorder would have written with the installed SDK, for the test ``test_id``; bodies
    are decoded, and a response without a status is a success. Raises MalformedInteraction or Unsupported where it
    cannot be a recording.
    """
    readable, undecoded = decoded(current(interaction)[0])
    if undecoded:
        raise Unsupported(undecoded[0].where, "a body that can be decoded", f"one that {undecoded[0].what}")
    try:
        return recording_of(readable, _as_recorded, test_id)
    except RecursionError as error:  # between what json reads and what copy.deepcopy and pydantic can follow
        raise Unsupported("", "JSON that is not nested absurdly deep", "JSON that is") from error


def _as_recorded(recording: Recording) -> Recording:
    from vcr_openai._api import sdk  # it imports openai, which most runs do not need

    return as_recorded(recording, sdk.model_dump, sdk.parameters, brief_errors=sdk.brief_errors())
