"""The outcome: a recording's response ⇄ the HTTP response that makes the client hand out the same.

A reply is a JSON object, a page a list object, a stream a body of frames, a failure an HTTP error. Tags are not on the
wire: the endpoint says which one an object has, and only a tag that is another goes into the provenance.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from vcr_openai._api.endpoint import Content, Endpoint, Framing, Layout
from vcr_openai._errors import MalformedInteraction, Unsupported, describe
from vcr_openai._http import event_stream
from vcr_openai._http.event_stream import DONE, Event
from vcr_openai._http.vcr_dicts import HttpResponse, header, stored
from vcr_openai._json import json_text
from vcr_openai._recording import invented
from vcr_openai._recording.content import CONTENT, is_content, read_content, write_content
from vcr_openai._recording.failure import read_error, read_error_event, write_error, write_error_event
from vcr_openai._recording.tags import Tags, data_of, with_tags

_EVENT_TYPES = {"text/event-stream"}
_JSON_LINES_TYPES = {"application/x-ndjson", "application/jsonl", "application/stream+json"}
_FIELD = re.compile("\ufeff?[\r\n]*(?:data|event|id|retry)?:")  # what events begin with, and JSON does not


def write_response(response: dict[str, Any], endpoint: Endpoint) -> HttpResponse:
    """The HTTP response for a recording's ``response``; its failure, if it is one, has a status."""
    body = response["body"]
    if response.get("is_exception") and "status_code" in response["exception_data"]:
        data = response["exception_data"]
        text, is_json = write_error(data)
        headers = {"content-type": [invented.JSON if is_json else invented.TEXT]}
        return HttpResponse(data["status_code"], headers | invented.FAILURE_HEADERS, text)
    if response["is_streaming"]:
        return HttpResponse(
            invented.SUCCESS,
            {"content-type": [invented.STREAM_TYPES[endpoint.framing]]},
            _write_stream(response, endpoint),
        )
    if endpoint.content is not Content.NEVER and is_content(body):
        return _write_content(body[CONTENT])
    value = [data_of(element) for element in body] if isinstance(body, list) else data_of(body)
    if endpoint.page and isinstance(body, list):
        value = invented.page(value)
    status = response.get("status", invented.SUCCESS) if endpoint.layout is Layout.HTTP else invented.SUCCESS
    return HttpResponse(status, {"content-type": [invented.JSON]}, json_text.write_line(value))


def read_response(response: HttpResponse, endpoint: Endpoint, tags: Tags) -> dict[str, Any]:
    """The recording's ``response`` for an HTTP response, its values as the wire has them.

    ``tags`` is the provenance's note, empty for an interaction from the wire. Raises MalformedInteraction and
    Unsupported where there is no outcome to be had.
    """
    streamed = _is_events(response, endpoint) or response.content_type in _JSON_LINES_TYPES
    if 200 <= response.status < 300 and _has_content(response, endpoint, streamed=streamed):
        return {"body": {CONTENT: _read_content(response)}, "is_streaming": False}
    if not isinstance(response.body, str):
        raise Unsupported("response.body", "JSON or a text stream", describe(response.body))
    if endpoint.layout is Layout.HTTP:
        if streamed:
            return {"body": event_stream.lines(response.body), "is_streaming": True}
        return {"status": response.status, "body": _parsed(response.body, "response.body"), "is_streaming": False}
    if not 200 <= response.status < 300:
        return _read_failure(response)
    if streamed:
        return _read_stream(response, endpoint, tags)
    value = _parsed(response.body, "response.body")
    if endpoint.page and isinstance(value, dict) and isinstance(value.get("data"), list):
        if value.get("has_more"):  # Anthropic's list of models, whose next page its client asks for by the cursors
            return {"body": value, "is_streaming": False}
        value = value["data"]
    if isinstance(value, list):
        return {"body": with_tags(value, endpoint, tags, streamed=False), "is_streaming": False}
    return {"body": with_tags([value], endpoint, tags, streamed=False)[0], "is_streaming": False}


def _is_events(response: HttpResponse, endpoint: Endpoint) -> bool:
    """Whether a body is server-sent events: the header says so, or, as clients do not look at it, the body does."""
    if response.content_type in _EVENT_TYPES:
        return True
    text = response.body if endpoint.content is Content.NEVER and 200 <= response.status < 300 else None
    return isinstance(text, str) and _FIELD.match(text) is not None


