"""A suite moves between the recorder's tree and cassettes, both ways, as in docs/ogx.md; through real pytest runs."""

from __future__ import annotations

import shutil

import pytest
from inner_project import LibraryProject

from vcr_openai._cli import main

TESTS = """
@pytest.mark.vcr
@pytest.mark.parametrize('place', ['a/b', 'a:b'])
def test_it(place):
    assert ask(f'Saturn {place}') == 'rings'

class TestOf:
    @pytest.mark.vcr
    def test_it(self):
        assert ask('Mars') == 'rings'
"""


@pytest.fixture
def project(pytester, httpserver, monkeypatch):
    """A project in which a server answers, and whose tests are in a folder."""
    found = LibraryProject(pytester, httpserver, monkeypatch)
    found.ini("")
    found.server("rings")
    return found


def run(project, *arguments):
    result = project.run("-p", "no:cacheprovider", *arguments)
    result.assert_outcomes(passed=3)
    return result


def listed(project):
    result = project.pytester.runpytest_inprocess("--collect-only", "-q")
    (project.path / "collected.txt").write_text("\n".join(result.outlines), encoding="utf-8")
    return str(project.path / "collected.txt")


def files(project, folder):
    return {path.name: path.read_bytes() for path in (project.path / folder).rglob("*") if path.is_file()}


@pytest.mark.parametrize("serializer", ["yaml", "json", "openai.yaml", "recording.json"])
def test_cassettes_become_a_library_and_cassettes_again(project, serializer, monkeypatch):
    """What was recorded into cassettes plays as a library, and converted back as cassettes, without a server."""
    monkeypatch.chdir(project.path)
    project.conftest(
        f"import pytest\n@pytest.fixture\ndef vcr_config():\n    return {{'serializer': '{serializer}'}}\n"
    )
    project.test(TESTS.replace("'a:b'", "'b'"))
    run(project, "--record-mode=once")
    project.httpserver.clear()
    convert = ["convert", ".", "-o", ".", "--to"]
    assert main([*convert, "recordings", "--collected", listed(project)]) == 0
    recordings = files(project, "recordings")
    assert len(recordings) == 3
    shutil.rmtree("cassettes")
    run(project, "-o", "vcr_openai_library=true", "--record-mode=none")
    assert main([*convert, "cassettes", "--format", serializer]) == 0
    shutil.rmtree("recordings")
    run(project, "--record-mode=none")
    assert main([*convert, "recordings"]) == 0
    assert files(project, "recordings") == recordings


def test_two_tests_with_one_cassette_have_no_test(project, monkeypatch):
    """Where pytest-recording gives two tests one cassette, its recordings are shared by both."""
    monkeypatch.chdir(project.path)
    project.test(TESTS)
    run(project, "--record-mode=new_episodes")
    assert main(["convert", ".", "-o", ".", "--to", "recordings", "--collected", listed(project)]) == 0
    found = project.recorded().values()
    assert sorted(str(one["test_id"]) for one in found) == ["None", "None", "test_it.py::TestOf::test_it"]
    shutil.rmtree("cassettes")
    run(project, "-o", "vcr_openai_library=true", "--record-mode=none")
