"""API paths: which prefixes do not count, and what must stay apart."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcr_openai._api.api_paths import ApiPath, api_path


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/chat/completions", "/chat/completions"),
        ("/v1/v1/chat/completions", "/chat/completions"),
        ("/chat/completions", "/chat/completions"),
        ("/openai/v1/chat/completions", "/chat/completions"),
        ("/openai/v1/v1/chat/completions", "/chat/completions"),
        ("/v1beta/openai/chat/completions", "/chat/completions"),
        ("/v1beta/openai/v1/models", "/models"),
        ("/inference/v1/v1/completions", "/completions"),
        ("/serving-endpoints/chat/completions", "/chat/completions"),
        ("__databricks__/serving-endpoints/v1/embeddings", "/embeddings"),
        ("/ml/v1/v1/chat/completions", "/chat/completions"),
        ("/kserve-lab/qwen3-next-80b/v1/v1/chat/completions", "/chat/completions"),
        ("/novita/v3/openai/chat/completions", "/chat/completions"),
        ("/api/v2/cortex/v1/chat/completions", "/chat/completions"),
        ("/api/paas/v4/chat/completions", "/chat/completions"),
        ("/bin/chat/completions", "/chat/completions"),
        ("/api/chat/completions", "/chat/completions"),
        ("/some/deep/prefix/v1/models", "/models"),
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
def test_prefixes_do_not_count(path: str, expected: str) -> None:
    """An OpenAI endpoint has the same API path whatever stands before it."""
    assert api_path(path) == ApiPath(expected, known=True)


@pytest.mark.parametrize(
    ("path", "expected", "deployment"),
    [
        ("/openai/deployments/gpt-4o/chat/completions", "/chat/completions", "gpt-4o"),
        ("//openai/deployments/test-openai/embeddings", "/embeddings", "test-openai"),
        ("/proxy/openai/deployments/v1/audio/speech", "/audio/speech", "v1"),
        ("/openai/deployments/a%2Fb/images/generations", "/images/generations", "a/b"),
        ("/openai/deployments/x/extensions/chat/completions", "/extensions/chat/completions", "x"),
    ],
)
def test_a_deployment_is_kept(path: str, expected: str, deployment: str) -> None:
    """Azure's deployment is not lost with the prefix that holds it."""
    assert api_path(path) == ApiPath(expected, known=True, deployment=deployment)


@pytest.mark.parametrize("name", ["chat", "generate", "embeddings", "embed", "ps", "tags", "pull"])
def test_ollama_is_kept_apart(name: str) -> None:
    """Ollama's own API has paths of its own, below a proxy, too."""
    assert api_path(f"/ollama/api/{name}") == ApiPath(f"/api/{name}", known=True, native=True)


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
