"""The key: the name under which the recorder files a recording and finds it again.

The rule of this file: what stands here is the recorder's rule to the letter (OGX 1.5, ``testing/api_recorder.py``),
its oddities included, since a key that differs in one bit finds nothing. Matching is not decided here (``_rules``).
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from vcr_openai._recording import Layout, Recording, is_tagged
from vcr_openai.errors import MalformedRecording, Unsupported, describe

_UUID = "[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}"
# What varies from one file search to the next, in the order in which the recorder replaces it.
_FILE_SEARCH = (
    (re.compile(r"score:\s*[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?"), "score: __NORMALIZED__"),
    (re.compile(r",?\s*attributes:\s*\{[^}]*\}"), ""),
    (re.compile(rf"document_id:\s*{_UUID}"), "document_id: __NORMALIZED__"),
    (re.compile(rf"<\|{_UUID}\|>"), "<|__NORMALIZED__|>"),
)
_LONG_DECIMAL = re.compile(r"-?\d+\.\d{4,}")
_SHARED_MODEL_LISTS = {"/v1/models", "/info"}
_LOCAL_HOSTS = {"0.0.0.0", "127.0.0.1", "localhost"}  # noqa: S104 - compared, not bound


def recording_key(recording: Recording) -> str:
    """The key of a recording: 64 hex digits, by the rule of OGX 1.5.

    Raises Unsupported for a file processor's recording: how those were named is not known; MalformedRecording for one
    whose URL is none.
    """
    return hashlib.sha256(json.dumps(_keyed(recording), sort_keys=True).encode()).hexdigest()


def recording_name(recording: Recording) -> str:
    """The file name that the recorder gives a recording: ``<key>.json``, ``models-<key>-<digest>.json`` for a page."""
    key = recording_key(recording)
    if recording.request.get("endpoint") not in _SHARED_MODEL_LISTS or recording.response.get("is_exception"):
        return f"{key}.json"
    return f"models-{key}-{_models_digest(recording.response['body'])}.json"


def _keyed(recording: Recording) -> dict[str, Any]:
    request = recording.request
    if recording.layout is Layout.CALL:
        url = _url(request["url"])
        shared = url.path in _SHARED_MODEL_LISTS or (url.path.endswith("/models") and url.hostname not in _LOCAL_HOSTS)
        return {
            "method": request["method"].upper(),
            "endpoint": url.path,
            "body": _normalized_body(request.get("body", {}), bedrock="bedrock" in url.netloc),
            "test_id": None if shared else recording.test_id,
        }
    if recording.layout is Layout.HTTP:
        return {
            "test_id": recording.test_id,
            "url": request["url"],
            "method": request["method"].upper(),
            "payload": _normalized(request["payload"]),
        }
    if recording.layout is Layout.TOOL:
        return {key: request.get(key) for key in ("provider", "tool_name", "kwargs")}
    raise Unsupported("request", "a layout whose key is known", "a file processor's request")


def _url(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        url.hostname  # noqa: B018 - which is parsed when it is asked for
    except ValueError as error:  # a broken IPv6 address
        raise MalformedRecording("request.url", "a URL", f"{describe(text)} ({error})") from error
    return url


def _normalized_body(body: dict[str, Any], *, bedrock: bool) -> Any:
    normalized = _normalized(body)
    if bedrock:  # its OpenAI-compatible endpoint was recorded with and without them
        normalized.pop("stream_options", None)
    return normalized


def _normalized(value: Any, *, nested: bool = False) -> Any:
    if isinstance(value, str):
        return _normalized_text(value)
    if isinstance(value, float):
        return round(value, 5)
    if isinstance(value, list):
        return [_normalized(element) for element in value]  # not nested: in a list the recorder starts anew
    if isinstance(value, dict):
        normalized = {key: _normalized(element, nested=True) for key, element in value.items()}
        for extra in () if nested else ("extra_body", "extra_query"):
            if isinstance(normalized.get(extra), dict):
                normalized[extra].pop("project_id", None)  # a credential: real when recording, a dummy in replay
        return normalized
    return value


def _normalized_text(text: str) -> str:
    for pattern, replacement in _FILE_SEARCH:
        text = pattern.sub(replacement, text)
    return _LONG_DECIMAL.sub(lambda match: f"{float(match.group()):.5f}", text)


def _models_digest(body: Any) -> str:
    models = body if isinstance(body, list) else [body]
    data = [model["__data__"] if is_tagged(model) else model for model in models]
    names = sorted({str(model.get("id", model.get("model_id"))) for model in data if isinstance(model, dict)})
    return hashlib.sha256("|".join(names).encode()).hexdigest()[:8]
