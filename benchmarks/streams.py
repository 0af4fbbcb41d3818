"""What it costs that a recorded stream arrives event by event: 1,000 chunks through the OpenAI client.

The processor time of a stream in pieces is a ratio to that of one block, both replayed in the same turn; then the same
for a client whose transport hands out the pieces from memory. The second ratio is what the client itself does with
pieces: nobody can be faster. Alone, the script also prints what opening a cassette and a replayed answer that is no
stream cost more.
"""

from __future__ import annotations

import asyncio
import gc
import json
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Callable, Iterator
from pathlib import Path

import httpx2
import openai
from rows import Row, show

import vcr_openai
from vcr_openai._vcrpy.director import Director
from vcr_openai._vcrpy.stream_seams import stream_seams

CHUNKS, TURNS, OPENINGS = 1000, 15, 500
ASKED = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hi"}], "stream": True}
URL = "https://api.openai.com/v1/chat/completions"
CHUNK = {
    "id": "chatcmpl-C0ffee",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "gpt-4o-2024-08-06",
    "service_tier": "default",
    "system_fingerprint": "fp_1234",
    "choices": [{"index": 0, "delta": {"content": "word"}, "logprobs": None, "finish_reason": None}],
    "usage": None,
    "obfuscation": "abcd",
}
PIECES = [f"data: {json.dumps({**CHUNK, 'created': number})}\n\n".encode() for number in range(CHUNKS)]
PIECES.append(b"data: [DONE]\n\n")
HEADERS = {"content-type": ["text/event-stream; charset=utf-8"], "transfer-encoding": ["chunked"]}


class Memory(httpx2.SyncByteStream, httpx2.AsyncByteStream):
    """A body in pieces from memory."""

    def __init__(self, pieces: list[bytes]) -> None:
        self._pieces = iter(pieces)

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces

    async def __aiter__(self) -> AsyncIterator[bytes]:
        for piece in self._pieces:
            yield piece


def cassette(folder: Path) -> str:
    """A cassette with one stream."""
    request = {"method": "POST", "uri": URL, "body": json.dumps(ASKED), "headers": {}}
    response = {
        "status": {"code": 200, "message": "OK"},
        "headers": HEADERS,
        "body": {"string": b"".join(PIECES).decode()},
    }
    path = folder / "stream.json"
    interaction = {"request": request, "response": response}
    path.write_text(json.dumps({"version": 1, "interactions": [interaction]}), encoding="utf-8")
    return str(path)


def read(client: openai.OpenAI) -> float:
    """Processor seconds of a stream."""
    start = time.process_time()
    assert sum(1 for _ in client.chat.completions.create(**ASKED)) == CHUNKS
    return time.process_time() - start


async def read_async(client: openai.AsyncOpenAI) -> float:
    """The same through the asynchronous client."""
    start = time.process_time()
    assert len([chunk async for chunk in await client.chat.completions.create(**ASKED)]) == CHUNKS
    return time.process_time() - start


def in_loop(make: Callable[[], openai.AsyncOpenAI]) -> float:
    """Processor seconds of a stream in an event loop of its own."""

    async def run() -> float:
        async with make() as client:
            return await read_async(client)

    return asyncio.run(run())


def replayed(path: str, stream: str, measure: Callable[[], float]) -> float:
    """Processor seconds of a replay that is directed so."""
    with vcr_openai.VCR(serializer="json", record_mode="none", stream=stream).use_cassette(path):
        return measure()


def served(pieces: list[bytes]) -> httpx2.MockTransport:
    """A transport that answers with these pieces."""
    return httpx2.MockTransport(
        lambda _: httpx2.Response(200, headers={"content-type": "text/event-stream"}, stream=Memory(pieces))
    )


def ratio(measure: Callable[[str], float]) -> float:
    """The median ratio of pieces to one block, in turns."""
    found = []
    for _ in range(TURNS):
        gc.collect()
        block = measure("block")
        gc.collect()
        found.append(measure("events") / block)
    return statistics.median(found)


def microseconds(run: Callable[[], object]) -> float:
    """Processor microseconds of one run, the best of some."""
    times = []
    for _ in range(5):
        start = time.process_time()
        for _ in range(OPENINGS):
            run()
        times.append((time.process_time() - start) / OPENINGS)
    return min(times) * 1e6


def pieces_and_block(path: str) -> list[Row]:
    """What pieces cost, replayed and from memory, by each client."""
    client = openai.OpenAI(api_key="none")
    whole = [b"".join(PIECES)]

    def own(pieces: list[bytes]) -> openai.OpenAI:
        return openai.OpenAI(api_key="none", http_client=httpx2.Client(transport=served(pieces)))

    def own_async(pieces: list[bytes]) -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(api_key="none", http_client=httpx2.AsyncClient(transport=served(pieces)))

    def plain_async() -> openai.AsyncOpenAI:
        return openai.AsyncOpenAI(api_key="none")

    def body(stream: str) -> list[bytes]:
        return PIECES if stream == "events" else whole

    measures: dict[str, tuple[Callable[[str], float], float | None]] = {
        "sync, replayed": (lambda stream: replayed(path, stream, lambda: read(client)), 1.05),
        "sync, from memory": (lambda stream: read(own(body(stream))), None),
        "async, replayed": (lambda stream: replayed(path, stream, lambda: in_loop(plain_async)), 1.05),
        "async, from memory": (lambda stream: in_loop(lambda: own_async(body(stream))), None),
    }
    group = "1,000 chunks in pieces, one block = 1"
    return [Row(group, name, ratio(measure), budget) for name, (measure, budget) in measures.items()]


def measure(folder: Path) -> list[Row]:
    """The ratios of pieces to one block."""
    return pieces_and_block(cassette(folder))


def main() -> None:
    """Print the rows, and what else costs more."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        show(measure(folder))
        with vcr_openai.VCR(serializer="json", record_mode="none").use_cassette(cassette(folder)) as opened:

            def seams() -> None:
                with stream_seams(opened):
                    pass

            body = {"string": json.dumps({"choices": [{}] * 50}, indent=2).encode()}
            answer = {"status": {"code": 200}, "headers": {"content-type": ["application/json"]}, "body": body}
            request, director = opened.data[0][0], Director()
            print(f"opening a cassette: {microseconds(seams):.1f} microseconds more")
            print(f"an answer in JSON: {microseconds(lambda: director.directed((), request, 0, answer)):.1f} more")


if __name__ == "__main__":
    main()
