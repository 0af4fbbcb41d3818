"""The canonical request: a request without everything that the rules name.

Two requests match exactly when their canonical requests are equal, so matching is symmetric, reflexive and transitive.
A canonical request depends only on the request and the rules: not on the order of an object's keys, not on the spelling
of an id, not on other requests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from vcr_openai._api.api_hosts import is_api_host, is_model_call, matches_host
from vcr_openai._api.api_paths import ApiPath, api_path
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import PORTS, HttpRequest
from vcr_openai._json import json_path
from vcr_openai._json.json_path import Path
from vcr_openai._matching.form_parts import TEMPORARY, boundary_of, digest, parts_of
from vcr_openai._matching.generated_ids import is_id
from vcr_openai._matching.normalizer import Change, Normalizer
from vcr_openai._matching.restated import without_restatements
from vcr_openai._matching.rules import Rules
from vcr_openai._matching.volatile_text import escape_brackets, placeholder

_QUERY_IDS: Final = frozenset({"after", "before"})  # cursors: the last id of the page before
_OTHER_API: Final = replace(Rules.exact(), match_host=True)
_LARGEST: Final = 32 << 20  # bytes; a larger body is an upload, which takes longer to parse than to compare
_DEEPEST: Final = 100  # levels; fixed, so that a body counts as the same at any depth of the call stack
_BEDROCK: Final = ("stream_options",)  # which the recorder leaves out there: it was recorded with and without them
_IGNORED: Final = placeholder("ignored")  # an element keeps its place, so that the others keep their index
_QUERY, _PARTS = "query", "parts"  # the first step of an ignored path outside of a JSON body
# What the body of a call of a model has, whatever its URL is.
_PROMPTS: Final = frozenset({"contents", "input", "messages", "prompt"})
_MESSAGES: Final = (("messages", "role"), ("contents", "parts"))


@dataclass(frozen=True)
class Canonical:
    """A request as matching compares it. Two of them are equal, and hash alike, when their ``key`` is.

    ``key`` has two texts, one for method and URL, one for the body. ``value`` is a JSON value that must not be changed:
    method, path, where there are any host, deployment and query, and the body as ``body`` (JSON), ``parts`` (of a
    form) or ``bytes``. ``trace`` lists the changes that the rules made. ``renamed`` has the name in ``value`` of each
    id of the request. ``known`` is false for a request to another API than OpenAI's (and compatible ones), to which no
    rule applies, and whose body does not count; it is true for a call of a model by another API. ``sent`` has the body
    as it was sent, under the same name as in ``value``; ``place`` has the URL's origin and path as they were sent.
    """

    key: tuple[str, str]
    value: Mapping[str, Any] = field(compare=False, repr=False)
    trace: tuple[Change, ...] = field(default=(), compare=False, repr=False)
    renamed: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    known: bool = field(default=True, compare=False)
    sent: Mapping[str, Any] = field(default_factory=dict, compare=False, repr=False)
    place: tuple[str, str] = field(default=("", ""), compare=False, repr=False)

    def matches(self, other: Canonical) -> bool:
        """Whether the two requests match. The body of a request to another API does not count, as in vcrpy."""
        return self == other if self.known else not other.known and self.key[0] == other.key[0]


def canonical(request: HttpRequest, rules: Rules) -> Canonical:
    """The canonical request under ``rules``. Raises nothing, whatever the body and the URI contain."""
    url, target = _target(request.uri, rules.hosts)
    content = content_of(request.body)
    sent = dict(content)
    known = target.known or _counts_body(url, content, rules)
    applied = rules if known else _OTHER_API
    normalizer = Normalizer(applied)
    if "body" in content:
        is_bedrock = applied.as_recorder and "bedrock" in url.netloc
        ignoring = replace(applied, ignore=(*applied.ignore, *_BEDROCK)) if is_bedrock else applied
        content["body"] = _pruned(content["body"], target, ignoring, normalizer)
        normalizer.declare(content["body"])
    value: dict[str, Any] = {"method": request.method.upper(), "path": _path(target, normalizer)}
    if applied.match_host or not target.known:
        value["host"] = _origin(url)
    if target.deployment is not None:
        content = _with_model(value, content, target.deployment)
    if url.query:
        value["query"] = _query(url.query, normalizer, is_api=target.known)
    if "body" in content:
        content["body"] = normalizer.value(content["body"])
    elif "parts" in content and known:
        content["parts"] = _form(content["parts"], normalizer)
    key = _text(value), hashlib.sha256(_text(content).encode()).hexdigest()
    value.update(content)
    place = _origin(url), url.path
    return Canonical(key, value, tuple(normalizer.trace), normalizer.renamed, known, sent, place)


def is_api_request(uri: str, rules: Rules) -> bool:
    """Whether a request goes to OpenAI's API, or to one that is compatible with it."""
    return _target(uri, rules.hosts)[1].known


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


