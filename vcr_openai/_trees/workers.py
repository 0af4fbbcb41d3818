"""Work shared among processes."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")

ENOUGH = 400  # jobs: a process starts in half a second, in which this one does that many
_CHUNK = 16


class Workers:
    """Processes that start when there is enough to do."""

    def __init__(self, processes: int) -> None:
        self._processes = processes
        self._pool: ProcessPoolExecutor | None = None

    def close(self) -> None:
        """End the processes; what they have not begun is not done."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def each(self, work: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
        """The result of each job, in the order of the jobs, whatever the number of processes.

        Raises OSError where a process dies.
        """
        if self._processes < 2 or len(jobs) < ENOUGH:
            yield from map(work, jobs)
            return
        if self._pool is None:
            # spawn: forking a process in which a thread runs (the progress bar's) can lock up.
            context = multiprocessing.get_context("spawn")
            self._pool = ProcessPoolExecutor(self._processes, mp_context=context, initializer=_ignore_interrupts)
        try:
            yield from self._pool.map(work, jobs, chunksize=_CHUNK)
        except BrokenProcessPool as error:
            raise OSError(f"a process that converts died ({error})") from error


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; only the first one speaks
