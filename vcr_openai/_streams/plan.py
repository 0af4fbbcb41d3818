"""The plan: what a client gets for a recorded response and its directions, answer by answer and step by step."""

from __future__ import annotations

import random
from bisect import bisect_right
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from itertools import chain, repeat
from typing import Final

from vcr_openai._http.body import Body, StreamFraming
from vcr_openai._http.exchange import HttpResponse
from vcr_openai._http.headers import Headers, with_length, without_coding
from vcr_openai._streams.api_errors import error_body, error_frame
from vcr_openai._streams.directions import (
    BLOCK,
    CONNECT,
    DEFAULT,
    Cut,
    Cuts,
    Directions,
    ErrorEvents,
    Failures,
    Fragments,
    Pace,
    Recorded,
    Stalled,
)
from vcr_openai._streams.frames import Frame, FrameKind, events, frame_ends, frames, inside_character, stream_framing
from vcr_openai._streams.steps import Answer, Break, Outcome, Piece, Refusal, Stall, Step

_LONGEST_FRAGMENT: Final = 48  # bytes: about a third of an event

Times = Sequence[float]


def plan(
    response: HttpResponse, directions: Directions = DEFAULT, *, path: str = "", times: Times | None = None
) -> tuple[Outcome, ...]:
    """What successive requests get: the failures, then the recorded answer.

    ``path`` is the request's, since each API has its own words for errors. ``times`` are the seconds after the request
    at which each event of the stream, the done marker included, was complete. Raises ValueError where the directions do
    not fit the stream.
    """
    failed = [failure(one, path) for one in directions.failures for _ in range(one.times)]
    return (*failed, answer(response, directions, path=path, times=times))


def failure(failures: Failures, path: str) -> Outcome:
    """One failure, as the API of a path would answer."""
    if failures.status == CONNECT:
        return Refusal()
    body = error_body(int(failures.status), path)
    headers = [("content-type", "application/json"), ("content-length", str(len(body)))]
    if failures.retry_after is not None:
        headers.append(("retry-after", f"{failures.retry_after:g}"))
    return Answer(int(failures.status), headers, (Piece(body),))


def answer(
    response: HttpResponse, directions: Directions = DEFAULT, *, path: str = "", times: Times | None = None
) -> Answer:
    """The recorded answer, as the directions say. Only streams arrive in pieces, and only they have faults."""
    framing = stream_framing(response.body)
    if framing is None:
        return Answer(response.status, _listed(response.headers), (Piece(response.body.content),))
    if isinstance(directions.fault, Cuts):
        raise ValueError(f"{directions.fault!r} makes several tests of one, and stands in a test's marker")  # noqa: TRY004  # a setting
    if _is_compressed(response.body):
        if directions.is_plain and not isinstance(directions.pieces, Fragments):
            return Answer(response.status, _listed(response.headers), (Piece(response.body.content),))
        response = _decoded(response)
    content, headers = response.body.content, response.headers
    if isinstance(directions.fault, ErrorEvents):
        content = _with_error(content, framing, directions.fault.after, path)
        headers = with_length(headers, len(content))
    steps = tuple(_steps(content, framing, directions, times))
    has_length = any(name.lower() == "content-length" for name in headers)
    if has_length and steps and isinstance(steps[-1], Break) and Answer(0, [], steps).content == content:
        steps = steps[:-1]  # a body of the announced length is whole
    return Answer(response.status, _listed(headers), steps)


def stream_places(body: Body, cuts: Cuts, stream: int = 0, *, has_length: bool = False) -> list[Cut]:
    """The places of a stream that cuts ask for, in the order of its bytes; none for a body that is no stream.

    ``has_length`` is whether the response announces a length: then a body of that length is whole, and no cut.
    """
    framing = stream_framing(body)
    if framing is None or cuts.stream not in (None, stream + 1):
        return []
    content = body.octets
    found = frames(content, framing)
    counted = [frame for frame in found if frame.kind is FrameKind.EVENT]
    total = len(counted)
    is_marked = any(frame.kind is FrameKind.DONE for frame in found)
    places = [Cut("start", 0, total, stream)]
    for number, frame in enumerate(counted, 1):
        if number % cuts.every:
            continue
        places.append(Cut("inside", number, total, stream))
        if inside_character(content, frame) is not None:
            places.append(Cut("character", number, total, stream))
        if number < total or not (is_marked or (has_length and frame is found[-1])):
            places.append(Cut("after", number, total, stream))
    places += [Cut("done", total, total, stream)] * is_marked
    return [place for place in places if place.place in cuts.only]


