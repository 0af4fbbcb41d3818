"""A document is a recording or is refused with the place; what is read is written as it was."""

import json

import pytest
import recordings
from hypothesis import given

from vcr_openai import MalformedRecording, Recording
from vcr_openai._vcrpy.serializers import RecordingSerializer

GOOD = recordings.recording(recordings.chat_call(), recordings.reply({"id": "rec-1"}))
TOOL = recordings.CARRIED["tool"]
ELSEWHERE = {
    "request": {"method": "GET", "uri": "https://example.com/", "body": None, "headers": {}},
    "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "{}"}},
}


def changed(path, value, document=GOOD):
    """The document with another value at a path, or without the last key (for the value ``...``)."""
    made = json.loads(json.dumps(document))
    inner = made
    for key in path[:-1]:
        inner = inner[key]
    if value is ...:
        del inner[path[-1]]
    else:
        inner[path[-1]] = value
    return made


@pytest.mark.parametrize(
    "document, message",
    [
        ([1, 2, 3], "expected a recording (an object with the keys request and response), found a list of 3"),
        (None, "expected a recording (an object with the keys request and response), found null"),
        ({}, "expected a recording with the key request, found an empty object"),
        (changed(["response"], ...), "expected a recording with the key response, found an object with the keys "),
        (changed(["test_id"], 3), "test_id: expected a text or null, found the number 3"),
        (changed(["request"], "x"), "request: expected an object, found the text 'x'"),
        (changed(["request", "endpoint"], ...), "request: expected the keys of an SDK call, a raw HTTP request, a to"),
        (changed(["request", "endpoint"], None), "request.endpoint: expected a text, found null"),
        (changed(["request", "url"], 1.5), "request.url: expected a text, found the number 1.5"),
        (changed(["request", "body"], []), "request.body: expected an object, found an empty list"),
        (changed(["request", "kwargs"], 1, TOOL), "request.kwargs: expected an object, found the number 1"),
        (changed(["response"], "true"), "response: expected an object, found the text 'true'"),
        (changed(["response", "body"], ...), "response: expected an object with the key body, found an object with t"),
        (changed(["response", "is_streaming"], ...), "response: expected an object with the key is_streaming, found"),
        (changed(["response", "is_streaming"], 0), "response.is_streaming: expected true or false, found the number 0"),
        (
            changed(["response", "is_streaming"], True),  # the value under test
            "response.body: expected a list of chunks, found an object with the keys __type__, __data__",
        ),
        (changed(["response", "body", "__type__"], None), "response.body.__type__: expected a text, found null"),
        (
            changed(["response", "body", "__data__"], ...),
            "response.body: expected a typed object with the key __data__, found an object with the keys __type__",
        ),
        (
            changed(["response", "body"], [{}, {"__type__": 1}]),
            "response.body[1].__type__: expected a text, found the number 1",
        ),
        (
            changed(["response"], {"body": None, "is_streaming": False, "is_exception": True, "exception_data": 1}),
            "response.exception_data: expected an object, found the number 1",
        ),
        (
            changed(["id_normalization_mapping"], []),
            "id_normalization_mapping: expected an object, found an empty list",
        ),
        (changed(["id_normalization_mapping"], [1]), "id_normalization_mapping: expected an object, found a list of 1"),
        (changed(["id_normalization_mapping"], {"a": 1}), "id_normalization_mapping.a: expected a text, found the nu"),
    ],
)
def test_a_document_that_is_no_recording_is_refused(document, message):
    """The error says where, what was expected there and what was found."""
    with pytest.raises(MalformedRecording) as caught:
        Recording(document)
    assert str(caught.value).startswith(message)


@pytest.mark.parametrize(
    "text, reason",
    [
        ("", "Expecting value"),
        ('{"request": {', "line 1"),
        ('{"request": 1, "request": 2}', "the key 'request' occurs twice"),
        ('{"request": NaN}', "NaN is not JSON"),
        ('{"request": 1e999}', "too large for a float"),
        ("[" * 100_000, "more than 200 levels deep"),
        ("{} {}", "Extra data"),
    ],
)
def test_a_text_that_is_no_json_is_refused(text, reason):
    """What would not be written again as it was read is not read."""
    with pytest.raises(MalformedRecording, match="expected a JSON document, found other text") as caught:
        Recording.parse(text)
    assert reason in str(caught.value)
    assert caught.value.__cause__ is not None


def test_an_error_leaks_little_of_a_document():
    """A message repeats a short beginning of what it found: the rest may be a prompt."""
    with pytest.raises(MalformedRecording) as caught:
        Recording(changed(["request"], "secret " * 100))
    assert len(str(caught.value)) < 200


@pytest.mark.parametrize(
    "document",
    [*(document for document, _ in recordings.EXCHANGES.values()), *recordings.CARRIED.values()],
)
def test_every_shape_of_the_format_is_read(document):
    """A recording in any layout, with any outcome, is one."""
    assert Recording.parse(json.dumps(document)).document == document


@pytest.mark.slow
@given(recordings.documents())
def test_a_dump_is_the_recorders_text(document):
    """A dump is json.dumps with an indentation of two, in the order as read, and a final newline."""
    text = json.dumps(document, indent=2) + "\n"
    assert Recording.parse(text).dump() == text


@pytest.mark.slow
@given(recordings.documents())
def test_a_dump_is_ascii(document):
    """A recording is the same file in every locale's encoding."""
    assert Recording(document).dump().isascii()


def test_recordings_are_equal_when_their_texts_are():
    """Numbers that Python takes for equal are two texts, and so two recordings."""
    one, same, other = (
        Recording(recordings.recording(recordings.chat_call(n=n), recordings.reply({}))) for n in (1, 1, 1.0)
    )
    assert (one == same, one == other, one == one.dump()) == (True, False, False)
    assert len({one, same, other}) == 2


@pytest.mark.parametrize(
    "name, layout",
    [("tool", "tool"), ("file processor", "file processor"), ("genai", "SDK call")],
)
def test_a_layout_is_told_by_its_keys(name, layout):
    """The request's keys say which layout it has."""
    assert Recording(recordings.CARRIED[name]).layout.value == layout


@pytest.mark.parametrize("text", ["", " \n"])
def test_a_blank_cassette_holds_nothing(text):
    """A blank file in the recording format is a cassette without interactions."""
    assert RecordingSerializer().deserialize(text)["interactions"] == []


@pytest.mark.parametrize(
    "text, message",
    [
        ("3", "expected a recording or a list of recordings, found the number 3"),
        ("{", "expected a JSON document, found other text"),
        ("[3]", "[0]: expected a recording"),
    ],
)
def test_a_cassette_that_is_none_is_refused(text, message):
    """A file that is neither a recording nor a list of them is refused, with the place."""
    with pytest.raises(MalformedRecording) as caught:
        RecordingSerializer().deserialize(text)
    assert str(caught.value).startswith(message)


def test_what_cannot_be_a_recording_is_kept_and_named_by_its_place():
    """An interaction that no recording can describe is in the file as it is, and the serializer reports it."""
    serializer = RecordingSerializer("a.py::test")
    text = serializer.serialize({"interactions": [ELSEWHERE]})
    (interaction,) = serializer.deserialize(text)["interactions"]
    assert interaction["response"].pop("recording") == {"layout": "plain interaction", "test_id": "a.py::test"}
    assert interaction == ELSEWHERE
    assert [finding.where for finding in serializer.kept] == ["interactions[0]"]
    assert "the URL of an API that recordings know" in serializer.kept[0].message
