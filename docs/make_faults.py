"""Make the tables of docs/faults.md: play each fault to the OpenAI SDK. ``python docs/make_faults.py``."""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

import openai

import vcr_openai
from vcr_openai import error_event, fail, fragments, pace, stall
from vcr_openai._http.body import Body
from vcr_openai._streams.cut_ids import cut_id
from vcr_openai._streams.directions import Cuts
from vcr_openai._streams.plan import stream_places

PAGE = Path(__file__).parent / "faults.md"
MARK = "<!-- made by docs/make_faults.py -->\n"
END = "<!-- end of what docs/make_faults.py made -->\n"
WORDS = ("Sätze", " kommen", " an.")
URL = "http://localhost/v1"
TIMEOUT = 0.1
ASKED: dict[str, Any] = {"model": "gpt-4o", "messages": [{"role": "user", "content": "Hello"}], "stream": True}


class Seen(NamedTuple):
    """What a reader of ``for chunk in stream`` sees: the words, how it ends, and the number of requests."""

    words: tuple[str, ...]
    end: str
    requests: int


def main() -> None:
    """Write the table between the marks of docs/faults.md; the rest stays."""
    before, _, rest = PAGE.read_text(encoding="utf-8").partition(MARK)
    PAGE.write_text(before + MARK + table() + END + rest.partition(END)[2], encoding="utf-8")


def table() -> str:
    """What the SDK does in each case, as Markdown."""
    lines = ["| `stream=` | chunks that arrive | then | requests |", "| --- | --- | --- | --- |"]
    for name, direction in cases():
        ways = [see(direction, read) for read in (_read, _read_async)]
        seen, other = ways
        if seen != other:
            raise ValueError(f"{name}: the two clients differ: {seen} and {other}")
        lines.append(f"| {name} | {_count(seen)} | {seen.end} | {seen.requests} |")
    return "\n".join(lines) + "\n"


def cases() -> Iterator[tuple[str, Any]]:
    """The directions, with what stands in the first column."""
    yield '`"events"`, `"block"`, `"recorded"`', "events"
    yield "`fragments()`", fragments(size=1)
    yield "`pace(first=0.01, chunk=0.01)`", pace(first=0.01, chunk=0.01)
    for cut in stream_places(Body(_body().encode(), "text/event-stream"), Cuts()):
        if cut.place in ("start", "done") or cut.number == 2:  # one in the middle
            yield f"`cuts()`: {cut_id(cut)}", cut
    yield "`stall(after=2, seconds=…)`, longer than the timeout", stall(after=2, seconds=TIMEOUT * 5)
    yield "`stall(after=2, seconds=…)`, shorter than the timeout", stall(after=2, seconds=TIMEOUT / 10)
    for failure in (
        fail(400),
        fail(401),
        fail(429),
        fail(500),
        fail(503, times=2),
        fail(500, times=3),
        fail("connect"),
        fail("connect", times=3),
    ):
        yield f"`{failure!r}`", failure
    yield "`error_event(after=1)`", error_event(after=1)


def see(direction: Any, read: Callable[[list[str]], None]) -> Seen:
    """What one of the clients sees of the stream, played so."""
    words: list[str] = []
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "chat.json"
        path.write_text(json.dumps({"version": 1, "interactions": [_interaction()]}))
        vcr = vcr_openai.VCR(serializer="json", record_mode="none")
        with vcr.use_cassette(str(path), stream=direction) as cassette:
            try:
                read(words)
                end = "the stream ends"
            except openai.OpenAIError as error:
                end = _error(error)
            return Seen(tuple(words), end, len(cassette.sent))


def _read(words: list[str]) -> None:
    with openai.OpenAI(api_key="none", base_url=URL, timeout=TIMEOUT) as client:
        for chunk in client.chat.completions.create(**ASKED):
            words.append(chunk.choices[0].delta.content)  # noqa: PERF401  # a fault leaves the words before it


def _read_async(words: list[str]) -> None:
    async def work() -> None:
        async with openai.AsyncOpenAI(api_key="none", base_url=URL, timeout=TIMEOUT) as client:
            async for chunk in await client.chat.completions.create(**ASKED):
                words.append(chunk.choices[0].delta.content)  # noqa: PERF401  # as above

    asyncio.run(work())


def _error(error: BaseException) -> str:
    cause = error.__cause__
    return f"`{type(error).__name__}`" + (f", from `{type(cause).__name__}`" if cause is not None else "")


def _count(seen: Seen) -> str:
    if seen.words == WORDS:
        return "all"
    return f"{len(seen.words)} of {len(WORDS)}" if seen.words else "none"


def _body() -> str:
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
    chunks = [{**chunk, "choices": [{"index": 0, "delta": {"content": word}}]} for word in WORDS]
    return "".join([f"data: {json.dumps(one, ensure_ascii=False)}\n\n" for one in chunks]) + "data: [DONE]\n\n"


def _interaction() -> dict[str, Any]:
    asked = {"method": "POST", "uri": f"{URL}/chat/completions", "body": json.dumps(ASKED)}
    headers = {"content-type": ["text/event-stream"]}
    answered = {"status": {"code": 200, "message": "OK"}, "headers": headers, "body": {"string": _body()}}
    return {"request": {**asked, "headers": {"content-type": ["application/json"]}}, "response": answered}


if __name__ == "__main__":
    main()
