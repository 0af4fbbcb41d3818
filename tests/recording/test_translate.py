"""A recording and its interaction say the same, and each can be made from the other."""

import copy
import io
import json

import pytest
import recordings
import vcr
from hypothesis import HealthCheck, example, given, settings
from vcr.serialize import deserialize, serialize
from vcr.serializers import jsonserializer, yamlserializer

from vcr_openai import MalformedInteraction, Recording, from_interaction, to_interaction
from vcr_openai._api.endpoint import Layout
from vcr_openai._formats.plain import exchange_from_dict
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpResponse
from vcr_openai._json.json_diff import same
from vcr_openai._recording import translate
from vcr_openai._recording.call import endpoint_of, write_request
from vcr_openai._recording.opaque import why_opaque
from vcr_openai._recording.outcome import certain_answer, read_response, write_response
from vcr_openai._recording.translate import exchange_of, opaque_reason, playable_exchange, recording_of
from vcr_openai._vcrpy.serializers import ReadableSerializer

EXCHANGES = [pytest.param(*case, id=name) for name, case in recordings.EXCHANGES.items()]
CARRIED = [pytest.param(document, id=name) for name, document in recordings.CARRIED.items()]
ALL = [
    *(document for document, _ in recordings.EXCHANGES.values()),
    *recordings.CARRIED.values(),
    *recordings.ODD.values(),
]


def through(serializer, interaction):
    """The interaction after vcrpy saved and loaded it."""
    text = serializer.serialize({"version": 1, "interactions": [copy.deepcopy(interaction)]})
    requests, responses = deserialize(text, serializer)
    text = serialize({"requests": requests, "responses": responses}, serializer)
    (loaded,) = serializer.deserialize(text)["interactions"]
    return loaded


def edited(document, old, new):
    """The document with one text for another."""
    return json.loads(json.dumps(document).replace(json.dumps(old)[1:-1], json.dumps(new)[1:-1]))


@pytest.mark.parametrize("document, sent", EXCHANGES)
def test_an_exchange_is_what_the_client_sends(document, sent):
    """The interaction's method and URL are the wire's."""
    request = to_interaction(Recording(document))["request"]
    assert f"{request['method']} {request['uri']}".startswith(sent)


@pytest.mark.parametrize("document, sent", EXCHANGES)
def test_an_exchange_is_not_opaque(document, sent):  # noqa: ARG001  # one list of cases
    """What is an HTTP exchange is one in the cassette."""
    assert opaque_reason(exchange_of(Recording(document))) is None


@pytest.mark.parametrize("document", CARRIED)
def test_what_is_not_an_exchange_is_opaque(document):
    """It is in the cassette, with the reason, under a method and a URL that no client sends."""
    interaction = to_interaction(Recording(document))
    assert opaque_reason(exchange_of(Recording(document)))
    assert interaction["request"]["uri"].startswith("recording:")


@pytest.mark.parametrize("serializer", [yamlserializer, jsonserializer])
@pytest.mark.parametrize("document", [pytest.param(one, id=str(index)) for index, one in enumerate(ALL)])
def test_an_example_comes_back(document, serializer):
    """Every shape of the format comes back from a cassette file to the letter."""
    recording = Recording(document)
    assert from_interaction(through(serializer, to_interaction(recording))).dump() == recording.dump()


@pytest.mark.slow
@given(recordings.documents())
def test_every_recording_comes_back(document):
    """Whatever keys, texts and numbers a recording has, its interaction gives it back to the letter."""
    recording = Recording(document)
    assert from_interaction(to_interaction(recording)).dump() == recording.dump()


@pytest.mark.parametrize("status", [99, 100, 199, 200, 202, 204, 299, 300, 404, 600, True, 202.0, None, "202"])
@pytest.mark.parametrize("is_streaming", [False, True])
def test_whatever_status_a_recording_notes_comes_back(status, is_streaming):
    """The recorder notes none for an SDK call. Where one that is a success was added it is replayed, any other kept."""
    answer = {"body": [] if is_streaming else {"a": 1}, "is_streaming": is_streaming, "status": status}
    recording = Recording(recordings.recording(recordings.chat_call(), answer))
    interaction = to_interaction(recording)
    replayed = status if type(status) is int and 200 <= status < 300 else 200
    assert interaction["response"]["status"]["code"] == replayed
    assert from_interaction(interaction).dump() == recording.dump()


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(recordings.documents())
@example(recordings.recording(recordings.chat_call(), {"body": {"a": "\x85\ufeff\x00 \n"}, "is_streaming": False}))
def test_every_recording_comes_back_from_yaml(document):
    """The same after vcrpy saved the interaction as YAML and loaded it again."""
    recording = Recording(document)
    assert from_interaction(through(yamlserializer, to_interaction(recording))).dump() == recording.dump()


