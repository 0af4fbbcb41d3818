"""The look-up of a request that was recorded in the same words, before the canonical one."""

from __future__ import annotations

import json
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from vcr.request import Request

from vcr_openai import VCR, Rules
from vcr_openai._vcrpy.cassette import IndexedCassette

URIS = ["https://api.openai.com/v1/chat/completions", "https://api.openai.com/v1/chat/completions?a=1",
        "https://other.example/v1/chat/completions", "https://other.example/v1/things"]  # fmt: skip
BODIES = [
    {"model": "m", "messages": [{"role": "user", "content": "a"}]},
    {"messages": [{"role": "user", "content": "a"}], "model": "m"},
    {"model": "m", "messages": [{"role": "user", "content": "a"}], "stream_options": {"include_usage": True}},
    {"model": "m", "messages": [{"role": "user", "content": "a"}], "n": None},
    {"model": "m", "messages": [{"role": "user", "content": "call_a1B2c3D4e5F6g7H8i9J0k1L2"}]},
    {"model": "m", "messages": [{"role": "user", "content": "call_b1C2d3E4f5G6h7I8j9K0l1M2"}]},
    {"model": "m", "messages": [], "temperature": 1},
    {"model": "m", "messages": [], "temperature": 1.0},
    {"messages": [], "model": "m", "temperature": 1.0},
    {"messages": [], "temperature": 1, "model": "m"},
    {"temperature": 1, "model": "m", "messages": []},
    {"temperature": -0.0, "model": "m", "messages": []},
    {"model": "m", "messages": [], "temperature": 0},
    {"temperature": 1e16, "model": "m", "messages": []},
    {"model": "m", "messages": [], "temperature": 10**16},
    {"temperature": 0.5, "model": "m", "messages": [{"role": "user", "content": "v 1.0, 1e5"}]},
    {"model": "m", "messages": [], "seed": 2**70},
]
TEXTS = [
    *map(json.dumps, BODIES),
    json.dumps(BODIES[0], separators=(",", ":")),
    "",
    "no JSON",
    '{"a":1,"a":2}',
    "\ud800",
]
REQUESTS = st.builds(
    lambda method, uri, text, kind: Request(method, uri, text.encode("utf-8", "surrogatepass"), kind),
    st.sampled_from(["POST", "GET"]),
    st.sampled_from(URIS),
    st.sampled_from(TEXTS),
    st.sampled_from([{}, {"content-type": "application/json"}, {"content-type": "multipart/form-data; boundary=x"}]),
)


def _copied(request):
    return Request(request.method, request.uri, request.body, dict(request.headers))


def _played(recorded, asked, **settings):
    """The number of the answer that each request is given, None where it has none."""
    machine = VCR(record_mode="none", **settings)
    found = []
    with TemporaryDirectory() as folder, machine.use_cassette(f"{folder}/none.json", serializer="json") as cassette:
        for number, request in enumerate(recorded):
            answer = {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": str(number).encode()}}
            cassette.append(_copied(request), answer)
        cassette.loaded = cassette._loaded_count = len(cassette.data)
        cassette.rewound = True
        for request in map(_copied, asked):
            can_play = cassette.can_play_response_for(request)
            found.append(cassette.play_response(request)["body"]["string"] if can_play else None)
        cassette.dirty = False
    return found


@settings(max_examples=150, deadline=None)
@given(
    recorded=st.lists(REQUESTS, max_size=8),
    asked=st.lists(REQUESTS, max_size=8),
    rules=st.sampled_from([Rules(), Rules.exact(), Rules(repeat=True), Rules(match_host=True)]),
    match_on=st.sampled_from(
        [None, ["openai_endpoint"], ["method", "uri"], ["openai_body", "method"], ["openai_endpoint", "raw_body"]]
    ),
    data=st.data(),
)
def test_it_finds_what_the_canonical_look_up_finds(recorded, asked, rules, match_on, data):
    """Each request is given the answer that it is given without this look-up."""
    asked = [*asked, *data.draw(st.lists(st.sampled_from(recorded), max_size=8))] if recorded else asked
    given_settings = {"rules": rules, **({"match_on": match_on} if match_on else {})}
    found = _played(recorded, asked, **given_settings)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(IndexedCassette, "_next_to_the_letter", lambda *_: None)
        assert found == _played(recorded, asked, **given_settings)


def test_many_equal_requests_are_answered_in_recorded_order():
    """Of requests in the same words the first that was not played answers."""
    request = Request("POST", URIS[0], TEXTS[0], {"content-type": "application/json"})
    assert _played([request] * 5, [request] * 6) == [*(str(number).encode() for number in range(5)), None]
