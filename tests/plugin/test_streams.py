"""How the recorded streams of tests are played, through real pytest runs."""

from __future__ import annotations

import json
import re

import pytest
from cassette_texts import write_cassette
from chats import interaction, question
from inner_project import ASK as BEGIN
from inner_project import LibraryProject
from recordings import recording, sdk_call, stream
from several_processes import ALSO_IN_TWO, EVERYWHERE

FORMATS = pytest.mark.parametrize("suffix", ["yaml", "json", "openai.yaml", "recording.json"])
ASK = """
import asyncio
import vcr_openai
import httpx
from vcr_openai import cuts, error_event, fail, fragments, pace, stall

BROKEN_OFF = (openai.APIConnectionError, httpx.TransportError)  # the second with openai 2.0

def chat(word="hi", **more):
    messages = [{"role": "user", "content": word}]
    chunks = client.with_options(**more).chat.completions.create(model="gpt-4o", messages=messages, stream=True)
    return [chunk.choices[0].delta.content for chunk in chunks]

async def achat(word="hi"):
    async with openai.AsyncOpenAI(api_key="none", max_retries=0, base_url=client.base_url) as other:
        messages = [{"role": "user", "content": word}]
        chunks = await other.chat.completions.create(model="gpt-4o", messages=messages, stream=True)
        return [chunk.choices[0].delta.content async for chunk in chunks]
"""
BROKEN = "    with pytest.raises(BROKEN_OFF):\n        chat()\n"
PLACES = [
    "before the first byte", "inside 1 of 2", "after 1 of 2", "inside 2 of 2", "inside a character of 2 of 2",
    "before the done marker",
]  # fmt: skip