@pytest.mark.slow
@given(recordings.documents())
def test_every_recording_comes_back_from_json(document):
    """The same after vcrpy saved the interaction as JSON and loaded it again."""
    recording = Recording(document)
    assert from_interaction(through(jsonserializer, to_interaction(recording))).dump() == recording.dump()


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(recordings.documents())
@example(
    recordings.recording(
        recordings.chat_call(extra_headers={"X-Team": "a", "Authorization": "b"}), recordings.reply({})
    )
)
@example(recordings.recording(recordings.chat_call(extra_headers={"x": "\ud800"}), recordings.reply({})))
def test_every_recording_comes_back_from_readable_yaml(document):
    """The same through ``openai.yaml``, which leaves out what a replay does not need."""
    recording = Recording(document)
    readable = ReadableSerializer()
    text = readable.serialize({"version": 1, "interactions": [to_interaction(recording)]})
    (back,) = readable.deserialize(text)["interactions"]
    assert from_interaction(back).dump() == recording.dump()


@pytest.mark.slow
@given(recordings.documents())
def test_an_interaction_shares_nothing_with_its_recording(document):
    """Whoever changes an interaction, as vcrpy does on saving, changes no recording; nor the other way round."""
    recording = Recording(document)
    text = recording.dump()
    interaction = to_interaction(recording)
    before = copy.deepcopy(interaction)
    back = from_interaction(interaction)
    _spoil(back.document)
    assert interaction == before
    _spoil(interaction)
    assert recording.dump() == text


def _spoil(value):
    for inner in list(value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()):
        _spoil(inner)
    if isinstance(value, (dict, list)):
        value.clear()


@pytest.mark.slow
@given(recordings.documents())
def test_a_recording_of_a_cassette_is_stable(document):
    """An interaction made from a recording made from an interaction is that interaction."""
    interaction = to_interaction(Recording(document))
    assert to_interaction(from_interaction(interaction)) == interaction


def test_a_real_cassette_keeps_the_recording(tmp_path):
    """Provenance survives the load and save of a vcrpy cassette that recorded nothing new of it."""
    path = tmp_path / "cassette.yaml"
    interactions = [to_interaction(Recording(document)) for document in ALL]
    path.write_text(yamlserializer.serialize({"version": 1, "interactions": interactions}))
    with vcr.use_cassette(str(path), record_mode="new_episodes") as cassette:
        path.unlink()
        cassette.dirty = True
    kept = yamlserializer.deserialize(path.read_text())["interactions"]
    assert [from_interaction(one).dump() for one in kept] == [Recording(document).dump() for document in ALL]


WORD = "Quokka"
WORDY = [
    recordings.recording(recordings.chat_call(), recordings.reply({"id": "rec-1", "text": WORD})),
    recordings.recording(recordings.chat_call(), {"body": {"text": WORD}, "is_streaming": False}),
    recordings.recording(recordings.chat_call(stream=True), recordings.stream({"text": "a"}, {"text": WORD})),
    recordings.recording(
        recordings.chat_call(stream=True),
        recordings.stream({"text": WORD}, tag="litellm.types.utils.ModelResponseStream"),
    ),
    recordings.recording(
        recordings.sdk_call({}, "/v1/models"),
        {"body": [recordings.tagged(recordings.MODEL, {"id": WORD})], "is_streaming": False},
    ),
    recordings.recording(
        recordings.chat_call(),
        recordings.failure(400, {"message": WORD}, f"Error code: 400 - {{'error': {{'message': '{WORD}'}}}}"),
    ),
    recordings.recording(
        recordings.chat_call(), recordings.failure(502, f"<{WORD}>", f"<{WORD}>", "InternalServerError")
    ),
    recordings.recording(recordings.chat_call(user=WORD), recordings.reply({})),
    recordings.recording(recordings.chat_call(extra_body={"a": {"b": WORD}}, timeout=3), recordings.reply({})),
    recordings.recording(recordings.chat_call(extra_query={"a": WORD}), recordings.reply({})),
    recordings.recording(recordings.sdk_call({"model": WORD, "timeout": 1}), recordings.reply({})),
    recordings.recording(
        recordings.sdk_call({"model": "m", "stream": True}, "/api/chat", "http://localhost:11434"),
        recordings.stream({"text": WORD}, tag="ollama._types.ChatResponse"),
    ),
    recordings.recording(
        recordings.http("http://localhost:8080/rerank", {"query": WORD}),
        {"status": 200, "body": [{"text": WORD}], "is_streaming": False},
    ),
    recordings.recording(
        recordings.http("https://api.anthropic.com/v1/messages", {}),
        {"body": [f'data: {{"a": "{WORD}"}}', "", ""], "is_streaming": True},
    ),
    recordings.recording(recordings.chat_call(), recordings.reply({"id": "rec-1", "text": WORD}), None)
    | {"note": {"b": 1}},
]


