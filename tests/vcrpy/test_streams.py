"""Recorded streams arrive piece by piece, and a reader may treat them as a server's."""

from __future__ import annotations

import asyncio
import http.client
import json

import aiohttp
import httpx
import httpx2
import openai
import pytest
import urllib3
from cassette_texts import write_cassette
from chats import CHAT_URL, interaction, question

import vcr_openai
from vcr_openai import error_event, fail, fragments, pace, stall
from vcr_openai._streams.directions import Cut

CHUNK = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
EVENTS = [
    *(
        f"data: {json.dumps({**CHUNK, 'choices': [{'index': 0, 'delta': {'content': word}}]})}\n\n".encode()
        for word in ("one", "two", "three")
    ),
    b"data: [DONE]\n\n",
]
WHOLE = b"".join(EVENTS)
ASKED = question("hi", stream=True)
HTTPX = pytest.mark.parametrize("library", [httpx, httpx2], ids=lambda one: one.__name__)


@pytest.fixture
def play(tmp_path):
    """Open a cassette with one stream, played as it is said."""

    def use(stream="events", body=WHOLE, kind="text/event-stream", **settings):
        path = tmp_path / "a.yaml"
        path.write_text(write_cassette([interaction(body.decode(), kind, sent=ASKED)], "yaml"), encoding="utf-8")
        return vcr_openai.VCR(record_mode="none", stream=stream).use_cassette(str(path), **settings)

    return use


@HTTPX
@pytest.mark.parametrize("how", ["iter_raw", "iter_bytes"])
def test_an_event_is_a_piece(play, library, how):
    """Each event is a piece of its own."""
    with play(), library.stream("POST", CHAT_URL, json=ASKED) as response:
        assert list(getattr(response, how)()) == EVENTS


@HTTPX
def test_lines_are_lines(play, library):
    """However the bytes come, the lines are those of the body."""
    expected = WHOLE.decode().split("\n")[:-1]
    for stream in ("events", "block", fragments(size=1)):
        with play(stream), library.stream("POST", CHAT_URL, json=ASKED) as response:
            assert list(response.iter_lines()) == expected


@HTTPX
@pytest.mark.anyio
async def test_an_event_is_a_piece_for_a_coroutine(play, library):
    """The same through an asynchronous client."""
    with play():
        async with library.AsyncClient() as client, client.stream("POST", CHAT_URL, json=ASKED) as response:
            assert [piece async for piece in response.aiter_bytes()] == EVENTS


@HTTPX
def test_the_whole_answer_is_the_recorded_one(play, library):
    """A client that reads everything gets the recorded status, headers and body."""
    answers = []
    for stream in ("block", "events", fragments(seed=4)):
        with play(stream):
            response = library.post(CHAT_URL, json=ASKED)
        answers.append((response.status_code, response.headers, response.content, response.is_closed))
    assert answers[0] == answers[1] == answers[2]


@HTTPX
def test_nothing_is_read_from_a_closed_response(play, library):
    """A reader that goes on after ``close`` gets the error of a closed connection."""
    with play(), library.stream("POST", CHAT_URL, json=ASKED) as response:
        pieces = response.iter_bytes()
        assert next(pieces) == EVENTS[0]
        response.close()
        with pytest.raises(library.ReadError):
            next(pieces)


def test_the_sdk_may_stop_early(play, client):
    """A reader that stops leaves nothing behind: the next request is answered."""
    with play(allow_playback_repeats=True):
        for _ in range(2):
            with client.chat.completions.create(**ASKED) as stream:
                assert next(iter(stream)).choices[0].delta.content == "one"
            assert stream.response.is_closed


def test_a_streamed_response_comes_in_pieces(play, client):
    """``with_streaming_response`` gives the pieces."""
    with play(), client.chat.completions.with_streaming_response.create(**ASKED) as response:
        assert list(response.iter_bytes()) == EVENTS


@pytest.mark.anyio
async def test_a_task_may_be_cancelled(play):
    """A task that reads a stream without a pause ends where it is cancelled."""
    seen = []

    async def read():
        async with openai.AsyncOpenAI(api_key="none") as client:
            async for chunk in await client.chat.completions.create(**ASKED):
                seen.append(chunk)
                task.cancel()

    with play():
        task = asyncio.create_task(read())
        with pytest.raises(asyncio.CancelledError):
            await task
    assert len(seen) == 1


def test_a_newly_recorded_stream_is_one_block(tmp_path, httpserver):
    """What was recorded just now is given to the client as vcrpy gives it."""
    httpserver.expect_request("/").respond_with_data(WHOLE, content_type="text/event-stream")
    with vcr_openai.VCR().use_cassette(str(tmp_path / "new.yaml")), httpx.stream("GET", httpserver.url_for("/")) as one:
        assert list(one.iter_bytes()) == [WHOLE]


def test_json_is_never_in_pieces(play):
    """An answer that is no stream is one piece, whatever is said of streams."""
    body = json.dumps({"a": [1, 2]}, indent=1).encode()
    directions = [stall(0, seconds=60), fragments(size=1)]
    with (
        play(directions, body, kind="application/json"),
        httpx.stream("POST", CHAT_URL, json=ASKED) as response,
    ):
        assert list(response.iter_bytes()) == [body]


def test_a_cassette_may_be_played_otherwise_than_its_vcr(play, tmp_path):
    """``use_cassette`` has directions of its own."""
    with play():
        pass
    vcr = vcr_openai.VCR(record_mode="none", stream=fail(500))
    other = vcr.use_cassette(str(tmp_path / "a.yaml"), stream=fragments(size=100))
    with other, httpx.stream("POST", CHAT_URL, json=ASKED) as response:
        assert len(next(response.iter_raw())) == 100


