"""Convert recordings to cassettes and replay these through the OpenAI client, without a network.

``python examples/replay.py [RECORDINGS]`` makes each recorded chat call again, with the arguments of its recording, and
prints the replayed answer. RECORDINGS is a folder or a file, ``cassettes/`` of this repository if it is not given.
"""

from __future__ import annotations

import inspect
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import openai

import vcr_openai

CASSETTES = Path(__file__).parents[1] / "cassettes"


def answer_of(client: openai.OpenAI, arguments: dict[str, Any]) -> str:
    """Make a chat call: the text of the answer, its tool calls, or the error that the client raises."""
    known = inspect.signature(client.chat.completions.create).parameters
    others = {name: value for name, value in arguments.items() if name not in known}  # of a server's own
    arguments = {name: value for name, value in arguments.items() if name in known}
    try:
        answer = client.chat.completions.create(**{"extra_body": others, **arguments})
        if arguments.get("stream"):
            deltas = [chunk.choices[0].delta for chunk in answer if chunk.choices]
            return "".join(delta.content or getattr(delta, "refusal", None) or "" for delta in deltas) or "(tool calls)"
        message = answer.choices[0].message
        calls = [f"{call.function.name}({call.function.arguments})" for call in message.tool_calls or ()]
        return message.content or message.refusal or " ".join(calls)
    except openai.APIError as error:
        return f"{type(error).__name__}: {error}"


def main(source: str = str(CASSETTES)) -> int:
    """Convert and replay every chat; the exit status is 0 where all of them found their answer."""
    with tempfile.TemporaryDirectory() as folder:
        print(f"converting {source} to readable cassettes ...", flush=True)
        recordings = [str(path) for path in sorted(Path(source).glob("*.recording.json"))] or [source]
        command = [sys.executable, "-m", "vcr_openai", "convert", *recordings, "-o", folder, "--format", "openai.yaml"]
        subprocess.run([*command, "--to", "cassettes"], check=True)  # noqa: S603  # our own command
        replayed = [line for path in sorted(Path(folder).rglob("*.openai.yaml")) for line in replay(path)]
    print(f"{len(replayed)} chats replayed, none of them over a network")
    return 0 if replayed else 1


def replay(path: Path) -> list[str]:
    """Replay the chats of one cassette and print them."""
    player = vcr_openai.VCR(serializer="openai.yaml", record_mode="none")
    client = openai.OpenAI(api_key="not needed", max_retries=0)
    lines = []
    with player.use_cassette(str(path)) as cassette:
        for request, response in zip(cassette.requests, cassette.responses, strict=True):
            asked = {"method": request.method, "uri": request.uri, "body": request.body, "headers": request.headers}
            recording = vcr_openai.from_interaction({"request": asked, "response": response})
            if recording.request["endpoint"] == "/v1/chat/completions":
                lines.append(f"{path.name}: {answer_of(client, recording.request['body'])}")
                print(lines[-1], flush=True)
    return lines


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
