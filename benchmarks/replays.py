"""What replaying a whole cassette through the openai client costs, opening included."""

from __future__ import annotations

import base64
import random
from functools import partial
from pathlib import Path
from typing import Any

import openai
import vcr
from chats import BODIES, answer, client_from_memory, exchange, pair, question, record, replay, talk
from rows import Row, ratios, show_alone

import vcr_openai

PICTURE = 1_500_000


def measure(folder: Path) -> list[Row]:
    """Chats against the client alone, and a picture against vcrpy."""
    return [*chats(folder), picture(folder)]


def chats(folder: Path) -> list[Row]:
    """Cassettes of three sizes, against the client over a transport that answers from memory."""
    rows = []
    client = openai.OpenAI(api_key="none", max_retries=0)
    for count in (10, 100, 1000):
        asked = [question(number) for number in range(count)]
        path = folder / f"replay-{count}.json"
        record(vcr_openai.VCR, path, "json", [pair(number) for number in range(count)])
        found = ratios(
            partial(talk, client_from_memory(count), asked),
            {"ours": partial(replay, vcr_openai.VCR, path, "json", client, asked)},
            3 if count < 1000 else 1,
        )
        rows.append(Row("replay, client alone = 1", f"{count:,} chats", found["ours"], 1.05))
    return rows


def picture(folder: Path) -> Row:
    """A conversation of four turns, each of which sends the same picture again, against vcrpy that matches bodies."""
    data = base64.b64encode(random.Random(1).randbytes(PICTURE * 3 // 4)).decode()
    seen = {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{data}"}}
    messages: list[dict[str, Any]] = [
        {"role": "user", "content": [{"type": "text", "text": "What is in this picture?"}, seen]}
    ]
    asked = []
    for turn in range(4):
        asked.append({"model": "gpt-4o", "messages": list(messages)})
        messages += [
            {"role": "assistant", "content": f"Part {turn} of it."},
            {"role": "user", "content": f"What else? ({turn})"},
        ]
    pairs = [exchange(body, answer(2 * turn + 1)) for turn, body in enumerate(asked)]
    theirs, ours = folder / "picture-theirs.yaml", folder / "picture.yaml"
    record(vcr.VCR, theirs, "yaml", pairs)
    record(vcr_openai.VCR, ours, "yaml", pairs)
    client = openai.OpenAI(api_key="none", max_retries=0)
    found = ratios(
        partial(replay, partial(vcr.VCR, match_on=BODIES), theirs, "yaml", client, asked),
        {"ours": partial(replay, vcr_openai.VCR, ours, "yaml", client, asked)},
    )
    return Row("replay, vcrpy with bodies = 1", "1.5 MB of base64 in 4 turns", found["ours"], 1.2)


if __name__ == "__main__":
    show_alone(measure)
