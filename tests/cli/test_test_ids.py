"""Wherever a command takes a folder, it takes a test id."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from chats import answer, interaction, question
from recordings import recording, reply

from vcr_openai import Recording
from vcr_openai._cli import main
from vcr_openai._recording.key import recording_name


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """A folder with two modules of one name, their cassettes, and the recordings of one test."""
    monkeypatch.chdir(tmp_path)
    cassette("tests/cassettes/test_it/test_one.yaml", "first")
    cassette("tests/cassettes/test_it/test_one[a-b].json", "parametrized")
    cassette("tests/cassettes/test_it/test_one_more.json", "another")
    cassette("tests/cassettes/test_it/TestOf.test_one.openai.json", "of a class")
    cassette("tests/sub/cassettes/test_it/test_one.json", "in a subfolder")
    record("recordings", "tests/test_it.py::test_one", "recorded in common")
    record("tests/recordings", "tests/test_it.py::test_one[a/b]", "recorded parametrized")
    record("tests/recordings", "tests/sub/test_it.py::test_one", "recorded in a subfolder")
    return tmp_path


def cassette(path: str, said: str) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    one = interaction(answer(said), sent=question(f"asked for {said}"))
    Path(path).write_text(json.dumps({"version": 1, "interactions": [one]}), encoding="utf-8")


def record(folder: str, test_id: str, said: str) -> Path:
    document = recording(
        {
            "method": "POST",
            "url": "https://api.openai.com/v1/v1/chat/completions",
            "headers": {},
            "body": {"model": "gpt-4o", "messages": [{"role": "user", "content": said}]},
            "endpoint": "/v1/chat/completions",
            "model": "gpt-4o",
        },
        reply(answer(said)),
    ) | {"test_id": test_id}
    made = Recording(document)
    path = Path(folder, recording_name(made))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(made.dump(), encoding="utf-8")
    return path


def said(capsys, *arguments: str) -> set[str]:
    """The answers that ``show`` prints for these arguments, which it ends well for."""
    assert main(["show", *arguments]) == 0
    lines = capsys.readouterr().out.split("\n")
    return {line.partition("assistant: ")[2] for line in lines if "assistant: " in line}


@pytest.mark.parametrize(
    "test_id, answers",
    [
        ("tests/test_it.py::test_one", {"first", "parametrized", "recorded in common", "recorded parametrized"}),
        ("tests/test_it.py::test_one[a/b]", {"parametrized", "recorded parametrized"}),
        ("tests/test_it.py::test_one_more", {"another"}),
        ("tests/test_it.py::TestOf", {"of a class"}),
        ("tests/test_it.py::TestOf::test_one", {"of a class"}),
        ("./tests/sub/test_it.py::test_one", {"in a subfolder", "recorded in a subfolder"}),
    ],
)
def test_a_test_has_its_cassettes_and_recordings(capsys, test_id, answers):
    """A node id stands for the cassettes where pytest-recording puts them and the recordings with that id."""
    assert said(capsys, test_id) == answers


def test_a_module_has_those_of_its_tests(capsys):
    """The path of a test module stands for all of its tests, and no others."""
    assert said(capsys, "tests/sub/test_it.py") == {"in a subfolder", "recorded in a subfolder"}


def test_the_root_folder_can_be_given(project, capsys, monkeypatch, tmp_path_factory):
    """Ids are relative to --rootdir, wherever it stands in the command line."""
    monkeypatch.chdir(tmp_path_factory.mktemp("elsewhere"))
    test_id, option = "tests/test_it.py::test_one_more", f"--rootdir={project}"
    assert said(capsys, test_id, option) == said(capsys, option, test_id) == {"another"}


def test_a_path_from_the_current_folder_is_understood(project, capsys, monkeypatch):
    """As for pytest, the test's file may be relative to the current folder, its id is relative to the root folder."""
    Path("tests/test_it.py").touch()
    monkeypatch.chdir(project / "tests")
    assert "recorded in common" in said(capsys, "--rootdir", "..", "test_it.py::test_one")


def test_a_cassette_with_a_shortened_name_is_found(capsys):
    """The cassette of a test with a very long name is found under the name that pytest-recording shortens it to."""
    from vcr_openai._trees.cassette_paths import cassette_of_test

    test_id = f"tests/test_it.py::test_{'long' * 70}"
    cassette(cassette_of_test(test_id, (), "json"), "shortened")
    assert said(capsys, test_id) == {"shortened"}


@pytest.mark.parametrize("test_id", ["tests/test_it.py::test_none", "tests/none.py"])
def test_a_test_without_files_is_wrong_usage(capsys, test_id):
    """Where nothing is found, the message has the folder and the option that would help."""
    assert main(["show", test_id]) == 2
    assert "--rootdir" in capsys.readouterr().err


def test_a_test_outside_of_the_root_folder_is_refused(capsys):
    """A path that leads out of the root folder names no test."""
    assert main(["show", "../test_it.py::test_one"]) == 2
    message = "../test_it.py names a file of tests that is not below "
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments, out, err",
    [
        (["check"], "", "2 files checked"),
        (["redact"], "", "0 secrets would be replaced"),
        (["stats"], "2 requests in 2 files", ""),
        (["key"], "recordings", ""),
        (["explain"], "tests/sub/test_it.py::test_one", ""),
        (["normalize"], "", "1 recording, "),
        (["rekey"], "", "1 recording, 0 would be renamed"),
        (["diff", "tests/sub/test_it.py::test_one"], "2 files: no difference", ""),
        (["convert", "--check", "--to", "cassettes"], "", "1 checked, 0 not exact"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else "",
)
def test_each_command_takes_a_test(capsys, arguments, out, err):
    """Every command that takes a folder works on the files of a test."""
    main([*arguments, "tests/sub/test_it.py::test_one"])
    captured = capsys.readouterr()
    assert (out in captured.out) and (err in captured.err), captured


def test_prune_takes_a_module(capsys):
    """The recordings of one module can be compared with its collected tests."""
    record("tests/recordings", "tests/sub/test_it.py::test_gone", "gone")
    Path("collected").write_text("tests/sub/test_it.py::test_one\n", encoding="utf-8")
    assert main(["prune", "tests/sub/test_it.py", "--collected", "collected"]) == 1
    assert "test_gone" in capsys.readouterr().out


def test_a_test_is_converted_where_it_is_in_the_tree():
    """The files of a test have the places in DEST that they have in a conversion of the whole root folder."""
    assert main(["convert", "tests/sub/test_it.py::test_one", "-o", "out", "--to", "recordings"]) == 0
    assert {path.parent.as_posix() for path in Path("out").rglob("*.json")} == {
        "out/tests/recordings",
        "out/tests/sub/recordings",
    }


def test_a_path_of_that_spelling_is_a_path(capsys):
    """A folder with .py in its name is a folder."""
    Path("x.python").mkdir()
    Path("tests/cassettes/test_it/test_one_more.json").rename("x.python/a.json")
    assert said(capsys, "x.python") == {"another"}
