"""What all commands have in common: hints at mistypings, quiet and verbose output, counts with their nouns."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from chats import answer, interaction, question

from vcr_openai._cli import main


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """A folder with one cassette of one interaction, and one file that is something else."""
    monkeypatch.chdir(tmp_path)
    one = interaction({**answer("rings"), "usage": {"total_tokens": 1}}, sent=question("Saturn"))
    Path("tests/cassettes/test_it").mkdir(parents=True)
    text = json.dumps({"version": 1, "interactions": [one]})
    Path("tests/cassettes/test_it/test_one.json").write_text(text, encoding="utf-8")
    Path("tests/other.json").write_text('{"name": 1}', encoding="utf-8")


@pytest.mark.parametrize(
    "arguments, hint",
    [
        (["shwo", "."], "Did you mean show?"),
        (["convrt"], "Did you mean convert?"),
        (["git-set"], "Did you mean git-setup?"),
        (["norm"], "Did you mean normalize?"),
        (["xyzzy"], "See vcr-openai --help."),
        (["show", ".", "--ful"], "--full"),
        (["check", ".", "--jsn"], "--json"),
        (["--versoin"], "--version"),
        (["convert", ".", "--format", "yml"], "yaml"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_mistyped_word_suggests_the_right_one(capsys, arguments, hint):
    """A command, an option or a choice that there is not ends with 2, and what was meant is named."""
    assert main(arguments) == 2
    assert hint in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["-q", "--quiet"])
@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "tests"],
        ["redact", "tests"],
        ["normalize", "tests"],
        ["rekey", "tests"],
        ["convert", "tests", "-o", "out", "--to", "cassettes"],
        ["convert", "tests", "--replace", "--format", "openai.yaml"],
    ],
    ids=lambda value: value[0],
)
def test_a_quiet_command_has_no_summary(capsys, arguments, flag):
    """With -q there is nothing on standard error where nothing was refused."""
    main([*arguments, flag])
    assert capsys.readouterr().err == ""


def test_a_quiet_command_names_what_it_refuses(capsys):
    """What was refused is named with -q, too, and the status tells it."""
    Path("tests/broken.json").write_text('{"interactions": [', encoding="utf-8")
    assert main(["convert", "tests", "-o", "out", "--to", "cassettes", "-q"]) == 1
    assert capsys.readouterr().err.startswith("refused: tests/broken.json: ")


def test_verbose_names_the_files_that_were_skipped(capsys):
    """check -v names each file that it did not check, with the reason."""
    assert main(["check", "-v", "tests"]) in (0, 1)
    assert "skipped: tests/other.json: " in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "tests"],
        ["redact", "tests"],
        ["normalize", "tests"],
        ["rekey", "tests"],
        ["show", "tests"],
        ["stats", "tests"],
        ["explain", "tests"],
        ["diff", "tests", "tests"],
        ["convert", "tests", "-o", "out", "--to", "cassettes"],
        ["convert", "tests", "--replace", "--format", "openai.yaml"],
    ],
    ids=" ".join,
)
def test_one_is_no_plural(capsys, arguments):
    """One of something is counted in the singular."""
    main(arguments)
    captured = capsys.readouterr()
    assert not re.findall(r"(?<![\d,.\w])1 (?:more )?\w+s\b", captured.out + captured.err)


@pytest.mark.parametrize(
    "shell, word", [("bash", "complete -o nosort"), ("zsh", "#compdef"), ("fish", "complete --no-files")]
)
def test_each_shell_gets_its_completion(monkeypatch, capsys, shell, word):
    """The script for a shell is printed where the variable asks for it."""
    monkeypatch.setenv("_VCR_OPENAI_COMPLETE", f"{shell}_source")
    monkeypatch.setattr("click.shell_completion.BashComplete._check_version", lambda *_: None)  # starts bash
    assert main([]) == 0
    assert word in capsys.readouterr().out


@pytest.mark.parametrize(
    "words, completed",
    [
        ("vcr-openai sh", {"show"}),
        ("vcr-openai convert --repl", {"--replace"}),
        ("vcr-openai convert --format o", {"openai.yaml"}),
        ("vcr-openai git", {"git-setup"}),
    ],
)
def test_words_are_completed(monkeypatch, capsys, words, completed):
    """Commands, options and the values of options are completed."""
    monkeypatch.setenv("_VCR_OPENAI_COMPLETE", "bash_complete")
    monkeypatch.setattr("click.shell_completion.BashComplete._check_version", lambda *_: None)
    monkeypatch.setenv("COMP_WORDS", words)
    monkeypatch.setenv("COMP_CWORD", str(len(words.split()) - 1))
    assert main([]) == 0
    assert {line.partition(",")[2] for line in capsys.readouterr().out.split()} == completed
