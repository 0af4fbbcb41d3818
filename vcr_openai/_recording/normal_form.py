"""The normal form of a recording that is already written: what the recorder would have put for what varies."""

from __future__ import annotations

from typing import Any

from vcr_openai._api.endpoint import Layout
from vcr_openai._json import json_path
from vcr_openai._recording.key import recording_key
from vcr_openai._recording.recorder import normalized
from vcr_openai._recording.recording import Recording, is_tagged


def normal_form(recording: Recording) -> tuple[Recording, list[str]]:
    """The recording with the recorder's ids, time stamps and durations, and the JSON paths that this changed.

    In a list the paths of all elements are told as one (``[*]``). Only the objects of an SDK call have such; everything
    else is as it was. Raises Unsupported as ``recording_key``.
    """
    if recording.layout is not Layout.CALL:
        return recording, []
    prefix = recording_key(recording)[:12]
    body = recording.response["body"]
    is_list = isinstance(body, list)
    changed: dict[str, None] = {}
    fresh = [_normal(element, prefix, is_list, changed) for element in (body if is_list else [body])]
    if not changed:
        return recording, []
    response = {**recording.response, "body": fresh if is_list else fresh[0]}
    return Recording({**recording.document, "response": response}), list(changed)


def _normal(element: Any, prefix: str, is_list: bool, changed: dict[str, None]) -> Any:  # noqa: FBT001 - a detail of the only caller
    if not is_tagged(element) or not isinstance(element["__data__"], dict):
        return element
    data = element["__data__"]
    fresh = normalized(element["__type__"], data, prefix)
    for key, value in fresh.items():
        if value != data[key] or type(value) is not type(data[key]):  # false is not 0
            start: json_path.Path = ("response", "body", *((None,) if is_list else ()), "__data__")
            changed[json_path.write((*start, key))] = None
    return {**element, "__data__": fresh}
