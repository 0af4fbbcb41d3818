"""``vcr_openai_guard``: connections past the cassettes, through real pytest runs."""

from __future__ import annotations

import _socket
import json
import socket

import pytest
from chats import answer
from inner_project import LibraryProject
from several_processes import EVERYWHERE

from vcr_openai._vcrpy.journal import WATCHERS

PAST = "vcr-openai: 1 connection past the cassettes (vcr_openai_guard = {})"
# Each opens a connection to HOST and PORT, without a cassette; the library that is named.
CALLS = {
    "urllib3": ("import urllib3", "urllib3.PoolManager().request('GET', URL, retries=False)", "urllib3"),
    "raw socket": ("import socket", "socket.create_connection((HOST, PORT)).close()", "socket"),
    "unknown": ("import unknown_client", "unknown_client.get(HOST, PORT)", "unknown_client"),
    "httpx": ("import httpx", "httpx.get(URL)", "httpx → httpcore"),
    "urllib": ("import urllib.request", "urllib.request.urlopen(URL).read()", "urllib"),
    "openai": ("", "client.models.list()", "openai → httpx*"),
    "thread": (
        "import httpx, threading",
        "thread = threading.Thread(target=lambda: httpx.get(URL))\n    thread.start()\n    thread.join()",
        "httpx → httpcore",
    ),
    "asyncio.run": (
        "import asyncio\nasync def go():\n    (await asyncio.open_connection(HOST, PORT))[1].close()",
        "asyncio.run(go())",
        "asyncio",
    ),
}
ASYNC_CALLS = {
    "openai": ("", "await openai.AsyncOpenAI(api_key='none', base_url=BASE).models.list()", "openai → httpx*"),
    "httpx": (
        "import httpx",
        "async with httpx.AsyncClient() as one:\n        await one.get(URL)",
        "httpx → httpcore*",
    ),
    "aiohttp": (
        "import aiohttp",
        "async with aiohttp.ClientSession() as one, one.get(URL) as got:\n        await got.read()",
        "aiohttp*",
    ),
    "asyncio": ("import asyncio", "(await asyncio.open_connection(HOST, PORT))[1].close()", "asyncio"),
}


@pytest.fixture
def project(pytester, httpserver, monkeypatch):
    """A folder for an inner pytest run, with a server whose host is an API's."""
    project = LibraryProject(pytester, httpserver, monkeypatch)
    httpserver.expect_request("/v1/models").respond_with_json({"object": "list", "data": []})
    httpserver.expect_request("/v1/chat/completions").respond_with_json(answer("rings"))
    monkeypatch.setenv("BASE", project.base)
    pytester.makepyfile(
        unknown_client="import socket\ndef get(host, port):\n    socket.create_connection((host, port)).close()\n"
    )
    guard(project, "fail")
    return project


def guard(project, policy, hosts="localhost 127.0.0.1", more=""):
    project.ini(f"vcr_openai_guard = {policy}\nvcr_openai_hosts = {hosts}\n{more}")


def given(project, test, head=""):
    """The test module: with the server's host, its port and its URL."""
    host, port = project.httpserver.host, project.httpserver.port
    project.test(
        f"{head}\nHOST, PORT, BASE = {host!r}, {port}, {project.base!r}\nURL = BASE + '/models'\n"
        f"@pytest.fixture\ndef anyio_backend():\n    return 'asyncio'\n{test}"
    )


def requests(project):
    return len(project.httpserver.log)


@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_a_connection_is_named_and_prevented(project, call):
    """With ``fail`` the test fails, its report names the host and the library, and nothing was sent."""
    head, code, library = call
    given(project, f"def test_a():\n    {code}\n", head)
    result = project.pytester.runpytest_inprocess("-W", "ignore")
    result.assert_outcomes(failed=1)
    server = f"{project.httpserver.host}:{project.httpserver.port}"
    result.stdout.fnmatch_lines([f"*{server}, opened by {library} (*.py:*)*"])
    assert requests(project) == 0


@pytest.mark.parametrize("call", ASYNC_CALLS.values(), ids=ASYNC_CALLS)
@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
def test_a_connection_of_a_task_is_named_and_prevented(project, call, name):
    """The same of asynchronous libraries, whose names are looked up in a thread and whose addresses are not."""
    head, code, library = call
    base = f"http://{name}:{project.httpserver.port}/v1"
    given(
        project,
        f"HOST, BASE = {name!r}, {base!r}\nURL = BASE + '/models'\n"
        f"@pytest.mark.anyio\nasync def test_a():\n    {code}\n",
        head,
    )
    result = project.pytester.runpytest_inprocess("-W", "ignore")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"*{name}:{project.httpserver.port}, opened by {library} (test_it.py:*)*"])
    assert requests(project) == 0


