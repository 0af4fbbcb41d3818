"""Hints: the literals of which a text has at least one where it has a secret."""

from __future__ import annotations

from vcr_openai._secrets.literals import Literals
from vcr_openai._secrets.secret_names import NAME_HINTS
from vcr_openai._secrets.secret_shapes import SHAPES

# An escape in JSON can hide a letter of a hint: ``\u0073k-``. All hints are ASCII.
_ESCAPES = tuple(f"\\u00{digit}" for digit in range(2, 8))
_SPELLINGS: dict[str, set[str]] = {}  # of the hints of shapes, by the hint in lower case
for _shape in SHAPES:
    _SPELLINGS.setdefault(_shape.hint.lower(), set()).add(_shape.hint)
_HINTS = Literals([*_SPELLINGS, *NAME_HINTS, *_ESCAPES])


def has_hint(text: str) -> bool:
    """Whether a text may have a secret, as far as it is not percent-encoded; False is certain.

    The case of letters does not count, so that one pass finds keys, whose case is fixed, and names, whose case is not.
    """
    return _HINTS.any_in(text.lower())


def words_of_hints(text: str) -> set[str]:
    """The hints that a text has: those of shapes as they are spelled in it, names and escapes in lower case."""
    found = hints_in(text)
    if not found:
        return found
    words = found - _SPELLINGS.keys()
    words.update(word for low in found & _SPELLINGS.keys() for word in _SPELLINGS[low] if word in text)
    return words


def hints_in(text: str) -> set[str]:
    """The hints that a text has, in lower case."""
    return _HINTS.found_in(text.lower())


def has_escape(text: str) -> bool:
    """Whether a text has an escape that can hide a letter of a hint."""
    return "\\u00" in text and any(escape in text for escape in _ESCAPES)
