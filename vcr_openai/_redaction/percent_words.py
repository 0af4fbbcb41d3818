"""The percent-encoded words of a text, decoded for the search, with the places of their characters."""

from __future__ import annotations

import re
from typing import NamedTuple

_ESCAPE = re.compile("%[0-9A-Fa-f]{2}")
_WORD_END = re.compile(r"[\s\"'<>\\&]")  # an ampersand that is part of a value is encoded
_WORD_ENDS = " \t\r\n\"'<>\\&"
BETWEEN = '"\n"'  # between two words: no secret contains it


class DecodedWords(NamedTuple):
    """Words with their percent-encoding (RFC 3986, section 2.1) undone, one character for each byte.

    ``places`` are the positions of the characters in the original text, and at last the end of the last word.
    """

    text: str
    places: list[int]


def decoded_words(text: str) -> DecodedWords:
    """The words of a text that contain an escape, decoded; a plus sign in them is a space, as in a form."""
    characters: list[str] = []
    places: list[int] = []
    end = 0
    for escape in _ESCAPE.finditer(text):
        if escape.start() >= end:
            start = max(text.rfind(character, end, escape.start()) for character in _WORD_ENDS) + 1 or end
            found = _WORD_END.search(text, escape.end())
            end = found.start() if found else len(text)
            if places:
                characters += BETWEEN
                places += places[-1:] * (len(BETWEEN) - 1)  # the word's end is the place of the first of them
            _decode(text, start, end, characters, places)
    return DecodedWords("".join(characters), places)


def _decode(text: str, start: int, end: int, characters: list[str], places: list[int]) -> None:
    """Add the characters of a word, and their places with the word's end."""
    for escape in _ESCAPE.finditer(text, start, end):
        characters += text[start : escape.start()].replace("+", " ")
        places += range(start, escape.start() + 1)
        characters.append(chr(int(escape[0][1:], 16)))
        start = escape.end()
    characters += text[start:end].replace("+", " ")
    places += range(start, end + 1)
