"""What clients do beyond single calls, and what other servers say, is recorded, replayed and translated.

``docs/make_endpoints.py`` makes the table of sessions in docs/endpoints.md from what these tests say.
"""

import json

import pytest
import sdk_sessions
import server_sessions
from pytest_httpserver import HTTPServer
from sessions import Stage

from vcr_openai import from_interaction, recording_key, to_interaction
from vcr_openai._translation.translate import carried_in
from vcr_openai.serializers import ReadableSerializer

SESSIONS = [pytest.param(one, id=one.name) for one in (*sdk_sessions.SESSIONS, *server_sessions.SESSIONS)]
over_all = pytest.mark.parametrize("session", SESSIONS)
VOLATILE = ("id", "created", "created_at")  # what the recorder takes out of its own endpoints' answers


@pytest.fixture(scope="module")
def stage(tmp_path_factory):
    """A scripted server, and what was recorded from it."""
    with HTTPServer() as server:
        yield Stage(server, tmp_path_factory.mktemp("cassettes"))


def without_volatile(value):
    """An outcome without what a recording does not keep, or has more of than the wire: null for unset fields."""
    if isinstance(value, dict):
        return {k: without_volatile(one) for k, one in value.items() if k not in VOLATILE and one is not None}
    return [without_volatile(one) for one in value] if isinstance(value, list) else value


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
        assert carried_in(written) is None
        assert from_interaction(written).dump() == recording.dump()
        assert to_interaction(from_interaction(written)) == written
        assert recording_key(from_interaction(written)) == recording_key(recording)
    target = path.with_suffix(".recording.json")
    target.write_text(json.dumps([recording.document for recording in recordings]))
    assert without_volatile(stage.replay(session, target, "recording.json")) == without_volatile(outcome)


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


@pytest.mark.parametrize("session", [one for one in SESSIONS if one.values[0].kept])
def test_what_no_sdk_knows_survives(stage, session):
    """What only this server says is in the recording, and on the wire of the interaction made from it."""
    recordings = [from_interaction(one) for one in stage.interactions(session)]
    texts = "".join(recording.dump() for recording in recordings)
    wires = "".join(to_interaction(recording)["response"]["body"]["string"] for recording in recordings)
    assert [text for text in session.kept if text not in texts or text not in wires] == []
