"""Playing: the steps of a body one after the other, with their waits, for clients with and without an event loop."""

from __future__ import annotations

import asyncio
import sys
import time
from collections.abc import Callable, Generator, Iterable, Iterator
from types import coroutine
from typing import Any, Final, NamedTuple

from vcr_openai._streams.steps import Break, Piece, Stall, Step

# Other tasks run after each of the first pieces, then after every so many. More often costs more than it shows: a turn
# of the event loop takes a fifth of what the SDK takes for an event.
TURNS: Final = 32


class ClientErrors(NamedTuple):
    """What a client raises: when the connection is cut after so many bytes, and when it gives up waiting."""

    cut: Callable[[int], Exception]
    timed_out: Callable[[], Exception]


class Patience(NamedTuple):
    """The seconds that a client waits for the next bytes, and for the whole body; None: for ever."""

    for_bytes: float | None = None
    for_all: float | None = None


class _Quiet:
    """How long nothing has arrived, and how long the client has waited in all."""

    def __init__(self, patience: Patience) -> None:
        self._patience = patience
        self._seconds = self._all = 0.0

    def begin(self) -> None:
        """Bytes have arrived."""
        self._seconds = 0.0

    def wait(self, seconds: float) -> tuple[float, bool]:
        """How long to wait in the place of these seconds, and whether the client gives up then."""
        limits = ((self._patience.for_bytes, self._seconds), (self._patience.for_all, self._all))
        left = min([max(0.0, limit - before) for limit, before in limits if limit is not None], default=None)
        self._seconds += seconds
        self._all += seconds
        is_over = left is not None and seconds >= left
        return (0.0 if is_time_frozen() else left if is_over and left is not None else seconds), is_over


def _pause(step: Step) -> float:
    return step.seconds if isinstance(step, Stall) else step.wait


def played(steps: Iterable[Step], errors: ClientErrors, patience: Patience) -> Iterator[bytes]:
    """The bytes of a body, piece by piece. Raises the client's errors, after as long as the client would wait."""
    quiet, received = _Quiet(patience), 0
    for step in steps:
        if pause := _pause(step):
            seconds, is_over = quiet.wait(pause)
            time.sleep(seconds)
            if is_over:
                raise errors.timed_out()
        if isinstance(step, Piece):
            quiet.begin()
            received += len(step.data)
            yield step.data
        elif isinstance(step, Break):
            raise errors.cut(received)


class AsyncPlayed:
    """The same for a client with an event loop. It is no generator: nobody must close it in the right task."""

    def __init__(self, steps: Iterable[Step], errors: ClientErrors, patience: Patience) -> None:
        self._steps = iter(steps)
        self._errors = errors
        self._quiet = _Quiet(patience)
        self._received = self._count = 0

    def close(self) -> None:
        """Play no further step."""
        self._steps = iter(())

    def __aiter__(self) -> AsyncPlayed:
        return self

    async def __anext__(self) -> bytes:
        for step in self._steps:
            if pause := _pause(step):
                await self._wait(pause)
            elif self._count < TURNS or not self._count % TURNS:
                await turn()
            self._count += 1
            if isinstance(step, Piece):
                self._quiet.begin()
                self._received += len(step.data)
                return step.data
            if isinstance(step, Break):
                self.close()
                raise self._errors.cut(self._received)
        raise StopAsyncIteration

    async def _wait(self, pause: float) -> None:
        seconds, is_over = self._quiet.wait(pause)
        if _is_asyncio():
            await asyncio.sleep(seconds)
        else:
            await sys.modules["trio"].sleep(seconds)
        if is_over:
            self.close()
            raise self._errors.timed_out()


def _is_asyncio() -> bool:
    """Whether the event loop is asyncio's; else it is trio's, which is imported then."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return False
    return True


async def turn() -> None:
    """Let the other tasks run, and a cancellation happen."""
    if _is_asyncio():
        await _asyncio_turn()
    else:
        await sys.modules["trio"].lowlevel.checkpoint()


@coroutine
def _asyncio_turn() -> Generator[None, None, None]:
    yield  # what asyncio.sleep(0) does


def is_time_frozen() -> bool:
    """Whether freezegun or time-machine has replaced the time: then nothing waits."""
    freezegun: Any = sys.modules.get("freezegun.api")
    if freezegun is not None and freezegun.freeze_factories:
        return True
    time_machine: Any = sys.modules.get("time_machine")
    return time_machine is not None and bool(time_machine.escape_hatch.is_travelling())
