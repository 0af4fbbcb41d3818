"""What the recording format cannot express is in the file as it was, and replays; a paid chat is never lost."""

import json
import re

import httpx
import openai
import pytest
from chats import CHAT_URL, answer
from hypothesis import example, given
from hypothesis import strategies as st
from werkzeug import Response

import vcr_openai
from vcr_openai import MalformedRecording, Recording, from_interaction, recording_key, to_interaction
from vcr_openai._formats import openai_yaml, plain, recording_json
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse
from vcr_openai._recording.translate import exchange_of, opaque_reason, playable_exchange
from vcr_openai._recording.verbatim import read_verbatim, why_not_asked, write_verbatim

CHAT = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
# By path: what the server answers. None of it can be a recording of a call.
ODD = {
    "/tracing/ingest": Response('{"ok": true}', 207, content_type="application/json"),
    "/encodings/o200k.tiktoken": Response(b"\xff\xfe\x00data", content_type="application/octet-stream"),
    "/moved": Response("", 307, {"location": "/there"}),
    "/there": Response("here", content_type="text/plain"),
    "/empty": Response(status=204),
    "/v1/models": Response("<html>Sign in</html>", content_type="text/html"),
    "/v1/responses": Response('{"id": "cut', content_type="application/json"),
    "/v1/completions": Response("busy", 503, content_type="text/plain"),
}


@pytest.fixture
def server(httpserver):
    """A server with a chat and odd things beside it."""

    def reply(request):
        if request.path.endswith("/chat/completions"):
            return Response(json.dumps(answer("hi")), content_type="application/json")
        return ODD[request.path]

    httpserver.expect_request(re.compile(".*")).respond_with_handler(reply)
    return httpserver


def use(server, client, path, mode, odd):
    """A chat, and one odd request after it."""
    with vcr_openai.VCR(serializer="recording.json", record_mode=mode, test_id="t").use_cassette(str(path)):
        said = client.with_options(base_url=server.url_for("/v1")).chat.completions.create(**CHAT)
        response = odd(server)
        return said.choices[0].message.content, response.status_code, response.content


def get(path):
    """A request for a path."""
    return lambda server: httpx.get(server.url_for(path), follow_redirects=True)


REQUESTS = {
    **{path: get(path) for path in ODD},
    "an upload": lambda server: httpx.post(server.url_for("/tracing/ingest"), content=b"\x1f\x8b\xff"),
    "a chat without a body": lambda server: httpx.post(server.url_for("/v1/chat/completions")),
    "a chat that is a list": lambda server: httpx.post(server.url_for("/v1/chat/completions"), json=[1]),
    "a chat that is a form": lambda server: httpx.post(server.url_for("/v1/chat/completions"), data={"a": "b"}),
    "a response without an end": lambda server: httpx.post(server.url_for("/v1/responses"), json={"model": "m"}),
    "text in place of an answer": lambda server: httpx.post(server.url_for("/v1/completions"), json={"model": "m"}),
}


@pytest.mark.parametrize("name", REQUESTS)
def test_a_chat_and_what_is_beside_it_are_kept(name, server, client, tmp_path):
    """Both replay as they were recorded, and the chat is the recording that it always was."""
    path = tmp_path / "a.recording.json"
    recorded = use(server, client, path, "once", REQUESTS[name])
    assert use(server, client, path, "none", REQUESTS[name]) == recorded
    chat, *others = recording_json.load(path.read_text()).recordings
    assert chat.request["endpoint"] == "/v1/chat/completions"
    assert others


def test_a_failed_client_does_not_lose_the_chat(server, client, tmp_path):
    """The client refuses HTML; what it paid for before is in the file."""
    path = tmp_path / "a.recording.json"
    with vcr_openai.VCR(serializer="recording.json").use_cassette(str(path)):
        own = client.with_options(base_url=server.url_for("/v1"), max_retries=0)
        own.chat.completions.create(**CHAT)
        with pytest.raises((openai.OpenAIError, ValueError, AttributeError)):
            list(own.models.list())
    assert len(recording_json.load(path.read_text()).recordings) == 2


TEXTS = st.text(st.characters(codec="utf-8"), max_size=8)
HEADERS = st.dictionaries(st.text("abc-XYZ", min_size=1, max_size=5), st.lists(TEXTS, min_size=1, max_size=2))
EXCHANGES = st.builds(
    Exchange,
    st.builds(
        HttpRequest,
        st.sampled_from(["GET", "POST", "PURGE"]),
        st.sampled_from([CHAT_URL, "https://x.example/a?b=c", "http://x.example"]),
        HEADERS,
        st.none() | st.builds(Body, st.binary(max_size=8)),
    ),
    st.builds(HttpResponse, st.integers(100, 599), HEADERS, st.builds(Body, st.binary(max_size=8))),
)


def seen(exchange):
    """What a client sends and sees, without what the formats add."""
    request, response = exchange.request, exchange.response
    body = None if request.body is None else request.body.content
    return (request.method, request.uri, body, response.status, response.message, response.body.content)


@given(EXCHANGES)
@example(Exchange(HttpRequest("GET", CHAT_URL), HttpResponse(204)))
@example(
    Exchange(HttpRequest("POST", CHAT_URL, {}, Body(b"\xff")), HttpResponse(200, {"a": ["b", "c"]}, Body(b"\xff")))
)
def test_every_exchange_has_a_place(exchange):
    """As a plain interaction it comes back to the letter, through every format."""
    recording = write_verbatim(exchange, "t")
    back = read_verbatim(Recording.parse(recording.dump()))
    assert seen(back) == seen(exchange)
    assert back.response.headers == exchange.response.headers
    assert from_interaction(to_interaction(recording)) == recording
    for dump, load in ((plain.YAML.dump, plain.YAML.load), (openai_yaml.dump, openai_yaml.load)):
        (again,) = load(dump([exchange_of(recording)]), None).exchanges
        assert seen(again)[:2] == seen(exchange)[:2]


