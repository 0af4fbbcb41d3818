"""aiohttp: what is recorded is what went over the wire, whatever the caller handed its client."""

import asyncio
import io
import json
import re
from collections import OrderedDict
from inspect import signature

import aiohttp
import pytest
import vcr
from aiohttp import payload
from multidict import MultiDict
from werkzeug import Response

import vcr_openai
from vcr_openai._formats.registry import read_document
from vcr_openai._http.body import Body
from vcr_openai._http.headers import header

PATH = "/service/items"


class Mapping(dict):
    """Some library's dictionary."""


def form(*, upload=False):
    """A form with a text and perhaps a file."""
    made = aiohttp.FormData()
    made.add_field("a", "1 ü")
    if upload:
        made.add_field("file", io.BytesIO(b"\xff\0"), filename="a.bin", content_type="image/png")
    return made


def multipart():
    """A multipart body that the caller wrote."""
    writer = aiohttp.MultipartWriter("form-data")
    writer.append("abc").set_content_disposition("form-data", name="x")
    return writer


async def pieces():
    """A body that is made while it is sent."""
    yield b"a"
    yield b"b"


BODIES = {
    "nothing": dict,
    "an object": lambda: {"json": {"a": "ä", "b": [1.0, None]}},
    "an empty object": lambda: {"json": {}},
    "a list": lambda: {"json": [1, {"a": 2}]},
    "a list of texts": lambda: {"json": ["a", "b"]},
    "a tuple": lambda: {"json": ("a", "b")},
    "a subclass": lambda: {"json": Mapping(a=Mapping(b=1))},
    "an ordered one": lambda: {"json": OrderedDict(b=1, a=2)},
    "a JSON text": lambda: {"json": "x"},
    "a number": lambda: {"json": 0},
    "false": lambda: {"json": False},
    "a form": lambda: {"data": {"a": "1 ü", "b": "&"}},
    "an empty form": lambda: {"data": {}},
    "a form with pairs": lambda: {"data": [("a", "1"), ("a", "2")]},
    "a form with a name twice": lambda: {"data": MultiDict([("a", "1"), ("a", "2")])},
    "FormData": lambda: {"data": form()},
    "FormData with a file": lambda: {"data": form(upload=True)},
    "a form with a file": lambda: {"data": {"file": io.BytesIO(b"abc"), "a": "1"}},
    "MultipartWriter": lambda: {"data": multipart()},
    "a file": lambda: {"data": io.BytesIO(b"abc")},
    "text": lambda: {"data": "abc"},
    "bytes": lambda: {"data": b"\xff\0"},
    "bytearray": lambda: {"data": bytearray(b"abc")},
    "memoryview": lambda: {"data": memoryview(b"abc")},
    "JsonPayload": lambda: {"data": payload.JsonPayload({"a": 1})},
    "BytesPayload": lambda: {"data": payload.BytesPayload(b"abc")},
    "StringPayload": lambda: {"data": payload.StringPayload("abc")},
    "BytesIOPayload": lambda: {"data": payload.BytesIOPayload(io.BytesIO(b"abc"))},
    "AsyncIterablePayload": lambda: {"data": payload.AsyncIterablePayload(pieces())},
    "a generator": lambda: {"data": pieces()},
    "a type of the caller's": lambda: {"json": {}, "headers": {"content-type": "application/vnd.api+json"}},
}
OWN_TYPE = {"text", "bytes", "a file", "a generator", "nothing"}  # aiohttp adds a type which vcrpy does not see

BINARY = {"bytes", "FormData with a file"}


@pytest.fixture
def server(httpserver):
    """A server that counts, and keeps what it was asked."""
    httpserver.seen = []

    def reply(request):
        httpserver.seen.append((request.content_type, request.get_data(), request.path))
        return Response(json.dumps({"count": len(httpserver.seen)}), content_type="application/json")

    httpserver.expect_request(re.compile(".*")).respond_with_handler(reply)
    return httpserver


def post(path, mode, url, given, **session):
    """One request under a cassette, whose serializer is the suffix of its name."""

    async def run():
        async with aiohttp.ClientSession(**session) as client, client.post(url, **given) as response:
            return await response.json()

    serializer = path.name.partition(".")[2]
    with vcr_openai.VCR(serializer=serializer, record_mode=mode).use_cassette(str(path)):
        return asyncio.run(run())


@pytest.mark.parametrize("serializer", ["yaml", "json", "openai.yaml", "recording.json"])
@pytest.mark.parametrize("kind", BODIES)
def test_what_is_recorded_is_what_was_sent(kind, serializer, server, tmp_path):
    """The bytes and their content type are those that the server got, and the request finds its answer again."""
    if kind in BINARY and serializer == "json":
        pytest.skip("vcrpy's JSON has no place for bytes that are not text")
    path, url = tmp_path / f"a.{serializer}", server.url_for(PATH)
    recorded = post(path, "once", url, BODIES[kind]())
    ((content_type, content, _),) = server.seen
    assert post(path, "none", url, BODIES[kind]()) == recorded
    request = read_document(path.read_text()).exchanges[0].request
    body = request.body or Body(b"")
    as_sent = content if body.json.problem else json.dumps(json.loads(content)).encode()
    as_kept = body.octets if body.json.problem else json.dumps(body.json.value).encode()
    assert as_kept == as_sent
    assert kind in OWN_TYPE or header(request.headers, "content-type") == [content_type]