def chunk(word):
    choice = {"index": 0, "delta": {"content": word}, "finish_reason": None}
    return {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o", "choices": [choice]}


def streamed(*words, asked="hi"):
    """An interaction with a streamed answer of these words."""
    events = [*(json.dumps(chunk(word), ensure_ascii=False) for word in words), "[DONE]"]
    body = "".join(f"data: {event}\n\n" for event in events)
    return interaction(body, "text/event-stream", sent=question(asked, stream=True))


HELLO = streamed("hello", "wörld")


@pytest.fixture
def project(pytester, httpserver, monkeypatch):
    """A folder for an inner pytest run."""
    project = LibraryProject(pytester, httpserver, monkeypatch)
    project.ini("")
    return project


def use(project, suffix):
    """Let the tests use a format."""
    project.conftest(
        f"import pytest\n@pytest.fixture(scope='session')\ndef vcr_config():\n    return {{'serializer': {suffix!r}}}\n"
    )


def run(project, source, *more, text=None, name="test_chat", suffix="yaml"):
    """Run a module whose test has a cassette."""
    if text is None:
        text = write_cassette([HELLO], suffix)
    if text:
        project.cassette(f"{name}.{suffix}", text)
    project.test(ASK + source)
    return project.run("-v", *more)


def ids(result):
    """The names of the tests that passed, in the order of the alphabet; pytest-xdist puts them behind the word."""
    lines = [line for line in result.outlines if " PASSED" in f" {line}" and "::" in line]
    named = [re.sub(r"^\[gw\d+\] \[ *\d+%\] PASSED ", "", line).partition("::")[2] for line in lines]
    return sorted(re.sub(r" PASSED +\[ *\d+%\]$", "", name).rstrip() for name in named)


def marked(stream, **more):
    settings = "".join(f", {name}={value!r}" for name, value in more.items())
    return f"@pytest.mark.vcr\n@pytest.mark.vcr_openai(stream={stream}{settings})\n"


@FORMATS
@ALSO_IN_TWO
def test_a_test_runs_once_for_each_place(project, suffix, more):
    """With cuts(), a test runs for each place of its stream, and the client sees a broken connection each time."""
    use(project, suffix)
    source = marked("cuts()") + "def test_chat():\n" + BROKEN
    result = run(project, source, *more, text=write_cassette([HELLO], suffix), suffix=suffix)
    result.assert_outcomes(passed=6)
    assert ids(result) == sorted(f"test_chat[cut {place}]" for place in PLACES)


def test_the_client_has_what_came_before_a_cut(project):
    """The chunks before a cut reach the test, the others do not."""
    source = marked("cuts(only='after')") + (
        "def test_chat():\n    seen = []\n    with pytest.raises(BROKEN_OFF):\n"
        "        messages = [{'role': 'user', 'content': 'hi'}]\n"
        "        for one in client.chat.completions.create(model='gpt-4o', messages=messages, stream=True):\n"
        "            seen.append(one.choices[0].delta.content)\n    assert seen == ['hello']\n"
    )
    run(project, source).assert_outcomes(passed=1)


def test_coroutines_are_cut_as_well(project):
    """An asynchronous client sees the same places."""
    source = marked("cuts(every=2)") + (
        "@pytest.mark.anyio\nasync def test_chat(anyio_backend_name):\n"
        "    with pytest.raises(BROKEN_OFF):\n        await achat()\n"
    )
    text = write_cassette([HELLO], "yaml")
    project.cassette("test_chat[asyncio].yaml", text)
    project.conftest(
        "import pytest\n@pytest.fixture(params=['asyncio'])\ndef anyio_backend(request):\n    return request.param\n"
    )
    result = run(project, source, text="")
    assert ids(result)[0] == "test_chat[asyncio-cut before the done marker]"
    result.assert_outcomes(passed=4)


@EVERYWHERE
def test_each_form_of_a_test_has_its_own_places(project, more):
    """The forms of a parametrized test have cassettes, and so places, of their own; one that has none runs once."""
    project.cassette("test_chat[a].yaml", write_cassette([streamed("1", asked="a")], "yaml"))
    project.cassette("test_chat[b].yaml", write_cassette([streamed("1", "2", "3", asked="b")], "yaml"))
    source = marked("cuts(only='after')") + (
        "@pytest.mark.parametrize('word', ['a', 'b', 'new'])\ndef test_chat(word):\n"
        "    if word != 'new':\n        with pytest.raises(BROKEN_OFF):\n            chat(word)\n"
    )
    result = run(project, source, *more, text="")
    assert ids(result) == ["test_chat[b-cut after 1 of 3]", "test_chat[b-cut after 2 of 3]", "test_chat[new]"]
    result.assert_outcomes(passed=3, skipped=1)


def test_a_class_and_a_module_can_be_marked(project):
    """The closest marker counts; a test of a class finds the class's cassette."""
    project.cassette("TestIt.test_chat.yaml", write_cassette([HELLO], "yaml"))
    project.cassette("TestIt.test_whole.yaml", write_cassette([HELLO], "yaml"))
    source = (
        "pytestmark = [pytest.mark.vcr, pytest.mark.vcr_openai(stream=cuts(only='done'))]\n"
        "class TestIt:\n    def test_chat(self):\n    "
        + BROKEN.replace("\n        ", "\n            ")
        + "    @pytest.mark.vcr_openai(stream='block')\n    def test_whole(self):\n        assert len(chat()) == 2\n"
    )
    result = run(project, source, text="")
    assert ids(result) == ["TestIt::test_chat[cut before the done marker]", "TestIt::test_whole"]


def test_one_stream_of_several_is_cut(project):
    """The other streams of a cassette are whole, and the ids say which one is cut."""
    text = write_cassette([streamed("a", asked="a"), streamed("b", "c", asked="b")], "yaml")
    source = marked("cuts(only='done')") + (
        "def test_chat(request):\n    broken = 'a' if 'stream 1' in request.node.name else 'b'\n"
        "    for word in 'ab':\n        if word == broken:\n"
        "            with pytest.raises(BROKEN_OFF):\n                chat(word)\n"
        "        else:\n            assert len(chat(word)) == 'ab'.index(word) + 1\n"
    )
    result = run(project, source, text=text)
    assert ids(result) == [f"test_chat[cut before the done marker in stream {number}]" for number in (1, 2)]


def test_the_user_may_choose_the_cassette(project):
    """The folder, the name and further cassettes are found as pytest-recording finds them."""
    project.conftest(
        "import os, pytest\n@pytest.fixture(scope='module')\ndef vcr_cassette_dir(request):\n"
        "    return os.path.join('tapes', request.module.__name__)\n"
    )
    for name in ("named.yaml", "further.yaml", "test_chat.yaml"):
        path = project.path / "tapes" / "test_it" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(write_cassette([HELLO], "yaml"), encoding="utf-8")
    mark = "@pytest.mark.vcr_openai(stream=cuts(only='done'))\n"
    source = (
        f"@pytest.mark.vcr\n{mark}def test_chat():\n{BROKEN}"
        f"@pytest.mark.vcr\n@pytest.mark.default_cassette('named')\n{mark}def test_named():\n{BROKEN}"
        f"@pytest.mark.vcr('further.yaml')\n{mark}def test_further():\n{BROKEN}"
    )
    run(project, source, text="").assert_outcomes(passed=3)


def test_a_name_of_the_users_own_is_found(project):
    """A fixture default_cassette_name of the user's own is asked for the name without the place."""
    project.conftest(
        "import pytest\n@pytest.fixture\ndef default_cassette_name(request):\n    return 'my-' + request.node.name\n"
    )
    source = marked("cuts(only='done')") + "def test_chat():\n" + BROKEN
    run(project, source, name="my-test_chat").assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "fixtures",
    [
        "def vcr_cassette_dir(request):\n    return os.path.join('tapes', 'own')\n",
        "def vcr_cassette_dir(pytestconfig):\n    return str(pytestconfig.rootpath / 'tapes' / 'own')\n",
        "def part():\n    return 'own'\n\n@pytest.fixture\ndef vcr_cassette_dir(part):\n    return 'tapes/' + part\n",
        "def vcr_cassette_dir(request):\n    return str(request.config.rootpath / 'tapes' / request.function.tape)\n",
    ],
    ids=["text", "pytestconfig", "fixture", "function"],
)
@EVERYWHERE
def test_a_folder_that_a_fixture_computes_is_found(project, fixtures, more):
    """It may ask for the request, pytest's configuration and further fixtures that need no running test."""
    project.conftest(f"import os, pytest\n@pytest.fixture\n{fixtures}")
    path = project.path / "tapes" / "own" / "test_chat.yaml"
    path.parent.mkdir(parents=True)
    path.write_text(write_cassette([HELLO], "yaml"), encoding="utf-8")
    source = marked("cuts(only='done')") + "def test_chat():\n" + BROKEN + "\ntest_chat.tape = 'own'\n"
    result = run(project, source, *more, text="")
    assert ids(result) == ["test_chat[cut before the done marker]"]


