"""``pytest --vcr-openai-report``: what a run played, recorded, missed and left, through real pytest runs."""

from __future__ import annotations

import json

import pytest
from cassette_texts import write_cassette
from chats import answer, interaction, question
from inner_project import ASK, LibraryProject
from recordings import chat
from several_processes import ALSO_IN_TWO, EVERYWHERE, also_in_two

REPORT = "--vcr-openai-report"
FORMATS_EVERYWHERE = also_in_two("suffix", ["yaml", "json", "openai.yaml", "recording.json"])
PAIRS = [("Saturn", "rings"), ("Venus", "hot")]


@pytest.fixture
def project(pytester, httpserver, monkeypatch):
    """A folder for an inner pytest run, with a server that its tests may ask."""
    project = LibraryProject(pytester, httpserver, monkeypatch)
    project.ini("")
    return project


def cassette(*pairs, suffix="yaml", total=None):
    """A cassette's text: questions with their answers, each with a count of tokens."""
    usage = {"usage": {"total_tokens": total}} if total else {}
    return write_cassette([interaction(answer(told) | usage, sent=question(asked)) for asked, told in pairs], suffix)


def report(project, *arguments):
    """The report of a run."""
    project.run(f"{REPORT}=out/report.json", *arguments)
    return json.loads((project.path / "out" / "report.json").read_text(encoding="utf-8"))


def counts(found):
    """The numbers of a report that are not 0."""
    return {name: value for name, value in found.items() if name not in ("files", "tokens") and value}


@FORMATS_EVERYWHERE
def test_what_was_played_and_left_is_counted(project, suffix, more):
    """Of two interactions one played, one is left, in each format."""
    project.conftest(f"import pytest\n@pytest.fixture\ndef vcr_config():\n    return {{'serializer': {suffix!r}}}\n")
    project.cassette(f"test_a.{suffix}", cassette(*PAIRS, suffix=suffix))
    project.test("@pytest.mark.vcr\ndef test_a():\n    assert ask('Saturn') == 'rings'\n")
    found = report(project, *more)
    assert counts(found) == {"played": 1, "unplayed": 1}
    assert counts(found["files"]["test_it.py"]) == {"played": 1, "unplayed": 1}


@ALSO_IN_TWO
def test_numbers_stand_by_file_and_in_all(project, more):
    """Each test file has its numbers, also where two files in two folders have one name; the total is their sum."""
    for folder, asked in (("a", "Saturn"), ("b", "Venus")):
        project.pytester.mkdir(folder)
        path = project.path / folder / "cassettes" / "test_same" / "test_x.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(cassette(*PAIRS, ("Mars", "red")), encoding="utf-8")
        project.test(f"@pytest.mark.vcr\ndef test_x():\n    ask({asked!r})\n")
        (project.path / "test_it.py").rename(project.path / folder / "test_same.py")
    found = report(project, "--import-mode=importlib", *more)
    assert counts(found) == {"played": 2, "unplayed": 4}
    assert {name: counts(part) for name, part in found["files"].items()} == {
        "a/test_same.py": {"played": 1, "unplayed": 2},
        "b/test_same.py": {"played": 1, "unplayed": 2},
    }


@EVERYWHERE
def test_what_was_recorded_is_counted(project, more):
    """A run that records counts the interactions, and the tokens that it spent."""
    project.server("rings")
    body = answer("rings") | {"usage": {"prompt_tokens": 3, "completion_tokens": 4}}
    project.httpserver.clear()
    project.httpserver.expect_request("/v1/chat/completions").respond_with_json(body)
    project.test("@pytest.mark.vcr\ndef test_a():\n    ask('Saturn')\n    ask('Mars')\n")
    found = report(project, "--record-mode=once", *more)
    assert counts(found) == {"recorded": 2}
    assert found["tokens"] == {"saved": 0, "spent": 14}
    again = report(project, *more)
    assert counts(again) == {"played": 2}
    assert again["tokens"] == {"saved": 14, "spent": 0}


