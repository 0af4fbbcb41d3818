"""``vcr-openai key --request``: the key that the recording of a request would have, and what is missing for it."""

from __future__ import annotations

import io
import json
from pathlib import Path

import pytest
from cassette_texts import write_cassette
from chats import CHAT_URL, answer, interaction, question
from places import SAMPLES, needs_samples

from vcr_openai import Recording, from_interaction, recording_key, to_interaction
from vcr_openai._cli import main
from vcr_openai._recording.key import is_recorders_name

TEST = "tests/test_a.py::test_b"
BODY = question("Saturn", temperature=0.123456789)
ONE = interaction(answer("rings"), sent=BODY)


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """An empty current folder."""
    monkeypatch.chdir(tmp_path)


def keyed(capsys, value, *options, status=0):
    """The key and the name that are shown, and standard error."""
    text = value if isinstance(value, str) else json.dumps(value)
    Path("request.json").write_text(text, encoding="utf-8")
    assert main(["key", "--request", "request.json", *options]) == status
    captured = capsys.readouterr()
    return captured.out.split("\t")[:2], captured.err


def expected(test_id=TEST):
    return recording_key(from_interaction(ONE, test_id=test_id))


@pytest.mark.parametrize(
    "given",
    [
        {"method": "POST", "url": CHAT_URL, "body": BODY},
        {"url": CHAT_URL, "body": BODY},
        {"method": "post", "uri": CHAT_URL, "body": json.dumps(BODY)},
        {"request": ONE["request"]},
        ONE,
        {"version": 1, "interactions": [ONE]},
        from_interaction(ONE).document,
        {"request": from_interaction(ONE).request},
        from_interaction(ONE).request,
        write_cassette([ONE], "yaml"),
        write_cassette([ONE], "openai.yaml"),
        write_cassette([ONE], "recording.json"),
    ],
)
@pytest.mark.parametrize("option", ["--test", "--test-id"])
def test_a_request_has_the_key_of_its_recording(capsys, given, option):
    """However a request is written, its key is that of the recording that the test would make."""
    columns, err = keyed(capsys, given, option, TEST)
    assert (columns, err) == ([expected(), f"{expected()}.json"], "")


def test_a_body_alone_needs_its_url(capsys):
    """The key depends on the URL: without it, the option that is missing is named, and there is no key."""
    columns, err = keyed(capsys, BODY, "--test", TEST, status=2)
    assert columns == [""] and "--url" in err
    columns, err = keyed(capsys, BODY, "--test", TEST, "--url", CHAT_URL)
    assert columns[0] == expected()


def test_without_a_test_it_is_said_what_the_key_is_of(capsys):
    """Without --test, the key is that of a call outside of a test, and a note names the option."""
    columns, err = keyed(capsys, BODY, "--url", CHAT_URL)
    assert columns[0] == expected(None)
    assert err.startswith("note: ") and "--test" in err


def test_the_test_of_the_file_counts_without_another(capsys):
    """A recording, and an interaction that was made from one, have a test; --test takes its place."""
    found = from_interaction(ONE, test_id=TEST)
    for given in (found.document, to_interaction(found)):
        assert keyed(capsys, given) == ([expected(), f"{expected()}.json"], "")
        assert keyed(capsys, given, "--test", "tests/a.py::b")[0][0] == expected("tests/a.py::b")


def test_a_list_of_models_has_a_key_without_a_test(capsys):
    """The key of a list has no test, and the end of its name is known when it is recorded."""
    columns, err = keyed(capsys, {"method": "GET", "url": "https://api.openai.com/v1/models"})
    assert columns[1] == f"models-{columns[0]}-*.json"
    assert err == ""


def test_standard_input_is_read(capsys, monkeypatch):
    """The request may come from standard input."""
    monkeypatch.setattr("sys.stdin", io.StringIO(json.dumps(BODY)))
    assert main(["key", "--request", "-", "--url", CHAT_URL, "--test", TEST]) == 0
    assert capsys.readouterr().out.startswith(expected())


@pytest.mark.parametrize(
    "given, part",
    [
        ({"method": "POST", "url": "/v1/chat/completions", "body": {}}, "a URL with its host"),
        ({"url": CHAT_URL}, "neither method nor body"),
        ({"version": 1, "interactions": [ONE, ONE]}, "expected one request, found 2 interactions"),
        ("{", "request.json: "),
        ({"method": "GET", "url": "https://api.openai.com/v1/nothing"}, "the URL of an API that recordings know"),
    ],
)
def test_what_has_no_key_is_refused(capsys, given, part):
    """A request that is incomplete, or that is none, is refused with what was expected."""
    assert part in keyed(capsys, given, status=1)[1]


@pytest.mark.parametrize(
    "arguments", [[], ["request.json", "--request", "request.json"], ["request.json", "--test", TEST]]
)
def test_options_that_do_not_fit_are_wrong_usage(arguments):
    """Either files or a request are given; a recording has its own test."""
    Path("request.json").write_text(json.dumps(BODY), encoding="utf-8")
    assert main(["key", *arguments]) == 2


def test_a_tools_invocation_has_a_key(capsys):
    """The request of a recording that is no HTTP exchange has its key, too, which needs no test."""
    columns, err = keyed(capsys, {"provider": "p", "tool_name": "t", "kwargs": {"a": 1}})
    assert is_recorders_name(columns[1]) and err == ""


@needs_samples
def test_the_samples_have_the_keys_of_their_requests():
    """The key of a sample's request on the wire is the sample's own, unless the wire lacks one of its arguments."""
    from vcr_openai._formats.given_request import read_given

    different = set()
    for path in (SAMPLES / "recordings").rglob("*.json"):
        recording = Recording.parse(path.read_text(encoding="utf-8"))
        if recording.layout.name not in ("CALL", "HTTP") or "vertexai" in recording.request["url"]:
            continue
        sent = to_interaction(recording)["request"]
        if not sent["uri"].startswith("http"):
            continue
        given = read_given(json.dumps({"request": {**sent, "body": _text(sent["body"])}}))
        if recording_key(given.recording_for(recording.test_id)) != recording_key(recording):
            different.add(path)
    assert len(different) <= 30  # an empty extra_body, the encoding of embeddings, a URL without the doubled /v1


def _text(body):
    return body.decode() if isinstance(body, bytes) else body


def test_a_recording_in_an_array_is_a_request(capsys):
    """An array with one recording has the key of that one."""
    whole = from_interaction(ONE, test_id=TEST)
    assert keyed(capsys, [whole.document], "--test-id", TEST)[0][0] == expected()
