"""The API path of a URL's path: ``/chat/completions``, without the prefix of a server or a proxy.

A prefix is dropped only before a known resource, and only as far as it cannot mean anything for the request. Otherwise
the path stays whole, so that it equals only itself.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import quote, unquote

_CHAT: Final = ["chat", "completions"]  # nobody else uses this name, and it is served below all kinds of paths
# Distinct names: any prefix may come before them, unless it has an API version followed by something else, which could
# have a meaning (/v1/prompts/<name>/completions is another request for each name).
_DISTINCT: Final = frozenset(
    ["completions", "embeddings", "responses", "moderations", "vector_stores", "fine_tuning", "rerank"]
)
# Resources that other APIs have, too: known directly after a version (/v1/files) or an "openai" (/openai/files).
_COMMON: Final = frozenset(
    "assistants audio batches chatkit containers content_provenance_checks conversations decisions edits engines evals"
    " files images interactions messages models organization realtime safety skills threads uploads videos".split()
)
_VERSION: Final = re.compile("v[1-9][0-9]*(?:(?:alpha|beta|preview)[0-9]*)?|openai|openapi")
_VERB: Final = re.compile(":(?:[a-z]+[A-Z][A-Za-z]*|predict)$")  # Google's API: /v1beta/models/gemini:generateContent
_DEPLOYMENTS: Final = "deployments"  # Azure: /openai/deployments/<name>/chat/completions
_OLLAMA: Final = frozenset(["chat", "embed", "embeddings", "generate", "ps", "pull", "show", "tags"])
_SAFE: Final = ":@!$&'()*+,;=~"  # what RFC 3986 allows in a path's segment, apart from letters, digits, - . and _


@dataclass(frozen=True)
class ApiPath:
    """Where a request goes. ``path`` is the API path where ``known``, else the whole path unchanged.

    ``deployment`` is Azure's name for the model, which is in the path; None elsewhere. ``native`` is true for Ollama's
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
    """The index of the segment that names the resource; None for a path without one."""
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
    """Whether a prefix ends with an API version or a deployment's name, after which a resource must follow."""
    if not before:
        return False
    return _VERSION.fullmatch(before[-1]) is not None or before[-2:-1] == [_DEPLOYMENTS]


def _is_ollama(segments: list[str]) -> bool:
    """Whether this is Ollama's own API: ``/api/chat`` is; ``/api/chat/completions`` and ``/v1/api/chat`` are not."""
    if len(segments) < 2 or segments[-2] != "api" or segments[-1] not in _OLLAMA:
        return False
    return not any(map(_VERSION.fullmatch, segments))
