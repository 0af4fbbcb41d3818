"""The transcript of an exchange: its messages with their speakers, in a few lines, for every endpoint and framing.

It is for people: it leaves out what they do not need, and nothing is made from it.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from vcr_openai._api.api_paths import api_path
from vcr_openai._errors import describe, without_secrets
from vcr_openai._http.body import Body, StreamFraming
from vcr_openai._http.event_stream import DONE
from vcr_openai._http.exchange import Exchange, HttpRequest
from vcr_openai._json import json_text
from vcr_openai._recording.invented import OPAQUE_METHOD

_SHORT = 200  # characters of a text, without --full
_READ = 2000  # characters that are searched for secrets before the first are shown
_HEAD = 80  # characters of a question that names an interaction
_SHOWN = ("messages", "input", "prompt", "model", "stream")  # members of a request that are shown elsewhere


def transcript(exchange: Exchange, *, full: bool = False) -> Iterator[str]:
    """The lines for an exchange: a headline, the request, the answer. ``full`` keeps long texts whole."""
    request, response = exchange.request, exchange.response
    if request.method == OPAQUE_METHOD:
        yield f"opaque: {request.body.text if request.body else ''}"
        return
    asked = _value(request.body) if request.body else None
    answers = _answers(response.body)
    is_stream = response.body.framing is StreamFraming.EVENTS or response.body.declared_framing  # else a file of JSON
    streamed = f", a stream of {len(answers)}" if is_stream else ""
    yield f"{request.method} {api_path(urlsplit(request.uri).path).path}{_model(asked)} → {response.status}{streamed}"
    answered = list(_answered(answers)) or list(_unknown(answers, response.body))
    for speaker, text in [*_asked(asked), *answered]:
        yield f"  {speaker}: {_in_line(text) if full else _cut(text, _SHORT)}"


def question(request: HttpRequest) -> str:
    """What a request asks, in a line: method, path, model, and the last thing that was said."""
    asked = _value(request.body) if request.body else None
    said = [text for speaker, text in _asked(asked) if speaker != "with"]
    text = f": {_cut(without_secrets(said[-1][:_READ]), _HEAD)}" if said else ""  # half a secret has no shape
    return f"{request.method} {api_path(urlsplit(request.uri).path).path}{_model(asked)}{text}"


def _model(asked: Any) -> str:
    return f" {asked['model']}" if isinstance(asked, dict) and isinstance(asked.get("model"), str) else ""


def _answers(body: Body) -> list[Any]:
    """The JSON values of a body: one, or one for each chunk; the text where it is not JSON."""
    if body.text is None:
        return []
    if body.framing is None:
        return [_value(body)]
    return [chunk.text if chunk.json.problem else chunk.json.value for chunk in body.chunks if chunk.text != DONE]


def _value(body: Body) -> Any:
    return body.text if body.json.problem else body.json.value


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
    """The content of a message: its text, its parts, the calls in it."""
    content = message.get("content", message.get("output", message.get("parts")))
    parts = content if isinstance(content, list) else [content]
    texts = [part if isinstance(part, str) else _part(part) for part in parts if part]
    texts += [_called(call.get("function", {})) for call in _objects(message.get("tool_calls"))]
    if "arguments" in message:
        texts.append(_called(message))
    return " ".join(texts)


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


def _unknown(answers: list[Any], body: Body) -> Iterator[tuple[str, str]]:
    """An answer without a known text: all of it, so that every change of it is visible."""
    if body.text is None:
        yield "answer", f"{len(body.octets)} bytes, sha256 {hashlib.sha256(body.octets).hexdigest()}"
    else:
        for answer in answers:
            if answer not in (None, ""):
                yield "answer", answer if isinstance(answer, str) else json_text.write_line(answer)


def _choices(objects: list[dict[str, Any]]) -> Iterator[tuple[str, str]]:
    """The text and the calls of each choice, put together from its pieces."""
    texts: dict[str, str] = {}
    calls: dict[str, list[str]] = {}
    for choice in (one for answer in objects for one in _objects(answer.get("choices"))):
        message = choice.get("message") or choice.get("delta") or {}
        message = message if isinstance(message, dict) else {}
        which = str(choice.get("index"))
        texts[which] = texts.get(which, "") + _text(message.get("content"), message.get("refusal"), choice.get("text"))
        for position, call in enumerate(_objects(message.get("tool_calls"))):
            name = calls.setdefault(f"{which}.{call.get('index', position)}", ["", ""])
            function = call.get("function")
            if isinstance(function, dict):
                name[0] += _text(function.get("name"))
                name[1] += _text(function.get("arguments"))
    yield from (("assistant", text) for text in texts.values() if text)
    yield from (("assistant calls", f"{function}({arguments})") for function, arguments in calls.values())


def _texts(objects: list[dict[str, Any]]) -> Iterator[str]:
    """The text of other answers: the pieces or items of a response, Ollama's and Anthropic's texts."""
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
    """The first of the values that is a text and not empty."""
    return next((value for value in values if isinstance(value, str) and value), "")


def _objects(value: Any) -> list[dict[str, Any]]:
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _in_line(text: str) -> str:
    return " ".join(text.split())


def _cut(text: str, longest: int) -> str:
    text = _in_line(text)
    return text if len(text) <= longest else f"{text[:longest]}… ({len(text)} characters)"
