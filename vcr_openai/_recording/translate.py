"""Translation: a recording ⇄ an interaction.

The rule of this file: the way there writes what the client and the server say, and notes as provenance what the plain
way back would not find again; the way back reads the wire and applies the note. So the note never repeats the wire, and
a word that is edited in a cassette is edited in the recording made from it.
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable
from typing import Any

from vcr_openai._api.endpoint import Endpoint, Layout
from vcr_openai._errors import MalformedInteraction, TranslationError, describe
from vcr_openai._http.vcr_dicts import HttpRequest, HttpResponse, is_unicode, read_interaction, write_interaction
from vcr_openai._json import json_text
from vcr_openai._json.json_patch import apply, difference, read_patch, same
from vcr_openai._recording.call import endpoint_of, natural_layout, outline, read_request, write_request
from vcr_openai._recording.failure import briefly, is_brief
from vcr_openai._recording.opaque import REASON, carried_reason, carry, read_carried
from vcr_openai._recording.outcome import read_response, write_response
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.tags import read_tags, tags_of

Provenance = dict[str, Any]
_WHERE = "response.recording"
_BRIEF = "brief"  # a failure's message, as newer SDKs word it
_NOT_EXACT = "its shape has no exact counterpart on the wire"


def to_interaction(recording: Recording) -> dict[str, Any]:
    """The interaction under a recording, as vcrpy stores it: what the client sends, what the server answers.

    What the wire does not say rides in ``["response"]["recording"]``, so that ``from_interaction`` gives the very
    recording back. A recording that is no HTTP exchange is carried there whole; no request matches it.
    """
    reason = carried_reason(recording)
    if reason is None:
        request = write_request(recording.request, recording.layout)
        endpoint = endpoint_of(request, recording.layout)
        response = write_response(recording.response, endpoint)
        provenance = _provenance(recording, request, response, endpoint)
        for note in (_sorted(provenance), _packed(provenance)) if is_unicode(request, response) else ():
            if _says(request, response, note, recording):
                return write_interaction(request, response, note)
    return write_interaction(*carry(recording, reason or _NOT_EXACT))


def _says(request: HttpRequest, response: HttpResponse, note: Provenance, recording: Recording) -> bool:
    """Whether an exchange and its note are read back as the very recording."""
    try:
        return same(_read(request, response, _unpacked(note), None).document, recording.document)
    except TranslationError:  # data that looks like the format's own objects where the wire has plain ones
        return False


def to_exchange(recording: Recording) -> dict[str, Any] | None:
    """The interaction under a recording as it is on the wire, without provenance: enough to play it, at a tenth of the
    cost. None for a recording that is no HTTP exchange.
    """
    if carried_reason(recording) is not None:
        return None
    request = write_request(recording.request, recording.layout)
    response = write_response(recording.response, endpoint_of(request, recording.layout))
    return write_interaction(request, response, {})


def carried_in(interaction: dict[str, Any]) -> str | None:
    """Why the recording in an interaction is carried; None for an interaction that is an HTTP exchange."""
    _, _, provenance = read_interaction(interaction)
    reason: str | None = _unpacked(provenance).get(REASON)
    return reason


def recording_of(
    interaction: dict[str, Any], recorded: Callable[[Recording], Recording], test_id: str | None
) -> Recording:
    """The recording of an interaction; ``recorded`` is what the recorder does to an answer fresh from the wire.

    ``test_id`` is for an interaction from the wire; one that was made from a recording has its own. Raises
    MalformedInteraction and Unsupported where the interaction is not, or cannot be, a recording.
    """
    request, response, provenance = read_interaction(interaction)
    provenance = _unpacked(provenance)
    if REASON in provenance:
        return read_carried(provenance, _WHERE)
    recording = _read(request, response, provenance, test_id)
    return recording if provenance else recorded(recording)


def _provenance(recording: Recording, request: HttpRequest, response: HttpResponse, endpoint: Endpoint) -> Provenance:
    """The note: what ``_read`` needs beside the wire. Its test_id is always there, as the sign of a recording."""
    document = recording.document
    provenance: Provenance = {"test_id": recording.test_id}
    if natural_layout(request) is not recording.layout:
        provenance["layout"] = recording.layout.value
    if recording.layout is Layout.CALL:
        provenance["arguments"] = outline(document["request"].get("body", {}), request, endpoint)
        body = recording.response["body"]
        elements = body if isinstance(body, list) else [] if body is None else [body]
        provenance["tags"] = tags_of(elements, endpoint, streamed=recording.response["is_streaming"])
    if is_brief(recording.response):
        provenance["message"] = _BRIEF
    plain = _document(request, response, provenance, None)
    provenance["envelope"] = difference(plain, document, elsewhere=("request", "response"))
    provenance["request"] = difference(plain["request"], document["request"], elsewhere=("body",))
    elsewhere = ("body", "exception_data")
    provenance["response"] = difference(plain["response"], document["response"], elsewhere=elsewhere)
    if "exception_data" in plain["response"]:
        failure = document["response"].get("exception_data") or {}  # none where a chunk only looks like an error
        provenance["failure"] = difference(plain["response"]["exception_data"], failure)
    return {key: copy.deepcopy(value) for key, value in sorted(provenance.items()) if value or key == "test_id"}


def _read(request: HttpRequest, response: HttpResponse, provenance: Provenance, test_id: str | None) -> Recording:
    document = _document(request, response, provenance, test_id)
    patches = {
        key: read_patch(provenance.get(key), f"{_WHERE}.{key}")
        for key in ("envelope", "request", "response", "failure")
    }
    answer = document["response"]
    if "exception_data" in answer:
        answer["exception_data"] = apply(answer["exception_data"], patches["failure"])
    document["request"] = apply(document["request"], patches["request"])
    document["response"] = apply(answer, patches["response"])
    return Recording(copy.deepcopy(apply(document, patches["envelope"])) if provenance else document)


def _document(
    request: HttpRequest, response: HttpResponse, provenance: Provenance, test_id: str | None
) -> dict[str, Any]:
    """The document as the recorder writes it today, from the wire and the note on arguments and tags."""
    test_id = provenance.get("test_id", test_id)
    endpoint = endpoint_of(request, _noted_layout(request, provenance))
    arguments = provenance.get("arguments")
    if not isinstance(arguments, (list, type(None))):
        raise MalformedInteraction(f"{_WHERE}.arguments", "a list", describe(arguments))
    tags = read_tags(provenance.get("tags"), f"{_WHERE}.tags")
    answer = read_response(response, endpoint, tags)
    return {
        "test_id": test_id,
        "request": read_request(request, endpoint, test_id=test_id, outline=arguments),
        "response": briefly(answer) if provenance.get("message") == _BRIEF else answer,
        "id_normalization_mapping": {},
    }


def _noted_layout(request: HttpRequest, provenance: Provenance) -> Layout | None:
    if not provenance:
        return None
    noted = provenance.get("layout")
    if noted is None:
        return natural_layout(request) or Layout.CALL
    for layout in (Layout.CALL, Layout.HTTP):
        if noted == layout.value:
            return layout
    raise MalformedInteraction(f"{_WHERE}.layout", f"{Layout.CALL.value!r} or {Layout.HTTP.value!r}", describe(noted))


def _sorted(provenance: Provenance) -> Provenance:
    """The note as vcrpy's YAML gives it back, which sorts the keys of every object; packed where YAML has no words."""
    try:
        text = json.dumps(provenance, ensure_ascii=False, sort_keys=True)
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which a JSON text may escape
        return _packed(provenance)
    sorted_: Provenance = json.loads(text)
    return sorted_


def _packed(provenance: Provenance) -> Provenance:
    """The note as one text, for what depends on the order of keys or has no words in YAML."""
    return {"json": json.dumps(provenance)}


def _unpacked(provenance: Provenance) -> Provenance:
    if "json" not in provenance:
        return provenance
    try:
        unpacked = json_text.read(provenance["json"])
    except (TypeError, ValueError) as error:
        raise MalformedInteraction(f"{_WHERE}.json", "JSON", f"{describe(provenance['json'])} ({error})") from error
    if not isinstance(unpacked, dict):
        raise MalformedInteraction(f"{_WHERE}.json", "an object", describe(unpacked))
    return unpacked