def test_a_fixture_of_a_class_is_found(project):
    """It is a method, which gets an instance of the class."""
    path = project.path / "tapes" / "TestIt.test_chat.yaml"
    path.parent.mkdir()
    path.write_text(write_cassette([HELLO], "yaml"), encoding="utf-8")
    source = (
        "class TestIt:\n    folder = 'tapes'\n    @pytest.fixture\n    def vcr_cassette_dir(self):\n"
        "        return self.folder\n    @pytest.mark.vcr\n    @pytest.mark.vcr_openai(stream=cuts(only='done'))\n"
        "    def test_chat(self):\n        with pytest.raises(BROKEN_OFF):\n            chat()\n"
    )
    assert ids(run(project, source, text="")) == ["TestIt::test_chat[cut before the done marker]"]


@pytest.mark.parametrize(
    "fixture",
    [
        "def default_cassette_name(request):\n    return request.getfixturevalue('tmp_path').name and 'test_chat'\n",
        "def default_cassette_name(tmp_path):\n    return 'test_chat'\n",
        "def default_cassette_name():\n    yield 'test_chat'\n",
    ],
    ids=["running", "unknown", "generator"],
)
def test_a_name_that_only_a_running_test_has_is_taken_for_the_usual_one(project, fixture):
    """Where a fixture cannot be asked when tests are collected, the test's own cassette is looked for."""
    project.conftest(f"import pytest\n@pytest.fixture\n{fixture}")
    result = run(project, marked("cuts(only='done')") + "def test_chat():\n" + BROKEN)
    assert ids(result) == ["test_chat[cut before the done marker]"]


@EVERYWHERE
def test_a_library_is_cut(project, more):
    """The streams of a test's own recordings are cut; shared ones are not."""
    project.ini("vcr_openai_library = true")
    call = sdk_call(question("hi", stream=True))
    project.record(recording(call, stream(chunk("a"), chunk("b")), "test_it.py::test_chat"))
    shared = sdk_call(question("other", stream=True))
    project.record(recording(shared, stream(chunk("a"), chunk("b"), chunk("c")), None))
    source = marked("cuts(only=['after', 'done'])") + "def test_chat():\n" + BROKEN
    result = run(project, source, *more, text="")
    assert ids(result) == ["test_chat[cut after 1 of 2]", "test_chat[cut before the done marker]"]


def test_a_test_without_a_cassette_runs_once(project):
    """What was not recorded yet has no places: the test runs once, and misses."""
    result = run(project, marked("cuts()") + "def test_chat():\n    chat()\n", text="")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*test_chat FAILED*", "*no recorded request answers*"])


