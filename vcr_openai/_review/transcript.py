"""The transcript of an exchange: who said what, in a few lines, whatever the endpoint and the framing.

It leaves out what a reader does not need; nothing is made from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import urlsplit

from vcr_openai._api.api_paths import api_path
from vcr_openai._errors import describe
from vcr_openai._http import event_stream
from vcr_openai._http.vcr_dicts import HttpRequest, HttpResponse
from vcr_openai._json import json_text
from vcr_openai._recording.invented import CARRIED_METHOD

_SHORT = 200  # characters of a text, unless all of it is wanted
_SHOWN = ("messages", "input", "prompt", "model", "stream")  # members of a request that have a line or a word


def transcript(request: HttpRequest, response: HttpResponse, *, full: bool = False) -> Iterator[str]:
    """The lines for an exchange: a headline, what was asked, what was answered. ``full`` keeps long texts whole."""
    asked = _json_of(request.body)
    answers = list(_answers(response))
    model = f" {asked['model']}" if isinstance(asked, dict) and isinstance(asked.get("model"), str) else ""
    streamed = f", a stream of {len(answers)}" if _is_stream(response) else ""
    if request.method == CARRIED_METHOD:
        yield f"carried: {request.body!s}"
        return
    yield f"{request.method} {api_path(_path(request.uri)).path}{model} → {response.status}{streamed}"
    answered = list(_answered(answers)) or list(_unknown(answers, response))
    for speaker, text in [*_asked(asked), *answered]:
        yield f"  {speaker}: {_cut(text, full=full)}"


def _path(uri: str) -> str:
    return urlsplit(uri).path


def _is_stream(response: HttpResponse) -> bool:
    return response.content_type in ("text/event-stream", "application/x-ndjson")


def _answers(response: HttpResponse) -> Iterator[Any]:
    """The JSON values of a body: one, or one for each chunk."""
    if not isinstance(response.body, str):
        return
    texts: Iterable[str] = [response.body]
    if response.content_type == "text/event-stream":
        texts = (event.data for event in event_stream.read_events(response.body))
    elif response.content_type == "application/x-ndjson":
        texts = event_stream.read_json_lines(response.body)
    for text in texts:
        if text != event_stream.DONE:
            yield _json_of(text)


def _json_of(text: str | bytes | None) -> Any:
    try:
        return json_text.read(text) if isinstance(text, str) else None
    except ValueError:
        return text


def _asked(asked: Any) -> Iterator[tuple[str, str]]:
    if not isinstance(asked, dict):
        return
    rest = {name: value for name, value in asked.items() if name not in _SHOWN}
    if rest:
        yield "with", json_text.write_line(rest)
    messages = asked.get("messages", asked.get("input"))
    if isinstance(messages, list) and all(isinstance(one, dict) for one in messages):
        for message in messages:
            yield str(message.get("role", message.get("type", "?"))), _content(message)
    elif "input" in asked or "prompt" in asked:
        value = asked.get("input", asked.get("prompt"))
        yield "input", value if isinstance(value, str) else json_text.write_line(value)


def _content(message: dict[str, Any]) -> str:
    """What a message says: its text, its parts, the calls in it."""
    content = message.get("content", message.get("output", message.get("parts")))
    parts = content if isinstance(content, list) else [content]
    said = [part if isinstance(part, str) else _part(part) for part in parts if part]
    said += [_called(call.get("function", {})) for call in _objects(message.get("tool_calls"))]
    if "arguments" in message:
        said.append(_called(message))
    return " ".join(said)


def _part(part: Any) -> str:
    if isinstance(part, dict):
        text = part.get("text", part.get("refusal"))
        return text if isinstance(text, str) else f"[{part.get('type', 'part')}]"
    return describe(part)


def _called(function: Any) -> str:
    return f"{function.get('name')}({function.get('arguments')})" if isinstance(function, dict) else describe(function)


def _answered(answers: list[Any]) -> Iterator[tuple[str, str]]:
    objects = _objects(answers)
    for answer in objects:
        if answer.get("error"):
            error = answer["error"]
            yield "error", str(error.get("message", error)) if isinstance(error, dict) else str(error)
        if isinstance(answer.get("data"), list):
            kinds = {str(one.get("object", "object")) for one in _objects(answer["data"])}
            yield "answer", f"{len(answer['data'])} × {' or '.join(sorted(kinds)) or 'nothing'}"
    yield from _choices(objects)
    if text := "".join(_texts(objects)):
        yield "assistant", text
    yield from (("assistant calls", call) for answer in objects for call in _item_calls(answer))
    inner = [answer["response"] for answer in objects if isinstance(answer.get("response"), dict)]
    usages = [answer["usage"] for answer in [*objects, *inner] if isinstance(answer.get("usage"), dict)]
    if usages and "total_tokens" in usages[-1]:
        yield "usage", f"{usages[-1]['total_tokens']} tokens"


def _unknown(answers: list[Any], response: HttpResponse) -> Iterator[tuple[str, str]]:
    """An answer in which nothing was found that is said: all of it, so that no change of it goes unseen."""
    if isinstance(response.body, bytes):
        yield "answer", f"{len(response.body)} bytes, sha256 {hashlib.sha256(response.body).hexdigest()}"
    else:
        for answer in answers:
            if answer not in (None, ""):
                yield "answer", answer if isinstance(answer, str) else json_text.write_line(answer)


def _choices(objects: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """The text and the calls of each choice, put together from its pieces."""
    texts: dict[str, str] = {}
    calls: dict[str, list[str]] = {}
    for choice in (one for answer in objects for one in _objects(answer.get("choices"))):
        said = choice.get("message") or choice.get("delta") or {}
        said = said if isinstance(said, dict) else {}
        which = str(choice.get("index"))
        texts[which] = texts.get(which, "") + _text(said.get("content"), said.get("refusal"), choice.get("text"))
        for position, call in enumerate(_objects(said.get("tool_calls"))):
            name = calls.setdefault(f"{which}.{call.get('index', position)}", ["", ""])
            function = call.get("function")
            if isinstance(function, dict):
                name[0] += _text(function.get("name"))
                name[1] += _text(function.get("arguments"))
    yield from (("assistant", text) for text in texts.values() if text)
    yield from (("assistant calls", f"{function}({arguments})") for function, arguments in calls.values())


def _texts(objects: list[dict[str, Any]]) -> Iterator[str]:
    """The text of other answers: the pieces or items of a response, what Ollama and Anthropic say."""
    for answer in objects:
        delta = answer.get("delta")
        if answer.get("type") == "response.output_text.delta":
            yield _text(delta)
        elif answer.get("type") == "content_block_delta" and isinstance(delta, dict):
            yield _text(delta.get("text"), delta.get("thinking"), delta.get("partial_json"))
        for item in _objects(answer.get("output") or answer.get("content")):
            if item.get("type") != "function_call":
                yield _content(item) if item.get("type") == "message" else _text(item.get("text"))
        message = answer.get("message")
        yield _text(message.get("content") if isinstance(message, dict) else answer.get("response"))


def _item_calls(answer: dict[str, Any]) -> Iterator[str]:
    """The calls among a response's items, or among a message's (Anthropic's ``tool_use``), once they are whole."""
    done = [answer.get("item")] if answer.get("type") == "response.output_item.done" else []
    for item in _objects([*_objects(answer.get("output") or answer.get("content")), *done]):
        if item.get("type") == "function_call":
            yield _called(item)
        elif item.get("type") == "tool_use":
            yield f"{item.get('name')}({json_text.write_line(item.get('input'))})"


def _text(*values: Any) -> str:
    """The first of the values that is a text which says something."""
    return next((value for value in values if isinstance(value, str) and value), "")


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _cut(text: str, *, full: bool) -> str:
    text = " ".join(text.split())
    return text if full or len(text) <= _SHORT else f"{text[:_SHORT]}… ({len(text)} characters)"
