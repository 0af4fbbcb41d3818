"""Checks of a successful answer: its shape, the end and ids of its stream, its usage, the SDK's models.

Servers differ, and what some of them do on purpose is not an error: empty ids are not compared, a total may include the
reasoning tokens, and only the members that a client needs are required.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from vcr_openai._api.endpoint import Content, Endpoint, StreamProtocol
from vcr_openai._api.endpoint_lookup import wire_endpoint
from vcr_openai._errors import describe
from vcr_openai._findings import Finding, counted
from vcr_openai._http.body import Body, JsonView, StreamFraming
from vcr_openai._http.event_stream import DONE
from vcr_openai._http.exchange import Exchange

_KEYS = frozenset(["id", "object", "model", "choices", "data", "models", "usage", "type", "done", "error", "output"])
_NOT_JSON: Any = object()  # in place of an object whose text is not JSON
_SUMS = (("prompt_tokens", "completion_tokens"), ("input_tokens", "output_tokens"))
_DETAILS = ("completion_tokens_details", "output_tokens_details")


@dataclass(frozen=True)
class Answer:
    """A successful answer of an API in the endpoint table.

    ``objects`` are a reply (one) or a stream's chunks. ``done`` is whether the done marker came, None where that is not
    known; ``cut`` whether the body ends within an event. ``dumped``: a client's models were dumped as the objects, with
    null for what the server did not send.
    """

    endpoint: Endpoint
    objects: list[Any] = field(default_factory=list)
    streamed: bool = False
    done: bool | None = False
    cut: bool = False
    dumped: bool = False


def answer_of(exchange: Exchange) -> Answer | None:
    """The answer of an exchange; None for another API, a failure and bytes that are not text.

    An object with none of the keys of OpenAI's answers comes from another API, whatever its path.
    """
    request, response = exchange.request, exchange.response
    endpoint = wire_endpoint(request.method, urlsplit(request.uri).path)
    if endpoint is None or not 200 <= response.status < 300 or response.body.text is None:
        return None
    if endpoint.content is Content.ALWAYS:  # bytes, such as audio
        return None
    if endpoint.content is Content.WHERE_NOT_JSON and response.body.media_type == "text/plain":
        return None
    answer = _answer(endpoint, response.body)
    return answer if not answer.objects or any(map(_is_known, answer.objects)) else None


def _answer(endpoint: Endpoint, body: Body) -> Answer:
    if body.framing is None:
        return Answer(endpoint, [_value(body.json)])
    if body.framing is StreamFraming.JSON_LINES:
        return Answer(endpoint, [_value(chunk.json) for chunk in body.chunks], streamed=len(body.chunks) > 1)
    chunks = body.chunks[: len(body.events.events)]  # without an unfinished one, which clients do not see
    objects = [_value(chunk.json) for chunk in chunks if chunk.text != DONE]
    done = any(chunk.text == DONE for chunk in chunks)
    return Answer(endpoint, objects, streamed=True, done=done, cut=body.events.unfinished is not None)


def _value(view: JsonView) -> Any:
    return _NOT_JSON if view.problem else view.value


def _is_known(one: Any) -> bool:
    return not isinstance(one, dict) or not one or not _KEYS.isdisjoint(one)


def answer_findings(answer: Answer) -> Iterator[Finding]:
    """What is wrong with an answer; ``where`` is a path into its body, in a stream the number of the chunk."""
    yield from _shape(answer)
    if answer.streamed:
        yield from _end(answer)
        yield from _ids(answer)
    for number, one in enumerate(answer.objects):
        yield from (Finding("usage", _where(answer, number), message) for message in _usage(one))
    yield from _rejected(answer)


def _where(answer: Answer, number: int | None) -> str:
    return f"[{number}]" if answer.streamed and number is not None else ""


def _shape(answer: Answer) -> Iterator[Finding]:
    key = answer.endpoint.list_key
    for number, one in enumerate(answer.objects):
        message = None
        if one is _NOT_JSON:
            message = "expected JSON, found other text or nothing"
        elif key and not isinstance(one, dict):
            message = f"expected an object, found {describe(one)}"
        elif key and not isinstance(one.get(key), list) and not _is_error(one) and "models" not in one:
            message = f"expected an object with the list {key}, found {describe(one)}"
        if message:
            yield Finding("broken-answer", _where(answer, number), message)


def _end(answer: Answer) -> Iterator[Finding]:
    endpoint = answer.endpoint
    if not (endpoint.list_key or endpoint.terminal_events or endpoint.framing is StreamProtocol.JSON_LINES):
        return
    objects = [one for one in answer.objects if isinstance(one, dict)]
    last = _where(answer, len(answer.objects) - 1 if answer.objects else None)
    if not answer.done and not any(_is_end(one, endpoint) for one in objects):
        yield Finding("stream-without-end", last, f"expected {_expected_end(endpoint)}, found the end of the body")
    if answer.cut:
        message = "expected a blank line after the last event: without it no client reads the event"
        yield Finding("no-done-marker", last, message)
    elif endpoint.list_key and answer.done is False and not any(map(_is_error, objects[-1:])):
        yield Finding("no-done-marker", last, "expected data: [DONE] at the end, found nothing")


def _expected_end(endpoint: Endpoint) -> str:
    if endpoint.terminal_events:
        return f"one of the events {', '.join(sorted(endpoint.terminal_events))}"
    return "a chunk with a finish_reason" if endpoint.list_key else 'a chunk with "done": true'


def _is_end(one: dict[str, Any], endpoint: Endpoint) -> bool:
    """Whether a chunk ends its stream."""
    kind = one.get("type")
    if _is_error(one) or (isinstance(kind, str) and kind in endpoint.terminal_events):
        return True
    if endpoint.framing is StreamProtocol.JSON_LINES:  # Ollama's
        return one.get("done") is True or one.get("status") == "success"
    choices = one.get("choices")
    return isinstance(choices, list) and any(
        isinstance(choice, dict) and choice.get("finish_reason") is not None for choice in choices
    )


def _ids(answer: Answer) -> Iterator[Finding]:
    first: str | None = None
    for number, one in enumerate(answer.objects):
        inner = one.get("response", one) if isinstance(one, dict) else None
        found = inner.get("id") if isinstance(inner, dict) and (inner is not one or "choices" in inner) else None
        if not isinstance(found, str) or not found:  # Azure's first chunk has an empty one
            continue
        if first is None:
            first = found
        elif found != first:
            message = f"expected the id of the chunks before ({first[:40]}), found {found[:40]}"
            yield Finding("stream-ids", _where(answer, number), message)
            return


def _usage(one: Any) -> Iterator[str]:
    inner = one.get("response", one) if isinstance(one, dict) else None
    usage = inner.get("usage") if isinstance(inner, dict) else None
    if not isinstance(usage, dict) or "total_tokens" not in usage:  # Anthropic has no total
        return
    total = _number(usage["total_tokens"])
    for names in _SUMS:
        counts = [_number(usage.get(name, 0)) for name in names]
        if names[0] not in usage or None in counts or total is None:
            continue
        expected = sum(count for count in counts if count is not None)
        if total not in (expected, expected + _reasoning(usage)):
            yield f"expected total_tokens {expected} ({' + '.join(names)}), found {total}"


def _reasoning(usage: dict[str, Any]) -> int:
    """The reasoning tokens, which some servers count apart from the completion's."""
    details = [usage.get(name) for name in _DETAILS]
    found = [_number(one.get("reasoning_tokens")) for one in details if isinstance(one, dict)]
    return next((count for count in (*found, _number(usage.get("reasoning_tokens"))) if count), 0)


