"""The index of a recordings folder."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path

import pytest
import recordings

from vcr_openai import Recording
from vcr_openai.library.index import look_through

OPENED: list[str] = []


def note(event, arguments):
    """Note which files are opened; an audit hook stays for the life of the process, so there is one for all tests."""
    if event == "open" and isinstance(arguments[0], (str, bytes, os.PathLike)):
        OPENED.append(os.fsdecode(arguments[0]))


@pytest.fixture(scope="module", autouse=True)
def _audit():
    sys.addaudithook(note)


def recording(word, test_id="test_it.py::test_it"):
    """A recording's text."""
    message = {"role": "assistant", "content": word}
    data = {"id": "rec-1", "object": "chat.completion", "choices": [{"index": 0, "message": message}]}
    body = {"model": "gpt-4o", "messages": [{"role": "user", "content": word}]}
    document = recordings.recording(recordings.sdk_call(body), recordings.reply(data), test_id)
    return Recording(document).dump()


class Tree:
    """A recordings folder with a cache folder."""

    def __init__(self, path):
        self.path, self.cache = path / "recordings", path / "cache"
        self.path.mkdir()
        for name in "abc":
            self.write(name, name)

    def write(self, name, word):
        """Write the recording ``name``."""
        (self.path / f"{name}.json").write_text(recording(word), encoding="utf-8")

    def look(self):
        """Look through it; the folder, and the names of the recordings that were opened."""
        OPENED.clear()
        folder = look_through(self.path, self.cache)
        return folder, sorted(Path(name).name for name in OPENED if name.startswith(str(self.path)))

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
    assert {entry.test_id for entry in folder.entries.values()} == {"test_it.py::test_it"}
    assert len({entry.key for entry in folder.entries.values()}) == 3


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
        "empty": lambda text: "",  # noqa: ARG005
        "cut": lambda text: text[: len(text) // 2],
        "another version": lambda text: text.replace('"version": 1', '"version": 0'),
        "another folder": lambda text: text.replace("recordings", "elsewhere"),
        "not an object": lambda text: f"[{text}]",
        "a row too short": lambda text: json.dumps({**json.loads(text), "files": [[1, 2, "a.json"]]}),
        "a row of other types": lambda text: text.replace("true", "3").replace("false", "3"),
        "too deep": lambda text: "[" * 100_000,  # noqa: ARG005
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


def test_other_files_are_left_alone(tree):
    """Hidden files, and files of another kind, are not opened."""
    (tree.path / ".hidden.json").write_text("[]", encoding="utf-8")
    (tree.path / "notes.md").write_text("[]", encoding="utf-8")
    (tree.path / "gone.json").symlink_to(tree.path / "nowhere")
    assert tree.look()[1] == ["a.json", "b.json", "c.json"]


def test_a_folder_that_is_not_there_is_empty(tmp_path):
    """A test without a recordings folder has an empty one, and none is made."""
    assert not look_through(tmp_path / "recordings", tmp_path / "cache").entries
    assert not (tmp_path / "recordings").exists()


def test_a_cache_that_cannot_be_written_is_no_harm(tree, tmp_path):
    """Where the index cannot be kept the folder is known all the same."""
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert len(look_through(tree.path, tmp_path / "file").entries) == 3
