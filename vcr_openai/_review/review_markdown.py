"""The report of a comparison as Markdown, for the summary of a job and for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Iterator

from vcr_openai._review.cassette_diff import NOISE, SAME
from vcr_openai._review.comparison import Comparison
from vcr_openai._review.diff_report import file_lines

_LONGEST = 900_000  # characters: GitHub shows a summary of up to 1 MiB
_FENCE = re.compile("`{3,}")


def markdown(found: Comparison, headline: str) -> str:
    """A heading, the summary, then a section that opens for each file in which a conversation changed."""
    parts = [f"### Recordings\n\n{_escaped(headline)}\n"]
    length = len(parts[0])
    changed = [file for file in found.files if file.state not in (SAME, NOISE)]
    for number, file in enumerate(changed):
        section = "".join(_section(list(file_lines(file, noise=False))))
        length += len(section)
        if length > _LONGEST:
            parts.append(f"\n… and {len(changed) - number} more\n")
            break
        parts.append(section)
    return "".join(parts)


def _section(lines: list[str]) -> Iterator[str]:
    name, *rest = lines
    text = "\n".join(line.removeprefix("  ") for line in rest)
    fence = max([*_FENCE.findall(text), "``"], key=len) + "`"
    yield f"\n<details><summary>{_escaped(name)}</summary>\n\n{fence}diff\n{_marked(text)}\n{fence}\n\n</details>\n"


def _marked(text: str) -> str:
    """The lines of a text diff with their marks first, which GitHub colours."""
    return re.sub(r"^( +)([+-])", r"\2\1", text, flags=re.MULTILINE)


def _escaped(text: str) -> str:
    """A text without HTML and Markdown of its own."""
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return re.sub(r"([\\`*_{}\[\]()#|~@])", r"\\\1", text)
