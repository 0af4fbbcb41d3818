"""What a cassette of 1,000 chats costs to write and to open, in every format: ours against vcrpy, in processor seconds.

The chats are those of ``lookup``, half of them answered by a stream of 40 chunks. vcrpy knows two of the formats.
"""

from __future__ import annotations

import copy
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import vcr
from lookup import URI, WORDS, body

import vcr_openai
from vcr_openai._formats.interaction_layouts import read_interaction
from vcr_openai._formats.registry import FORMATS, dump
from vcr_openai._http.exchange import Exchange

COUNT = 1000


def answer(number: int) -> dict[str, Any]:
    """A reply, or a stream with the same words."""
    words = [f"word{number}", *WORDS[:12]] * 3
    shared = {"id": f"chatcmpl-{number}", "created": 1, "model": "gpt-4o"}
    if number % 2:
        message = {"role": "assistant", "content": " ".join(words)}
        text = json.dumps({**shared, "choices": [{"index": 0, "finish_reason": "stop", "message": message}]})
        return response("application/json", text)
    chunks = [{**shared, "choices": [{"index": 0, "delta": {"content": f" {word}"}}]} for word in words]
    frames = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks)
    return response("text/event-stream", f"{frames}data: [DONE]\n\n")


def exchanges(interactions: list[dict[str, Any]]) -> list[Exchange]:
    """The interactions as values of ours, which nobody has read yet."""
    return [read_interaction(interaction)[0] for interaction in copy.deepcopy(interactions)]


def response(kind: str, text: str) -> dict[str, Any]:
    """A success, as vcrpy stores one."""
    return {"status": {"code": 200, "message": "OK"}, "headers": {"content-type": [kind]}, "body": {"string": text}}


def best(action: Callable[[], object]) -> float:
    """Processor seconds, the best of three."""
    times = []
    for _ in range(3):
        start = time.process_time()
        action()
        times.append(time.process_time() - start)
    return min(times)


def opened(maker: Callable[..., Any], name: str, path: Path) -> float:
    """Processor seconds to open a cassette file and close it again."""

    def use() -> None:
        with maker(serializer=name, record_mode="none").use_cassette(str(path)) as cassette:
            assert len(cassette) == COUNT

    return best(use)


def main() -> None:
    """Measure and print."""
    interactions = [
        {
            "request": {"method": "POST", "uri": URI, "body": body(number).decode(), "headers": {}},
            "response": answer(number),
        }
        for number in range(COUNT)
    ]
    print(f"{'format':>14} {'kB':>7} {'write':>7} {'open':>7} {'open, vcrpy':>12}")
    with tempfile.TemporaryDirectory() as folder:
        for name in FORMATS:
            path = Path(folder, f"x.{name}")
            written = best(lambda name=name: dump(exchanges(interactions), name))
            path.write_text(dump(exchanges(interactions), name), encoding="utf-8")
            theirs = f"{opened(vcr.VCR, name, path):.2f}" if name in ("yaml", "json") else ""
            ours = opened(vcr_openai.VCR, name, path)
            print(f"{name:>14} {path.stat().st_size // 1000:>7} {written:>7.2f} {ours:>7.2f} {theirs:>12}")


if __name__ == "__main__":
    main()
