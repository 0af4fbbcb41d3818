"""The search for secrets: in a body, in a text with the JSON and streams inside of it, and in a JSON value.

A search changes nothing, it gives edits. The edits of an inner text (a member of a JSON text, a chunk of a stream, a
tool call's arguments) are converted to positions in the outer text, so that all bytes around them stay.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from collections.abc import Set as AbstractSet
from functools import lru_cache
from itertools import pairwise
from typing import Any, NamedTuple

from vcr_openai._http.body import Body, JsonView, StreamFraming
from vcr_openai._http.event_stream import Span, json_line_spans
from vcr_openai._json.json_path import Place
from vcr_openai._json.json_text import ValueSpan, position, spans, unescaped
from vcr_openai._redaction.edits import Edit, Leaf, as_text, distribute, edit, merge, spread_texts, text_leaves
from vcr_openai._redaction.logprobs import has_logprobs_only, may_have_logprobs_only
from vcr_openai._redaction.percent_words import BETWEEN, decoded_words
from vcr_openai._redaction.redaction import CUSTOM, Redaction
from vcr_openai._secrets.hints import has_escape, words_of_hints
from vcr_openai._secrets.secret_names import (
    NAME_HINTS,
    is_placeholder,
    is_replacement,
    may_name_secrets,
    secret_header,
    secret_member,
    secret_parameter,
    secrets_by_name,
)
from vcr_openai._secrets.secret_shapes import Match, secrets_by_shape

_DEEPEST = 5  # JSON texts in JSON texts that are read; a tool call's arguments in a chunk are the second
_DECODED = 2  # times that percent-encoding is undone: an address in an address is the second
_HEADERS = frozenset(["headers", "extra_headers", "default_headers"])
_QUERY = "extra_query"  # an argument of the SDK's methods: parameters for the address
_READS_ESCAPES = "pem-private-key"  # the kind whose shape can end within a JSON escape
_NEAR = 20  # characters after a name in which its colon follows
_BYTES = "bytes"  # of a logprob: the token again, as numbers
_ALTERNATIVES = "top_logprobs"
_LOGPROBS = frozenset(["logprobs", _ALTERNATIVES])
_SET_COOKIE = "set-cookie"
_COOKIE = re.compile(r"(?:\A|,)\s*[^=;,\s]+\s*=\s*([^;]*)")  # several may be joined by commas
_CONTAINER = re.compile(r"\s*[{\[]")
_MARKS = {b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"}
_TEXT_MARKS = ("\ufeff", "\xef\xbb\xbf")  # a byte order mark, and that of UTF-8 read as Latin-1
_PART_HEAD = re.compile(r"(?:[^\r\n]+\r?\n){0,20}\r?\n")
_PART_NAME = re.compile(r"""[;\s]name=(?:"([^"\r\n]*)"|([^\s;"]+))""", re.IGNORECASE)
# A string of a JSON text that may be cut off in the midst of it.
_STRING = re.compile(r'"([^"\\]*(?:\\.[^"\\]*)*)(?:"|\\?\Z)', re.DOTALL)


def charset(body: Body) -> str:
    """The encoding in which a body is searched: UTF-8, else UTF-16 for JSON with its byte order mark, else Latin-1."""
    if body.text is not None:
        return "utf-8"
    name = _MARKS.get(body.octets[:2], "latin-1")
    try:
        is_json = _CONTAINER.match(body.octets[2:].decode(name))
    except UnicodeDecodeError:
        return "latin-1"
    return name if is_json else "latin-1"


def searched_text(body: Body) -> str:
    """The text of a body to which the edits of ``body_edits`` apply."""
    return body.octets.decode(charset(body)) if body.text is None else body.text


def body_edits(body: Body, redaction: Redaction) -> list[Edit]:
    """The edits that redact a body: positions in ``searched_text``."""
    text = searched_text(body)
    edits = _edits(text, None if body.text is None else body, redaction, 0)
    return merge([*_form_edits(text, body.boundary, redaction), *edits]) if body.boundary else edits


def _form_edits(text: str, boundary: str, redaction: Redaction) -> Iterator[Edit]:
    """The edits of the parts of a form (RFC 7578): of fields by their names, and of uploaded JSON and JSON lines."""
    marks = [mark.span() for mark in re.finditer(rf"--{re.escape(boundary)}(?:--)?[ \t]*(?:\r?\n|\Z)", text)]
    for (_, start), (end, _) in pairwise([*marks, (len(text), len(text))]):
        found = _PART_HEAD.match(text, start, end)
        if found:
            content = text[found.end() : end].removesuffix("\n").removesuffix("\r")
            names = _PART_NAME.findall(found[0])
            name = "".join(names[0]) if names else ""
            for one in leaf_edits(Leaf((name,), name, content), content, redaction, 0):
                yield one.at((name,), found.end() + one.start, found.end() + one.end)


def text_edits(text: str, redaction: Redaction, depth: int = 0) -> list[Edit]:
    """The edits that redact a text: JSON, server-sent events, JSON lines, or anything else."""
    return _edits(text, None, redaction, depth)


def value_edits(value: Any, redaction: Redaction) -> dict[Place, list[Edit]]:
    """The edits that redact the texts of a JSON value, by their paths."""
    return _value_edits([((), value)], redaction, 0, whole=True)


def stream_edits(chunks: list[tuple[Place, Any]], redaction: Redaction) -> dict[Place, list[Edit]]:
    """The edits for the secrets that are spread over the chunks of a stream, by path; each chunk has its own path."""
    return _spread_edits(chunks, redaction, 0)


def _edits(text: str, body: Body | None, redaction: Redaction, depth: int) -> list[Edit]:
    """The edits of a text; ``body`` is the Body of which it is the text, None for a text inside of another one."""
    suspicious = may_hold(text, redaction)
    if not suspicious and not may_be_spread(text):
        return []
    if mark := next((mark for mark in _TEXT_MARKS if text.startswith(mark)), ""):
        inner = _edits(text[len(mark) :], None, redaction, depth)
        return [one.at((), one.start + len(mark), one.end + len(mark)) for one in inner]
    # "?" in the place of a lone surrogate: it has the same length and is not part of a secret.
    parts = parts_of(body or Body(text.encode(errors="replace")), text)
    if suspicious and may_have_logprobs_only(text, redaction) and has_logprobs_only(text, [one.value for one in parts]):
        suspicious = False
    if not parts:
        return merge([*_loose_edits(text, redaction, depth), *_plain_edits(text, redaction)])
    found = _value_edits([(part.path, part.value) for part in parts], redaction, depth, whole=suspicious)
    edits = [one for part in parts for one in _placed(part, found, redaction, depth)]
    if suspicious:  # what the values do not contain: keys, a key that occurs twice, comments of a stream
        edits += (one for one in _token_edits(text) if one.kind != _READS_ESCAPES)
    return merge(edits)


class _Part(NamedTuple):
    """The JSON value of a text, or a chunk of its stream.

    ``value`` is the JSON object or list; where there is none, the text. ``path`` is the chunk's number. ``spans`` are
    the places of the part's lines in the whole text. ``strict`` is false where strict JSON refuses the text.
    """

    path: Place
    text: str
    value: Any
    spans: tuple[Span, ...]
    strict: bool = True

    def place(self, one: Edit, start: int, end: int, path: Place) -> Iterator[Edit]:
        """An edit of the part's text from ``start`` to ``end``, as edits of the whole text."""
        if len(self.spans) == 1:
            yield one.at(path, self.spans[0][0] + start, self.spans[0][0] + end)
            return
        lengths = [stop - begin + 1 for begin, stop in self.spans]  # with the line feed that joins them
        moved = one._replace(start=start, end=end)
        for (begin, stop), shares in zip(self.spans, distribute([moved], lengths), strict=True):
            for share in shares:
                yield share.at(path, begin + share.start, min(begin + share.end, stop))


