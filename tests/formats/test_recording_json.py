"""Files in the recording format: one recording, or an array of them."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import documents, recording, reply, sdk_call

from vcr_openai import MalformedRecording, Recording, TranslationError, Unsupported
from vcr_openai._formats.recording_json import dump, load, load_to_play, read_recordings, sniff, write_recordings
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse

ONE = Recording(recording(sdk_call({}), reply({})))
OTHER = Recording(recording(sdk_call({"model": "other"}), reply({})))


@pytest.mark.parametrize("recordings, single", [([ONE], True), ([ONE], False), ([ONE, OTHER], False), ([], False)])
def test_recordings_come_back(recordings, single):
    """An object for a single recording, an array for any number of them."""
    document = load(write_recordings(recordings, single=single))
    assert (list(document.recordings), document.single) == (recordings, single)


@pytest.mark.parametrize("recordings", [[ONE], [ONE, OTHER], []])
def test_exchanges_become_recordings(recordings):
    """One exchange is one recording, another number is an array."""
    text = write_recordings(recordings, single=len(recordings) == 1)
    assert dump(load(text).exchanges) == text


def test_blank_text_has_no_recordings():
    """pytest-recording makes such files."""
    assert read_recordings(" \n") == []


@pytest.mark.parametrize(
    "text, message",
    [
        ("{", "expected a JSON document, found other text"),
        ("3", "expected a recording or a list of recordings, found the number 3"),
        ("[3]", "[0]: expected"),
    ],
)
def test_any_other_text_is_refused(text, message):
    """The message has the place within an array."""
    with pytest.raises(MalformedRecording) as caught:
        read_recordings(text)
    assert str(caught.value).startswith(message)


def test_an_exchange_that_cannot_be_a_recording_is_refused_with_its_place():
    """A body that stays encoded has no place in a recording."""
    body = Body(b"\xff", "", ("gzip",))
    exchange = Exchange(
        HttpRequest("POST", "https://api.openai.com/v1/responses", {}, Body(b"{}")), HttpResponse(200, {}, body)
    )
    with pytest.raises(Unsupported, match=r"^interactions\[0\]\.response\.body: expected a body that can be decoded"):
        dump([exchange])


@pytest.mark.parametrize(
    "value, expected",
    [
        (ONE.document, True),
        ([ONE.document], True),
        ([ONE.document, 3], True),
        ({"test_id": None}, True),
        ({"request": {}}, True),
        ({"response": {}}, True),
        ([], False),
        ({}, False),
        ({"request": {"uri": "x"}, "response": {}}, False),
        ({"interactions": [], "request": {}}, False),
        ([{"request": {"uri": "x"}, "response": {}}], False),
    ],
)
def test_a_recording_is_known_by_its_keys(value, expected):
    """A recording, broken or not, differs from an interaction in its request; YAML is never one."""
    assert sniff(json.loads(json.dumps(value)), "json") is expected
    assert not sniff(value, "yaml")


def found(read, text):
    """The exchanges that a function reads, the provenance as it is asked for; or the error, as a user sees it."""
    try:
        return [(one.request, one.response, dict(one.provenance)) for one in read(text).exchanges]
    except TranslationError as error:
        return type(error), str(error)


@pytest.mark.parametrize(
    "between", ["\n  },\n\n  {\n", "\n  }, {\n", "\n  },\n {\n", "\n },\n  {\n", "\n\n  },\n  {\n"]
)
def test_no_recording_is_passed_over_in_another_layout(between):
    """An array whose recordings are separated in other ways has all of them, in order."""
    text = write_recordings([ONE, OTHER, ONE, OTHER], single=False).replace("\n  },\n  {\n", between, 1)
    assert found(load_to_play, text) == found(load, text)
    assert len(load_to_play(text).exchanges) == 4


@given(st.lists(documents(), max_size=3), st.sampled_from([None, 1, 2, 4]))
def test_what_is_read_to_be_played_is_what_is_read(read_documents, indent):
    """A file gives the same exchanges recording by recording, in the layout that is written and in others."""
    text = json.dumps(read_documents, indent=indent) + "\n"
    played, loaded = found(load_to_play, text), found(load, text)
    if all(next(iter(provenance), "") != "carried" for _, _, provenance in loaded):  # some can be played all the same
        assert played == loaded
    assert len(played) == len(loaded) == len(read_documents)


@pytest.mark.parametrize(
    "broken",
    [
        ('"is_streaming": false', '"is_streaming": 3'),
        ('"is_streaming": false', '"is_streaming": nul'),
        ('"is_streaming": false', '"is_streaming": false, "is_streaming": true'),
        ("\n  },\n  {\n", "\n  }\n  {\n"),
        ("\n  },\n  {\n", ',\n  "a": {\n  },\n  {\n'),
        ("\n  },\n  {\n", "\n  },\n  3,\n  {\n"),
    ],
)
def test_a_fault_is_reported_in_the_same_words(broken):
    """Also where a file is read recording by recording, the message has the place in the whole file."""
    text = write_recordings([ONE, OTHER], single=False).replace(*broken)
    assert text != write_recordings([ONE, OTHER], single=False)
    assert found(load_to_play, text) == found(load, text)
    assert isinstance(found(load, text), tuple)
