"""What was sent: the live requests of a cassette, for a test to look at, without their secrets."""

from __future__ import annotations

import copy
from dataclasses import dataclass, field
from typing import Any

from vcr.request import HeadersDict, Request

from vcr_openai._errors import TranslationError
from vcr_openai._http.exchange import HttpRequest
from vcr_openai._redaction.redact import redact_request
from vcr_openai._redaction.redaction import Redaction
from vcr_openai._vcrpy.interactions import http_request


@dataclass(frozen=True)
class Sent:
    """A request as the code asked for it, apart from what redaction takes out of a cassette.

    ``headers`` finds a name in any case, and has a text for each; ``json`` is the body, None where it is not JSON.
    """

    method: str
    url: str
    headers: HeadersDict = field(repr=False)
    json: Any = None


def sent_request(request: Request, redaction: Redaction) -> Sent:
    """What a test may see of a request of vcrpy's."""
    try:
        found = http_request(request).decoded()
    except TranslationError:  # a body of an unknown type
        found = HttpRequest(request.method, request.uri, {name: [str(one)] for name, one in request.headers.items()})
    if redaction.enabled:
        found = redact_request(found, redaction)
    headers = HeadersDict({name: ", ".join(values) for name, values in found.headers.items()})
    json = None if found.body is None or found.body.json.problem else copy.deepcopy(found.body.json.value)
    return Sent(found.method, found.uri, headers, json)
