"""The command: what it says where, and the status it ends with."""

import importlib
import importlib.metadata
import os
import runpy
import subprocess
import sys
from importlib.metadata import PackageNotFoundError
from pathlib import Path

import click
import places
import pytest

import vcr_openai._cli
from vcr_openai._cli import main
from vcr_openai._cli.options import progress


def test_the_help_names_the_commands(capsys):
    """``--help`` lists every command on standard output and ends well."""
    assert main(["--help"]) == 0
    assert "convert" in capsys.readouterr().out


def test_the_version_is_said(capsys):
    """``--version`` names the command and ends well."""
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("vcr-openai")


@pytest.mark.parametrize(
    "arguments", [["nonsense"], ["--nonsense"], ["convert"], ["convert", "."], ["convert", "nowhere", "-o", "x"]]
)
def test_wrong_usage_is_told_from_failure(arguments, capsys):
    """A wrong command line ends with 2, and the reason goes to standard error."""
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Error: " in captured.err


@pytest.mark.parametrize(
    "error, status, said",
    [
        (KeyboardInterrupt(), 130, "Interrupted.\n"),
        (OSError(28, "No space left on device"), 1, "Error: [Errno 28] No space left on device\n"),
        (click.ClickException("no"), 1, "Error: no\n"),
    ],
)
def test_what_ends_a_command_is_one_line(monkeypatch, capsys, error, status, said):
    """An interruption, an error of the system, a refusal: one line each, and never a traceback."""

    def fail(**_options):
        raise error

    monkeypatch.setattr("vcr_openai._trees.conversion.convert", lambda *_arguments, **_options: fail())
    assert main(["convert", ".", "--check"]) == status
    assert capsys.readouterr().err.strip().endswith(said.strip())


def test_a_reader_that_goes_away_ends_it_quietly():
    """A closed pipe at standard output is no reason for a traceback."""
    command = [sys.executable, "-m", "vcr_openai", "--help"]
    reader, writer = os.pipe()
    os.close(reader)
    done = subprocess.run(command, stdout=writer, stderr=subprocess.PIPE, check=False)
    os.close(writer)
    assert (done.returncode, done.stderr) == (1, b"")


def test_the_command_starts_without_the_hosts():
    """Importing the command imports neither vcr nor openai: help and errors are quick."""
    code = "import sys, vcr_openai._cli; print({'vcr', 'openai', 'pytest', 'yaml'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True)
    assert done.stdout.strip() == b"set()"


def test_every_command_is_in_its_module():
    """The table has for each command a module with the command in it."""
    for name in vcr_openai._cli._COMMANDS:
        assert vcr_openai._cli.vcr_openai.get_command(None, name).name == name


@pytest.mark.parametrize("total, terminal", [(10, True), (10_000, False)])
def test_short_work_and_pipes_have_no_progress_bar(monkeypatch, total, terminal):
    """There is a bar for long work on a terminal only."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: terminal, raising=False)
    steps = [1, 2]
    assert progress(steps, "converting", total) is steps


def test_long_work_on_a_terminal_has_a_progress_bar(monkeypatch):
    """A bar passes on what it counts."""
    monkeypatch.setattr("sys.stderr.isatty", lambda: True, raising=False)
    assert list(progress(range(1000), "converting", 1000)) == list(range(1000))


def test_a_tree_that_was_not_installed_says_so(monkeypatch, capsys):
    """``--version`` has an answer where there is no metadata."""

    def missing(name):
        raise PackageNotFoundError(name)

    monkeypatch.setattr(importlib.metadata, "version", missing)
    assert main(["--version"]) == 0
    assert "not installed" in capsys.readouterr().out


@pytest.mark.parametrize("error", [SystemExit(1), BrokenPipeError()], ids=["click's", "Python's"])
def test_a_broken_pipe_ends_a_command_quietly(monkeypatch, tmp_path, capsys, error):
    """Whoever notices that the reader went away, nothing is said and the status is 1."""

    def fail(*_arguments, **_options):
        raise error

    monkeypatch.setattr("vcr_openai._trees.conversion.convert", fail)
    with (tmp_path / "out").open("w") as stdout:
        monkeypatch.setattr(sys, "stdout", stdout)
        assert main(["convert", ".", "--check"]) == 1
    assert "Traceback" not in capsys.readouterr().err


def test_importing_the_commands_module_runs_nothing(capsys):
    """A process that multiprocessing starts imports the main module, and is no second command."""
    importlib.import_module("vcr_openai.__main__")
    assert capsys.readouterr() == ("", "")


def test_the_package_runs_as_a_module(monkeypatch, capsys):
    """``python -m vcr_openai`` is the command, its status and all."""
    monkeypatch.setattr(sys, "argv", ["vcr-openai", "--version"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(Path(vcr_openai._cli.__file__).parents[1] / "__main__.py"), run_name="__main__")
    assert (ended.value.code, capsys.readouterr().out.startswith("vcr-openai")) == (0, True)


def test_a_check_for_secrets_imports_no_sdk():
    """The search for secrets does not need the SDK's view of an answer, and so does not wait for it."""
    cassette = str(places.CASSETTES / "chat_turns.yaml")
    code = (
        "import sys; from vcr_openai._cli import main; "
        f"main(['check', '--select', 'secret', {cassette!r}]); "
        "print(*{'openai', 'pydantic', 'httpx', 'httpx2'} & set(sys.modules))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == [], done.stdout


def test_an_unknown_command_is_a_usage_error(capsys):
    """The error names the command, and status 2 says that nothing was done."""
    assert main(["convret"]) == 2
    assert "convret" in capsys.readouterr().err
