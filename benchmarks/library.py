"""What a library costs: starting tests on a large tree, recording from several processes, being killed.

200 tests start on a tree of 3,000 recordings, against reading each recording of the tree once. Alone, the script also
prints the seconds, and which files the second run opens; how many of 8 times 50 exchanges are in a cassette file and in
a folder; what 100 processes leave that were killed while they wrote.
"""

from __future__ import annotations

import contextlib
import gc
import json
import multiprocessing
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from rows import Row, clocked, show

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
    """Processor seconds of the quickest of several times, each without the garbage of what came before."""

    def once() -> float:
        gc.collect()
        return clocked(act)

    return min(once() for _ in range(times))


def start(tests: list[LibraryTest], library: Library | None) -> None:
    """Do what pytest does around each test: open its cassette, and close it."""
    for test in tests:
        host = VCR(rules=Rules(repeat=True), record_mode="none")
        if library is not None:
            host.register_persister(LibraryPersister(host.persister, library, test, "none"))
        with host.use_cassette(str(test.home / "none.yaml")) as cassette:
            assert len(cassette) == (EACH if library is not None else 0)


@dataclass(frozen=True)
class Started:
    """Processor seconds: of reading a tree in three ways, and of starting tests on it."""

    as_json: float
    as_interactions: float
    as_cassettes: float
    empty: float
    """The same tests with an empty cassette, which is vcrpy's own price. The runs are beyond it."""
    first: float
    second: float

    @property
    def rows(self) -> list[Row]:
        """The runs against reading each recording once, as an interaction."""
        runs = {"first": self.first, "second": self.second}
        group = "library start, all 3,000 files read = 1"
        once = self.as_interactions
        return [Row(group, f"{STARTED} tests, {run} run", took / once, 1.0) for run, took in runs.items()]


def started(root: Path, watch: Callable[[str], contextlib.AbstractContextManager[object]]) -> Started:
    """Time the start of 200 tests on a new tree; each run of them is watched under its name."""
    tests = make_tree(root)
    paths = sorted(root.rglob("*.json"))
    chosen = random.Random(2).sample(tests, STARTED)  # tests, no secrets
    as_json = least(lambda: [json.loads(path.read_bytes()) for path in paths])
    once = least(lambda: [playable_exchange(Recording.parse(path.read_text(encoding="utf-8"))) for path in paths])
    whole = least(lambda: start(tests, Library())) - least(lambda: start(tests, None))
    empty = least(lambda: start(chosen, None))
    caches = [root / f"cache{number}" for number in range(TIMES)]
    runs = {}
    for run in ("first", "second"):
        took = []
        for cache in caches:
            library = Library(cache)
            with watch(run):
                took.append(least(partial(start, chosen, library), 1) - empty)
            library.save_indexes()
        runs[run] = min(took)
        assert runs[run] < whole
    return Started(as_json, once, whole, empty, **runs)


def measure(folder: Path) -> list[Row]:
    """The first run and the second."""
    root = folder / "library"
    root.mkdir()
    return started(root, lambda _: contextlib.nullcontext()).rows


def starting(root: Path) -> None:
    """Print the seconds, and the recordings that each run opens: in the second, those that it plays, each once."""
    opened: dict[str, list[str]] = {"first": [], "second": []}
    noting: list[str] = []

    def note(event: str, arguments: tuple[object, ...]) -> None:
        if noting and event == "open" and isinstance(arguments[0], (str, os.PathLike)):
            name = os.fspath(arguments[0])
            if "/recordings/" in name and name.endswith(".json"):
                opened[noting[0]].append(name)

    @contextlib.contextmanager
    def watch(run: str) -> Iterator[None]:
        opened[run].clear()
        noting.append(run)
        yield
        noting.clear()

    sys.addaudithook(note)
    found = started(root, watch)
    print(f"3,000 recordings, read once: {found.as_json:.2f} s as JSON,", end=" ")
    print(f"{found.as_interactions:.2f} s as interactions, {found.as_cassettes:.2f} s as the cassettes of all tests")
    print(f"{STARTED} tests started with an empty cassette (vcrpy's own price): {found.empty:.2f} s")
    for run, took in (("first", found.first), ("second", found.second)):
        print(f"{run} run, {STARTED} tests started: {took:.2f} s more, {len(set(opened[run]))} recordings opened")
    assert len(opened["second"]) == len(set(opened["second"])) == STARTED * EACH
    show(found.rows)


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


def main() -> None:
    """Print all three."""
    with tempfile.TemporaryDirectory() as name:
        for measured in (starting, recording_at_once, killing):
            path = Path(name, measured.__name__)
            path.mkdir()
            measured(path)


if __name__ == "__main__":
    main()
