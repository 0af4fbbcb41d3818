"""The persister of plain cassette files."""

from __future__ import annotations

import json
import os
import tempfile

import pytest
import writers
from pytest_recording._vcr import CombinedPersister
from vcr.persisters.filesystem import FilesystemPersister
from vcr.request import Request
from vcr.serializers import jsonserializer, yamlserializer

from vcr_openai import VCR, MalformedInteraction, Unsupported
from vcr_openai._vcrpy.persisters import MergingPersister, merging


def cassette_of(*words):
    """A cassette as vcrpy saves it."""
    pairs = [writers.exchange(word) for word in words]
    return {"requests": [request for request, _ in pairs], "responses": [response for _, response in pairs]}


def words_in(path):
    """The questions in a JSON cassette, in order."""
    found = json.loads(path.read_text(encoding="utf-8"))["interactions"]
    return [json.loads(one["request"]["body"])["messages"][0]["content"] for one in found]


@pytest.fixture
def path(tmp_path):
    """Where a JSON cassette lies."""
    return tmp_path / "cassettes" / "test_it.json"


def test_what_others_added_is_kept(path):
    """Saving keeps what another process saved since this one loaded."""
    first, second = MergingPersister(), MergingPersister()
    first.save_cassette(path, cassette_of("a"), jsonserializer)
    second.load_cassette(path, jsonserializer)
    first.save_cassette(path, cassette_of("a", "b"), jsonserializer)
    second.save_cassette(path, cassette_of("a", "c"), jsonserializer)
    assert words_in(path) == ["a", "c", "b"]


def test_what_others_saved_before_there_was_anything_is_kept(path):
    """Saving keeps what another process saved where this one found no cassette."""
    first, second = MergingPersister(), MergingPersister()
    first.save_cassette(path, cassette_of("a"), jsonserializer)
    second.save_cassette(path, cassette_of("a", "b"), jsonserializer)
    assert words_in(path) == ["a", "b"]


def test_what_was_dropped_stays_dropped(path):
    """An interaction that was loaded and is not saved again is gone, also where another process added one."""
    first, second = MergingPersister(), MergingPersister()
    first.save_cassette(path, cassette_of("a", "b"), jsonserializer)
    second.load_cassette(path, jsonserializer)
    first.save_cassette(path, cassette_of("a", "b", "c"), jsonserializer)
    second.save_cassette(path, cassette_of("b"), jsonserializer)
    assert words_in(path) == ["b", "c"]


@pytest.mark.parametrize("text", ["\udc80", "{", "[]", "{}"], ids=["not UTF-8", "not JSON", "a list", "no cassette"])
def test_what_is_no_cassette_is_not_replaced(path, text):
    """A file that cannot be read as a cassette is an error when it is saved over, and stays."""
    path.parent.mkdir()
    path.write_bytes(text.encode(errors="surrogateescape"))
    with pytest.raises(ValueError):
        MergingPersister().save_cassette(path, cassette_of("a"), jsonserializer)
    assert path.read_bytes() == text.encode(errors="surrogateescape")


@pytest.mark.parametrize("inner", [FilesystemPersister, CombinedPersister([])], ids=["vcrpy", "pytest-recording"])
def test_a_cassette_that_is_not_utf8_is_not_empty(path, inner):
    """Loading a cassette in another encoding is an error that names file and line, where vcrpy would start anew."""
    path.parent.mkdir()
    path.write_bytes(b'{"version": 1,\n"interactions": ["\xff"]}')
    host = VCR(serializer="json")
    host.register_persister(merging(inner))
    with pytest.raises(ValueError, match=r"test_it.json: line 2: expected UTF-8"), host.use_cassette(str(path)):
        pass


def test_a_link_stays_a_link(path, tmp_path):
    """A cassette that is a link to another file is saved there, as vcrpy saves it."""
    path.parent.mkdir()
    path.symlink_to(tmp_path / "shared.json")
    MergingPersister().save_cassette(path, cassette_of("a"), jsonserializer)
    assert path.is_symlink()
    assert words_in(tmp_path / "shared.json") == ["a"]


