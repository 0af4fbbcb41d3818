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


@pytest.mark.parametrize(
    "arguments, message",
    [
        (["stats", "tests", "--json", "--csv"], "--json and --csv exclude each other"),
        (["diff", "tests", "tests", "--json", "--stat"], "--json and --stat exclude each other"),
        (["review", "--json", "--github"], "--json and --github exclude each other"),
        (["review", "--github", "--stat"], "--github and --stat exclude each other"),
        (["convert", "tests", "-o", "out", "--test-id", "a", "--collected", "-"], "--test-id and --collected exclude"),
        (["convert", "tests", "-o", "out", "--prefix", "a"], "--prefix belongs to --collected"),
        (["convert", "tests", "-o", "out", "--to", "cassettes", "--test-id", "a"], "--to cassettes makes none"),
        (["convert", "tests", "--replace", "--prefix", "a"], "--replace and --prefix exclude each other"),
        (["explain", "tests", "--url", "http://a"], "--url belongs to --request"),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_an_option_that_would_mean_nothing_is_wrong_usage(capsys, arguments, message):
    """It does not go through silently: the command ends with 2, names the option and writes nothing."""
    assert main(arguments) == 2
    assert message in capsys.readouterr().err
    assert not Path("out").exists()


@pytest.mark.parametrize("name", ["new.yaml", "new.json", "new.openai.yaml", "new.recording.json", "new.yaml.gz"])
def test_a_file_is_not_converted_to_a_folder_named_like_a_file(capsys, name):
    """convert, which writes into a folder, refuses a -o that is named like a cassette or recording for a file."""
    assert main(["convert", "tests/other.json", "-o", name]) == 2
    assert f"expected a folder, found {name}, which is named like a file" in capsys.readouterr().err
    assert not Path(name).exists()


@pytest.mark.parametrize(("src", "exists"), [("tests", False), ("tests", True)])
def test_a_folder_may_have_any_name(capsys, src, exists):
    """convert writes a tree, or into a folder that is there, whatever the folder's name is; it refuses a file."""
    if exists:
        Path("new.yaml").mkdir()
    assert main(["convert", src, "-o", "new.yaml", "--to", "cassettes"]) == 0
    assert list(Path("new.yaml").rglob("*.yaml"))
    assert main(["convert", "tests", "-o", "tests/other.json"]) == 2
    assert "found tests/other.json, which is a file" in capsys.readouterr().err


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
