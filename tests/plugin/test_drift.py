"""``pytest --vcr-openai-drift``, ``--vcr-openai-accept`` and ``vcr_openai_drift``, through real pytest runs."""

from __future__ import annotations

import json
import re

import pytest
from cassette_texts import write_cassette
from chats import answer, interaction, question
from inner_project import LibraryProject
from recordings import chat
from several_processes import ALSO_IN_TWO, EVERYWHERE, also_in_two

from vcr_openai import Recording, to_interaction
from vcr_openai._formats.registry import read_document
from vcr_openai._recording.key import recording_name

DRIFT, ACCEPT = "--vcr-openai-drift", "--vcr-openai-accept"
# Each format, one of them in two workers.
PAIRWISE = pytest.mark.parametrize(
    ("suffix", "more"),
    [("yaml", []), pytest.param("json", ["-n2"], marks=pytest.mark.slow), ("openai.yaml", []), ("recording.json", [])],
)
FORMATS = pytest.mark.parametrize("suffix", ["yaml", "json", "openai.yaml", "recording.json"])
TOOL = {"type": "function", "function": {"name": "f", "parameters": {}}}
STRICT = {"type": "function", "function": {"name": "f", "parameters": {}, "strict": True}}
# What a suite of 40 tests recorded, and what it asks today, by the number of the test modulo four.
RECORDED = [{}, {}, {"tools": [TOOL]}, {}]
TODAY = [{}, {"tool_choice": "required"}, {"tools": [STRICT]}, {}]
PROMPTS = ["planet {}", "planet {}", "planet {}", "Please tell me of planet {}"]


@pytest.fixture
def project(pytester, httpserver, monkeypatch):
    """A folder for an inner pytest run, with a server that its tests may ask."""
    project = LibraryProject(pytester, httpserver, monkeypatch)
    project.ini("")
    return project


def cassette(*pairs, suffix="yaml", **more):
    """A cassette's text: questions with their answers."""
    return write_cassette([interaction(answer(told), sent=question(asked, **more)) for asked, told in pairs], suffix)


def serializer(project, suffix):
    """Let the tests use a format."""
    project.conftest(
        f"import pytest\n@pytest.fixture(scope='session')\ndef vcr_config():\n    return {{'serializer': {suffix!r}}}\n"
    )


def suite(project, suffix="yaml", number=40):
    """A suite whose requests drifted in three ways, ten each; ten did not."""
    serializer(project, suffix)
    source = ""
    for index in range(number):
        text = cassette((f"planet {index}", f"answer {index}"), suffix=suffix, **RECORDED[index % 4])
        project.cassette(f"test_{index}.{suffix}", text)
        prompt = PROMPTS[index % 4].format(index)
        source += f"@pytest.mark.vcr\ndef test_{index}():\n"
        source += f"    assert ask({prompt!r}, **{TODAY[index % 4]!r}) == 'answer {index}'\n"
    project.test(source)


def files(project, pattern="cassettes/**/*.*"):
    """The text of each cassette by its name."""
    return {path.name: path.read_text(encoding="utf-8") for path in sorted(project.path.glob(pattern))}


def texts_of_answers(text):
    """The lines of a cassette's file that are neither its request nor the mark."""
    exchanges = read_document(text).exchanges
    return [(one.response.status, one.response.headers, one.response.body.content) for one in exchanges]


def listed(project, *arguments):
    """The JSON that a run with the option writes."""
    project.run(f"{DRIFT}=out/drift.json", *arguments)
    return json.loads((project.path / "out" / "drift.json").read_text(encoding="utf-8"))


def paths(found):
    """The paths of the groups, sorted."""
    return sorted(group["path"] for group in found["groups"])


# --- a suite of 40 tests


@PAIRWISE
@pytest.mark.slow
def test_a_suite_that_drifted_passes_and_tells_three_groups(project, suffix, more):
    """The plain run fails; with the option all pass, and the end names the three kinds of change with their numbers."""
    suite(project, suffix)
    project.run(*more).assert_outcomes(passed=10, failed=30)
    result = project.run(DRIFT, *more)
    result.assert_outcomes(passed=40)
    [line] = [line for line in result.outlines if "requests drifted" in line]
    assert line.startswith("30 requests drifted: ")
    assert sorted(line.removeprefix("30 requests drifted: ").split("; ")) == [
        "10 texts changed (messages[*].content)",
        '10 × tool_choice absent → "required"',
        "10 × tools[*].function.strict absent → true",
    ]


