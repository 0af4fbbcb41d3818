"""What a client gets for a recorded stream and its directions."""

from __future__ import annotations

import gzip
import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vcr_openai import cuts, error_event, fail, fragments, pace, stall
from vcr_openai._http.body import Body, StreamFraming
from vcr_openai._http.exchange import HttpResponse
from vcr_openai._streams.directions import Cut, directions_of
from vcr_openai._streams.plan import answer, cut_at, plan, stream_places
from vcr_openai._streams.steps import Answer, Break, Piece, Refusal, Stall

EVENTS = ["data: one\n\n", "event: x\ndata: zwölf\n\n", 'data: {"a": "🦙"}\n\n']
STREAM = "".join(EVENTS) + "data: [DONE]\n\n"
CHAT = "/v1/chat/completions"
STREAM_TEXTS = st.lists(
    st.sampled_from(["data: a", "data: ü", ": comment", "event: x", "id: 1", "data:", "", "\u2028", "data: [DONE]"]),
    min_size=1,
).flatmap(
    lambda lines: st.sampled_from(["\n", "\r\n", "\r", "\n\n"]).map(lambda end: "data: x" + end + end.join(lines))
)
SHAPES = st.one_of(
    st.sampled_from(["events", "block"]), st.builds(fragments, st.integers(0, 9), st.none() | st.integers(1, 9))
)


def response(text, kind="text/event-stream", **headers):
    content = text if isinstance(text, bytes) else text.encode()
    given = {"content-type": [kind], **{name.replace("_", "-"): [value] for name, value in headers.items()}}
    return HttpResponse(200, given, Body.of(content, given))


def pieces(steps):
    return [step.data for step in steps if isinstance(step, Piece)]


def steps_of(stream, text=STREAM, path=CHAT, times=None, speed=None, **headers):
    return answer(response(text, **headers), directions_of(stream, speed), path=path, times=times).steps


@given(STREAM_TEXTS, SHAPES, st.booleans())
@example("data: a\r\n\r\ndata: b\r\n\r\n", "events", False)
@example("\ufeffdata: a\n\n\n\ndata: b", "events", True)
def test_the_pieces_are_the_body(text, shape, is_paced):
    """Without a fault the pieces joined are the body, none of them is empty, and a pace changes no piece."""
    plain = steps_of(shape, text)
    paced = steps_of([shape, pace(first=1, chunk=2)] if is_paced else shape, text)
    assert b"".join(pieces(plain)) == text.encode()
    assert all(pieces(plain))
    assert pieces(paced) == pieces(plain)


def test_a_stream_comes_event_by_event():
    """Each event is a piece, and so is the done marker; nothing waits."""
    assert steps_of("events") == (*(Piece(one.encode()) for one in EVENTS), Piece(b"data: [DONE]\n\n"))


@pytest.mark.parametrize("stream", ["events", "block", fragments(size=1), pace(1)], ids=repr)
@pytest.mark.parametrize("headers", [{}, {"content_length": "0"}], ids=str)
def test_an_empty_stream_has_no_pieces(stream, headers):
    """A stream without a byte ends at once."""
    assert steps_of(stream, "", **headers) == ()


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_may_end_in_three_ways(end):
    """An event ends with its blank line, whichever line ends the server sends."""
    events = [f"data: one{end}{end}", f": ping{end}{end}", f"id: 7{end}data: two{end}{end}"]
    assert pieces(steps_of("events", "".join(events))) == [one.encode() for one in events]


def test_json_lines_come_line_by_line():
    """A stream of JSON lines has a piece for each line."""
    lines = ['{"a": 1}\n', '{"a": 2}\n', '{"done": true}']
    assert pieces(steps_of("events", "".join(lines), kind="application/x-ndjson")) == [one.encode() for one in lines]


@pytest.mark.parametrize("text", ['{"a": 1}', '{\n  "a": [1]\n}', "data? none", "", "[1,\n2]"])
@pytest.mark.parametrize("stream", ["events", fragments(size=1), stall(0, seconds=1), Cut("start", 0, 1)], ids=repr)
def test_what_is_no_stream_is_one_piece(text, stream):
    """An answer that is no stream arrives in one block, whatever is said about streams."""
    assert steps_of(stream, text, kind="application/json") == (Piece(text.encode()),)


def test_a_block_is_one_piece():
    """``"block"`` is what vcrpy does."""
    assert steps_of("block") == (Piece(STREAM.encode()),)


