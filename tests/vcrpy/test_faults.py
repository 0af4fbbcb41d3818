"""What goes wrong while recording: what is kept, and what the replay does."""

from __future__ import annotations

import asyncio
import contextlib
import json
import socketserver
import threading

import openai
import pytest

import vcr_openai
from vcr_openai._http.exchange import HttpResponse
from vcr_openai._matching.replayed_response import without_retry_pause

CHUNK = {"choices": [{"index": 0, "delta": {"content": "rings"}}], "object": "chat.completion.chunk"}
REPLY = json.dumps({"choices": [{"index": 0, "message": {"role": "assistant", "content": "rings"}}]}).encode()


class Server(socketserver.ThreadingTCPServer):
    """Answers each request with the next of the given bytes, then hangs up, whatever the bytes promise."""

    allow_reuse_address = True
    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.answers: list[bytes | threading.Event] = []  # an event is waited for, and nothing answered
        self.asked = threading.Event()  # set when a request has come that gets no answer

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}/v1"

    def client(self, retries: int = 0) -> openai.OpenAI:
        return openai.OpenAI(api_key="none", base_url=self.url, max_retries=retries)

    def async_client(self) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(api_key="none", base_url=self.url, max_retries=0)


class Handler(socketserver.StreamRequestHandler):
    """Reads one request and answers."""

    def handle(self) -> None:
        length = 0
        while (line := self.rfile.readline().strip().lower()) != b"":
            if line.startswith(b"content-length:"):
                length = int(line.partition(b":")[2])
        self.rfile.read(length)
        found = self.server.answers.pop(0)
        if isinstance(found, threading.Event):
            self.server.asked.set()
            found.wait()
        else:
            self.wfile.write(found)


