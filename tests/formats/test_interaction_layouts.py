"""Interactions in other layouts: the exchange that each becomes, and what is refused."""

import base64
import contextlib
import gzip
import io
import json
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcr_openai import MalformedInteraction, TranslationError, Unsupported, from_interaction
from vcr_openai._formats.interaction_layouts import headers_of, read_interaction, stored_content
from vcr_openai._formats.plain import exchange_from_dict, exchange_to_dict
from vcr_openai._recording import translate

URI = "https://api.openai.com/v1/chat/completions"
ANSWER = '{"id":"chatcmpl-1","object":"chat.completion","choices":[]}'
JSON = {"content-type": ["application/json"]}
OK = {"code": 200, "message": "OK"}
REQUEST = {"method": "POST", "uri": URI, "body": '{"model":"m"}', "headers": JSON}
RESPONSE = {"status": OK, "headers": JSON, "body": {"string": ANSWER}}
CURRENT = {"request": REQUEST, "response": RESPONSE}


def current(interaction):
    """An interaction in vcrpy's current layout, and what was found while it was read."""
    exchange, findings = read_interaction(interaction)
    return exchange_to_dict(exchange), [str(finding) for finding in findings]


def read_request(**changes):
    """The request that a changed one becomes; an ellipsis takes a key away."""
    request = {key: value for key, value in {**REQUEST, **changes}.items() if value is not ...}
    return current({"request": request, "response": RESPONSE})[0]["request"]


def read_response(**changes):
    """The response that a changed one becomes; an ellipsis takes a key away."""
    response = {key: value for key, value in {**RESPONSE, **changes}.items() if value is not ...}
    return current({"request": REQUEST, "response": response})[0]["response"]


def test_the_current_layout_stays_as_it_is():
    """What vcrpy 9 writes is not changed, and nothing is found."""
    assert current(CURRENT) == (CURRENT, [])
    assert read_interaction(CURRENT)[0] == exchange_from_dict(CURRENT)


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
    _, found = current({"request": REQUEST, "response": {**RESPONSE, "status": None}})
    assert found == ["response.status: is missing; taken as 200"]


@pytest.mark.parametrize("body", ['{"error": {"message": "no"}}', b'{"error": "no"}'])
def test_an_error_without_a_status_is_refused(body):
    """It was not a success, and its status is not known."""
    with pytest.raises(
        MalformedInteraction, match=r"response\.status: expected the status of an error, found no status"
    ):
        read_response(status=None, body={"string": body})


@pytest.mark.parametrize("body", ['{"error": null}', "[]", b"\xff"])
def test_an_answer_without_an_error_needs_no_status(body):
    """Replies of the Responses API have an error that is null."""
    assert read_response(status=None, body={"string": body})["status"] == OK


@pytest.mark.parametrize("message", ["Fine", "", None])
def test_a_status_message_is_kept(message):
    """A reason phrase is what the server sent, if anything."""
    assert read_response(status={"code": 404, "message": message})["status"] == {"code": 404, "message": message}


def test_a_status_without_a_message_gets_its_own():
    """Where a layout has only the number, the phrase is the standard's."""
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
    """Damage stays visible: the bytes keep their header."""
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
    assert stored_content({"encoding": encoding, "string": "é"}, "b") == octets


def test_what_vcrpy_has_no_place_for_is_found():
    """Other keys are left out with a finding; in a response they stay."""
    outer = {**CURRENT, "recorded_at": "now"}
    outer["request"] = {**REQUEST, "form": {}}
    outer["response"] = {**RESPONSE, "duration": "1s", "recording": {"test_id": None}, "url": "u"}
    interaction, found = current(outer)
    assert interaction == {"request": REQUEST, "response": outer["response"]}
    left_out = "left out, because vcrpy has no place for it"
    assert found == [f"request: {left_out}: form", f"{left_out}: recorded_at"]


def test_headers_keep_case_order_and_repetition():
    """A name that occurs twice collects its values; a number and a boolean are what they look like."""
    pairs = [["Set-Cookie", "a"], ["X", 1], ["Set-Cookie", ["b", None]], ["Y", True], ["Z", False]]
    assert headers_of(pairs, "h") == {"Set-Cookie": ["a", "b", ""], "X": ["1"], "Y": ["true"], "Z": ["false"]}


@pytest.mark.parametrize(
    "path, value, message",
    [
        ("", 3, "expected an object, found the number 3"),
        ("request", None, "request: expected an object, found null"),
        ("response", [], "response: expected an object, found an empty list"),
        ("request.method", None, "request.method: expected an HTTP method, found null"),
        ("request.method", "", "request.method: expected an HTTP method, found the text ''"),
        ("request.uri", None, "request.uri: expected a URL, found no uri and no url"),
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
        ("response.recording", "x", "response.recording: expected an object, found the text 'x'"),
        ("response.status", True, "response.status: expected a status code, found true"),
        ("response.status", "fine", "response.status: expected a status code, found the text 'fine'"),
        ("response.status", {"code": 20}, "response.status.code: expected a status code, found the number 20"),
        ("response.status", {"code": [2]}, "response.status.code: expected a status code, found a list of 1"),
    ],
)
def test_what_contradicts_http_is_refused(path, value, message):
    """Each refusal has the place, what was expected and what was found."""
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
    """Where the translation runs out of stack, the refusal has the reason."""

    def too_deep(*_):
        raise RecursionError

    monkeypatch.setattr(translate, "_read", too_deep)
    with pytest.raises(Unsupported, match="expected JSON that can be copied"):
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
        read_interaction(outer)[0].decoded()
        from_interaction(outer)
    assert repr(outer) == before
