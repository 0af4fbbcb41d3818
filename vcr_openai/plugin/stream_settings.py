"""The settings of recorded streams: how a test's streams are played, by the ini file and by its markers."""

from __future__ import annotations

from typing import Any, Final

import pytest

from vcr_openai._docs import page
from vcr_openai._streams.directions import EVENTS, Directions, directions_of
from vcr_openai._streams.directions_text import stream_from_text
from vcr_openai.plugin.ini_settings import setting_of

_MARKER: Final = "vcr_openai"
_STREAM, _SPEED = "vcr_openai_stream", "vcr_openai_speed"
MARKER_SETTINGS: Final = ("stream", "speed")


def add_stream_settings(parser: pytest.Parser) -> None:
    """Declare the ini settings."""
    parser.addini(
        _STREAM,
        f"vcr-openai: how recorded streams are played: events, block, recorded, pace(…), … (see {page('replay.md')}).",
        default=EVENTS,
    )
    parser.addini(_SPEED, "vcr-openai: how much faster than recorded, with vcr_openai_stream = recorded.", default="")


class StreamSettings:
    """The directions of the ini file. Raises UsageError, with the setting's name, for a wrong one."""

    def __init__(self, config: pytest.Config) -> None:
        name = _SPEED
        try:
            speed = _number(setting_of(config, _SPEED))
            name = _STREAM
            given = setting_of(config, _STREAM)
            texts = [str(one) for one in given] if isinstance(given, (list, tuple)) else [str(given)]
            stream = [one for text in texts for one in stream_from_text(text.strip() or EVENTS)]
            self.default = directions_of(stream, speed)
        except (ValueError, TypeError) as error:
            raise pytest.UsageError(f"in the ini file, {name}: {error}") from error
        self._given = stream, speed

    def of(self, node: Any) -> Directions | None:
        """The directions of a test's markers, or of another node's; None where none has any.

        The closest ``stream`` counts, and the closest ``speed`` of that marker or of one that is closer. Raises
        UsageError for wrong ones.
        """
        found: dict[str, object] = {}
        for marker in node.iter_markers(_MARKER):
            found = {**{name: marker.kwargs[name] for name in MARKER_SETTINGS if name in marker.kwargs}, **found}
            if "stream" in found:
                break
        if not found:
            return None
        stream, speed = found.get("stream", self._given[0]), found.get("speed")
        try:
            return directions_of(stream, speed)
        except (ValueError, TypeError) as error:
            raise pytest.UsageError(f"{node.nodeid}: @pytest.mark.{_MARKER}: stream: {error}") from error


def _number(value: object) -> object:
    """The number of a text; None for an empty one, and what is no number as it is."""
    if not isinstance(value, str):
        return value
    if not value.strip():
        return None
    try:
        return float(value)
    except ValueError:
        return value
