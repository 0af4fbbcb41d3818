"""The library, through real pytest runs."""

from __future__ import annotations

import json
import os

import chats
import pytest
from inner_project import LibraryProject
from pytest_httpserver import HTTPServer
from recordings import BASE, chat, model_list
from vcr.request import Request

from vcr_openai import VCR, Recording
from vcr_openai._library.library import Library, LibraryTest
from vcr_openai._recording.key import recording_name
from vcr_openai._vcrpy.library_persister import LibraryPersister
from vcr_openai.plugin import library_session


@pytest.fixture
def project(pytester, httpserver, monkeypatch):
    """A project whose cassettes are a library."""
    return LibraryProject(pytester, httpserver, monkeypatch)


SATURN = "@pytest.mark.vcr\ndef test_it():\n    assert ask('Saturn') == 'rings'\n"


def test_a_tests_own_recordings_play_any_number_of_times(project):
    """A recording beside the test, with its node id, answers again and again."""
    project.record(chat("Saturn", "rings", "test_it.py::test_it"))
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert {ask('Saturn') for _ in range(3)} == {'rings'}\n")
    project.run().assert_outcomes(passed=1)


def test_shared_recordings_play(project):
    """A recording without a test answers every test of its folder."""
    project.record(chat("Saturn", "rings"))
    project.test(SATURN)
    project.run().assert_outcomes(passed=1)


def test_recordings_in_subfolders_play(project):
    """Recordings in folders below ``recordings`` belong to it."""
    project.record(chat("Saturn", "rings", "test_it.py::test_it"), "old/responses/211b1562d4e6.json")
    project.test(SATURN)
    project.run().assert_outcomes(passed=1)


def test_another_tests_recordings_do_not_play(project):
    """A recording with another node id answers nobody else, as with the recorder."""
    project.record(chat("Saturn", "rings", "test_it.py::test_other"))
    project.test(SATURN)
    project.run().assert_outcomes(failed=1)


def test_the_common_folder_plays(project):
    """The common folder's recordings answer where the test's folder has none, and only there."""
    project.ini("vcr_openai_library = common")
    project.record(chat("Saturn", "common"), folder="common")
    project.record(chat("Mars", "common"), folder="common")
    project.record(chat("Mars", "here"))
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert (ask('Saturn'), ask('Mars')) == ('common', 'here')\n")
    project.run().assert_outcomes(passed=1)


def test_the_recorders_name_comes_first(project):
    """Of twins of one key the one plays whose name is the key, whatever the other is called."""
    project.record(chat("Saturn", "renamed", "test_it.py::test_it"), "000.json")
    project.record(chat("Saturn", "rings", "test_it.py::test_it"))
    project.test(SATURN)
    project.run().assert_outcomes(passed=1)


def test_the_equal_request_comes_first(project):
    """Of recordings that match alike the one plays whose request is the live one to the letter."""
    for number in "123":
        project.record(
            chat(
                "Saturn",
                number,
                "test_it.py::test_it",
                user=f"user-{number}",
                stream_options={"include_usage": number == "2"},
            )
        )
    project.ini("vcr_openai_library = true\nvcr_openai_ignore = user stream_options")
    project.test(
        "@pytest.mark.vcr\ndef test_it():\n"
        "    options = [('1', False), ('2', True), ('3', False)]\n"
        "    for number, usage in options * 2 + options[::-1]:\n"
        "        assert ask('Saturn', user=f'user-{number}', stream_options={'include_usage': usage}) == number\n"
    )
    project.run().assert_outcomes(passed=1)


def test_lists_of_models_are_merged(project):
    """All lists of models of one key are one: every model once, sorted, the common folder's data before the others."""
    project.ini("vcr_openai_library = common")
    project.record(model_list("b", "c", owner="here", base="http://localhost:1/v1"))
    project.record(model_list("a", "b", owner="common"), folder="common")
    project.test(
        "@pytest.mark.vcr\ndef test_it():\n"
        "    models = {model.id: model.owned_by for model in client.models.list()}\n"
        "    assert list(models.items()) == [('a', 'common'), ('b', 'common'), ('c', 'here')]\n"
    )
    project.run().assert_outcomes(passed=1)


