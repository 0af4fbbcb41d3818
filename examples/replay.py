"""Replay cassettes through the OpenAI client, without a network: ``python examples/replay.py FOLDER``.

Makes each recorded chat call again, as its recording says it was made, and prints what the replayed answer says.
"""

from __future__ import annotations

import inspect
import sys
from pathlib import Path
from typing import Any

import openai

import vcr_openai
from vcr_openai._vcrpy.serializers import ReadableSerializer


def say(client: openai.OpenAI, arguments: dict[str, Any]) -> str:
    """Make a chat call; what the answer says, or the error that the client raises."""
    known = inspect.signature(client.chat.completions.create).parameters
    others = {name: arguments.pop(name) for name in [*arguments] if name not in known}  # of a server's own
    try:
        answer = client.chat.completions.create(**{"extra_body": others, **arguments})
        if arguments.get("stream"):
            return "".join(chunk.choices[0].delta.content or "" for chunk in answer if chunk.choices)
        message = answer.choices[0].message
        calls = [f"{call.function.name}({call.function.arguments})" for call in message.tool_calls or ()]
        return message.content or message.refusal or " ".join(calls)
    except openai.APIError as error:
        return f"{type(error).__name__}: {error}"


def main(folder: str) -> None:
    """Replay every chat in the folder's openai.yaml cassettes."""
    player = vcr_openai.VCR(serializer="openai.yaml", record_mode="none")
    client = openai.OpenAI(api_key="not needed")
    for path in sorted(Path(folder).rglob("*.openai.yaml")):
        interactions = ReadableSerializer().deserialize(path.read_text(encoding="utf-8"))["interactions"]
        with player.use_cassette(str(path)):
            for recording in map(vcr_openai.from_interaction, interactions):
                if recording.request["endpoint"] == "/v1/chat/completions":
                    print(f"{path.name}: {say(client, recording.request['body'])}")


if __name__ == "__main__":
    main(*sys.argv[1:])
