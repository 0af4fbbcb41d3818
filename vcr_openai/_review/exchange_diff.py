"""What two versions of an exchange differ in: the request by JSON paths, the answer by what it says."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Hashable, Iterator
from dataclasses import dataclass, replace
from difflib import SequenceMatcher, unified_diff
from typing import Any, Final

from vcr_openai._http.body import Body, JsonView, read_json
from vcr_openai._http.exchange import Exchange
from vcr_openai._json import json_path, json_text
from vcr_openai._json.json_diff import same
from vcr_openai._json.json_path import Place
from vcr_openai._matching.canonical import canonical
from vcr_openai._matching.request_diff import ABSENT, Deviation, deviations
from vcr_openai._matching.rules import Rules
from vcr_openai._matching.same_answers import content_of, says_the_same
from vcr_openai._review.conversation import Part, Turn, answer

# The kinds of difference, in the order in which they are listed.
KINDS: Final = {
    "request": "request changed",
    "status": "status changed",
    "text": "answer reworded",
    "structured": "structured output changed",
    "call": "tool call changed",
    "refusal": "refusal changed",
    "reasoning": "reasoning changed",
    "error": "error changed",
    "other": "answer changed otherwise",
    "noise": "noise only",
}
_EXACT: Final = Rules.exact()
_RULES: Final = Rules()
_KIND_OF_PART: Final = {"media": "other", "data": "other", "result": "other"}
_LINE: Final = 100  # characters of a line from which it is cut at the ends of sentences
_SENTENCE: Final = re.compile(r"(?<=[.?!;]) ")


@dataclass(frozen=True)
class AnswerChange:
    """A difference of two answers: its kind, and the two texts, empty where a version has none.

    ``paths`` are the differences of two JSON texts, where both are JSON.
    """

    kind: str
    old: str
    new: str
    paths: tuple[Deviation, ...] = ()

    def lines(self) -> Iterator[str]:
        """The lines that differ, with a line of context, as a text diff has them."""
        compared = unified_diff(_lines(self.old), _lines(self.new), n=1, lineterm="")
        yield from (line for number, line in enumerate(compared) if number > 1 and not line.startswith("@@"))


@dataclass(frozen=True)
class ExchangeDiff:
    """All differences of two exchanges; ``kinds`` is empty where the two are equal.

    A request that only matching takes for the same one, and an
    answer that says the same in other chunks, under another id or at another time, differ in ``noise``.
    """

    kinds: tuple[str, ...] = ()
    request: tuple[Deviation, ...] = ()
    answers: tuple[AnswerChange, ...] = ()

    @property
    def is_noise(self) -> bool:
        """Whether the two differ, and only in what varies with each recording."""
        return self.kinds == ("noise",)


def compare(old: Exchange, new: Exchange) -> ExchangeDiff:
    """The differences of two exchanges. Raises nothing."""
    request = _asked(old, new)
    before, after = canonical(old.request, _RULES), canonical(new.request, _RULES)
    asks_the_same = before == after if before.known else not request
    kinds = {"noise"} if request else set()
    if not asks_the_same:
        kinds.add("request")
    answers: list[AnswerChange] = []
    if old.response.status != new.response.status:
        answers.append(AnswerChange("status", str(old.response.status), str(new.response.status)))
    if answer_of(old) != answer_of(new):
        if says_the_same(old.response, new.response, is_api=before.known):
            kinds.add("noise")
        else:
            said = list(_answers(answer(old.response.body), answer(new.response.body)))
            answers += said or _unsaid(old.response.body, new.response.body)
            kinds.update({one.kind for one in answers} or {"noise"})
    if kinds - {"noise"}:
        kinds.discard("noise")
    return ExchangeDiff(tuple(kind for kind in KINDS if kind in kinds), request, tuple(answers))


def answer_of(exchange: Exchange) -> Hashable:
    """What is equal for answers with the same status and content, however a format spells them."""
    body = exchange.response.body
    if body.framing is not None:
        return exchange.response.status, tuple(_spelled(chunk.json, chunk.text) for chunk in body.chunks)
    return exchange.response.status, _spelled(body.json, body.octets)


def _spelled(view: JsonView, content: str | bytes) -> str | bytes:
    """JSON in one spelling; anything else as it is."""
    return content if view.problem is not None else json_text.rewrite_line(view.value)


def _asked(old: Exchange, new: Exchange) -> tuple[Deviation, ...]:
    """The differences of two requests; also those of the bodies that were sent to another API, for which no rule is."""
    before, after = canonical(old.request, _EXACT), canonical(new.request, _EXACT)
    found = list(deviations(before, after))
    if not (before.known and after.known):
        seen = {one.where for one in found}
        found += [one for one in _sent(old.request.body, new.request.body) if one.where not in seen]
    return tuple(found)


def _sent(old: Body | None, new: Body | None) -> Iterator[Deviation]:
    """The differences of two bodies: JSON by its paths, anything else as a text, and as ``body``."""
    one, other = (body if body and body.octets else None for body in (old, new))
    if one and other and one.json.problem is None and other.json.problem is None:
        for change in json_changes(one.json.value, other.json.value):
            yield change if change.where else replace(change, where="body")
    elif (one.octets if one else b"") != (other.octets if other else b""):
        yield Deviation("body", _text(one), _text(other))


def _text(body: Body | None) -> Any:
    """A body as a difference shows it: its text, or its length and digest; ``ABSENT`` without a body."""
    if body is None:
        return ABSENT
    if body.text is not None:
        return body.text
    return f"{len(body.octets)} bytes, {hashlib.sha256(body.octets).hexdigest()[:12]}"


def _answers(old: tuple[Turn, ...], new: tuple[Turn, ...]) -> Iterator[AnswerChange]:
    """What two answers say differently, part by part."""
    before, after = ([(turn.speaker, part) for turn in turns for part in turn.parts] for turns in (old, new))
    matcher = SequenceMatcher(None, list(map(_outline, before)), list(map(_outline, after)), autojunk=False)
    for tag, start, end, first, last in matcher.get_opcodes():
        if tag == "equal":
            pairs = zip(before[start:end], after[first:last], strict=True)
            yield from (_change(one[1], two[1]) for one, two in pairs if one[1] != two[1])
            continue
        for one in before[start:end]:
            yield _change(one[1], None)
        for one in after[first:last]:
            yield _change(None, one[1])


def _unsaid(old: Body, new: Body) -> list[AnswerChange]:
    """A difference in what nobody says: a finish reason, log probabilities. A member that is null counts as absent."""
    found = json_changes(content_of(old), content_of(new))
    paths = tuple(one for one in found if not _is_null(one))
    return [AnswerChange("other", "", "", paths)] if paths else []


def _is_null(change: Deviation) -> bool:
    return all(value is None or value is ABSENT for value in (change.recorded, change.live))


def _outline(said: tuple[str, Part]) -> tuple[str, str]:
    return said[0], said[1].kind


def _change(old: Part | None, new: Part | None) -> AnswerChange:
    kind = (old or new or Part("other", "")).kind
    kind = _KIND_OF_PART.get(kind, kind)
    texts = ["" if part is None else part.shown for part in (old, new)]
    paths: tuple[Deviation, ...] = ()
    if old and new and kind in ("text", "call") and old.name == new.name:
        before, after = (read_json(part.text).value for part in (old, new))
        if isinstance(before, (dict, list)) and isinstance(after, (dict, list)):
            paths = tuple(json_changes(before, after))
            kind = "structured" if kind == "text" else kind
    return AnswerChange(kind, texts[0], texts[1], paths)


def json_changes(old: Any, new: Any, place: Place = ()) -> Iterator[Deviation]:
    """The places at which two JSON values differ, each with both values."""
    if isinstance(old, dict) and isinstance(new, dict):
        for name in dict.fromkeys([*old, *new]):
            yield from json_changes(old.get(name, ABSENT), new.get(name, ABSENT), (*place, name))
    elif isinstance(old, list) and isinstance(new, list):
        for index in range(max(len(old), len(new))):
            one, other = (side[index] if index < len(side) else ABSENT for side in (old, new))
            yield from json_changes(one, other, (*place, index))
    elif old is ABSENT or new is ABSENT or not same(old, new):
        yield Deviation(json_path.write(place), old, new)


def _lines(text: str) -> list[str]:
    """The lines of a text; a long one is cut at the ends of its sentences, so that a change of one shows alone."""
    return [piece for line in text.split("\n") for piece in (_SENTENCE.split(line) if len(line) > _LINE else [line])]
