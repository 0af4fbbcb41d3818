"""What a file holds, told by its content."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import yaml

from vcr_openai import _json
from vcr_openai._recording import Recording
from vcr_openai.errors import MalformedInteraction, MalformedRecording, Unsupported, describe
from vcr_openai.formats import FORMATS, Interaction
from vcr_openai.serializers import read_recordings

_BYTE_ORDER_MARK = "\ufeff"  # some editors write one; JSON allows a reader to ignore it (RFC 8259, 8.1)
_OURS = {"request", "response", "test_id", "id_normalization_mapping"}  # a document with one of them means to be ours


@dataclass(frozen=True)
class Recordings:
    """A file in the recording format: a recording, or an array of them."""

    recordings: list[Recording]
    alone: bool


@dataclass(frozen=True)
class Cassette:
    """A cassette, and the format that it is in."""

    interactions: list[Interaction]
    format: str


def read_contents(text: str) -> Recordings | Cassette:
    """What a text holds.

    Raises Unsupported for what is something else altogether or nothing, MalformedRecording or MalformedInteraction for
    what is broken.
    """
    text = text.removeprefix(_BYTE_ORDER_MARK)
    start = text.lstrip()[:1]
    if not start:
        raise Unsupported("", "a recording or a cassette", "nothing but white space")
    return _json_contents(text) if start in "{[" else _yaml_contents(text)


def _json_contents(text: str) -> Recordings | Cassette:
    try:
        value = _json.read(text)
    except ValueError as error:
        raise MalformedRecording("", "a JSON document", f"text that is none ({error})") from error
    if isinstance(value, list):
        if not value:
            raise Unsupported("", "a recording or a cassette", "an empty list")
        return Recordings(read_recordings(text), alone=False)
    if isinstance(value.get("interactions"), list) and not _OURS & value.keys():
        return _cassette(value, "json")
    if not _OURS & value.keys():
        raise Unsupported("", "a recording or a cassette", describe(value))
    return Recordings([Recording(value)], alone=True)


def _yaml_contents(text: str) -> Cassette:
    try:
        value = FORMATS["yaml"]().deserialize(text)
    except yaml.YAMLError as error:
        raise MalformedInteraction(*_yaml_problem(error)) from error
    except (ValueError, RecursionError) as error:  # of a value, such as a date that no calendar has
        raise MalformedInteraction("", "a YAML document", f"text that is none ({error})") from error
    if not isinstance(value, dict) or "interactions" not in value:
        raise Unsupported("", "a recording or a cassette", describe(value))
    return _cassette(value, "yaml")


def _cassette(value: dict[str, Any], name: str) -> Cassette:
    interactions = value["interactions"]
    if not isinstance(interactions, list):
        raise MalformedInteraction("interactions", "a list", describe(interactions))
    if not interactions:
        raise Unsupported("interactions", "an interaction", describe(interactions))
    return Cassette(interactions, name)


def _yaml_problem(error: yaml.YAMLError) -> tuple[str, str, str]:
    """Where, expected and found of a YAML error, whose own words take several lines."""
    mark = getattr(error, "problem_mark", None)
    problem = getattr(error, "problem", None) or getattr(error, "reason", None) or type(error).__name__
    return f"line {mark.line + 1}" if mark else "", "a YAML cassette", str(problem)
