"""What was loaded from a cassette and not touched is written back as it was read."""

from __future__ import annotations

import copy
from collections import Counter

import pytest
import writers

from vcr_openai import VCR
from vcr_openai._formats.file_parts import FILE_PARTS
from vcr_openai._recording import translate
from vcr_openai._redaction import redact
from vcr_openai._vcrpy import persisters
from vcr_openai._vcrpy.interactions import vcr_exchange
from vcr_openai._vcrpy.kept_texts import kept_text

FORMATS = tuple(FILE_PARTS)
ESCAPED = "\\u0073" + "k-proj-" + "a1B2c3D4" * 5  # as a JSON text may spell it
KEY = "sk-proj-" + "a1B2c3D4" * 5


def _record(path, name, *words, mode="new_episodes", **settings):
    with VCR(record_mode=mode, **settings).use_cassette(str(path), serializer=name) as cassette:
        for word in words:
            cassette.append(*writers.exchange(word))
    return path.read_text(encoding="utf-8")


def _parts(text, name):
    return FILE_PARTS[name].split(text)


@pytest.fixture(params=FORMATS)
def name(request):
    """The name of each format."""
    return request.param


@pytest.fixture
def path(tmp_path, name):
    """Where a cassette of the format lies."""
    return tmp_path / f"test_it.{name}"


@pytest.mark.parametrize("count", [1, 2, 5])
def test_a_file_is_made_of_its_parts(path, name, count):
    """A file of any number of interactions is taken apart into them and put together again."""
    text = _record(path, name, *"abcde"[:count])
    parts = _parts(text, name)
    assert len(parts) == count
    assert FILE_PARTS[name].join(parts) == text


def test_a_new_interaction_leaves_the_others_as_they_were_written(path, name):
    """The text that a person or another version wrote of an interaction stays when one is added."""
    text = _record(path, name, "a", "b")
    edited = text.replace("content-type", "Content-Type") if name in ("yaml", "json") else text
    path.write_text(edited, encoding="utf-8")
    assert _parts(_record(path, name, "c"), name)[:2] == _parts(edited, name)


def test_a_comment_in_a_yaml_cassette_stays(tmp_path):
    """A comment beside an interaction is part of its text."""
    path = tmp_path / "test_it.openai.yaml"
    text = _record(path, "openai.yaml", "a", "b")
    path.write_text(text.replace("- request:", "- request:  # seen by hand", 1), encoding="utf-8")
    assert "- request:  # seen by hand" in _record(path, "openai.yaml", "c")


def test_line_ends_stay_where_an_interaction_is_added(path, name):
    r"""A file whose lines end with ``\r\n`` keeps them, and its other interactions stay as they were."""
    text = _record(path, name, "a", "b").replace("\n", "\r\n")
    path.write_bytes(text.encode())
    _record(path, name, "c")
    after = path.read_bytes().decode()
    assert after.count("\r\n") == after.count("\n")
    assert _parts(after.replace("\r\n", "\n"), name)[:2] == _parts(text.replace("\r\n", "\n"), name)


def test_only_what_is_new_is_written_anew(path, name, monkeypatch):
    """Adding one interaction to many costs the writing of one."""
    _record(path, name, *map(str, range(50)))
    written = Counter()

    def counting(cassette, serializer):
        written["interactions"] += len(cassette["requests"])
        return original(cassette, serializer)

    original = persisters._written
    monkeypatch.setattr(persisters, "_written", counting)
    text = _record(path, name, "new")
    assert written["interactions"] == 1
    assert len(_parts(text, name)) == 51


def test_the_file_is_what_writing_all_of_it_gives(path, name, tmp_path):
    """A file to which an interaction was added is, byte for byte, the one that was recorded at once."""
    _record(path, name, "a", "b")
    grown = _record(path, name, "c")
    assert grown == _record(tmp_path / f"test_all.{name}", name, "a", "b", "c")


def test_a_response_that_a_hook_changed_is_written_changed(path, name):
    """What a hook changes in place in a loaded response reaches the file."""
    _record(path, name, "a", "b")

    def change(response):
        response["headers"]["x-changed"] = ["yes"]
        return response

    text = _record(path, name, "c", before_record_response=change)
    with VCR(record_mode="none").use_cassette(str(path), serializer=name) as cassette:
        if name != "recording.json":  # which has no headers
            assert [list(one["headers"]["x-changed"]) for one in cassette.responses] == [["yes"]] * 3
        assert len(_parts(text, name)) == 3


