"""Directions: how a recorded stream is played, as the user says it."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from vcr_openai._errors import describe

EVENTS: Final = "events"
BLOCK: Final = "block"
RECORDED: Final = "recorded"
CONNECT: Final = "connect"
PLACES: Final = ("start", "after", "inside", "character", "done")  # where cuts() cuts a stream
WORDS: Final = (EVENTS, BLOCK, RECORDED)
_EXPECTED: Final = (
    "'events', 'block', 'recorded', cuts(), fragments(), pace(), stall(), fail(), error_event(), or a list of them"
)


class Direction:
    """One thing that is said about a stream. Its text is the call that makes it."""

    def __repr__(self) -> str:
        defaults = {field.name: field.default for field in fields(self)}  # type: ignore[arg-type]  # all are dataclasses
        given = {name: getattr(self, name) for name in defaults}
        words = [f"{name}={value!r}" for name, value in given.items() if value != defaults[name]]
        return f"{_NAMES[type(self)]}({', '.join(words)})"


@dataclass(frozen=True, repr=False)
class Cuts(Direction):
    """One test for each place where a connection may be cut."""

    every: int = 1
    only: tuple[str, ...] = PLACES
    stream: int | None = None

    def __post_init__(self) -> None:
        _whole("every", self.every, least=1)
        if self.stream is not None:
            _whole("stream", self.stream, least=1)
        if not self.only or any(place not in PLACES for place in self.only):
            raise ValueError(f"cuts(only=…): expected some of {', '.join(PLACES)}, found {self.only!r}")


@dataclass(frozen=True, repr=False)
class Cut(Direction):
    """One of these places: in stream number ``stream`` of a cassette, at event ``number`` of ``total``."""

    place: str
    number: int
    total: int
    stream: int = 0


@dataclass(frozen=True, repr=False)
class Fragments(Direction):
    """The same bytes in other pieces: of ``size`` bytes, or of sizes that ``seed`` decides."""

    seed: int = 0
    size: int | None = None

    def __post_init__(self) -> None:
        _whole("seed", self.seed)
        if self.size is not None:
            _whole("size", self.size, least=1)


@dataclass(frozen=True, repr=False)
class Pace(Direction):
    """Seconds before the first piece, and before each further one."""

    first: float = 0.0
    chunk: float = 0.0

    def __post_init__(self) -> None:
        _seconds("first", self.first)
        _seconds("chunk", self.chunk)


@dataclass(frozen=True, repr=False)
class Recorded(Direction):
    """The recorded times, ``speed`` times as fast."""

    speed: float = 1.0

    def __post_init__(self) -> None:
        _seconds("speed", self.speed)
        if not self.speed:
            raise ValueError(f"speed: expected a number above 0, found {self.speed!r}")


@dataclass(frozen=True, repr=False)
class Stalled(Direction):
    """After so many events nothing arrives for a time; then the stream goes on."""

    after: int
    seconds: float

    def __post_init__(self) -> None:
        _whole("after", self.after, least=0)
        _seconds("seconds", self.seconds)


@dataclass(frozen=True, repr=False)
class Failures(Direction):
    """So many failures before the recorded answer. ``status`` is an HTTP status, or ``"connect"``."""

    status: int | str
    times: int = 1
    retry_after: float | None = None

    def __post_init__(self) -> None:
        if self.status != CONNECT and not (_is_whole(self.status) and 400 <= int(self.status) <= 599):
            raise ValueError(f"fail: expected a status from 400 to 599 or {CONNECT!r}, found {self.status!r}")
        _whole("times", self.times, least=1)
        if self.retry_after is not None:
            _seconds("retry_after", self.retry_after)
            if self.status == CONNECT:
                raise ValueError(f"fail({CONNECT!r}): a refused connection has no retry_after")


@dataclass(frozen=True, repr=False)
class ErrorEvents(Direction):
    """After so many events the API sends an error; it is the last event."""

    after: int

    def __post_init__(self) -> None:
        _whole("after", self.after, least=0)


_NAMES: Final = {
    Cuts: "cuts",
    Cut: "cut",
    Fragments: "fragments",
    Pace: "pace",
    Recorded: "recorded",
    Stalled: "stall",
    Failures: "fail",
    ErrorEvents: "error_event",
}


def cuts(every: int = 1, only: str | Iterable[str] | None = None, stream: int | None = None) -> Direction:
    """Run the test once for each place where a connection may be cut.

    The places: before the first byte (``"start"``), after each event (``"after"``), inside each event (``"inside"``),
    inside a character of several bytes (``"character"``), before the done marker (``"done"``). ``only`` is one or some
    of these words; ``every=10`` takes every tenth event; ``stream=1`` cuts the first stream of the cassette alone.
    Raises ValueError or TypeError for anything else.
    """
    if only is None:
        return Cuts(every, stream=stream)
    if not isinstance(only, (str, Iterable)):
        raise TypeError(f"cuts(only=…): expected some of {', '.join(PLACES)}, found {describe(only)}")
    return Cuts(every, (only,) if isinstance(only, str) else tuple(only), stream)


def fragments(seed: int = 0, size: int | None = None) -> Direction:
    """Play the same bytes in other pieces: of sizes that ``seed`` decides, or of ``size`` bytes each."""
    return Fragments(seed, size)


def pace(first: float = 0.0, chunk: float = 0.0) -> Direction:
    """Wait ``first`` seconds before the first piece of a stream, and ``chunk`` seconds before each further one."""
    return Pace(first, chunk)


def stall(after: int = 1, *, seconds: float) -> Direction:
    """Let nothing arrive for so many seconds after the first ``after`` events."""
    return Stalled(after, seconds)


def fail(status: int | str = 500, times: int = 1, retry_after: float | None = None) -> Direction:
    """Fail ``times`` times before each recorded answer: with an HTTP status, or ``"connect"`` (connection refused).

    ``retry_after`` is the seconds in the header ``retry-after``; without it clients do not wait before they try again.
    """
    return Failures(status, times, retry_after)


def error_event(after: int = 1) -> Direction:
    """End a stream with the API's own error event after the first ``after`` events."""
    return ErrorEvents(after)


