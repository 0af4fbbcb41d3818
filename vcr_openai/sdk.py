"""The one door to the SDKs: their own view of an object that a server sent.

Imported when an interaction from the wire becomes a recording, and never before: openai takes 0.6 s to import.
"""

from __future__ import annotations

from functools import cache
from importlib import import_module
from typing import Any

from vcr_openai._endpoints import ENDPOINTS

_TAGS = frozenset(tag for endpoint in ENDPOINTS for tag in endpoint.tags)


def model_dump(tag: str, data: dict[str, Any]) -> Any:
    """An object as the SDK's model ``tag`` dumps it: every field that the installed SDK knows, unset ones as null.

    The model is built as the client builds it, without validation (openai's ``BaseModel.construct``; Ollama's client
    validates). An object whose model is not installed, or that its model refuses, comes back as it is.
    """
    model = _model(tag)
    if model is None:
        return data
    try:
        made = model.construct(None, **data) if tag.startswith("openai.") else model.model_validate(data)
        return made.model_dump(mode="json", warnings=False)
    except (TypeError, ValueError):  # pydantic's ValidationError and PydanticSerializationError are ValueErrors
        return data


@cache
def _model(tag: str) -> Any:
    """The class of a tag that stands in our table; a tag from a file is only ever looked up there."""
    if tag not in _TAGS:
        return None
    module, _, name = tag.rpartition(".")
    try:
        return getattr(import_module(module), name, None)
    except ImportError:
        return None


def brief_errors() -> bool:
    """Whether the installed SDK's exceptions print the server's message only (since 3.38), not its whole answer."""
    import openai

    return tuple(int(part) for part in openai.__version__.split(".")[:2]) >= (3, 38)