@lru_cache(maxsize=256)
def _target(uri: str, hosts: tuple[str, ...]) -> tuple[SplitResult, ApiPath]:
    """The URL, and where it leads: a general path is OpenAI's on a known host alone."""
    try:
        url = urlsplit(uri)
        url.port  # noqa: B018 - which is read when it is asked for
        target = api_path(url.path)
    except ValueError:  # a broken IPv6 address or port, half a character
        return SplitResult("", "", uri, "", ""), ApiPath(uri)
    if target.general and not is_api_host(url.netloc, hosts):
        target = ApiPath(url.path or "/")
    return url, target if target.known else ApiPath(url.path or "/")


def _counts_body(url: SplitResult, content: Mapping[str, Any], rules: Rules) -> bool:
    """Whether the body of a request to another API counts: it calls a model, or the rules name its host."""
    if "parts" in content:
        asks = any(isinstance(part, dict) and part.get("name") == "model" for part in content["parts"])
    else:
        asks = "body" in content and (_is_prompt(content["body"]) or matches_host(url.netloc, rules.bodies))
    return asks or is_model_call(url)


def _is_prompt(body: Any) -> bool:
    """Whether a body asks a model: whatever its URL is, nobody wants the answer to another question."""
    if not isinstance(body, dict):
        return False
    if isinstance(body.get("model"), str) and not _PROMPTS.isdisjoint(body):
        return True
    lists = [(body[name], key) for name, key in _MESSAGES if isinstance(body.get(name), list)]
    return any(isinstance(one, dict) and key in one for found, key in lists for one in found[:1])


def origin(uri: str) -> str:
    """Scheme, host and port of a URL, without user and password; the URL itself where it is broken."""
    url = _target(uri, ())[0]
    return _origin(url) if url.scheme else uri


def _origin(url: SplitResult) -> str:
    port = url.port or PORTS.get(url.scheme.lower())
    name = url.hostname or ""
    return f"{url.scheme}://{name}:{port}" if port else f"{url.scheme}://{name}"


def _path(target: ApiPath, normalizer: Normalizer) -> str:
    """The path with its ids renamed; a model's name, the rest of ``/models/…``, stays, and so does the prefix."""
    if not target.known or target.path.startswith("/models/"):
        return escape_brackets(target.prefix + target.path)
    prefixes = normalizer.rules.id_prefixes
    segments = [
        normalizer.identifier(segment, ("path",)) if is_id(segment, prefixes) else escape_brackets(segment)
        for segment in target.path.split("/")
    ]
    return escape_brackets(target.prefix) + "/".join(segments)


def _query(query: str, normalizer: Normalizer, *, is_api: bool) -> list[list[str]]:
    """The query's pairs, sorted by name and value; ids of the same name keep their order.

    Of another API the values count as they are.
    """
    rules = normalizer.rules
    ignored = {path[1] for path in map(json_path.parse, rules.ignore) if path[0] == _QUERY and len(path) == 2}
    pairs = []
    for name, value in parse_qsl(query, keep_blank_values=True, errors="surrogateescape"):
        if name in ignored:
            normalizer.note("ignore", (_QUERY, name), value, None)
        else:
            pairs.append((name, value))
    if not is_api:
        return [[escape_brackets(name), escape_brackets(value)] for name, value in sorted(pairs)]
    pairs.sort(key=lambda pair: (pair[0], "" if is_id(pair[1], rules.id_prefixes) else pair[1]))
    id_fields = _QUERY_IDS.union(rules.id_fields)
    return [
        [escape_brackets(name), normalizer.text(value, (_QUERY, name), may_be_id=name.removesuffix("[]") in id_fields)]
        for name, value in pairs
    ]


