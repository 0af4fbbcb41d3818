"""What the plugin adds to a test run: 1,000 tests, each of which replays one chat of its own cassette.

pytest with vcr-openai is compared with pytest and pytest-recording alone; then the same for 1,000 tests without a
cassette. Each run is a process of its own, the best of three. Alone, the script also prints processor seconds, and
the difference in milliseconds a test.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path

from rows import Row, process_seconds, show

COUNT = 1000
TESTS = f"""
import openai
import pytest

client = openai.OpenAI(api_key="none")


@pytest.mark.vcr
@pytest.mark.parametrize("number", range({COUNT}))
def test_chat(number):
    messages = [{{"role": "user", "content": f"question {{number}}"}}]
    reply = client.chat.completions.create(model="gpt-4o", messages=messages)
    assert reply.choices[0].message.content == f"answer {{number}}"
"""
PLAIN = f"""
import pytest


@pytest.mark.parametrize("number", range({COUNT}))
def test_nothing(number):
    assert number >= 0
"""


def cassette(number: int) -> str:
    """One chat, as vcrpy stores it; JSON is YAML."""
    sent = {"messages": [{"role": "user", "content": f"question {number}"}], "model": "gpt-4o"}
    message = {"role": "assistant", "content": f"answer {number}"}
    request = {"method": "POST", "uri": "https://api.openai.com/v1/chat/completions", "body": json.dumps(sent)}
    response = {
        "status": {"code": 200, "message": "OK"},
        "headers": {"content-type": ["application/json"]},
        "body": {"string": json.dumps({"choices": [{"index": 0, "finish_reason": "stop", "message": message}]})},
    }
    return json.dumps({"version": 1, "interactions": [{"request": {**request, "headers": {}}, "response": response}]})


def make_suite(folder: Path) -> None:
    """Write the tests and their cassettes."""
    (folder / "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
    for name, text in (("test_chats.py", TESTS), ("test_plain.py", PLAIN)):
        (folder / name).write_text(text, encoding="utf-8")
    recorded = folder / "cassettes" / "test_chats"
    recorded.mkdir(parents=True)
    for number in range(COUNT):
        (recorded / f"test_chat[{number}].yaml").write_text(cassette(number), encoding="utf-8")


def seconds(folder: Path, module: str) -> tuple[float, float]:
    """Processor seconds of a test run without the plugin and with it, from the start of the process to its end."""
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", module]
    found = process_seconds({"without": [*command, "-p", "no:vcr_openai"], "with": command}, folder)
    return found["without"], found["with"]


def both(folder: Path) -> dict[str, tuple[float, float]]:
    """The seconds of the tests with cassettes, and of those without."""
    make_suite(folder)
    return {
        "tests that replay a chat each": seconds(folder, "test_chats.py"),
        "tests without a cassette": seconds(folder, "test_plain.py"),
    }


def judged(found: dict[str, tuple[float, float]]) -> list[Row]:
    """The rows of such seconds."""
    return [
        Row("1,000 tests, pytest without us = 1", name, beside / without) for name, (without, beside) in found.items()
    ]


def measure(folder: Path) -> list[Row]:
    """1,000 tests with cassettes, and 1,000 without."""
    suite = folder / "suite"
    suite.mkdir()
    return judged(both(suite))


def main() -> None:
    """Print seconds, and the rows."""
    with tempfile.TemporaryDirectory() as folder:
        found = both(Path(folder))
    print(f"{'':>30} {'without s':>10} {'with s':>7} {'ms a test':>10}")
    for name, (without, beside) in found.items():
        print(f"{name:>30} {without:>10.2f} {beside:>7.2f} {(beside - without) / COUNT * 1000:>10.2f}")
    show(judged(found))


if __name__ == "__main__":
    main()
