"""The cassette formats that a file can be written in, by the name that is also its suffix."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

VERSION = 1  # of vcrpy's cassette format; every other says the same
Interaction = dict[str, Any]


class Serializer(Protocol):
    """What vcrpy asks of a serializer."""

    def serialize(self, cassette_dict: dict[str, Any]) -> str:
        """The text of a cassette."""

    def deserialize(self, cassette_string: str) -> dict[str, Any]:
        """The cassette in a text."""


def _yaml() -> Serializer:
    from vcr.serializers import yamlserializer

    serializer: Serializer = yamlserializer
    return serializer


def _json() -> Serializer:
    from vcr.serializers import jsonserializer

    serializer: Serializer = jsonserializer
    return serializer


def _recording() -> Serializer:
    from vcr_openai._vcrpy.serializers import RecordingSerializer

    return RecordingSerializer()


def _readable() -> Serializer:
    from vcr_openai._vcrpy.serializers import ReadableSerializer

    return ReadableSerializer()


RECORDING = "recording.json"
READABLE = "openai.yaml"
FORMATS: dict[str, Callable[[], Serializer]] = {
    "yaml": _yaml,
    "json": _json,
    RECORDING: _recording,
    READABLE: _readable,
}


def write_cassette(interactions: list[Interaction], name: str) -> str:
    """The text of a cassette in the format ``name``. Raises ValueError for what that format cannot hold."""
    try:
        return FORMATS[name]().serialize({"version": VERSION, "interactions": interactions})
    except TypeError as error:  # vcrpy's words for binary data in JSON, which we can say shorter
        raise ValueError(f"it holds what the format {name} cannot: bytes that are no text") from error
