"""Bodies: what they are, whatever their content type says."""

import pytest

from vcr_openai._http.body import Body, StreamFraming

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
