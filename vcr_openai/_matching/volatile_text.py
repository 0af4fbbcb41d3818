"""Volatile text: what the rules replace within a text, and the placeholders that take its place.

The patterns for file searches are those of the recorder's key (docs/format.md), so that recordings
with the same key match. Each takes linear time.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from vcr_openai._matching.rules import Word
from vcr_openai._recording.key_rules import UUID

# A placeholder (``⟦call#1⟧``, ``⟦number⟧``) is never equal to a text of the request: there the bracket is doubled.
_OPEN: Final = "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}"
_CLOSE: Final = "\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}"

_SCORE: Final = re.compile(r"score:\s*[-+]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_ATTRIBUTES: Final = re.compile(r"attributes:\s*\{")
_DOCUMENT: Final = re.compile(rf"document_id:\s*{UUID}")
_CITATION: Final = re.compile(rf"<\|{UUID}\|>")
_EXACT_WHOLE_DIGITS: Final = 10  # before the point; with more of them a float has no five exact digits after it


def placeholder(label: str) -> str:
    """The placeholder with this label, which begins with a letter and contains no bracket of this kind."""
    return f"{_OPEN}{label}{_CLOSE}"


def escape_brackets(text: str) -> str:
    """The text with its own opening brackets doubled, so that no part of it is read as a placeholder."""
    return text.replace(_OPEN, _OPEN * 2) if _OPEN in text else text


def substituted(text: str, pattern: str, word: Word) -> str:
    """The text with a word, or what a function makes of the match, in the place of all that the pattern finds."""
    if isinstance(word, str):
        return re.sub(pattern, lambda _: word, text)
    return re.sub(pattern, lambda match: str(word(match)), text)


def without_file_search(text: str) -> str:
    """The text without scores, attributes and document ids of a file search's results."""
    if "attributes:" in text:
        text = _without_attributes(text)
    if "score:" in text:
        text = _SCORE.sub("score: " + placeholder("number"), text)
    if "document_id:" in text:
        text = _DOCUMENT.sub("document_id: " + placeholder("uuid"), text)
    if "<|" in text:
        text = _CITATION.sub(f"<|{placeholder('uuid')}|>", text)
    return text


def _without_attributes(text: str) -> str:
    """The text without every ``, attributes: {…}``, its comma and the white space before it included."""
    kept = ""
    position = 0
    while (match := _ATTRIBUTES.search(text, position)) and (end := text.find("}", match.end())) >= 0:
        before = text[position : match.start()].rstrip()
        kept += before.removesuffix(",")
        position = end + 1
    return kept + text[position:]


def round_number(number: float, digits: int | None) -> int | float:
    """A float rounded to ``digits`` (None: not at all); a whole number where it is one."""
    rounded = number if digits is None else round(number, _places(number, digits))
    return int(rounded) if rounded.is_integer() else rounded


def _places(number: float, digits: int) -> int:
    """The places after the point to which a number is rounded: ``digits``, below 1 as many significant digits.

    A significant digit is kept at least, so that no number but 0 becomes 0.
    """
    if number == 0 or abs(number) >= 1:
        return digits
    significant = max(digits, 1)
    exponent = int(f"{number:.{significant - 1}e}".partition("e")[2])  # of the rounded number: 0.0999999 is 0.1
    return max(digits, significant - 1 - exponent)


@lru_cache(maxsize=16)
def _decimals(digits: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A pattern that is fast because it begins with a literal, and the pattern of the numbers that are substituted."""
    after = rf"\.[0-9]{{{max(digits - 1, 1)},}}"
    return re.compile(after), re.compile(rf"(?<![0-9])-?[0-9]+{after}")


def round_decimals(text: str, digits: int) -> str:
    """The text with each decimal number of at least ``digits - 1`` digits after its point rounded to ``digits``."""
    hint, decimal = _decimals(digits)
    if not hint.search(text):
        return text

    def rounded(match: re.Match[str]) -> str:
        number = match.group()
        if number.index(".") > _EXACT_WHOLE_DIGITS:
            return number
        value = float(number)
        if value == 0 and number.strip("-0."):  # too small for a float
            return number
        printed = f"{value:.{_places(value, digits)}f}"
        return printed if value else printed.removeprefix("-")

    return decimal.sub(rounded, text)