@PAIRWISE
@pytest.mark.slow
def test_accepting_one_leaves_two(project, suffix, more):
    """The requests of the accepted kind are written, the other files stay, and so does each answer."""
    suite(project, suffix)
    before = files(project)
    project.run(f"{ACCEPT}=tools[*].function.strict", *more).assert_outcomes(passed=40)
    after = files(project)
    changed = {name for name in before if before[name] != after[name]}
    assert changed == {f"test_{index}.{suffix}" for index in range(2, 40, 4)}
    assert all(texts_of_answers(before[name]) == texts_of_answers(after[name]) for name in before)
    assert paths(listed(project, *more)) == ["messages[*].content", "tool_choice"]
    project.run(*more).assert_outcomes(passed=20, failed=20)


@FORMATS
@pytest.mark.slow
def test_accepting_all_makes_the_plain_run_pass(project, suffix):
    """After ``all`` no request drifts, and nothing is left to accept."""
    suite(project, suffix, number=8)
    project.run(ACCEPT, "all").assert_outcomes(passed=8)
    before = files(project)
    project.run().assert_outcomes(passed=8)
    result = project.run(ACCEPT, "all")
    result.stdout.fnmatch_lines(["no request drifted"])
    assert files(project) == before


# --- which recorded request stands in


def test_each_interaction_stands_in_once_in_order(project):
    """Of several that are equally near, the recorded order counts, one to one; one too many misses."""
    project.cassette("test_it.yaml", cassette(("alpha", "1"), ("beta", "2")))
    project.test(
        "@pytest.mark.vcr\ndef test_it():\n    assert [ask('gamma'), ask('delta')] == ['1', '2']\n    ask('x')\n"
    )
    result = project.run(DRIFT)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*no recorded request answers*", "2 requests drifted*", "1 request had no *left"])


@pytest.mark.parametrize("order", [("Mars", "Saturn"), ("Saturn", "Mars")])
def test_the_nearest_stands_in(project, order):
    """Whatever the order of the calls, a request gets the answer of the one that shares most of its words."""
    project.cassette("test_it.yaml", cassette(("Tell me of Saturn", "rings"), ("Tell me of Mars", "red")))
    told = {"Saturn": "rings", "Mars": "red"}
    lines = "".join(f"    assert ask('Please, what of {word} now?') == {told[word]!r}\n" for word in order)
    project.test(f"@pytest.mark.vcr\ndef test_it():\n{lines}")
    project.run(DRIFT).assert_outcomes(passed=1)


def test_an_equal_request_keeps_its_answer(project):
    """A request that did not drift gets its own answer, though one that drifted comes first."""
    project.cassette("test_it.yaml", cassette(("planet Saturn", "rings"), ("planet Mars", "red")))
    project.test(
        "@pytest.mark.vcr\ndef test_it():\n"
        "    assert ask('planet Mars please') == 'red'\n    assert ask('planet Saturn') == 'rings'\n"
    )
    assert listed(project)["drifted"] == 1


def test_concurrent_calls_get_their_own(project):
    """Calls of an asynchronous client at once are answered by their nearest, too."""
    names = [f"planet number{index}" for index in range(6)]
    project.cassette("test_it.yaml", cassette(*((name, name) for name in names)))
    project.test(
        "import asyncio\n"
        "async def one(client, name):\n"
        "    reply = await client.chat.completions.create(model='gpt-4o', temperature=0.5,\n"
        "        messages=[{'role': 'user', 'content': name}])\n"
        "    assert reply.choices[0].message.content == name\n"
        "async def go():\n"
        "    async with openai.AsyncOpenAI(api_key='none', max_retries=0) as client:\n"
        f"        await asyncio.gather(*(one(client, name) for name in {names[::-1]!r}))\n"
        "@pytest.mark.vcr\ndef test_it():\n    asyncio.run(go())\n"
    )
    found = listed(project)
    assert found["drifted"] == 6
    assert [(group["path"], group["live"]) for group in found["groups"]] == [("temperature", 0.5)]


