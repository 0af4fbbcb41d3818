"""A recording with every kind of secret in every place: no written byte is part of one, and the replay matches."""

from __future__ import annotations

import base64
import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote, quote_plus

import openai
import pytest
from made_up_secrets import SECRETS
from werkzeug import Request, Response

import vcr_openai
from vcr_openai._cli import main

PASSWORD = "hunter-" + "2222"  # recognized by its name only
CODE = "c0dE-" + "9xK2mQ7vL4pR8tW3"  # recognized by its name, and as it looks random
FOUND = "Tr0ub4dor" + "&3"  # the same for what people choose
ACCOUNT = "org-" + "made-up"
PROSE = "\n".join(f"{name}: {secret}" for name, secret in SECRETS.items())
ARGUMENTS = json.dumps({"query": PROSE, "password": PASSWORD, "headers": {"Authorization": f"Basic {PASSWORD}"}})
UPLOAD = "\ufeff" + "\n".join(json.dumps({"custom_id": f"{n}", "note": PROSE, "api_key": PASSWORD}) for n in range(2))
FORMATS = ["yaml", "json", "recording.json", "openai.yaml"]


def _pieces(text: str, length: int) -> list[str]:
    return [text[start : start + length] for start in range(0, len(text), length)]


def _chunks() -> list[dict[str, Any]]:
    """A streamed answer whose secrets no chunk holds whole: in its text, then in a tool call's arguments."""
    deltas: list[dict[str, Any]] = [{"content": piece} for piece in _pieces(PROSE, 19)]
    deltas += [
        {
            "tool_calls": [
                {"index": 0, "id": "call_1", "type": "function", "function": {"name": "f", "arguments": piece}}
            ]
        }
        for piece in _pieces(ARGUMENTS, 17)
    ]
    return [
        {
            "id": "c",
            "object": "chat.completion.chunk",
            "created": 1,
            "model": "m",
            "choices": [{"index": 0, "delta": d}],
        }
        for d in [*deltas, {}]
    ]


def _stored(request: Request) -> Response:
    """The answer to an upload: an object that repeats its name, which has a secret, too."""
    name = request.files["file"].filename
    answer = {"id": "file-1", "object": "file", "bytes": 1, "created_at": 1, "filename": name, "purpose": "batch"}
    return Response(json.dumps(answer | {"status": "processed"}), headers=_HEADERS, content_type="application/json")


def _answer(request: Request) -> Response:
    """Every kind of secret: as one answer, as a stream, or in the message of an error."""
    question = json.loads(request.data)
    if question["model"] == "broken":
        body = json.dumps({"error": {"message": f"Incorrect API key provided: {PROSE}", "code": "invalid_api_key"}})
        return Response(body, 401, headers=_HEADERS, content_type="application/json")
    if question.get("stream"):
        body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in _chunks()) + "data: [DONE]\n\n"
        return Response(body, headers=_HEADERS, content_type="text/event-stream")
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": ARGUMENTS}}
    tokens = [{"token": piece, "logprob": -1, "bytes": list(piece.encode())} for piece in _pieces(PROSE, 11)]
    choice = {
        "index": 0,
        "finish_reason": "stop",
        "message": {"role": "assistant", "content": PROSE, "tool_calls": [call]},
        "logprobs": {"content": [{**token, "top_logprobs": []} for token in tokens]},
    }
    body = json.dumps({"id": "c", "object": "chat.completion", "created": 1, "model": "m", "choices": [choice]})
    return Response(body, headers=_HEADERS, content_type="application/json")


_HEADERS = {
    "Set-Cookie": f"session={PASSWORD}; Path=/",
    "openai-organization": ACCOUNT,
    "x-request-id": "req_" + "made-up",
    "x-ratelimit-remaining-requests": "4999" + "123",
    "x-upstream": f"served with {SECRETS['openai-key']}",
    "x-upstream-token": PASSWORD,
    "location": f"https://h/callback?code={CODE}",
}
_ALL = [*SECRETS.values(), PASSWORD, CODE, FOUND, "WINTER_" + "2024", ACCOUNT, "req_" + "made-up"]


@pytest.fixture(scope="module", params=["yaml", "json", "recording.json", "openai.yaml"])
def recorded(request, make_httpserver, tmp_path_factory):
    """A cassette in each of the formats, recorded from a server whose answers are full of secrets."""
    make_httpserver.clear()  # of what an earlier test expected: the server is the session's
    make_httpserver.expect_request("/v1/chat/completions").respond_with_handler(_answer)
    make_httpserver.expect_request("/v1/files").respond_with_handler(_stored)
    path = tmp_path_factory.mktemp("recorded") / "cassettes" / f"cassette.{request.param}"
    with vcr_openai.VCR(serializer=request.param).use_cassette(str(path)) as cassette:
        _ask(make_httpserver)
    assert len(cassette) == 4
    make_httpserver.clear()
    return path


