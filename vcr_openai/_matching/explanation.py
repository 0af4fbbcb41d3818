"""What matching makes of a cassette's requests, as lines to read.

The rule of this file: no header and no credential of a URL is shown, and of a body only what its canonical form says.
"""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from vcr_openai._http.vcr_dicts import HttpRequest, HttpResponse
from vcr_openai._json import json_text
from vcr_openai._matching.canonical import Canonical, canonical
from vcr_openai._matching.request_diff import is_credential
from vcr_openai._matching.rules import Rules

_LONGEST = 400  # characters of a value in a form: enough to tell requests apart, too few to fill the screen with one


def form_of(request: HttpRequest, rules: Rules) -> Canonical:
    """The canonical form of a cassette's request."""
    headers = {name: values[0] for name, values in request.headers.items() if values}
    return canonical(request.method, request.uri, request.body, rules, headers)


def rules_in_force(rules: Rules) -> list[str]:
    """Each rule with its setting, one a line."""
    return [f"{field.name} = {_setting(getattr(rules, field.name))}" for field in fields(rules)]


def explanation(form: Canonical) -> Iterator[str]:
    """A request's canonical form as indented JSON, and the rules that fired on it, in order."""
    yield from _json_lines(_shown(form.form))
    if not form.known:
        yield "no rules: another API than OpenAI's is compared as it is, by vcrpy's own matchers"
    for firing in form.trace:
        yield f"{firing.rule} at {firing.path}: {firing.before} -> {firing.after or '(left out)'}"


def indistinguishable(forms: Sequence[Canonical], answers: Sequence[HttpResponse]) -> list[list[int]]:
    """The groups of positions whose requests are one under the rules although their answers differ."""
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for position, form in enumerate(forms):
        if form.known:
            groups[form.key].append(position)
    return [group for group in groups.values() if len({_said(answers[position]) for position in group}) > 1]


def _said(answer: HttpResponse) -> tuple[int, str]:
    """What an answer says: its status and its body, JSON by value."""
    body = answer.body
    try:
        value = json_text.read(body) if isinstance(body, str) else body.hex()
    except ValueError:
        value = body
    return answer.status, json.dumps(value, sort_keys=True)


def _setting(value: object) -> str:
    if isinstance(value, tuple):
        return " ".join(value) or "(nothing)"
    return {"True": "true", "False": "false", "None": "none"}.get(str(value), str(value))


def _shown(form: Mapping[str, Any]) -> dict[str, Any]:
    """A form without its credentials and with long texts cut."""
    shown = {name: _cut(value) for name, value in form.items()}
    if "query" in shown:
        shown["query"] = [[name, "…" if is_credential(name) else value] for name, value in form["query"]]
    return shown


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]}… ({len(value)} characters)"
    if isinstance(value, list):
        return [_cut(element) for element in value]
    if isinstance(value, Mapping):
        return {name: _cut(element) for name, element in value.items()}
    return value


def _json_lines(value: Any) -> list[str]:
    return json.dumps(value, indent=2, ensure_ascii=False).split("\n")
