"""Every cost with a budget, as one table: opening, saving, converting, looking up, replaying, growth, start.

Each row is a ratio to something that is measured in the same turn (vcrpy's own YAML, ``json.loads`` and ``json.dumps``,
a client that answers from memory, a smaller input), in processor time: the median over several turns. So it holds on a
busy machine. The chats are made up: half of them are streams.
"""

from __future__ import annotations

import base64
import contextlib
import copy
import io
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx2
import openai
import vcr
from formats import answer
from lookup import URI, WORDS
from vcr.request import Request

import vcr_openai
from vcr_openai._cli import main as command
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpRequest
from vcr_openai._matching.canonical import canonical
from vcr_openai._redaction.redact import redact_request

CHATS, TURNS = 60, 5
OPEN = {"yaml": 0.8, "json": 0.6, "openai.yaml": 0.9, "recording.json": 0.9}
SAVE = {"yaml": 1.5, "json": 1.0, "openai.yaml": 1.5, "recording.json": 2.0}
CONVERT = {"yaml": 8.0, "openai.yaml": 12.0}
JSON = {"content-type": ["application/json"]}


@dataclass(frozen=True)
class Row:
    """A cost: its ratio to the base of its group, and the ratio that it may have at most."""

    group: str
    name: str
    ratio: float
    budget: float

    def __str__(self) -> str:
        verdict = "held" if self.ratio <= self.budget else "missed"
        return f"{self.group:<34} {self.name:<24} {self.ratio:>8.2f} {self.budget:>7.2f}  {verdict}"


def clocked(action: Callable[[], object]) -> float:
    """Processor seconds."""
    start = time.process_time()
    action()
    return time.process_time() - start


def ratios(base: Callable[[], object], rows: dict[str, Callable[[], object]], turns: int = TURNS) -> dict[str, float]:
    """Each row's median time, as a multiple of the base's; all of them take turns."""
    seen: dict[str, list[float]] = {"": [], **{name: [] for name in rows}}
    for _ in range(turns):
        for name, action in {"": base, **rows}.items():
            seen[name].append(clocked(action))
    middle = {name: statistics.median(values) for name, values in seen.items()}
    return {name: middle[name] / middle[""] for name in rows}


def question(number: int) -> dict[str, Any]:
    """The body of a request of about 700 bytes."""
    words = " ".join(random.Random(number).choices(WORDS, k=100))
    return {
        "model": "gpt-4o",
        "messages": [{"role": "user", "content": f"{number} {words}"}],
        "stream": bool(number % 2 == 0),
    }


def pair(number: int) -> tuple[Request, dict[str, Any]]:
    """A request and its response, as vcrpy hands them to a cassette."""
    response = copy.deepcopy(answer(number))
    response["body"]["string"] = response["body"]["string"].encode()
    content = json.dumps(question(number), separators=(",", ":")).encode()
    return Request("POST", URI, content, {"content-type": "application/json"}), response


def record(maker: Callable[..., Any], path: Path, name: str, pairs: list[tuple[Request, dict[str, Any]]]) -> None:
    """Record the pairs into a new cassette."""
    path.unlink(missing_ok=True)
    with maker(record_mode="all").use_cassette(str(path), serializer=name) as cassette:
        for request, response in pairs:
            cassette.append(request, response)


def use(maker: Callable[..., Any], path: Path, name: str, count: int) -> None:
    """Open a cassette and close it."""
    with maker(record_mode="none").use_cassette(str(path), serializer=name) as cassette:
        assert len(cassette) == count


def opening_and_saving(folder: Path) -> list[Row]:
    """Rows against vcrpy's own YAML cassette of the same chats."""
    pairs = [pair(number) for number in range(CHATS)]
    for maker, name in ((vcr.VCR, "yaml"), *((vcr_openai.VCR, name) for name in OPEN)):
        record(maker, folder / f"{maker.__module__}.{name}", name, pairs)
    paths = {name: folder / f"{vcr_openai.VCR.__module__}.{name}" for name in OPEN}
    theirs = folder / f"{vcr.VCR.__module__}.yaml"
    opened = ratios(
        lambda: use(vcr.VCR, theirs, "yaml", CHATS),
        {name: lambda name=name: use(vcr_openai.VCR, paths[name], name, CHATS) for name in OPEN},
    )
    saved = ratios(
        lambda: record(vcr.VCR, folder / "w.yaml", "yaml", pairs),
        {name: lambda name=name: record(vcr_openai.VCR, folder / f"w.{name}", name, pairs) for name in SAVE},
    )
    return [
        *(Row("open, vcrpy's YAML = 1", name, opened[name], OPEN[name]) for name in OPEN),
        *(Row("save, vcrpy's YAML = 1", name, saved[name], SAVE[name]) for name in SAVE),
        adding(folder),
    ]


def adding(folder: Path) -> Row:
    """One interaction more in a cassette of 1,000, against recording the 1,000."""
    path, pairs = folder / "many.yaml", [pair(number) for number in range(1000)]
    record(vcr_openai.VCR, path, "yaml", pairs)

    def add() -> None:
        with vcr_openai.VCR(record_mode="new_episodes").use_cassette(str(path)) as cassette:
            cassette.append(*pair(len(cassette)))

    found = ratios(lambda: record(vcr_openai.VCR, folder / "anew.yaml", "yaml", pairs), {"add": add}, 1)
    return Row("save, 1,000 at once = 1", "1 more in 1,000", found["add"], 0.5)


