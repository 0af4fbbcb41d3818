"""What git knows of a repository."""

from __future__ import annotations

import subprocess
from pathlib import Path

_MOST_CONFLICTS = 127  # which git merge-file counts in its exit status; more means an error


def git(folder: Path, *arguments: str) -> str:
    """What git prints in a folder. Raises OSError with its words where it fails."""
    done = _run("-C", str(folder), *arguments)
    if done.returncode:
        raise OSError(_words(done) or f"git {arguments[0]} ended with the status {done.returncode}")
    return done.stdout.decode(errors="surrogateescape")


def merge_lines(base: Path, ours: Path, theirs: Path) -> int:
    """Merge files line by line into ``ours``; the number of conflicts. Raises OSError with git's words."""
    names = [word for name in ("ours", "base", "theirs") for word in ("-L", name)]
    done = _run("merge-file", *names, str(ours), str(base), str(theirs))
    if not 0 <= done.returncode <= _MOST_CONFLICTS:
        raise OSError(_words(done))
    return done.returncode


def _words(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode(errors="replace").strip()


def _run(*arguments: str) -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(["git", *arguments], capture_output=True, check=False)  # noqa: S603, S607 - the user's git
    except FileNotFoundError as error:
        raise OSError("git is not installed, or not on PATH") from error