def parts_of(body: Body, text: str) -> list[_Part]:
    """The chunks of a stream, or the one JSON value; empty for a text that is neither."""
    parts = [
        _Part((number,), chunk.text, _value_of(chunk.json, chunk.text), chunk.spans, chunk.json.problem is None)
        for number, chunk in enumerate(body.chunks)
    ]
    if parts and (body.framing is StreamFraming.EVENTS or not isinstance(parts[0].value, str)):
        return parts
    if not _CONTAINER.match(text):
        return parts
    value = _value_of(body.json, text)
    if not isinstance(value, str):  # also one JSON text on several lines that the content type calls JSON lines
        return [_Part((), text, value, ((0, len(text)),), body.json.problem is None)]
    lines = [
        _Part((number,), text[start:end], _lenient_value(text[start:end]), ((start, end),), strict=False)
        for number, (start, end) in enumerate(json_line_spans(text))
    ]
    # JSON lines that are not strict JSON; the last one may be cut off.
    return lines if len(lines) > 1 and not any(isinstance(line.value, str) for line in lines[:-1]) else parts


def _value_of(view: JsonView, text: str) -> Any:
    """The object or list of a text, else the text. What strict JSON refuses is read leniently: NaN, a key twice."""
    if view.problem is not None:
        return _lenient_value(text)
    return view.value if isinstance(view.value, (dict, list)) else text


