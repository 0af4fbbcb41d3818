"""What the plugin adds to a test run: 1,000 tests, each of which replays one chat of its own cassette.

Prints processor seconds for pytest with pytest-recording alone and with vcr-openai beside it, and the difference in
milliseconds a test; then the same for 1,000 tests without a cassette. Each run is a process of its own, the best of
three. The clock would tell more of what else the machine does.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path

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


def spent() -> float:
    """Processor seconds of all processes that were started and have ended."""
    times = os.times()
    return times.children_user + times.children_system


def seconds(folder: str, module: str, *options: str) -> float:
    """Processor seconds of a test run, from the start of the process to its end."""
    times = []
    for _ in range(3):
        start = spent()
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options, module]
        subprocess.run(command, cwd=folder, check=True, stdout=subprocess.DEVNULL)  # noqa: S603 - our own command
        times.append(spent() - start)
    return min(times)


def main() -> None:
    """Measure and print."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "pytest.ini").write_text("[pytest]\n", encoding="utf-8")
        for name, text in (("test_chats.py", TESTS), ("test_plain.py", PLAIN)):
            Path(folder, name).write_text(text, encoding="utf-8")
        recorded = Path(folder, "cassettes", "test_chats")
        recorded.mkdir(parents=True)
        for number in range(COUNT):
            Path(recorded, f"test_chat[{number}].yaml").write_text(cassette(number), encoding="utf-8")
        print(f"{'tests':>14} {'without s':>10} {'with s':>7} {'ms a test':>10}")
        for module in ("test_chats.py", "test_plain.py"):
            without, beside = seconds(folder, module, "-p", "no:vcr_openai"), seconds(folder, module)
            print(f"{module:>14} {without:>10.2f} {beside:>7.2f} {(beside - without) / COUNT * 1000:>10.2f}")


if __name__ == "__main__":
    main()