@pytest.mark.parametrize("serializer", ["yaml", "openai.yaml", "recording.json"])
def test_the_base_url_of_a_session_is_part_of_the_url(serializer, server, tmp_path):
    """Whatever the format: the file has the URL that was asked, and a client without a base finds it, too."""
    path, base = tmp_path / f"a.{serializer}", server.url_for("/v1/")
    chat = {"json": {"model": "m", "messages": []}}
    recorded = post(path, "once", "chat/completions", chat, base_url=base)
    assert post(path, "none", "chat/completions", chat, base_url=base).keys() >= recorded.keys()
    post(path, "none", f"{base}chat/completions", chat)
    (exchange,) = read_document(path.read_text()).exchanges
    assert exchange.request.uri == f"{base}chat/completions"


def test_the_sessions_own_spelling_of_json_is_recorded(server, tmp_path):
    """``json_serialize`` decides about the bytes, and headers of the session about the type."""
    path = tmp_path / "a.yaml"
    session = {
        "json_serialize": lambda value: json.dumps(value, indent=1),
        "headers": {"Content-Type": "application/x"},
    }
    post(path, "once", server.url_for(PATH), {"json": {"a": 1}}, **session)
    assert [one[:2] for one in server.seen] == [("application/x", b'{\n "a": 1\n}')]
    (exchange,) = read_document(path.read_text()).exchanges
    assert (exchange.request.body.content, exchange.request.body.content_type) == (b'{\n "a": 1\n}', "application/x")


def test_what_aiohttp_refuses_is_refused_in_its_words(server, tmp_path):
    """A value that is not JSON, two bodies at once: nothing is recorded."""
    with pytest.raises(TypeError, match="not JSON serializable"):
        post(tmp_path / "a.yaml", "once", server.url_for(PATH), {"json": object()})
    with pytest.raises(ValueError, match="can not be used at the same time"):
        post(tmp_path / "a.yaml", "once", server.url_for(PATH), {"json": {}, "data": b""})
    assert not server.seen


@pytest.mark.skipif("skip_patchers" not in signature(vcr.VCR.__init__).parameters, reason="vcrpy 9 has it")
def test_a_patch_of_vcrpys_that_is_skipped_stays_off(server, tmp_path):
    """``skip_patchers`` leaves aiohttp alone."""
    path = tmp_path / "a.yaml"

    async def run():
        async with aiohttp.ClientSession() as client, client.get(server.url_for(PATH)) as response:
            return response.status

    with vcr_openai.VCR(skip_patchers=["aiohttp"]).use_cassette(str(path)):
        assert asyncio.run(run()) == 200
    assert not path.exists()


@pytest.mark.parametrize("serializer", ["yaml", "json"])
@pytest.mark.parametrize("kind", ["an object", "a list", "a list of texts", "an empty object"])
def test_a_cassette_of_vcrpys_own_plays_on(kind, serializer, server, tmp_path):
    """vcrpy writes the object of ``json=`` unwritten; its matcher of bodies finds the bytes that are sent now."""
    path, url, given = tmp_path / f"a.{serializer}", server.url_for(PATH), BODIES[kind]()

    async def run():
        async with aiohttp.ClientSession() as client, client.post(url, **given) as response:
            return await response.json()

    with vcr.VCR(serializer=serializer).use_cassette(str(path)):
        recorded = asyncio.run(run())
    settings = {"serializer": serializer, "record_mode": "none", "match_on": ["method", "uri", "body"]}
    with vcr_openai.VCR(**settings).use_cassette(str(path)):
        assert asyncio.run(run()) == recorded


@pytest.mark.parametrize("kind", BODIES)
def test_recordings_of_calls_play_what_was_sent(kind, server, tmp_path):
    """To the API's own path: whatever a chat's body is, the request finds its answer again."""
    path, url = tmp_path / "a.recording.json", server.url_for("/v1/chat/completions")
    recorded = post(path, "once", url, BODIES[kind]())
    assert post(path, "none", url, BODIES[kind]())["count"] == recorded["count"]


def test_the_content_type_of_a_body_that_vcrpy_wrote_unwritten_stays():
    """A hand-written cassette, or one of an older vcrpy."""
    request = "{method: POST, uri: 'http://h/', body: {a: 1}, headers: {content-type: [application/x]}}"
    response = "{status: {code: 200, message: OK}, body: {string: ''}}"
    text = f"interactions: [{{request: {request}, response: {response}}}]"
    (interaction,) = vcr_openai.VCR().serializers["yaml"].deserialize(text)["interactions"]
    assert (interaction["request"]["body"], interaction["request"]["headers"]) == (
        b'{"a": 1}',
        {"content-type": ["application/x"]},
    )
