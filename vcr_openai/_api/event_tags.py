"""The tags of a stream's events, by the type that each event has.

The names are those of the SDK's discriminated unions (openai 3.54: ``ResponseStreamEvent``, ``AssistantStreamEvent``,
``ImageGenStreamEvent``, ``ImageEditStreamEvent``, ``TranscriptionStreamEvent``); a test compares the two. An event of
any other type has no tag.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

EventTags = Mapping[str, str]  # type -> tag


def _camel(kind: str) -> str:
    """``response.audio.delta`` -> ``ResponseAudioDelta``."""
    return "".join(word.capitalize() for word in re.split("[._]", kind))


def _tags(package: str, classes: Mapping[str, str]) -> EventTags:
    """Tags of classes, each in a module that the SDK names after it: ``image_gen_completed_event``."""
    return {
        kind: f"openai.types.{package}{re.sub('(?<!^)(?=[A-Z])', '_', name).lower()}.{name}"
        for kind, name in classes.items()
    }


def _regular(family: str, kinds: Iterable[str]) -> dict[str, str]:
    """The class of each type of a family, where the SDK names it after the type."""
    return {f"{family}.{kind}": f"{_camel(f'{family}.{kind}')}Event" for kind in kinds}


_RESPONSE = (
    "audio.delta audio.done audio.transcript.delta audio.transcript.done code_interpreter_call.completed"
    " code_interpreter_call.in_progress code_interpreter_call.interpreting code_interpreter_call_code.delta"
    " code_interpreter_call_code.done compaction.compacting completed content_part.added content_part.done created"
    " custom_tool_call_input.delta custom_tool_call_input.done failed file_search_call.completed"
    " file_search_call.in_progress file_search_call.searching function_call_arguments.delta"
    " function_call_arguments.done in_progress incomplete mcp_call.completed mcp_call.failed mcp_call.in_progress"
    " mcp_call_arguments.delta mcp_call_arguments.done mcp_list_tools.completed mcp_list_tools.failed"
    " mcp_list_tools.in_progress output_item.added output_item.done output_text.annotation.added queued"
    " reasoning_summary_part.added reasoning_summary_part.done reasoning_summary_text.delta"
    " reasoning_summary_text.done reasoning_text.delta reasoning_text.done refusal.delta refusal.done"
    " shell_call_command.added shell_call_command.delta shell_call_command.done shell_call_output_content.delta"
    " shell_call_output_content.done web_search_call.completed web_search_call.in_progress web_search_call.searching"
).split()
RESPONSE_EVENTS = _tags(
    "responses.",
    {
        **_regular("response", _RESPONSE),
        "error": "ResponseErrorEvent",
        "response.image_generation_call.completed": "ResponseImageGenCallCompletedEvent",
        "response.image_generation_call.generating": "ResponseImageGenCallGeneratingEvent",
        "response.image_generation_call.in_progress": "ResponseImageGenCallInProgressEvent",
        "response.image_generation_call.partial_image": "ResponseImageGenCallPartialImageEvent",
        "response.output_text.delta": "ResponseTextDeltaEvent",
        "response.output_text.done": "ResponseTextDoneEvent",
    },
)

_THREAD = (
    "created message.completed message.created message.delta message.in_progress message.incomplete run.cancelled"
    " run.cancelling run.completed run.created run.expired run.failed run.in_progress run.incomplete run.queued"
    " run.requires_action run.step.cancelled run.step.completed run.step.created run.step.delta run.step.expired"
    " run.step.failed run.step.in_progress"
).split()
# On the wire the type is the event's name; the SDK puts both together: {"event": type, "data": object}.
THREAD_EVENTS: EventTags = {
    kind: f"openai.types.beta.assistant_stream_event.{name}"
    for kind, name in {
        "error": "ErrorEvent",
        **{f"thread.{kind}": _camel(f"thread.{kind}") for kind in _THREAD},
    }.items()
}

IMAGE_GENERATION_EVENTS = _tags(
    "",
    {
        "image_generation.completed": "ImageGenCompletedEvent",
        "image_generation.partial_image": "ImageGenPartialImageEvent",
    },
)
IMAGE_EDIT_EVENTS = _tags("", _regular("image_edit", ["completed", "partial_image"]))
TRANSCRIPTION_EVENTS = _tags(
    "audio.",
    {f"transcript.text.{kind}": f"TranscriptionText{kind.capitalize()}Event" for kind in ("delta", "done", "segment")},
)
