"""The headers that a readable cassette keeps."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from vcr_openai._api.api_paths import api_path
from vcr_openai._errors import MalformedInteraction, describe
from vcr_openai._http.vcr_dicts import PROVENANCE, Headers
from vcr_openai._redaction.secret_names import drops_request_header, drops_response_header

# Response headers that a client acts upon when it reads an answer; the content type is told by the body's form.
ANSWERED = (
    "content-type",
    "content-encoding",  # of a body that nobody decoded
    "content-disposition",  # the name of a downloaded file
    "location",
    "link",
    "retry-after",
    "retry-after-ms",
    "x-should-retry",
    "openai-poll-after-ms",
    "operation-location",  # where Azure's image generation is polled
)
ASKED = ("content-type",)  # request headers that tell what the body is


def asked(request: dict[str, Any], response: dict[str, Any]) -> Headers:
    """The headers of a request that are written, lower-case, each with its values.

    Of one that was made from a recording all are: beside the body's type they are arguments of the recorded call. Of
    one to another API all that a file may hold are, but for the length, which is computed.
    """
    if response.get(PROVENANCE):
        return _kept(request, lambda _: True)
    return _kept(request, ASKED.__contains__ if _is_api(request) else _may_be_held)


def answered(request: dict[str, Any], response: dict[str, Any]) -> Headers:
    """The headers of the response to a request that are written, lower-case, each with its values."""
    return _kept(response, ANSWERED.__contains__ if _is_api(request) else _may_be_held)


def _is_api(request: dict[str, Any]) -> bool:
    """Whether a request goes to an API of which it is known which headers a replay needs."""
    path = str(request.get("uri")).partition("?")[0].partition("://")[2]
    return api_path(path.encode("ascii", "replace").decode()).known


def _may_be_held(name: str) -> bool:
    return name != "content-length" and not drops_request_header(name) and not drops_response_header(name)


def _kept(message: dict[str, Any], is_kept: Callable[[str], bool]) -> Headers:
    headers = message.get("headers") or {}
    kept: Headers = {}
    if not isinstance(headers, Mapping):
        raise MalformedInteraction("headers", "an object", describe(headers))
    for name, values in headers.items():
        if is_kept(name.lower()):
            listed = values if isinstance(values, (list, tuple)) else [values]
            kept[name.lower()] = [item.decode("latin-1") if isinstance(item, bytes) else str(item) for item in listed]
    return {name: values for name, values in kept.items() if values}
