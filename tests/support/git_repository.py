"""A git repository for a test."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import pytest

PROGRAMS = str(Path(sys.executable).parent)  # the folder with our command


class Repository:
    """A git repository in a folder, which is the current one."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.folder = folder
        self.path = f"{PROGRAMS}{os.pathsep}{os.environ['PATH']}"
        for name in [name for name in os.environ if name.startswith("GIT_")]:
            monkeypatch.delenv(name)
        monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
        monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
        monkeypatch.chdir(folder)
        self.git("init", "-q", "-b", "main")
        for name, value in (("user.email", "a@example.com"), ("user.name", "a"), ("core.autocrlf", "false")):
            self.git("config", name, value)
        self.git("commit", "-q", "--allow-empty", "-m", "empty")

    def hide_our_command(self) -> None:
        """Take it off git's PATH."""
        self.path = os.environ["PATH"].replace(PROGRAMS, "/nowhere")

    def git(self, *arguments: str, status: int = 0) -> str:
        """What git prints, with both streams, where it ends as expected."""
        done = subprocess.run(
            ["git", *arguments],  # noqa: S607
            cwd=self.folder,
            env={**os.environ, "PATH": self.path},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        printed = done.stdout.decode(errors="surrogateescape")
        assert done.returncode == status, printed
        return printed

    def write(self, name: str, text: str) -> Path:
        """Write a file of the work tree."""
        path = self.folder / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
        return path

    def commit(self, message: str) -> None:
        """Commit all that is in the work tree."""
        self.git("add", "-A")
        self.git("commit", "-q", "-m", message)

    def branch(self, name: str, text: str, form: str = "yaml") -> Path:
        """Commit a cassette with this text to a branch that begins at main, and stay there."""
        self.git("checkout", "-q", *(["main"] if name == "main" else ["-B", name, "main"]))
        path = self.write(f"cassettes/a.{form}", text)
        self.commit(name)
        return path
