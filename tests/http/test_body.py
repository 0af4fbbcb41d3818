"""Bodies: what they are, whatever their content type says."""

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from vcr_openai._http.body import Body, StreamFraming, read_json

EVENTS, LINES = StreamFraming.EVENTS, StreamFraming.JSON_LINES


@pytest.mark.parametrize(
    ("text", "content_type", "framing"),
    [
        ('{"a": 1}', "text/event-stream", None),
        ('\n[{"a": 1}]\n', "text/event-stream; charset=utf-8", None),
        ('{\n "a": 1\n}', "application/x-ndjson", None),
        ('[\n {"a": 1}\n]', "application/jsonl", None),
        ('{"a": 1}', "application/x-ndjson", LINES),
        ('{"a": 1}\n{"a": 2}\n', "application/x-ndjson", LINES),
        ('data: {"a": 1}\n\n', "text/event-stream", EVENTS),
        (": {}\n\n", "text/event-stream", EVENTS),
        ('{"a": 1, ', "text/event-stream", EVENTS),
        ("", "text/event-stream", EVENTS),
        ('data: {"a": 1}\n\n', "application/json", EVENTS),
    ],
)
def test_one_json_value_is_no_stream(text, content_type, framing):
    """Whatever the type says; a stream is one whatever the type says."""
    assert Body(text.encode(), content_type).framing is framing


# What is JSON and what is not, also where two of them would be together, and three would be two.
lines = st.sampled_from(
    [
        '{"a": 1}',
        '{"a":1}',
        '{"a":1,"a":2}',
        '{"a":1},{"b":2}',
        '{"a":"\\u003a"}',
        '{"a":1e400}',
        '{"a":123456789012345678901234567890}',
        '{"a":1.0,"b":1e16,"c":1E5}',
        '{"a":"é\\u00e9"}',
        '{"a":"\\ud800"}',
        '{"a":NaN}',
        '{"a":[{"b":1}',
        '{"c":2}]}',
        '{"a":"b',
        'c"}',
        '"\\u001e"',
        '{"a":1},"\\u001e",{"b":2}',
        '{"a":1},"\x1e",{"b":2}',
        "[1]",
        "1",
        "{",
        "",
        "[DONE]",
        "[DONE] ",
        '{"a":' * 199 + "1" + "}" * 199,
        '{"a":' * 201 + "1" + "}" * 201,
    ]
)


@settings(max_examples=400)
@example(['{"a":1},{"b":2}', '{"a":[{"b":1}', '{"c":2}]}'], "\n\n")
@example(['{"a":1},"\\u001e",{"b":2}', '{"a":[{"b":1}', '{"c":2}]}'], "\n\n")
@example(['{"a":1},"\\u001E",{"b":2}', '{"a":[{"b":1}', '{"c":2}]}'], "\n\n")
@example(['{"a":1},{"b":2}', '{"a":"b', 'c"}'], "\n\n")
@example(['{"a":1},{"b":2},{"c":3}', '{"a":"b', 'c"}'], "\n\n")
@given(st.lists(lines, max_size=5), st.sampled_from(["\n\n", "\r\n\r\n", "\n\ndata: \n\n", "\n"]))
def test_chunks_that_are_read_together_are_those_that_are_read_alone(texts, end):
    """Each chunk's view is that of its own text, whatever the others are; skimmed values are those of strict JSON."""
    body = Body("".join(f"data: {text}{end}" for text in texts).encode(), "text/event-stream")
    assert [(chunk.text, repr(chunk.json)) for chunk in body.chunks] == [
        (event.data, repr(read_json(event.data)))
        for event in (*body.events.events, *filter(None, [body.events.unfinished]))
    ]
    if body.skimmed_chunks:
        assert len(body.skimmed_chunks) == len([text for text in texts if text != "[DONE]"])


@example(['{"a":1}', '{"b":2}'], ["x", "y"], ["event: ", "event: "])
@example(['{"a":1}', "[DONE]"], ["x", ""], ["event: ", ""])
@example(['{"a":1}', '{"b":2}'], ["", "x"], ["", "event: "])
@example(['{"a":"', '"}'], ["x", "y"], ["event: ", "event: "])
@given(
    st.lists(lines, max_size=5),
    st.lists(st.sampled_from(["x", "", "event: x", "data: {}", "\u2028"]), min_size=5, max_size=5),
    st.lists(
        st.sampled_from(["event: ", "event: ", "event:", "event: x\nevent: ", "id: ", ""]), min_size=5, max_size=5
    ),
)
def test_chunks_with_names_are_read_as_those_without(texts, names, fields):
    """Whether they are read together makes no difference, and no name is taken for data."""
    heads = [f"{field}{name}\n" if field else "" for field, name in zip(fields, names, strict=True)]
    body = Body("".join(f"{head}data: {text}\n\n" for head, text in zip(heads, texts, strict=False)).encode())
    assert [(chunk.text, repr(chunk.json)) for chunk in body.chunks] == [
        (event.data, repr(read_json(event.data)))
        for event in (*body.events.events, *filter(None, [body.events.unfinished]))
    ]