@pytest.mark.parametrize(
    ("library", "mode", "saved"),
    [("false", "once", 0), ("false", "new_episodes", 1), ("false", "rewrite", 0), ("true", "once", 1)],
)
def test_what_is_not_saved_is_not_counted_as_recorded(project, library, mode, saved):
    """Of a good answer and a refused key in a test that fails, those count that are saved; the tokens are spent."""
    project.ini(f"vcr_openai_library = {library}")
    project.monkeypatch.setenv("BASE", project.base)
    body = answer("rings") | {"usage": {"total_tokens": 7}}
    project.httpserver.expect_ordered_request("/v1/chat/completions").respond_with_json(body)
    project.httpserver.expect_ordered_request("/v1/chat/completions").respond_with_json({"error": {}}, status=401)
    project.test("@pytest.mark.vcr\ndef test_a():\n    ask('Saturn')\n    ask('Mars')\n")
    found = report(project, f"--record-mode={mode}")
    assert counts(found) == ({"recorded": saved} if saved else {})
    assert found["tokens"]["spent"] == 7


def test_what_another_test_recorded_is_not_counted_against_the_last_one(project):
    """A session's cassette is saved after its last test; what is dropped counts for the test that recorded it."""
    project.monkeypatch.setenv("BASE", project.base)
    project.httpserver.expect_ordered_request("/v1/chat/completions").respond_with_json({"error": {}}, status=401)
    project.httpserver.expect_ordered_request("/v1/chat/completions").respond_with_json(answer("rings"))
    project.conftest(
        "import pytest\nimport vcr_openai\n@pytest.fixture(scope='session', autouse=True)\ndef made(request):\n"
        "    with vcr_openai.use(request):\n        yield\n        assert False\n"
    )
    project.pytester.makepyfile(
        test_a=ASK + "def test():\n    with pytest.raises(openai.AuthenticationError):\n        ask('Mars')\n",
        test_b=ASK + "def test():\n    ask('Saturn')\n",
    )
    found = report(project, "--record-mode=new_episodes")
    assert {name: counts(part) for name, part in found["files"].items()} == {
        "test_a.py": {},
        "test_b.py": {"recorded": 1},
    }


def test_a_miss_counts_once_though_the_client_tries_again(project):
    """The SDK sends a request that failed several times; it is one miss."""
    project.cassette("test_a.yaml", cassette(*PAIRS))
    project.test(
        "@pytest.mark.vcr\ndef test_a():\n"
        "    with pytest.raises(Exception):\n"
        "        client.with_options(max_retries=2).embeddings.create(model='m', input='x')\n"
    )
    assert counts(report(project)) == {"missed": 1, "unplayed": 2}


def test_extra_cassettes_are_counted(project):
    """What is left in the extra cassettes of a marker counts with the rest."""
    project.cassette("test_a.yaml", cassette(*PAIRS))
    project.cassette("extra.yaml", cassette(("Mars", "red"), ("Moon", "cheese")))
    project.test("@pytest.mark.vcr('extra.yaml')\ndef test_a():\n    ask('Mars')\n    ask('Venus')\n")
    assert counts(report(project)) == {"played": 2, "unplayed": 2}


def test_nested_and_own_cassettes_are_counted(project):
    """A cassette that the test opens itself, with ``vcr_openai.VCR``, counts; so does one around it."""
    project.cassette("test_a.yaml", cassette(*PAIRS))
    project.cassette("inner.yaml", cassette(("Mars", "red"), ("Moon", "cheese")))
    project.test(
        "import vcr_openai\n"
        "inner = vcr_openai.VCR(record_mode='none', cassette_library_dir='cassettes/test_it')\n"
        "@pytest.mark.vcr\ndef test_a():\n    ask('Saturn')\n"
        "    with inner.use_cassette('inner.yaml'):\n        ask('Mars')\n"
        "def test_b():\n"
        "    with inner.use_cassette('inner.yaml'):\n        ask('Mars')\n"
    )
    assert counts(report(project)) == {"played": 3, "unplayed": 2}


