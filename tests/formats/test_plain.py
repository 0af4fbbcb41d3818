"""vcrpy's own layout: what vcrpy has in memory and in its YAML and JSON files."""

import copy
import gzip
import io

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from vcr.serializers import jsonserializer, yamlserializer

from vcr_openai import MalformedInteraction
from vcr_openai._formats import plain
from vcr_openai._formats.plain import exchange_from_dict, exchange_to_dict

JSON = {"content-type": ["application/json"]}
INTERACTION = {
    "request": {"method": "POST", "uri": "https://h/v1/x", "body": '{"a":1}', "headers": JSON},
    "response": {
        "status": {"code": 200, "message": "OK"},
        "headers": {**JSON, "x": ["1", "2"]},
        "body": {"string": "é"},
        "url": "https://h/v1/x",
        "recording": {"test_id": None},
    },
}
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
bodies = texts | st.binary(max_size=20)


@given(method=texts, asked=st.none() | bodies, answered=bodies, message=st.none() | texts, more=texts)
@example(method="GET", asked=b"\xff", answered=gzip.compress(b"hi"), message="Not Found", more="gzip")
@example(method="GET", asked="", answered="", message="OK", more="gzip")
def test_an_interaction_comes_back(method, asked, answered, message, more):
    """Method in upper case, bodies as text where they are UTF-8, whatever their headers; null stays null."""
    headers = {"content-type": [more], "content-encoding": [more], more: [more, ""]}
    interaction = {
        "request": {"method": method.upper(), "uri": more, "body": asked, "headers": headers},
        "response": {
            "status": {"code": 404, "message": message}, "headers": headers, "body": {"string": answered}, "url": more
        },
    }  # fmt: skip
    back = exchange_to_dict(exchange_from_dict(copy.deepcopy(interaction)))
    for part, key in ((back["request"], "body"), (back["response"]["body"], "string")):
        was = asked if key == "body" else answered
        assert part[key] == was or part[key].encode() == was
        part[key] = was
    assert back == interaction


@given(answered=texts | st.binary(max_size=20), words=texts)
@example(answered=b"\xff", words="OK")
@example(answered="a: b\n- c", words="\x85\u2028")
def test_files_are_written_as_vcrpy_writes_them(answered, words):
    """The text is the very text of vcrpy's serializers; bytes that are not text have none in JSON."""
    response = {"status": {"code": 200, "message": words}, "headers": {"x": [words]}, "body": {"string": answered}}
    interaction = exchange_to_dict(exchange_from_dict({**INTERACTION, "response": response}))
    cassette = {"version": 1, "interactions": [interaction]}
    exchange = exchange_from_dict(interaction)
    assert plain.YAML.dump([exchange]) == yamlserializer.serialize(cassette)
    if isinstance(interaction["response"]["body"]["string"], str):
        assert plain.JSON.dump([exchange]) == jsonserializer.serialize(cassette)
    else:
        with pytest.raises(ValueError, match="bytes that are not text"):
            plain.JSON.dump([exchange])


@pytest.mark.parametrize("name", ["yaml", "json"])
def test_files_are_read(name):
    """Interactions and their exchanges; other keys of the cassette are kept."""
    write = {"yaml": yamlserializer, "json": jsonserializer}[name].serialize
    text = write({"version": 1, "interactions": [INTERACTION], "metadata": {"a": 1}})
    document = getattr(plain, name.upper()).load(text)
    assert (document.format, list(document.interactions), document.further) == (
        name,
        [INTERACTION],
        {"metadata": {"a": 1}},
    )
    assert document.exchanges == [exchange_from_dict(INTERACTION)]


@pytest.mark.parametrize("body", [iter([b"{}"]), io.BytesIO(b"{}"), bytearray(b"{}"), ["{", b"}"], {}])
def test_a_body_of_any_type_that_vcrpy_has_is_read(body):
    """Iterators, files, pieces and the object of aiohttp's ``json=`` are the bytes that were sent."""
    exchange = exchange_from_dict({**INTERACTION, "request": {**INTERACTION["request"], "body": body}})
    assert exchange.request.body.content == b"{}"


