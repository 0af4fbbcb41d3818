"""Recording again changes what changed: real pytest runs against a local server that answers alike, but not equally."""

from __future__ import annotations

import itertools
import json

import pytest
from inner_project import LibraryProject, Project
from several_processes import EVERYWHERE, also_in_two
from werkzeug import Response

FORMATS = ["yaml", "json", "openai.yaml", "recording.json"]
MODES = ["rewrite", "all"]


class Server:
    """A server whose answers say the same each time, with new ids, times, fingerprints, obfuscation and borders."""

    def __init__(self, httpserver):
        self.count = itertools.count(1)
        self.words = {}
        self.status = {}
        httpserver.expect_request("/v1/chat/completions").respond_with_handler(self.answer)

    def answer(self, request):
        asked = request.get_json()
        number = next(self.count)
        question = asked["messages"][-1]["content"]
        if status := self.status.get(question):
            return Response(
                json.dumps({"error": {"message": "no", "type": "t"}}), status, content_type="application/json"
            )
        words = self.words.get(question, f"Answer-to-{question}-at-some-length.")
        head = {
            "id": f"chatcmpl-{number:029d}"[:30] + "aB3",
            "created": 1700000000 + number,
            "model": "gpt-4o",
            "system_fingerprint": f"fp_{number:010x}",
        }
        headers = {"x-request-id": f"req_{number:032x}", "openai-processing-ms": str(100 + number)}
        usage = {"prompt_tokens": 9, "completion_tokens": 7, "total_tokens": 16}
        usage["prompt_tokens_details"] = {"cached_tokens": number % 3, "audio_tokens": 0}
        if asked.get("stream"):
            body = "".join(f"data: {json.dumps(one)}\n\n" for one in self.chunks(head, words, usage, number))
            return Response(body + "data: [DONE]\n\n", headers=headers, content_type="text/event-stream")
        message = {"role": "assistant", "content": words, "refusal": None}
        choice = {"index": 0, "message": message, "finish_reason": "stop", "logprobs": None}
        body = {**head, "object": "chat.completion", "choices": [choice], "usage": usage}
        return Response(json.dumps(body), headers=headers, content_type="application/json")

    def chunks(self, head, words, usage, number):
        head = {**head, "object": "chat.completion.chunk"}
        step = 3 + number % 5
        pieces = [words[at : at + step] for at in range(0, len(words), step)]
        deltas = [{"role": "assistant", "content": ""}, *({"content": piece} for piece in pieces)]
        for delta in deltas:
            choice = {"index": 0, "delta": delta, "finish_reason": None}
            yield {**head, "choices": [choice], "obfuscation": "x" * (number % 7)}
        yield {**head, "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]}
        yield {**head, "choices": [], "usage": usage}


@pytest.fixture
def server(httpserver, monkeypatch):
    monkeypatch.setenv("BASE", httpserver.url_for("/v1"))
    return Server(httpserver)


@pytest.fixture
def project(pytester):
    return Project(pytester)


def config(project, name):
    project.conftest(f"import pytest\n@pytest.fixture\ndef vcr_config():\n    return {{'serializer': {name!r}}}\n")


def files(project, folder="cassettes"):
    found = sorted((project.path / folder).rglob("*"))
    return {path.name: path.read_bytes() for path in found if path.is_file()}


SYNC = """
def stream(word):
    messages = [{"role": "user", "content": word}]
    with client.chat.completions.create(model="gpt-4o", messages=messages, stream=True) as chunks:
        return "".join(one.choices[0].delta.content or "" for one in chunks if one.choices)

@pytest.mark.vcr
def test_sync():
    assert ask("Mars") and stream("Venus") and ask("Earth")

@pytest.mark.vcr
class TestMany:
    @pytest.mark.parametrize("word", ["a/b", "c"])
    def test_it(self, word):
        assert stream(word)
"""
ASYNC = """
import asyncio

@pytest.mark.vcr
def test_concurrent():
    async def run():
        async with openai.AsyncOpenAI(api_key="none", max_retries=0, base_url=os.environ["BASE"]) as client:
            async def one(word):
                messages = [{"role": "user", "content": word}]
                return await client.chat.completions.create(model="gpt-4o", messages=messages)
            order = [f"word {number}" for number in range(8)]
            if os.environ.get("TURN"):
                order.reverse()
            await asyncio.gather(*map(one, order))
    asyncio.run(run())
"""


@pytest.mark.usefixtures("server")
@pytest.mark.slow
@pytest.mark.parametrize("mode", MODES)
@also_in_two("name", FORMATS)
def test_the_same_answers_change_no_file(project, monkeypatch, name, mode, more):
    """Recorded again against a server that answers alike, no file changes: sync, streams, async, concurrent calls."""
    config(project, name)
    project.test(SYNC + ASYNC)
    project.run("--record-mode=once").assert_outcomes(passed=4)
    before = files(project)
    monkeypatch.setenv("TURN", "1")
    project.run(f"--record-mode={mode}", *more).assert_outcomes(passed=4)
    assert len(before) == 4
    assert files(project) == before


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("name", FORMATS)
def test_one_changed_answer_changes_one_interaction(project, server, name, mode):
    """Where one answer has another word, all others stay to the letter, in their places."""
    config(project, name)
    project.test("@pytest.mark.vcr\ndef test_it():\n    for word in 'ABCD':\n        ask(word)\n")
    project.run("--record-mode=once").assert_outcomes(passed=1)
    ((_, before),) = files(project).items()
    server.words["C"] = "A-new-word."
    project.run(f"--record-mode={mode}").assert_outcomes(passed=1)
    ((_, after),) = files(project).items()
    assert b"A-new-word." in after
    old, new = before.decode().splitlines(), after.decode().splitlines()
    cut = next(at for at, line in enumerate(old) if "Answer-to-B" in line)
    end = next(at for at, line in enumerate(reversed(old)) if "Answer-to-D" in line)
    assert old[:cut] == new[:cut]
    assert old[len(old) - end :] == new[len(new) - end :]
    project.run().assert_outcomes(passed=1)


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("mode", MODES)
def test_what_is_not_sent_comes_out_and_what_is_new_stands_where_it_was_sent(project, mode):
    """A request that is not sent any more comes out of the file; a new one stands behind the one before it."""
    source = "@pytest.mark.vcr\ndef test_it():\n    for word in {!r}:\n        ask(word)\n"
    project.test(source.format("ABCD"))
    project.run("--record-mode=once").assert_outcomes(passed=1)
    project.test(source.format("DACX"))
    project.run(f"--record-mode={mode}").assert_outcomes(passed=1)
    ((_, text),) = files(project).items()
    asked = [line.decode().split("Answer-to-")[1][0] for line in text.splitlines() if b"Answer-to-" in line]
    assert asked == ["A", "C", "X", "D"]


@pytest.mark.usefixtures("server")
def test_mode_all_keeps_what_a_failed_test_did_not_send(project):
    """In record mode all a test that fails loses nothing that it did not send."""
    project.test("@pytest.mark.vcr\ndef test_it():\n    ask('A')\n    ask('B')\n")
    project.run("--record-mode=once").assert_outcomes(passed=1)
    before = files(project)
    project.test("@pytest.mark.vcr\ndef test_it():\n    ask('A')\n    assert 0\n")
    project.run("--record-mode=all").assert_outcomes(failed=1)
    assert files(project) == before


@pytest.mark.usefixtures("server")
def test_mode_all_keeps_what_another_test_may_play(project):
    """In record mode all a test with a cassette of several tests leaves the interactions of the others."""
    project.test(
        "@pytest.mark.vcr\n@pytest.mark.default_cassette('both.yaml')\n@pytest.mark.parametrize('word', 'AB')\n"
        "def test_it(word):\n    ask(word)\n"
    )
    project.run("--record-mode=new_episodes").assert_outcomes(passed=2)
    before = files(project)
    project.run("--record-mode=all").assert_outcomes(passed=2)
    assert files(project) == before


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("mode", MODES)
def test_it_can_be_turned_off(project, mode):
    """With vcr_openai_stable = false a file that is recorded again is new."""
    project.ini("vcr_openai_stable = false")
    project.test("@pytest.mark.vcr\ndef test_it():\n    ask('A')\n")
    project.run("--record-mode=once").assert_outcomes(passed=1)
    before = files(project)
    project.run(f"--record-mode={mode}").assert_outcomes(passed=1)
    assert files(project) != before


def test_a_wrong_setting_is_a_usage_error(project):
    """A value that is neither true nor false is a usage error that names the setting."""
    project.ini("vcr_openai_stable = perhaps")
    project.test("def test_it():\n    pass\n")
    project.run().stderr.fnmatch_lines(["*vcr_openai_stable*perhaps*"])


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("mode", MODES)
def test_a_library_stays_as_it_is(pytester, httpserver, monkeypatch, mode):
    """Recordings of a library that say the same are not written again."""
    project = LibraryProject(pytester, httpserver, monkeypatch)
    project.test(SYNC)
    project.run("--record-mode=once").assert_outcomes(passed=3)
    before = files(project, "recordings")
    project.run(f"--record-mode={mode}").assert_outcomes(passed=3)
    assert len(before) == 5
    assert files(project, "recordings") == before


def test_a_library_has_the_changed_answer(pytester, server, httpserver, monkeypatch):
    """Of a library's recordings the one whose answer changed is written again."""
    project = LibraryProject(pytester, httpserver, monkeypatch)
    project.test("@pytest.mark.vcr\ndef test_it():\n    ask('A')\n    ask('B')\n")
    project.run("--record-mode=once").assert_outcomes(passed=1)
    server.words["B"] = "A-new-word."
    project.run("--record-mode=rewrite").assert_outcomes(passed=1)
    assert project.answers() == {"A": "Answer-to-A-at-some-length.", "B": "A-new-word."}


@pytest.mark.parametrize("mode", MODES)
def test_tool_calls_with_new_ids_change_no_file(project, httpserver, monkeypatch, mode):
    """A conversation in which the second request repeats the first answer's new id stays as it is."""
    monkeypatch.setenv("BASE", httpserver.url_for("/v1"))
    count = itertools.count(1)

    def answer(request):
        number = next(count)
        call = {"id": f"call_{'aB3dE5gH7jK9' * 2}{number:02d}"[:29], "type": "function"}
        call["function"] = {"name": "f", "arguments": "{}"}
        is_first = len(request.get_json()["messages"]) == 1
        message = {"role": "assistant", "content": None, "tool_calls": [call]} if is_first else {"content": "Done."}
        body = {"id": f"chatcmpl-{number}", "object": "chat.completion", "created": number, "model": "gpt-4o"}
        body["choices"] = [{"index": 0, "message": {"role": "assistant", **message}, "finish_reason": "stop"}]
        return Response(json.dumps(body), content_type="application/json")

    httpserver.expect_request("/v1/chat/completions").respond_with_handler(answer)
    project.test("""
@pytest.mark.vcr
def test_it():
    asked = [{"role": "user", "content": "Go"}]
    first = client.chat.completions.create(model="gpt-4o", messages=asked).choices[0].message
    result = {"role": "tool", "tool_call_id": first.tool_calls[0].id, "content": "1"}
    client.chat.completions.create(model="gpt-4o", messages=[*asked, first.model_dump(), result])
""")
    project.run("--record-mode=once").assert_outcomes(passed=1)
    before = files(project)
    project.run(f"--record-mode={mode}").assert_outcomes(passed=1)
    assert files(project) == before
    project.run().assert_outcomes(passed=1)


FAILING = "@pytest.mark.vcr\ndef test_it():\n    ask('A')\n    ask('B')\n"


@also_in_two("status", [401, 403, 429, 500, 503, 529])
def test_an_accidental_failure_is_not_saved(project, server, status, more):
    """A failure of the key, the quota or the server is not saved when the test fails, and the summary says so."""
    server.status["B"] = status
    project.test(FAILING)
    result = project.run("--record-mode=new_episodes", *more)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"test_it.py::test_it: POST http://*/v1/chat/completions: {status}"])
    ((_, text),) = files(project).items()
    assert b"Answer-to-A" in text
    assert b'"no"' not in text