def converting(folder: Path) -> list[Row]:
    """Recordings to cassettes and back, against json.loads and json.dumps of the same texts."""
    tree = folder / "tree" / "recordings"
    tree.mkdir(parents=True)
    texts = []
    for number in range(200):
        request, response = pair(number)
        interaction = {
            "request": {"method": "POST", "uri": URI, "body": request.body.decode(), "headers": {}},
            "response": {**response, "body": {"string": response["body"]["string"].decode()}},
        }
        recording = vcr_openai.from_interaction(interaction, test_id=f"test_it.py::test_{number}")
        texts.append(recording.dump())
        (tree / f"{number}.json").write_text(texts[-1], encoding="utf-8")

    def both(name: str) -> None:
        there, back = str(folder / f"to-{name}"), str(folder / f"from-{name}")
        with contextlib.redirect_stderr(io.StringIO()), contextlib.redirect_stdout(io.StringIO()):
            command(["convert", str(folder / "tree"), "-o", there, "--format", name, "--force", "--jobs", "1"])
            command(["convert", there, "-o", back, "--force", "--jobs", "1"])

    found = ratios(
        lambda: [json.dumps(json.loads(text), indent=2) for text in texts],
        {name: lambda name=name: both(name) for name in CONVERT},
        3,
    )
    return [Row("convert and back, loads + dumps = 1", name, found[name], CONVERT[name]) for name in CONVERT]


def replaying(folder: Path) -> list[Row]:
    """A whole cassette through the openai client, against the client over a transport that answers from memory."""
    rows = []
    for count in (10, 100, 1000):
        asked = [question(number) for number in range(count)]
        path = folder / f"replay-{count}.json"
        record(vcr_openai.VCR, path, "json", [pair(number) for number in range(count)])
        answers = {body["messages"][0]["content"]: answer(number) for number, body in enumerate(asked)}

        def from_memory(request: httpx2.Request, answers: dict[str, Any] = answers) -> httpx2.Response:
            found = answers[json.loads(request.content)["messages"][0]["content"]]
            return httpx2.Response(200, headers=dict(_flat(found["headers"])), content=found["body"]["string"].encode())

        memory = openai.OpenAI(
            api_key="none", http_client=httpx2.Client(transport=httpx2.MockTransport(from_memory)), max_retries=0
        )
        client = openai.OpenAI(api_key="none", max_retries=0)

        def replay(client: openai.OpenAI = client, path: Path = path, asked: list[dict[str, Any]] = asked) -> None:
            with vcr_openai.VCR(record_mode="none").use_cassette(str(path), serializer="json"):
                talk(client, asked)

        found = ratios(lambda memory=memory, asked=asked: talk(memory, asked), {"x": replay}, 3 if count < 1000 else 1)
        rows.append(Row("replay, client alone = 1", f"{count} chats", found["x"], 1.05))
    return rows


def _flat(headers: dict[str, list[str]]) -> list[tuple[str, str]]:
    return [(name, value) for name, values in headers.items() for value in values]


def talk(client: openai.OpenAI, asked: list[dict[str, Any]]) -> None:
    """Ask all questions, and read the streams."""
    for body in asked:
        found = client.chat.completions.create(**body)
        if body["stream"]:
            assert sum(1 for _ in found) > 1


def growth() -> list[Row]:
    """Four times as much input, against the input: 4 is linear."""

    def matched(count: int) -> None:
        called = [{"role": "tool", "tool_call_id": f"call_{one}", "content": "x"} for one in range(count)]
        canonical(_asked({"model": "m", "messages": called}), vcr_openai.Rules())

    def searched(size: int) -> None:
        image = base64.b64encode(random.Random(1).randbytes(size)).decode()
        redact_request(_asked({"model": "m", "messages": [{"role": "user", "content": image}]}))

    ids = ratios(lambda: matched(1000), {"4": lambda: matched(4000)})
    images = ratios(lambda: searched(500_000), {"4": lambda: searched(2_000_000)})
    return [
        Row("4 times the ids, once = 1", "matching", ids["4"], 6.0),
        Row("4 times the base64, once = 1", "redaction", images["4"], 6.0),
    ]


def _asked(body: dict[str, Any]) -> HttpRequest:
    return HttpRequest("POST", URI, JSON, Body.of(json.dumps(body), JSON))


def starting(folder: Path) -> list[Row]:
    """Commands as whole processes, in seconds."""
    path = folder / "small.yaml"
    record(vcr_openai.VCR, path, "yaml", [pair(1)])
    (folder / "test_nothing.py").write_text("def test_nothing():\n    assert True\n", encoding="utf-8")
    pytest = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(folder / "test_nothing.py")]
    check = [sys.executable, "-m", "vcr_openai", "check", "--select", "secret", str(path)]
    plain, beside = process([*pytest, "-p", "no:vcr_openai"]), process(pytest)
    return [
        Row("start, seconds", "check --select secret", process(check), 0.3),
        Row("start, pytest without us = 1", "pytest", beside / plain, 1.1),
    ]


def process(arguments: list[str]) -> float:
    """Processor seconds of a command, the best of three."""
    taken = []
    for _ in range(3):
        before = os.times()
        subprocess.run(arguments, check=False, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)  # noqa: S603
        after = os.times()
        taken.append(after.children_user + after.children_system - before.children_user - before.children_system)
    return min(taken)


def rows() -> list[Row]:
    """All rows, measured."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        return [
            *opening_and_saving(folder),
            *converting(folder),
            *replaying(folder),
            *growth(),
            *starting(folder),
        ]


def main() -> None:
    """Measure and print; with ``--json`` as JSON."""
    found = rows()
    if "--json" in sys.argv:
        print(json.dumps([vars(row) | {"held": row.ratio <= row.budget} for row in found], indent=2))
        return
    print(f"{'':<34} {'':<24} {'ratio':>8} {'budget':>7}")
    for row in found:
        print(row)
    print(f"{sum(row.ratio <= row.budget for row in found)} of {len(found)} budgets held")


if __name__ == "__main__":
    main()
