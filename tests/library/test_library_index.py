"""The index of a recordings folder."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
import recordings

from vcr_openai import Recording, recording_key
from vcr_openai._library.index import entry_of, save_index, scan_folder
from vcr_openai._library.library import cassette_entries

OPENED: list[str] = []


def note(event, arguments):
    """Note which files are opened; an audit hook stays for the life of the process, so there is one for all tests."""
    if event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
        OPENED.append(os.fsdecode(arguments[0]))


@pytest.fixture(scope="module", autouse=True)
def _audit():
    sys.addaudithook(note)


TEST = "test_it.py::test_it"


def recording(word, test_id=TEST):
    """A recording's text."""
    return Recording(recordings.chat(word, word, test_id)).dump()


class Tree:
    """A recordings folder with a cache folder."""

    def __init__(self, path):
        self.path, self.cache = path / "recordings", path / "cache"
        self.path.mkdir()
        for name in "abc":
            self.write(name, name)

    def write(self, name, word, test_id=TEST):
        """Write the recording ``name``."""
        (self.path / f"{name}.json").write_text(recording(word, test_id), encoding="utf-8")

    def look(self):
        """Look through it; the folder, and the names of the recordings that were opened."""
        OPENED.clear()
        folder = scan_folder(self.path, self.cache)
        return folder, self.opened()

    def start(self, folder, test_id):
        """Start a test, and end the session; the number of its entries."""
        OPENED.clear()
        entries = folder.entries_of(test_id)
        save_index(folder, self.cache)
        return len(entries)

    def opened(self):
        """The names of the recordings that were opened since."""
        return sorted(Path(name).name for name in OPENED if name.startswith(str(self.path)))

    @property
    def index(self):
        """The index file."""
        (index,) = self.cache.iterdir()
        return index


@pytest.fixture
def tree(tmp_path):
    """A folder of three recordings."""
    return Tree(tmp_path)


def test_the_first_look_reads_all(tree):
    """Without an index every file is opened, and known by its test and key."""
    folder, opened = tree.look()
    assert opened == ["a.json", "b.json", "c.json"]
    assert {entry.test_id for entry in folder.entries.values()} == {TEST}
    assert len({entry.key for entry in folder.entries_of(TEST)}) == 3


def test_a_tests_files_are_opened_once_more(tree):
    """What the first look only skimmed is read when its test starts, and the index then knows it."""
    folder, _ = tree.look()
    tree.start(folder, "another")
    assert tree.opened() == []
    tree.start(folder, TEST)
    assert tree.opened() == ["a.json", "b.json", "c.json"]
    again, _ = tree.look()
    assert tree.start(again, TEST) == 3
    assert tree.opened() == []


def test_what_another_process_learned_is_kept(tree):
    """Of several processes that bring one index up to date none forgets what another one opened."""
    tree.write("d", "d", "test_it.py::test_other")
    one, _ = tree.look()
    other, _ = tree.look()
    tree.start(one, TEST)
    tree.start(other, "test_it.py::test_other")
    again, _ = tree.look()
    assert tree.start(again, TEST) + tree.start(again, "test_it.py::test_other") == 4
    assert tree.opened() == []


def test_a_file_that_became_another_tests_does_not_play(tree):
    """A file that changed between the first look and its test's start is what it is now."""
    folder, _ = tree.look()
    tree.write("b", "b", "test_it.py::test_other")
    assert tree.start(folder, TEST) == 2


def test_an_integer_beyond_64_bits_is_keyed_exactly(tree):
    """What skimming would round is read strictly before it counts."""
    body = {"model": "gpt-4o", "messages": [], "seed": 2**70 + 1}
    document = recordings.recording(recordings.sdk_call(body), recordings.reply({"id": "rec-1"}), TEST)
    (tree.path / "a.json").write_text(Recording(document).dump(), encoding="utf-8")
    folder, _ = tree.look()
    assert recording_key(Recording(document)) in {entry.key for entry in folder.entries_of(TEST)}


def test_the_second_look_opens_none(tree):
    """With an index no recording is opened, and the same is known."""
    first, _ = tree.look()
    assert tree.look() == (first, [])


def test_a_changed_file_is_read_again(tree):
    """Of a folder that changed only the changed and the new files are opened; one that is gone is forgotten."""
    tree.look()
    tree.write("b", "another")
    tree.write("d", "d")
    (tree.path / "a.json").unlink()
    folder, opened = tree.look()
    assert opened == ["b.json", "d.json"]
    assert sorted(folder.entries) == ["b.json", "c.json", "d.json"]


def test_a_change_of_the_same_size_is_seen(tree):
    """A file is read again when its time stamp alone has changed."""
    tree.look()
    tree.write("b", "x")
    os.utime(tree.path / "b.json", ns=(1, 1))
    assert tree.look()[1] == ["b.json"]