def test_all_attempts_are_kept_back(project, server):
    """The failures of the SDK's retries are not saved either, and are counted."""
    server.status["B"] = 500
    project.test(
        "@pytest.mark.vcr\ndef test_it():\n"
        "    client.with_options(max_retries=1).models.with_raw_response\n"
        "    client.with_options(max_retries=1).chat.completions.create(\n"
        "        model='gpt-4o', messages=[{'role': 'user', 'content': 'B'}])\n"
    )
    result = project.run("--record-mode=once")
    result.stdout.fnmatch_lines(["*completions: 500 (2 times)"])
    assert files(project) == {}


def test_a_failure_that_the_test_expects_is_saved(project, server):
    """When the test passes, the failure was meant."""
    server.status["B"] = 401
    project.test(
        "@pytest.mark.vcr\ndef test_it():\n    with pytest.raises(openai.AuthenticationError):\n        ask('B')\n"
    )
    result = project.run("--record-mode=once")
    result.assert_outcomes(passed=1)
    result.stdout.no_fnmatch_line("*not saved*")
    project.run().assert_outcomes(passed=1)


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_failure_that_answers_the_request_is_saved(project, server, status):
    """A failure that says something of the request is saved, whatever the outcome."""
    server.status["B"] = status
    project.test(FAILING)
    project.run("--record-mode=once").assert_outcomes(failed=1)
    ((_, text),) = files(project).items()
    assert b'"no"' in text


