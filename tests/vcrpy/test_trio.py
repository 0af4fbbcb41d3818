"""Streams in trio's event loop: asyncio is not the only one for which clients are made."""

from __future__ import annotations

import json

import httpx
import pytest
import trio
from cassette_texts import write_cassette
from chats import CHAT_URL, interaction, question

from vcr_openai import VCR, fragments, pace, stall

CHUNKS = [{"choices": [{"index": 0, "delta": {"content": word}}]} for word in ("Saturn", " has", " rings")]
BODY = "".join(f"data: {json.dumps(one)}\n\n" for one in CHUNKS) + "data: [DONE]\n\n"
ASKED = question("Saturn", stream=True)


@pytest.fixture
def path(tmp_path):
    """A cassette with a stream."""
    path = tmp_path / "a.yaml"
    path.write_text(write_cassette([interaction(BODY, "text/event-stream", sent=ASKED)], "yaml"), encoding="utf-8")
    return str(path)


async def read(path, stream):
    """The text that a client reads."""
    async with httpx.AsyncClient(timeout=0.5) as client:
        with VCR(record_mode="none", stream=stream).use_cassette(path):
            async with client.stream("POST", CHAT_URL, json=ASKED) as response:
                return (await response.aread()).decode()


@pytest.mark.parametrize("stream", ["events", "block", pace(0.001), fragments(7)], ids=str)
def test_a_stream_arrives(path, stream):
    """In any form, as in asyncio."""
    assert trio.run(read, path, stream) == BODY


def test_a_stream_that_pauses_too_long_times_out(path):
    """The client's own time-out ends it, and nobody waits for the rest of the pause."""
    with pytest.raises(httpx.ReadTimeout):
        trio.run(read, path, stall(1, seconds=60))