@pytest.fixture
def server():
    """A server of ours on this machine."""
    with Server() as one:
        thread = threading.Thread(target=one.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        yield one
        one.shutdown()


def answer(
    body: bytes, *, status: str = "200 OK", length: int | None = None, headers: str = "", kind: str = "json"
) -> bytes:
    """An HTTP response, which says that the server hangs up: else a client's next request may find it doing so."""
    kind = {"json": "application/json", "events": "text/event-stream"}[kind]
    length = len(body) if length is None else length
    head = f"HTTP/1.1 {status}\r\nConnection: close\r\nContent-Type: {kind}\r\nContent-Length: {length}\r\n{headers}"
    return f"{head}\r\n".encode() + body


def events(*values: object) -> bytes:
    """A stream's body, without its end."""
    return b"".join(f"data: {json.dumps(value)}\n\n".encode() for value in values)


def ask(client: openai.OpenAI, word: str, *, stream: bool = False) -> str:
    messages = [{"role": "user", "content": word}]
    if not stream:
        return client.chat.completions.create(model="m", messages=messages).choices[0].message.content
    chunks = client.chat.completions.create(model="m", messages=messages, stream=True)
    return "".join(chunk.choices[0].delta.content for chunk in chunks)


@pytest.mark.parametrize(
    "broken",
    [
        answer(events(CHUNK), length=9_999, kind="events"),
        answer(REPLY, length=len(REPLY) + 10),
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: text/event-stream\r\n\r\n5\r\ndata:",
        b"HTTP/1.1 200",
        b"",
    ],
    ids=["mid-stream", "content-length too long", "mid-chunk", "mid-headers", "no answer"],
)
def test_an_exchange_that_breaks_off_is_not_recorded(server, tmp_path, broken):
    """The client gets its error; of the broken exchange nothing is kept, of the complete one before it everything."""
    server.answers = [answer(REPLY), broken]
    path = str(tmp_path / "cassette.yaml")
    with vcr_openai.VCR().use_cassette(path) as cassette:
        assert ask(server.client(), "Saturn") == "rings"
        with pytest.raises(openai.APIError):
            ask(server.client(), "Mars", stream=b"stream" in broken)
        assert len(cassette) == 1
    with vcr_openai.VCR(record_mode="none").use_cassette(path) as cassette:
        assert ask(server.client(), "Saturn") == "rings"


@pytest.mark.anyio
async def test_a_stream_that_breaks_off_is_not_recorded_for_tasks_either(server, tmp_path):
    """The asynchronous client gets its error, too; of the broken stream nothing is kept, of what was complete all."""
    server.answers = [answer(REPLY), answer(events(CHUNK), length=9_999, kind="events")]
    path = str(tmp_path / "cassette.yaml")
    async with server.async_client() as client:
        with vcr_openai.VCR().use_cassette(path) as cassette:
            question = {"model": "m", "messages": [{"role": "user", "content": "Saturn"}]}
            await client.chat.completions.create(**question)
            with pytest.raises(openai.APIError):
                await client.chat.completions.create(**question, stream=True)
            assert len(cassette) == 1
    with vcr_openai.VCR(record_mode="none").use_cassette(path):
        assert ask(server.client(), "Saturn") == "rings"


@pytest.mark.anyio
async def test_a_request_that_is_cancelled_is_not_recorded(server, tmp_path):
    """A task that is cancelled while it waits for its answer leaves nothing; what was complete is kept."""
    release = threading.Event()
    server.answers = [answer(REPLY), release]
    path = str(tmp_path / "cassette.yaml")
    async with server.async_client() as client:
        with vcr_openai.VCR().use_cassette(path) as cassette:
            question = {"model": "m", "messages": [{"role": "user", "content": "Saturn"}]}
            await client.chat.completions.create(**question)
            waiting = asyncio.create_task(client.chat.completions.create(**question | {"model": "n"}))
            assert await asyncio.to_thread(server.asked.wait, 60)
            assert waiting.cancel()
            with pytest.raises(asyncio.CancelledError):
                await waiting
            release.set()
            assert len(cassette) == 1
    with vcr_openai.VCR(record_mode="none").use_cassette(path):
        assert ask(server.client(), "Saturn") == "rings"


def test_an_answer_that_is_cut_by_its_content_length_is_recorded_as_it_came(server, tmp_path):
    """A content-length that is too short is no error of HTTP: what the client made of it, it makes of it again."""
    server.answers = [answer(REPLY, length=len(REPLY) - 5)]
    path = str(tmp_path / "cassette.yaml")
    seen = []
    for mode in ("once", "none"):
        with vcr_openai.VCR(record_mode=mode).use_cassette(path) as cassette:
            with pytest.raises(Exception, match=r".") as caught:
                ask(server.client(), "Saturn")
            seen.append((type(caught.value), str(caught.value), cassette.responses[0]["body"]["string"]))
    assert seen[0] == seen[1]
    assert seen[0][2] == REPLY[:-5]


@pytest.mark.parametrize("name", ["yaml", "recording.json", "openai.yaml"])
def test_an_error_in_a_stream_is_recorded(server, tmp_path, name):
    """The chunks before it are played again, then the client raises the same error with the same words."""
    error = {"error": {"message": "overloaded", "type": "server_error", "code": None}}
    server.answers = [answer(events(CHUNK, error), kind="events")]
    path = str(tmp_path / f"cassette.{name}")
    seen = []
    for mode in ("once", "none"):
        with vcr_openai.VCR(serializer=name, record_mode=mode).use_cassette(path):
            chunks = server.client().chat.completions.create(model="m", messages=[], stream=True)
            assert next(iter(chunks)).choices[0].delta.content == "rings"
            with pytest.raises(openai.APIError) as caught:
                list(chunks)
            seen.append((str(caught.value), caught.value.body))
    assert seen[0] == seen[1] == ("overloaded", error["error"])


def test_each_try_is_recorded_and_no_pause_is_replayed(server, tmp_path):
    """A 429 and the answer to the second try are two interactions; the replay tries again after a millisecond."""
    refusal = answer(
        b'{"error": {"message": "slow down"}}', status="429 Too Many Requests", headers="Retry-After: 0.01\r\n"
    )
    server.answers = [refusal, answer(REPLY)]
    path = str(tmp_path / "cassette.yaml")
    with vcr_openai.VCR().use_cassette(path) as cassette:
        assert ask(server.client(retries=1), "Saturn") == "rings"
    assert [response["status"]["code"] for response in cassette.responses] == [429, 200]
    with vcr_openai.VCR(record_mode="none").use_cassette(path) as cassette:
        with pytest.raises(openai.RateLimitError) as caught:
            ask(server.client(), "Saturn")
        assert caught.value.response.headers["retry-after-ms"] == "1"
        assert caught.value.response.headers["retry-after"] == "0.01"
        assert ask(server.client(), "Saturn") == "rings"


@pytest.mark.parametrize(
    "code, waits", [(200, False), (400, False), (408, True), (409, True), (429, True), (503, True)]
)
def test_only_what_is_tried_again_is_changed(code, waits):
    """Other answers are handed on as they are, the very object."""
    response = HttpResponse(code, {"Retry-After": ["9"]})
    changed = without_retry_pause(response)
    assert (changed is not response) == waits
    assert changed.headers["Retry-After"] == ["9"]


def test_a_client_that_stops_reading_is_recorded_whole(server, tmp_path):
    """vcrpy reads an answer to its end before the client sees a byte of it."""
    server.answers = [answer(events(CHUNK, CHUNK, CHUNK) + b"data: [DONE]\n\n", kind="events")]
    path = str(tmp_path / "cassette.yaml")
    with vcr_openai.VCR().use_cassette(path):
        chunks = server.client().chat.completions.create(model="m", messages=[], stream=True)
        next(iter(chunks))
        chunks.close()
    with vcr_openai.VCR(record_mode="none").use_cassette(path):
        assert len(list(server.client().chat.completions.create(model="m", messages=[], stream=True))) == 3


@pytest.mark.parametrize("error", [AssertionError, KeyboardInterrupt], ids=["the test fails", "it is interrupted"])
def test_what_was_complete_is_kept(server, tmp_path, error):
    """An exchange that was recorded before the test ended badly is in the file."""
    server.answers = [answer(REPLY)]
    path = str(tmp_path / "cassette.recording.json")
    mine = vcr_openai.VCR(serializer="recording.json")
    with contextlib.suppress(error), mine.use_cassette(path):
        ask(server.client(), "Saturn")
        raise error
    with mine.use_cassette(path, record_mode="none"):
        assert ask(server.client(), "Saturn") == "rings"