@pytest.mark.parametrize("source", ["    ask('B')\n", "    assert 0\n"], ids=["failure", "nothing sent"])
def test_a_rewrite_that_records_nothing_leaves_the_old_file(project, server, source):
    """In mode rewrite a test that fails without anything to save gets its old cassette back."""
    project.test("@pytest.mark.vcr\ndef test_it():\n    ask('B')\n")
    project.run("--record-mode=once").assert_outcomes(passed=1)
    before = files(project)
    server.status["B"] = 401
    project.test(f"@pytest.mark.vcr\ndef test_it():\n{source}")
    project.run("--record-mode=rewrite").assert_outcomes(failed=1)
    assert files(project) == before


@also_in_two("name", FORMATS)
def test_a_rewrite_with_a_failure_leaves_the_old_file(project, server, name, more):
    """In mode rewrite a test gets its old cassette back whole where a failure is not saved."""
    config(project, name)
    project.test(FAILING)
    project.run("--record-mode=once").assert_outcomes(passed=1)
    before = files(project)
    server.status["B"] = 401
    server.words["A"] = "A-new-word."
    project.run("--record-mode=rewrite", *more).assert_outcomes(failed=1)
    assert files(project) == before


def test_a_rewrite_with_a_failure_leaves_the_old_file_without_stable(project, server):
    """The old cassette comes back whole with vcr_openai_stable = false, too."""
    project.ini("vcr_openai_stable = false")
    project.test(FAILING)
    project.run("--record-mode=once").assert_outcomes(passed=1)
    before = files(project)
    server.status["B"] = 401
    project.run("--record-mode=rewrite").assert_outcomes(failed=1)
    assert files(project) == before


