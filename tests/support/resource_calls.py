"""Calls of every method of the OpenAI client, and what the client hands out for them as JSON."""

from __future__ import annotations

import base64
import inspect
import warnings
from collections.abc import AsyncIterable
from dataclasses import dataclass
from operator import attrgetter
from typing import Any

import openai
import sdk_methods
from pydantic import BaseModel

from vcr_openai._api.endpoint_lookup import wire_endpoint

FILE = ("räd.jsonl", b'{"a": 1}\n', "application/jsonl")
IMAGE = ("a.png", b"\x89PNG\r\n\x1a\n\x00\xff--", "image/png")
_ASK = [{"role": "user", "content": "Tell me about llamas \U0001f999."}]
_CHAT = {"model": "gpt-4o-mini", "messages": _ASK}
_TOOL = {"type": "function", "function": {"name": "get_time", "parameters": {"type": "object", "properties": {}}}}
_THREAD = {"thread_id": "thread_67ccd2bed1ec8190"}
# Arguments that say more than the placeholders that a method takes.
ARGUMENTS: dict[str, dict[str, Any]] = {
    "chat.completions.create": _CHAT | {"tools": [_TOOL], "temperature": 0.2},
    "chat.completions.parse": _CHAT,
    "chat.completions.list": {"limit": 2, "metadata": {"a": "b"}},
    "chat.completions.update": {"completion_id": "chatcmpl-abc123", "metadata": {"a": "b"}},
    "completions.create": {"model": "gpt-3.5-turbo-instruct", "prompt": "Llamas"},
    "embeddings.create": {"model": "text-embedding-3-small", "input": ["a", "b"], "dimensions": 3},
    "files.create": {"file": FILE, "purpose": "batch"},
    "files.list": {"purpose": "batch", "limit": 5},
    "images.edit": {"image": [IMAGE, IMAGE], "prompt": "A llama \U0001f999", "n": 1},
    "images.create_variation": {"image": IMAGE, "n": 2},
    "audio.transcriptions.create": {
        "file": IMAGE,
        "model": "whisper-1",
        "timestamp_granularities": ["word", "segment"],
    },
    "uploads.parts.create": {"upload_id": "upload_67ccd2bed1ec8190", "data": b"\x00\x01\xfe"},
    "moderations.create": {"input": "llamas", "model": "omni-moderation-latest"},
    "responses.create": {"model": "gpt-4o-mini", "input": "Llamas", "previous_response_id": "resp_67ccd2bed1ec8190"},
    "responses.parse": {"model": "gpt-4o-mini", "input": "Llamas"},
    "responses.input_items.list": {"response_id": "resp_67ccd2bed1ec8190", "include": ["message.output_text.logprobs"]},
    "models.retrieve": {"model": "meta-llama/Llama-3.2-3B"},
    "vector_stores.search": {"vector_store_id": "vs_67ccd2bed1ec8190", "query": "llamas"},
}
STREAMS: dict[str, dict[str, Any]] = {
    "chat.completions.create": _CHAT | {"stream": True, "stream_options": {"include_usage": True}},
    "completions.create": {"model": "gpt-3.5-turbo-instruct", "prompt": "Llamas", "stream": True},
    "responses.create": {"model": "gpt-4o-mini", "input": "Llamas", "stream": True},
    "responses.retrieve": {"response_id": "resp_67ccd2bed1ec8190", "stream": True, "starting_after": 6},
    "images.generate": {"model": "gpt-image-1", "prompt": "A llama", "stream": True, "partial_images": 1},
    "images.edit": {"model": "gpt-image-1", "image": IMAGE, "prompt": "A llama", "stream": True},
    "audio.transcriptions.create": {"file": FILE, "model": "gpt-4o-transcribe", "stream": True},
    "audio.speech.create": {"model": "gpt-4o-mini-tts", "voice": "alloy", "input": "Mm", "stream_format": "sse"},
    "beta.threads.create_and_run": {"assistant_id": "asst_abc123", "stream": True},
    "beta.threads.runs.create": _THREAD | {"assistant_id": "asst_abc123", "stream": True},
    "beta.threads.runs.submit_tool_outputs": _THREAD | {"run_id": "run_abc123", "tool_outputs": [], "stream": True},
}
TEXTS: dict[str, dict[str, Any]] = {
    "audio.transcriptions.create": {"file": FILE, "model": "whisper-1", "response_format": "srt"},
    "audio.translations.create": {"file": FILE, "model": "whisper-1", "response_format": "text"},
    "files.content": {"file_id": "file-lines"},
    "files.retrieve_content": {"file_id": "file-lines"},
}
_FAIL = {"extra_headers": {"x-fail": "404"}}


