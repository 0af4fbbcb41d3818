"""The canonical request: a request without everything that the rules name.

Two requests match exactly when their canonical requests are equal, so matching is symmetric, reflexive and transitive.
A canonical request depends only on the request and the rules: not on the order of an object's keys, not on the spelling
of an id, not on other requests.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from vcr_openai._api.api_paths import ApiPath, api_path
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpRequest
from vcr_openai._json import json_path
from vcr_openai._json.json_path import Path
from vcr_openai._matching.generated_ids import is_id
from vcr_openai._matching.normalizer import Change, Normalizer, escape, placeholder
from vcr_openai._matching.rules import Rules

_PATH_WORDS: Final = frozenset({"file_batches"})  # resources whose names begin like an id
_QUERY_IDS: Final = frozenset({"after", "before"})  # cursors: the last id of the page before
_OTHER_API: Final = replace(Rules.exact(), match_host=True)
_LARGEST: Final = 32 << 20  # bytes; a larger body is an upload, which takes longer to parse than to compare
_DEEPEST: Final = 100  # levels; fixed, so that a body counts as the same at any depth of the call stack
_FIRST_LINE: Final = re.compile(rb"--([^\r\n]{1,70})\r\n")  # RFC 2046: a boundary has at most 70 characters
_SHORT: Final = 10_000  # characters of a part that is kept as text, so that a difference can be shown
_IGNORED: Final = placeholder("ignored")  # an element keeps its place, so that the others keep their index


@dataclass(frozen=True)
class Canonical:
    """A request as matching compares it. Two of them are equal, and hash alike, when their ``key`` is.

    ``key`` has two texts, one for method and URL, one for the body. ``value`` is a JSON value that must not be changed:
    method, path, where there are any host, deployment and query, and the body as ``body`` (JSON), ``parts`` (of a
    form) or ``bytes``. ``trace`` lists the changes that the rules made. ``renamed`` has the name in ``value`` of each
    id of the request. ``known`` is false for a request to another API than OpenAI's (and compatible ones), to which no
    rule applies.
    """

    key: tuple[str, str]
    value: Mapping[str, Any] = field(compare=False, repr=False)
    trace: tuple[Change, ...] = field(default=(), compare=False, repr=False)
    renamed: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    known: bool = field(default=True, compare=False)

    def matches(self, other: Canonical) -> bool:
        """Whether the two requests match. The body of a request to another API does not count, as in vcrpy."""
        return self == other if self.known else not other.known and self.key[0] == other.key[0]


def canonical(request: HttpRequest, rules: Rules) -> Canonical:
    """The canonical request under ``rules``. Raises nothing, whatever the body and the URI contain."""
    url, target = _read_uri(request.uri)
    applied = rules if target.known else _OTHER_API
    normalizer = Normalizer(applied)
    content = _content(request.body)
    if "body" in content:
        content["body"] = _pruned(content["body"], target, applied, normalizer)
        normalizer.declare(content["body"])
    value: dict[str, Any] = {"method": request.method.upper(), "path": _path(target, normalizer)}
    if applied.match_host:
        value["host"] = f"{url.scheme}://{url.netloc.rpartition('@')[2]}".lower()
    if target.deployment is not None:
        content = _with_model(value, content, target.deployment)
    if url.query:
        value["query"] = _query(url.query, normalizer)
    if "body" in content:
        content["body"] = normalizer.value(content["body"])
    key = _text(value), hashlib.sha256(_text(content).encode()).hexdigest()
    value.update(content)
    return Canonical(key, value, tuple(normalizer.trace), normalizer.renamed, target.known)


def _text(value: Any) -> str:
    return json.dumps(value, sort_keys=True, separators=(",", ":"))


def _read_uri(uri: str) -> tuple[SplitResult, ApiPath]:
    try:
        url = urlsplit(uri)
    except ValueError:  # a broken IPv6 address
        return SplitResult("", "", uri, "", ""), ApiPath(uri)
    return url, api_path(url.path)


def _path(target: ApiPath, normalizer: Normalizer) -> str:
    """The path with its ids renamed; a model's name, the rest of ``/models/…``, stays."""
    if not target.known or target.path.startswith("/models/"):
        return escape(target.path)
    prefixes = normalizer.rules.id_prefixes
    segments = []
    for segment in target.path.split("/"):
        generated = is_id(segment, prefixes) or (segment.startswith(prefixes) and segment not in _PATH_WORDS)
        segments.append(normalizer.identifier(segment, ("path",)) if generated else escape(segment))
    return "/".join(segments)


