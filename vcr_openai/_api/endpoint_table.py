"""The table of endpoints: one row for each path and method, of OpenAI's API and of others that recordings contain.

``Endpoint`` explains the columns; ids stand as ``{…}``. A test compares OpenAI's rows with the installed SDK and lists
the methods without a row.

A list in pages is answered with the list object as the server sent it, so that the SDK finds ``has_more`` and its
cursors again. The list of models, which the recorder knows and which has no cursors, is the one ``page``.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vcr_openai._api.endpoint import Content, Endpoint, Layout, StreamProtocol
from vcr_openai._api.event_tags import (
    IMAGE_EDIT_EVENTS,
    IMAGE_GENERATION_EVENTS,
    RESPONSE_EVENTS,
    THREAD_EVENTS,
    TRANSCRIPTION_EVENTS,
)

# Paths without a row, and why. Plain VCR cassettes have their answers; no recording can be made of them.
LEFT_OUT = {
    "/organization": "the administration of an organization, whose answers are keys and people",
    "/projects": "the administration of an organization, whose answers are keys and people",
    "/realtime": "it prepares or steers a WebSocket session, which vcrpy does not record",
    "/live": "it prepares or steers a WebSocket session, which vcrpy does not record",
    "/webhook_endpoints": "the administration of webhooks, whose answers are signing secrets",
    "/webhook_event_types": "the administration of webhooks, whose answers are signing secrets",
    "/agents": "a beta whose event streams are resumed over several requests",
    "/vaults": "a beta whose requests are credentials",
}

_NAMED = StreamProtocol.NAMED_EVENTS
_THREAD = StreamProtocol.THREAD_EVENTS
_ALWAYS = Content.ALWAYS
_TEXT_TOO = Content.WHERE_NOT_JSON
_UNTAGGED = ""  # the tag of an answer that is not one object of the SDK: a page, a union, content


def _rows(
    wire: str, *, delete: str | None = None, get: str | None = None, post: str | None = None, **more: Any
) -> Iterator[Endpoint]:
    """The rows of a path: for each of its methods the tag of the answer, and what all of them have in common."""
    chunk = _tag(more.pop("chunk", _UNTAGGED))
    for method, reply in (("DELETE", delete), ("GET", get), ("POST", post)):
        if reply is not None:
            yield Endpoint(f"/v1{wire}", wire, _tag(reply), chunk, method, **more)


def _tag(name: str) -> str | None:
    """The tag of a class of the SDK, which is in a module of its own name: ``file_object`` has ``FileObject``."""
    module, _, last = name.rpartition(".")
    if last.islower():
        module, last = name, last.title().replace("_", "")
    return f"openai.types.{module}.{last}" if name else None


OPENAI: tuple[Endpoint, ...] = (
    # Chat, with the stored completions
    *_rows(
        "/chat/completions",
        post="chat.chat_completion",
        chunk="chat.chat_completion_chunk",
        list_key="choices",
        creator=("openai.resources.chat.completions", "AsyncCompletions"),
        by_recorder=True,
    ),
    *_rows(
        "/chat/completions/{completion_id}",
        delete="chat.chat_completion_deleted",
        get="chat.chat_completion",
        post="chat.chat_completion",
    ),
    *_rows("/chat/completions", get=_UNTAGGED),
    *_rows("/chat/completions/{completion_id}/messages", get=_UNTAGGED),
    # Texts, embeddings, models, moderations
    *_rows(
        "/completions",
        post="completion",
        chunk="completion",
        list_key="choices",
        creator=("openai.resources.completions", "AsyncCompletions"),
        by_recorder=True,
    ),
    *_rows(
        "/embeddings",
        post="create_embedding_response",
        base64_floats=True,
        list_key="data",
        creator=("openai.resources.embeddings", "AsyncEmbeddings"),
        by_recorder=True,
    ),
    *_rows("/models/{model*}", delete="model_deleted", get="model"),
    *_rows("/models", get="model", page=True, list_key="data", by_recorder=True),
    *_rows("/moderations", post="moderation_create_response"),
    # Responses and conversations
    *_rows("/responses/{response_id}/cancel", post="responses.response", empty=True),
    *_rows("/responses/compact", post="responses.compacted_response"),
    *_rows(
        "/responses",
        post="responses.response",
        framing=_NAMED,
        events=RESPONSE_EVENTS,
        terminal_events=frozenset(["response.completed", "response.failed", "response.incomplete", "error"]),
        creator=("openai.resources.responses", "AsyncResponses"),
    ),
    *_rows("/responses/{response_id}", delete=_UNTAGGED, content=_TEXT_TOO),
    *_rows("/responses/{response_id}/input_items", get=_UNTAGGED),
    *_rows("/responses/input_tokens", post="responses.input_token_count_response"),
    *_rows("/responses/{response_id}", get="responses.response", framing=_NAMED, events=RESPONSE_EVENTS),
    *_rows("/conversations", post="conversations.conversation"),
    *_rows(
        "/conversations/{conversation_id}",
        delete="conversations.conversation_deleted_resource",
        get="conversations.conversation",
        post="conversations.conversation",
    ),
    *_rows("/conversations/{conversation_id}/items", get=_UNTAGGED, post="conversations.conversation_item_list"),
    *_rows("/conversations/{conversation_id}/items/{item_id}", delete="conversations.conversation", get=_UNTAGGED),
    # Images and audio
    *_rows("/images/variations", post="images_response"),
    *_rows("/images/edits", post="images_response", framing=_NAMED, events=IMAGE_EDIT_EVENTS),
    *_rows("/images/generations", post="images_response", framing=_NAMED, events=IMAGE_GENERATION_EVENTS),
    *_rows("/audio/voice_consents", get=_UNTAGGED, post="audio.voice_consent"),
    *_rows("/audio/voices", post="audio.voice"),
    *_rows("/audio/speech", post=_UNTAGGED, content=_ALWAYS),
    *_rows("/audio/transcriptions", post="audio.transcription", content=_TEXT_TOO, events=TRANSCRIPTION_EVENTS),
    *_rows("/audio/translations", post="audio.translation", content=_TEXT_TOO),
    *_rows(
        "/audio/voice_consents/{consent_id}",
        delete="audio.voice_consent_deleted",
        get="audio.voice_consent",
        post="audio.voice_consent",
    ),
    *_rows("/audio/voices/{voice_id}", delete="audio.voice_deleted"),
    # Files, uploads, batches, vector stores
    *_rows("/files/{file_id}/content", get=_UNTAGGED, content=_ALWAYS),
    *_rows("/files", get=_UNTAGGED, post="file_object"),
    *_rows("/files/{file_id}", delete="file_deleted", get="file_object"),
    *_rows("/uploads/{upload_id}/cancel", post="upload", empty=True),
    *_rows("/uploads/{upload_id}/complete", post="upload"),
    *_rows("/uploads", post="upload"),
    *_rows("/uploads/{upload_id}/parts", post="uploads.upload_part"),
    *_rows("/batches/{batch_id}/cancel", post="batch", empty=True),
    *_rows("/batches", get=_UNTAGGED, post="batch"),
    *_rows("/batches/{batch_id}", get="batch"),
    *_rows("/vector_stores", get=_UNTAGGED, post="vector_store"),
    *_rows("/vector_stores/{vector_store_id}", delete="vector_store_deleted", get="vector_store", post="vector_store"),
    *_rows(
        "/vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel",
        post="vector_stores.vector_store_file_batch",
        empty=True,
    ),
    *_rows("/vector_stores/{vector_store_id}/file_batches", post="vector_stores.vector_store_file_batch"),
    *_rows("/vector_stores/{vector_store_id}/file_batches/{batch_id}/files", get=_UNTAGGED),
    *_rows("/vector_stores/{vector_store_id}/file_batches/{batch_id}", get="vector_stores.vector_store_file_batch"),
    *_rows("/vector_stores/{vector_store_id}/files/{file_id}/content", get=_UNTAGGED),
    *_rows("/vector_stores/{vector_store_id}/files", get=_UNTAGGED, post="vector_stores.vector_store_file"),
    *_rows(
        "/vector_stores/{vector_store_id}/files/{file_id}",
        delete="vector_stores.vector_store_file_deleted",
        get="vector_stores.vector_store_file",
        post="vector_stores.vector_store_file",
    ),
    *_rows("/vector_stores/{vector_store_id}/search", post=_UNTAGGED),
    # Fine-tuning and evals
    *_rows("/fine_tuning/alpha/graders/run", post="fine_tuning.alpha.grader_run_response"),
    *_rows("/fine_tuning/alpha/graders/validate", post="fine_tuning.alpha.grader_validate_response"),
    *_rows("/fine_tuning/checkpoints/{fine_tuned_model_checkpoint}/permissions", get=_UNTAGGED, post=_UNTAGGED),
    *_rows(
        "/fine_tuning/checkpoints/{fine_tuned_model_checkpoint}/permissions/{permission_id}",
        delete="fine_tuning.checkpoints.permission_delete_response",
    ),
    *_rows("/fine_tuning/jobs/{fine_tuning_job_id}/cancel", post="fine_tuning.fine_tuning_job", empty=True),
    *_rows("/fine_tuning/jobs/{fine_tuning_job_id}/checkpoints", get=_UNTAGGED),
    *_rows("/fine_tuning/jobs", get=_UNTAGGED, post="fine_tuning.fine_tuning_job"),
    *_rows("/fine_tuning/jobs/{fine_tuning_job_id}/events", get=_UNTAGGED),
    *_rows("/fine_tuning/jobs/{fine_tuning_job_id}/pause", post="fine_tuning.fine_tuning_job", empty=True),
    *_rows("/fine_tuning/jobs/{fine_tuning_job_id}/resume", post="fine_tuning.fine_tuning_job", empty=True),
    *_rows("/fine_tuning/jobs/{fine_tuning_job_id}", get="fine_tuning.fine_tuning_job"),
    *_rows("/evals", get=_UNTAGGED, post="eval_create_response"),
    *_rows(
        "/evals/{eval_id}", delete="eval_delete_response", get="eval_retrieve_response", post="eval_update_response"
    ),
    *_rows("/evals/{eval_id}/runs/{run_id}/cancel", post="evals.run_cancel_response", empty=True),
    *_rows("/evals/{eval_id}/runs", get=_UNTAGGED, post="evals.run_create_response"),
    # How openai 2.x cancels a run.
    *_rows("/evals/{eval_id}/runs/{run_id}", post="evals.run_cancel_response", empty=True),
    *_rows("/evals/{eval_id}/runs/{run_id}", delete="evals.run_delete_response", get="evals.run_retrieve_response"),
    *_rows("/evals/{eval_id}/runs/{run_id}/output_items", get=_UNTAGGED),
    *_rows(
        "/evals/{eval_id}/runs/{run_id}/output_items/{output_item_id}", get="evals.runs.output_item_retrieve_response"
    ),
    # Assistants, their threads and runs; ChatKit
    *_rows("/assistants", get=_UNTAGGED, post="beta.assistant"),
    *_rows("/assistants/{assistant_id}", delete="beta.assistant_deleted", get="beta.assistant", post="beta.assistant"),
    *_rows("/chatkit/sessions/{session_id}/cancel", post="beta.chatkit.chat_session", empty=True),
    *_rows("/chatkit/sessions", post="beta.chatkit.chat_session"),
    *_rows(
        "/chatkit/threads/{thread_id}",
        delete="beta.chatkit.thread_delete_response",
        get="beta.chatkit.chatkit_thread.ChatKitThread",
    ),
    *_rows("/chatkit/threads", get=_UNTAGGED),
    *_rows("/chatkit/threads/{thread_id}/items", get=_UNTAGGED),
    *_rows("/threads", post="beta.thread"),
    *_rows("/threads/runs", post="beta.threads.run", framing=_THREAD, events=THREAD_EVENTS),
    *_rows("/threads/{thread_id}", delete="beta.thread_deleted", get="beta.thread", post="beta.thread"),
    *_rows("/threads/{thread_id}/messages", get=_UNTAGGED, post="beta.threads.message"),
    *_rows(
        "/threads/{thread_id}/messages/{message_id}",
        delete="beta.threads.message_deleted",
        get="beta.threads.message",
        post="beta.threads.message",
    ),
    *_rows("/threads/{thread_id}/runs/{run_id}/cancel", post="beta.threads.run", empty=True),
    *_rows("/threads/{thread_id}/runs", post="beta.threads.run", framing=_THREAD, events=THREAD_EVENTS),
    *_rows("/threads/{thread_id}/runs", get=_UNTAGGED),
    *_rows("/threads/{thread_id}/runs/{run_id}", get="beta.threads.run", post="beta.threads.run"),
    *_rows("/threads/{thread_id}/runs/{run_id}/steps", get=_UNTAGGED),
    *_rows("/threads/{thread_id}/runs/{run_id}/steps/{step_id}", get="beta.threads.runs.run_step"),
    *_rows(
        "/threads/{thread_id}/runs/{run_id}/submit_tool_outputs",
        post="beta.threads.run",
        framing=_THREAD,
        events=THREAD_EVENTS,
    ),
    # Containers, videos, skills
    *_rows("/containers", get=_UNTAGGED, post="container_create_response"),
    *_rows("/containers/{container_id}", delete=_UNTAGGED, content=_TEXT_TOO),
    *_rows("/containers/{container_id}/files/{file_id}/content", get=_UNTAGGED, content=_ALWAYS),
    *_rows("/containers/{container_id}/files", get=_UNTAGGED, post="containers.file_create_response"),
    *_rows("/containers/{container_id}/files/{file_id}", delete=_UNTAGGED, content=_TEXT_TOO),
    *_rows("/containers/{container_id}/files/{file_id}", get="containers.file_retrieve_response"),
    *_rows("/containers/{container_id}", get="container_retrieve_response"),
    *_rows("/videos/characters", post="video_create_character_response"),
    *_rows("/videos/edits", post="video"),
    *_rows("/videos/extensions", post="video"),
    *_rows("/videos", get=_UNTAGGED, post="video"),
    *_rows("/videos/{video_id}", delete="video_delete_response", get="video"),
    *_rows("/videos/{video_id}/content", get=_UNTAGGED, content=_ALWAYS),
    *_rows("/videos/characters/{character_id}", get="video_get_character_response"),
    *_rows("/videos/{video_id}/remix", post="video"),
    *_rows("/skills/{skill_id}/content", get=_UNTAGGED, content=_ALWAYS),
    *_rows("/skills", get=_UNTAGGED, post="skill"),
    *_rows("/skills/{skill_id}", delete="deleted_skill", get="skill", post="skill"),
    *_rows("/skills/{skill_id}/versions/{version}/content", get=_UNTAGGED, content=_ALWAYS),
    *_rows("/skills/{skill_id}/versions", get=_UNTAGGED, post="skills.skill_version"),
    *_rows("/skills/{skill_id}/versions/{version}", delete="skills.deleted_skill_version", get="skills.skill_version"),
    # Others
    *_rows("/content_provenance_checks", post="content_provenance_check"),
    *_rows("/decisions", post="decision"),
    *_rows("/safety/alerts/{id}", get="safety.safety_alert"),
    *_rows("/safety/cases/{id}", get="safety.safety_case"),
)


def _ollama(wire: str, reply: str | None, *, path: str | None = None, method: str = "POST") -> Endpoint:
    """A row of Ollama's own API, whose streams are lines of its replies. The recorder knows those with a tag."""
    tag = f"ollama._types.{reply}" if reply else None
    return Endpoint(path or wire, wire, tag, tag, method, StreamProtocol.JSON_LINES, by_recorder=tag is not None)


