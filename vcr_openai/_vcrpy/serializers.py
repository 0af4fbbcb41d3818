"""The serializers that vcrpy is given: cassette files in our formats, and in its own with hostile files refused.

A serializer is an object with ``serialize(dict) -> str`` and ``deserialize(str) -> dict`` (vcrpy 8.5 to 9.4); the
dictionary is ``{"version": 1, "interactions": [{"request": …, "response": …}]}``.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from yaml import YAMLError

from vcr_openai._errors import MalformedInteraction, TranslationError
from vcr_openai._findings import Finding
from vcr_openai._formats import openai_yaml, plain, recording_json
from vcr_openai._formats.document import VERSION, Document
from vcr_openai._formats.interaction_layouts import read_interaction
from vcr_openai._http.body import Body, content_of
from vcr_openai._http.exchange import Exchange
from vcr_openai._http.headers import header
from vcr_openai._yaml import plain_yaml, yaml_reader

Cassette = dict[str, Any]


class ExchangeSerializer:
    """A serializer of a format of ours; ``load`` and ``dump`` are its two functions without vcrpy's dictionaries."""

    name = ""  # of the format

    @property
    def has_findings(self) -> bool:
        """Whether the last file that was written has something to report."""
        return False

    def load(self, text: str) -> Document:
        """The document of a file's text. Raises MalformedRecording or MalformedInteraction for any other text."""
        raise NotImplementedError

    def load_to_play(self, text: str) -> Document:
        """The same, with no more than a replay needs until somebody asks for it."""
        return self.load(text)

    def dump(self, exchanges: Sequence[Exchange], further: Mapping[str, Any]) -> str:
        """The text of a file. ``further`` are the cassette's keys beside version and interactions."""
        raise NotImplementedError

    def serialize(self, cassette: Cassette) -> str:
        """The file's text. Raises MalformedInteraction or Unsupported, with the interaction's place."""
        exchanges = []
        for index, interaction in enumerate(cassette["interactions"]):
            try:
                exchanges.append(read_interaction(interaction)[0])
            except TranslationError as error:
                raise error.within(f"interactions[{index}]") from error
        return self.dump(exchanges, {key: value for key, value in cassette.items() if key not in _OWN})

    def deserialize(self, text: str) -> Cassette:
        """The cassette in a file's text; one without interactions for blank text."""
        document = self.load(text)
        interactions = [plain.exchange_to_dict(exchange) for exchange in document.exchanges]
        return {"version": VERSION, **document.further, "interactions": interactions}


_OWN = ("version", "interactions")


@dataclass(frozen=True)
class RecordingSerializer(ExchangeSerializer):
    """``recording.json``: a cassette file in the recording format.

    One interaction is one recording, several are a JSON array of recordings. ``test_id`` goes into the recordings of
    interactions from the wire. ``kept`` has a finding for each interaction of the last file that was written that the
    format cannot express: it is in the file as a plain interaction.
    """

    name = recording_json.FORMAT.name
    test_id: str | None = None
    kept: list[Finding] = field(default_factory=list, compare=False)

    def load(self, text: str) -> Document:
        """The document of a file's text. Raises MalformedRecording for any other text."""
        return recording_json.load(text)

    @property
    def has_findings(self) -> bool:
        """Whether the last file has interactions that the format cannot express."""
        return bool(self.kept)

    def load_to_play(self, text: str) -> Document:
        """The same, whose provenance is found when somebody asks for it."""
        return recording_json.load_to_play(text)

    def dump(self, exchanges: Sequence[Exchange], further: Mapping[str, Any]) -> str:  # noqa: ARG002
        """The text of a file; the format has no place for further keys."""
        text, self.kept[:] = recording_json.keep(exchanges, self.test_id)
        return text


class ReadableSerializer(ExchangeSerializer):
    """``openai.yaml``: a YAML cassette made for reading (``docs/readable-cassettes.md``), as exact as the others."""

    name = openai_yaml.FORMAT.name

    def load(self, text: str) -> Document:
        """The document of a file's text. Raises MalformedInteraction with the line."""
        return openai_yaml.load(text)

    def dump(self, exchanges: Sequence[Exchange], further: Mapping[str, Any]) -> str:
        """The text of a file; compressed bodies are written decoded, as far as they can be."""
        return openai_yaml.dump([exchange.decoded()[0] for exchange in exchanges], further)


@dataclass(frozen=True)
class PlainSerializer:
    """vcrpy's own ``yaml`` or ``json``: the same files, but hostile ones are refused and broken ones named."""

    inner: Any
    name: str
    has_findings = False

    def serialize(self, cassette: Cassette) -> str:
        """The file's text, as vcrpy writes it; in JSON, which has no files and iterators, the body that they gave."""
        if self.name == "json":
            cassette = {**cassette, "interactions": list(map(_with_read_body, cassette["interactions"]))}
        dumper = getattr(self.inner, "_CassetteDumper", None) if self.name == "yaml" else None
        return (dumper and plain_yaml.write(cassette, dumper)) or str(self.inner.serialize(cassette))

    def deserialize(self, text: str) -> Cassette:
        """The cassette in a file's text. Raises MalformedInteraction for what vcrpy cannot load."""
        value: Any = yaml_reader.UNREAD
        if self.name == "yaml":
            yaml_reader.check_aliases(text)
            value = yaml_reader.quickly(text, yaml_reader.FOREIGN)  # it reads what vcrpy's own serializer reads
        try:
            value = self.inner.deserialize(text) if value is yaml_reader.UNREAD else value
        except (YAMLError, ValueError, LookupError, RecursionError) as error:  # LookupError: PyYAML at ``!!int ''``
            words = " ".join(str(error).split())[:200]
            raise MalformedInteraction("", f"a cassette in the format {self.name}", f"other text ({words})") from error
        plain.check(value)
        return {**value, "interactions": list(map(_with_json_bytes, value["interactions"]))}


def _with_read_body(interaction: Any) -> Any:
    """The interaction with the content of a request's body that vcrpy keeps as a file or an iterator."""
    request = interaction["request"]
    if not (hasattr(request["body"], "read") or isinstance(request["body"], Iterator)):
        return interaction
    return {**interaction, "request": {**request, "body": Body.of(request["body"]).stored}}


def _with_json_bytes(interaction: Any) -> Any:
    """The interaction with the JSON text of a request's body that vcrpy wrote as an object: aiohttp's ``json=``."""
    request = interaction["request"]
    if not isinstance(request["body"], (dict, list)):
        return interaction
    headers = dict(request["headers"] or {})
    if not header(headers, "content-type"):
        headers["Content-Type"] = ["application/json"]
    return {**interaction, "request": {**request, "body": content_of(request["body"]), "headers": headers}}