@pytest.mark.parametrize("mode", ["all", "rewrite"])
def test_recording_again_runs_once(project, mode):
    """A run that records anew asks the server once, not once for each place."""
    project.server("plain")
    source = marked("cuts()") + "def test_chat():\n    ask('hi')\n"
    run(project, source, f"--record-mode={mode}").assert_outcomes(passed=1)


def test_places_that_a_stream_does_not_have_are_skipped(project):
    """Where a stream has none of the wanted places the test is skipped, with the reason."""
    text = write_cassette([streamed("ascii")], "yaml")
    result = run(project, marked("cuts(only='character')") + "def test_chat():\n    chat()\n", "-rs", text=text)
    result.assert_outcomes(skipped=1)
    result.stdout.fnmatch_lines(["*cuts(only=('character',)): the recorded streams have no such place*"])


def test_a_cassette_that_was_not_found_is_an_error(project):
    """A stream whose places were not known is not played whole: the test fails, whatever it makes of the error."""
    project.conftest("import pytest\n@pytest.fixture(scope='module')\ndef vcr_cassette_dir():\n    yield 'tapes'\n")
    path = project.path / "tapes" / "test_chat.yaml"
    path.parent.mkdir()
    path.write_text(write_cassette([HELLO], "yaml"), encoding="utf-8")
    source = marked("cuts()") + "def test_chat():\n    with pytest.raises(Exception):\n        chat()\n"
    result = run(project, source, text="")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*stream=cuts(): the places of this stream were not known when*"])


@pytest.mark.parametrize("stream", ["'events'", "'block'", "fragments(seed=2)", "fragments(size=1)", "'recorded'"])
def test_the_test_sees_the_same_objects(project, stream):
    """However a stream arrives, the objects are those that were recorded."""
    source = marked(stream) + ("def test_chat():\n    assert chat() == ['hello', 'wörld']\n    ")
    run(project, source).assert_outcomes(passed=1)


def test_a_stall_meets_the_clients_timeout(project):
    """A stall of an hour takes as long as the client's timeout."""
    source = marked("stall(after=1, seconds=3600)") + (
        "def test_chat():\n    with pytest.raises(BROKEN_OFF):\n        chat(timeout=0.05)\n"
    )
    run(project, source).assert_outcomes(passed=1)


@pytest.mark.parametrize("status", [429, 500, "'connect'"])
def test_a_retry_gets_the_recorded_answer(project, status):
    """The SDK tries again after a failure, and gets the recorded answer; each try is among what was sent."""
    source = marked(f"fail({status})") + (
        "def test_chat(vcr, monkeypatch):\n    monkeypatch.setattr(openai._base_client, 'INITIAL_RETRY_DELAY', 0)\n"
        "    assert chat(max_retries=1) == ['hello', 'wörld']\n"
        "    assert (len(vcr.sent), vcr.play_count) == (2, 1)\n"
    )
    run(project, source).assert_outcomes(passed=1)


def test_a_failure_is_the_tests_without_retries(project):
    """A client without retries gets the failure, in the words of the API."""
    source = marked("fail(429)") + (
        "def test_chat():\n    with pytest.raises(openai.RateLimitError) as caught:\n        chat()\n"
        "    assert caught.value.code == 'rate_limit_exceeded'\n    assert chat() == ['hello', 'wörld']\n"
    )
    run(project, source).assert_outcomes(passed=1)


def test_an_error_event_is_the_apis(project):
    """The SDK raises the API's error in mid-stream."""
    source = marked("error_event(after=1)") + (
        "def test_chat():\n    with pytest.raises(openai.APIError, match='The server had an error'):\n        chat()\n"
    )
    run(project, source).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    "line",
    [
        "vcr_openai_stream = error_event(after=1), fail(429)",
        "vcr_openai_stream = fail(status=429), block, error_event()",
    ],
)
def test_the_ini_file_says_it_for_all_tests(project, line):
    """The setting of the ini file counts for tests without a marker; a marker counts for its test alone."""
    project.ini(line)
    project.cassette("test_other.yaml", write_cassette([HELLO], "yaml"))
    source = (
        "@pytest.mark.vcr\ndef test_chat():\n    with pytest.raises(openai.RateLimitError):\n        chat()\n"
        "    with pytest.raises(openai.APIError, match='The server had an error'):\n        chat()\n"
        + marked("'events'")
        + "def test_other():\n    assert chat() == ['hello', 'wörld']\n"
    )
    run(project, source).assert_outcomes(passed=2)