def test_a_body_that_was_changed_in_memory_is_written_changed(path, name):
    """A test that edits the body of a loaded response gets the edit in the file."""
    _record(path, name, "a", "b")
    with VCR(record_mode="new_episodes").use_cassette(str(path), serializer=name) as cassette:
        response = cassette.responses[0]
        response["body"]["string"] = response["body"]["string"].replace(b"assistant", b"tool")
        cassette.append(*writers.exchange("c"))
    with VCR(record_mode="none").use_cassette(str(path), serializer=name) as cassette:
        answers = [vcr_exchange(*one).response.body.json.value for one in cassette.data]
    assert [answer["choices"][0]["message"]["role"] for answer in answers] == ["tool", "assistant", "assistant"]


def test_a_secret_that_was_loaded_does_not_stay(path, name):
    """A response with a secret that somebody else recorded is written without it."""
    text = _record(path, name, "answer-with-a-word", "b")
    path.write_text(text.replace("answer-with-a-word", KEY), encoding="utf-8")
    assert KEY not in _record(path, name, "c")


def test_a_request_that_a_filter_changes_is_written_changed(path, name):
    """A loaded request is filtered like one that is recorded, and written so."""
    _record(path, name, "a", "b")

    def change(request):
        request = copy.copy(request)
        request.uri = request.uri.replace("https://", "https://proxy.")
        return request

    text = _record(path, name, "c", before_record_request=change)
    assert text.count("https://proxy.") >= 3


def test_an_interaction_that_is_dropped_is_not_written(path, name):
    """drop_unused_requests leaves the text of what was played, and of nothing else."""
    before = _parts(_record(path, name, "a", "b", "c"), name)
    with VCR(record_mode="new_episodes", drop_unused_requests=True).use_cassette(str(path), serializer=name) as one:
        one.play_response(writers.exchange("b")[0])
    assert _parts(path.read_text(encoding="utf-8"), name) == [before[1]]


@pytest.mark.parametrize("body", [{}, {"string": None}, None, {"string": b"x", "more": 1}])
def test_a_response_without_a_usual_body_is_written_anew(tmp_path, body):
    """What a hook made of a response is not taken for what was loaded."""
    path = tmp_path / "test_it.yaml"
    _record(path, "yaml", "a", "b")

    def change(response):
        return {**response, "body": body} if body is not None else response | {"headers": {"x": [object]}}

    with VCR(record_mode="none", before_record_response=change).use_cassette(str(path)) as cassette:
        texts = [kept_text(request, response, "yaml") for request, response in cassette.data]
    assert texts == [None, None]


@pytest.mark.parametrize(
    "old, new",
    [
        ('"test_id": null', f'"test_id": "x.py::t[{KEY}]"'),
        ('"test_id": null', f'"test_id": "x.py::t[{ESCAPED}]"'),
        ('"id_normalization_mapping": {}', f'"id_normalization_mapping": {{"rec-1": "{KEY}"}}'),
        ('"is_streaming": false', f'"is_streaming": false, "note": {{"password": "{KEY[8:]}"}}'),
        ('"is_streaming": false', f'"is_streaming": false, "authorization": "Bearer {KEY[8:]}"'),
        ('"headers": {}', f'"headers": {{"Authorization": "Bearer {KEY[8:]}"}}'),
        ('"headers": {}', f'"headers": {{"Cookie": "{KEY[8:]}"}}'),
        ('/v1/chat/completions"', f'/v1/chat/completions?api-key={KEY[8:]}"'),
        ("", ""),
    ],
)
def test_what_a_recording_has_beyond_its_exchange_is_searched_when_it_is_kept(tmp_path, monkeypatch, old, new):
    """Whether its text shows at once that it has no secret makes no difference; without one it is not read again."""
    path = tmp_path / "test_it.recording.json"
    text = _record(path, "recording.json", "a", "b").replace(old, new, 1)
    assert (KEY[8:] in text) is bool(new)
    path.write_text(text, encoding="utf-8")
    saved = _record(path, "recording.json", "c")
    assert KEY[8:] not in saved
    path.write_text(text, encoding="utf-8")
    monkeypatch.setattr(redact, "may_hold", lambda *_: True)
    assert _record(path, "recording.json", "c") == saved


def test_the_provenance_of_a_recording_without_secrets_is_not_made(tmp_path, monkeypatch):
    """Most recordings are kept as they are, and their text shows that they have no secret."""
    path = tmp_path / "test_it.recording.json"
    text = _record(path, "recording.json", "a", "b")
    monkeypatch.setattr(translate, "exchange_of", None)
    assert FILE_PARTS["recording.json"].split(_record(path, "recording.json", "c"))[:2] == _parts(
        text, "recording.json"
    )