def test_another_endpoint_does_not_stand_in(project):
    """A request to a path that the cassette does not have is a miss, with the option as without it."""
    project.cassette("test_it.yaml", cassette(("alpha", "1")))
    project.test("@pytest.mark.vcr\ndef test_it():\n    models()\n")
    project.run(DRIFT).assert_outcomes(failed=1)


@pytest.mark.parametrize("mode", ["once", "new_episodes", "all"])
def test_nothing_is_sent(project, mode):
    """A test whose own record mode records does not: no request leaves, with the option."""
    project.server("live")
    project.cassette("test_it.yaml", cassette(("alpha", "1")))
    before = files(project)
    project.test(
        f"@pytest.mark.vcr(record_mode={mode!r})\ndef test_it():\n    assert ask('beta') == '1'\n    ask('x')\n"
    )
    project.run(DRIFT).assert_outcomes(failed=1)
    assert not project.httpserver.log
    assert files(project) == before


@pytest.mark.parametrize("where", ["marker", "config"])
def test_no_cassette_is_deleted(project, where):
    """Where a test's own record mode is ``rewrite``, it is an error, and its cassette stays."""
    project.cassette("test_it.yaml", cassette(("alpha", "1")))
    before = files(project)
    marker, config = ("(record_mode='rewrite')", "none") if where == "marker" else ("", "rewrite")
    project.test(
        f"@pytest.fixture\ndef vcr_config():\n    return {{'record_mode': {config!r}}}\n"
        f"@pytest.mark.vcr{marker}\ndef test_it():\n    ask('beta')\n"
    )
    result = project.run(DRIFT)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*--vcr-openai-drift and --vcr-openai-accept replay*rewrite*"])
    assert files(project) == before


def test_vcrpys_own_matchers_may_be_in_use(project):
    """A suite that sets ``match_on`` to vcrpy's body matcher drifts as any other."""
    project.conftest(
        "import pytest\n@pytest.fixture(scope='module')\ndef vcr_config():\n"
        "    return {'match_on': ['method', 'scheme', 'host', 'port', 'path', 'query', 'body']}\n"
    )
    project.cassette("test_it.yaml", cassette(("alpha", "1")))
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('beta') == '1'\n")
    assert listed(project)["drifted"] == 1
    project.run(f"{ACCEPT}=all").assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)


@pytest.mark.parametrize("kind", ["class", "module", "parametrized"])
def test_however_the_tests_are_made(project, kind):
    """Marked classes and modules, and parametrized tests, drift and are accepted as any other."""
    names = {
        "class": ["TestIt.test_one"],
        "module": ["test_one"],
        "parametrized": ["test_one[Saturn]", "test_one[Mars]"],
    }[kind]
    for name in names:
        project.cassette(f"{name}.yaml", cassette(("alpha", "1")))
    body = {
        "class": "@pytest.mark.vcr\nclass TestIt:\n    def test_one(self):\n        assert ask('beta') == '1'\n",
        "module": "pytestmark = pytest.mark.vcr\ndef test_one():\n    assert ask('beta') == '1'\n",
        "parametrized": "@pytest.mark.vcr\n@pytest.mark.parametrize('word', ['Saturn', 'Mars'])\n"
        "def test_one(word):\n    assert ask(word) == '1'\n",
    }[kind]
    project.test(body)
    project.run(f"{ACCEPT}=messages[*].content").assert_outcomes(passed=len(names))
    project.run().assert_outcomes(passed=len(names))


# --- the file of all, the options


def test_the_file_has_all(project):
    """The JSON has each request with its test, its interaction and both values of each difference."""
    project.cassette("test_it.yaml", cassette(("alpha", "1"), temperature=0.1))
    project.test("@pytest.mark.vcr\ndef test_it():\n    ask('alpha', temperature=0.123456789)\n")
    assert listed(project) == {
        "drifted": 1,
        "missed": 0,
        "groups": [
            {
                "path": "temperature",
                "requests": 1,
                "what": "1 × temperature 0.1 → 0.123456789",
                "recorded": 0.1,
                "live": 0.123456789,
            }
        ],
        "requests": [
            {
                "test": "test_it.py::test_it",
                "cassette": "cassettes/test_it/test_it.yaml",
                "interaction": "interactions[0]",
                "passed": True,
                "differences": [{"path": "temperature", "recorded": 0.1, "live": 0.123456789}],
            }
        ],
        "accepted": [],
    }


