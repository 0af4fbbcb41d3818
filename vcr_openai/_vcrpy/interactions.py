"""vcrpy's requests and responses ⇄ ours, each read once, and the public translation of recordings.

A body is recognised by the bytes object in which it is, which vcrpy's deep copies share.
"""

from __future__ import annotations

import copy
import os
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary, WeakValueDictionary

from vcr_openai._errors import TranslationError
from vcr_openai._formats.interaction_layouts import read_interaction
from vcr_openai._formats.plain import exchange_to_dict, response_from_dict, response_to_dict
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse
from vcr_openai._http.headers import Headers
from vcr_openai._json.json_text import check_finite
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import exchange_of, recording_of
from vcr_openai._vcrpy.request_headers import request_headers_of

if TYPE_CHECKING:
    from vcr.request import Request

FILES = "files"  # in the response of an interaction: the library's files that it comes from; empty for another's

_GIVEN = "given"  # the key in a Body's cached views of the text that it was made of
_bodies: WeakValueDictionary[int, Body] = WeakValueDictionary()  # by the identity of their bytes, or of the text
_requests: WeakKeyDictionary[Request, tuple[Any, HttpRequest]] = WeakKeyDictionary()


def to_interaction(recording: Recording) -> dict[str, Any]:
    """The interaction under a recording, as vcrpy stores it: what the client sends, what the server answers.

    What the wire does not have is in ``["response"]["recording"]``, so that ``from_interaction`` gives the very
    recording back. A recording that is not an HTTP exchange is kept there whole; no request matches it. Raises
    ValueError for one with a number that JSON cannot express.
    """
    check_finite(recording.document)
    return exchange_to_dict(exchange_of(recording))


def from_interaction(interaction: dict[str, Any], *, test_id: str | None = None) -> Recording:
    """The recording of an interaction as vcrpy stores one or hands it to a serializer, or in an older layout.

    One that ``to_interaction`` made gives back the recording that it was made from, with the edits made since. One from
    the wire gives what the recorder would have written with the installed SDK, for the test ``test_id``; bodies are
    decoded, and a response without a status is a success. Raises MalformedInteraction or Unsupported where it cannot be
    a recording.
    """
    exchange, _ = read_interaction(interaction)[0].decoded()
    recording = recording_of(exchange, test_id)
    return Recording(copy.deepcopy(recording.document)) if exchange.provenance else recording


def http_request(request: Request) -> HttpRequest:
    """Our request for one of vcrpy's; the same one as long as vcrpy's does not change.

    Raises Unsupported for a body of a type that is not known.
    """
    content = request.body
    headers = request_headers_of(request)
    state = (request.method, request.uri, headers)
    known = getattr(request, "known", None) or _requests.get(request)
    if known is not None and known[0] == state and _content(known[1].body) is content:
        return known[1]
    listed = _listed(headers)
    body = None if content is None else _shared(Body.of(content, listed), content)
    made = HttpRequest(request.method.upper(), request.uri, listed, body)
    _requests[request] = state, made
    return made


def vcr_request(request: HttpRequest) -> Request:
    """vcrpy's request for one of ours."""
    from vcr_openai._vcrpy.loaded import LoadedRequest, headers_dict

    headers = {name: values[0] if len(values) == 1 else values for name, values in request.headers.items()}
    made = LoadedRequest(request.method, request.uri, _content(request.body), headers_dict(headers))
    if request.body is not None:
        _bodies[id(request.body.content)] = request.body
    made.known = (made.method, made.uri, request_headers_of(made)), request
    return made


def forget(request: Request) -> None:
    """Free what is known of a request: a thousand parsed bodies are a million objects for the garbage collector."""
    _requests.pop(request, None)
    if getattr(request, "known", None):
        request.known = None


def vcr_exchange(request: Request, response: dict[str, Any]) -> Exchange:
    """Our exchange for a request and a response of vcrpy's.

    Raises MalformedInteraction or Unsupported for what vcrpy itself would not have stored.
    """
    found, provenance = response_from_dict(response)
    content = response["body"].get("string") if isinstance(response.get("body"), dict) else None
    body = _shared(found.body, content)
    if body is not found.body:
        found = HttpResponse(found.status, found.headers, body, found.reason, found.further)
    return Exchange(http_request(request), found, provenance)


def vcr_response(exchange: Exchange) -> dict[str, Any]:
    """vcrpy's response for that of an exchange, its provenance included."""
    found = response_to_dict(exchange)
    content = exchange.response.body.content
    found["body"] = {"string": content}
    _bodies[id(content)] = exchange.response.body
    return found


def changed_response(
    request: Request, response: dict[str, Any], change: Callable[[HttpResponse], HttpResponse]
) -> dict[str, Any]:
    """vcrpy's response after a change of ours; the same object where nothing changes, or where a hook made it."""
    try:
        exchange = vcr_exchange(request, response)
    except TranslationError:
        return response
    new = change(exchange.response)
    return response if new is exchange.response else vcr_response(replace(exchange, response=new))


def status_of(response: Any) -> int:
    """The status of vcrpy's response; 0 for one that a hook made without one."""
    status = response.get("status") if isinstance(response, dict) else None
    code = status.get("code") if isinstance(status, dict) else None
    return code if isinstance(code, int) else 0


def is_success(response: Any) -> bool:
    """Whether a response of vcrpy's has a status of success."""
    return 200 <= status_of(response) < 300


def _shared(body: Body, content: Any) -> Body:
    """The body that was made of the same bytes before, if it is still in use, else this one."""
    known = _bodies.get(id(content))
    if known is not None and known.__dict__.get(_GIVEN, known.content) is content and known == body:
        return known
    if type(content) is str:  # hooks, and cassettes that a program makes
        body.__dict__[_GIVEN] = content
        _bodies[id(content)] = body
    elif body.content is content:
        _bodies[id(content)] = body
    return body


def _content(body: Body | None) -> bytes | None:
    return None if body is None else body.content


def _listed(headers: Mapping[str, Any]) -> Headers:
    return {
        _text(name): [_text(one) for one in (given if isinstance(given, (list, tuple)) else [given])]
        for name, given in headers.items()
    }


def _text(value: Any) -> str:
    """A header's name or value as text; some clients give bytes."""
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def source_of(position: int, response: dict[str, Any]) -> str:
    """The name of an interaction in messages: the names of its files, else its place."""
    return ", ".join(map(os.path.basename, response.get(FILES) or ())) or f"interactions[{position}]"


def file_of(response: dict[str, Any], cassette: str, folder: str) -> str:
    """The file to look into, as it is typed in ``folder``: the interaction's own, else its cassette's."""
    files = response.get(FILES) or [cassette]
    return str(files[0]).removeprefix(f"{folder}{os.sep}" if folder else "")


def current_folder() -> str:
    """The current folder's path; empty where it was removed."""
    try:
        return os.getcwd()  # noqa: PTH109  # a prefix of a text
    except OSError:
        return ""
