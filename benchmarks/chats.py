"""Made-up chats, and what is done with them: recorded, opened, asked. Half of them are answered by a stream.

This module imports nothing of vcr_openai, so that a recorder in an environment of its own is measured with the same
chats.
"""

from __future__ import annotations

import copy
import json
import random
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx2
import openai
from vcr.request import Request

URI = "https://api.openai.com/v1/chat/completions"
WORDS = ["".join(random.Random(seed).choices("etaoinshrdlu", k=seed % 9 + 2)) for seed in range(500)]
BODIES = ("method", "scheme", "host", "port", "path", "query", "body")
"""What vcrpy has to match on so that each chat gets its own answer."""

Pair = tuple[Request, dict[str, Any]]


def question(number: int) -> dict[str, Any]:
    """The body of a request of about 700 bytes."""
    words = " ".join(random.Random(number).choices(WORDS, k=100))
    return {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": f"{number} {words}"}],
        "stream": bool(number % 2 == 0),
    }


def answer(number: int) -> dict[str, Any]:
    """A reply, or a stream of 39 chunks with the same words."""
    words = [f"word{number}", *WORDS[:12]] * 3
    shared = {"id": f"chatcmpl-{number}", "created": 1, "model": "gpt-4o"}
    if number % 2:
        message = {"role": "assistant", "content": " ".join(words)}
        text = json.dumps({**shared, "choices": [{"index": 0, "finish_reason": "stop", "message": message}]})
        return response("application/json", text)
    choices: list[dict[str, Any]] = [{"index": 0, "delta": {"content": f" {word}"}} for word in words]
    choices[-1]["finish_reason"] = "stop"
    chunks = [{**shared, "choices": [choice]} for choice in choices]
    frames = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return response("text/event-stream", f"{frames}data: [DONE]\n\n")


def response(kind: str, text: str) -> dict[str, Any]:
    """A success, as vcrpy stores one."""
    return {"status": {"code": 200, "message": "OK"}, "headers": {"content-type": [kind]}, "body": {"string": text}}


def pair(number: int) -> Pair:
    """A request and its response, as vcrpy hands them to a cassette."""
    return exchange(question(number), answer(number))


def exchange(body: dict[str, Any], answered: dict[str, Any]) -> Pair:
    """Any request and response, as vcrpy hands them to a cassette."""
    found = copy.deepcopy(answered)
    found["body"]["string"] = found["body"]["string"].encode()
    content = json.dumps(body, separators=(",", ":"), ensure_ascii=False).encode()
    return Request("POST", URI, content, {"content-type": "application/json"}), found


def record(maker: Callable[..., Any], path: Path, name: str, pairs: list[Pair]) -> None:
    """Record the pairs into a new cassette of a class VCR."""
    path.unlink(missing_ok=True)
    with maker(record_mode="all").use_cassette(str(path), serializer=name) as cassette:
        for request, answered in pairs:
            cassette.append(request, answered)
    assert path.stat().st_size > sum(len(request.body) for request, _ in pairs) / 2


def use(maker: Callable[..., Any], path: Path, name: str, count: int) -> None:
    """Open a cassette of a class VCR, and close it."""
    with maker(record_mode="none").use_cassette(str(path), serializer=name) as cassette:
        assert len(cassette) == count


def replay(
    maker: Callable[..., Any], path: Path, name: str, client: openai.OpenAI, asked: list[dict[str, Any]]
) -> None:
    """Open a cassette of a class VCR, and ask all questions."""
    with maker(record_mode="none").use_cassette(str(path), serializer=name) as cassette:
        talk(client, asked)
        assert cassette.play_count == len(asked)


def client_from_memory(count: int) -> openai.OpenAI:
    """A client over a transport that answers the first questions from memory."""
    answers = {question(number)["messages"][0]["content"]: answer(number) for number in range(count)}

    def answered(request: httpx2.Request) -> httpx2.Response:
        found = answers[json.loads(request.content)["messages"][0]["content"]]
        headers = {name: values[0] for name, values in found["headers"].items()}
        return httpx2.Response(200, headers=headers, content=found["body"]["string"].encode())

    transport = httpx2.MockTransport(answered)
    return openai.OpenAI(api_key="none", http_client=httpx2.Client(transport=transport), max_retries=0)


def talk(client: openai.OpenAI, asked: list[dict[str, Any]]) -> None:
    """Ask all questions, and read the streams."""
    for body in asked:
        found = client.chat.completions.create(**body)
        if body.get("stream"):
            assert sum(1 for _ in found) > 1
        else:
            assert found.choices