def test_a_path_behind_the_option_is_a_test(project):
    """``--vcr-openai-drift test_it.py`` runs that file."""
    suite(project, number=4)
    project.run(DRIFT, "test_it.py").assert_outcomes(passed=4)


@pytest.mark.parametrize(
    ("arguments", "expected"),
    [
        ([f"{ACCEPT}=tools[x]"], f"*{ACCEPT}: expected a path*"),
        ([f"{ACCEPT}="], f"*{ACCEPT}: expected a path*"),
        ([f"{ACCEPT}=all,tools"], f"*{ACCEPT}: expected all or paths, found both"),
        ([f"{DRIFT}=report.txt"], f"*{DRIFT}: expected the name of a .json file*"),
        ([DRIFT, "--disable-recording"], f"*{DRIFT}*expected no --disable-recording*"),
        ([DRIFT, "--record-mode=rewrite"], f"*{DRIFT}*expected no --record-mode=rewrite*"),
    ],
)
def test_a_wrong_option_is_told_before_any_test(project, arguments, expected):
    """A value that cannot be meant ends the run with a usage error that names the option."""
    suite(project, number=1)
    result = project.run(*arguments)
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([expected])


def test_no_secret_is_shown(project):
    """A key in a prompt is in neither the output nor the file, even where redaction is off."""
    key = "sk-proj-" + "Zx9" * 16
    project.ini("vcr_openai_redact = false")
    project.cassette("test_it.yaml", cassette(("alpha", "1")))
    project.test(f"@pytest.mark.vcr\ndef test_it():\n    assert ask({key!r}) == '1'\n")
    result = project.run(f"{DRIFT}=out.json")
    result.assert_outcomes(passed=1)
    assert key not in result.stdout.str() + (project.path / "out.json").read_text(encoding="utf-8")


# --- what is written


@FORMATS
def test_only_the_request_changes(project, suffix):
    """The text of the other interaction stays byte for byte."""
    serializer(project, suffix)
    text = cassette(("alpha", "1"), ("beta", "2"), suffix=suffix)
    project.cassette(f"test_it.{suffix}", text)
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert [ask('alpha'), ask('gamma')] == ['1', '2']\n")
    project.run(f"{ACCEPT}=all").assert_outcomes(passed=1)
    [after] = files(project).values()
    removed = [line for line in text.split("\n") if line not in after.split("\n")]
    assert len(removed) <= 2  # the line of the body, and one that gets a comma
    assert "beta" in "".join(removed)


@also_in_two("suffix", ["yaml", "json", "openai.yaml", "recording.json"])
def test_the_line_ends_stay(project, suffix, more):
    r"""A file whose lines end with ``\\r\\n`` keeps them, and has no other line changed than the request's."""
    serializer(project, suffix)
    text = cassette(("alpha", "1"), ("beta", "2"), suffix=suffix).replace("\n", "\r\n")
    project.cassette(f"test_it.{suffix}", "")
    path = project.path / "cassettes" / "test_it" / f"test_it.{suffix}"
    path.write_bytes(text.encode())
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert [ask('alpha'), ask('gamma')] == ['1', '2']\n")
    project.run(f"{ACCEPT}=all", *more).assert_outcomes(passed=1)
    after = path.read_bytes().decode()
    assert after.count("\r\n") == after.count("\n")
    assert len([line for line in text.split("\r\n") if line not in after.split("\r\n")]) <= 2
    project.run(*more).assert_outcomes(passed=1)


@FORMATS
def test_the_mark_has_the_date_and_the_paths(project, suffix):
    """The interaction is marked as accepted, and stays so through a conversion."""
    serializer(project, suffix)
    project.cassette(f"test_it.{suffix}", cassette(("alpha", "1"), suffix=suffix))
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('beta', seed=1) == '1'\n")
    project.run(f"{ACCEPT}=messages[*].content,seed").assert_outcomes(passed=1)
    [text] = files(project).values()
    [exchange] = read_document(text).exchanges
    mark = exchange.provenance["accepted"]
    assert re.fullmatch(r"\d{4}-\d\d-\d\d", mark["date"])
    assert mark["paths"] == ["messages[*].content", "seed"]


