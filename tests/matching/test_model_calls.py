"""Which requests count as calls of a model, and what distinguishes all others."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import question
from vcr import matchers as host_matchers
from vcr.request import Request

from vcr_openai._matching.canonical import Canonical, canonical
from vcr_openai._matching.rules import Rules
from vcr_openai._vcrpy.matchers import matchers

DEFAULT = Rules()
GEMINI = "https://generativelanguage.googleapis.com/v1beta/models/gemini-2.5-pro:"
VERTEX = "https://us-central1-aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/"
BEDROCK = "https://bedrock-runtime.us-east-1.amazonaws.com/model/anthropic.claude%3A0/"


def canon(body: Any, uri: str, method: str = "POST", rules: Rules = DEFAULT) -> Canonical:
    return canonical(question(body if isinstance(body, (bytes, str)) else json.dumps(body), uri, method), rules)


def match(one: str, other: str, rules: Rules = DEFAULT, body: Any = "", method: str = "POST") -> bool:
    return canon(body, one, method, rules).matches(canon(body, other, method, rules))


STRICT = [DEFAULT, Rules(match_host=True), Rules.exact(), Rules(repeat=True, file_search_noise=True)]


@pytest.mark.parametrize("rules", STRICT)
@pytest.mark.parametrize(
    "uris",
    [
        [f"https://api.runpod.ai/v2/{name}/openai/v1/chat/completions" for name in ("llama1", "qwen2")],
        [f"https://x.googleapis.com/v1beta1/projects/p/endpoints/{name}/chat/completions" for name in (111, 222)],
        [f"https://llm.example/models/{name}/v1/chat/completions" for name in ("llama", "qwen")],
        [f"https://llm.example/agents/{name}/v1/responses" for name in ("alice", "bob")],
        [f"https://gateway.ai.cloudflare.com/v1/account/{name}/openai/embeddings" for name in ("a", "b")],
        [f"https://llm.example/{name}/openai/deployments/d/chat/completions" for name in ("a", "b")],
        [f"http://localhost:11434/{name}/api/chat" for name in ("a", "b")],
        [f"https://api.openai.com/{name}v1/models" for name in ("", "a/")],
    ],
)
def test_a_prefix_that_may_mean_something_counts(uris: list[str], rules: Rules) -> None:
    """Two requests whose prefixes name different models, tenants or agents are different under any rules."""
    assert not match(*uris, rules, {"model": "m", "messages": []})


@pytest.mark.parametrize("rules", STRICT)
@pytest.mark.parametrize(
    "uris",
    [
        [f"https://forum.example/v1/threads?after={number}" for number in (10, 20)],
        [f"https://forum.example/v1/messages/msg_{letter * 24}" for letter in ("a1", "b2")],
        ["https://shop.example/v1/images?page=1", "https://shop.example/v2/images?page=1"],
        ["https://a.example/v1/files", "https://b.example/v1/files"],
        ["https://hub.example/v1/models", "https://hub.example/models"],
        [f"https://chat.example/api/tags?before=file-{letter * 11}" for letter in ("a1", "b2")],
        [f"https://api.typeform.com/forms/abc/responses?after={letter * 16}" for letter in ("a1", "b2")],
        [f"https://api.openai.com/v1/files?after={number}" for number in (10, 20)],
    ],
)
def test_general_paths_of_others_are_theirs(uris: list[str], rules: Rules) -> None:
    """On a host that is not known, a general path is compared as plain vcrpy compares it."""
    assert not match(*uris, rules, method="GET")


def test_a_host_can_be_named() -> None:
    """On a host that the setting names, a general path is that of OpenAI's API."""
    uris = [f"https://llm.corp.example/{prefix}/files" for prefix in ("v1", "openai/v1")]
    assert not match(*uris, method="GET")
    assert match(*uris, Rules(hosts=("*.corp.example",)), method="GET")
    assert match(*uris, Rules(hosts=("llm.corp.example",)), method="GET")
    assert not match(*uris, Rules(hosts=("corp.example",)), method="GET")


def asking(text: str) -> dict[str, Any]:
    return {"contents": [{"role": "user", "parts": [{"text": text}]}]}


