"""The headers that a readable cassette keeps."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from vcr_openai._endpoints.paths import api_path
from vcr_openai._redaction.header_names import drops_request_header, drops_response_header
from vcr_openai.errors import MalformedInteraction, describe

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


def is_api(request: dict[str, Any]) -> bool:
    """Whether a request goes to an API of which it is known which headers a replay needs."""
    path = str(request.get("uri")).partition("?")[0].partition("://")[2]
    return api_path(path.encode("ascii", "replace").decode()).known


def _is_kept(name: str) -> bool:
    return name != "content-length" and not drops_request_header(name) and not drops_response_header(name)


def kept_headers(headers: Any, names: tuple[str, ...] | None) -> dict[str, list[str]]:
    """The headers of these names, lower-case, each with its values.

    None: all but the length, which is computed, and those that no file may hold.
    """
    kept: dict[str, list[str]] = {}
    if not isinstance(headers or {}, Mapping):
        raise MalformedInteraction("headers", "an object", describe(headers))
    for name, values in (headers or {}).items():
        if _is_kept(name.lower()) if names is None else name.lower() in names:
            listed = values if isinstance(values, (list, tuple)) else [values]
            kept[name.lower()] = [item.decode("latin-1") if isinstance(item, bytes) else str(item) for item in listed]
    return {name: values for name, values in kept.items() if values}
