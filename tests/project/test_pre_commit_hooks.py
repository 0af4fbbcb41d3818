"""The hooks for pre-commit do what they promise."""

from __future__ import annotations

import json
import re
from pathlib import Path

import places
import pytest
import yaml
from chats import answer, interaction, question

from vcr_openai._cli import main

FILE = places.ROOT / ".pre-commit-hooks.yaml"
pytestmark = pytest.mark.skipif(not FILE.is_file(), reason="the tests run apart from the repository")
SECRET = "sk-" + "proj-" + "a1B2" * 12


def hook(command: str) -> dict:
    return next(one for one in yaml.safe_load(FILE.read_text(encoding="utf-8")) if one["id"] == f"vcr-openai-{command}")


def cassette(tmp_path: Path, said: str) -> Path:
    path = tmp_path / "cassette.json"
    one = interaction(answer(said), sent=question("Saturn"))
    path.write_text(json.dumps({"version": 1, "interactions": [one]}), encoding="utf-8")
    return path


def run(command: str, path: Path) -> int:
    """Run a hook's command as pre-commit does, with the paths at its end; its status."""
    program, *arguments = hook(command)["entry"].split()
    assert program == "vcr-openai"
    return main([*arguments, str(path)])


def test_check_fails_for_a_secret(tmp_path, capsys):
    """A file with a secret stops the commit, and the line says where it is."""
    assert run("check", cassette(tmp_path, f"your key is {SECRET}")) == 1
    captured = capsys.readouterr()
    assert "error secret" in captured.out and SECRET not in captured.out


def test_check_passes_without_one(tmp_path, capsys):
    """A good file passes, and nothing is printed."""
    assert run("check", cassette(tmp_path, "rings")) == 0
    assert capsys.readouterr().err == ""


def test_redact_changes_the_file(tmp_path):
    """A file with a secret is changed, by which pre-commit sees that the commit must be looked at."""
    path = cassette(tmp_path, f"your key is {SECRET}")
    assert run("redact", path) == 0
    assert SECRET not in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "path, is_ours",
    [
        ("tests/cassettes/test_it/test_one.yaml", True),
        ("cassettes/a.json", True),
        ("tests/recordings/0123.json", True),
        ("a/b.recording.json", True),
        ("a/b.openai.yaml", True),
        ("package.json", False),
        ("docs/my-cassettes.yaml", False),
        ("mycassettes/a.yaml", False),
    ],
)
@pytest.mark.parametrize("command", ["check", "redact"])
def test_the_hooks_get_recordings_and_cassettes(command, path, is_ours):
    """The files of a hook are those in folders of cassettes and recordings, and those with a suffix of ours."""
    assert bool(re.search(hook(command)["files"], path)) is is_ours
