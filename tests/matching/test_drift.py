"""Drift: which recorded request is most alike, the kinds of change, and what is accepted."""

from __future__ import annotations

import json

import pytest
from chats import CHAT_URL, question

from vcr_openai import Rules
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpRequest
from vcr_openai._matching.canonical import canonical
from vcr_openai._matching.drift import Accepted, Drifted, changes_of, groups_of, headline
from vcr_openai._matching.neighbours import most_alike


def asking(word, **more):
    """The canonical request for a question."""
    return canonical(HttpRequest("POST", CHAT_URL, {}, Body(json.dumps(question(word, **more)).encode())), Rules())


def drifted(*changes, test="t"):
    """A request with these changes."""
    return Drifted(test, "c.yaml", "interactions[0]", changes)


@pytest.mark.parametrize(
    ("live", "recorded", "found"),
    [
        (asking("Mars please"), [asking("Saturn"), asking("Mars")], 1),
        (asking("gamma"), [asking("alpha"), asking("beta")], 0),
        (asking("Mars", stream=True), [asking("Mars"), asking("Venus", stream=True)], 1),
        (asking("Saturn", temperature=0.5), [asking("Mars", temperature=0.5), asking("Saturn")], 1),
        (asking("Mars"), [], None),
    ],
)
def test_the_most_alike(live, recorded, found):
    """Streaming counts first, then shared words, then the distance, then the order."""
    assert most_alike(live, recorded) == found


def test_changes_have_the_values_as_sent():
    """A number has its digits, an absent value is absent, a secret is replaced."""
    key = "sk-proj-" + "Zx9" * 16
    found = changes_of(asking("a", temperature=0.1), asking("a", temperature=0.123456789, user=key))
    assert found[0] == {"path": "temperature", "recorded": 0.1, "live": 0.123456789}
    assert found[1]["path"] == "user"
    assert "recorded" not in found[1]
    assert key not in found[1]["live"]


def test_groups_are_by_path():
    """Equal values are named, different ones are not; texts are counted as texts; the most frequent come first."""
    requests = [
        drifted({"path": "tool_choice", "live": "auto"}),
        drifted({"path": "tool_choice", "live": "auto"}, {"path": "tools[0].strict", "live": True}),
        drifted({"path": "tools[1].strict", "recorded": True}, {"path": "tools[0].strict", "live": True}),
        drifted({"path": "messages[3].content", "recorded": "a", "live": "b"}),
    ]
    assert [group.label for group in groups_of(requests)] == [
        '2 × tool_choice absent → "auto"',
        "2 × tools[*].strict",
        "1 text changed (messages[*].content)",
    ]
    assert headline(requests, groups_of(requests)).startswith(
        '4 requests drifted: 2 × tool_choice absent → "auto"; 2 ×'
    )


@pytest.mark.parametrize(
    ("accepted", "covered"),
    [
        ("all", True),
        ("tools", True),
        ("tools[*].strict", True),
        ("tools[0].strict", True),
        ("**.strict", True),
        ("model,tools", True),
        ("tools[1]", False),
        ("tools[*].strict.more", False),
        ("tool", False),
        ('"a,b"', None),
        ("", None),
        ("all,tools", None),
    ],
)
def test_what_is_covered(accepted, covered):
    """A path covers what is at it and below it; what is not a path is an error."""
    request = drifted({"path": "tools[0].strict", "live": True})
    if covered is None:
        with pytest.raises(ValueError, match="expected"):
            Accepted.parse([accepted])
    else:
        assert Accepted.parse([accepted]).covers(request) is covered


def test_a_comma_in_a_name():
    """A quoted name may have a comma."""
    accepted = Accepted.parse(['metadata["a,b"],seed', "model"])
    assert accepted.covers(drifted({"path": 'metadata["a,b"]'}, {"path": "seed"}, {"path": "model"}))


def test_a_body_that_is_not_json_has_no_path():
    """A difference in a body that is not JSON is accepted by ``all``, and by no path."""
    binary = [canonical(HttpRequest("POST", CHAT_URL, {}, Body(octets)), Rules()) for octets in (b"\xff", b"\xfe")]
    one = drifted(*changes_of(*binary))
    assert Accepted.parse(["all"]).covers(one)
    assert not Accepted.parse(["messages"]).covers(one)
    assert list(Accepted.parse(["messages"]).unmatched([one])) == [("messages", [])]
