"""Recorded streams give the same objects one byte at a time, through both clients: golden ones and samples."""

import asyncio
import json

import openai_calls
import places
import pytest
from cassette_texts import write_cassette

import vcr_openai
from vcr_openai import Recording, to_interaction
from vcr_openai._formats.recording_json import read_recordings

pytestmark = pytest.mark.block_network

BYTE_BY_BYTE = vcr_openai.fragments(size=1)
GOLDEN = sorted(
    path
    for path in places.CASSETTES.glob("*.recording.json")
    if any(one.response["is_streaming"] for one in read_recordings(path.read_text()))
)
SAMPLES = [
    path
    for path in sorted((places.SAMPLES / "recordings").rglob("*.json"))
    if (document := json.loads(path.read_text()))["response"].get("is_streaming")
    and not document["response"].get("is_exception")
    and document["request"].get("endpoint") in openai_calls.METHODS
]


def uri_of(recording):
    """Where the recorded call goes on the wire."""
    return to_interaction(recording)["request"]["uri"]


def opened(path, stream):
    return vcr_openai.VCR(serializer="recording.json", record_mode="none").use_cassette(str(path), stream=stream)


def test_there_are_golden_streams():
    """A folder that moved would make the test below pass with nothing to test."""
    assert "chat_stream.recording.json" in {path.name for path in GOLDEN}


@pytest.mark.parametrize("path", [pytest.param(path, id=path.name.partition(".")[0]) for path in GOLDEN])
def test_a_golden_stream_can_come_byte_by_byte(client, async_client, path):
    """Each client hands out the recorded objects."""
    recordings = read_recordings(path.read_text())
    with opened(path, BYTE_BY_BYTE):
        for recording in recordings:
            openai_calls.check(recording, openai_calls.call(client, recording, uri_of(recording)))
    with opened(path, BYTE_BY_BYTE):
        for recording in recordings:
            outcome = asyncio.run(openai_calls.call_async(async_client, recording, uri_of(recording)))
            openai_calls.check(recording, outcome)


@places.needs_samples
@pytest.mark.slow
@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem[:16]) for path in SAMPLES])
def test_a_sample_can_come_byte_by_byte(client, async_client, tmp_path, path):
    """Each client hands out the objects of one block."""
    recording = Recording.parse(path.read_text())
    cassette = tmp_path / "sample.yaml"
    cassette.write_text(write_cassette([to_interaction(recording)], "yaml"), encoding="utf-8")
    found = []
    for stream in ("block", BYTE_BY_BYTE):
        vcr = vcr_openai.VCR(record_mode="none")
        with vcr.use_cassette(str(cassette), stream=stream, allow_playback_repeats=True):
            sync = openai_calls.call(client, recording, uri_of(recording))
            found += [sync, asyncio.run(openai_calls.call_async(async_client, recording, uri_of(recording)))]
    assert all(one.objects == found[0].objects for one in found)
    assert found[0].objects
