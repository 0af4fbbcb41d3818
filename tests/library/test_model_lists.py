"""Lists of models in a library, as the recorder has them."""

import json

import pytest
from inner_project import LibraryProject
from recordings import BASE, model_list
from several_processes import EVERYWHERE

from vcr_openai import Recording, from_interaction, recording_key, to_interaction
from vcr_openai._recording.key import recording_name

INFO = """
import urllib.request


def info(base):
    with urllib.request.urlopen(base + "/info") as answer:
        return __import__("json").load(answer)["model_id"]
"""
ASKS = "@pytest.mark.vcr\ndef test_it():\n    assert models() == ['m']\n"
AGAIN = "--record-mode=new_episodes"


@pytest.fixture
def project(pytester, httpserver, monkeypatch):
    """A project whose cassettes are a library; its server has the model m."""
    made = LibraryProject(pytester, httpserver, monkeypatch)
    made.server("unused")
    return made


@EVERYWHERE
def test_new_episodes_asks_which_models_there_are(project, more):
    """A list that names other models does not answer; the new one is a file of its own, and the old one stays."""
    project.record(model_list("old", base=project.base))
    project.test(ASKS)
    project.run(AGAIN, *more).assert_outcomes(passed=1)
    names = [[one["__data__"]["id"] for one in found["response"]["body"]] for found in project.recorded().values()]
    assert sorted(names) == [["m"], ["old"]]


def test_the_same_models_keep_the_file(project):
    """The server gives them with another time stamp; the file stays as it is, and counts as used."""
    listed = {**model_list("m", owner="another", base=project.base), "test_id": "test_it.py::test_it"}
    path = project.record(listed)
    before = path.read_bytes()
    project.test(ASKS)
    result = project.run(AGAIN, "--vcr-openai-unused")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*recordings that were not played (0)*"])
    assert (path.read_bytes(), len(project.recorded())) == (before, 1)


@pytest.mark.parametrize("mode", ["none", "once"])
def test_other_modes_play_the_recorded_list(project, mode):
    """Nothing is asked of the server."""
    project.record(model_list("m", base=project.base))
    project.test(ASKS)
    project.run(f"--record-mode={mode}").assert_outcomes(passed=1)
    assert not project.httpserver.log


def test_the_model_of_a_server_is_a_list(project):
    """GET /info is recorded as the recorder does it: shared, without body and model, with the status."""
    project.httpserver.expect_request("/info").respond_with_json({"model_id": "BAAI/bge", "max_input_length": 512})
    base = project.base.removesuffix("/v1")
    project.test(f"{INFO}\n@pytest.mark.vcr\ndef test_it():\n    assert info({base!r}) == 'BAAI/bge'\n")
    project.run("--record-mode=once").assert_outcomes(passed=1)
    ((name, found),) = project.recorded().items()
    asked = {
        "test_id": "test_it.py::test_it",
        "url": f"{base}/info",
        "method": "GET",
        "endpoint": "/info",
        "headers": {},
    }
    assert list(found["request"].items()) == list(asked.items())
    assert list(found["response"].items()) == [
        ("status", 200),
        ("body", {"model_id": "BAAI/bge", "max_input_length": 512}),
        ("is_streaming", False),
    ]
    assert name == recording_name(Recording(found))
    assert name.startswith("models-")


@pytest.mark.parametrize("mode", ["none", "new_episodes"])
def test_another_test_plays_the_model_of_each_server(project, mode):
    """The key has neither test nor host; of two servers each answers for itself."""
    for host in ("one", "two"):
        document = info_of(f"http://{host}.example/info", {"model_id": host}).document
        project.record(document, name=f"{recording_name(Recording(document))}")
    project.test(
        f"{INFO}\n@pytest.mark.vcr\ndef test_other():\n"
        "    assert [info(f'http://{host}.example') for host in ('two', 'one')] == ['two', 'one']\n"
    )
    project.run(f"--record-mode={mode}").assert_outcomes(passed=1)


def info_of(url, answer, status=200):
    """The recording of a look-up."""
    response = {"status": {"code": status, "message": ""}, "body": {"string": json.dumps(answer)}, "headers": {}}
    return from_interaction({"request": {"method": "GET", "uri": url}, "response": response}, test_id="t.py::t")


def test_the_key_of_a_look_up_has_its_method():
    """The recorder's key for GET /info (OGX 1.5), whatever the host and the test are."""
    keys = {recording_key(info_of(f"http://{host}/info", {"model_id": "m"})) for host in ("a.example", "localhost")}
    assert keys == {"f7a41c83fecc2c1f51329caba385f5e4f0f2c46f36b84e8d9abf9543f35b66ed"}


def test_a_look_up_comes_back():
    """Through an interaction."""
    recording = info_of("http://a.example/info", {"model_id": "m"})
    assert from_interaction(to_interaction(recording)) == recording


@pytest.mark.parametrize(
    ("url", "answer", "status"),
    [
        ("http://a.example/info", {"model": "m"}, 200),
        ("http://a.example/info", {"model_id": 3}, 200),
        ("http://a.example/info", {"model_id": "m"}, 404),
        ("http://a.example/users/info", {"model_id": "m"}, 200),
        (f"{BASE}/info", {"model_id": "m"}, 200),
    ],
)
def test_another_answer_or_path_is_no_look_up(url, answer, status):
    """The recorder does not write it."""
    with pytest.raises(ValueError, match="expected"):
        info_of(url, answer, status)
