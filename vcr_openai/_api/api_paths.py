"""The API path of a URL's path: ``/chat/completions``, whatever a server or a proxy puts in front of it.

The rule of this file: a prefix is dropped only where what follows it is a known resource, and only as much as cannot
say anything about the request. Where that is in doubt the path stays whole, so that it equals itself alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

_CHAT: Final = ["chat", "completions"]  # nobody else uses this name, and it is served below all kinds of paths
# Distinct names: any prefix may stand before them, unless it holds an API version followed by something else, which
# could mean more (/v1/prompts/<name>/completions is another request for each name).
_DISTINCT: Final = frozenset(
    ["completions", "embeddings", "responses", "moderations", "vector_stores", "fine_tuning", "rerank"]
)
# Resources that other APIs have, too: known directly behind a version (/v1/files) or an "openai" (/openai/files).
_COMMON: Final = frozenset(
    [
        "assistants",
        "audio",
        "batches",
        "chatkit",
        "containers",
        "content_provenance_checks",
        "conversations",
        "decisions",
        "edits",
        "engines",
        "evals",
        "files",
        "images",
        "interactions",
        "messages",
        "models",
        "organization",
        "realtime",
        "safety",
        "skills",
        "threads",
        "uploads",
        "videos",
    ]
)
_VERSION: Final = re.compile("v[1-9][0-9]*(?:(?:alpha|beta|preview)[0-9]*)?|openai|openapi")
_VERB: Final = re.compile(":(?:[a-z]+[A-Z][A-Za-z]*|predict)$")  # Google's API: /v1beta/models/gemini:generateContent
_DEPLOYMENTS: Final = "deployments"  # Azure: /openai/deployments/<name>/chat/completions
_OLLAMA: Final = frozenset(["chat", "embed", "embeddings", "generate", "ps", "pull", "show", "tags"])
_SAFE: Final = ":@!$&'()*+,;=~"  # what RFC 3986 lets stand in a path's segment beside letters, digits, - . and _


@dataclass(frozen=True)
class ApiPath:
    """Where a request goes. ``path`` is the API path where ``known``, and the whole path as it stands where not.

    ``deployment`` is Azure's name for the model, which it has in the path; None elsewhere. ``native`` tells Ollama's
    own API.
    """

    path: str
    known: bool = False
    deployment: str | None = None
    native: bool = False


def api_path(path: str) -> ApiPath:
    """The API path of a URL's path (without query): empty segments dropped, percent-encoding made uniform."""
    segments = [_uniform(segment) for segment in path.split("/") if segment]
    if _is_ollama(segments):
        return ApiPath("/" + "/".join(segments[-2:]), known=True, native=True)
    start = _resource(segments)
    if start is None:
        return ApiPath(path)
    if _DEPLOYMENTS not in segments[: max(start - 1, 0)]:
        return ApiPath("/" + "/".join(segments[start:]), known=True)
    name = segments.index(_DEPLOYMENTS) + 1
    return ApiPath("/" + "/".join(segments[name + 1 :]), known=True, deployment=unquote(segments[name]))


def _uniform(segment: str) -> str:
    return quote(unquote(segment, errors="surrogateescape"), _SAFE, errors="surrogateescape")


def _resource(segments: list[str]) -> int | None:
    """The index of the segment that names the resource, None where there is none."""
    if segments and _VERB.search(segments[-1]):
        return None
    for start, name in enumerate(segments):
        before = segments[:start]
        if segments[start : start + 2] == _CHAT:
            return start
        if name in _DISTINCT and (_ends_mount(before) or not any(map(_VERSION.fullmatch, before))):
            return start
        if name in _COMMON and (_ends_mount(before) or (name == "models" and not before)):
            return start
    return None


def _ends_mount(before: list[str]) -> bool:
    """Whether a prefix ends with an API version or a deployment's name, behind which a resource must follow."""
    if not before:
        return False
    return _VERSION.fullmatch(before[-1]) is not None or before[-2:-1] == [_DEPLOYMENTS]


def _is_ollama(segments: list[str]) -> bool:
    """Whether this is Ollama's own API: ``/api/chat`` is, ``/api/chat/completions`` and ``/v1/api/chat`` are not."""
    if len(segments) < 2 or segments[-2] != "api" or segments[-1] not in _OLLAMA:
        return False
    return not any(map(_VERSION.fullmatch, segments))
