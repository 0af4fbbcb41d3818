"""What became of the files of a conversion."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import NamedTuple


class Problem(NamedTuple):
    """A file (or an interaction in it), and why something is said of it."""

    path: str
    reason: str


@dataclass
class Report:
    """Counts and problems; reports of parts add up to the report of the whole."""

    converted: int = 0  # recordings, or interactions between two cassettes
    written: int = 0  # files; with --check those that would be
    unnamed: int = 0  # recordings whose place the format cannot note
    carried: Counter[str] = field(default_factory=Counter)
    refused: list[Problem] = field(default_factory=list)
    skipped: list[Problem] = field(default_factory=list)
    inexact: list[Problem] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, part: Report) -> None:
        """Take in the report of a part."""
        self.converted += part.converted
        self.written += part.written
        self.unnamed += part.unnamed
        self.carried += part.carried
        self.refused += part.refused
        self.skipped += part.skipped
        self.inexact += part.inexact
        self.notes += part.notes


def in_words(error: Exception) -> str:
    """One line for an error: the system's words without its number and path, ours as they are."""
    if isinstance(error, OSError):
        words = error.strerror or str(error)
    elif isinstance(error, (ValueError, RecursionError)):
        words = str(error)
    else:
        words = f"{type(error).__name__}: {error} (a defect of vcr-openai: please report it)"
    return "".join(character if character.isprintable() else repr(character)[1:-1] for character in words)
