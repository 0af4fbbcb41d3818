"""The persister of plain cassette files."""

from __future__ import annotations

import json

import pytest
import writers
from pytest_recording._vcr import CombinedPersister
from vcr.persisters.filesystem import FilesystemPersister
from vcr.serializers import jsonserializer, yamlserializer

from vcr_openai import VCR
from vcr_openai.persisters import MergingPersister, merging


def cassette_of(*words):
    """A cassette as vcrpy saves it."""
    pairs = [writers.exchange(word) for word in words]
    return {"requests": [request for request, _ in pairs], "responses": [response for _, response in pairs]}


def words_in(path):
    """The questions in a JSON cassette, in order."""
    found = json.loads(path.read_text(encoding="utf-8"))["interactions"]
    return [json.loads(one["request"]["body"])["messages"][0]["content"] for one in found]


@pytest.fixture
def path(tmp_path):
    """Where a JSON cassette lies."""
    return tmp_path / "cassettes" / "test_it.json"


def test_what_others_added_is_kept(path):
    """Saving keeps what another process saved since this one loaded."""
    first, second = MergingPersister(), MergingPersister()
    first.save_cassette(path, cassette_of("a"), jsonserializer)
    second.load_cassette(path, jsonserializer)
    first.save_cassette(path, cassette_of("a", "b"), jsonserializer)
    second.save_cassette(path, cassette_of("a", "c"), jsonserializer)
    assert words_in(path) == ["a", "c", "b"]


def test_what_others_saved_before_there_was_anything_is_kept(path):
    """Saving keeps what another process saved where this one found no cassette."""
    first, second = MergingPersister(), MergingPersister()
    first.save_cassette(path, cassette_of("a"), jsonserializer)
    second.save_cassette(path, cassette_of("a", "b"), jsonserializer)
    assert words_in(path) == ["a", "b"]


def test_what_was_dropped_stays_dropped(path):
    """An interaction that was loaded and is not saved again is gone, also where another process added one."""
    first, second = MergingPersister(), MergingPersister()
    first.save_cassette(path, cassette_of("a", "b"), jsonserializer)
    second.load_cassette(path, jsonserializer)
    first.save_cassette(path, cassette_of("a", "b", "c"), jsonserializer)
    second.save_cassette(path, cassette_of("b"), jsonserializer)
    assert words_in(path) == ["b", "c"]


@pytest.mark.parametrize("text", ["\udc80", "{", "[]", "{}"], ids=["not UTF-8", "not JSON", "a list", "no cassette"])
def test_what_is_no_cassette_is_not_replaced(path, text):
    """A file that cannot be read as a cassette is an error when it is saved over, and stays."""
    path.parent.mkdir()
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ValueError):
        MergingPersister().save_cassette(path, cassette_of("a"), jsonserializer)
    assert path.read_bytes() == text.encode(errors="surrogateescape")


@pytest.mark.parametrize("inner", [FilesystemPersister, CombinedPersister([])], ids=["vcrpy", "pytest-recording"])
def test_a_cassette_that_is_not_utf8_is_not_empty(path, inner):
    """Loading a cassette in another encoding is an error that names file and line, where vcrpy would start anew."""
    path.parent.mkdir()
    path.write_bytes(b'{"version": 1,\n"interactions": ["\xff"]}')
    host = VCR(serializer="json")
    host.register_persister(merging(inner))
    with pytest.raises(ValueError, match=r"test_it.json: line 2: expected UTF-8"), host.use_cassette(str(path)):
        pass


def test_files_are_utf8_in_any_locale(path):
    """A cassette is written and read in UTF-8, whatever the locale's encoding is."""
    persister = MergingPersister()
    persister.save_cassette(path, cassette_of("Grüße \U0001f999"), yamlserializer)
    requests, _ = persister.load_cassette(path, yamlserializer)
    assert json.loads(requests[0].body)["messages"][0]["content"] == "Grüße \U0001f999"


def test_saving_leaves_nothing_else(path):
    """There is no lock and no temporary file beside a saved cassette."""
    MergingPersister().save_cassette(path, cassette_of("a"), jsonserializer)
    assert list(path.parent.iterdir()) == [path]


def test_a_persister_of_ones_own_stays():
    """A persister that saves in a way of its own is not wrapped."""

    class Elsewhere(FilesystemPersister):
        @staticmethod
        def save_cassette(cassette_path, cassette_dict, serializer):
            raise NotImplementedError

    elsewhere = Elsewhere()
    assert merging(elsewhere) is elsewhere
