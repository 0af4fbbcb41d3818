"""A body is parsed once, however many parts of the package look at it."""

import json
import sys
from collections import Counter

import openai
import orjson
import pytest
import writers

from vcr_openai import VCR, Recording, to_interaction
from vcr_openai._cli import main
from vcr_openai._http import body as body_module
from vcr_openai._vcrpy import matchers

FORMATS = ["yaml", "json", "recording.json", "openai.yaml"]
QUESTION, ANSWER = "what is parsed?", "each body, once"
REPLY = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 0,
    "model": "m",
    "choices": [{"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": ANSWER}}],
}
CHUNKS = [
    {**REPLY, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {"content": ANSWER}}]},
    {**REPLY, "object": "chat.completion.chunk", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
]
STREAM = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in CHUNKS) + "data: [DONE]\n\n"


@pytest.fixture
def parses(monkeypatch):
    """How often the package parsed each JSON text and each event stream."""
    counts = Counter()

    def counting(parse, position=0):
        def counted(*arguments, **options):
            if sys._getframe(1).f_globals["__name__"].startswith("vcr_openai"):
                text = arguments[position]
                counts[text if isinstance(text, str) else bytes(text).decode()] += 1
            return parse(*arguments, **options)

        return counted

    monkeypatch.setattr(orjson, "loads", counting(orjson.loads))
    monkeypatch.setattr(json, "loads", counting(json.loads))
    monkeypatch.setattr(json.JSONDecoder, "decode", counting(json.JSONDecoder.decode, position=1))
    monkeypatch.setattr(body_module, "parse_events", counting(body_module.parse_events))
    return counts


@pytest.fixture
def server(httpserver):
    """A server that answers with a reply, or with a stream where one is asked for."""
    httpserver.expect_request("/chat/completions", json={"messages": [], "model": "m"}).respond_with_json(REPLY)
    for streamed, answer, kind in ((False, json.dumps(REPLY), "application/json"), (True, STREAM, "text/event-stream")):
        httpserver.expect_request("/v1/chat/completions", json=_question(streamed=streamed)).respond_with_data(
            answer, content_type=kind
        )
    return httpserver


def _question(*, streamed):
    question = {"messages": [{"role": "user", "content": QUESTION}], "model": "m"}
    return {**question, "stream": True} if streamed else question


def ask(server, *, streamed):
    """Ask through the real client, and read the answer to its end."""
    client = openai.OpenAI(api_key="none", base_url=server.url_for("/v1"), max_retries=0)
    answer = client.chat.completions.create(**_question(streamed=streamed))
    return list(answer) if streamed else answer


def of_bodies(counts):
    """The counts of the texts that are bodies, or chunks of one."""
    return {text: count for text, count in counts.items() if (QUESTION in text or ANSWER in text) and len(text) < 2000}


@pytest.mark.parametrize("streamed", [False, True], ids=["reply", "stream"])
@pytest.mark.parametrize("name", FORMATS)
def test_recording_parses_each_body_once(name, streamed, server, tmp_path, parses):
    """From the filter of the request to the file: redaction, matching and the format share one reading."""
    with VCR(serializer=name).use_cassette(str(tmp_path / f"c.{name}")):
        ask(server, streamed=streamed)
    found = of_bodies(parses)
    assert found
    assert set(found.values()) == {1}


@pytest.mark.parametrize("streamed", [False, True], ids=["reply", "stream"])
@pytest.mark.parametrize("name", FORMATS)
def test_replaying_parses_a_request_once(name, streamed, server, tmp_path, parses):
    """The live request and the recorded one are read at most once each, and so is an answer."""
    machine = VCR(serializer=name)
    with machine.use_cassette(str(tmp_path / f"c.{name}")):
        ask(server, streamed=streamed)
    parses.clear()
    with machine.use_cassette(str(tmp_path / f"c.{name}"), record_mode="none"):
        ask(server, streamed=streamed)
    found = of_bodies(parses)
    requests = {text: count for text, count in found.items() if QUESTION in text and ANSWER not in text}
    assert max(requests.values(), default=0) <= 2
    assert all(count == 1 for text, count in found.items() if ANSWER in text and text not in requests)


@pytest.mark.parametrize("name", FORMATS)
def test_converting_parses_no_body_that_was_just_written(name, tmp_path, parses):
    """A recording becomes a cassette without reading the bodies of the wire, though the translation is proven."""
    document = {
        "test_id": "test_a.py::test_b",
        "request": {
            "method": "POST", "url": "https://api.openai.com/v1/v1/chat/completions", "headers": {},
            "body": _question(streamed=False), "endpoint": "/v1/chat/completions", "model": "m",
        },
        "response": {
            "body": {"__type__": "openai.types.chat.chat_completion.ChatCompletion", "__data__": REPLY},
            "is_streaming": False,
        },
        "id_normalization_mapping": {},
    }  # fmt: skip
    (tmp_path / "a.json").write_text(Recording(document).dump())
    bodies = to_interaction(Recording(document))
    wire = {bodies["request"]["body"], bodies["response"]["body"]["string"]}
    parses.clear()
    assert main(["convert", str(tmp_path / "a.json"), "-o", str(tmp_path / "out"), "--format", name]) == 0
    assert {text: count for text, count in parses.items() if text in wire} == {}


@pytest.mark.parametrize(("sent", "expected"), [("as recorded", 0), ("keys in another order", 0), ("other id", 2)])
def test_a_replayed_request_is_normalized_at_most_once(sent, expected, monkeypatch, tmp_path):
    """Playing an answer, ids replaced in it, normalizes the live and the recorded request once each.

    A request that was recorded in the same words needs no normalization.
    """
    normalized = Counter()
    original = matchers.canonical

    def counting(request, rules):
        normalized[request.body.text] += 1
        return original(request, rules)

    question, response = writers.exchange("call_abc1B2c3D4e5F6g7H8i9J0k1 said")
    path = tmp_path / "test_it.yaml"
    with VCR(record_mode="all").use_cassette(str(path)) as cassette:
        cassette.append(question, response)
    monkeypatch.setattr(matchers, "canonical", counting)
    with VCR(record_mode="none").use_cassette(str(path)) as cassette:
        live, _ = writers.exchange(
            "call_abc1B2c3D4e5F6g7H8i9J0k1 said".replace("abc", "xyz" if sent == "other id" else "abc")
        )
        if sent == "keys in another order":
            live.body = json.dumps(dict(reversed(json.loads(live.body).items())))
        assert cassette.can_play_response_for(live)
        assert cassette.play_response(live)["status"]["code"] == 200
    assert sum(normalized.values()) == expected
