"""Percent-encoding undone (RFC 3986, section 2.1), and where each character stood before."""

from __future__ import annotations

import re
from typing import NamedTuple

_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
_END = re.compile(r"[\s\"'<>\\&]")  # an ampersand that is meant is encoded
_ENDS = " \t\r\n\"'<>\\&"
BETWEEN = '"\n"'  # between two words: no secret goes on over it


class Decoded(NamedTuple):
    """Words with their percent-encoding undone, a byte a character; ``places`` are those of the characters in the text
    that they are from, and at last the last word's end.
    """

    text: str
    places: list[int]


def decoded_words(text: str) -> Decoded:
    """The words of a text that have an escape, decoded; a plus sign in them is a space, as it is in a form."""
    characters: list[str] = []
    places: list[int] = []
    end = 0
    for escape in _ESCAPE.finditer(text):
        if escape.start() >= end:
            start = max(text.rfind(character, end, escape.start()) for character in _ENDS) + 1 or end
            found = _END.search(text, escape.end())
            end = found.start() if found else len(text)
            if places:
                characters += BETWEEN
                places += places[-1:] * (len(BETWEEN) - 1)  # the word's end is the place of the first of them
            _decode(text, start, end, characters, places)
    return Decoded("".join(characters), places)


def _decode(text: str, start: int, end: int, characters: list[str], places: list[int]) -> None:
    """Add a word's characters, and their places with the word's end."""
    for escape in _ESCAPE.finditer(text, start, end):
        characters += text[start : escape.start()].replace("+", " ")
        places += range(start, escape.start() + 1)
        characters.append(chr(int(escape[0][1:], 16)))
        start = escape.end()
    characters += text[start:end].replace("+", " ")
    places += range(start, end + 1)
