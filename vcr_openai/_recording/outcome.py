"""The outcome: a recording's response ⇄ the HTTP response that makes the client return the same.

A reply is a JSON object, a page a list object, a stream a body of frames, a failure an HTTP error. Tags are not on the
wire: an object gets the tag of its endpoint, and only a tag that differs goes into the provenance, as a *note*:
``{"runs": [[count, tag]], "patches": {index: patch}}``, each key where it is needed; the tag of a plain object is null.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import groupby
from typing import Any

from vcr_openai._api.endpoint import Content, Endpoint, Layout, StreamProtocol
from vcr_openai._errors import MalformedInteraction, Unsupported, describe
from vcr_openai._http import event_stream
from vcr_openai._http.body import Body, JsonView, StreamFraming
from vcr_openai._http.event_stream import DONE, Event
from vcr_openai._http.exchange import HttpResponse
from vcr_openai._http.headers import header
from vcr_openai._json import json_text
from vcr_openai._recording import invented
from vcr_openai._recording.failure import read_error, read_error_event, write_error, write_error_event
from vcr_openai._recording.patch import difference, patched, read_patch
from vcr_openai._recording.recording import is_tagged
from vcr_openai._recording.uploads import CONTENT, is_content, read_content, write_content

Tags = dict[str, Any]  # the note
_FIELD = re.compile("(?:data|event|id|retry)?:")


def write_response(response: dict[str, Any], endpoint: Endpoint) -> HttpResponse:
    """The HTTP response for a recording's ``response``; a failure must have a status."""
    body = response["body"]
    if response.get("is_exception") and "status_code" in response["exception_data"]:
        data = response["exception_data"]
        text, is_json = write_error(data)
        headers = {"content-type": [invented.JSON if is_json else invented.TEXT]} | invented.FAILURE_HEADERS
        return _response(data["status_code"], headers, text)
    status = _success(response, endpoint)
    if response["is_streaming"]:
        headers = {"content-type": [invented.STREAM_TYPES[endpoint.framing]]}
        return _response(status, headers, _write_stream(response, endpoint))
    if endpoint.content is not Content.NEVER and is_content(body):
        return _write_content(body[CONTENT], status)
    value = [data_of(element) for element in body] if isinstance(body, list) else data_of(body)
    if endpoint.page and isinstance(body, list):
        value = invented.page(value)
    headers = {"content-type": [invented.JSON]}
    return HttpResponse(status, headers, Body.of_json(value, headers))


def _success(response: dict[str, Any], endpoint: Endpoint) -> int:
    """The status of an answer: for an SDK call the recorder notes none, and we one other than 200 (202, accepted)."""
    status = response.get("status", invented.SUCCESS)
    lowest, highest = (100, 600) if endpoint.layout is Layout.HTTP else (200, 300)
    return status if type(status) is int and lowest <= status < highest else invented.SUCCESS


def _response(status: int, headers: dict[str, list[str]], content: str | bytes) -> HttpResponse:
    return HttpResponse(status, headers, Body.of(content, headers))


def certain_answer(response: dict[str, Any], endpoint: Endpoint) -> dict[str, Any] | None:
    """What ``read_response`` gives, without a note, for what ``write_response`` makes of this; None where it is not
    certain before it is read.

    It is certain for objects with the endpoint's tag, in a reply or in unnamed events: JSON comes back as it was.
    """
    body, streamed = response["body"], response["is_streaming"]
    is_usual = endpoint.layout is Layout.CALL and endpoint.content is Content.NEVER and not endpoint.page
    if not is_usual or "status" in response or response.get("is_exception"):
        return None
    if streamed and endpoint.framing is not StreamProtocol.EVENTS:
        return None
    for element in body if streamed else [body]:
        data = element.get("__data__") if type(element) is dict and len(element) == 2 else None
        if (
            type(data) is not dict
            or data.get("error")
            or element.get("__type__") != endpoint.tag(data, streamed=streamed)
        ):
            return None
    return {"body": body, "is_streaming": streamed}


def read_response(response: HttpResponse, endpoint: Endpoint, tags: Tags) -> dict[str, Any]:
    """The recording's ``response`` for an HTTP response, its values as on the wire.

    ``tags`` is the provenance's note, empty for an interaction from the wire. Raises MalformedInteraction and
    Unsupported for a response that is not an outcome.
    """
    found = _read_response(response, endpoint, tags)
    if endpoint.lookup and not tags and _names_model(found["body"]):
        return {"status": response.status, **found}
    if 200 <= response.status < 300 and response.status != invented.SUCCESS:
        found["status"] = response.status
    return found


