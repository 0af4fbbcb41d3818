"""cassetter's cassettes: what 0.16 wrote for each kind of body, and what becomes of it."""

import pytest

from vcr_openai import VCR, MalformedInteraction, Unsupported
from vcr_openai._formats.interaction_layouts import read_interaction
from vcr_openai._formats.registry import dump, read_document

HEADERS = {"content-type": ["application/json"], "content-encoding": ["gzip"], "content-length": ["99"]}
STREAM = 'data: {"a":1}\n\ndata: [DONE]\n\n'
CASSETTE = """\
version: 1
interactions:
- request:
    method: POST
    uri: https://api.openai.com/v1/chat/completions
    headers:
      content-type:
      - application/json
    body:
      type: json
      content:
        model: m
        stream: true
  response:
    status: 200
    headers:
      content-type:
      - text/event-stream
    body:
      type: text
      content: |+
        data: {"a":1}

        data: [DONE]

  recorded_at: 2026-11-26T03:32:01.191973+00:00
"""


def exchange(sent, answered, **response):
    """The exchange of an interaction with two bodies of cassetter's."""
    request = {"method": "POST", "uri": "https://x.example/", "headers": HEADERS, "body": sent}
    answer = {"status": 201, "headers": HEADERS, "body": answered, **response}
    return read_interaction({"request": request, "response": answer})[0]


@pytest.mark.parametrize(
    ("body", "content"),
    [
        ({"type": "json", "content": {"b": 1, "a": [1.5, None]}}, b'{"b":1,"a":[1.5,null]}'),
        ({"type": "json", "content": None}, b"null"),
        ({"type": "json"}, b"null"),
        ({"type": "json", "content": "x"}, b'"x"'),
        ({"type": "json", "content": {"type": "json", "content": 1}}, b'{"type":"json","content":1}'),
        ({"type": "text", "content": "{oops \u00e9"}, "{oops \u00e9".encode()),
        ({"type": "text", "content": ""}, b""),
        ({"type": "binary", "content": "ff0001"}, b"\xff\x00\x01"),
        ({"type": "none"}, b""),
        ({"type": "none", "content": None}, b""),
    ],
)
def test_each_kind_of_body_is_read(body, content):
    """In requests and responses: the bytes, decoded as cassetter decodes them, and headers that agree with them."""
    found = exchange(body, body)
    assert (found.request.body.content if found.request.body else b"") == content
    assert found.response.body.content == content
    expected = {"content-type": ["application/json"], "content-length": [str(len(content))]}
    assert found.request.headers == found.response.headers == expected


def test_a_file_is_read_and_converted():
    """A stream stays a stream, in every format of cassettes."""
    document = read_document(CASSETTE)
    for name in ("yaml", "json", "openai.yaml"):
        (found,) = read_document(dump(document.exchanges, name)).exchanges
        assert found.request.body.json.value == {"model": "m", "stream": True}
        assert found.response.body.text == STREAM
        assert (found.response.status, found.response.message) == (200, "OK")


def test_a_body_of_that_shape_alone_is_somebodys_json():
    """Only where both bodies have it, and nothing else, is it cassetter's."""
    part = {"type": "text", "content": "hello"}
    request = {"method": "POST", "uri": "https://x.example/", "headers": {}, "body": part}
    found = read_interaction(
        {"request": request, "response": {"status": 200, "headers": {}, "body": {"string": "{}"}}}
    )[0]
    assert found.request.body.json.value == part
    assert exchange({**part, "id": 1}, part).request.body.json.value == {**part, "id": 1}


@pytest.mark.parametrize(
    ("body", "error", "message"),
    [
        ({"type": "frames", "content": []}, Unsupported, "request.body.type: expected one of cassetter's types json"),
        (
            {"type": "text", "content": 3},
            MalformedInteraction,
            "request.body.content: expected a text, found the number",
        ),
        (
            {"type": "binary", "content": "xyz"},
            MalformedInteraction,
            "request.body.content: expected hexadecimal digits",
        ),
        ({"type": "json", "content": float("nan")}, MalformedInteraction, "request.body: expected a JSON value"),
    ],
)
def test_what_is_wrong_is_named(body, error, message):
    """With its place; never a body that was not sent."""
    with pytest.raises(error) as caught:
        exchange(body, {"type": "none"})
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("serializer", ["yaml", "json"])
def test_vcrpys_serializers_refuse_it_by_name(serializer, tmp_path):
    """vcrpy would replay an empty body."""
    path = tmp_path / f"a.{serializer}"
    path.write_text(CASSETTE if serializer == "yaml" else _as_json())
    with (
        pytest.raises(MalformedInteraction, match="found one of cassetter's, which vcr-openai convert reads"),
        VCR(serializer=serializer).use_cassette(str(path)),
    ):
        pass


def _as_json():
    body = '{"type": "json", "content": {}}'
    request = f'{{"method": "GET", "uri": "http://x/", "headers": {{}}, "body": {body}}}'
    return (
        f'{{"version": 1, "interactions": [{{"request": {request}, "response": {{"status": 200, "body": {body}}}}}]}}'
    )