def tool_call(name: str) -> dict[str, Any]:
    return {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": {"name": name}}


@pytest.mark.parametrize(
    ("uri", "one", "other"),
    [
        (GEMINI + "generateContent", asking("a"), asking("b")),
        (GEMINI + "streamGenerateContent?alt=sse", asking("a"), asking("b")),
        (GEMINI + "embedContent", {"content": "a"}, {"content": "b"}),
        (VERTEX + "google/models/gemini:generateContent", asking("a"), asking("b")),
        (VERTEX + "anthropic/models/claude:rawPredict", {"a": "a"}, {"a": "b"}),
        (BEDROCK + "converse", {"messages": "a"}, {"messages": "b"}),
        (BEDROCK + "invoke", {"inputText": "a"}, {"inputText": "b"}),
        (BEDROCK + "invoke-with-response-stream", {"inputText": "a"}, {"inputText": "b"}),
        ("https://api.cohere.com/v2/chat", {"message": "a"}, {"message": "b"}),
        ("https://api.cohere.com/v1/embed", {"texts": ["a"]}, {"texts": ["b"]}),
        ("https://api.mistral.ai/v1/agents/completions", {"agent_id": "a"}, {"agent_id": "b"}),
        ("https://api.mistral.ai/v1/fim/completions", {"suffix": "a"}, {"suffix": "b"}),
        ("https://llm.example/v1/fim/completions", {"suffix": "a"}, {"suffix": "b"}),
        ("https://tools.example/mcp", tool_call("a"), tool_call("b")),
        ("http://localhost:8000/server/mcp/", tool_call("a"), tool_call("b")),
        ("https://hidden.example/", {"model": "m", "messages": ["a"]}, {"model": "m", "messages": ["b"]}),
        ("https://hidden.example/x", {"messages": [{"role": "user", "a": 1}]}, {"messages": [{"role": "user"}]}),
        ("https://api.openai.com/v1/some/new/path", {"a": 1}, {"a": 2}),
        ("https://proxy.example/v1/messages", {"model": "m", "messages": "a"}, {"model": "m", "messages": "b"}),
    ],
)
def test_the_body_of_a_models_call_counts(uri: str, one: Any, other: Any) -> None:
    """A call of a model by another API is distinguished by its body, its host and its whole path."""
    assert canon(one, uri).known
    assert canon(one, uri) == canon(json.dumps(one, indent=2), uri)
    assert canon(one, uri) != canon(other, uri)
    host, slash, path = uri.partition("://")[2].partition("/")
    assert canon(one, uri) != canon(one, f"https://x.{host}{slash}{path}")
    assert canon(one, uri) != canon(one, f"{uri.partition('://')[0]}://{host}/v1/{path}")


def test_a_form_with_a_model_counts() -> None:
    """A form that names a model is a call of it, whatever the host; its boundary does not count."""

    def form(boundary: str, word: str) -> bytes:
        parts = [("model", "m"), ("prompt", word)]
        texts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}' for name, value in parts
        ]
        return ("\r\n".join(texts) + f"\r\n--{boundary}--\r\n").encode()

    uri = "https://llm.example/v1/images/edits"
    assert canon(form("x", "a"), uri).matches(canon(form("y", "a"), uri))
    assert not canon(form("x", "a"), uri).matches(canon(form("x", "b"), uri))


def test_defaults_are_those_of_openais_api() -> None:
    """The body of another API's call keeps what is a default of OpenAI's: Ollama's own streams by default."""
    body = {"model": "m", "messages": []}
    for uri in ("https://my-ollama.example/api/chat", GEMINI + "generateContent"):
        assert canon({**body, "stream": False}, uri) != canon(body, uri)
        assert canon({**body, "stream": None}, uri) == canon(body, uri)


def test_the_bodies_of_a_named_host_count() -> None:
    """``bodies`` counts the JSON bodies of a host, under the rules for bodies."""
    uri, rules = "https://search.example/query", Rules(bodies=("search.example",), ignore=("n",))
    assert canon({"q": "a"}, uri).matches(canon({"q": "b"}, uri))
    assert not canon({"q": "a"}, uri, rules=rules).matches(canon({"q": "b"}, uri, rules=rules))
    assert canon({"q": "a", "n": 1}, uri, rules=rules).matches(canon({"n": 2, "q": "a"}, uri, rules=rules))
    assert canon("q=a", uri, rules=rules).matches(canon("q=b", uri, rules=rules))


hosts = st.sampled_from(["https://a.example", "http://a.example", "https://a.example:8443", "https://b.example:443"])
paths = st.sampled_from(
    "/ /v1/files /v1/threads /v1/threads/thread_a1 /v1/messages/ /v1/images /v1/models/a /models /api/tags /api/chat"
    " /forms/1/responses /v1/prompts/a/completions /search //search /Search /search/%41 /search/A".split()
)
queries = st.lists(
    st.tuples(
        st.sampled_from(["after", "before", "id", "score", "code", "page"]),
        st.sampled_from(["1", "2", "1.0", "0.123456", "0.123457", "file-" + "a1" * 11, "file-" + "b1" * 11, ""]),
    ),
    max_size=3,
).map(lambda pairs: "&".join(f"{name}={value}" for name, value in pairs))
plain = st.builds(
    lambda method, host, path, query, body: Request(method, f"{host}{path}?{query}", body, {}),
    st.sampled_from(["GET", "POST"]),
    hosts,
    paths,
    queries,
    st.sampled_from([None, b"{}", b'{"id": "a"}', b"a=1", b"\xff"]),
)
THEIRS = [getattr(host_matchers, name) for name in ("method", "scheme", "host", "port", "path", "query")]


@given(plain, plain, st.sampled_from(STRICT))
def test_other_apis_are_told_apart_exactly_as_by_vcrpy(one: Request, other: Request, rules: Rules) -> None:
    """Two requests to other APIs match exactly where they match by vcrpy's defaults."""
    ours = list(matchers(rules).values())
    assert host_matchers.requests_match(one, other, ours) is host_matchers.requests_match(one, other, THEIRS)
