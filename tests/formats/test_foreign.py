"""Cassettes in other layouts: what each becomes, and what is refused."""

import base64
import contextlib
import gzip
import io
import json
import math

import places
import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from vcr_openai._formats.foreign_bodies import content
from vcr_openai._formats.foreign_headers import headers

from vcr_openai import MalformedInteraction, TranslationError, Unsupported, from_interaction, to_interaction
from vcr_openai._formats.foreign_files import raw_interactions, read_cassette
from vcr_openai._formats.foreign_interactions import current
from vcr_openai._http.encoding import decoded
from vcr_openai._recording import translate

SAMPLES = places.SAMPLES / "cassettes"
URI = "https://api.openai.com/v1/chat/completions"
ANSWER = '{"id":"chatcmpl-1","object":"chat.completion","choices":[]}'
JSON = {"content-type": ["application/json"]}
OK = {"code": 200, "message": "OK"}
REQUEST = {"method": "POST", "uri": URI, "body": '{"model":"m"}', "headers": JSON}
RESPONSE = {"status": OK, "headers": JSON, "body": {"string": ANSWER}}
CURRENT = {"request": REQUEST, "response": RESPONSE}


def read_request(**changes):
    """The request that a changed one becomes; an ellipsis takes a key away."""
    request = {key: value for key, value in {**REQUEST, **changes}.items() if value is not ...}
    return current({"request": request, "response": RESPONSE})[0]["request"]


def read_response(**changes):
    """The response that a changed one becomes; an ellipsis takes a key away."""
    response = {key: value for key, value in {**RESPONSE, **changes}.items() if value is not ...}
    return current({"request": REQUEST, "response": response})[0]["response"]


def test_the_current_layout_stays_as_it_is():
    """What vcrpy 9 writes is not changed, and nothing is noted."""
    assert current(CURRENT) == (CURRENT, [])


@pytest.mark.parametrize(
    "changes",
    [
        {"method": "post"},
        {"headers": [["content-type", "application/json"]]},
        {"headers": [("content-type", b"application/json")]},
        {"headers": ["content-type: application/json\r\n"]},
        {"headers": {"content-type": "application/json"}},
        {"body": io.BytesIO(b'{"model":"m"}')},
        {"body": bytearray(b'{"model":"m"}')},
        {"body": ['{"mod', b'el":"m"}']},
        {"body": {"string": '{"model":"m"}'}},
        {"body": {"encoding": "UTF-8", "string": '{"model":"m"}'}},
        {"body": {"encoding": "base64", "string": base64.b64encode(b'{"model":"m"}').decode()}},
        {"body": {"encoding": "ASCII-8BIT", "base64_string": "eyJtb2RlbCI6\nIm0ifQ==\n"}},
        {"body": {"base64": "eyJtb2RlbCI6Im0ifQ=="}},
        {"body": {"model": "m"}},
        {"body": ..., "parsed_body": {"model": "m"}},
        {"body": None, "parsed_body": {"model": "m"}},
        {"uri": ..., "url": URI},
        {"uri": ..., "protocol": "https", "host": "api.openai.com", "port": 443, "path": "/v1/chat/completions"},
        {"uri": ..., "protocol": "https", "host": "api.openai.com", "port": None, "path": "/v1/chat/completions"},
    ],
)
def test_a_request_in_another_layout_is_the_same_request(changes):
    """Each way to write the request down gives the current one."""
    request = read_request(**changes)
    if isinstance(request["body"], bytes):
        request["body"] = request["body"].decode()
    assert request == REQUEST


@pytest.mark.parametrize(
    "changes",
    [
        {"status": 200},
        {"status": "200 OK", "code": 200},
        {"status": "HTTP/1.1 200 OK"},
        {"status": {"code": "200"}},
        {"status": {"message": "OK", "code": 200}},
        {"status": ..., "code": 200},
        {"status": None},
        {"status": ...},
        {"status": {}},
        {"body": ANSWER},
        {"body": {"string": ANSWER, "encoding": None}},
        {"body": json.loads(ANSWER)},
        {"body": ..., "parsed_body": json.loads(ANSWER)},
        {"body": ..., "status": ..., "content": ANSWER, "status_code": 200, "http_version": "HTTP/1.1"},
    ],
)
def test_a_response_in_another_layout_is_the_same_response(changes):
    """Each way to write the response down gives the current one."""
    assert read_response(**changes) == RESPONSE


