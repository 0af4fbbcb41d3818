"""Files in the recording format: one recording, or an array of them."""

import json

import pytest
from recordings import recording, reply, sdk_call

from vcr_openai import MalformedRecording, Recording, Unsupported
from vcr_openai._formats.recording_json import dump, load, read_recordings, sniff, write_recordings
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
