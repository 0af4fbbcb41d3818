"""The facts that an HTTP exchange needs and a recording does not have, with the reason for what is invented."""

from __future__ import annotations

from vcr_openai._api.endpoint import StreamProtocol

JSON = "application/json"
FORM = "multipart/form-data"
TEXT = "text/plain; charset=utf-8"  # a body that is not JSON; the SDK decodes it as UTF-8 either way
STREAM_TYPES = {
    StreamProtocol.EVENTS: "text/event-stream",  # clients tell a stream by it
    StreamProtocol.NAMED_EVENTS: "text/event-stream",
    StreamProtocol.THREAD_EVENTS: "text/event-stream",
    StreamProtocol.JSON_LINES: "application/x-ndjson",  # what Ollama's server sends
}
SUCCESS = 200  # the SDK returns objects for 2xx only, and every endpoint here answers 200

# A recorded failure is the outcome after the SDK's own retries. Without this header, which the SDK obeys
# (openai 3.54, ``_base_client._should_retry``), it would repeat a replayed 409, 429 or 5xx and find no second answer.
FAILURE_HEADERS = {"x-should-retry": ["false"]}

# The recorder removes the workspace's host from a Databricks URL on purpose; a URL needs one.
DATABRICKS_RECORDED = "__databricks__"
DATABRICKS_DOMAIN = "cloud.databricks.com"
DATABRICKS_WIRE = f"https://workspace.{DATABRICKS_DOMAIN}"


def page(elements: list[object]) -> dict[str, object]:
    """The list object that the API wraps a page's elements in; the recorder keeps the elements only."""
    return {"object": "list", "data": elements}


# A recording that is not an HTTP exchange is kept in an interaction that no request matches: no client sends this
# method or knows this scheme.
OPAQUE_METHOD = "CARRIED"
OPAQUE_SCHEME = "recording"
OPAQUE_STATUS = 501  # never answered; "not implemented" is what a reader of the cassette sees
