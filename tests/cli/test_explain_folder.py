"""``vcr-openai explain`` on folders: one of many interactions is found by its test, its key or a text."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from chats import answer, interaction, question
from recordings import recording, reply

from vcr_openai import Recording, recording_key
from vcr_openai._cli import main
from vcr_openai._recording.key import recording_name


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """Two cassettes of tests, one of them in a class, and the recording of a third."""
    monkeypatch.chdir(tmp_path)
    write("tests/cassettes/test_it/test_one[a-b].json", ("Saturn", "rings"), ("Mars", "red"))
    write("tests/cassettes/test_it/TestOf.test_two.json", ("Saturn", "moons"))
    Path("tests/other.json").write_text('{"name": 1}', encoding="utf-8")
    made = recorded()
    path = Path("tests/recordings", recording_name(made))
    path.parent.mkdir()
    path.write_text(made.dump(), encoding="utf-8")


def recorded() -> Recording:
    request = {
        "method": "POST",
        "url": "https://api.openai.com/v1/v1/chat/completions",
        "headers": {},
        "body": {"model": "gpt-4o", "messages": [{"role": "user", "content": "Venus"}]},
        "endpoint": "/v1/chat/completions",
        "model": "gpt-4o",
    }
    return Recording(recording(request, reply(answer("clouds"))) | {"test_id": "tests/test_three.py::test_three"})


def write(path: str, *pairs: tuple[str, str]) -> None:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    interactions = [interaction(answer(said), sent=question(word)) for word, said in pairs]
    Path(path).write_text(json.dumps({"version": 1, "interactions": interactions}), encoding="utf-8")


def found(capsys, *arguments: str) -> list[str]:
    """The questions of the requests that are shown."""
    assert main(["explain", *arguments]) == 0
    lines = capsys.readouterr().out.split("\n")
    return [line.partition('"content": ')[2].strip('",') for line in lines if '"content": ' in line]


def test_a_folder_is_explained_file_by_file(capsys):
    """Each file has its name above its requests; files of other kinds are passed over."""
    assert main(["explain", "tests"]) == 0
    captured = capsys.readouterr()
    assert captured.out.count("rules in force:") == 1
    assert "tests/cassettes/test_it/test_one[a-b].json\n  interactions[0]\n    {\n" in captured.out
    assert "  interactions[0] tests/test_three.py::test_three\n" in captured.out
    assert captured.err == ""


@pytest.mark.parametrize(
    "test, words",
    [
        ("tests/test_it.py::test_one", ["Saturn", "Mars"]),
        ("tests/test_it.py::test_one[a/b]", ["Saturn", "Mars"]),
        ("test_it.py::TestOf::test_two", ["Saturn"]),
        ("test_it.py::TestOf", ["Saturn"]),
        ("tests/test_it.py", ["Saturn", "Saturn", "Mars"]),
        ("test_two", ["Saturn"]),
        ("TestOf::test_two", ["Saturn"]),
        ("tests/test_three.py::test_three", ["Venus"]),
        ("three", ["Venus"]),
    ],
)
def test_a_test_is_found(capsys, test, words):
    """--test takes a node id or a part of one; cassettes are found by their place, recordings by their test id."""
    assert found(capsys, "tests", "--test", test) == words


def test_a_key_is_found(capsys):
    """--key takes the beginning of a key or of a file's name."""
    key = recording_key(recorded())
    for given in (key, key[:8], f"{key}.json", key.upper(), f"{key}-0123abc.json", f"models-{key}-01234567.json"):
        assert found(capsys, "tests", "--key", given) == ["Venus"]


def test_a_cassettes_request_has_the_key_of_its_recording(capsys):
    """An interaction of a cassette is found by the key that it has as a recording of the test that plays it."""
    assert main(["convert", "tests/cassettes/test_it/TestOf.test_two.json", "-o", "out", "--to", "recordings"]) == 0
    name = next(Path("out").rglob("*.json")).name
    capsys.readouterr()
    assert found(capsys, "tests/cassettes", "--key", name) == ["Saturn"]


def test_a_cassettes_request_has_the_key_of_a_call_outside_of_a_test(capsys):
    """An interaction of a cassette is also found by the key that it has without a test."""
    write("shared.json", ("Saturn", "moons"))
    assert main(["convert", "shared.json", "-o", "out", "--to", "recordings"]) == 0
    name = next(Path("out").rglob("*.json")).name
    capsys.readouterr()
    assert found(capsys, "tests/cassettes", "--key", name) == ["Saturn", "Saturn"]


