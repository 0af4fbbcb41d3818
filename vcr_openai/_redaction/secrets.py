"""Secrets that are known by their shape, found in any text.

The rule of this file: a key begins where no token character stands before it. That keeps ``task-`` and base64url
(reasoning's ``encrypted_content``) out; base64 images have no ``-`` and no ``_`` at all.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import NamedTuple

from vcr_openai._redaction.secret_shapes import PLACEHOLDER, SHAPES

_TOKEN_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
# An escape before a key ends in a letter or digit and is no part of the word: a JSON text in a JSON text, a URL's %3D.
_ESCAPE_BEFORE = re.compile(r"(?:\\[nrtbf]|\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2})\Z")
_IN_WORDS = tuple({shape.hint: None for shape in SHAPES if shape.in_a_word})
_IN_TEXT = tuple({shape.hint: None for shape in SHAPES if not shape.in_a_word})
_WORD_BYTES = frozenset(b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.")
_WORDS = bytes(byte if byte in _WORD_BYTES else 0x20 for byte in range(256))
_MARKED = bytes(0x61 if byte in _WORD_BYTES else 0x20 for byte in range(256))
_LONG = b"a" * 16  # no shape that is found in a word is shorter
_WINDOW, _OVERLAP = 4096, 64  # characters that are looked at together; a key's first ones stand in one window


class Match(NamedTuple):
    """Where a text holds a secret, and of which kind."""

    start: int
    end: int
    kind: str

    @property
    def replacement(self) -> str:
        """What stands there afterwards: one constant a kind (a digest of a weak secret would give it away)."""
        return PLACEHOLDER + self.kind


def shaped(text: str) -> Iterator[Match]:
    """The secrets in a text that their shape gives away; they may overlap."""
    words = _long_words(text)
    hints = {hint for hint in _IN_WORDS if hint in words} | {hint for hint in _IN_TEXT if hint in text}
    if not hints:
        return
    for shape in SHAPES:
        if shape.hint in hints:
            for found in shape.pattern.finditer(text):
                match = _before_a_replacement(found, text)
                if match and (shape.within or _begins(text, match.start())) and shape.genuine(match[match.re.groups]):
                    yield Match(*match.span(1), shape.kind)


def _before_a_replacement(match: re.Match[str], text: str) -> re.Match[str] | None:
    """The match, or what is left of it where something in it was replaced already: that is no part of a secret."""
    start = text.find(PLACEHOLDER, match.start(), match.end() + len(PLACEHOLDER) - 1)
    return match if start < 0 else match.re.match(text, match.start(), start)


def _begins(text: str, position: int) -> bool:
    return (
        position == 0
        or text[position - 1] not in _TOKEN_CHARACTERS
        or _ESCAPE_BEFORE.search(text, max(0, position - 6), position) is not None
    )


def _long_words(text: str) -> str:
    """The different words of a text that are as long as a key: a few, where there is none; so the hints cost little."""
    found: set[bytes] = set()
    for start in range(0, len(text), _WINDOW):
        window = text[start : start + _WINDOW + _OVERLAP].encode(errors="replace")
        if _LONG in window.translate(_MARKED):
            found.update(word for word in window.translate(_WORDS).split() if len(word) >= len(_LONG))
    return b" ".join(found).decode()
