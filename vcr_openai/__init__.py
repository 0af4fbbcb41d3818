"""VCR cassettes that understand the OpenAI API: translate, match, replay and record.

Nothing is imported before it is asked for, so that ``pytest`` starts without openai and vcr.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vcr_openai._matching.rules import Rules
    from vcr_openai._recording.key import recording_key
    from vcr_openai._recording.recording import Recording
    from vcr_openai._redaction.redaction import Redaction
    from vcr_openai._translation.translate import to_interaction
    from vcr_openai.errors import MalformedInteraction, MalformedRecording, TranslationError, Unsupported
    from vcr_openai.registration import VCR, register
    from vcr_openai.translation import from_interaction

__all__ = [
    "VCR",
    "MalformedInteraction",
    "MalformedRecording",
    "Recording",
    "Redaction",
    "Rules",
    "TranslationError",
    "Unsupported",
    "from_interaction",
    "recording_key",
    "register",
    "to_interaction",
]

_HOMES = {
    "MalformedInteraction": "errors",
    "MalformedRecording": "errors",
    "Recording": "_recording.recording",
    "Redaction": "_redaction.redaction",
    "Rules": "_matching.rules",
    "TranslationError": "errors",
    "Unsupported": "errors",
    "VCR": "registration",
    "from_interaction": "translation",
    "recording_key": "_recording.key",
    "register": "registration",
    "to_interaction": "_translation.translate",
}


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_HOMES[name]}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
