"""Cassettes without provenance become recordings from which every interaction comes back."""

import base64
import json
import struct

import places
import pytest
from chats import CHAT_URL, answer, interaction, question
from hypothesis import example, given
from hypothesis import strategies as st

from vcr_openai import Recording, recording_key
from vcr_openai._formats.interaction_layouts import read_interaction
from vcr_openai._formats.registry import read_document
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse
from vcr_openai._recording.normalized_ids import with_normalized_ids
from vcr_openai._recording.sent_form import sent_recording_of, texts_sent_later
from vcr_openai._recording.translate import exchange_of, recording_of

CASSETTES = sorted((places.SAMPLES / "cassettes").rglob("*.yaml"))
REPLY = {"id": "chatcmpl-Abc123", "object": "chat.completion", "created": 1700000000, "system_fingerprint": "fp_1"}
CHUNKS = [{"id": "chatcmpl-Abc123", "created": 1700000000, "choices": [{"index": 0, "delta": {"content": "é"}}]}] * 2
EVENTS = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in CHUNKS)


def exchange_from(wired):
    """The exchange of an interaction as plain vcrpy stored it."""
    return read_interaction(wired)[0]


def wired(body=REPLY, content_type="application/json", /, **more):
    """The exchange of a chat, as plain vcrpy stored it."""
    return exchange_from(interaction(body, content_type, sent=question("hello"), **more))


def replied(**more):
    """The exchange of a chat with further members of its answer."""
    return wired(answer("hi") | REPLY | more)


def seen(exchange):
    """What comes back of an exchange: JSON and the chunks of a stream by value."""
    request, response = exchange.request, exchange.response
    return (
        request.method,
        request.uri,
        value(request.body, any_order=True),
        response.status,
        value(response.body, any_order=False),
    )


def value(body, *, any_order):
    """A body by value; ``any_order``: the order of an object's members does not count."""
    if not body:
        return b""
    if body.boundary:
        return body.octets.replace(body.boundary.encode(), b"")
    if body.framing:
        return [chunk.text if chunk.json.problem else json.dumps(chunk.json.value) for chunk in body.chunks]
    return body.octets if body.json.problem else json.dumps(body.json.value, sort_keys=any_order)


def back(recording):
    """The exchange of a recording that was written to a file."""
    return exchange_of(Recording.parse(recording.dump()))


@places.needs_samples
@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem[-60:]) for path in CASSETTES])
def test_every_interaction_of_a_sample_comes_back(path):
    """Method, URL, status and bodies are as they were, ids, times and fingerprints with them; also a second time."""
    exchanges = [one for one in read_document(path.read_text()).results if isinstance(one, Exchange)]
    later = texts_sent_later(exchanges)
    for exchange, text in zip(exchanges, later, strict=True):
        recording, _ = sent_recording_of(exchange, "t", text)
        again = back(recording)
        assert seen(again) == seen(exchange)
        assert recording_of(again) == recording


TEXTS = st.text(st.characters(codec="utf-8"), max_size=6)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-9, 10**20) | st.floats(allow_nan=False, allow_infinity=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS | st.sampled_from(["id", "error"]), inner),
    max_leaves=6,
)
OBJECTS = st.dictionaries(TEXTS | st.sampled_from(["id", "created", "data", "error", "object"]), JSON, max_size=4)
STREAMS = st.lists(OBJECTS, max_size=3).map(lambda all_: "".join(f"data: {json.dumps(one)}\n\n" for one in all_))
BODIES = st.one_of(
    JSON.map(json.dumps), STREAMS, STREAMS.map("{}data: [DONE]\n\n".format), TEXTS, st.binary(max_size=9)
)
TYPES = st.sampled_from(["application/json", "text/event-stream", "application/x-ndjson", "text/plain", "image/png"])
PATHS = ["chat/completions", "embeddings", "models", "responses", "files", "audio/speech", "elsewhere", "v1/messages"]
EXCHANGES = st.builds(
    lambda method, path, query, sent, status, kind, body: Exchange(
        HttpRequest(method, f"https://api.openai.com/v1/{path}{query}", {}, sent),
        HttpResponse(status, {"content-type": [kind]}, Body.of(body, {"content-type": [kind]})),
    ),
    st.sampled_from(["GET", "POST", "DELETE"]),
    st.sampled_from(PATHS),
    st.sampled_from(["", "?a=b", "?a=b&a=%20c+d", "?"]),
    st.none() | st.builds(Body.of, OBJECTS.map(json.dumps) | BODIES),
    st.sampled_from([200, 200, 201, 204, 307, 400, 404, 429, 500]),
    TYPES,
    BODIES,
)


