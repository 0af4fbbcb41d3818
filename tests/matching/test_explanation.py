"""The explanation of a request that no recorded one matches."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import question

from vcr_openai._matching.canonical import Canonical, canonical
from vcr_openai._matching.explanation import Candidate, explain_miss, nearest, rules_in_force
from vcr_openai._matching.request_diff import Difference, common_end, common_start, differences, distance, excerpts
from vcr_openai._matching.rules import Rules

DEFAULT = Rules()
CHAT = "https://api.openai.com/v1/chat/completions"


def canon(body: Any, uri: str = CHAT, method: str = "POST", rules: Rules = DEFAULT) -> Canonical:
    return canonical(question(json.dumps(body), uri, method), rules)


def asking(*texts: str, **more: Any) -> Canonical:
    return canon({"model": "gpt-4o", "messages": [{"role": "user", "content": text} for text in texts], **more})


values: st.SearchStrategy[Any] = st.recursive(
    st.none() | st.booleans() | st.integers(0, 2) | st.text("ab", max_size=3),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text("ab", max_size=2), inner, max_size=3),
)


@given(values, values)
def test_differences_are_found_exactly_where_requests_differ(one: Any, other: Any) -> None:
    """Two requests have a difference exactly when they do not match."""
    left, right = canon({"x": one}), canon({"x": other})
    assert (differences(left, right) == []) == (left == right)


@given(values, values)
def test_the_distance_is_symmetric(one: Any, other: Any) -> None:
    """The distance is symmetric, and 0 from a request to itself."""
    left, right = canon({"x": one}), canon({"x": other})
    assert distance(left, right) == distance(right, left) >= 0
    assert distance(left, left) == 0


def test_a_difference_reads_like_the_issue() -> None:
    """A difference is a JSON path and both values."""
    found = differences(asking("a", "b", "Saturn"), asking("a", "b", "Jupiter"))
    assert list(map(str, found)) == ["messages[2].content: recorded 'Saturn' … this request 'Jupiter'"]


def test_what_one_side_lacks_is_absent() -> None:
    """A member or element that one side lacks is absent; the other side is shown shortened."""
    assert differences(asking("a"), asking("a", "b", temperature=2)) == [
        Difference("messages[1]", "absent", '{"role": "user", "content": "b"}'),
        Difference("temperature", "absent", "2"),
    ]


def test_true_is_not_one() -> None:
    """``True`` and ``1`` differ, although Python takes them for equal."""
    assert differences(canon({"a": [1]}), canon({"a": [True]})) == [Difference("a[0]", "1", "true")]


def test_long_texts_are_shown_where_they_differ() -> None:
    """Long texts are shown around their first difference, with line ends as escapes."""
    (found,) = differences(asking("x\n" * 500 + "Saturn" + "y" * 500), asking("x\n" * 500 + "Jupiter" + "y" * 500))
    assert "Saturn" in found.recorded and "Jupiter" in found.live
    assert len(found.recorded) <= 48 and len(found.live) <= 48
    assert "\n" not in str(found)


def test_the_url_comes_first() -> None:
    """Method, path and query come before the body, and the number of differences is limited."""
    one = canon({"a": 1}, "https://localhost/v1/models?a=1&b=1&b=2&key=secret1", "GET")
    other = canon({"a": 2}, "https://localhost/v1/embeddings?a=2&b=1&b=3&key=secret2", "POST")
    assert [found.path for found in differences(one, other, 5)] == ["method", "path", "query.a", "query.b[1]", "a"]
    assert [found.path for found in differences(one, other, 1)] == ["method"]


@given(st.text("ab"), st.text("ab"))
def test_common_parts_are_common(one: str, other: str) -> None:
    """The common start and end are the longest possible ones."""
    start, end = common_start(one, other), common_end(one, other)
    assert (one[:start] == other[:start] and one[: start + 1] != other[: start + 1]) or one == other
    assert one[len(one) - end :] == other[len(other) - end :]


@given(st.text(), st.text(), st.integers(20, 60))
def test_excerpts_differ_where_texts_do(one: str, other: str, length: int) -> None:
    """Excerpts are at most as long as asked, and differ when the texts do."""
    left, right = excerpts(one, other, length)
    assert len(left) <= max(length, 0) and len(right) <= length
    assert (left == right) == (one == other)


def test_the_nearest_is_the_most_alike() -> None:
    """The same path counts most, then the fewest differences, then the most similar text, then the order."""
    live = asking("Tell me about Saturn, please")
    near = [
        canon({"model": "gpt-4o", "messages": live.value["body"]["messages"]}, "https://h/v1/completions"),
        asking("Hello"),
        asking("Tell me about Jupiter, please"),
        asking("Tell me about Jupiter, please"),
    ]
    assert nearest(live, [Candidate(each, False, "") for each in near]) == 2
    assert nearest(live, []) is None


def test_a_setting_with_several_lines_is_on_one() -> None:
    """A miss has the rules at work on one line, also where a setting has several."""
    rules = Rules(replace=(("a+", "<a>"), ("b+", "<b>")))
    lines = explain_miss(asking("Saturn?"), [], rules, cassette="x.yaml").split("\n")
    assert "rules: replace=a+ => <a>; b+ => <b>" in lines
    assert "replace = a+ => <a>; b+ => <b>" in rules_in_force(rules)


def test_a_miss_names_what_is_needed() -> None:
    """A miss names the nearest request, its differences, whether it was played, the rules at work, and what to type."""
    recorded = [Candidate(asking("Hello"), False, "0"), Candidate(asking("Saturn"), True, "1")]
    text = explain_miss(asking("Saturn?", stream_options={}), recorded, Rules(round_digits=3), cassette="x.yaml")
    assert text.split("\n") == [
        "no recorded request answers POST /chat/completions (gpt-4o)",
        "nearest of 2 recorded: 1, POST /chat/completions (gpt-4o), played already",
        "  messages[0].content: recorded 'Saturn' … this request 'Saturn?'",
        "rules: round_digits=3",
        "they changed in this request: ignore 1× (first stream_options)",
        "to record what is missing:  pytest --record-mode=rewrite …",
        "to see all rules at work:   vcr-openai explain x.yaml",
    ]


@pytest.mark.parametrize(
    ("recorded", "line"),
    [
        ([], "CASSETTE has no requests"),
        ([True], "it is recorded once (0), and each of them was played already"),
        ([True] * 5, "it is recorded 5 times (0, 1, 2, …), and each of them was played already"),
        (
            [True, False],
            "an equal request is recorded 2 times (0, 1), but another matcher or the record mode kept it from playing",
        ),
    ],
)
def test_a_miss_of_a_recorded_request(recorded: list[bool], line: str) -> None:
    """The explanation distinguishes a request that was played already from one that is not recorded."""
    candidates = [Candidate(asking("a"), played, str(index)) for index, played in enumerate(recorded)]
    assert line in explain_miss(asking("a"), candidates, Rules()).split("\n")


def test_a_miss_is_short_whatever_it_is_about() -> None:
    """An explanation has at most a hundred lines of at most 180 characters, however much differs."""
    one, other = ({f"{letter * 300}{index}": letter * 9000 for index in range(99)} for letter in "ab")
    text = explain_miss(
        canon(one),
        [Candidate(canon(other), False, "n" * 300)],
        Rules(ignore=("a" * 300,), defaults=False),
        hints=["h"] * 9,
    )
    assert text.count("\n") < 100
    assert max(map(len, text.split("\n"))) <= 180
    assert "  and 178 more" in text


def test_a_credential_is_not_shown() -> None:
    """A key in the query is not shown, even where it is the only difference."""
    uri = "https://h/v1/models?key={}".format
    text = explain_miss(canon({}, uri("secret1")), [Candidate(canon({}, uri("secret2")), False, "")], Rules())
    assert "secret" not in text
    assert "in a credential, which is not shown" in text


def test_another_api_has_no_rules() -> None:
    """The explanation of a request to another API is that no rules apply."""
    text = explain_miss(
        canon({}, "https://h/users?a=1"), [Candidate(canon({}, "https://h/users"), False, "0")], Rules()
    )
    assert "rules: none, as the path is not one of the OpenAI API" in text
    assert "query: recorded absent … this request" in text


def test_the_body_of_another_api_does_not_count() -> None:
    """Requests to another API that differ in their bodies alone match, as in vcrpy: the miss has another reason."""
    text = explain_miss(canon({}, "https://h/users"), [Candidate(canon([], "https://h/users"), True, "0")], Rules())
    assert "it is recorded once (0), and each of them was played already" in text


LOCAL = "http://localhost:8917"
PROMPT = {"model": "m", "messages": [{"role": "user", "content": "a"}]}
OTHER = canon({"a": 1}, f"{LOCAL}/planets")
CALL = canon(PROMPT, f"{LOCAL}/v1/chat/completions")
EMBED = canon({"model": "m", "input": "a"}, f"{LOCAL}/v1/embeddings")
AZURE = canon(PROMPT, f"{LOCAL}/openai/deployments/d/chat/completions?api-version=1")
GEMINI = canon({"contents": [{"parts": [{"text": "a"}]}]}, f"{LOCAL}/v1beta/models/g:generateContent")


@pytest.mark.parametrize(
    ("recorded", "live"),
    [(OTHER, CALL), (CALL, OTHER), (OTHER, EMBED), (AZURE, OTHER), (OTHER, GEMINI), (GEMINI, CALL), (CALL, GEMINI)],
)
def test_what_both_requests_have_is_not_absent(recorded: Canonical, live: Canonical) -> None:
    """Of requests to two kinds of API on one host, neither the host nor the body is said to be absent."""
    shown = [str(one) for one in differences(recorded, live)]
    assert any(line.startswith("path: ") for line in shown)
    assert not any(line.startswith(("host: ", "body: ", "deployment: ")) for line in shown)


def test_the_paths_of_two_kinds_of_request_are_those_of_the_urls() -> None:
    """The paths are shown as they were sent, since that of an endpoint is compared without its prefix."""
    assert [str(one) for one in differences(OTHER, CALL)] == [
        "path: recorded '/planets' … this request '/v1/chat/completions'"
    ]


def test_another_host_is_shown_of_both_requests() -> None:
    """Where the hosts differ, both are shown, though that of an endpoint does not count."""
    found = differences(canon({}, "https://other.example/planets"), CALL)
    assert "host: recorded 'https://other.example:443' … this request 'http://localhost:8917'" in map(str, found)


def test_a_body_that_makes_another_request_of_it_is_shown() -> None:
    """Of two requests to one URL of which one alone is a prompt, the bodies are compared."""
    shown = [str(one) for one in differences(canon({"a": 1}, f"{LOCAL}/ask"), canon(PROMPT, f"{LOCAL}/ask"))]
    assert "a: recorded 1 … this request absent" in shown


@pytest.mark.parametrize(("recorded", "live"), [(OTHER, CALL), (CALL, OTHER)])
def test_a_miss_says_that_one_request_is_to_another_api(recorded: Canonical, live: Canonical) -> None:
    """A miss whose nearest request is of another kind says that the bodies are not compared."""
    text = explain_miss(live, [Candidate(recorded, False, "0")], Rules())
    assert "  one of the two is a request to another API, so their bodies are not compared" in text
    assert "absent" not in text


def test_a_miss_of_one_kind_says_nothing_of_another_api() -> None:
    """A miss whose nearest request is to the same kind of API compares the bodies."""
    assert "another API" not in explain_miss(CALL, [Candidate(EMBED, False, "0")], Rules())
