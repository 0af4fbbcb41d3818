"""The data of the report page: tests, the conversations in their exchanges, and what changed in them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vcr_openai._errors import without_secrets
from vcr_openai._findings import Finding, encodable
from vcr_openai._http.body import Body, read_json
from vcr_openai._http.event_stream import DONE
from vcr_openai._http.exchange import Exchange
from vcr_openai._matching.request_diff import ABSENT, Deviation
from vcr_openai._page.stream_pieces import pieces
from vcr_openai._review.cassette_diff import InteractionDiff
from vcr_openai._review.comparison import Comparison
from vcr_openai._review.conversation import Part, Turn, conversation
from vcr_openai._review.exchange_diff import KINDS
from vcr_openai._review.statistics import names_of
from vcr_openai._review.usage import tokens_of

Call = dict[str, Any]  # all that the page has of an exchange, by the name of the column
_NO_STATE = ""


@dataclass
class PageData:
    """What the page has: calls by their tests, in order. No call has a secret.

    ``unread`` names the files that could not be read, or not all of it.
    """

    title: str
    summary: str
    is_compared: bool = False
    failures: list[Finding] = field(default_factory=list)
    tests: dict[str, list[Call]] = field(default_factory=dict)
    unread: set[str] = field(default_factory=set)

    def add(self, call: Call) -> None:
        """Add a call to its test."""
        self.tests.setdefault(call["test"], []).append(call)

    def document(self) -> dict[str, Any]:
        """All of it as a JSON value: the calls as columns, which are smaller when compressed."""
        calls: list[Call] = [call for found in self.tests.values() for call in found]
        shown = len(calls)
        for call in calls[:shown]:
            if call["was"]:
                calls.append(call["was"])
                call["was"] = len(calls) - 1
        start, tests = 0, []
        for name, found in self.tests.items():
            tests.append([name, start, len(found)])
            start += len(found)
        names = calls[0] if calls else ()
        return {
            "summary": self.summary,
            "compared": self.is_compared,
            "kinds": KINDS,
            "failures": [[without_secrets(one.file), str(one)] for one in self.failures],
            "tests": tests,
            "calls": {name: [call[name] for call in calls] for name in names if name != "test"},
        }


def call_of(file: str, place: str, exchange: Exchange) -> Call:
    """An exchange without secrets as the page has it; ``place`` is its place in the file."""
    found = conversation(exchange)
    _, model, endpoint = ("", "", "opaque") if found.is_opaque else names_of(exchange)
    stream, is_whole = (None, False) if found.chunks is None else _stream(exchange.response.body, found.answered)
    file = encodable(without_secrets(file))
    test = exchange.provenance.get("test_id")
    parts = [part for turn in (*found.asked, *found.answered) for part in turn.parts]
    request, response = exchange.request, exchange.response
    return {
        "test": test if isinstance(test, str) and test else file,
        "file": file,
        "place": place,
        "endpoint": endpoint,
        "model": model,
        "status": found.status,
        "failed": found.status >= 400 or any(part.kind == "error" for turn in found.answered for part in turn.parts),
        "tokens": tokens_of(response.body),
        "tools": sorted({part.name for part in parts if part.kind == "call" and part.name}),
        "state": _NO_STATE,
        "diff": None,
        "was": None,
        "settings": found.settings or None,
        "asked": _turns(found.asked),
        "answered": None if is_whole else _turns(found.answered),
        "method": "" if found.is_opaque else request.method,
        "uri": "" if found.is_opaque else request.uri,
        "headers": _headers(request.headers),
        "body": _body(request.body),
        "response_headers": _headers(response.headers),
        "response": None if stream else _body(response.body),
        "stream": stream,
        "chunks": [_chunk(chunk) for chunk in response.body.chunks] if stream else None,
    }


def compared(call: Call, diff: InteractionDiff) -> Call:
    """A call with what changed in it."""
    changes = {
        "kinds": list(diff.diff.kinds),
        "request": [_change(one) for one in diff.diff.request],
        "answers": [[one.kind, one.old, one.new, [_change(path) for path in one.paths]] for one in diff.diff.answers],
    }
    old, new = diff.old, diff.new
    was = call_of(old.file, old.place, old.exchange) if old and new and diff.diff.kinds else None
    return {**call, "state": diff.state, "diff": changes if diff.diff.kinds else None, "was": was}


def page_of(found: Comparison, title: str, summary: str, failures: list[Finding]) -> PageData:
    """The page of a comparison: the files that differ, with all of their interactions."""
    data = PageData(without_secrets(title), summary, is_compared=True, failures=failures)
    for file in found.files:
        for call in calls_of(file.interactions):
            data.add(call)
    return data


def calls_of(found: Iterable[InteractionDiff]) -> Iterator[Call]:
    """The calls of compared interactions."""
    for one in found:
        shown = one.shown
        yield compared(call_of(shown.file, shown.place, shown.exchange), one)


def _change(change: Deviation) -> list[Any]:
    """A path, and both values as lists: one that is absent is an empty list."""
    return [change.where, *([] if one is ABSENT else [one] for one in (change.recorded, change.live))]


def _turns(turns: Sequence[Turn]) -> list[Any]:
    return [[turn.speaker, [_part(part) for part in turn.parts]] for turn in turns]


def _part(part: Part) -> list[Any]:
    """The kind and the text of a part, and its name; the value of one that is JSON, which the response has, too."""
    if part.kind == "data" and (view := read_json(part.text)).problem is None:
        return ["json", view.value]
    return [part.kind, part.text, *([part.name] if part.name else [])]


def _headers(headers: Mapping[str, Any]) -> dict[str, list[str]]:
    return {
        str(name): [_text(value) for value in (values if isinstance(values, list) else [values])]
        for name, values in headers.items()
    }


def _text(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _body(body: Body | None) -> list[Any] | None:
    """A body: ``["json", value]``, ``["text", text]``, ``["bytes", how many, type]``, None where there is none."""
    if not body:
        return None
    if body.text is None:
        return ["bytes", len(body.octets), body.media_type]
    return ["text", body.text] if body.json.problem else ["json", body.json.value]


def _chunk(chunk: Any) -> list[Any]:
    return [chunk.text] if chunk.json.problem else [None, chunk.json.value]


def _stream(body: Body, answered: Sequence[Turn]) -> tuple[list[Any], bool]:
    """How a stream's chunks continue the parts of its answer, and whether that gives the answer as it is.

    The first has the parts by their kinds; the rules, each with the part, whether it is a name, and the place in a
    chunk; and for each chunk the number of its rule, or a list of several.
    """
    slots: dict[str, int] = {}
    kinds: list[str] = []
    texts: list[list[str]] = []
    rules: dict[tuple[Any, ...], int] = {}
    by_chunk: list[Any] = []
    for chunk in body.chunks:
        own = []
        for piece in () if chunk.text == DONE else pieces(chunk.json.value):
            if not (text := _at(chunk.json.value, piece.place)):
                continue  # the part begins where it says something
            slot = slots.setdefault(repr((piece.slot, piece.kind)), len(slots))  # an index may be anything
            if slot == len(kinds):
                kinds.append(piece.kind)
                texts.append(["", ""])
            own.append(rules.setdefault((slot, piece.is_name, piece.place), len(rules)))
            texts[slot][piece.is_name] += text
        by_chunk.append(own[0] if len(own) == 1 else own)
    replayed = [(kind, *text) for kind, text in zip(kinds, texts, strict=True)]
    said = [(part.kind, part.text, part.name) for turn in answered for part in turn.parts]
    is_whole = replayed == said and len(answered) == 1 and answered[0].speaker == "assistant"
    return [kinds, [[slot, int(is_name), list(place)] for slot, is_name, place in rules], by_chunk], is_whole


def _at(value: Any, place: Iterable[Any]) -> str:
    for step in place:
        value = value[step]
    return str(value)