def _has_content(response: HttpResponse, endpoint: Endpoint, *, streamed: bool) -> bool:
    if endpoint.content is Content.WHERE_NOT_JSON:
        return not streamed and not response.content_type.endswith("json")
    return endpoint.content is Content.ALWAYS


def _write_content(content: dict[str, Any]) -> HttpResponse:
    kind = content.get("content_type")
    headers = {"content-type": [kind]} if isinstance(kind, str) else {}
    return HttpResponse(invented.SUCCESS, headers, stored(read_content(content, f"response.body.{CONTENT}")))


def _read_content(response: HttpResponse) -> dict[str, Any]:
    kind = header(response.headers, "content-type")
    octets = response.body.encode("utf-8", "surrogatepass") if isinstance(response.body, str) else response.body
    return {"content_type": kind[0] if kind else None, **write_content(octets)}


def _write_stream(response: dict[str, Any], endpoint: Endpoint) -> str:
    body = response["body"] or []  # null in a failure before the first chunk
    if endpoint.layout is Layout.HTTP:
        return "".join(f"{line}\n" for line in body)
    if endpoint.framing is Framing.JSON_LINES:
        return event_stream.write_json_lines(json_text.write_line(data_of(element)) for element in body)
    if response.get("is_exception"):
        end = [Event(write_error_event(response["exception_data"]))]
    else:
        end = _ENDS[endpoint.framing]
    return event_stream.write_events([*map(_EVENTS_OF[endpoint.framing], body), *end])


def _unnamed(element: Any) -> Event:
    return Event(json_text.write_line(data_of(element)))


def _named(element: Any) -> Event:
    data = data_of(element)
    name = data.get("type") if isinstance(data, dict) else None
    return Event(json_text.write_line(data), name if _is_name(name) else None)


def _of_thread(element: Any) -> Event:
    """The SDK hands out an event's name together with its object (openai 3.57, ``Stream.__stream__``)."""
    data = data_of(element)
    if isinstance(data, dict) and data.keys() == {"data", "event"} and _is_name(data["event"]):
        return Event(json_text.write_line(data["data"]), data["event"])
    return _unnamed(element)


# By framing: how an element becomes an event, and what follows the last one.
_EVENTS_OF = {Framing.EVENTS: _unnamed, Framing.NAMED_EVENTS: _named, Framing.THREAD_EVENTS: _of_thread}
_ENDS = {Framing.EVENTS: [Event(DONE)], Framing.NAMED_EVENTS: [], Framing.THREAD_EVENTS: [Event(DONE, "done")]}


def _is_name(name: Any) -> bool:
    """Whether a text can stand in an event's one line for its type. JSON may spell line ends and lone surrogates."""
    return isinstance(name, str) and name.isprintable() and name == name.strip()


def _read_stream(response: HttpResponse, endpoint: Endpoint, tags: Tags) -> dict[str, Any]:
    assert isinstance(response.body, str)  # noqa: S101 - its caller made sure
    data: list[Any] = []
    failure = None
    events = _is_events(response, endpoint)
    lines = _events(response.body) if events else map(Event, event_stream.read_json_lines(response.body))
    for index, event in enumerate(lines):
        value = _parsed(event.data, f"response.body[{index}]")
        of_thread = endpoint.framing is Framing.THREAD_EVENTS and event.name is not None
        is_thread = of_thread and str(event.name).startswith("thread.")  # never an error, whatever it holds
        failure = read_error_event(value) if events and not is_thread else None
        if failure is not None:
            break
        data.append({"data": value, "event": event.name} if of_thread else value)
    found: dict[str, Any] = {"body": with_tags(data, endpoint, tags, streamed=True), "is_streaming": True}
    return found if failure is None else found | _exception(failure)


def _events(text: str) -> Iterator[Event]:
    for event in event_stream.read_events(text):
        if event.data.startswith(DONE):  # what follows it, the SDK does not read
            return
        yield event


def _read_failure(response: HttpResponse) -> dict[str, Any]:
    if response.status < 400:
        raise Unsupported("response.status.code", "an answer or an error", f"the status {response.status}")
    assert isinstance(response.body, str)  # noqa: S101 - its caller made sure
    return {"body": None, "is_streaming": False, **_exception(read_error(response.status, response.body))}


def _exception(data: dict[str, Any]) -> dict[str, Any]:
    return {"is_exception": True, "exception_data": data, "exception_message": data["message"]}


def _parsed(text: str, where: str) -> Any:
    try:
        return json_text.read(text)
    except ValueError as error:
        raise MalformedInteraction(where, "JSON", f"{describe(text)} ({error})") from error
