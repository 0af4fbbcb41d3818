"""The seams for streams: around vcrpy's stubs of each client, while a cassette is open."""

from __future__ import annotations

import sys
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, Final

from vcr_openai._vcrpy import httpx_streams, urllib3_streams

# Where vcrpy puts its stubs for httpx, by the module that has the class and the name of its patcher.
_TRANSPORTS: Final = (
    ("httpx", "httpx", "HTTPTransport", "WSGITransport", "MockTransport"),
    ("httpx", "httpx", "AsyncHTTPTransport", "ASGITransport"),
    ("httpx_curl_cffi", "httpx", "CurlTransport", "AsyncCurlTransport"),
    ("pyreqwest.compatibility.httpx", "httpx", "SyncHttpxTransport", "HttpxTransport"),
    ("httpx2", "httpx2", "HTTPTransport", "WSGITransport", "MockTransport"),
    ("httpx2", "httpx2", "AsyncHTTPTransport", "ASGITransport"),
)
_METHODS: Final = {"handle_request": httpx_streams.seam, "handle_async_request": httpx_streams.async_seam}


def stream_patches(cassette: Any) -> Iterator[Any]:
    """Context managers that put our seams around vcrpy's stubs, which are there; none for a client without a stub.

    A client that is not imported is not imported here: vcrpy has imported each that is installed. aiohttp's seam is in
    the patch that it has anyway (``aiohttp_bodies``).
    """
    yield from _transports(getattr(cassette, "skip_patchers", ()))
    yield from _connections(cassette)


def _transports(skipped: Collection[str]) -> Iterator[Any]:
    """The patches of httpx and httpx2."""
    for module, patcher, *names in _TRANSPORTS:
        client, httpx = sys.modules.get(module), sys.modules.get(patcher)
        if client is None or httpx is None or patcher in skipped:
            continue
        for transport in (getattr(client, name, None) for name in names):
            for method, around in _METHODS.items():
                if method in getattr(transport, "__dict__", ()):
                    yield _replaced(transport, method, around(transport.__dict__[method], httpx))


def _connections(cassette: Any) -> Iterator[Any]:
    """The patches of urllib3: of the classes of connections that vcrpy has made for this cassette."""
    pools = sys.modules.get("urllib3.connectionpool")
    for name in ("HTTPConnectionPool", "HTTPSConnectionPool"):
        stub: Any = getattr(getattr(pools, name, None), "ConnectionCls", None)
        if getattr(stub, "cassette", None) is cassette:
            yield _replaced(stub, "getresponse", urllib3_streams.seam(stub.getresponse))


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """An attribute that has another value for a while. ``unittest.mock`` would take ten times as long."""
    before = owner.__dict__.get(name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is None:
            delattr(owner, name)
        else:
            setattr(owner, name, before)
