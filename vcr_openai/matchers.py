"""The matchers that vcrpy is given: functions of the live and the recorded request that raise AssertionError."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from vcr_openai._endpoints import wire_endpoint

if TYPE_CHECKING:
    from vcr.request import Request


def openai_endpoint(live: Request, recorded: Request) -> None:
    """Same method and API path, whatever stands before it; another request than to the API as vcrpy's defaults do."""
    one, other = (wire_endpoint(request.method, urlsplit(request.uri).path) for request in (live, recorded))
    if one is None and other is None:
        assert _plain(live) == _plain(recorded), f"{_plain(live)} != {_plain(recorded)}"
    else:
        assert one == other and live.query == recorded.query, f"{live} != {recorded}"


def openai_body(live: Request, recorded: Request) -> None:
    """Same JSON body but for top-level ``stream_options``; another request than to the API matches whatever it says."""
    if wire_endpoint(live.method, urlsplit(live.uri).path) is not None:
        assert _body(live) == _body(recorded), "the bodies differ"


def _plain(request: Request) -> tuple[Any, ...]:
    return request.method, request.scheme, request.host, request.port, request.path, request.query


def _body(request: Request) -> Any:
    try:
        body = json.loads(request.body)
    except (TypeError, ValueError):
        return request.body
    if isinstance(body, dict):
        body.pop("stream_options", None)
    return body