def test_native_toml_has_lists(project):
    """In native TOML the setting may be a list, and the speed a number."""
    (project.path / "tox.ini").unlink()
    project.toml("vcr_openai_stream = ['recorded', 'fail(429)']\nvcr_openai_speed = 100.0")
    source = "@pytest.mark.vcr\ndef test_chat():\n    with pytest.raises(openai.RateLimitError):\n        chat()\n"
    if pytest.version_tuple < (9,):
        pytest.skip("native TOML came with pytest 9")
    run(project, source).assert_outcomes(passed=1)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("vcr_openai_stream = slow", "in the ini file, vcr_openai_stream: expected events, block, recorded, cuts"),
        ("vcr_openai_stream = pace(first=-1)", "in the ini file, vcr_openai_stream: first: expected a number of 0 or"),
        ("vcr_openai_stream = __import__('os').abort()", "in the ini file, vcr_openai_stream: expected events"),
        ("vcr_openai_speed = 2", "in the ini file, vcr_openai_stream: speed goes with stream='recorded'"),
        (
            "vcr_openai_stream = recorded\nvcr_openai_speed = fast",
            "in the ini file, vcr_openai_stream: speed: expected",
        ),
    ],
)
def test_a_wrong_setting_is_named(project, line, message):
    """A wrong setting of the ini file is reported before any test runs."""
    project.ini(line)
    result = run(project, "def test_chat():\n    pass\n", text="")
    assert message in result.stderr.str()


@pytest.mark.parametrize("stream", ["'slow'", "cuts", "[cuts(), stall(seconds=1)]", "None"])
def test_a_wrong_marker_is_named(project, stream):
    """A wrong argument of a marker is an error of its test, which names both."""
    result = run(project, marked(stream) + "def test_chat():\n    chat()\n")
    assert result.ret != 0
    result.stdout.fnmatch_lines(["*test_it.py::test_chat: @pytest.mark.vcr_openai: stream: expected*"])


def test_turned_off_nothing_is_cut(project):
    """With ``vcr_openai = false`` cuts() makes no tests, and the stream is whole."""
    project.ini("vcr_openai = false")
    result = run(project, marked("cuts()") + "def test_chat():\n    chat()\n")
    assert ids(result) == ["test_chat"]


def test_pytest_recording_may_be_missing(project):
    """Without pytest-recording a test with cuts() runs once."""
    source = "@pytest.mark.vcr_openai(stream=cuts())\ndef test_chat():\n    pass\n"
    run(project, source, "-p", "no:recording").assert_outcomes(passed=1)


def test_tests_of_the_same_name_have_their_own_places(project):
    """Modules of the same name in two folders have cassettes of their own."""
    for folder, words in (("one", ("a",)), ("two", ("a", "b", "c"))):
        path = project.path / folder / "cassettes" / "test_same" / "test_chat.yaml"
        path.parent.mkdir(parents=True)
        path.write_text(write_cassette([streamed(*words)], "yaml"), encoding="utf-8")

        source = BEGIN + ASK + marked("cuts(only='after')") + "def test_chat():\n" + BROKEN
        (path.parents[2] / "test_same.py").write_text(source, encoding="utf-8")
        (path.parents[2] / "__init__.py").touch()
    result = project.run("-v", "-rs")
    assert ids(result) == ["test_chat[cut after 1 of 3]", "test_chat[cut after 2 of 3]"]


def test_a_fixtures_cassette_is_played_as_the_ini_file_says(project):
    """A fixture's cassette follows the ini file; it is never cut."""
    project.ini("vcr_openai_stream = cuts(), fail(429)")
    project.cassette("answers.yaml", write_cassette([HELLO], "yaml"))
    source = (
        "@pytest.fixture(scope='module')\ndef answers(request):\n"
        "    with vcr_openai.use(request, record_mode='none'):\n"
        "        with pytest.raises(openai.RateLimitError):\n            chat()\n        yield chat()\n"
        "def test_chat(answers):\n    assert answers == ['hello', 'wörld']\n"
    )
    run(project, source, text="").assert_outcomes(passed=1)


@FORMATS
@pytest.mark.parametrize("policy", ["vcr_openai_unplayed = fail", ""])
def test_what_a_fault_leaves_is_not_unused(project, suffix, policy):
    """An interaction that a failure or a fault kept from being played is neither unplayed nor removed."""
    use(project, suffix)
    project.ini(policy)
    text = write_cassette([HELLO, streamed("more", asked="more")], suffix)
    source = marked("fail(400)") + "def test_chat():\n    with pytest.raises(openai.BadRequestError):\n        chat()\n"
    run(project, source, "--vcr-openai-unused=delete", text=text, suffix=suffix).assert_outcomes(passed=1)
    left = project.path / "cassettes" / "test_it" / f"test_chat.{suffix}"
    assert left.read_text(encoding="utf-8") == text


