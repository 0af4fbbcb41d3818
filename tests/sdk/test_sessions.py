"""What clients do beyond single calls, and what other servers say, is recorded, replayed and translated.

``docs/make_endpoints.py`` makes the table of sessions in docs/endpoints.md from what these tests say.
"""

import json

import openai
import pytest
import resource_calls
import sdk_sessions
import server_sessions
from outcomes import without_null, without_volatile
from pytest_httpserver import HTTPServer
from resource_calls import Case
from sessions import Stage
from werkzeug import Response

from vcr_openai import VCR, from_interaction, recording_key, to_interaction
from vcr_openai._cli import main
from vcr_openai._http.event_stream import lines
from vcr_openai._recording.translate import exchange_of, opaque_reason
from vcr_openai._vcrpy.serializers import ReadableSerializer

SESSIONS = [pytest.param(one, id=one.name) for one in (*sdk_sessions.SESSIONS, *server_sessions.SESSIONS)]
over_all = pytest.mark.parametrize("session", SESSIONS)


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """A scripted server, and what was recorded from it."""
    with HTTPServer() as server:
        yield Stage(server, tmp_path_factory.mktemp("cassettes"))


@pytest.fixture(autouse=True)
def named(request, record_property):
    """The session's name in the report, for the table in the docs."""
    if "session" in request.fixturenames:
        record_property("session", request.getfixturevalue("session").name)


def kept(outcome):
    """An outcome without what a recording does not keep, or has more of than the wire: null for unset fields."""
    return without_null(without_volatile(outcome, nested=True))


@over_all
def test_replay_sync(stage, session):
    """The cassette gives the client what the server gave it."""
    path, outcome = stage.record(session)
    assert stage.replay(session, path, "yaml") == outcome


@over_all
def test_replay_async(stage, session):
    """The asynchronous client finds the same answers."""
    path, outcome = stage.record(session)
    assert stage.replay(session, path, "yaml", in_tasks=True) == outcome


@over_all
def test_recording_round_trip(stage, session):
    """Each recording gives back its text, its interaction gives back itself; so do key and replay."""
    path, outcome = stage.record(session)
    recordings = [from_interaction(one, test_id="t.py::t") for one in stage.interactions(session)]
    for recording in recordings:
        written = to_interaction(recording)
        assert opaque_reason(exchange_of(recording)) is None
        assert from_interaction(written).dump() == recording.dump()
        assert to_interaction(from_interaction(written)) == written
        assert recording_key(from_interaction(written)) == recording_key(recording)
    target = path.with_suffix(".recording.json")
    target.write_text(json.dumps([recording.document for recording in recordings]))
    assert kept(stage.replay(session, target, "recording.json")) == kept(outcome)


@over_all
def test_readable_round_trip(stage, session):
    """An openai.yaml cassette says all that a recording of each call says, and replays."""
    path, outcome = stage.record(session)
    serializer = ReadableSerializer()
    interactions = stage.interactions(session)
    written = serializer.serialize({"version": 1, "interactions": interactions})
    loaded = serializer.deserialize(written)["interactions"]
    for one, interaction in zip(loaded, stage.interactions(session), strict=True):
        assert from_interaction(one).dump() == from_interaction(interaction).dump()
    target = path.with_suffix(".openai.yaml")
    target.write_text(written, encoding="utf-8")
    assert stage.replay(session, target, "openai.yaml") == outcome


def test_comments_stay_in_a_readable_cassette(stage):
    """What keeps a connection alive is in an openai.yaml cassette's table, though no recording has it."""
    interactions = stage.interactions(server_sessions.OPENROUTER[0])
    written = ReadableSerializer().serialize({"version": 1, "interactions": interactions})
    (loaded,) = ReadableSerializer().deserialize(written)["interactions"]
    sent, kept = server_sessions.OPENROUTER[0].answers[0].body, loaded["response"]["body"]["string"]
    assert "stream:\n" in written
    assert [line for line in lines(kept) if line.startswith(":")] == [
        line for line in lines(sent) if line.startswith(":")
    ]


@pytest.mark.parametrize("session", [one for one in SESSIONS if one.values[0].kept])
def test_what_no_sdk_knows_survives(stage, session):
    """What only this server says is in the recording, and on the wire of the interaction made from it."""
    recordings = [from_interaction(one) for one in stage.interactions(session)]
    texts = "".join(recording.dump() for recording in recordings)
    wires = "".join(to_interaction(recording)["response"]["body"]["string"] for recording in recordings)
    assert [text for text in session.kept if text not in texts or text not in wires] == []


@pytest.mark.parametrize("failures", [2, 3])
def test_the_sdks_own_tries_replay(tmp_path, httpserver, failures):
    """Failures after which the SDK tried again are tried again from recordings, converted or not."""
    failing = Response('{"error":{"message":"busy"}}', 429, {"retry-after-ms": "1"}, content_type="application/json")
    for _ in range(failures):
        httpserver.expect_ordered_request("/v1/chat/completions").respond_with_response(failing)
    for _ in range(3 - failures):
        httpserver.expect_ordered_request("/v1/chat/completions").respond_with_data(
            sdk_sessions.completion({"content": "a"}).body, content_type="application/json"
        )
    client = openai.OpenAI(api_key="none", base_url=httpserver.url_for("/v1"), max_retries=2)
    call = Case("chat.completions.create", "", {"model": "m", "messages": sdk_sessions.ASK})
    path = str(tmp_path / "a.recording.json")
    with VCR(serializer="recording.json").use_cassette(path):
        outcome = resource_calls.call(client, call)
    assert main(["convert", path, "-o", str(tmp_path / "out"), "--to", "cassettes", "--jobs", "1"]) == 0
    for name, place in (("recording.json", path), ("yaml", str(next((tmp_path / "out").rglob("*.yaml"))))):
        with VCR(serializer=name, record_mode="none").use_cassette(place) as cassette:
            assert kept(resource_calls.call(client, call)) == kept(outcome)
        assert (len(cassette), cassette.all_played) == (3, True)