def test_fragments_have_a_size():
    """``fragments(size=1)`` plays a byte at a time."""
    assert pieces(steps_of(fragments(size=1))) == [bytes([byte]) for byte in STREAM.encode()]


def test_fragments_depend_on_the_seed():
    """Equal seeds cut the bytes at equal places, other seeds at others."""
    assert steps_of(fragments(seed=1)) == steps_of(fragments(seed=1)) != steps_of(fragments(seed=2))


def test_a_pace_waits_before_each_piece():
    """The first piece comes after ``first``, each other one ``chunk`` after the one before."""
    assert [step.wait for step in steps_of(pace(first=0.4, chunk=0.02))] == [0.4, 0.02, 0.02, 0.02]


def test_recorded_times_are_waited_for():
    """Each event comes when it came; ``speed`` divides the times."""
    found = [step.wait for step in steps_of("recorded", times=(1.0, 1.5, 1.5, 3.0), speed=10)]
    assert found == pytest.approx([0.1, 0.05, 0.0, 0.15])


def test_comments_have_no_recorded_times():
    """A comment comes with the event after it: the times are those of events."""
    text = ": hello\n\ndata: one\n\n: ping\n\ndata: two\n\n"
    assert [step.wait for step in steps_of("recorded", text, times=(1.0, 3.0))] == [1.0, 0.0, 2.0, 0.0]


def test_a_fragment_comes_with_its_last_byte():
    """A piece that ends within an event comes when that event came."""
    assert [step.wait for step in steps_of(["recorded", "block"], times=(1.0, 1.5, 1.5, 3.0))] == [3.0]


@pytest.mark.parametrize("times", [None, (), (1.0,)])
def test_missing_times_are_not_waited_for(times):
    """Without recorded times nothing waits; after the last of them nothing waits any more."""
    assert sum(step.wait for step in steps_of("recorded", times=times)) == (times or (0.0,))[-1]


def test_nothing_arrives_during_a_stall():
    """A stall follows its event, and then the stream goes on."""
    found = steps_of(stall(after=2, seconds=30))
    assert [type(step) for step in found] == [Piece, Piece, Stall, Piece, Piece]
    assert found[2] == Stall(30)


def test_a_stall_can_be_at_the_beginning():
    """``stall(after=0)`` is before the first byte."""
    assert steps_of(stall(after=0, seconds=3))[0] == Stall(3)


def test_a_stall_splits_a_block():
    """In one block, too, the events before the stall arrive first."""
    assert steps_of(["block", stall(1, seconds=3)])[:2] == (Piece(EVENTS[0].encode()), Stall(3))


@pytest.mark.parametrize("direction", [stall(after=4, seconds=1), error_event(after=4)], ids=repr)
def test_a_stream_has_enough_events(direction):
    """An event that the stream does not have is an error, not silence. The done marker is no event."""
    with pytest.raises(ValueError, match="after=4: the recorded stream has 3 events"):
        steps_of(direction)


def test_all_places_of_a_cut():
    """The places lie in the order of the stream: before it, in and after each event, before the done marker."""
    found = [(one.place, one.number) for one in stream_places(response(STREAM).body, cuts())]
    assert found == [
        ("start", 0), ("inside", 1), ("after", 1), ("inside", 2), ("character", 2), ("after", 2),
        ("inside", 3), ("character", 3), ("done", 3),
    ]  # fmt: skip


def test_a_stream_without_done_marker_can_be_cut_after_its_last_event():
    """There, the last place is after the last event."""
    found = stream_places(response("".join(EVENTS)).body, cuts(only=["after", "done"]))
    assert [(one.place, one.number) for one in found] == [("after", 1), ("after", 2), ("after", 3)]


def test_cuts_can_be_bounded():
    """``every`` takes each so many-th event, ``only`` the places of one kind."""
    found = stream_places(response(STREAM).body, cuts(every=2, only=["inside", "after"]))
    assert [(one.place, one.number) for one in found] == [("inside", 2), ("after", 2)]


@given(STREAM_TEXTS, SHAPES)
def test_a_cut_is_where_it_says(text, shape):
    """The bytes before a cut are the beginning of the body, and end within, or at the end of, the named event."""
    body = response(text).body
    for cut in stream_places(body, cuts()):
        steps = steps_of([shape, cut], text)
        arrived = b"".join(pieces(steps))
        assert isinstance(steps[-1], Break)
        assert body.content.startswith(arrived)
        if cut.place == "start":
            assert arrived == b""
        if cut.place == "character":
            with pytest.raises(UnicodeDecodeError, match="unexpected end of data"):
                arrived.decode()
        if cut.place in ("inside", "character"):
            seen = [one for one in Body(arrived, "text/event-stream").events.events if one.data != "[DONE]"]
            assert len(seen) < cut.number <= cut.total


