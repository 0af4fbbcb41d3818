"""The codes of ``vcr-openai check``, and a finding's output for machines. ``docs/check.md`` explains each code."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from vcr_openai._errors import without_secrets
from vcr_openai._findings import Finding

ERROR, WARNING = "error", "warning"
# An error breaks a replay, loses something or leaks a secret; a warning is what a person should look at.
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
    "duplicate": WARNING,
    "wrong-times": WARNING,
    "indistinguishable": WARNING,
    "older-answer": WARNING,
    "accidental-failure": WARNING,
}


def severity(finding: Finding) -> str:
    """``error`` or ``warning``."""
    return CODES[finding.code]


def fails(findings: Collection[Finding], *, errors_only: bool) -> bool:
    """Whether a check with these findings fails: with ``errors_only`` for an error, else for any finding."""
    return any(not errors_only or severity(finding) == ERROR for finding in findings)


def document(finding: Finding) -> dict[str, Any]:
    """The finding as a JSON object."""
    return {
        "code": finding.code,
        "severity": severity(finding),
        "path": finding.file,
        "where": without_secrets(finding.where),
        "message": without_secrets(finding.message),
        "line": finding.line,
        "interaction": finding.interaction,
    }


def annotation(finding: Finding) -> str:
    """The finding as a workflow command of GitHub Actions, which shows it next to the line."""
    return workflow_command(severity(finding), finding.file, finding.line, f"vcr-openai {finding.code}", str(finding))


def workflow_command(level: str, file: str, line: int, title: str, message: str) -> str:
    """A workflow command with which GitHub Actions shows a message, without its secrets, next to a line of a file."""
    properties = f"file={_property(file)},line={line},title={_property(title)}"
    return f"::{level} {properties}::{_data(without_secrets(message))}"


def _data(text: str) -> str:
    """As actions/toolkit escapes a message (``escapeData``, packages/core/src/command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    """As actions/toolkit escapes a property (``escapeProperty``)."""
    return _data(text).replace(":", "%3A").replace(",", "%2C")
