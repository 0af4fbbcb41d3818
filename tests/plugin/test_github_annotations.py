"""Misses as annotations of GitHub Actions, through real pytest runs."""

from __future__ import annotations

import pytest
from chats import answer, interaction, question
from inner_project import ASK, LibraryProject, Project
from recordings import chat
from several_processes import ALSO_IN_TWO, ONE_WORKER

SATURN = interaction(answer("rings"), sent=question("Saturn"))
MISSING = "@pytest.mark.vcr\ndef test_one():\n    ask('Mars')\n"


@pytest.fixture
def project(pytester: pytest.Pytester, monkeypatch):
    """A folder for an inner pytest run on GitHub."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(pytester.path))
    project = Project(pytester)
    project.cassette("test_one.yaml", {"version": 1, "interactions": [SATURN]})
    project.test(MISSING)
    return project


def annotations(result) -> list[str]:
    return [line for line in result.stdout.lines if line.startswith("::")]


@pytest.mark.parametrize(
    "arguments",
    [[], ONE_WORKER, ["-q"], ["-v"], ["--no-summary"], ["--tb=no"], ["-x"], ["-p", "no:xdist"]],
    ids=" ".join,
)
def test_a_miss_is_an_annotation(project, arguments):
    """A line of its own names file, line and title, and has the explanation with its lines escaped."""
    (line,) = annotations(project.run(*arguments))
    source = (project.path / "test_it.py").read_text(encoding="utf-8")
    number = source.split("\n").index("def test_one():") + 1
    assert line.startswith(
        f"::error file=test_it.py,line={number},title=vcr-openai%3A not in the cassette::test_it.py::test_one%0A"
    )
    assert "no recorded request answers POST /chat/completions (gpt-4o)%0Anearest of 1 recorded" in line


@pytest.mark.parametrize("value", ["", "false", "1"])
def test_elsewhere_there_is_none(project, monkeypatch, value):
    """Only GitHub, which sets the variable to true, gets annotations."""
    monkeypatch.setenv("GITHUB_ACTIONS", value)
    assert annotations(project.run()) == []


def test_another_failure_is_none(project):
    """A test that fails although it found its answers has no annotation."""
    project.test("@pytest.mark.vcr\ndef test_one():\n    assert ask('Saturn') == 'moons'\n")
    assert annotations(project.run()) == []


def test_a_miss_that_a_test_survives_is_none(project):
    """A test that passes has no annotation."""
    project.test(
        "@pytest.mark.vcr\ndef test_one():\n    try:\n        ask('Mars')\n    except Exception:\n        pass\n"
    )
    assert annotations(project.run()) == []


def test_the_path_begins_where_the_repository_does(project, monkeypatch):
    """A project in a folder of the repository has annotations with that folder."""
    monkeypatch.setenv("GITHUB_WORKSPACE", str(project.path.parent))
    (line,) = annotations(project.run())
    assert line.startswith(f"::error file={project.path.name}/test_it.py,")


@pytest.mark.parametrize("workspace", [None, "/elsewhere"])
def test_without_a_known_repository_the_path_is_pytests(project, monkeypatch, workspace):
    """Where it is not known what was checked out, the path is relative to the root folder."""
    monkeypatch.delenv("GITHUB_WORKSPACE") if workspace is None else monkeypatch.setenv("GITHUB_WORKSPACE", workspace)
    (line,) = annotations(project.run())
    assert line.startswith("::error file=test_it.py,")


def test_the_line_is_that_of_def(project):
    """Decorators and coroutines do not change which line it is; a file that is gone has pytest's line."""
    project.test(
        "@pytest.mark.vcr\n@pytest.mark.anyio\n@pytest.mark.parametrize(\n    'x', [1]\n)\n"
        "async def test_one(x):\n    ask('Mars')\n\n"
        "@pytest.mark.vcr\ndef test_two():\n    os.remove(__file__)\n    ask('Mars')\n"
    )
    lines = (project.path / "test_it.py").read_text(encoding="utf-8").split("\n")
    found = annotations(project.run("-k", "asyncio or two"))
    numbers = [lines.index("async def test_one(x):") + 1, lines.index("def test_two():")]
    assert [int(line.partition("line=")[2].partition(",")[0]) for line in found] == numbers


def test_names_are_escaped(project):
    """Commas, colons and percent signs in a file's name and a parameter do not end a property."""
    folder = project.path / "a,b%c"
    folder.mkdir()
    source = "@pytest.mark.vcr\n@pytest.mark.parametrize('x', ['a::b,%'])\ndef test_one(x):\n    ask('Mars')\n"
    (folder / "test_odd.py").write_text(ASK + source, encoding="utf-8")
    (line,) = annotations(project.run("a,b%c"))
    assert line.startswith("::error file=a%2Cb%25c/test_odd.py,line=")
    assert "::a,b%25c/test_odd.py::test_one[a::b,%25]%0A" in line


def test_a_secret_is_not_in_an_annotation(project):
    """What a request had as a secret is left out."""
    secret = "sk-" + "proj-" + "a1B2" * 12
    project.test(f"@pytest.mark.vcr\ndef test_one():\n    ask('my key is {secret}')\n")
    (line,) = annotations(project.run())
    assert "a1B2a1B2" not in line


@ALSO_IN_TWO
def test_each_failed_test_has_its_own(project, more):
    """Tests of one file name in two folders, and those of a class, have their own lines."""
    for name in ("a", "b"):
        folder = project.path / name
        folder.mkdir()
        (folder / "test_same.py").write_text(
            ASK + "@pytest.mark.vcr\nclass TestOf:\n    def test_two(self):\n        ask('Mars')\n", encoding="utf-8"
        )
    lines = annotations(project.run("--import-mode=importlib", *more))
    assert sorted(line.partition(",")[0] for line in lines) == [
        "::error file=a/test_same.py",
        "::error file=b/test_same.py",
        "::error file=test_it.py",
    ]


def test_a_miss_in_a_library_is_one(pytester, httpserver, monkeypatch):
    """A test whose library has no answer has an annotation, too."""
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    project = LibraryProject(pytester, httpserver, monkeypatch)
    project.record(chat("Saturn", "rings", test_id="test_it.py::test_one"))
    project.test(MISSING)
    (line,) = annotations(project.run())
    assert "the library's recordings for test_it.py::test_one" in line


@pytest.mark.parametrize("arguments", [["-p", "no:terminal"], ["-p", "no:vcr_openai"]], ids=" ".join)
def test_without_a_terminal_or_the_plugin_there_is_none(project, arguments):
    """Where nothing may be printed, nothing is."""
    assert annotations(project.run(*arguments)) == []
