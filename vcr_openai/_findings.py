"""Findings: what a reader, a check or a conversion reports about a place in a file."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import Any

from vcr_openai._errors import joined, without_secrets

_INTERACTION = re.compile(r"(?:interactions)?\[(\d+)\]")


@dataclass(frozen=True, order=True)
class Finding:
    """One thing to report.

    ``code`` is what it is about (a code of ``check``, ``refused``, ``skipped``, ``note``). ``where`` is a JSON path
    into the file, empty for the whole of it; ``line`` counts from 1.
    """

    code: str
    where: str
    message: str
    file: str = ""
    line: int = 1

    def within(self, where: str) -> Finding:
        """The same finding seen from an outer document, in which this document is at the JSON path ``where``."""
        return replace(self, where=joined(where, self.where))

    def in_file(self, file: str, line: int = 1) -> Finding:
        """The same finding with the file that it is about."""
        return replace(self, file=file, line=line)

    @property
    def interaction(self) -> int | None:
        """The number of the interaction (or recording of an array), from 0; None where it is about the file."""
        match = _INTERACTION.match(self.where)
        return int(match[1]) if match else None

    def __str__(self) -> str:
        return f"{self.where}: {self.message}" if self.where else self.message


def refused(error: Exception, file: str, where: str = "") -> Finding:
    """The finding for an error that keeps a file, or the interaction at ``where`` in it, from being used."""
    return Finding("refused", "", f"{where}: {describe_error(error)}" if where else describe_error(error), file)


def by_file(finding: Finding) -> tuple[str, str]:
    """A sort key: findings by file, then by message."""
    return finding.file, str(finding)


def describe_error(error: Exception) -> str:
    """One line for an error; a system's error without its number and path."""
    if isinstance(error, OSError):
        words = error.strerror or str(error)
    elif isinstance(error, (ValueError, RecursionError)):
        words = str(error)
    else:
        words = f"{type(error).__name__}: {error} (a defect of vcr-openai: please report it)"
    return printable(words)


def counted(number: int, noun: str) -> str:
    """A number with its noun: ``1 file``, ``2 files``."""
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def printable(text: Any) -> str:
    """A text for one line of a terminal, without the secrets in it; control characters are escaped."""
    return "".join(part if part.isprintable() else ascii(part)[1:-1] for part in without_secrets(str(text)))


def encodable(text: str) -> str:
    """A text that UTF-8 can encode: half of a surrogate pair, which JSON can spell, is escaped.

    pytest-xdist, which sends reports between processes, refuses it, and so do terminals.
    """
    return text.encode("utf-8", "backslashreplace").decode()
