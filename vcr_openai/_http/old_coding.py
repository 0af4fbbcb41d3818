"""Content codings of HTTP (RFC 9110, section 8.4.1) undone, never further than a limit.

The rule of this file: a decompressor is fed pieces so small that what one piece can become is small too, whatever it
holds; so no library's own limit is needed, and a bomb is noticed before it has gone off.
"""

from __future__ import annotations

import zlib
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from importlib import import_module
from typing import Any


class Undecodable(ValueError):
    """A body that stays as it is; the message is the reason, without a full stop."""


def decompress(coding: str, data: bytes, limit: int) -> bytes:
    """The bytes that a coding (its name in lower case) was applied to, at most ``limit`` of them.

    Raises Undecodable where the coding is unknown, its library not installed, the data damaged or cut off, or the
    result longer.
    """
    decompressor = _CODINGS.get(coding)
    if decompressor is None:
        raise Undecodable(f"the content-encoding {coding[:40]!r} is unknown")
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
            raise error from None  # the format that was meant says best what is wrong


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
                raise Undecodable(f"it would be more than {limit} bytes long")
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
    raise Undecodable(f"it needs a library that is not installed (pip install vcr-openai[{extra}])")
