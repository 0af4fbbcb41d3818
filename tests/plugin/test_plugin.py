"""The pytest plugin, through real pytest runs."""

from __future__ import annotations

import json

import pytest
from chats import CHAT_URL as URL
from chats import answer, interaction, question
from inner_project import Project
from packaging.version import Version
from recordings import chat
from several_processes import EVERYWHERE

from vcr_openai import Recording
from vcr_openai._recording.key import recording_name

NATIVE_TOML = pytest.mark.skipif(Version(pytest.__version__) < Version("9"), reason="pytest 9 reads native TOML")


@pytest.fixture
def project(pytester: pytest.Pytester):
    """A folder for an inner pytest run."""
    return Project(pytester)


def yaml_cassette(*exchanges: tuple[str, str, object, object]) -> str:
    """A plain YAML cassette: method, URL, request body and response body of each interaction."""
    interactions = [interaction(answer, uri=uri, method=method, sent=body) for method, uri, body, answer in exchanges]
    return json.dumps({"version": 1, "interactions": interactions})  # JSON is YAML


def test_a_plain_cassette_is_matched_by_body(project):
    """Without any configuration, a question gets its own answer, whatever the order of the recorded ones."""
    project.cassette(
        "test_order.yaml",
        yaml_cassette(
            ("POST", URL, question("Saturn"), answer("rings")), ("POST", URL, question("Mars"), answer("red"))
        ),
    )
    project.test(
        "@pytest.mark.vcr\ndef test_order():\n    assert ask('Mars') == 'red'\n    assert ask('Saturn') == 'rings'\n"
    )
    project.run().assert_outcomes(passed=1)


def test_other_requests_match_as_before(project):
    """A request to anything but the API matches by vcrpy's defaults, whatever its body says."""
    project.cassette("test_other.yaml", yaml_cassette(("POST", "https://example.com/search", "recorded", "{}")))
    project.test(
        "import urllib.request\n"
        "@pytest.mark.vcr\ndef test_other():\n"
        "    with urllib.request.urlopen('https://example.com/search', data=b'live') as response:\n"
        "        assert response.read() == b'{}'\n"
    )
    project.run().assert_outcomes(passed=1)


def test_recordings_replay(project):
    """With the serializer recording.json a test replays a file in the recording format."""
    project.recordings("test_replay", chat("Saturn", "rings"))
    project.test("@pytest.mark.vcr\ndef test_replay():\n    assert ask('Saturn') == 'rings'\n")
    project.run().assert_outcomes(passed=1)


