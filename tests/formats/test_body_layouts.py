"""The layouts of a body: chosen from what the body knows of itself."""

import json

import pytest

from vcr_openai._formats.body_layouts import body_layout_of, content_in
from vcr_openai._http import body as bodies
from vcr_openai._http.body import Body
from vcr_openai._http.event_stream import write_data
from vcr_openai._json import json_text
from vcr_openai._yaml import yaml_reader
from vcr_openai._yaml.yaml_writer import write

STREAM = 'data: {"a":1}\n\ndata: {"a":2}\n\ndata: [DONE]\n\n'


@pytest.mark.parametrize(
    "content, content_type, name",
    [
        ('{"a": 1}', "application/json", "json"),
        ('{"a":1}', "", "json"),
        ('{"a": 1}', "text/plain", "text"),
        (STREAM, "text/event-stream", "stream"),
        (STREAM, "", "stream"),
        ("data: [DONE]\n\n", "text/event-stream", "stream"),
        ('event: x\ndata: {"type":"x"}\n\n', "text/event-stream", "events"),
        ('event: x\ndata: {"type": "x"}\n\ndata: [DONE]\n\n', "text/event-stream", "events"),
        ('event: x\ndata: {"type": "x"}\n\nevent: y\ndata: {"type": "x"}\n\n', "text/event-stream", "text"),
        ('data: {"type": "x"}\n\nevent: x\ndata: {"type": "x"}\n\ndata: [DONE]\n\n', "text/event-stream", "text"),
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


@pytest.mark.parametrize(
    "key", ["k" * 120, "k" * 121, '"' * 121, 'k"' * 70, "\\" * 121, "k\n" * 70, "é" * 121, "k" * 60]
)
@pytest.mark.parametrize("place", ["in each chunk", "in one chunk", "in an object", "in a path"])
def test_a_key_that_is_too_long_for_yaml_is_not_written_as_one(key, place):
    """Whatever it is made of; a stream with it is text, or has its chunks written out where only a path is too long."""
    inner = {key: {key: 1}} if place == "in a path" else {"b": {key: 1}} if place == "in an object" else {key: 1}
    chunks = [{**inner, "a": number} for number in range(3)]
    if place == "in one chunk":
        chunks = [{"a": 1}, {"a": 2}, {"a": 3, **inner}]
    if place == "in a path":
        chunks[1][key][key] = 2
    text = write_data([*map(json_text.write_line, chunks), "[DONE]"])
    name, value = body_layout_of(Body(text.encode(), "text/event-stream"))
    assert name == ("text" if len(key) > 120 else "stream")
    assert content_in(name, yaml_reader.read(write({name: value}))[name]) == text


@pytest.mark.parametrize("name", ["float32", "float64", "\\u0066loat32", "f\\u006coat64"])
def test_an_object_that_looks_like_a_vector_comes_back(name):
    """It is not written as YAML, in which it would be one, however its key is spelled."""
    text = '{"a":{"NAME":"AAAAAAAAAAA="}}'.replace("NAME", name)
    layout, value = body_layout_of(Body(text.encode(), "application/json"))
    assert json.loads(content_in(layout, value)) == json.loads(text)


@pytest.mark.parametrize("levels", [38, 39, 40, 41])
@pytest.mark.parametrize("last", ["1", "[]", "[[]]"])
def test_a_stream_with_more_levels_than_are_written_as_yaml_is_text(levels, last):
    """The limit is that of one JSON body, whatever is in the innermost list."""
    deep = "[" * levels + last + "]" * levels
    bodies_of = (
        'data: {"a":%s}\n\ndata: [DONE]\n\n',
        'event: x\ndata: {"type":"x","a":%s}\n\n',
        '{"a":%s}\n',
        '{"a":%s}',
    )
    kinds = [body_layout_of(Body((form % deep).encode()))[0] == "text" for form in bodies_of]
    assert kinds == [levels + last.count("[") + 1 > 40] * 4


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
