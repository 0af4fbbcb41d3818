"""A body without the members that do not count: those that the rules ignore, and those that say what is so anyway."""

from __future__ import annotations

from typing import Any, Final

from vcr_openai._api.api_paths import ApiPath
from vcr_openai._json import json_path
from vcr_openai._json.json_path import Path
from vcr_openai._matching.normalizer import Normalizer
from vcr_openai._matching.placeholder import placeholder
from vcr_openai._matching.rules import Rules

_IGNORED: Final = placeholder("ignored")  # an element keeps its place, so that the others keep their index


def prune(body: Any, target: ApiPath, rules: Rules, normalizer: Normalizer) -> Any:
    """The body with ignored paths and defaults left out, each of them told to the normalizer's trace."""
    if rules.defaults and isinstance(body, dict):
        body = _without_defaults(body, target, normalizer)
    paths = [json_path.parse(path) for path in rules.ignore]
    return _without(body, [path for path in paths if _occurs(body, path)], (), normalizer)


def _without_defaults(body: dict[str, Any], target: ApiPath, normalizer: Normalizer) -> dict[str, Any]:
    kept = {}
    for name, value in body.items():
        if _is_default(name, value, target):
            normalizer.fired("defaults", (name,), value, None)
        else:
            kept[name] = value
    return kept


def _is_default(name: str, value: Any, target: ApiPath) -> bool:
    if value is None:
        return True
    if name == "stream":  # Ollama's own API streams unless it is told not to
        return value is False and not target.native
    return name == "encoding_format" and value == "base64" and target.path == "/embeddings"


def _occurs(body: Any, path: Path) -> bool:
    first = path[0]
    return first in body if isinstance(first, str) and isinstance(body, dict) else isinstance(body, list)


def _without(value: Any, paths: list[Path], where: Path, normalizer: Normalizer) -> Any:
    """The value without what the paths lead to, an object's member left out and a list's element replaced."""
    if not paths or not isinstance(value, (dict, list)):
        return value
    kept: list[tuple[Any, Any]] = []
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
        every = None if isinstance(value, list) else step
        rest = [path[1:] for path in paths if path[0] == step or path[0] == every]
        if () in rest:
            normalizer.fired("ignore", (*where, step), inner, None)
            if isinstance(value, list):
                kept.append((step, _IGNORED))
        else:
            kept.append((step, _without(inner, rest, (*where, step), normalizer)))
    return dict(kept) if isinstance(value, dict) else [inner for _, inner in kept]
