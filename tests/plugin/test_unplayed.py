"""``vcr_openai_unplayed``: what a passing test left, through real pytest runs."""

from __future__ import annotations

import pytest
from cassette_texts import write_cassette
from chats import answer, interaction, question
from inner_project import LibraryProject
from recordings import chat
from several_processes import EVERYWHERE, also_in_two

PAIRS = [("Saturn", "rings"), ("Venus", "hot")]
LEFT = "cassettes/test_it/test_a.{}: interactions?1?: POST /chat/completions gpt-4o: Venus"
ONE = "@pytest.mark.vcr\ndef test_a():\n    assert ask('Saturn') == 'rings'\n"


@pytest.fixture
def project(pytester, httpserver, monkeypatch):
    """A folder for an inner pytest run, with a test that leaves the second of two interactions."""
    project = LibraryProject(pytester, httpserver, monkeypatch)
    project.ini("vcr_openai_unplayed = fail")
    project.cassette("test_a.yaml", cassette(*PAIRS))
    project.test(ONE)
    return project


def cassette(*pairs, suffix="yaml"):
    return write_cassette([interaction(answer(told), sent=question(asked)) for asked, told in pairs], suffix)


@also_in_two("suffix", ["yaml", "json", "openai.yaml", "recording.json"])
def test_a_passing_test_that_left_something_fails(project, suffix, more):
    """With ``fail`` the test fails, and the report names the interaction and what it asks, in each format."""
    project.conftest(f"import pytest\n@pytest.fixture\ndef vcr_config():\n    return {{'serializer': {suffix!r}}}\n")
    project.cassette(f"test_a.{suffix}", cassette(*PAIRS, suffix=suffix))
    result = project.run(*more)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        ["vcr-openai: the test passed and left 1 interaction (*fail)", f"  {LEFT.format(suffix)}"]
    )


@EVERYWHERE
def test_warn_is_a_warning(project, more):
    """With ``warn`` the test passes, also where warnings are errors, and a warning names the interaction."""
    project.ini("vcr_openai_unplayed = warn")
    result = project.run(*more)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines([f"*{LEFT.format('yaml')}"])


def test_ignore_is_the_default(project):
    """Without the setting the test passes, and nothing is said."""
    project.ini("")
    result = project.run()
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*interactions[[]*")


@pytest.mark.parametrize(("ini", "marker", "failed"), [("ignore", "fail", 1), ("fail", "ignore", 0)])
@pytest.mark.parametrize("place", ["function", "class", "module"])
def test_a_marker_overrides_the_ini_file(project, ini, marker, failed, place):
    """The marker of a test, a class or a module counts before the ini file."""
    project.ini(f"vcr_openai_unplayed = {ini}")
    mark = f"pytest.mark.vcr_openai(unplayed={marker!r})"
    body = "@pytest.mark.vcr\n{}def test_a({}):\n    assert ask('Saturn') == 'rings'\n"
    if place == "function":
        project.test(body.format(f"@{mark}\n", ""))
    elif place == "module":
        project.test(f"pytestmark = {mark}\n" + body.format("", ""))
    else:
        project.cassette("TestIt.test_a.yaml", cassette(*PAIRS))
        inner = body.format("", "self").replace("\n", "\n    ")
        project.test(f"@{mark}\nclass TestIt:\n    {inner}\n")
    project.run().assert_outcomes(failed=failed, passed=1 - failed)


@pytest.mark.parametrize("body", ["ask('Mars')", "pytest.skip()", "pytest.xfail()"])
def test_only_a_passing_test_is_judged(project, body):
    """A test that failed, or was skipped, may have left anything."""
    project.test(f"@pytest.mark.vcr\ndef test_a():\n    {body}\n")
    result = project.run()
    result.stdout.no_fnmatch_line("*the test passed and left*")


@pytest.mark.parametrize(
    "fixture",
    [
        "@pytest.fixture\ndef late(vcr):\n    yield\n    ask('Venus')\n",
        "@pytest.fixture\ndef late(vcr, request):\n    request.addfinalizer(lambda: ask('Venus'))\n",
    ],
    ids=["generator", "finalizer"],
)
def test_what_plays_while_a_fixture_is_torn_down_is_not_left(project, fixture):
    """An interaction that a fixture asks for after the call was played."""
    project.test(f"{fixture}@pytest.mark.vcr\ndef test_a(late):\n    ask('Saturn')\n")
    project.run().assert_outcomes(passed=1)


def test_what_a_teardown_method_plays_is_not_left(project):
    """An interaction that a teardown method asks for was played."""
    project.cassette("TestIt.test_a.yaml", cassette(*PAIRS))
    project.test(
        "@pytest.mark.vcr\nclass TestIt:\n    def test_a(self, vcr):\n        ask('Saturn')\n"
        "    def teardown_method(self):\n        pass\n"
    )
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines(["*ERROR at teardown of TestIt.test_a*", "*interactions[[]1]: *Venus"])


def test_extra_cassettes_are_named(project):
    """What is left in an extra cassette of the marker is named with that file, and its number there."""
    project.cassette("more/extra.yaml", cassette(("Mars", "red"), ("Moon", "cheese")))
    project.test("@pytest.mark.vcr('more/extra.yaml')\ndef test_a():\n    ask('Saturn'), ask('Venus'), ask('Mars')\n")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  cassettes/test_it/more/extra.yaml: interactions[[]1]: *: Moon"])


def test_a_cassette_of_ones_own_is_judged(project):
    """What a test leaves in a cassette that it opened with ``vcr_openai.VCR`` is named."""
    project.test(
        "import vcr_openai\ndef test_a():\n"
        "    with vcr_openai.VCR(record_mode='none').use_cassette('cassettes/test_it/test_a.yaml'):\n"
        "        ask('Saturn')\n"
    )
    result = project.run("-p", "no:recording")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"  {LEFT.format('yaml')}"])


