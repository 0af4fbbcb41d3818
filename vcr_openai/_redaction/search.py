"""The search for secrets: in a text, in the JSON and the streams that it holds, and in a JSON value.

The rule of this file: a search changes nothing, it yields edits. Those of an inner text (a field of a JSON text, a
chunk of a stream, a tool call's arguments) are carried outwards by position, so that all bytes around them stay.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import Any

from vcr_openai._json.json_spans import Path, position, spans
from vcr_openai._redaction.edits import Edit, distribute, edit, merge
from vcr_openai._redaction.frames import Frame, frames
from vcr_openai._redaction.header_names import is_secret_header
from vcr_openai._redaction.json_leaves import Leaf, as_text, lanes, leaves
from vcr_openai._redaction.percent import BETWEEN, decoded_words
from vcr_openai._redaction.redaction import CUSTOM, Redaction
from vcr_openai._redaction.secret_names import is_placeholder, may_name_secrets, named, secret_field, secret_parameter
from vcr_openai._redaction.secrets import Match, shaped

_DEEPEST = 5  # JSON texts in JSON texts that are opened; a tool call's arguments in a chunk are the second
_DECODED = 2  # times that percent-encoding is undone: an address in an address is the second
_HEADERS = frozenset(["headers", "extra_headers", "default_headers"])
_QUERY = "extra_query"  # an argument of the SDK's methods: parameters for the address
_READS_ESCAPES = "pem-private-key"  # the kind whose shape can end within a JSON escape
_BYTES = "bytes"  # of a logprob: the token again, as numbers
_ALTERNATIVES = "top_logprobs"
_NULL = "null"


def text_edits(text: str, redaction: Redaction, depth: int = 0) -> list[Edit]:
    """The edits that redact a text: JSON, server-sent events, JSON lines, or anything else."""
    suspicious = _may_hold(text, redaction)
    parts = frames(text) if suspicious or _may_be_spelled_out(text) else None
    if parts is None:
        return []
    if len(parts) == 1 and isinstance(parts[0].value, str):
        return merge(_plain_edits(text, redaction))
    found = _value_edits([(part.path, part.value) for part in parts], redaction, depth, whole=suspicious)
    edits = [one for part in parts for one in _placed(part, found)]
    if suspicious:  # what a value does not show: keys, a key that stands twice, comments of a stream
        edits += (one for one in _token_edits(text) if one.kind != _READS_ESCAPES)
    return merge(edits)


def value_edits(value: Any, redaction: Redaction) -> dict[Path, list[Edit]]:
    """The edits that redact the texts of a JSON value, by their paths."""
    return _value_edits([((), value)], redaction, 0, whole=True)


def stream_edits(chunks: list[tuple[Path, Any]], redaction: Redaction) -> dict[Path, list[Edit]]:
    """The edits that redact what is spread over the chunks of a stream, by path: each chunk comes with its own."""
    return _lane_edits(chunks, redaction, 0)


def _may_hold(text: str, redaction: Redaction, rounds: int = _DECODED) -> bool:
    """Whether it is worth reading a text closely. False is certain, but for what is spread over a stream's chunks."""
    if next(shaped(text), None) is not None or may_name_secrets(text) or "\\u00" in text:
        return True
    if redaction.patterns:  # which may mean the beginning of a text or word, and see neither behind an escape
        return True
    if redaction.fields:
        low = text.lower()
        if any(name in low or not name.isascii() for name in redaction.fields):
            return True
    return rounds > 0 and bool(words := decoded_words(text).text) and _may_hold(words, redaction, rounds - 1)


def _may_be_spelled_out(text: str) -> bool:
    """Whether a text may be a stream, or hold logprobs: a secret in pieces shows in no part of it."""
    return "data:" in text or "}\n{" in text or "}\r\n{" in text or '"tokens"' in text or '"token"' in text


def _plain_edits(text: str, redaction: Redaction, rounds: int = _DECODED) -> Iterator[Edit]:
    """The edits of a text that is nothing but text, as it stands and with its percent-encoding undone."""
    yield from _token_edits(text)
    words = decoded_words(text) if rounds else None
    if words and words.text:
        for one in _plain_edits(words.text, redaction, rounds - 1):
            if BETWEEN in words.text[one.start : one.end]:  # a user's pattern may go on over it
                continue
            yield one._replace(start=words.places[one.start], end=words.places[one.end])
    for pattern in _compiled(redaction):
        for found in pattern.finditer(text):
            if found.end() > found.start():
                yield edit(Match(*found.span(), CUSTOM), text)