def test_an_inner_cassette_has_directions_of_its_own(play, tmp_path):
    """Cassettes within cassettes do not disturb each other."""
    with play("block"):
        other = vcr_openai.VCR(record_mode="none", stream="events").use_cassette(str(tmp_path / "a.yaml"))
        with other, httpx.stream("POST", CHAT_URL, json=ASKED) as response:
            assert len(list(response.iter_bytes())) == 4
        with httpx.stream("POST", CHAT_URL, json=ASKED) as response:
            assert len(list(response.iter_bytes())) == 1


def test_nothing_is_left_of_the_seams(play):
    """Once a cassette is closed each client is as it was."""
    before = httpx.HTTPTransport.handle_request, httpx2.AsyncHTTPTransport.handle_async_request
    with play():
        assert httpx.HTTPTransport.handle_request is not before[0]
    assert (httpx.HTTPTransport.handle_request, httpx2.AsyncHTTPTransport.handle_async_request) == before
    assert (
        "getresponse" not in urllib3.connection.HTTPConnection.__dict__ or urllib3.connection.HTTPConnection.getresponse
    )


@pytest.mark.parametrize("direction", [stall(1, seconds=1), pace(1), error_event(1), Cut("after", 1, 3)], ids=repr)
def test_a_client_without_a_seam_is_not_deceived(play, direction):
    """A client that can only be given one block gets an error in the place of a fault or a pause."""
    with play(direction) as cassette:
        connection = http.client.HTTPSConnection("api.openai.com")
        connection.request("POST", "/v1/chat/completions", json.dumps(ASKED), {"content-type": "application/json"})
        with pytest.raises(RuntimeError, match="this client gets a stream in one block only"):
            connection.getresponse()
    assert cassette.director.problems


def test_a_client_without_a_seam_gets_one_block(play):
    """Without a fault it gets the whole stream."""
    with play(fragments()):
        connection = http.client.HTTPSConnection("api.openai.com")
        connection.request("POST", "/v1/chat/completions", json.dumps(ASKED), {"content-type": "application/json"})
        assert connection.getresponse().read() == WHOLE


@pytest.mark.parametrize("status", [503, "connect"])
def test_a_client_without_a_seam_can_fail(play, status):
    """Failures are for all clients."""
    with play(fail(status)):
        connection = http.client.HTTPSConnection("api.openai.com")
        connection.request("POST", "/v1/chat/completions", json.dumps(ASKED), {"content-type": "application/json"})
        if status == "connect":
            with pytest.raises(ConnectionRefusedError):
                connection.getresponse()
        else:
            assert connection.getresponse().status == 503


def urllib3_response(**more):
    return urllib3.PoolManager(retries=False).request("POST", CHAT_URL, json=ASKED, preload_content=False, **more)


def test_urllib3_reads_in_every_way(play):
    """A response of urllib3 is read by chunks, by size, by line, into a buffer, or whole."""
    with play(allow_playback_repeats=True):
        assert list(urllib3_response().stream()) == EVENTS
        assert next(iter(urllib3_response().stream(60))) == WHOLE[:60]
        assert [urllib3_response().read(7), urllib3_response().read()] == [WHOLE[:7], WHOLE]
        assert urllib3_response().data == WHOLE
        response = urllib3_response()
        assert (response.length_remaining, response.readline(), response.readline(2)) == (
            len(WHOLE),
            EVENTS[0][:-1],
            b"\n",
        )
        assert (response.read1(3), response.tell(), response.readable()) == (EVENTS[1][:3], len(EVENTS[0]) + 3, True)
        buffer = bytearray(4)
        assert (response.readinto(buffer), bytes(buffer)) == (4, EVENTS[1][3:7])
        response.close()
        assert response.read() == b""


@pytest.mark.anyio
async def test_aiohttp_reads_in_every_way(play):
    """A response of aiohttp is read by pieces, by lines, or whole, as text or as JSON."""
    with play(allow_playback_repeats=True):
        async with aiohttp.ClientSession() as session:
            async with session.post(CHAT_URL, json=ASKED) as response:
                assert [piece async for piece in response.content.iter_any()] == EVENTS
            async with session.post(CHAT_URL, json=ASKED) as response:
                assert [line async for line in response.content][:2] == [EVENTS[0][:-1], b"\n"]
            async with session.post(CHAT_URL, json=ASKED) as response:
                assert (await response.read(), await response.text()) == (WHOLE, WHOLE.decode())
                with pytest.raises(json.JSONDecodeError):
                    await response.json()


@pytest.mark.anyio
async def test_aiohttp_reads_nothing_from_a_closed_response(play):
    """After ``close`` a reader gets the error of a closed connection."""
    with play():
        async with aiohttp.ClientSession() as session, session.post(CHAT_URL, json=ASKED) as response:
            assert await response.content.readany() == EVENTS[0]
            response.close()
            with pytest.raises(aiohttp.ClientConnectionError):
                await response.content.readany()


@pytest.mark.anyio
@pytest.mark.parametrize(
    "timeout", [aiohttp.ClientTimeout(total=0.05), 0.05, aiohttp.ClientTimeout(sock_read=0.05)], ids=repr
)
async def test_aiohttps_own_timeout_counts(play, timeout):
    """The timeout of a request counts before that of its session."""
    with play(stall(0, seconds=3600)):
        async with (
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=600)) as session,
            session.post(CHAT_URL, json=ASKED, timeout=timeout) as response,
        ):
            with pytest.raises(asyncio.TimeoutError):
                await response.read()


def test_cuts_are_for_pytest():
    """A VCR cannot make several tests of one."""
    with pytest.raises(ValueError, match="pytest alone can do"):
        vcr_openai.VCR(stream=vcr_openai.cuts())
