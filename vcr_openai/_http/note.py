"""A note: something that was read in a way its reader should know of, though nothing is wrong with it."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Note:
    """What was noticed, and where: a JSON path as in the errors, empty for the whole document."""

    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}" if self.where else self.what

    def within(self, where: str) -> Note:
        """The same note seen from an outer document, in which this one lies at the JSON path ``where``."""
        return Note(f"{where}.{self.where}" if self.where else where, self.what)