@dataclass(frozen=True, repr=False)
class Directions:
    """All that is said about the streams of a test. The default: one event at a time, no waiting."""

    pieces: str | Fragments = EVENTS
    times: Pace | Recorded | None = None
    fault: Cuts | Cut | Stalled | ErrorEvents | None = None
    failures: tuple[Failures, ...] = ()

    @property
    def is_plain(self) -> bool:
        """Whether a client that gets each recorded answer in one block sees the same."""
        return self.times is None and self.fault is None

    @property
    def is_block(self) -> bool:
        """Whether each recorded answer is one block."""
        return self.is_plain and self.pieces == BLOCK

    def __repr__(self) -> str:
        parts: list[object] = [self.pieces] * (self.pieces != EVENTS) + [*self.failures]
        parts += [part for part in (self.times, self.fault) if part is not None]
        return f"[{', '.join(map(repr, parts))}]" if len(parts) > 1 else repr(parts[0] if parts else self.pieces)

    @property
    def cuts(self) -> Cuts | None:
        """The cuts that one test is to be made several of."""
        return self.fault if isinstance(self.fault, Cuts) else None

    def with_cut(self, cut: Cut) -> Directions:
        """The directions of one of these tests."""
        return replace(self, fault=cut)


DEFAULT: Final = Directions()


def directions_of(stream: object, speed: object = None) -> Directions:
    """The directions that a value of ``stream`` means: a word, what a function here returns, or a list of them.

    ``speed`` is for ``"recorded"``. Raises ValueError or TypeError, which say what was expected.
    """
    if isinstance(stream, Directions):
        return stream
    made = DEFAULT
    taken: dict[str, object] = {}
    for one in _listed(stream):
        value = Recorded(_speed(speed)) if one == RECORDED else one
        name, change = _part(value, made)
        if name in taken and name != "failures":
            raise ValueError(f"expected one of {taken[name]!r} and {one!r}, found both")
        taken[name] = one
        made = replace(made, **{name: change})
    if speed is not None and not isinstance(made.times, Recorded):
        raise ValueError("speed goes with stream='recorded'")
    return made


def _listed(stream: object) -> Sequence[object]:
    found = tuple(stream) if isinstance(stream, (list, tuple)) else (stream,)
    if not found:
        raise ValueError(f"expected {_EXPECTED}, found an empty list")
    return found


def _part(value: object, made: Directions) -> tuple[str, Any]:
    """The part of the directions that one value is, and what it becomes."""
    if isinstance(value, str) and value in (EVENTS, BLOCK):
        return "pieces", value
    if isinstance(value, Fragments):
        return "pieces", value
    if isinstance(value, (Pace, Recorded)):
        return "times", value
    if isinstance(value, Failures):
        return "failures", (*made.failures, value)
    if isinstance(value, (Cuts, Cut, Stalled, ErrorEvents)):
        return "fault", value
    name = getattr(value, "__name__", None)
    if name in _NAMES.values():
        raise TypeError(f"expected a call, {name}(…), found the function {name}")
    error = ValueError if isinstance(value, str) else TypeError
    raise error(f"expected {_EXPECTED}; found {describe(value)}")


def _speed(speed: object) -> float:
    if speed is None:
        return 1.0
    _seconds("speed", speed)
    return float(speed)  # type: ignore[arg-type]  # it is a number


def _is_whole(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _whole(name: str, value: object, least: int | None = None) -> None:
    if not isinstance(value, int) or isinstance(value, bool):
        raise TypeError(f"{name}: expected a whole number, found {describe(value)}")
    if least is not None and value < least:
        raise ValueError(f"{name}: expected a number of {least} or more, found {value}")


def _seconds(name: str, value: object) -> None:
    if not isinstance(value, (int, float)) or isinstance(value, bool):
        raise TypeError(f"{name}: expected a number, found {describe(value)}")
    if not math.isfinite(value) or value < 0:
        raise ValueError(f"{name}: expected a number of 0 or more, found {value}")
