"""Noise in a text: digits and file-search details that differ from run to run though nothing was changed.

The rule of this file: the same as the recorder's key (FORMAT.md, "Normalizing a body"), so that what shares a key
there matches here. Every pattern takes time in proportion to the text, whatever the text is.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Final

from vcr_openai._matching.placeholder import placeholder

_UUID: Final = "[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}"
_SCORE: Final = re.compile(r"score:\s*[-+]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_ATTRIBUTES: Final = re.compile(r"attributes:\s*\{")
_DOCUMENT: Final = re.compile(rf"document_id:\s*{_UUID}")
_CITATION: Final = re.compile(rf"<\|{_UUID}\|>")
_EXACT_WHOLE_DIGITS: Final = 10  # before the point; more, and a float has no five exact digits left behind it


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
    """A float rounded to ``digits`` after the point (None: not at all); a whole number where it is one."""
    rounded = number if digits is None else round(number, digits)
    return int(rounded) if rounded.is_integer() else rounded


@lru_cache(maxsize=16)
def _decimals(digits: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """What to look for, found fast because it begins with a literal, and what to replace."""
    after = rf"\.[0-9]{{{max(digits - 1, 1)},}}"
    return re.compile(after), re.compile(rf"(?<![0-9])-?[0-9]+{after}")


def round_decimals(text: str, digits: int) -> str:
    """The text with each decimal number of at least ``digits - 1`` digits after its point printed with ``digits``."""
    hint, decimal = _decimals(digits)
    if not hint.search(text):
        return text

    def rounded(match: re.Match[str]) -> str:
        number = match.group()
        if number.index(".") > _EXACT_WHOLE_DIGITS:
            return number
        printed = f"{float(number):.{digits}f}"
        return printed if float(printed) else printed.removeprefix("-")

    return decimal.sub(rounded, text)
