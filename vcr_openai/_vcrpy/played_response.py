"""What a client gets in the place of a recorded response: with its own ids, without a pause before a retry."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from vcr_openai._matching.replayed_response import with_live_ids, without_retry_pause
from vcr_openai._vcrpy.interactions import changed_response, is_success

if TYPE_CHECKING:
    from vcr.request import Request


def with_own_ids(cassette: Any, request: Request, position: int, response: dict[str, Any]) -> dict[str, Any]:
    """The response at a position of a cassette's data with the ids of a live request."""
    live = cassette.canonical.renamed(cassette.filter_request(request) or request)
    recorded = cassette.canonical.renamed(cassette.data[position][0])
    if not live or not recorded:
        return response
    return changed_response(request, response, lambda found: with_live_ids(found, recorded, live))


def without_pause(cassette: Any, request: Request, response: dict[str, Any]) -> dict[str, Any]:
    """The response without a pause before a retry, where it is an API's failure."""
    if cassette.canonical is None or is_success(response):
        return response
    if not cassette.canonical.is_api(cassette.filter_request(request) or request):
        return response
    return changed_response(request, response, without_retry_pause)