def test_normalized_ids_play(project):
    """Each original id of a recording's mapping is replaced in all of it, in request and answer."""
    document = chat("Read file-original", "It is file-original", "test_it.py::test_it")
    document["id_normalization_mapping"] = {"file-1": "file-original"}
    path = project.record(document, "renamed.json")
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('Read file-1') == 'It is file-1'\n")
    project.run().assert_outcomes(passed=1)
    assert json.loads(path.read_text(encoding="utf-8")) == document


def test_a_mapping_is_kept(project):
    """A recording that is recorded again keeps its mapping."""
    project.server("new")
    document = chat("Saturn", "old", "test_it.py::test_it", base=project.base)
    document["id_normalization_mapping"] = {"file-1": "file-original"}
    path = project.record(document)
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('Saturn') == 'new'\n")
    project.run("--record-mode=all").assert_outcomes(passed=1)
    assert json.loads(path.read_text(encoding="utf-8"))["id_normalization_mapping"] == {"file-1": "file-original"}
    assert project.answers() == {"Saturn": "new"}


def test_new_interactions_become_recordings(project):
    """What a test records lies beside it, named and filled as by the recorder; there is no other cassette."""
    project.server("rings")
    project.test(
        "@pytest.mark.vcr\nclass TestPlanets:\n"
        "    def test_it(self):\n        assert (ask('Saturn'), models()) == ('rings', ['m'])\n"
    )
    project.run("--record-mode=once").assert_outcomes(passed=1)
    documents = project.recorded()
    assert {recording_name(Recording(document)) for document in documents.values()} == documents.keys()
    assert {document["test_id"] for document in documents.values()} == {"test_it.py::TestPlanets::test_it"}
    assert sorted(name.partition("-")[0] == "models" for name in documents) == [False, True]
    assert not (project.path / "cassettes").exists()
    project.run("--block-network").assert_outcomes(passed=1)


@pytest.mark.parametrize("mode", ["once", "new_episodes", "all", "rewrite"])
@pytest.mark.parametrize("count", [2, 3])
def test_each_server_keeps_its_answer(project, mode, count):
    """The same body to several hosts has one key; each request is answered by its own recording, in every order."""
    ports = {}
    servers = [HTTPServer(port=0) for _ in range(count)]
    for number, server in enumerate(servers):
        server.expect_request("/v1/chat/completions").respond_with_json(chats.answer(f"answer {number}"))
        server.start()
        ports[number] = server.url_for("/v1")
    body = (
        f"PORTS = {ports!r}\n"
        "def answered(number):\n    global client\n"
        "    client = openai.OpenAI(api_key='none', max_retries=0, base_url=PORTS[number])\n    return ask('Saturn')\n"
        "@pytest.mark.vcr\ndef test_it():\n    for number in {order}:\n"
        "        assert answered(number) == f'answer {number}'\n"
    )
    forwards = list(range(count))
    project.test(body.replace("{order}", repr(forwards)))
    project.run(f"--record-mode={mode}").assert_outcomes(passed=1)
    project.run(f"--record-mode={mode}").assert_outcomes(passed=1)  # recorded again, or played
    for server in servers:
        server.stop()
    assert len(project.recorded()) == count
    for order in (forwards, forwards[::-1], forwards * 2):
        project.test(body.replace("{order}", repr(order)))
        project.run("--block-network").assert_outcomes(passed=1)


def test_a_server_that_moved_leaves_one_recording(project):
    """Recorded again from another port, in another session: the file of the key is replaced."""
    project.server("old")
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('Saturn') in ('old', 'new')\n")
    project.run("--record-mode=once").assert_outcomes(passed=1)
    [(name, document)] = project.recorded().items()
    document["request"]["url"] = "http://localhost:1/v1/v1/chat/completions"
    project.record(document, name)
    project.server("new")
    project.run("--record-mode=all").assert_outcomes(passed=1)
    assert project.recorded().keys() == {name}


