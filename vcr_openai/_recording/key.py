"""The key: the name under which the recorder files a recording and finds it again.

It follows the recorder to the letter (OGX 1.5, ``testing/api_recorder.py``, and its older versions in ``key_rules``),
oddities included: a key that differs in one bit finds nothing. Matching does not use the key (``_matching``).
"""

from __future__ import annotations

import hashlib
import json
import re
from typing import Any
from urllib.parse import SplitResult, urlsplit

from vcr_openai._api.endpoint import Layout
from vcr_openai._errors import MalformedRecording, Unsupported, describe
from vcr_openai._recording.key_rules import CURRENT, KEY_RULES, KeyRule
from vcr_openai._recording.recording import Recording, is_tagged

# The look-behind changes no match. Without it, each digit of a long run would be tried as a start.
_LONG_DECIMAL = re.compile(r"-?(?<!\d)\d+\.\d{4,}")
_SHARED_MODEL_LISTS = {"/v1/models", "/info"}
_OLD_SHARED_LISTS = {"/v1/models", "/api/tags", "/v1/openai/v1/models"}
_LOCAL_HOSTS = {"0.0.0.0", "127.0.0.1", "localhost"}  # noqa: S104 - compared, not bound
# A name as a recorder writes it, or with the -<digits> that people add to distinguish twins of one key.
_NAME = re.compile(
    r"(?P<list>models-)?(?P<key>[0-9a-f]{64}|[0-9a-f]{12})(?P<digest>-[0-9a-f]{8})?(?P<twin>-[0-9a-f]{7})?\.json"
)


def recording_key(recording: Recording) -> str:
    """The key of a recording: 64 hex digits, by the rule of OGX 1.5.

    Raises Unsupported for a file processor's recording, since the rule for its name is not known; MalformedRecording
    for a recording with a malformed URL.
    """
    return key_by(CURRENT, recording)


def recording_name(recording: Recording) -> str:
    """The file name that the recorder gives a recording: ``<key>.json``, ``models-<key>-<digest>.json`` for a page.

    Raises as ``recording_key``, and Unsupported for models whose ids UTF-8 cannot write.
    """
    return name_by(CURRENT, recording)


def key_by(rule: KeyRule, recording: Recording) -> str:
    """The key by a version of the rule: always 64 hex digits. Raises as ``recording_key``."""
    return hashlib.sha256(json.dumps(_keyed(rule, recording), sort_keys=True).encode()).hexdigest()


def name_by(rule: KeyRule, recording: Recording) -> str:
    """The file name by a version of the rule. Raises as ``recording_key``."""
    key = key_by(rule, recording)[: rule.digits]
    if not has_models_in_name(recording):
        return f"{key}.json"
    return f"models-{key}-{_models_digest(recording.response['body'])}.json"


def key_in(name: str) -> str:
    """The key in a name that ``recording_name`` made."""
    return name.removeprefix("models-")[:64]


def is_recorders_name(name: str) -> bool:
    """Whether a file has a name as a recorder gives it: by a key, without a twin's suffix."""
    match = _NAME.fullmatch(name)
    return match is not None and not match["twin"]


def twin_suffix(name: str) -> str:
    """The ``-<7 digits>`` by which a file's name differs from others of its key; empty for a name without them."""
    match = _NAME.fullmatch(name)
    return (match["twin"] or "") if match else ""


def explained_by(name: str, recording: Recording) -> KeyRule | None:
    """The newest version of the rule that gives a recording its file name; None where no known version does.

    A name may have the key's first 12 digits or all 64 (the version that wrote that many is preferred), a list's
    digest, and the suffix of a twin.
    """
    match = _NAME.fullmatch(name)
    if match is None:
        return None
    rules = sorted(KEY_RULES, key=lambda rule: rule.digits != len(match["key"]))
    try:
        return next((rule for rule in rules if key_by(rule, recording).startswith(match["key"])), None)
    except ValueError:  # Unsupported, or a URL that cannot be taken apart
        return None


def findable(name: str, recording: Recording) -> bool:
    """Whether today's recorder finds a recording under this file name, if it looks into the file's folder.

    It opens a model list under any digest and suffix, any other recording under its one name.
    """
    try:
        key = recording_key(recording)
    except ValueError:  # as above
        return False
    if has_models_in_name(recording):
        return name.startswith(f"models-{key}-") and name.endswith(".json")
    return name == f"{key}.json"


