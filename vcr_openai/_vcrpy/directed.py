"""What a cassette hands to the seam of a client past vcrpy's stub: how the answer that it plays arrives.

vcrpy's stubs know a response as one block. A seam (``httpx_streams`` and its siblings) asks for more around its call of
the stub; the cassette, which is called within, puts the answer there. A client without a seam asks for nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from vcr_openai._streams.reading import Reading
    from vcr_openai._streams.steps import Answer, Outcome


class Asked:
    """A seam that asks, and the last outcome that was played meanwhile: None for one that arrives in one block."""

    outcome: Outcome | None = None
    reading: Reading  # of an answer

    def hand(self, outcome: Answer, reading: Reading) -> None:
        """Hand an answer to the seam, which notes what the client reads of it."""
        self.outcome, self.reading = outcome, reading


_asked: ContextVar[Asked | None] = ContextVar("vcr_openai_asked", default=None)


@contextmanager
def asking() -> Iterator[Asked]:
    """Ask for the outcome that is played within this block, by this thread or task."""
    asked = Asked()
    token = _asked.set(asked)
    try:
        yield asked
    finally:
        _asked.reset(token)


def who_asks() -> Asked | None:
    """The seam that asks now; None where the client has none."""
    return _asked.get()
