"""The director: what the directions of a test make of the responses that its cassette plays."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final
from urllib.parse import urlsplit

from vcr_openai._docs import page
from vcr_openai._findings import printable
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpResponse
from vcr_openai._matching.replayed_response import without_retry_pause
from vcr_openai._recording.call import shown_uri
from vcr_openai._streams.directions import DEFAULT, Cut, Cuts, Directions, Failures
from vcr_openai._streams.frames import may_be_stream, stream_framing
from vcr_openai._streams.plan import answer, failure
from vcr_openai._streams.reading import Reading
from vcr_openai._streams.steps import Answer, Piece
from vcr_openai._streams.times import times_of
from vcr_openai._vcrpy.directed import Asked, who_asks
from vcr_openai._vcrpy.interactions import status_of
from vcr_openai._vcrpy.journal import WATCHERS

if TYPE_CHECKING:
    from vcr.request import Request

_TYPE: Final = "content-type"
_TYPE_LENGTH: Final = len(_TYPE)
Data = Sequence[tuple[Any, Any]]  # a cassette's requests and responses


class DirectionError(RuntimeError):
    """The directions of a test cannot be followed."""


class Director:
    """The directions of a cassette's test, and how many failures each interaction has played."""

    def __init__(self, directions: Directions = DEFAULT) -> None:
        self.directions = directions
        self.problems: list[str] = []  # what could not be followed: a client may have hidden the error
        self.has_interfered = False  # a failure or a fault was played
        self._failed: Counter[int] = Counter()
        self._failures = [one for one in directions.failures for _ in range(one.times)]

    @property
    def fails(self) -> bool:
        """Whether there are failures before the recorded answers."""
        return bool(self._failures)

    def failed(self, request: Request, position: int | None) -> dict[str, Any] | None:
        """vcrpy's response for the failure before the answer at a position; None where none is left.

        Raises ConnectionRefusedError for a refused connection of a client without a seam.
        """
        if position is None or self._failed[position] >= len(self._failures):
            return None
        self.has_interfered = True
        failures = self._failures[self._failed[position]]
        self._failed[position] += 1
        outcome, asked = failure(failures, _path(request)), who_asks()
        if asked is not None:
            asked.outcome = None if isinstance(outcome, Answer) else outcome
        if isinstance(outcome, Answer):
            return _response(outcome, failures)
        if asked is None:
            raise ConnectionRefusedError(f"the connection is refused: stream={failures!r}")
        return {"status": {"code": 503, "message": ""}, "headers": {}, "body": {"string": b""}}  # the seam drops it

    def directed(self, data: Data, request: Request, position: int | None, response: Any) -> Any:
        """The response that vcrpy's stub gets; the seam that asks gets the steps in which its body arrives.

        Raises DirectionError where the directions cannot be followed.
        """
        asked = who_asks()
        if asked is not None:
            asked.outcome = None
        if self.directions.is_block or (asked is None and self.directions.is_plain):
            return response
        recorded = _stream(response)
        if recorded is None:
            return response
        directions = self._of(data, position)
        self.has_interfered |= directions.fault is not None
        if asked is None:
            return response if directions.is_plain else self._refuse("this client gets a stream in one block only")
        try:
            outcome = answer(recorded, directions, path=_path(request), times=times_of(response))
        except ValueError as error:
            return self._refuse(str(error))
        if outcome.steps != (Piece(recorded.body.content),):
            self._hand(asked, outcome, request)
        is_same = directions.is_plain and outcome.content == recorded.body.content
        return response if is_same else _changed(response, outcome)

    def _hand(self, asked: Asked, outcome: Answer, request: Request) -> None:
        reading = Reading(lambda: printable(f"{request.method} {shown_uri(request.uri)}"), len(outcome.steps))
        asked.hand(outcome, reading)
        for watcher in WATCHERS:
            watcher.streamed(reading)

    def _of(self, data: Data, position: int | None) -> Directions:
        """The directions for the stream at a position: a cut is for one of a cassette's streams."""
        fault = self.directions.fault
        if isinstance(fault, Cuts):
            self._refuse(
                "the places of this stream were not known when the tests were collected: its cassette was not found "
                "then, or cuts() is not in a marker of a test or in the ini file (a marker of one parameter, "
                "pytest.param(marks=…), and tests of a unittest.TestCase cannot be made several)"
            )
        if isinstance(fault, Cut) and fault.stream != sum(_stream(one) is not None for _, one in data[:position]):
            return replace(self.directions, fault=None)
        return self.directions

    def _refuse(self, reason: str) -> Any:
        text = f"stream={self.directions!r}: {reason} ({page('replay.md')})"
        self.problems.append(text)
        raise DirectionError(text)


def _stream(response: Any) -> HttpResponse | None:
    """Our response for one of vcrpy's that is a stream; None for any other, most of which are not even decoded."""
    if not isinstance(response, dict):
        return None
    headers, body = response.get("headers"), response.get("body")
    content = body.get("string") if isinstance(body, dict) else None
    if not isinstance(headers, dict) or not isinstance(content, bytes):
        return None
    if not may_be_stream(content, str(next((headers[name] for name in headers if _names_type(name)), ""))):
        return None
    made = Body.of(content, headers)
    if stream_framing(made) is None:
        return None
    listed = {name: list(given) if isinstance(given, (list, tuple)) else [given] for name, given in headers.items()}
    return HttpResponse(status_of(response), listed, made)


def _names_type(header: str) -> bool:
    return len(header) == _TYPE_LENGTH and header.lower() == _TYPE


def _path(request: Request) -> str:
    return urlsplit(str(request.uri)).path


def _response(outcome: Answer, failures: Failures) -> dict[str, Any]:
    """vcrpy's response for a failure. Clients do not wait before they try again, unless the test says so."""
    made = HttpResponse(outcome.status, _by_name(outcome), Body(outcome.content, "application/json"))
    if not failures.retry_after:
        made = without_retry_pause(made)
    status = {"code": made.status, "message": made.message}
    return {"status": status, "headers": dict(made.headers), "body": {"string": made.body.content}}


def _changed(response: dict[str, Any], outcome: Answer) -> dict[str, Any]:
    return {**response, "headers": _by_name(outcome), "body": {"string": outcome.content}}


def _by_name(outcome: Answer) -> dict[str, list[str]]:
    headers: dict[str, list[str]] = {}
    for name, value in outcome.headers:
        headers.setdefault(name, []).append(value)
    return headers