@pytest.mark.parametrize("mode", ["once", "rewrite"])
@pytest.mark.parametrize("name", FORMATS)
def test_a_first_recording_with_a_failure_writes_no_file(project, server, name, mode):
    """Where there was no cassette, a failure that is not saved leaves none: the next run records all of it."""
    config(project, name)
    server.status["B"] = 401
    project.test(FAILING)
    project.run(f"--record-mode={mode}").assert_outcomes(failed=1)
    assert files(project) == {}
    server.status.clear()
    project.run("--record-mode=once").assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)


@EVERYWHERE
@pytest.mark.parametrize("mode", ["once", "rewrite"])
def test_the_summary_says_that_nothing_else_was_saved(project, server, mode, more):
    """The line of a failure that is not saved says how many answers were not saved with it."""
    server.status["B"] = 401
    project.test(FAILING)
    result = project.run(f"--record-mode={mode}", *more)
    result.stdout.fnmatch_lines(["*completions: 401; nor was anything else that was recorded (1 answer)"])


@pytest.mark.parametrize("mode", ["once", "rewrite"])
def test_a_library_keeps_the_recordings_beside_a_failure(pytester, server, httpserver, monkeypatch, mode):
    """In a library each complete answer is a file of its own, which a failure of the same test leaves."""
    project = LibraryProject(pytester, httpserver, monkeypatch)
    server.status["B"] = 401
    project.test(FAILING)
    project.run(f"--record-mode={mode}").assert_outcomes(failed=1)
    assert list(project.answers()) == ["A"]


def test_the_switch_leaves_all_to_pytest_recording(project, server):
    """With vcr_openai = false nothing is kept back and no file put back."""
    project.ini("vcr_openai = false")
    server.status["B"] = 401
    project.test("@pytest.mark.vcr\ndef test_it():\n    ask('B')\n")
    project.run("--record-mode=once").assert_outcomes(failed=1)
    assert len(files(project)) == 1


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize(
    ("marker", "config", "folder"),
    [
        ("@pytest.mark.vcr(record_mode='rewrite')", "{}", ""),
        ("@pytest.mark.vcr", "{'record_mode': 'rewrite'}", ""),
        ("@pytest.mark.vcr", "{'record_mode': 'rewrite'}", "cassettes/elsewhere"),
    ],
    ids=["marker", "vcr_config", "folder"],
)
def test_rewrite_may_be_set_anywhere(project, marker, config, folder):
    """The old file is known wherever the record mode and the folder of cassettes are set."""
    source = f"import pytest\n@pytest.fixture\ndef vcr_config():\n    return {config}\n"
    if folder:
        source += f"@pytest.fixture(scope='module')\ndef vcr_cassette_dir():\n    return {folder!r}\n"
    project.conftest(source)
    project.test(
        f"{marker}\n@pytest.mark.parametrize('word', ['{'long' * 80}', 'a/b'])\ndef test_it(word):\n    ask(word)\n"
    )
    project.run().assert_outcomes(passed=2)
    before = files(project)
    project.run().assert_outcomes(passed=2)
    assert len(before) == 2
    assert files(project) == before