def _query(query: str, normalizer: Normalizer) -> list[list[str]]:
    """The query's pairs, sorted by name and value; ids of the same name keep their order."""
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    prefixes = normalizer.rules.id_prefixes
    pairs.sort(key=lambda pair: (pair[0], "" if is_id(pair[1], prefixes) else pair[1]))
    id_fields = _QUERY_IDS.union(normalizer.rules.id_fields)
    return [
        [escape(name), normalizer.text(value, ("query", name), declared=name.removesuffix("[]") in id_fields)]
        for name, value in pairs
    ]


def _with_model(value: dict[str, Any], content: dict[str, Any], deployment: str) -> dict[str, Any]:
    """The content with Azure's deployment as the body's model; where the body names another model, both count."""
    body = content.get("body")
    if isinstance(body, dict) and body.get("model") in (None, deployment):
        return {"body": {**body, "model": deployment}}
    value["deployment"] = escape(deployment)
    return content


def _content(body: Body | None) -> dict[str, Any]:
    """One member with the content: ``body`` (JSON), ``parts`` of a form, or ``bytes``; empty for an empty body.

    A text that is not strict JSON (a key that occurs twice, NaN, not UTF-8), too deep or too large is bytes.
    """
    octets = body.octets if body else b""
    if body is None or not octets:
        return {}
    if octets[:64].lstrip(b" \t\r\n")[:1] in (b"{", b"["):
        if len(octets) <= _LARGEST and body.json.problem is None and not _is_deep(body.json.value):
            return {"body": body.json.value}
        return {"bytes": _digest(octets)}
    boundary = _boundary(body)
    if boundary:
        return {"parts": [_part(part) for part in octets.split(b"--" + boundary)]}
    return {"bytes": _digest(octets)}


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


def _boundary(body: Body) -> bytes | None:
    """What separates the parts, without its leading ``--``; None where the body has no parts.

    A cassette may lack the content type that announces it; then the first and the last line show it.
    """
    if body.boundary is not None:
        boundary = body.boundary.encode(errors="replace")
        return boundary if b"--" + boundary in body.octets else None
    first = _FIRST_LINE.match(body.octets)
    return first[1] if first and body.octets.rstrip(b"\r\n").endswith(b"--" + first[1] + b"--") else None


def _part(octets: bytes) -> Any:
    if len(octets) <= _SHORT:
        try:
            return octets.decode()
        except UnicodeDecodeError:
            pass
    return _digest(octets)


def _digest(octets: bytes) -> dict[str, Any]:
    return {"length": len(octets), "sha256": hashlib.sha256(octets).hexdigest()}


def _pruned(body: Any, target: ApiPath, rules: Rules, normalizer: Normalizer) -> Any:
    """The body without ignored paths and members that restate a default; each is added to the normalizer's trace."""
    if rules.defaults and isinstance(body, dict):
        body = _without_defaults(body, target, normalizer)
    paths = [json_path.parse(path) for path in rules.ignore]
    return _without(body, [path for path in paths if _occurs(body, path)], (), normalizer)


def _without_defaults(body: dict[str, Any], target: ApiPath, normalizer: Normalizer) -> dict[str, Any]:
    kept = {}
    for name, value in body.items():
        if _is_default(name, value, target):
            normalizer.note("defaults", (name,), value, None)
        else:
            kept[name] = value
    return kept


def _is_default(name: str, value: Any, target: ApiPath) -> bool:
    if value is None:
        return True
    if name == "stream":  # the default of Ollama's own API is true
        return value is False and not target.native
    return name == "encoding_format" and value == "base64" and target.path == "/embeddings"


def _occurs(body: Any, path: Path) -> bool:
    first = path[0]
    return first in body if isinstance(first, str) and isinstance(body, dict) else isinstance(body, list)


def _without(value: Any, paths: list[Path], where: Path, normalizer: Normalizer) -> Any:
    """The value without everything at the paths: a member is left out, an element is replaced."""
    if not paths or not isinstance(value, (dict, list)):
        return value
    kept: list[tuple[Any, Any]] = []
    for step, inner in value.items() if isinstance(value, dict) else enumerate(value):
        every = None if isinstance(value, list) else step
        rest = [path[1:] for path in paths if path[0] == step or path[0] == every]
        if () in rest:
            normalizer.note("ignore", (*where, step), inner, None)
            if isinstance(value, list):
                kept.append((step, _IGNORED))
        else:
            kept.append((step, _without(inner, rest, (*where, step), normalizer)))
    return dict(kept) if isinstance(value, dict) else [inner for _, inner in kept]