@pytest.mark.parametrize("body", [None, {}, {"string": None}, ...])
def test_a_response_without_a_body_has_an_empty_one(body):
    """An answer may be empty, and vcrpy wants a text."""
    assert read_response(body=body)["body"] == {"string": ""}


def test_a_request_without_a_body_has_none():
    """A missing body is null, as vcrpy writes it."""
    assert read_request(body=...)["body"] is None


@pytest.mark.parametrize("missing", [None, {}, [], ...])
def test_missing_headers_are_none(missing):
    """Null, nothing and no key are no headers; no content type is invented."""
    assert (read_request(headers=missing)["headers"], read_response(headers=missing)["headers"]) == ({}, {})


def test_a_missing_status_is_noted():
    """The success that is invented for a response without a status is not silent."""
    _, notes = current({"request": REQUEST, "response": {**RESPONSE, "status": None}})
    assert [str(note) for note in notes] == ["response.status: is missing; taken as 200"]


@pytest.mark.parametrize("body", ['{"error": {"message": "no"}}', b'{"error": "no"}'])
def test_an_error_without_a_status_is_refused(body):
    """Nobody knows which error it was, and a success it was not."""
    with pytest.raises(MalformedInteraction, match=r"response\.status: expected the status of an error, found none"):
        read_response(status=None, body={"string": body})


@pytest.mark.parametrize("body", ['{"error": null}', "[]", b"\xff"])
def test_an_answer_without_an_error_needs_no_status(body):
    """Replies of the Responses API have an error that is null."""
    assert read_response(status=None, body={"string": body})["status"] == OK


@pytest.mark.parametrize("message", ["Fine", "", None])
def test_a_status_message_is_kept(message):
    """A reason phrase is what the server said, if anything."""
    assert read_response(status={"code": 404, "message": message})["status"] == {"code": 404, "message": message}


def test_a_status_without_a_message_gets_its_own():
    """Where a layout knows only the number, the standard's phrase stands in."""
    assert read_response(status=..., status_code=404)["status"] == {"code": 404, "message": "Not Found"}


def test_a_body_that_was_stored_decoded_loses_its_encoding():
    """``content`` is what the client had decoded: encoding and length follow it."""
    encoded = {"Content-Encoding": ["gzip"], "Content-Length": ["3"]}
    found = read_response(status=..., body=..., status_code=200, content=ANSWER, headers=encoded)
    assert found == {"status": OK, "headers": {"Content-Length": [str(len(ANSWER))]}, "body": {"string": ANSWER}}


def test_a_compressed_content_is_decoded():
    """A ``content`` that is compressed all the same is decoded, as vcrpy does on replay."""
    found = read_response(body=..., content=gzip.compress(b"hi"), headers={"content-encoding": ["gzip"]})
    assert (found["headers"], found["body"]) == ({}, {"string": "hi"})


def test_a_content_that_cannot_be_decoded_stays():
    """Damage stays visible: the header stays beside the bytes."""
    found = read_response(body=..., content=b"\xff", headers={"content-encoding": ["gzip"]})
    assert (found["headers"], found["body"]) == ({"content-encoding": ["gzip"]}, {"string": b"\xff"})


def test_parsed_bodies_correct_the_length():
    """The body is written anew, so its length is another."""
    parsed = read_request(parsed_body={"a": "é\u2028"}, headers={"content-length": ["99"]})
    assert parsed["headers"]["content-length"] == [str(len(parsed["body"].encode()))]


def test_a_compressed_body_of_the_current_layout_stays():
    """Decoding is another step: ``current`` changes the layout only."""
    compressed = {"headers": {"content-encoding": ["gzip"]}, "body": {"string": gzip.compress(b"hi")}}
    assert read_response(**compressed) == {"status": OK, **compressed}


def test_a_port_stands_in_the_url():
    """Of vcrpy's oldest layout, the port too."""
    parts = {"protocol": "http", "host": "h", "port": 8080, "path": "/v1/models?a=b"}
    assert read_request(uri=..., **parts)["uri"] == "http://h:8080/v1/models?a=b"


@pytest.mark.parametrize("encoding, octets", [("ISO-8859-1", b"\xe9"), ("windows-1252", b"\xe9"), ("ASCII-8BIT", "é")])
def test_a_charset_is_undone(encoding, octets):
    """A text that was stored as Unicode with its charset becomes the bytes that were sent."""
    assert content({"encoding": encoding, "string": "é"}, "b") == octets


