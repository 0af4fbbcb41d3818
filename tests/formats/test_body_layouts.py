"""The layouts of a body: chosen from what the body knows of itself."""

import pytest

from vcr_openai._formats.body_layouts import body_layout_of, content_in
from vcr_openai._http import body as bodies
from vcr_openai._http.body import Body

STREAM = 'data: {"a":1}\n\ndata: {"a":2}\n\ndata: [DONE]\n\n'


@pytest.mark.parametrize(
    "content, content_type, name",
    [
        ('{"a": 1}', "application/json", "json"),
        ('{"a":1}', "", "json"),
        ('{"a": 1}', "text/plain", "text"),
        (STREAM, "text/event-stream", "stream"),
        (STREAM, "", "stream"),
        ('event: x\ndata: {"type":"x"}\n\n', "text/event-stream", "events"),
        ('event: y\ndata: {"type":"x"}\n\n', "text/event-stream", "text"),
        ('id: 1\ndata: {"a":1}\n\n', "text/event-stream", "text"),
        ("retry: 1\n\n" + STREAM, "text/event-stream", "text"),
        ('data: {"a":1}', "text/event-stream", "text"),
        ('{"a": 1}\n{"a": 2}', "application/x-ndjson", "lines"),
        ('{"a":1}\n{"a":2}\n', "", "lines"),
        ('{"a":1}\n', "text/plain", "lines"),
        ("[1]\n[2]\n", "application/x-ndjson", "text"),
        ('{"a":1}\n{"a":', "application/x-ndjson", "text"),
        ("\udc80", "application/json", "base64"),
    ],
)
def test_each_body_has_the_layout_that_gives_it_back(content, content_type, name):
    """The content type decides whether another spelling is the same body."""
    layout = body_layout_of(Body(content.encode("utf-8", "surrogateescape"), content_type))
    assert layout[0] == name


@pytest.mark.parametrize("content", ['{"a": 1}', STREAM.replace("data: ", "data:"), '{"a": 1}\n{"a": 2}\n'])
def test_a_body_whose_bytes_matter_is_not_respelled(content):
    """Whatever its content type is; in the one spelling that comes back it has a layout, too."""
    for content_type in ("application/json", "text/event-stream", "application/x-ndjson"):
        name, value = body_layout_of(Body(content.encode(), content_type), verbatim=True)
        assert content_in(name, value) == content


@pytest.mark.parametrize("content", ['{"a":1}', STREAM, '{"a":1}\n{"a":2}\n'])
def test_what_was_parsed_is_not_parsed_again(content, monkeypatch):
    """The JSON of a body and of its chunks is read once, and the layout has it from there."""
    body = Body(content.encode())
    _ = body.json, body.framing, body.chunks
    monkeypatch.setattr(bodies, "read_json", None)
    assert content_in(*body_layout_of(body)) == content
