"""What was recorded from the wire becomes the recording that the recorder would have written."""

import base64
import contextlib
import importlib.util
import json
from array import array
from functools import partial
from urllib.request import Request, urlopen

import openai
import openai_calls
import openai_server
import pytest
import vcr
from chats import CHAT_URL, interaction
from vcr.serializers import yamlserializer

import vcr_openai
from vcr_openai import MalformedInteraction, Unsupported, from_interaction, recording_key, to_interaction
from vcr_openai._api import sdk

ASK = [{"role": "user", "content": "Llamas?"}]
TEST_ID = "tests/test_x.py::test_y"


@pytest.fixture
def server(httpserver):
    """A server that speaks like the OpenAI API; its base URL."""
    openai_server.install(httpserver)
    return httpserver.url_for("/v1")


@pytest.fixture(scope="module")
def client(client):
    """The client, without retries; the base URL is each test's."""
    return client.with_options(max_retries=0)


@pytest.fixture
def recorded(server, client, tmp_path):
    """Let the client do something with the server: what plain vcrpy recorded of it, as a recording."""

    def record(use, base_url=server, **options):
        interaction = interaction_of(tmp_path, lambda: use(client.with_options(base_url=base_url, **options)))
        return from_interaction(interaction, test_id=TEST_ID)

    return record


def interaction_of(folder, act):
    """The one interaction that plain vcrpy writes to a cassette while something is done."""
    path = folder / "wire.yaml"
    # A failure's exchange is wanted too.
    with vcr.use_cassette(str(path), record_mode="all"), contextlib.suppress(openai.APIError):
        act()
    (interaction,) = yamlserializer.deserialize(path.read_text())["interactions"]
    return interaction


chat = partial(openai_calls.chat_completion, model="m", messages=ASK)


def test_a_reply_is_what_the_recorder_writes(recorded):
    """The whole document: URL with the doubled /v1, no headers, the arguments, unset fields null, what varies fixed."""
    recording = recorded(chat)
    key = recording_key(recording)
    document = recording.document
    data = document["response"]["body"].pop("__data__")
    assert document == {
        "test_id": TEST_ID,
        "request": {
            "method": "POST",
            "url": document["request"]["url"],
            "headers": {},
            "body": {"messages": ASK, "model": "m"},
            "endpoint": "/v1/chat/completions",
            "model": "m",
        },
        "response": {
            "body": {"__type__": "openai.types.chat.chat_completion.ChatCompletion"},
            "is_streaming": False,
        },
        "id_normalization_mapping": {},
    }
    assert document["request"]["url"].endswith("/v1/v1/chat/completions")
    assert (data["id"], data["created"]) == (f"rec-{key[:12]}", 0)
    assert data["choices"][0]["message"]["content"] == openai_server.TEXT
    assert data["choices"][0]["message"]["tool_calls"] is None


def test_a_document_has_the_recorders_order(recorded):
    """Keys stand in the order in which the recorder writes them."""
    document = recorded(chat).document
    assert list(document) == ["test_id", "request", "response", "id_normalization_mapping"]
    assert list(document["request"]) == ["method", "url", "headers", "body", "endpoint", "model"]
    assert list(document["response"]) == ["body", "is_streaming"]
    assert list(document["response"]["body"]) == ["__type__", "__data__"]


@pytest.mark.parametrize(
    "use",
    [
        chat,
        lambda client: chat(client, tools=[{"type": "function", "function": {"name": "f"}}]),
        lambda client: client.completions.create(model="m", prompt="a"),
        lambda client: client.embeddings.create(model="m", input=["a", "b"]),
        lambda client: client.embeddings.create(model="m", input="a", encoding_format="float"),
        lambda client: client.responses.create(model="m", input="a"),
    ],
)
def test_a_reply_is_the_sdks_own_dump(server, client, recorded, use):
    """The data is what the client's own object dumps, but for what varies from one run to the next."""
    own = use(client.with_options(base_url=server)).model_dump(mode="json")
    data = recorded(use).response["body"]["__data__"]
    for key in {"id", "created", "created_at"} & own.keys():
        own[key] = data[key]
    assert json.dumps(own) == json.dumps(data)


