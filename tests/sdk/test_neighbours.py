"""Ollama's, Anthropic's, Google's and a reranker's API through their own clients: recorded, translated, replayed."""

import json
import re
from contextlib import contextmanager

import places
import pytest
from outcomes import without_null
from pytest_httpserver import HTTPServer
from vcr.serializers import yamlserializer
from werkzeug import Response

import vcr_openai
from vcr_openai import Recording, from_interaction, to_interaction
from vcr_openai._api.endpoint import Layout
from vcr_openai._recording.outcome import data_of

ollama = pytest.importorskip("ollama")
anthropic = pytest.importorskip("anthropic")
httpx = pytest.importorskip("httpx")

SAMPLES = places.SAMPLES / "recordings"
ASK = [{"role": "user", "content": "Tell me about llamas \U0001f999."}]
WHEN = "2025-01-01T00:00:00.123456Z"
DONE = {"done": True, "done_reason": "stop", "total_duration": 5043500667, "eval_count": 8}
MODEL = {"model": "llama3.2:3b", "name": "llama3.2:3b", "digest": "a80c4f17acd5", "size": 2019393189}
CHAT = {"model": "llama3.2:3b", "created_at": WHEN, "message": {"role": "assistant", "content": "Mm.\u2028"}}
TEXT = {"model": "llama3.2:3b", "created_at": WHEN, "response": "Mm \U0001f999"}
OLLAMA = {
    "/api/chat": [{**CHAT, "done": False}, {**CHAT, **DONE}],
    "/api/generate": [{**TEXT, "done": False}, {**TEXT, **DONE}],
    "/api/embed": [{"model": "all-minilm", "embeddings": [[0.25, -1.0]], "total_duration": 14143917}],
    "/api/embeddings": [{"embedding": [0.25, -1.0]}],
    "/api/ps": [{"models": [{**MODEL, "expires_at": WHEN, "size_vram": 3}]}],
    "/api/tags": [{"models": [{**MODEL, "modified_at": WHEN}]}],
    "/api/show": [
        {"modelfile": "FROM x", "template": "{{ .Prompt }}", "capabilities": ["completion"], "model_info": {}}
    ],
    "/api/pull": [{"status": "pulling manifest"}, {"status": "success"}],
}
CALL = {"function": {"name": "f", "arguments": {"city": "Zürich", "n": 1.5}}}
CALLED = {**CHAT, "message": {"role": "assistant", "content": "", "thinking": "hm", "tool_calls": [CALL]}}
TOOLS = [{"type": "function", "function": {"name": "f", "parameters": {"type": "object", "properties": {}}}}]
SHOWN = [{**ASK[0], "images": [b"\x89PNG\xff"]}]
OLLAMA_CALLS = {
    "chat": lambda client: client.chat("llama3.2:3b", ASK),
    "chat_stream": lambda client: client.chat("llama3.2:3b", ASK, stream=True),
    "tools": lambda client: client.chat("llama3.2:3b", SHOWN, tools=TOOLS, think=True),
    "tools_stream": lambda client: client.chat("llama3.2:3b", SHOWN, tools=TOOLS, think="high", stream=True),
    "error": lambda client: client.chat("none", ASK, stream=True),
    "generate": lambda client: client.generate("llama3.2:3b", "Llamas"),
    "generate_stream": lambda client: client.generate("llama3.2:3b", "Llamas", stream=True),
    "embed": lambda client: client.embed("all-minilm", "Llamas"),
    "embeddings": lambda client: client.embeddings("all-minilm", "Llamas"),
    "ps": lambda client: client.ps(),
    "list": lambda client: client.list(),
    "show": lambda client: client.show("llama3.2:3b"),
    "pull": lambda client: client.pull("llama3.2:3b"),
    "pull_stream": lambda client: client.pull("llama3.2:3b", stream=True),
}
MESSAGE = {
    "id": "msg_137a3ce876f9a1a09fe1ba0e",
    "type": "message",
    "role": "assistant",
    "model": "claude",
    "content": [{"type": "text", "text": "Mm \U0001f999"}],
    "stop_reason": "end_turn",
    "stop_sequence": None,
    "usage": {"input_tokens": 9, "output_tokens": 3},
}
EVENTS = [
    {"type": "message_start", "message": {**MESSAGE, "content": [], "stop_reason": None}},
    {"type": "content_block_start", "index": 0, "content_block": {"type": "text", "text": ""}},
    {"type": "content_block_delta", "index": 0, "delta": {"type": "text_delta", "text": "Mm \U0001f999\u2028"}},
    {"type": "content_block_stop", "index": 0},
    {
        "type": "message_delta",
        "delta": {"stop_reason": "end_turn", "stop_sequence": None},
        "usage": {"output_tokens": 3},
    },
    {"type": "message_stop"},
]
ANTHROPIC = {"model": "claude", "max_tokens": 9, "messages": ASK}
ANTHROPIC_CALLS = {
    "create": lambda client: client.messages.create(**ANTHROPIC),
    "create_stream": lambda client: client.messages.create(**ANTHROPIC, stream=True),
    "stream": lambda client: client.messages.stream(**ANTHROPIC),
    "count_tokens": lambda client: client.messages.count_tokens(model="claude", messages=ASK),
    "beta": lambda client: client.beta.messages.create(**ANTHROPIC, betas=["x"]),
    "beta_stream": lambda client: client.beta.messages.stream(**ANTHROPIC),
    "error": lambda client: client.messages.create(**{**ANTHROPIC, "model": "none"}),
}
INTERACTION = (
    'event: interaction.start\ndata: {"interaction":{"id":"v1_abc"},"event_type":"interaction.start"}\n\n'
    'event: content.delta\ndata: {"delta":{"type":"text","text":"Mm\u2028"},"event_type":"content.delta"}\n\n'
    "event: done\ndata: [DONE]\n\n"
)
NO_MODEL = {"type": "error", "error": {"type": "not_found_error", "message": "No such model."}}
MODELS = [{"id": f"claude-{one}", "type": "model", "display_name": one, "created_at": WHEN} for one in "ab"]


