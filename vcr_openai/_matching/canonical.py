"""The canonical form of a request: what is left of it when everything that the rules name is taken away.

The rule of this file: equality of canonical forms is the only notion of a match, so matching is symmetric, reflexive
and transitive by construction. The form of a request depends on nothing but the request and the rules: not on the
order of an object's keys, not on how an id is spelt, not on other requests.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import SplitResult, parse_qsl, urlsplit

from vcr_openai._api.api_paths import ApiPath, api_path
from vcr_openai._matching.generated_ids import is_id
from vcr_openai._matching.ignored_members import prune
from vcr_openai._matching.normalizer import Firing, Normalizer
from vcr_openai._matching.placeholder import escape
from vcr_openai._matching.request_bodies import read_body
from vcr_openai._matching.rules import Rules

_PATH_WORDS: Final = frozenset({"file_batches"})  # begin like an id, but are resources
_QUERY_IDS: Final = frozenset({"after", "before"})  # cursors: the last id of the page before
_EXACT: Final = Rules(
    ignore=(), rename_ids=False, round_digits=None, file_search_noise=False, defaults=False, match_host=True
)


@dataclass(frozen=True)
class Canonical:
    """A request as matching sees it. Two of them are equal, and hash alike, when their ``key`` is.

    ``key`` is two texts: the one stands for what the URL and the method say, the other for the body. ``form`` is a JSON
    value (method, path, and where there are any host, deployment, query and the body as ``body``, ``parts`` or
    ``bytes``) that must not be changed. ``trace`` tells which rule changed what and where. ``renamed``
    gives the name in the form for each id of the request. ``known`` is false for a request to another API than
    OpenAI's and its likes, of which nothing is left out.
    """

    key: tuple[str, str]
    form: Mapping[str, Any] = field(compare=False, repr=False)
    trace: tuple[Firing, ...] = field(default=(), compare=False, repr=False)
    renamed: Mapping[str, str] = field(default_factory=dict, compare=False, repr=False)
    known: bool = field(default=True, compare=False)

    def matches(self, other: Canonical) -> bool:
        """Whether the two requests match. The body of a request to another API does not count, as vcrpy has it."""
        return self == other if self.known else not other.known and self.key[0] == other.key[0]


def canonical(method: str, uri: str, body: Any, rules: Rules, headers: Mapping[str, str] | None = None) -> Canonical:
    """The canonical form of a request under ``rules``. Raises nothing over a body or a URI, whatever they hold.

    Of the headers only the content type is read, for the boundary of a form's parts.
    """
    url, target = _read_uri(uri)
    applied = rules if target.known else _EXACT
    normalizer = Normalizer(applied)
    content = read_body(body, headers)
    if "body" in content:
        content["body"] = prune(content["body"], target, applied, normalizer)
        normalizer.declare(content["body"])
    form: dict[str, Any] = {"method": method.upper(), "path": _path(target, normalizer)}
    if applied.match_host:
        form["host"] = f"{url.scheme}://{url.netloc.rpartition('@')[2]}".lower()
    if target.deployment is not None:
        content = _with_model(form, content, target.deployment)
    if url.query:
        form["query"] = _query(url.query, normalizer)
    if "body" in content:
        content["body"] = normalizer.value(content["body"])
    key = _text(form), hashlib.sha256(_text(content).encode()).hexdigest()
    form.update(content)
    return Canonical(key, form, tuple(normalizer.trace), normalizer.renamed, target.known)


def _text(form: Any) -> str:
    return json.dumps(form, sort_keys=True, separators=(",", ":"))


def _read_uri(uri: str) -> tuple[SplitResult, ApiPath]:
    try:
        url = urlsplit(uri)
    except ValueError:  # a broken IPv6 address
        return SplitResult("", "", uri, "", ""), ApiPath(uri)
    return url, api_path(url.path)


def _path(target: ApiPath, normalizer: Normalizer) -> str:
    """The path with its ids renamed; a model's name, which is the rest of ``/models/…``, stays."""
    if not target.known or target.path.startswith("/models/"):
        return escape(target.path)
    prefixes = normalizer.rules.id_prefixes
    segments = []
    for segment in target.path.split("/"):
        generated = is_id(segment, prefixes) or (segment.startswith(prefixes) and segment not in _PATH_WORDS)
        segments.append(normalizer.identifier(segment, ("path",)) if generated else escape(segment))
    return "/".join(segments)


def _query(query: str, normalizer: Normalizer) -> list[list[str]]:
    """The query's pairs in an order that is independent of theirs and, as far as it goes, of how ids are spelt."""
    pairs = parse_qsl(query, keep_blank_values=True, errors="surrogateescape")
    prefixes = normalizer.rules.id_prefixes
    pairs.sort(key=lambda pair: (pair[0], "" if is_id(pair[1], prefixes) else pair[1]))
    fields = _QUERY_IDS.union(normalizer.rules.id_fields)
    return [
        [escape(name), normalizer.text(value, ("query", name), declared=name.removesuffix("[]") in fields)]
        for name, value in pairs
    ]


def _with_model(form: dict[str, Any], content: dict[str, Any], deployment: str) -> dict[str, Any]:
    """Azure's deployment in the place of the body's model, beside it where the body names another one."""
    body = content.get("body")
    if isinstance(body, dict) and body.get("model") in (None, deployment):
        return {"body": {**body, "model": deployment}}
    form["deployment"] = escape(deployment)
    return content
