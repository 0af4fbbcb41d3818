"""What the recorder does to an answer before it writes it: the SDK's view of it, without what varies.

Source: OGX 1.5, ``testing/api_recorder.py`` (``_patched_inference_method``, ``_serialize_response``,
``_normalize_response``).
"""

from __future__ import annotations

import base64
import binascii
import struct
from collections.abc import Callable, Container
from dataclasses import dataclass
from http import HTTPStatus
from itertools import takewhile
from typing import Any

from vcr_openai._api.endpoint import Endpoint, Layout, StreamProtocol
from vcr_openai._api.endpoint_lookup import recorded_endpoint
from vcr_openai._errors import MalformedInteraction, Unsupported, describe
from vcr_openai._json import json_path
from vcr_openai._recording.call import OFF_THE_BODY
from vcr_openai._recording.failure import briefly
from vcr_openai._recording.key import recording_key
from vcr_openai._recording.recording import Recording, is_tagged

_EPOCH = "1970-01-01T00:00:00.000000Z"
_MODEL = "openai.types.model.Model"
_DURATIONS = ("total_duration", "load_duration", "prompt_eval_duration", "eval_duration")  # Ollama's, in nanoseconds


@dataclass(frozen=True)
class SdkView:
    """What the installed SDK knows of calls and answers.

    ``dump``: a tag and an object as on the wire -> the SDK's model of it as JSON, unset fields null. ``parameters``: an
    endpoint -> the names of the arguments of its SDK method, None where it has no such method. ``brief_errors``:
    whether the SDK's exceptions have the brief message.
    """

    dump: Callable[[str, Any], Any]
    parameters: Callable[[str], Container[str] | None]
    brief_errors: bool


def installed_sdk() -> SdkView:
    """The view of the SDKs that are installed."""
    from vcr_openai._api import sdk  # it imports openai, which most runs do not need

    return SdkView(sdk.model_dump, sdk.parameters, sdk.brief_errors())


def as_recorded(recording: Recording, sdk: SdkView) -> Recording:
    """A recording with arguments and objects as on the wire -> the one that the recorder would have written."""
    if recording.layout is not Layout.CALL:
        return recording  # a raw exchange is written as it was
    request = _as_called(recording.request, sdk)
    if request is not recording.request:
        recording = Recording({**recording.document, "request": request})
    prefix = recording_key(recording)[:12]
    endpoint = _endpoint(recording)

    def fresh(element: Any) -> Any:
        if not is_tagged(element) or not isinstance(element["__data__"], dict):
            return element
        data = _with_floats(element["__data__"]) if endpoint.base64_floats else element["__data__"]
        dumped = sdk.dump(element["__type__"], data)
        if endpoint.framing is StreamProtocol.THREAD_EVENTS and recording.response["is_streaming"]:
            dumped = {key: dumped[key] for key in data}  # the event around the object is the client's, not the wire's
        return {
            "__type__": element["__type__"],
            "__data__": normalized(element["__type__"], dumped, prefix) if endpoint.by_recorder else dumped,
        }

    body = recording.response["body"]
    answer = briefly(recording.response) if sdk.brief_errors else recording.response
    response = {**answer, "body": [fresh(one) for one in body] if isinstance(body, list) else fresh(body)}
    return Recording({**recording.document, "response": response})


def as_sent(recording: Recording, sdk: SdkView) -> Recording:
    """A recording with arguments and objects as on the wire -> one that the recorder finds and plays.

    The objects are as the server sent them: with its ids and times, without the members that it left out. Embeddings
    are numbers, since the recorder hands out what is in the file.
    """
    if recording.layout is not Layout.CALL:
        return recording
    endpoint = _endpoint(recording)
    answer = briefly(recording.response) if sdk.brief_errors else recording.response
    body = answer["body"]
    if endpoint.base64_floats and is_tagged(body) and isinstance(body["__data__"], dict):
        answer = {**answer, "body": {**body, "__data__": _with_floats(body["__data__"])}}
    return Recording({**recording.document, "request": _as_called(recording.request, sdk), "response": answer})


def _endpoint(recording: Recording) -> Endpoint:
    """The row of a call. Raises Unsupported for a look-up whose answer names no model: the recorder ignores it."""
    endpoint = recorded_endpoint(recording.request["endpoint"], recording.request["method"])
    response = recording.response
    if endpoint.lookup and response.get("status") != HTTPStatus.OK:
        raise Unsupported("response.body", "a model's name (model_id), with the status 200", describe(response["body"]))
    return endpoint


