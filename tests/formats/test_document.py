"""A document: its exchanges, their errors and findings, and the lines of its file."""

import gzip

import pytest

from vcr_openai import MalformedInteraction
from vcr_openai._formats.document import Document, lines_of, syntax_of
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse, decoded_exchanges
from vcr_openai._json.json_path import line_at


def exchange(content=b"", *codings):
    """An exchange whose response has this body."""
    headers = {"content-encoding": list(codings)} if codings else {}
    return Exchange(HttpRequest("GET", "http://h/"), HttpResponse(200, headers, Body(content, "", codings)))


def test_an_interaction_that_cannot_be_read_is_an_error_in_its_place():
    """The other exchanges are there; whoever needs all of them gets the first error."""
    error = MalformedInteraction("interactions[1]", "an object", "null")
    document = Document("yaml", lambda: ([exchange(), error, exchange()], []))
    assert list(document.results) == [exchange(), error, exchange()]
    with pytest.raises(MalformedInteraction, match=r"^interactions\[1\]: expected an object"):
        _ = document.exchanges


def test_bodies_are_decoded_once_and_findings_are_kept():
    """A body that can be decoded is; one that cannot be is a finding, after those of the reader."""
    calls = []
    document = Document(
        "yaml", lambda: calls.append(1) or ([exchange(gzip.compress(b"hi"), "gzip"), exchange(b"\xff", "gzip")], [])
    )
    assert [one.response.body.content for one in document.exchanges] == [b"hi", b"\xff"]
    assert [(one.code, one.where) for one in document.findings] == [("unread-body", "interactions[1].response.body")]
    assert calls == [1]


def test_bodies_of_one_file_share_a_limit():
    """Many small bombs are one large one: the decoded bodies of a file have one limit together."""
    packed = exchange(gzip.compress(b"x" * 60), "gzip")
    damaged = exchange(b"\x1f\x8b\xff", "gzip")
    results, findings = decoded_exchanges([packed, packed, exchange(), damaged], 100)
    assert results[0].response.body.content == b"x" * 60
    assert str(results[1]).startswith("interactions[1].response.body: expected bodies of at most 100 bytes together")
    assert results[2:] == [exchange(), damaged]
    assert [one.where for one in findings] == ["interactions[3].response.body"]


@pytest.mark.parametrize(
    "text, syntax", [("\ufeff {", "json"), ("[1", "json"), ("a: [1]", "yaml"), ("", "yaml"), ("# {", "yaml")]
)
def test_the_syntax_is_that_of_the_first_character(text, syntax):
    """An object or a list in brackets is JSON, also where it could be YAML."""
    assert syntax_of(text) == syntax


def test_places_have_lines_in_both_syntaxes():
    """A place without a line of its own has that of the value around it."""
    json = '{\n"a": [\n{"b.c": "x"},\n{"d": 1}\n]\n}'
    assert lines_of(json) == {"": 1, "a": 2, "a[0]": 3, 'a[0]["b.c"]': 3}
    assert line_at(lines_of(json), 'a[0]["b.c"].inner[3]') == 3
    assert line_at(lines_of(json), "a[1].d") == 2
    yaml = "a:\n- b.c: x\n- d: &x 1\n"
    assert [line_at(lines_of(yaml), where) for where in ("", 'a[0]["b.c"]', "a[1].d", "z")] == [1, 2, 3, 1]