def test_a_cassette_without_pytest_recording_is_counted(project):
    """Where pytest-recording is absent, the cassettes of ``vcr_openai.VCR`` count."""
    project.cassette("inner.yaml", cassette(*PAIRS))
    project.test(
        "import vcr_openai\n"
        "@vcr_openai.VCR(record_mode='none').use_cassette('cassettes/test_it/inner.yaml')\n"
        "def test_a():\n    ask('Saturn')\n"
    )
    assert counts(report(project, "-p", "no:recording")) == {"played": 1, "unplayed": 1}


def test_a_cassette_of_a_wider_fixture_counts_for_the_tests_that_use_it(project):
    """What plays from a module's cassette counts for each test; what no test played is left once."""
    project.cassette("module.yaml", cassette(*PAIRS, ("Mars", "red")))
    project.test(
        "import vcr_openai\n"
        "@pytest.fixture(scope='module', autouse=True)\ndef wide():\n"
        "    with vcr_openai.VCR(record_mode='none').use_cassette('cassettes/test_it/module.yaml'):\n        yield\n"
        "def test_a():\n    ask('Saturn')\n"
        "def test_b():\n    ask('Venus')\n"
    )
    assert counts(report(project)) == {"played": 2, "unplayed": 1}


def test_a_shared_cassette_is_left_only_by_all(project):
    """Two tests that share a cassette and play a half each leave nothing."""
    project.cassette("both.yaml", cassette(*PAIRS))
    project.test(
        "@pytest.mark.default_cassette('both.yaml')\n@pytest.mark.vcr\n@pytest.mark.parametrize('word', "
        "['Saturn', 'Venus'])\ndef test_a(word):\n    ask(word)\n"
    )
    assert counts(report(project)) == {"played": 2}


@EVERYWHERE
def test_a_library_is_counted(project, more):
    """Recordings of a test that it did not play are left; those that other tests play, too, are not."""
    project.ini("vcr_openai_library = true")
    project.record(chat("Saturn", "rings", "test_it.py::test_a"))
    project.record(chat("Mars", "red", "test_it.py::test_a"))
    project.record(chat("Moon", "cheese"))
    project.test("@pytest.mark.vcr\ndef test_a():\n    assert ask('Saturn') == 'rings'\n")
    assert counts(report(project, *more)) == {"played": 1, "unplayed": 1}


@pytest.mark.parametrize("kind", ["async def", "class"])
def test_other_tests_are_counted(project, kind):
    """Tests of the asynchronous client, and tests in classes, count as any."""
    project.cassette("test_a.yaml" if kind == "async def" else "TestIt.test_a.yaml", cassette(*PAIRS))
    if kind == "class":
        project.test("@pytest.mark.vcr\nclass TestIt:\n    def test_a(self):\n        ask('Saturn')\n")
    else:
        project.test(
            "pytestmark = [pytest.mark.vcr, pytest.mark.anyio]\n"
            "@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n"
            "async def test_a():\n    async with openai.AsyncOpenAI(api_key='none') as client:\n"
            "        asked = [{'role': 'user', 'content': 'Venus'}]\n"
            "        await client.chat.completions.create(model='gpt-4o', messages=asked)\n"
        )
    assert counts(report(project)) == {"played": 1, "unplayed": 1}


def test_recording_all_again_leaves_what_was_not_sent(project):
    """In record mode ``all`` what was recorded again is not left; what was not sent is."""
    project.server("new")
    url = f"{project.base}/chat/completions"
    old = [interaction(answer(told), sent=question(asked), uri=url) for asked, told in PAIRS]
    project.cassette("test_a.yaml", {"version": 1, "interactions": old})
    project.test("@pytest.mark.vcr\ndef test_a():\n    assert ask('Saturn') == 'new'\n")
    assert counts(report(project, "--record-mode=all")) == {"recorded": 1, "unplayed": 1}


