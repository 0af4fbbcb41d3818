"""Convert recordings to cassettes and replay these through the OpenAI client, without a network.

``python examples/replay.py [RECORDINGS]`` makes each recorded chat call again, with the arguments of its recording, and
prints the replayed answer. RECORDINGS is a folder or a file, ``cassettes/`` of this repository if it is not given.
"""

from __future__ import annotations

import inspect
import re
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import openai

import vcr_openai

CASSETTES = Path(__file__).parents[1] / "cassettes"
WIDTH = 100
Answer = tuple[str, str]  # its kind, and what is shown of it


def answer_of(client: openai.OpenAI, arguments: dict[str, Any]) -> Answer:
    """Make a chat call: the text of the answer, its refusal, its tool calls, or the error that the client raises."""
    known = inspect.signature(client.chat.completions.create).parameters
    others = {name: value for name, value in arguments.items() if name not in known}  # of a server's own
    arguments = {name: value for name, value in arguments.items() if name in known}
    try:
        answer = client.chat.completions.create(**{"extra_body": others, **arguments})
        if not arguments.get("stream"):
            return _said([answer.choices[0].message])
        return _said([chunk.choices[0].delta for chunk in answer if chunk.choices])
    except openai.APIError as error:
        return "error", f"{type(error).__name__}: {error}"


def _said(parts: list[Any]) -> Answer:
    """What a message says, or all deltas of a stream together."""
    refusal = "".join(getattr(part, "refusal", None) or "" for part in parts)
    if refusal:
        return "refusal", refusal
    calls: dict[int, str] = {}
    for part in parts:
        for position, call in enumerate(part.tool_calls or ()):
            index = getattr(call, "index", position)  # the deltas of a stream have one
            begun = calls.get(index) or f"{call.function.name}("
            calls[index] = begun + (call.function.arguments or "")
    text = "".join(part.content or "" for part in parts)
    return ("tool calls", ", ".join(f"{call})" for call in calls.values())) if calls else ("answer", text)


def main(source: str = str(CASSETTES)) -> int:
    """Convert and replay every chat; the exit status is 0 where all of them found their answer."""
    begin = time.perf_counter()
    with tempfile.TemporaryDirectory() as folder:
        print(f"1. converting {source} to openai.yaml cassettes", flush=True)
        recordings = [str(path) for path in sorted(Path(source).glob("*.recording.json"))] or [source]
        command = [sys.executable, "-m", "vcr_openai", "convert", *recordings, "-o", folder, "--format", "openai.yaml"]
        subprocess.run([*command, "--to", "cassettes"], check=True)  # noqa: S603  # our own command
        print("2. replaying each chat through the OpenAI client", flush=True)
        kinds = Counter(kind for path in sorted(Path(folder).rglob("*.openai.yaml")) for kind in replay(path))
    found = ", ".join(
        f"{count} {kind}{'' if kind.endswith('s') or count == 1 else 's'}" for kind, count in kinds.items()
    )
    print(f"{kinds.total()} chats replayed in {time.perf_counter() - begin:.1f} s without a network: {found}")
    return 0 if kinds else 1


def replay(path: Path) -> Iterator[str]:
    """Replay the chats of one cassette and print them; the kind of each answer."""
    player = vcr_openai.VCR(serializer="openai.yaml", record_mode="none")
    client = openai.OpenAI(api_key="not needed", max_retries=0)
    name = path.name.removesuffix(".openai.yaml")
    name = name.partition("[")[2].removesuffix("]") or name  # of a parametrized test, its case
    with player.use_cassette(str(path)) as cassette:
        for request, response in zip(cassette.requests, cassette.responses, strict=True):
            asked = {"method": request.method, "uri": request.uri, "body": request.body, "headers": request.headers}
            recording = vcr_openai.from_interaction({"request": asked, "response": response})
            if recording.request["endpoint"] == "/v1/chat/completions":
                kind, text = answer_of(client, recording.request["body"])
                shown = re.sub(r"\s+", " ", text)
                print(f"   {name[:30]:30} {kind + ':':11} {shown}"[:WIDTH], flush=True)
                yield kind


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
