"""A local server that speaks like the OpenAI API, the same words each time.

What it says is chosen by what it is asked: a model's name asks for a failure, tools for tool calls, a schema for a
refusal. All of it is invented. It answers under any base path; under Azure's it speaks as Azure does.
"""

from __future__ import annotations

import base64
import json
import re
from array import array
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from werkzeug import Request, Response

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

# Beyond the BMP, a line separator that str.splitlines() splits at, a combining sign, right-to-left, quotes.
TEXT = (
    "Llamas \U0001f999\U0001f3fd graze above 4000\u202fm.\u2028"
    'They say \u201cmm\u201d, e\u0301tude, שלום, "\\n".\n\U00020bb7!'
)
TURNS = ("Lhasa lies at 3656 m.", "Yes, \U0001f9ca in winter.", "You asked about Lhasa, then about ice.")
CALLS = (
    ("call_Yx1kT0oQvR7Jm2nB5cDe8FgH", "get_weather", '{"city":"Zürich \U0001f3d4️","days":2}'),
    ("call_Za2lU1pRwS8Kn3oC6dEf9GhI", "get_time", '{"city":"Lhasa"}'),
)
REFUSAL = "I’m sorry, I can’t help with that."
MODELS = ("gpt-4o-mini", "llama-\U0001f999-8b", "text-embedding-3-small")
VECTORS = ((0.25, -1.0, 3.0e-05), (0.1, 0.0, -0.7071068))
_CREATED = 1735689600
_FINGERPRINT = "fp_0a1b2c3d4e"
_USAGE = {
    "prompt_tokens": 19,
    "completion_tokens": 10,
    "total_tokens": 29,
    "prompt_tokens_details": {"cached_tokens": 0, "audio_tokens": 0},
    "completion_tokens_details": {
        "reasoning_tokens": 0,
        "audio_tokens": 0,
        "accepted_prediction_tokens": 0,
        "rejected_prediction_tokens": 0,
    },
}
# A model of this name answers with the status, the JSON (or text) and the headers.
FAILURES: dict[str, tuple[int, Any, dict[str, str]]] = {
    "no-such-model": (
        404,
        {
            "error": {
                "message": "The model `no-such-model` does not exist or you do not have access to it.",
                "type": "invalid_request_error",
                "param": None,
                "code": "model_not_found",
            }
        },
        {},
    ),
    "busy-model": (
        429,
        {
            "error": {
                "message": "Rate limit reached for busy-model. Try again in 3s.",
                "type": "requests",
                "param": None,
                "code": "rate_limit_exceeded",
            }
        },
        {"retry-after": "3"},
    ),
    "broken-model": (500, {"error": {"message": "The server had an error \U0001f622", "type": "server_error"}}, {}),
    "flat-model": (422, {"object": "error", "message": "max_tokens must be positive", "code": 40303}, {}),
    "lost-model": (502, "<html>\r\n<h1>502 Bad Gateway</h1>\u2028</html>", {}),
    "mute-model": (503, "", {}),
}
MIDWAY = "midway-model"  # its stream ends with an error event after two chunks
MIDWAY_ERROR = {"message": "The engine is overloaded \U0001f622", "type": "server_error", "code": None, "param": None}
_NO_MESSAGES = {
    "error": {
        "message": "Missing required parameter: 'messages'.",
        "type": "invalid_request_error",
        "param": "messages",
        "code": "missing_required_parameter",
    }
}
_WRONG_KEY = {
    "error": {
        "message": "Incorrect API key provided: wrong.",
        "type": "invalid_request_error",
        "param": None,
        "code": "invalid_api_key",
    }
}
_FILTERS = [{"prompt_index": 0, "content_filter_results": {"hate": {"filtered": False, "severity": "safe"}}}]


def install(server: HTTPServer) -> None:
    """Let a server answer the API's requests, under any base path."""
    for path, method, handler in (
        ("/chat/completions", "POST", _chat),
        ("(?<!/chat)/completions", "POST", _completions),
        ("/embeddings", "POST", _embeddings),
        ("/models", "GET", _models),
        ("/responses", "POST", _responses),
        ("/api/chat", "POST", _ollama_chat),
    ):
        server.expect_request(re.compile(f".*{path}$"), method=method).respond_with_handler(handler)


