"""Hints: the literals of which a text has at least one where it has a secret."""

from __future__ import annotations

from vcr_openai._secrets.literals import Literals
from vcr_openai._secrets.secret_names import NAME_HINTS
from vcr_openai._secrets.secret_shapes import SHAPES

# An escape in JSON can hide a letter of a hint: ``\u0073k-``. All hints are ASCII.
_ESCAPES = tuple(f"\\u00{digit}" for digit in range(2, 8))
_OF_SHAPES = frozenset(shape.hint for shape in SHAPES)
_HINTS = Literals([*(shape.hint.lower() for shape in SHAPES), *NAME_HINTS, *_ESCAPES])


def has_hint(text: str) -> bool:
    """Whether a text may have a secret, as far as it is not percent-encoded; False is certain.

    The case of letters does not count, so that one pass finds keys, whose case is fixed, and names, whose case is not.
    """
    return _HINTS.any_in(text.lower())


def words_of_hints(text: str) -> set[str]:
    """The hints that a text has, as they are spelled in it."""
    low = text.lower()
    if len(low) == len(text):
        return {text[start:end] for start, end in _HINTS.places_in(low)}
    found = _HINTS.found_in(low)  # a letter that is two in lower case: no place is known
    return found.union(hint for hint in _OF_SHAPES if hint in text)


def hints_in(text: str) -> set[str]:
    """The hints that a text has, in lower case."""
    return _HINTS.found_in(text.lower())


def has_escape(text: str) -> bool:
    """Whether a text has an escape that can hide a letter of a hint."""
    return "\\u00" in text and any(escape in text for escape in _ESCAPES)