def _token_edits(text: str) -> Iterator[Edit]:
    """The edits of what no quote and no escape interrupts, but for _READS_ESCAPES: safe in a JSON text as it stands."""
    for match in shaped(text):
        yield edit(match, text)
    if may_name_secrets(text):
        for match in named(text):
            yield edit(match, text)


def _value_edits(
    values: list[tuple[Path, Any]], redaction: Redaction, depth: int, *, whole: bool
) -> dict[Path, list[Edit]]:
    """The edits of values that are one JSON document (one value) or the chunks of a stream (several)."""
    found = _lane_edits(values, redaction, depth)
    if whole:
        for prefix, value in values:
            for leaf in leaves(value, prefix):
                edits = _leaf_edits(leaf, as_text(leaf.text), redaction, depth)
                if edits:
                    found[leaf.path] = merge([*found.get(leaf.path, ()), *edits])
    return found


def _lane_edits(chunks: list[tuple[Path, Any]], redaction: Redaction, depth: int) -> dict[Path, list[Edit]]:
    found: dict[Path, list[Edit]] = {}
    for pieces in lanes(chunks).values():
        texts = [as_text(piece.text) for piece in pieces]
        name = next((piece.name for piece in pieces), "")
        edits = _leaf_edits(Leaf((), name, ""), "".join(texts), redaction, depth)
        if edits:
            for piece, shares in zip(pieces, distribute(edits, list(map(len, texts))), strict=True):
                if shares:
                    found[piece.path] = [one._replace(path=()) for one in shares]
    tokens = [path for path in found if path[-1] == "token" and _ALTERNATIVES not in path]
    by_prefix = dict(chunks) if tokens else {}
    for path in tokens:
        found.update(_alternatives(path, by_prefix))
    return found


def _alternatives(path: Path, chunks: dict[Path, Any]) -> Iterator[tuple[Path, list[Edit]]]:
    """The edits that empty the alternatives of a token that is part of a secret: one of them is that token again."""
    prefix = path[: len(next(iter(chunks)))]
    element = chunks[prefix]
    for step in path[len(prefix) : -1]:
        element = element[step]
    others = element.get(_ALTERNATIVES)
    for index, other in enumerate(others if isinstance(others, list) else ()):
        text = other.get("token") if isinstance(other, dict) else None
        if text and isinstance(text, str):
            yield (*path[:-1], _ALTERNATIVES, index, "token"), [Edit(0, len(text), "", "", "")]


def _leaf_edits(leaf: Leaf, text: str, redaction: Redaction, depth: int) -> list[Edit]:
    kind = _kind_by_name(leaf, redaction)
    if kind is not None:
        return [] if is_placeholder(text) else [edit(Match(0, len(text), kind), text)]
    if depth < _DEEPEST:
        return text_edits(text, redaction, depth + 1)
    return merge(_plain_edits(text, redaction))


def _kind_by_name(leaf: Leaf, redaction: Redaction) -> str | None:
    """The kind of the secret that a text is for standing where it does, whatever it looks like."""
    name, path = leaf.name, leaf.path
    if name.lower() in redaction.fields:
        return CUSTOM
    keys = [step for step in path if isinstance(step, str)]
    if len(keys) > 1 and keys[-2] in _HEADERS:
        if "tools" in keys[:-2] and _is_tool(path):
            return "mcp-header"
        if name.lower() in redaction.headers:
            return CUSTOM
        if is_secret_header(name):
            return secret_field(name) or name.lower()
    if len(keys) > 1 and keys[-2] == _QUERY:
        return CUSTOM if name.lower() in redaction.query else secret_parameter(name)
    return secret_field(name)


def _is_tool(path: Path) -> bool:
    at = max(index for index, step in enumerate(path) if step in _HEADERS)
    return at > 1 and path[at - 2] == "tools"


def _placed(part: Frame, found: dict[Path, list[Edit]]) -> Iterator[Edit]:
    """The edits of a frame's texts, as edits of the text that the frame stands in."""
    if isinstance(part.value, str):
        for one in found.get(part.path, ()):
            yield from part.place(one, one.start, one.end, part.path)
        return
    if not any(path[: len(part.path)] == part.path for path in found):
        return
    numbers = {(*path[:-1], _BYTES) for path in found if path[-1:] == ("token",)}
    for span in spans(part.text):
        path = part.path + span.path
        edits = found.get(path)
        if edits and part.text[span.start - 1] == '"':
            place = position(part.text, span)
            for one in edits:
                yield from part.place(one, place(one.start), place(one.end), path)
        elif path in numbers and part.text[span.start] == "[":
            yield from part.place(Edit(0, 0, "", _NULL, ""), span.start, span.end, path)


@lru_cache(maxsize=64)
def _compiled(redaction: Redaction) -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, redaction.patterns))
