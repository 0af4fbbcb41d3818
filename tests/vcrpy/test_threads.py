"""Many callers against one cassette, and two cassettes in two threads."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import threading
from concurrent.futures import ThreadPoolExecutor

import openai
import pytest
from chats import answer, question
from werkzeug import Request, Response

import vcr_openai
from vcr_openai._vcrpy import context

CALLERS = 100


@pytest.fixture
def server(httpserver):
    """A server that answers each question with itself."""

    def echo(request: Request) -> Response:
        word = json.loads(request.data)["messages"][0]["content"]
        return Response(json.dumps(answer(f"you said {word}")), content_type="application/json")

    httpserver.expect_request("/v1/chat/completions").respond_with_handler(echo)
    return httpserver


def ask_in_threads(server, count: int = CALLERS) -> list[str]:
    """Ask all at once from a pool of threads; the answers in the order of the questions."""
    client = openai.OpenAI(api_key="none", base_url=server.url_for("/v1"), max_retries=0)

    def ask(number: int) -> str:
        return client.chat.completions.create(**question(str(number))).choices[0].message.content

    with ThreadPoolExecutor(16) as pool:
        return list(pool.map(ask, range(count)))


def ask_in_tasks(server, count: int = CALLERS) -> list[str]:
    """The same with asyncio.gather."""

    async def ask_all() -> list[str]:
        async with openai.AsyncOpenAI(api_key="none", base_url=server.url_for("/v1"), max_retries=0) as client:
            answers = await asyncio.gather(*(client.chat.completions.create(**question(str(n))) for n in range(count)))
        return [answer.choices[0].message.content for answer in answers]

    return asyncio.run(ask_all())


@pytest.mark.slow
@pytest.mark.parametrize(
    "ask_all, name", [(ask_in_threads, "yaml"), (ask_in_tasks, "recording.json")], ids=["threads", "tasks"]
)
def test_every_caller_gets_its_own_answer(server, tmp_path, ask_all, name):
    """A hundred callers at once are recorded and replayed, each with the answer to its own question.

    Threads share a YAML cassette and tasks one of recordings: what is shared is the cassette, whatever its format.
    """
    expected = [f"you said {number}" for number in range(CALLERS)]
    path = str(tmp_path / f"cassette.{name}")
    mine = vcr_openai.VCR(serializer=name)
    with mine.use_cassette(path) as cassette:
        assert ask_all(server) == expected
    assert len(cassette) == CALLERS
    with mine.use_cassette(path, record_mode="none") as cassette:
        assert ask_all(server) == expected
    assert cassette.all_played


@pytest.mark.slow
def test_equal_requests_play_each_answer_once(server, tmp_path):
    """Of equal requests from many threads, each plays an interaction of its own."""
    path = str(tmp_path / "cassette.yaml")
    client = openai.OpenAI(api_key="none", base_url=server.url_for("/v1"), max_retries=0)
    with vcr_openai.VCR(record_mode="all").use_cassette(path):
        for _ in range(CALLERS):
            client.chat.completions.create(**question("1"))
    with vcr_openai.VCR(record_mode="none").use_cassette(path) as cassette, ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda _: client.chat.completions.create(**question("1")), range(CALLERS)))
    assert set(cassette.play_counts.values()) == {1}


def test_two_cassettes_in_two_threads_are_refused(tmp_path):
    """The second thread gets an error that names the open cassette, not its answers."""
    mine = vcr_openai.VCR()
    refused: list[str] = []

    def other() -> None:
        try:
            with mine.use_cassette(str(tmp_path / "other.yaml")):
                pass
        except RuntimeError as error:
            refused.append(str(error))

    with mine.use_cassette(str(tmp_path / "first.yaml")):
        thread = threading.Thread(target=other, name="the-other")
        thread.start()
        thread.join()
    assert len(refused) == 1
    assert "the thread the-other opens the cassette" in refused[0]
    assert "first.yaml open" in refused[0]
    other()
    assert len(refused) == 1


@pytest.mark.anyio
async def test_two_cassettes_in_two_tasks_are_refused(tmp_path):
    """So is the second of two tasks, though they share a thread; the first one's cassette stays as it was opened."""
    mine = vcr_openai.VCR()
    opened, tried = asyncio.Event(), asyncio.Event()

    async def first() -> None:
        with mine.use_cassette(str(tmp_path / "first.yaml")):
            opened.set()
            await tried.wait()

    async def second() -> None:
        await opened.wait()
        with pytest.raises(RuntimeError, match=r"the task second opens .*second.yaml while the task first has .*first"):
            mine.use_cassette(str(tmp_path / "second.yaml")).__enter__()
        tried.set()

    await asyncio.gather(asyncio.create_task(first(), name="first"), asyncio.create_task(second(), name="second"))
    with mine.use_cassette(str(tmp_path / "second.yaml")):
        pass