def ids_to_normalize(recording: Recording) -> list[str]:
    """The ids of a recording's objects in the place of which the recorder writes its own."""
    if not _is_normalized(recording):
        return []
    body = recording.response["body"]
    objects = [one for one in (body if isinstance(body, list) else [body]) if is_tagged(one)]
    return [
        one["__data__"]["id"]
        for one in objects
        if isinstance(one["__data__"], dict)
        and isinstance(one["__data__"].get("id"), str)
        and normalized(one["__type__"], {**one["__data__"]}, "")["id"] != one["__data__"]["id"]
    ]


def _is_normalized(recording: Recording) -> bool:
    """Whether the recorder normalizes the objects of a recording's answer: other calls keep the server's values."""
    if recording.layout is not Layout.CALL:
        return False
    return recorded_endpoint(recording.request["endpoint"], recording.request["method"]).by_recorder


def _as_called(request: dict[str, Any], sdk: SdkView) -> dict[str, Any]:
    """The request with ``extra_body`` separated from what was sent: the SDK writes it behind the other arguments.

    An argument that the SDK's method has no parameter for can have come from nowhere else.
    """
    known = sdk.parameters(request["endpoint"])
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
    """An object without what differs from run to run; ``prefix`` is the first 12 digits of the key."""
    changed = dict(data)
    if "id" in data and not _is_model(tag, data):
        changed["id"] = f"rec-{prefix}"
    if "created" in data:
        changed["created"] = 0
    if data.get("created_at") is not None:  # Ollama's client refuses a number where its server sent nothing
        changed["created_at"] = _EPOCH if isinstance(data["created_at"], str) else 0.0
    changed.update({key: 0 for key in _DURATIONS if data.get(key) is not None})
    return changed


def _is_model(tag: str, data: dict[str, Any]) -> bool:
    """Whether an object is a model, whose id is its name.

    The recorder knows a model by ``object`` alone, which OpenRouter and Anthropic leave out.
    """
    return data.get("object") == "model" or tag == _MODEL


def normal_form(recording: Recording, kept_ids: Container[str] = ()) -> tuple[Recording, list[str]]:
    """A recording that is already written with the recorder's ids, time stamps and durations, and the changed paths.

    The JSON paths of all elements of a list are one (``[*]``). Only the objects of a call that the recorder normalizes
    change; everything else stays, and so do ``kept_ids``, the times of models (which say nothing of the run), and a
    recording that keeps the server's own values on purpose: its ids are mapped, or it has what its cassette had. Raises
    Unsupported as ``recording_key``.
    """
    keeps_the_servers = any(recording.document.get(member) for member in ("id_normalization_mapping", "wire"))
    if keeps_the_servers or not _is_normalized(recording):
        return recording, []
    prefix = recording_key(recording)[:12]
    body = recording.response["body"]
    where: json_path.Path = ("response", "body", None) if isinstance(body, list) else ("response", "body")
    changed: dict[str, None] = {}
    elements = body if isinstance(body, list) else [body]
    fresh = [_normal(element, prefix, where, changed, kept_ids) for element in elements]
    if not changed:
        return recording, []
    response = {**recording.response, "body": fresh if isinstance(body, list) else fresh[0]}
    return Recording({**recording.document, "response": response}), list(changed)


def _normal(
    element: Any, prefix: str, where: json_path.Path, changed: dict[str, None], kept_ids: Container[str]
) -> Any:
    """The element in normal form; adds the paths that differ to ``changed``."""
    if not is_tagged(element) or not isinstance(element["__data__"], dict):
        return element
    data = element["__data__"]
    if _is_model(element["__type__"], data):
        return element
    fresh = normalized(element["__type__"], data, prefix)
    if isinstance(data.get("id"), str) and data["id"] in kept_ids:
        fresh["id"] = data["id"]
    for key, value in fresh.items():
        if value != data[key] or type(value) is not type(data[key]):  # false is not 0
            changed[json_path.write((*where, "__data__", key))] = None
    return {**element, "__data__": fresh}


def _with_floats(data: dict[str, Any]) -> dict[str, Any]:
    """Embeddings as the SDK returns them: little-endian float32 in base64 becomes a list of numbers."""
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
