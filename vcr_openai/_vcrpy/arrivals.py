"""When the pieces of a live stream arrive, noted under vcrpy's stubs, which read it to its end before the client does.

The stubs are handed handlers whose streams note the time of each piece; they and the client get the same bytes. A
cassette begins a note when a request is to be recorded, and takes it with the response. In between everything happens
in one thread, or in one task.
"""

from __future__ import annotations

import functools
import sys
import time
import zlib
from collections.abc import AsyncIterator, Callable, Iterator
from contextvars import ContextVar
from typing import Any

from vcr.record_mode import RecordMode

from vcr_openai._errors import TranslationError
from vcr_openai._formats.plain import response_from_dict
from vcr_openai._http.body import Body
from vcr_openai._streams.frames import FrameKind, frames, stream_framing
from vcr_openai._streams.times import TIMES, event_times, written_times
from vcr_openai._vcrpy.compat import httpx_handlers, httpx_stubs
from vcr_openai._vcrpy.interactions import is_success

Patch = tuple[type, str, Any]
_GZIP_OR_ZLIB = 47  # zlib's window bits for either header


class Arrivals:
    """The note of one request: when it was sent, and the size and time of each piece of the answer's body."""

    def __init__(self) -> None:
        self._sent: float | None = None
        self._pieces: list[tuple[int, float]] = []

    def send(self) -> None:
        """Note that the request is sent now."""
        self._sent = time.monotonic()
        self._pieces = []

    def arrive(self, piece: bytes) -> None:
        """Note that a piece has arrived."""
        if self._sent is not None and piece:
            self._pieces.append((len(piece), time.monotonic() - self._sent))

    def timed(self, response: dict[str, Any]) -> dict[str, Any]:
        """vcrpy's response with the times of its events; the same object where it is no stream, or they are unknown."""
        if not self._pieces or not is_success(response):
            return response
        try:
            body = response_from_dict(response)[0].body
        except TranslationError:
            return response
        framing = stream_framing(body)
        if framing is None or sum(size for size, _ in self._pieces) != len(body.content):  # something else was noted
            return response
        pieces = _decoded(self._pieces, body) if body.codings else self._pieces
        ends = [frame.end for frame in frames(body.octets, framing) if frame.kind is not FrameKind.OTHER]
        if not ends or pieces is None:
            return response
        made: dict[str, Any] = type(response)({**response, TIMES: written_times(event_times(ends, pieces))})
        return made


def _decoded(pieces: list[tuple[int, float]], body: Body) -> list[tuple[int, float]] | None:
    """The pieces after decoding; None for a coding that cannot be undone piece by piece."""
    decoder, start, found = zlib.decompressobj(_GZIP_OR_ZLIB), 0, []
    try:
        for size, at in pieces:
            found.append((len(decoder.decompress(body.content[start : start + size])), at))
            start += size
    except zlib.error:
        return None
    return found if sum(size for size, _ in found) == len(body.octets) else None


_current: ContextVar[Arrivals | None] = ContextVar("vcr_openai_arrivals", default=None)


def notes_times(cassette: Any) -> bool:
    """Whether a cassette records the times of streams."""
    return bool(cassette.saving.times) and cassette.record_mode != RecordMode.NONE


def expect(cassette: Any, request: Any, *, found: bool) -> None:
    """Begin a note for a request that a cassette was asked for, if it will be recorded with its times."""
    if notes_times(cassette):
        is_recorded = not found and not cassette.write_protected and cassette.filter_request(request)
        _current.set(Arrivals() if is_recorded else None)


def timed(cassette: Any, response: Any) -> Any:
    """The response that a cassette records, with the times of its events where they were noted."""
    note = _current.get() if notes_times(cassette) else None
    if note is None:
        return response
    _current.set(None)
    return note.timed(response)


def sending() -> Arrivals | None:
    """The note that was begun, for a request that is sent now; None where its answer will not be recorded."""
    found = _current.get()
    if found is not None:
        found.send()
    return found


def httpx_patches(cassette: Any) -> Iterator[Patch]:
    """The patches for the transports of httpx and httpx2, in the form of vcrpy's ``custom_patches``."""
    for name in ("httpx", "httpx2"):
        library = sys.modules.get(name)  # vcrpy has imported it where it is installed
        if library is None or name in getattr(cassette, "skip_patchers", ()):
            continue
        stub, async_stub = httpx_stubs()
        handle, async_handle = httpx_handlers(name)
        yield library.HTTPTransport, "handle_request", stub(cassette, _timed(handle), library)
        yield (
            library.AsyncHTTPTransport,
            "handle_async_request",
            async_stub(cassette, _async_timed(async_handle), library),
        )


def _timed(handle: Callable[..., Any]) -> Callable[..., Any]:
    """A transport's method whose response has a stream that notes its pieces; vcrpy's stub reads it."""

    @functools.wraps(handle)
    def timed(transport: Any, request: Any) -> Any:
        note = sending()
        response = handle(transport, request)
        if note is not None:
            response.stream = _TimedStream(response.stream, note)
        return response

    return timed


def _async_timed(handle: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(handle)
    async def timed(transport: Any, request: Any) -> Any:
        note = sending()
        response = await handle(transport, request)
        if note is not None:
            response.stream = _TimedStream(response.stream, note)
        return response

    return timed


class _TimedStream:
    """A response's stream that notes its pieces."""

    def __init__(self, stream: Any, note: Arrivals) -> None:
        self._stream, self._note = stream, note

    def __iter__(self) -> Iterator[bytes]:
        for piece in self._stream:
            self._note.arrive(piece)
            yield piece

    async def __aiter__(self) -> AsyncIterator[bytes]:
        async for piece in self._stream:
            self._note.arrive(piece)
            yield piece

    def close(self) -> None:
        """Close it."""
        self._stream.close()

    async def aclose(self) -> None:
        """Close it."""
        await self._stream.aclose()


class TimedContent:
    """aiohttp's ``content`` of a response that notes its pieces while it is read to its end, and then goes away."""

    def __init__(self, response: Any, note: Arrivals) -> None:
        self._response, self._content, self._note = response, response.content, note

    def __getattr__(self, name: str) -> Any:
        return getattr(self._content, name)

    async def read(self, size: int = -1) -> bytes:
        """All of it, or up to so many bytes."""
        if size >= 0:
            content: bytes = await self._content.read(size)
            return content
        pieces = []
        try:
            while piece := await self._content.readany():
                self._note.arrive(piece)
                pieces.append(piece)
        finally:
            self._response.content = self._content
        return b"".join(pieces)
