"""``python fuzz [SECONDS] [TARGET…]``: throw mutated files at every reader, and print what is not a typed error.

SECONDS is 60 if neither it nor FUZZ_SECONDS says otherwise; all targets share them. Ends with status 1 on a finding.
"""

from __future__ import annotations

import contextlib
import os
import resource
import signal
import sys
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from typing import Any

import hypothesis
from doors import DOORS
from hypothesis import HealthCheck, Phase, given, seed, settings
from mutations import inputs
from targets import READERS

TARGETS = {target.__name__: target for target in (*READERS, *DOORS)}
_ROUND = 150  # examples of a target before it is the next one's turn
_LONGEST = 5  # seconds of processor time for one input
_MEMORY = 3 << 30  # bytes of address space


class TooSlow(Exception):
    """An input took longer than any of its size may."""


def main(arguments: list[str]) -> int:
    """Run the targets in turn until the time is over; 1 where something was found."""
    seconds = float(arguments[0] if arguments else os.environ.get("FUZZ_SECONDS", "60"))
    names = arguments[1:] or list(TARGETS)
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    signal.signal(signal.SIGPROF, _too_slow)
    executions: Counter[str] = Counter()
    found: dict[str, str] = {}
    end, number = time.monotonic() + seconds, time.time_ns()
    while time.monotonic() < end:
        for name in names:
            number += 1
            executions[name] += _round(TARGETS[name], number, found, end)
    for place, report in found.items():
        print(f"--- {place}\n{report}\n")
    print(", ".join(f"{name} {count}" for name, count in executions.items()))
    print(f"{executions.total()} executions, {len(found)} findings")
    return 1 if found else 0


def _round(target: Callable[[bytes], None], number: int, found: dict[str, str], end: float) -> int:
    """Some examples of one target; what is found is added, each place once."""
    executed = 0

    @seed(number)
    @settings(
        max_examples=_ROUND,
        deadline=None,
        database=None,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
        report_multiple_bugs=False,
        print_blob=False,
        verbosity=hypothesis.Verbosity.quiet,
    )
    @given(inputs())
    def run(data: bytes) -> None:
        nonlocal executed
        executed += 1
        if time.monotonic() > end + 20:
            return
        try:
            with _limited():
                target(data)
        except Exception as error:
            place = _place(target.__name__, error)
            if place not in found or len(data) < len(last.get(place, data)):
                last[place] = data
            if place in known:
                return
            raise

    known = set(found)
    last: dict[str, bytes] = {}
    try:
        run()
    except Exception as error:  # noqa: BLE001 - what is found is what this is for
        place = _place(target.__name__, error)
        data = last.get(place, b"")
        found[place] = f"{data[:1500]!r} ({len(data)} bytes)\n{''.join(traceback.format_exception(error)[-7:])}"
    return executed


def _place(name: str, error: BaseException) -> str:
    """Target, error and the deepest line of ours."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "vcr_openai" in frame.filename]
    if isinstance(error, (RecursionError, TooSlow, MemoryError)):
        frames = frames[:2]
    where = f"{os.path.basename(frames[-1].filename)}:{frames[-1].lineno}" if frames else "?"  # noqa: PTH119  # a name of a traceback
    return f"{name}: {type(error).__name__} at {where}"


@contextlib.contextmanager
def _limited() -> Iterator[None]:
    signal.setitimer(signal.ITIMER_PROF, _LONGEST)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def _too_slow(_signal: int, _frame: Any) -> None:
    raise TooSlow(f"more than {_LONGEST} seconds")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
