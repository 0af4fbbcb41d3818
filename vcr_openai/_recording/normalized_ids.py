"""The mapping of a recording: ids that the recorder replaces when it reads the file."""

from __future__ import annotations

import json

from vcr_openai._errors import MalformedRecording
from vcr_openai._json import json_text
from vcr_openai._recording.key import recording_key
from vcr_openai._recording.recorder import ids_to_normalize
from vcr_openai._recording.recording import Recording

MAPPING = "id_normalization_mapping"
_MOST_WORK = 1 << 30  # characters to search or to write for the ids of a recording


def with_mapping(recording: Recording, sent_later: str) -> Recording:
    """The recording with a mapping that lets the recorder see its own id, ``rec-<12 digits>``, for the server's.

    The document stays as it is. An id is not mapped where the recorder, which replaces text, would replace more than
    the id; and where ``sent_later``, the text of later requests, has it: those were recorded with the server's id, so
    the answer must have it, too.
    """
    ids = ids_to_normalize(recording)
    if len(set(ids)) != 1 or ids[0] in sent_later:
        return recording
    text, quoted = json.dumps(recording.document), json.dumps(ids[0])
    if quoted != f'"{ids[0]}"' or text.count(ids[0]) != len(ids) or text.count(quoted) != len(ids):
        return recording
    prefix = recording_key(recording)[:12]
    return Recording({**recording.document, MAPPING: {f"rec-{prefix}": ids[0]}})


def with_normalized_ids(recording: Recording) -> Recording:
    """The recording with each original id of its mapping replaced by the normalized one, everywhere in it.

    Raises MalformedRecording where the result is not a recording.
    """
    mapping: dict[str, str] = recording.document.get(MAPPING) or {}
    if not any(mapping.values()):
        return recording
    text = json.dumps(recording.document)  # the recorder's own text, since it replaces there
    if len(mapping) * len(text) > _MOST_WORK:
        raise MalformedRecording(MAPPING, "some ids to replace", f"{len(mapping)} in {len(text)} characters")
    for normalized, original in mapping.items():
        more = text.count(original) * len(normalized) if original else 0
        if more > _MOST_WORK:
            raise MalformedRecording(MAPPING, "ids to replace by ids", f"one that adds {more} characters")
        text = text.replace(original, normalized) if original else text
    try:
        document = json_text.read(text)
    except ValueError as error:
        raise MalformedRecording(MAPPING, "ids that can be replaced in JSON text", str(error)) from error
    return Recording({**document, MAPPING: {}})
