"""Edits: which stretches of a text are replaced, by what, and what a report says of it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from typing import NamedTuple

from vcr_openai._json.json_spans import Path
from vcr_openai._redaction.secrets import Match

_PLAIN_KEY = re.compile(r"[A-Za-z_][A-Za-z0-9_-]*\Z")
_LONG_ENOUGH = 16  # characters of a secret of which six may be shown


class Finding(NamedTuple):
    """A secret: its kind (``openai-key``), the JSON path at which it stands, and a masked excerpt (``sk-p…9f``)."""

    kind: str
    path: str
    excerpt: str


class Edit(NamedTuple):
    """A stretch of a text and what replaces it; ``secret`` is what a report masks, empty for the rest of one."""

    start: int
    end: int
    kind: str
    replacement: str
    secret: str
    path: Path = ()

    def at(self, path: Path, start: int, end: int) -> Edit:
        """The same edit seen from the text in which this one's text lies at ``path``."""
        return self._replace(path=path + self.path, start=start, end=end)


def edit(match: Match, text: str) -> Edit:
    """The edit that replaces a match in a text."""
    return Edit(match.start, match.end, match.kind, match.replacement, text[match.start : match.end])


def merge(edits: Iterable[Edit]) -> list[Edit]:
    """The edits in order, none overlapping another: of two that do, the earlier (the first given) takes both."""
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
    """The text with merged edits made; the same object where there is none."""
    if not edits:
        return text
    parts: list[str] = []
    end = 0
    for one in edits:
        parts += (text[end : one.start], one.replacement)
        end = one.end
    return "".join([*parts, text[end:]])


def distribute(edits: Iterable[Edit], lengths: Sequence[int]) -> list[list[Edit]]:
    """Edits of a text, as edits of the pieces it was joined from: the replacement in the first, nothing in the rest."""
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


def findings(edits: Iterable[Edit], prefix: Path = ()) -> list[Finding]:
    """What a report says of edits, each secret once."""
    return [Finding(one.kind, spell(prefix + one.path), mask(one.secret)) for one in edits if one.secret]


def mask(secret: str) -> str:
    """Enough of a secret to tell which it is, too little to use it: its first four and its last two characters."""
    if len(secret) < _LONG_ENOUGH:
        return "…"
    shown = f"{secret[:4]}…{secret[-2:]}"
    return "".join(character if character.isprintable() else " " for character in shown)


def spell(path: Path) -> str:
    """A path as errors write it: ``response.body[3].delta.content``."""
    spelled = ""
    for step in path:
        if isinstance(step, int):
            spelled += f"[{step}]"
        elif _PLAIN_KEY.match(step):
            spelled += f".{step}" if spelled else step
        else:
            spelled += f"[{step[:40]!r}]"
    return spelled
