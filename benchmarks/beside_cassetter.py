"""What cassetter, a recorder in Rust, needs to open, save and replay the same chats, beside vcrpy in the same process.

It is installed from the registry into an environment of its own, with the releases of vcrpy and openai that are here:
its plugin for pytest has options of the same names as pytest-recording's. The script measures in that environment when
it is given a folder: ``beside_cassetter.py FOLDER`` writes the rows to ``FOLDER/rows.json``.
"""

from __future__ import annotations

import importlib.metadata
import json
import os
import subprocess
import sys
from functools import partial
from pathlib import Path
from typing import Any

import openai
import vcr
from chats import BODIES, Pair, client_from_memory, pair, question, record, replay, talk, use
from rows import NotMeasured, Row, ratios, show_alone

CHATS = 60
KEYS = ["method", "uri", "json_body"]
SAME = ("vcrpy", "openai", "httpx2")
"""What is installed beside cassetter in the same release as here."""


def measure(folder: Path) -> list[Row]:
    """Make the environment, and measure in it."""
    python = installed(folder / "with-cassetter")
    work = folder / "cassetter"
    work.mkdir()
    environment = {**os.environ, "PYTHONPATH": str(Path(__file__).parent)}
    _finish([python, __file__, str(work)], "cassetter is not measured: its process failed", environment)
    return [Row(**row) for row in json.loads((work / "rows.json").read_text(encoding="utf-8"))]


def installed(home: Path) -> str:
    """The Python of a new environment that has cassetter. Raises NotMeasured where there can be none."""
    _finish([sys.executable, "-m", "venv", str(home)], "cassetter is not measured: no environment could be made")
    python = str(home / ("Scripts" if os.name == "nt" else "bin") / "python")
    wanted = ["cassetter[httpx2]", *(f"{name}=={importlib.metadata.version(name)}" for name in SAME)]
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    _finish([*pip, "--retries", "1", "--timeout", "15", *wanted], "cassetter is not measured: pip could not install it")
    return python


def _finish(command: list[str], failure: str, environment: dict[str, str] | None = None) -> None:
    done = subprocess.run(command, check=False, capture_output=True, text=True, env=environment)  # noqa: S603 - our own
    if done.returncode:
        said = [line.strip() for line in (done.stderr or done.stdout).split("\n") if line.strip()]
        raise NotMeasured(f"{failure} ({said[-1] if said else f'status {done.returncode}'})")


def measured(folder: Path) -> list[Row]:
    """The rows, in the environment that has cassetter."""
    pairs = [pair(number) for number in range(CHATS)]
    return [*opening(folder, pairs), *saving(folder, pairs), *replaying(folder)]


def opening(folder: Path, pairs: list[Pair]) -> list[Row]:
    """Its own two formats, and vcrpy's cassette, which it reads, too."""
    theirs = folder / "theirs.yaml"
    record(vcr.VCR, theirs, "yaml", pairs)
    paths = {"yaml": folder / "open.yaml", "toml": folder / "open.toml"}
    for path in paths.values():
        save(path, pairs)
    paths["vcrpy's yaml"] = theirs
    found = ratios(
        partial(use, vcr.VCR, theirs, "yaml", len(pairs)),
        {name: partial(load, path, len(pairs)) for name, path in paths.items()},
    )
    return [Row("open, vcrpy's YAML = 1", f"cassetter, {name}", ratio) for name, ratio in found.items()]


def saving(folder: Path, pairs: list[Pair]) -> list[Row]:
    """Record into a new cassette, with what it removes of secrets."""
    found = ratios(
        partial(record, vcr.VCR, folder / "saved-theirs.yaml", "yaml", pairs),
        {name: partial(save, folder / f"saved.{name}", pairs) for name in ("yaml", "toml")},
    )
    return [Row("save, vcrpy's YAML = 1", f"cassetter, {name}", ratio) for name, ratio in found.items()]


def replaying(folder: Path) -> list[Row]:
    """Whole cassettes through the client, opening included: vcrpy's and cassetter's, both matching bodies.

    vcrpy compares each request with each recorded one, so 1,000 chats would take it minutes.
    """
    rows = []
    client = openai.OpenAI(api_key="none", max_retries=0)
    for count in (10, 100, 1000):
        asked, pairs = [question(number) for number in range(count)], [pair(number) for number in range(count)]
        path = folder / f"replay-{count}.yaml"
        save(path, pairs)
        runs = {"cassetter": partial(answer_all, path, client, asked)}
        if count < 1000:
            theirs = folder / f"theirs-{count}.yaml"
            record(vcr.VCR, theirs, "yaml", pairs)
            runs["vcrpy"] = partial(replay, partial(vcr.VCR, match_on=BODIES), theirs, "yaml", client, asked)
        found = ratios(partial(talk, client_from_memory(count), asked), runs, 3 if count < 1000 else 1)
        rows += [Row("replay, client alone = 1", f"{name}, {count:,} chats", ratio) for name, ratio in found.items()]
    return rows


def save(path: Path, pairs: list[Pair]) -> None:
    """Record the pairs into a new cassette."""
    import cassetter

    with cassetter.use_cassette(path, record_mode="all") as cassette:
        for request, answered in pairs:
            cassette.record(
                request.method,
                request.uri,
                {name: [value] for name, value in request.headers.items()},
                request.body,
                answered["status"]["code"],
                answered["headers"],
                answered["body"]["string"],
            )
    assert path.stat().st_size > sum(len(request.body) for request, _ in pairs) / 2


def load(path: Path, count: int) -> None:
    """Open a cassette, and close it."""
    import cassetter

    with cassetter.use_cassette(path, record_mode="none") as cassette:
        assert len(cassette) == count


def answer_all(path: Path, client: openai.OpenAI, asked: list[dict[str, Any]]) -> None:
    """Open a cassette, and ask all questions."""
    import cassetter

    with cassetter.use_cassette(path, record_mode="none", match_on=KEYS) as cassette:
        talk(client, asked)
        assert cassette.play_count == len(asked)


def main() -> None:
    """Measure here where a folder is given, in an environment of its own otherwise."""
    if sys.argv[1:]:
        folder = Path(sys.argv[1])
        rows = [vars(row) for row in measured(folder)]
        (folder / "rows.json").write_text(json.dumps(rows), encoding="utf-8")
        return
    try:
        show_alone(measure)
    except NotMeasured as reason:
        print(reason)


if __name__ == "__main__":
    main()