@pytest.mark.parametrize("document", WORDY)
def test_an_edited_word_is_edited_in_the_recording(document):
    """A word that is changed in an interaction's request and bodies is changed in its recording, and nothing else."""
    interaction = to_interaction(Recording(document))
    provenance = interaction["response"].pop("recording")
    assert WORD in json.dumps(interaction)
    assert WORD not in json.dumps(provenance)
    interaction = edited(interaction, WORD, "Numbat \U0001f43e")
    interaction["response"]["recording"] = provenance
    assert from_interaction(interaction) == Recording(edited(document, WORD, "Numbat \U0001f43e"))


def test_a_chunk_may_be_added():
    """A stream that was made longer in the cassette is longer in the recording, its chunks tagged."""
    document = recordings.recording(recordings.chat_call(stream=True), recordings.stream({"a": 1}))
    interaction = to_interaction(Recording(document))
    body = interaction["response"]["body"]
    body["string"] = 'data: {"b":2}\n\n' + body["string"]
    assert from_interaction(interaction).response == recordings.stream({"b": 2}, {"a": 1})


def test_a_chunk_may_be_removed():
    """A stream that was made shorter in the cassette is shorter in the recording."""
    document = recordings.recording(recordings.chat_call(stream=True), recordings.stream({"a": 1}, {"b": 2}, tag="x.Y"))
    interaction = to_interaction(Recording(document))
    interaction["response"]["body"]["string"] = 'data: {"b":2}\n\n'
    assert from_interaction(interaction).response == recordings.stream({"b": 2}, tag="x.Y")


@pytest.mark.slow
@settings(suppress_health_check=[HealthCheck.too_slow])
@given(recordings.documents())
def test_provenance_repeats_no_long_text(document):
    """No text of four hundred characters stands on the wire and in the provenance too: the wire is its only place."""
    mark = "wombat " * 60
    document["response"]["body"] = {"text": mark}
    document["response"]["is_streaming"] = False
    document["response"].pop("is_exception", None)
    interaction = to_interaction(Recording(document))
    if opaque_reason(exchange_of(Recording(document))) is None:
        assert mark not in json.dumps(interaction["response"]["recording"])


@pytest.mark.parametrize("document, sent", EXCHANGES)
def test_bodies_are_safe_text(document, sent):  # noqa: ARG001  # one list of cases
    """A body that we write is UTF-8, and no character within ends a line but the framing's LF."""
    interaction = to_interaction(Recording(document))
    for body in (interaction["request"]["body"], interaction["response"]["body"]["string"]):
        assert body.encode().decode() == body
        assert "payload" in document["request"] or not set(body) & set("\v\f\r\x1c\x1d\x1e\x85\u2028\u2029")


@pytest.mark.parametrize(
    "provenance, where",
    [
        ({"json": 3}, "response.recording.json"),
        ({"json": "[]"}, "response.recording.json"),
        ({"test_id": None, "tags": []}, "response.recording.tags"),
        ({"test_id": None, "tags": {"runs": [[1]]}}, "response.recording.tags.runs[0]"),
        ({"test_id": None, "tags": {"patches": {"x": {}}}}, "response.recording.tags.patches"),
        ({"test_id": None, "tags": {"patches": []}}, "response.recording.tags.patches"),
        ({"test_id": None, "tags": {"runs": {}}}, "response.recording.tags.runs"),
        ({"carried": "x"}, "response.recording.document"),
        ({"carried": "x", "document": 3}, "response.recording.document"),
        ({"test_id": None, "arguments": {}}, "response.recording.arguments"),
        ({"test_id": None, "arguments": [3]}, "response.recording.arguments"),
        ({"test_id": None, "layout": "x"}, "response.recording.layout"),
        ({"test_id": None, "request": {"order": [1]}}, "response.recording.request.order"),
        ({"test_id": None, "envelope": {"set": []}}, "response.recording.envelope.set"),
        ([], "response.recording"),
    ],
)
def test_provenance_that_was_spoilt_is_refused(provenance, where):
    """A note that somebody edited into nonsense is named by its place."""
    interaction = to_interaction(Recording(ALL[0]))
    interaction["response"]["recording"] = provenance
    with pytest.raises(MalformedInteraction) as caught:
        from_interaction(interaction)
    assert caught.value.where == where


