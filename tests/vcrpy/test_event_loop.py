"""Nothing blocks the event loop: recording, replay and the explanation of a miss, with every asynchronous client."""

import asyncio
import json
import re

import aiohttp
import httpx
import openai
import pytest
from blockbuster import blockbuster_ctx
from chats import answer, question
from vcr.errors import CannotOverwriteExistingCassetteException
from werkzeug import Response

import vcr_openai
from vcr_openai._vcrpy.interactions import current_folder, file_of

WORD = "hello"


@pytest.fixture
def base(httpserver):
    """The URL of a server with a chat, streamed or not."""

    def reply(request):
        if request.get_json().get("stream"):
            chunk = {"choices": [{"index": 0, "delta": {"content": "hi"}}]}
            return Response(f"data: {json.dumps(chunk)}\n\ndata: [DONE]\n\n", content_type="text/event-stream")
        return Response(json.dumps(answer("hi")), content_type="application/json")

    httpserver.expect_request(re.compile(".*")).respond_with_handler(reply)
    return httpserver.url_for("/v1")


async def with_openai(base, word):
    """The SDK's client."""
    async with openai.AsyncOpenAI(api_key="none", base_url=base, max_retries=1) as client:
        return (await client.chat.completions.create(**question(word))).choices[0].message.content


async def with_a_stream(base, word):
    """The SDK's client, in pieces."""
    async with openai.AsyncOpenAI(api_key="none", base_url=base, max_retries=0) as client:
        stream = await client.chat.completions.create(**question(word), stream=True)
        return "".join([chunk.choices[0].delta.content async for chunk in stream])


def text_of(body):
    """The text of a chat's answer."""
    return body["choices"][0]["message"]["content"]


async def with_httpx(base, word):
    """httpx."""
    async with httpx.AsyncClient() as client:
        return text_of((await client.post(f"{base}/chat/completions", json=question(word))).json())


async def with_httpx2(base, word):
    """httpx2, on which newer SDKs stand."""
    httpx2 = pytest.importorskip("httpx2")
    async with httpx2.AsyncClient() as client:
        return text_of((await client.post(f"{base}/chat/completions", json=question(word))).json())


async def with_aiohttp(base, word):
    """aiohttp."""
    async with (
        aiohttp.ClientSession() as client,
        client.post(f"{base}/chat/completions", json=question(word)) as response,
    ):
        return text_of(await response.json())


CLIENTS = [with_openai, with_a_stream, with_httpx, with_httpx2, with_aiohttp]


def run(ask, base, word):
    """The answer to a word, in an event loop that nothing may block."""

    async def guarded():
        with blockbuster_ctx() as blocking:
            for name in ("os.stat", "os.listdir"):  # httpx2 looks for certificates where no variable names them
                blocking.functions[name].can_block_in("httpcore2/_ssl.py", "default_ssl_context")
            return await ask(base, word)

    return asyncio.run(guarded())


@pytest.mark.parametrize("ask", CLIENTS)
@pytest.mark.parametrize("name", ["yaml", "json", "openai.yaml", "recording.json"])
def test_no_call_blocks(ask, name, base, tmp_path):
    """Recording, replay, and a miss, whose error is vcrpy's with our explanation."""
    asyncio.run(ask(base, WORD))  # imports what the client imports late
    path = str(tmp_path / "folder" / f"a.{name}")
    for mode in ("once", "none", "new_episodes"):
        with vcr_openai.VCR(serializer=name, record_mode=mode).use_cassette(path):
            assert run(ask, base, WORD) == "hi"
    with vcr_openai.VCR(serializer=name, record_mode="none").use_cassette(path) as cassette:
        with pytest.raises((CannotOverwriteExistingCassetteException, openai.APIConnectionError)):
            run(ask, base, "another word")
        assert "another word" in cassette.misses[0]
    with vcr_openai.VCR(serializer=name, record_mode="all").use_cassette(path):
        assert run(ask, base, "a third word") == "hi"


def test_a_path_in_the_current_folder_is_shown_as_it_is_typed(base, tmp_path, monkeypatch):
    """The explanation names the file from the folder in which the cassette was opened."""
    monkeypatch.chdir(tmp_path)
    path = str(tmp_path / "a.yaml")
    with vcr_openai.VCR().use_cassette(path):
        run(with_httpx, base, WORD)
    misses = pytest.raises(CannotOverwriteExistingCassetteException)
    with vcr_openai.VCR(record_mode="none").use_cassette(path) as cassette, misses:
        run(with_httpx, base, "another word")
    assert str(tmp_path) not in cassette.misses[0]
    assert "a.yaml" in cassette.misses[0]


def test_a_current_folder_that_is_gone_is_no_error(monkeypatch):
    """The cassette lies elsewhere; its path is shown whole."""

    def gone():
        raise FileNotFoundError

    monkeypatch.setattr("os.getcwd", gone)
    assert (current_folder(), file_of({}, "/a/b.yaml", current_folder())) == ("", "/a/b.yaml")
