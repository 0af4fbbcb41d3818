"""The SDKs' own view of an object that a server sent; no other module imports an SDK.

Imported when an interaction from the wire becomes a recording, and never before: openai takes 0.6 s to import.
"""

from __future__ import annotations

import inspect
from functools import cache
from importlib import import_module
from typing import Any

from vcr_openai._api.endpoint_table import ENDPOINTS

_SHOWN = 200  # characters of the reason for a refusal
_TAGS = frozenset(tag for endpoint in ENDPOINTS for tag in endpoint.tags)
# The recorder patches these, and so records the arguments of a call.
_CREATORS = {endpoint.path: endpoint.creator for endpoint in ENDPOINTS if endpoint.creator}


def model_dump(tag: str, data: dict[str, Any]) -> Any:
    """An object as the SDK's model ``tag`` dumps it: every field that the installed SDK knows, unset ones as null.

    The model is built as the client builds it, without validation (openai's ``BaseModel.construct``; Ollama's client
    validates). Members have the API's names, not those of the model's fields (``schema``, not ``schema_``), since they
    go back onto the wire. An object whose model is not installed, or that its model refuses, comes back as it is.
    """
    model = _model(tag)
    if model is None:
        return data
    try:
        made = model.construct(None, **data) if tag.startswith("openai.") else model.model_validate(data)
        return made.model_dump(mode="json", by_alias=True, warnings=False)
    except (TypeError, ValueError):  # pydantic's ValidationError and PydanticSerializationError are ValueErrors
        return data


@cache
def _model(tag: str) -> Any:
    """The class of a tag in our table; None for any other tag, which is data from a file."""
    if tag not in _TAGS:
        return None
    module, _, name = tag.rpartition(".")
    try:
        return getattr(import_module(module), name, None)
    except ImportError:
        return None


@cache
def parameters(endpoint: str) -> frozenset[str] | None:
    """The names of the arguments of the installed SDK's method for an endpoint; None for an endpoint without one."""
    creator = _CREATORS.get(endpoint)
    if creator is None:
        return None
    module, name = creator
    return frozenset(inspect.signature(getattr(import_module(module), name).create).parameters)


@cache
def brief_errors() -> bool:
    """Whether the installed SDK's exceptions print the server's message only (since 3.38), not its whole answer."""
    from importlib.metadata import version

    return tuple(int(part) for part in version("openai").split(".")[:2]) >= (3, 38)


def refusal(tag: str, data: Any) -> str | None:
    """Why the installed SDK's model ``tag`` refuses an object, in one line; None where it accepts it.

    This is stricter than the client, which builds its objects without validation. A model that is not installed accepts
    everything.
    """
    from pydantic import ValidationError

    model = _model(tag)
    if model is None:
        return None
    try:
        model.model_validate(data)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        return f"{'.'.join(map(str, first['loc']))}: {first['msg']}"[:_SHOWN]
    return None
