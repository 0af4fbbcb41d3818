"""Changes to a replayed response: the live request's ids in the place of recorded ones, and no pause before a retry."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

from vcr_openai._http.exchange import HttpResponse

_PLAIN = re.compile(r"[A-Za-z0-9_.:-]+")  # characters that JSON writes in one way only
# The SDK prefers this header to retry-after, and tries again after as many milliseconds (openai 2.0 to 3.54,
# ``_base_client._parse_retry_after_header``). It ignores 0, and then waits half a second.
_RETRY_AFTER = "retry-after-ms"
_SHORTEST = "1"
_RETRIED = frozenset({408, 409, 429})  # and 500 and above: what the SDK tries again (``_base_client._should_retry``)


def with_live_ids(
    response: HttpResponse, recorded_names: Mapping[str, str], live_names: Mapping[str, str]
) -> HttpResponse:
    """The response with the live request's ids; the same object where there is nothing to change.

    Both mappings go from a request's ids to their names in the canonical request (``Canonical.renamed``), which are the
    same for two requests that match. An id is replaced where it is a whole word of the body, be that JSON or a stream;
    compressed bodies stay.
    """
    live = {name: identifier for identifier, name in live_names.items()}
    changes = {
        identifier.encode(): live[name].encode()
        for identifier, name in recorded_names.items()
        if name in live and live[name] != identifier and _PLAIN.fullmatch(identifier) and _PLAIN.fullmatch(live[name])
    }
    if not changes or not response.body:
        return response
    longest_first = sorted(changes, key=len, reverse=True)
    pattern = rb"(?<![A-Za-z0-9_-])(?:" + b"|".join(map(re.escape, longest_first)) + rb")(?![A-Za-z0-9_-])"
    content = re.sub(pattern, lambda match: changes[match.group()], response.body.content)
    return replace(response, body=replace(response.body, content=content))


def without_retry_pause(response: HttpResponse) -> HttpResponse:
    """The response with a pause of a millisecond where the SDK would try again after a longer one.

    The same object where it would not. ``retry-after`` stays for other readers.
    """
    if response.status not in _RETRIED and response.status < 500:
        return response
    others = {name: values for name, values in response.headers.items() if name.lower() != _RETRY_AFTER}
    return replace(response, headers={**others, _RETRY_AFTER: [_SHORTEST]})