@pytest.fixture(scope="module")
def server():
    """A local server that speaks as the neighbours do."""
    with HTTPServer() as server:
        for path in OLLAMA:
            server.expect_request(path).respond_with_handler(_ollama)
        server.expect_request("/v1/messages").respond_with_handler(_messages)
        server.expect_request("/v1/messages/count_tokens").respond_with_json({"input_tokens": 9})
        server.expect_request("/v1/models").respond_with_handler(_models)
        server.expect_request("/v1beta/interactions/v1_abc").respond_with_json({"id": "v1_abc"})
        server.expect_request("/v1beta/interactions", query_string="alt=sse").respond_with_data(
            INTERACTION, content_type="text/event-stream"
        )
        server.expect_request(re.compile("/rerank|/v1beta/interactions")).respond_with_json([{"index": 0}])
        yield server


def _ollama(request):
    asked = request.get_json(silent=True) or {}
    if asked.get("model") == "none":
        return Response('{"error":"model not found"}', 404, content_type="application/json")
    objects = [{**CALLED, "done": False}, {**CALLED, **DONE}] if asked.get("tools") else OLLAMA[request.path]
    if asked.get("stream"):
        lines = "".join(f"{json.dumps(one)}\n" for one in objects)
        return Response(lines, content_type="application/x-ndjson")
    return Response(json.dumps(objects[-1]), content_type="application/json; charset=utf-8")


def _models(request):
    rows = MODELS[1:] if request.args.get("after_id") else MODELS[:1]
    found = {"data": rows, "has_more": rows == MODELS[:1], "first_id": rows[0]["id"], "last_id": rows[-1]["id"]}
    return Response(json.dumps(found), content_type="application/json")


def _messages(request):
    if request.get_json()["model"] == "none":
        return Response(json.dumps(NO_MODEL), 404, content_type="application/json")
    if not request.get_json().get("stream"):
        return Response(json.dumps(MESSAGE), content_type="application/json")
    frames = [f"event: {one['type']}\ndata: {json.dumps(one)}\n\n" for one in EVENTS]
    return Response("".join(frames), content_type="text/event-stream; charset=utf-8")


@contextmanager
def use(path, serializer, mode="none"):
    """A cassette of ours at a path."""
    with vcr_openai.VCR(serializer=serializer, record_mode=mode).use_cassette(str(path)) as cassette:
        yield
    assert mode != "none" or cassette.all_played


def dumped(answer):
    """What a client hands out, as JSON."""
    if isinstance(answer, (dict, list)):
        return answer
    return answer.model_dump(mode="json") if hasattr(answer, "model_dump") else list(map(dumped, answer))


def read(call, client):
    """What a call hands out, or the error that it raises, as JSON."""
    try:
        answer = call(client)
        if hasattr(answer, "__enter__") and not hasattr(answer, "__iter__"):  # Anthropic's stream manager
            with answer as inner:
                return dumped(inner)
        return dumped(answer)
    except (ollama.ResponseError, anthropic.APIStatusError) as error:
        return {"error": type(error).__name__, "status": error.status_code, "message": str(error)}


