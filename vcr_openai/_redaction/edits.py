"""Edits: which stretches of the texts in a JSON value are replaced, and the secrets that a report lists for them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from vcr_openai._json import json_path
from vcr_openai._json.json_path import Place
from vcr_openai._secrets.masking import excerpt
from vcr_openai._secrets.secret_shapes import SHAPES, Match
from vcr_openai._secrets.secret_values import is_example

# Kinds whose values are long; a shorter one is made up. What people choose themselves may be short.
_LONG_KINDS = frozenset(shape.kind for shape in SHAPES) - {"url-credentials", "basic-credentials"}
_SENTENCE = re.compile(r"[A-Z][A-Za-z']*(?: [A-Za-z,']+){2,}\.?")  # a description of a secret
# Texts of a chunk that name things and repeat; the others are pieces of something longer.
NO_PIECE = frozenset(
    "id object model role type finish_reason system_fingerprint service_tier created_at item_id status obfuscation "
    "__type__ call_id event_id response_id done_reason stop_reason stop_sequence native_finish_reason provider".split()
)
# Members that distinguish the texts that one response interleaves (Responses API, Anthropic). An item's id does not:
# proxies send another one with each event.
_DISCRIMINATORS = ("type", "output_index", "content_index", "summary_index", "index")
TOKEN_LISTS = frozenset(["content", "refusal", "tokens"])  # under "logprobs": their elements spell the answer
_DATA = "__data__"  # the key of a tagged value's content


class Secret(NamedTuple):
    """A secret that was found: its kind (``openai-key``), its JSON path, and a masked excerpt (``sk-p…9f``).

    ``made_up`` marks a value that people invent for tests and documentation (``sk-test-key``): it is redacted, but a
    check does not report it.
    """

    kind: str
    where: str
    excerpt: str
    made_up: bool = False


class Edit(NamedTuple):
    """A stretch of a text and its replacement. ``secret`` is the text for the report, empty for a secret's later parts.

    ``path`` leads from the text to the text inside of it (a JSON text's member) in which the secret was found.
    """

    start: int
    end: int
    kind: str
    replacement: str
    secret: str
    path: Place = ()

    def at(self, path: Place, start: int, end: int) -> Edit:
        """The same edit seen from an outer text, in which the inner one has the path ``path``."""
        return self._replace(path=path + self.path, start=start, end=end)


def edit(match: Match, text: str) -> Edit:
    """The edit that replaces a match in a text."""
    return Edit(match.start, match.end, match.kind, match.replacement, text[match.start : match.end])


def merge(edits: Iterable[Edit]) -> list[Edit]:
    """The edits in order, without overlaps: of two that overlap the earlier (or first given) one covers both."""
    merged: list[Edit] = []
    for one in sorted(edits, key=lambda one: one.start):
        if merged and one.start < merged[-1].end:
            last = merged[-1]
            if one.end > last.end:
                merged[-1] = last._replace(end=one.end, secret=last.secret or one.secret)
        else:
            merged.append(one)
    return merged


def apply(text: str, edits: Sequence[Edit]) -> str:
    """The text after merged edits; the same object where there are no edits."""
    if not edits:
        return text
    parts: list[str] = []
    end = 0
    for one in edits:
        parts += (text[end : one.start], one.replacement)
        end = one.end
    return "".join([*parts, text[end:]])


def distribute(edits: Iterable[Edit], lengths: Sequence[int]) -> list[list[Edit]]:
    """Edits of a joined text, as edits of its pieces: the first piece of a secret takes the replacement."""
    shares: list[list[Edit]] = [[] for _ in lengths]
    starts = [0]
    for length in lengths:
        starts.append(starts[-1] + length)
    piece = 0
    for one in edits:
        while starts[piece + 1] <= one.start:
            piece += 1
        at, rest = piece, one
        while at < len(lengths) and starts[at] < one.end:
            if lengths[at]:
                share = rest._replace(start=max(one.start - starts[at], 0), end=min(one.end - starts[at], lengths[at]))
                shares[at].append(share)
                rest = rest._replace(replacement="", secret="")
            at += 1
    return shares


def secrets_of(edits: Iterable[Edit], prefix: Place = ()) -> list[Secret]:
    """The secrets that edits replace, each once; ``prefix`` is the path of the edited text."""
    return [
        Secret(one.kind, json_path.write(prefix + one.path), excerpt(one.secret), _is_made_up(one))
        for one in edits
        if one.secret
    ]


def _is_made_up(one: Edit) -> bool:
    return is_example(one.secret, 12 if one.kind in _LONG_KINDS else 4) or _SENTENCE.fullmatch(one.secret) is not None


class Leaf(NamedTuple):
    """A text of a JSON value; ``name`` is the key of the member that has it, also through lists."""

    path: Place
    name: str
    text: str | bytes


def text_leaves(value: Any, prefix: Place = ()) -> Iterator[Leaf]:
    """The texts and bytes of a JSON value in document order. Not recursive: the value may be nested at any depth."""
    stack: list[tuple[Place, str, Any]] = [(prefix, "", value)]
    while stack:
        path, name, value = stack.pop()
        if isinstance(value, (str, bytes)):
            yield Leaf(path, name, value)
        elif isinstance(value, dict):
            stack.extend(((*path, key), key, item) for key, item in reversed(value.items()) if isinstance(key, str))
        elif isinstance(value, (list, tuple)):
            stack.extend(((*path, index), name, value[index]) for index in range(len(value) - 1, -1, -1))


def spread_texts(chunks: Iterable[tuple[Place, Any]]) -> list[list[Leaf]]:
    """The texts that are spread over a stream's chunks or a logprobs list: for each of them its pieces in order.

    A chunk is a JSON value with its path, or a text where it is not JSON.
    """
    found: dict[tuple[Any, ...], list[Leaf]] = {}
    for prefix, chunk in chunks:
        if isinstance(chunk, str):
            found.setdefault((), []).append(Leaf(prefix, "", chunk))
            continue
        data = data_in(chunk)
        head = discriminator(data)
        for key, leaf in _pieces(data, prefix if data is chunk else (*prefix, _DATA)):
            found.setdefault((head, key), []).append(leaf)
    return [pieces for pieces in found.values() if len(pieces) > 1]


def data_in(chunk: Any) -> Any:
    """A chunk without its tag, if it has one."""
    return chunk[_DATA] if isinstance(chunk, dict) and isinstance(chunk.get(_DATA), dict) else chunk


def discriminator(chunk: Any) -> str:
    """A text that is equal for the chunks of which one text is made."""
    if not isinstance(chunk, dict) or chunk.keys().isdisjoint(_DISCRIMINATORS):
        return ""
    return repr(tuple(map(chunk.get, _DISCRIMINATORS)))


def _pieces(chunk: Any, prefix: Place) -> Iterator[tuple[Place, Leaf]]:
    """The texts of a chunk that may be pieces, each with its path in terms of the elements' own ``index``."""
    stack: list[tuple[Place, Place, str, bool, Any]] = [((), prefix, "", False, chunk)]
    while stack:
        key, path, name, in_logprobs, value = stack.pop()
        if isinstance(value, str):
            if value and name not in NO_PIECE:
                yield key, Leaf(path, name, value)
        elif isinstance(value, dict):
            for step, item in reversed(value.items()):
                stack.append(((*key, step), (*path, step), step, in_logprobs or step == "logprobs", item))
        elif isinstance(value, list):
            for position in range(len(value) - 1, -1, -1):
                item = value[position]
                index = item.get("index") if isinstance(item, dict) else None
                step = index if isinstance(index, int) else position
                if in_logprobs and name in TOKEN_LISTS:
                    step = -1
                stack.append(((*key, step), (*path, position), name, in_logprobs, item))


def as_text(content: str | bytes) -> str:
    """Content as text: bytes that are not UTF-8 as Latin-1, from which ``like`` makes the same bytes again."""
    if isinstance(content, str):
        return content
    try:
        return content.decode()
    except UnicodeDecodeError:
        return content.decode("latin-1")


def like(text: str, content: str | bytes) -> str | bytes:
    """A changed text in the type of the original: text, or bytes in the encoding that ``as_text`` read."""
    if isinstance(content, str):
        return text
    try:
        content.decode()
    except UnicodeDecodeError:
        return text.encode("latin-1")
    return text.encode()
