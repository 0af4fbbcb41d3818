"""A stream without its chunk borders: what its chunks say together.

A server cuts the same text at other places each time. Pieces of one text are joined, wherever they were cut; the values
that are not pieces of a text stay as they are, each where it came first.
"""

from __future__ import annotations

from collections.abc import Iterable
from copy import deepcopy
from typing import Any, Final

from vcr_openai._http.body import Chunk

# Members whose text arrives in pieces: of chats, legacy completions, Responses, threads, Anthropic, Ollama.
_PIECES: Final = frozenset(
    """arguments content data delta input partial_json reasoning reasoning_content refusal response signature text
    thinking transcript value""".split()
)
_PART: Final = ("item_id", "output_index", "content_index", "summary_index", "index")  # what a delta is a piece of


def merged(chunks: Iterable[Chunk]) -> list[Any]:
    """The values of a stream: those whose chunks are pieces of one are one. What is not JSON is its text."""
    values: list[Any] = []
    gathered: dict[tuple[Any, ...], dict[str, Any]] = {}
    for chunk in chunks:
        value = chunk.text if chunk.json.problem else chunk.json.value
        name = _whole(value)
        if name is None or not isinstance(value, dict):
            if not (isinstance(value, dict) and value.get("type") == "ping"):  # Anthropic's, to keep a connection open
                values.append(value)
        else:
            if name not in gathered:
                gathered[name] = {}
                values.append(gathered[name])
            _gather(gathered[name], value)
    return values


def _whole(value: Any) -> tuple[Any, ...] | None:
    """What a chunk is a piece of; None for one that stands for itself."""
    if not isinstance(value, dict):
        return None
    if isinstance(value.get("choices"), list):  # a chat or a legacy completion
        return ("choices",)
    delta = value.get("delta")
    if isinstance(delta, (str, dict)):
        kind = delta.get("type") if isinstance(delta, dict) else None
        names = (value.get("type"), value.get("object"), value.get("id"), kind, *(value.get(one) for one in _PART))
        return tuple(map(str, names))
    return ("done",) if isinstance(value.get("done"), bool) else None  # Ollama's


def _gather(into: dict[str, Any], value: dict[str, Any]) -> None:
    """Add a chunk to what is gathered: pieces are joined, lists are continued, of other values the last counts."""
    for name, item in value.items():
        known = into.get(name)
        if item is None or (item == "" and (known is not None or name in _PIECES)):
            if name not in _PIECES:
                into.setdefault(name, item)
        elif isinstance(item, str) and isinstance(known, str) and name in _PIECES:
            into[name] = known + item
        elif isinstance(item, dict) and isinstance(known, (dict, type(None))):
            _gather(into.setdefault(name, {}) if known is not None else _new(into, name), item)
        elif isinstance(item, list) and isinstance(known, (list, type(None))):
            into[name] = _continued(known or [], item)
        else:
            into[name] = item


def _new(into: dict[str, Any], name: str) -> dict[str, Any]:
    made: dict[str, Any] = {}
    into[name] = made
    return made


def _continued(known: list[Any], items: list[Any]) -> list[Any]:
    """A list with further elements; those with the ``index`` of a known one (choices, tool calls) are added to it."""
    result = list(known)
    for item in items:
        index = item.get("index") if isinstance(item, dict) else None
        if not isinstance(index, int):
            result.append(deepcopy(item))
            continue
        own = next((one for one in result if isinstance(one, dict) and one.get("index") == index), None)
        if own is None:
            own = {}
            result.append(own)
        _gather(own, item)
    if all(isinstance(one, dict) and isinstance(one.get("index"), int) for one in result):
        result.sort(key=lambda one: int(one["index"]))
    return result
