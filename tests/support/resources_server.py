"""A local server for the endpoints that openai_server.py leaves out: invented answers, always the same.

An answer names its object and repeats the path; lists have two entries in one page; contents are bytes that are no
text. What the header ``x-fail`` asks for is answered with that status.
"""

from __future__ import annotations

import json
import re
from typing import Any

import openai_server
from pytest_httpserver import HTTPServer  # noqa: TC002  # as in openai_server.py
from werkzeug import Request, Response

from vcr_openai._api.endpoint import Content
from vcr_openai._api.endpoint_lookup import wire_endpoint

TEXT = openai_server.TEXT
BYTES = bytes(range(256)) * 3 + b"\r\n--\xff"
SUBTITLES = f"1\r\n00:00:00,000 --> 00:00:02,000\r\n{TEXT}\r\n\r\n"
LINES = f'{{"custom_id":"r-1","text":{json.dumps(TEXT)}}}\n{{"custom_id":"r-2"}}\n'
_RUN = {
    "id": "run_67ccd2bed1ec8190",
    "object": "thread.run",
    "thread_id": "thread_67ccd2bed1ec8190",
    "last_error": None,
}
_MESSAGE = {"id": "msg_67ccd2bed1ec8190", "object": "thread.message"}
_DELTA = {**_MESSAGE, "object": "thread.message.delta", "delta": {"content": [{"index": 0, "type": "text"}]}}
_RUN_EVENTS = [
    ("thread.created", {"id": "thread_67ccd2bed1ec8190", "object": "thread", "created_at": 1735689600, "metadata": {}}),
    ("thread.run.created", {**_RUN, "status": "queued"}),
    ("thread.message.delta", _DELTA),
    ("thread.run.completed", {**_RUN, "status": "completed", "usage": {"total_tokens": 3}}),
]


def install(server: HTTPServer) -> None:
    """Let a server answer every request, under any base path."""
    server.expect_request(re.compile(".*"), headers={"x-fail": "404"}).respond_with_handler(_failure)
    server.expect_request(re.compile(".*/threads/.*")).respond_with_handler(_answer)
    server.expect_request(re.compile(".*/vector_stores.*")).respond_with_handler(_answer)
    openai_server.install(server)
    server.expect_request(re.compile(".*")).respond_with_handler(_answer)


def _failure(request: Request) -> Response:
    error = {"message": f"No such object: {request.path} \U0001f622", "type": "invalid_request_error", "code": None}
    return _json({"error": {**error, "param": "id"}}, 404)


def _answer(request: Request) -> Response:
    row = wire_endpoint(request.method, request.path)
    if row is None:
        return _json({"error": {"message": "no such path"}}, 404)
    if row.events is not None and _wants_stream(request):
        return _stream(row.wire)
    if row.content is Content.ALWAYS:
        return _content(request, row.wire)
    if request.form.get("response_format") in ("srt", "text", "vtt"):
        return Response(SUBTITLES, content_type="text/plain; charset=utf-8")
    if row.reply is None and row.method != "DELETE":
        return _list(row.wire)
    if row.reply is None and "containers" in row.wire:
        return Response(b"", 200)
    return _json({**_object(row.wire), "deleted": True} if row.method == "DELETE" else _object(row.wire))


def _object(wire: str, number: int = 0) -> dict[str, Any]:
    """An object of its kind, with members that some SDK needs or that none knows."""
    kind = wire.split("/")[1]
    shared = {"id": f"{kind}_67ccd2bed1ec819{number}", "object": kind.rstrip("s"), "created_at": 1735689600}
    return shared | {
        "status": "completed",
        "path": wire,
        "text": TEXT,
        "output": [],
        "data": [],
        "metadata": {"a": "b"},
    }


def _list(wire: str) -> Response:
    rows = [_object(wire, number) for number in range(2)]
    if wire.endswith("/input_items") or "/items" in wire:
        part = {"type": "input_text", "text": TEXT}
        rows = [{"id": f"msg_{one['id']}", "type": "message", "role": "user", "content": [part]} for one in rows]
    return _json({"object": "list", "data": rows, "has_more": False, "last_id": rows[-1]["id"]})


def _wants_stream(request: Request) -> bool:
    body = request.get_json(silent=True)
    asked = [request.args.get("stream"), request.form.get("stream"), body.get("stream") if body else None]
    return any(one in ("true", True) for one in asked)


def _stream(wire: str) -> Response:
    if "threads" in wire:
        frames = [f"event: {name}\ndata: {_text(data)}\n\n" for name, data in _RUN_EVENTS]
        return _events([*frames, "event: done\ndata: [DONE]\n\n"])
    if "audio" in wire:
        kinds = [("transcript.text.delta", {"delta": TEXT}), ("transcript.text.done", {"text": TEXT})]
    elif "images" in wire:
        kind = "image_edit" if "edits" in wire else "image_generation"
        kinds = [(f"{kind}.{step}", {"b64_json": "iVBORw0K"}) for step in ("partial_image", "completed")]
    else:
        kinds = [("response.output_text.delta", {"delta": TEXT, "sequence_number": 7})]
    names = "" if "audio" in wire else "event: {}\n"
    return _events([f"{names.format(kind)}data: {_text({'type': kind, **data})}\n\n" for kind, data in kinds])


def _content(request: Request, wire: str) -> Response:
    if wire.endswith("/speech") and (request.get_json() or {}).get("stream_format") == "sse":
        return _events([f"data: {_text({'type': 'speech.audio.delta', 'audio': 'AAEC'})}\n\n"])
    if "file-lines" in wire:
        return Response(LINES, content_type="application/jsonl")
    return Response(BYTES, content_type="audio/mpeg" if "speech" in wire else "application/octet-stream")


def _json(value: Any, status: int = 200) -> Response:
    return Response(_text(value), status, content_type="application/json")


def _events(frames: list[str]) -> Response:
    return Response("".join(frames), content_type="text/event-stream; charset=utf-8")


def _text(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
