"""Explanations of matching: the canonical request, and why no recorded request matches a live one.

They contain no headers, no credentials of a URL, and the body only as normalized. They decide nothing.
"""

from __future__ import annotations

import json
import shlex
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from vcr_openai._errors import without_secrets
from vcr_openai._http.exchange import HttpRequest, HttpResponse
from vcr_openai._matching.canonical import Canonical, canonical
from vcr_openai._matching.neighbours import shares_endpoint
from vcr_openai._matching.normalizer import Change
from vcr_openai._matching.play_queues import Queues, degree
from vcr_openai._matching.request_diff import Deviation, deviations, distance, excerpts, shares_form
from vcr_openai._matching.rules import Rules
from vcr_openai._matching.text_diff import text_diff
from vcr_openai._secrets.secret_names import hides_parameter

_LONGEST: Final = 400  # characters of a value: enough to distinguish requests, too few to fill the screen with one
_DIFFERENCES: Final = 20
_DIFF_LINES: Final = 60  # of all long texts that changed
_LEAST_DIFF: Final = 6  # lines: with fewer, a diff says nothing
_SHORT_TEXT: Final = 46  # characters: both values fit a line
_LINE: Final = 180  # characters
_SETTING: Final = 60  # characters
_CHANGE: Final = 60  # characters of a value that a rule changed
_NEXT: Final = (
    "to record what is missing:  pytest --record-mode={mode} …",
    "to see all rules at work:   vcr-openai explain {cassette}",
)


def rules_in_force(rules: Rules) -> list[str]:
    """Each rule with its setting, one a line."""
    return [f"{name} = {_on_one_line(setting)}" for name, setting in rules.settings().items()]


def _on_one_line(setting: str) -> str:
    """A setting with several lines, as ``replace`` has them, on one."""
    return setting.strip().replace("\n", "; ")


def explain_request(request: Canonical) -> Iterator[str]:
    """A canonical request as indented JSON, and the changes that the rules made to it, in order."""
    yield from json.dumps(_shown(request.value), indent=2, ensure_ascii=False).split("\n")
    if not request.known:
        yield "no rules: another API than OpenAI's is compared as it is, by vcrpy's own matchers"
    for change in request.trace:
        before, after = excerpts(_text(change.before), "" if change.after is None else _text(change.after), _CHANGE)
        yield f"{change.rule} at {change.path}: {before} -> {after or '(left out)'}"


def _text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)


def answers(live: HttpRequest, recorded: Sequence[HttpRequest], rules: Rules) -> list[int]:
    """The positions of the recorded requests that answer a live one in replay, in the order in which they do."""
    asked = canonical(live, rules)
    exact, literal = rules.to_the_letter(), rules.literal()
    spellings = (
        lambda request: canonical(request, exact).key,
        lambda request: canonical(request, literal).key,
        lambda request: canonical(request, literal).key[0],
        lambda _: None,
    )
    degrees = [degree(spelling, lambda request: request) for spelling in spellings]
    queues = Queues[HttpRequest](degrees, recorded.__getitem__)
    for position, request in enumerate(recorded):
        if canonical(request, rules).matches(asked):
            queues.add(asked.key, position)
    if not asked.known:
        return list(queues.sharing(asked.key, Counter()).forwards())
    choice = next(queues.choices(asked.key, live, Counter()), None)
    return list(dict.fromkeys(choice.forwards())) if choice else []


def indistinguishable(requests: Sequence[Canonical], responses: Sequence[HttpResponse]) -> list[list[int]]:
    """The groups of positions whose requests are equal under the rules although their responses differ."""
    groups: defaultdict[tuple[str, str], list[int]] = defaultdict(list)
    for position, request in enumerate(requests):
        if request.known:
            groups[request.key].append(position)
    return [group for group in groups.values() if len({_answer(responses[position]) for position in group}) > 1]


def _answer(response: HttpResponse) -> tuple[int, str]:
    """A response's status and content, JSON by value."""
    view, stored = response.body.json, response.body.stored
    content = view.value if view.problem is None else stored if isinstance(stored, str) else stored.hex()
    return response.status, json.dumps(content, sort_keys=True)


def _shown(request: Mapping[str, Any]) -> dict[str, Any]:
    """A canonical request without its credentials, long texts cut."""
    shown = {name: _cut(value) for name, value in request.items()}
    if "query" in shown:
        shown["query"] = [[name, "…" if hides_parameter(name, value) else value] for name, value in request["query"]]
    return shown


def _cut(value: Any) -> Any:
    if isinstance(value, str) and len(value) > _LONGEST:
        return f"{value[:_LONGEST]}… ({len(value)} characters)"
    if isinstance(value, list):
        return [_cut(element) for element in value]
    if isinstance(value, Mapping):
        return {name: _cut(element) for name, element in value.items()}
    return value


@dataclass(frozen=True)
class Candidate:
    """A recorded request, whether it was played already, and its name for a reader.

    ``may_answer`` is false where the live request's own spelling is recorded elsewhere, so that only that answers.
    """

    canonical: Canonical
    played: bool
    name: str
    may_answer: bool = True


def nearest(live: Canonical, candidates: Sequence[Candidate]) -> int | None:
    """The index of the recorded request with the least distance from ``live``, the first of several; None without any.

    The same method and path count most. Takes some 20 µs for each candidate.
    """
    if not candidates:
        return None
    return min(range(len(candidates)), key=lambda index: distance(candidates[index].canonical, live))


