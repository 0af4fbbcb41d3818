"""``--vcr-openai-opened``: recordings that another recorder opened are used."""

import json

import pytest
from inner_project import LibraryProject
from recordings import chat
from several_processes import TWO_WORKERS

from vcr_openai import Recording
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse
from vcr_openai._recording.key import recording_name
from vcr_openai._recording.verbatim import write_verbatim

OPENED = ["--vcr-openai-unused", "--vcr-openai-opened"]
TITLE = "*vcr-openai: recordings that were not played"
# A recorder of somebody else's: it opens files by their names.
RECORDER = """
import json
from pathlib import Path

FOLDER = Path(__file__).parent / "recordings"


def test_a():
    with open(FOLDER / "saturn.json") as file:
        json.load(file)


def test_b():
    json.loads((FOLDER / "mars.json").read_text())
"""


@pytest.fixture
def project(pytester, httpserver, monkeypatch):
    """A project with two tests that open a recording each, and one recording that neither opens; no library."""
    project = LibraryProject(pytester, httpserver, monkeypatch)
    project.ini("")
    project.test(RECORDER)
    project.record(chat("Saturn", "rings", "test_it.py::test_a"), "saturn.json")
    project.record(chat("Mars", "red", "test_it.py::test_b"), "mars.json")
    project.record(chat("Venus", "hot", "test_it.py::test_b"), "venus.json")
    return project


@pytest.mark.parametrize("more", [[], TWO_WORKERS, ["-p", "no:cacheprovider"], ["-p", "no:recording"]])
def test_what_nothing_opened_is_listed(project, more):
    """Without a library, without @pytest.mark.vcr; in one process and in several."""
    result = project.run(*OPENED, *more)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines([f"{TITLE} (1)*", "recordings/venus.json: test_it.py::test_b did not play it"])


def test_without_the_option_nothing_is_known_of_it(project):
    """Files that others opened count for nothing."""
    project.ini("vcr_openai_library = true")
    project.run("--vcr-openai-unused").stdout.fnmatch_lines([f"{TITLE} (3)*"])


def test_what_we_open_ourselves_does_not_count(project):
    """The library looks through its folders; its tests play some recordings, the recorder opens others."""
    project.ini("vcr_openai_library = true")
    play = "@pytest.mark.vcr\ndef test_c():\n    assert ask('Moon') == 'cheese'\n"
    project.test(RECORDER + play)
    project.record(chat("Moon", "cheese", "test_it.py::test_c"), "moon.json")
    project.record(chat("Sun", "hot", "test_it.py::test_c"), "sun.json")
    result = project.run(*OPENED)
    result.assert_outcomes(passed=3)
    result.stdout.fnmatch_lines([f"{TITLE} (2)*", "recordings/sun.json: *", "recordings/venus.json: *"])


def test_a_common_folder_is_found_by_what_was_opened_there(project):
    """A shared recording that nothing opened is listed, beside the one that was."""
    project.record(chat("Sun", "hot"), "sun.json", folder="common")
    project.record(chat("Moon", "cold"), "moon.json", folder="common")
    opens = "def test_c():\n    open(FOLDER.parent / 'common' / 'recordings' / 'sun.json').close()\n"
    project.test(RECORDER + opens)
    result = project.run(*OPENED, ".")
    result.stdout.fnmatch_lines(
        [f"{TITLE} (2)*", "common/recordings/moon.json: no test played it", "recordings/venus.json: *"]
    )


@pytest.mark.parametrize("name", ["bytes", "os", "relative", "written"])
def test_however_a_file_is_opened(project, name):
    """By the path as bytes, by the system's own call, by a relative path, to write."""
    how = {
        "bytes": "open(os.fsencode(FOLDER / 'venus.json')).close()",
        "os": "os.close(os.open(FOLDER / 'venus.json', os.O_RDONLY))",
        "relative": "open('recordings/venus.json').close()",
        "written": "open(FOLDER / 'venus.json', 'a').close()",
    }[name]
    project.test(f"{RECORDER}\ndef test_c():\n    {how}\n")
    project.run(*OPENED).stdout.fnmatch_lines([f"{TITLE} (0)*"])


def test_a_tools_recording_is_judged(project):
    """The recorder replays it, so it is known whether it did."""
    request = {"test_id": "test_it.py::test_a", "provider": "p", "tool_name": "t", "kwargs": {}}
    document = {"test_id": "test_it.py::test_a", "request": request, "response": {"body": {}, "is_streaming": False}}
    project.record(document, "tool.json")
    project.run(*OPENED).stdout.fnmatch_lines([f"{TITLE} (2)*", "recordings/tool.json: *", "recordings/venus.json: *"])


def test_a_plain_interaction_is_not_judged(project):
    """No recorder looks for it; it is kept for a cassette."""
    kept = write_verbatim(Exchange(HttpRequest("GET", "https://x.example/"), HttpResponse(204)), "test_it.py::test_a")
    project.record(json.loads(kept.dump()))
    result = project.run(*OPENED)
    result.stdout.fnmatch_lines([f"{TITLE} (1)*", "*1 not judged: a plain interaction, which no recorder opens"])
    assert recording_name(Recording(kept.document)) in project.recorded()


def test_unused_recordings_are_removed(project):
    """As those of a library are: after a full run without failures."""
    project.run("--vcr-openai-unused=delete", "--vcr-openai-opened").stdout.fnmatch_lines(
        ["removed: recordings/venus.json: *"]
    )
    assert sorted(project.recorded()) == ["mars.json", "saturn.json"]


def test_a_failed_test_removes_nothing(project):
    """It may have needed what it did not open."""
    project.test(f"{RECORDER}\ndef test_c():\n    assert False\n")
    project.run("--vcr-openai-unused=delete", "--vcr-openai-opened")
    assert len(project.recorded()) == 3


def test_alone_the_option_is_a_usage_error(project):
    """It says which option it belongs to."""
    result = project.run("--vcr-openai-opened")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*--vcr-openai-opened: expected --vcr-openai-unused with it*"])


def test_nobody_listens_afterwards(project):
    """The hook stays, as all of Python's do; it does nothing."""
    project.run(*OPENED)
    from vcr_openai.plugin.audit import OPENS

    assert OPENS.is_added
    assert not OPENS._listeners
