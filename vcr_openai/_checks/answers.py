"""The objects of an answer, read for a check: what the client would hand out, and how the stream that brought it ended.

The rule of this file: it judges nothing. What is no JSON is told as such, and all else is data.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlsplit

from vcr_openai._api.endpoint import Content, Endpoint, Framing
from vcr_openai._api.endpoint_lookup import wire_endpoint
from vcr_openai._http.event_stream import DONE, lines, read_events, read_json_lines
from vcr_openai._http.vcr_dicts import HttpRequest, HttpResponse
from vcr_openai._json import json_text

_KEYS = frozenset(["id", "object", "model", "choices", "data", "models", "usage", "type", "done", "error", "output"])
NO_JSON: Any = object()  # stands for an object whose text is none


@dataclass(frozen=True)
class Answer:
    """A successful answer of an API that we know.

    ``objects`` are a reply (one) or a stream's chunks, NO_JSON for what is none. ``done`` is whether the done marker
    came, None where nobody knows; ``cut`` whether the body ends within an event.
    """

    endpoint: Endpoint
    objects: list[Any] = field(default_factory=list)
    streamed: bool = False
    done: bool | None = False
    cut: bool = False


def answer_of(request: HttpRequest, response: HttpResponse) -> Answer | None:
    """The answer of an exchange; None for another API, for a failure and for what is no text.

    An object with none of the keys of OpenAI's is another API's, whatever the path.
    """
    answer = _answer(request, response)
    return answer if answer is None or not answer.objects or any(map(_is_known, answer.objects)) else None


def _is_known(one: Any) -> bool:
    return not isinstance(one, dict) or not one or not _KEYS.isdisjoint(one)


def _answer(request: HttpRequest, response: HttpResponse) -> Answer | None:
    endpoint = wire_endpoint(request.method, urlsplit(request.uri).path)
    if endpoint is None or not 200 <= response.status < 300 or not isinstance(response.body, str):
        return None
    if endpoint.content is Content.ALWAYS:  # bytes, which nobody reads as objects
        return None
    if endpoint.content is Content.WHERE_NOT_JSON and response.content_type.startswith("text/plain"):
        return None
    if response.content_type == "text/event-stream" or response.body.startswith(("data:", "event:")):
        return _event_stream(endpoint, response.body)
    if endpoint.framing is Framing.JSON_LINES:
        objects = [_value(line) for line in read_json_lines(response.body)]
        return Answer(endpoint, objects, streamed=len(objects) > 1)
    return Answer(endpoint, [_value(response.body)])


def _event_stream(endpoint: Endpoint, body: str) -> Answer:
    data = [event.data for event in read_events(body)]
    found = lines(body)
    cut = bool(found and found[-1] and not found[-1].startswith(":"))
    objects = [_value(one) for one in data if one != DONE]
    return Answer(endpoint, objects, streamed=True, done=DONE in data, cut=cut)


def _value(text: str) -> Any:
    try:
        return json_text.read(text)
    except ValueError:
        return NO_JSON
