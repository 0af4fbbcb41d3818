"""A replayed failure that does not make the client wait: the pause before the next try was for the server's sake."""

from __future__ import annotations

from typing import Any

# The SDK looks at this header before retry-after, and tries again after as many milliseconds (openai 2.0 to 3.54,
# ``_base_client._parse_retry_after_header``); 0 would count as none and cost half a second.
_HEADER = "retry-after-ms"
_SHORTEST = "1"
_RETRIED = frozenset({408, 409, 429})  # and 500 and above: what the SDK tries again (``_base_client._should_retry``)


def without_waiting(response: dict[str, Any]) -> dict[str, Any]:
    """The response, as vcrpy stores it, with a pause of a millisecond where the SDK would try again after a longer one.

    The same object where it would not. ``retry-after`` stays, for whoever reads it.
    """
    status = response.get("status")
    code = status.get("code") if isinstance(status, dict) else None
    headers = response.get("headers")
    if not isinstance(code, int) or not isinstance(headers, dict) or not (code in _RETRIED or code >= 500):
        return response
    others = {name: values for name, values in headers.items() if name.lower() != _HEADER}
    return {**response, "headers": {**others, _HEADER: [_SHORTEST]}}