def test_a_cut_counts_the_events():
    """A stream that has other events now is not cut anywhere."""
    with pytest.raises(ValueError, match="has 3 events now"):
        steps_of(Cut("after", 1, 2))


def test_a_whole_body_of_known_length_is_not_cut():
    """Where all announced bytes have arrived, no client sees that the connection is gone."""
    text = "".join(EVENTS)
    assert not any(isinstance(one, Break) for one in steps_of(Cut("after", 3, 3), text, content_length=str(len(text))))


def test_an_error_event_ends_the_stream():
    """After it nothing comes, not even the done marker, and the announced length is that of the new body."""
    found = answer(response(STREAM, content_length="9"), directions_of(error_event(after=1)), path=CHAT)
    error = found.steps[-1].data
    assert pieces(found.steps)[:-1] == [EVENTS[0].encode()]
    assert json.loads(error.removeprefix(b"data: "))["error"]["type"] == "server_error"
    assert dict(found.headers)["content-length"] == str(len(found.content))


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/v1/responses", b'event: error\ndata: {"type": "error", "sequence_number": 1, "code": "server_error"'),
        ("/openai/responses", b'event: error\ndata: {"type": "error", "sequence_number": 1'),
        ("/v1/messages", b'event: error\ndata: {"type": "error", "error": {"type": "overloaded_error"'),
        ("/v1/threads/t/runs", b'event: error\ndata: {"message"'),
        ("/v1/completions", b'data: {"error": {"message"'),
    ],
)
def test_an_error_event_is_in_the_words_of_the_api(path, expected):
    """Each API sends its own event."""
    assert pieces(steps_of(error_event(1), path=path))[1].startswith(expected)


def test_failures_come_first():
    """Each failure is an answer of its own, in the order in which they stand; then comes the recorded one."""
    found = plan(response(STREAM), directions_of([fail(429, times=2, retry_after=0.5), fail("connect")]), path=CHAT)
    assert [one.status if isinstance(one, Answer) else None for one in found] == [429, 429, None, 200]
    assert isinstance(found[2], Refusal)
    assert dict(found[0].headers)["retry-after"] == "0.5"
    assert json.loads(found[0].content)["error"]["code"] == "rate_limit_exceeded"


@pytest.mark.parametrize(
    ("path", "status", "kind"),
    [
        ("/v1/messages", 529, "overloaded_error"),
        ("/v1/messages", 429, "rate_limit_error"),
        ("/v1/messages", 418, "api_error"),
        ("/v1/threads/t/messages", 404, "invalid_request_error"),
        ("/v1/embeddings", 502, "server_error"),
    ],
)
def test_a_failure_is_in_the_words_of_the_api(path, status, kind):
    """The body of a failure is what the API of the path answers."""
    (found, _) = plan(response("{}", "application/json"), directions_of(fail(status)), path=path)
    assert json.loads(found.content)["error"]["type"] == kind


def test_a_compressed_stream_stays_one_block():
    """Its bytes have no events; the client decodes them."""
    packed = gzip.compress(STREAM.encode())
    assert steps_of("events", packed, content_encoding="gzip") == (Piece(packed),)


def test_a_fault_decodes_a_compressed_stream():
    """Where events count, the client gets the decoded stream, and no header says otherwise."""
    packed = gzip.compress(STREAM.encode())
    found = answer(response(packed, content_encoding="gzip"), directions_of(Cut("after", 1, 3)))
    assert found.steps == (Piece(EVENTS[0].encode()), Break())
    assert dict(found.headers) == {"content-type": "text/event-stream"}


def test_an_unreadable_stream_has_no_events():
    """A fault of a stream that cannot be decoded is an error."""
    with pytest.raises(ValueError, match="compressed, and cannot be decoded"):
        steps_of(stall(0, seconds=1), b"\xff\xfe\xfd", content_encoding="br")


def test_cuts_are_no_single_place():
    """``cuts()`` itself plays nothing."""
    with pytest.raises(ValueError, match="makes several tests of one"):
        steps_of(cuts())


def test_a_cut_in_a_character_needs_one():
    """Where the recorded event has no character of several bytes any more, the error says so."""
    with pytest.raises(ValueError, match="the event has no character of several bytes now"):
        cut_at(b"data: one\n\n", StreamFraming.EVENTS, Cut("character", 1, 1))
