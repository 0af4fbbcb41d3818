"""Sessions of the servers that speak OpenAI's API, each with what it alone puts into paths, bodies and streams."""

from __future__ import annotations

from typing import Any

from resource_calls import Case
from sdk_sessions import ASK, chunk, completion
from sessions import Answer, Session, frames, reply, stream, text

_CHAT = {"model": "m/x:free", "messages": ASK}
_STREAM = {**_CHAT, "stream": True}
_USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}


def _chat(name: str, answer: Answer, base: str, *kept: str, azure: bool = False, **arguments: Any) -> Session:
    asked = _STREAM if answer.content_type != "application/json" else _CHAT
    steps = [Case("chat.completions.create", name, {**asked, **arguments})]
    return Session(name, steps, [answer], base, azure, kept)


def _streamed(*chunks: dict[str, Any], before: str = "", between: str = "") -> Answer:
    return stream(before + between.join(frames(one, done=False) for one in chunks) + "data: [DONE]\n\n")


def _with(made: dict[str, Any], **members: Any) -> dict[str, Any]:
    return {**made, **members}


# Azure: a first chunk that is hardly one, filters in every choice, the deployment in the path.
_FILTERED = {"hate": {"filtered": False, "severity": "safe"}}
_FIRST = {"choices": [], "created": 0, "id": "", "model": "", "object": "", "prompt_filter_results": [_FILTERED]}
_AZURE_CHUNKS = [
    _FIRST,
    chunk({"role": "assistant", "content": "a"}, content_filter_results=_FILTERED),
    {"choices": [{"content_filter_offsets": {"check_offset": 1}, "finish_reason": None, "index": 0}], "object": ""},
    chunk({}, "stop"),
]
_AZURE_ERROR = {"inner_error": {"code": "ResponsibleAIPolicyViolation"}, "code": "content_filter", "message": "No."}
_SPEECH = {"model": "tts-1", "voice": "alloy", "input": "Mm"}
_EMBEDDING = {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": "AACAPwAAgL8="}]}
AZURE = [
    _chat("Azure: a stream", _streamed(*_AZURE_CHUNKS), "/", "prompt_filter_results", "check_offset", azure=True),
    _chat("Azure: a refused prompt", reply({"error": _AZURE_ERROR}, 400), "/", "inner_error", azure=True),
    _chat(
        "Azure: no such deployment", reply({"statusCode": 404, "message": "Resource not found"}, 404), "/", azure=True
    ),
    Session(
        "Azure: embeddings",
        [Case("embeddings.create", "", {"model": "embed 3", "input": "a"})],
        [reply(_EMBEDDING)],
        "/",
        azure=True,
    ),
    Session(
        "Azure: speech", [Case("audio.speech.create", "", _SPEECH)], [Answer(b"\xff\xfb", "audio/mpeg")], "/", True
    ),
    _chat("Azure: /openai/v1", _streamed(*_AZURE_CHUNKS), "/openai/v1/", "prompt_filter_results"),
    _chat(
        "Azure: /openai/v1 with api-version",
        _streamed(*_AZURE_CHUNKS),
        "/openai/v1/",
        extra_query={"api-version": "preview"},
    ),
]

# OpenRouter: comments while it waits, prices, and errors in a stream or under the status 200.
_WAITS = ": OPENROUTER PROCESSING\n\n"
_ROUTED = [
    _with(chunk({"role": "assistant", "content": "a"}, native_finish_reason=None), provider="DeepInfra"),
    _with(chunk({"content": ""}, "stop"), usage={**_USAGE, "cost": 0.0000012, "is_byok": False}),
]
_ROUTED_ERROR = {"code": 502, "message": "Provider disconnected", "metadata": {"provider_name": "x"}}
OPENROUTER = [
    _chat(
        "OpenRouter: a stream",
        _streamed(*_ROUTED, before=_WAITS, between=_WAITS),
        "/api/v1",
        "native_finish_reason",
        "DeepInfra",
        "is_byok",
        extra_body={"provider": {"order": ["x"]}},
        extra_headers={"X-Title": "t"},
    ),
    _chat(
        "OpenRouter: an error midway",
        _streamed(_ROUTED[0], _with(chunk({"content": ""}, "error"), error=_ROUTED_ERROR), before=_WAITS),
        "/api/v1",
        "provider_name",
    ),
    Session(
        "OpenRouter: models",
        [Case("models.list", "", {})],
        [reply({"data": [{"id": "m/x:free", "name": "X"}, {"id": "m/y", "name": "Y"}]})],
        "/api/v1",
        kept=("m/x:free", "m/y"),
    ),
    _chat("OpenRouter: an error as an answer", reply({"error": _ROUTED_ERROR, "user_id": "u"}), "/api/v1", "user_id"),
]

GROQ = [
    _chat(
        "Groq: a stream",
        _streamed(
            _with(chunk({"role": "assistant", "content": ""}), x_groq={"id": "req_01abc"}),
            chunk({"content": "a", "channel": "analysis", "reasoning": "r"}),
            _with(chunk({}, "stop"), x_groq={"id": "req_01abc", "usage": {"queue_time": 0.0123, "total_time": 1e-7}}),
        ),
        "/openai/v1",
        "queue_time",
        "channel",
    ),
    _chat(
        "Groq: a tool that failed",
        reply({"error": {"message": "Failed.", "code": "tool_use_failed", "failed_generation": "<function=x>"}}, 400),
        "/openai/v1",
        "failed_generation",
    ),
    _chat(
        "Groq: an error event",
        stream(
            frames(chunk({"content": "a"}), done=False)
            + 'event: error\ndata: {"error":{"message":"x","status_code":400}}\n\n'
        ),
        "/openai/v1",
        "status_code",
    ),
]

_EXTRA = {"top_k": 5, "min_p": 0.0, "chat_template_kwargs": {"enable_thinking": False}}
VLLM = [
    _chat(
        "vLLM: a reply",
        completion(
            {"content": "a", "reasoning_content": None},
            prompt_logprobs=[None, {"1": {"logprob": -0.5, "rank": 1}}],
            prompt_token_ids=[1, 2],
            kv_transfer_params={"a": 1},
        ),
        "/v1",
        "prompt_logprobs",
        "prompt_token_ids",
        "kv_transfer_params",
        extra_body=_EXTRA,
    ),
    _chat(
        "vLLM: a stream",
        _streamed(
            chunk({"role": "assistant", "content": "a"}, token_ids=[5]),
            chunk({"content": ""}, "stop", stop_reason=128009),
            {"id": "x", "object": "chat.completion.chunk", "choices": [], "usage": _USAGE},
        ),
        "/v1",
        "stop_reason",
        "token_ids",
        stream_options={"include_usage": True, "continuous_usage_stats": True},
    ),
    _chat(
        "vLLM: an error midway",
        _streamed(chunk({"content": "a"}), {"error": {"object": "error", "message": "boom", "code": 500}}),
        "/v1",
    ),
    _chat(
        "vLLM: an error without an envelope", reply({"object": "error", "message": "too long", "code": 400}, 400), "/v1"
    ),
    _chat("vLLM: a request that is refused", reply({"detail": [{"loc": ["body"], "msg": "missing"}]}, 422), "/v1"),
]

_SIGNED = {"google": {"thought_signature": "CvwB=="}}
_GOOGLE = {"error": {"code": 400, "message": "API key not valid.", "status": "INVALID_ARGUMENT"}}
_THINKING = {"google": {"thinking_config": {"include_thoughts": True}}}
GEMINI = [
    _chat(
        "Gemini: a stream",
        _streamed(
            _with(chunk({"role": "assistant", "content": "a", "extra_content": _SIGNED}), usage=_USAGE),
            chunk({}, "stop"),
        ),
        "/v1beta/openai/",
        "thought_signature",
        extra_body={"extra_body": _THINKING},
    ),
    _chat("Gemini: an error in a list", reply([_GOOGLE], 400), "/v1beta/openai/", "INVALID_ARGUMENT"),
    Session(
        "Gemini: models",
        [Case("models.list", "", {}), Case("models.retrieve", "", {"model": "models/gemini-2.0-flash"})],
        [
            reply(
                {"object": "list", "data": [{"id": "models/gemini-2.0-flash", "object": "model", "display_name": "G"}]}
            ),
            reply({"id": "models/gemini-2.0-flash", "object": "model", "display_name": "G"}),
        ],
        "/v1beta/openai/",
        kept=("display_name",),
    ),
]

# Usage in the last chunk, tokens and texts beside the deltas, comments that keep a connection alive.
OTHERS = [
    _chat(
        "Together: a stream",
        _streamed(
            _with(chunk({"role": "assistant", "content": "a", "token_id": 123}, text="a", seed=None), usage=None),
            _with(chunk({"content": ""}, "eos", seed=13955432), usage=_USAGE),
        ),
        "/v1",
        "token_id",
        "13955432",
    ),
    _chat(
        "Mistral: a stream",
        _streamed(
            chunk({"content": [{"type": "thinking", "thinking": [{"type": "text", "text": "x"}]}]}),
            _with(chunk({"content": "a"}, "stop"), usage=_USAGE, p="abcdef"),
        ),
        "/v1",
        "abcdef",
    ),
    _chat(
        "DeepSeek: a stream",
        _streamed(
            chunk({"role": "assistant", "content": None, "reasoning_content": "hm"}),
            _with(chunk({"content": "a"}, "stop"), usage={**_USAGE, "prompt_cache_hit_tokens": 0}),
            before=": keep-alive\n\n",
        ),
        "/beta",
        "prompt_cache_hit_tokens",
    ),
    _chat("DeepSeek: blank lines first", Answer(f"\n\n\n{completion({'content': 'a'}).body!s}"), ""),
    _chat(
        "Ollama's /v1: a stream",
        _streamed(
            _with(chunk({"role": "assistant", "content": "a", "reasoning": "x"}), system_fingerprint="fp_ollama")
        ),
        "/v1",
        "fp_ollama",
    ),
    Session(
        "Bedrock: responses",
        [Case("responses.create", "", {"model": "openai.gpt-oss-120b", "input": "a"})],
        [reply({"id": "resp_67ccd2bed1ec8190", "object": "response", "output": [], "x_amzn": {"trace": "t"}})],
        "/openai/v1",
        kept=("x_amzn",),
    ),
]

# Streams that are spelt as the specification allows and few servers do, or not announced as what they are.
_ONE = text(chunk({"content": "a\u2028"}))
_OBJECT = '{"id":"x",\ndata: "object":"chat.completion.chunk","choices":[]}'
SPELLINGS = [
    _chat("spellings: CR LF without a space", stream(f"data:{_ONE}\r\n\r\ndata:[DONE]\r\n\r\n"), "/v1"),
    _chat("spellings: CR", stream(f"data: {_ONE}\r\rdata: [DONE]\r\r"), "/v1"),
    _chat("spellings: data in two lines", stream(f"data: {_OBJECT}\n\ndata: [DONE]\n\n"), "/v1"),
    _chat(
        "spellings: id and retry",
        stream(f"retry: 3\nid: 1\nevent: message\ndata: {_ONE}\n\ndata: [DONE]\n\n"),
        "/v1",
    ),
    _chat("spellings: without its end", stream(f"data: {_ONE}\n\n"), "/v1"),
    _chat("spellings: empty", stream(""), "/v1"),
    _chat("spellings: as text", Answer(f"data: {_ONE}\n\ndata: [DONE]\n\n", "text/plain"), "/v1"),
    _chat("spellings: without a type", Answer(f": hello\n\ndata: {_ONE}\n\ndata: [DONE]\n\n", None), "/v1"),
]

SESSIONS = [*AZURE, *OPENROUTER, *GROQ, *VLLM, *GEMINI, *OTHERS, *SPELLINGS]
