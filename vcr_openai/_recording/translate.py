"""Translation: a recording ⇄ an exchange.

The way to the exchange writes what the client and the server send, and notes as provenance what the plain way back
would not find. The way back reads the wire and applies the note. So the note repeats nothing of the wire, and a word
that is edited in a cassette is edited in the recording made from it.

A recording that is not an HTTP exchange is *opaque*: it is kept whole in the provenance of an exchange that no request
matches.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from vcr_openai._api.endpoint import Endpoint, Layout
from vcr_openai._errors import MalformedInteraction, TranslationError, Unsupported, describe
from vcr_openai._http.body import read_json
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse
from vcr_openai._http.late_provenance import LateProvenance
from vcr_openai._json.json_diff import same
from vcr_openai._recording import invented
from vcr_openai._recording.accepted import ACCEPTED, Mark, mark_of, without_mark
from vcr_openai._recording.call import endpoint_of, natural_layout, outline, read_request, write_request
from vcr_openai._recording.failure import briefly, is_brief
from vcr_openai._recording.opaque import OPAQUE, WHERE, is_unicode, opaque_exchange, read_opaque, why_opaque
from vcr_openai._recording.outcome import certain_answer, read_response, read_tags, tags_of, write_response
from vcr_openai._recording.patch import difference, patched, read_patch
from vcr_openai._recording.recorder import SdkView, as_recorded, installed_sdk
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.verbatim import read_verbatim, why_not_asked, write_verbatim
from vcr_openai._recording.wire_member import WIRE, Wire, as_given, as_sent, is_last, wire_of, without_wire
from vcr_openai._streams.times import times_in, without_times

Note = dict[str, Any]  # the provenance, as it is made
_OF_THE_DOCUMENT = ("test_id", "layout", "arguments", "tags", "message")  # the note's keys that ``_document`` reads
_BRIEF = "brief"  # a failure's message in the words of newer SDKs
_NOT_EXACT = "its shape has no exact counterpart on the wire"
_FIRST_FAILURE = 400  # the lowest status of a failure


def exchange_of(recording: Recording) -> Exchange:
    """The exchange under a recording: what the client sends and what the server answers.

    What the wire does not have is in its provenance, so that ``recording_of`` gives the very recording back; that is
    proven here. A recording that is not an HTTP exchange, or that does not come back, is kept there whole.
    """
    mark = mark_of(recording.document)
    if mark is not None and next(reversed(recording.document)) == ACCEPTED:
        plain = exchange_of(Recording(without_mark(recording.document)))
        return replace(plain, provenance={**plain.provenance, ACCEPTED: mark})
    if times := times_in(recording.document):
        return _timed(exchange_of(Recording(without_times(recording.document))), times)
    if is_last(recording.document):
        plain = exchange_of(Recording(without_wire(recording.document)))
        return _sent(plain, wire_of(recording.document) or {})
    reason = why_opaque(recording)
    made = None
    if reason is None:
        made = _of_interaction(recording) if recording.layout is Layout.INTERACTION else _of_call(recording)
    return made or opaque_exchange(recording, reason or _NOT_EXACT)


def _sent(plain: Exchange, wire: Wire) -> Exchange:
    """The exchange of a recording without its member ``wire``, with what that member restores."""
    response, left = as_sent(plain.response, wire)
    return replace(plain, response=response, provenance={**plain.provenance, WIRE: left})


def _of_call(recording: Recording) -> Exchange | None:
    request = write_request(recording.request, recording.layout)
    endpoint = endpoint_of(request, recording.layout)
    response = write_response(recording.response, endpoint)
    if is_unicode(request, response):
        made, plain = _note(recording, request, response, endpoint)
        # Its test_id is always there, as the sign of a recording.
        note = {key: value for key, value in sorted(made.items()) if value or key == "test_id"}
        for written in (_sorted(note), _packed(note)):
            if _gives_back(request, response, written, recording, (made, plain)):
                return Exchange(request, response, written)
    return None


def _of_interaction(recording: Recording) -> Exchange | None:
    exchange = read_verbatim(recording)
    note = {"layout": Layout.INTERACTION.value, "test_id": recording.test_id}
    if exchange.provenance:  # it does not fit its exchange any more
        note["note"] = json.dumps(exchange.provenance)
    made = replace(exchange, provenance=note)
    return made if same(_interaction_of(made, note, None).document, recording.document) else None


def _interaction_of(exchange: Exchange, note: Note, test_id: str | None) -> Recording:
    inner = read_json(note.get("note", "{}")).value
    plain = replace(exchange, provenance=inner if isinstance(inner, dict) else {})
    return write_verbatim(plain, note.get("test_id", test_id))


def exchanges_of(recordings: Iterable[Recording]) -> list[Exchange]:
    """The exchanges of the recordings of one file, in order; see ``with_retries``."""
    return with_retries([exchange_of(recording) for recording in recordings])


def playable_exchange(recording: Recording) -> Exchange | None:
    """The exchange under a recording without provenance: enough to play it, at a tenth of the cost of ``exchange_of``.

    None for a recording that is not an HTTP exchange.
    """
    if why_opaque(recording) is not None:
        return None
    times = times_in(without_mark(recording.document))
    if recording.layout is Layout.INTERACTION:
        return _timed(replace(read_verbatim(recording), provenance={}), times)
    request = write_request(recording.request, recording.layout)
    response = write_response(recording.response, endpoint_of(request, recording.layout))
    return _timed(Exchange(request, as_sent(response, wire_of(recording.document) or {})[0]), times)


def exchanges_to_play(readers: Iterable[tuple[Callable[[], Recording], str | None]]) -> list[Exchange]:
    """The exchanges of the recordings of one file, as ``exchanges_of`` gives them, but with late provenance.

    ``readers`` give the recordings; beside each is its text, or None. They are read again for
    their provenance, so that their many objects do not stay in memory. The recordings that have no exact counterpart on
    the wire can be played, too.
    """
    return with_retries([_to_play(read, text) for read, text in readers])


def _to_play(read: Callable[[], Recording], text: str | None) -> Exchange:
    recording = read()
    exchange = None if recording.layout is Layout.INTERACTION else playable_exchange(recording)
    if exchange is None or not is_unicode(exchange.request, exchange.response):
        return exchange_of(recording)
    return Exchange(exchange.request, exchange.response, LateProvenance(lambda: exchange_of(read()).provenance, text))


def recording_of(
    exchange: Exchange, test_id: str | None = None, normal: Callable[[Recording, SdkView], Recording] = as_recorded
) -> Recording:
    """The recording of an exchange whose bodies are decoded.

    An exchange made by ``exchange_of`` gives the recording that it was made from, with the edits made since. One from
    the wire gives what the recorder would have written with the installed SDK, for the test ``test_id``; ``normal``
    makes that of what was sent. Raises MalformedInteraction and Unsupported where the exchange cannot be a recording.
    """
    if mark := mark_of(exchange.provenance):
        return _marked(recording_of(_unmarked(exchange), test_id, normal), mark)
    if times := times_in(exchange.response.further):
        return Recording({**recording_of(untimed(exchange), test_id, normal).document, **times})
    if (wire := wire_of(exchange.provenance)) is not None:
        response, left = as_given(exchange.response, wire)
        given = replace(exchange, response=response, provenance=without_wire(exchange.provenance))
        return Recording({**recording_of(given, test_id).document, WIRE: left})
    note = _unpacked(exchange.provenance)
    if note.get("layout") == Layout.INTERACTION.value:
        return _interaction_of(exchange, note, test_id)
    for where, body in (("request.body", exchange.request.body), ("response.body", exchange.response.body)):
        if body is not None and body.decoding.failure:
            raise Unsupported(where, "a body that can be decoded", f"one that stays encoded: {body.decoding.failure}")
    try:
        if OPAQUE in note:
            return read_opaque(note)
        recording = Recording(_read(exchange.request, exchange.response, note, test_id))
        return recording if note else normal(recording, installed_sdk())
    except RecursionError as error:  # between what json reads and what pydantic can follow
        raise Unsupported("", "JSON that can be copied", "JSON that is nested too deep for that") from error


def kept_recording_of(exchange: Exchange, test_id: str | None = None) -> tuple[Recording, str | None]:
    """The recording of an exchange whose bodies are decoded, whatever it is; and why it is a plain interaction.

    It is one where ``recording_of`` raises, or where what it gives would not answer the very request: nothing that was
    recorded is lost. The reason is None for a recording of a call.
    """
    if mark := mark_of(exchange.provenance):
        plain, reason = kept_recording_of(_unmarked(exchange), test_id)
        return _marked(plain, mark), reason
    if times := times_in(exchange.response.further):
        plain, reason = kept_recording_of(untimed(exchange), test_id)
        return Recording({**plain.document, **times}), reason
    try:
        recording = recording_of(exchange, test_id)
    except TranslationError as error:
        return write_verbatim(exchange, test_id), str(error)
    if exchange.provenance:
        return recording, None
    reason = why_not_asked(exchange.request, write_request(recording.request, recording.layout))
    return (recording, None) if reason is None else (write_verbatim(exchange, test_id), reason)


def _unmarked(exchange: Exchange) -> Exchange:
    return replace(exchange, provenance=without_mark(exchange.provenance))


def _marked(recording: Recording, mark: Mark) -> Recording:
    return Recording({**recording.document, ACCEPTED: mark})


def _timed(exchange: Exchange, times: Mapping[str, Any]) -> Exchange:
    """An exchange with the times of its stream; the same one where it has no times."""
    response = exchange.response
    return replace(exchange, response=replace(response, further={**response.further, **times})) if times else exchange


def untimed(exchange: Exchange) -> Exchange:
    """An exchange without the times of its stream."""
    response = exchange.response
    return replace(exchange, response=replace(response, further=without_times(response.further)))


def opaque_reason(exchange: Exchange) -> str | None:
    """Why the recording in an exchange is opaque; None for an HTTP exchange."""
    reason: str | None = _unpacked(exchange.provenance).get(OPAQUE)
    return reason


def with_retries(exchanges: list[Exchange]) -> list[Exchange]:
    """The exchanges of one file, their failures without the headers that forbid a retry where the retry is recorded.

    A failure is retried where the same request follows in the file. The recorder writes the outcome after the SDK's own
    retries, and never two outcomes of one request into one file; so a file with two has them from the wire.
    """
    if all(exchange.response.status < _FIRST_FAILURE for exchange in exchanges):
        return exchanges
    asked: set[str] = set()
    found = []
    for exchange in reversed(exchanges):
        request, response = repr(exchange.request), exchange.response
        if response.status >= _FIRST_FAILURE and request in asked:
            headers = {name: value for name, value in response.headers.items() if name not in invented.FAILURE_HEADERS}
            exchange = replace(exchange, response=replace(response, headers=headers))  # noqa: PLW2901
        asked.add(request)
        found.append(exchange)
    return found[::-1]


# --- the note


def _note(
    recording: Recording, request: HttpRequest, response: HttpResponse, endpoint: Endpoint
) -> tuple[Note, dict[str, Any]]:
    """What ``_read`` needs that the wire does not have, and the document that it patches."""
    document = recording.document
    note: Note = {"test_id": recording.test_id}
    if natural_layout(request) is not recording.layout:
        note["layout"] = recording.layout.value
    answer = certain_answer(recording.response, endpoint)
    if recording.layout is Layout.CALL:
        note["arguments"] = outline(document["request"].get("body", {}), request, endpoint)
    if recording.layout is Layout.CALL and answer is None:
        body = recording.response["body"]
        elements = body if isinstance(body, list) else [] if body is None else [body]
        note["tags"] = tags_of(elements, endpoint, streamed=recording.response["is_streaming"])
    if is_brief(recording.response):
        note["message"] = _BRIEF
    plain = _document(request, response, note, None, answer)
    note["envelope"] = difference(plain, document, elsewhere=("request", "response"))
    note["request"] = difference(plain["request"], document["request"], elsewhere=("body",))
    elsewhere = ("body", "exception_data")
    note["response"] = difference(plain["response"], document["response"], elsewhere=elsewhere)
    if "exception_data" in plain["response"]:
        failure = document["response"].get("exception_data") or {}  # empty where a chunk only looks like an error
        note["failure"] = difference(plain["response"]["exception_data"], failure)
    return note, plain


def _gives_back(
    request: HttpRequest,
    response: HttpResponse,
    written: Note,
    recording: Recording,
    known: tuple[Note, dict[str, Any]],
) -> bool:
    """Whether an exchange and its note, as it is written, are read back as the very recording.

    ``known`` is the note as it was made, and the document that it patches.
    """
    note = _unpacked(written)
    try:
        if all(same(note.get(key), known[0].get(key)) for key in _OF_THE_DOCUMENT):
            return same(_patched(known[1], note), recording.document, levels=2)  # the body may be the very object
        return same(_read(request, response, note, None), recording.document)
    except TranslationError:  # data that looks like the format's own objects where the wire has plain ones
        return False


def _read(request: HttpRequest, response: HttpResponse, note: Note, test_id: str | None) -> dict[str, Any]:
    """The recording's document, from the wire and the note."""
    return _patched(_document(request, response, note, test_id), note)