def damages():
    """Ways in which an index can be damaged, as functions of its text."""
    return {
        "empty": lambda text: "",  # noqa: ARG005  # each is given the text
        "cut": lambda text: text[: len(text) // 2],
        "another version": lambda text: text.replace('"version": 5', '"version": 0'),
        "another folder": lambda text: text.replace("recordings", "elsewhere"),
        "not an object": lambda text: f"[{text}]",
        "a row too short": lambda text: json.dumps({**json.loads(text), "files": [[1, 2, "a.json"]]}),
        "a row of other types": lambda text: text.replace('"a.json"', "3"),
        "too deep": lambda text: "[" * 100_000,  # noqa: ARG005  # each is given the text
    }


@pytest.mark.parametrize("damage", damages().values(), ids=damages())
def test_a_damaged_index_is_made_anew(tree, damage):
    """An index that is damaged, or of another version, counts for nothing and is replaced."""
    folder, opened = tree.look()
    sound = tree.index.read_text(encoding="utf-8")
    tree.index.write_text(damage(sound), encoding="utf-8")
    assert tree.look() == (folder, opened)
    assert tree.index.read_text(encoding="utf-8") == sound


def test_a_broken_file_is_a_problem(tree):
    """What is no recording is named with the reason, each time, and is no entry."""
    (tree.path / "broken.json").write_text("[]", encoding="utf-8")
    for _ in range(2):
        folder, _ = tree.look()
        assert list(folder.problems) == ["broken.json"]
        assert "broken.json" not in folder.entries


def test_what_is_wrong_with_an_answer_is_a_problem_when_its_test_starts(tree):
    """The first look leaves out the answers of all tests; a file with a broken one does not play."""
    sound = (tree.path / "b.json").read_text(encoding="utf-8")
    broken = sound.replace('"is_streaming": false', '"is_streaming": maybe')
    (tree.path / "b.json").write_text(broken, encoding="utf-8")
    folder, _ = tree.look()
    assert (broken == sound, folder.problems) == (False, {})
    assert [entry.place for entry in folder.entries_of(TEST)] == ["a.json", "c.json"]
    assert list(folder.problems) == ["b.json"]


def test_other_files_are_left_alone(tree):
    """Hidden files, and files of another kind, are not opened."""
    (tree.path / ".hidden.json").write_text("[]", encoding="utf-8")
    (tree.path / "notes.md").write_text("[]", encoding="utf-8")
    (tree.path / "gone.json").symlink_to(tree.path / "nowhere")
    assert tree.look()[1] == ["a.json", "b.json", "c.json"]


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
def test_a_pipe_is_not_opened(tree):
    """What would keep its reader waiting is no recording."""
    os.mkfifo(tree.path / "pipe.json")
    assert tree.look()[1] == ["a.json", "b.json", "c.json"]


def test_a_folder_that_is_not_there_is_empty(tmp_path):
    """A test without a recordings folder has an empty one, and none is made."""
    assert not scan_folder(tmp_path / "recordings", tmp_path / "cache").entries
    assert not (tmp_path / "recordings").exists()


def test_a_cache_that_cannot_be_written_is_no_harm(tree, tmp_path):
    """Where the index cannot be kept the folder is known all the same."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert len(scan_folder(tree.path, tmp_path / "file").entries) == 3


def test_a_look_passes_its_files_through_the_progress_callback(tree):
    """The callback gets the names of the files that are opened, and what they are for; the look finds the same."""
    expected, _ = tree.look()
    calls = []

    def progress(steps, what):
        calls.append((list(steps), what))
        return steps

    assert scan_folder(tree.path, None, progress) == expected
    assert calls == [(["a.json", "b.json", "c.json"], f"index of {tree.path}")]


def test_ids_that_cannot_be_replaced_are_a_problem(tree):
    """A mapping whose replacement leaves no document is reported, and the file does not play."""
    document = json.loads(recording("a"))
    document["id_normalization_mapping"] = {'"': "rec-1"}
    (tree.path / "a.json").write_text(json.dumps(document), encoding="utf-8")
    folder, _ = tree.look()
    assert folder.problems["a.json"].startswith("id_normalization_mapping: expected")
    assert sorted(folder.entries) == ["b.json", "c.json"]


def test_what_answers_no_request_is_no_part_of_a_cassette():
    """A tool's recording has an entry, which no test's cassette takes."""
    tool = {"test_id": None, "provider": "p", "tool_name": "t", "kwargs": {}}
    document = {"test_id": None, "request": tool, "response": {"body": {}, "is_streaming": False}}
    entry = entry_of("a.json", Recording(document))
    assert (entry.key, cassette_entries([(None, entry)], "test_it.py::test_it")) == (None, [])
