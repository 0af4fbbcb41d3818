"""Requests are written anew in files of every format and layout, and nothing else changes."""

from __future__ import annotations

import difflib
import json

import pytest
from cassette_texts import FORMATS, write_cassette
from chats import CHAT_URL, answer, interaction, question
from recordings import chat

from vcr_openai import Recording, Unsupported
from vcr_openai._formats.registry import read_document
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpRequest
from vcr_openai._recording.key import recording_name
from vcr_openai._trees.acceptance import NewRequest, accept, accepted_text

JSON = {"content-type": ["application/json"]}
DATE = "2026-01-31"
TWO = [
    interaction(answer("rings"), sent=question("Saturn\nand moons"), sent_headers={**JSON, "content-length": ["9"]}),
    interaction(answer("réd"), sent=question("Mars"), sent_headers=JSON),
]
AZURE = "https://x.openai.azure.com/openai/deployments/{}/chat/completions?api-version={}"


def asking(value, uri=CHAT_URL, method="POST"):
    """A request with a JSON body."""
    return HttpRequest(method, uri, JSON, None if value is None else Body.of(json.dumps(value), JSON))


def new(index=1, request=None, keeps_url=True):
    """A new request for one of the two."""
    return NewRequest(index, request or asking(question("Venus", seed=1)), keeps_url, ("messages[*].content", "seed"))


def changed(before, after):
    """The lines of the first that the second does not have."""
    lines = difflib.ndiff(before.split("\n"), after.split("\n"))
    return [line[2:] for line in lines if line.startswith("- ")]


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("name", FORMATS)
def test_the_request_is_new_and_the_rest_is_not(name, index):
    """One request and its mark change; the answers and the other interaction are equal values."""
    text = write_cassette(TWO, name)
    before, after = read_document(text).exchanges, read_document(accepted_text(text, new(index), DATE)).exchanges
    assert after[index].request.body.json.value == question("Venus", seed=1)
    assert after[index].provenance["accepted"] == {"date": DATE, "paths": ["messages[*].content", "seed"]}
    assert [one.response for one in after] == [one.response for one in before]
    assert after[1 - index] == before[1 - index]


@pytest.mark.parametrize("name", FORMATS)
def test_the_second_time_adds_to_the_mark(name):
    """The mark has the last date and the paths of both times."""
    once = accepted_text(write_cassette(TWO, name), new(), DATE)
    twice = accepted_text(once, NewRequest(1, asking(question("Venus")), True, ("model",)), "2026-02-01")
    mark = read_document(twice).exchanges[1].provenance["accepted"]
    assert mark == {"date": "2026-02-01", "paths": ["messages[*].content", "model", "seed"]}


def layouts():
    """Texts of the two interactions in other layouts than those that are written."""
    value = {"version": 1, "interactions": TWO}
    plain, readable = write_cassette(TWO, "yaml"), write_cassette(TWO, "openai.yaml")
    head, _, tail = readable.partition("interactions:\n")
    indented = "\n".join(f"  {line}" if line else "" for line in tail.split("\n"))
    return {
        "compact JSON": json.dumps(value, separators=(",", ":")),
        "JSON of two spaces": json.dumps(value, indent=2),
        "JSON of tabs": json.dumps(value, indent="\t", ensure_ascii=False),
        "version first": "version: 1\n" + plain.replace("version: 1\n", ""),
        "a comment before each": plain.replace("- request:", "# by hand\n- request:"),
        "an ampersand": plain.replace("Saturn", "Q &A"),
        "indented": f"# head\n{head}\ninteractions:\n{indented}",
        "a comment before answers": readable.replace("  response:", "  # checked\n  response:"),
    }


@pytest.mark.parametrize("name", layouts())
def test_other_layouts_keep_their_lines(name):
    """Of a file in another layout the lines of the request alone change; comments stay."""
    text = layouts()[name]
    after = accepted_text(text, new(), DATE)
    assert read_document(after).exchanges[1].request.body.json.value == question("Venus", seed=1)
    if "\n" in text:
        removed = changed(text, after)
        assert len(removed) <= 3
        assert "Saturn" not in "".join(removed)
        assert "choices" not in "".join(removed)
    else:
        assert text.partition('"response"')[2][:200] in after