@FORMATS
def test_a_marked_cassette_records_as_before(project, suffix):
    """Where a cassette with a mark gets a further interaction, the mark stays and both play."""
    serializer(project, suffix)
    project.server("2")
    project.cassette(f"test_it.{suffix}", cassette(("alpha", "1"), suffix=suffix))
    source = "@pytest.mark.vcr\ndef test_it():\n    assert ask('beta') == '1'\n"
    project.test(source)
    project.run(f"{ACCEPT}=all").assert_outcomes(passed=1)
    project.test(f"{source}    assert ask('gamma') == '2'\n")
    project.run("--record-mode=new_episodes").assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)
    [text] = files(project).values()
    assert [bool(one.provenance.get("accepted")) for one in read_document(text).exchanges] == [True, False]


def test_what_is_not_covered_is_not_written(project):
    """A request with a further difference stays as it is."""
    project.cassette("test_it.yaml", cassette(("alpha", "1")))
    before = files(project)
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('beta', seed=1) == '1'\n")
    project.run(f"{ACCEPT}=seed").assert_outcomes(passed=1)
    assert files(project) == before


@EVERYWHERE
@pytest.mark.parametrize(
    ("path", "meant"),
    [
        ("tools[*].functon.strict", "; is tools[[]*].function.strict meant?"),
        ("strict", "; is tools[[]*].function.strict meant?"),
        ("messages[7].content", "; is messages[[]*].content meant?"),
        ("stop", ""),
    ],
)
def test_a_path_without_a_difference_is_named(project, path, meant, more):
    """The end names each given path at which no request differs, and the paths that may be meant."""
    suite(project, number=4)
    shown = path.replace("[", "[[]")
    result = project.run(f"{ACCEPT}=tool_choice,{path}", *more)
    result.stdout.fnmatch_lines(
        ["1 request accepted in 1 file: *", f"not accepted: {shown}: no request differs there{meant}"]
    )
    assert "not accepted: tool_choice" not in result.stdout.str()


def test_a_path_is_not_named_where_nothing_drifted(project):
    """A second run with the same path has nothing to accept, and the path is not called wrong."""
    suite(project, number=2)
    project.run(f"{ACCEPT}=tool_choice").assert_outcomes(passed=2)
    result = project.run(f"{ACCEPT}=tool_choice")
    result.stdout.fnmatch_lines(["no request drifted"])
    result.stdout.no_fnmatch_line("*no request differs there*")


def test_a_failed_tests_requests_are_not_written(project):
    """The answer may have been that of another request, so the request is not accepted, and the reason is told."""
    project.cassette("test_it.yaml", cassette(("alpha", "1")))
    before = files(project)
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('beta') == '2'\n")
    result = project.run(f"{ACCEPT}=all")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["not accepted: test_it.py::test_it, *: its test failed*"])
    assert files(project) == before


@ALSO_IN_TWO
def test_what_another_test_needs_is_not_written(project, more):
    """An interaction that one test plays as it is and another one with drift stays, and the reason is told."""
    project.cassette("both.yaml", cassette(("alpha", "1")))
    before = files(project)
    project.test(
        "@pytest.mark.vcr\n@pytest.mark.default_cassette('both.yaml')\ndef test_a():\n    assert ask('alpha') == '1'\n"
        "@pytest.mark.vcr\n@pytest.mark.default_cassette('both.yaml')\ndef test_b():\n    assert ask('beta') == '1'\n"
    )
    result = project.run(f"{ACCEPT}=all", *more)
    result.assert_outcomes(passed=2)
    result.stdout.fnmatch_lines(["not accepted: test_it.py::test_b*equals the recorded one*"])
    assert files(project) == before


def test_two_changes_of_one_interaction_are_not_written(project):
    """Where two tests ask one interaction, each in its own way, neither is accepted, and the reason is told."""
    project.cassette("both.yaml", cassette(("alpha", "1")))
    before = files(project)
    project.test(
        "@pytest.mark.vcr\n@pytest.mark.default_cassette('both.yaml')\ndef test_a():\n    assert ask('beta') == '1'\n"
        "@pytest.mark.vcr\n@pytest.mark.default_cassette('both.yaml')\ndef test_b():\n    assert ask('gamma') == '1'\n"
    )
    result = project.run(f"{ACCEPT}=all")
    result.stdout.fnmatch_lines(["not accepted: test_it.py::test_a*each in its own way", "not accepted: *::test_b*"])
    assert files(project) == before