def _form(parts: list[Any], normalizer: Normalizer) -> list[Any]:
    """The parts of a form: ignored ones left out, texts normalized, the name of a temporary file a placeholder."""
    paths = [path[1:] for path in map(json_path.parse, normalizer.rules.ignore) if path[0] == _PARTS and path[1:]]
    kept = []
    for part in parts:
        if not isinstance(part, dict) or "name" not in part:
            kept.append(part)
            continue
        name = part["name"]
        left = _without({name: part}, [path for path in paths if path[0] in (name, ...)], (_PARTS,), normalizer)
        if name not in left:
            continue
        kept.append({key: _part_value(key, value, part, normalizer) for key, value in left[name].items()})
    return kept


def _part_value(key: str, value: Any, part: Mapping[str, Any], normalizer: Normalizer) -> Any:
    if key == "filename" and normalizer.rules.rename_ids:
        return normalizer.filename(value, (_PARTS, part["name"], key), TEMPORARY)
    if key == "content" and "filename" not in part and isinstance(value, str):
        return normalizer.text(value, (_PARTS, part["name"]))
    return value


def _with_model(value: dict[str, Any], content: dict[str, Any], deployment: str) -> dict[str, Any]:
    """The content with Azure's deployment as the body's model; where the body names another model, both count."""
    body = content.get("body")
    if isinstance(body, dict) and body.get("model") in (None, deployment):
        return {"body": {**body, "model": deployment}}
    value["deployment"] = escape_brackets(deployment)
    return content


def content_of(body: Body | None) -> dict[str, Any]:
    """One member with the content: ``body`` (JSON), ``parts`` of a form, or ``bytes``; empty for an empty body.

    This is all of a body that counts, under any rules. A text that is not strict JSON (a key that occurs twice, NaN,
    not UTF-8), too deep or too large is bytes.
    """
    octets = body.octets if body else b""
    if body is None or not octets:
        return {}
    if octets[:64].lstrip(b" \t\r\n")[:1] in (b"{", b"["):
        if len(octets) <= _LARGEST and body.json.problem is None and not _is_deep(body.json.value):
            return {"body": body.json.value}
        return {"bytes": digest(octets)}
    boundary = boundary_of(body)
    return {"bytes": digest(octets)} if boundary is None else {"parts": parts_of(octets, boundary)}


def _is_deep(value: Any) -> bool:
    level = [value]
    for _ in range(_DEEPEST):
        level = [
            inner
            for outer in level
            for inner in (outer.values() if type(outer) is dict else outer)
            if type(inner) is dict or type(inner) is list
        ]
        if not level:
            return False
    return True


def _pruned(body: Any, target: ApiPath, rules: Rules, normalizer: Normalizer) -> Any:
    """The body without ignored paths and restatements; each is added to the normalizer's trace."""
    paths = [json_path.parse(path) for path in rules.ignore]
    body = _without(body, [path for path in paths if _occurs(body, path)], (), normalizer)
    if not rules.defaults:
        return body
    return without_restatements(body, target, lambda *change: normalizer.note("defaults", *change))


def _occurs(body: Any, path: Path) -> bool:
    first = path[0]
    if first is ...:
        return True
    return first in body if isinstance(first, str) and isinstance(body, dict) else isinstance(body, list)


def _without(value: Any, paths: list[Path], where: Path, normalizer: Normalizer) -> Any:
    """The value without everything at the paths: a member is left out, an element is replaced."""
    if not paths or not isinstance(value, (dict, list)):
        return value
    kept: list[tuple[Any, Any]] = []
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
        rest = json_path.further(paths, step)
        if () in rest:
            normalizer.note("ignore", (*where, step), inner, None)
            if isinstance(value, list):
                kept.append((step, _IGNORED))
        else:
            kept.append((step, _without(inner, rest, (*where, step), normalizer)))
    return dict(kept) if isinstance(value, dict) else [inner for _, inner in kept]
