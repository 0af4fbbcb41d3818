"""What the commands cost: converting a tree, two processes in place of one, the start of a command and of pytest."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from functools import partial
from itertools import count
from pathlib import Path

from chats import URI, pair, record
from rows import Row, process_seconds, ratios, run, show_alone, wall_seconds

import vcr_openai
from vcr_openai._cli import main as command

CONVERT = {"yaml": 8.0, "openai.yaml": 12.0}
FEW, MANY = 200, 3000
PROGRAM = [sys.executable, "-m", "vcr_openai"]


def measure(folder: Path) -> list[Row]:
    """All of them."""
    return [*converting(folder), *jobs(folder), *starting(folder)]


def make_tree(folder: Path, number_of_files: int) -> list[str]:
    """Recordings of about 10 KB, each of another test; their texts."""
    folder.mkdir(parents=True)
    texts = []
    for number in range(number_of_files):
        request, response = pair(number)
        interaction = {
            "request": {"method": "POST", "uri": URI, "body": request.body.decode(), "headers": {}},
            "response": {**response, "body": {"string": response["body"]["string"].decode()}},
        }
        recording = vcr_openai.from_interaction(interaction, test_id=f"test_it.py::test_{number}")
        texts.append(recording.dump())
        (folder / f"{number}.json").write_text(texts[-1], encoding="utf-8")
    return texts


def converting(folder: Path) -> list[Row]:
    """Recordings to cassettes and back, against json.loads and json.dumps of the same texts."""
    tree, turn = folder / "few", count()
    texts = make_tree(tree / "recordings", FEW)

    def both(name: str) -> None:
        # Into new folders each time: a file that has the same bytes already is not written again.
        there, back = folder / f"there-{next(turn)}", folder / f"back-{next(turn)}"
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            assert command(["convert", str(tree), "-o", str(there), "--format", name, "--jobs", "1"]) == 0
            assert command(["convert", str(there), "-o", str(back), "--jobs", "1"]) == 0
        assert sum(1 for _ in back.rglob("*.json")) == FEW

    found = ratios(
        lambda: [json.dumps(json.loads(text), indent=2) for text in texts],
        {name: partial(both, name) for name in CONVERT},
        3,
    )
    return [Row("convert and back, loads + dumps = 1", name, found[name], CONVERT[name]) for name in CONVERT]


def jobs(folder: Path) -> list[Row]:
    """Two processes against one, by the clock on the wall: the only rows that another program can disturb."""
    make_tree(folder / "many" / "recordings", MANY)
    turn = count()

    def work(name: str, processes: str) -> None:
        arguments = ["-o", str(folder / f"jobs-{next(turn)}")] if name == "convert" else []
        run([*PROGRAM, name, "many", *arguments, "--jobs", processes], folder)

    rows = []
    for name in ("check", "redact", "convert"):
        found = ratios(partial(work, name, "1"), {"2": partial(work, name, "2")}, 3, wall_seconds, min)
        rows.append(Row("--jobs 2, --jobs 1 = 1 (wall-clock)", name, found["2"], 1 / 1.6))
    return rows


def starting(folder: Path) -> list[Row]:
    """Whole processes."""
    record(vcr_openai.VCR, folder / "small.yaml", "yaml", [pair(1)])
    (folder / "test_nothing.py").write_text("def test_nothing():\n    assert True\n", encoding="utf-8")
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_nothing.py"]
    taken = process_seconds(
        {
            "check": [*PROGRAM, "check", "--select", "secret", "small.yaml"],
            "without": [*pytest, "-p", "no:vcr_openai"],
            "with": pytest,
        },
        folder,
    )
    return [
        Row("start, seconds", "check --select secret", taken["check"], 0.3),
        Row("start, pytest without us = 1", "pytest", taken["with"] / taken["without"], 1.1),
    ]


if __name__ == "__main__":
    show_alone(measure)
