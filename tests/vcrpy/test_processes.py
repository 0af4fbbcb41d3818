"""Several processes that record at once, and processes that are killed while they record."""

from __future__ import annotations

import json
import multiprocessing

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


@pytest.mark.slow
def test_processes_lose_nothing(place):
    """Four processes that record 20 exchanges each leave 80 in one cassette file, and 80 in one folder."""
    cassette, folder = place
    arguments = [(str(cassette), str(folder), worker, 2, 10) for worker in range(4)]
    processes = [SPAWN.Process(target=writers.record_all, args=one) for one in arguments]
    for process in processes:
        process.start()
    for process in processes:
        process.join()
    assert [process.exitcode for process in processes] == [0] * 4
    assert len(set(interactions(cassette))) == len(interactions(cassette)) == 80
    assert len([Recording.parse(path.read_text()) for path in folder.glob("*.json")]) == 80


@pytest.mark.slow
def test_a_killed_process_leaves_whole_files(place):
    """A process that is killed while it writes leaves only files that can be read, and all that were there before."""
    cassette, folder = place
    before: set[str] = set()
    names: set[str] = set()
    for turn in (1, 4, 9):
        turns = SPAWN.Semaphore(0)
        process = SPAWN.Process(target=writers.record_for_ever, args=(str(cassette), str(folder), turns))
        process.start()
        for _ in range(turn):
            assert turns.acquire(timeout=60)
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
