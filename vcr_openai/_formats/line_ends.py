r"""Line ends: a file whose lines end with ``\r\n`` keeps them where it is edited.

An edit works on lines that end with ``\n``. In JSON and YAML both mean the same: a text in quotes has its line ends
escaped, and a YAML reader takes ``\r\n`` for one line end.
"""

from __future__ import annotations

import re
from itertools import takewhile
from typing import Final

_CRLF: Final = "\r\n"
_LINE: Final = re.compile(r"[^\n]*\n|[^\n]+")


def with_line_feeds(text: str) -> str:
    r"""The text with ``\n`` in the place of each ``\r\n``."""
    return text.replace(_CRLF, "\n")


def with_ends_of(model: str, text: str) -> str:
    r"""A text whose lines end with ``\n``, with the line ends of ``model``, from which it was made.

    Where these are mixed, the lines before and behind the edit keep their own, and the lines of the edit get those that
    are more frequent.
    """
    pairs, lines = model.count(_CRLF), model.count("\n")
    if not pairs:
        return text
    if pairs == lines:
        return text.replace("\n", _CRLF)
    old, new = _LINE.findall(model), _LINE.findall(text)
    head = _alike(old, new)
    tail = min(_alike(old[::-1], new[::-1]), len(new) - head, len(old) - head)
    end = _CRLF if pairs * 2 >= lines else "\n"
    edited = [line.replace("\n", end) for line in new[head : len(new) - tail]]
    return "".join([*old[:head], *edited, *old[len(old) - tail :]])


def _alike(old: list[str], new: list[str]) -> int:
    """How many lines both begin with, whatever their ends."""
    pairs = zip(old, new, strict=False)
    return sum(1 for _ in takewhile(lambda pair: with_line_feeds(pair[0]) == pair[1], pairs))
