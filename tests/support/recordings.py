"""Recordings for tests: one example of every shape in the format, and a strategy for all the others."""

from __future__ import annotations

from typing import Any

from chats import question
from hypothesis import strategies as st

CHAT, CHUNK = (
    "openai.types.chat.chat_completion.ChatCompletion",
    "openai.types.chat.chat_completion_chunk.ChatCompletionChunk",
)
COMPLETION = "openai.types.completion.Completion"
EMBEDDINGS = "openai.types.create_embedding_response.CreateEmbeddingResponse"
MODEL = "openai.types.model.Model"
BASE = "https://api.openai.com/v1"
MESSAGES = [{"role": "user", "content": "Grüße, \U0001f999\u2028!"}]


def tagged(tag: str, data: Any) -> dict[str, Any]:
    """A typed object."""
    return {"__type__": tag, "__data__": data}


def recording(
    request: dict[str, Any], response: dict[str, Any], test_id: str | None = "tests/test_a.py::test_b"
) -> Any:
    """A document as today's recorder orders it."""
    return {"test_id": test_id, "request": request, "response": response, "id_normalization_mapping": {}}


def sdk_call(
    body: dict[str, Any], endpoint: str = "/v1/chat/completions", base: str = BASE, **more: Any
) -> dict[str, Any]:
    """The request of an SDK call."""
    return {
        "method": "POST",
        "url": base + endpoint,
        "headers": {},
        "body": body,
        "endpoint": endpoint,
        "model": body.get("model", ""),
        **more,
    }


def http(url: str, payload: Any, method: str = "POST") -> dict[str, Any]:
    """The request of a raw HTTP exchange."""
    return {"test_id": "tests/test_a.py::test_b", "url": url, "method": method, "payload": payload}


def reply(data: Any, tag: str = CHAT) -> dict[str, Any]:
    """The response with one object."""
    return {"body": tagged(tag, data), "is_streaming": False}


def stream(*data: Any, tag: str = CHUNK) -> dict[str, Any]:
    """The response with a stream."""
    return {"body": [tagged(tag, one) for one in data], "is_streaming": True}


def failure(status: int | None, body: Any, message: str, kind: str = "BadRequestError", **more: Any) -> dict[str, Any]:
    """The response that was an exception."""
    data = {"category": "provider_sdk", "provider": "openai", "type": kind, "message": message}
    data |= {} if status is None else {"status_code": status, "body": body}
    known = {"body": None, "is_streaming": False, "is_exception": True, "exception_data": data}
    return {**known, "exception_message": message, **more}


def chat_call(**arguments: Any) -> dict[str, Any]:
    """The request of a chat completion."""
    return sdk_call({"model": "gpt-4o", "messages": MESSAGES, **arguments})


def chat(word: str, answer: str, test_id: str | None = None, base: str = BASE, **more: Any) -> Any:
    """A recording of a question and its answer; shared by all tests where it has no test's id."""
    message = {"content": answer, "role": "assistant"}
    data = {"id": "rec-1", "choices": [{"finish_reason": "stop", "index": 0, "message": message}], "created": 0}
    data |= {"model": "gpt-4o", "object": "chat.completion"}
    return recording(sdk_call(question(word, **more), base=base), reply(data), test_id)


def model_list(*names: str, owner: str = "us", base: str = BASE) -> Any:
    """A shared recording of a list of models."""
    models = [tagged(MODEL, {"id": name, "created": 0, "object": "model", "owned_by": owner}) for name in names]
    return recording(sdk_call({}, "/v1/models", base), {"body": models, "is_streaming": False}, None)


_DATA = {"id": "rec-0123456789ab", "choices": [{"index": 0, "message": {"content": "Ja \U0001f999"}}], "created": 0}
_CHUNKS = ({"id": "rec-0", "choices": [{"delta": {"content": "Ja"}}]}, {"id": "rec-0", "choices": [], "object": ""})
_ERROR = {"message": "No such \U0001f999", "code": None}
_VECTOR = {"data": [{"embedding": [0.25, -1e-07, 1.0], "index": 0}], "object": "list"}
_OLLAMA = "http://localhost:11434"