def _lenient_value(text: str) -> Any:
    if not _CONTAINER.match(text):
        return text
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return text


def _loose_edits(text: str, redaction: Redaction, depth: int) -> Iterator[Edit]:
    """The edits of a JSON text that cannot be read, as it is cut off or nested too deep: string by string."""
    if not _CONTAINER.match(text):
        return
    name, end = "", 0
    for found in _STRING.finditer(text):
        value = unescaped(found[1])
        if text[found.end() : found.end() + _NEAR].lstrip().startswith(":"):
            name = value
        else:
            if "}" in text[end : found.start()]:
                name = ""
            place = position(text, ValueSpan((), found.start(1), found.end(1)))
            for one in leaf_edits(Leaf((name,), name, value), value, redaction, depth):
                yield one.at((name,) if name else (), place(one.start), place(one.end))
        end = found.end()


def may_hold(text: str, redaction: Redaction, rounds: int = _DECODED, found: AbstractSet[str] | None = None) -> bool:
    """Whether a text may have a secret. False is certain, except for secrets that are spread over a stream's chunks.

    ``found`` are the hints that the text has (``hints.words_of_hints``), where they are known.
    """
    if found := words_of_hints(text) if found is None else found:
        if has_escape(text) or next(secrets_by_shape(text, found), None) is not None:
            return True
        if not NAME_HINTS.isdisjoint(found) and may_name_secrets(text):
            return True
    if redaction.patterns:  # a pattern may mean the beginning of a text or word, which an escape can hide
        return True
    if redaction.fields:
        low = text.lower()
        if any(name in low or not name.isascii() for name in redaction.fields):
            return True
    if rounds == 0 or "%" not in text:
        return False
    return bool(words := decoded_words(text).text) and may_hold(words, redaction, rounds - 1)


def may_be_spread(text: str) -> bool:
    """Whether a text may be a stream or have logprobs, over which a secret may be spread."""
    if "data:" in text or ("\n" in text and ("}\n{" in text or "}\r\n{" in text)):
        return True
    return '"token' in text and ('"tokens"' in text or '"token"' in text)


def _plain_edits(text: str, redaction: Redaction, rounds: int = _DECODED) -> Iterator[Edit]:
    """The edits of a text that is neither JSON nor a stream, as written and with its percent-encoding undone."""
    yield from _token_edits(text)
    words = decoded_words(text) if rounds else None
    if words and words.text:
        for one in _plain_edits(words.text, redaction, rounds - 1):
            if BETWEEN in words.text[one.start : one.end]:  # a user's pattern may match beyond a word
                continue
            yield one._replace(start=words.places[one.start], end=words.places[one.end])
    for pattern in _compiled(redaction):
        for found in pattern.finditer(text):
            if found.end() > found.start():
                yield edit(Match(*found.span(), CUSTOM), text)


def _token_edits(text: str) -> Iterator[Edit]:
    """The edits that contain no quote and no escape (except of _READS_ESCAPES): a JSON text stays JSON."""
    for match in secrets_by_shape(text):
        yield edit(match, text)
    if may_name_secrets(text):
        for match in secrets_by_name(text):
            yield edit(match, text)


def _value_edits(
    values: list[tuple[Place, Any]], redaction: Redaction, depth: int, *, whole: bool
) -> dict[Place, list[Edit]]:
    """The edits of one JSON value or of a stream's chunks; without ``whole`` only those of spread texts."""
    found = _spread_edits(values, redaction, depth)
    if whole:
        for prefix, value in values:
            for leaf in text_leaves(value, prefix):
                edits = leaf_edits(leaf, as_text(leaf.text), redaction, depth)
                if edits:
                    found[leaf.path] = merge([*found.get(leaf.path, ()), *edits])
    return found


def _spread_edits(chunks: list[tuple[Place, Any]], redaction: Redaction, depth: int) -> dict[Place, list[Edit]]:
    found: dict[Place, list[Edit]] = {}
    for pieces in spread_texts(chunks):
        texts = [as_text(piece.text) for piece in pieces]
        named = zip(pieces, texts, strict=True)
        if all(is_replacement(text) or _kind_by_name(piece, text, redaction) for piece, text in named):
            continue  # each is a secret by its name, as in the records of a file
        edits = leaf_edits(pieces[0], "".join(texts), redaction, depth)
        if edits:
            for piece, shares in zip(pieces, distribute(edits, list(map(len, texts))), strict=True):
                if shares:
                    found[piece.path] = [one._replace(path=()) for one in shares]
    tokens = [path for path in found if path[-1] == "token" and _ALTERNATIVES not in path]
    by_prefix = dict(chunks) if tokens else {}
    for path in tokens:
        found.update(_alternatives(path, by_prefix))
    return found


