"""The streams of aiohttp: the body of a played response arrives as its steps say."""

from __future__ import annotations

import asyncio
import functools
from typing import Any, Final

from vcr_openai._streams.playing import AsyncPlayed, ClientErrors, Patience
from vcr_openai._streams.reading import Reading
from vcr_openai._streams.steps import Answer, Refusal
from vcr_openai._vcrpy.compat import aiohttp_response_class, aiohttp_stream_class
from vcr_openai._vcrpy.directed import Asked

_LIMIT: Final = 2**16
_CHUNKED: Final = "Not enough data to satisfy transfer length header."
_LENGTH: Final = "Not enough data to satisfy content length header (received {} of {} bytes)."
_TIMED_OUT: Final = "Timeout on reading data from socket"


def directed(response: Any, asked: Asked, session: Any, given: dict[str, Any], url: Any) -> Any:
    """vcrpy's response with the steps of what was played. Raises aiohttp's error for a refused connection."""
    outcome = asked.outcome
    if isinstance(outcome, Refusal):
        raise _refused(url)
    if outcome is not None:
        response.__class__ = _response_class()
        response._body = None  # noqa: SLF001  # aiohttp's name for what was read
        response.content = _stream_class()(outcome, asked.reading, _patience(session, given))
    return response


def _patience(session: Any, given: dict[str, Any]) -> Patience:
    """How long a request waits: as its own timeout says, else its session's."""
    timeout: Any = given.get("timeout")
    if isinstance(timeout, (int, float)):
        return Patience(for_all=timeout or None)
    if not hasattr(timeout, "sock_read"):  # aiohttp's mark for none
        timeout = session.timeout
    return Patience(timeout.sock_read or None, timeout.total or None)


def _refused(url: Any) -> Exception:
    from aiohttp import ClientConnectorError
    from aiohttp.client_reqrep import ConnectionKey

    fields: dict[str, Any] = dict.fromkeys(ConnectionKey._fields)
    fields |= {"host": url.host, "port": url.port, "is_ssl": url.scheme == "https", "ssl": True}
    refused = ConnectionRefusedError(111, f"Connect call failed ({url.host!r}, {url.port})")
    return ClientConnectorError(ConnectionKey(**fields), refused)


def _errors(answer: Answer, patience: Patience) -> ClientErrors:
    """What aiohttp raises (3.14; seen at a server that does it)."""
    from aiohttp import ClientPayloadError
    from aiohttp.http_exceptions import ContentLengthError, TransferEncodingError

    expected = next((value for name, value in answer.headers if name.lower() == "content-length"), None)

    def cut(received: int) -> Exception:
        reason: Exception = TransferEncodingError(_CHUNKED)
        if expected is not None:
            reason = ContentLengthError(_LENGTH.format(received, expected))
        error = ClientPayloadError(f"Response payload is not completed: {reason!r}")
        error.__cause__ = reason
        return error

    def timed_out() -> Exception:
        import aiohttp

        if patience.for_all is not None and (patience.for_bytes is None or patience.for_all <= patience.for_bytes):
            return asyncio.TimeoutError()
        kind = getattr(aiohttp, "SocketTimeoutError", aiohttp.ServerTimeoutError)  # the first since 3.10
        return kind(_TIMED_OUT)

    return ClientErrors(cut, timed_out)


@functools.lru_cache
def _stream_class() -> Any:
    """The class of the streams: aiohttp's reader, to which a piece comes when it has given all others."""

    class PlayedStream(aiohttp_stream_class()):  # type: ignore[misc]  # vcrpy is not typed
        """A body that arrives step by step."""

        def __init__(self, answer: Answer, reading: Reading, patience: Patience) -> None:
            super().__init__(b"")
            self._eof = False  # vcrpy's has its whole body from the beginning
            self._high_water = 2 * max(len(answer.content), _LIMIT)  # of a line, as vcrpy's
            self.reading = reading
            errors = reading.errors(_errors(answer, patience))
            self._steps = AsyncPlayed(reading.steps(answer.steps), errors, patience)

        async def _wait(self, func_name: str) -> None:  # noqa: ARG002  # aiohttp's signature (3.9 to 3.14)
            try:
                self.feed_data(await self._steps.__anext__())
            except StopAsyncIteration:
                self.feed_eof()
            except asyncio.CancelledError:
                raise
            except Exception as error:
                self.set_exception(error)
                raise

    return PlayedStream


@functools.lru_cache
def _response_class() -> Any:
    """The class of a played response: vcrpy's, whose body was read before it came."""

    class PlayedResponse(aiohttp_response_class()):  # type: ignore[misc]  # vcrpy is not typed
        """A response whose body is read from its stream, once."""

        _body: bytes | None

        async def read(self) -> bytes:
            """The whole body."""
            if self._body is None:
                self._body = await self.content.read()
            return bytes(self._body)

        async def text(self, encoding: str | None = None, errors: str = "strict") -> str:
            """The whole body as text."""
            return (await self.read()).decode(encoding or "utf-8", errors=errors)

        def close(self) -> None:
            """Play no further step."""
            from aiohttp import ClientConnectionError

            super().close()
            self.content.reading.end()
            if not self.content.is_eof():
                self.content.set_exception(ClientConnectionError("Connection closed"))

        def release(self) -> None:
            """Let go of it, as at the end of ``async with``."""
            self.content.reading.end()

        async def json(self, **settings: Any) -> Any:
            """The whole body as JSON."""
            await self.read()
            return await super().json(**settings)

    return PlayedResponse