# What is an HTTP exchange -> the method and URL that the client sends.
EXCHANGES: dict[str, tuple[Any, str]] = {
    "reply": (recording(chat_call(), reply(_DATA)), "POST https://api.openai.com/v1/chat/completions"),
    "stream": (recording(chat_call(stream=True), stream(*_CHUNKS)), "POST https://api.openai.com/v1/chat/completions"),
    "empty stream": (recording(chat_call(stream=True), stream()), "POST https://api.openai.com/v1/chat/completions"),
    "stream of another's": (
        recording(chat_call(stream=True), stream(*_CHUNKS, tag="litellm.types.utils.ModelResponseStream")),
        "POST https://api.openai.com/v1/chat/completions",
    ),
    "mixed tags": (
        recording(
            chat_call(stream=True), {"body": [tagged(CHUNK, {}), {"a": 1}, tagged("x.Y", {})], "is_streaming": True}
        ),
        "POST https://api.openai.com/v1/chat/completions",
    ),
    "untagged reply": (
        recording(chat_call(), {"body": {"a": [1, 1.0, True, None]}, "is_streaming": False}),
        "POST https://api.openai.com/v1/chat/completions",
    ),
    "no test id": (recording(chat_call(), reply(_DATA), None), "POST https://api.openai.com/v1/chat/completions"),
    "old layout": (
        {"request": chat_call(), "response": reply(_DATA)},
        "POST https://api.openai.com/v1/chat/completions",
    ),
    "chat without v1": (
        recording(sdk_call({"model": "m"}, "/chat/completions", f"{_OLLAMA}/v1"), reply(_DATA)),
        f"POST {_OLLAMA}/v1/chat/completions",
    ),
    "azure": (
        recording(sdk_call({"model": "m"}, base="https://a.openai.azure.com/openai/v1"), reply(_DATA)),
        "POST https://a.openai.azure.com/openai/v1/chat/completions",
    ),
    "trailing slash in the base": (
        recording(sdk_call({"model": "m"}, base="https://api.fireworks.ai/inference/v1"), reply(_DATA)),
        "POST https://api.fireworks.ai/inference/v1/chat/completions",
    ),
    "databricks": (
        recording(sdk_call({"model": "m"}, base="__databricks__/serving-endpoints"), reply(_DATA)),
        "POST https://workspace.cloud.databricks.com/serving-endpoints/chat/completions",
    ),
    "google's models": (
        recording(
            sdk_call({}, "/v1/models", "https://generativelanguage.googleapis.com/v1beta/openai"),
            {"body": [tagged(MODEL, {"id": "models/\U0001f999"})], "is_streaming": False},
        ),
        "GET https://generativelanguage.googleapis.com/v1beta/openai/models",
    ),
    "no models": (
        recording(sdk_call({}, "/v1/models"), {"body": [], "is_streaming": False}),
        "GET https://api.openai.com/v1/models",
    ),
    "models with a query": (
        recording(
            sdk_call({"extra_query": {"project_id": "p", "n": "1"}}, "/v1/models"), {"body": [], "is_streaming": False}
        ),
        "GET https://api.openai.com/v1/models?project_id=p&n=1",
    ),
    "completion": (
        recording(sdk_call({"prompt": "a"}, "/v1/completions"), reply(_DATA, COMPLETION)),
        "POST https://api.openai.com/v1/completions",
    ),
    "embeddings": (
        recording(sdk_call({"input": "a"}, "/v1/embeddings"), reply(_VECTOR, EMBEDDINGS)),
        "POST https://api.openai.com/v1/embeddings",
    ),
    "embeddings asked for as base64": (
        recording(sdk_call({"input": "a", "encoding_format": "base64"}, "/v1/embeddings"), reply(_VECTOR, EMBEDDINGS)),
        "POST https://api.openai.com/v1/embeddings",
    ),
    "embeddings asked for as floats": (
        recording(sdk_call({"encoding_format": "float", "input": "a"}, "/v1/embeddings"), reply(_VECTOR, EMBEDDINGS)),
        "POST https://api.openai.com/v1/embeddings",
    ),
    "ollama's embeddings": (
        recording(
            sdk_call({"input": "a"}, "/api/embeddings", _OLLAMA),
            reply({"embeddings": [[0.5]]}, "ollama._types.EmbedResponse"),
        ),
        f"POST {_OLLAMA}/api/embed",
    ),
    "ollama's processes": (
        recording(
            sdk_call({}, "/api/ps", _OLLAMA, provider_metadata={"version": "0.6"}),
            reply({"models": []}, "ollama._types.ProcessResponse"),
        ),
        f"GET {_OLLAMA}/api/ps",
    ),
    "ollama's stream": (
        recording(
            sdk_call({"model": "m", "stream": True}, "/api/chat", _OLLAMA),
            stream({"message": {"content": "\u2028\x85"}}, {"done": True}, tag="ollama._types.ChatResponse"),
        ),
        f"POST {_OLLAMA}/api/chat",
    ),
    "failure": (
        recording(chat_call(), failure(400, _ERROR, f"Error code: 400 - { ({'error': _ERROR}) }")),
        "POST https://api.openai.com/v1/chat/completions",
    ),
    "failure of another's SDK": (
        recording(chat_call(), failure(400, None, "litellm.BadRequestError: \U0001f622", provider="unknown")),
        "POST https://api.openai.com/v1/chat/completions",
    ),
    "failure with a flat body": (
        recording(chat_call(), failure(422, {"object": "error"}, "Error code: 422 - {'object': 'error'}")),
        "POST https://api.openai.com/v1/chat/completions",
    ),
    "failure as text": (
        recording(chat_call(), failure(502, "<h1>Bad</h1>", "<h1>Bad</h1>", "InternalServerError")),
        "POST https://api.openai.com/v1/chat/completions",
    ),
    "failure as a text of JSON": (
        recording(chat_call(), failure(502, "{}", "{}", "InternalServerError")),
        "POST https://api.openai.com/v1/chat/completions",
    ),
    "failure without a body": (
        recording(chat_call(), failure(503, "", "Error code: 503", "InternalServerError")),
        "POST https://api.openai.com/v1/chat/completions",
    ),
    "raw reply": (
        recording(
            http("http://localhost:8080/rerank", {"query": "a"}),
            {"status": 200, "body": [{"index": 0, "score": 1e-07}], "is_streaming": False},
        ),
        "POST http://localhost:8080/rerank",
    ),
    "raw error": (
        recording(
            http("https://api.anthropic.com/v1/messages", {"model": "m"}),
            {"status": 400, "body": {"type": "error"}, "is_streaming": False},
        ),
        "POST https://api.anthropic.com/v1/messages",
    ),
    "raw stream": (
        recording(
            http("https://api.anthropic.com/v1/messages", {"stream": True}),
            {"body": ["event: ping", 'data: {"a": "\u2028"}', "", ""], "is_streaming": True},
        ),
        "POST https://api.anthropic.com/v1/messages",
    ),
    "raw, of an unknown path": (
        recording(http("https://x.example/v2/things?a=1", None, "GET"), {"body": None, "is_streaming": False}),
        "GET https://x.example/v2/things?a=1",
    ),
}
for _position, _arguments in enumerate(
    (
        {"extra_body": {"top_k": 5}, "temperature": 0.1},
        {"extra_body": {"temperature": 0.2}, "temperature": 0.1},
        {"extra_body": {}, "extra_query": {}, "extra_headers": {}, "timeout": None},
        {"extra_headers": {"X-Team": "a", "x-n": 1}, "timeout": 3.5},
        {"extra_body": None, "extra_query": {"a": 1, "b": ["x", "y"], "c": None, "d": "é&="}},
        {"timeout": {"connect": 5}, "extra_body": "text", "extra_query": [1]},
        {"extra_headers": {"Content-Type": "application/json; charset=utf-8"}},
    )
):
    _first = sdk_call({**_arguments, "model": "m"})
    EXCHANGES[f"extras {_position}"] = (recording(_first, reply(_DATA)), "POST https://api.openai.com/v1/chat/comp")

