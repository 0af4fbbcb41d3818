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


@contextmanager
def stream_seams(cassette: Any) -> Iterator[None]:
    """Our seams around vcrpy's stubs, which are there, for a while; none for a client without a stub.

    A client that is not imported is not imported here: vcrpy has imported each that is installed. aiohttp's seam is in
    the patch that it has anyway (``aiohttp_bodies``). ``unittest.mock`` would take ten times as long.
    """
    before: list[tuple[Any, str, Any]] = []
    try:
        for owner, name, value in (*_transports(getattr(cassette, "skip_patchers", ())), *_connections(cassette)):
            before.append((owner, name, owner.__dict__.get(name)))
            setattr(owner, name, value)
        yield
    finally:
        for owner, name, value in reversed(before):
            if value is None:
                delattr(owner, name)
            else:
                setattr(owner, name, value)


def _transports(skipped: Collection[str]) -> Iterator[tuple[Any, str, Any]]:
    """The methods of httpx's and httpx2's transports, with their seams."""
    for module, patcher, *names in _TRANSPORTS:
        client, httpx = sys.modules.get(module), sys.modules.get(patcher)
        if client is None or httpx is None or patcher in skipped:
            continue
        for transport in (getattr(client, name, None) for name in names):
            for method, around in _METHODS.items():
                stub = getattr(transport, "__dict__", {}).get(method)
                if stub is not None:
                    yield transport, method, around(stub, httpx)


def _connections(cassette: Any) -> Iterator[tuple[Any, str, Any]]:
    """The method of urllib3's connections, whose classes vcrpy has made for this cassette, with its seam."""
    pools = sys.modules.get("urllib3.connectionpool")
    for name in ("HTTPConnectionPool", "HTTPSConnectionPool"):
        stub: Any = getattr(getattr(pools, name, None), "ConnectionCls", None)
        if getattr(stub, "cassette", None) is cassette:
            yield stub, "getresponse", urllib3_streams.seam(stub.getresponse)