def test_what_vcrpy_has_no_place_for_is_noted():
    """Keys beside the known ones are left out with a note, in a response they stay."""
    outer = {**CURRENT, "recorded_at": "now"}
    outer["request"] = {**REQUEST, "form": {}}
    outer["response"] = {**RESPONSE, "duration": "1s", "recording": {"test_id": None}}
    found, notes = current(outer)
    assert found == {"request": REQUEST, "response": outer["response"]}
    left_out = "left out, because vcrpy has no place for it"
    assert [str(note) for note in notes] == [f"request: {left_out}: form", f"{left_out}: recorded_at"]


def test_headers_keep_case_order_and_repetition():
    """A name that stands twice collects its values; a number and a boolean are what they look like."""
    pairs = [["Set-Cookie", "a"], ["X", 1], ["Set-Cookie", ["b", None]], ["Y", True], ["Z", False]]
    assert headers(pairs, "h") == {"Set-Cookie": ["a", "b", ""], "X": ["1"], "Y": ["true"], "Z": ["false"]}


@pytest.mark.parametrize(
    "path, value, message",
    [
        ("", 3, "expected an object, found the number 3"),
        ("request", None, "request: expected an object, found null"),
        ("response", [], "response: expected an object, found a list of 0"),
        ("request.method", None, "request.method: expected an HTTP method, found null"),
        ("request.method", "", "request.method: expected an HTTP method, found the text ''"),
        ("request.uri", None, "request.uri: expected a URL, found none"),
        ("request.uri", 3, "request.uri: expected a URL, found the number 3"),
        ("request.uri", "http://[", "request.uri: expected a URL, found the text 'http://[' (Invalid IPv6 URL)"),
        ("request.headers", 3, "request.headers: expected an object or a list of headers, found the number 3"),
        ("request.headers", [3], "request.headers[0]: expected a name with a value, found the number 3"),
        ("request.headers", {"a": {}}, "request.headers.a: expected a text, found an empty object"),
        ("request.body", 3, "request.body: expected a body, found the number 3"),
        ("request.body", [3, math.nan], "request.body: expected a JSON value, found one that JSON cannot write"),
        ("request.body", {"a": b""}, "request.body: expected a JSON value, found one that JSON cannot write"),
        ("request.body", {"encoding": 3, "string": ""}, "request.body.encoding: expected the name of an encoding"),
        ("request.body", {"base64_string": "%"}, "request.body.base64_string: expected base64, found the text '%'"),
        ("request.body", {"base64_string": 3}, "request.body.base64_string: expected base64, found the number 3"),
        ("request.body", {"encoding": "ascii", "string": 3}, "request.body.string: expected a body"),
        ("request.body", {"encoding": "latin-1", "string": "€"}, "request.body.string: expected a text in latin-1"),
        ("request.parsed_body", {"a": math.inf}, "request.parsed_body: expected a JSON value"),
        ("response.status", True, "response.status: expected a status code, found true"),
        ("response.status", "fine", "response.status: expected a status code, found the text 'fine'"),
        ("response.status", {"code": 20}, "response.status.code: expected a status code, found the number 20"),
        ("response.status", {"code": [2]}, "response.status.code: expected a status code, found a list of 1"),
    ],
)
def test_what_contradicts_http_is_refused(path, value, message):
    """Each refusal says where, what was expected and what stands there."""
    outer = value
    if path:
        outer = {"request": {**REQUEST}, "response": {**RESPONSE}}
        first, _, second = path.partition(".")
        if second:
            outer[first][second] = value
        else:
            outer[first] = value
    with pytest.raises(MalformedInteraction) as caught:
        current(outer)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize("part, value", [("protocol", "ftp"), ("host", None), ("port", "x"), ("path", 1)])
def test_half_a_url_is_refused(part, value):
    """Of the oldest layout all four parts are needed."""
    with pytest.raises(MalformedInteraction, match=f"request.{part}"):
        read_request(uri=..., **{"protocol": "http", "host": "h", "port": 1, "path": "/", part: value})


def test_an_unknown_charset_is_refused():
    """A charset that is not in the table is named, and no codec is looked up by a file's word."""
    with pytest.raises(Unsupported, match=r"request\.body\.encoding: expected one of .*, found the text 'zip'"):
        read_request(body={"encoding": "zip", "string": "a"})


@pytest.mark.parametrize("depth", [500, 700, 900, 1100, 100_000])
def test_a_body_nested_absurdly_deep_is_translated_or_refused(depth):
    """However deep a body is, and however deep the call stack already, the only errors are ours."""
    deep = '{"a":' + "[" * depth + "]" * depth + "}"
    with contextlib.suppress(TranslationError):
        from_interaction({"request": REQUEST, "response": {**RESPONSE, "body": {"string": deep}}})


