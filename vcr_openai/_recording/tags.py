"""The tags of an outcome's objects: which the endpoint gives them, and the note where they have others."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from vcr_openai._api.endpoint import Endpoint
from vcr_openai._errors import MalformedInteraction, describe
from vcr_openai._json.json_patch import apply, difference, read_patch
from vcr_openai._recording.recording import is_tagged

# {"runs": [[count, tag]], "patches": {index: patch}}, each where it says something; a tag is null for a plain object.
Tags = dict[str, Any]


def data_of(element: Any) -> Any:
    """The object without its tag: what the wire has."""
    return element["__data__"] if is_tagged(element) else element


def tags_of(elements: list[Any], endpoint: Endpoint, *, streamed: bool) -> Tags:
    """The note on the elements' tags; empty where they are the endpoint's and nothing else stands beside them."""
    found = [element["__type__"] if is_tagged(element) else None for element in elements]
    note: Tags = {}
    patches = {
        str(index): patch
        for index, (tag, element) in enumerate(zip(found, elements, strict=True))
        if tag is not None and (patch := difference(_tagged(tag, None), element, elsewhere=("__data__",)))
    }
    if patches:
        note["patches"] = dict(sorted(patches.items()))
    if found != [endpoint.tag(data_of(element), streamed=streamed) for element in elements]:
        note["runs"] = [[len(list(run)), tag] for tag, run in groupby(found)]
    return note


def with_tags(data: list[Any], endpoint: Endpoint, note: Tags, *, streamed: bool) -> list[Any]:
    """The objects with their tags: from the note as far as its runs reach, from the endpoint beyond."""
    runs = note.get("runs", [])
    noted = [tag for count, tag in runs for _ in range(min(count, len(data)))][: len(data)]
    if len(runs) == 1:
        noted = [runs[0][1]] * len(data)  # one for all, however many there are now
    beyond = [endpoint.tag(value, streamed=streamed) for value in data[len(noted) :]]
    elements = [_tagged(tag, value) for tag, value in zip([*noted, *beyond], data, strict=True)]
    for index, patch in note.get("patches", {}).items():
        if int(index) < len(elements) and is_tagged(elements[int(index)]):
            elements[int(index)] = apply(elements[int(index)], patch)
    return elements


def read_tags(value: Any, where: str) -> Tags:
    """The note as a file holds it (None for none). Raises MalformedInteraction where it is none."""
    value = {} if value is None else value
    if not isinstance(value, dict):
        raise MalformedInteraction(where, "an object with the keys runs, patches", describe(value))
    for index, run in enumerate(_list(value.get("runs", []), f"{where}.runs")):
        if not (isinstance(run, list) and len(run) == 2 and isinstance(run[0], int) and _is_tag(run[1])):
            raise MalformedInteraction(f"{where}.runs[{index}]", "a count and a tag (or null)", describe(run))
    patches = value.get("patches", {})
    if not isinstance(patches, dict):
        raise MalformedInteraction(f"{where}.patches", "an object", describe(patches))
    for name, patch in patches.items():
        if not (isinstance(name, str) and name.isdecimal() and len(name) < 10):
            raise MalformedInteraction(f"{where}.patches", "indices as keys", describe(name))
        read_patch(patch, f"{where}.patches.{name}")
    return value


def _tagged(tag: str | None, data: Any) -> Any:
    return data if tag is None else {"__type__": tag, "__data__": data}


def _is_tag(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _list(value: Any, where: str) -> list[Any]:
    if not isinstance(value, list):
        raise MalformedInteraction(where, "a list", describe(value))
    return value
