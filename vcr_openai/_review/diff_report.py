"""The report of a comparison: lines for people, a summary in one line, a JSON value for programs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any, Final

from vcr_openai._findings import counted, printable
from vcr_openai._matching.request_diff import ABSENT, Deviation
from vcr_openai._review.cassette_diff import ADDED, NOISE, REMOVED, SAME, InteractionDiff
from vcr_openai._review.comparison import Comparison, FileDiff
from vcr_openai._review.exchange_diff import KINDS, AnswerChange
from vcr_openai._review.transcript import question, transcript

_MOST: Final = 20  # differences of a request, or lines of a text, that are listed
# What the summary says of each kind, in the singular and the plural.
_COUNTED: Final = {
    "request": ("request changed", "requests changed"),
    "status": ("status changed", "statuses changed"),
    "text": ("answer reworded", "answers reworded"),
    "structured": ("structured output changed", "structured outputs changed"),
    "call": ("tool call changed", "tool calls changed"),
    "refusal": ("refusal changed", "refusals changed"),
    "reasoning": ("reasoning changed", "reasonings changed"),
    "error": ("error changed", "errors changed"),
    "other": ("answer changed otherwise", "answers changed otherwise"),
}


def summary(found: Comparison) -> str:
    """All of it in a line: ``37 files: 31 noise only, 4 answers reworded, 1 new, +1,240 tokens``."""
    if not found.differs:
        return f"{counted(found.same, 'file')}: no difference"
    parts = [f"{number} {NOISE}"] if (number := sum(file.state == NOISE for file in found.files)) else []
    parts += [
        f"{number} {_COUNTED[kind][number > 1]}" for kind in KINDS if kind in _COUNTED and (number := found.kinds[kind])
    ]
    parts += [
        f"{number} {word}" for word, state in (("new", ADDED), (REMOVED, REMOVED)) if (number := found.states[state])
    ]
    parts += [f"{found.same} the same"] if found.same else []
    parts += [f"{found.tokens:+,} tokens"] if found.tokens else []
    return f"{counted(len(found.files) + found.same, 'file')}: {', '.join(parts)}"


def lines(found: Comparison, *, noise: bool = True) -> Iterator[str]:
    """Each file that differs with the interactions that do; without ``noise`` those that say the same are left out."""
    for file in found.files:
        if noise or file.state != NOISE:
            yield from file_lines(file, noise=noise)


def file_lines(file: FileDiff, *, noise: bool = True) -> Iterator[str]:
    """A file and its interactions that differ."""
    yield printable(file.name)
    for one in file.interactions:
        if one.state != SAME and (noise or one.state != NOISE):
            yield f"  {one.state} {one.shown.place} {printable(question(one.shown.exchange.request))}"
            yield from (f"    {printable(text)}" for text in _details(one))


def _details(one: InteractionDiff) -> Iterator[str]:
    if one.old is None or one.new is None:
        yield from islice(transcript(one.shown.exchange), 1, None)
        return
    changes = list(one.diff.request)
    if changes and "request" in one.diff.kinds:
        yield "request:"
        yield from (f"  {text}" for text in _listed(changes))
    for change in one.diff.answers:
        yield f"{KINDS[change.kind]}:"
        yield from (f"  {text}" for text in _answer(change))


def _answer(change: AnswerChange) -> Iterator[str]:
    if change.kind == "status":
        yield f"{change.old} → {change.new}"
    elif change.paths:
        if change.kind == "call":
            yield change.new.partition("(")[0]
        yield from _listed(list(change.paths))
    else:
        found = list(change.lines())
        yield from found[:_MOST]
        if len(found) > _MOST:
            yield f"… {counted(len(found) - _MOST, 'more line')}"


def _listed(changes: list[Deviation]) -> Iterator[str]:
    for change in changes[:_MOST]:
        shown = change.shown
        yield f"{shown.path}: {shown.recorded} → {shown.live}"
    if len(changes) > _MOST:
        yield f"… {counted(len(changes) - _MOST, 'more difference')}"


def document(found: Comparison) -> dict[str, Any]:
    """The whole comparison as a JSON value."""
    return {
        "summary": summary(found),
        "same": found.same,
        "tokens": found.tokens,
        "files": [
            {
                "name": file.name,
                "state": file.state,
                "interactions": [_document(one) for one in file.interactions if one.state != SAME],
            }
            for file in found.files
        ],
        "failures": [{"file": failure.file, "message": str(failure)} for failure in found.failures],
    }


def _document(one: InteractionDiff) -> dict[str, Any]:
    return {
        "state": one.state,
        "old": one.old and f"{one.old.file}: {one.old.place}",
        "new": one.new and f"{one.new.file}: {one.new.place}",
        "question": question(one.shown.exchange.request),
        "kinds": list(one.diff.kinds),
        "request": [_change(change) for change in one.diff.request],
        "answers": [
            {
                "kind": change.kind,
                "old": change.old,
                "new": change.new,
                "paths": [_change(path) for path in change.paths],
            }
            for change in one.diff.answers
        ],
        "tokens": one.tokens,
    }


def _change(change: Deviation) -> dict[str, Any]:
    values = {"old": change.recorded, "new": change.live}
    return {"path": change.where, **{name: value for name, value in values.items() if value is not ABSENT}}
