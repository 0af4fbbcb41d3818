"""Cassette files in the layouts of other tools: what each becomes, and what is refused."""

import gzip
import json

import places
import pytest
import yaml
from hypothesis import example, given
from hypothesis import strategies as st

from vcr_openai import MalformedInteraction, TranslationError, Unsupported, from_interaction, to_interaction
from vcr_openai._files import text_of
from vcr_openai._formats.foreign_files import FORMAT
from vcr_openai._formats.plain import exchange_to_dict

SAMPLES = places.SAMPLES / "cassettes"
URI = "https://api.openai.com/v1/chat/completions"
OK = {"code": 200, "message": "OK"}


def document(data):
    """The document of a file's text or bytes."""
    return FORMAT.load(data if isinstance(data, str) else text_of(data).removeprefix("\ufeff"), None)


def read(data):
    """The interactions of a file in vcrpy's layout, their bodies decoded, and what was found."""
    found = document(data)
    return list(map(exchange_to_dict, found.exchanges)), list(map(str, found.findings))


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
    expected = read(PAIR)
    assert expected[0][0]["request"]["method"] == "POST"
    assert [read(form) for form in forms if not str(form).startswith("\ufeff")] == [expected] * (len(forms) * 3 // 4)
    assert [read(form.encode()) for form in forms if isinstance(form, str)] == [expected] * (len(forms) // 2)


@pytest.mark.parametrize("text", ["", " \n", "---\n", "null", "interactions:", "[]", '{"requests":[],"responses":[]}'])
def test_a_blank_file_is_an_empty_cassette(text):
    """Nothing recorded is nothing wrong."""
    assert read(text) == ([], [])


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
    assert read(text)[0] == [
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
    (interaction,), found = read(text)
    assert (interaction["request"]["method"], interaction["response"]["body"]) == ("GET", {"string": "{}"})
    assert [one.partition(",")[0] for one in found] == ["left out", "interactions[0]: left out"]


def test_a_cassette_of_go_is_read():
    """go-vcr's layout, version 2: url, a status line and the code, a body that is a text."""
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
    found = read(text)[0][0]
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
        ('{"interactions": [}', "expected a JSON document, found other text"),
        ('{"a": 1, "a": 1}', "expected a JSON document, found other text (the key 'a' occurs twice"),
        ('{"a": NaN}', "expected a JSON document, found other text (NaN is not JSON)"),
        ('{"a": 1e400}', "expected a JSON document, found other text (the number 1e400 is too large"),
        (
            '{"a":' * 300 + "1" + "}" * 300,
            "expected a JSON document, found other text (it is nested more than 200 levels",
        ),
    ],
)
def test_what_is_not_a_cassette_is_refused(data, message):
    """Each refusal has the place, what was expected and what was found."""
    with pytest.raises(TranslationError) as caught:
        read(data)
    assert str(caught.value).startswith(message)


def sample_files():
    """The public cassettes, which are next to the repository on some machines."""
    return sorted(SAMPLES.rglob("*.y*ml"))


@places.needs_samples
def test_public_cassettes_are_read():
    """Every interaction of the public cassettes has a current layout with decoded bodies."""
    count = 0
    for path in sample_files():
        found = document(path.read_bytes())
        count += len(found.exchanges)
        assert not [finding for finding in found.findings if finding.code == "unread-body"]
    assert count >= 290


@places.needs_samples
def test_public_cassettes_translate_or_say_why_not():
    """Every interaction of the public cassettes becomes a recording and an interaction again, or is refused by type."""
    for path in sample_files():
        found = document(path.read_bytes())
        for interaction, wire in zip(found.interactions, found.exchanges, strict=True):
            try:
                back = to_interaction(from_interaction(interaction))
            except (MalformedInteraction, Unsupported):
                continue
            assert back["request"]["method"] == wire.request.method
            assert back["request"]["uri"] == wire.request.uri.partition("#")[0]
            assert back["response"]["status"]["code"] == wire.response.status


@given(data=st.binary(max_size=200) | st.text(max_size=100))
@example(data=b"\x1f\x8b")
@example(data="\ud800")
@example(data="[[")
def test_any_file_is_read_or_refused(data):
    """Whatever the bytes of a file, the only errors are ours, in one line."""
    try:
        read(data)
    except ValueError as error:
        message = str(error)
    else:
        message = ""
    assert "\n" not in message
