"""What cannot be saved is known before anything is asked for: no request leaves, and nothing that replays fails."""

import json
import os
import shutil
import tempfile
from pathlib import Path

import openai
import pytest
from chats import answer, question

import vcr_openai


@pytest.fixture
def server(httpserver):
    """A server with a chat."""
    httpserver.expect_request("/v1/chat/completions").respond_with_data(
        json.dumps(answer("hi")), content_type="application/json"
    )
    return httpserver


def another_users(folder, monkeypatch):
    """The folder of locks is another user's."""
    monkeypatch.setattr("os.getuid", lambda: 54321)
    folder.joinpath("vcr-openai-54321").mkdir()


def a_file(folder, _monkeypatch):
    """A file has the name of the folder of locks."""
    folder.joinpath(f"vcr-openai-{os.getuid()}").write_text("")


def nowhere(folder, _monkeypatch):
    """There is no folder for temporary files."""
    folder.rmdir()


def read_only_locks(folder, monkeypatch):
    """The folder of locks may not be written."""
    _deny(folder, monkeypatch)


def read_only_cassettes(folder, monkeypatch):
    """The folder of the cassettes may not be written."""
    _deny(folder.parent / "cassettes", monkeypatch)


def _deny(folder, monkeypatch):
    real = os.access
    monkeypatch.setattr(
        "os.access", lambda path, mode: folder not in (Path(path), *Path(path).parents) and real(path, mode)
    )


def cassettes_in_a_file(folder, _monkeypatch):
    """A file has the name of a folder of the cassettes."""
    cassettes = folder.parent / "cassettes"
    cassettes.rmdir()
    cassettes.write_text("")


FAULTS = [another_users, a_file, nowhere, read_only_locks, read_only_cassettes, cassettes_in_a_file]
SAVED = [fault for fault in FAULTS if fault is not cassettes_in_a_file]


@pytest.fixture
def damage(tmp_path, monkeypatch):
    """Folders for cassettes and for temporary files, and what makes one of them useless."""
    folder = tmp_path / "tmp"
    folder.mkdir()
    (tmp_path / "cassettes").mkdir()
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(folder))

    def apply(fault):
        shutil.rmtree(folder)
        folder.mkdir()
        fault(folder, monkeypatch)

    apply.cassettes = tmp_path / "cassettes"
    return apply


def ask(server, client, path, mode, word="hello"):
    """A chat under a cassette."""
    with vcr_openai.VCR(record_mode=mode).use_cassette(str(path)):
        return client.with_options(base_url=server.url_for("/v1"), max_retries=0).chat.completions.create(
            **question(word)
        )


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("mode", ["once", "new_episodes", "all"])
def test_nothing_is_asked_for_that_cannot_be_saved(fault, mode, server, client, damage):
    """The system's error comes before the first request."""
    damage(fault)
    with pytest.raises((OSError, openai.APIConnectionError)) as caught:
        ask(server, client, damage.cassettes / "deep" / "a.yaml", mode)
    assert isinstance(caught.value, OSError) or isinstance(caught.value.__cause__, OSError)
    assert not server.log


@pytest.mark.parametrize("fault", SAVED)
@pytest.mark.parametrize("mode", ["none", "once", "new_episodes"])
def test_what_replays_goes_on(fault, mode, server, client, damage):
    """A cassette that has all answers is not to be saved."""
    path = damage.cassettes / "a.yaml"
    ask(server, client, path, "once")
    damage(fault)
    ask(server, client, path, mode)
    assert len(server.log) == 1


def test_a_library_that_cannot_be_written(pytester, server):
    """The recordings folder is looked at as well."""
    pytester.makeini("[pytest]\nvcr_openai_library = true\n")
    pytester.path.joinpath("recordings").write_text("")
    pytester.makepyfile(
        test_it="import openai, pytest\n@pytest.mark.vcr\ndef test_it():\n"
        f"    client = openai.OpenAI(api_key='none', base_url={server.url_for('/v1')!r}, max_retries=0)\n"
        "    client.chat.completions.create(model='m', messages=[])\n"
    )
    pytester.runpytest_inprocess("--record-mode=once").assert_outcomes(failed=1)
    assert not server.log
