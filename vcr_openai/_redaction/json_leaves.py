"""The texts of a JSON value: where each stands, under which name, and with which others it is one text in a stream."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any, NamedTuple

from vcr_openai._json.json_spans import Path

LaneKey = tuple[Any, ...]
# Texts of a chunk that name things and repeat; the others are pieces of something longer.
_NO_PIECE = frozenset(
    [
        "id",
        "object",
        "model",
        "role",
        "type",
        "finish_reason",
        "system_fingerprint",
        "service_tier",
        "created_at",
        "item_id",
        "status",
        "obfuscation",
        "__type__",
        "call_id",
        "event_id",
        "response_id",
        "done_reason",
        "stop_reason",
        "stop_sequence",
        "native_finish_reason",
        "provider",
    ]
)
# What tells apart the streams that one response interleaves (Responses API, Anthropic). An item's id is no part of it:
# proxies send another one with each event.
_DISCRIMINATORS = ("type", "output_index", "content_index", "summary_index", "index")
_TOKEN_LISTS = frozenset(["content", "refusal", "tokens"])  # under "logprobs": its elements spell the answer
DATA = "__data__"  # the key of a tagged value's content


class Leaf(NamedTuple):
    """A text of a value. ``name`` is the key it stands under, through lists."""

    path: Path
    name: str
    text: str | bytes


def leaves(value: Any, prefix: Path = ()) -> Iterator[Leaf]:
    """The texts and bytes of a JSON value in document order. Without recursion: depth is no matter."""
    stack: list[tuple[Path, str, Any]] = [(prefix, "", value)]
    while stack:
        path, name, value = stack.pop()
        if isinstance(value, (str, bytes)):
            yield Leaf(path, name, value)
        elif isinstance(value, dict):
            stack.extend(((*path, key), key, item) for key, item in reversed(value.items()) if isinstance(key, str))
        elif isinstance(value, (list, tuple)):
            stack.extend(((*path, index), name, value[index]) for index in range(len(value) - 1, -1, -1))


def lanes(chunks: Iterable[tuple[Path, Any]]) -> dict[LaneKey, list[Leaf]]:
    """The pieces of each text that is spread over a stream's chunks (or a logprobs list), by what tells texts apart."""
    found: dict[LaneKey, list[Leaf]] = {}
    for prefix, chunk in chunks:
        if isinstance(chunk, str):
            found.setdefault((), []).append(Leaf(prefix, "", chunk))
            continue
        if isinstance(chunk, dict) and isinstance(chunk.get(DATA), dict):
            prefix, chunk = (*prefix, DATA), chunk[DATA]  # noqa: PLW2901 - the object without its tag
        head = tuple(chunk.get(name) for name in _DISCRIMINATORS) if isinstance(chunk, dict) else ()
        for key, leaf in _pieces(chunk, prefix):
            found.setdefault((repr(head), key), []).append(leaf)
    return {key: pieces for key, pieces in found.items() if len(pieces) > 1}


def _pieces(chunk: Any, prefix: Path) -> Iterator[tuple[Path, Leaf]]:
    """The texts of a chunk that may be pieces, each with its path in terms of the ``index`` that elements state."""
    stack: list[tuple[Path, Path, str, bool, Any]] = [((), prefix, "", False, chunk)]
    while stack:
        key, path, name, spelled, value = stack.pop()
        if isinstance(value, str):
            if value and name not in _NO_PIECE:
                yield key, Leaf(path, name, value)
        elif isinstance(value, dict):
            for step, item in reversed(value.items()):
                stack.append(((*key, step), (*path, step), step, spelled or step == "logprobs", item))
        elif isinstance(value, list):
            for position in range(len(value) - 1, -1, -1):
                item = value[position]
                index = item.get("index") if isinstance(item, dict) else None
                step = index if isinstance(index, int) else position
                if spelled and name in _TOKEN_LISTS:
                    step = -1
                stack.append(((*key, step), (*path, position), name, spelled, item))


def as_text(content: str | bytes) -> str:
    """A body as text: bytes that are not UTF-8 as Latin-1, of which ``like`` makes the same bytes again."""
    if isinstance(content, str):
        return content
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def like(text: str, content: str | bytes) -> str | bytes:
    """A changed text as what its original is: text, or bytes in the encoding that ``as_text`` read."""
    if isinstance(content, str):
        return text
    try:
        content.decode()
    except UnicodeDecodeError:
        return text.encode("latin-1")
    return text.encode()
