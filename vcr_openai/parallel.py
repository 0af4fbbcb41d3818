"""Work shared among processes."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from typing import TypeVar

Job = TypeVar("Job")
Result = TypeVar("Result")
Track = Callable[[Iterable[Result], int], Iterable[Result]]  # passes on what it is given, and may show how far it is

_ENOUGH = 400  # jobs: a process starts in half a second, in which this one does that many
_CHUNK = 16


def each(work: Callable[[Job], Result], jobs: Sequence[Job], processes: int) -> Iterator[Result]:
    """The result of each job, in the order of the jobs, whatever the number of processes."""
    if processes < 2 or len(jobs) < _ENOUGH:
        yield from map(work, jobs)
        return
    # spawn: forking a process in which a thread runs (the progress bar's) can lock up.
    context = multiprocessing.get_context("spawn")
    pool = ProcessPoolExecutor(processes, mp_context=context, initializer=_ignore_interrupts)
    try:
        yield from pool.map(work, jobs, chunksize=_CHUNK)
    finally:
        pool.shutdown(cancel_futures=True)


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; only the first one speaks