def _chat(request: Request) -> Response:
    asked = request.get_json()
    if failure := _failure(request, asked):
        return failure
    if not asked.get("messages"):
        return _json(_NO_MESSAGES, 400)
    message, reason = _message(asked)
    head = {"id": "chatcmpl-Ak3bXyZ0129", "model": asked["model"], "created": _CREATED}
    if not asked.get("stream"):
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": reason}
        tail = {"service_tier": "default", "system_fingerprint": _FINGERPRINT}
        return _json({**head, "object": "chat.completion", "choices": [choice], "usage": _USAGE, **tail})
    with_usage = (asked.get("stream_options") or {}).get("include_usage", False)
    chunks = list(_chat_chunks(head, message, reason, with_usage=with_usage))
    if asked["model"] == MIDWAY:
        return _events([*chunks[:2], {"error": MIDWAY_ERROR}])
    if "/openai/" in request.path:  # Azure: a first chunk without choices, id, model and object
        first = {"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": _FILTERS}
        chunks.insert(0, first)
    return _events([*chunks, "[DONE]"])


def _message(asked: dict[str, Any]) -> tuple[dict[str, Any], str]:
    message: dict[str, Any] = {"role": "assistant", "content": None, "refusal": None, "annotations": []}
    if asked.get("response_format"):
        return {**message, "refusal": REFUSAL}, "stop"
    if asked.get("tools") and asked["messages"][-1]["role"] == "user":
        calls = [_call(*call) for call in CALLS]
        return {**message, "tool_calls": calls}, "tool_calls"
    turn = sum(one["role"] == "user" for one in asked["messages"]) - 1
    return {**message, "content": TURNS[turn] if "Lhasa" in str(asked["messages"]) else TEXT}, "stop"


def _call(identifier: str, name: str, arguments: str) -> dict[str, Any]:
    return {"id": identifier, "type": "function", "function": {"name": name, "arguments": arguments}}


def _chat_chunks(
    head: dict[str, Any], message: dict[str, Any], reason: str, *, with_usage: bool
) -> Iterator[dict[str, Any]]:
    shared = {**head, "object": "chat.completion.chunk", "service_tier": "default", "system_fingerprint": _FINGERPRINT}
    usage = {"usage": None} if with_usage else {}

    def chunk(delta: dict[str, Any], finish_reason: str | None = None) -> dict[str, Any]:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish_reason}
        return {**shared, "choices": [choice], **usage, "obfuscation": "Qm4kx0Zr"[: 1 + len(str(delta)) % 8]}

    yield chunk({"role": "assistant", "content": message["content"] and "", "refusal": None})
    for field in ("content", "refusal"):
        yield from (chunk({field: piece}) for piece in _pieces(message[field] or ""))
    for index, call in enumerate(message.get("tool_calls", [])):
        function = {**call["function"], "arguments": ""}
        yield chunk({"tool_calls": [{"index": index, **call, "function": function}]})
        for piece in _pieces(call["function"]["arguments"]):
            yield chunk({"tool_calls": [{"index": index, "function": {"arguments": piece}}]})
    yield chunk({}, reason)
    if with_usage:
        yield {**shared, "choices": [], "usage": _USAGE, "obfuscation": "v8Kd"}


def _completions(request: Request) -> Response:
    asked = request.get_json()
    if failure := _failure(request, asked):
        return failure
    shared = {"id": "cmpl-Ak3bXyZ0129", "object": "text_completion", "created": _CREATED, "model": asked["model"]}

    def completion(text: str, reason: str | None) -> dict[str, Any]:
        return {**shared, "choices": [{"text": text, "index": 0, "logprobs": None, "finish_reason": reason}]}

    if asked.get("stream"):
        return _events([*(completion(piece, None) for piece in _pieces(TEXT)), completion("", "length"), "[DONE]"])
    return _json({**completion(TEXT, "length"), "usage": {key: _USAGE[key] for key in list(_USAGE)[:3]}})