@pytest.mark.parametrize(
    "use, tag",
    [
        (
            lambda client: chat(client, stream=True, stream_options={"include_usage": True}),
            "openai.types.chat.chat_completion_chunk.ChatCompletionChunk",
        ),
        (
            lambda client: list(client.completions.create(model="m", prompt="a", stream=True)),
            "openai.types.completion.Completion",
        ),
    ],
)
def test_a_stream_is_the_sdks_own_dump(server, client, recorded, use, tag):
    """Each chunk is tagged and dumped as the client hands it out."""
    response = recorded(use).response
    own = [chunk.model_dump(mode="json") for chunk in use(client.with_options(base_url=server))]
    identifier = response["body"][0]["__data__"]["id"]
    assert response["is_streaming"] is True
    assert {chunk["__type__"] for chunk in response["body"]} == {tag}
    fixed = [{**chunk, "id": identifier, "created": 0} for chunk in own]
    assert json.dumps([chunk["__data__"] for chunk in response["body"]]) == json.dumps(fixed)


def test_azures_first_chunk_is_a_chunk(server, recorded):
    """A chunk whose object is empty is tagged by its endpoint, and keeps what Azure added."""
    response = recorded(lambda client: chat(client, stream=True), base_url=f"{server[:-3]}/openai/v1").response
    first = response["body"][0]
    assert first["__type__"] == "openai.types.chat.chat_completion_chunk.ChatCompletionChunk"
    assert first["__data__"]["object"] == ""
    assert first["__data__"]["prompt_filter_results"]


def test_embeddings_are_floats(recorded):
    """The wire had base64 because the SDK asked for it; the recording has the caller's arguments and float32 values."""
    recording = recorded(lambda client: client.embeddings.create(model="m", input=["a", "b"]))
    assert recording.request["body"] == {"input": ["a", "b"], "model": "m"}
    rows = recording.response["body"]["__data__"]["data"]
    assert [row["embedding"] for row in rows] == [array("f", one).tolist() for one in openai_server.VECTORS]


def test_models_are_a_list(recorded):
    """A page becomes a list of models that keep their names, called with POST as the recorder has it."""
    recording = recorded(lambda client: list(client.models.list()))
    assert recording.request["method"] == "POST"
    assert recording.request["body"] == {}
    assert recording.request["url"].endswith("/v1/v1/models")
    assert recording.response == {
        "body": [
            {
                "__type__": "openai.types.model.Model",
                "__data__": {**model["__data__"], "id": name, "created": 0, "object": "model", "owned_by": "system"},
            }
            for name, model in zip(openai_server.MODELS, recording.response["body"], strict=True)
        ],
        "is_streaming": False,
    }


def test_a_query_is_an_argument(recorded):
    """What stands in the URL's query was the caller's extra_query."""
    recording = recorded(lambda client: list(client.models.list(extra_query={"a": "é", "b": ["1", "2"]})))
    assert recording.request["body"]["extra_query"]["a"] == "é"
    assert "?" not in recording.request["url"]


@pytest.mark.parametrize("stream", [True, False])
def test_what_the_sdk_has_no_parameter_for_was_extra_body(recorded, stream):
    """The SDK merges extra_body into the JSON, behind the arguments; the recorder's key has it apart."""
    extra = {"top_k": 5, "guided_choice": ["a"]}
    body = recorded(lambda client: chat(client, stream=stream, extra_body=extra, extra_query={"a": "b"})).request[
        "body"
    ]
    assert body == {"model": "m", "messages": ASK, "stream": stream, "extra_query": {"a": "b"}, "extra_body": extra}


@pytest.mark.parametrize(
    "path, sent, called",
    [
        ("chat/completions", {"top_k": 5, "model": "m"}, {"top_k": 5, "model": "m"}),
        ("chat/completions", {"model": "m", "seed": 1}, {"model": "m", "seed": 1}),
        ("completions", {"model": "m", "b": 1, "a": 2}, {"model": "m", "extra_body": {"b": 1, "a": 2}}),
        ("embeddings", {"b": 1, "model": "m", "a": 2}, {"b": 1, "model": "m", "extra_body": {"a": 2}}),
        ("responses", {"model": "m", "a": {"b": 1}}, {"model": "m", "extra_body": {"a": {"b": 1}}}),
        ("completions", {"a": 1, "extra_body": 2}, {"extra_body": {"a": 1, "extra_body": 2}}),
        ("moderations", {"input": "a", "timeout": 2}, {"input": "a", "extra_body": {"timeout": 2}}),
        (
            "chat/completions",
            {"model": "m", "extra_body": {"google": {}}, "top_k": 5},
            {"model": "m", "extra_body": {"top_k": 5, "extra_body": {"google": {}}}},
        ),
    ],
)
def test_only_what_stands_last_was_extra_body(path, sent, called):
    """Another client may send an unknown name anywhere; the SDK sends none before one of its parameters."""
    recording = from_interaction(wire(f"https://x.example/v1/{path}", sent=json.dumps(sent)))
    assert json.dumps(recording.request["body"]) == json.dumps(called)