@pytest.mark.usefixtures("server")
def test_tests_of_one_name_in_two_folders_have_files_of_their_own(project):
    """Of two modules of one name each test finds the file beside it."""
    for folder in ("a", "b"):
        path = project.path / folder / "test_same.py"
        path.parent.mkdir()
        (path.parent / "__init__.py").touch()
        project.test(f"@pytest.mark.vcr\ndef test_it():\n    ask('{folder}')\n")
        (project.path / "test_it.py").rename(path)
    project.run("--record-mode=once").assert_outcomes(passed=2)
    before = [files(project, folder) for folder in ("a/cassettes", "b/cassettes")]
    project.run("--record-mode=rewrite").assert_outcomes(passed=2)
    assert [files(project, folder) for folder in ("a/cassettes", "b/cassettes")] == before


@pytest.mark.parametrize("end", ["raise KeyboardInterrupt", "pytest.exit('enough')"])
@pytest.mark.parametrize("asked", ["", "ask('B')"])
def test_an_interrupted_test_gets_its_cassette_back(project, server, asked, end):
    """Mode ``rewrite`` has removed it; what was recorded until then is none, or an accidental failure."""
    project.test("@pytest.mark.vcr\ndef test_it():\n    ask('A')\n")
    project.run("--record-mode=once").assert_outcomes(passed=1)
    before = files(project)
    server.status["B"] = 401
    body = f"    try:\n        {asked or 'pass'}\n    except openai.APIError:\n        pass\n    {end}\n"
    project.test(f"@pytest.mark.vcr\ndef test_it():\n{body}")
    result = project.pytester.runpytest_subprocess("--record-mode=rewrite")
    assert result.ret == pytest.ExitCode.INTERRUPTED
    assert files(project) == before
    if asked:
        result.stdout.fnmatch_lines(["test_it.py::test_it: POST *: 401*"])


def test_a_fixture_that_fails_gets_its_cassette_back(project, server):
    """Mode ``rewrite`` has removed it, and the fixture recorded nothing but a failure."""
    fixture = (
        "import vcr_openai\n@pytest.fixture(scope='module')\ndef made(request):\n"
        "    with vcr_openai.use(request):\n        return ask({!r})\ndef test_it(made):\n    pass\n"
    )
    project.test(fixture.format("A"))
    project.run("--record-mode=once").assert_outcomes(passed=1)
    before = files(project)
    server.status["B"] = 401
    project.test(fixture.format("B"))
    project.run("--record-mode=rewrite").assert_outcomes(errors=1)
    assert files(project) == before


OTHERS = {
    "default_cassette": "@pytest.mark.vcr\n@pytest.mark.default_cassette('test_one')\ndef test_two():\n    ask('B')\n",
    "a further cassette": "@pytest.mark.vcr('cassettes/test_it/test_one.yaml')\ndef test_two():\n    ask('B')\n",
}


@pytest.mark.parametrize("arguments", [["test_it.py::test_one"], ["-k", "test_one"], []], ids=["::", "-k", "skipped"])
@pytest.mark.parametrize("other", OTHERS.values(), ids=OTHERS)
@pytest.mark.usefixtures("server")
def test_mode_all_keeps_what_another_test_plays(project, other, arguments):
    """Whether that test was collected, deselected or skipped, or only its file's text names the cassette."""
    one = "@pytest.mark.vcr\ndef test_one():\n    ask('A')\n"
    project.test(one + "    ask('B')\n")
    project.run("--record-mode=once").assert_outcomes(passed=1)
    skip = "" if arguments else "@pytest.mark.skip\n"
    project.test(one + skip + other)
    project.run("--record-mode=all", *arguments)
    text = (project.path / "cassettes" / "test_it" / "test_one.yaml").read_text(encoding="utf-8")
    assert text.count("uri:") == 2


@pytest.mark.usefixtures("server")
def test_mode_all_drops_what_a_test_alone_no_longer_asks(project):
    """A test that is run by its name loses what it does not send any more."""
    project.test("@pytest.mark.vcr\ndef test_one():\n    ask('A')\n    ask('B')\n")
    project.run("--record-mode=once").assert_outcomes(passed=1)
    project.test("@pytest.mark.vcr\ndef test_one():\n    ask('A')\n")
    project.run("--record-mode=all", "test_it.py::test_one").assert_outcomes(passed=1)
    text = (project.path / "cassettes" / "test_it" / "test_one.yaml").read_text(encoding="utf-8")
    assert text.count("uri:") == 1