def test_nothing_is_written_after_an_early_end(project):
    """Where the run stops, it is not known what the other tests need."""
    project.cassette("test_a.yaml", cassette(("alpha", "1")))
    project.cassette("test_b.yaml", cassette(("alpha", "1")))
    before = files(project)
    project.test(
        "@pytest.mark.vcr\ndef test_a():\n    assert ask('beta') == '1'\n"
        "@pytest.mark.vcr\ndef test_b():\n    assert ask('beta') == '2'\ndef test_c():\n    pass\n"
    )
    result = project.run("-x", f"{ACCEPT}=all")
    result.assert_outcomes(passed=1, failed=1)
    result.stdout.fnmatch_lines(["nothing was accepted: the run ended early"])
    assert files(project) == before


def test_a_file_that_cannot_be_written_fails_the_run(project):
    """A library's recording whose new name another file has stays; the run names it and fails."""
    project.ini("vcr_openai_library = true")
    old = {**chat("Saturn", "rings"), "test_id": "test_it.py::test_it"}
    path = project.record(old)
    taken = recording_name(Recording({**chat("Saturn?", "rings"), "test_id": "test_it.py::test_it"}))
    path.with_name(taken).write_text("{}")
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('Saturn?') == 'rings'\n")
    before = files(project, "recordings/*")
    result = project.run(f"{ACCEPT}=all")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines([f"not accepted: test_it.py::test_it, *: expected no file {taken}, which *"])
    assert files(project, "recordings/*") == before


def test_a_file_of_all_that_cannot_be_written_fails_the_run(project):
    """The end names the file, and the run does not count as a success."""
    project.cassette("test_it.yaml", cassette(("alpha", "1")))
    project.test("@pytest.mark.vcr\ndef test_it():\n    ask('beta')\n    os.mkdir('drift.json')\n")
    result = project.run(f"{DRIFT}=drift.json")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.stdout.fnmatch_lines(["drift.json: not written: *"])


def test_an_extra_cassette_is_written_too(project):
    """The interaction of a further cassette of the marker is accepted in its own file."""
    project.cassette("test_it.yaml", cassette(("alpha", "1")))
    project.cassette("extra.yaml", cassette(("beta", "2")))
    before = files(project)
    project.test(
        "@pytest.mark.vcr('extra.yaml')\ndef test_it():\n    assert [ask('alpha'), ask('beta!')] == ['1', '2']\n"
    )
    project.run(f"{ACCEPT}=all").assert_outcomes(passed=1)
    after = files(project)
    assert {name for name in before if before[name] != after[name]} == {"extra.yaml"}


def test_secrets_are_redacted_as_in_recording(project):
    """A key in the new prompt is not in the file."""
    key = "sk-proj-" + "Zx9" * 16
    project.cassette("test_it.yaml", cassette(("alpha", "1")))
    project.test(f"@pytest.mark.vcr\ndef test_it():\n    assert ask('key ' + {key!r}) == '1'\n")
    project.run(f"{ACCEPT}=all").assert_outcomes(passed=1)
    assert key not in files(project)["test_it.yaml"]
    project.run().assert_outcomes(passed=1)


def test_a_json_text_in_a_yaml_cassette_stays_json(project):
    """A file is written as it is laid out, whatever its suffix."""
    text = json.dumps({"version": 1, "interactions": [interaction(answer("1"), sent=question("alpha"))]})
    project.cassette("test_it.yaml", text)
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('beta') == '1'\n")
    project.run(f"{ACCEPT}=all").assert_outcomes(passed=1)
    after = files(project)["test_it.yaml"]
    assert json.loads(after)["interactions"][0]["response"]["recording"]["accepted"]["paths"] == ["messages[*].content"]
    assert text.partition('"response"')[2][:-4] in after


