"""The examples of a page of the docs, and a reader's folder in which they are run as they are written.

A code block is an example. What is done with it follows from its language:

- ``console``: each line with ``$ `` is run by one shell, and what the block shows below it is compared with the output.
- ``sh``: all of it is run.
- ``python``, ``ini``, ``toml``, ``yaml``, ``json``: its first line may be a comment with the name of a file
  (``# tests/test_planets.py``), which then has the block's text. Python without a name is run.
- any other, or none: shown, not run.

HTML comments, which no reader sees, say the rest. ``<!-- file: NAME -->`` before a block gives its file's name, and
``<!-- not run: REASON -->`` that it is not run; ``<!-- run: COMMANDS -->`` is run and its output not compared.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_PART = re.compile(
    r"^<!-- (?P<word>file|not run|run): (?P<text>.*?) -->$"
    r"|^(?P<indent> *)```(?P<language>[a-z]*)\n(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_FILE = re.compile(r"# (\S+\.(?:py|ini|toml|ya?ml|cfg|json))\n")
_FILES = ("python", "ini", "toml", "yaml", "json")
_TIMES = re.compile(r"\b[0-9]+\.[0-9]+ ?s\b(?: \([0-9:]+\))?|\b[0-9]+ (?:ms|seconds?)\b")
_BARS = re.compile(r"[=_-]{4,}")


@dataclass(frozen=True)
class Example:
    """A block of a page: where it is, its language and text, and the file that it is."""

    line: int
    language: str
    code: str
    file: str = ""
    skipped: str = ""

    @property
    def commands(self) -> list[tuple[str, list[str]]]:
        """Each command of a ``console`` block, with the lines that the page shows below it."""
        found: list[tuple[str, list[str]]] = []
        for line in self.code.rstrip("\n").split("\n"):
            if line.startswith("$ "):
                found.append((line[2:], []))
            elif found and found[-1][0].endswith("\\") and not found[-1][1]:
                found[-1] = (found[-1][0][:-1] + line.strip(), [])
            elif found:
                found[-1][1].append(line)
        return found


def examples(text: str) -> list[Example]:
    """The examples of a page, in order; a hidden command is one with the language ``hidden``."""
    found, file, skipped = [], "", ""
    for part in _PART.finditer(text):
        line = text.count("\n", 0, part.start()) + 1
        if part["word"] == "run":
            found.append(Example(line, "hidden", part["text"]))
        elif part["word"] == "file":
            file = part["text"]
        elif part["word"] == "not run":
            skipped = part["text"]
        else:
            code = "".join(one[len(part["indent"]) :] for one in part["code"].splitlines(keepends=True))
            named = _FILE.match(code) if part["language"] in _FILES else None
            found.append(Example(line, part["language"], code, file or (named[1] if named else ""), skipped))
            file = skipped = ""
    return found


def difference(shown: list[str], output: str) -> str:
    """Where an output is not what a page shows; empty where it is.

    ``…`` on a line stands for any text, on a line of its own for any lines. Times and the length of bars do not count.
    """
    expected = [_plain(line) for line in shown]
    actual = [_plain(line) for line in output.rstrip("\n").split("\n")] if output.strip() else []
    while expected and not expected[-1]:
        expected.pop()
    pattern = "\n".join(
        r"(?:.*\n)*?.*" if line == "…" else ".*".join(map(re.escape, line.split("…"))) for line in expected
    )
    if re.fullmatch(pattern, "\n".join(actual)):
        return ""
    return "\n".join(["the page shows:", *shown, "", "the output is:", output])


def _plain(line: str) -> str:
    return _BARS.sub("----", _TIMES.sub("0 s", line)).rstrip()


def write(folder: Path, example: Example) -> None:
    """Write the file that an example is, in a reader's folder."""
    path = folder / example.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(example.code, encoding="utf-8")
