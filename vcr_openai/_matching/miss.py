"""Why no recorded request answers a live one, said so that a person knows what to do next.

The rule of this file: it explains and never decides. At most twenty lines, no value longer than an excerpt, no headers.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, fields
from typing import Final

from vcr_openai._matching.canonical import Canonical
from vcr_openai._matching.normalizer import Firing
from vcr_openai._matching.request_diff import differences, distance
from vcr_openai._matching.rules import Rules

_DIFFERENCES: Final = 6
_LINE: Final = 180  # characters
_NEXT: Final = (
    "to record what is missing:  pytest --record-mode=new_episodes …",
    "to see all rules at work:   vcr-openai explain {cassette}",
)


@dataclass(frozen=True)
class Candidate:
    """A recorded request: its canonical form, whether it was played already, and what a reader knows it by."""

    canonical: Canonical
    played: bool
    name: str


def nearest(live: Canonical, candidates: Sequence[Candidate]) -> int | None:
    """The index of the recorded request that is least apart from ``live``, the first of several; None without any.

    The same method and path go before all else. Takes some 20 µs for each candidate.
    """
    if not candidates:
        return None
    return min(range(len(candidates)), key=lambda index: distance(candidates[index].canonical, live))


def explain_miss(
    live: Canonical,
    candidates: Sequence[Candidate],
    rules: Rules,
    *,
    cassette: str = "CASSETTE",
    hints: Sequence[str] = _NEXT,
) -> str:
    """The text of a miss, of at most twenty lines without a newline at the end.

    ``candidates`` are the cassette's requests in recorded order. ``hints`` say what to type next, at most four lines;
    ``{cassette}`` stands in them for the cassette's name.
    """
    lines = [f"no recorded request answers {_head(live)}"]
    equal = [candidate for candidate in candidates if candidate.canonical.matches(live)]
    index = nearest(live, candidates)
    if index is None:
        lines.append(f"{cassette} holds no requests")
    elif equal:
        lines += _all_played(equal)
    else:
        lines += _about(candidates[index], index, live, len(candidates))
    lines += _about_rules(live, rules)
    lines += [hint.replace("{cassette}", cassette) for hint in hints[:4]]
    return "\n".join(line if len(line) <= _LINE else line[: _LINE - 1] + "…" for line in lines)


def _head(request: Canonical) -> str:
    form = request.form
    model = form.get("deployment") or (form["body"].get("model") if isinstance(form.get("body"), dict) else None)
    return f"{form['method']} {str(form['path'])[:80]}" + (f" ({model[:60]})" if isinstance(model, str) else "")


def _all_played(equal: Sequence[Candidate]) -> list[str]:
    names = ", ".join(candidate.name for candidate in equal[:3]) + (", …" if len(equal) > 3 else "")
    times = "once" if len(equal) == 1 else f"{len(equal)} times"
    if not all(candidate.played for candidate in equal):
        return [f"its equal is recorded {times} ({names}), but another matcher or the record mode kept it from playing"]
    return [
        f"it is recorded {times} ({names}), and each of them was played already",
        "one more answer must be recorded, or the last one repeated: Rules(repeat=True)",
    ]


def _about(candidate: Candidate, index: int, live: Canonical, count: int) -> list[str]:
    played = "was played already" if candidate.played else "was not played yet"
    head = _head(candidate.canonical)
    lines = [f"nearest of {count} recorded: {candidate.name}, {head}, number {index + 1}, {played}"]
    found = differences(candidate.canonical, live, _DIFFERENCES + 1)
    lines += [f"  {difference}" for difference in found[:_DIFFERENCES]]
    if not found:
        lines.append("  the query: in a credential, which is not shown")
    if len(found) > _DIFFERENCES:
        lines.append("  and more")
    return lines


def _about_rules(live: Canonical, rules: Rules) -> list[str]:
    default = Rules()
    changed = [
        f"{field.name}={_setting(getattr(rules, field.name))}"
        for field in fields(rules)
        if getattr(rules, field.name) != getattr(default, field.name)
    ]
    if not live.known:
        return ["rules: none, as the path is not one of the OpenAI API; method, host, path and query must be equal"]
    lines = [f"rules: {', '.join(changed) if changed else 'the default'}"]
    if live.trace:
        lines.append(f"they changed in this request: {_summary(live.trace)}")
    return lines


def _setting(value: object) -> str:
    text = " ".join(value) if isinstance(value, tuple) else str(value)
    return text if len(text) <= 60 else text[:59] + "…"


def _summary(trace: Sequence[Firing]) -> str:
    counts = Counter(firing.rule for firing in trace)
    first = {firing.rule: firing for firing in reversed(trace)}
    return ", ".join(f"{rule} {count}× (first {first[rule].path[:40]})" for rule, count in counts.items())