@pytest.mark.parametrize("name", FORMATS)
def test_the_url_changes_where_it_differs(name):
    """A new deployment and version of Azure are in the file; with an equal URL the old one stays."""
    old, live = AZURE.format("gpt-4", "2024-01"), AZURE.format("gpt-4o", "2025-01")
    text = write_cassette([interaction(answer("a"), uri=old, sent=question("a"), sent_headers=JSON)], name)
    for keeps, uri in ((True, old), (False, live)):
        after = accepted_text(text, new(0, asking(question("b"), live), keeps), DATE)
        assert read_document(after).exchanges[0].request.uri == uri


def test_the_length_follows_the_body():
    """A recorded length is that of the new body."""
    after = accepted_text(write_cassette(TWO, "yaml"), new(0), DATE)
    [request, _] = [one.request for one in read_document(after).exchanges]
    assert request.headers["content-length"] == [str(len(request.body.content))]


def test_what_the_format_cannot_express_is_refused():
    """A JSON cassette has no bytes, and a recording no body of a GET; nothing is written."""
    binary = HttpRequest("POST", CHAT_URL, {}, Body(b"\xff"))
    with pytest.raises(ValueError, match="the format json"):
        accepted_text(write_cassette(TWO, "json"), new(1, binary), DATE)
    with pytest.raises(Unsupported, match="a call that a recording can express"):
        accepted_text(write_cassette(TWO, "recording.json"), new(1, binary), DATE)


def test_a_file_that_changed_is_refused(tmp_path):
    """Where the interaction is not there any more, the file stays."""
    path = tmp_path / "a.yaml"
    path.write_text(write_cassette(TWO, "yaml"), encoding="utf-8")
    before = path.read_bytes()
    with pytest.raises(ValueError, match=r"interactions\[2\]: expected an interaction"):
        accept(path, [new(2)], DATE)
    assert path.read_bytes() == before


def library(folder):
    """A recording of the library that is named by its key, and another one of the same test."""
    paths = []
    for word in ("Saturn", "Venus"):
        one = Recording(chat(word, "yes", "test_it.py::test_a"))
        paths.append(folder / recording_name(one))
        paths[-1].write_text(one.dump(), encoding="utf-8")
    return paths


def test_a_recording_gets_the_name_of_its_new_key(tmp_path):
    """There the recorder looks for it; the old name is gone."""
    path, other = library(tmp_path)
    place = accept(path, [new(0, asking(question("Io")))], DATE)
    assert sorted(tmp_path.iterdir()) == sorted([place, other])
    assert place.name == recording_name(Recording.parse(place.read_text(encoding="utf-8")))


def test_a_recording_whose_new_name_is_taken_is_refused(tmp_path):
    """Both files stay as they are."""
    path, other = library(tmp_path)
    before = [one.read_bytes() for one in (path, other)]
    with pytest.raises(ValueError, match=f"expected no file {other.name}"):
        accept(path, [new(0, asking(question("Venus")))], DATE)
    assert [one.read_bytes() for one in (path, other)] == before


@pytest.mark.parametrize("texts", ["array", "name"])
def test_a_file_of_another_name_keeps_it(texts, tmp_path):
    """An array of recordings, and a recording that is not named by its key, stay where they are."""
    path, other = library(tmp_path)
    if texts == "array":
        path.write_text(f"[{path.read_text()}, {other.read_text()}]", encoding="utf-8")
    else:
        path = path.rename(tmp_path / "planets.json")
    assert accept(path, [new(0, asking(question("Io")))], DATE) == path
    assert read_document(path.read_text(encoding="utf-8")).exchanges[0].request.body.json.value == question("Io")


def test_a_body_may_go_and_come():
    """A request may get a body or lose one; a body that is no JSON is compared by its bytes."""
    text = write_cassette([interaction(answer("a"), sent=None)], "yaml")
    for body in (Body.of("words", {}), None, Body(b"\xff")):
        after = accepted_text(text, NewRequest(0, HttpRequest("POST", CHAT_URL, {}, body), True, ("",)), DATE)
        assert read_document(after).exchanges[0].request.body == body


@pytest.mark.parametrize("name", ["yaml", "json", "openai.yaml"])
def test_an_interaction_that_cannot_be_read_stays(name):
    """The one beside it is renewed, and its own lines stay."""
    broken = write_cassette(TWO, name).replace(CHAT_URL, "http://[", 1)
    after = accepted_text(broken, new(1), DATE)
    assert "http://[" in after
    assert changed(broken, after)
    assert "Saturn" not in "".join(changed(broken, after))
