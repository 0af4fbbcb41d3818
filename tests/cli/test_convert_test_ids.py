"""``vcr-openai convert --to recordings``: cassettes get the ids of the tests that look for them where they lie."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from cassette_texts import FORMATS, write_cassette
from chats import answer, interaction, question
from places import SAMPLES, needs_samples

from vcr_openai import Recording
from vcr_openai._api.endpoint import Layout
from vcr_openai._cli import main
from vcr_openai._formats.registry import dump, read_document
from vcr_openai._recording.key import findable, recording_name
from vcr_openai._trees.cassette_paths import cassettes_of_test


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """An empty folder, which is pytest's rootdir."""
    monkeypatch.chdir(tmp_path)
    return tmp_path


def cassette(path, said="Saturn", model="gpt-4o"):
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    one = interaction(answer(said), sent={**question(f"Where is {said}?"), "model": model})
    Path(path).write_text(json.dumps({"version": 1, "interactions": [one]}), encoding="utf-8")


def convert(*arguments):
    assert main(["convert", *map(str, arguments), "-o", "out", "--to", "recordings", "--force"]) == 0
    return made()


def made():
    """The test of each recording that was made, by the folder of its file."""
    found = []
    for path in sorted(Path("out").rglob("*.json")):
        recording = Recording.parse(path.read_text(encoding="utf-8"))
        assert path.name.startswith(recording_name(recording).removesuffix(".json"))
        found.append((path.parent.relative_to("out").as_posix(), recording.test_id))
    return found


def listed(*ids):
    Path("list").write_text("\n".join(ids) + f"\n\n{len(ids)} tests collected in 0.1s\n", encoding="utf-8")
    return "--collected", "list"


@pytest.mark.parametrize(
    "place, test_id",
    [
        ("tests/cassettes/test_a/test_b.json", "tests/test_a.py::test_b"),
        ("tests/cassettes/test_a/TestIt.test_b.json", "tests/test_a.py::TestIt::test_b"),
        ("tests/cassettes/test_a/test_b[a.b-1].json", "tests/test_a.py::test_b[a.b-1]"),
        ("tests/sub/cassettes/test_a/test_b.json", "tests/sub/test_a.py::test_b"),
        ("cassettes/test_a/test_b.json", "test_a.py::test_b"),
    ],
)
def test_a_cassettes_place_names_its_test(place, test_id, capsys):
    """A recording has the test by whose name the cassette lies there, and the key and folder of that test."""
    cassette(place)
    folder = f"{place.partition('cassettes')[0]}recordings"
    assert convert(".") == [(folder, test_id)]
    assert f"1 test id is a guess from the places of cassettes ({test_id})" in capsys.readouterr().err


@pytest.mark.parametrize("name", FORMATS)
def test_cassettes_of_each_format_have_their_tests(name):
    """Cassettes of all formats that have no test id of their own get that of their place."""
    path = Path(f"tests/cassettes/test_a/test_b.{name}")
    path.parent.mkdir(parents=True)
    path.write_text(write_cassette([interaction(answer("Mars"), sent=question("Where?"))], name), encoding="utf-8")
    found = convert(".")
    assert found == [("tests/recordings", None if name == "recording.json" else "tests/test_a.py::test_b")]


@pytest.mark.parametrize(
    "place",
    [
        "tests/cassettes/shared.json",
        "tests/cassettes/test_a/shared.json",
        "tests/cassettes/test_a/shared.v2.json",
        f"tests/cassettes/test_a/test_{'x' * 200}...{'0' * 32}.json",
        "tests/answers/test_a/test_b.json",
    ],
)
def test_a_cassette_whose_test_cannot_be_told_has_none(place, capsys):
    """A cassette with a name of its own, a shortened one, or elsewhere becomes recordings without a test."""
    cassette(place)
    assert [test_id for _, test_id in convert(".")] == [None]
    assert "guess" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "test_id",
    [
        "tests/test_a.py::test_b[openai/gpt-4o]",
        "tests/test_a.py::test_b[a:b|c*d?e]",
        "tests/test_a.py::TestOuter::TestInner::test_b",
        "tests/test_a.py::check_it",
        f"tests/test_a.py::test_b[{'long/' * 60}]",
        "tests/sub/test_a.py::test_b",
    ],
)
def test_a_list_of_tests_gives_exact_ids(test_id, capsys):
    """With --collected, characters that a file's name cannot have and shortened names come back."""
    for place in cassettes_of_test(test_id):
        cassette(place, said=place[-50:])
    found = convert(".", *listed(test_id, "tests/test_a.py::test_other"))
    assert {one for _, one in found} == {test_id}
    assert "guess" not in capsys.readouterr().err