@EVERYWHERE
@pytest.mark.parametrize("call", CALLS.values(), ids=CALLS)
def test_warn_lets_it_through(project, call, more):
    """With ``warn`` the test passes, a warning names test, host and library, and the ledger counts one."""
    head, code, library = call
    guard(project, "warn")
    given(project, f"def test_a():\n    {code}\n", head)
    result = project.run("--vcr-openai-report=r.json", *more)
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines([f"*{PAST.format('warn')}", f"*test_it.py::test_a: *:*, opened by {library} (*.py:*)"])
    assert json.loads((project.path / "r.json").read_text())["live"] == 1


@EVERYWHERE
def test_a_failure_that_the_test_swallows_counts(project, more):
    """Where the test, or its library, takes any exception, the test fails all the same."""
    given(
        project,
        "import socket\ndef test_a():\n    try:\n        socket.create_connection((HOST, PORT))\n"
        "    except BaseException:\n        pass\n",
    )
    result = project.run(*more)
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([PAST.format("fail"), "  test_it.py::test_a: *, opened by socket (test_it.py:*)"])


def test_a_fixture_that_connects_is_named(project):
    """A connection of a fixture counts for the test that it is made for."""
    given(
        project,
        "import socket\n@pytest.fixture(scope='module')\ndef one():\n    socket.create_connection((HOST, PORT))\n"
        "def test_a(one):\n    pass\n",
    )
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*opened by socket (test_it.py:*)*"])


def test_hosts_of_the_table_are_known(project):
    """Without a setting, hosts that serve models are guarded; no name is looked up."""
    guard(project, "fail", hosts="")
    given(project, "import socket\ndef test_a():\n    socket.create_connection(('api.openai.com', 443))\n")
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*api.openai.com:443, opened by socket (test_it.py:*)*"])


def test_other_hosts_are_nobodys_business(project):
    """A server on this machine, which no setting names, may be spoken to."""
    guard(project, "fail", hosts="llm.example")
    given(project, "import httpx\ndef test_a():\n    assert httpx.get(URL).status_code == 200\n")
    project.run().assert_outcomes(passed=1)


RECORDING = {
    "openai": "    assert ask('Saturn') == 'rings'\n",
    "urllib": "    urllib.request.urlopen(URL).read()\n",
    "httpx": "    httpx.get(URL)\n",
    "urllib3": "    urllib3.PoolManager().request('GET', URL)\n",
}
ASYNC_RECORDING = {
    "openai": "    await openai.AsyncOpenAI(api_key='none', base_url=BASE).models.list()\n",
    "aiohttp": "    async with aiohttp.ClientSession() as one, one.get(URL) as got:\n        await got.read()\n",
    "many": "    one = openai.AsyncOpenAI(api_key='none', base_url=BASE)\n"
    "    await asyncio.gather(*(one.models.list(extra_query={'n': n}) for n in range(5)))\n",
}
HEAD = "import aiohttp, asyncio, httpx, urllib.request, urllib3"


@EVERYWHERE
@pytest.mark.parametrize("name", ["localhost", "127.0.0.1"])
@pytest.mark.parametrize("ini", ["", "vcr_openai = false"], ids=["ours", "vcrpy's"])
def test_what_records_may_connect(project, ini, name, more):
    """Connections of cassettes that record are allowed, whichever the library; what replays makes none."""
    guard(project, "fail", more=ini)
    base = f"http://{name}:{project.httpserver.port}/v1"
    project.monkeypatch.setenv("BASE", base)
    tests = [f"@pytest.mark.vcr\ndef test_{key}():\n{code}" for key, code in RECORDING.items()]
    tests += [
        f"@pytest.mark.vcr\n@pytest.mark.anyio\nasync def test_async_{key}():\n{code}"
        for key, code in ASYNC_RECORDING.items()
    ]
    given(project, f"BASE = {base!r}\nURL = BASE + '/models'\n" + "".join(tests), HEAD)
    project.pytester.runpytest_inprocess("--record-mode=once", *more).assert_outcomes(passed=len(tests))
    sent = requests(project)
    assert sent == len(tests) + 4
    project.pytester.runpytest_inprocess(*more).assert_outcomes(passed=len(tests))
    assert requests(project) == sent


def test_a_call_beside_a_recording_is_named(project):
    """While a cassette records, a call that goes past it is named."""
    given(
        project,
        "import socket\n@pytest.mark.vcr\ndef test_a():\n    assert ask('Saturn') == 'rings'\n"
        "    socket.create_connection((HOST, PORT))\n",
    )
    result = project.run("--record-mode=once")
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*opened by socket (test_it.py:*)*"])
    assert requests(project) == 1


