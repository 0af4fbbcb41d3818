"""The serializers that vcrpy is given: cassette files in other formats than its own.

A serializer is an object with ``serialize(dict) -> str`` and ``deserialize(str) -> dict`` (vcrpy 8.5 to 9.4); the
dictionary is ``{"version": 1, "interactions": [{"request": …, "response": …}]}``.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from yaml import YAMLError

from vcr_openai._errors import MalformedInteraction, TranslationError, describe
from vcr_openai._formats import old_calls
from vcr_openai._formats.recording_json import read_recordings
from vcr_openai._http.encoding import decoded
from vcr_openai._json import json_text
from vcr_openai._recording.attempts import to_interactions
from vcr_openai._recording.from_wire import from_interaction
from vcr_openai._yaml.yaml_reader import check_aliases

Cassette = dict[str, Any]
_VERSION = 1  # of vcrpy's cassette format
_REQUEST = {"method", "uri", "body", "headers"}


@dataclass(frozen=True)
class RecordingSerializer:
    """``recording.json``: a cassette file in the recording format.

    One interaction is one recording, several are a JSON array of recordings, blank text is none. ``test_id`` goes into
    the recordings of interactions from the wire.
    """

    test_id: str | None = None

    def serialize(self, cassette: Cassette) -> str:
        """The file's text.

        Raises MalformedInteraction or Unsupported, with the interaction's place, for what cannot be a recording.
        """
        documents = []
        for index, interaction in enumerate(cassette["interactions"]):
            try:
                documents.append(from_interaction(interaction, test_id=self.test_id).document)
            except TranslationError as error:
                raise error.within(f"interactions[{index}]") from error
        return json_text.write_document(documents[0] if len(documents) == 1 else documents)

    def deserialize(self, text: str) -> Cassette:
        """The cassette in a file's text. Raises MalformedRecording where it is neither form."""
        return {"version": _VERSION, "interactions": to_interactions(read_recordings(text))}


class ReadableSerializer:
    """``openai.yaml``: a YAML cassette made for reading (``docs/readable-cassettes.md``), as faithful as the others."""

    def serialize(self, cassette: Cassette) -> str:
        """The file's text; compressed bodies are written decoded, as far as they can be."""
        interactions = [_decoded(interaction) for interaction in cassette["interactions"]]
        return old_calls.dumps({**cassette, "interactions": interactions})

    def deserialize(self, text: str) -> Cassette:
        """The cassette in a file's text. Raises MalformedInteraction with the line, expected and found."""
        return old_calls.loads(text)


@dataclass(frozen=True)
class PlainSerializer:
    """vcrpy's own ``yaml`` or ``json``: the same files, but a hostile one is refused and a broken one is told."""

    inner: Any
    name: str

    def serialize(self, cassette: Cassette) -> str:
        """The file's text, as vcrpy writes it."""
        text: str = self.inner.serialize(cassette)
        return text

    def deserialize(self, text: str) -> Cassette:
        """The cassette in a file's text. Raises MalformedInteraction for what vcrpy cannot load."""
        if self.name == "yaml":
            check_aliases(text)
        try:
            value = self.inner.deserialize(text)
        except (YAMLError, ValueError, LookupError, RecursionError) as error:  # LookupError: PyYAML at ``!!int ''``
            words = " ".join(str(error).split())[:200]
            raise MalformedInteraction("", f"a cassette in the format {self.name}", f"other text ({words})") from error
        return _checked(value)


def _checked(value: Any) -> Cassette:
    """A cassette as vcrpy takes it without a look."""
    if not isinstance(value, dict) or not isinstance(value.get("interactions"), list):
        raise MalformedInteraction("", "a cassette: an object with a list 'interactions'", describe(value))
    for index, one in enumerate(value["interactions"]):
        where = f"interactions[{index}]"
        if not isinstance(one, dict) or not isinstance(one.get("response"), dict):
            raise MalformedInteraction(where, "an object with 'request' and 'response'", describe(one))
        request = one.get("request")
        if not isinstance(request, dict) or request.keys() != _REQUEST:
            raise MalformedInteraction(
                f"{where}.request", "an object with body, headers, method, uri", describe(request)
            )
    return value


def _decoded(interaction: dict[str, Any]) -> dict[str, Any]:
    body = interaction["response"].get("body")
    return decoded(interaction)[0] if isinstance(body, dict) else interaction  # else an older layout of vcrpy's
