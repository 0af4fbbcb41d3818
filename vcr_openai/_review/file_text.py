"""A file's text, read once for all: its exchanges without their secrets, its faults, how many secrets it has."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from vcr_openai._findings import Finding
from vcr_openai._formats.document import Document
from vcr_openai._formats.registry import read_document
from vcr_openai._http.exchange import Exchange
from vcr_openai._redaction.edits import Secret
from vcr_openai._redaction.redact import find_secrets, redact_exchange
from vcr_openai._review.cassette_diff import Numbered


@dataclass(frozen=True)
class FileText:
    """The text of a file. What is read of it raises ValueError and RecursionError for a broken one."""

    text: str

    @cached_property
    def document(self) -> Document:
        """What the file contains."""
        return read_document(self.text)

    @cached_property
    def _redacted(self) -> dict[int, tuple[Exchange, list[Secret]]]:
        results = enumerate(self.document.results)
        return {number: redact_exchange(one) for number, one in results if isinstance(one, Exchange)}

    def numbered(self, name: str) -> list[Numbered]:
        """The exchanges that can be read, without their secrets, with the file's name and their places."""
        return [Numbered(name, f"interactions[{number}]", one) for number, (one, _) in self._redacted.items()]

    def faults(self, name: str) -> list[Finding]:
        """What is wrong with the other interactions, with the file's name."""
        return [one.in_file(name) for one in self.document.faults]

    @property
    def secrets(self) -> int:
        """How many secrets a check reports of the file."""
        known = sum(not secret.made_up for _, found in self._redacted.values() for secret in found)
        raw = enumerate(self.document.interactions or ())
        return known + sum(len(find_secrets(one)) for number, one in raw if number not in self._redacted)
