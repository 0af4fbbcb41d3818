"""Reading: whether the client that got a stream has read it to its end, lost it or closed it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from vcr_openai._streams.playing import ClientErrors
from vcr_openai._streams.steps import Answer, Step


class Reading:
    """One stream that a client got. ``asks`` gives the request, without secrets; ``read`` counts the steps."""

    def __init__(self, asks: Callable[[], str], total: int) -> None:
        self._asks = asks
        self._total = total
        self.read = 0
        self.is_over = False  # whether a server's connection would be free again

    def __str__(self) -> str:
        return f"{self._asks()}: {self.read} of {self._total} pieces were read"

    def end(self) -> None:
        """Note that the client closed it, or that nothing is left of it."""
        self.is_over = True

    def steps(self, steps: tuple[Step, ...]) -> Iterator[Step]:
        """The steps, of which it is noted how many are played and whether these are all."""
        for step in steps:
            self.read += 1
            yield step
        self.end()

    def pieces(self, answer: Answer) -> Iterator[bytes]:
        """The pieces of an answer without a pause or a fault; it costs little, as nearly every replay needs this."""
        for self.read, step in enumerate(answer.steps, 1):
            yield step[0]  # type: ignore[misc]  # a piece's data
        self.end()

    def errors(self, errors: ClientErrors) -> ClientErrors:
        """The errors of a client, after which a stream is over."""

        def cut(received: int) -> Exception:
            self.end()
            return errors.cut(received)

        def timed_out() -> Exception:
            self.end()
            return errors.timed_out()

        return ClientErrors(cut, timed_out)
