"""The headers of a response as they are recorded: secrets dropped, identifiers replaced by a stable one.

Clients read headers on replay as they do live: rate limits, pages, the id of a request. So all others stay.
"""

from __future__ import annotations

import re

from vcr_openai._http.headers import Headers
from vcr_openai._redaction.redaction import Redaction, drops_header
from vcr_openai._secrets.secret_names import PROXIED, drops_response_header
from vcr_openai._secrets.secret_shapes import PLACEHOLDER

IDENTIFIER = f"{PLACEHOLDER}id"  # the value of a header that names the account, a request or a machine
_IDENTIFIERS = frozenset(
    "openai-organization openai-project anthropic-organization-id anthropic-workspace-id cf-ray traceparent tracestate "
    "traceresponse x-b3-traceid x-cloud-trace-context x-amz-id-2 x-amz-cf-id x-groq-id x-hostname x-served-by "
    "azureml-model-session".split()
)
_IDENTIFIER = re.compile(r"(?:request|trace|correlation|span|inference|generation|session|call)[-_]?id\Z")


def recorded_headers(headers: Headers, redaction: Redaction) -> Headers:
    """The headers that are recorded; the same object where that is all of them."""
    recorded = {
        name: [IDENTIFIER] * len(values) if is_identifier(name.lower(), redaction) else values
        for name, values in headers.items()
        if not drops_header(name, redaction, by_default=drops_response_header(name))
    }
    return headers if recorded == headers else recorded


def is_identifier(name: str, redaction: Redaction) -> bool:
    """Whether the value of a header (its name in lower case) is replaced by IDENTIFIER."""
    bare = name.removeprefix(PROXIED)
    return (bare in _IDENTIFIERS or _IDENTIFIER.search(bare) is not None) and name not in redaction.keep_headers