def _alternatives(path: Place, chunks: dict[Place, Any]) -> Iterator[tuple[Place, list[Edit]]]:
    """The edits that empty the alternatives of a token that is part of a secret: one of them is the token itself."""
    prefix = path[: len(next(iter(chunks)))]
    element = chunks[prefix]
    for step in path[len(prefix) : -1]:
        element = element[step]
    others = element.get(_ALTERNATIVES)
    for index, other in enumerate(others if isinstance(others, list) else ()):
        text = other.get("token") if isinstance(other, dict) else None
        if text and isinstance(text, str):
            yield (*path[:-1], _ALTERNATIVES, index, "token"), [Edit(0, len(text), "", "", "")]


def leaf_edits(leaf: Leaf, text: str, redaction: Redaction, depth: int = 0) -> list[Edit]:
    """The edits of a text of a JSON value: all of it where its name makes it a secret, else those of a text."""
    kind = _kind_by_name(leaf, text, redaction)
    if kind is not None:
        places = _cookie_values(text) if kind == _SET_COOKIE else [(0, len(text))]
        return [edit(Match(*span, kind), text) for span in places if not is_replacement(text[slice(*span)])]
    if depth < _DEEPEST:
        return text_edits(text, redaction, depth + 1)
    return merge(_plain_edits(text, redaction))


def _kind_by_name(leaf: Leaf, text: str, redaction: Redaction) -> str | None:
    """The kind of the secret that a text is because of its path; None for other paths, and where it is no secret."""
    name, path = leaf.name, leaf.path
    keys = [step for step in path if isinstance(step, str)]
    outer = keys[-2] if len(keys) > 1 else ""
    if name.lower() in redaction.fields or (
        (outer in _HEADERS and name.lower() in redaction.headers)
        or (outer == _QUERY and name.lower() in redaction.query)
    ):
        return None if not text or is_replacement(text) else CUSTOM
    if outer in _HEADERS:
        kind = "mcp-header" if "tools" in keys[:-2] and _is_tool(path) else secret_header(name)
        return None if kind is None or is_placeholder(text) else kind
    if name == "token" and not _LOGPROBS.isdisjoint(keys):  # what the model wrote, piece by piece
        return None
    return secret_parameter(name, text) if outer == _QUERY else secret_member(name, text)


def _cookie_values(text: str) -> list[tuple[int, int]]:
    """The places of the values in a set-cookie header: clients look up cookies by name, and obey their attributes."""
    found = [match.span(1) for match in _COOKIE.finditer(text)] or [(0, len(text))]
    return [(start, end) for start, end in found if start < end]


def _is_tool(path: Place) -> bool:
    at = max(index for index, step in enumerate(path) if step in _HEADERS)
    return at > 1 and path[at - 2] == "tools"


def _placed(part: _Part, found: dict[Place, list[Edit]], redaction: Redaction, depth: int) -> Iterator[Edit]:
    """The edits of the texts of a part, as edits of the whole text."""
    if isinstance(part.value, str):
        for one in found.get(part.path, ()):
            yield from part.place(one, one.start, one.end, part.path)
        return
    if part.strict and not any(path[: len(part.path)] == part.path for path in found):
        return
    numbers = {(*path[:-1], _BYTES) for path in found if path[-1:] == ("token",)}
    for span in spans(part.text):
        path = part.path + span.path
        is_text = part.text[span.start - 1] == '"'
        edits = found.get(path)
        if is_text and not part.strict:
            text = json.loads(part.text[span.start - 1 : span.end + 1])
            if text != _value_at(part.value, span.path):  # of a key that occurs twice, the value has the last member
                name = next((step for step in reversed(path) if isinstance(step, str)), "")
                edits = leaf_edits(Leaf(path, name, text), text, redaction, depth)
        if edits and is_text:
            place = position(part.text, span)
            for one in edits:
                yield from part.place(one, place(one.start), place(one.end), path)
        elif path in numbers and part.text[span.start] == "[":
            yield from part.place(Edit(0, 0, "", "null", ""), span.start, span.end, path)


def _value_at(value: Any, path: Place) -> Any:
    try:
        for step in path:
            value = value[step]
    except (KeyError, IndexError, TypeError):
        return None
    return value


@lru_cache(maxsize=64)
def _compiled(redaction: Redaction) -> tuple[re.Pattern[str], ...]:
    return tuple(map(re.compile, redaction.patterns))
