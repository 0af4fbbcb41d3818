"""What a file is, by its content; and that each format gives back the exchanges that it was given."""

import places
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcr_openai import MalformedInteraction, MalformedRecording, Recording, Unsupported
from vcr_openai._formats.plain import exchange_from_dict, exchange_to_dict
from vcr_openai._formats.registry import FORMATS, SUFFIXES, dump, read_document
from vcr_openai._recording.translate import exchange_of, recording_of

RECORDING = """{
  "request": {"provider": "p", "tool_name": "t", "kwargs": {}},
  "response": {"body": null, "is_streaming": false}
}"""
INTERACTION = {
    "request": {"method": "GET", "uri": "https://example.com/", "body": None, "headers": {}},
    "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": ""}},
}
SEED = places.CASSETTES / "seed.recording.json"


@pytest.mark.parametrize("text", [RECORDING, f"\ufeff\n{RECORDING}"])
def test_a_recording_is_known_by_its_content(text):
    """A JSON object with a recording's request is a recording, with a byte order mark or without."""
    document = read_document(text)
    assert (document.format, len(document.recordings), document.single) == ("recording.json", 1, True)
    assert document.interactions is None


def test_an_array_of_recordings_is_several():
    """A JSON array of recordings has each of them."""
    document = read_document(f"[{RECORDING}, {RECORDING}]")
    assert (len(document.recordings), document.single) == (2, False)


@pytest.mark.parametrize("name", ["yaml", "json"])
def test_a_cassette_is_known_by_its_content(name):
    """What vcrpy's serializers write is a cassette in their format, and its interactions are as the file has them."""
    document = read_document(dump([exchange_from_dict(INTERACTION)], name))
    assert (document.format, document.recordings, list(document.interactions)) == (name, None, [INTERACTION])


def test_a_readable_cassette_is_known_by_its_content():
    """A response without a body's common names is in the readable layout; one such interaction is enough."""
    document = read_document(dump([exchange_from_dict(INTERACTION)], "openai.yaml"))
    assert (document.format, document.recordings, document.interactions) == ("openai.yaml", None, None)
    assert list(map(exchange_to_dict, document.exchanges)) == [INTERACTION]


def test_a_foreign_cassette_can_be_written_in_its_syntax():
    """A file in the layout of another tool has its interactions unchanged, and what it cannot keep is reported."""
    raw = {**INTERACTION, "request": {"method": "get", "url": "https://example.com/", "form": {}}}
    document = read_document(f"http_interactions: [{raw}]".replace("None", "null"))
    assert (document.format, list(document.interactions)) == ("yaml", [raw])
    assert list(map(exchange_to_dict, document.exchanges)) == [INTERACTION]
    assert [str(one) for one in document.findings] == [
        "interactions[0].request: left out, because vcrpy has no place for it: form"
    ]


@pytest.mark.parametrize(
    "text",
    [
        *("", " \n", "[]", "{}", '{"name": "x"}', "name: x", "a: 2024-99-99", "- a\n- b", "words", "3", "~"),
        *("interactions: []", '{"interactions": []}', "http_interactions:", "requests: [a]"),
    ],
)
def test_a_file_of_another_kind_is_unsupported(text):
    """A sound document of another kind, or an empty one, has another error than a broken one."""
    with pytest.raises(Unsupported):
        read_document(text)


@pytest.mark.parametrize(
    "text", ["{", "[1, 2, 3]", '{"request": {}}', '{"test_id": null}', f"[{RECORDING}, 1]", "[" * 100_000]
)
def test_a_broken_recording_is_malformed(text):
    """What begins as a recording and is not one is refused, with the place of the fault."""
    with pytest.raises(MalformedRecording):
        read_document(text)


@pytest.mark.parametrize(
    "text",
    [
        "interactions: 3",
        "a: [1",
        "interactions:\n- !!python/object/apply:os.system [echo]",
        "a: \x01",
        "interactions:\n- {request: {method: GET, uri: 'http://h/'}, response: {status: 200, other: 1}}",
    ],
)
def test_a_broken_cassette_is_malformed(text):
    """What is not YAML, YAML that would run something, and a slip in a readable cassette are refused in one line."""
    with pytest.raises(MalformedInteraction) as error:
        read_document(text)
    assert "\n" not in str(error.value)


texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20)


@given(asked=texts, answered=texts | st.binary(max_size=20), kind=st.sampled_from(["text/plain", "application/json"]))
def test_each_format_of_cassettes_gives_the_exchange_back(asked, answered, kind):
    """Method, URI, status, headers that matter, and the bytes of both bodies; of JSON the value."""
    interaction = {
        "request": {"method": "POST", "uri": "https://api.openai.com/v1/x", "body": asked or None, "headers": {}},
        "response": {"status": {"code": 404, "message": "No"}, "headers": {}, "body": {"string": answered}},
    }
    interaction["request"]["headers"]["content-type"] = interaction["response"]["headers"]["content-type"] = [kind]
    exchange = exchange_from_dict(interaction)
    for name in ("yaml", "openai.yaml"):
        (back,) = read_document(dump([exchange], name)).exchanges
        assert (back.request.method, back.request.uri) == ("POST", "https://api.openai.com/v1/x")
        assert (back.request.headers, back.response.status, back.response.reason) == (
            exchange.request.headers,
            404,
            "No",
        )
        assert meant(back.request.body) == meant(exchange.request.body)
        assert meant(back.response.body) == meant(exchange.response.body)


def meant(body):
    """What a body says: the value of JSON, which ``openai.yaml`` spells in its own way, else the bytes."""
    if body is None:
        return None
    is_json = body.media_type == "application/json" and body.json.problem is None
    return repr(body.json.value) if is_json else body.content


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_gives_a_recording_back(name):
    """Recordings that became exchanges come back from a file of any format, which is known by content and by name."""
    recording = Recording.parse(SEED.read_text(encoding="utf-8"))
    other = Recording({**recording.document, "test_id": "tests/test_other.py::test_other"})
    for recordings in ([recording], [recording, other]):
        text = dump(list(map(exchange_of, recordings)), name)
        for document in (read_document(text), FORMATS[name].load(text, None)):
            assert document.format == name
            assert list(map(recording_of, document.exchanges)) == recordings


def test_each_format_has_its_name_as_a_suffix_of_its_own():
    """So a file's name says its format, and no suffix is read as the end of a longer one."""
    assert {f".{name}" for name in FORMATS} <= set(SUFFIXES)
    assert len(SUFFIXES) == len(set(SUFFIXES))
    assert not [
        (one, later) for place, one in enumerate(SUFFIXES) for later in SUFFIXES[place + 1 :] if later.endswith(one)
    ]
