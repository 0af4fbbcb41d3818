"""What each chunk of a stream adds to an answer: the pieces of its texts, as they arrived."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, Final, NamedTuple

from vcr_openai._json.json_path import Place

_TEXTS: Final = {  # members of a message, and the kind of part that they are
    "reasoning_content": "reasoning",
    "reasoning": "reasoning",
    "thinking": "reasoning",
    "content": "text",
    "refusal": "refusal",
}
_DELTAS: Final = {  # events whose ``delta`` is a piece of a text
    "response.output_text.delta": "text",
    "response.refusal.delta": "refusal",
    "response.reasoning_text.delta": "reasoning",
    "response.reasoning_summary_text.delta": "reasoning",
    "response.function_call_arguments.delta": "call",
    "response.custom_tool_call_input.delta": "call",
    "response.audio.transcript.delta": "text",
    "transcript.text.delta": "text",
}
_ANTHROPIC: Final = {"text": "text", "thinking": "reasoning", "partial_json": "call"}
_PART: Final = ("output_index", "content_index", "summary_index", "index")
_CALLS: Final = ("function_call", "custom_tool_call", "tool_use", "server_tool_use")


class Piece(NamedTuple):
    """A text at a place of a chunk that continues the part ``slot`` of the answer, or is the name of its function."""

    slot: tuple[Any, ...]
    kind: str
    place: Place
    is_name: bool = False


def pieces(value: Any) -> Iterator[Piece]:
    """The pieces in a chunk, in the words of every API; none in one that adds nothing to a text."""
    if not isinstance(value, dict):
        return
    for at, choice in _objects(value.get("choices")):
        yield from _choice(choice, ("choices", at))
    yield from _event(value)
    for at, candidate in _objects(value.get("candidates")):  # Gemini's
        content = candidate.get("content")
        for part_at, part in _objects(content.get("parts") if isinstance(content, dict) else None):
            if isinstance(part.get("text"), str):
                kind = "reasoning" if part.get("thought") is True else "text"
                yield Piece(("candidate", at, kind), kind, ("candidates", at, "content", "parts", part_at, "text"))
    if isinstance(value.get("message"), dict) and "type" not in value:  # Ollama's
        yield from _message(value["message"], ("message",), ("message",))
    for name, kind in (("thinking", "reasoning"), ("response", "text")):
        if isinstance(value.get(name), str) and isinstance(value.get("done"), bool):
            yield Piece((name,), kind, (name,))


def _choice(choice: dict[str, Any], place: Place) -> Iterator[Piece]:
    slot = ("choice", choice.get("index", place[-1]))
    for name in ("delta", "message"):
        if isinstance(choice.get(name), dict):
            yield from _message(choice[name], slot, (*place, name))
    if isinstance(choice.get("text"), str):
        yield Piece((*slot, "text"), "text", (*place, "text"))


def _message(message: dict[str, Any], slot: tuple[Any, ...], place: Place) -> Iterator[Piece]:
    for name, kind in _TEXTS.items():
        if isinstance(message.get(name), str):
            yield Piece((*slot, kind), kind, (*place, name))
    for at, part in _objects(message.get("content")):
        if isinstance(part.get("text"), str):
            yield Piece((*slot, "text"), "text", (*place, "content", at, "text"))
    audio = message.get("audio")
    if isinstance(audio, dict) and isinstance(audio.get("transcript"), str):
        yield Piece((*slot, "text"), "text", (*place, "audio", "transcript"))
    for at, call in _objects(message.get("tool_calls")):
        called = "function" if isinstance(call.get("function"), dict) else "custom"
        yield from _call(call.get(called), (*slot, "call", call.get("index", at)), (*place, "tool_calls", at, called))
    yield from _call(message.get("function_call"), (*slot, "call", None), (*place, "function_call"))


def _call(function: Any, slot: tuple[Any, ...], place: Place) -> Iterator[Piece]:
    if isinstance(function, dict):
        for name in ("name", "arguments", "input"):
            if isinstance(function.get(name), str):
                yield Piece(slot, "call", (*place, name), is_name=name == "name")


def _event(value: dict[str, Any]) -> Iterator[Piece]:
    """The pieces of an event with a type: of the Responses API, transcriptions, Anthropic, threads."""
    event, delta = value.get("type"), value.get("delta")
    slot = tuple(value.get(name) for name in _PART)
    kind = _DELTAS.get(event) if isinstance(event, str) else None
    if kind and isinstance(delta, str):
        yield Piece((*(slot[:1] if kind == "call" else slot), kind), kind, ("delta",))
    elif isinstance(delta, dict):
        for name, of in _ANTHROPIC.items():
            if event == "content_block_delta" and isinstance(delta.get(name), str):
                yield Piece((value.get("index"),), of, ("delta", name))
        for at, part in _objects(delta.get("content")):  # of a thread's message
            if isinstance(part.get("text"), dict) and isinstance(part["text"].get("value"), str):
                yield Piece(("thread", part.get("index", at)), "text", ("delta", "content", at, "text", "value"))
    if event == "response.output_item.added":
        yield from _name(value.get("item"), (slot[0], "call"), "item")
    elif event == "content_block_start":
        yield from _name(value.get("content_block"), (value.get("index"),), "content_block")


def _name(item: Any, slot: tuple[Any, ...], member: str) -> Iterator[Piece]:
    """The name of the function that an item calls."""
    if isinstance(item, dict) and item.get("type") in _CALLS and isinstance(item.get("name"), str):
        yield Piece(slot, "call", (member, "name"), is_name=True)


def _objects(values: Any) -> Iterable[tuple[int, dict[str, Any]]]:
    found = enumerate(values) if isinstance(values, list) else ()
    return ((at, one) for at, one in found if isinstance(one, dict))