@given(EXCHANGES)
@example(wired({"error": {"message": "no"}, "request_id": "r"}, status={"code": 400, "message": "Bad Request"}))
@example(wired(EVENTS, "text/event-stream"))
@example(wired(f": ping\n\nevent: x\n{EVENTS}data: [DONE]\n\n", "text/event-stream"))
@example(wired(uri="https://h.example/deep?b=%20c+d"))
@example(wired("0", "text/event-stream", status={"code": 400, "message": "Bad Request"}))
def test_every_exchange_comes_back(exchange):
    """Whatever was sent and answered; and the recording is made again of what came back."""
    recording, _ = sent_recording_of(exchange, "t")
    again = back(recording)
    assert seen(again) == seen(exchange)
    assert recording_of(again) == recording


@pytest.mark.parametrize("exchange", [replied(), wired(EVENTS, "text/event-stream")], ids=["an answer", "a stream"])
def test_the_mapping_names_the_recorders_id(exchange):
    """The document has the server's id; on load the recorder sees its own there, and nothing else changes."""
    recording, _ = sent_recording_of(exchange)
    own = f"rec-{recording_key(recording)[:12]}"
    assert recording.document["id_normalization_mapping"] == {own: "chatcmpl-Abc123"}
    seen_by_recorder = with_normalized_ids(recording).dump()
    assert (
        seen_by_recorder.replace(own, "chatcmpl-Abc123")
        == Recording({**recording.document, "id_normalization_mapping": {}}).dump()
    )


def test_times_and_fingerprints_are_the_servers():
    """The recorder plays them as they are, and they come back."""
    data = sent_recording_of(replied())[0].response["body"]["__data__"]
    assert (data["id"], data["created"], data["system_fingerprint"]) == ("chatcmpl-Abc123", 1700000000, "fp_1")


@pytest.mark.parametrize(
    "exchange",
    [
        replied(id="1"),
        replied(note="see chatcmpl-Abc123"),
        replied(id='a"b'),
        replied(id=None),
        wired(EVENTS.replace("Abc123", "Other", 1), "text/event-stream"),
        exchange_from(interaction(answer("hi") | REPLY, sent=question("of chatcmpl-Abc123"))),
        exchange_from(interaction({"data": [{"id": "gpt-4o"}]}, uri=f"{CHAT_URL[:-16]}models", method="GET")),
    ],
)
def test_an_id_that_a_text_search_would_confuse_is_not_mapped(exchange):
    """The recorder replaces text: it would replace more than the id. A model's id is its name."""
    recording, reason = sent_recording_of(exchange)
    assert (recording.document["id_normalization_mapping"], reason) == ({}, None)


def test_an_id_that_a_later_request_sends_is_not_mapped():
    """That request was recorded with the server's id, so the recorder's answer must have it."""
    first = replied()
    second = exchange_from(interaction(answer("hi"), sent=question("go on", store="chatcmpl-Abc123")))
    later = texts_sent_later([first, second])
    assert sent_recording_of(first, "t", later[0])[0].document["id_normalization_mapping"] == {}
    assert later[1] == ""


def embedded(*numbers):
    """The exchange of an embedding, sent in base64."""
    text = base64.b64encode(struct.pack(f"<{len(numbers)}f", *numbers)).decode()
    body = {"object": "list", "data": [{"object": "embedding", "index": 0, "embedding": text}], "model": "m"}
    sent = {"model": "m", "input": "a", "encoding_format": "base64"}
    return exchange_from(interaction(body, uri=f"{CHAT_URL[:-16]}embeddings", sent=sent))


def test_embeddings_are_numbers_for_the_recorder_and_base64_on_the_wire():
    """The recording has numbers, of which the answer is made as it was sent."""
    exchange = embedded(0.1, -2.5)
    recording, _ = sent_recording_of(exchange)
    row = recording.response["body"]["__data__"]["data"][0]
    assert row["embedding"] == list(struct.unpack("<2f", struct.pack("<2f", 0.1, -2.5)))
    assert recording.document["wire"] == {"embeddings": "base64"}
    assert seen(back(recording)) == seen(exchange)