def is_shared(recording: Recording) -> bool:
    """Whether the key of a recording is the same for all tests: lists of models, and whatever has no test."""
    if recording.layout is not Layout.CALL:
        return recording.test_id is None
    try:
        url = _url(recording.request["url"])
    except ValueError:  # as above
        return recording.test_id is None
    return _keyed_test_id(CURRENT, recording.test_id, url.path, url.hostname)["test_id"] is None


def has_models_in_name(recording: Recording) -> bool:
    """Whether the recorder names the file of this recording after the models that it lists."""
    return recording.request.get("endpoint") in _SHARED_MODEL_LISTS and not recording.response.get("is_exception")


def _keyed(rule: KeyRule, recording: Recording) -> dict[str, Any]:
    request = recording.request
    if recording.layout is Layout.CALL:
        url = _url(request["url"])
        body = _normalized_body(rule, request.get("body", {}), bedrock="bedrock" in url.netloc)
        keyed = {"method": request["method"].upper(), "endpoint": url.path, "body": body}
        return keyed | _keyed_test_id(rule, recording.test_id, url.path, url.hostname)
    if recording.layout is Layout.HTTP:
        keyed = {"url": request["url"], "method": request["method"].upper()}
        return keyed | {"test_id": recording.test_id, "payload": _normalized(rule, request["payload"])}
    if recording.layout is Layout.TOOL:
        return {key: request.get(key) for key in ("provider", "tool_name", "kwargs")}
    if recording.layout is Layout.INTERACTION:  # no rule of the recorder's, which does not look for it
        return {"test_id": recording.test_id, **{key: request.get(key) for key in ("method", "uri", "body")}}
    raise Unsupported("request", "a layout whose key is known", "a file processor's request")


def _keyed_test_id(rule: KeyRule, test_id: str | None, path: str, host: str | None) -> dict[str, str | None]:
    if rule.test_id == "null for lists":
        shared = path in _SHARED_MODEL_LISTS or (path.endswith("/models") and host not in _LOCAL_HOSTS)
        return {"test_id": None if shared else test_id}
    if rule.test_id == "never" or path in _OLD_SHARED_LISTS:
        return {}
    return {"test_id": test_id}


def _normalized_body(rule: KeyRule, body: dict[str, Any], *, bedrock: bool) -> Any:
    normalized = _normalized(rule, body)
    if bedrock and rule.bedrock:  # its OpenAI-compatible endpoint was recorded with and without them
        normalized.pop("stream_options", None)
    return normalized


def _normalized(rule: KeyRule, value: Any, *, nested: bool = False) -> Any:
    if isinstance(value, str):
        return normalized_text(rule, value)
    if isinstance(value, float):
        return value if rule.decimals is None else round(value, rule.decimals)
    if isinstance(value, list):
        return [_normalized(rule, element) for element in value]  # not nested: the recorder starts again in a list
    if isinstance(value, dict):
        normalized = {key: _normalized(rule, element, nested=True) for key, element in value.items()}
        for extra in () if nested or rule.extra == "nothing" else ("extra_body", "extra_query"):
            if rule.extra == "all":
                normalized.pop(extra, None)
            elif isinstance(normalized.get(extra), dict):
                normalized[extra].pop("project_id", None)  # a credential: real when recording, a dummy in replay
        return normalized
    return value


def normalized_text(rule: KeyRule, text: str) -> str:
    """A text of a request as it counts in a key."""
    for literal, pattern, replacement in rule.replaced:
        if literal in text:
            text = pattern.sub(replacement, text)
    if rule.decimals is None or "." not in text:
        return text
    return _LONG_DECIMAL.sub(lambda match: f"{float(match.group()):.{rule.decimals}f}", text)


def _models_digest(body: Any) -> str:
    models = body if isinstance(body, list) else [body]
    data = [model["__data__"] if is_tagged(model) else model for model in models]
    names = sorted({str(model.get("id", model.get("model_id"))) for model in data if isinstance(model, dict)})
    text = "|".join(names)
    try:
        return hashlib.sha256(text.encode()).hexdigest()[:8]
    except UnicodeEncodeError as error:
        raise Unsupported(
            "response.body", "ids that UTF-8 can write, as a name is made of them", describe(text)
        ) from error


def _url(text: str) -> SplitResult:
    try:
        url = urlsplit(text)
        url.hostname  # noqa: B018 - which is parsed when it is asked for
    except ValueError as error:  # a broken IPv6 address
        raise MalformedRecording("request.url", "a URL", f"{describe(text)} ({error})") from error
    return url