def _embeddings(request: Request) -> Response:
    asked = request.get_json()
    if failure := _failure(request, asked):
        return failure
    texts = asked["input"] if isinstance(asked["input"], list) else [asked["input"]]
    in_base64 = asked.get("encoding_format") == "base64"
    rows = [
        {
            "object": "embedding",
            "index": index,
            "embedding": base64.b64encode(array("f", vector).tobytes()).decode() if in_base64 else list(vector),
        }
        for index, (_, vector) in enumerate(zip(texts, VECTORS, strict=False))
    ]
    usage = {"prompt_tokens": 7, "total_tokens": 7}
    return _json({"object": "list", "data": rows, "model": asked["model"], "usage": usage})


def _models(request: Request) -> Response:
    if failure := _failure(request, {}):
        return failure
    models = [{"id": name, "object": "model", "created": _CREATED, "owned_by": "system"} for name in MODELS]
    return _json({"object": "list", "data": models})


def _responses(request: Request) -> Response:
    asked = request.get_json()
    if failure := _failure(request, asked):
        return failure
    head = {"id": "resp_67ccd2bed1ec8190", "object": "response", "created_at": _CREATED, "model": asked["model"]}
    head |= {"error": None, "incomplete_details": None, "instructions": None, "metadata": {}, "tools": []}
    head |= {"parallel_tool_calls": True, "temperature": 1.0, "tool_choice": "auto", "top_p": 1.0}
    part = {"type": "output_text", "text": TEXT, "annotations": [], "logprobs": []}
    item = {"type": "message", "id": "msg_67ccd3acc8d48190", "status": "completed", "role": "assistant"}
    usage = {"input_tokens": 9, "output_tokens": 11, "total_tokens": 20}
    usage |= {"input_tokens_details": {"cached_tokens": 0}, "output_tokens_details": {"reasoning_tokens": 0}}
    done = {**head, "status": "completed", "output": [{**item, "content": [part]}], "usage": usage}
    if not asked.get("stream"):
        return _json(done)
    place = {"item_id": item["id"], "output_index": 0, "content_index": 0, "logprobs": []}
    events: list[dict[str, Any]] = [
        {"type": "response.created", "response": {**head, "status": "in_progress", "output": [], "usage": None}},
        *({"type": "response.output_text.delta", **place, "delta": piece} for piece in _pieces(TEXT)),
        {"type": "response.output_text.done", **place, "text": TEXT},
        {"type": "response.completed", "response": done},
    ]
    return _events([{**event, "sequence_number": number} for number, event in enumerate(events)], named=True)


def _ollama_chat(request: Request) -> Response:
    asked = request.get_json()
    head = {"model": asked["model"], "created_at": "2025-01-01T00:00:00.123456Z"}
    durations = {"total_duration": 5043500667, "load_duration": 5025959, "eval_duration": 4799921000}
    done = {"done_reason": "stop", "done": True, **durations, "prompt_eval_count": 26, "eval_count": 8}
    if asked.get("stream") is False:
        return _json({**head, "message": {"role": "assistant", "content": TEXT}, **done})
    pieces = [{**head, "message": {"role": "assistant", "content": one}, "done": False} for one in _pieces(TEXT)]
    last = {**head, "message": {"role": "assistant", "content": ""}, **done}
    return Response("".join(f"{_text(one)}\n" for one in [*pieces, last]), content_type="application/x-ndjson")


def _failure(request: Request, asked: dict[str, Any]) -> Response | None:
    if request.headers.get("authorization") == "Bearer wrong":
        return _json(_WRONG_KEY, 401)
    if asked.get("model") not in FAILURES:
        return None
    status, body, headers = FAILURES[asked["model"]]
    if isinstance(body, str):
        return Response(body, status, headers, content_type="text/html")
    return _json(body, status, headers)


def _json(value: Any, status: int = 200, headers: dict[str, str] | None = None) -> Response:
    return Response(_text(value), status, headers, content_type="application/json")


def _events(data: Iterable[dict[str, Any] | str], *, named: bool = False) -> Response:
    frames = []
    for one in data:
        name = f"event: {one['type']}\n" if named and isinstance(one, dict) else ""
        frames.append(f"{name}data: {one if isinstance(one, str) else _text(one)}\n\n")
    return Response("".join(frames), content_type="text/event-stream; charset=utf-8")


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _pieces(text: str, size: int = 9) -> list[str]:
    return [text[start : start + size] for start in range(0, len(text), size)]