def test_a_case_that_cuts_nothing_fails(project):
    """A test that passes without the stream of its case says so; cuts(stream=1) is for the first one alone."""
    text = write_cassette([HELLO, streamed("more", asked="again")], "yaml")
    source = "def test_chat():\n    try:\n        chat()\n    except BROKEN_OFF:\n        chat('again')\n"
    result = run(project, marked("cuts(only='start')") + source, text=text)
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["*did not ask for the stream that this case cuts: cuts(stream=1) is for*"])
    assert ids(run(project, marked("cuts(only='start', stream=1)") + source, text=text)) == [
        "test_chat[cut before the first byte]"
    ]


def test_a_body_of_the_announced_length_is_not_cut(project):
    """There is no case behind the last event of a stream with a length and without a done marker."""
    plain = interaction('{"a":1}\n{"a":2}\n', "application/x-ndjson", sent=question("hi", stream=True))
    plain["response"]["headers"]["content-length"] = ["16"]
    source = marked("cuts(only='after')") + "def test_chat():\n" + BROKEN
    result = run(project, source, "--collect-only", text=write_cassette([plain], "yaml")).stdout.str()
    assert "cut after 1 of 2" in result
    assert "cut after 2 of 2" not in result


@pytest.mark.parametrize(
    ("marker", "message"),
    [
        ("'block'", "*expected settings by name, found 'block'*"),
        ("streams='block'", "*expected one of *stream, speed, *ignore*, found 'streams'*"),
    ],
)
def test_a_marker_that_means_nothing_is_an_error(project, marker, message):
    """An argument without a name and an unknown name are errors, with the names that there are."""
    source = f"@pytest.mark.vcr\n@pytest.mark.vcr_openai({marker})\ndef test_chat():\n    chat()\n"
    run(project, source).stdout.fnmatch_lines([message])


def test_a_speed_of_its_own_goes_with_the_stream_around(project):
    """The closest speed counts for the closest stream."""
    source = (
        "pytestmark = pytest.mark.vcr_openai(stream='recorded')\n"
        "@pytest.mark.vcr\n@pytest.mark.vcr_openai(speed=10)\ndef test_chat():\n    assert len(chat()) == 2\n"
        + marked("'block'")
        + "def test_block():\n    assert chat() == ['hello', 'wörld']\n"
    )
    project.cassette("test_block.yaml", write_cassette([HELLO], "yaml"))
    run(project, source).assert_outcomes(passed=2)


@pytest.mark.parametrize("line", ["", "[fail(429), fragments(size=1)]"])
def test_the_ini_file_takes_nothing_and_a_list(project, line):
    """An empty setting is the default, and a list is written as in Python."""
    project.ini(f"vcr_openai_stream = {line}")
    run(project, "@pytest.mark.vcr\ndef test_chat():\n    assert chat(max_retries=1)\n").assert_outcomes(passed=1)


@pytest.mark.parametrize("option", ["--disable-recording", "--record-mode=rewrite"])
def test_a_test_that_plays_nothing_is_not_cut(project, option):
    """Where no cassette is opened, or it is recorded anew, there is one test of a marker with cuts()."""
    source = marked("cuts()") + "def test_chat():\n    pass\n"
    result = run(project, source, option)
    result.assert_outcomes(passed=1)
    assert ids(result) == ["test_chat"]


def test_directions_that_a_failing_test_could_not_follow_are_a_section(project):
    """A test that fails by itself keeps its reason, and says, too, why its stream did not come as it was asked for."""
    source = marked("stall(1, seconds=9)") + (
        "def test_chat():\n    import json, urllib.request\n"
        "    body = json.dumps({'model': 'gpt-4o', 'stream': True, 'messages': [{'role': 'user', 'content': 'hi'}]})\n"
        "    asked = urllib.request.Request('https://api.openai.com/v1/chat/completions', body.encode())\n"
        "    asked.add_header('content-type', 'application/json')\n"
        "    try:\n        urllib.request.urlopen(asked)\n    except Exception:\n        pass\n"
        "    assert 'the reason' == ''\n"
    )
    result = run(project, source)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 'the reason' == ''*", "*this client gets a stream in one block only*"])
