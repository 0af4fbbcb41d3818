"""The headers of vcrpy's requests, read in fewer steps than vcrpy's own dictionary takes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from vcr.request import Request


def request_headers_of(request: Request) -> dict[str, Any]:
    """The headers of vcrpy's request. vcrpy 8.5 to 9.4 keep them as pairs, by the name in lower case."""
    pairs = getattr(request.headers, "_store", None)
    return dict(pairs.values()) if type(pairs) is dict else dict(request.headers.items())
