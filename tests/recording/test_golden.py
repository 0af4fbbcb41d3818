"""The golden cassettes replay through the OpenAI client with the network blocked, and are pairs."""

import asyncio

import openai
import openai_calls
import places
import pytest
import vcr
from make_cassettes import to_recordings, to_yaml

import vcr_openai
from vcr_openai import Recording
from vcr_openai._formats.recording_json import read_recordings

FOLDER = places.CASSETTES
NAMES = sorted(path.name.removesuffix(".recording.json") for path in FOLDER.glob("*.recording.json"))
SERIALIZERS = ("yaml", "recording.json")

pytestmark = pytest.mark.block_network


def recordings_of(name):
    """The recordings of a golden cassette."""
    return read_recordings(FOLDER.joinpath(f"{name}.recording.json").read_text())


def use(name, serializer):
    """The golden cassette, played by a VCR with our matchers."""
    path = FOLDER / f"{name}.{serializer}"
    return vcr_openai.VCR(serializer=serializer, record_mode="none").use_cassette(str(path))


def uri_of(recording):
    """Where the recorded call goes on the wire."""
    return vcr_openai.to_interaction(recording)["request"]["uri"]


def test_there_are_golden_cassettes():
    """A folder that moved would make the tests below pass with nothing to test."""
    assert {"seed", "chat_reply", "chat_stream", "models_page", "chat_turns"} <= set(NAMES)


@pytest.mark.parametrize("serializer", SERIALIZERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_cassette_replays(client, name, serializer):
    """Every object that the client hands out, and every exception that it raises, is the recorded one."""
    with use(name, serializer) as cassette:
        for recording in recordings_of(name):
            openai_calls.check(recording, openai_calls.call(client, recording, uri_of(recording)))
    assert cassette.all_played


@pytest.mark.parametrize("serializer", SERIALIZERS)
@pytest.mark.parametrize("name", NAMES)
def test_a_cassette_replays_to_the_async_client(async_client, name, serializer):
    """The asynchronous client hands out and raises the same."""
    with use(name, serializer) as cassette:
        for recording in recordings_of(name):
            outcome = asyncio.run(openai_calls.call_async(async_client, recording, uri_of(recording)))
            openai_calls.check(recording, outcome)
    assert cassette.all_played


@pytest.mark.parametrize("name", NAMES)
def test_a_yaml_cassette_needs_nothing_but_vcrpy(client, name):
    """A VCR that knows nothing of this package replays the YAML file, matching the body too."""
    host = vcr.VCR(record_mode="none", match_on=["method", "uri", "body"])
    with host.use_cassette(str(FOLDER / f"{name}.yaml")) as cassette:
        for recording in recordings_of(name):
            openai_calls.check(recording, openai_calls.call(client, recording, uri_of(recording)))
    assert cassette.all_played


@pytest.mark.parametrize("name", [name for name in NAMES if name.startswith("failure")])
def test_a_failure_is_not_retried(client, name):
    """A replayed failure is final: the client asks once, whatever its status, and waits for nothing."""
    (recording,) = recordings_of(name)
    with use(name, "yaml") as cassette:
        openai_calls.call(client, recording, uri_of(recording))
    assert cassette.play_count == 1


@pytest.mark.parametrize("name", NAMES)
def test_a_pair_is_one_cassette_in_two_formats(name):
    """Converting either file gives the other, byte for byte."""
    recordings = FOLDER.joinpath(f"{name}.recording.json").read_bytes()
    in_yaml = FOLDER.joinpath(f"{name}.yaml").read_bytes()
    assert (to_yaml(recordings), to_recordings(in_yaml)) == (in_yaml, recordings)


@pytest.mark.parametrize("serializer", SERIALIZERS)
def test_turns_are_found_in_any_order(client, serializer):
    """Each turn of a conversation is answered by its own interaction, also when the last is asked first."""
    with use("chat_turns", serializer):
        for recording in reversed(recordings_of("chat_turns")):
            openai_calls.check(recording, openai_calls.call(client, recording, uri_of(recording)))


def test_another_question_is_not_answered(client):
    """A request that was never recorded gets nobody else's answer."""
    with use("chat_reply", "yaml"), pytest.raises(Exception) as caught:  # 2.x wraps vcrpy's error
        client.chat.completions.create(model="gpt-4o-mini", messages=[{"role": "user", "content": "Another?"}])
    assert "CannotOverwrite" in type(caught.value).__name__ or isinstance(caught.value, openai.APIConnectionError)


def test_the_seed_is_as_the_recorder_wrote_it():
    """The recording that the project started from parses, dumps to itself, and has its key."""
    text = FOLDER.joinpath("seed.recording.json").read_text()
    recording = Recording.parse(text)
    assert recording.dump() == text
    assert vcr_openai.recording_key(recording) == "6939ac66d9348cd1635c214f9ce03501b24824b86d99a41ff979e2ab944f06ce"
