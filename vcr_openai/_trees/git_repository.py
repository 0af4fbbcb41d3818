"""What git knows of a repository."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

_OBJECT = re.compile(rb"[0-9a-f]+ (\w+) (\d+)")  # what git cat-file prints before the content of an object
_MOST_CONFLICTS = 127  # which git merge-file counts in its exit status; more means an error


def git(folder: Path, *arguments: str, what: str = "") -> str:
    """What git prints in a folder. Raises OSError with its words where it fails; ``what`` is what it may not know."""
    done = _run("-C", str(folder), *arguments)
    if done.returncode:
        unknown = (
            f"git knows no commit {what}" if what else f"git {arguments[0]} ended with the status {done.returncode}"
        )
        raise OSError(_words(done) or unknown)
    return done.stdout.decode(errors="surrogateescape")


@dataclass(frozen=True)
class Range:
    """Two states of a repository: revisions; ``new`` is None for the files in the work tree."""

    old: str
    new: str | None

    @classmethod
    def parse(cls, folder: Path, text: str) -> Range:
        """The states that ``A..B``, ``A...B`` (from where B branched off A) or ``A`` (to the work tree) name.

        Raises OSError with git's words for a revision that is not there.
        """
        old, dots, new = text.partition("...") if "..." in text else text.partition("..")
        old, new = old or "HEAD", new or "HEAD"
        for revision in (old, new):
            _verified(folder, revision)
        if not dots:
            return cls(old, None)
        return cls(git(folder, "merge-base", old, new).strip() if dots == "..." else old, new)


def top_level(folder: Path) -> Path:
    """The folder of the repository. Raises OSError with git's words outside of one."""
    return Path(git(folder, "rev-parse", "--show-toplevel").removesuffix("\n"))


def changed_files(top: Path, between: Range, suffixes: tuple[str, ...]) -> list[str]:
    """The paths of the files with these suffixes that differ, new ones included, relative to ``top``."""
    names = _names(git(top, "diff", "--name-only", "--no-renames", "-z", between.old, *filter(None, [between.new])))
    if between.new is None:
        names += _names(git(top, "ls-files", "--others", "--exclude-standard", "-z"))
    return sorted({name for name in names if name.endswith(suffixes)})


def files_of(top: Path, revision: str, below: str, suffixes: tuple[str, ...]) -> list[str]:
    """The paths of a revision's files with these suffixes in a folder of ``top``, or that one file; no hidden ones."""
    names = _names(git(top, "ls-tree", "-r", "--name-only", "--full-tree", "-z", revision, "--", f":(literal){below}"))
    prefix = "" if below == "." else f"{below}/"
    shown = [name for name in names if not any(step.startswith(".") for step in name.removeprefix(prefix).split("/"))]
    return [name for name in shown if name == below or name.endswith(suffixes)]


def revision_of(folder: Path, revision: str) -> str:
    """The name of a revision's commit. Raises OSError for one that is not there."""
    _verified(folder, revision)
    return git(folder, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").strip()


def contents(top: Path, revision: str, names: Sequence[str]) -> dict[str, bytes]:
    """The bytes of files in a revision, by their paths; those that it does not have are left out."""
    asked = [name for name in names if "\n" not in name]
    done = _run("-C", str(top), "cat-file", "--batch", given="".join(f"{revision}:{name}\n" for name in asked))
    if done.returncode:
        raise OSError(_words(done))
    found: dict[str, bytes] = {}
    rest = done.stdout
    for name in asked:
        head, _, rest = rest.partition(b"\n")
        if match := _OBJECT.fullmatch(head):  # a folder has content, too
            content, rest = rest[: int(match[2])], rest[int(match[2]) + 1 :]
            if match[1] == b"blob":
                found[name] = content
    for name in set(names).difference(asked):
        done = _run("-C", str(top), "cat-file", "blob", f"{revision}:{name}")
        if not done.returncode:
            found[name] = done.stdout
    return found


def _verified(folder: Path, revision: str) -> None:
    if revision.startswith("-"):
        raise OSError(f"{revision} is not a revision")
    git(folder, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}", what=revision)


def _names(printed: str) -> list[str]:
    return [name for name in printed.split("\0") if name]


def merge_lines(base: Path, ours: Path, theirs: Path) -> int:
    """Merge files line by line into ``ours``; the number of conflicts. Raises OSError with git's words."""
    names = [word for name in ("ours", "base", "theirs") for word in ("-L", name)]
    done = _run("merge-file", *names, str(ours), str(base), str(theirs))
    if not 0 <= done.returncode <= _MOST_CONFLICTS:
        raise OSError(_words(done))
    return done.returncode


def _words(done: subprocess.CompletedProcess[bytes]) -> str:
    return done.stderr.decode(errors="replace").strip()


def _run(*arguments: str, given: str = "") -> subprocess.CompletedProcess[bytes]:
    try:
        return subprocess.run(  # noqa: S603 - the user's own git
            ["git", *arguments],  # noqa: S607
            input=given.encode(errors="surrogateescape"),
            capture_output=True,
            check=False,
        )
    except FileNotFoundError as error:
        raise OSError("git is not installed, or not on PATH") from error