def test_a_cassette_of_a_wider_fixture_is_not_judged(project):
    """What one test leaves in a module's cassette may be another's."""
    project.test(
        "import vcr_openai\n"
        "@pytest.fixture(scope='module', autouse=True)\ndef wide():\n"
        "    with vcr_openai.VCR(record_mode='none').use_cassette('cassettes/test_it/test_a.yaml'):\n        yield\n"
        "def test_a():\n    ask('Saturn')\n"
        "def test_b():\n    ask('Venus')\n"
    )
    project.run().assert_outcomes(passed=2)


def test_a_librarys_own_recordings_are_judged(project):
    """In a library a test's own recordings are judged; shared ones are not."""
    project.ini("vcr_openai_unplayed = fail\nvcr_openai_library = true")
    (project.path / "cassettes" / "test_it" / "test_a.yaml").unlink()
    project.record(chat("Saturn", "rings", "test_it.py::test_a"), "saturn.json")
    project.record(chat("Mars", "red", "test_it.py::test_a"), "mars.json")
    project.record(chat("Moon", "cheese"), "moon.json")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["  recordings/mars.json: interactions[[]0]: *: Mars"])
    result.stdout.no_fnmatch_line("*moon.json*")


def test_no_secret_is_shown(project):
    """A key in what is left is not in the report."""
    key = "sk-proj-" + "a1B2c3D4" * 6
    project.cassette("test_a.yaml", cassette(("Saturn", "rings"), (f"{'word ' * 14} {key}", "x")))
    result = project.run()
    result.assert_outcomes(failed=1)
    assert "a1B2c3D4" not in result.stdout.str()


def test_a_wrong_value_of_the_ini_file_is_reported_at_start(project):
    """A value that is none of the three ends the run before any test, with the setting's name."""
    project.ini("vcr_openai_unplayed = perhaps")
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*vcr_openai_unplayed: expected ignore, warn or fail, found 'perhaps'"])


def test_a_wrong_value_of_a_marker_is_an_error_of_the_test(project):
    """A marker with another value names the test, the marker and the argument."""
    project.test("@pytest.mark.vcr_openai(unplayed='no')\n" + ONE)
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*test_it.py::test_a: @pytest.mark.vcr_openai: unplayed: expected ignore, warn or fail*"]
    )
