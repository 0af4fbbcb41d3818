"""Errors in the words of the API at hand: as an answer of their own, and as an event in a stream."""

from __future__ import annotations

import json
from typing import Any, Final, NamedTuple

from vcr_openai._http.body import StreamFraming
from vcr_openai._http.event_stream import DONE, Event, write_events
from vcr_openai._http.exchange import reason_phrase


class _Words(NamedTuple):
    """What an API says of a status: its type, code and message."""

    type: str
    code: str | None
    message: str


_OVERLOADED: Final = 529  # Anthropic's own status
_SERVER_ERROR: Final = _Words(
    "server_error", None, "The server had an error while processing your request. Sorry about that!"
)
_OPENAI: Final = {
    400: _Words("invalid_request_error", None, "The request is invalid."),
    401: _Words("invalid_request_error", "invalid_api_key", "Incorrect API key provided."),
    403: _Words("invalid_request_error", "unsupported_country_region_territory", "The request is not allowed."),
    404: _Words(
        "invalid_request_error", "model_not_found", "The model does not exist or you do not have access to it."
    ),
    429: _Words("requests", "rate_limit_exceeded", "Rate limit reached for requests."),
    500: _SERVER_ERROR,
    503: _Words("server_error", None, "The engine is currently overloaded, please try again later."),
}
_ANTHROPIC: Final = {  # https://docs.anthropic.com/en/api/errors
    400: _Words("invalid_request_error", None, "The request is invalid."),
    401: _Words("authentication_error", None, "invalid x-api-key"),
    403: _Words("permission_error", None, "The request is not allowed."),
    404: _Words("not_found_error", None, "The model does not exist."),
    413: _Words("request_too_large", None, "The request is too large."),
    429: _Words("rate_limit_error", None, "This request would exceed your rate limit."),
    500: _Words("api_error", None, "Internal server error"),
    _OVERLOADED: _Words("overloaded_error", None, "Overloaded"),
}


def _is_anthropic(path: str) -> bool:
    """Whether a path is that of Anthropic's messages; OpenAI's threads have messages, too."""
    segments = path.partition("?")[0].rstrip("/").split("/")
    return "messages" in segments[-2:] and "threads" not in segments


def error_body(status: int, path: str) -> bytes:
    """The JSON that the API of a path answers with a status."""
    if _is_anthropic(path):
        words = _ANTHROPIC.get(status) or _ANTHROPIC[500]._replace(message=reason_phrase(status) or "Error")
        return _json({"type": "error", "error": {"type": words.type, "message": words.message}})
    other = "server_error" if status >= 500 else "invalid_request_error"
    words = _OPENAI.get(status) or _Words(other, None, reason_phrase(status) or "Error")
    return _json({"error": _openai_error(words)})


def error_frame(path: str, framing: StreamFraming, number: int) -> bytes:
    """The frame that ends a stream of a path with an error, after ``number`` events."""
    if framing is StreamFraming.JSON_LINES:
        return _json({"error": _SERVER_ERROR.message}) + b"\n"
    if _is_anthropic(path):
        words = _ANTHROPIC[_OVERLOADED]
        return _event("error", {"type": "error", "error": {"type": words.type, "message": words.message}})
    if path.partition("?")[0].rstrip("/").endswith("/responses"):
        error = {"code": _SERVER_ERROR.type, "message": _SERVER_ERROR.message, "param": None}
        return _event("error", {"type": "error", "sequence_number": number, **error})
    if "/threads" in path:  # the event, and the done marker after it
        return _event("error", _openai_error(_SERVER_ERROR)) + write_events([Event(DONE, "done")]).encode()
    return _event(None, {"error": _openai_error(_SERVER_ERROR)})


def _openai_error(words: _Words) -> dict[str, Any]:
    return {"message": words.message, "type": words.type, "param": None, "code": words.code}


def _event(name: str | None, value: Any) -> bytes:
    return write_events([Event(_json(value).decode(), name)]).encode()


def _json(value: Any) -> bytes:
    return json.dumps(value).encode()
