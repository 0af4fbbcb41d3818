"""The conversation in an exchange: who said what, in every API and framing, streams put together.

It is for people, and for comparing what two answers say; no file is made from it.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any

from vcr_openai._api.api_paths import api_path_of
from vcr_openai._errors import describe
from vcr_openai._findings import counted
from vcr_openai._http.body import Body, StreamFraming
from vcr_openai._http.event_stream import DONE
from vcr_openai._http.exchange import Exchange, HttpRequest
from vcr_openai._json import json_text
from vcr_openai._matching.form_parts import boundary_of, parts_of
from vcr_openai._matching.merged_stream import merged
from vcr_openai._recording.invented import OPAQUE_METHOD
from vcr_openai._review.usage import tokens_of

ASSISTANT = "assistant"
# Members of a request that are messages or the beginning of them; the others are its settings.
_SPOKEN = ("messages", "input", "prompt", "contents", "instructions", "system", "systemInstruction")
_ELSEWHERE = (*_SPOKEN, "model", "stream")
_MEDIA = re.compile(r"data:([\w.+-]+/[\w.+-]+)?(?:;[\w=.+-]+)*;base64,", re.ASCII)
_LARGE = 10_000  # bytes, from which a size is in kilobytes
_ENDS = ("response.completed", "response.incomplete", "response.failed")  # with all of the response


@dataclass(frozen=True)
class Part:
    """A piece of what somebody said.

    ``kind`` is ``text``, ``call`` (of the function ``name``, the text is its arguments), ``result`` (of a call),
    ``media`` (the text has type, size and digest), ``reasoning``, ``refusal``, ``error`` or ``data`` (JSON).
    """

    kind: str
    text: str
    name: str = ""

    @property
    def shown(self) -> str:
        """The part as text."""
        return f"{self.name}({self.text})" if self.kind == "call" else self.text


@dataclass(frozen=True)
class Turn:
    """What one speaker said: a role, or ``answer`` and ``error`` for what nobody said."""

    speaker: str
    parts: tuple[Part, ...]


@dataclass(frozen=True)
class Conversation:
    """A request and its answer as people read them.

    ``title`` has method and path, ``chunks`` the number of a stream's chunks, None where the answer is not a stream.
    ``settings`` are the members of the request's body that nobody says: temperature, tools.
    """

    title: str
    model: str
    status: int
    chunks: int | None
    settings: dict[str, Any] = field(default_factory=dict)
    asked: tuple[Turn, ...] = ()
    answered: tuple[Turn, ...] = ()
    is_opaque: bool = False


def conversation(exchange: Exchange) -> Conversation:
    """The conversation in an exchange, whatever it contains. Raises nothing."""
    request, response = exchange.request, exchange.response
    if request.method == OPAQUE_METHOD:
        text = request.body.text if request.body else ""
        turn = Turn("opaque", (Part("data", text or ""),))
        return Conversation("opaque", "", response.status, None, asked=(turn,), is_opaque=True)
    is_stream = response.body.framing is StreamFraming.EVENTS or response.body.declared_framing  # else a file of JSON
    model, settings, asked = _request(request)
    chunks = sum(chunk.text != DONE for chunk in response.body.chunks) if is_stream else None
    return Conversation(title(request), model, response.status, chunks, settings, asked, answer(response.body))


def asked_of(request: HttpRequest) -> tuple[str, tuple[Turn, ...]]:
    """The model of a request, empty where it names none, and what it says."""
    model, _, turns = _request(request)
    return model, turns


def title(request: HttpRequest) -> str:
    """The method and the API path of a request."""
    return f"{request.method} {api_path_of(request.uri).path}"


# --- the request


def _request(request: HttpRequest) -> tuple[str, dict[str, Any], tuple[Turn, ...]]:
    body = request.body
    if not body:
        return "", {}, ()
    if boundary := boundary_of(body):
        return "", {}, tuple(_form(parts_of(body.octets, boundary)))
    if body.text is None:
        return "", {}, (Turn("input", (_bytes(body.octets, body.media_type),)),)
    if body.json.problem is not None or not isinstance(body.json.value, dict):
        return "", {}, (Turn("input", (Part("text", body.text),)),) if body.text else ()
    asked = body.json.value
    settings = {name: value for name, value in asked.items() if name not in _ELSEWHERE}
    model = asked.get("model")
    return model if isinstance(model, str) else "", settings, tuple(_turns(asked))


def _form(parts: Iterable[Any]) -> Iterator[Turn]:
    """The fields of a form; a file as its name, size and digest."""
    for part in parts:
        if not isinstance(part, dict) or "name" not in part:
            continue  # the line ends around the parts
        content = part["content"]
        file = part.get("filename")
        if isinstance(content, dict):
            shown = Part("media", f"[{file or 'bytes'}, {_size(content['length'])}, sha256 {content['sha256'][:12]}…]")
        elif file:
            shown = _bytes(content.encode(), file)
        else:
            shown = Part("text", content)
        yield Turn(part["name"], (shown,))


def _turns(asked: dict[str, Any]) -> Iterator[Turn]:
    """What a request says: its instructions, then its messages."""
    for name in ("instructions", "system", "systemInstruction"):
        if asked.get(name):
            yield Turn("system", tuple(_content(asked[name])))
    for name in ("messages", "input", "contents", "prompt"):
        value = asked.get(name)
        if isinstance(value, list) and value and all(isinstance(one, dict) for one in value):
            yield from (Turn(_speaker(message), tuple(_message(message))) for message in value)
        elif value is not None:
            yield Turn("input", (Part("text", value if isinstance(value, str) else json_text.write_line(value)),))


def _speaker(message: dict[str, Any]) -> str:
    """Who says a message: its role, else the kind of an item of the Responses API."""
    role = message.get("role", message.get("type", "?"))
    return role if isinstance(role, str) else describe(role)


def _message(message: dict[str, Any]) -> Iterator[Part]:
    """The parts of a message or of an item: its texts, media, calls and results."""
    if message.get("type") in ("function_call", "custom_tool_call"):
        yield _call(message)
        return
    is_result = message.get("role") in ("tool", "function") or str(message.get("type")).endswith("_output")
    for name in ("reasoning_content", "reasoning", "thinking", "summary"):
        if message.get(name):
            yield from (Part("reasoning", part.shown) for part in _content(message[name]))
    content = message.get("content", message.get("output", message.get("parts", message.get("text"))))
    for part in _content(content):
        yield _as_result(part) if is_result else part
    if isinstance(message.get("refusal"), str) and message["refusal"]:
        yield Part("refusal", message["refusal"])
    for image in message.get("images") or () if isinstance(message.get("images"), list) else ():
        yield _media(image, "image")
    if isinstance(message.get("audio"), dict):
        audio = message["audio"]
        yield Part("text", audio["transcript"]) if audio.get("transcript") else _media(audio.get("data"), "audio")
    for call in _objects(message.get("tool_calls")):
        yield _call(call.get("function", call.get("custom", call)))
    if isinstance(message.get("function_call"), dict):
        yield _call(message["function_call"])


def _content(content: Any) -> Iterator[Part]:
    """The parts of a content: a text, a part, or a list of both."""
    if isinstance(content, dict) and isinstance(content.get("parts"), list):
        content = content["parts"]
    for part in content if isinstance(content, list) else [content]:
        if isinstance(part, str):
            if part:
                yield Part("text", part)
        elif isinstance(part, dict):
            yield from _of_part(part)
        elif part is not None:
            yield Part("data", describe(part))


def _of_part(part: dict[str, Any]) -> Iterator[Part]:
    kind = part.get("type")
    if isinstance(part.get("refusal"), str):
        yield Part("refusal", part["refusal"])
    elif kind in ("tool_use", "server_tool_use"):
        yield Part("call", _arguments(part.get("input")), str(part.get("name")))
    elif isinstance(part.get("functionCall"), dict):
        called = part["functionCall"]
        yield Part("call", _arguments(called.get("args")), str(called.get("name")))
    elif isinstance(part.get("functionResponse"), dict):
        yield Part("result", _arguments(part["functionResponse"].get("response")))
    elif kind == "tool_result":
        yield from (
            Part("result", inner.text) if inner.kind == "text" else inner for inner in _content(part.get("content"))
        )
    elif kind in ("thinking", "reasoning_text", "summary_text") or part.get("thought") is True:
        yield Part("reasoning", _first(part.get("thinking"), part.get("text")))
    elif isinstance(part.get("text"), str):
        if part["text"]:
            yield Part("text", part["text"])
    else:
        yield _medium(part)


def _as_result(part: Part) -> Part:
    return Part("result", part.text) if part.kind == "text" else part


def _medium(part: dict[str, Any]) -> Part:
    """An image, a sound or a file as its type, size and digest; its address where it has one."""
    kind = str(part.get("type", "part"))
    inner = next((value for value in part.values() if isinstance(value, dict)), {})
    every = [*part.values(), *inner.values()]
    name = _first(inner.get("media_type"), inner.get("mimeType"), inner.get("mime_type"), inner.get("format"))
    data = max((one for one in every if isinstance(one, str)), key=len, default="")
    return _media(data, f"{kind} {name}".strip())


def _media(data: Any, name: str) -> Part:
    if not isinstance(data, str) or not data:
        return Part("media", f"[{name}]", name)
    if found := _MEDIA.match(data):
        name = found[1] or name
        data = data[found.end() :]
    elif "://" in data[:12]:
        return Part("media", f"[{name} {data[:200]}]", name)
    try:
        octets = base64.b64decode(data, validate=True)
    except (binascii.Error, ValueError):
        return Part("media", f"[{name}]", name)
    return _bytes(octets, name)


def _bytes(octets: bytes, name: str) -> Part:
    digest = hashlib.sha256(octets).hexdigest()[:12]
    return Part("media", f"[{name or 'bytes'}, {_size(len(octets))}, sha256 {digest}…]", name)


def _size(octets: int) -> str:
    return counted(octets, "byte") if octets < _LARGE else f"{octets / 1000:,.0f} kB"


def _call(function: Any) -> Part:
    if not isinstance(function, dict):
        return Part("call", describe(function), "?")
    return Part("call", _arguments(function.get("arguments", function.get("input"))), str(function.get("name")))


def _arguments(value: Any) -> str:
    return value if isinstance(value, str) else "" if value is None else json_text.write_line(value)


# --- the answer


def answer(body: Body) -> tuple[Turn, ...]:
    """What an answer says; all of it where nobody says anything, so that every change of it is visible."""
    if body.text is None:
        digest = hashlib.sha256(body.octets).hexdigest()
        return (Turn("answer", (Part("media", f"{counted(len(body.octets), 'byte')}, sha256 {digest}"),)),)
    values = merged(chunk for chunk in body.chunks if chunk.text != DONE) if body.framing else [_value(body)]
    found = list(_answered(_objects(values)))
    if not found and not tokens_of(body):
        texts = [value if isinstance(value, str) else json_text.write_line(value) for value in values]
        found = [Turn("answer", (Part("data", text),)) for text in texts if text not in ("", "null")]
    return tuple(found)


def _value(body: Body) -> Any:
    return body.text if body.json.problem else body.json.value


def _answered(values: list[dict[str, Any]]) -> Iterator[Turn]:
    for value in values:
        error = value.get("error")
        if error:
            text = str(error.get("message", error)) if isinstance(error, dict) else str(error)
            yield Turn("error", (Part("error", text),))
        if isinstance(value.get("data"), list):
            yield Turn("answer", (Part("data", _listed(value["data"])),))
    for value in values:
        for choice in _objects(value.get("choices")):
            message = choice.get("message") or choice.get("delta") or {}
            parts = [*_message(message if isinstance(message, dict) else {}), *_content(choice.get("text"))]
            if parts:
                yield Turn(ASSISTANT, _joined(parts))
    parts = list(_items(values))
    if parts:
        yield Turn(ASSISTANT, _joined(parts))


def _listed(data: list[Any]) -> str:
    """A list of objects as their number and kinds."""
    kinds = {str(one.get("object", "object")) for one in _objects(data)} or {"value"}
    return f"{len(data)} × {' or '.join(sorted(kinds))}" if data else "an empty list"


def _items(values: list[dict[str, Any]]) -> Iterator[Part]:
    """The parts of answers without choices: those of the Responses API, Anthropic, Gemini, Ollama, a transcription."""
    ends = [
        value["response"] for value in values if value.get("type") in _ENDS and isinstance(value.get("response"), dict)
    ]
    if any(end.get("output") for end in ends):
        values = ends
    for value in values:
        kind = value.get("type")
        if kind == "response.output_text.delta":
            yield from _content(value.get("delta"))
        elif kind == "response.output_item.done" and isinstance(value.get("item"), dict):
            if value["item"].get("type") != "message":
                yield from _message(value["item"])
        elif kind == "content_block_delta" and isinstance(value.get("delta"), dict):
            yield from _delta(value["delta"])
        elif kind == "content_block_start" and isinstance(value.get("content_block"), dict):
            if str(value["content_block"].get("type")).endswith("tool_use"):
                yield Part("call", "", str(value["content_block"].get("name")))
        else:
            yield from _whole(value)


def _whole(value: dict[str, Any]) -> Iterator[Part]:
    for item in _objects(value.get("output")):
        yield from _message(item)
    yield from _content(value["content"]) if isinstance(value.get("content"), list) else ()
    for candidate in _objects(value.get("candidates")):
        yield from _content(candidate.get("content"))
    message = value.get("message")
    if isinstance(message, dict) and "choices" not in value:
        yield from _message(message)
    for name in ("response", "text"):
        if isinstance(value.get(name), str) and "type" not in value and "choices" not in value:
            yield from _content(value[name])


def _delta(delta: dict[str, Any]) -> Iterator[Part]:
    if delta.get("partial_json"):
        yield Part("call", str(delta["partial_json"]))
    elif delta.get("thinking"):
        yield Part("reasoning", str(delta["thinking"]))
    elif delta.get("text"):
        yield Part("text", str(delta["text"]))


def _joined(parts: Iterable[Part]) -> tuple[Part, ...]:
    """The parts of one speaker; the pieces of a text are one, as are a call's name and its arguments."""
    result: list[Part] = []
    for part in parts:
        last = result[-1] if result else None
        if (
            last
            and part.kind == last.kind
            and (part.kind in ("text", "reasoning") or (part.kind == "call" and not part.name))
        ):
            result[-1] = Part(last.kind, last.text + part.text, last.name)
        else:
            result.append(part)
    return tuple(result)


def _first(*values: Any) -> str:
    """The first of the values that is a text and not empty."""
    return next((value for value in values if isinstance(value, str) and value), "")


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []
