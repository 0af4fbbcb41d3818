"""Steps: what happens while a body arrives, one after the other."""

from __future__ import annotations

from typing import NamedTuple


class Piece(NamedTuple):
    """Bytes that arrive together, ``wait`` seconds after the step before."""

    data: bytes
    wait: float = 0.0


class Break(NamedTuple):
    """The connection is cut, ``wait`` seconds after the step before. It is the last step."""

    wait: float = 0.0


class Stall(NamedTuple):
    """Nothing arrives for so many seconds; then the next step follows."""

    seconds: float


Step = Piece | Break | Stall


class Answer(NamedTuple):
    """An answer: its head, and how its body arrives. Without a ``Break`` the body ends as its framing says."""

    status: int
    headers: list[tuple[str, str]]
    steps: tuple[Step, ...]

    @property
    def content(self) -> bytes:
        """All bytes of the body that arrive."""
        return b"".join([step.data for step in self.steps if isinstance(step, Piece)])

    @property
    def is_plain(self) -> bool:
        """Whether the whole body arrives without a pause or a fault."""
        return all(isinstance(step, Piece) and not step.wait for step in self.steps)


class Refusal(NamedTuple):
    """The connection is refused: there is no answer."""


Outcome = Answer | Refusal