def test_a_recording_of_the_library_holds_no_secret(project):
    """What a test records beside it is redacted, and the test with its secret finds it again."""
    key = "sk" + "-" + "aB3dE5gH7jK9mN1pQ3sT5vX7"
    project.server(f"yours is {key}")
    project.test(f"@pytest.mark.vcr\ndef test_it():\n    assert 'yours' in ask('is {key} mine?', user='{key}')\n")
    project.run("--record-mode=once").assert_outcomes(passed=1)
    [(name, document)] = project.recorded().items()
    assert key not in json.dumps(document)
    assert "REDACTED-openai-key" in document["response"]["body"]["__data__"]["choices"][0]["message"]["content"]
    assert name == recording_name(Recording(document))
    project.run("--block-network").assert_outcomes(passed=1)


def test_a_recorded_list_of_models_is_shared(project):
    """A list of models that one test recorded answers another: its key has no test."""
    project.server("rings")
    project.test(
        "@pytest.mark.vcr\ndef test_a():\n    assert models() == ['m']\n"
        "@pytest.mark.vcr\ndef test_b():\n    assert models() == ['m']\n"
    )
    project.run("--record-mode=once").assert_outcomes(passed=2)
    assert len(project.recorded()) == 1
    assert len(project.httpserver.log) == 1


def test_mode_none_records_nothing(project):
    """Without a record mode a request without a recording fails, and nothing is written."""
    project.server("rings")
    project.test(SATURN)
    project.run().assert_outcomes(failed=1)
    assert not project.recorded()


def test_mode_once_records_a_test_without_recordings(project):
    """In mode once a test without a recording of its own records, while shared ones play."""
    project.server("rings")
    project.record(chat("Mars", "red", base=project.base))
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert (ask('Mars'), ask('Saturn')) == ('red', 'rings')\n")
    project.run("--record-mode=once").assert_outcomes(passed=1)
    assert project.answers() == {"Mars": "red", "Saturn": "rings"}


def test_mode_once_protects_a_test_with_recordings(project):
    """In mode once a test with a recording of its own records nothing more."""
    project.server("rings")
    project.record(chat("Mars", "red", "test_it.py::test_it"))
    project.test(SATURN)
    project.run("--record-mode=once").assert_outcomes(failed=1)
    assert project.answers() == {"Mars": "red"}


def test_mode_new_episodes_adds(project):
    """In mode new_episodes what is recorded plays, what is not is recorded, and no file that was there changes."""
    project.server("rings")
    path = project.record(chat("Mars", "red", "test_it.py::test_it", base=project.base))
    before = path.stat().st_mtime_ns
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert (ask('Mars'), ask('Saturn')) == ('red', 'rings')\n")
    project.run("--record-mode=new_episodes").assert_outcomes(passed=1)
    assert project.answers() == {"Mars": "red", "Saturn": "rings"}
    assert path.stat().st_mtime_ns == before


def test_mode_all_replaces(project):
    """In mode all what is asked again is recorded again; what is not, stays."""
    project.server("new")
    project.record(chat("Mars", "old", "test_it.py::test_it", base=project.base))
    project.record(chat("Venus", "old", "test_it.py::test_it", base=project.base))
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('Mars') == 'new'\n")
    project.run("--record-mode=all").assert_outcomes(passed=1)
    assert project.answers() == {"Mars": "new", "Venus": "old"}


@pytest.mark.parametrize("way", ["option", "marker", "vcr_config"])
def test_mode_rewrite_begins_anew(project, way):
    """In mode rewrite a test's own recordings are replaced by those of this run; shared and other ones stay."""
    project.server("new")
    project.record(chat("Mars", "old", "test_it.py::test_it", base=project.base))
    project.record(chat("Venus", "old", "test_it.py::test_it", base=project.base))
    project.record(chat("Earth", "shared", base=project.base))
    project.record(chat("Moon", "another's", "test_it.py::test_other", base=project.base))
    marker = "(record_mode='rewrite')" if way == "marker" else ""
    config = (
        "@pytest.fixture\ndef vcr_config():\n    return {'record_mode': 'rewrite'}\n" if way == "vcr_config" else ""
    )
    project.test(
        f"{config}@pytest.mark.vcr{marker}\ndef test_it():\n"
        "    assert (ask('Mars'), ask('Earth')) == ('new', 'shared')\n"
    )
    project.run(*["--record-mode=rewrite"][: way == "option"]).assert_outcomes(passed=1)
    assert project.answers() == {"Mars": "new", "Earth": "shared", "Moon": "another's"}