@EVERYWHERE
def test_a_librarys_recording_is_accepted(project, more):
    """Its file gets the name by which the recorder finds the new request; the answer stays."""
    project.ini("vcr_openai_library = true")
    old = {**chat("Saturn", "rings"), "test_id": "test_it.py::test_it"}
    path = project.record(old)
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('Saturn?') == 'rings'\n")
    project.run(DRIFT, *more).assert_outcomes(passed=1)
    project.run(f"{ACCEPT}=all", *more).assert_outcomes(passed=1)
    [(name, document)] = project.recorded().items()
    assert name == recording_name(Recording(document)) != path.name
    assert document["response"] == old["response"]
    assert document["accepted"]["paths"] == ["messages[*].content"]
    project.run(*more).assert_outcomes(passed=1)


def test_a_marked_recording_comes_back_from_an_interaction():
    """The mark goes both ways: recording to interaction and back, to the letter."""
    recording = Recording({**chat("Saturn", "rings"), "accepted": {"date": "2026-01-31", "paths": ["seed"]}})
    made = to_interaction(recording)
    assert made["response"]["recording"]["accepted"]["paths"] == ["seed"]
    from vcr_openai import from_interaction

    assert from_interaction(made) == recording


@EVERYWHERE
@pytest.mark.parametrize("scope", ["function", "module", "session"])
def test_a_fixtures_cassette_drifts_too(project, scope, more):
    """What a fixture of any scope asks is listed and accepted as what a test asks."""
    place = "cassettes/made.yaml" if scope == "session" else "cassettes/test_it/made.yaml"
    (project.path / place).parent.mkdir(parents=True, exist_ok=True)
    (project.path / place).write_text(cassette(("alpha", "1")), encoding="utf-8")
    project.test(
        f"import vcr_openai\n@pytest.fixture(scope={scope!r})\ndef made(request):\n"
        "    with vcr_openai.use(request):\n        return ask('beta')\n"
        "def test_a(made):\n    assert made == '1'\n"
    )
    assert listed(project, *more)["drifted"] == 1
    project.ini("vcr_openai_drift = warn")
    project.run(*more).assert_outcomes(passed=1, warnings=1)
    project.run(f"{ACCEPT}=all", *more).assert_outcomes(passed=1)
    project.run(*more).assert_outcomes(passed=1)


# --- adoption


ADOPT = "@pytest.mark.vcr\ndef test_it():\n    assert [ask('alpha now'), ask('beta now')] == ['1', '2']\n"


@PAIRWISE
def test_warn_answers_by_the_url(project, suffix, more):
    """With ``warn`` a request without an equal one gets vcrpy's answer, with a warning of test, cassette and change."""
    serializer(project, suffix)
    project.ini("vcr_openai_drift = warn")
    project.cassette(f"test_it.{suffix}", cassette(("alpha", "1"), ("beta", "2"), suffix=suffix))
    project.test(ADOPT)
    result = project.run(*more)
    result.assert_outcomes(passed=1, warnings=2)
    result.stdout.fnmatch_lines(
        [
            f"*vcr-openai: test_it.py::test_it: cassettes/test_it/test_it.{suffix}, interactions?1? *: *'beta now'",
        ]
    )


def test_warn_plays_in_order(project):
    """What plain vcrpy would have answered: the next one of method and URL, whichever is most alike."""
    project.ini("vcr_openai_drift = warn")
    project.cassette("test_it.yaml", cassette(("alpha", "1"), ("beta", "2")))
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert [ask('beta now'), ask('alpha now')] == ['1', '2']\n")
    project.run().assert_outcomes(passed=1, warnings=2)


def test_warn_in_a_marker(project):
    """The marker counts for its test alone."""
    project.cassette("test_it.yaml", cassette(("alpha", "1"), ("beta", "2")))
    project.cassette("test_b.yaml", cassette(("alpha", "1")))
    project.test(f"@pytest.mark.vcr_openai(drift='warn')\n{ADOPT}@pytest.mark.vcr\ndef test_b():\n    ask('beta')\n")
    project.run().assert_outcomes(passed=1, failed=1, warnings=2)


def test_fail_in_a_marker(project):
    """Where the ini file warns, a marker makes one test fail."""
    project.ini("vcr_openai_drift = warn")
    project.cassette("test_it.yaml", cassette(("alpha", "1"), ("beta", "2")))
    project.test(f"@pytest.mark.vcr_openai(drift='fail')\n{ADOPT}")
    project.run().assert_outcomes(failed=1)


