"""Other people's recordings replay through plain vcrpy and the OpenAI client."""

import asyncio
import json

import openai_calls
import places
import pytest
import vcr
from vcr.serializers import yamlserializer

from vcr_openai import Recording, to_interaction

SAMPLES = places.SAMPLES / "recordings"

pytestmark = [
    pytest.mark.block_network,
    places.needs_samples,
]


def is_openai_call(path):
    """Whether a file records a call that the OpenAI client can make, and that had an answer."""
    document = json.loads(path.read_text())
    response = document["response"]
    answered = not response.get("is_exception") or "status_code" in response["exception_data"]
    return document["request"].get("endpoint") in openai_calls.METHODS and answered


PATHS = [path for path in sorted(SAMPLES.rglob("*.json")) if is_openai_call(path)]


@pytest.mark.parametrize("path", [pytest.param(path, id=path.stem[:16]) for path in PATHS])
def test_a_sample_replays(client, async_client, tmp_path, path):
    """A recording's plain YAML cassette gives both clients the objects, or the exception, that were recorded."""
    recording = Recording.parse(path.read_text())
    interaction = to_interaction(recording)
    cassette = tmp_path / "sample.yaml"
    cassette.write_text(yamlserializer.serialize({"version": 1, "interactions": [interaction]}))
    uri = interaction["request"]["uri"]
    host = vcr.VCR(record_mode="none", match_on=["method", "uri", "body"])
    with host.use_cassette(str(cassette), allow_playback_repeats=True) as played:
        openai_calls.check(recording, openai_calls.call(client, recording, uri))
        openai_calls.check(recording, asyncio.run(openai_calls.call_async(async_client, recording, uri)))
    assert played.play_count == 2
