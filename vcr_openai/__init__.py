"""VCR cassettes that understand the OpenAI API: translate, match, replay and record.

Nothing is imported before it is asked for, so that ``pytest`` starts without openai and vcr.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vcr_openai._errors import MalformedInteraction, MalformedRecording, TranslationError, Unsupported
    from vcr_openai._matching.rules import Rules
    from vcr_openai._recording.key import recording_key
    from vcr_openai._recording.recording import Recording
    from vcr_openai._redaction.redaction import Redaction
    from vcr_openai._streams.directions import cuts, error_event, fail, fragments, pace, stall
    from vcr_openai._vcrpy.interactions import from_interaction, to_interaction
    from vcr_openai._vcrpy.registration import VCR, register
    from vcr_openai.plugin.wider_fixtures import use

__all__ = [
    "VCR",
    "MalformedInteraction",
    "MalformedRecording",
    "Recording",
    "Redaction",
    "Rules",
    "TranslationError",
    "Unsupported",
    "cuts",
    "error_event",
    "fail",
    "fragments",
    "from_interaction",
    "pace",
    "recording_key",
    "register",
    "stall",
    "to_interaction",
    "use",
]

_HOMES = {
    "MalformedInteraction": "_errors",
    "MalformedRecording": "_errors",
    "Recording": "_recording.recording",
    "Redaction": "_redaction.redaction",
    "Rules": "_matching.rules",
    "TranslationError": "_errors",
    "Unsupported": "_errors",
    "VCR": "_vcrpy.registration",
    "cuts": "_streams.directions",
    "error_event": "_streams.directions",
    "fail": "_streams.directions",
    "fragments": "_streams.directions",
    "from_interaction": "_vcrpy.interactions",
    "pace": "_streams.directions",
    "recording_key": "_recording.key",
    "register": "_vcrpy.registration",
    "stall": "_streams.directions",
    "to_interaction": "_vcrpy.interactions",
    "use": "plugin.wider_fixtures",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
