"""Content codings of HTTP (RFC 9110, section 8.4.1), undone up to a limit.

A decompressor gets the data in pieces so small that what one piece expands to is small too. So no library's own limit
is needed, and a decompression bomb is noticed before it has expanded.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from enum import Enum
from importlib import import_module
from typing import Any

LIMIT = 256 << 20  # bytes that a decoded body may have; a hundred times the longest of the public cassettes
_MOST = 5  # codings in a row; urllib3 stops there too
_CONTROL = bytes({*range(32), 127} - {9, 10, 13})  # text has none of them; compressed data nearly always has some


class CodingProblem(Enum):
    """Why a body stays in its content coding."""

    UNKNOWN = "unknown coding"
    NOT_INSTALLED = "library not installed"
    DAMAGED = "damaged data"
    TOO_LONG = "too long"


class Undecodable(ValueError):
    """A body that stays as it is; the message is the reason in words, without a full stop."""

    def __init__(self, reason: CodingProblem, words: str) -> None:
        super().__init__(reason, words)
        self.reason = reason
        self.words = words

    def __str__(self) -> str:
        return self.words

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Undecodable) and self.args == other.args

    def __hash__(self) -> int:
        return hash(self.args)


@dataclass(frozen=True)
class Decoded:
    """What became of a body: its bytes, and whether the content-encoding header no longer applies to them.

    ``failure`` is why the bytes are still encoded; None where they are not.
    """

    content: bytes
    header_removed: bool = False
    failure: Undecodable | None = None


def decode(codings: Sequence[str], content: bytes, limit: int = LIMIT) -> Decoded:
    """The bytes without their content codings (names in lower case, in the order in which they were applied).

    Text that a header calls compressed was decoded by whoever wrote the cassette: it stays, and the header goes. An
    encoded body that cannot be decoded, or not within ``limit`` bytes, stays as it is.
    """
    if not codings:
        return Decoded(content)
    if not content or (content[:1] in b"{[" and _is_text(content)):  # before a decompressor takes it for its own
        return Decoded(content, header_removed=True)
    try:
        return Decoded(_undone(codings, content, limit), header_removed=True)
    except Undecodable as error:
        if _is_text(content):
            return Decoded(content, header_removed=True)
        return Decoded(content, failure=error)


def _undone(codings: Sequence[str], content: bytes, limit: int) -> bytes:
    if len(codings) > _MOST:
        raise Undecodable(CodingProblem.UNKNOWN, f"it has {len(codings)} content-encodings, more than {_MOST}")
    for coding in reversed(codings):
        content = decompress(coding, content, limit)
    return content


def _is_text(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return content.translate(None, _CONTROL) == content


def decompress(coding: str, data: bytes, limit: int) -> bytes:
    """The bytes that a coding (its name in lower case) was applied to, at most ``limit`` of them.

    Raises Undecodable where the coding is unknown, its library not installed, the data damaged or cut off, or the
    result longer.
    """
    decompressor = _CODINGS.get(coding)
    if decompressor is None:
        raise Undecodable(CodingProblem.UNKNOWN, f"the content-encoding {coding[:40]!r} is unknown")
    return decompressor(data, limit)


def _gzip(data: bytes, limit: int) -> bytes:
    return _run(_Coding("gzip", lambda: zlib.decompressobj(zlib.MAX_WBITS | 16), 4096), data, limit)


def _deflate(data: bytes, limit: int) -> bytes:
    """With the zlib format around it, as RFC 9110 has it, or raw, as some servers send it."""
    try:
        return _run(_Coding("deflate", zlib.decompressobj, 4096, several=False), data, limit)
    except _Damaged as error:
        raw = _Coding("deflate", lambda: zlib.decompressobj(-zlib.MAX_WBITS), 4096, several=False)
        try:
            return _run(raw, data, limit)
        except _Damaged:
            raise error from None  # the error of the intended format is the better one


def _br(data: bytes, limit: int) -> bytes:
    module = _first_installed("brotli", "brotlicffi", extra="brotli")
    # 16 MiB, a meta-block (RFC 7932, section 9.2), can come from a few bytes.
    return _run(_Coding("br", lambda: _Brotli(module.Decompressor()), 16, several=False), data, limit)


def _zstd(data: bytes, limit: int) -> bytes:
    module = _first_installed("compression.zstd", "zstandard", extra="zstd")

    def open_frame() -> Any:
        decompressor = module.ZstdDecompressor()  # both refuse windows above 128 MiB by themselves
        return decompressor.decompressobj() if hasattr(decompressor, "decompressobj") else decompressor

    # 128 KiB, a block (RFC 8878, section 3.1.1.2), can come from 4 bytes.
    return _run(_Coding("zstd", open_frame, 256), data, limit)


def _identity(data: bytes, _limit: int) -> bytes:
    return data


_CODINGS: dict[str, Callable[[bytes, int], bytes]] = {
    "gzip": _gzip,
    "x-gzip": _gzip,  # the same (RFC 9110, section 8.4.1.3)
    "deflate": _deflate,
    "br": _br,
    "zstd": _zstd,
    "identity": _identity,
}


@dataclass(frozen=True)
class _Coding:
    """How a coding is undone: what opens a member (of ``several``), and the bytes fed at a time."""

    name: str
    open_frame: Callable[[], Any]
    piece: int
    several: bool = True


class _Damaged(Undecodable):
    """The data is not what the coding makes."""

    def __init__(self, words: str) -> None:
        super().__init__(CodingProblem.DAMAGED, words)


class _Brotli:
    """brotli's decompressor with the attributes that those of zlib and zstd have."""

    unused_data = b""  # brotli refuses whatever follows the end

    def __init__(self, decompressor: Any) -> None:
        self._decompressor = decompressor

    @property
    def eof(self) -> bool:
        return bool(self._decompressor.is_finished())

    def decompress(self, piece: bytes) -> bytes:
        found: bytes = self._decompressor.process(piece)
        return found


def _run(coding: _Coding, data: bytes, limit: int) -> bytes:
    """All of ``data`` through decompressors, a new one for each member or frame."""
    found: list[bytes] = []
    size = 0
    decompressor = coding.open_frame()
    for start in range(0, len(data), coding.piece):
        rest = data[start : start + coding.piece]
        while rest:
            if decompressor.eof:
                if not coding.several:
                    raise _Damaged(f"it is damaged {coding.name} (data follows its end)")
                decompressor = coding.open_frame()
            part = _fed(decompressor, rest, coding.name)
            size += len(part)
            if size > limit:
                raise Undecodable(CodingProblem.TOO_LONG, f"it would be more than {limit} bytes long")
            found.append(part)
            rest = decompressor.unused_data if decompressor.eof else b""
    if not decompressor.eof:
        raise _Damaged(f"it is damaged {coding.name} (it ends too early)")
    return b"".join(found)


def _fed(decompressor: Any, piece: bytes, name: str) -> bytes:
    try:
        part: bytes = decompressor.decompress(piece)
    except Exception as error:  # each library has its own: zlib.error, brotli.error, ZstdError, EOFError
        raise _Damaged(f"it is damaged {name} ({str(error)[:80]})") from error
    return part


def _first_installed(*names: str, extra: str) -> Any:
    for name in names:
        with suppress(ImportError):
            return import_module(name)
    raise Undecodable(
        CodingProblem.NOT_INSTALLED, f"it needs a library that is not installed (pip install vcr-openai[{extra}])"
    )
