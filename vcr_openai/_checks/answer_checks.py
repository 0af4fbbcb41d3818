"""What is wrong with an answer: with its stream's end and ids, its usage, its shape.

The rule of this file: servers differ, and what some of them do on purpose is no fault. Ids are compared where they are
said, a total may count the reasoning beside the completion, and the shape is what the client needs to hand it out.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vcr_openai._api.endpoint import Framing
from vcr_openai._checks.answers import NO_JSON, Answer
from vcr_openai._errors import describe

Fault = tuple[str, int | None, str]  # code, the object's number in the stream (None: the whole), message
_LISTS = {  # the list that code which reads an answer goes through
    "/v1/chat/completions": "choices",
    "/v1/completions": "choices",
    "/v1/embeddings": "data",
    "/v1/models": "data",
}
_ENDS = frozenset(["response.completed", "response.failed", "response.incomplete", "message_stop", "error"])
_SUMS = (("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens"))
_DETAILS = ("completion_tokens_details", "output_tokens_details")


def answer_faults(answer: Answer) -> Iterator[Fault]:
    """All faults of an answer, in order."""
    yield from _shape(answer)
    if answer.streamed:
        yield from _end(answer)
        yield from _ids(answer)
    for number, one in enumerate(answer.objects):
        yield from ((code, number, message) for code, message in _usage(one))


def _shape(answer: Answer) -> Iterator[Fault]:
    wanted = _LISTS.get(answer.endpoint.path) if answer.endpoint.by_recorder else None  # GET lists stored completions
    for number, one in enumerate(answer.objects):
        if one is NO_JSON:
            yield "broken-answer", number, "expected JSON, found other text or nothing"
        elif wanted and not isinstance(one, dict):
            yield "broken-answer", number, f"expected an object, found {describe(one)}"
        elif wanted and not isinstance(one.get(wanted), list) and not _is_error(one) and "models" not in one:
            yield "broken-answer", number, f"expected an object with the list {wanted}, found {describe(one)}"


def _end(answer: Answer) -> Iterator[Fault]:
    in_lines = answer.endpoint.framing is Framing.JSON_LINES
    if not in_lines and answer.endpoint.path not in (*_LISTS, "/v1/responses", "/v1/messages"):
        return
    objects = [one for one in answer.objects if isinstance(one, dict)]
    last = len(answer.objects) - 1 if answer.objects else None
    if not answer.done and not any(map(_ends, objects)):
        yield "stream-without-end", last, f"expected {_expected_end(answer)}, found the end of the body"
    if answer.cut:
        yield "no-done-marker", last, "expected a blank line after the last event: without it no client reads the event"
    elif answer.endpoint.path in _LISTS and answer.done is False and not any(map(_is_error, objects[-1:])):
        yield "no-done-marker", last, "expected data: [DONE] at the end, found none"


def _expected_end(answer: Answer) -> str:
    if answer.endpoint.path in _LISTS:
        return "a chunk with a finish_reason"
    if answer.endpoint.framing is Framing.JSON_LINES:
        return "a chunk that says done"
    return "an event that ends the stream (response.completed, message_stop, …)"


def _ends(one: dict[str, Any]) -> bool:
    choices = one.get("choices")
    finished = isinstance(choices, list) and any(
        isinstance(choice, dict) and choice.get("finish_reason") is not None for choice in choices
    )
    said = one.get("done") is True or one.get("status") == "success" or one.get("type") in _ENDS
    return finished or said or _is_error(one)


def _ids(answer: Answer) -> Iterator[Fault]:
    first: str | None = None
    for number, one in enumerate(answer.objects):
        inner = one.get("response", one) if isinstance(one, dict) else None
        told = inner.get("id") if isinstance(inner, dict) and (inner is not one or "choices" in inner) else None
        if not isinstance(told, str) or not told:  # Azure's first chunk has an empty one
            continue
        if first is None:
            first = told
        elif told != first:
            yield "stream-ids", number, f"expected the id of the chunks before ({first[:40]}), found {told[:40]}"
            return


def _usage(one: Any) -> Iterator[tuple[str, str]]:
    inner = one.get("response", one) if isinstance(one, dict) else None
    usage = inner.get("usage") if isinstance(inner, dict) else None
    if not isinstance(usage, dict):
        return
    if "total_tokens" not in usage:  # Anthropic
        return
    total = _count(usage["total_tokens"])
    for names in _SUMS:
        counts = [_count(usage.get(name, 0)) for name in names]
        if names[0] not in usage or None in counts or total is None:
            continue
        told = sum(count for count in counts if count is not None)
        if total not in (told, told + _reasoning(usage)):
            yield "usage", f"expected total_tokens {told} ({' + '.join(names)}), found {total}"


def _reasoning(usage: dict[str, Any]) -> int:
    """Tokens that some servers count beside the completion's."""
    details = [usage.get(name) for name in _DETAILS]
    found = [_count(one.get("reasoning_tokens")) for one in details if isinstance(one, dict)]
    return next((count for count in (*found, _count(usage.get("reasoning_tokens"))) if count), 0)


def _count(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0 if value is None else None


def _is_error(one: dict[str, Any]) -> bool:
    return bool(one.get("error"))
