"""API paths: which prefixes do not count, and what must stay apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcr_openai._api.api_hosts import is_api_host
from vcr_openai._api.api_paths import ApiPath, api_path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/chat/completions", "/chat/completions"),
        ("/v1/v1/chat/completions", "/chat/completions"),
        ("/chat/completions", "/chat/completions"),
        ("/openai/v1/chat/completions", "/chat/completions"),
        ("/openai/v1/v1/chat/completions", "/chat/completions"),
        ("/api/v1/chat/completions", "/chat/completions"),
        ("/v1beta/openai/chat/completions", "/chat/completions"),
        ("/v1beta/openai/v1/models", "/models"),
        ("/api/chat/completions", "/chat/completions"),
        ("/models", "/models"),
        ("/v1/models/meta-llama/Llama-3", "/models/meta-llama/Llama-3"),
        ("/responses", "/responses"),
        ("/v1/responses/resp_abc/input_items", "/responses/resp_abc/input_items"),
        ("/v1/files/file-abc/content", "/files/file-abc/content"),
        ("/v1/threads/thread_x/messages", "/threads/thread_x/messages"),
        ("/v1/vector_stores/vs_1/files", "/vector_stores/vs_1/files"),
        ("/v1/audio/transcriptions", "/audio/transcriptions"),
        ("/v1/messages", "/messages"),
        ("/v1/models/", "/models"),
        ("/v1/models/gpt%2D4o", "/models/gpt-4o"),
    ],
)
def test_meaningless_prefixes_do_not_count(path: str, expected: str) -> None:
    """An OpenAI endpoint has the same API path after each prefix that means nothing."""
    found = api_path(path)
    assert (found.path, found.known, found.prefix) == (expected, True, "")


@pytest.mark.parametrize(
    ("path", "prefix", "expected"),
    [
        ("/v2/llama1/openai/v1/chat/completions", "/v2/llama1/openai/v1", "/chat/completions"),
        (
            "/v1beta1/projects/p/endpoints/111/chat/completions",
            "/v1beta1/projects/p/endpoints/111",
            "/chat/completions",
        ),
        ("/models/llama/v1/embeddings", "/models/llama/v1", "/embeddings"),
        ("/agents/alice/v1/responses", "/agents/alice/v1", "/responses"),
        ("/inference/v1/v1/completions", "/inference/v1", "/completions"),
        ("/serving-endpoints/chat/completions", "/serving-endpoints", "/chat/completions"),
        ("/kserve-lab/qwen3/v1/v1/chat/completions", "/kserve-lab/qwen3/v1", "/chat/completions"),
        ("/novita/v3/openai/chat/completions", "/novita/v3/openai", "/chat/completions"),
        ("/some/deep/prefix/v1/models", "/some/deep/prefix/v1", "/models"),
        ("/v1/v2/chat/completions", "/v1/v2", "/chat/completions"),
        ("/proxy/openai/deployments/v1/audio/speech", "/proxy/openai", "/audio/speech"),
        ("/openai/v1/api/v1/chat/completions", "/openai/v1/api/v1", "/chat/completions"),
        ("/alice/api/chat", "/alice", "/api/chat"),
    ],
)
def test_any_other_prefix_is_kept(path: str, prefix: str, expected: str) -> None:
    """A prefix that may name a model, a tenant or an agent is part of the request."""
    found = api_path(path)
    assert (found.path, found.known, found.prefix) == (expected, True, prefix)


@pytest.mark.parametrize(
    ("path", "expected", "deployment"),
    [
        ("/openai/deployments/gpt-4o/chat/completions", "/chat/completions", "gpt-4o"),
        ("//openai/deployments/test-openai/embeddings", "/embeddings", "test-openai"),
        ("/openai/deployments/a%2Fb/images/generations", "/images/generations", "a/b"),
        ("/openai/deployments/x/extensions/chat/completions", "/extensions/chat/completions", "x"),
    ],
)
def test_a_deployment_is_kept(path: str, expected: str, deployment: str) -> None:
    """Azure's deployment is not lost with the prefix that holds it."""
    found = api_path(path)
    assert (found.path, found.known, found.deployment, found.prefix) == (expected, True, deployment, "")


@pytest.mark.parametrize("name", ["chat", "generate", "embeddings", "embed", "ps", "tags", "pull"])
def test_ollama_is_kept_apart(name: str) -> None:
    """Ollama's own API has paths of its own."""
    assert api_path(f"/api/{name}") == ApiPath(f"/api/{name}", known=True, native=True, general=True)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "/",
        "/index.html",
        "/info",
        "/users/1/files",
        "/api/models/meta-llama/Llama-3.1-8B-Instruct",
        "/v1/prompts/pp-weather-pr-b74c4f/completions",
        "/v1beta/models/gemini-2.0-flash:generateContent",
        "/v1/projects/p/locations/l/publishers/google/models/gemini:predict",
        "/openai/deployments",
        "/v1/api/chat",
    ],
)
def test_other_paths_stay_whole(path: str) -> None:
    """What is surely no OpenAI endpoint is left as it is."""
    assert api_path(path) == ApiPath(path)


def test_chat_is_not_a_completion() -> None:
    """Chat completions and completions are two endpoints."""
    assert api_path("/v1/chat/completions") != api_path("/v1/completions")


@given(st.text())
def test_every_text_has_an_api_path(path: str) -> None:
    """No path is refused, and the API path of an API path is itself."""
    found = api_path(path)
    if found.known and found.deployment is None and found.path != "/":
        assert api_path("/v1" + found.path if not found.native else found.path).path == found.path


@pytest.mark.parametrize(
    ("path", "general"),
    [
        ("/v1/files", True),
        ("/v1/models", True),
        ("/v1/threads", True),
        ("/v1/images/edits", True),
        ("/v1/messages", True),
        ("/api/chat", True),
        ("/forms/abc/responses", True),
        ("/v1/chat/completions", False),
        ("/x/y/chat/completions", False),
        ("/v1/responses", False),
        ("/v1/embeddings", False),
        ("/v1/images/generations", False),
        ("/v1/audio/speech", False),
        ("/v1/vector_stores/vs_1", False),
    ],
)
def test_general_names_need_a_known_host(path: str, general: bool) -> None:
    """A name that other APIs have, too, is general; one that only such servers have is not."""
    assert api_path(path).general is general


@pytest.mark.parametrize(
    "host",
    [
        "api.openai.com", "eu.api.openai.com", "x.openai.azure.com", "X.OpenAI.Azure.com:443", "localhost",
        "127.0.0.1:11434", "[::1]:8000", "[::1]", "mac.local", "host.docker.internal:1", "ollama:11434",
        "localhost:8000", "user:pw@localhost",
        "bedrock-runtime.us-east-1.amazonaws.com", "llm.corp.example", "gpu:8000",
    ],
)  # fmt: skip
def test_known_hosts(host: str) -> None:
    """The hosts of the table are known, local ones included, and those that a setting names."""
    assert is_api_host(host, ("*.corp.example", "gpu:8000"))


@pytest.mark.parametrize(
    "host",
    [
        "forum.example",
        "openai.com.evil.example",
        "gpu:8001",
        "gpu",
        "localhost.example",
        "notlocal",
        "",
        "corp.example",
    ],
)
def test_unknown_hosts(host: str) -> None:
    """What only looks like a known host is not one."""
    assert not is_api_host(host, ("*.corp.example", "gpu:8000"))