@given(st.lists(EXCHANGES, max_size=3))
def test_a_file_has_them_all(exchanges):
    """Whatever they are, the text is written, and its recordings are as many."""
    text, kept = recording_json.keep(exchanges, None)
    document = recording_json.load(text)
    assert len(document.exchanges) == len(exchanges)
    for finding in kept:
        number = finding.interaction
        assert seen(document.exchanges[number]) == seen(exchanges[number].decoded()[0])


def test_a_note_that_does_not_fit_any_more_loses_nothing():
    """An interaction that was made from a recording and edited into something else is kept with its note."""
    exchange = Exchange(HttpRequest("GET", "https://x.example/"), HttpResponse(200), {"test_id": "t", "tags": 3})
    text, (finding,) = recording_json.keep([exchange], "other")
    assert "request.uri" in finding.message or "tags" in finding.message
    (recording,) = recording_json.load(text).recordings
    assert recording.response["recording"] == exchange.provenance
    assert from_interaction(to_interaction(recording)) == recording


GOOD = write_verbatim(Exchange(HttpRequest("GET", "https://x.example/", {}), HttpResponse(200)), None).document


@pytest.mark.parametrize(
    ("part", "change", "message"),
    [
        ("response", {"status": 200}, "response.status: expected an object, found the number 200"),
        ("response", {"status": {}}, "response.status.code: expected a status code, found null"),
        ("response", {"body": 3}, "response.body: expected a text, or bytes as base64, found the number 3"),
        ("response", {"body": {"base64": "?"}}, "response.body.base64: expected bytes in base64"),
        ("response", {"headers": {"a": "b"}}, "response.headers.a: expected a list of texts"),
        ("response", {"else": 1}, "response: expected keys among status"),
        ("request", {"body": 3}, "request.body: expected a text, or bytes as base64"),
    ],
)
def test_a_broken_one_is_refused_with_its_place(part, change, message):
    """By its reader; in a cassette it is opaque, and plays nothing."""
    recording = Recording({**GOOD, part: {**GOOD[part], **change}})
    with pytest.raises(MalformedRecording) as caught:
        read_verbatim(recording)
    assert str(caught.value).startswith(message)
    assert message in (opaque_reason(exchange_of(recording)) or "")


def test_any_other_layout_is_refused():
    """Only a plain interaction is read as one."""
    with pytest.raises(MalformedRecording, match="expected the keys of a plain interaction"):
        read_verbatim(
            from_interaction(
                {
                    "request": {"method": "GET", "uri": "https://api.openai.com/v1/models"},
                    "response": {"status": {"code": 200}, "body": {"string": '{"data": []}'}},
                }
            )
        )


def test_its_key_tells_it_from_others():
    """By method, URL and body, for files of one's own: no recorder has a rule for it."""
    other = {**GOOD, "request": {**GOOD["request"], "uri": "https://x.example/b"}}
    assert recording_key(Recording(GOOD)) != recording_key(Recording(other))


@pytest.mark.parametrize(
    ("method", "uri", "body", "reason"),
    [
        ("POST", "https://other.example/v1/a?b=1&c=", '{"d": 1}', None),
        ("POST", "https://h.example/v1/a?c=&b=1", '{ "d": 1 }', None),
        ("GET", "https://h.example/v1/a?b=1&c=", '{"d": 1}', "the recording would answer POST /v1/a"),
        ("POST", "https://h.example/v1/b?b=1&c=", '{"d": 1}', "the recording would answer POST /v1/a"),
        ("POST", "https://h.example/v1/a?b=2&c=", '{"d": 1}', "the recording would answer another query"),
        ("POST", "https://h.example/v1/a?b=1", '{"d": 1}', "the recording would answer another query"),
        ("POST", "https://h.example/v1/a?b=1&c=", '{"d": 2}', "the recording would answer another body"),
        ("POST", "https://h.example/v1/a?b=1&c=", None, "the recording would answer another body"),
    ],
)
def test_a_recording_answers_the_request_it_was_made_of(method, uri, body, reason):
    """Another host, the order of the query and the spelling of JSON are no difference; all else is."""
    written = HttpRequest("POST", "https://h.example/v1/a?b=1&c=", {}, Body.of('{"d": 1}'))
    asked = HttpRequest(method, uri, {}, None if body is None else Body.of(body))
    assert why_not_asked(asked, written) == reason


FORM = b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n--b--\r\n'


@pytest.mark.parametrize(("value", "reason"), [(b"1", None), (b"2", "the recording would answer another body")])
def test_forms_are_compared_by_their_parts(value, reason):
    """Each sending of a form has a boundary of its own."""
    forms = [(b"b", b"1"), (b"c", value)]
    asked, written = (
        HttpRequest(
            "POST",
            "https://h.example/",
            {},
            Body(
                FORM.replace(b"--b", b"--" + mark).replace(b"1", text), f"multipart/form-data; boundary={mark.decode()}"
            ),
        )
        for mark, text in forms
    )
    assert why_not_asked(asked, written) == reason


def test_it_plays_from_a_library():
    """A file that somebody puts among the recordings answers as it was recorded."""
    exchange = Exchange(HttpRequest("GET", "https://x.example/"), HttpResponse(204), {"test_id": "t"})
    assert playable_exchange(write_verbatim(exchange, "t")) == Exchange(exchange.request, exchange.response)
