"""A test that sends one request several times, and records into a library: real pytest runs against a local server."""

import pytest
from inner_project import LibraryProject, Project
from several_processes import EVERYWHERE

MODES = ["once", "rewrite", "new_episodes"]
SYNC = """
@pytest.mark.vcr
def test_poll():
    assert [ask("A") for _ in range(4)] == ["1", "2", "3", "4"]
"""
ASYNC = """
import asyncio

@pytest.mark.vcr
class TestPoll:
    def test_poll(self):
        async def run():
            async with openai.AsyncOpenAI(api_key="none", max_retries=0, base_url=os.environ["BASE"]) as client:
                for number in "1234":
                    asked = [{"role": "user", "content": "A"}]
                    reply = await client.chat.completions.create(model="gpt-4o", messages=asked)
                    assert reply.choices[0].message.content == number
        asyncio.run(run())
"""
MODELS = "@pytest.mark.vcr\ndef test_models():\n    assert models() == ['m']\n"


@pytest.fixture
def project(pytester, httpserver, monkeypatch):
    """A project whose cassettes are a library; its server has another answer each time."""
    made = LibraryProject(pytester, httpserver, monkeypatch)
    made.server("1", "2", "3", "4", "5")
    return made


@EVERYWHERE
@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("source", [SYNC, ASYNC], ids=["sync", "async"])
def test_each_request_reaches_the_server_beside_a_shared_recording(project, source, mode, more):
    """While a test records, an equal request is not answered by what the test recorded just before."""
    project.test(MODELS + source)
    project.run(f"--record-mode={mode}", *more).assert_outcomes(passed=2)


def test_a_library_without_repeat_reaches_the_server_too(project):
    """The same holds where the rule repeat is off."""
    project.ini("vcr_openai_library = true\nvcr_openai_repeat = false")
    project.test(MODELS + SYNC)
    project.run("--record-mode=once").assert_outcomes(passed=2)


def test_a_common_folder_changes_nothing(project):
    """The same holds where the shared recording is in the common folder."""
    (project.path / "common").mkdir()
    project.test(MODELS)
    project.run("--record-mode=once").assert_outcomes(passed=1)
    (project.path / "recordings").rename(project.path / "common" / "recordings")
    project.test(f"@pytest.mark.vcr_openai(library='common')\n{SYNC.lstrip()}")
    project.run("--record-mode=once").assert_outcomes(passed=1)


@pytest.mark.parametrize("mode", ["none", "once", "new_episodes"])
def test_what_is_in_a_file_repeats(project, mode):
    """Once it is recorded, one recording answers all equal requests, and nothing reaches the server."""
    project.test(MODELS + "@pytest.mark.vcr\ndef test_poll():\n    print([ask('A') for _ in range(4)])\n")
    project.run("--record-mode=once").assert_outcomes(passed=2)
    project.httpserver.clear_log()
    project.run(f"--record-mode={mode}").assert_outcomes(passed=2)
    assert [request.path for request, _ in project.httpserver.log if "chat" in request.path] == []


def test_a_cassette_with_repeat_reaches_the_server_too(pytester, project):
    """A plain cassette with the rule repeat, into which a test records more, does the same."""
    plain = Project(pytester)
    plain.ini("vcr_openai_library = false\nvcr_openai_repeat = true")
    plain.test("@pytest.mark.vcr\ndef test_poll():\n    models()\n")
    plain.run("--record-mode=once").assert_outcomes(passed=1)
    plain.test(SYNC)
    plain.run("--record-mode=new_episodes").assert_outcomes(passed=1)
    assert len([1 for request, _ in project.httpserver.log if "chat" in request.path]) == 4
