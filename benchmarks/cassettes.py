"""What opening and saving a cassette costs in every format, against vcrpy's own YAML cassette of the same chats."""

from __future__ import annotations

from functools import partial
from pathlib import Path

import vcr
from chats import pair, record, use
from rows import Row, ratios, show_alone

import vcr_openai

CHATS = 60
OPEN = {"yaml": 0.8, "json": 0.6, "openai.yaml": 0.9, "recording.json": 0.9}
SAVE = {"yaml": 1.5, "json": 1.0, "openai.yaml": 1.5, "recording.json": 2.0}


def measure(folder: Path) -> list[Row]:
    """Opening, saving, and adding one interaction to many."""
    return [*opening(folder), *saving(folder), adding(folder)]


def opening(folder: Path) -> list[Row]:
    """Open a cassette and close it."""
    pairs = [pair(number) for number in range(CHATS)]
    theirs = folder / "theirs.yaml"
    record(vcr.VCR, theirs, "yaml", pairs)
    paths = {name: folder / f"ours.{name}" for name in OPEN}
    for name, path in paths.items():
        record(vcr_openai.VCR, path, name, pairs)
    found = ratios(
        partial(use, vcr.VCR, theirs, "yaml", CHATS),
        {name: partial(use, vcr_openai.VCR, path, name, CHATS) for name, path in paths.items()},
    )
    return [Row("open, vcrpy's YAML = 1", name, found[name], OPEN[name]) for name in OPEN]


def saving(folder: Path) -> list[Row]:
    """Record into a new cassette."""
    pairs = [pair(number) for number in range(CHATS)]
    found = ratios(
        partial(record, vcr.VCR, folder / "saved-theirs.yaml", "yaml", pairs),
        {name: partial(record, vcr_openai.VCR, folder / f"saved.{name}", name, pairs) for name in SAVE},
    )
    return [Row("save, vcrpy's YAML = 1", name, found[name], SAVE[name]) for name in SAVE]


def adding(folder: Path) -> Row:
    """One interaction more in a cassette of 1,000, against recording the 1,000."""
    path, pairs = folder / "many.yaml", [pair(number) for number in range(1000)]
    record(vcr_openai.VCR, path, "yaml", pairs)

    def add() -> None:
        with vcr_openai.VCR(record_mode="new_episodes").use_cassette(str(path)) as cassette:
            assert len(cassette) >= len(pairs)
            cassette.append(*pair(len(cassette)))

    found = ratios(partial(record, vcr_openai.VCR, folder / "anew.yaml", "yaml", pairs), {"add": add}, 1)
    return Row("save, 1,000 at once = 1", "1 more in 1,000", found["add"], 0.5)


if __name__ == "__main__":
    show_alone(measure)
