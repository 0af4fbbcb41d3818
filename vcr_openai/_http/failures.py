"""Failures by their status: which of them say something of the account or the server, and nothing of the request."""

from __future__ import annotations

from typing import Final

# Your key, your rights, your quota; 5xx is the server's overload. 402, 404 and 422 answer the request.
_OF_THE_ACCOUNT: Final = frozenset({401, 403, 429})
_OF_THE_SERVER: Final = range(500, 600)


def is_of_the_account(status: int) -> bool:
    """Whether a status may come from a missing key, a used-up quota or a server in trouble, whatever was asked."""
    return status in _OF_THE_ACCOUNT or status in _OF_THE_SERVER