# What is no HTTP exchange.
CARRIED: dict[str, Any] = {
    "tool": recording(
        {"test_id": None, "provider": "p", "tool_name": "search", "kwargs": {"query": "a\U0001f999"}},
        reply({"content": "c"}, "ogx_api.tools.ToolInvocationResult"),
    ),
    "file processor": recording(
        {"test_id": "t", "provider": "p", "api": "a", "file_id": "f"}, reply({"chunks": []}, "x.ProcessFileResponse")
    ),
    "genai": recording(
        sdk_call({"model": "g"}, "/generate_content", "vertexai://"), {"body": {"a": 1}, "is_streaming": False}
    ),
    "genai's stream": recording(
        sdk_call({"model": "g"}, "/generate_content_stream", "vertexai://"), {"body": [{"a": 1}], "is_streaming": True}
    ),
    "a scheme that no URL has": recording(sdk_call({"model": "g"}, base="\ud800"), reply(_DATA)),
    "a URL that is no Unicode": recording(sdk_call({"model": "g"}, base="https://\ud800"), reply(_DATA)),
    "a line that is no Unicode": recording(
        http("https://api.anthropic.com/v1/messages", {}), {"body": ["\ud800"], "is_streaming": True}
    ),
    "lost connection": recording(chat_call(), failure(None, None, "Connection error.", "APIConnectionError")),
    "failure after chunks, with a status": recording(
        chat_call(stream=True), failure(500, None, "x") | {"body": [tagged(CHUNK, {})], "is_streaming": True}
    ),
}

