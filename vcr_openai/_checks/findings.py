"""What a check can say of a file: the codes, each with its severity, and the finding.

``docs/check.md`` tells what each code means and what to do about it.
"""

from __future__ import annotations

import re
from collections.abc import Collection
from typing import Any, NamedTuple

ERROR, WARNING = "error", "warning"
# An error breaks a replay, loses something or leaks a secret; a warning is what a person should have a look at.
CODES = {
    "unreadable": ERROR,
    "secret": ERROR,
    "inexact": ERROR,
    "broken-answer": ERROR,
    "stream-without-end": ERROR,
    "not-normal": WARNING,
    "unread-body": WARNING,
    "no-done-marker": WARNING,
    "stream-ids": WARNING,
    "usage": WARNING,
    "sdk-model": WARNING,
    "wrong-key": WARNING,
    "indistinguishable": WARNING,
}
_INTERACTION = re.compile(r"(?:interactions)?\[(\d+)\]")


class Finding(NamedTuple):
    """One thing that is wrong with a file. ``where`` is a JSON path, empty for the file; ``line`` counts from 1."""

    code: str
    path: str
    where: str
    message: str
    line: int = 1

    @property
    def severity(self) -> str:
        """``error`` or ``warning``."""
        return CODES[self.code]

    @property
    def interaction(self) -> int | None:
        """The number of the interaction (or recording of an array), from 0; None where it is about the file."""
        match = _INTERACTION.match(self.where)
        return int(match[1]) if match else None

    def document(self) -> dict[str, Any]:
        """The finding as a JSON object."""
        return {"code": self.code, "severity": self.severity, **self._asdict(), "interaction": self.interaction}


def fails(findings: Collection[Finding], *, errors_only: bool) -> bool:
    """Whether a check that found this fails: over anything, with ``errors_only`` over an error."""
    return any(not errors_only or finding.severity == ERROR for finding in findings)


def annotation(finding: Finding) -> str:
    """The finding as a workflow command of GitHub Actions, which shows it beside the line."""
    where = f"{finding.where}: " if finding.where else ""
    properties = f"file={_property(finding.path)},line={finding.line},title={_property(f'vcr-openai {finding.code}')}"
    return f"::{finding.severity} {properties}::{_data(where + finding.message)}"


def _data(text: str) -> str:
    """As actions/toolkit escapes a message (``escapeData``, packages/core/src/command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """As actions/toolkit escapes a property (``escapeProperty``)."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