async def read_async(call, client):
    """The same from an asynchronous client."""
    try:
        answer = call(client)
        if hasattr(answer, "__aenter__"):
            async with answer as inner:
                return [dumped(one) async for one in inner]
        answer = await answer
        return [dumped(one) async for one in answer] if hasattr(answer, "__aiter__") else dumped(answer)
    except (ollama.ResponseError, anthropic.APIStatusError) as error:
        return {"error": type(error).__name__, "status": error.status_code, "message": str(error)}


def without_durations(value):
    """An outcome without what a recording of Ollama's answers does not keep."""
    if isinstance(value, list):
        return [without_durations(one) for one in value]
    return {key: one for key, one in value.items() if "duration" not in key and key != "created_at"}


def check_round_trips(path, layout):
    """Assert that a YAML cassette's recordings come back to the letter; write them beside it."""
    documents = []
    for interaction in yamlserializer.deserialize(path.read_text())["interactions"]:
        recording = from_interaction(interaction, test_id="t.py::t")
        written = to_interaction(recording)
        assert recording.layout is layout
        assert from_interaction(written) == recording
        assert to_interaction(from_interaction(written)) == written
        documents.append(recording.document)
    target = path.with_suffix(".recording.json")
    target.write_text(json.dumps(documents))
    return target


@pytest.mark.parametrize("name", OLLAMA_CALLS)
def test_ollama_is_recorded_and_replayed(server, tmp_path, name):
    """Ollama's client is answered alike by its server, by a YAML cassette and by a recording."""
    client = ollama.Client(server.url_for(""))
    path = tmp_path / "a.yaml"
    with use(path, "yaml", "once"):
        outcome = read(OLLAMA_CALLS[name], client)
    with use(path, "yaml"):
        assert read(OLLAMA_CALLS[name], client) == outcome
    layout = Layout.HTTP if name == "embeddings" else Layout.CALL
    with use(check_round_trips(path, layout), "recording.json"):
        again = read(OLLAMA_CALLS[name], client)
    assert without_null(without_durations(again)) == without_null(without_durations(outcome))


@pytest.mark.anyio
@pytest.mark.parametrize("name", OLLAMA_CALLS)
async def test_ollamas_asynchronous_client_finds_the_same(server, tmp_path, name):
    """What one client of Ollama recorded answers the other one."""
    path = tmp_path / "a.yaml"
    with use(path, "yaml", "once"):
        outcome = read(OLLAMA_CALLS[name], ollama.Client(server.url_for("")))
    with use(path, "yaml"):
        assert await read_async(OLLAMA_CALLS[name], ollama.AsyncClient(server.url_for(""))) == outcome


@pytest.mark.parametrize("name", ANTHROPIC_CALLS)
def test_anthropic_is_recorded_and_replayed(server, tmp_path, name):
    """Anthropic's client is answered alike by its server, by a YAML cassette and by a raw recording."""
    client = anthropic.Anthropic(api_key="none", base_url=server.url_for(""), max_retries=0)
    path = tmp_path / "a.yaml"
    with use(path, "yaml", "once"):
        outcome = read(ANTHROPIC_CALLS[name], client)
    with use(path, "yaml"):
        assert read(ANTHROPIC_CALLS[name], client) == outcome
    with use(check_round_trips(path, Layout.HTTP), "recording.json"):
        assert read(ANTHROPIC_CALLS[name], client) == outcome


@pytest.mark.anyio
@pytest.mark.parametrize("name", ANTHROPIC_CALLS)
async def test_anthropics_asynchronous_client_finds_the_same(server, tmp_path, name):
    """What one client of Anthropic recorded answers the other one."""
    url, path = server.url_for(""), tmp_path / "a.yaml"
    with use(path, "yaml", "once"):
        outcome = read(ANTHROPIC_CALLS[name], anthropic.Anthropic(api_key="none", base_url=url, max_retries=0))
    with use(path, "yaml"):
        client = anthropic.AsyncAnthropic(api_key="none", base_url=url, max_retries=0)
        assert await read_async(ANTHROPIC_CALLS[name], client) == outcome


def test_anthropics_models_keep_their_pages(server, tmp_path):
    """A list of models that says there are more is kept as it was sent, so that the next page is asked for."""
    client = anthropic.Anthropic(api_key="none", base_url=server.url_for(""), max_retries=0)
    path = tmp_path / "a.yaml"
    with use(path, "yaml", "once"):
        outcome = [one.id for one in client.models.list(limit=1)]
    with use(check_round_trips(path, Layout.CALL), "recording.json"):
        assert [one.id for one in client.models.list(limit=1)] == outcome


@pytest.mark.parametrize("path", ["/rerank", "/v1beta/interactions"])
def test_a_raw_exchange_is_recorded_and_replayed(server, tmp_path, path):
    """What has no client of its own replays through a plain HTTP client."""
    cassette = tmp_path / "a.yaml"
    asked = {"model": "m", "input": "Llamas"}
    with use(cassette, "yaml", "once"):
        outcome = httpx.post(server.url_for(path), json=asked).json()
    with use(check_round_trips(cassette, Layout.HTTP), "recording.json"):
        assert httpx.post(server.url_for(path), json=asked).json() == outcome