def test_a_body_too_deep_to_be_copied_is_refused(monkeypatch):
    """Where the translation runs out of stack, the refusal says why."""

    def too_deep(*_):
        raise RecursionError

    monkeypatch.setattr(translate, "_read", too_deep)
    with pytest.raises(Unsupported, match="expected JSON that is not nested absurdly deep"):
        from_interaction(CURRENT)


junk = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8) | st.binary(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["string", "encoding", "base64_string", "code", "message", "error", "a"]), inner, max_size=3
        )
    ),
    max_leaves=6,
)
keys = ["method", "uri", "url", "protocol", "host", "port", "path", "headers", "body", "parsed_body", "status"]
parts = st.dictionaries(st.sampled_from([*keys, "status_code", "code", "content"]), junk, max_size=6)


@given(request=parts, response=parts, sound=st.sampled_from([(), ("request",), ("response",), ("request", "response")]))
def test_junk_is_read_or_refused(request, response, sound):
    """Whatever an interaction holds, the only errors are ours, and it is not changed."""
    outer = {
        "request": {**(REQUEST if "request" in sound else {}), **request},
        "response": {**(RESPONSE if "response" in sound else {}), **response},
    }
    before = repr(outer)
    with contextlib.suppress(TranslationError):
        decoded(current(outer)[0])
        from_interaction(outer)
    assert repr(outer) == before


PAIR = """request: {method: post, uri: 'https://h/v1/models', body: null, headers: {}}
response: {status: {code: 200, message: OK}, headers: {}, body: {string: '{}'}}
"""


def test_all_layouts_of_a_file_give_the_same_cassette():
    """vcrpy's, betamax's, langchain's, the oldest, a single interaction; YAML or JSON; gzipped, with a mark, or not."""
    pair = yaml.safe_load(PAIR)
    documents = [
        {"version": 1, "interactions": [pair]},
        {"interactions": [pair]},
        {"http_interactions": [pair]},
        {"requests": [pair["request"]], "responses": [pair["response"]]},
        [pair],
        pair,
    ]
    texts = [write(document) for document in documents for write in (yaml.safe_dump, json.dumps)]
    forms = [form for text in texts for form in (text, text.encode(), gzip.compress(text.encode()), "\ufeff" + text)]
    expected = read_cassette(PAIR)
    assert expected[0]["interactions"][0]["request"]["method"] == "POST"
    assert [read_cassette(form) for form in forms] == [expected] * len(forms)


@pytest.mark.parametrize("text", ["", " \n", "---\n", "null", "interactions:", "[]", '{"requests":[],"responses":[]}'])
def test_a_blank_file_is_an_empty_cassette(text):
    """Nothing recorded is nothing wrong."""
    assert read_cassette(text) == ({"version": 1, "interactions": []}, [])


def test_vcrpys_oldest_cassette_is_read():
    """A cassette from before vcrpy 1.0, with its tags, becomes a current one."""
    text = """- request: !!python/object:vcr.request.Request
    body: null
    headers: !!python/object/apply:__builtin__.frozenset
    - - !!python/tuple [Accept, '*/*']
    host: api.openai.com
    method: GET
    path: /v1/models
    port: 443
    protocol: https
  response:
    body: {string: !!python/unicode '{"data": []}'}
    headers: [!!python/unicode "Content-Type: application/json\\r\\n"]
    status: {code: 200, message: OK}
"""
    assert read_cassette(text)[0]["interactions"] == [
        {
            "request": {
                "method": "GET",
                "uri": "https://api.openai.com/v1/models",
                "body": None,
                "headers": {"Accept": ["*/*"]},
            },
            "response": {
                "status": OK,
                "headers": {"Content-Type": ["application/json"]},
                "body": {"string": '{"data": []}'},
            },
        }
    ]


def test_a_cassette_of_ruby_is_read():
    """Ruby VCR's layout: method in lower case, body with its encoding, binary as ``!binary``."""
    text = """http_interactions:
- request:
    method: get
    uri: https://api.openai.com/v1/models
    body: {encoding: US-ASCII, string: ''}
    headers: {Accept: ['*/*']}
  response:
    status: {code: 200, message: OK}
    headers: {Content-Encoding: [gzip]}
    body: {encoding: ASCII-8BIT, string: !binary H4sIAAAAAAAC/6uuBQBDv6ajAgAAAA==}
    http_version: null
  recorded_at: Tue, 01 Nov 2011 04:58:44 GMT
recorded_with: VCR 6.1.0
"""
    cassette, notes = read_cassette(text)
    found, undecoded = decoded(cassette["interactions"][0])
    assert (found["request"]["method"], found["response"]["body"], undecoded) == ("GET", {"string": "{}"}, [])
    assert [str(note).partition(",")[0] for note in notes] == ["left out", "interactions[0]: left out"]