def _is_compressed(body: Body) -> bool:
    """Whether the bytes of a stream are no frames. Some recorders decode a body and keep the header."""
    return bool(body.codings) and (body.octets is not body.content or body.text is None)


def _decoded(response: HttpResponse) -> HttpResponse:
    """The response without its content coding. Raises ValueError where it cannot be decoded."""
    octets = response.body.octets
    if octets is response.body.content:
        raise ValueError("the recorded stream is compressed, and cannot be decoded")
    body = response.body.with_content(octets)
    return replace(response, headers=without_coding(response.headers, len(octets)), body=body)


def _with_error(content: bytes, framing: StreamFraming, after: int, path: str) -> bytes:
    return content[: _end_of(content, framing, after)] + error_frame(path, framing, after)


def _end_of(content: bytes, framing: StreamFraming, number: int) -> int:
    """Where event ``number`` ends; 0 for none. Raises ValueError where the stream has fewer."""
    found = events(content, framing)
    if number > len(found):
        raise ValueError(f"after={number}: the recorded stream has {len(found)} events")
    return found[number - 1].end if number else 0


def _steps(content: bytes, framing: StreamFraming, directions: Directions, times: Times | None) -> Iterator[Step]:
    """The steps of a stream's bytes."""
    fault = directions.fault
    whole = frame_ends(content, framing)
    stop = cut_at(content, framing, fault) if isinstance(fault, Cut) else len(content)
    stalled = _end_of(content, framing, fault.after) if isinstance(fault, Stalled) else None
    ends = _ends(whole, len(content), directions.pieces)
    if stop < len(content) or stalled is not None:
        ends = sorted({end for end in (*ends, stop, stalled or 0) if 0 < end <= stop})
    if stalled == 0 and isinstance(fault, Stalled):
        yield Stall(fault.seconds)
    start = 0
    for end, wait in zip(ends, _waits(ends, content, framing, directions.times, times), strict=False):
        yield Piece(content[start:end], wait)
        start = end
        if end == stalled and isinstance(fault, Stalled):
            yield Stall(fault.seconds)
    if isinstance(fault, Cut):
        yield Break()


def _ends(frame_ends: list[int], length: int, pieces: str | Fragments) -> list[int]:
    if pieces == BLOCK:
        return [length] if length else []
    if not isinstance(pieces, Fragments):
        return frame_ends
    if pieces.size is not None:
        return [*range(pieces.size, length, pieces.size), *([length] if length else [])]
    choice = random.Random(pieces.seed)  # noqa: S311  # the same pieces in each run
    ends, end = [], 0
    while end < length:
        end = min(length, end + choice.randint(1, _LONGEST_FRAGMENT))
        ends.append(end)
    return ends


def _waits(
    ends: list[int], content: bytes, framing: StreamFraming, pause: Pace | Recorded | None, times: Times | None
) -> Iterator[float]:
    """The seconds before each piece: it is complete when the event with its last byte is."""
    if isinstance(pause, Pace):
        return chain((pause.first,), repeat(pause.chunk))
    if pause is None or not times:
        return repeat(0.0)
    timed = [frame.end for frame in frames(content, framing) if frame.kind is not FrameKind.OTHER]
    return _recorded_waits(ends, timed, [one / pause.speed for one in times])


def _recorded_waits(ends: list[int], timed: list[int], times: Times) -> Iterator[float]:
    now = 0.0
    for end in ends:
        at = times[min(bisect_right(timed, end - 1), len(times) - 1)]
        yield max(0.0, at - now)
        now = max(now, at)


def cut_at(content: bytes, framing: StreamFraming, cut: Cut) -> int:
    """How many bytes arrive before a cut. Raises ValueError where the stream has another number of events."""
    found = frames(content, framing)
    counted = [frame for frame in found if frame.kind is FrameKind.EVENT]
    if len(counted) != cut.total:
        raise ValueError(f"the recorded stream has {len(counted)} events now")
    if cut.place == "start":
        return 0
    if cut.place == "done":
        return next(frame.start for frame in found if frame.kind is FrameKind.DONE)
    frame = counted[cut.number - 1]
    if cut.place == "after":
        return frame.end
    inside = inside_character(content, frame) if cut.place == "character" else _middle(content, frame)
    if inside is None:
        raise ValueError("the event has no character of several bytes now")
    return inside


def _middle(content: bytes, frame: Frame) -> int:
    """The middle of what stands in a frame before its line ends."""
    length = len(content[frame.start : frame.end].rstrip(b"\r\n"))
    return frame.start + max(1, length // 2)


def _listed(headers: Mapping[str, Sequence[str]] | Headers) -> list[tuple[str, str]]:
    return [(name, value) for name, values in headers.items() for value in values]
