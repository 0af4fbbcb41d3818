"""The streams of httpx and httpx2: the body of a played response arrives as its steps say."""

from __future__ import annotations

import functools
from collections.abc import AsyncIterator, Iterator
from typing import Any

from vcr_openai._streams.playing import TURNS, AsyncPlayed, ClientErrors, Patience, played, turn
from vcr_openai._streams.reading import Reading
from vcr_openai._streams.steps import Answer, Refusal, Step
from vcr_openai._vcrpy.directed import Asked, asking

# What the transports raise (httpx 0.28 and httpx2 2.16 on httpcore, h11 and anyio; seen at a server that does it).
_CUT = "peer closed connection without sending complete message body"
_TIMED_OUT = {False: "timed out", True: ""}  # by whether the client has an event loop
_CLOSED = {False: "[Errno 9] Bad file descriptor", True: ""}
_REFUSED = {False: "[Errno 111] Connection refused", True: "All connection attempts failed"}


def seam(stub: Any, httpx: Any) -> Any:
    """The method of a transport: vcrpy's stub, and the steps of what it plays."""

    def handle_request(transport: Any, request: Any) -> Any:
        with asking() as asked:
            response = stub(transport, request)
        return _directed(response, asked, request, httpx, is_async=False)

    return handle_request


def async_seam(stub: Any, httpx: Any) -> Any:
    """The same for a client with an event loop."""

    async def handle_async_request(transport: Any, request: Any) -> Any:
        with asking() as asked:
            response = await stub(transport, request)
        return _directed(response, asked, request, httpx, is_async=True)

    return handle_async_request


def _directed(response: Any, asked: Asked, request: Any, httpx: Any, *, is_async: bool) -> Any:
    """The response with its stream exchanged. Raises httpx's ConnectError for a refused connection."""
    outcome = asked.outcome
    if isinstance(outcome, Refusal):
        raise httpx.ConnectError(_REFUSED[is_async], request=request)
    if outcome is not None:
        reading = asked.reading
        patience = Patience(request.extensions.get("timeout", {}).get("read"))
        errors, closed = reading.errors(_errors(outcome, httpx, is_async=is_async)), httpx.ReadError(_CLOSED[is_async])
        response.stream = _stream_class(httpx)(outcome, errors, patience, closed, reading)
    return response


def _errors(answer: Answer, httpx: Any, *, is_async: bool) -> ClientErrors:
    expected = next((value for name, value in answer.headers if name.lower() == "content-length"), None)

    def cut(received: int) -> Any:
        how = "incomplete chunked read" if expected is None else f"received {received} bytes, expected {expected}"
        return httpx.RemoteProtocolError(f"{_CUT} ({how})")

    return ClientErrors(cut, lambda: httpx.ReadTimeout(_TIMED_OUT[is_async]))


class _Played:
    """A body that arrives step by step; once it is closed, reading on is an error."""

    def __init__(
        self, answer: Answer, errors: ClientErrors, patience: Patience, closed: Exception, reading: Reading
    ) -> None:
        self._answer = answer
        self._reading = reading
        self._given = errors, patience
        self._closed_error = closed
        self._is_closed = False
        self._is_plain = answer.is_plain

    def _steps(self) -> Iterator[Step]:
        for step in self._reading.steps(self._answer.steps):
            if self._is_closed:
                raise self._closed_error
            yield step

    def __iter__(self) -> Iterator[bytes]:
        return self._pieces() if self._is_plain else played(self._steps(), *self._given)

    def __aiter__(self) -> AsyncIterator[bytes]:
        return self._async_pieces() if self._is_plain else AsyncPlayed(self._steps(), *self._given)

    def _pieces(self) -> Iterator[bytes]:
        for piece in self._reading.pieces(self._answer):
            if self._is_closed:
                raise self._closed_error
            yield piece

    async def _async_pieces(self) -> AsyncIterator[bytes]:
        for piece in self._reading.pieces(self._answer):
            if self._reading.read <= TURNS or not self._reading.read % TURNS:
                await turn()
            if self._is_closed:
                raise self._closed_error
            yield piece

    def close(self) -> None:
        self._is_closed = True
        self._reading.end()

    async def aclose(self) -> None:
        self.close()


@functools.lru_cache
def _stream_class(httpx: Any) -> Any:
    """The class of the streams of one of the two libraries."""
    return type("PlayedStream", (_Played, httpx.SyncByteStream, httpx.AsyncByteStream), {})
