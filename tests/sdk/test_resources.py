"""Every method of the OpenAI client is recorded from a local server, replayed, and translated to the letter.

Each answer of each method goes through all of the tests. Its error, which is alike for all methods, goes through one of
them, in turn: so each test sees the errors of a sixth of the methods. ``docs/make_endpoints.py`` makes the matrix in
docs/endpoints.md from the results.
"""

import asyncio
from functools import partial

import pytest
import resource_calls
import resources_server
from outcomes import without_null, without_volatile
from pytest_httpserver import HTTPServer
from vcr.serializers import yamlserializer

import vcr_openai
from vcr_openai import from_interaction, recording_key, to_interaction
from vcr_openai._api.endpoint_lookup import wire_endpoint
from vcr_openai._api.endpoint_table import ENDPOINTS
from vcr_openai._recording.translate import exchange_of, opaque_reason
from vcr_openai._vcrpy.serializers import ReadableSerializer

CASES = resource_calls.cases()
CHECKS = 6  # the tests below
TEST_ID = "tests/test_x.py::test_y"


def over_cases(check):
    """Run a test, the ``check``-th of this file, on all answers and on its share of the errors.

    The module's scope lets the tests of one case run one after the other, so that one process records it.
    """
    errors = [case for case in CASES if case.kind == "error"]
    chosen = [case for case in CASES if case.kind != "error"] + errors[check::CHECKS]
    params = [pytest.param(case, id=f"{case.name} {case.kind}") for case in chosen]
    return pytest.mark.parametrize("case", params, scope="module")


@pytest.fixture(scope="module")
def base_url():
    """Where the local server answers."""
    with HTTPServer() as server:
        resources_server.install(server)
        yield server.url_for("/v1")


@pytest.fixture(scope="module")
def client(client, base_url):
    """The client, for the local server."""
    return client.with_options(base_url=base_url, max_retries=0)


@pytest.fixture(scope="module")
def async_client(async_client, base_url):
    """The asynchronous client, for the local server."""
    return async_client.with_options(base_url=base_url, max_retries=0)


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Where the cassettes lie."""
    return tmp_path_factory.mktemp("cassettes")


@pytest.fixture(scope="module")
def recorded(client, folder):
    """Record a case, once: its cassette's path and what the client handed out."""
    known = {}

    def record(case):
        key = f"{case.name} {case.kind}"
        if key not in known:
            path = folder / f"{key}.yaml"
            with vcr_openai.VCR(record_mode="once").use_cassette(str(path)):
                known[key] = path, resource_calls.call(client, case)
        return known[key]

    return record


@pytest.fixture
def interaction(case, recorded, record_property):
    """The interaction of a case's cassette."""
    path, _ = recorded(case)
    (found,) = yamlserializer.deserialize(path.read_text())["interactions"]
    row = wire_endpoint(found["request"]["method"], found["request"]["uri"].partition("?")[0].split("/", 3)[3])
    patterns = [one for one in ENDPOINTS if one.at(row.wire) == row and _fits(one.wire, row.wire)]
    record_property("endpoint", f"{row.method} {patterns[0].path}")
    return found


def _fits(pattern, wire):
    steps, found = pattern.split("/"), wire.split("/")
    same = all(step == other or step.startswith("{") for step, other in zip(steps, found, strict=False))
    return same and (len(steps) == len(found) or pattern.endswith("*}"))


def replayed(path, serializer, use):
    """What the client hands out from a cassette that may record nothing, and whether it was played."""
    with vcr_openai.VCR(serializer=serializer, record_mode="none").use_cassette(str(path)) as cassette:
        outcome = use()
    assert cassette.all_played
    return outcome


@over_cases(0)
def test_record(case, interaction):
    """The call is recorded, with the status that the server answered."""
    assert interaction["response"]["status"]["code"] == (404 if case.kind == "error" else 200)


@over_cases(1)
@pytest.mark.usefixtures("interaction")
def test_replay_sync(case, recorded, client):
    """The cassette gives the client what the server gave it."""
    path, outcome = recorded(case)
    assert replayed(path, "yaml", partial(resource_calls.call, client, case)) == outcome


@over_cases(2)
@pytest.mark.usefixtures("interaction")
def test_replay_async(case, recorded, async_client):
    """The asynchronous client finds the same answer."""
    path, outcome = recorded(case)
    assert replayed(path, "yaml", lambda: asyncio.run(resource_calls.call_async(async_client, case))) == outcome


@over_cases(3)
def test_recording_round_trip(case, interaction, recorded, folder, client):
    """The recording gives back its text, its interaction gives back itself, and it replays."""
    _, outcome = recorded(case)
    recording = from_interaction(interaction, test_id=TEST_ID)
    written = to_interaction(recording)
    assert opaque_reason(exchange_of(recording)) is None
    assert from_interaction(written).dump() == recording.dump()
    assert to_interaction(from_interaction(written)) == written
    path = folder / f"{case.name} {case.kind}.recording.json"
    path.write_text(recording.dump())
    again = replayed(path, "recording.json", partial(resource_calls.call, client, case))
    if recording.request["method"] == "POST" and recording.request["endpoint"].rpartition("/")[2] in (
        "completions",
        "embeddings",
        "models",
    ):
        outcome, again = without_volatile(outcome), without_volatile(again)
    assert without_null(again) == without_null(outcome)


@over_cases(4)
def test_readable_round_trip(interaction):
    """An openai.yaml cassette says all that a recording of the call says, and replays the same status and body."""
    serializer = ReadableSerializer()
    text = serializer.serialize({"version": 1, "interactions": [interaction]})
    (loaded,) = serializer.deserialize(text)["interactions"]
    assert from_interaction(loaded).dump() == from_interaction(interaction).dump()
    again = serializer.serialize({"version": 1, "interactions": [loaded]})
    assert again == text


@over_cases(5)
def test_key(interaction):
    """The key is that of the recording made from the recording's own interaction."""
    recording = from_interaction(interaction, test_id=TEST_ID)
    assert recording_key(from_interaction(to_interaction(recording))) == recording_key(recording)