def _ask(server: Any) -> list[str]:
    """Every kind of request with every kind of secret; what the client makes of the answers."""
    client = openai.OpenAI(
        api_key=SECRETS["openai-key of a project"],
        organization=ACCOUNT,
        project=ACCOUNT,
        base_url=server.url_for("/v1"),
        default_query={
            "api-key": PASSWORD,
            "note": SECRETS["google-key"],
            "next": f"https://h/?sig={CODE}&a=%",
            "token": CODE,
        },
        default_headers={
            "api-key": PASSWORD,
            "Token": PASSWORD,
            "X-Key": PASSWORD,
            "Cookie": f"session={PASSWORD}",
            "X-Note": f"use {SECRETS['jwt']}",
        },
        max_retries=0,
    )
    call = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": ARGUMENTS}}
    question: dict[str, Any] = {
        "model": "m",
        "messages": [{"role": "user", "content": PROSE}, {"role": "assistant", "tool_calls": [call]}],
        "extra_body": {
            "tools": [
                {"type": "mcp", "authorization": PASSWORD, "headers": {"X-Any": PASSWORD}, "server_url": "http://h"}
            ],
            "metadata": {
                "token": CODE,
                "cookie": f"session={CODE}; a=b",
                "credentials": f"Bearer {CODE}",
                "pass": FOUND,
                "database": f"postgres://joe:${PASSWORD}@h/x https://{CODE}@h/x.git",
                "cut": f'{{"user": "joe", "password": "{PASSWORD}',
                "client_secret": "WINTER_" + "2024",
            },
        },
    }
    client.files.create(
        file=(f"{SECRETS['groq-key']}.jsonl", UPLOAD.encode()), purpose="batch", extra_body={"password": PASSWORD}
    )
    create = client.chat.completions.create
    seen = [create(**question).to_json()]
    seen += [chunk.to_json() for chunk in create(**question, stream=True)]
    with pytest.raises(openai.AuthenticationError) as caught:
        create(**question | {"model": "broken"})
    return [*seen, str(caught.value)]


def _forms(secret: str) -> set[bytes]:
    """A secret as a file may spell it."""
    escaped = json.dumps(secret)[1:-1]
    forms = {secret, escaped, json.dumps(escaped)[1:-1], quote(secret), quote(secret, safe=""), quote_plus(secret)}
    return {form.encode() for form in forms} | {base64.b64encode(secret.encode())}


def _left_in(folder: Path) -> list[str]:
    """The secrets that are in a file's bytes, also where YAML broke a line within one."""
    left = []
    for path in filter(Path.is_file, folder.rglob("*")):
        written = path.read_bytes()
        joined = re.sub(rb"\\?\n\s*", b"", written)
        left += [secret for secret in _ALL for form in _forms(secret) if form in written or form in joined]
    return left


@pytest.mark.slow
def test_no_secret_is_in_any_written_byte(recorded):
    """In each format the recorded file contains no spelling of any secret."""
    assert _left_in(recorded.parent) == []


@pytest.mark.slow
def test_the_replay_matches(recorded, make_httpserver):
    """The same requests, with their secrets, match their recordings, and no answer contains a secret."""
    mine = vcr_openai.VCR(serializer=recorded.name.partition(".")[2], record_mode="none")
    with mine.use_cassette(str(recorded)) as cassette:
        answers = _ask(make_httpserver)
    assert cassette.all_played
    deltas = [json.loads(answer)["choices"][0]["delta"] for answer in answers[1:-1]]
    whole = "".join(delta.get("content") or "" for delta in deltas)
    arguments = "".join(call["function"]["arguments"] for delta in deltas for call in delta.get("tool_calls") or ())
    assert json.loads(arguments)["password"] == "REDACTED-password"
    for text in (*answers, whole, arguments):
        assert not [secret for secret in _ALL for form in (secret, json.dumps(secret)[1:-1]) if form in text]


@pytest.mark.slow
@pytest.mark.parametrize("step", [1, 2])
def test_no_format_brings_it_back(recorded, tmp_path, step):
    """A file that is converted to another format contains no secret either, and a check finds none.

    Each format is read twice and written twice: from each to the next two in the list.
    """
    name = FORMATS[(FORMATS.index(recorded.name.partition(".")[2]) + step) % len(FORMATS)]
    assert main(["convert", str(recorded), "-o", str(tmp_path), "--to", "cassettes", "--format", name]) == 0
    assert main(["check", str(tmp_path), "--select", "secret"]) == 0
    assert _left_in(tmp_path) == []
