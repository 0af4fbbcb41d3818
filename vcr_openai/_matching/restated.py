"""Restated values: members and spellings of a body that mean the same as a shorter one.

These are a null, a default that the API documents, the spelling of JSON in a tool's arguments and result, and a list of
one text part in the place of its text. What people name themselves (schemas, metadata, arguments) keeps its nulls.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from vcr_openai._api.api_paths import ApiPath
from vcr_openai._json import json_text
from vcr_openai._json.json_path import Path
from vcr_openai._matching.api_defaults import ANY_PATH, API_DEFAULTS, Defaults

Note = Callable[[Path, Any, Any], None]  # a place, and the value there before and after; None for a value left out
# Objects whose members are people's own, where null can differ from nothing.
_OWN: Final = frozenset(
    "arguments attributes guided_json headers input input_schema metadata parameters properties response_schema schema"
    " variables".split()
)
_PART_KEYS: Final = {"type", "text"}
_TEXT_PARTS: Final = frozenset({"text", "input_text", "output_text"})
_WITH_PARTS: Final = frozenset({"content", "system"})
_RESULTS: Final = frozenset({"function_call_output", "custom_tool_call_output"})
_ABSENT: Final = object()


@dataclass(frozen=True)
class JsonText:
    """The value of a text that is JSON."""

    value: Any


def without_restatements(body: Any, target: ApiPath, note: Note) -> Any:
    """The body without what restates something, each change noted. The body itself does not change.

    ``target`` is where it is sent; only OpenAI's API and what is compatible with it have its defaults.
    """
    body = _value(body, (), note)
    for defaults in () if target.native or not target.known else (*API_DEFAULTS.get(target.path, ()), ANY_PATH):
        body = _without_defaults(body, defaults.where, defaults, (), note)
    return body


def _value(value: Any, where: Path, note: Note) -> Any:
    if isinstance(value, list):
        if all(isinstance(inner, (int, float)) for inner in value):  # tokens
            return value
        return [_value(inner, (*where, index), note) for index, inner in enumerate(value)]
    return _object(value, where, note) if isinstance(value, dict) else value


def _object(value: dict[str, Any], where: Path, note: Note) -> dict[str, Any]:
    kept = {}
    for name, inner in value.items():
        if inner is None:
            note((*where, name), None, None)
        elif isinstance(inner, str):
            kept[name] = _read(inner, (*where, name), note) if _may_be_json(value, name) else inner
        elif not isinstance(inner, (dict, list)) or (isinstance(inner, dict) and name in _OWN):
            kept[name] = inner
        else:
            restated = _value(inner, (*where, name), note)
            kept[name] = _as_text(restated, (*where, name), note) if name in _WITH_PARTS else restated
    return kept


def _as_text(value: Any, where: Path, note: Note) -> Any:
    """The text of a list of one text part; anything else as it is."""
    if not (isinstance(value, list) and len(value) == 1 and isinstance(value[0], dict)):
        return value
    part = value[0]
    if part.keys() != _PART_KEYS or part["type"] not in _TEXT_PARTS or not isinstance(part["text"], str):
        return value
    note(where, value, part["text"])
    return part["text"]


def _may_be_json(owner: Mapping[str, Any], name: str) -> bool:
    """Whether a member is a tool's arguments or its result, which programs write."""
    if name == "arguments":
        return True
    return (name == "content" and owner.get("role") == "tool") or (name == "output" and owner.get("type") in _RESULTS)


def _read(text: str, where: Path, note: Note) -> Any:
    if text.lstrip()[:1] not in ("{", "["):
        return text
    try:
        value = json_text.read(text)
    except ValueError:
        return text
    plain = json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    if plain != text:
        note(where, text, plain)
    return JsonText(value)


def _without_defaults(value: Any, path: Path, defaults: Defaults, where: Path, note: Note) -> Any:
    """The value without the defaults of the objects at ``path``; the same object where there are none."""
    if not path:
        return _members(value, defaults, where, note) if isinstance(value, dict) else value
    step, rest = path[0], path[1:]
    if isinstance(step, str):
        if not isinstance(value, dict) or step not in value:
            return value
        return {**value, step: _without_defaults(value[step], rest, defaults, (*where, step), note)}
    if not isinstance(value, list):
        return value
    return [_without_defaults(inner, rest, defaults, (*where, index), note) for index, inner in enumerate(value)]


def _members(value: dict[str, Any], defaults: Defaults, where: Path, note: Note) -> dict[str, Any]:
    if defaults.type is not None and value.get("type") != defaults.type:
        return value
    kept = {}
    for name, inner in value.items():
        if _is_equal(inner, defaults.members.get(name, _ABSENT)):
            note((*where, name), inner, None)
        else:
            kept[name] = inner
    return kept


def _is_equal(one: Any, other: Any) -> bool:
    """Whether two values are equal as JSON: 1 is 1.0, and not true."""
    return bool(one == other) and isinstance(one, bool) == isinstance(other, bool)
