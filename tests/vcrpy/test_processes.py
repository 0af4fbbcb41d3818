"""Several processes that record at once, and processes that are killed while they record."""

from __future__ import annotations

import json
import multiprocessing
import random
import time

import pytest
import writers

from vcr_openai import Recording

SPAWN = multiprocessing.get_context("spawn")


@pytest.fixture
def place(tmp_path):
    """A cassette file and a recordings folder."""
    (tmp_path / "recordings").mkdir()
    return tmp_path / "shared.json", tmp_path / "recordings"


def interactions(cassette):
    """The questions in a cassette file."""
    found = json.loads(cassette.read_text(encoding="utf-8"))["interactions"]
    return [json.loads(one["request"]["body"])["messages"][0]["content"] for one in found]


def test_eight_processes_lose_nothing(place):
    """Eight processes that record 50 exchanges each leave 400 in one cassette file, and 400 in one folder."""
    cassette, folder = place
    arguments = [(str(cassette), str(folder), worker, 2, 25) for worker in range(8)]
    processes = [SPAWN.Process(target=writers.record_all, args=one) for one in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 8
    assert len(set(interactions(cassette))) == len(interactions(cassette)) == 400
    assert len([Recording.parse(path.read_text()) for path in folder.glob("*.json")]) == 400


def test_a_killed_process_leaves_whole_files(place):
    """A process killed at any moment leaves only files that can be read, and all that were there before."""
    cassette, folder = place
    before: set[str] = set()
    names: set[str] = set()
    for seed in range(3):
        started = SPAWN.Event()
        process = SPAWN.Process(target=writers.record_for_ever, args=(str(cassette), str(folder), started))
        process.start()
        assert started.wait(60)
        time.sleep(random.Random(seed).random() / 4)  # noqa: S311  # a moment, not a secret
        process.kill()
        process.join()
        recorded = set(interactions(cassette)) if cassette.exists() else set()
        assert recorded >= before
        before = recorded
        found = {path.name for path in folder.glob("*.json")}
        assert found >= names
        names = found
        for path in folder.iterdir():
            Recording.parse(path.read_text(encoding="utf-8"))
