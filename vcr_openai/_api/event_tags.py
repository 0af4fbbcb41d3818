"""The tags of a stream's events, by the type that each event has.

The names are those of the SDK's discriminated unions (openai 3.54: ``ResponseStreamEvent``, ``AssistantStreamEvent``,
``ImageGenStreamEvent``, ``ImageEditStreamEvent``, ``TranscriptionStreamEvent``); a test compares the two. An event of
any other type has no tag.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

EventTags = Mapping[str, str]  # type -> tag


def _tags(package: str, classes: Mapping[str, str]) -> EventTags:
    """Tags of classes, each in a module that the SDK names after it: ``image_gen_completed_event``."""
    return {
        kind: f"openai.types.{package}{re.sub('(?<!^)(?=[A-Z])', '_', name).lower()}.{name}"
        for kind, name in classes.items()
    }


RESPONSE_EVENTS = _tags(
    "responses.",
    {
        "error": "ResponseErrorEvent",
        "response.audio.delta": "ResponseAudioDeltaEvent",
        "response.audio.done": "ResponseAudioDoneEvent",
        "response.audio.transcript.delta": "ResponseAudioTranscriptDeltaEvent",
        "response.audio.transcript.done": "ResponseAudioTranscriptDoneEvent",
        "response.code_interpreter_call.completed": "ResponseCodeInterpreterCallCompletedEvent",
        "response.code_interpreter_call.in_progress": "ResponseCodeInterpreterCallInProgressEvent",
        "response.code_interpreter_call.interpreting": "ResponseCodeInterpreterCallInterpretingEvent",
        "response.code_interpreter_call_code.delta": "ResponseCodeInterpreterCallCodeDeltaEvent",
        "response.code_interpreter_call_code.done": "ResponseCodeInterpreterCallCodeDoneEvent",
        "response.compaction.compacting": "ResponseCompactionCompactingEvent",
        "response.completed": "ResponseCompletedEvent",
        "response.content_part.added": "ResponseContentPartAddedEvent",
        "response.content_part.done": "ResponseContentPartDoneEvent",
        "response.created": "ResponseCreatedEvent",
        "response.custom_tool_call_input.delta": "ResponseCustomToolCallInputDeltaEvent",
        "response.custom_tool_call_input.done": "ResponseCustomToolCallInputDoneEvent",
        "response.failed": "ResponseFailedEvent",
        "response.file_search_call.completed": "ResponseFileSearchCallCompletedEvent",
        "response.file_search_call.in_progress": "ResponseFileSearchCallInProgressEvent",
        "response.file_search_call.searching": "ResponseFileSearchCallSearchingEvent",
        "response.function_call_arguments.delta": "ResponseFunctionCallArgumentsDeltaEvent",
        "response.function_call_arguments.done": "ResponseFunctionCallArgumentsDoneEvent",
        "response.image_generation_call.completed": "ResponseImageGenCallCompletedEvent",
        "response.image_generation_call.generating": "ResponseImageGenCallGeneratingEvent",
        "response.image_generation_call.in_progress": "ResponseImageGenCallInProgressEvent",
        "response.image_generation_call.partial_image": "ResponseImageGenCallPartialImageEvent",
        "response.in_progress": "ResponseInProgressEvent",
        "response.incomplete": "ResponseIncompleteEvent",
        "response.mcp_call.completed": "ResponseMcpCallCompletedEvent",
        "response.mcp_call.failed": "ResponseMcpCallFailedEvent",
        "response.mcp_call.in_progress": "ResponseMcpCallInProgressEvent",
        "response.mcp_call_arguments.delta": "ResponseMcpCallArgumentsDeltaEvent",
        "response.mcp_call_arguments.done": "ResponseMcpCallArgumentsDoneEvent",
        "response.mcp_list_tools.completed": "ResponseMcpListToolsCompletedEvent",
        "response.mcp_list_tools.failed": "ResponseMcpListToolsFailedEvent",
        "response.mcp_list_tools.in_progress": "ResponseMcpListToolsInProgressEvent",
        "response.output_item.added": "ResponseOutputItemAddedEvent",
        "response.output_item.done": "ResponseOutputItemDoneEvent",
        "response.output_text.annotation.added": "ResponseOutputTextAnnotationAddedEvent",
        "response.output_text.delta": "ResponseTextDeltaEvent",
        "response.output_text.done": "ResponseTextDoneEvent",
        "response.queued": "ResponseQueuedEvent",
        "response.reasoning_summary_part.added": "ResponseReasoningSummaryPartAddedEvent",
        "response.reasoning_summary_part.done": "ResponseReasoningSummaryPartDoneEvent",
        "response.reasoning_summary_text.delta": "ResponseReasoningSummaryTextDeltaEvent",
        "response.reasoning_summary_text.done": "ResponseReasoningSummaryTextDoneEvent",
        "response.reasoning_text.delta": "ResponseReasoningTextDeltaEvent",
        "response.reasoning_text.done": "ResponseReasoningTextDoneEvent",
        "response.refusal.delta": "ResponseRefusalDeltaEvent",
        "response.refusal.done": "ResponseRefusalDoneEvent",
        "response.shell_call_command.added": "ResponseShellCallCommandAddedEvent",
        "response.shell_call_command.delta": "ResponseShellCallCommandDeltaEvent",
        "response.shell_call_command.done": "ResponseShellCallCommandDoneEvent",
        "response.shell_call_output_content.delta": "ResponseShellCallOutputContentDeltaEvent",
        "response.shell_call_output_content.done": "ResponseShellCallOutputContentDoneEvent",
        "response.web_search_call.completed": "ResponseWebSearchCallCompletedEvent",
        "response.web_search_call.in_progress": "ResponseWebSearchCallInProgressEvent",
        "response.web_search_call.searching": "ResponseWebSearchCallSearchingEvent",
    },
)

# On the wire the type is the event's name; the SDK puts both together: {"event": type, "data": object}.
THREAD_EVENTS: EventTags = {
    kind: f"openai.types.beta.assistant_stream_event.{name}"
    for kind, name in {
        "error": "ErrorEvent",
        "thread.created": "ThreadCreated",
        "thread.message.completed": "ThreadMessageCompleted",
        "thread.message.created": "ThreadMessageCreated",
        "thread.message.delta": "ThreadMessageDelta",
        "thread.message.in_progress": "ThreadMessageInProgress",
        "thread.message.incomplete": "ThreadMessageIncomplete",
        "thread.run.cancelled": "ThreadRunCancelled",
        "thread.run.cancelling": "ThreadRunCancelling",
        "thread.run.completed": "ThreadRunCompleted",
        "thread.run.created": "ThreadRunCreated",
        "thread.run.expired": "ThreadRunExpired",
        "thread.run.failed": "ThreadRunFailed",
        "thread.run.in_progress": "ThreadRunInProgress",
        "thread.run.incomplete": "ThreadRunIncomplete",
        "thread.run.queued": "ThreadRunQueued",
        "thread.run.requires_action": "ThreadRunRequiresAction",
        "thread.run.step.cancelled": "ThreadRunStepCancelled",
        "thread.run.step.completed": "ThreadRunStepCompleted",
        "thread.run.step.created": "ThreadRunStepCreated",
        "thread.run.step.delta": "ThreadRunStepDelta",
        "thread.run.step.expired": "ThreadRunStepExpired",
        "thread.run.step.failed": "ThreadRunStepFailed",
        "thread.run.step.in_progress": "ThreadRunStepInProgress",
    }.items()
}

IMAGE_GENERATION_EVENTS = _tags(
    "",
    {
        "image_generation.completed": "ImageGenCompletedEvent",
        "image_generation.partial_image": "ImageGenPartialImageEvent",
    },
)
IMAGE_EDIT_EVENTS = _tags(
    "",
    {
        "image_edit.completed": "ImageEditCompletedEvent",
        "image_edit.partial_image": "ImageEditPartialImageEvent",
    },
)
TRANSCRIPTION_EVENTS = _tags(
    "audio.",
    {
        "transcript.text.delta": "TranscriptionTextDeltaEvent",
        "transcript.text.done": "TranscriptionTextDoneEvent",
        "transcript.text.segment": "TranscriptionTextSegmentEvent",
    },
)
