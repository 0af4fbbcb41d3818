"""Sessions: a few calls of a client, and what a scripted server answers them, recorded and replayed."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

import openai
import resource_calls
from pytest_httpserver import HTTPServer  # noqa: TC002  # as in openai_server.py
from resource_calls import Case
from vcr.serializers import yamlserializer
from werkzeug import Request, Response

import vcr_openai


@dataclass(frozen=True)
class Answer:
    """One answer of the server."""

    body: str | bytes
    content_type: str | None = "application/json"
    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Session:
    """Some calls, one after the other, of a client whose base URL ends with ``base``; ``azure`` says Azure's client.

    ``kept`` are texts that the server sent and no SDK knows, which every replay has to say.
    """

    name: str
    steps: list[Case]
    answers: list[Answer]
    base: str = "/v1"
    azure: bool = False
    kept: tuple[str, ...] = ()


def text(value: Any) -> str:
    """JSON as servers write it."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def reply(value: Any, status: int = 200) -> Answer:
    """A JSON answer."""
    return Answer(text(value), status=status)


def frames(*data: Any, named: bool = False, done: bool = True) -> str:
    """Server-sent events of objects, under their types' names where ``named``."""
    events = [f"{'event: ' + one['type'] + chr(10) if named else ''}data: {text(one)}\n\n" for one in data]
    return "".join(events) + ("data: [DONE]\n\n" if done else "")


def stream(body: str) -> Answer:
    """A stream of server-sent events."""
    return Answer(body, "text/event-stream; charset=utf-8")


class Stage:
    """A scripted server, and the cassettes of the sessions that were recorded from it."""

    def __init__(self, server: HTTPServer, folder: Path) -> None:
        self._server = server
        self._folder = folder
        self._script: Iterator[Answer] = iter(())
        self._known: dict[str, tuple[Path, list[Any]]] = {}
        self._clients: dict[tuple[Any, str], Any] = {}  # building one takes longer than a session
        server.expect_request(re.compile(".*")).respond_with_handler(self._answer)

    def record(self, session: Session) -> tuple[Path, list[Any]]:
        """The session's YAML cassette, and what the client handed out while it was recorded, which is once."""
        if session.name not in self._known:
            self._script = iter(session.answers)
            path = self._folder / f"{len(self._known)}.yaml"
            with vcr_openai.VCR(record_mode="once").use_cassette(str(path)):
                outcome = self.play(session)
            assert next(self._script, None) is None, "the server has answers left"
            self._known[session.name] = path, outcome
        return self._known[session.name]

    def interactions(self, session: Session) -> list[dict[str, Any]]:
        """The session's interactions, fresh from the file."""
        path, _ = self.record(session)
        return list(yamlserializer.deserialize(path.read_text())["interactions"])

    def play(self, session: Session) -> list[Any]:
        """What the client hands out."""
        client = self._client(session, openai.OpenAI, openai.AzureOpenAI)
        return [resource_calls.call(client, step) for step in session.steps]

    def play_async(self, session: Session) -> list[Any]:
        """What the asynchronous client hands out."""
        client = self._client(session, openai.AsyncOpenAI, openai.AsyncAzureOpenAI)

        async def play() -> list[Any]:
            return [await resource_calls.call_async(client, step) for step in session.steps]

        return asyncio.run(play())

    def replay(self, session: Session, path: Path, serializer: str, *, in_tasks: bool = False) -> list[Any]:
        """What a client hands out from a cassette that may record nothing, all of which must be played."""
        play = partial(self.play_async if in_tasks else self.play, session)
        with vcr_openai.VCR(serializer=serializer, record_mode="none").use_cassette(str(path)) as cassette:
            outcome = play()
        assert cassette.all_played
        return outcome

    def _client(self, session: Session, plain: Any, azure: Any) -> Any:
        kind, url = (azure if session.azure else plain), self._server.url_for(session.base)
        if (kind, url) not in self._clients:
            where = {"azure_endpoint": url, "api_version": "2024-10-21"} if session.azure else {"base_url": url}
            self._clients[kind, url] = kind(api_key="none", max_retries=0, **where)
        return self._clients[kind, url]

    def _answer(self, _: Request) -> Response:
        answer = next(self._script, Answer("the script is over", "text/plain", 500))
        return Response(answer.body, answer.status, answer.headers, content_type=answer.content_type)
