"""The report of a request that no recorded one answers, through real pytest runs."""

from __future__ import annotations

import shlex
import subprocess
import sys

import pytest
from cassette_texts import write_cassette
from chats import answer, interaction, question
from inner_project import Project
from several_processes import EVERYWHERE

PROMPT = "You know all planets. You are kind.\nAnswer in one sentence.\nDo not guess.\nNever lie.\nThank you."


@pytest.fixture
def project(pytester):
    """A folder for an inner pytest run."""
    return Project(pytester)


def cassette(*asked, suffix="yaml", **more):
    """A cassette's text: an answer to each question."""
    return write_cassette([interaction(answer("x"), sent=question(one, **more)) for one in asked], suffix)


@EVERYWHERE
def test_there_is_one_report(project, more):
    """The differences are in our report alone; vcrpy's message refers to it."""
    project.cassette("test_it.yaml", cassette("Saturn"))
    project.test("@pytest.mark.vcr\ndef test_it():\n    ask('Jupiter')\n")
    text = project.run(*more).stdout.str()
    assert text.count("recorded 'Saturn'") == 1
    assert "see the report of vcr-openai" in text


def test_a_long_text_is_a_diff(project):
    """Of a long text the lines that changed are shown, with lines around them."""
    project.cassette("test_it.yaml", cassette(PROMPT))
    project.test(f"@pytest.mark.vcr\ndef test_it():\n    ask({PROMPT.replace('one', 'two')!r})\n")
    project.run().stdout.fnmatch_lines(
        [
            "  messages?0?.content: recorded -, this request +",
            "      You know all planets. You are kind.",
            "    - Answer in one sentence.",
            "    + Answer in two sentence.",
            "      Do not guess.",
            "      Never lie.",
        ]
    )


def test_values_are_as_they_were_sent(project):
    """A number has all its digits, though matching rounds it."""
    project.cassette("test_it.yaml", cassette("a", temperature=0.1))
    project.test("@pytest.mark.vcr\ndef test_it():\n    ask('a', temperature=0.123456789)\n")
    project.run().stdout.fnmatch_lines(["  temperature: recorded 0.1 … this request 0.123456789"])


def test_all_differences_are_listed(project):
    """More than a few differences are all there."""
    project.cassette("test_it.yaml", cassette("a", metadata={f"key{index}": "1" for index in range(12)}))
    project.test(
        "@pytest.mark.vcr\ndef test_it():\n    ask('a', metadata={f'key{index}': '2' for index in range(12)})\n"
    )
    text = project.run().stdout.str()
    assert all(f"metadata.key{index}: recorded '1'" in text for index in range(12))


@pytest.mark.parametrize("argument", ["--tb=no", "--tb=line", "--show-capture=no"])
@EVERYWHERE
def test_it_is_visible_without_tracebacks(project, argument, more):
    """Where pytest shows no report of a test, the end of the run has it; it is there once in any case."""
    project.cassette("test_it.yaml", cassette("Saturn"))
    project.test("@pytest.mark.vcr\ndef test_it():\n    ask('Jupiter')\n")
    result = project.run(argument, *more)
    result.stdout.fnmatch_lines(["*vcr-openai: not in the cassette*", "*recorded 'Saturn'*"])
    assert result.stdout.str().count("recorded 'Saturn'") == 1


@pytest.mark.parametrize(
    ("recorded", "asked", "mode"),
    [
        (["Saturn"], ["Jupiter"], "rewrite"),
        (["Saturn"], ["Saturn", "Jupiter"], "new_episodes"),
        (["Saturn", "Mars"], ["Saturn", "Jupiter"], "rewrite"),
        (["Saturn"], ["Saturn", "Saturn"], "new_episodes"),
    ],
)
def test_the_command_is_ready_to_copy(project, recorded, asked, mode):
    """It has the test's node id, and ``rewrite`` where a prompt was edited, ``new_episodes`` where one was added."""
    project.cassette("test_it[a b].yaml", cassette(*recorded))
    project.test(
        "@pytest.mark.vcr\n@pytest.mark.parametrize('word', ['a b'])\n"
        f"def test_it(word):\n    for word in {asked!r}:\n        ask(word)\n"
    )
    project.run().stdout.fnmatch_lines([f"*pytest 'test_it.py::test_it?a b?' --record-mode={mode}"])


@pytest.mark.parametrize("there", ["yaml", "json", "openai.yaml", "recording.json"])
@pytest.mark.parametrize("read", ["yaml", "openai.yaml"])
def test_a_cassette_in_another_format_is_said_first(project, there, read):
    """It is the first line of the report, and the command beside it makes the test pass."""
    if there == read:
        pytest.skip("the same format")
    project.cassette(
        f"test_it.{there}",
        cassette("Saturn", suffix=there).replace('"test_id": null', '"test_id": "test_it.py::test_it"'),
    )
    project.test(f"@pytest.mark.vcr(serializer={read!r})\ndef test_it():\n    assert ask('Saturn') == 'x'\n")
    lines = project.run().outlines
    start = next(index for index, line in enumerate(lines) if "vcr-openai: not in the cassette" in line)
    assert lines[start + 1].endswith(f"in another format there is cassettes/test_it/test_it.{there}")
    command = shlex.split(lines[start + 2].partition(":")[2])
    assert command[:2] == ["vcr-openai", "convert"]
    subprocess.run([sys.executable, "-m", "vcr_openai", *command[1:]], cwd=project.path, check=True)
    project.run().assert_outcomes(passed=1)


def test_a_missing_cassette_is_named(project):
    """Where there is no cassette yet, the report says so, and names no command that reads it."""
    project.test("@pytest.mark.vcr\ndef test_it():\n    ask('a')\n")
    result = project.run()
    result.stdout.fnmatch_lines(["there is no cassette *test_it.yaml yet", "to record what is missing: *new_episodes"])
    result.stdout.no_fnmatch_line("*vcr-openai explain*")


def test_the_command_quotes_the_cassette(project):
    """A cassette's name with a space is quoted in the command."""
    project.cassette("two words.yaml", cassette("a"))
    project.test("@pytest.mark.default_cassette('two words.yaml')\n@pytest.mark.vcr\ndef test_it():\n    ask('b')\n")
    project.run().stdout.fnmatch_lines(["*vcr-openai explain 'cassettes/test_it/two words.yaml'"])
