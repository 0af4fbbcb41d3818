"""What stands in a canonical form in place of something that varies: ``⟦call#1⟧``, ``⟦number⟧``.

The rule of this file: a placeholder is never equal to what somebody wrote. An opening bracket that was in the text
is doubled, and a label begins with a letter, so a text with placeholders can be read in one way only.
"""

from __future__ import annotations

_OPEN = "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}"
_CLOSE = "\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}"


def placeholder(label: str) -> str:
    """The placeholder with this label, which begins with a letter and holds no bracket of this kind."""
    return f"{_OPEN}{label}{_CLOSE}"


def escape(text: str) -> str:
    """The text with its own opening brackets doubled, so that none of it reads as a placeholder."""
    return text.replace(_OPEN, _OPEN * 2) if _OPEN in text else text
