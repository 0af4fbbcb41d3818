"""The endpoints: one row for each API path that a recording can name.

Adding an endpoint is adding a row; translation, matching and keys read this table and know no path by heart.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from typing import Any

from vcr_openai._recording import Layout


class Framing(Enum):
    """How a stream's chunks lie in the body."""

    EVENTS = "server-sent events with a done marker"
    NAMED_EVENTS = "server-sent events, each with its type, without a done marker"
    JSON_LINES = "one JSON text a line"


@dataclass(frozen=True)
class Endpoint:
    """One API path.

    ``path`` is the recording's ``endpoint``; ``wire`` is what stands behind the base URL in a request. ``reply`` and
    ``chunk`` are the tags of an answer and of a stream's elements (for NAMED_EVENTS: by the event's type, with
    ``chunk`` for the unknown). ``page`` says that an answer is a list of ``reply`` objects in a page.
    """

    path: str
    wire: str
    reply: str | None
    chunk: str | None = None
    method: str = "POST"
    framing: Framing = Framing.EVENTS
    page: bool = False
    base64_floats: bool = False  # the SDK asks for embeddings in base64 and hands out floats
    layout: Layout = Layout.CALL

    @property
    def tags(self) -> set[str]:
        """All tags that the row can give."""
        return {tag for tag in (self.reply, self.chunk) if tag is not None}

    def tag(self, data: Any, *, streamed: bool) -> str | None:  # noqa: ARG002  # an event's tag goes by its type
        """The tag that the recorder gives an object of this endpoint."""
        return self.chunk if streamed else self.reply


_CHAT = "openai.types.chat.chat_completion"
_COMPLETION = "openai.types.completion.Completion"
_EMBEDDINGS = "openai.types.create_embedding_response.CreateEmbeddingResponse"
_OLLAMA = "ollama._types"
_RESPONSE = "openai.types.responses.response.Response"
_LINES = Framing.JSON_LINES

ENDPOINTS: tuple[Endpoint, ...] = (
    Endpoint(
        "/v1/chat/completions",
        "/chat/completions",
        f"{_CHAT}.ChatCompletion",
        f"{_CHAT}_chunk.ChatCompletionChunk",
    ),
    Endpoint("/v1/completions", "/completions", _COMPLETION, _COMPLETION),
    Endpoint("/v1/embeddings", "/embeddings", _EMBEDDINGS, base64_floats=True),
    Endpoint("/v1/models", "/models", "openai.types.model.Model", method="GET", page=True),
    Endpoint("/v1/responses", "/responses", _RESPONSE, framing=Framing.NAMED_EVENTS),
    Endpoint("/info", "/info", None, method="GET"),
    Endpoint("/api/chat", "/api/chat", f"{_OLLAMA}.ChatResponse", f"{_OLLAMA}.ChatResponse", framing=_LINES),
    Endpoint(
        "/api/generate",
        "/api/generate",
        f"{_OLLAMA}.GenerateResponse",
        f"{_OLLAMA}.GenerateResponse",
        framing=_LINES,
    ),
    Endpoint("/api/embeddings", "/api/embed", f"{_OLLAMA}.EmbedResponse", framing=_LINES),
    Endpoint("/api/ps", "/api/ps", f"{_OLLAMA}.ProcessResponse", method="GET", framing=_LINES),
    Endpoint("/api/tags", "/api/tags", f"{_OLLAMA}.ListResponse", method="GET", framing=_LINES),
    Endpoint("/api/pull", "/api/pull", f"{_OLLAMA}.ProgressResponse", f"{_OLLAMA}.ProgressResponse", framing=_LINES),
    Endpoint("/v1/messages", "/messages", None, layout=Layout.HTTP),
    Endpoint("/interactions", "/interactions", None, layout=Layout.HTTP),
    Endpoint("/rerank", "/rerank", None, layout=Layout.HTTP),
)
_BY_PATH = {endpoint.path: endpoint for endpoint in ENDPOINTS}
# The longest first: ``/chat/completions`` ends with ``/completions``.
_BY_WIRE = sorted(ENDPOINTS, key=lambda endpoint: -len(endpoint.wire))


def recorded_endpoint(path: str) -> Endpoint:
    """The row of a recording's ``endpoint``; for an unknown one, a row that invents as little as possible."""
    return _BY_PATH.get(path) or Endpoint(path, path.removeprefix("/v1"), None)


def wire_endpoint(method: str, path: str) -> Endpoint | None:
    """The row that a request's method and URL path belong to, whatever stands before the API's own path."""
    for endpoint in _BY_WIRE:
        if path.endswith(endpoint.wire) and method.upper() == endpoint.method:
            return endpoint
    return None