def test_headers_may_be_texts_or_bytes():
    """A value outside a list is one value; bytes are as HTTP libraries read them."""
    headers = {"a": "1", "b": b"\xe9", "c": [b"x", "y"], "d": 3}
    exchange = exchange_from_dict({**INTERACTION, "request": {**INTERACTION["request"], "headers": headers}})
    assert exchange.request.headers == {"a": ["1"], "b": ["é"], "c": ["x", "y"], "d": ["3"]}


@pytest.mark.parametrize("message", [..., "OK", None, "", "Fine"])
def test_the_reason_phrase_is_kept(message):
    """Null, an empty one and one of the server's own; a status without one has that of its code."""
    status = {"code": 200} if message is ... else {"code": 200, "message": message}
    back = exchange_to_dict(
        exchange_from_dict({**INTERACTION, "response": {**INTERACTION["response"], "status": status}})
    )
    assert back["response"]["status"] == {"code": 200, "message": "OK" if message is ... else message}


@pytest.mark.parametrize(
    "path, value, message",
    [
        ("", 3, "expected an object, found the number 3"),
        ("request", None, "request: expected an object, found null"),
        ("request.method", None, "request.method: expected a text, found null"),
        ("request.uri", 3, "request.uri: expected a text, found the number 3"),
        ("request.headers", [1], "request.headers[0]: expected a name with a value, found the number 1"),
        ("request.body", 3, "request.body: expected text, bytes, a file, an iterator of them or a JSON value, found"),
        ("request.parsed_body", 1, "request.parsed_body: expected method, uri, body and headers, found another key"),
        ("response", [], "response: expected an object, found an empty list"),
        ("response.status", 200, "response.status: expected an object, found the number 200"),
        ("response.status", {"code": "200"}, "response.status.code: expected a status code, found the text '200'"),
        ("response.headers", "x", "response.headers: expected an object or a list of headers, found the text 'x'"),
        ("response.body", "x", "response.body: expected an object, found the text 'x'"),
        (
            "response.body",
            {"base64": "x"},
            "response.body: expected an object with the one key string, found an object",
        ),
        ("response.body", {"string": 3}, "response.body.string: expected text, bytes, a file"),
        ("response.recording", 3, "response.recording: expected an object, found the number 3"),
    ],
)
def test_any_other_layout_is_refused(path, value, message):
    """Each refusal has the place, what was expected and what was found."""
    changed = value
    if path:
        changed = copy.deepcopy(INTERACTION)
        first, _, second = path.partition(".")
        if second:
            changed[first][second] = value
        else:
            changed[first] = value
    with pytest.raises(MalformedInteraction) as caught:
        exchange_from_dict(changed)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "text, message",
    [
        ("", "expected a cassette: an object with a list 'interactions', found null"),
        ("interactions: {}", "expected a cassette: an object with a list 'interactions', found an object with"),
        (
            "interactions: [{}]",
            "interactions[0]: expected an object with 'request' and 'response', found an empty object",
        ),
        ("interactions: [{request: {uri: a}, response: {}}]", "interactions[0].request: expected an object with body,"),
        ("a: b: c", "line 1: expected YAML"),
    ],
)
def test_a_file_that_vcrpy_cannot_load_is_refused(text, message):
    """vcrpy would fail on it, or hand it on without a look."""
    with pytest.raises(MalformedInteraction) as caught:
        plain.YAML.load(text)
    assert str(caught.value).startswith(message)


def test_text_that_is_not_json_is_refused():
    """The format's name is in the message."""
    with pytest.raises(MalformedInteraction, match="expected a cassette in the format json, found other text"):
        plain.JSON.load("{")
