"""The ids of the tests that ``cuts()`` makes of one: the words for a place, and a test's id without them."""

from __future__ import annotations

import re
from typing import Final

from vcr_openai._streams.directions import Cut

NOWHERE: Final = "cut nowhere"  # of a stream that has none of the wanted places
_WORDS: Final = {"after": "after", "inside": "inside", "character": "inside a character of"}
_FIXED: Final = {"start": "before the first byte", "done": "before the done marker"}
_NUMBERED: Final = r"(?:after|inside(?: a character of)?) \d+ of \d+"
_CUT: Final = re.compile(
    rf"(?P<before>[\[-])cut (?:nowhere|(?:{'|'.join(_FIXED.values())}|{_NUMBERED})(?: in stream \d+)?)\]\Z"
)


def cut_id(cut: Cut, *, of_several: bool = False) -> str:
    """The words for a place, with the number of the stream where the cassette has several: ``cut after 3 of 41``."""
    where = _FIXED.get(cut.place) or f"{_WORDS[cut.place]} {cut.number} of {cut.total}"
    return f"cut {where}{f' in stream {cut.stream + 1}' * of_several}"


def without_cut(test: str) -> str:
    """The id or name of a test, or of its cassette, as it is without cuts."""
    return _CUT.sub(lambda match: "]" if match["before"] == "-" else "", test)