def test_one_line_when_all_is_well(project):
    """Where all was played the summary has one line, with the tokens that replay saved."""
    project.cassette("test_a.yaml", cassette(*PAIRS, total=1500))
    project.test("@pytest.mark.vcr\ndef test_a():\n    ask('Saturn')\n    ask('Venus')\n")
    result = project.run(REPORT, "test_it.py")
    result.assert_outcomes(passed=1)
    assert [line for line in result.outlines if line.startswith("vcr-openai")] == [
        "vcr-openai: 2 played, 3,000 tokens saved"
    ]


def test_an_option_without_a_value_leaves_the_folder_behind_it_to_pytest(project):
    """The conftest.py of a folder that is named behind it is loaded first, so that its options are known."""
    folder = project.pytester.mkdir("sub")
    (folder / "conftest.py").write_text("def pytest_addoption(parser):\n    parser.addoption('--mine')\n")
    (folder / "test_sub.py").write_text("def test_a(request):\n    assert request.config.option.mine == 'x'\n")
    project.run(REPORT, "sub", "--mine=x").assert_outcomes(passed=1)


def test_behind_two_dashes_there_is_no_option(project):
    """There the name of the option is that of a file."""
    project.test("def test_a():\n    pass\n")
    result = project.run("test_it.py", "--", REPORT)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*file or directory not found: {REPORT}"])


def test_a_report_in_a_place_that_is_no_folder_is_refused(project):
    """It ends the run before any test, with the reason."""
    project.test("def test_a():\n    pass\n")
    result = project.run(f"{REPORT}=test_it.py/a.json")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{REPORT}: test_it.py/a.json: *not a folder*"])


@EVERYWHERE
def test_a_line_for_each_file_when_something_is_wrong(project, more):
    """Where something was missed or left, the summary has a line for each test file, and one for all."""
    project.cassette("test_a.yaml", cassette(*PAIRS))
    project.test("@pytest.mark.vcr\ndef test_a():\n    ask('Mars')\n")
    result = project.run(REPORT, *more)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*vcr-openai: what the cassettes did*",
            "test_it.py: 0 played, 1 missed, 2 unplayed",
            "in all: 0 played, 1 missed, 2 unplayed",
        ]
    )


def test_nothing_is_said_unasked(project):
    """Without the option the output has no word of it."""
    project.cassette("test_a.yaml", cassette(*PAIRS))
    project.test("@pytest.mark.vcr\ndef test_a():\n    ask('Saturn')\n")
    result = project.run()
    assert not [line for line in result.outlines if "vcr-openai: " in line]


@pytest.mark.parametrize("name", ["test_it.py", "folder.json", "report.txt"])
def test_a_file_that_is_no_report_is_refused(project, name):
    """A name that does not end with .json, or that is a folder, ends the run before any test; the file stays."""
    project.pytester.mkdir("folder.json")
    project.test("def test_a():\n    pass\n")
    text = (project.path / "test_it.py").read_text(encoding="utf-8")
    result = project.run(f"{REPORT}={name}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{REPORT}: expected the name of a .json file, found '{name}'"])
    assert (project.path / "test_it.py").read_text(encoding="utf-8") == text


def test_a_report_that_cannot_be_written_fails_the_run(project):
    """Where its place was taken while the tests ran, the summary says so, and the run does not count as a success."""
    project.test("import os\ndef test_a():\n    os.makedirs('report.json/x')\n")
    result = project.run(f"{REPORT}=report.json")
    result.assert_outcomes(passed=1)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["vcr-openai: report.json: not written: *"])


def test_a_response_of_a_users_hook_has_no_tokens(project):
    """A hook may make anything of a response; it is counted, and its tokens are none."""
    project.cassette("test_a.yaml", cassette(("Saturn", "rings"), total=7))
    project.conftest(
        "import pytest\n@pytest.fixture\ndef vcr_config():\n"
        "    return {'before_record_response': lambda response: {**response, 'body': {'string': 5}}}\n"
    )
    project.test("@pytest.mark.vcr\ndef test_a():\n    with pytest.raises(Exception):\n        ask('Saturn')\n")
    found = report(project)
    assert found["tokens"] == {"saved": 0, "spent": 0}
