"""What a recording does not say and an HTTP exchange must have: every invented fact, with its reason."""

from __future__ import annotations

from http import HTTPStatus

from vcr_openai._api.endpoint import Framing

JSON = "application/json"
FORM = "multipart/form-data"
TEXT = "text/plain; charset=utf-8"  # a body that is no JSON; the SDK decodes it as UTF-8 either way
STREAM_TYPES = {
    Framing.EVENTS: "text/event-stream",  # clients tell a stream by it
    Framing.NAMED_EVENTS: "text/event-stream",
    Framing.THREAD_EVENTS: "text/event-stream",
    Framing.JSON_LINES: "application/x-ndjson",  # what Ollama's server sends
}
SUCCESS = 200  # the SDK hands out objects for 2xx only, and every endpoint here answers 200

# A recorded failure is the outcome after the SDK's own retries. Without this header, which the SDK obeys
# (openai 3.54, ``_base_client._should_retry``), it would repeat a replayed 409, 429 or 5xx and find no second answer.
FAILURE_HEADERS = {"x-should-retry": ["false"]}

# The recorder removes the workspace's host from a Databricks URL on purpose; a URL needs one.
DATABRICKS_RECORDED = "__databricks__"
DATABRICKS_DOMAIN = "cloud.databricks.com"
DATABRICKS_WIRE = f"https://workspace.{DATABRICKS_DOMAIN}"


# As RFC 9110 words them: Python did not before 3.13, and a cassette must not depend on it.
_REASONS = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}


def reason(status: int) -> str:
    """The reason phrase of a status code (RFC 9110), empty for one that has none."""
    try:
        return _REASONS.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return ""


def page(elements: list[object]) -> dict[str, object]:
    """The list object that the API wraps a page's elements in; the recorder keeps the elements only."""
    return {"object": "list", "data": elements}


# A recording that is no HTTP exchange is carried by an interaction that no request matches: no client sends this method
# or knows this scheme.
CARRIED_METHOD = "CARRIED"
CARRIED_SCHEME = "recording"
CARRIED_STATUS = 501  # never answered; "not implemented" says it to whoever reads the cassette
