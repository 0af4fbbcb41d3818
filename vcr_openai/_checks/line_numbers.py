"""The lines at which the places of a document stand in its text."""

from __future__ import annotations

import re

from vcr_openai._formats.document import lines_of
from vcr_openai._json.json_path import line_at as nearest

__all__ = ["line_in", "lines_of", "nearest"]
_LINE = re.compile(r"\bline (\d+)\b")


def line_in(message: str) -> int:
    """The line that an error's message names, else the first."""
    match = _LINE.search(message)
    return int(match[1]) if match else 1
