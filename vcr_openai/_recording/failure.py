"""The failure: the exception that a recording has ⇄ the HTTP error that makes the OpenAI SDK raise it.

The SDK's rule (``_base_client._make_status_error_from_response``, ``_client._make_status_error``): the status chooses
the class; ``body`` is the ``error`` member of a JSON object, else the whole JSON, else the text. ``str()`` is ``Error
code: <status> - <the whole JSON as Python prints it>``, or the text where it is not JSON. Since openai 3.38 it is
*brief*: it ends with the ``message`` in ``body``, and with nothing for a text.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from typing import Any

from vcr_openai._http.body import Body, read_json
from vcr_openai._json import json_text
from vcr_openai._json.json_diff import same

_CLASSES = {
    400: "BadRequestError",
    401: "AuthenticationError",
    403: "PermissionDeniedError",
    404: "NotFoundError",
    409: "ConflictError",
    422: "UnprocessableEntityError",
    429: "RateLimitError",
}
STREAM_ERROR = "APIError"  # what the SDK raises for an error event within a stream
_STREAM_MESSAGE = "An error occurred during streaming"  # its message where the event has none
_LONGEST_MESSAGE = 100_000  # characters of a message that are worth parsing


def write_error(data: dict[str, Any]) -> tuple[str, bool]:
    """The body of the HTTP error for an ``exception_data`` that has a ``status_code``, and whether it is JSON."""
    status, body, message = data["status_code"], data.get("body"), data.get("message")
    for envelope in _envelopes(status, body, message):
        if _prefix(status) + repr(envelope) == message and same(_sdk_body(envelope), body):
            return json_text.write_line(envelope), True
    if isinstance(body, str) and message in (body or _bare(status), _bare(status)) and not _is_json(body):
        return body, False
    return json_text.write_line({"error": body}), True  # the SDK takes any body out of it again, if not the message


def read_error(status: int, content: Body) -> dict[str, Any]:
    """The ``exception_data`` that the recorder writes for an HTTP error with a text as its body."""
    if content.json.problem is None:
        body, message = _sdk_body(content.json.value), f"{_prefix(status)}{content.json.value}"
    else:
        body = (content.text or "").strip()
        message = body or _bare(status)
    return {
        "category": "provider_sdk",
        "provider": "openai",
        "type": _CLASSES.get(status, "InternalServerError" if status >= 500 else "APIStatusError"),
        "message": message,
        "status_code": status,
        "body": body,
    }


def is_brief(response: dict[str, Any]) -> bool:
    """Whether a recording's ``response`` is a failure with the message of openai 3.38 or newer."""
    data = response.get("exception_data") or {}
    return "status_code" in data and data.get("message") == _brief_message(data)


def briefly(response: dict[str, Any]) -> dict[str, Any]:
    """A ``response`` with the message of openai 3.38 or newer, if it is a failure with a status."""
    data = response.get("exception_data") or {}
    if "status_code" not in data:
        return response
    message = _brief_message(data)
    return {**response, "exception_data": {**data, "message": message}, "exception_message": message}


def write_error_event(data: dict[str, Any]) -> str:
    """The data of the stream's event for the ``exception_data`` of a STREAM_ERROR."""
    return json_text.write_line({"error": data.get("body", {"message": data.get("message")})})


def read_error_event(event: Any) -> dict[str, Any] | None:
    """The ``exception_data`` for the JSON of a stream's event, None where the event is no error.

    The recorder keeps the message alone. ``body`` is ours, and is there only where the error has more than a message.
    """
    error = event.get("error") if isinstance(event, dict) else None
    if not error:
        return None
    message = error.get("message") if isinstance(error, dict) else None
    if not isinstance(message, str) or not message:
        message = _STREAM_MESSAGE
    data = {"category": "unknown", "type": STREAM_ERROR, "message": message}
    return data if error == {"message": message} else {**data, "body": error}


def _prefix(status: int) -> str:
    return f"Error code: {status} - "


def _bare(status: int) -> str:
    return f"Error code: {status}"


def _brief_message(data: dict[str, Any]) -> str:
    body = data.get("body")
    message = body.get("message") if isinstance(body, dict) else None
    status = data["status_code"]
    return f"{_prefix(status)}{message}" if isinstance(message, str) and message else _bare(status)


def _sdk_body(envelope: Any) -> Any:
    return envelope.get("error", envelope) if isinstance(envelope, dict) else envelope


def _envelopes(status: int, body: Any, message: Any) -> Iterator[Any]:
    """The answers that the server may have given, the likeliest first."""
    yield {"error": body}
    yield body
    if isinstance(message, str) and message.startswith(_prefix(status)) and len(message) < _LONGEST_MESSAGE:
        try:
            yield ast.literal_eval(message.removeprefix(_prefix(status)))
        except (ValueError, SyntaxError, RecursionError, MemoryError):
            return


def _is_json(text: str) -> bool:
    return read_json(text).problem is None
