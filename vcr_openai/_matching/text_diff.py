"""The difference of two long texts: the lines, or the sentences of long ones, that changed, with some context."""

from __future__ import annotations

import re
from difflib import SequenceMatcher
from typing import Final

from vcr_openai._matching.request_diff import excerpts

_SENTENCES: Final = re.compile(r"(?<=[.!?;:]) +")
_LONG: Final = 120  # characters of a line that is shown as its sentences
_CONTEXT: Final = 2  # lines before and after a change
_MOST: Final = 400  # lines of each text that are compared; difflib takes quadratic time
_SHOWN: Final = 150  # characters of a line


def text_diff(recorded: str, live: str, most: int) -> list[str]:
    """At most ``most`` lines: ``-`` recorded, ``+`` live, two spaces before context, ``…`` where something is left out.

    Texts are split at line ends alone, not where Python's ``splitlines`` splits.
    """
    one, other = _pieces(recorded), _pieces(live)
    start = _common(one, other)
    end = _common(one[start:][::-1], other[start:][::-1])
    before, after = one[:start][-_CONTEXT:], one[len(one) - end :][:_CONTEXT]
    changed = _changed(one[start : len(one) - end][:_MOST], other[start : len(other) - end][:_MOST])
    lines = [
        *(["…"] if start > _CONTEXT else []),
        *(f"  {line}" for line in before),
        *changed,
        *(f"  {line}" for line in after),
        *(["…"] if end > _CONTEXT else []),
    ]
    return [_cut(line) for line in lines] if len(lines) <= most else [*map(_cut, lines[: most - 1]), "…"]


def _pieces(text: str) -> list[str]:
    return [
        piece
        for line in text.replace("\r", "\\r").replace("\t", "\\t").split("\n")
        for piece in (_SENTENCES.split(line) if len(line) > _LONG else [line])
    ]


def _common(one: list[str], other: list[str]) -> int:
    return next(
        (index for index, (left, right) in enumerate(zip(one, other, strict=False)) if left != right),
        min(len(one), len(other)),
    )


def _changed(one: list[str], other: list[str]) -> list[str]:
    lines: list[str] = []
    for kind, start, end, from_, to in SequenceMatcher(None, one, other, autojunk=False).get_opcodes():
        if kind == "equal":
            kept = [f"  {line}" for line in one[start:end]]
            lines += kept if len(kept) <= 2 * _CONTEXT else [*kept[:_CONTEXT], "…", *kept[-_CONTEXT:]]
            continue
        pairs = [excerpts(left, right, _SHOWN) for left, right in zip(one[start:end], other[from_:to], strict=False)]
        lines += [f"- {left}" for left, _ in pairs] + [f"- {line}" for line in one[start + len(pairs) : end]]
        lines += [f"+ {right}" for _, right in pairs] + [f"+ {line}" for line in other[from_ + len(pairs) : to]]
    return lines


def _cut(line: str) -> str:
    return line if len(line) <= _SHOWN + 2 else f"{line[: _SHOWN + 1]}…"
