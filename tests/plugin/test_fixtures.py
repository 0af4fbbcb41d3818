"""``vcr_openai.use``, ``vcr.sent`` and dummy keys, through real pytest runs."""

from __future__ import annotations

import json

import pytest
from cassette_texts import write_cassette
from chats import answer, interaction, question
from inner_project import LibraryProject
from several_processes import EVERYWHERE, also_in_two

FORMATS = pytest.mark.parametrize("suffix", ["yaml", "json", "openai.yaml", "recording.json"])
FORMATS_EVERYWHERE = also_in_two("suffix", ["yaml", "json", "openai.yaml", "recording.json"])
SHARED = """
import vcr_openai

@pytest.fixture(scope={scope!r})
def shared(request):
    with vcr_openai.use(request, name="planets"{more}):
        yield ask("Saturn")

def test_a(shared):
    assert shared == "rings"

@pytest.mark.vcr
def test_b(shared):
    assert shared == "rings"
    assert ask("Mars") == "red"
"""


@pytest.fixture
def project(pytester, httpserver, monkeypatch):
    """A folder for an inner pytest run, with a server that its tests may ask."""
    project = LibraryProject(pytester, httpserver, monkeypatch)
    project.ini("")
    words = {"Saturn": "rings", "Mars": "red"}

    def reply(request):
        from werkzeug import Response

        asked = request.get_json()["messages"][-1]["content"]
        return Response(json.dumps(answer(words.get(asked, "?"))), content_type="application/json")

    httpserver.expect_request("/v1/chat/completions").respond_with_handler(reply)
    monkeypatch.setenv("BASE", project.base)
    return project


def requests(project):
    return len(project.httpserver.log)


@FORMATS_EVERYWHERE
@pytest.mark.parametrize(
    ("scope", "place"), [("session", "cassettes"), ("module", "cassettes/test_it"), ("class", "cassettes/test_it")]
)
def test_a_wider_fixture_has_its_cassette(project, scope, place, suffix, more):
    """A fixture's requests are recorded into its own cassette, once, and play in every run and process."""
    project.conftest(
        f"import pytest\n@pytest.fixture(scope='session')\ndef vcr_config():\n    return {{'serializer': {suffix!r}}}\n"
    )
    project.test(SHARED.format(scope=scope, more=""))
    project.run("--record-mode=once", *more).assert_outcomes(passed=2)
    assert sorted(path.relative_to(project.path).as_posix() for path in project.path.rglob(f"*.{suffix}")) == sorted(
        [f"{place}/planets.{suffix}", f"cassettes/test_it/test_b.{suffix}"]
    )
    sent = requests(project)
    result = project.run("--vcr-openai-report=r.json", *more)
    result.assert_outcomes(passed=2)
    assert requests(project) == sent
    assert json.loads((project.path / "r.json").read_text())["unplayed"] == 0


@EVERYWHERE
def test_recording_anew_replaces_a_fixtures_cassette(project, more):
    """In record mode ``rewrite`` the old cassette goes, and what one process records is not removed by another."""
    project.test(SHARED.format(scope="session", more=""))
    old = write_cassette([interaction(answer("old"), sent=question("Saturn"))] * 3, "yaml")
    (project.path / "cassettes").mkdir()
    (project.path / "cassettes" / "planets.yaml").write_text(old, encoding="utf-8")
    project.run("--record-mode=rewrite", *more).assert_outcomes(passed=2)
    text = (project.path / "cassettes" / "planets.yaml").read_text(encoding="utf-8")
    assert (text.count("Saturn"), text.count("old")) == (1, 0)


def test_an_asynchronous_fixture_has_its_cassette(project):
    """An asynchronous fixture of a module may keep its cassette open around marked tests."""
    project.test(
        "import vcr_openai\n"
        "@pytest.fixture(scope='module')\ndef anyio_backend():\n    return 'asyncio'\n"
        "@pytest.fixture(scope='module')\nasync def shared(request, anyio_backend):\n"
        "    with vcr_openai.use(request):\n        yield ask('Saturn')\n"
        "@pytest.mark.anyio\n@pytest.mark.vcr\nasync def test_a(shared):\n    assert ask('Mars') == 'red'\n"
        "@pytest.mark.vcr\ndef test_b(shared):\n    assert ask('Mars') == 'red'\n"
    )
    project.run("--record-mode=once").assert_outcomes(passed=2)
    assert (project.path / "cassettes" / "test_it" / "shared.yaml").is_file()
    project.run().assert_outcomes(passed=2)
    assert requests(project) == 3