def _patched(plain: dict[str, Any], note: Note) -> dict[str, Any]:
    """The document with the patches of the note."""
    patches = {
        key: read_patch(note.get(key), f"{WHERE}.{key}") for key in ("envelope", "request", "response", "failure")
    }
    answer = plain["response"]
    if "exception_data" in answer:
        answer = {**answer, "exception_data": patched(answer["exception_data"], patches["failure"])}
    parts = {"request": patched(plain["request"], patches["request"]), "response": patched(answer, patches["response"])}
    return patched({**plain, **parts}, patches["envelope"])


def _document(
    request: HttpRequest,
    response: HttpResponse,
    note: Note,
    test_id: str | None,
    answer: dict[str, Any] | None = None,
) -> dict[str, Any]:
    """The document as the recorder writes it today, from the wire and the note on arguments and tags.

    ``answer`` is what is read from the response, where that is known.
    """
    test_id = note.get("test_id", test_id)
    endpoint = endpoint_of(request, _noted_layout(request, note))
    arguments = note.get("arguments")
    if not isinstance(arguments, (list, type(None))):
        raise MalformedInteraction(f"{WHERE}.arguments", "a list", describe(arguments))
    tags = read_tags(note.get("tags"), f"{WHERE}.tags")
    answer = answer or read_response(response, endpoint, tags)
    return {
        "test_id": test_id,
        "request": read_request(request, endpoint, test_id=test_id, outline=arguments),
        "response": briefly(answer) if note.get("message") == _BRIEF else answer,
        "id_normalization_mapping": {},
    }