def test_a_cassette_of_no_collected_test_is_a_guess(capsys):
    """What the list does not have is guessed, and that is said."""
    cassette("tests/cassettes/test_a/test_b.json")
    cassette("tests/cassettes/test_a/test_gone.json", "Mars")
    found = convert(".", *listed("tests/test_a.py::test_b"))
    assert {one for _, one in found} == {"tests/test_a.py::test_b", "tests/test_a.py::test_gone"}
    assert "1 test id is a guess from the places of cassettes (tests/test_a.py::test_gone)" in capsys.readouterr().err


def test_the_cassette_of_two_tests_is_that_of_none():
    """Where two collected tests look for one cassette, its recordings have no test."""
    cassette("tests/cassettes/test_a/test_b[a-b].json")
    ids = ["tests/test_a.py::test_b[a/b]", "tests/test_a.py::test_b[a:b]"]
    assert [one for _, one in convert(".", *listed(*ids))] == [None]


@pytest.mark.parametrize("tree", [".", "tests", "tests/unit", "tests/unit/cassettes", "tests/unit/cassettes/test_a"])
def test_any_part_of_the_tree_has_the_exact_tests(tree, project):
    """A list's ids are found whichever folder is converted, given relatively or absolutely."""
    cassette("tests/unit/cassettes/test_a/test_b[x-y].json")
    test_id = "tests/unit/test_a.py::test_b[x/y]"
    options = listed(test_id, "tests/test_a.py::test_b[x:y]")
    assert {one for _, one in convert(tree, *options)} == {test_id}
    assert {one for _, one in convert(project / tree, *options)} == {test_id}


def test_a_copy_of_a_part_of_the_tree_has_the_exact_tests():
    """Cassettes that were copied elsewhere without their upper folders are those of the only tests with their names."""
    cassette("copy/unit/cassettes/test_a/test_b[x-y].json")
    assert [one for _, one in convert("copy", *listed("tests/unit/test_a.py::test_b[x/y]"))] == [
        "tests/unit/test_a.py::test_b[x/y]"
    ]


def test_a_test_of_another_folder_is_not_taken():
    """A cassette whose test is gone does not become that of a test with its name in an upper folder."""
    for name in ("test_b", "test_c"):
        cassette(f"tests/cassettes/test_a/{name}.json", name)
    cassette("tests/sub/cassettes/test_a/test_x.json")
    found = convert(".", *listed("tests/test_a.py::test_b", "tests/test_a.py::test_c", "test_a.py::test_x"))
    assert ("tests/sub/recordings", "tests/sub/test_a.py::test_x") in found


@pytest.mark.parametrize(
    "tree, test_id",
    [
        (".", "project/tests/test_a.py::test_b"),
        ("project", "tests/test_a.py::test_b"),
        ("project/tests", "project/tests/test_a.py::test_b"),
    ],
)
def test_guessed_ids_are_relative_to_a_copy_or_the_current_folder(tree, test_id):
    """A tree that begins with the folder tests is the copy of a project; else the current folder is the rootdir."""
    cassette("project/tests/cassettes/test_a/test_b.json")
    assert [one for _, one in convert(tree)] == [test_id]


@pytest.mark.parametrize(
    "file, text, is_root",
    [
        ("pytest.ini", "", True),
        ("pyproject.toml", "[tool.pytest.ini_options]\n", True),
        ("tox.ini", "[pytest]\n", True),
        ("setup.cfg", "[tool:pytest]\n", True),
        ("pyproject.toml", "[tool.ruff]\n", False),
    ],
)
def test_guessed_ids_are_relative_to_the_folder_with_pytests_settings(file, text, is_root):
    """The folder in which pytest finds its settings is its rootdir."""
    cassette("project/tests/cassettes/test_a/test_b.json")
    Path("project", file).write_text(text, encoding="utf-8")
    expected = "tests/test_a.py::test_b" if is_root else "project/tests/test_a.py::test_b"
    assert [one for _, one in convert("project/tests")] == [expected]


