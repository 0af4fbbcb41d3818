"""What one replayed request costs in a cassette of many: ours against vcrpy's own matching with bodies.

Alone, the script prints processor microseconds a request for cassettes of 10 to 3,000 chats of real size (4 to 16 KB),
of which each differs from the others, or differs from them in an id alone; and the ratios that count.
vcrpy is asked for a few requests only where it is slow; both look for requests spread over the whole cassette.
"""

from __future__ import annotations

import json
import random
import time
from pathlib import Path

import vcr
from chats import BODIES, URI, WORDS
from rows import Row, show
from vcr.cassette import Cassette
from vcr.request import Request

import vcr_openai
from vcr_openai._vcrpy.cassette import IndexedCassette

SIZES = (10, 100, 1000, 3000)


def body(number: int) -> bytes:
    """A conversation of 4 to 16 KB that no other number has."""
    chance = random.Random(number)
    messages = [{"role": "system", "content": "You are a helpful assistant."}]
    size = chance.randrange(4_000, 16_000)
    while size > 0:
        text = " ".join(chance.choices(WORDS, k=chance.randrange(20, 200)))
        messages.append({"role": ("user", "assistant")[len(messages) % 2 == 0], "content": text})
        size -= len(text)
    return json.dumps({"model": "gpt-4o", "messages": messages, "temperature": 0.2, "stream": True}).encode()


def follow_up(number: int) -> bytes:
    """A request that differs from that of any other number in an id alone, so that all of them match."""
    return json.dumps({**json.loads(body(0)), "previous_response_id": f"resp_{number:048x}"}).encode()


def request(content: bytes) -> Request:
    """The request that the client makes anew each time."""
    return Request("POST", URI, content, {"content-type": "application/json", "accept": "application/json"})


def filled(kind: type[Cassette], config: dict, bodies: list[bytes]) -> Cassette:
    """A cassette of that class which holds the requests and was rewound."""
    names = ("match_on", "before_record_request", "before_record_response")
    cassette = kind("none", record_mode="none", **{name: config[name] for name in names})
    for content in bodies:
        response = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": b"{}"}}
        cassette.append(request(content), response)
    cassette.rewound = True
    return cassette


def cost(cassette: Cassette, bodies: list[bytes], count: int) -> float:
    """Processor microseconds a request, over ``count`` requests spread over the cassette; the best of three."""
    asked = bodies[:: max(1, len(bodies) // count)]
    cassette.can_play_response_for(request(asked[0]))  # an index is built once, at the first request
    best = float("inf")
    for _ in range(3):
        cassette.rewind()
        start = time.process_time()
        for content in asked:
            live = request(content)
            assert cassette.can_play_response_for(live)
            cassette.play_response(live)
        best = min(best, (time.process_time() - start) / len(asked))
    return best * 1e6


def ours(bodies: list[bytes]) -> float:
    """What a cassette of ours with these requests costs."""
    return cost(filled(IndexedCassette, vcr_openai.VCR().get_merged_config(), bodies), bodies, 200)


def theirs(bodies: list[bytes]) -> float:
    """What vcrpy's own cassette costs that compares bodies, so that each chat gets its own answer."""
    return cost(filled(Cassette, vcr.VCR(match_on=BODIES).get_merged_config(), bodies), bodies, 10)


def judged(few: float, many: float, vcrpy: float) -> list[Row]:
    """The rows of our costs in a cassette of 10 and of 3,000, and of vcrpy's in one of 1,000."""
    return [
        Row("look-up in 3,000 chats", "in 10 chats = 1", many / few, 2.0),
        Row("look-up in 3,000 chats", "vcrpy with bodies in 1,000 = 1", many / vcrpy, 0.001),
    ]


def measure(_: Path) -> list[Row]:
    """A request's look-up in a cassette of many, against one of few, and against vcrpy."""
    bodies = [body(number) for number in range(3000)]
    return judged(ours(bodies[:10]), ours(bodies), theirs(bodies[:1000]))


def main() -> None:
    """Print microseconds for all sizes, and the rows."""
    found: dict[int, float] = {}
    vcrpy = 0.0
    print(f"{'interactions':>12} {'vcr-openai µs':>14} {'ids alone µs':>13} {'vcrpy µs':>12}")
    for size in SIZES:
        bodies = [body(number) for number in range(size)]
        found[size] = ours(bodies)
        line = f"{size:>12} {found[size]:>14.0f} {ours([follow_up(number) for number in range(size)]):>13.0f}"
        if size <= 1000:
            vcrpy = theirs(bodies)
            line += f" {vcrpy:>12.0f}"
        print(line, flush=True)
    show(judged(found[10], found[3000], vcrpy))


if __name__ == "__main__":
    main()