# Found by hypothesis, each once a bug.
ODD: dict[str, Any] = {
    "a chunk that looks like an error": recording(
        chat_call(stream=True), {"body": [tagged(CHUNK, {}), {"error": 1}], "is_streaming": True}
    ),
    "a query that no client can send": recording(chat_call(extra_query={"\ud800": None}), reply({})),
    "a stream's failure with a status": recording(
        chat_call(stream=True), failure(390, None, "x", "APIError") | {"body": [], "is_streaming": True}
    ),
    "a stream's failure before its first chunk": recording(
        chat_call(stream=True), failure(None, None, "x", "APIError") | {"is_streaming": True}
    ),
    "a page that looks like tags": recording(
        sdk_call({}, "/v1/models"), {"body": {"data": [{"__type__": None}]}, "is_streaming": False}
    ),
    "a status that is true": recording(
        http("http://localhost:8080/rerank", {}), {"status": True, "body": {}, "is_streaming": False}
    ),
}


# Every code point, with those made likelier that end a line somewhere or that no UTF-8 has.
text = st.text(st.characters() | st.sampled_from('\n\r\x00\x7f\x85\u2028\ufeff\ud800\udfff"\\:#\U0001f999'), max_size=8)
keys = text | st.sampled_from(["__type__", "__data__", "error", "object", "data", "id", "json", "set", "<<", "null"])
numbers = st.integers() | st.integers(-(10**30), 10**30) | st.floats(allow_nan=False, allow_infinity=False)
leaves = st.none() | st.booleans() | numbers | text | st.sampled_from(["2025-01-01", "yes", "=", "1e3", "0x1", "~"])
values = st.recursive(
    leaves, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3), max_leaves=6
)
objects = st.dictionaries(keys, values, max_size=4)


# Hypothesis makes keys of the words in our code too; those that the format gives a meaning are no unknown keys.
_KNOWN = {
    "test_id",
    "request",
    "response",
    "id_normalization_mapping",
    "method",
    "url",
    "headers",
    "body",
    "endpoint",
    "model",
    "payload",
    "provider",
    "api",
    "tool_name",
    "kwargs",
    "file_id",
    "is_streaming",
    "status",
    "is_exception",
    "exception_data",
    "exception_message",
}


@st.composite
def with_more(draw: st.DrawFn, base: dict[str, Any]) -> dict[str, Any]:
    """The object, with unknown keys, in any order."""
    more = {key: value for key, value in draw(objects | st.just({})).items() if key not in _KNOWN | base.keys()}
    merged = list({**base, **more}.items())
    return dict(draw(st.permutations(merged)) if draw(st.booleans()) else merged)


