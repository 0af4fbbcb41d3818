"""What a file holds, told by its content."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from vcr_openai._errors import MalformedInteraction, TranslationError, Unsupported, describe
from vcr_openai._formats import foreign_files, openai_yaml
from vcr_openai._formats.foreign_interactions import current
from vcr_openai._formats.registry import READABLE, Interaction
from vcr_openai._http.encoding import LIMIT, decoded
from vcr_openai._http.note import Note
from vcr_openai._http.vcr_dicts import HttpRequest, HttpResponse, read_interaction
from vcr_openai._json import json_text
from vcr_openai._recording.attempts import to_interactions
from vcr_openai._recording.recording import Recording
from vcr_openai._vcrpy.serializers import read_recordings

_BYTE_ORDER_MARK = "\ufeff"  # some editors write one; JSON allows a reader to ignore it (RFC 8259, 8.1)
_OURS = {"test_id", "id_normalization_mapping"}  # beside request and response, a document with one of them is ours


@dataclass(frozen=True)
class Recordings:
    """A file in the recording format: a recording, or an array of them."""

    recordings: list[Recording]
    alone: bool


@dataclass
class Budget:
    """What the bodies of one file may come to, decoded: together no more than one body may alone."""

    left: int = LIMIT  # bytes

    def decoded(self, interaction: Interaction) -> tuple[Interaction, list[Note]]:
        """As ``encoding.decoded``. Raises MalformedInteraction for a body for which too little is left."""
        found, notes = decoded(interaction, self.left)
        for note in notes if self.left < LIMIT else ():
            if f"more than {self.left} bytes" in note.what:
                raise MalformedInteraction(note.where, f"bodies of at most {LIMIT} bytes together, decoded", "more")
        for message, was in ((found["request"], interaction["request"]), (found["response"], interaction["response"])):
            if message["headers"] is not was["headers"]:  # it was encoded
                body = message["body"]
                self.left = max(0, self.left - len(body["string"] if isinstance(body, dict) else body))
        return found, notes


@dataclass(frozen=True)
class Cassette:
    """A cassette: its interactions as the file has them, for ``interaction_at``, and the format that it is in."""

    interactions: list[Any]
    format: str
    budget: Budget = field(default_factory=Budget, compare=False)


def read_contents(text: str) -> Recordings | Cassette:
    """What a text holds.

    Raises Unsupported for what is something else altogether or nothing, MalformedRecording or MalformedInteraction for
    what is broken.
    """
    text = text.removeprefix(_BYTE_ORDER_MARK)
    if not text.strip():
        raise Unsupported("", "a recording or a cassette", "nothing but white space")
    is_json = text.lstrip()[0] in "{["
    if is_json and (recordings := _recordings(text)):
        return recordings
    interactions, _ = foreign_files.raw_interactions(text)
    if not any(isinstance(one, dict) for one in interactions):
        raise Unsupported("interactions", "an interaction", describe(interactions))
    if not is_json and any(map(openai_yaml.is_readable, interactions)):
        return Cassette(openai_yaml.loads(text)["interactions"], READABLE)
    return Cassette(interactions, "json" if is_json else "yaml")


def interaction_at(cassette: Cassette, index: int) -> Interaction:
    """An interaction of a cassette as vcrpy stores one today, its bodies decoded.

    A body that cannot be decoded stays as it is. Raises TranslationError, with the interaction's place.
    """
    try:
        return cassette.budget.decoded(current(cassette.interactions[index])[0])[0]
    except TranslationError as error:
        raise error.within(f"interactions[{index}]") from error


def exchanges_in(text: str) -> list[tuple[HttpRequest, HttpResponse]]:
    """The HTTP exchanges of a file of any format. Raises TranslationError where there is something else."""
    contents = read_contents(text)
    if isinstance(contents, Recordings):
        interactions = to_interactions(contents.recordings)
    else:
        interactions = [interaction_at(contents, index) for index in range(len(contents.interactions))]
    return [read_interaction(interaction)[:2] for interaction in interactions]


def _recordings(text: str) -> Recordings | None:
    """The recordings in a JSON text, None where it means to be something else."""
    try:
        value = json_text.read(text)
    except ValueError:
        return Recordings(read_recordings(text), alone=True)  # which says what is wrong
    if isinstance(value, dict):
        if _OURS & value.keys() or _describes_a_call(value):
            return Recordings([Recording(value)], alone=True)
        if not {"interactions", "http_interactions", "request", "requests"} & value.keys():
            raise Unsupported("", "a recording or a cassette", describe(value))
        return None
    if value and not any(isinstance(one, dict) and not (_OURS & one.keys() or _describes_a_call(one)) for one in value):
        return Recordings(read_recordings(text), alone=False)
    return None


def _describes_a_call(value: dict[str, Any]) -> bool:
    """Whether a document has a recording's request; that of an interaction has a ``uri``, or a ``url`` and headers."""
    request = value.get("request")
    if not isinstance(request, dict) or "response" not in value:
        return "interactions" not in value and ("request" in value) != ("response" in value)  # half of a recording
    return bool({"endpoint", "payload", "tool_name", "file_id"} & request.keys())
