"""The settings of a git repository: which files it shows as transcripts and merges by their interactions."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from vcr_openai._files import read_text, write_text
from vcr_openai._trees.git_repository import git, top_level

PATTERNS = (
    "*.recording.json",
    "*.openai.yaml",
    "**/cassettes/**/*.yaml",
    "**/cassettes/**/*.json",
    "**/recordings/**/*.json",
)
_ATTRIBUTES = "diff=vcr-openai merge=vcr-openai"
_BEGIN, _END = "# vcr-openai: begin (vcr-openai git-setup --undo removes this part)", "# vcr-openai: end"
_LINE_END = "\n"
_PART = re.compile(r"^# vcr-openai: begin\b.*?^# vcr-openai: end[^\n]*\n?", re.MULTILINE | re.DOTALL)
# Git hands both commands to a shell. Without the program, git compares and merges the text, as it does for any file.
# Git starts the first one in the repository's folder, with the name of the file behind it.
_SETTINGS = {
    "diff.vcr-openai.textconv": 'f() { vcr-openai show --full --textconv "$1" 2>/dev/null || cat "$1"; }; f',
    "merge.vcr-openai.name": "the interactions of a cassette or a recording",
    "merge.vcr-openai.driver": (
        "if command -v vcr-openai >/dev/null 2>&1; then vcr-openai merge %O %A %B %P; else git merge-file %A %O %B; fi"
    ),
}


@dataclass(frozen=True)
class GitSetup:
    """What a repository has of ours: the path of its attributes file and its part there, and the settings."""

    attributes: Path
    part: str
    settings: tuple[str, ...]


def set_up(folder: Path) -> GitSetup:
    """Write the attributes and the repository's local settings; what is there of ours already is written anew.

    Raises OSError, with git's words, where ``folder`` is not in a work tree; ValueError for an attributes file that is
    not text.
    """
    attributes = _attributes(folder)
    text = _PART.sub("", _text(attributes))
    part = "\n".join([_BEGIN, *(f"{pattern} {_ATTRIBUTES}" for pattern in PATTERNS), _END]) + "\n"
    write_text(attributes, f"{text}{'' if not text or text.endswith(_LINE_END) else _LINE_END}{part}", replace=True)
    for name, value in _SETTINGS.items():
        git(folder, "config", "--local", name, value)
    return GitSetup(attributes, part, tuple(f"{name} = {value}" for name, value in _SETTINGS.items()))


def undo(folder: Path) -> GitSetup:
    """Remove what ``set_up`` wrote, and an attributes file that has nothing else. Raises as ``set_up``."""
    attributes = _attributes(folder)
    text = _text(attributes)
    part = "".join(_PART.findall(text))
    rest = _PART.sub("", text)
    if part and rest.strip():
        write_text(attributes, rest, replace=True)
    elif part:
        attributes.unlink()
    removed = [name for name in _SETTINGS if _unset(folder, name)]
    return GitSetup(attributes, part, tuple(removed))


def _unset(folder: Path, name: str) -> bool:
    try:
        git(folder, "config", "--local", "--unset-all", name)
    except OSError:  # git ends with 5 where there is no such setting
        return False
    return True


def _attributes(folder: Path) -> Path:
    return top_level(folder) / ".gitattributes"


def _text(path: Path) -> str:
    return read_text(path) if path.exists() else ""