def test_a_chunk_with_more_beside_its_tag_may_be_removed():
    """What stood beside the tag of a chunk that is gone is gone, too."""
    odd = {**recordings.tagged(recordings.CHUNK, {"a": 2}), "more": 1}
    document = recordings.recording(
        recordings.chat_call(stream=True),
        {"body": [recordings.tagged(recordings.CHUNK, {"a": 1}), odd], "is_streaming": True},
    )
    interaction = to_interaction(Recording(document))
    body = interaction["response"]["body"]
    body["string"] = body["string"].replace('data: {"a":2}\n\n', "")
    assert from_interaction(interaction).response["body"] == document["response"]["body"][:1]


def test_an_argument_may_be_removed():
    """A field that somebody takes out of the cassette's request is no argument of the recording."""
    interaction = to_interaction(
        Recording(recordings.recording(recordings.chat_call(extra_body={"a": 1}), recordings.reply({})))
    )
    sent = json.loads(interaction["request"]["body"])
    del sent["model"]
    interaction["request"]["body"] = json.dumps(sent)
    assert list(from_interaction(interaction).request["body"]) == ["messages", "extra_body"]


def test_what_is_not_an_exchange_cannot_be_played():
    """An opaque recording has no playable exchange."""
    assert playable_exchange(Recording(recordings.CARRIED["tool"])) is None


@pytest.mark.parametrize(
    "request_, response, where",
    [
        ({"method": None}, {}, "request.method"),
        ({"body": 3}, {}, "request.body"),
        ({}, {"status": {"code": "200"}}, "response.status.code"),
        ({}, {"body": None}, "response.body"),
    ],
)
def test_what_vcrpy_does_not_store_is_no_exchange(request_, response, where):
    """An interaction that is not as vcrpy stores one is refused at the place."""
    interaction = to_interaction(Recording(ALL[0]))
    spoilt = {"request": {**interaction["request"], **request_}, "response": {**interaction["response"], **response}}
    with pytest.raises(MalformedInteraction) as caught:
        exchange_from_dict(spoilt)
    assert caught.value.where == where


def test_a_body_that_was_sent_from_a_file_is_read():
    """vcrpy keeps the file that a request was sent from: its content is the body."""
    interaction = to_interaction(Recording(ALL[0]))
    body = interaction["request"]["body"]
    interaction["request"]["body"] = io.BytesIO(body.encode())
    assert from_interaction(interaction).request == ALL[0]["request"]


def test_a_file_like_body_is_read():
    """vcrpy keeps a request's file-like body as it is, and what it holds is the body."""
    interaction = to_interaction(Recording(recordings.EXCHANGES["reply"][0]))
    sent = {**interaction["request"], "body": io.BytesIO(interaction["request"]["body"].encode())}
    assert exchange_from_dict({**interaction, "request": sent}).request.body.text == interaction["request"]["body"]


@given(recordings.documents())
def test_what_is_certain_of_an_answer_is_what_is_read(document):
    """An answer that is known before it is read is the one that reading the wire gives."""
    recording = Recording(document)
    if recording.layout not in (Layout.CALL, Layout.HTTP) or why_opaque(recording):
        return
    request = write_request(recording.request, recording.layout)
    endpoint = endpoint_of(request, recording.layout)
    certain = certain_answer(recording.response, endpoint)
    if certain is not None:
        wire = write_response(recording.response, endpoint)
        read = HttpResponse(wire.status, wire.headers, Body(wire.body.content, wire.body.content_type))
        assert same(read_response(read, endpoint, {}), certain)


def test_provenance_is_made_when_it_is_asked_for(monkeypatch):
    """A recording that is only played is not proven to come back; one that is saved again is."""
    recording = Recording(recordings.chat("a word", "an answer"))
    made = []
    monkeypatch.setattr(translate, "exchange_of", lambda one: made.append(one) or exchange_of(one))
    (exchange,) = translate.exchanges_to_play([(lambda: recording, None)])
    assert exchange.provenance and copy.deepcopy(exchange.provenance) is exchange.provenance
    assert made == []
    assert dict(exchange.provenance) == dict(exchange_of(recording).provenance)
    assert made == [recording]
    assert recording_of(exchange) == recording
