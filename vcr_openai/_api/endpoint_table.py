"""The table of endpoints: one row for each path and method, of OpenAI's API and of others that recordings contain.

``Endpoint`` explains the columns; ids stand as ``{…}``. A test compares OpenAI's rows with the installed SDK and lists
the methods without a row.

A list in pages is answered with the list object as the server sent it, so that the SDK finds ``has_more`` and its
cursors again. The list of models, which the recorder knows and which has no cursors, is the one ``page``.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from vcr_openai._api.endpoint import Content, Endpoint, Framing, Layout
from vcr_openai._api.event_tags import (
    IMAGE_EDIT_EVENTS,
    IMAGE_GENERATION_EVENTS,
    RESPONSE_EVENTS,
    THREAD_EVENTS,
    TRANSCRIPTION_EVENTS,
)

# Paths without a row, and why. Plain VCR cassettes hold their answers; no recording can be made of them.
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

_CHUNK = "chat.chat_completion_chunk.ChatCompletionChunk"
_NAMED = Framing.NAMED_EVENTS
_THREAD = Framing.THREAD_EVENTS
_ALWAYS = Content.ALWAYS
_TEXT_TOO = Content.WHERE_NOT_JSON


def _row(method: str, wire: str, reply: str | None, *, chunk: str | None = None, **more: Any) -> Endpoint:
    """A row; tags are given without the package that all of them share."""
    reply, chunk = (f"openai.types.{tag}" if tag else None for tag in (reply, chunk))
    return Endpoint(f"/v1{wire}", wire, reply, chunk, method, **more)


def _get(wire: str, reply: str | None, **more: Any) -> Endpoint:
    return _row("GET", wire, reply, **more)


def _list(wire: str) -> Endpoint:
    return _row("GET", wire, None)


def _post(wire: str, reply: str | None, **more: Any) -> Endpoint:
    return _row("POST", wire, reply, **more)


def _delete(wire: str, reply: str | None, **more: Any) -> Endpoint:
    return _row("DELETE", wire, reply, **more)


def _recorded(row: Endpoint) -> Endpoint:
    return replace(row, by_recorder=True)


OPENAI: tuple[Endpoint, ...] = (
    # Chat, with the stored completions
    _recorded(
        _post(
            "/chat/completions",
            "chat.chat_completion.ChatCompletion",
            chunk=_CHUNK,
            list_key="choices",
            creator=("openai.resources.chat.completions", "AsyncCompletions"),
        )
    ),
    _delete("/chat/completions/{completion_id}", "chat.chat_completion_deleted.ChatCompletionDeleted"),
    _list("/chat/completions"),
    _list("/chat/completions/{completion_id}/messages"),
    _get("/chat/completions/{completion_id}", "chat.chat_completion.ChatCompletion"),
    _post("/chat/completions/{completion_id}", "chat.chat_completion.ChatCompletion"),
    # Texts, embeddings, models, moderations
    _recorded(
        _post(
            "/completions",
            "completion.Completion",
            chunk="completion.Completion",
            list_key="choices",
            creator=("openai.resources.completions", "AsyncCompletions"),
        )
    ),
    _recorded(
        _post(
            "/embeddings",
            "create_embedding_response.CreateEmbeddingResponse",
            base64_floats=True,
            list_key="data",
            creator=("openai.resources.embeddings", "AsyncEmbeddings"),
        )
    ),
    _delete("/models/{model*}", "model_deleted.ModelDeleted"),
    _recorded(_get("/models", "model.Model", page=True, list_key="data")),
    _get("/models/{model*}", "model.Model"),
    _post("/moderations", "moderation_create_response.ModerationCreateResponse"),
    # Responses and conversations
    _post("/responses/{response_id}/cancel", "responses.response.Response", empty=True),
    _post("/responses/compact", "responses.compacted_response.CompactedResponse"),
    _post(
        "/responses",
        "responses.response.Response",
        framing=_NAMED,
        events=RESPONSE_EVENTS,
        terminal_events=frozenset(["response.completed", "response.failed", "response.incomplete", "error"]),
        creator=("openai.resources.responses", "AsyncResponses"),
    ),
    _delete("/responses/{response_id}", None, content=_TEXT_TOO),
    _list("/responses/{response_id}/input_items"),
    _post("/responses/input_tokens", "responses.input_token_count_response.InputTokenCountResponse"),
    _get("/responses/{response_id}", "responses.response.Response", framing=_NAMED, events=RESPONSE_EVENTS),
    _post("/conversations", "conversations.conversation.Conversation"),
    _delete(
        "/conversations/{conversation_id}", "conversations.conversation_deleted_resource.ConversationDeletedResource"
    ),
    _post("/conversations/{conversation_id}/items", "conversations.conversation_item_list.ConversationItemList"),
    _delete("/conversations/{conversation_id}/items/{item_id}", "conversations.conversation.Conversation"),
    _list("/conversations/{conversation_id}/items"),
    _get("/conversations/{conversation_id}/items/{item_id}", None),
    _get("/conversations/{conversation_id}", "conversations.conversation.Conversation"),
    _post("/conversations/{conversation_id}", "conversations.conversation.Conversation"),
    # Images and audio
    _post("/images/variations", "images_response.ImagesResponse"),
    _post("/images/edits", "images_response.ImagesResponse", framing=_NAMED, events=IMAGE_EDIT_EVENTS),
    _post("/images/generations", "images_response.ImagesResponse", framing=_NAMED, events=IMAGE_GENERATION_EVENTS),
    _post("/audio/voice_consents", "audio.voice_consent.VoiceConsent"),
    _post("/audio/voices", "audio.voice.Voice"),
    _post("/audio/speech", None, content=_ALWAYS),
    _post("/audio/transcriptions", "audio.transcription.Transcription", content=_TEXT_TOO, events=TRANSCRIPTION_EVENTS),
    _post("/audio/translations", "audio.translation.Translation", content=_TEXT_TOO),
    _delete("/audio/voice_consents/{consent_id}", "audio.voice_consent_deleted.VoiceConsentDeleted"),
    _list("/audio/voice_consents"),
    _get("/audio/voice_consents/{consent_id}", "audio.voice_consent.VoiceConsent"),
    _post("/audio/voice_consents/{consent_id}", "audio.voice_consent.VoiceConsent"),
    _delete("/audio/voices/{voice_id}", "audio.voice_deleted.VoiceDeleted"),
    # Files, uploads, batches, vector stores
    _get("/files/{file_id}/content", None, content=_ALWAYS),
    _post("/files", "file_object.FileObject"),
    _delete("/files/{file_id}", "file_deleted.FileDeleted"),
    _list("/files"),
    _get("/files/{file_id}", "file_object.FileObject"),
    _post("/uploads/{upload_id}/cancel", "upload.Upload", empty=True),
    _post("/uploads/{upload_id}/complete", "upload.Upload"),
    _post("/uploads", "upload.Upload"),
    _post("/uploads/{upload_id}/parts", "uploads.upload_part.UploadPart"),
    _post("/batches/{batch_id}/cancel", "batch.Batch", empty=True),
    _post("/batches", "batch.Batch"),
    _list("/batches"),
    _get("/batches/{batch_id}", "batch.Batch"),
    _post("/vector_stores", "vector_store.VectorStore"),
    _delete("/vector_stores/{vector_store_id}", "vector_store_deleted.VectorStoreDeleted"),
    _post(
        "/vector_stores/{vector_store_id}/file_batches/{batch_id}/cancel",
        "vector_stores.vector_store_file_batch.VectorStoreFileBatch",
        empty=True,
    ),
    _post(
        "/vector_stores/{vector_store_id}/file_batches", "vector_stores.vector_store_file_batch.VectorStoreFileBatch"
    ),
    _list("/vector_stores/{vector_store_id}/file_batches/{batch_id}/files"),
    _get(
        "/vector_stores/{vector_store_id}/file_batches/{batch_id}",
        "vector_stores.vector_store_file_batch.VectorStoreFileBatch",
    ),
    _list("/vector_stores/{vector_store_id}/files/{file_id}/content"),
    _post("/vector_stores/{vector_store_id}/files", "vector_stores.vector_store_file.VectorStoreFile"),
    _delete(
        "/vector_stores/{vector_store_id}/files/{file_id}",
        "vector_stores.vector_store_file_deleted.VectorStoreFileDeleted",
    ),
    _list("/vector_stores/{vector_store_id}/files"),
    _get("/vector_stores/{vector_store_id}/files/{file_id}", "vector_stores.vector_store_file.VectorStoreFile"),
    _post("/vector_stores/{vector_store_id}/files/{file_id}", "vector_stores.vector_store_file.VectorStoreFile"),
    _list("/vector_stores"),
    _get("/vector_stores/{vector_store_id}", "vector_store.VectorStore"),
    _post("/vector_stores/{vector_store_id}/search", None),
    _post("/vector_stores/{vector_store_id}", "vector_store.VectorStore"),
    # Fine-tuning and evals
    _post("/fine_tuning/alpha/graders/run", "fine_tuning.alpha.grader_run_response.GraderRunResponse"),
    _post("/fine_tuning/alpha/graders/validate", "fine_tuning.alpha.grader_validate_response.GraderValidateResponse"),
    _post("/fine_tuning/checkpoints/{fine_tuned_model_checkpoint}/permissions", None),
    _delete(
        "/fine_tuning/checkpoints/{fine_tuned_model_checkpoint}/permissions/{permission_id}",
        "fine_tuning.checkpoints.permission_delete_response.PermissionDeleteResponse",
    ),
    _list("/fine_tuning/checkpoints/{fine_tuned_model_checkpoint}/permissions"),
    _post("/fine_tuning/jobs/{fine_tuning_job_id}/cancel", "fine_tuning.fine_tuning_job.FineTuningJob", empty=True),
    _list("/fine_tuning/jobs/{fine_tuning_job_id}/checkpoints"),
    _post("/fine_tuning/jobs", "fine_tuning.fine_tuning_job.FineTuningJob"),
    _list("/fine_tuning/jobs"),
    _list("/fine_tuning/jobs/{fine_tuning_job_id}/events"),
    _post("/fine_tuning/jobs/{fine_tuning_job_id}/pause", "fine_tuning.fine_tuning_job.FineTuningJob", empty=True),
    _post("/fine_tuning/jobs/{fine_tuning_job_id}/resume", "fine_tuning.fine_tuning_job.FineTuningJob", empty=True),
    _get("/fine_tuning/jobs/{fine_tuning_job_id}", "fine_tuning.fine_tuning_job.FineTuningJob"),
    _post("/evals", "eval_create_response.EvalCreateResponse"),
    _delete("/evals/{eval_id}", "eval_delete_response.EvalDeleteResponse"),
    _list("/evals"),
    _get("/evals/{eval_id}", "eval_retrieve_response.EvalRetrieveResponse"),
    _post("/evals/{eval_id}/runs/{run_id}/cancel", "evals.run_cancel_response.RunCancelResponse", empty=True),
    _post("/evals/{eval_id}/runs", "evals.run_create_response.RunCreateResponse"),
    # How openai 2.x cancels a run.
    _post("/evals/{eval_id}/runs/{run_id}", "evals.run_cancel_response.RunCancelResponse", empty=True),
    _delete("/evals/{eval_id}/runs/{run_id}", "evals.run_delete_response.RunDeleteResponse"),
    _list("/evals/{eval_id}/runs"),
    _list("/evals/{eval_id}/runs/{run_id}/output_items"),
    _get(
        "/evals/{eval_id}/runs/{run_id}/output_items/{output_item_id}",
        "evals.runs.output_item_retrieve_response.OutputItemRetrieveResponse",
    ),
    _get("/evals/{eval_id}/runs/{run_id}", "evals.run_retrieve_response.RunRetrieveResponse"),
    _post("/evals/{eval_id}", "eval_update_response.EvalUpdateResponse"),
    # Assistants, their threads and runs; ChatKit
    _post("/assistants", "beta.assistant.Assistant"),
    _delete("/assistants/{assistant_id}", "beta.assistant_deleted.AssistantDeleted"),
    _list("/assistants"),
    _get("/assistants/{assistant_id}", "beta.assistant.Assistant"),
    _post("/assistants/{assistant_id}", "beta.assistant.Assistant"),
    _post("/chatkit/sessions/{session_id}/cancel", "beta.chatkit.chat_session.ChatSession", empty=True),
    _post("/chatkit/sessions", "beta.chatkit.chat_session.ChatSession"),
    _delete("/chatkit/threads/{thread_id}", "beta.chatkit.thread_delete_response.ThreadDeleteResponse"),
    _list("/chatkit/threads"),
    _list("/chatkit/threads/{thread_id}/items"),
    _get("/chatkit/threads/{thread_id}", "beta.chatkit.chatkit_thread.ChatKitThread"),
    _post("/threads", "beta.thread.Thread"),
    _post("/threads/runs", "beta.threads.run.Run", framing=_THREAD, events=THREAD_EVENTS),
    _delete("/threads/{thread_id}", "beta.thread_deleted.ThreadDeleted"),
    _post("/threads/{thread_id}/messages", "beta.threads.message.Message"),
    _delete("/threads/{thread_id}/messages/{message_id}", "beta.threads.message_deleted.MessageDeleted"),
    _list("/threads/{thread_id}/messages"),
    _get("/threads/{thread_id}/messages/{message_id}", "beta.threads.message.Message"),
    _post("/threads/{thread_id}/messages/{message_id}", "beta.threads.message.Message"),
    _get("/threads/{thread_id}", "beta.thread.Thread"),
    _post("/threads/{thread_id}/runs/{run_id}/cancel", "beta.threads.run.Run", empty=True),
    _post("/threads/{thread_id}/runs", "beta.threads.run.Run", framing=_THREAD, events=THREAD_EVENTS),
    _list("/threads/{thread_id}/runs"),
    _get("/threads/{thread_id}/runs/{run_id}", "beta.threads.run.Run"),
    _list("/threads/{thread_id}/runs/{run_id}/steps"),
    _get("/threads/{thread_id}/runs/{run_id}/steps/{step_id}", "beta.threads.runs.run_step.RunStep"),
    _post(
        "/threads/{thread_id}/runs/{run_id}/submit_tool_outputs",
        "beta.threads.run.Run",
        framing=_THREAD,
        events=THREAD_EVENTS,
    ),
    _post("/threads/{thread_id}/runs/{run_id}", "beta.threads.run.Run"),
    _post("/threads/{thread_id}", "beta.thread.Thread"),
    # Containers, videos, skills
    _post("/containers", "container_create_response.ContainerCreateResponse"),
    _delete("/containers/{container_id}", None, content=_TEXT_TOO),
    _get("/containers/{container_id}/files/{file_id}/content", None, content=_ALWAYS),
    _post("/containers/{container_id}/files", "containers.file_create_response.FileCreateResponse"),
    _delete("/containers/{container_id}/files/{file_id}", None, content=_TEXT_TOO),
    _list("/containers/{container_id}/files"),
    _get("/containers/{container_id}/files/{file_id}", "containers.file_retrieve_response.FileRetrieveResponse"),
    _list("/containers"),
    _get("/containers/{container_id}", "container_retrieve_response.ContainerRetrieveResponse"),
    _post("/videos/characters", "video_create_character_response.VideoCreateCharacterResponse"),
    _post("/videos/edits", "video.Video"),
    _post("/videos/extensions", "video.Video"),
    _post("/videos", "video.Video"),
    _delete("/videos/{video_id}", "video_delete_response.VideoDeleteResponse"),
    _get("/videos/{video_id}/content", None, content=_ALWAYS),
    _get("/videos/characters/{character_id}", "video_get_character_response.VideoGetCharacterResponse"),
    _list("/videos"),
    _get("/videos/{video_id}", "video.Video"),
    _post("/videos/{video_id}/remix", "video.Video"),
    _get("/skills/{skill_id}/content", None, content=_ALWAYS),
    _post("/skills", "skill.Skill"),
    _delete("/skills/{skill_id}", "deleted_skill.DeletedSkill"),
    _list("/skills"),
    _get("/skills/{skill_id}", "skill.Skill"),
    _post("/skills/{skill_id}", "skill.Skill"),
    _get("/skills/{skill_id}/versions/{version}/content", None, content=_ALWAYS),
    _post("/skills/{skill_id}/versions", "skills.skill_version.SkillVersion"),
    _delete("/skills/{skill_id}/versions/{version}", "skills.deleted_skill_version.DeletedSkillVersion"),
    _list("/skills/{skill_id}/versions"),
    _get("/skills/{skill_id}/versions/{version}", "skills.skill_version.SkillVersion"),
    # Others
    _post("/content_provenance_checks", "content_provenance_check.ContentProvenanceCheck"),
    _post("/decisions", "decision.Decision"),
    _get("/safety/alerts/{id}", "safety.safety_alert.SafetyAlert"),
    _get("/safety/cases/{id}", "safety.safety_case.SafetyCase"),
)

_OLLAMA = "ollama._types"


def _ollama(wire: str, reply: str | None, *, path: str | None = None, method: str = "POST") -> Endpoint:
    """A row of Ollama's own API, whose streams are lines of the objects that it answers with."""
    tag = f"{_OLLAMA}.{reply}" if reply else None
    return Endpoint(path or wire, wire, tag, tag, method=method, framing=Framing.JSON_LINES)


def _raw(wire: str, *, version: str = "", method: str = "POST", **more: Any) -> Endpoint:
    """A row of the raw HTTP layout, which keeps an exchange as it is."""
    return Endpoint(version + wire, wire, None, layout=Layout.HTTP, method=method, **more)


OTHERS: tuple[Endpoint, ...] = (
    _recorded(_ollama("/api/chat", "ChatResponse")),
    _recorded(_ollama("/api/generate", "GenerateResponse")),
    _recorded(_ollama("/api/embed", "EmbedResponse", path="/api/embeddings")),
    _recorded(_ollama("/api/ps", "ProcessResponse", method="GET")),
    _recorded(_ollama("/api/tags", "ListResponse", method="GET")),
    _recorded(_ollama("/api/pull", "ProgressResponse")),
    _ollama("/api/show", None),  # Ollama's model of it is dumped under other names than it reads
    # By it the recorder asks a server of Hugging Face (text-generation-inference) which model it serves.
    Endpoint("/info", "/info", None, method="GET", by_recorder=True),
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