def test_a_parametrized_fixture_has_a_cassette_for_each_value(project):
    """Without a name, a cassette has the fixture's, and the number of the value."""
    project.test(
        "import vcr_openai\n"
        "@pytest.fixture(scope='module', params=['Saturn', 'Mars'])\ndef shared(request):\n"
        "    with vcr_openai.use(request):\n        return ask(request.param)\n"
        "def test_a(shared):\n    assert shared in ('rings', 'red')\n"
    )
    project.run("--record-mode=once").assert_outcomes(passed=2)
    found = sorted(path.name for path in (project.path / "cassettes" / "test_it").iterdir())
    assert found == ["shared[0].yaml", "shared[1].yaml"]
    project.run().assert_outcomes(passed=2)


def test_a_session_fixtures_cassette_lies_beside_its_conftest(project):
    """The cassette of a session's fixture is beside the file that defines it, whichever test comes first."""
    folder = project.pytester.mkdir("inner")
    project.test("def test_a(shared):\n    pass\n")
    (project.path / "test_it.py").rename(folder / "test_it.py")
    (folder / "conftest.py").write_text(
        "import pytest, vcr_openai\n@pytest.fixture(scope='session')\ndef shared(request):\n"
        "    from test_it import ask\n    with vcr_openai.use(request, name='a/b'):\n        return ask('Mars')\n",
        encoding="utf-8",
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    assert (folder / "cassettes" / "a-b.yaml").is_file()


def test_settings_can_be_given(project):
    """Settings that are given count before those of ``vcr_config``."""
    project.test(SHARED.format(scope="session", more=", serializer='json', record_mode='once'"))
    project.run("-k", "test_a").assert_outcomes(passed=1, deselected=1)
    assert (project.path / "cassettes" / "planets.json").is_file()


def test_a_narrow_vcr_config_is_refused(project):
    """Settings of a narrower scope are not left out in silence, since they may be filters."""
    project.conftest("import pytest\n@pytest.fixture\ndef vcr_config():\n    return {'filter_headers': ['x-mine']}\n")
    project.test(SHARED.format(scope="session", more=""))
    result = project.run("--record-mode=once", "-k", "test_a")
    result.assert_outcomes(errors=1, deselected=1)
    result.stdout.fnmatch_lines(["*vcr_openai.use in a fixture of the scope session: expected a vcr_config of that*"])
    assert requests(project) == 0


def test_a_conftest_has_its_word(project):
    """The hook of a conftest.py counts for cassettes of fixtures, too."""
    project.conftest("def pytest_recording_configure(config, vcr):\n    vcr.serializer = 'json'\n    vcr.seen = True\n")
    project.test(SHARED.format(scope="module", more=""))
    project.run("--record-mode=once").assert_outcomes(passed=2)
    text = (project.path / "cassettes" / "test_it" / "planets.yaml").read_text(encoding="utf-8")
    assert json.loads(text)["version"] == 1


def test_recording_can_be_disabled(project):
    """With pytest-recording's switch there is no cassette."""
    project.test(SHARED.format(scope="module", more=""))
    project.run("--disable-recording").assert_outcomes(passed=2)
    assert not (project.path / "cassettes").exists()


def test_it_works_without_pytest_recording(project):
    """Where pytest-recording is absent, the cassette plays."""
    project.test(SHARED.format(scope="module", more=", record_mode='once'"))
    project.run("-p", "no:recording", "-k", "test_a").assert_outcomes(passed=1, deselected=1)
    project.run("-p", "no:recording", "-k", "test_a").assert_outcomes(passed=1, deselected=1)
    assert requests(project) == 1


SENT = """
@pytest.mark.vcr
def test_a(vcr):
    ask("Saturn", temperature=0.5)
    with pytest.raises(Exception):
        client.embeddings.create(model="m", input="x", extra_headers={"X-Trace": "7"})
    assert [one.method for one in vcr.sent] == ["POST", "POST"]
    first, second = vcr.sent
    assert first.url.endswith("/v1/chat/completions")
    assert first.json == {"model": "gpt-4o", "messages": [{"role": "user", "content": "Saturn"}], "temperature": 0.5}
    assert second.json["input"] == "x"
    assert second.headers["x-trace"] == second.headers["X-Trace"] == "7"
    assert "sk-" + "proj" not in str(dict(first.headers))
"""


@FORMATS
def test_what_was_sent_is_at_hand(project, suffix):
    """``vcr.sent`` has the live requests of a test in order, misses too, without keys, when it records and replays."""
    project.conftest(f"import pytest\n@pytest.fixture\ndef vcr_config():\n    return {{'serializer': {suffix!r}}}\n")
    key = "sk-proj-" + "a1B2c3D4" * 6
    project.test(f"client = client.with_options(api_key={key!r})\n{SENT}")
    project.run("--record-mode=once").assert_outcomes(passed=1)
    project.run().assert_outcomes(passed=1)


def test_a_body_that_is_not_json_has_no_json(project):
    """Of a form, of other text, of a body whose type is not known and of no body, method, URL and headers are there."""
    pytest.importorskip("aiohttp")
    project.test(
        "import asyncio, aiohttp, httpx, vcr_openai\n"
        "async def post(url):\n"
        "    async with aiohttp.ClientSession() as session:\n"
        "        form = aiohttp.FormData({'purpose': 'batch'})\n"
        "        async with session.post(url, data=form, headers={'X-Trace': '7'}):\n            pass\n"
        "def test_a():\n    url = os.environ['BASE'] + '/files'\n"
        "    with vcr_openai.VCR(record_mode='once').use_cassette('c.yaml') as cassette:\n"
        "        asyncio.run(post(url))\n"
        "        httpx.post(url, data={'a': 'b'}, headers={'X-Trace': '7'})\n"
        "        httpx.post(url, content=b'{', headers={'X-Trace': '7'})\n"
        "        httpx.get(url, headers={'X-Trace': '7'})\n"
        "    assert [one.method for one in cassette.sent] == ['POST', 'POST', 'POST', 'GET']\n"
        "    assert {(one.json, one.url, one.headers['x-trace']) for one in cassette.sent} == {(None, url, '7')}\n"
    )
    project.run().assert_outcomes(passed=1)


def test_what_was_sent_is_a_copy(project):
    """A test that changes it changes neither the request nor what the next look has."""
    project.test(
        "@pytest.mark.vcr\ndef test_a(vcr):\n    ask('Saturn')\n    vcr.sent[0].json.clear()\n    ask('Saturn')\n"
        "    assert vcr.sent[1].json['model'] == vcr.sent[0].json['model'] == 'gpt-4o'\n"
    )
    project.run("--record-mode=new_episodes").assert_outcomes(passed=1)


def test_without_redaction_all_that_was_sent_is_at_hand(project):
    """``vcr_openai_redact = false`` leaves the key in the headers."""
    project.ini("vcr_openai_redact = false")
    project.test(
        "@pytest.mark.vcr\ndef test_a(vcr):\n    ask('Saturn')\n"
        "    assert vcr.sent[0].headers['Authorization'] == 'Bearer none'\n"
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)


def test_what_was_sent_through_our_vcr_is_at_hand(project):
    """A cassette of ``vcr_openai.VCR`` has it, too, whatever the client, each request once."""
    project.test(
        "import httpx, urllib.request, vcr_openai\n"
        "def test_a():\n    with vcr_openai.VCR(record_mode='once').use_cassette('c.yaml') as cassette:\n"
        "        ask('Mars')\n"
        '        body = b\'{"messages": [{"content": "Mars"}]}\'\n'
        "        url = os.environ['BASE'] + '/chat/completions'\n"
        "        headers = {'content-type': 'application/json'}\n"
        "        httpx.post(url, content=body, headers=headers)\n"
        "        urllib.request.urlopen(urllib.request.Request(url, body, headers)).read()\n"
        "        assert [one.json['messages'][0]['content'] for one in cassette.sent] == ['Mars'] * 3\n"
    )
    project.run().assert_outcomes(passed=1)


KEYS = """
import anthropic

@pytest.mark.vcr
def test_a(vcr):
    with openai.OpenAI(base_url=os.environ["BASE"]) as mine:
        pass
    openai.AzureOpenAI(azure_endpoint="https://x.openai.azure.com", api_version="1")
    openai.AsyncOpenAI()
    anthropic.Anthropic()

def test_b():
    assert "OPENAI_API_KEY" not in os.environ
"""


@pytest.fixture
def no_keys(monkeypatch):
    for name in ("OPENAI_API_KEY", "OPENAI_ADMIN_KEY", "AZURE_OPENAI_API_KEY", "AZURE_OPENAI_AD_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@EVERYWHERE
@pytest.mark.usefixtures("no_keys")
def test_a_client_can_be_made_without_a_key(project, more):
    """In a marked test that replays, clients need no key; other tests have the environment as it is."""
    project.test(KEYS)
    project.run(*more).assert_outcomes(passed=2)


@pytest.mark.parametrize("scope", ["function", "module", "session"])
@pytest.mark.usefixtures("no_keys")
def test_fixtures_can_make_clients_without_a_key(project, scope):
    """A fixture of any scope that a marked test asks for can make a client."""
    project.test(
        f"@pytest.fixture(scope={scope!r})\ndef mine():\n    return openai.OpenAI()\n"
        "@pytest.mark.vcr\ndef test_a(mine):\n    assert mine.api_key\n"
    )
    project.run().assert_outcomes(passed=1)


def test_a_key_that_is_set_stays(project, monkeypatch):
    """A variable that is set keeps its value, during the test and after it."""
    monkeypatch.setenv("OPENAI_API_KEY", "mine")
    project.test(
        "@pytest.mark.vcr\ndef test_a():\n    assert os.environ['OPENAI_API_KEY'] == 'mine'\n"
        "    os.environ['GROQ_API_KEY'] = 'given'\n"
        "def test_b():\n    assert os.environ.pop('GROQ_API_KEY') == 'given'\n"
    )
    project.run().assert_outcomes(passed=2)


@pytest.mark.parametrize(
    ("arguments", "ini", "marker"),
    [
        (["--record-mode=once"], "", ""),
        ([], "", "record_mode='once'"),
        ([], "vcr_openai_dummy_keys = false", ""),
        ([], "vcr_openai = false", ""),
        (["--disable-recording"], "", ""),
    ],
    ids=["records", "marker", "setting", "switch", "disabled"],
)
@pytest.mark.usefixtures("no_keys")
def test_a_test_that_may_send_needs_its_key(project, arguments, ini, marker):
    """Where a test records, or where the setting turns it off, a client without a key is an error."""
    project.ini(ini)
    project.test(
        f"@pytest.mark.vcr({marker})\ndef test_a():\n"
        "    with pytest.raises(openai.OpenAIError):\n        openai.OpenAI()\n"
    )
    project.run(*arguments).assert_outcomes(passed=1)


@pytest.mark.usefixtures("no_keys")
def test_mode_once_with_a_cassette_needs_no_key(project):
    """In record mode ``once`` a test whose cassette exists only replays."""
    project.cassette("test_a.yaml", write_cassette([interaction(answer("rings"), sent=question("Saturn"))], "yaml"))
    project.test("@pytest.mark.vcr\ndef test_a():\n    assert openai.OpenAI().api_key\n")
    project.run("--record-mode=once").assert_outcomes(passed=1)


def test_a_wrong_value_is_reported_at_start(project):
    """A value that is neither true nor false ends the run before any test, with the setting's name."""
    project.ini("vcr_openai_dummy_keys = perhaps")
    project.test("def test_a():\n    pass\n")
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*vcr_openai_dummy_keys: expected true or false*"])
