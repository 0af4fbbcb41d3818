"""What the recorder does to a fresh answer before it writes it: the SDK's view of it, without what varies.

Source: OGX 1.5, ``testing/api_recorder.py`` (``_patched_inference_method``, ``_serialize_response``,
``_normalize_response``).
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Callable, Container
from itertools import takewhile
from typing import Any

from vcr_openai._api.endpoint import Framing, Layout
from vcr_openai._api.endpoint_lookup import recorded_endpoint
from vcr_openai._errors import MalformedInteraction, describe
from vcr_openai._recording.call import OFF_THE_BODY
from vcr_openai._recording.failure import briefly
from vcr_openai._recording.key import recording_key
from vcr_openai._recording.recording import Recording, is_tagged

Dump = Callable[[str, Any], Any]  # tag and object as on the wire -> the SDK's model of it as JSON, unset fields null
Parameters = Callable[[str], Container[str] | None]  # endpoint -> names of its SDK method's, None for no such method

_EPOCH = "1970-01-01T00:00:00.000000Z"
_MODEL = "openai.types.model.Model"
_DURATIONS = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")  # Ollama's, in nanoseconds


def as_recorded(recording: Recording, dump: Dump, parameters: Parameters, *, brief_errors: bool) -> Recording:
    """A recording with arguments and objects as on the wire -> the one that the recorder would have written.

    ``brief_errors`` says whether the SDK's exceptions print the brief message.
    """
    if recording.layout is not Layout.CALL:
        return recording  # a raw exchange is written as it was
    recording = Recording({**recording.document, "request": _as_called(recording.request, parameters)})
    prefix = recording_key(recording)[:12]
    endpoint = recorded_endpoint(recording.request["endpoint"], recording.request["method"])

    def fresh(element: Any) -> Any:
        if not is_tagged(element) or not isinstance(element["__data__"], dict):
            return element
        data = _with_floats(element["__data__"]) if endpoint.base64_floats else element["__data__"]
        dumped = dump(element["__type__"], data)
        if endpoint.framing is Framing.THREAD_EVENTS and recording.response["is_streaming"]:
            dumped = {key: dumped[key] for key in data}  # the event around the object is the client's, not the wire's
        return {
            "__type__": element["__type__"],
            "__data__": normalized(element["__type__"], dumped, prefix) if endpoint.by_recorder else dumped,
        }

    body = recording.response["body"]
    answer = briefly(recording.response) if brief_errors else recording.response
    response = {**answer, "body": [fresh(one) for one in body] if isinstance(body, list) else fresh(body)}
    return Recording({**recording.document, "response": response})


def _as_called(request: dict[str, Any], parameters: Parameters) -> dict[str, Any]:
    """The request with ``extra_body`` taken out of what was sent: the SDK writes it behind the other arguments.

    What its method has no parameter for, can have come from nowhere else.
    """
    known = parameters(request["endpoint"])
    arguments = request.get("body", {})
    if known is None:
        return request
    sent = [name for name in arguments if name not in OFF_THE_BODY]
    extra = list(takewhile(lambda name: name not in known, reversed(sent)))[::-1]
    merged = {**{name: arguments[name] for name in extra}, **arguments.get("extra_body", {})}
    if not merged:
        return request
    called = {name: value for name, value in arguments.items() if name not in (*extra, "extra_body")}
    return {**request, "body": {**called, "extra_body": merged}}


def normalized(tag: str, data: dict[str, Any], prefix: str) -> dict[str, Any]:
    """An object without what differs from one run to the next; ``prefix`` is the first 12 digits of the key."""
    changed = dict(data)
    # A model's id is its name. The recorder knows one by ``object`` alone, which OpenRouter and Anthropic leave out.
    if "id" in data and data.get("object") != "model" and tag != _MODEL:
        changed["id"] = f"rec-{prefix}"
    if "created" in data:
        changed["created"] = 0
    if data.get("created_at") is not None:  # Ollama's client refuses a number where its server said nothing
        changed["created_at"] = _EPOCH if isinstance(data["created_at"], str) else 0.0
    changed.update({key: 0 for key in _DURATIONS if data.get(key) is not None})
    return changed


def _with_floats(data: dict[str, Any]) -> dict[str, Any]:
    """Embeddings as the SDK hands them out: little-endian float32 in base64 becomes a list of numbers."""
    rows = data.get("data")
    if not isinstance(rows, list):
        return data
    return {**data, "data": [_row(row, f"response.body.data[{index}]") for index, row in enumerate(rows)]}


def _row(row: Any, where: str) -> Any:
    if not isinstance(row, dict) or not isinstance(row.get("embedding"), str):
        return row
    try:
        octets = base64.b64decode(row["embedding"], validate=True)
        floats = struct.unpack(f"<{len(octets) // 4}f", octets)
    except (binascii.Error, ValueError, struct.error) as error:
        found = f"{describe(row['embedding'])} ({error})"
        raise MalformedInteraction(f"{where}.embedding", "float32 numbers in base64", found) from error
    return {**row, "embedding": list(floats)}