def explain_miss(  # noqa: PLR0913 - three of them are only worded
    live: Canonical,
    candidates: Sequence[Candidate],
    rules: Rules,
    *,
    cassette: str = "CASSETTE",
    hints: Sequence[str] = _NEXT,
    exists: bool = True,
) -> str:
    """Why no recorded request matches a live one, and what to do: at most a hundred lines, no newline at the end.

    At most twenty differences are listed; of a long text, the lines that changed.

    ``candidates`` are the cassette's requests in recorded order. ``hints`` are at most four lines with commands, in
    which ``{cassette}`` stands for the cassette's name and ``{mode}`` for the record mode that helps. ``exists`` is
    whether there is a cassette; without requests in it, hints that name it are left out.
    """
    lines = [f"no recorded request answers {_head(live)}"]
    equal = [candidate for candidate in candidates if candidate.may_answer and candidate.canonical.matches(live)]
    index = nearest(live, candidates)
    if index is None:
        lines.append(f"{cassette} has no requests" if exists else f"there is no cassette {cassette} yet")
        hints = [hint for hint in hints if "{cassette}" not in hint]
    elif equal:
        lines += _about_equal(equal)
    else:
        lines += _about_nearest(candidates[index], live, len(candidates))
    lines += _about_rules(live, rules)
    values = {"{cassette}": shlex.quote(cassette), "{mode}": _mode(live, candidates)}
    lines += [_replaced(hint, values) for hint in hints[:4]]
    return "\n".join(_shortened(line, _LINE) for line in lines)


def _mode(live: Canonical, candidates: Sequence[Candidate]) -> str:
    """The record mode that helps: ``rewrite`` where a request was edited, ``new_episodes`` where one was added.

    It was edited where one of the same endpoint is left that nobody has asked yet.
    """
    left = [one.canonical for one in candidates if not one.played]
    edited = any(shares_endpoint(one, live) and not one.matches(live) for one in left)
    return "rewrite" if edited else "new_episodes"


def _replaced(text: str, values: Mapping[str, str]) -> str:
    """A text with these words replaced, each once."""
    for word, value in values.items():
        text = text.replace(word, value)
    return text


def _head(request: Canonical) -> str:
    value = request.value
    model = value.get("deployment") or (value["body"].get("model") if isinstance(value.get("body"), dict) else None)
    return f"{value['method']} {str(value['path'])[:80]}" + (f" ({model[:60]})" if isinstance(model, str) else "")


def _about_equal(equal: Sequence[Candidate]) -> list[str]:
    names = ", ".join(candidate.name for candidate in equal[:3]) + (", …" if len(equal) > 3 else "")
    times = "once" if len(equal) == 1 else f"{len(equal)} times"
    if not all(candidate.played for candidate in equal):
        found = f"an equal request is recorded {times} ({names})"
        return [f"{found}, but another matcher or the record mode kept it from playing"]
    return [
        f"it is recorded {times} ({names}), and each of them was played already",
        "one more answer must be recorded, or the last one repeated: Rules(repeat=True)",
    ]


def _about_nearest(candidate: Candidate, live: Canonical, count: int) -> list[str]:
    played = "played already" if candidate.played else "not played yet"
    head = _head(candidate.canonical)
    lines = [f"nearest of {count} recorded: {candidate.name}, {head}, {played}"]
    if not shares_form(candidate.canonical, live):
        lines.append("  one of the two is a request to another API, so their bodies are not compared")
    found = list(deviations(candidate.canonical, live))
    if not found:
        lines.append("  the query: in a credential, which is not shown")
    room = _DIFF_LINES
    for deviation in found[:_DIFFERENCES]:
        diff = _diff(deviation, room)
        room -= len(diff)
        lines += [f"  {deviation.where}: recorded -, this request +", *diff] if diff else [f"  {deviation.shown}"]
    if len(found) > _DIFFERENCES:
        lines.append(f"  and {len(found) - _DIFFERENCES} more")
    return lines


def _diff(deviation: Deviation, room: int) -> list[str]:
    """The lines of a long text that changed, at most so many; none for what fits a line, or where no room is left."""
    one, other = deviation.recorded, deviation.live
    if not deviation.is_text or room < _LEAST_DIFF or max(len(one), len(other)) <= _SHORT_TEXT:
        return []
    return [f"    {line}" for line in text_diff(without_secrets(one), without_secrets(other), room)]


def _about_rules(live: Canonical, rules: Rules) -> list[str]:
    if not live.known:
        return ["rules: none, as the path is not one of the OpenAI API; method, host, path and query must be equal"]
    default = Rules().settings()
    changed = [
        f"{name}={_shortened(_on_one_line(text), _SETTING)}"
        for name, text in rules.settings().items()
        if text != default[name]
    ]
    lines = [f"rules: {', '.join(changed) if changed else 'the default'}"]
    if live.trace:
        lines.append(f"they changed in this request: {_summary(live.trace)}")
    return lines


def _shortened(text: str, length: int) -> str:
    return text if len(text) <= length else text[: length - 1] + "…"


def _summary(trace: Sequence[Change]) -> str:
    counts = Counter(change.rule for change in trace)
    first = {change.rule: change for change in reversed(trace)}
    return ", ".join(f"{rule} {count}× (first {first[rule].path[:40]})" for rule, count in counts.items())
