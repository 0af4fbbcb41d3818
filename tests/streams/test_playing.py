"""The steps of a body are played with their waits, and with the client's patience."""

from __future__ import annotations

import asyncio
import sys
import time
from types import SimpleNamespace

import pytest

from vcr_openai._streams.playing import AsyncPlayed, ClientErrors, Patience, is_time_frozen, played
from vcr_openai._streams.steps import Break, Piece, Stall


class CutOff(Exception):
    """The client's error for a cut."""


class TooLong(Exception):
    """The client's error for a timeout."""


ERRORS = ClientErrors(CutOff, TooLong)
FOR_EVER = Patience()


@pytest.fixture
def slept(monkeypatch):
    """The seconds that were waited, without waiting."""
    found = []

    async def sleep(seconds):
        found.append(seconds)

    monkeypatch.setattr(time, "sleep", found.append)
    monkeypatch.setattr(asyncio, "sleep", sleep)
    return found


async def collect(steps, patience):
    return [piece async for piece in AsyncPlayed(steps, ERRORS, patience)]


@pytest.fixture(params=["sync", "async"])
def play(request):
    """All pieces of steps, with or without an event loop."""
    if request.param == "sync":
        return lambda steps, patience=FOR_EVER: list(played(steps, ERRORS, patience))
    return lambda steps, patience=FOR_EVER: asyncio.run(collect(steps, patience))


def test_each_wait_is_waited(play, slept):
    """A piece comes after its wait, and the next step after a stall."""
    assert play([Piece(b"a", 0.5), Stall(2.0), Piece(b"b"), Piece(b"c", 1.0)]) == [b"a", b"b", b"c"]
    assert slept == [0.5, 2.0, 1.0]


def test_a_cut_says_how_much_arrived(play, slept):
    """The client's error for a cut is given the number of bytes."""
    with pytest.raises(CutOff) as caught:
        play([Piece(b"abc"), Piece(b"de"), Break(1.0), Piece(b"never")])
    assert (caught.value.args, slept) == ((5,), [1.0])


def test_a_client_gives_up_after_its_timeout(play, slept):
    """A stall that is longer than the client's timeout takes as long as that, and raises the client's error."""
    with pytest.raises(TooLong):
        play([Piece(b"a"), Stall(3600), Piece(b"b")], Patience(for_bytes=0.25))
    assert slept == [0.25]


def test_waits_without_bytes_add_up(play, slept):
    """The timeout is for the next bytes, however many steps they take."""
    with pytest.raises(TooLong):
        play([Stall(0.2), Piece(b"a", 0.2)], Patience(for_bytes=0.25))
    assert slept == pytest.approx([0.2, 0.05])


def test_bytes_begin_the_timeout_anew(play, slept):
    """A slow stream whose pieces come in time is played to its end."""
    assert play([Piece(b"a", 0.2)] * 5, Patience(for_bytes=0.25)) == [b"a"] * 5
    assert sum(slept) == pytest.approx(1.0)


def test_a_timeout_for_all_adds_up(play, slept):
    """A timeout for the whole body ends a slow stream."""
    with pytest.raises(TooLong):
        play([Piece(b"a", 0.2)] * 5, Patience(for_all=0.5))
    assert sum(slept) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("freezegun.api", SimpleNamespace(freeze_factories=[object()])),
        ("time_machine", SimpleNamespace(escape_hatch=SimpleNamespace(is_travelling=lambda: True))),
    ],
)
def test_nothing_waits_while_the_time_is_frozen(play, slept, monkeypatch, name, module):
    """Under freezegun and time-machine nothing waits, and a timeout is over at once."""
    monkeypatch.setitem(sys.modules, name, module)
    with pytest.raises(TooLong):
        play([Piece(b"a", 5.0), Stall(3600)], Patience(for_bytes=10))
    assert sum(slept) == 0


@pytest.mark.parametrize(
    ("name", "module"),
    [
        ("freezegun.api", SimpleNamespace(freeze_factories=[])),
        ("time_machine", SimpleNamespace(escape_hatch=SimpleNamespace(is_travelling=lambda: False))),
    ],
)
def test_the_time_goes_on_where_they_are_only_installed(monkeypatch, name, module):
    """A library for a frozen time changes nothing until a test freezes it."""
    monkeypatch.setitem(sys.modules, name, module)
    assert not is_time_frozen()


def test_other_tasks_run_between_two_pieces():
    """While a body is read, other tasks have their turns."""
    seen = []

    async def other():
        for _ in range(3):
            seen.append("other")
            await asyncio.sleep(0)

    async def main():
        task = asyncio.create_task(other())
        async for piece in AsyncPlayed([Piece(b"a")] * 3, ERRORS, FOR_EVER):
            seen.append(piece)  # noqa: PERF401  # the other task adds to it
        await task

    asyncio.run(main())
    assert seen[:4] == ["other", b"a", "other", b"a"]


def test_a_task_can_be_cancelled_between_two_pieces():
    """A task that reads a body without a pause ends at a cancellation."""
    seen = []

    async def read():
        async for piece in AsyncPlayed([Piece(b"a")] * 30, ERRORS, FOR_EVER):
            seen.append(piece)
            if len(seen) == 3:
                asyncio.current_task().cancel()

    with pytest.raises(asyncio.CancelledError):
        asyncio.run(read())
    assert len(seen) == 3