@pytest.mark.parametrize("arguments", [[], [DRIFT], [f"{ACCEPT}=all"]], ids=["plain", "drift", "accept"])
@pytest.mark.parametrize("marker", ["@pytest.mark.vcr\n", ""], ids=["cassette", "none"])
def test_a_wrong_marker_is_an_error(project, arguments, marker):
    """A value of the marker that is neither ``fail`` nor ``warn`` is an error of its test, whatever is listed."""
    project.cassette("test_it.yaml", cassette(("alpha", "1")))
    project.test(f"{marker}@pytest.mark.vcr_openai(drift='wrn')\ndef test_it():\n    pass\n")
    result = project.run(*arguments)
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(
        ["*test_it.py::test_it: @pytest.mark.vcr_openai: drift: expected fail or warn, found 'wrn'*"]
    )


def test_warn_does_not_answer_another_url(project):
    """A request to a URL that is not recorded is a miss."""
    project.ini("vcr_openai_drift = warn")
    project.cassette("test_it.yaml", cassette(("alpha", "1")))
    project.test("@pytest.mark.vcr\ndef test_it():\n    models()\n")
    project.run().assert_outcomes(failed=1)


def test_warn_does_not_keep_from_recording(project):
    """In a record mode that records, what has no equal is recorded."""
    project.ini("vcr_openai_drift = warn")
    project.server("live")
    project.cassette("test_it.yaml", cassette(("alpha", "1")))
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('beta') == 'live'\n")
    project.run("--record-mode=new_episodes").assert_outcomes(passed=1)


def test_the_ledger_counts_drift(project):
    """The report of a run has how many requests drifted."""
    project.ini("vcr_openai_drift = warn")
    project.cassette("test_it.yaml", cassette(("alpha", "1"), ("beta", "2")))
    project.test(ADOPT)
    project.run("--vcr-openai-report=out.json").stdout.fnmatch_lines(["in all: 2 played, 2 drifted"])
    assert json.loads((project.path / "out.json").read_text(encoding="utf-8"))["drifted"] == 2


def test_the_end_says_what_drifted(project):
    """A run that warns says in one line what changed."""
    project.ini("vcr_openai_drift = warn")
    project.cassette("test_it.yaml", cassette(("alpha", "1"), ("beta", "2")))
    project.test(ADOPT)
    project.run().stdout.fnmatch_lines(["vcr-openai: 2 requests drifted: 2 texts changed (messages[[]*].content)"])


@pytest.mark.parametrize("value", ["perhaps", ""])
def test_a_wrong_setting_is_told_before_any_test(project, value):
    """The ini file's value is ``fail`` or ``warn``."""
    project.ini(f"vcr_openai_drift = {value}")
    suite(project, number=1)
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*in the ini file, vcr_openai_drift: expected fail or warn, found *"])


@EVERYWHERE
def test_the_end_of_a_run_says_how_a_suite_is_adopted(project, more):
    """Where several tests miss although their URLs are recorded, the end has the commands and the setting, once."""
    suite(project, number=8)
    result = project.run(*more)
    result.stdout.fnmatch_lines(
        [
            "*vcr-openai: 6 tests ask what their cassettes do not have*",
            f"to list what changed: *pytest {DRIFT}",
            f"to accept the new requests: *pytest {ACCEPT} all",
            "to be warned instead, in the ini file:  vcr_openai_drift = warn",
        ]
    )
    assert result.stdout.str().count("to be warned instead") == 1


def test_one_miss_is_no_suite(project):
    """A single test that misses gets no such hint."""
    project.cassette("test_it.yaml", cassette(("alpha", "1")))
    project.test("@pytest.mark.vcr\ndef test_it():\n    ask('beta')\n")
    project.run().stdout.no_fnmatch_line("*to be warned instead*")


def test_one_request_that_is_asked_twice_is_listed_once(project):
    """A client that tries again, or a test that asks again, has one drifted request."""
    project.ini("vcr_openai_repeat = true")
    project.cassette("test_it.yaml", cassette(("alpha", "1")))
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert [ask('beta'), ask('beta')] == ['1', '1']\n")
    found = listed(project)
    assert found["drifted"] == 1
    assert len(found["requests"]) == 1