def _raw(wire: str, *, version: str = "", method: str = "POST", **more: Any) -> Endpoint:
    """A row of the raw HTTP layout, which keeps an exchange as it is."""
    return Endpoint(version + wire, wire, None, layout=Layout.HTTP, method=method, **more)


OTHERS: tuple[Endpoint, ...] = (
    _ollama("/api/chat", "ChatResponse"),
    _ollama("/api/generate", "GenerateResponse"),
    _ollama("/api/embed", "EmbedResponse", path="/api/embeddings"),
    _ollama("/api/ps", "ProcessResponse", method="GET"),
    _ollama("/api/tags", "ListResponse", method="GET"),
    _ollama("/api/pull", "ProgressResponse"),
    _ollama("/api/show", None),  # unknown to the recorder; Ollama's model is dumped under other names than it reads
    # By it a server of Hugging Face (text-embeddings-inference) is asked which model it serves.
    Endpoint("/info", "/info", None, method="GET", by_recorder=True, lookup=True),
    # Ollama's older method, which the recorder does not know: it uses this path as the name of the newer one.
    _raw("/api/embeddings"),
    _raw("/messages", version="/v1", terminal_events=frozenset(["message_stop", "error"])),  # Anthropic
    _raw("/messages/count_tokens", version="/v1"),
    _raw("/interactions"),  # Google
    _raw("/interactions/{id}", method="GET"),
    _raw("/interactions/{id}/cancel"),
    _raw("/rerank"),
)

ENDPOINTS: tuple[Endpoint, ...] = OPENAI + OTHERS
