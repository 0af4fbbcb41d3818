"""Cassettes that look a request up: the answers are those of vcrpy's scan, and what a scan cannot do."""

from __future__ import annotations

import json

import pytest
import vcr
from chats import CHAT_URL as CHAT
from chats import question
from hypothesis import given
from hypothesis import strategies as st
from vcr import matchers as host_matchers
from vcr.cassette import Cassette
from vcr.errors import UnhandledHTTPRequestError
from vcr.request import Request

import vcr_openai
from vcr_openai import Rules
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpResponse
from vcr_openai._matching.replayed_response import with_live_ids
from vcr_openai._vcrpy.cassette import IndexedCassette
from vcr_openai._vcrpy.matchers import matchers
from vcr_openai._vcrpy.stand_ins import HOST_DEFAULTS

OTHER_CHAT = "https://other.example/v1/chat/completions"
openai_endpoint, openai_body = matchers(Rules()).values()


def request(body: object = None, uri: str = CHAT, method: str = "POST") -> Request:
    content = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
    headers = {} if isinstance(body, bytes) else {"content-type": "application/json"}  # vcrpy 8.5 reads what says so
    return Request(method, uri, content, headers)


def response(text: object) -> dict:
    body = text if isinstance(text, bytes) else str(text).encode()
    return {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": body}}


def filled(kind: type[Cassette], match_on: tuple, requests: list[Request], **settings: object) -> Cassette:
    """A cassette in which each request is answered with its position."""
    cassette = kind("none", match_on=match_on, record_mode=vcr.mode.NONE, **settings)
    for position, one in enumerate(requests):
        cassette.append(one, response(position))
    cassette.rewound = True
    return cassette


def played(cassette: Cassette, one: Request) -> str | None:
    """What a request plays, None for a miss."""
    if not cassette.can_play_response_for(one):
        return None
    return cassette.play_response(one)["body"]["string"].decode()


some_requests = st.lists(
    st.builds(
        request,
        st.sampled_from([None, question("a"), question("b"), b'{"model": 1}', b"\xff", b"not json"]),
        st.sampled_from([CHAT, CHAT + "?x=1", "https://other.example/v1/chat/completions", "https://example.com"]),
        st.sampled_from(["POST", "GET"]),
    ),
    max_size=8,
)
hosts_count = tuple(matchers(Rules(match_host=True)).values())


@pytest.mark.slow
@pytest.mark.parametrize(
    "match_on",
    [
        hosts_count,
        (host_matchers.method, host_matchers.uri, host_matchers.body),
        (host_matchers.method, host_matchers.scheme, host_matchers.host, host_matchers.path, host_matchers.query),
        (host_matchers.uri, openai_body),
        (lambda live, recorded: live.uri[-1] == recorded.uri[-1],),
        (),
    ],
    ids=["ours", "method, uri, body", "method … query", "mixed", "a user's", "none"],
)
@given(recorded=some_requests, asked=some_requests, repeats=st.booleans())
def test_the_answers_are_the_scans(match_on, recorded, asked, repeats):
    """Whatever the matchers: the same requests play the same answers in the same order, and miss alike."""
    if match_on and not hasattr(match_on[0], "__name__"):
        match_on[0].__name__ = "users"
    scanning = filled(Cassette, match_on, recorded, allow_playback_repeats=repeats)
    indexed = filled(IndexedCassette, match_on, recorded, allow_playback_repeats=repeats)
    assert [played(indexed, one) for one in asked] == [played(scanning, one) for one in asked]
    assert indexed.play_counts == scanning.play_counts


def test_the_own_host_comes_first():
    """Where hosts do not count, an answer from the request's own host goes before an earlier one from another."""
    other = "https://api.x.ai/v1/models"
    mine = "https://api.openai.com/v1/models"
    cassette = filled(
        IndexedCassette,
        (openai_endpoint, openai_body),
        [request(uri=other, method="GET"), request(uri=mine, method="GET")],
    )
    assert played(cassette, request(uri=mine, method="GET")) == "1"
    assert played(cassette, request(uri=mine, method="GET")) == "0"


FILES = [f"https://api.openai.com/v1/files/file-{letter}1{'x2Y3' * 5}" for letter in "abc"]


@given(st.permutations(range(3)))
def test_an_id_gets_its_own_answer(order):
    """Requests that differ in their ids alone get the answers to these ids, whatever their order."""
    recorded = [request(uri=uri, method="GET") for uri in FILES]
    cassette = filled(IndexedCassette, (openai_endpoint, openai_body), recorded)
    assert [played(cassette, request(uri=FILES[one], method="GET")) for one in order] == [str(one) for one in order]


def test_an_id_gets_its_own_answer_from_another_host():
    """The same where all answers were recorded from another host than the live request's."""
    recorded = [request(uri=uri.replace("api.openai.com", "localhost:8000"), method="GET") for uri in FILES]
    cassette = filled(IndexedCassette, (openai_endpoint, openai_body), recorded)
    assert [played(cassette, request(uri=FILES[one], method="GET")) for one in (2, 0, 1)] == ["2", "0", "1"]


def test_an_id_that_was_not_recorded_plays_what_is_left():
    """An id that no recorded request says plays the first answer that was not played."""
    recorded = [request(uri=uri, method="GET") for uri in FILES[:2]]
    cassette = filled(IndexedCassette, (openai_endpoint, openai_body), recorded)
    assert played(cassette, request(uri=FILES[0], method="GET")) == "0"
    assert played(cassette, request(uri=FILES[2], method="GET")) == "1"


@pytest.mark.parametrize("field", ["previous_response_id", "user", "metadata"])
def test_an_exhausted_request_does_not_get_anothers_answer(field):
    """A request that was recorded as it is spelled is answered by its own interactions alone, until a miss."""
    values = ["resp_" + letter * 2 + "12" * 23 for letter in "ab"]
    recorded = [request(question("why?", **{field: value})) for value in values]
    cassette = filled(IndexedCassette, tuple(matchers(Rules(ignore=("user", "metadata"))).values()), recorded)
    assert [played(cassette, request(question("why?", **{field: values[0]}))) for _ in range(2)] == ["0", None]
    assert played(cassette, request(question("why?", **{field: values[1]}))) == "1"


def test_another_ids_answer_is_not_repeated():
    """With ``repeat``, or with vcrpy's playback repeats, a recorded id gets its own answer for ever."""
    recorded = [request(uri=uri, method="GET") for uri in FILES[:2]]
    repeating = filled(IndexedCassette, tuple(matchers(Rules(repeat=True)).values()), recorded)
    theirs = filled(IndexedCassette, (openai_endpoint, openai_body), recorded, allow_playback_repeats=True)
    for cassette in (repeating, theirs):
        assert [played(cassette, request(uri=FILES[0], method="GET")) for _ in range(3)] == ["0"] * 3


def test_a_cassette_that_grows_asks_for_another_id():
    """In record mode ``new_episodes`` a URL with an id that was not recorded goes to the server."""
    recorded = [request(uri=FILES[0], method="GET"), request(turn(RECORDED))]
    cassette = IndexedCassette("none", match_on=(openai_endpoint, openai_body), record_mode=vcr.mode.NEW_EPISODES)
    for position, one in enumerate(recorded):
        cassette.append(one, response(position))
    cassette.rewound = True
    assert played(cassette, request(uri=FILES[2], method="GET")) is None
    assert played(cassette, request(uri=FILES[0], method="GET")) == "0"
    assert played(cassette, request(uri=FILES[0], method="GET")) is None
    assert played(cassette, request(turn(LIVE))) == "1"


NEAR = [
    (question("a", stream_options={"include_usage": True}), CHAT),
    (question("a"), CHAT),
    (question("a"), "http://localhost:8001/v1/chat/completions"),
    (question("a"), "http://localhost:8002/v1/chat/completions"),
    (question("a", temperature=0.30000001), CHAT),
    (question("a", temperature=0.3), "http://localhost:8002/openai/v1/chat/completions"),
    (question("a", temperature=0.3), "http://localhost:8002/v1/chat/completions"),
]


@given(st.permutations(NEAR), st.permutations(range(len(NEAR))))
def test_the_nearest_comes_first(recorded, order):
    """Of several that match, each request plays the one that equals it, host, port and ignored members included."""
    requests = [request(body, uri) for body, uri in recorded]
    cassette = filled(IndexedCassette, (openai_endpoint, openai_body), requests)
    for position in order:
        body, uri = recorded[position]
        assert played(cassette, request(body, uri)) == str(position)


def test_a_users_matcher_decides_who_may_answer():
    """Where another matcher refuses what is spelled like the request, the nearest that it accepts answers."""
    recorded = [request(question("a")), request(question("a", stream_options={}))]
    for number, one in enumerate(recorded):
        one.headers["x-run"] = str(number)
    cassette = filled(IndexedCassette, (openai_endpoint, openai_body, host_matchers.headers), recorded)
    live = request(question("a"))
    live.headers["x-run"] = "1"
    assert played(cassette, live) == "1"


@pytest.mark.slow
def test_a_look_up_stays_flat():
    """Among a thousand requests that match, each is found without asking about the others."""
    uris = [f"https://api.openai.com/v1/batches/batch_{number:048x}f1e" for number in range(1000)]
    cassette = filled(IndexedCassette, (openai_endpoint, openai_body), [request(uri=uri, method="GET") for uri in uris])
    asked = []
    cassette._agree = lambda _, position: asked.append(position) or True
    assert [played(cassette, request(uri=uri, method="GET")) for uri in uris[::-10]] == [
        str(number) for number in range(1000)[::-10]
    ]
    assert len(asked) < 20 * 100


def test_the_last_answer_to_an_id_repeats():
    """With ``repeat``, an id repeats its own last answer, not another one's."""
    ours = tuple(matchers(Rules(repeat=True)).values())
    recorded = [request(uri=uri, method="GET") for uri in (FILES[0], FILES[0], FILES[1])]
    cassette = filled(IndexedCassette, ours, recorded)
    played(cassette, request(uri=FILES[1], method="GET"))
    assert [played(cassette, request(uri=FILES[0], method="GET")) for _ in range(3)] == ["0", "1", "1"]


def test_equal_requests_play_in_recorded_order():
    """Each of several equal interactions plays once, then there is a miss; after a rewind they play again."""
    cassette = filled(IndexedCassette, (openai_endpoint, openai_body), [request(question("a"))] * 3)
    assert [played(cassette, request(question("a"))) for _ in range(4)] == ["0", "1", "2", None]
    with pytest.raises(UnhandledHTTPRequestError):
        cassette.play_response(request(question("a")))
    cassette.rewind()
    assert played(cassette, request(question("a"))) == "0"


def test_the_last_answer_repeats_where_the_rules_say_so():
    """With ``repeat``, equal interactions play in order, and the last one for ever."""
    cassette = filled(IndexedCassette, tuple(matchers(Rules(repeat=True)).values()), [request(question("a"))] * 2)
    assert [played(cassette, request(question("a"))) for _ in range(4)] == ["0", "1", "1", "1"]


def test_asking_for_the_nearest_is_no_miss():
    """vcrpy's aiohttp stub asks for the requests nearest to a redirect's, which has its answer."""
    cassette = filled(IndexedCassette, (openai_endpoint, openai_body), [request(question("a"))])
    ((nearest, _, failures),) = cassette.find_requests_with_most_matches(request(question("a")))
    assert (nearest, failures, cassette.misses) == (cassette.requests[0], [], [])


def test_a_redirect_finds_what_vcrpy_finds():
    """The requests nearest to one to another API are vcrpy's: its aiohttp stub goes on with them after a redirect."""
    uris = [("GET", "https://example.com/a"), ("POST", "https://example.com/b?x=1"), ("GET", "https://example.org/b")]
    recorded = [request(uri=uri, method=method) for method, uri in uris]
    ours = filled(IndexedCassette, (openai_endpoint, openai_body), recorded)
    theirs = filled(Cassette, HOST_DEFAULTS, recorded)
    live = request(uri="https://example.com/b?x=1", method="GET")
    found, expected = ([one[0] for one in kind.find_requests_with_most_matches(live)] for kind in (ours, theirs))
    assert found == expected == [recorded[1]]


def test_a_cassette_without_requests_is_told_of():
    """A miss in an empty cassette is explained, too."""
    cassette = filled(IndexedCassette, (openai_endpoint, openai_body), [])
    assert cassette.find_requests_with_most_matches(request(question("a"))) == []
    assert "none has no requests" in cassette.misses[0]


def test_a_request_that_is_ignored_is_not_asked_about():
    """What before_record_request drops is no miss, and no answer."""
    cassette = IndexedCassette("none", match_on=(openai_endpoint,), before_record_request=lambda _: None)
    cassette.append(request(question("a")), response(0))
    assert len(cassette) == 0
    assert not cassette.can_play_response_for(request(question("a")))


def test_what_is_recorded_is_found_at_once():
    """An interaction that was recorded after the first look-up is looked up, too."""
    cassette = filled(IndexedCassette, (openai_endpoint, openai_body), [request(question("a"))])
    assert played(cassette, request(question("b"))) is None
    cassette.append(request(question("b")), response("new"))
    assert played(cassette, request(question("b"))) == "new"


def test_a_subclass_of_somebody_elses_scans(tmp_path):
    """A VCR whose class is not vcrpy's own keeps its cassettes, and our matchers work in them."""

    class Theirs(vcr.VCR):
        pass

    mine = Theirs(record_mode="none")
    vcr_openai.register(mine)
    path = tmp_path / "x.yaml"
    with mine.use_cassette(str(path)) as cassette:
        assert type(cassette) is Cassette
        assert {matcher.__name__ for matcher in cassette._match_on} == {"openai_endpoint", "openai_body"}


def test_settings_of_the_user_stay():
    """register changes no match_on that is not vcrpy's default."""
    mine = vcr.VCR(match_on=["method"])
    vcr_openai.register(mine)
    assert mine.match_on == ["method"]


def test_current_defaults_open_an_indexed_cassette(tmp_path):
    """vcrpy's ``with_current_defaults`` opens one, too."""
    context = vcr_openai.VCR().use_cassette(str(tmp_path / "x.yaml"), with_current_defaults=True)
    with context as cassette:
        assert isinstance(cassette, IndexedCassette)


LIVE = "call_" + "Zz9yXw8vUt7sRq6pOn5mLk4j"
RECORDED = "call_" + "Ab1cDe2fGh3iJk4lMn5oPq6r"


def turn(identifier: str) -> dict:
    call = {"id": identifier, "type": "function", "function": {"name": "f", "arguments": "{}"}}
    messages = [
        {"role": "assistant", "tool_calls": [call]},
        {"role": "tool", "tool_call_id": identifier, "content": "7"},
    ]
    return {"model": "m", "messages": messages}


@pytest.mark.parametrize(
    "body",
    ['{{"id": "{0}", "text": "see {0}."}}', 'data: {{"id":"{0}"}}\n\ndata: {{"cites":["{0}"]}}\n\ndata: [DONE]\n\n'],
    ids=["reply", "stream"],
)
def test_the_answer_speaks_the_live_ids(body):
    """With ``substitute_ids``, a replayed answer says the live request's id wherever it said the recorded one."""
    ours = tuple(matchers(Rules(substitute_ids=True)).values())
    cassette = IndexedCassette("none", match_on=ours, record_mode=vcr.mode.NONE)
    cassette.append(request(turn(RECORDED)), response(body.format(RECORDED).encode()))
    cassette.rewound = True
    assert played(cassette, request(turn(LIVE))) == body.format(LIVE)


def test_ids_stay_unless_it_is_asked_for():
    """By default the answer is the recorded one."""
    cassette = IndexedCassette("none", match_on=(openai_endpoint, openai_body), record_mode=vcr.mode.NONE)
    cassette.append(request(turn(RECORDED)), response(RECORDED.encode()))
    cassette.rewound = True
    assert played(cassette, request(turn(LIVE))) == RECORDED


@pytest.mark.parametrize(
    "recorded, live, expected",
    [
        ({"a1": "x"}, {"b1": "x"}, b"b1 xa1 a1x b1-2"),
        ({"a1": "x", "b1": "y"}, {"b1": "x", "a1": "y"}, b"b1 xa1 a1x b1-2"),
        ({"a1": "x"}, {"a1": "x"}, b"a1 xa1 a1x a1-2"),
        ({"a1": "x"}, {"b1": "y"}, b"a1 xa1 a1x a1-2"),
        ({"a1": "x"}, {'b"1': "x"}, b"a1 xa1 a1x a1-2"),
    ],
    ids=["renamed", "swapped", "the same", "another name", "not plain"],
)
def test_only_whole_ids_are_substituted(recorded, live, expected):
    """A part of a longer word is not an id, and an id that JSON would have to escape is left."""
    before = HttpResponse(200, {}, Body(b"a1 xa1 a1x a1-2"))
    changed = with_live_ids(before, recorded, live)
    assert changed.body.content == expected.replace(b"b1-2", b"a1-2")
    assert before.body.content == b"a1 xa1 a1x a1-2"


def test_a_body_that_json_cannot_write_equals_itself():
    """The fields of a form, with the content of a file among them, are compared, too."""
    one, same_one, other = (Request("POST", CHAT, [("file", data)], {}) for data in (b"a", b"a", b"b"))
    openai_body(one, same_one)
    with pytest.raises(AssertionError):
        openai_body(one, other)


def test_a_miss_is_noted_once():
    """The SDK asks again for what was not there; a person reads of it once."""
    cassette = filled(IndexedCassette, (openai_endpoint, openai_body), [request(question("a"))])
    for _ in range(2):
        cassette.find_requests_with_most_matches(request(question("b")))
    assert len(cassette.misses) == 1