def test_the_root_folder_can_be_given():
    """Guessed ids are relative to --rootdir."""
    cassette("project/tests/cassettes/test_a/test_b.json")
    assert [one for _, one in convert(".", "--rootdir", "project")] == ["tests/test_a.py::test_b"]


@pytest.mark.parametrize(
    "model, written, expected",
    [
        ("llama3.2:3b", "txt=ollama-llama3.2-3b", "txt=ollama/llama3.2:3b"),
        ("gpt-4o", "txt=openai-gpt-4o-True", "txt=openai/gpt-4o-True"),
        ("gpt-4o", "openai-gpt-4o", "openai-gpt-4o"),
        ("gpt-4o", "txt=openai-gpt-4o_mini", "txt=openai-gpt-4o_mini"),
    ],
)
def test_a_guess_has_the_models_as_they_were_asked_for(model, written, expected):
    """The name of a model in the parameters is that of the requests, behind an equals sign with its provider."""
    cassette(f"tests/cassettes/test_a/test_b[{written}].json", model=model)
    assert [one for _, one in convert(".")] == [f"tests/test_a.py::test_b[{expected}]"]


def test_the_given_test_counts(capsys):
    """With --test-id all recordings have that test, and nothing is guessed."""
    cassette("tests/cassettes/test_a/test_b.json")
    assert [one for _, one in convert(".", "--test-id", "tests/test_c.py::test_d")] == ["tests/test_c.py::test_d"]
    assert "guess" not in capsys.readouterr().err


def test_a_cassette_that_was_made_from_recordings_keeps_their_tests():
    """The test id of a recording comes back, wherever its cassette lies, with a list, too."""
    cassette("tests/cassettes/test_a/test_b.json")
    convert(".")
    assert main(["convert", "out", "-o", "back", "--to", "cassettes", "--format", "json"]) == 0
    path = next(Path("back").rglob("*.json"))
    path.rename(path.with_name("test_z.json"))
    found = convert("back", *listed("tests/test_a.py::test_z"))
    assert {one for _, one in found} == {"tests/test_a.py::test_b"}


def test_a_list_of_some_tests_is_refused(capsys):
    """A list with deselected tests may lack the second test of a cassette, so it is refused."""
    cassette("tests/cassettes/test_a/test_b.json")
    Path("list").write_text("tests/test_a.py::test_b\n\n1/2 tests collected (1 deselected)\n", encoding="utf-8")
    assert main(["convert", ".", "-o", "out", "--to", "recordings", "--collected", "list"]) == 1
    assert "list: expected a list of all tests, found 1 of 2" in capsys.readouterr().err
    assert not Path("out").exists()


def test_a_list_and_replace_exclude_each_other(capsys):
    """A change of the format needs no tests."""
    cassette("tests/cassettes/test_a/test_b.json")
    assert main(["convert", "tests", "--replace", *listed("tests/test_a.py::test_b")]) == 2
    assert "--collected" in capsys.readouterr().err


@pytest.mark.slow
@needs_samples
def test_the_samples_get_their_names_back_without_a_note_of_them():
    """Cassettes without provenance become recordings with the names and folders of the originals.

    Ten of the samples have an argument that is not sent, are no HTTP exchange, or are a connection's failure.
    """
    samples = SAMPLES / "recordings"
    assert main(["convert", str(samples), "-o", "cassettes", "--to", "cassettes"]) == 0
    for path in Path("cassettes").rglob("*.yaml"):
        document = read_document(path.read_text(encoding="utf-8"))
        bare = [replace(exchange, provenance={}) for exchange in document.exchanges]
        path.write_text(dump(bare, "yaml"), encoding="utf-8")
    texts = {path.relative_to(samples): path.read_text(encoding="utf-8") for path in samples.rglob("*.json")}
    originals = {place: Recording.parse(text) for place, text in texts.items()}
    tests = {one.test_id for one in originals.values()} - {None}
    main(["convert", "cassettes", "-o", "out", "--to", "recordings", *listed(*tests)])
    wanted = {
        place
        for place, one in originals.items()
        if one.test_id and one.layout in (Layout.CALL, Layout.HTTP) and findable(place.name, one)
    }
    missing = {place for place in wanted if not Path("out", place).exists()}
    assert (len(wanted), len(missing)) == (184, 10)