@dataclass(frozen=True)
class Case:
    """One call: the client's method, and how it answers: plain, text, stream or error."""

    name: str
    kind: str
    arguments: dict[str, Any]


def cases() -> list[Case]:
    """A call of every method (by one of its names) whose request the table knows: plain, streamed, with an error."""
    known = [
        one
        for one in sdk_methods.methods()
        if wire_endpoint(one.verb, f"/v1{one.path}") and not one.name.startswith(("beta.chat.", "beta.responses."))
    ]
    plain = [Case(one.name, "plain", ARGUMENTS.get(one.name) or _lists(one.arguments)) for one in known]
    others = [Case(name, "stream", arguments) for name, arguments in STREAMS.items()]
    others += [Case(name, "text", arguments) for name, arguments in TEXTS.items()]
    names = {one.name for one in known}
    errors = [Case(one.name, "error", one.arguments | _FAIL) for one in plain]
    return [case for case in [*plain, *others, *errors] if case.name in names]


def _lists(arguments: dict[str, Any]) -> dict[str, Any]:
    """Placeholders, in a list where a parameter's name is a plural."""
    many = {"events", "items", "messages", "part_ids", "project_ids", "tool_outputs", "voice_ids"}
    return {name: [] if name in many else value for name, value in arguments.items()}


def call(client: openai.OpenAI, case: Case) -> Any:
    """What the client hands out as JSON, or what it handed out of a stream before the error that it raised."""
    read: list[Any] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            answer = attrgetter(case.name)(client)(**case.arguments)
            if _is_context(answer):
                with answer as inner:
                    read.extend(map(_json, inner.parse() if hasattr(inner, "parse") else inner))
            elif _is_many(answer):
                read.extend(map(_json, answer))
            else:
                return _json(answer)
        except openai.APIError as error:
            return [*read, _failure(error)] if read else _failure(error)
    return read


async def call_async(client: openai.AsyncOpenAI, case: Case) -> Any:
    """The same from the asynchronous client."""
    read: list[Any] = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        try:
            answer = attrgetter(case.name)(client)(**case.arguments)
            if _is_context(answer):
                async with answer as inner:
                    await _read(await inner.parse() if hasattr(inner, "parse") else inner, read)
                return read
            answer = await answer if inspect.isawaitable(answer) and not hasattr(answer, "__aiter__") else answer
            if not hasattr(answer, "__aiter__") or isinstance(answer, str):
                return _json(answer)
            await _read(answer, read)
        except openai.APIError as error:
            return [*read, _failure(error)] if read else _failure(error)
    return read


async def _read(answer: AsyncIterable[Any], read: list[Any]) -> None:
    async for one in answer:
        read.append(_json(one))  # noqa: PERF401 - what was read before an error counts


def _failure(error: openai.APIError) -> dict[str, Any]:
    return {"error": type(error).__name__, "status": getattr(error, "status_code", None), "body": error.body}


def _is_context(answer: Any) -> bool:
    """Whether the SDK's helper wants to be entered: a stream's manager, or ``with_streaming_response``."""
    return type(answer).__name__.endswith("Manager")


def _is_many(answer: Any) -> bool:
    return isinstance(answer, openai.Stream) or "Page" in type(answer).__name__


def _json(answer: Any) -> Any:
    if isinstance(answer, BaseModel):
        return answer.model_dump(mode="json", warnings=False)
    if type(answer).__name__ == "LegacyAPIResponse":  # with_raw_response
        return [answer.status_code, _json(answer.parse())]
    return base64.b64encode(answer.content).decode() if hasattr(answer, "content") else answer