@pytest.mark.anyio
async def test_a_task_within_a_cassette_may_open_one(tmp_path):
    """A task that was begun while a cassette was open opens its own within that one."""
    mine = vcr_openai.VCR()

    async def inner() -> bool:
        with mine.use_cassette(str(tmp_path / "inner.yaml")):
            return True

    with mine.use_cassette(str(tmp_path / "outer.yaml")):
        assert await asyncio.create_task(inner())


def test_a_cassette_that_a_finished_task_opened_is_around_the_next(tmp_path):
    """A fixture's coroutine opens a cassette and ends; the test's, in a task of its own, may open another in it."""
    mine = vcr_openai.VCR()
    outer, inner = mine.use_cassette(str(tmp_path / "outer.yaml")), mine.use_cassette(str(tmp_path / "inner.yaml"))

    async def call(method):
        method()

    with asyncio.Runner() if hasattr(asyncio, "Runner") else contextlib.closing(asyncio.new_event_loop()) as runner:
        run = getattr(runner, "run", None) or runner.run_until_complete
        for method in (outer.__enter__, inner.__enter__, lambda: inner.__exit__(None, None, None)):
            run(call(method))
        run(call(lambda: outer.__exit__(None, None, None)))
    assert not context._open


def test_cassettes_within_cassettes_are_sound(server, tmp_path):
    """One thread may open a cassette within another; the inner one records."""
    client = openai.OpenAI(api_key="none", base_url=server.url_for("/v1"), max_retries=0)
    mine = vcr_openai.VCR()
    with mine.use_cassette(str(tmp_path / "outer.yaml")) as outer:
        with mine.use_cassette(str(tmp_path / "inner.yaml")) as inner:
            client.chat.completions.create(**question("1"))
        client.chat.completions.create(**question(2))
    assert (len(outer), len(inner)) == (1, 1)


def test_a_cassette_that_does_not_open_leaves_no_trace(tmp_path):
    """After a failure to open, another thread may open one."""
    (tmp_path / "bad.yaml").write_text("interactions: [}", encoding="utf-8")
    mine = vcr_openai.VCR()
    with pytest.raises(Exception, match=r"parsing|expected"), mine.use_cassette(str(tmp_path / "bad.yaml")):
        pass
    opened: list[bool] = []

    def other() -> None:
        with mine.use_cassette(str(tmp_path / "good.yaml")):
            opened.append(True)

    thread = threading.Thread(target=other)
    thread.start()
    thread.join()
    assert opened == [True]


def test_a_cassette_that_is_not_saved_takes_its_patches_off(server, tmp_path):
    """After a failure to save, while its error still lives, the next cassette records its requests."""
    client = openai.OpenAI(api_key="none", base_url=server.url_for("/v1"), max_retries=0)

    class Failing:
        @staticmethod
        def serialize(_: dict) -> str:
            raise RuntimeError("not saved")

    mine = vcr_openai.VCR(serializer="failing")
    mine.register_serializer("failing", Failing)
    with pytest.raises(RuntimeError, match="not saved") as caught, mine.use_cassette(str(tmp_path / "first.yaml")):
        client.chat.completions.create(**question("1"))
    with vcr_openai.VCR().use_cassette(str(tmp_path / "second.yaml")) as second:
        client.chat.completions.create(**question(2))
        del caught
        gc.collect()
        client.chat.completions.create(**question(3))
    assert len(second) == 2