_TAGS = st.sampled_from([CHAT, CHUNK, COMPLETION, EMBEDDINGS, MODEL, "litellm.types.utils.ModelResponseStream", ""])
_EXTRAS = {
    "extra_body": objects | values,
    "extra_query": st.dictionaries(text, leaves | st.lists(text, max_size=2), max_size=2) | values,
    "extra_headers": st.dictionaries(st.text("aX-z", max_size=4), text | leaves, max_size=2) | values,
    "timeout": leaves,
    "encoding_format": st.sampled_from(["base64", "float"]) | values,
    "stream_options": objects,
    "model": text,
}
_URLS = st.sampled_from(
    ["https://api.openai.com/v1", "https://a.openai.azure.com/openai/v1", "http://h:1", "__databricks__", "vertexai://"]
)
_ENDPOINTS = st.sampled_from(
    [
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/embeddings",
        "/v1/models",
        "/v1/responses",
        "/info",
        "/chat/completions",
        "/api/chat",
        "/api/generate",
        "/api/embeddings",
        "/api/ps",
        "/api/tags",
        "/api/pull",
        "/v1/messages",
        "/rerank",
        "/interactions",
        "/new",
    ]
)


@st.composite
def _elements(draw: st.DrawFn) -> Any:
    data = draw(objects | values)
    if isinstance(data, dict) and "__type__" in data:
        return {"a": data["__type__"]}
    if draw(st.booleans()):
        return data
    return draw(with_more(tagged(draw(_TAGS), data)))


_FAILURES = st.fixed_dictionaries(
    {"category": text, "type": st.sampled_from(["BadRequestError", "APIError"]) | text, "message": values},
    optional={"status_code": st.integers(390, 610) | leaves, "body": values, "provider": text},
)


@st.composite
def responses(draw: st.DrawFn) -> dict[str, Any]:
    """A response: a reply, a list, a stream, a failure before or within a stream."""
    shape = draw(st.sampled_from(["reply", "list", "stream", "lines", "failure", "midway"]))
    if shape == "reply":
        body = draw(_elements())
        base = {"body": {"a": body} if isinstance(body, list) else body, "is_streaming": False}
    elif shape == "lines":
        base = {"body": draw(st.lists(text | st.just(""), max_size=4)), "is_streaming": True}
    else:
        base = {"body": draw(st.lists(_elements(), max_size=4)), "is_streaming": shape != "list"}
    if draw(st.booleans()):
        base["status"] = draw(st.integers(200, 599) | leaves)
    if shape in ("failure", "midway"):
        if shape == "failure":
            base |= {"body": None, "is_streaming": draw(st.booleans())}
        data = draw(_FAILURES)
        base |= {
            "is_exception": True,
            "exception_data": data,
            "exception_message": draw(st.just(data["message"]) | text),
        }
    return draw(with_more(base))


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """A request of one of the four layouts."""
    layout = draw(st.sampled_from(["call", "call", "call", "http", "tool", "file"]))
    if layout == "tool":
        return draw(with_more({"tool_name": draw(text), "kwargs": draw(objects)}))
    if layout == "file":
        return draw(with_more({"file_id": draw(text), "api": draw(text)}))
    endpoint = draw(_ENDPOINTS)
    url = draw(_URLS) + draw(st.sampled_from(["", "/"])) + endpoint + draw(st.sampled_from(["", "", "?a=1", "#b"]))
    if layout == "http":
        method = draw(st.sampled_from(["POST", "GET", "put"]))
        return draw(with_more({"url": url, "method": method, "payload": draw(values)}))
    arguments = {}
    for name in draw(st.lists(st.sampled_from(sorted(_EXTRAS)), unique=True, max_size=4)):
        arguments[name] = draw(_EXTRAS[name])
    base: dict[str, Any] = {"method": "POST", "url": url, "headers": {}, "endpoint": endpoint}
    if draw(st.integers(0, 5)):
        base["body"] = draw(with_more(arguments))
    if draw(st.booleans()):
        base["model"] = draw(leaves)
    return draw(with_more(base))


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """Any document of the recording format."""
    base: dict[str, Any] = {"request": draw(requests()), "response": draw(responses())}
    if draw(st.booleans()):
        base["test_id"] = draw(st.none() | text)
    if draw(st.booleans()):
        base["id_normalization_mapping"] = draw(st.dictionaries(text, text, max_size=2) | st.none())
    return draw(with_more(base))
