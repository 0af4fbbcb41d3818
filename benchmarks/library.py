"""What a library costs: starting tests on a large tree, recording from several processes, being killed.

Prints how long 200 tests take to start on a tree of 3,000 recordings, against reading the tree once (as JSON, the floor
of any first look; as interactions; as the cassettes of all 1,000 tests), and which files the second run opens; how many
of 8 times 50 exchanges are in a cassette file and in a folder; what 100 processes leave that were killed while they
wrote.
"""

from __future__ import annotations

import gc
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from functools import partial
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[1] / "tests" / "support"))

import writers

from vcr_openai import VCR, Recording, Rules
from vcr_openai._library.library import Library, LibraryTest
from vcr_openai._recording.translate import playable_exchange
from vcr_openai._vcrpy.library_persister import LibraryPersister

FOLDERS, TESTS, EACH, STARTED, TIMES = 10, 100, 3, 200, 5


def make_tree(root: Path) -> list[LibraryTest]:
    """3,000 recordings of 4 to 16 KB, three to a test, in ten folders; the tests."""
    tests = []
    chooser = random.Random(1)  # sizes, no secrets
    for folder in range(FOLDERS):
        home = root / f"folder{folder}" / "recordings"
        home.mkdir(parents=True)
        for number in range(TESTS):
            test_id = f"folder{folder}/test_it.py::test_{number}"
            words = [f"{folder} {number} {question} " for question in range(EACH)]
            writers.record_in_library(str(home), words, test_id, chooser.randrange(500, 2000))
            tests.append(LibraryTest(test_id, (home,)))
    return tests


def least(act: Callable[[], object], times: int = TIMES) -> float:
    """Processor seconds of the quickest of several times: what others do on the machine only adds to it."""
    took = []
    for _ in range(times):
        gc.collect()
        begin = time.process_time()
        act()
        took.append(time.process_time() - begin)
    return min(took)


def start(tests: list[LibraryTest], library: Library | None) -> None:
    """Do what pytest does around each test: open its cassette, and close it."""
    for test in tests:
        host = VCR(rules=Rules(repeat=True), record_mode="none")
        if library is not None:
            host.register_persister(LibraryPersister(host.persister, library, test, "none"))
        with host.use_cassette(str(test.home / "none.yaml")) as cassette:
            assert len(cassette) == (EACH if library is not None else 0)


def starting(root: Path) -> None:
    """Time the start of 200 tests, and count the recordings that it opens."""
    tests = make_tree(root)
    paths = sorted(root.rglob("*.json"))
    chosen = random.Random(2).sample(tests, STARTED)  # tests, no secrets
    opened: list[str] = []
    noting = [False]

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if noting[0] and event == "open" and isinstance(arguments[0], (str, os.PathLike)):
            opened.append(os.fspath(arguments[0]))

    sys.addaudithook(note)
    size = sum(path.stat().st_size for path in paths) / 1e6
    skimmed = least(lambda: [json.loads(path.read_bytes()) for path in paths])
    once = least(lambda: [playable_exchange(Recording.parse(path.read_text(encoding="utf-8"))) for path in paths])
    whole = least(lambda: start(tests, Library())) - least(lambda: start(tests, None))
    print(f"{len(paths)} recordings, {size:.1f} MB, read once: {skimmed:.2f} s as JSON,", end=" ")
    print(f"{once:.2f} s as interactions, {whole:.2f} s as the cassettes of all tests")
    empty = least(lambda: start(chosen, None))
    print(f"{STARTED} tests started with an empty cassette (vcrpy's own price): {empty:.2f} s")
    caches = [root / f"cache{number}" for number in range(TIMES)]
    for run in ("first", "second"):
        took = []
        for cache in caches:
            opened.clear()
            noting[0] = True
            library = Library(cache)
            took.append(least(partial(start, chosen, library), 1) - empty)
            noting[0] = False
            library.save_indexes()
        recordings = [name for name in opened if "/recordings/" in name and name.endswith(".json")]
        print(f"{run} run, {STARTED} tests started: {min(took):.2f} s more, {len(set(recordings))} recordings opened")
        assert min(took) < whole
    own = {
        str(path) for path in paths if Recording.parse(path.read_text()).test_id in {test.test_id for test in chosen}
    }
    assert set(recordings) == own
    assert len(recordings) == len(own)


def recording_at_once(root: Path) -> None:
    """Eight processes record 50 exchanges each."""
    for name in ("shared.json", "shared.yaml"):
        cassette, folder = root / name, root / f"recordings of {name}"
        folder.mkdir()
        begin = time.perf_counter()
        context = multiprocessing.get_context("spawn")
        arguments = [(str(cassette), str(folder), worker, 10, 5) for worker in range(8)]
        processes = [context.Process(target=writers.record_all, args=one) for one in arguments]
        for process in processes:
            process.start()
        for process in processes:
            process.join()
            assert process.exitcode == 0
        found = cassette.read_text().count('"uri"' if name.endswith("json") else "uri:")
        recordings = [Recording.parse(path.read_text()) for path in folder.iterdir()]
        took = time.perf_counter() - begin
        print(f"8 processes, 50 exchanges each: {found} in {name}, {len(recordings)} in its folder, {took:.1f} s")
        assert found == len(recordings) == 400


def killing(root: Path) -> None:
    """A process is killed 100 times while it writes a cassette file and recordings."""
    cassette, folder = root / "killed.json", root / "recordings of the killed"
    folder.mkdir()
    context = multiprocessing.get_context("fork")  # all is imported: what is killed is writing
    chooser = random.Random(3)  # moments, no secrets
    before: set[str] = set()
    names: set[str] = set()
    left = 0
    for _ in range(100):
        turns = context.Semaphore(0)
        process = context.Process(target=writers.record_for_ever, args=(str(cassette), str(folder), turns))
        process.start()
        for _ in range(chooser.randrange(1, 20)):
            turns.acquire()
        process.kill()
        process.join()
        interactions = json.loads(cassette.read_text())["interactions"] if cassette.exists() else []
        now = {json.dumps(one) for one in interactions}
        assert now >= before, "an interaction was lost"
        before = now
        found = {path.name for path in folder.iterdir() if not path.name.endswith(".tmp")}
        assert found >= names, "a recording was lost"
        names = found
        for path in folder.iterdir():
            Recording.parse(path.read_text())  # temporary files, too
        left = len([path for path in [*root.iterdir(), *folder.iterdir()] if path.name.endswith(".tmp")])
    print(
        f"killed 100 times: {len(before)} interactions, {len(names)} recordings, none lost; {left} temporary files left"
    )


with tempfile.TemporaryDirectory() as name:
    if __name__ == "__main__":  # the processes that are spawned import this file
        for measured in (starting, recording_at_once, killing):
            path = Path(name, measured.__name__)
            path.mkdir()
            measured(path)
