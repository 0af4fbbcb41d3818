"""The seams for streams: around vcrpy's stubs of each client, while a cassette is open."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

from vcr_openai._vcrpy.httpx_streams import async_seam, seam

# Where vcrpy puts its stubs for httpx, by the module that has the class and the name of its patcher.
_TRANSPORTS: Final = (
    ("httpx", "httpx", "HTTPTransport", "WSGITransport", "MockTransport"),
    ("httpx", "httpx", "AsyncHTTPTransport", "ASGITransport"),
    ("httpx_curl_cffi", "httpx", "CurlTransport", "AsyncCurlTransport"),
    ("pyreqwest.compatibility.httpx", "httpx", "SyncHttpxTransport", "HttpxTransport"),
    ("httpx2", "httpx2", "HTTPTransport", "WSGITransport", "MockTransport"),
    ("httpx2", "httpx2", "AsyncHTTPTransport", "ASGITransport"),
)
_METHODS: Final = {"handle_request": seam, "handle_async_request": async_seam}


def stream_patches(cassette: Any) -> Iterator[Any]:
    """Context managers that put our seams around vcrpy's stubs, which are there; none for a client without a stub.

    A client that is not imported is not imported here: vcrpy has imported each that is installed.
    """
    skipped = getattr(cassette, "skip_patchers", ())
    for module, patcher, *names in _TRANSPORTS:
        client, httpx = sys.modules.get(module), sys.modules.get(patcher)
        if client is None or httpx is None or patcher in skipped:
            continue
        for transport in (getattr(client, name, None) for name in names):
            for method, around in _METHODS.items():
                if method in getattr(transport, "__dict__", ()):
                    yield _replaced(transport, method, around(transport.__dict__[method], httpx))


@contextmanager
def _replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """An attribute that has another value for a while. ``unittest.mock`` would take ten times as long."""
    before = owner.__dict__[name]
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
