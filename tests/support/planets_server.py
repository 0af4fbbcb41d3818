"""A local server for the examples of the docs: a model that knows a little of the planets, and checks its key.

Every second answer to what is hot has other words.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from typing import TYPE_CHECKING

from werkzeug import Request, Response

if TYPE_CHECKING:
    from pytest_httpserver import HTTPServer

ANSWERS = {
    "rings": "Saturn is the planet with the most visible rings.",
    "red": "Mars is called the Red Planet.",
    "largest": "Jupiter is the largest planet.",
    "moons": "Saturn has the most known moons.",
    "hot": "Venus is the hottest planet.",
}
_ANOTHER = "The hottest planet is Venus."
WRONG_KEY = "sk-wrong"
_CREATED = 1764150000


def serve(server: HTTPServer) -> str:
    """Let a server answer chats; the base URL for the client."""
    ids, hot = itertools.count(1), itertools.count()
    server.expect_request("/v1/chat/completions", method="POST").respond_with_handler(
        lambda one: _refused(one) or _chat(one, next(ids), hot)
    )
    server.expect_request(re.compile("/v1/files.*")).respond_with_handler(lambda one: _refused(one) or _file())
    server.expect_request("/v1/planets").respond_with_json(["Mercury", "Venus", "Earth", "Mars"])
    return server.url_for("/v1")


def _refused(request: Request) -> Response | None:
    key = request.headers.get("authorization", "").removeprefix("Bearer ")
    if key and key != WRONG_KEY:
        return None
    words = f"Incorrect API key provided: {WRONG_KEY}."
    error = {"message": words, "type": "invalid_request_error", "param": None, "code": "invalid_api_key"}
    return _json({"error": error}, 401)


def _chat(request: Request, number: int, hot: Iterator[int]) -> Response:
    body = request.get_json()
    asked = str(body["messages"][-1]["content"]).lower()
    words = next((text for word, text in ANSWERS.items() if word in asked), "I know only planets.")
    if words == ANSWERS["hot"] and next(hot) % 2:
        words = _ANOTHER
    if "please" in asked:
        words = f"Gladly. {words}"
    one = {"id": f"chatcmpl-{number:029x}", "created": _CREATED + number, "model": "gpt-4o-mini-2024-07-18"}
    if body.get("stream"):
        return Response(_events(one, words), mimetype="text/event-stream")
    message = {"role": "assistant", "content": words, "refusal": None, "annotations": []}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": "stop"}
    used = {"prompt_tokens": 14, "completion_tokens": 11, "total_tokens": 25}
    return _json({**one, "object": "chat.completion", "choices": [choice], "usage": used}, 200)


def _file() -> Response:
    file = {"id": "file-3nKzQpWv7RtYbXcDfGhJ2m", "object": "file", "bytes": 3, "created_at": _CREATED}
    return _json({**file, "filename": "manual.txt", "purpose": "assistants", "status": "processed"}, 200)


def _events(one: dict[str, object], words: str) -> Iterator[bytes]:
    deltas: list[dict[str, str]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": word} for word in words.replace(" ", "\n ").split("\n")]
    for delta in [*deltas, {}]:
        choice = {"index": 0, "delta": delta, "finish_reason": None if delta else "stop"}
        chunk = {**one, "object": "chat.completion.chunk", "choices": [choice]}
        yield f"data: {json.dumps(chunk)}\n\n".encode()
    yield b"data: [DONE]\n\n"


def _json(value: object, status: int) -> Response:
    headers = {"x-request-id": "req_b3c9d1f0e5a2"}
    return Response(json.dumps(value), status, headers, mimetype="application/json")
