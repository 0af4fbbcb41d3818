"""The recordings of a cassette from which it comes back: with the server's own ids, times and bodies.

A recording that is made while a test runs is in the recorder's normal form. One that is made of a cassette keeps what
the cassette has: the mapping of ids names the normal form, the member ``wire`` has what the format cannot say, and what
is no recording at all is a plain interaction.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vcr_openai._errors import TranslationError
from vcr_openai._http.body import Body, StreamFraming
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse
from vcr_openai._json.json_diff import same
from vcr_openai._recording import invented
from vcr_openai._recording.accepted import ACCEPTED, is_from_wire, without_mark
from vcr_openai._recording.normalized_ids import with_mapping
from vcr_openai._recording.recorder import as_sent
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import playable_exchange, recording_of, untimed
from vcr_openai._recording.verbatim import why_not_asked, write_verbatim
from vcr_openai._recording.wire_member import WIRE, Wire, wire_of, with_base64, with_body, with_positions, without_wire
from vcr_openai._streams.times import times_in, without_times

_OTHER_URL = "the recording would have another spelling of the URL"
_OTHER_ANSWER = "the recording would give another answer"


def sent_recording_of(
    exchange: Exchange, test_id: str | None = None, sent_later: str = ""
) -> tuple[Recording, str | None]:
    """The recording of an exchange whose bodies are decoded, whatever it is; and why it is a plain interaction.

    ``sent_later`` is the text of the requests that follow in its file (``texts_sent_later``). An exchange that was made
    from a recording gives that one. The reason is None for the recording of a call. Raises as ``recording_of`` for a
    provenance that was edited and has become wrong.
    """
    if not is_from_wire(exchange.provenance):
        return recording_of(exchange, test_id), None
    if times := times_in(exchange.response.further):
        plain, reason = sent_recording_of(untimed(exchange), test_id, sent_later)
        return Recording(_before_mark(plain.document, times)), reason
    try:
        recording = recording_of(exchange, test_id, as_sent)
        reason, wire = _what_differs(exchange, recording)
    except TranslationError as error:
        return write_verbatim(exchange, test_id), str(error)
    if reason is not None:
        return write_verbatim(exchange, test_id), reason
    document = with_mapping(recording, sent_later).document
    return Recording(_before_mark(document, {WIRE: wire} if wire else {})), None


def texts_sent_later(exchanges: Sequence[object]) -> list[str]:
    """For each exchange of a file the text of all requests after it; other elements are passed over."""
    found: list[str] = []
    text = ""
    for exchange in reversed(exchanges):
        found.append(text)
        if isinstance(exchange, Exchange):
            body = exchange.request.body
            text = f"{exchange.request.uri}\n{(body.text or '') if body else ''}\n{text}"
    return found[::-1]


def in_their_places(recordings: Sequence[Recording], orders: Sequence[tuple[int, ...]]) -> list[Recording]:
    """The recordings of one cassette, with their positions where ``orders``, by which they would be sorted, do not give
    them.

    Equal recordings stay equal: each has the positions of all of them.
    """
    if all(one < other for one, other in itertools.pairwise(orders)):
        return list(recordings)
    positions: dict[Recording, list[int]] = {}
    for position, recording in enumerate(recordings):
        positions.setdefault(recording, []).append(position)
    return [_at(recording, positions[recording]) for recording in recordings]


def _at(recording: Recording, positions: Sequence[int]) -> Recording:
    wire = with_positions(wire_of(recording.document), positions)
    times = times_in(without_mark(recording.document))
    document = without_times(without_wire(recording.document)) if times else without_wire(recording.document)
    return Recording(_before_mark(document, {WIRE: wire, **times}))


def _before_mark(document: Mapping[str, Any], members: Mapping[str, Any]) -> dict[str, Any]:
    """A document with further members at its end; the mark of an accepted request stays the last one."""
    mark = {ACCEPTED: document[ACCEPTED]} if ACCEPTED in document else {}
    return {**without_mark(document), **members, **mark}


def _what_differs(exchange: Exchange, recording: Recording) -> tuple[str | None, Wire | None]:
    """Why a recording does not give an exchange back; or the member with which it does, None where it needs none."""
    given = playable_exchange(recording)
    if given is None:
        return _OTHER_ANSWER, None
    if reason := why_not_asked(exchange.request, given.request):
        return reason, None
    if not _is_url_of(exchange.request, given.request):
        return _OTHER_URL, None
    sent = exchange.response
    if sent.status != given.response.status:
        return _OTHER_ANSWER, None
    if _is_alike(sent.body, given.response.body):
        return None, None
    wire = with_base64(sent, given.response) or with_body(sent, given.response)
    return (None, wire) if _comes_back(recording, wire, sent) else (_OTHER_ANSWER, None)


def _is_url_of(asked: HttpRequest, given: HttpRequest) -> bool:
    is_hidden = given.uri.startswith(invented.DATABRICKS_WIRE)  # the format leaves out the host on purpose
    return asked.uri == given.uri or is_hidden


def _comes_back(recording: Recording, wire: Wire, sent: HttpResponse) -> bool:
    given = playable_exchange(Recording({**recording.document, WIRE: wire}))
    return given is not None and _is_alike(given.response.body, sent.body)


def _is_alike(one: Body, other: Body) -> bool:
    """Whether two bodies have the same values: JSON by value, a stream by its events, other content by its bytes."""
    if one.framing is not other.framing:
        return False
    if one.octets == other.octets:
        return True
    if (one.json.problem is None) != (other.json.problem is None):
        return False
    if one.framing is not None:
        return same(list(_events(one)), list(_events(other)))
    return one.json.problem is None and same(one.json.value, other.json.value)


def _events(body: Body) -> Iterator[list[Any]]:
    is_named = body.framing is StreamFraming.EVENTS
    names = [event.name for event in body.events.events] if is_named else []
    for index, chunk in enumerate(body.chunks):
        value = chunk.json.value if chunk.json.problem is None else chunk.text
        yield [names[index] if index < len(names) else None, value]
    yield [len(names)]  # an event that was cut off is a chunk, too