@pytest.mark.parametrize(
    "pattern, words", [("Mars", ["Mars"]), ("(?i)MOON", ["Saturn"]), ("assistant: (red|clouds)", 2)]
)
def test_a_text_is_found(capsys, pattern, words):
    """--grep takes a regular expression for what was asked and what was answered."""
    result = found(capsys, "tests", "--grep", pattern)
    assert (len(result) if isinstance(words, int) else result) == words


def test_several_conditions_hold_together(capsys):
    """Only what fulfils all of --test, --key and --grep is shown."""
    assert found(capsys, "tests", "--test", "test_one", "--grep", "Saturn") == ["Saturn"]


@pytest.mark.parametrize("command", ["explain", "show"])
@pytest.mark.parametrize(
    "options, named",
    [
        (["--grep", "Pluto"], "--grep"),
        (["--test", "nope"], "--test"),
        (["--key", "0123"], "--key"),
        (["--grep", "Pluto", "--test", "nope"], "--test and --grep"),
    ],
)
def test_nothing_found_is_told(capsys, command, options, named):
    """Where nothing fulfils them, the status is 1, and the message names the options that were given."""
    assert main([command, "tests", *options]) == 1
    assert capsys.readouterr() == ("", f"no interaction for {named} was found\n")


@pytest.mark.parametrize("option, value", [("--grep", "("), ("--key", "xyz")])
def test_a_wrong_condition_is_wrong_usage(capsys, option, value):
    """What is no regular expression, or no key, ends with 2 and names the option."""
    assert main(["explain", "tests", option, value]) == 2
    assert option in capsys.readouterr().err


def test_a_request_is_looked_up_in_each_file(capsys):
    """A request is answered by each cassette that has an answer, which is named."""
    Path("request.json").write_text(json.dumps(question("Saturn")), encoding="utf-8")
    assert main(["explain", "tests", "--request", "request.json"]) == 0
    assert capsys.readouterr().out == (
        "answered by tests/cassettes/test_it/TestOf.test_two.json: interactions[0]\n"
        "answered by tests/cassettes/test_it/test_one[a-b].json: interactions[0]\n"
    )


def test_a_miss_in_a_folder_names_the_nearest_file(capsys):
    """A request without an answer is compared with those of all files."""
    Path("request.json").write_text(json.dumps(question("Mercury")), encoding="utf-8")
    assert main(["explain", "tests", "--request", "request.json"]) == 1
    shown = capsys.readouterr().out
    assert "nearest of 4 recorded: tests/" in shown


def test_over_matching_names_the_file(capsys):
    """Interactions of one file that the rules cannot tell apart are reported with the file, and with 1."""
    write("tests/cassettes/test_it/test_more.json", ("Saturn", "a"), ("Saturn", "b"))
    assert main(["explain", "tests"]) == 1
    assert "tests/cassettes/test_it/test_more.json: over-matching: the rules" in capsys.readouterr().out


def test_a_broken_file_is_named_and_the_others_are_shown(capsys):
    """What cannot be read is named on standard error, the rest is explained, the status is 1."""
    Path("tests/broken.yaml").write_text("interactions: [", encoding="utf-8")
    assert main(["explain", "tests"]) == 1
    captured = capsys.readouterr()
    assert "Venus" in captured.out
    assert captured.err.startswith("tests/broken.yaml: ")


def ask(tmp_path, word):
    path = tmp_path / "request.json"
    path.write_text(json.dumps(question(word)), encoding="utf-8")
    return ["explain", "tests", "--request", str(path), "--test", "tests/test_three.py::test_three"]


def test_a_live_request_is_compared_with_the_recordings_of_its_test(tmp_path, capsys):
    """With --request and --test, the output has what differs, and the key that the recorder looks for in vain."""
    assert main(ask(tmp_path, "Pluto")) == 1
    out = capsys.readouterr().out
    assert "messages[0].content: recorded 'Venus' … this request 'Pluto'" in out
    assert re.search("the recorder looks for the key [0-9a-f]{64}, which none of these recordings has\n", out)
    assert "Saturn" not in out


def test_the_recording_that_the_recorder_finds_is_named(tmp_path, capsys):
    """A request that was recorded has the key of its recording in that test."""
    assert main(ask(tmp_path, "Venus")) == 0
    path = f"tests/recordings/{recording_name(recorded())}"
    assert f"the recorder looks for the key {recording_key(recorded())}: {path}\n" in capsys.readouterr().out
