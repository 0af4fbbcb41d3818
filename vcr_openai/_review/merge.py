"""Merging: two versions of a cassette and the one that they come from become one, interaction by interaction.

An interaction that only one side added, changed or removed is taken from that side. Where both sides changed the same
one in different ways, the file has both texts between git's conflict markers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import NamedTuple

from vcr_openai._formats.document import Document
from vcr_openai._formats.file_parts import FILE_PARTS
from vcr_openai._formats.registry import read_document
from vcr_openai._matching.canonical import canonical
from vcr_openai._matching.rules import Rules
from vcr_openai._redaction.redact import redact_request
from vcr_openai._review.conversation import title

OURS, THEIRS = "ours", "theirs"
_RULES = Rules()
_ALL = "all interactions"
_HERE = "\0"  # no file has it


@dataclass(frozen=True)
class Merged:
    """The text of the merged file, and the interactions in conflict, as ``interactions[3] POST /chat/completions``."""

    text: str
    conflicts: tuple[str, ...]


@dataclass(frozen=True)
class _Conflict:
    """The texts of an interaction that both sides changed; None where a side removed it."""

    ours: str | None
    theirs: str | None
    place: str


_Chosen = str | _Conflict


class _Part(NamedTuple):
    """An interaction of a file: what is equal for the same request, its text, and its request for a message."""

    identity: Hashable
    text: str
    title: str


class _Side(NamedTuple):
    """A version of the file: its format, its interactions, and whether it is one recording and not an array."""

    format: str
    parts: list[_Part]


def merge(base: str, ours: str, theirs: str) -> Merged | None:
    """The merged text; None where the files cannot be merged by their interactions: other formats or layouts.

    A blank ``base`` has no interactions. Raises the error of a version that cannot be read.
    """
    sides = [_side(ours), _side(theirs)]
    old = _side(base) if base.strip() else sides[0] and _Side(sides[0].format, [])
    if old is None or any(side is None or side.format != old.format for side in sides):
        return None
    mine, other = (_paired(side, old) for side in sides if side is not None)
    known, left, right = ({part.identity: part for part in side.parts} for side in (old, mine, other))
    chosen: list[_Chosen] = []
    for identity in _order(mine.parts, other.parts, old.parts):
        versions = [side.get(identity) for side in (known, left, right)]
        before, one, two = (None if part is None else part.text for part in versions)
        if before in (one, two) or one == two:
            text = one if two == before else two
            if text is not None:
                chosen.append(text)
        else:
            asked = next(part.title for part in versions if part is not None)
            chosen.append(_Conflict(one, two, f"interactions[{len(chosen)}] {asked}"))
    if not chosen and left and right:  # each side removed what the other one kept
        return _whole(mine, other)
    conflicts = tuple(one.place for one in chosen if isinstance(one, _Conflict))
    return Merged(_joined(chosen, old.format) if chosen else "", conflicts)


def _whole(ours: _Side, theirs: _Side) -> Merged:
    """Both files as they are, in one conflict."""
    one, two = (FILE_PARTS[side.format].join([part.text for part in side.parts]) for side in (ours, theirs))
    text = f"<<<<<<< {OURS}: {_ALL}\n{one}=======\n{two}>>>>>>> {THEIRS}: {_ALL}\n"
    return Merged(text, (_ALL,))


def _side(text: str) -> _Side | None:
    document = read_document(text)
    name = _written_format(document)
    texts = FILE_PARTS[name].split(text) if name else None
    exchanges = document.exchanges
    if texts is None or len(texts) != len(exchanges):
        return None
    seen: Counter[Hashable] = Counter()
    parts = []
    for exchange, one in zip(exchanges, texts, strict=True):
        asked = canonical(redact_request(exchange.request), _RULES)
        key = (asked.key, exchange.request.body.content if not asked.known and exchange.request.body else b"")
        parts.append(_Part((*key, seen[key]), one, title(exchange.request)))
        seen[key] += 1
    return _Side(name, parts)


def _paired(side: _Side, base: _Side) -> _Side:
    """The version with an interaction whose request was edited as that of the base in whose place it is."""
    ours, theirs = ([part.identity for part in one.parts] for one in (base, side))
    there, here = set(theirs), set(ours)
    parts = list(side.parts)
    for _, start, end, first, last in SequenceMatcher(None, ours, theirs, autojunk=False).get_opcodes():
        gone = [part for part in base.parts[start:end] if part.identity not in there]
        for position in range(first, last):
            part = parts[position]
            if gone and part.identity not in here and part.title == gone[0].title:
                parts[position] = part._replace(identity=gone.pop(0).identity)
    return _Side(side.format, parts)


def _written_format(document: Document) -> str:
    return document.format if document.format in FILE_PARTS and not document.further else ""


def _order(ours: Sequence[_Part], theirs: Sequence[_Part], base: Sequence[_Part]) -> list[Hashable]:
    """The identities of all versions: in our order, each that we do not have behind the one before it in its file."""
    order = [part.identity for part in ours]
    for side in (theirs, base):
        for position, part in enumerate(side):
            if part.identity not in order:
                before = side[position - 1].identity if position else None
                order.insert(order.index(before) + 1 if before is not None else 0, part.identity)
    return order


def _joined(chosen: Sequence[_Chosen], name: str) -> str:
    """The text of the file; a conflict is marked in lines of its own, so that either side leaves a sound file."""
    plain = [one for one in chosen if isinstance(one, str)]
    if len(plain) == len(chosen):
        return FILE_PARTS[name].join(plain)
    head, tail, before, after, indent = _frame(name, single=len(chosen) == 1)
    lines = [head]
    for number, one in enumerate(chosen, 1):
        comma = after.replace(",", "") if number == len(chosen) else after

        def framed(text: str | None, end: str = comma) -> str:
            return "" if text is None else before + indent + text.removesuffix("\n").replace("\n", f"\n{indent}") + end

        if isinstance(one, str):
            lines.append(framed(one))
            continue
        ours, theirs = (f"{side}{' (removed)' if text is None else ''}" for side, text in _sides(one))
        lines += (f"<<<<<<< {ours}: {one.place}\n", framed(one.ours), "=======\n", framed(one.theirs))
        lines.append(f">>>>>>> {theirs}: {one.place}\n")
    return "".join([*lines, tail])


def _sides(one: _Conflict) -> tuple[tuple[str, str | None], tuple[str, str | None]]:
    return (OURS, one.ours), (THEIRS, one.theirs)


def _frame(name: str, *, single: bool) -> tuple[str, str, str, str, str]:
    """What a format has around all interactions, around each, and before each line of one."""
    if name == "json":
        before, after = "        {\n", "\n        }"
        head, tail = FILE_PARTS[name].join([_HERE]).split(f"{before}{_HERE}{after}\n")
        return head, tail, before, f"{after},\n", ""
    if name == "recording.json":
        return ("", "", "", "\n", "") if single else ("[\n", "]\n", "", ",\n", "  ")
    head, tail = FILE_PARTS[name].join([_HERE]).split(_HERE)
    return head, tail, "", "\n", ""