@pytest.mark.parametrize(
    "sent",
    [
        '{"model":"m","messages":[],"a":{"b":1},"top_k":5}',
        '{"model":"m","messages":[],"top_k":5,"extra_body":{"google":{}},"timeout":1}',
    ],
)
def test_extra_body_goes_back_to_where_it_was(sent):
    """The interaction made from such a recording sends the very text that was sent."""
    assert to_interaction(from_interaction(wire(sent=sent)))["request"]["body"] == sent


@pytest.mark.parametrize("model", [*openai_server.FAILURES])
def test_a_failure_is_what_the_client_raised(server, client, recorded, model):
    """Class, status, body and message are those of the live exception."""
    with pytest.raises(openai.APIStatusError) as caught:
        chat(client.with_options(base_url=server), model=model)
    response = recorded(lambda client: chat(client, model=model)).response
    assert response == {
        "body": None,
        "is_streaming": False,
        "is_exception": True,
        "exception_data": {
            "category": "provider_sdk",
            "provider": "openai",
            "type": type(caught.value).__name__,
            "message": str(caught.value),
            "status_code": caught.value.status_code,
            "body": caught.value.body,
        },
        "exception_message": str(caught.value),
    }


@pytest.mark.parametrize("model", [*openai_server.FAILURES])
def test_a_failure_survives_a_second_journey(recorded, client, tmp_path, model):
    """A recording made from the wire replays to an exception that reads like the live one."""
    recording = recorded(lambda client: chat(client, model=model))
    path = tmp_path / "again.yaml"
    path.write_text(yamlserializer.serialize({"version": 1, "interactions": [to_interaction(recording)]}))
    base_url = recording.request["url"].removesuffix("/v1/chat/completions")
    with vcr.use_cassette(str(path), record_mode="none"), pytest.raises(openai.APIStatusError) as caught:
        chat(client.with_options(base_url=base_url), model=model)
    assert str(caught.value) == recording.response["exception_message"]


def test_a_stream_that_broke_keeps_its_chunks(recorded):
    """The chunks before an error event are recorded, then the exception that the client raised."""
    response = recorded(lambda client: chat(client, model=openai_server.MIDWAY, stream=True)).response
    assert len(response["body"]) == 2
    assert response["is_exception"] is True
    assert response["exception_data"]["type"] == "APIError"
    assert response["exception_message"] == openai_server.MIDWAY_ERROR["message"]


def test_a_recording_made_while_recording_is_the_same(server, client, recorded, tmp_path):
    """The serializer writes the file that converting the plain cassette gives."""
    path = tmp_path / "own.recording.json"
    own = vcr_openai.VCR(serializer="recording.json", test_id=TEST_ID)
    with own.use_cassette(str(path)):
        chat(client.with_options(base_url=server))
    assert path.read_text() == recorded(chat).dump()


@pytest.mark.skipif(importlib.util.find_spec("ollama") is not None, reason="with its SDK, its model adds nulls")
@pytest.mark.parametrize("stream, kind", [(True, list), (False, dict)])
def test_ollamas_own_api_is_known(httpserver, tmp_path, stream, kind):
    """Without Ollama's SDK its chunks are tagged all the same, and what varies is fixed."""
    openai_server.install(httpserver)
    body = json.dumps({"model": "m", "messages": ASK, "stream": stream}).encode()
    request = Request(httpserver.url_for("/api/chat"), body, {"content-type": "application/json"})  # noqa: S310  # to a local server
    response = from_interaction(interaction_of(tmp_path, lambda: urlopen(request).read())).response  # noqa: S310  # to a local server
    assert isinstance(response["body"], kind)
    last = response["body"][-1] if stream else response["body"]
    assert last["__type__"] == "ollama._types.ChatResponse"
    assert last["__data__"]["created_at"] == "1970-01-01T00:00:00.000000Z"
    assert last["__data__"]["total_duration"] == 0


