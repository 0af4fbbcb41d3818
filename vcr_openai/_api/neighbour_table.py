"""The neighbours' endpoints: APIs of others that the recorder's recordings, or OpenAI's clients, meet.

The raw HTTP layout keeps an exchange as it is; its rows say nothing but where it is used.
"""

from __future__ import annotations

from dataclasses import replace

from vcr_openai._api.endpoint import Endpoint, Framing
from vcr_openai._recording.recording import Layout

_OLLAMA = "ollama._types"


def _ollama(wire: str, reply: str | None, *, path: str | None = None, method: str = "POST") -> Endpoint:
    """A row of Ollama's own API, whose streams are lines of the objects that it answers with."""
    tag = f"{_OLLAMA}.{reply}" if reply else None
    return Endpoint(path or wire, wire, tag, tag, method=method, framing=Framing.JSON_LINES)


def _recorded(row: Endpoint) -> Endpoint:
    return replace(row, by_recorder=True)


def _raw(wire: str, *, version: str = "", method: str = "POST") -> Endpoint:
    return Endpoint(version + wire, wire, None, layout=Layout.HTTP, method=method)


NEIGHBOURS: tuple[Endpoint, ...] = (
    _recorded(_ollama("/api/chat", "ChatResponse")),
    _recorded(_ollama("/api/generate", "GenerateResponse")),
    _recorded(_ollama("/api/embed", "EmbedResponse", path="/api/embeddings")),
    _recorded(_ollama("/api/ps", "ProcessResponse", method="GET")),
    _recorded(_ollama("/api/tags", "ListResponse", method="GET")),
    _recorded(_ollama("/api/pull", "ProgressResponse")),
    _ollama("/api/show", None),  # Ollama's model of it is dumped under other names than it reads
    # The recorder's question to a server of Hugging Face (text-generation-inference) which model it serves.
    Endpoint("/info", "/info", None, method="GET", by_recorder=True),
    # Ollama's older method, of which the recorder knows nothing: its path is the name that the newer one's goes by.
    _raw("/api/embeddings"),
    _raw("/messages", version="/v1"),  # Anthropic
    _raw("/messages/count_tokens", version="/v1"),
    _raw("/interactions"),  # Google
    _raw("/interactions/{id}", method="GET"),
    _raw("/interactions/{id}/cancel"),
    _raw("/rerank"),
)