def test_a_raw_stream_is_recorded_and_replayed(server, tmp_path):
    """The events of Gemini's interactions come back line by line, U+2028 within one included."""
    cassette = tmp_path / "a.yaml"
    asked = {"model": "gemini-2.5-flash", "input": "Llamas", "stream": True}
    url = server.url_for("/v1beta/interactions?alt=sse")
    with use(cassette, "yaml", "once"):
        outcome = httpx.post(url, json=asked).text
    with use(check_round_trips(cassette, Layout.HTTP), "recording.json"):
        assert httpx.post(url, json=asked).text == outcome == INTERACTION


def test_an_interaction_is_asked_for_again(server, tmp_path):
    """A request without a body is a raw exchange without a payload."""
    cassette = tmp_path / "a.yaml"
    url = server.url_for("/v1beta/interactions/v1_abc")
    with use(cassette, "yaml", "once"):
        httpx.get(url)
    with use(check_round_trips(cassette, Layout.HTTP), "recording.json"):
        assert httpx.get(url).json() == {"id": "v1_abc"}


def _samples(*names):
    found = []
    for path in sorted(SAMPLES.rglob("*.json")) if SAMPLES.is_dir() else ():
        document = json.loads(path.read_text())
        request = document["request"]
        url = "" if document["response"].get("is_exception") else request.get("endpoint") or request.get("url", "")
        if url.endswith(names):
            found.append(pytest.param(path, id=path.stem[:16]))
    return found


def recording_at(path, tmp_path):
    """A sample, and a plain YAML cassette of it."""
    recording = Recording.parse(path.read_text())
    cassette = tmp_path / "sample.yaml"
    interaction = to_interaction(recording)
    cassette.write_text(yamlserializer.serialize({"version": 1, "interactions": [interaction]}))
    return recording, interaction["request"]["uri"], cassette


@pytest.mark.parametrize("path", _samples("/api/chat", "/api/generate", "/api/embeddings", "/api/ps", "/api/tags"))
def test_a_sample_of_ollama_replays(tmp_path, path):
    """Other people's recordings give Ollama's client the objects that were recorded."""
    recording, uri, cassette = recording_at(path, tmp_path)
    client = ollama.Client(uri.partition("/api/")[0])
    names = {"/api/embeddings": "embed", "/api/tags": "list"}
    endpoint = recording.request["endpoint"]
    method = getattr(client, names.get(endpoint, endpoint.removeprefix("/api/")))
    with use(cassette, "yaml"):
        outcome = dumped(method(**recording.request["body"]))
    body = recording.response["body"]
    recorded = [data_of(one) for one in body] if isinstance(body, list) else data_of(body)
    assert without_null(outcome) == without_null(recorded)


@pytest.mark.parametrize("path", _samples("/v1/messages"))
def test_a_sample_of_anthropic_replays(tmp_path, path):
    """Other people's raw recordings give Anthropic's client the message, the events or the error."""
    recording, uri, cassette = recording_at(path, tmp_path)
    client = anthropic.Anthropic(api_key="none", base_url=uri.removesuffix("/v1/messages"), max_retries=0)
    asked, body = recording.request["payload"], recording.response["body"]
    with use(cassette, "yaml"):
        try:
            outcome = dumped(client.messages.create(**asked))
        except anthropic.APIStatusError as error:
            outcome = {"status": error.status_code, "body": error.body}
    if recording.response.get("status", 200) >= 400:
        assert outcome == {"status": recording.response["status"], "body": body}
    elif recording.response["is_streaming"]:
        data = [json.loads(line.removeprefix("data: ")) for line in body if line.startswith("data: ")]
        assert [one["type"] for one in outcome] == [one["type"] for one in data if one["type"] != "ping"]
    else:
        assert without_null(outcome | {"usage": body["usage"]}) == without_null(body)


@pytest.mark.parametrize("path", _samples("/interactions", "/rerank"))
def test_a_raw_sample_replays(tmp_path, path):
    """Other people's raw recordings give a plain HTTP client the status and the body, line by line for a stream."""
    recording, uri, cassette = recording_at(path, tmp_path)
    with use(cassette, "yaml"):
        answer = httpx.post(uri, json=recording.request["payload"])
    if recording.response["is_streaming"]:
        assert answer.text == "".join(f"{line}\n" for line in recording.response["body"])
    else:
        assert (answer.status_code, answer.json()) == (recording.response["status"], recording.response["body"])