@pytest.mark.parametrize(
    "row",
    [
        {"embedding": [0.1]},
        {"embedding": [1e300]},
        {"embedding": [1, 2]},
        {"embedding": [None]},
        {"embedding": "no base64"},
        {"embedding": "AAAA"},
        {"embedding": None},
        {"index": 0},
        [1.0],
    ],
    ids=str,
)
def test_an_embedding_that_base64_cannot_hold_is_sent_as_it_is(row):
    """An edited row with other values than floats of 32 bits is in the answer; the other rows are base64."""
    recording, _ = sent_recording_of(embedded(1.0))
    document = json.loads(recording.dump())
    data = document["response"]["body"]["__data__"]["data"]
    data.append(row)
    first, second = json.loads(back(Recording(document)).response.body.text)["data"]
    assert second == row
    assert first["embedding"] == base64.b64encode(struct.pack("<f", 1.0)).decode()
    assert recording_of(back(Recording(document))).response["body"]["__data__"]["data"][0] == data[0]


def test_an_edited_recording_answers_with_its_edit():
    """The answer as it was sent counts only for what the recording was when it was made."""
    exchange = wired({"error": {"message": "no"}, "request_id": "r"}, status={"code": 400, "message": "Bad Request"})
    recording, _ = sent_recording_of(exchange)
    if "wire" not in recording.document:
        pytest.skip("this SDK keeps the whole body of an error")
    assert json.loads(recording.document["wire"]["body"]) == {"error": {"message": "no"}, "request_id": "r"}
    edited = Recording.parse(recording.dump().replace('"no"', '"never"'))
    assert "never" in back(edited).response.body.text
    assert recording_of(back(edited)) == edited


def test_an_edited_cassette_is_an_edited_recording():
    """A word that is edited in the answer as it was sent is in the recording."""
    recording, _ = sent_recording_of(embedded(1.0))
    exchange = back(recording)
    text = exchange.response.body.text.replace('"m"', '"other"')
    edited = Exchange(
        exchange.request, HttpResponse(200, exchange.response.headers, Body.of(text)), exchange.provenance
    )
    data = recording_of(edited).response["body"]["__data__"]
    assert (data["model"], data["data"][0]["embedding"]) == ("other", [1.0])


@pytest.mark.parametrize(
    "wire",
    [
        {},
        3,
        {"positions": []},
        {"positions": [-1]},
        {"positions": [True]},
        {"body": "a"},
        {"body": 3, "instead_of": "b"},
        {"body": {"base64": "?"}, "instead_of": "b"},
        {"body": "\ud800", "instead_of": "b"},
        {"body": {"base64": 3}, "instead_of": "b"},
        {"body": {"base64": "", "more": 1}, "instead_of": "b"},
        {"positions": [0] * 10_001},
        {"embeddings": "hex"},
        {"else": 1},
    ],
)
def test_another_member_of_that_name_is_kept(wire):
    """What is no member of ours comes back as it was, and does nothing."""
    recording, _ = sent_recording_of(replied())
    other = Recording({**recording.document, "wire": wire})
    assert recording_of(exchange_of(other)) == other
    assert exchange_of(other).response == exchange_of(recording).response


@pytest.mark.parametrize(
    ("method", "sent", "layout"),
    [
        ("POST", '{"a": 1}', {"test_id", "url", "method", "payload"}),
        ("POST", "[1]", {"test_id", "url", "method", "payload"}),
        ("POST", '"a"', {"uri", "method", "headers", "body"}),
        ("POST", "a=b", {"uri", "method", "headers", "body"}),
        ("POST", None, {"uri", "method", "headers", "body"}),
        ("PUT", '{"a": 1}', {"uri", "method", "headers", "body"}),
        ("GET", None, {"uri", "method", "headers", "body"}),
    ],
)
def test_json_to_any_host_is_a_raw_http_exchange(method, sent, layout):
    """As the recorder writes it; what is something else is a plain interaction."""
    exchange = exchange_from(interaction({"b": 2}, uri="https://h.example/x?y=z", method=method, sent=sent))
    assert sent_recording_of(exchange, "t")[0].request.keys() == layout


@pytest.mark.parametrize(
    ("url", "is_plain"),
    [
        ("https://api.openai.com/v1/organization/projects", True),
        (
            "https://aiplatform.googleapis.com/v1/projects/p/locations/l/publishers/google/models/m:generateContent",
            False,
        ),
    ],
)
def test_a_path_is_left_out_of_the_apis_own_hosts_alone(url, is_plain):
    """The administration of OpenAI's API stays a plain interaction; Vertex AI has a path like it."""
    exchange = exchange_from(interaction({"b": 2}, uri=url, sent={"a": 1}))
    assert ("uri" in sent_recording_of(exchange, "t")[0].request) == is_plain
