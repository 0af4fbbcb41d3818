"""The public names as a user's type checker sees them; nobody runs this file."""

from __future__ import annotations

from typing import Any

import vcr_openai


def translate(text: str) -> str:
    recording: vcr_openai.Recording = vcr_openai.Recording.parse(text)
    interaction: dict[str, Any] = vcr_openai.to_interaction(recording)
    back: vcr_openai.Recording = vcr_openai.from_interaction(interaction, test_id="tests/test_a.py::test_b")
    key: str = vcr_openai.recording_key(back)
    return key + back.dump()


def configure(vcr: Any) -> None:
    rules = vcr_openai.Rules(ignore=("stream_options", "metadata.run_id"), match_host=True)
    vcr_openai.register(vcr, rules=rules, test_id=None)
    vcr_openai.register(vcr, rules=vcr_openai.Rules.exact(), redaction=vcr_openai.Redaction.off())
    vcr_openai.VCR(rules=rules, redaction=vcr_openai.Redaction(headers=["x-mine"]), record_mode="none")


def a_wider_fixture(request: Any) -> Any:
    with vcr_openai.use(request, name="uploads", serializer="openai.yaml") as cassette:
        return cassette


def explain(error: vcr_openai.TranslationError) -> str:
    if isinstance(error, (vcr_openai.MalformedRecording, vcr_openai.MalformedInteraction, vcr_openai.Unsupported)):
        return f"{error.where}: expected {error.expected}, found {error.found}"
    return str(error)
