"""The conversation in an exchange, in the words of each API."""

import base64
import hashlib
import json

import pytest

from vcr_openai._http.body import Body
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse
from vcr_openai._review.conversation import conversation

JSON = {"content-type": ["application/json"]}
EVENTS = {"content-type": ["text/event-stream"]}
PIXEL = base64.b64encode(b"a picture").decode()
PLACEHOLDER = f"9 bytes, sha256 {hashlib.sha256(b'a picture').hexdigest()[:12]}…]"


def read(asked=None, answered=None, *, headers=JSON, sent_headers=JSON):
    """The turns of both sides as ``(speaker, [(kind, text)])``."""
    sent = asked if isinstance(asked, bytes) else json.dumps(asked).encode()
    body = answered if isinstance(answered, (bytes, str)) else json.dumps(answered)
    request = HttpRequest("POST", "https://h/v1/chat/completions", sent_headers, Body.of(sent, sent_headers))
    found = conversation(Exchange(request, HttpResponse(200, headers, Body.of(body, headers))))
    return [
        [(turn.speaker, [(part.kind, part.shown) for part in turn.parts]) for turn in side]
        for side in (found.asked, found.answered)
    ]


@pytest.mark.parametrize(
    "asked, expected",
    [
        ({"messages": [{"role": "user", "content": "Hi"}]}, ("user", [("text", "Hi")])),
        ({"input": "Hi"}, ("input", [("text", "Hi")])),
        ({"prompt": ["a", "b"]}, ("input", [("text", '["a","b"]')])),
        ({"instructions": "Be brief"}, ("system", [("text", "Be brief")])),
        ({"system": [{"type": "text", "text": "Be brief"}]}, ("system", [("text", "Be brief")])),
        ({"systemInstruction": {"parts": [{"text": "Be brief"}]}}, ("system", [("text", "Be brief")])),
        ({"contents": [{"role": "user", "parts": [{"text": "Hi"}]}]}, ("user", [("text", "Hi")])),
        (
            {"contents": [{"role": "model", "parts": [{"functionCall": {"name": "f", "args": {"a": 1}}}]}]},
            ("model", [("call", 'f({"a":1})')]),
        ),
        (
            {"contents": [{"role": "user", "parts": [{"functionResponse": {"name": "f", "response": {"b": 2}}}]}]},
            ("user", [("result", '{"b":2}')]),
        ),
        ({"messages": [{"role": "tool", "content": "7"}]}, ("tool", [("result", "7")])),
        ({"input": [{"type": "function_call_output", "output": "7"}]}, ("function_call_output", [("result", "7")])),
        (
            {"messages": [{"role": "user", "content": [{"type": "tool_result", "content": "7"}]}]},
            ("user", [("result", "7")]),
        ),
        ({"messages": [{"role": "user", "content": "see", "images": [PIXEL]}]}, None),
        ({"messages": [{"role": "assistant", "function_call": {"name": "f", "arguments": "{}"}}]}, None),
    ],
)
def test_what_is_asked_is_read(asked, expected):
    """Each API has its own members for messages, results and calls."""
    found = read(asked)[0]
    if expected is None:
        expected = {
            "user": ("user", [("text", "see"), ("media", f"[image, {PLACEHOLDER}")]),
            "assistant": ("assistant", [("call", "f({})")]),
        }[found[0][0]]
    assert found == [expected]


@pytest.mark.parametrize(
    "part, shown",
    [
        ({"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PIXEL}"}}, f"[image/png, {PLACEHOLDER}"),
        ({"type": "image_url", "image_url": {"url": "https://h/a.png"}}, "[image_url https://h/a.png]"),
        ({"type": "input_audio", "input_audio": {"data": PIXEL, "format": "wav"}}, f"[input_audio wav, {PLACEHOLDER}"),
        (
            {"type": "image", "source": {"type": "base64", "media_type": "image/png", "data": PIXEL}},
            f"[image image/png, {PLACEHOLDER}",
        ),
        ({"inlineData": {"mimeType": "image/png", "data": PIXEL}}, f"[part image/png, {PLACEHOLDER}"),
        ({"type": "input_image"}, "[input_image]"),
        ({"type": "file", "file": {"file_id": "not base64!"}}, "[file]"),
    ],
)
def test_media_are_shown_by_type_size_and_digest(part, shown):
    """And by their address, where they have one."""
    assert read({"messages": [{"role": "user", "content": [part]}]})[0] == [("user", [("media", shown)])]


def test_a_large_medium_has_its_size_in_kilobytes():
    """Bytes up to 10,000."""
    data = base64.b64encode(bytes(12_345)).decode()
    ((_, [(_, shown)]),) = read({"messages": [{"role": "user", "content": "", "images": [data]}]})[0]
    assert shown.startswith("[image, 12 kB, sha256 ")


