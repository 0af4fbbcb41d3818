"""The streams of urllib3, and so of requests: the body of a played response arrives as its steps say."""

from __future__ import annotations

import contextlib
import functools
import io
import sys
from collections.abc import Iterator
from http.client import IncompleteRead
from typing import Any, Final

from vcr_openai._streams.playing import ClientErrors, Patience, played
from vcr_openai._streams.reading import Reading
from vcr_openai._streams.steps import Answer, Refusal
from vcr_openai._vcrpy.compat import urllib3_response_class
from vcr_openai._vcrpy.directed import asking

# What urllib3 raises (2.8; seen at a server that does it).
_BLOCK: Final = 65536
_REFUSED: Final = "Failed to establish a new connection: [Errno 111] Connection refused"
_ENDED: Final = "Response ended prematurely"
_TIMED_OUT: Final = "Read timed out."


def seam(getresponse: Any) -> Any:
    """The method of a connection: vcrpy's stub, and the steps of what it plays."""

    def directed(connection: Any, *args: Any, **kwargs: Any) -> Any:
        from urllib3.exceptions import NewConnectionError

        with asking() as asked:
            response = getresponse(connection, *args, **kwargs)
        if isinstance(asked.outcome, Refusal):
            raise NewConnectionError(connection.real_connection, _REFUSED)
        if asked.outcome is not None:
            response.__class__ = _response_class()
            response._content = _Content(asked.outcome, asked.reading, response, _patience(connection))  # noqa: SLF001  # vcrpy's
        return response

    return directed


def _patience(connection: Any) -> Patience:
    timeout = getattr(connection, "timeout", None)
    return Patience(timeout if isinstance(timeout, (int, float)) else None)


class _Cut(Exception):  # it never leaves this module
    """The connection was cut."""


class _Content(io.BufferedIOBase):
    """A body that arrives step by step, read as a file. vcrpy's response has one in memory in its place."""

    def __init__(self, answer: Answer, reading: Reading, response: Any, patience: Patience) -> None:
        self._reading = reading
        errors = reading.errors(ClientErrors(lambda _: _Cut(), self._timed_out))
        self._pieces = played(reading.steps(answer.steps), errors, patience)
        self._response = response
        self._expected = next((int(value) for name, value in answer.headers if name.lower() == "content-length"), None)
        self._size = len(answer.content)
        self._buffer = b""
        self._given = 0

    @property
    def is_chunked(self) -> bool:
        """Whether the body has no announced length."""
        return self._expected is None

    @property
    def left(self) -> int:
        """How many bytes were not read."""
        return self._size - self._given

    def _timed_out(self) -> Exception:
        from urllib3.exceptions import ReadTimeoutError

        pool: Any = getattr(self._response, "_pool", None)
        return ReadTimeoutError(pool, "", _TIMED_OUT)

    def _more(self, *, of_many: bool = False) -> bool:
        """Wait for the next piece; False at the end. Raises ProtocolError where the connection is cut.

        ``of_many`` is whether so many bytes are wanted: then urllib3 itself counts those of an announced length.
        """
        try:
            piece = next(self._pieces, b"")
        except _Cut:
            partial = self._buffer
            left = None if self._expected is None else self._expected - self._given - len(partial)
            error: Exception = IncompleteRead(partial, left)
            if of_many and left is not None:
                error = _incomplete(self._given + len(partial), left)
            raise _protocol_error()(f"Connection broken: {error!r}", error) from error
        self._buffer += piece
        return bool(piece)

    def _take(self, size: int) -> bytes:
        data, self._buffer = self._buffer[:size], self._buffer[size:]
        self._given += len(data)
        return data

    def readable(self) -> bool:
        """It is."""
        return True

    def read(self, size: int | None = -1, /, **_: Any) -> bytes:
        """So many bytes, all that are left by default; fewer at the end. Waits for the pieces that have them."""
        is_all = size is None or size < 0
        wanted = sys.maxsize if size is None or size < 0 else size
        while len(self._buffer) < wanted and self._more(of_many=not is_all):
            pass
        return self._take(wanted)

    def read1(self, size: int | None = -1, /, **_: Any) -> bytes:
        """The bytes that arrive next, at most so many. Raises ProtocolError where the connection is cut."""
        if not self._buffer:
            with contextlib.nullcontext() if self.is_chunked else contextlib.suppress(_protocol_error()):
                self._more()  # urllib3 2.8 takes a cut for the end there, where a length was announced
        return self._take(sys.maxsize if size is None or size < 0 else size)

    def readinto(self, buffer: Any, /) -> int:
        """As files do."""
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def readline(self, size: int | None = -1, /) -> bytes:
        """The next line; without its end where the body ends."""
        wanted = sys.maxsize if size is None or size < 0 else size
        while b"\n" not in self._buffer and len(self._buffer) < wanted and self._more():
            pass
        return self._take(min(wanted, self._buffer.find(b"\n") + 1 or len(self._buffer)))

    def tell(self) -> int:
        """How many bytes were read."""
        return self._given

    def stop(self) -> None:
        """Play no further step."""
        self._reading.end()
        self._pieces = iter(())
        self._buffer = b""


@functools.lru_cache
def _response_class() -> Any:
    """The class of a played response: vcrpy's, which takes whole bodies for granted in a few places."""

    class PlayedResponse(urllib3_response_class()):  # type: ignore[misc]  # vcrpy is not typed
        """A response whose body is a ``_Content``."""

        def stream(self, amt: int | None = _BLOCK, decode_content: bool | None = None) -> Iterator[bytes]:  # noqa: ARG002, FBT001
            """The body as it arrives; one with an announced length in blocks of so many bytes."""
            content = self._content
            while data := (_chunk(content, amt) if content.is_chunked else content.read(amt)):
                yield data
            release = getattr(self, "release_conn", None)
            if release is not None:
                release()

        def __iter__(self) -> Iterator[bytes]:
            """The lines, as ``stream`` gives them."""
            return _lines(self.stream())

        def close(self) -> bool:
            """Play no further step."""
            self._content.stop()
            return bool(super().close())

        @property
        def data(self) -> bytes:
            """The whole body."""
            if not hasattr(self, "_data"):
                self._data = self._content.read()
            return bytes(self._data)

        @property
        def length_remaining(self) -> int:
            """How many bytes were not read."""
            return int(self._content.left)

    return PlayedResponse


def _protocol_error() -> type[Exception]:
    from urllib3.exceptions import ProtocolError

    return ProtocolError


def _incomplete(received: int, left: int) -> Exception:
    """urllib3's error for a body that ends before its announced length."""
    from urllib3.exceptions import IncompleteRead as Incomplete

    return Incomplete(received, left)


def _lines(pieces: Iterator[bytes]) -> Iterator[bytes]:
    rest = b""
    for data in pieces:
        *whole, rest = (rest + data).split(b"\n")
        yield from (line + b"\n" for line in whole)
    if rest:
        yield rest


def _chunk(content: _Content, size: int | None) -> bytes:
    """The bytes that arrive next, for a reader of chunks: of a cut it says something else."""
    try:
        return content.read1(size)
    except _protocol_error():
        raise _protocol_error()(_ENDED) from None