def test_mode_rewrite_of_a_failed_test_removes_nothing(project):
    """A test that fails in mode rewrite keeps the recordings that it did not replace."""
    project.server("new")
    project.record(chat("Mars", "old", "test_it.py::test_it", base=project.base))
    project.record(chat("Venus", "old", "test_it.py::test_it", base=project.base))
    project.test("@pytest.mark.vcr\ndef test_it():\n    assert ask('Mars') == 'old'\n")
    project.run("--record-mode=rewrite").assert_outcomes(failed=1)
    assert project.answers() == {"Mars": "new", "Venus": "old"}


def test_a_marker_turns_it_on(project):
    """``library=True`` makes one test's cassette a library's."""
    project.ini("")
    project.record(chat("Saturn", "rings", "test_it.py::test_it"))
    project.test("@pytest.mark.vcr_openai(library=True)\n" + SATURN)
    project.run().assert_outcomes(passed=1)


def test_a_marker_turns_it_off(project):
    """``library=False`` leaves one test its plain cassette."""
    project.server("rings")
    project.test("@pytest.mark.vcr_openai(library=False)\n" + SATURN)
    project.run("--record-mode=once").assert_outcomes(passed=1)
    assert not project.recorded()
    assert (project.path / "cassettes" / "test_it" / "test_it.yaml").is_file()


@pytest.mark.parametrize("value", ["nowhere", "3"])
def test_a_folder_that_is_none_is_told(project, value):
    """A common folder that does not exist is an error that names it, before any test runs."""
    project.ini(f"vcr_openai_library = {value}")
    project.test(SATURN)
    result = project.run()
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*vcr_openai_library: expected true, false or a folder, found no folder *{value}*"])


def test_extra_cassettes_play_beside_it(project):
    """The marker's extra cassettes, in any format of vcrpy's, answer what the library does not."""
    interaction = {
        "request": {"method": "GET", "uri": "https://example.com/", "body": None, "headers": {}},
        "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": "extra"}},
    }
    extra = project.path / "cassettes" / "test_it" / "extra.yaml"
    extra.parent.mkdir(parents=True)
    extra.write_text(json.dumps({"version": 1, "interactions": [interaction]}), encoding="utf-8")
    project.record(chat("Saturn", "rings", "test_it.py::test_it"))
    project.test(
        "import urllib.request\n"
        "@pytest.mark.vcr('extra.yaml')\ndef test_it():\n"
        "    assert urllib.request.urlopen('https://example.com/').read() == b'extra'\n"
        "    assert ask('Saturn') == 'rings'\n"
    )
    project.run().assert_outcomes(passed=1)


def test_what_is_no_recording_goes_into_the_plain_cassette(project):
    """An exchange that the recording format has no words for lies in the default cassette, with what was there."""
    project.server("rings")
    project.httpserver.expect_request("/page").respond_with_data("<html>", content_type="text/html")
    url = project.httpserver.url_for("/page")
    source = (
        "import urllib.request\n"
        "@pytest.mark.vcr\n@pytest.mark.default_cassette('pages.yaml')\n"
        "def test_it():\n"
        f"    for query in QUERIES:\n        assert urllib.request.urlopen({url!r} + query).read() == b'<html>'\n"
        "    assert ask('Saturn') == 'rings'\n"
    )
    project.test("QUERIES = ['?n=1']\n" + source)
    project.run("--record-mode=once").assert_outcomes(passed=1)
    project.test("QUERIES = ['?n=1', '?n=2']\n" + source)
    project.run("--record-mode=new_episodes").assert_outcomes(passed=1)
    text = (project.path / "cassettes" / "test_it" / "pages.yaml").read_text(encoding="utf-8")
    assert text.count("uri:") == 2
    assert "recording" not in text
    assert "files:" not in text
    assert project.answers() == {"Saturn": "rings"}
    project.run("--block-network").assert_outcomes(passed=1)