def test_a_form_is_read_field_by_field():
    """A file by its name, size and digest."""
    form = (
        b'--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n'
        b'--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\na picture\r\n'
        b'--x\r\nContent-Disposition: form-data; name="raw"\r\n\r\n\xff\xfe\r\n--x--\r\n'
    )
    purpose, file, raw = read(form, sent_headers={"content-type": ["multipart/form-data; boundary=x"]})[0]
    assert purpose == ("purpose", [("text", "batch\r\n")])
    assert file[1][0][1].startswith("[a.txt, 11 bytes, sha256 ") and raw[1][0][1].startswith("[bytes, 4 bytes, sha256 ")


def test_what_is_not_json_is_shown_as_it_is():
    """Text as text, bytes by their digest."""
    assert read(b"hello")[0] == [("input", [("text", "hello")])]
    ((speaker, [(kind, shown)]),) = read(b"\xff\xfe\xfd")[0]
    assert (speaker, kind) == ("input", "media") and "3 bytes" in shown


@pytest.mark.parametrize(
    "answered, expected",
    [
        ({"choices": [{"message": {"content": "Hi"}}]}, [("text", "Hi")]),
        ({"choices": [{"text": "Hi"}]}, [("text", "Hi")]),
        ({"choices": [{"message": {"refusal": "No"}}]}, [("refusal", "No")]),
        (
            {"choices": [{"message": {"reasoning_content": "Hm", "content": "Hi"}}]},
            [("reasoning", "Hm"), ("text", "Hi")],
        ),
        ({"choices": [{"message": {"audio": {"transcript": "Hi", "data": PIXEL}}}]}, [("text", "Hi")]),
        (
            {"choices": [{"message": {"tool_calls": [{"type": "custom", "custom": {"name": "f", "input": "x"}}]}}]},
            [("call", "f(x)")],
        ),
        ({"output": [{"type": "message", "content": [{"type": "output_text", "text": "Hi"}]}]}, [("text", "Hi")]),
        (
            {"output": [{"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm"}]}]},
            [("reasoning", "Hm")],
        ),
        ({"content": [{"type": "thinking", "thinking": "Hm"}, {"type": "text", "text": "Hi"}]}, None),
        ({"candidates": [{"content": {"parts": [{"text": "Hm", "thought": True}, {"text": "Hi"}]}}]}, None),
        ({"message": {"role": "assistant", "content": "Hi"}, "done": True}, [("text", "Hi")]),
        ({"response": "Hi", "done": True}, [("text", "Hi")]),
        ({"text": "Hi"}, [("text", "Hi")]),
    ],
)
def test_what_is_answered_is_read(answered, expected):
    """Chats, completions, Responses, Anthropic, Gemini, Ollama, transcriptions."""
    assert read({}, answered)[1] == [("assistant", expected or [("reasoning", "Hm"), ("text", "Hi")])]


@pytest.mark.parametrize(
    "data, shown",
    [
        ([], "an empty list"),
        ([{"object": "model"}] * 2, "2 × model"),
        ([{"object": "model"}, {"b64_json": ""}], "2 × model or object"),
        (["a"], "1 × value"),
    ],
)
def test_a_list_is_shown_by_its_number_and_kinds(data, shown):
    """An empty one has no kind."""
    assert read({}, {"object": "list", "data": data})[1] == [("answer", [("data", shown)])]


@pytest.mark.parametrize(
    "events, expected",
    [
        (
            [
                {"type": "content_block_start", "index": 0, "content_block": {"type": "tool_use", "name": "f"}},
                {
                    "type": "content_block_delta",
                    "index": 0,
                    "delta": {"type": "input_json_delta", "partial_json": '{"a"'},
                },
                {
                    "type": "content_block_delta",
                    "index": 0,
                    "delta": {"type": "input_json_delta", "partial_json": ":1}"},
                },
            ],
            [("call", 'f({"a":1})')],
        ),
        (
            [{"choices": [{"index": 0, "delta": {"content": word}}]} for word in ("It ", "has ", "rings")],
            [("text", "It has rings")],
        ),
        (
            [{"type": "response.output_text.delta", "item_id": "m", "delta": word} for word in ("It ", "has")],
            [("text", "It has")],
        ),
        (
            [{"candidates": [{"content": {"parts": [{"text": word}]}}]} for word in ("It ", "has")],
            [("text", "It has")],
        ),
    ],
)
def test_a_stream_is_put_together(events, expected):
    """Pieces of a text are one text, and those of a call's arguments one call."""
    body = "".join(f"data: {json.dumps(event)}\n\n" for event in events)
    assert read({}, body, headers=EVENTS)[1] == [("assistant", expected)]
