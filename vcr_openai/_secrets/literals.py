"""Literals that are looked for together: one pass over a text finds them all."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property

from ahocorasick_rs import AhoCorasick, Implementation


class Literals:
    """A set of literals; what finds them is built when a text is first searched."""

    def __init__(self, literals: Iterable[str]) -> None:
        self._literals = tuple(dict.fromkeys(literals))

    @cached_property
    def _automaton(self) -> AhoCorasick:
        return AhoCorasick(self._literals, implementation=Implementation.DFA)

    def found_in(self, text: str) -> set[str]:
        """The literals that a text contains."""
        found = self._automaton.find_matches_as_indexes(_encodable(text), overlapping=True)
        return {self._literals[number] for number in {number for number, _, _ in found}}

    def places_in(self, text: str) -> list[tuple[int, int]]:
        """Where a text contains one of them: from, and up to, in characters; several may overlap."""
        found = self._automaton.find_matches_as_indexes(_encodable(text), overlapping=True)
        return [(start, end) for _, start, end in found]

    def any_in(self, text: str) -> bool:
        """Whether a text contains one of them."""
        return bool(self._automaton.find_matches_as_indexes(_encodable(text)))


def _encodable(text: str) -> str:
    """The text with "?" in the place of half a character, which is part of no literal."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return text.encode(errors="replace").decode()
    return text