DAMAGED = {
    "not UTF-8": b'{"version": 1, "interactions": ["\xff"]}',
    "UTF-16": "version: 1\ninteractions: []\n".encode("utf-16"),
    "cut off": b'{"version": 1, "interactions": [',
    "a conflict": b"version: 1\n<<<<<<< HEAD\ninteractions: []\n",
    "a number": b"5",
    "no interactions": b'{"version": 1, "interactions": null}',
    "no interaction": b'{"version": 1, "interactions": [1]}',
    "no request": b'{"version": 1, "interactions": [{"response": {}}]}',
    "another request": b'{"version": 1, "interactions": [{"request": {"x": 1}, "response": {}}]}',
    "no headers": b'{"interactions": [{"request": {"method":"", "uri":"", "body":"", "headers": 1}, "response": {}}]}',
    "a header of nothing": b"""{"interactions": [
        {"request": {"method": "GET", "uri": "http://h/", "body": "", "headers": {"a": []}}, "response": {}}]}""",
    "an integer of nothing": b"interactions: [!!int '']\n",
    "a tag": b"interactions: !!python/object/apply:os.system [exit]\n",
    "absurd depth": b"[" * 5000,
    "a folder": None,
}


@pytest.mark.parametrize("mode", ["none", "once", "new_episodes", "all"])
@pytest.mark.parametrize("name", ["yaml", "json", "recording.json", "openai.yaml"])
@pytest.mark.parametrize("inner", [FilesystemPersister, CombinedPersister([])], ids=["vcrpy", "pytest-recording"])
@pytest.mark.parametrize("damage", DAMAGED)
def test_what_cannot_be_read_is_neither_empty_nor_replaced(tmp_path, damage, inner, name, mode):
    """In every record mode and format it is an error that names the file, before a request is made; the file stays."""
    path = tmp_path / f"test_it.{name}"
    content = DAMAGED[damage]
    path.mkdir() if content is None else path.write_bytes(content)
    host = VCR(serializer=name, record_mode=mode)
    host.register_persister(merging(inner))
    with pytest.raises((ValueError, OSError), match="test_it") as caught, host.use_cassette(str(path)):
        pytest.fail("it was opened")
    assert not isinstance(caught.value, FileNotFoundError)  # which vcrpy and pytest-recording take for a new cassette
    assert path.is_dir() if content is None else path.read_bytes() == content


