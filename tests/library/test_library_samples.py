"""Other people's trees of recordings are libraries as they are."""

from __future__ import annotations

import json
import random
import urllib.request
from collections import defaultdict
from pathlib import Path

import openai_calls
import places
import pytest

from vcr_openai import VCR, Recording, Rules, recording_key, to_interaction
from vcr_openai._library.library import Library, LibraryTest
from vcr_openai._recording.translate import playable_exchange
from vcr_openai._vcrpy.library_persister import LibraryPersister

SAMPLES = places.SAMPLES / "recordings"

pytestmark = [
    pytest.mark.block_network,
    places.needs_samples,
]


def grouped():
    """The tests of the samples that made several calls, with their recordings' paths."""
    found = defaultdict(list)
    for path in sorted(SAMPLES.rglob("*.json")):
        document = json.loads(path.read_text())
        if document.get("test_id"):
            found[document["test_id"]].append(path)
    return {test_id: paths for test_id, paths in found.items() if len(paths) > 1}


@pytest.fixture(scope="module")
def library():
    """One library for all: its folders are looked through once."""
    return Library()


def is_call(recording):
    """Whether the OpenAI client can make the recording's call, and it had an answer."""
    response = recording.response
    answered = not response.get("is_exception") or "status_code" in response["exception_data"]
    return recording.request.get("endpoint") in openai_calls.METHODS and answered


def is_other_exchange(recording):
    """Whether it is a request that OpenAI's client does not make (Ollama's own API, Anthropic's)."""
    known = recording.request.get("endpoint") in openai_calls.METHODS
    return not known and playable_exchange(recording) is not None


def played(recording):
    """The body that answers a recording's request, made without a client."""
    request = playable_exchange(recording).request
    headers = {name: values[0] for name, values in request.headers.items()}
    body = request.body.content if request.body else None
    asked = urllib.request.Request(request.uri, body, headers, method=request.method)  # noqa: S310  # never sent
    with urllib.request.urlopen(asked) as answer:  # noqa: S310  # the same
        return answer.read().decode()


def on_the_wire(recording):
    """What a client sends; calls whose keys differ may be the same here (``stream=False`` given, or left out)."""
    request = to_interaction(recording)["request"]
    return request["uri"], request["body"]


def agrees(recording, outcome):
    """Whether an outcome is the recorded one; of a list of models, whether it has all of them."""
    if recording.request["endpoint"] == "/v1/models":
        listed = {model["id"] for model in outcome.objects}
        return {model["__data__"]["id"] for model in recording.response["body"]} <= listed
    try:
        openai_calls.check(recording, outcome)
    except AssertionError:
        return False
    return True


@pytest.mark.parametrize("order", ["forwards", "shuffled"])
@pytest.mark.parametrize("test_id", grouped())
def test_a_tests_recordings_replay_in_any_order_twice(library, client, tmp_path, test_id, order):
    """Each request of a test gets its recorded answer, or a twin's, twice, whatever the order."""
    recordings = [Recording.parse(path.read_text()) for path in grouped()[test_id]]
    calls = [recording for recording in recordings if is_call(recording) or is_other_exchange(recording)] * 2
    if order == "shuffled":
        random.Random(test_id).shuffle(calls)  # noqa: S311  # an order, not a secret
    folder = SAMPLES / Path(test_id.split("::", maxsplit=1)[0]).parent / "recordings"
    test = LibraryTest(test_id, (folder, SAMPLES / "tests" / "integration" / "common" / "recordings"))
    host = VCR(rules=Rules(repeat=True), record_mode="none")
    host.register_persister(LibraryPersister(host.persister, library, test, "none"))
    with host.use_cassette(str(tmp_path / "none.yaml")):
        for recording in calls:
            wire = on_the_wire(recording)
            twins = [one for one in calls if recording_key(one) == recording_key(recording) or on_the_wire(one) == wire]
            if not is_call(recording):
                assert played(recording) in [playable_exchange(twin).response.body.text for twin in twins], wire
                continue
            outcome = openai_calls.call(client, recording, wire[0])
            assert any(agrees(twin, outcome) for twin in twins), wire