def test_what_a_cassette_ignores_is_named(project):
    """A request that a cassette is told to ignore goes to the server, and is named."""
    project.conftest("import pytest\n@pytest.fixture\ndef vcr_config():\n    return {'ignore_localhost': True}\n")
    given(project, "import httpx\n@pytest.mark.vcr\ndef test_a():\n    httpx.get(URL)\n")
    result = project.run("--record-mode=once")
    result.assert_outcomes(failed=1)
    assert requests(project) == 0


def test_an_address_of_a_host_that_was_looked_up_is_that_host(project):
    """A library that keeps addresses and connects without a look-up in a later test is named with the host."""
    guard(project, "warn", hosts="localhost")
    given(
        project,
        "import socket\nfound = []\n"
        "def test_a():\n    found.extend(socket.getaddrinfo('localhost', PORT, socket.AF_INET, socket.SOCK_STREAM))\n"
        "def test_b():\n    with socket.socket() as one:\n        one.connect(found[0][4])\n",
    )
    result = project.run()
    result.assert_outcomes(passed=2, warnings=2)
    result.stdout.fnmatch_lines(["*test_it.py::test_b: localhost:*, opened by socket (test_it.py:*)"])


@pytest.mark.parametrize(("ini", "marker", "failed"), [("off", "fail", 1), ("fail", "off", 0), ("fail", "warn", 0)])
def test_a_marker_overrides_the_ini_file(project, ini, marker, failed):
    """The marker of a test counts before the ini file."""
    guard(project, ini)
    given(
        project,
        f"import socket\n@pytest.mark.vcr_openai(guard={marker!r})\ndef test_a():\n"
        "    socket.create_connection((HOST, PORT)).close()\n",
    )
    project.run().assert_outcomes(failed=failed, passed=1 - failed, warnings=marker == "warn")


def test_only_tests_are_guarded(project):
    """What a module does when it is imported is no test's."""
    given(project, "import socket\nsocket.create_connection((HOST, PORT)).close()\ndef test_a():\n    pass\n")
    project.run().assert_outcomes(passed=1)


@pytest.mark.slow
def test_no_hook_is_added_where_it_is_off(project):
    """Without the setting the interpreter has no audit hook of ours, and connections cost what they cost."""
    project.ini("")
    given(
        project,
        "from vcr_openai.plugin.audit import AUDIT\n"
        "import httpx\ndef test_a():\n    httpx.get(URL)\n    assert not AUDIT.is_added\n",
    )
    project.pytester.runpytest_subprocess().assert_outcomes(passed=1)


def test_a_wrong_value_is_reported_at_start(project):
    """A value that is none of the three ends the run before any test, with the setting's name."""
    guard(project, "on")
    given(project, "def test_a():\n    pass\n")
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines(["*vcr_openai_guard: expected off, warn or fail, found 'on'"])


@pytest.mark.skipif(not hasattr(socket, "AF_UNIX"), reason="there are no such sockets")
def test_what_is_not_of_the_internet_is_not_looked_at(project):
    """A socket of the system has a path, and no host."""
    given(
        project,
        "import socket\ndef test_a():\n"
        "    with socket.socket(socket.AF_UNIX) as server, socket.socket(socket.AF_UNIX) as one:\n"
        "        server.bind('s')\n        server.listen()\n        one.connect('s')\n",
    )
    project.monkeypatch.setattr(socket.socket, "connect", _socket.socket.connect)
    project.run().assert_outcomes(passed=1)


def test_an_error_of_pytests_own_ends_the_guard(project):
    """A run that ends in the midst of a test leaves no watcher behind: what follows in its process may connect."""
    guard(project, "fail")
    given(project, "def test_a():\n    pass\n")
    project.pytester.makeconftest("def pytest_runtest_makereport():\n    raise RuntimeError('of a plugin')\n")
    before = list(WATCHERS)
    result = project.pytester.runpytest_inprocess()
    assert result.ret == pytest.ExitCode.INTERNAL_ERROR
    assert before == WATCHERS


def test_a_test_that_failed_by_itself_has_a_section(project):
    """The connection is named in the report of a test that failed for another reason, which stays."""
    guard(project, "fail")
    given(
        project,
        "import socket\ndef test_a():\n    try:\n        socket.create_connection((HOST, PORT))\n"
        "    except BaseException:\n        pass\n    assert 'the reason' == ''\n",
    )
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines(["*assert 'the reason' == ''*", "*opened by socket (test_it.py:*)*"])


def test_a_name_that_nobody_knows_is_named(project):
    """A host of the table that has no address: the look-up is the connection, and is named once."""
    guard(project, "warn", hosts="nobody.invalid")
    given(
        project,
        "import socket\ndef test_a():\n    with pytest.raises(OSError):\n"
        "        socket.getaddrinfo('nobody.invalid', 'https')\n",
    )
    result = project.run()
    result.assert_outcomes(passed=1, warnings=1)
    result.stdout.fnmatch_lines(["*nobody.invalid:443, opened by socket (test_it.py:*)*"])