def test_recordings_are_recorded(project, httpserver):
    """With the serializer recording.json a test records the recording format, its node id as test_id."""
    httpserver.expect_request("/v1/chat/completions").respond_with_json(answer("rings"))
    project.recordings("test_other")
    project.test(
        f"client = openai.OpenAI(api_key='none', base_url={httpserver.url_for('/v1')!r})\n"
        "@pytest.mark.vcr\n@pytest.mark.parametrize('word', ['Saturn'])\n"
        "def test_record(word):\n    assert ask(word) == 'rings'\n"
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    text = (project.path / "cassettes" / "test_it" / "test_record[Saturn].recording.json").read_text(encoding="utf-8")
    document = json.loads(text)
    assert document["test_id"] == "test_it.py::test_record[Saturn]"
    assert document["request"]["url"] == httpserver.url_for("/v1") + "/v1/chat/completions"
    assert document["response"]["body"]["__data__"]["service_tier"] is None  # unset, but known to the SDK


@pytest.mark.parametrize("more", [[], ["-n1"]], ids=["one", "xdist"])  # not slow: each Python starts a worker here
def test_what_no_recording_can_express_is_kept_and_listed(project, httpserver, more):
    """The chat is recorded, the page beside it is kept in the file; the summary has the reason, the replay has both."""
    httpserver.expect_request("/v1/chat/completions").respond_with_json(answer("rings"))
    httpserver.expect_request("/page").respond_with_data("<html>", content_type="text/html")
    project.recordings("test_other")
    project.test(
        f"import urllib.request\nclient = openai.OpenAI(api_key='none', base_url={httpserver.url_for('/v1')!r})\n"
        "@pytest.mark.vcr\ndef test_both():\n    assert ask('Saturn') == 'rings'\n"
        f"    with urllib.request.urlopen({httpserver.url_for('/page')!r}) as page:\n"
        "        assert page.read() == b'<html>'\n"
    )
    result = project.run("--record-mode=once", *more)
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(
        [
            "*recorded as plain interactions*",
            "test_it.py::test_both: interactions[[]1]: kept as a plain interaction, which*: request.uri*",
        ]
    )
    replayed = project.run("--block-network")
    replayed.assert_outcomes(passed=1)
    replayed.stdout.no_fnmatch_line("*plain interactions*")


@pytest.mark.parametrize(
    ("ini", "recorded"), [("", "REDACTED-id"), ("vcr_openai_keep_headers = X-Request-Id", "req_1")]
)
def test_headers_are_kept_on_demand(project, httpserver, ini, recorded):
    """The ini file names headers that are recorded as they are."""
    httpserver.expect_request("/v1/chat/completions").respond_with_json(answer("a"), headers={"x-request-id": "req_1"})
    project.ini(ini)
    project.test(
        f"client = openai.OpenAI(api_key='none', base_url={httpserver.url_for('/v1')!r})\n"
        "@pytest.mark.vcr\ndef test_it():\n    assert ask('b') == 'a'\n"
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    assert f"- {recorded}\n" in (project.path / "cassettes" / "test_it" / "test_it.yaml").read_text(encoding="utf-8")


@EVERYWHERE
def test_a_miss_with_half_of_a_surrogate_pair_is_explained(project, more):
    """JSON can spell it; the report goes through pytest-xdist and to the terminal."""
    project.cassette("test_it.yaml", yaml_cassette(("POST", URL, question("Saturn"), answer("rings"))))
    project.test(
        "import httpx\n@pytest.mark.vcr\ndef test_it():\n"
        f'    body = b\'{{"model": "gpt-4o", "messages": [{{"content": "\\\\ud800"}}]}}\'\n'
        f"    httpx.post({URL!r}, content=body, headers={{'content-type': 'application/json'}})\n"
    )
    result = project.run(*more)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*not in the cassette*"])
    result.stdout.fnmatch_lines(["*ud800*"])


@pytest.mark.parametrize("serializer", ["yaml", "openai.yaml", "recording.json"])
@pytest.mark.parametrize("word", ["x" * 236, "x" * 240, "x" * 245, "x" * 300, "\u00e9" * 150])
def test_a_long_name_is_recorded_and_found(project, httpserver, serializer, word):
    """Whatever the length of a test's name: with the longer suffixes its file is shortened, and plays."""
    httpserver.expect_request("/v1/chat/completions").respond_with_json(answer("rings"))
    project.conftest(
        f"import pytest\n@pytest.fixture\ndef vcr_config():\n    return {{'serializer': {serializer!r}}}\n"
        "def pytest_make_parametrize_id(config, val):\n    return val\n"
    )
    project.test(
        f"client = openai.OpenAI(api_key='none', max_retries=0, base_url={httpserver.url_for('/v1')!r})\n"
        f"@pytest.mark.vcr\n@pytest.mark.parametrize('word', [{word!r}])\n"
        "def test(word):\n    assert ask('Saturn') == 'rings'\n"
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    project.run("--block-network").assert_outcomes(passed=1)
    assert len(httpserver.log) == 1


def test_the_switch_turns_it_off(project):
    """With ``vcr_openai = false`` vcrpy is left as it was: the first answer goes to whoever asks first."""
    project.ini("vcr_openai = false")
    project.cassette(
        "test_order.yaml",
        yaml_cassette(
            ("POST", URL, question("Saturn"), answer("rings")), ("POST", URL, question("Mars"), answer("red"))
        ),
    )
    project.test("@pytest.mark.vcr\ndef test_order():\n    assert ask('Mars') == 'rings'\n")
    project.run().assert_outcomes(passed=1)


def test_a_conftest_has_the_last_word(project):
    """What a conftest.py sets in pytest-recording's hook is not overridden."""
    project.conftest("def pytest_recording_configure(config, vcr):\n    vcr.match_on = ['method']\n")
    project.cassette("test_order.yaml", yaml_cassette(("POST", URL, question("Saturn"), answer("rings"))))
    project.test("@pytest.mark.vcr\ndef test_order():\n    assert ask('Mars') == 'rings'\n")
    project.run().assert_outcomes(passed=1)


def test_it_runs_in_a_protocol_of_somebody_elses(project):
    """Where another plugin runs the tests past pytest's own protocol, cassettes are ours all the same."""
    project.conftest(
        "from _pytest.runner import runtestprotocol\n"
        "def pytest_runtestloop(session):\n"
        "    for item in session.items:\n"
        "        runtestprotocol(item, nextitem=None)\n"
        "    return True\n"
    )
    project.cassette(
        "test_order.yaml",
        yaml_cassette(
            ("POST", URL, question("Saturn"), answer("rings")), ("POST", URL, question("Mars"), answer("red"))
        ),
    )
    project.test("@pytest.mark.vcr\ndef test_order():\n    assert ask('Mars') == 'red'\n")
    project.run().assert_outcomes(passed=1)


def test_it_runs_without_pytest_recording(project):
    """Where pytest-recording is absent, pytest runs as if the plugin were not there."""
    project.test("def test_nothing():\n    pass\n")
    project.run("-p", "no:recording").assert_outcomes(passed=1)


@pytest.mark.slow
def test_pytest_starts_without_the_hosts(project, pytester):
    """A run without cassettes imports neither openai nor vcr."""
    project.conftest(
        "import sys\ndef pytest_sessionfinish():\n"
        "    print('imported:', sorted({'openai', 'vcr', 'orjson'} & set(sys.modules)))\n"
    )
    pytester.makepyfile(test_it="def test_nothing():\n    pass\n")
    result = pytester.runpytest_subprocess("-s")
    result.stdout.fnmatch_lines(["*imported: []*"])


def test_a_miss_is_explained_in_the_report(project):
    """The report of a failed test names the nearest recorded request and what differs."""
    project.recordings("test_miss", chat("Saturn", "rings"))
    project.test("@pytest.mark.vcr\ndef test_miss():\n    ask('Jupiter')\n")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(
        [
            "*vcr-openai: not in the cassette*",
            "*messages?0?.content: recorded 'Saturn' … this request 'Jupiter'",
            "*pytest test_it.py::test_miss --record-mode=rewrite*",
        ]
    )


def test_a_miss_that_the_sdk_hides_is_explained(project):
    """The explanation reaches the report also where the test fails with another error than vcrpy's."""
    project.recordings("test_miss", chat("Saturn", "rings"))
    project.test(
        "@pytest.mark.vcr\ndef test_miss():\n"
        "    try:\n        ask('Jupiter')\n    except Exception:\n        pass\n    assert False\n"
    )
    project.run().stdout.fnmatch_lines(["*messages?0?.content: recorded 'Saturn' … this request 'Jupiter'"])


def test_a_passed_test_is_not_annotated(project):
    """A miss that a test expected and survived says nothing."""
    project.recordings("test_miss", chat("Saturn", "rings"))
    project.test("@pytest.mark.vcr\ndef test_miss():\n    with pytest.raises(Exception):\n        ask('Jupiter')\n")
    result = project.run("-rA")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*not in the cassette*")


@pytest.mark.parametrize("mock", ["Mock", "MagicMock"])
def test_a_fixture_of_that_name_may_be_anything(project, mock):
    """A project's own fixture ``vcr``, which answers to every name, disturbs no report."""
    project.test(
        "from unittest import mock\n"
        f"@pytest.fixture\ndef vcr():\n    return mock.{mock}()\n"
        "def test_fails(vcr):\n    assert False\n"
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.no_fnmatch_line("*vcr-openai: *")


def test_a_rule_in_the_ini_file(project):
    """A path in ``vcr_openai_ignore`` does not count."""
    project.ini("vcr_openai_ignore = stream_options metadata.run_id")
    project.recordings("test_rule", chat("Saturn", "rings", metadata={"run_id": "1"}))
    project.test("@pytest.mark.vcr\ndef test_rule():\n    assert ask('Saturn', metadata={'run_id': '2'}) == 'rings'\n")
    project.run().assert_outcomes(passed=1)


def test_a_rule_in_a_marker(project):
    """A marker changes the rules for its test alone."""
    project.recordings("test_rule", chat("Saturn", "rings"))
    project.test(
        "@pytest.mark.vcr\n@pytest.mark.vcr_openai(repeat=True)\ndef test_rule():\n"
        "    assert [ask('Saturn'), ask('Saturn')] == ['rings', 'rings']\n"
    )
    project.run().assert_outcomes(passed=1)


def test_a_wrong_setting_is_told_before_any_test(project):
    """An unknown rule ends the run with a usage error that names the setting."""
    project.ini("vcr_openai_round_digits = many")
    project.test("def test_nothing():\n    pass\n")
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(
        ["*vcr_openai_round_digits: expected a whole number from 0 to 15 or none, found *many*"]
    )


def test_a_wrong_marker_is_told(project):
    """A marker with an unknown rule is an error of its test that names the marker and the rules."""
    project.recordings("test_rule", chat("Saturn", "rings"))
    project.test("@pytest.mark.vcr\n@pytest.mark.vcr_openai(colour='red')\ndef test_rule():\n    ask('Saturn')\n")
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*test_it.py::test_rule: @pytest.mark.vcr_openai: *ignore, *found 'colour'*"])


def test_what_is_redacted_besides_is_read_before_any_test(project):
    """A pattern in the ini file that does not compile is reported before a test runs."""
    project.ini("vcr_openai_redact_patterns = [")
    project.test("def test_nothing():\n    pass\n")
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*in the ini file, vcr_openai_redact_*"])


def test_more_is_redacted_by_the_ini_file(project, httpserver):
    """A pattern in the ini file is not in what a test records."""
    httpserver.expect_request("/v1/chat/completions").respond_with_json(answer("internal-4711"))
    project.ini("vcr_openai_redact_patterns = internal-[0-9]+")
    project.test(
        f"client = openai.OpenAI(api_key='none', base_url={httpserver.url_for('/v1')!r})\n"
        "@pytest.mark.vcr\ndef test_record():\n    assert ask('a') == 'internal-4711'\n"
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    text = (project.path / "cassettes" / "test_it" / "test_record.yaml").read_text(encoding="utf-8")
    assert "internal-4711" not in text


def test_wrong_settings_are_reported_once_at_start(project):
    """A switch that is neither true nor false ends the run before any test, with its name."""
    for name in ("vcr_openai", "vcr_openai_redact", "vcr_openai_repeat"):
        project.ini(f"{name} = perhaps")
        project.test("@pytest.mark.vcr\ndef test_one():\n    pass\n@pytest.mark.vcr\ndef test_two():\n    pass\n")
        result = project.run()
        assert result.ret == pytest.ExitCode.USAGE_ERROR
        lines = [line for line in result.errlines if "perhaps" in line]
        assert lines == [f"ERROR: in the ini file, {name}: expected true or false, found the text 'perhaps'"]


@pytest.mark.parametrize("setting", ["library = 'nowhere'", "library = 3", "round_digits = 'many'", "ignore = [1]"])
@NATIVE_TOML
def test_wrong_settings_of_native_toml_are_reported_at_start(project, setting):
    """A value of a wrong type is reported with the setting's name, as in an ini file."""
    project.toml(f"vcr_openai_{setting}")
    project.test("def test_nothing():\n    pass\n")
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*vcr_openai_{setting.partition(' ')[0]}*: expected *found *"])


ALL_KINDS = """
vcr_openai = true
vcr_openai_redact = true
vcr_openai_library = false
vcr_openai_repeat = true
vcr_openai_round_digits = 2
vcr_openai_ignore = ["stream_options", "**.run_id"]
vcr_openai_unordered = ["tools"]
vcr_openai_hosts = ["*.corp.example"]
vcr_openai_bodies = []
vcr_openai_replace = ['\\d{4}-\\d\\d-\\d\\d => <date>', 'build \\d+ => <build>']
"""
DATED = (
    "@pytest.mark.vcr\ndef test_rule():\n"
    "    for day in ('2025-02-02', '2025-03-03'):\n"
    "        assert ask(f'Saturn on {day}, build 7', metadata={'run_id': day}, temperature=0.123) == 'rings'\n"
)


@NATIVE_TOML
def test_settings_in_native_toml(project):
    """Native TOML has lists, booleans and numbers."""
    project.toml(ALL_KINDS)
    project.recordings("test_rule", chat("Saturn on 2025-01-01, build 12", "rings", metadata={}, temperature=0.12))
    project.test(DATED)
    project.run().assert_outcomes(passed=1)


def test_settings_in_an_ini_file(project):
    """An ini file has texts, and a line for each replacement."""
    project.ini(
        "vcr_openai_repeat = yes\nvcr_openai_round_digits = 2\nvcr_openai_ignore = stream_options **.run_id\n"
        "vcr_openai_replace =\n  \\d{4}-\\d\\d-\\d\\d => <date>\n  build \\d+ => <build>"
    )
    project.recordings("test_rule", chat("Saturn on 2025-01-01, build 12", "rings", metadata={}, temperature=0.12))
    project.test(DATED)
    project.run().assert_outcomes(passed=1)


def test_the_file_keeps_what_was_sent(project, httpserver):
    """A replacement is for matching: the cassette has the text that was sent."""
    httpserver.expect_request("/v1/chat/completions").respond_with_json(answer("rings"))
    project.ini("vcr_openai_replace = \\d{4}-\\d\\d-\\d\\d => <date>")
    project.test(
        f"client = openai.OpenAI(api_key='none', base_url={httpserver.url_for('/v1')!r})\n"
        "@pytest.mark.vcr\ndef test_record():\n    assert ask('on 2025-02-02') == 'rings'\n"
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    text = (project.path / "cassettes" / "test_it" / "test_record.yaml").read_text(encoding="utf-8")
    assert "on 2025-02-02" in text
    assert "<date>" not in text


@pytest.mark.parametrize("library, outcome", [("true", {"passed": 1}), ("false", {"failed": 1})])
def test_the_noise_of_a_file_search_is_ignored_in_a_library(project, library, outcome):
    """Scores in texts do not count in a library, whose recorder ignores them; elsewhere they do."""
    project.ini(f"vcr_openai_library = {library}")
    document = chat("found, score: 0.73", "rings")
    document["test_id"] = "test_it.py::test_it"
    path = project.path / "recordings" / recording_name(Recording(document))
    path.parent.mkdir()
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    project.cassette("test_it.yaml", yaml_cassette(("POST", URL, question("found, score: 0.73"), answer("rings"))))
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('found, score: 0.21') == 'rings'\n")
    project.run().assert_outcomes(**outcome)


def test_a_library_can_count_the_noise(project):
    """The setting overrides what a library has by default."""
    project.ini("vcr_openai_library = true\nvcr_openai_file_search_noise = false")
    project.test("@pytest.mark.vcr\ndef test_it():\n    ask('found, score: 0.21')\n")
    document = chat("found, score: 0.73", "rings") | {"test_id": "test_it.py::test_it"}
    path = project.path / "recordings" / recording_name(Recording(document))
    path.parent.mkdir()
    path.write_text(json.dumps(document, indent=2), encoding="utf-8")
    project.run().assert_outcomes(failed=1)


@pytest.mark.parametrize(
    "option",
    [
        "--setup-plan",
        "--setup-only",
        "--setup-show",
        "--collect-only",
        "--fixtures",
        "--fixtures-per-test",
        "--markers",
    ],
)
@pytest.mark.parametrize("drift", [[], ["--vcr-openai-drift"]], ids=["", "drift"])
def test_what_shows_a_suite_works_as_without_the_plugin(project, option, drift):
    """Options of pytest that show tests and fixtures, without running all of them, end as they do without us."""
    project.cassette("test_it.yaml", yaml_cassette(("POST", URL, question("Saturn"), answer("rings"))))
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('Saturn') == 'rings'\n")
    result = project.run(option, *drift)
    assert result.ret == pytest.ExitCode.OK
    assert "Error" not in result.stdout.str()


@pytest.mark.parametrize(
    ("marker", "found"),
    [
        ("unordered=[5]", "*unordered*5*"),
        ("ignore=['a..b']", "*ignore*a..b*"),
        ("drfit='off'", "*expected one of *, found 'drfit'*"),
    ],
)
def test_a_wrong_rule_of_a_marker_is_an_error_of_its_test(project, marker, found):
    """The error names the test, the marker and what is wrong; other tests run."""
    project.test(
        f"@pytest.mark.vcr\n@pytest.mark.vcr_openai({marker})\ndef test_it():\n    pass\ndef test_other():\n    pass\n"
    )
    result = project.run()
    result.assert_outcomes(passed=1, errors=1)
    result.stdout.fnmatch_lines([f"*test_it.py::test_it: @pytest.mark.vcr_openai{found}"])