def _noted_layout(request: HttpRequest, note: Note) -> Layout | None:
    if not note:
        return None
    noted = note.get("layout")
    if noted is None:
        return natural_layout(request) or Layout.CALL
    for layout in (Layout.CALL, Layout.HTTP):
        if noted == layout.value:
            return layout
    raise MalformedInteraction(f"{WHERE}.layout", f"{Layout.CALL.value!r} or {Layout.HTTP.value!r}", describe(noted))


def _sorted(note: Note) -> Note:
    """The note as vcrpy's YAML gives it back, with sorted keys; packed where YAML cannot write it."""
    try:
        text = json.dumps(note, ensure_ascii=False, sort_keys=True)
        text.encode()
    except UnicodeEncodeError:  # a lone surrogate, which a JSON text can escape
        return _packed(note)
    sorted_: Note = json.loads(text)
    return sorted_


def _packed(note: Note) -> Note:
    """The note as one text, for what depends on the order of keys or what YAML cannot write."""
    return {"json": json.dumps(note)}


def _unpacked(note: Any) -> Note:
    if "json" not in note:
        return dict(note)
    text = note["json"]
    found = read_json(text) if isinstance(text, str) else None
    if found is None or found.problem is not None:
        reason = f" ({found.problem})" if found else ""
        raise MalformedInteraction(f"{WHERE}.json", "JSON", f"{describe(text)}{reason}")
    if not isinstance(found.value, dict):
        raise MalformedInteraction(f"{WHERE}.json", "an object", describe(found.value))
    return found.value