def wire(url=CHAT_URL, method="POST", sent="{}", **response):
    """An interaction as plain vcrpy stores it."""
    return interaction("{}", uri=url, method=method, sent=sent, **response)


OTHER = "http://other.example/hook"
_SINCE = ", since no API that recordings know has this URL, found "
NOT_POSTED = {
    None: f"{_SINCE}no body",
    "": f"{_SINCE}no body",
    '"x"': f"{_SINCE}the text 'x'",
    "3": f"{_SINCE}the number 3",
    "null": f"{_SINCE}null",
    "hello": f"{_SINCE}no JSON (",
    '{"a": 1,': f"{_SINCE}no JSON (",
    b"\xff": f"{_SINCE}bytes that are not UTF-8 text",
}


@pytest.mark.parametrize(
    "interaction, error, message",
    [
        (None, MalformedInteraction, "expected an object, found null"),
        (object(), MalformedInteraction, "expected an object, found a object"),
        ({"request": 1}, MalformedInteraction, "request: expected an object, found the number 1"),
        ({"request": wire()["request"]}, MalformedInteraction, "response: expected an object, found null"),
        (wire(method=None), MalformedInteraction, "request.method: expected an HTTP method, found null"),
        (
            wire(status={"code": "x"}),
            MalformedInteraction,
            "response.status.code: expected a status code, found the te",
        ),
        (wire(body="x"), MalformedInteraction, "response.body: expected JSON, found the text 'x' ("),
        (wire(body={"string": "{"}), MalformedInteraction, "response.body: expected JSON, found the text '{' ("),
        (wire(sent="a=b"), MalformedInteraction, "request.body: expected JSON, found the text 'a=b' ("),
        (wire(sent="[]"), MalformedInteraction, "request.body: expected a JSON object, found an empty list"),
        (wire(sent=b"\xff"), Unsupported, "request.body: expected JSON, found bytes that are not UTF-8 text"),
        (wire(body={"string": b"\xff"}), Unsupported, "response.body: expected JSON or a text stream, found the byte"),
        (
            wire("https://x.example/login?key=s", method="GET"),
            Unsupported,
            "request.uri: expected the URL of an API that recordin",
        ),
        *(
            (wire(OTHER, sent=sent), Unsupported, f"request.body: expected JSON with an object or a list{found}")
            for sent, found in NOT_POSTED.items()
        ),
        (wire(method="DELETE"), Unsupported, "request.uri: expected the URL of an API that recordings know, found DE"),
        (
            wire(status={"code": 302, "message": ""}),
            Unsupported,
            "response.status.code: expected an answer or an error, found the status 302",
        ),
        (
            wire(
                "https://api.openai.com/v1/embeddings",
                body={"string": '{"data": [{}, {"embedding": "?"}]}'},
            ),
            MalformedInteraction,
            "response.body.data[1].embedding: expected float32 numbers in base64, found the text '?' (",
        ),
        (
            wire(headers={"content-type": ["text/event-stream"]}, body={"string": "data: {\n\n"}),
            MalformedInteraction,
            "response.body[0]: expected JSON, found the text '{' (",
        ),
    ],
)
def test_what_cannot_be_a_recording_is_refused(interaction, error, message):
    """The error says where, what was expected there and what was found."""
    with pytest.raises(error) as caught:
        from_interaction(interaction)
    assert str(caught.value).startswith(message)
    assert "key=s" not in str(caught.value)


@pytest.mark.parametrize("length", [1, 5])
def test_base64_that_is_no_float32_is_refused(length):
    """A number of bytes that is no number of floats is named by its place."""
    text = base64.b64encode(bytes(length)).decode()
    interaction = wire("https://x.example/v1/embeddings", body={"string": json.dumps({"data": [{"embedding": text}]})})
    with pytest.raises(MalformedInteraction, match=r"response\.body\.data\[0\]\.embedding"):
        from_interaction(interaction)


