"""The examples of a page of the docs, and a reader's folder in which they are run as they are written.

A code block is an example. What is done with it follows from its language:

- ``console``: each line with ``$ `` is run by one shell, and what the block shows below it is compared with the output.
- ``sh``: all of it is run.
- ``python``, ``ini``, ``toml``, ``yaml``, ``json``: its first line may be a comment with the name of a file
  (``# tests/test_planets.py``), which then has the block's text. Python without a name is run.
- ``text``, ``diff`` or none: shown, not run. No other language is allowed.

A command without an output on the page must end with status 0, and its output does not count; where another command of
its block has one, all of them are compared. HTML comments, which no reader sees, have the rest: ``<!-- file: NAME -->``
before a block gives its file's name, ``<!-- not run: REASON -->`` why it is not run; ``<!-- run: COMMANDS -->`` is run,
must end with status 0, and its output does not count; ``<!-- suite -->`` stands for the tests and cassettes of
``planets_suite``, which a reader has already.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

_PART = re.compile(
    r"^<!-- suite(?P<suite>) -->$|^ *<!-- (?P<word>file|not run|run): ?(?P<text>.*?) ?-->$"
    r"|^(?P<indent> *)```(?P<language>[^`\n]*)\n(?P<code>.*?)^(?P=indent)```$",
    re.MULTILINE | re.DOTALL,
)
_FILE = re.compile(r"# (\S+\.(?:py|ini|toml|ya?ml|cfg|json))\n")
_FILES = ("python", "ini", "toml", "yaml", "json")
_RUN = ("console", "sh", *_FILES)
_SHOWN = ("", "text", "diff")
_REASON = 3  # words that a reason has at least
_TIMES = re.compile(r"\b[0-9]+\.[0-9]+ ?s\b(?: \([0-9:]+\))?|\b[0-9]+ (?:ms|seconds?)\b")
_SIZES = re.compile(r"\b[0-9]{1,3}(?:,[0-9]{3})+\b|\b[0-9]+ [kM]B\b|\$[0-9.]+|\b[0-9]+\.[0-9]{4}\b|\b[0-9.]+e-[0-9]+\b")
_BARS = re.compile(r"[=_-]{4,}")


@dataclass(frozen=True)
class Example:
    """A block of a page: where it is, its language and text, the file that it is, and why it is not run."""

    line: int
    language: str
    code: str
    file: str = ""
    skipped: str | None = None

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
    found: list[Example] = []
    file, skipped = "", None
    for part in _PART.finditer(text):
        line = text.count("\n", 0, part.start()) + 1
        if part["suite"] is not None:
            found.append(Example(line, "suite", ""))
        elif part["word"] == "run":
            found.append(Example(line, "hidden", part["text"]))
        elif part["word"] == "file":
            file = part["text"]
        elif part["word"] == "not run":
            skipped = part["text"]
        else:
            code = "".join(one[len(part["indent"]) :] for one in part["code"].splitlines(keepends=True))
            named = _FILE.match(code) if part["language"] in _FILES else None
            found.append(Example(line, part["language"], code, file or (named[1] if named else ""), skipped))
            file, skipped = "", None
    return found


def unexplained(text: str) -> list[str]:
    """The blocks of a page that are neither run nor have a reason, each with its line."""
    found = []
    for one in examples(text):
        if one.language in _RUN:
            if one.skipped is None and one.language in _FILES and one.language != "python" and not one.file:
                found.append(f"line {one.line}: {one.language} without the name of a file")
            if one.skipped is not None and len(one.skipped.split()) < _REASON:
                found.append(f"line {one.line}: not run, and no reason")
        elif one.language in _SHOWN:
            if re.search(r"^\$ ", one.code, re.MULTILINE):
                found.append(f"line {one.line}: a command in a block that is not run")
        elif one.language not in ("hidden", "suite", "{toctree}"):
            found.append(f"line {one.line}: no example has the language {one.language}")
    return found


def difference(shown: list[str], output: str) -> str:
    """Where an output is not what a page shows; empty where it is.

    ``…`` on a line stands for any text, on a line of its own for any lines. Times, sizes, prices and the length of bars
    do not count.
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
    return _BARS.sub("----", _SIZES.sub("0", _TIMES.sub("0 s", line))).rstrip()


def write(folder: Path, example: Example) -> None:
    """Write the file that an example is, in a reader's folder."""
    path = folder / example.file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(example.code, encoding="utf-8")
