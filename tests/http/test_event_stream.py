"""A stream's bytes: server-sent events and JSON lines, read and written as mirror images."""

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vcr_openai._http.event_stream import (
    DONE,
    Event,
    json_line_spans,
    lines,
    parse_events,
    write_events,
    write_json_lines,
)

# Characters that str.splitlines() takes for a line's end and a wire format does not.
INSIDE = "\v\f\x1c\x1d\x1e\x85\u2028\u2029"
characters = st.characters(exclude_characters="\r\n", exclude_categories=["Cs"]) | st.sampled_from(INSIDE + ": \ufeff")
line = st.text(characters)
identifier = st.text(characters.filter(lambda character: character != "\0"))
# Data lines are joined by LF when they are read: CR is no part of an event.
data = st.lists(line, min_size=1, max_size=4).map("\n".join)
events = st.lists(st.builds(Event, data, st.none() | line, st.none() | identifier), max_size=6)
line_ends = st.sampled_from(["\n", "\r\n", "\r"])


@given(events)
@example([Event("")])
@example([Event(" two spaces stay one", " name", " id")])
@example([Event("\ufeffdata"), Event("a\n\nb")])
@example([Event("", "")])
def test_events_survive(events):
    """parse_events gives back what write_events wrote: data, name and id, in order."""
    assert list(parse_events(write_events(events)).events) == events


@given(events, line_ends)
def test_every_line_end_is_one(events, end):
    """A body reads the same with LF, CR LF or CR as its line end."""
    assert list(parse_events(write_events(events).replace("\n", end)).events) == events


@given(events)
def test_a_byte_order_mark_is_no_data(events):
    """One byte order mark at the head of a body is dropped."""
    assert list(parse_events("\ufeff" + write_events(events)).events) == events


@given(st.text(st.sampled_from("data:eventid \r\n\0\ufeff\u2028x")))
def test_reading_is_writing_undone_for_any_body(body):
    """Whatever a body holds, the events read from it are written to a body that says the same events."""
    found = list(parse_events(body).events)
    assert list(parse_events(write_events(found)).events) == found


@pytest.mark.parametrize("character", INSIDE)
def test_a_character_that_ends_lines_elsewhere_survives_inside_of_data(character):
    """U+2028, U+0085 and their like stand in people's text: they end no line on the wire."""
    assert list(parse_events(f"data: a{character}data: b\n\n").events) == [Event(f"a{character}data: b")]


def test_a_comment_says_nothing():
    """Lines that begin with a colon, which servers send to keep a connection open, are dropped."""
    assert list(parse_events(": OPENROUTER PROCESSING\n\n:\n\ndata: 1\n: between\ndata: 2\n\n").events) == [
        Event("1\n2")
    ]


def test_retry_and_unknown_fields_say_nothing():
    """``retry`` and fields that the specification does not know are dropped, and open no event."""
    assert list(parse_events("retry: 3000\n\nfoo: bar\ndata: 1\nDATA: 2\n data: 3\n\n").events) == [Event("1")]


def test_an_id_with_nul_is_ignored():
    """An id that holds NUL is no id, as the specification says; one before it stays."""
    assert list(parse_events("id: 1\nid: a\0b\ndata: x\n\n").events) == [Event("x", id="1")]


def test_a_name_and_an_id_belong_to_one_event():
    """Neither name nor id are handed on to the next event."""
    body = "event: a\nid: 1\ndata: x\n\ndata: y\n\n"
    assert list(parse_events(body).events) == [Event("x", "a", "1"), Event("y")]


def test_a_field_without_a_colon_is_empty():
    """A line without a colon is a field with an empty value: two of them are two lines of data."""
    assert list(parse_events("data\n\ndata\ndata\n\nevent\ndata: x\n\n").events) == [
        Event(""),
        Event("\n"),
        Event("x", ""),
    ]


def test_one_space_after_the_colon_is_none():
    """One space after the colon belongs to the field, the next to the value; without a space nothing is lost."""
    assert list(parse_events("data:a\n\ndata: b\n\ndata:  c\n\n").events) == [Event("a"), Event("b"), Event(" c")]


def test_an_event_without_its_blank_line_is_none():
    """What the body's end cuts off before a blank line was never sent whole."""
    assert list(parse_events("data: 1\n\ndata: 2\n").events) == [Event("1")]


def test_an_event_without_data_is_none():
    """A name and a blank line are no event."""
    assert list(parse_events("event: ping\nid: 1\n\n\n\n").events) == []


def test_the_done_marker_is_data():
    """OpenAI's done marker is an event like others here: what it means is not this module's business."""
    assert write_events([Event("{}"), Event(DONE)]) == "data: {}\n\ndata: [DONE]\n\n"


def test_a_named_event_is_written_name_first():
    """An event of the Responses API is written as the server does: its name, then its data."""
    assert write_events([Event("{}", "response.created")]) == "event: response.created\ndata: {}\n\n"


def test_data_of_several_lines_is_several_fields():
    """Every line end inside data, CR and CR LF too, is a new data field: none can end the event early."""
    assert write_events([Event("a\nb\r\nc\rd")]) == "data: a\ndata: b\ndata: c\ndata: d\n\n"


@pytest.mark.parametrize(
    "text, found",
    [("", []), ("\n", [""]), ("a", ["a"]), ("a\n", ["a"]), ("a\r\n\rb\n\n", ["a", "", "b", ""]), ("\n\r", ["", ""])],
)
def test_lines_end_at_cr_lf_or_both(text, found):
    """lines gives the lines between CR LF, LF and CR; a last line end opens no further line."""
    assert lines(text) == found


@given(st.lists(line.filter(str.strip)), line_ends)
def test_json_lines_survive(texts, end):
    """json_line_spans finds what write_json_lines wrote, whatever the line end."""
    body = write_json_lines(texts).replace("\n", end)
    assert [body[start:stop] for start, stop in json_line_spans(body)] == texts


def test_blank_json_lines_are_none():
    """Blank lines between JSON lines say nothing."""
    assert json_line_spans('{"a":1}\n\n \r\n{"b":2}') == [(0, 7), (12, 19)]


@given(
    st.text('data: event\n\r"x', max_size=40)
    | st.lists(st.sampled_from(["data: a", "event: b", "", "data:c", ": d"])).map("\n".join)
)
@example("event: x\ndata: y\n\ndata: z\n\n")
@example("data:  two\n\ndata: \n\n")
def test_the_usual_stream_is_read_as_any_other(text):
    """A comment at the beginning, with which a stream is not of the usual kind, changes nothing but the places."""
    comment = ": c\n"
    found, same = parse_events(text), parse_events(comment + text)
    assert (found.events, found.unfinished) == (same.events, same.unfinished)
    moved = [[(start + len(comment), end + len(comment)) for start, end in event.spans] for event in found.events]
    assert moved == [list(event.spans) for event in same.events]


def test_an_event_is_what_it_says():
    """Events from two places of a text are equal where data, name and id are, and count once in a set."""
    one, other = Event("a", "b", "c", ((1, 2),)), Event("a", "b", "c")
    assert one == other
    assert not one != other  # noqa: SIM202  # a tuple's own != is what must not answer
    assert len({one, other, Event("a", "b")}) == 2
