"""``vcr_openai_times``: the times of streams in the cassettes of tests, in real pytest runs."""

import json

import pytest
from fault_server import FaultServer
from inner_project import LibraryProject, Project
from several_processes import also_in_two

from vcr_openai._streams.steps import Answer, Piece

FORMATS = ["yaml", "json", "openai.yaml", "recording.json"]
CHUNK = {
    "id": "c",
    "object": "chat.completion.chunk",
    "created": 1,
    "model": "gpt-4o",
    "choices": [{"index": 0, "delta": {"content": "Hi"}, "finish_reason": "stop"}],
}
STREAM = Answer(
    200,
    [("content-type", "text/event-stream")],
    (Piece(f"data: {json.dumps(CHUNK)}\n\n".encode()), Piece(b"data: [DONE]\n\n")),
)
TEST = """
def stream():
    messages = [{"role": "user", "content": "Hi"}]
    return list(client.chat.completions.create(model="gpt-4o", messages=messages, stream=True))

@pytest.mark.vcr
class TestIt:
    @pytest.mark.parametrize("number", [1, 2])
    def test_it(self, number):
        assert len(stream()) == 1
"""


@pytest.fixture
def server(monkeypatch):
    with FaultServer(STREAM) as server:
        monkeypatch.setenv("BASE", server.url)
        yield server


@pytest.fixture
def project(pytester):
    project = Project(pytester)
    project.test(TEST)
    return project


def texts(project, folder="cassettes"):
    """The files that a run wrote."""
    return [path.read_text(encoding="utf-8") for path in sorted((project.path / folder).rglob("*.*")) if path.is_file()]


@pytest.mark.usefixtures("server")
@also_in_two("name", FORMATS)
def test_the_setting_records_them(project, name, more):
    """With the setting each test's cassette has the times of its stream, which replays without the server."""
    project.ini("vcr_openai_times = true")
    project.conftest(f"import pytest\n@pytest.fixture\ndef vcr_config():\n    return {{'serializer': {name!r}}}\n")
    project.run("--record-mode=once", *more).assert_outcomes(passed=2)
    assert [text.count("times_ms") for text in texts(project)] == [1, 1]
    project.run(*more).assert_outcomes(passed=2)


@pytest.mark.usefixtures("server")
def test_without_it_there_are_none(project):
    """A cassette has no times by default."""
    project.run("--record-mode=once").assert_outcomes(passed=2)
    assert [text.count("times_ms") for text in texts(project)] == [0, 0]


def test_a_wrong_value_is_refused(project):
    """A value that is no switch is an error of usage that names the setting."""
    project.ini("vcr_openai_times = sometimes")
    result = project.run()
    result.stderr.fnmatch_lines(["*vcr_openai_times*sometimes*"])
    assert result.ret == pytest.ExitCode.USAGE_ERROR


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("mode", ["all", "rewrite"])
def test_recording_again_leaves_files_alone(project, mode):
    """An answer that says the same changes no file, though it came at another time."""
    project.ini("vcr_openai_times = true")
    project.run("--record-mode=once")
    before = texts(project)
    project.run(f"--record-mode={mode}").assert_outcomes(passed=2)
    assert texts(project) == before


def test_a_library_has_them(pytester, httpserver, monkeypatch, server):
    """A recording that a library gets has the times as its last member, and is played."""
    project = LibraryProject(pytester, httpserver, monkeypatch)
    monkeypatch.setenv("BASE", server.url)
    project.ini("vcr_openai_library = true\nvcr_openai_times = true")
    project.test(TEST)
    project.run("--record-mode=once").assert_outcomes(passed=2)
    assert [list(one)[-1] for one in project.recorded().values()] == ["times_ms"] * 2
    project.run().assert_outcomes(passed=2)
