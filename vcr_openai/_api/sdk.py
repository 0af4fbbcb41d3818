"""The SDKs' own view of an object that a server sent; no other module imports an SDK.

Imported when an interaction from the wire becomes a recording, and never before: openai takes 0.6 s to import.
"""

from __future__ import annotations

import inspect
from functools import cache, lru_cache
from importlib import import_module
from typing import Any

import orjson

from vcr_openai._api.endpoint_table import ENDPOINTS
from vcr_openai._json.json_diff import same

_FREE = frozenset(
    "id model content arguments text delta refusal reasoning reasoning_content system_fingerprint obfuscation token "
    "item_id response_id call_id name".split()
)
_BLANKS: dict[type, Any] = {int: 1, float: 1.5, str: "x"}
_NUMBERS = ({int}, {float})
_LONG = 4096  # bytes
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
    if not tag.startswith("openai."):
        return _dumped(tag, data)
    try:
        blank = orjson.dumps(_blanked(data))
    except (TypeError, orjson.JSONEncodeError):  # integers beyond 64 bits
        return _dumped(tag, data)
    template = (
        _template(tag, blank) if len(blank) < _LONG else None
    )  # a long one is not kept: hardly another is like it
    return _dumped(tag, data) if template is None else _filled(template, data)


def _dumped(tag: str, data: Any) -> Any:
    model = _model(tag)
    if model is None:
        return data
    try:
        made = model.construct(None, **data) if tag.startswith("openai.") else model.model_validate(data)
        return made.model_dump(mode="json", by_alias=True, warnings=False)
    except (TypeError, ValueError):  # pydantic's ValidationError and PydanticSerializationError are ValueErrors
        return data


# --- The SDK takes 0.1 ms to build the objects of a chunk, and the chunks of a stream differ in a word or two. So an
# object is built once for all that differ in nothing but what is free: numbers, lists of them, and texts that have no
# influence on how the SDK models an object.


def _is_free(kind: type, name: str) -> bool:
    """Whether a member's value of a type is free."""
    return kind in _BLANKS and (kind is not str or name in _FREE)


def _blanked(value: Any) -> Any:
    """A JSON value with one number and one text in the place of all that are free, one number for a list of them."""
    if type(value) is list:
        kinds = set(map(type, value))
        return [_BLANKS[kinds.pop()]] if kinds in _NUMBERS else [_blanked(one) for one in value]
    if type(value) is not dict:
        return value
    blanked = dict(value)
    for name, one in value.items():
        kind = type(one)
        if kind is dict or kind is list:
            blanked[name] = _blanked(one)
        elif _is_free(kind, name):
            blanked[name] = _BLANKS[kind]
    return blanked


@lru_cache(maxsize=512)
def _template(tag: str, blank: bytes) -> Any:
    """The SDK's view of a blanked object; None where it changes what is free."""
    data = orjson.loads(blank)
    dumped = _dumped(tag, data)
    return dumped if _keeps(dumped, data) else None


def _keeps(dumped: Any, data: Any, name: str = "") -> bool:
    """Whether a value has all that the data has, and what is free as it is."""
    if _is_free(type(data), name):
        return same(dumped, data)
    if type(dumped) is not type(data):
        return False
    if type(data) is dict:
        return all(name in dumped and _keeps(dumped[name], one, name) for name, one in data.items())
    if type(data) is list:
        return len(dumped) == len(data) and all(map(_keeps, dumped, data))
    return True


def _filled(template: Any, data: Any) -> Any:
    """The template with the free values of the data."""
    if type(data) is list:
        if set(map(type, data)) in _NUMBERS:
            return [*data]
        return [_filled(one, other) for one, other in zip(template, data, strict=True)]
    if type(data) is not dict:
        return template
    filled = dict(template)
    for name, value in data.items():
        kind = type(value)
        if kind is dict or kind is list:
            filled[name] = _filled(template[name], value)
        elif _is_free(kind, name):
            filled[name] = value
    return filled


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


def refusal(tag: str, data: Any, *, dumped: bool = False) -> str | None:
    """Why the installed SDK's model ``tag`` refuses an object, in one line; None where it accepts it.

    This is stricter than the client, which builds its objects without validation. A model that is not installed accepts
    everything. ``dumped``: the object may be the dump of a model, which has null for each field that was not sent.
    """
    from pydantic import ValidationError

    model = _model(tag)
    if model is None:
        return None
    try:
        model.model_validate(data)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False)
        if dumped:
            if _are_of_nulls(found, data, 0):
                return None
            found.sort(key=lambda one: one["input"] is None)
        return f"{'.'.join(map(str, found[0]['loc']))}: {found[0]['msg']}"[:_SHOWN]
    return None


def _are_of_nulls(errors: list[Any], data: Any, depth: int) -> bool:
    """Whether nulls are all that a model refuses in ``data``, to which the first ``depth`` steps of the errors lead.

    A step that is no place in the data names one of several types; one of them has to accept all the rest.
    """
    here = [one for one in errors if len(one["loc"]) == depth]
    if here:
        return depth > 0 and all(one["input"] is None for one in here)
    types = []
    for step in dict.fromkeys(one["loc"][depth] for one in errors):
        below = [one for one in errors if one["loc"][depth] == step]
        if any(one["type"] == "missing" and len(one["loc"]) == depth + 1 for one in below):
            return False
        is_place = step in data if isinstance(data, dict) else isinstance(data, list) and isinstance(step, int)
        if not is_place:
            types.append(_are_of_nulls(below, data, depth + 1))
        elif not _are_of_nulls(below, data[step], depth + 1):
            return False
    return any(types) or not types