def test_a_file_that_is_no_recording_is_told_and_stays(project):
    """A broken file is named with the reason, does not play, is not replaced; what is recorded goes beside it."""
    project.server("rings")
    path = project.record(chat("Saturn", "broken", "test_it.py::test_it", base=project.base))
    path.write_text('{"test_id": ', encoding="utf-8")
    project.test(SATURN)
    result = project.run("--record-mode=once")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["*not recordings*", f"recordings/{path.name}: *expected a JSON document*"])
    assert path.read_text(encoding="utf-8") == '{"test_id": '
    project.run("--block-network").assert_outcomes(passed=1)


@pytest.mark.slow
def test_workers_tell_what_is_no_recording(project):
    """Under pytest-xdist the main process names the broken files."""
    project.record(chat("Saturn", "rings", "test_it.py::test_it"))
    (project.path / "recordings" / "broken.json").write_text("[]", encoding="utf-8")
    project.test(SATURN)
    result = project.run("-n1")
    result.assert_outcomes(passed=1)
    result.stdout.fnmatch_lines(["recordings/broken.json: expected a recording*"])


def test_it_works_without_a_cache(project):
    """Without pytest's cache the index lives for the session only."""
    project.record(chat("Saturn", "rings", "test_it.py::test_it"))
    project.test(SATURN)
    project.run("-p", "no:cacheprovider").assert_outcomes(passed=1)
    assert not (project.path / ".pytest_cache").exists()


def test_a_miss_says_where_the_library_looked(project):
    """The report of a test without recordings names the folders, and what they hold."""
    project.ini("vcr_openai_library = common")
    project.record(chat("Saturn", "rings", "test_it.py::test_other"))
    (project.path / "common").mkdir()
    project.test(SATURN)
    project.run().stdout.fnmatch_lines(
        [
            "the library's recordings for test_it.py::test_it:",
            "  recordings: 0 of the test, 0 shared, 1 of other tests",
            "  common/recordings: there is no such folder",
        ]
    )


@pytest.mark.parametrize(
    ("recorded", "advice"),
    [("here/test_it.py", "run pytest with --rootdir={parent}"), ("old/test_it.py", "*were in another folder")],
    ids=["another root folder", "moved"],
)
def test_a_miss_names_recordings_under_another_root(project, recorded, advice):
    """Where recordings of the same test have an id from another root folder, the report names it and what helps."""
    recorded = recorded.replace("here", project.path.name)
    project.record({**chat("Saturn", "rings"), "test_id": f"{recorded}::test_it"})
    project.test(SATURN)
    start = "only recordings with the same test_id play, but 1 recording has the test_id"
    help_ = advice.format(parent=project.path.parent)
    project.run().stdout.fnmatch_lines([f"{start} {recorded}::*: {help_}"])


def test_a_miss_names_the_nearest_recordings_file(project):
    """Of a library the explanation of a miss names the file, which the command can explain."""
    path = project.record(chat("Saturn", "rings", "test_it.py::test_it"))
    project.test(SATURN.replace("'Saturn'", "'Mars'"))
    project.run().stdout.fnmatch_lines(
        [
            f"nearest of 1 recorded: {path.name}, POST*",
            f"to see all rules at work: *vcr-openai explain recordings/{path.name}",
        ]
    )


def test_a_file_that_changed_unseen_is_told(project):
    """A file with the size and time stamp that the index knows, and other content, does not play and is named."""
    path = project.record(chat("Saturn", "rings", "test_it.py::test_it"))
    project.test(SATURN)
    project.run().assert_outcomes(passed=1)
    stamp = path.stat()
    path.write_bytes(b"x" * stamp.st_size)
    os.utime(path, ns=(stamp.st_mtime_ns, stamp.st_mtime_ns))
    result = project.run()
    result.assert_outcomes(failed=1)
    result.stdout.fnmatch_lines([f"recordings/{path.name}: *expected a JSON document*"])


def test_a_setting_of_another_kind_is_told(project):
    """A marker's library is a folder, true or false."""
    project.test("@pytest.mark.vcr_openai(library=3)\n" + SATURN)
    result = project.run()
    result.assert_outcomes(errors=1)
    result.stdout.fnmatch_lines(["*test_it: library: expected a folder, true or false, found 3*"])