@pytest.mark.parametrize("place", ["body", "headers", "string"])
def test_aliases_cannot_multiply_in_a_plain_cassette(tmp_path, place):
    """A bomb of aliases is refused when it is loaded; vcrpy would share its values, and who reads them would hang."""
    bomb = "x0: &x0 [x]\n" + "".join(f"x{n}: &x{n} [{', '.join([f'*x{n - 1}'] * 9)}]\n" for n in range(1, 12))
    values = {"body": '""', "headers": "{}", "string": '""'} | {place: "{a: *x11}" if place == "headers" else "*x11"}
    text = (
        bomb
        + """interactions:
- request: {{method: POST, uri: "http://h/v1/chat/completions", body: {body}, headers: {headers}}}
  response: {{status: {{code: 200, message: OK}}, headers: {{}}, body: {{string: {string}}}}}
""".format(**values)
    )
    (tmp_path / "bomb.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(ValueError, match=r"bomb.yaml: line 7: expected aliases that repeat at most"):
        VCR().use_cassette(str(tmp_path / "bomb.yaml")).__enter__()


def test_a_few_aliases_are_vcrpys_own(tmp_path):
    """What vcrpy's dumper writes twice as an alias is read, however many asterisks people put into their texts."""
    (tmp_path / "few.yaml").write_text(
        """interactions:
- request: {method: POST, uri: "http://h/v1/chat/completions", body: "a & *b*", headers: &h {accept: [x]}}
  response: {status: {code: 200, message: OK}, headers: *h, body: {string: "BOLD"}}
""".replace("BOLD", " *bold*" * 100),
        encoding="utf-8",
    )
    with VCR(record_mode="none").use_cassette(str(tmp_path / "few.yaml")) as cassette:
        assert cassette.responses[0]["headers"] == {"accept": ["x"]}


def test_a_pipe_in_a_cassettes_place_is_not_waited_for(path):
    """What is no regular file is an error, not a wait for somebody who writes into it."""
    path.parent.mkdir()
    os.mkfifo(path)
    with pytest.raises(OSError, match=r"test_it.json: it is not a regular file"):
        MergingPersister().load_cassette(path, jsonserializer)


def test_a_text_that_utf8_cannot_say_is_told(path):
    """JSON can spell half a character; the error names the file."""
    path.parent.mkdir()
    document = {"interactions": [{"request": {"method": "GET", "uri": "http://h/", "body": "\ud800", "headers": {}}}]}
    document["interactions"][0]["response"] = {"status": {"code": 200}, "headers": {}, "body": {"string": ""}}
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(MalformedInteraction, match=r"test_it.json: expected requests that vcrpy can load"):
        MergingPersister().load_cassette(path, jsonserializer)


def test_an_extra_cassette_that_is_broken_is_not_blamed_on_this_one(path):
    """Where the wrapped persister fails at another file, its own error comes through."""
    path.parent.mkdir()
    path.with_name("extra.json").write_text("{", encoding="utf-8")
    first = MergingPersister()
    first.save_cassette(path, cassette_of("a"), jsonserializer)
    with pytest.raises(json.JSONDecodeError):
        MergingPersister(CombinedPersister([str(path.with_name("extra.json"))])).load_cassette(path, jsonserializer)


def test_locks_lie_in_a_folder_of_ones_own(path, monkeypatch):
    """In another user's folder a lock could be a link to a file of ours: saving is refused."""
    monkeypatch.setattr("os.getuid", lambda: 54321)
    monkeypatch.setattr(tempfile, "gettempdir", lambda: str(path.parent))
    path.parent.joinpath("vcr-openai-54321").mkdir(parents=True)
    with pytest.raises(PermissionError, match="found another user's"):
        MergingPersister().save_cassette(path, cassette_of("a"), jsonserializer)


def test_files_are_utf8_in_any_locale(path):
    """A cassette is written and read in UTF-8, whatever the locale's encoding is."""
    persister = MergingPersister()
    persister.save_cassette(path, cassette_of("Grüße \U0001f999"), yamlserializer)
    requests, _ = persister.load_cassette(path, yamlserializer)
    assert json.loads(requests[0].body)["messages"][0]["content"] == "Grüße \U0001f999"


def test_saving_leaves_nothing_else(path):
    """There is no lock and no temporary file beside a saved cassette."""
    MergingPersister().save_cassette(path, cassette_of("a"), jsonserializer)
    assert list(path.parent.iterdir()) == [path]


def test_a_persister_of_ones_own_stays():
    """A persister that saves in a way of its own is not wrapped."""

    class Elsewhere(FilesystemPersister):
        @staticmethod
        def save_cassette(cassette_path, cassette_dict, serializer):
            raise NotImplementedError

    elsewhere = Elsewhere()
    assert merging(elsewhere) is elsewhere


def test_a_patched_persister_stays(path, monkeypatch):
    """Who patches vcrpy's own persister, to keep a test from saving, gets what it patched in."""
    saved = []
    monkeypatch.setattr(FilesystemPersister, "save_cassette", lambda *_, **__: saved.append(1))
    assert merging(FilesystemPersister) is FilesystemPersister
    with VCR(record_mode="all").use_cassette(str(path)) as cassette:
        response = {"status": {"code": 200, "message": ""}, "headers": {}, "body": {"string": b""}}
        cassette.append(Request("GET", "http://h/", None, {}), response)
    assert saved == [1] and not path.exists()


@pytest.mark.parametrize("side, where", [(0, "request.body"), (1, "response.body.string")])
def test_bytes_in_a_json_cassette_are_refused_with_the_way_out(path, side, where):
    """vcrpy's JSON has no words for bytes: the error says which body has them and what to choose instead."""
    exchanges = [writers.exchange("a"), writers.exchange("b")]
    if side:
        exchanges[1][1]["body"]["string"] = b"\xff"
    else:
        exchanges[1][0].body = b"\xff"
    cassette = {"requests": [one for one, _ in exchanges], "responses": [one for _, one in exchanges]}
    with pytest.raises(Unsupported, match=r"openai\.yaml") as caught:
        MergingPersister().save_cassette(path, cassette, jsonserializer)
    assert (caught.value.where, path.exists()) == (f"interactions[1].{where}", False)


def test_another_type_error_stays_itself(path):
    """A serializer that fails over anything else than bytes is not spoken for."""

    class Failing:
        @staticmethod
        def serialize(_):
            raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        MergingPersister().save_cassette(path, cassette_of("a"), Failing)


def test_what_the_system_refuses_names_the_file(path, monkeypatch):
    """An error of the system that names no file gets the cassette's name; one that does stays as it is."""
    path.parent.mkdir()
    for error in (OSError("no"), PermissionError(13, "Permission denied", "elsewhere")):

        def fail(_path, error=error):
            raise error

        monkeypatch.setattr("vcr_openai._vcrpy.persisters.read_text", fail)
        with pytest.raises(OSError, match=r"test_it.json: no|elsewhere"):
            MergingPersister().load_cassette(path, jsonserializer)


def test_a_persisters_own_error_stays(path):
    """What another persister raises for a cassette that is not there is its own business."""

    class Refusing(FilesystemPersister):
        @classmethod
        def load_cassette(cls, *_):
            raise LookupError("not in the shop")

    with pytest.raises(LookupError, match="not in the shop"):
        MergingPersister(Refusing).load_cassette(path, jsonserializer)