def _read_response(response: HttpResponse, endpoint: Endpoint, tags: Tags) -> dict[str, Any]:
    body = response.body
    is_success = 200 <= response.status < 300
    # Text that a caller asked for may look like a stream; there the content type alone decides.
    framing = body.framing if endpoint.content is Content.NEVER and is_success else body.declared_framing
    if is_success and _has_content(body, endpoint, streamed=framing is not None):
        return {"body": {CONTENT: _read_content(response)}, "is_streaming": False}
    if body.text is None:
        raise Unsupported("response.body", "JSON or a text stream", describe(body.octets))
    if endpoint.layout is Layout.HTTP:
        if framing is not None:
            return {"body": event_stream.lines(body.text), "is_streaming": True}
        return {
            "status": response.status,
            "body": _parsed(body.text, body.json, "response.body"),
            "is_streaming": False,
        }
    if not is_success:
        return _read_failure(response)
    if framing is not None:
        return _read_stream(body, framing, endpoint, tags)
    value = _parsed(body.text, body.json, "response.body")
    if endpoint.page and isinstance(value, dict) and isinstance(value.get("data"), list):
        if value.get("has_more"):  # Anthropic's list of models: its client asks for the next page by the cursors
            return {"body": value, "is_streaming": False}
        value = value["data"]
    if isinstance(value, list):
        return {"body": with_tags(value, endpoint, tags, streamed=False), "is_streaming": False}
    return {"body": with_tags([value], endpoint, tags, streamed=False)[0], "is_streaming": False}


def _names_model(value: Any) -> bool:
    return isinstance(value, dict) and isinstance(value.get("model_id"), str) and not is_tagged(value)


def _has_content(body: Body, endpoint: Endpoint, *, streamed: bool) -> bool:
    if endpoint.content is Content.WHERE_NOT_JSON:
        return not streamed and not body.media_type.endswith("json")
    return endpoint.content is Content.ALWAYS


def _write_content(content: dict[str, Any], status: int) -> HttpResponse:
    kind = content.get("content_type")
    headers = {"content-type": [kind]} if isinstance(kind, str) else {}
    return _response(status, headers, read_content(content, f"response.body.{CONTENT}"))


def _read_content(response: HttpResponse) -> dict[str, Any]:
    kind = header(response.headers, "content-type")
    return {"content_type": kind[0] if kind else None, **write_content(response.body.octets)}


def _write_stream(response: dict[str, Any], endpoint: Endpoint) -> str:
    body = response["body"] or []  # null in a failure before the first chunk
    if endpoint.layout is Layout.HTTP:
        return "".join(f"{line}\n" for line in body)
    if endpoint.framing is StreamProtocol.JSON_LINES:
        return event_stream.write_json_lines(json_text.rewrite_line(data_of(element)) for element in body)
    if response.get("is_exception"):
        end = [Event(write_error_event(response["exception_data"]))]
    else:
        end = _ENDS[endpoint.framing]
    if endpoint.framing is StreamProtocol.EVENTS:
        events = "".join([f"data: {json_text.rewrite_line(data_of(element))}\n\n" for element in body])
        return events + event_stream.write_events(end)
    return event_stream.write_events([*map(_EVENTS_OF[endpoint.framing], body), *end])


def _unnamed(element: Any) -> Event:
    return Event(json_text.rewrite_line(data_of(element)))


def _named(element: Any) -> Event:
    data = data_of(element)
    name = data.get("type") if isinstance(data, dict) else None
    return Event(json_text.rewrite_line(data), name if _is_name(name) else None)


def _of_thread(element: Any) -> Event:
    """The SDK returns an event's name together with its object (openai 3.57, ``Stream.__stream__``)."""
    data = data_of(element)
    if isinstance(data, dict) and data.keys() == {"data", "event"} and _is_name(data["event"]):
        return Event(json_text.rewrite_line(data["data"]), data["event"])
    return _unnamed(element)


# By framing: how an element becomes an event, and what follows the last one.
_EVENTS_OF = {
    StreamProtocol.NAMED_EVENTS: _named,
    StreamProtocol.THREAD_EVENTS: _of_thread,
}
_ENDS = {
    StreamProtocol.EVENTS: [Event(DONE)],
    StreamProtocol.NAMED_EVENTS: [],
    StreamProtocol.THREAD_EVENTS: [Event(DONE, "done")],
}


def _is_name(name: Any) -> bool:
    """Whether a text fits the one line of an event's name. JSON can spell line ends and lone surrogates."""
    return isinstance(name, str) and name.isprintable() and name == name.strip()


def _read_stream(body: Body, framing: StreamFraming, endpoint: Endpoint, tags: Tags) -> dict[str, Any]:
    if framing is StreamFraming.EVENTS and not body.events.events and not _is_silent(body):
        raise MalformedInteraction("response.body", "server-sent events", describe(body.text))
    data: list[Any] = []
    failure = None
    for index, (name, text, json) in enumerate(_chunks(body, framing)):
        value = _parsed(text, json, f"response.body[{index}]")
        of_thread = endpoint.framing is StreamProtocol.THREAD_EVENTS and name is not None
        is_thread = of_thread and str(name).startswith("thread.")  # never an error, whatever it contains
        failure = read_error_event(value) if framing is StreamFraming.EVENTS and not is_thread else None
        if failure is not None:
            break
        data.append({"data": value, "event": name} if of_thread else value)
    found: dict[str, Any] = {"body": with_tags(data, endpoint, tags, streamed=True), "is_streaming": True}
    return found if failure is None else found | _exception(failure)


