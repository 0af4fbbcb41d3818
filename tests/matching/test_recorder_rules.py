"""``Rules.recorder()``: a cassette and the recorder agree on what is the same request."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from recordings import BASE, recording, reply, sdk_call

from vcr_openai import Recording, Rules, recording_key
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpRequest
from vcr_openai._matching.canonical import canonical

UUIDS = [f"0{digit}a45b07-1234-4321-abcd-0123456789ab" for digit in range(2)]
PIECES = [
    *("score: 0.5", "score: 0.75", "score:-1e-3", ", attributes: {a: 1}", ", attributes: {}", "1.23456", "1.234561"),
    *("0.00001", "0.000014", "1.2", "call_abcdefgh12345678", "call_hgfedcba12345678", "a", " ", "\n"),
    *(f"document_id: {one}" for one in UUIDS),
    *(f"<|{one}|>" for one in UUIDS),
    *UUIDS,
]
TEXTS = st.lists(st.sampled_from(PIECES), max_size=3).map("".join)
NUMBERS = st.sampled_from([0.5, 0.5000001, 0.000001, 0.000004, 1.23456, 1.234564, 7, 8])
VALUES = st.recursive(
    TEXTS | NUMBERS | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.sampled_from(["id", "a"]), inner, max_size=2),
    max_leaves=4,
)
CALLS = st.fixed_dictionaries(
    {"model": st.just("m"), "messages": st.lists(st.fixed_dictionaries({"content": VALUES}), max_size=2)},
    optional={"temperature": NUMBERS, "stream_options": VALUES, "tools": VALUES, "project_id": TEXTS, "user": TEXTS},
)
BEDROCK = "https://bedrock-runtime.us-west-2.amazonaws.com/openai/v1"


def key(call: dict[str, object], base: str) -> str:
    """The recorder's key: it sees ``project_id`` where a caller can give it, in ``extra_body``."""
    arguments = {name: value for name, value in call.items() if name != "project_id"}
    extra = {"extra_body": {"top_k": 1, **({"project_id": call["project_id"]} if "project_id" in call else {})}}
    return recording_key(Recording(recording(sdk_call({**arguments, **extra}, base=base), reply({}))))


def wired(call: dict[str, object], base: str) -> HttpRequest:
    """The request that is sent for it."""
    return HttpRequest("POST", f"{base}/chat/completions", {}, Body.of(json.dumps({**call, "top_k": 1})))


@given(CALLS, CALLS, st.sampled_from([BASE, BEDROCK]))
@example({"model": "m", "stream_options": 7}, {"model": "m"}, BASE)
@example({"model": "m", "stream_options": 7}, {"model": "m"}, BEDROCK)
@example({"model": "m", "temperature": 0.000001}, {"model": "m", "temperature": 0.000004}, BASE)
@example({"model": "m", "user": "score: 0.5"}, {"model": "m", "user": "score: 0.75"}, BASE)
@example({"model": "m", "project_id": "a"}, {"model": "m", "project_id": "b"}, BASE)
def test_requests_match_where_their_keys_are_equal(one: dict[str, object], other: dict[str, object], base: str) -> None:
    """Whatever the two calls are."""
    rules = Rules.recorder()
    alike = canonical(wired(one, base), rules).matches(canonical(wired(other, base), rules))
    assert alike == (key(one, base) == key(other, base))


@pytest.mark.parametrize("name", ["extra_query", "another"])
def test_a_project_in_the_query_does_not_count(name: str) -> None:
    """Another parameter does."""
    parameter = "project_id" if name == "extra_query" else name
    one, other = (
        HttpRequest("POST", f"{BASE}/chat/completions?{parameter}={value}", {}, Body.of('{"model": "m"}'))
        for value in "ab"
    )
    rules = Rules.recorder()
    assert canonical(one, rules).matches(canonical(other, rules)) == (name == "extra_query")


def test_a_change_is_noted() -> None:
    """An explanation names the rule."""
    changes = canonical(
        wired({"model": "m", "temperature": 1.234567, "user": "score: 1"}, BASE), Rules.recorder()
    ).trace
    assert {(one.rule, one.path, one.after) for one in changes} == {
        ("as_recorder", "temperature", 1.23457),
        ("as_recorder", "user", "score: __NORMALIZED__"),
    }