@pytest.mark.parametrize(
    "uri, url",
    [
        ("https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1/v1/chat/completions"),
        ("https://api.openai.com/v1/models", "https://api.openai.com/v1/v1/models"),
        ("https://a.openai.azure.com/openai/v1/embeddings", "https://a.openai.azure.com/openai/v1/v1/embeddings"),
        (
            "https://generativelanguage.googleapis.com/v1beta/openai/models",
            "https://generativelanguage.googleapis.com/v1beta/openai/v1/models",
        ),
        ("http://localhost:11434/api/embed", "http://localhost:11434/api/embeddings"),
        ("http://localhost:11434/api/tags", "http://localhost:11434/api/tags"),
        (
            "https://adb-1.7.cloud.databricks.com/serving-endpoints/chat/completions",
            "__databricks__/serving-endpoints/v1/chat/completions",
        ),
    ],
)
def test_a_url_is_written_as_the_recorder_does(uri, url):
    """base URL and endpoint are joined, so that /v1 stands twice; Databricks' workspace is left out."""
    method = "GET" if uri.endswith(("models", "tags")) else "POST"
    assert from_interaction(wire(uri, method)).request["url"] == url


@pytest.mark.parametrize("path", ["chat/completions", "messages"])
def test_line_ends_are_the_wires(path):
    """A stream's events end at CR LF too, and U+2028 within one ends nothing."""
    text = 'data: {"a": "\u2028\x85"}\r\n\r\ndata: [DONE]\r\n\r\n'
    interaction = wire(
        f"https://api.example/v1/{path}",
        headers={"content-type": ["text/event-stream; charset=utf-8"]},
        body={"string": text.encode()},
    )
    body = from_interaction(interaction).response["body"]
    if path == "messages":
        assert body == ['data: {"a": "\u2028\x85"}', "", "data: [DONE]", ""]
    else:
        assert [chunk["__data__"]["a"] for chunk in body] == ["\u2028\x85"]


@pytest.mark.parametrize("tag", ["x.Y", "openai.types.chat.chat_completion.NoSuch", "ollama._types.ChatResponse"])
def test_an_object_without_a_model_stays_as_it_is(monkeypatch, tag):
    """A tag that is not in the table, and one whose SDK is not installed, has no model: the object is the wire's."""

    def not_installed(name):
        raise ImportError(name)

    sdk._model.cache_clear()
    monkeypatch.setattr(sdk, "import_module", not_installed)
    try:
        assert sdk.model_dump(tag, {"a": 1}) == {"a": 1}
        assert sdk.refusal(tag, {"a": 1}) is None
    finally:
        sdk._model.cache_clear()


@pytest.mark.parametrize("status", [200, 201, 202, 206])
@pytest.mark.parametrize("stream", [True, False])
def test_the_status_of_a_success_stays(status, stream):
    """202 replays as 202, an answer or a stream; the recorder ignores the note."""
    body, kind = ("data: {}\n\ndata: [DONE]\n\n", "text/event-stream") if stream else ("{}", "application/json")
    wired = wire(status={"code": status}, headers={"content-type": [kind]}, body={"string": body})
    again = to_interaction(from_interaction(wired))["response"]
    assert again["status"]["code"] == status


@pytest.mark.parametrize("url", [CHAT_URL, "https://api.openai.com/v1/audio/transcriptions"])
@pytest.mark.parametrize("kind", ["text/event-stream", "text/event-stream; charset=utf-8", "application/x-ndjson"])
def test_json_under_the_type_of_a_stream_is_json(url, kind):
    """The answer is recorded, and not a stream without chunks."""
    wired = wire(url, headers={"content-type": [kind]}, body={"string": '{\n "id": "x"\n}'})
    response = from_interaction(wired).response
    assert not response["is_streaming"]
    assert "x" in json.dumps(response["body"]) or "rec-" in json.dumps(response["body"])


@pytest.mark.parametrize("text", ["<html>Busy</html>", '{"id": "x", ', "oops"])
def test_other_text_under_the_type_of_a_stream_is_no_empty_stream(text):
    """A recording would have lost it."""
    with pytest.raises(MalformedInteraction, match="expected server-sent events, found the text"):
        from_interaction(wire(headers={"content-type": ["text/event-stream"]}, body={"string": text}))