def test_a_cassette_of_go_is_read():
    """go-vcr's layout, version 2: url, a status line beside the code, a body that is a text."""
    text = """version: 2
interactions:
  - id: 0
    request:
      proto: HTTP/1.1
      content_length: 13
      host: api.openai.com
      body: '{"model":"m"}'
      form: {}
      headers: {Content-Type: [application/json]}
      url: https://api.openai.com/v1/chat/completions
      method: POST
    response:
      proto: HTTP/2.0
      uncompressed: true
      body: '{"object":"chat.completion"}'
      headers: {Content-Type: [application/json]}
      status: 404 Not Found
      code: 404
      duration: 1.2s
"""
    found = read_cassette(text)[0]["interactions"][0]
    assert (found["request"]["uri"], found["request"]["method"]) == (URI, "POST")
    assert found["response"]["status"] == {"code": 404, "message": "Not Found"}
    assert found["response"]["body"] == {"string": '{"object":"chat.completion"}'}


@pytest.mark.parametrize(
    "data, message",
    [
        ("a: 1", "expected a cassette: an object with interactions, found an object with the keys a"),
        ("text", "expected a cassette, found the text 'text'"),
        ("interactions: 3", "interactions: expected a list, found the number 3"),
        ("requests: [a]\nresponses: []", "responses: expected 1 responses, found 0"),
        ("interactions:\n- a", "interactions[0]: expected an object, found the text 'a'"),
        ("interactions:\n- {request: {method: 3}, response: {}}", "interactions[0].request.method: expected"),
        ('{"interactions": [}', "expected a JSON document, found text that is none"),
        ('{"a": 1, "a": 1}', "expected a JSON document, found text that is none (the key 'a' stands twice"),
        ('{"a": NaN}', "expected a JSON document, found text that is none (NaN is not JSON)"),
        ('{"a": 1e400}', "expected a JSON document, found text that is none (the number 1e400 is too large"),
        (
            '{"a":' * 300 + "1" + "}" * 300,
            "expected a JSON document, found text that is none (it is nested more than 200 levels",
        ),
        ("interactions: []".encode("utf-16"), "expected a file in UTF-8, found one in UTF-16"),
        ("interactions: []".encode("utf-32"), "expected a file in UTF-8, found one in UTF-32"),
        (b"a: 1\nb: \xff", "line 2: expected a file in UTF-8, found the byte 0xff"),
        (gzip.compress(b"a: 1", mtime=0)[:-3], "expected a gzipped cassette, found a file of which it is damaged gzip"),
        (
            gzip.compress(bytes(200_000), mtime=0),
            "expected a gzipped cassette, found a file of which it would be",
        ),
        (b" " * 200_000, "expected a file of at most 100000 bytes, found one of 200000"),
    ],
)
def test_what_is_no_cassette_is_refused(data, message):
    """Each refusal says where, what was expected and what the file is."""
    with pytest.raises(TranslationError) as caught:
        read_cassette(data, limit=100_000)
    assert str(caught.value).startswith(message)


def sample_files():
    """The public cassettes, where they lie beside the repository."""
    return sorted(SAMPLES.rglob("*.y*ml"))


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the public cassettes are not here")
def test_public_cassettes_are_read():
    """Every interaction of the public cassettes has a current layout with decoded bodies."""
    read = 0
    for path in sample_files():
        for interaction in read_cassette(path.read_bytes())[0]["interactions"]:
            assert decoded(interaction)[1] == []
            read += 1
    assert read >= 290


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="the public cassettes are not here")
def test_public_cassettes_translate_or_say_why_not():
    """Every interaction of the public cassettes becomes a recording and an interaction again, or is refused by type."""
    for path in sample_files():
        for interaction in raw_interactions(path.read_bytes())[0]:
            try:
                back = to_interaction(from_interaction(interaction))
            except (MalformedInteraction, Unsupported):
                continue
            wire = decoded(current(interaction)[0])[0]
            assert back["request"]["method"] == wire["request"]["method"]
            assert back["request"]["uri"] == wire["request"]["uri"].partition("#")[0]
            assert back["response"]["status"]["code"] == wire["response"]["status"]["code"]
