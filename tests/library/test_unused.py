"""``pytest --vcr-openai-unused``: which recordings a full run did not play, and when that is not reported."""

from __future__ import annotations

import pytest
from inner_project import LibraryProject
from recordings import chat, model_list
from several_processes import EVERYWHERE

from vcr_openai._library.index import Entry
from vcr_openai._library.library_reports import Session, Unplayed, unused

UNUSED = "--vcr-openai-unused"
TITLE = "*vcr-openai: recordings that were not played"
TWO = """
@pytest.mark.vcr
def test_a():
    assert ask('Saturn') == 'rings'

@pytest.mark.vcr
def test_b():
    assert ask('Mars') == 'red'
"""


@pytest.fixture
def project(pytester, httpserver, monkeypatch):
    """A project with two tests that play a recording each, and one that neither plays."""
    project = LibraryProject(pytester, httpserver, monkeypatch)
    project.test(TWO)
    project.record(chat("Saturn", "rings", "test_it.py::test_a"), "saturn.json")
    project.record(chat("Mars", "red", "test_it.py::test_b"), "mars.json")
    project.record(chat("Venus", "hot", "test_it.py::test_b"), "venus.json")
    return project


def test_what_no_test_played_is_listed(project):
    """After a full run the recordings that were not played are listed with the reason; the exit status is pytest's."""
    project.record(chat("Moon", "cheese", "test_it.py::test_gone"), "gone.json")
    project.record(chat("Sun", "hot"), "shared.json")
    result = project.run(UNUSED)
    result.assert_outcomes(passed=2)
    assert result.ret == 0
    result.stdout.fnmatch_lines(
        [
            f"{TITLE} (3)*",
            "recordings/gone.json: its test is gone: test_it.py::test_gone",
            "recordings/shared.json: no test played it",
            "recordings/venus.json: test_it.py::test_b did not play it",
        ]
    )
    result.stdout.no_fnmatch_line("recordings/saturn.json*")
    assert len(project.recorded()) == 5


@pytest.mark.slow
def test_workers_add_up(project):
    """What the processes of pytest-xdist played is one run."""
    result = project.run(UNUSED, "-n2")
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines([f"{TITLE} (1)*", "recordings/venus.json: *did not play it"])


def test_all_played_is_said(project):
    """Where every recording was played the list is empty."""
    (project.path / "recordings" / "venus.json").unlink()
    project.run(UNUSED).stdout.fnmatch_lines([f"{TITLE} (0)*"])


def test_what_was_recorded_is_used(project):
    """A recording that the run itself made is not listed."""
    project.server("new")
    project.test("@pytest.mark.vcr\ndef test_b():\n    assert ask('Venus') == 'new'\n")
    for path in (project.path / "recordings").iterdir():
        path.unlink()
    project.run(UNUSED, "--record-mode=once").stdout.fnmatch_lines([f"{TITLE} (0)*"])
    assert len(project.recorded()) == 1


def test_merged_lists_of_models_are_all_played(project):
    """Of lists of models that play as one none is unused."""
    project.test("@pytest.mark.vcr\ndef test_b():\n    assert models() == ['a', 'b']\n")
    project.record(model_list("a"))
    project.record(model_list("b"))
    result = project.run(UNUSED)
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("recordings/models-*")


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (["-k", "test_a"], "tests were deselected"),
        (["test_it.py::test_a"], "single tests were named"),
        (["--deselect", "test_it.py::test_a"], "tests were deselected"),
        (["--lf"], "only tests that failed last time were selected"),
        (["--collect-only"], "tests were only collected"),
        pytest.param(["-k", "test_a", "-n1"], "tests were deselected", marks=pytest.mark.slow),
    ],
    ids=lambda value: " ".join(value) if isinstance(value, list) else "",
)
def test_a_part_of_the_tests_tells_nothing(project, arguments, reason):
    """A run that is asked for a part of the tests lists nothing, and says why."""
    result = project.run(UNUSED, *arguments)
    result.stdout.fnmatch_lines([f"{TITLE}: not listed, because this was not a full run*", f"*{reason}*"])
    result.stdout.no_fnmatch_line("recordings/*")


@EVERYWHERE
def test_a_run_that_stopped_tells_nothing(project, more):
    """A run that ended at the first failure lists nothing."""
    project.test(TWO.replace("rings", "ears"))
    result = project.run(UNUSED, "-x", *more)
    result.stdout.fnmatch_lines([f"{TITLE}: not listed*", "* of 2 tests did not run"])


def test_a_file_that_cannot_be_collected_tells_nothing(project):
    """A test file with an error hides its tests."""
    project.pytester.makepyfile(test_broken="import nothing_of_that_name")
    result = project.run(UNUSED, "--continue-on-collection-errors")
    result.stdout.fnmatch_lines([f"{TITLE}: not listed*", "test_broken.py was not collected"])


@pytest.mark.slow
def test_a_worker_that_crashes_tells_nothing(project):
    """What a process had played that died is not known."""
    project.test(TWO + "\ndef test_c():\n    os._exit(1)\n")
    project.run(UNUSED, "-n1").stdout.fnmatch_lines([f"{TITLE}: not listed*", "a worker of pytest-xdist crashed"])


def test_no_library_is_said(project):
    """Without a library there is nothing to tell."""
    project.ini("")
    project.run(UNUSED).stdout.fnmatch_lines([f"{TITLE}: not listed*", "no test used a library*"])


@pytest.mark.parametrize("body", ["pytest.skip()", "assert False"], ids=["skipped", "failed"])
def test_a_test_without_success_keeps_its_recordings(project, body):
    """Recordings of a test that was skipped or failed are not judged, nor are shared ones."""
    project.record(chat("Sun", "hot"), "shared.json")
    project.test(TWO.replace("assert ask('Mars') == 'red'", body))
    result = project.run(UNUSED)
    result.stdout.fnmatch_lines(
        [
            f"{TITLE} (0)*",
            "1 not judged: shared, and some tests failed or were skipped",
            "2 not judged: the test failed or was skipped",
        ]
    )


def test_tests_of_other_files_keep_their_recordings(project):
    """Where one file of a folder ran, the recordings of the others are not judged, nor are shared ones."""
    project.pytester.makepyfile(test_other="def test_other(): pass")
    other = chat("Io", "hot", "test_it.py::test_x")
    project.record({**other, "test_id": "test_other.py::test_other"}, "other.json")
    project.record(chat("Sun", "hot"), "shared.json")
    result = project.run(UNUSED, "test_it.py")
    result.stdout.fnmatch_lines(
        [
            f"{TITLE} (1)*",
            "recordings/venus.json: *",
            "1 not judged: shared with tests of folders that pytest did not run",
            "1 not judged: the test's file exists and was not collected",
        ]
    )


def test_what_is_no_exchange_is_spared():
    """A recording that only the recorder replays, a tool's say, is not judged."""
    session = Session({"a"}, {"a"}, {"a"}, set(), {"f"})
    left = [Unplayed("f/tool.json", Entry("tool.json", "a", key=None), within=True)]
    assert unused(left, session, bool) == (
        [],
        ["1 not judged: not an HTTP exchange, only the recorder replays it"],
    )
