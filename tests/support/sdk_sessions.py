"""Sessions of what the SDK does with chat, responses, assistants, uploads and lists, its helpers included."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel
from resource_calls import Case
from sessions import Answer, Session, frames, reply, stream

ASK = [{"role": "user", "content": "Llamas \U0001f999?"}]
_CHAT = {"model": "gpt-4o", "messages": ASK}
_HEAD = {"id": "chatcmpl-Ak3bXyZ0129", "created": 1735689600, "model": "gpt-4o"}
_USAGE = {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}
_LLAMA = '{"name":"Lé","age":3}'
_POLL = {"poll_interval_ms": 1}


class Llama(BaseModel):
    """What a model shall answer with."""

    name: str
    age: int


def completion(message: dict[str, Any], *more: dict[str, Any], **rest: Any) -> Answer:
    """A chat completion of one choice or several."""
    choices = [
        {"index": index, "message": {"role": "assistant", **one}, "finish_reason": "stop"}
        for index, one in enumerate([message, *more])
    ]
    return reply({**_HEAD, "object": "chat.completion", "choices": choices, "usage": _USAGE, **rest})


def chunk(delta: dict[str, Any], finish_reason: str | None = None, index: int = 0, **rest: Any) -> dict[str, Any]:
    """A chunk of one choice; ``rest`` stands in the choice."""
    choice = {"index": index, "delta": delta, "finish_reason": finish_reason, **rest}
    return {**_HEAD, "object": "chat.completion.chunk", "choices": [choice]}


def _chat(name: str, answer: Answer, *, method: str = "create", **arguments: Any) -> Session:
    return Session(f"chat: {name}", [Case(f"chat.completions.{method}", name, {**_CHAT, **arguments})], [answer])


def _called(index: int, **call: Any) -> dict[str, Any]:
    return {"tool_calls": [{"index": index, **call}]}


_LOGPROBS = {
    "content": [{"token": "é", "logprob": -1e-7, "bytes": [195, 169], "top_logprobs": []}, {"token": "\u2028"}],
    "refusal": None,
}
_AUDIO = {"modalities": ["text", "audio"], "audio": {"voice": "alloy", "format": "wav"}}
_AUDIO_IN = [{"type": "input_audio", "input_audio": {"data": "UklGRg==", "format": "wav"}}]
_REASONING = {
    "reasoning_content": "hm",
    "reasoning": "hm",
    "reasoning_details": [{"type": "reasoning.encrypted", "data": "gAAA==", "index": 0}],
}
_PREDICTED = {"completion_tokens_details": {"accepted_prediction_tokens": 1, "rejected_prediction_tokens": 0}}
_TOOL_CHUNKS = [
    chunk({"role": "assistant", "content": None, **_called(0, id="call_1", function={"name": "f", "arguments": ""})}),
    chunk(_called(1, id="call_2", type="function", function={"name": "g", "arguments": ""})),
    chunk(_called(0, function={"arguments": '{"a"'})),
    chunk(_called(1, function={"arguments": "{}"})),
    chunk(_called(0, function={"arguments": ":1}"})),
    chunk({}, "tool_calls"),
]
_TWO = [chunk({"content": "a"}), chunk({"content": "b"}, index=1), chunk({}, "stop", 1), chunk({}, "length")]
_SPOKEN = [
    chunk({"role": "assistant", "audio": {"id": "audio_1", "transcript": "M"}}),
    chunk({"audio": {"data": "UklG"}}),
    chunk({"audio": {"expires_at": 1735689600}}, "stop"),
]
_PARSED = [chunk({"role": "assistant", "content": _LLAMA[:9]}), chunk({"content": _LLAMA[9:]}), chunk({}, "stop")]

CHAT = [
    _chat("logprobs", reply({**_HEAD, "choices": [{"index": 0, "logprobs": _LOGPROBS}]}), logprobs=True),
    _chat("streamed logprobs", stream(frames(chunk({"content": "é"}, logprobs=_LOGPROBS))), stream=True, logprobs=True),
    _chat("audio out", completion({"content": None, "audio": {"id": "audio_1", "data": "UklGRg=="}}), **_AUDIO),
    _chat("streamed audio", stream(frames(*_SPOKEN)), stream=True, **_AUDIO),
    _chat("audio in", completion({"content": "a"}), messages=[{"role": "user", "content": _AUDIO_IN}]),
    _chat("n", completion({"content": "a"}, {"content": "b"}), n=2),
    _chat("streamed n", stream(frames(*_TWO)), stream=True, n=2),
    _chat("parallel tool calls", stream(frames(*_TOOL_CHUNKS)), stream=True, parallel_tool_calls=True),
    _chat("a refusal", completion({"content": None, "refusal": "Nö\u2028"})),
    _chat("a streamed refusal", stream(frames(chunk({"refusal": "N"}), chunk({"refusal": "ö"}, "stop"))), stream=True),
    _chat("reasoning", completion({"content": "a", **_REASONING})),
    _chat("streamed reasoning", stream(frames(chunk(_REASONING), chunk({"content": "a"}, "stop"))), stream=True),
    _chat("a predicted output", completion({"content": "a"}, usage={**_USAGE, **_PREDICTED}), prediction={"a": "b"}),
    _chat("parse", completion({"content": _LLAMA}), method="parse", response_format=Llama),
    _chat("stream()", stream(frames(*_PARSED)), method="stream", response_format=Llama),
    _chat("with_raw_response", completion({"content": "a"}), method="with_raw_response.create"),
    _chat("with_streaming_response", stream(frames(*_TWO)), method="with_streaming_response.create", stream=True),
]

_RESPONSE = {"id": "resp_67ccd2bed1ec8190", "object": "response", "created_at": 1735689600, "model": "gpt-4o"}
_RESPONSE |= {"parallel_tool_calls": True, "tool_choice": "auto", "tools": [], "output": [], "status": "completed"}
_ID = {"response_id": _RESPONSE["id"]}
_ITEM = {"type": "message", "id": "msg_67ccd3acc8d48190", "status": "completed", "role": "assistant"}
_PART = {"type": "output_text", "text": _LLAMA, "annotations": []}
_PLACE = {"item_id": _ITEM["id"], "output_index": 0, "content_index": 0}
_DONE = {**_RESPONSE, "output": [{**_ITEM, "content": [_PART]}]}
_EVENTS = [
    {"type": "response.created", "response": {**_RESPONSE, "status": "in_progress"}},
    {"type": "response.output_item.added", "output_index": 0, "item": {**_ITEM, "content": []}},
    {"type": "response.content_part.added", **_PLACE, "part": {**_PART, "text": ""}},
    {"type": "response.output_text.delta", **_PLACE, "delta": _LLAMA[:9], "logprobs": []},
    {"type": "response.output_text.delta", **_PLACE, "delta": _LLAMA[9:], "logprobs": [], "obfuscation": "x"},
    {"type": "response.output_text.done", **_PLACE, "text": _LLAMA, "logprobs": []},
    {"type": "response.unheard_of", "why": [1.0, 1e-7]},
    {"type": "response.completed", "response": _DONE},
]
_EVENTS = [{**event, "sequence_number": number} for number, event in enumerate(_EVENTS)]
_ERRORS = [
    {"type": "error", "code": "x", "message": "boom", "param": None},
    {"type": "error", "error": {"type": "server_error", "message": "boom"}},
]
_ASKED: dict[str, Any] = {"model": "gpt-4o", "input": "Llamas"}


def _responses(name: str, answers: list[Answer], *steps: tuple[str, dict[str, Any]]) -> Session:
    return Session(
        f"responses: {name}", [Case(f"responses.{method}", name, arguments) for method, arguments in steps], answers
    )


def _named(*events: dict[str, Any]) -> Answer:
    return stream(frames(*events, named=True, done=False))


def _chain(length: int) -> list[tuple[str, dict[str, Any]]]:
    """Calls that ask the same, each after the one before."""
    before = [{}, *({"previous_response_id": f"{_RESPONSE['id']}{number}"} for number in range(length - 1))]
    return [("create", {**_ASKED, **one}) for one in before]


RESPONSES = [
    _responses("parse", [reply(_DONE)], ("parse", {**_ASKED, "text_format": Llama})),
    _responses("stream()", [_named(*_EVENTS)], ("stream", {**_ASKED, "text_format": Llama})),
    _responses("an error event", [_named(_EVENTS[0], _ERRORS[0])], ("create", {**_ASKED, "stream": True})),
    _responses("an error in an event", [_named(_EVENTS[0], _ERRORS[1])], ("create", {**_ASKED, "stream": True})),
    _responses("starting_after", [_named(*_EVENTS[4:])], ("retrieve", {**_ID, "stream": True, "starting_after": 3})),
    _responses(
        "background",
        [reply({**_RESPONSE, "status": status}) for status in ("queued", "queued", "in_progress", "completed")],
        ("create", {**_ASKED, "background": True}),
        *[("retrieve", _ID)] * 3,
    ),
    _responses(
        "previous_response_id",
        [reply({**_DONE, "id": f"{_RESPONSE['id']}{number}"}) for number in range(3)],
        *_chain(3),
    ),
]

_THREAD = {"thread_id": "thread_67ccd2bed1ec8190"}
_RUN = {"id": "run_67ccd2bed1ec8190", "object": "thread.run", "assistant_id": "asst_1", **_THREAD}
_SAID = {"id": "msg_1", "object": "thread.message", "role": "assistant", "content": []}
_DELTA = {"content": [{"index": 0, "type": "text", "text": {"value": "é\u2028", "annotations": []}}]}
_RUN_EVENTS = [
    ("thread.run.created", {**_RUN, "status": "queued"}),
    ("thread.message.created", _SAID),
    ("thread.message.delta", {"id": "msg_1", "object": "thread.message.delta", "delta": _DELTA}),
    ("thread.message.completed", {**_SAID, "content": [{"type": "text", "text": {"value": "é\u2028"}}]}),
    ("thread.run.completed", {**_RUN, "status": "completed", "usage": {"total_tokens": 3}}),
]


def _of_thread(*events: tuple[str, Any]) -> Answer:
    body = "".join(f"event: {name}\n{frames(data, done=False)}" for name, data in events)
    return stream(body + "event: done\ndata: [DONE]\n\n")


def _run(name: str, answers: list[Answer], method: str, **arguments: Any) -> Session:
    return Session(f"assistants: {name}", [Case(f"beta.threads.{method}", name, arguments)], answers)


_POLLED = [reply({**_RUN, "status": status}) for status in ("queued", "queued", "in_progress", "completed")]
_FAILED = [*_RUN_EVENTS[:2], ("error", {"code": "x", "message": "boom"})]
_AGENT = {"assistant_id": "asst_1"}
_OUTPUTS = {"run_id": "run_1", "tool_outputs": [{"tool_call_id": "call_1", "output": "x"}], **_THREAD}

ASSISTANTS = [
    _run("runs.stream()", [_of_thread(*_RUN_EVENTS)], "runs.stream", **_AGENT, **_THREAD),
    _run("create_and_run_stream()", [_of_thread(*_RUN_EVENTS)], "create_and_run_stream", **_AGENT),
    _run("submit_tool_outputs_stream()", [_of_thread(*_RUN_EVENTS)], "runs.submit_tool_outputs_stream", **_OUTPUTS),
    _run("an error event", [_of_thread(*_FAILED)], "create_and_run", stream=True, **_AGENT),
    _run(
        "an error midway",
        [_of_thread(*_RUN_EVENTS[:2], ("error", {"error": {"message": "boom"}}))],
        "create_and_run",
        stream=True,
        **_AGENT,
    ),
    _run("create_and_poll()", _POLLED, "runs.create_and_poll", **_AGENT, **_THREAD, **_POLL),
    _run("create_and_run_poll()", _POLLED, "create_and_run_poll", **_AGENT, **_POLL),
]

_FILE = {"object": "file", "bytes": 3, "created_at": 1735689600, "filename": "é.txt", "purpose": "assistants"}
_NAMES = ["file-6F2ksmvXxt4VdoqmHRw6kL", "file-9Q3ksmvXxt4VdoqmHRw7zz", "file-1A4ksmvXxt4VdoqmHRw8yy"]
_STORED = {"id": _NAMES[0], "object": "vector_store.file", "vector_store_id": "vs_1", "usage_bytes": 0}
_UPLOAD = {"id": "upload_67ccd2bed1ec8190", "object": "upload", "bytes": 6, "filename": "big", "purpose": "batch"}
_CHUNKED = {"file": b"abc\xffef", "filename": "big", "bytes": 6, "mime_type": "x/y", "purpose": "batch", "part_size": 2}
_PICTURES = [("a.png", b"\x89PNG\xff", "image/png"), ("ü \U0001f999.png", b"\x89PNG\xfe", "image/png")]


def _page(names: list[str], *, has_more: bool) -> Answer:
    rows = [{"id": name, **_FILE} for name in names]
    return reply({"object": "list", "data": rows, "has_more": has_more, "last_id": names[-1]})


def _files(name: str, answers: list[Answer], method: str, **arguments: Any) -> Session:
    return Session(f"files: {name}", [Case(method, name, arguments)], answers)


FILES = [
    _files(
        "upload_and_poll()",
        [
            reply({"id": _NAMES[0], **_FILE}),
            *(reply({**_STORED, "status": one}) for one in ("in_progress", "completed")),
        ],
        "vector_stores.files.upload_and_poll",
        vector_store_id="vs_1",
        file=("é.txt", b"abc"),
        **_POLL,
    ),
    _files(
        "upload_file_chunked()",
        [
            reply({**_UPLOAD, "status": "pending"}),
            *(reply({"id": f"part_67ccd2bed1ec819{number}", "object": "upload.part"}) for number in range(3)),
            reply({**_UPLOAD, "status": "completed"}),
        ],
        "uploads.upload_file_chunked",
        **_CHUNKED,
    ),
    _files("pages", [_page(_NAMES[:2], has_more=True), _page(_NAMES[2:], has_more=False)], "files.list", limit=2),
    _files(
        "several images",
        [reply({"created": 1735689600, "data": [{"b64_json": "iVBORw0K"}]})],
        "images.edit",
        model="gpt-image-1",
        image=_PICTURES,
        mask=("m.png", b"\0", "image/png"),
        prompt="A\r\nllama\u2028",
    ),
    _files(
        "extra_body in a form",
        [reply({"id": _NAMES[0], **_FILE})],
        "files.create",
        file=b"no name",
        purpose="batch",
        extra_body={"x": {"y": [1, 2]}},
    ),
]

SESSIONS = [*CHAT, *RESPONSES, *ASSISTANTS, *FILES]
