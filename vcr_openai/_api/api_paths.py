"""The API path of a URL's path: ``/chat/completions``, without the prefix of a server or a proxy.

Only prefixes that mean nothing are dropped; they are in a table. Any other prefix is part of the request:
``/v2/llama1/openai/v1`` and ``/v2/qwen2/openai/v1`` are two models. A path without a known resource stays whole.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final
from urllib.parse import quote, unquote, urlsplit

# Prefixes that say nothing about the request, a version that occurs twice counted once.
_MEANINGLESS: Final = frozenset(
    ["", "/v1", "/api", "/api/v1", "/openai", "/openai/v1", "/v1/openai", "/v1beta/openai", "/v1beta/openai/v1"]
)
# Names that only servers with OpenAI's API have. They are served below all kinds of paths.
_DISTINCT_PAIRS: Final = frozenset(
    [
        ("chat", "completions"),
        ("audio", "speech"),
        ("audio", "transcriptions"),
        ("audio", "translations"),
        ("images", "generations"),
    ]
)
# Distinct names, too, but one word: after a prefix without a version, or with a version in its midst, it can be another
# API's (/forms/<name>/responses, /v1/prompts/<name>/completions).
_DISTINCT: Final = frozenset(
    ["completions", "embeddings", "responses", "moderations", "vector_stores", "fine_tuning", "rerank"]
)
# General names, which other APIs have, too: known directly after a version (/v1/files) or an "openai" (/openai/files).
_GENERAL: Final = frozenset(
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

    ``prefix`` is what stands before it and is part of the request; empty for a prefix that means nothing.
    ``deployment`` is Azure's name for the model, which is in the path; None elsewhere. ``native`` is true for Ollama's
    own API. ``general`` is true where the name is not OpenAI's alone, so that the host decides (``api_hosts``).
    """

    path: str
    known: bool = False
    deployment: str | None = None
    native: bool = False
    prefix: str = ""
    general: bool = False


@lru_cache(maxsize=1024)
def api_path_of(uri: str) -> ApiPath:
    """The API path of a URL; that of ``/`` for one that is broken."""
    try:
        return api_path(urlsplit(uri).path)
    except ValueError:  # a broken IPv6 address
        return api_path("/")


def api_path(path: str) -> ApiPath:
    """The API path of a URL's path (without query): empty segments dropped, percent-encoding made uniform."""
    segments = [_uniform(segment) for segment in path.split("/") if segment]
    if _is_ollama(segments):
        prefix = _prefix(segments[:-2])
        return ApiPath("/" + "/".join(segments[-2:]), known=True, native=True, prefix=prefix, general=True)
    start, general = _resource(segments)
    if start is None:
        return ApiPath(path)
    before = segments[:start]
    if _DEPLOYMENTS not in segments[: max(start - 1, 0)]:
        rest = "/" + "/".join(segments[start:])
        return ApiPath(rest, known=True, prefix=_prefix(before), general=general)
    name = segments.index(_DEPLOYMENTS) + 1
    rest = "/" + "/".join(segments[name + 1 :])
    prefix = _prefix(segments[: name - 1])
    return ApiPath(rest, known=True, deployment=unquote(segments[name]), prefix=prefix, general=general)


def _uniform(segment: str) -> str:
    return quote(unquote(segment, errors="surrogateescape"), _SAFE, errors="surrogateescape")


def _prefix(segments: list[str]) -> str:
    """The prefix as part of the request: without a version that repeats the one before it, empty if meaningless."""
    text = "".join(
        f"/{segment}"
        for index, segment in enumerate(segments)
        if not (index and segment == segments[index - 1] and _VERSION.fullmatch(segment))
    )
    return "" if text in _MEANINGLESS else text


def _resource(segments: list[str]) -> tuple[int | None, bool]:
    """The index of the segment that names the resource, and whether its name is general; None without one."""
    if segments and _VERB.search(segments[-1]):
        return None, False
    for start in range(len(segments)):
        if tuple(segments[start : start + 2]) in _DISTINCT_PAIRS:
            return start, False
    for start, name in enumerate(segments):
        if name in _DISTINCT and (not start or _ends_mount(segments[:start])):
            return start, False
    for start, name in enumerate(segments):
        before = segments[:start]
        if name in _DISTINCT and not any(map(_VERSION.fullmatch, before)):
            return start, True
        if name in _GENERAL and (_ends_mount(before) or (name == "models" and not before)):
            return start, True
    return None, False


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
