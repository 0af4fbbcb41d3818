"""The calls of before the registry, for callers that have not changed yet; it goes when the last of them has."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from vcr_openai._errors import MalformedInteraction, TranslationError
from vcr_openai._formats import foreign_files, foreign_interactions, openai_yaml, plain
from vcr_openai._http import vcr_dicts
from vcr_openai._http.encoding import LIMIT, decoded
from vcr_openai._http.note import Note
from vcr_openai._recording.recording import Recording
from vcr_openai._yaml import yaml_reader

Interaction = dict[str, Any]
RECORDING, READABLE = "recording.json", "openai.yaml"
FORMATS = ("yaml", "json", RECORDING, READABLE)


@dataclass(frozen=True)
class Recordings:
    """A file in the recording format."""

    recordings: list[Recording]
    alone: bool


@dataclass
class Budget:
    """How many bytes the decoded bodies of one file may still have."""

    left: int = LIMIT

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
    """A cassette: its interactions as the file has them, and the format that it is in."""

    interactions: list[Any]
    format: str
    budget: Budget = field(default_factory=Budget, compare=False)


def read_contents(text: str) -> Recordings | Cassette:
    """``registry.read_document``."""
    from vcr_openai._formats.registry import read_document

    document = read_document(text)
    if document.recordings is not None:
        return Recordings(list(document.recordings), document.single)
    if document.interactions is not None:
        return Cassette(list(document.interactions), document.format)
    return Cassette(list(map(plain.exchange_to_dict, document.exchanges)), document.format)


def interaction_at(cassette: Cassette, index: int) -> Interaction:
    """``Document.results[index]``."""
    try:
        return cassette.budget.decoded(current(cassette.interactions[index])[0])[0]
    except TranslationError as error:
        raise error.within(f"interactions[{index}]") from error


def exchanges_in(text: str) -> list[tuple[vcr_dicts.HttpRequest, vcr_dicts.HttpResponse]]:
    """``Document.exchanges``."""
    from vcr_openai._formats.registry import read_document

    return [vcr_dicts.read_interaction(plain.exchange_to_dict(one))[:2] for one in read_document(text).exchanges]


def write_cassette(interactions: Sequence[Any], name: str) -> str:
    """``registry.dump``; for vcrpy's formats also of interactions in other layouts."""
    from vcr_openai._formats.recording_json import write_recordings
    from vcr_openai._recording.from_wire import from_interaction

    if name == "yaml":
        return plain.write_yaml(interactions)
    if name == "json":
        return plain.write_json(interactions)
    if name == READABLE:
        return dumps({"interactions": interactions})
    recordings = []
    for index, one in enumerate(interactions):
        try:
            recordings.append(from_interaction(one))
        except TranslationError as error:
            raise error.within(f"interactions[{index}]") from error
    return write_recordings(recordings, single=len(recordings) == 1)


def current(raw: Any) -> tuple[Interaction, list[Note]]:
    """``foreign_interactions.exchange_of``."""
    exchange, findings = foreign_interactions.exchange_of(raw)
    return plain.exchange_to_dict(exchange), [Note(one.where, one.message) for one in findings]


def raw_interactions(data: bytes | str, limit: int = LIMIT) -> tuple[list[Any], list[Note]]:
    """``foreign_files``: the interactions of a file as they are written."""
    text = data if isinstance(data, str) else foreign_files.text_of(data, limit)
    document = foreign_files.FORMAT.load(text, None)
    outside = [Note(one.where, one.message) for one in document.findings if not one.where]
    return list(document.interactions or ()), outside


def dumps(cassette: dict[str, Any]) -> str:
    """``openai_yaml.dump``."""
    exchanges = []
    for index, one in enumerate(cassette["interactions"]):
        try:
            exchanges.append(plain.exchange_from_dict(one))
        except TranslationError as error:
            raise error.within(f"interactions[{index}]") from error
    further = {key: value for key, value in cassette.items() if key not in ("version", "interactions")}
    return openai_yaml.dump(exchanges, further)


def loads(text: str) -> dict[str, Any]:
    """``openai_yaml.load``."""
    found = openai_yaml.load(text)
    return {"version": 1, **found.further, "interactions": list(map(plain.exchange_to_dict, found.exchanges))}


def read_yaml(text: str) -> Any:
    """``yaml_reader.read`` in the dialect of other tools."""
    return yaml_reader.read(text, yaml_reader.FOREIGN)