def test_a_cache_that_cannot_be_written_is_no_harm(project):
    """Where pytest's cache folder cannot be used the index lives for the session only."""
    project.record(chat("Saturn", "rings", "test_it.py::test_it"))
    (project.path / ".pytest_cache").mkdir()
    (project.path / ".pytest_cache" / "d").write_text("", encoding="utf-8")
    project.test(SATURN)
    project.run("-W", "ignore::pytest.PytestCacheWarning").assert_outcomes(passed=1)


def test_a_long_look_shows_progress(project, monkeypatch):
    """While a large folder is looked through for the first time, a terminal shows how many files are done."""
    monkeypatch.setattr(library_session, "_PATIENCE", -1)
    monkeypatch.setattr(library_session, "_INTERVAL", -1)
    project.pytester.makeconftest(
        "import sys\ndef pytest_sessionstart(session):\n    sys.stdout.isatty = lambda: True\n"
    )
    project.record(chat("Saturn", "rings", "test_it.py::test_it"))
    project.record(chat("Mars", "red", "test_it.py::test_it"))
    project.test(SATURN)
    result = project.run("-s")
    result.assert_outcomes(passed=1)
    assert f"index of {project.path / 'recordings'}: 1 of 2" in result.stdout.str()


def test_progress_is_for_terminals(project, monkeypatch):
    """Where pytest writes to a file or a pipe no progress is shown."""
    monkeypatch.setattr(library_session, "_PATIENCE", -1)
    project.record(chat("Saturn", "rings", "test_it.py::test_it"))
    project.test(SATURN)
    result = project.run("-s")
    result.assert_outcomes(passed=1)
    assert "index of" not in result.stdout.str()


def test_a_common_folder_outside_is_named_whole(project):
    """A broken file of a common folder outside pytest's root folder is named with its whole path."""
    path = project.path.parent / f"{project.path.name}-common" / "recordings" / "broken.json"
    path.parent.mkdir(parents=True)
    path.write_text("[]", encoding="utf-8")
    project.ini(f"vcr_openai_library = {path.parent.parent}")
    project.record(chat("Saturn", "rings", "test_it.py::test_it"))
    project.test(SATURN)
    project.run().stdout.fnmatch_lines([f"{path.as_posix()}: expected a recording*"])


def test_the_same_list_of_models_changes_no_file(tmp_path):
    """Of two tests that record the same models at once the second writes nothing, as the recorder does."""
    body = b'{"object": "list", "data": [{"id": "m", "object": "model", "created": 1, "owned_by": "us"}]}'
    headers = {"content-type": ["application/json"]}
    response = {"status": {"code": 200, "message": "OK"}, "headers": headers, "body": {"string": body}}
    library, hosts = Library(), []
    for name in ("test_a", "test_b"):
        hosts.append(VCR(record_mode="new_episodes"))
        test = LibraryTest(f"test_it.py::{name}", (tmp_path,))
        hosts[-1].register_persister(LibraryPersister(hosts[-1].persister, library, test, "new_episodes"))
    with hosts[0].use_cassette(str(tmp_path / "a.yaml")) as one, hosts[1].use_cassette(str(tmp_path / "b.yaml")) as two:
        for cassette in (one, two):
            cassette.append(Request("GET", f"{BASE}/models", None, {}), response)
    (path,) = tmp_path.iterdir()
    assert Recording.parse(path.read_text()).test_id == "test_it.py::test_b"


def test_a_vcr_that_is_made_by_hand_plays(project):
    """Who calls pytest-recording's hook for a VCR of their own gets the library with it, in that VCR's record mode."""
    project.record(chat("Saturn", "rings", "test_it.py::test_it"))
    project.test(
        "import vcr as host\n"
        "def test_it(request):\n"
        "    mine = host.VCR(record_mode='none')\n"
        "    request.config.hook.pytest_recording_configure(config=request.config, vcr=mine)\n"
        "    with mine.use_cassette('none.yaml'):\n"
        "        assert ask('Saturn') == 'rings'\n"
    )
    project.run().assert_outcomes(passed=1)