def _number(value: Any) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) else 0 if value is None else None


def _is_error(one: dict[str, Any]) -> bool:
    return bool(one.get("error"))


def _rejected(answer: Answer) -> Iterator[Finding]:
    """The first object that the installed SDK's models do not accept, with the number of further ones."""
    from vcr_openai._api import sdk  # it imports openai, which a tree without answers does not need

    if answer.streamed and answer.endpoint.events:  # servers leave members out of events, and clients accept that
        return
    rejected = [
        (number, reason)
        for number, one in enumerate(answer.objects)
        if isinstance(one, dict) and not _is_error(one)
        for data in _modelled(one, answer)
        if (reason := sdk.refusal(answer.endpoint.tag(one, streamed=answer.streamed) or "", data, dumped=answer.dumped))
    ]
    if rejected:
        number, reason = rejected[0]
        further = f" (and {counted(len(rejected) - 1, 'further object')})" if len(rejected) > 1 else ""
        yield Finding("sdk-model", _where(answer, number), f"{reason}{further}")


def _modelled(one: dict[str, Any], answer: Answer) -> list[Any]:
    """The parts of an object that the tag's model is for: a page's elements; vectors as the client returns them."""
    data = one.get("data")
    if answer.endpoint.page:
        return data if isinstance(data, list) else []
    if answer.endpoint.base64_floats and isinstance(data, list):
        return [{**one, "data": [_with_floats(vector) for vector in data]}]
    return [one]


def _with_floats(vector: Any) -> Any:
    is_base64 = isinstance(vector, dict) and isinstance(vector.get("embedding"), str)
    return {**vector, "embedding": []} if is_base64 else vector