def _is_silent(body: Body) -> bool:
    """Whether an event stream without events has nothing to lose: comments, fields and one that was cut off."""
    text = (body.text or "").removeprefix("\ufeff")
    return all(_FIELD.match(line) for line in event_stream.lines(text) if line)


def _chunks(body: Body, framing: StreamFraming) -> Iterator[tuple[str | None, str, JsonView]]:
    """The name, text and JSON of each chunk that the client sees; the SDK reads nothing behind the done marker."""
    if framing is StreamFraming.JSON_LINES:
        yield from ((None, chunk.text, chunk.json) for chunk in body.chunks)
        return
    for event, chunk in zip(body.events.events, body.chunks, strict=False):  # an unfinished event is a chunk, too
        if event.data.startswith(DONE):
            return
        yield event.name, chunk.text, chunk.json


def _read_failure(response: HttpResponse) -> dict[str, Any]:
    if response.status < 400:
        raise Unsupported("response.status.code", "an answer or an error", f"the status {response.status}")
    return {"body": None, "is_streaming": False, **_exception(read_error(response.status, response.body))}


def _exception(data: dict[str, Any]) -> dict[str, Any]:
    return {"is_exception": True, "exception_data": data, "exception_message": data["message"]}


def _parsed(text: str, json: JsonView, where: str) -> Any:
    if json.problem is not None:
        raise MalformedInteraction(where, "JSON", f"{describe(text)} ({json.problem})")
    return json.value


def data_of(element: Any) -> Any:
    """The object without its tag: what the wire has."""
    return element["__data__"] if is_tagged(element) else element


def tags_of(elements: list[Any], endpoint: Endpoint, *, streamed: bool) -> Tags:
    """The note on the elements' tags; empty where all are the endpoint's and no element has further keys."""
    found = [element["__type__"] if is_tagged(element) else None for element in elements]
    note: Tags = {}
    patches = {
        str(index): patch
        for index, (tag, element) in enumerate(zip(found, elements, strict=True))
        if tag is not None and (patch := difference(_tagged(tag, None), element, elsewhere=("__data__",)))
    }
    if patches:
        note["patches"] = dict(sorted(patches.items()))
    if found != [endpoint.tag(data_of(element), streamed=streamed) for element in elements]:
        note["runs"] = [[len(list(run)), tag] for tag, run in groupby(found)]
    return note


def with_tags(data: list[Any], endpoint: Endpoint, note: Tags, *, streamed: bool) -> list[Any]:
    """The objects with their tags: from the note as far as its runs reach, from the endpoint beyond."""
    runs = note.get("runs", [])
    noted = [tag for count, tag in runs for _ in range(min(count, len(data)))][: len(data)]
    if len(runs) == 1:
        noted = [runs[0][1]] * len(data)  # one for all, however many there are now
    beyond = [endpoint.tag(value, streamed=streamed) for value in data[len(noted) :]]
    elements = [_tagged(tag, value) for tag, value in zip([*noted, *beyond], data, strict=True)]
    for index, patch in note.get("patches", {}).items():
        if int(index) < len(elements) and is_tagged(elements[int(index)]):
            elements[int(index)] = patched(elements[int(index)], patch)
    return elements


def read_tags(value: Any, where: str) -> Tags:
    """The note as a file has it (None for none). Raises MalformedInteraction for anything else."""
    value = {} if value is None else value
    if not isinstance(value, dict):
        raise MalformedInteraction(where, "an object with the keys runs, patches", describe(value))
    runs = value.get("runs", [])
    if not isinstance(runs, list):
        raise MalformedInteraction(f"{where}.runs", "a list", describe(runs))
    for index, run in enumerate(runs):
        if not (isinstance(run, list) and len(run) == 2 and isinstance(run[0], int) and _is_tag(run[1])):
            raise MalformedInteraction(f"{where}.runs[{index}]", "a count and a tag (or null)", describe(run))
    patches = value.get("patches", {})
    if not isinstance(patches, dict):
        raise MalformedInteraction(f"{where}.patches", "an object", describe(patches))
    for name, patch in patches.items():
        if not (isinstance(name, str) and name.isdecimal() and len(name) < 10):
            raise MalformedInteraction(f"{where}.patches", "indices as keys", describe(name))
        read_patch(patch, f"{where}.patches.{name}")
    return value


def _tagged(tag: str | None, data: Any) -> Any:
    return data if tag is None else {"__type__": tag, "__data__": data}


def _is_tag(value: Any) -> bool:
    return value is None or isinstance(value, str)
