"""The quick test that comes before the search for secrets never calls a message clean that is not."""

from __future__ import annotations

import json

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from made_up_secrets import KEY, SECRETS

from vcr_openai._http.body import Body
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse
from vcr_openai._redaction import redact
from vcr_openai._redaction.clean import is_clean_request, is_clean_response, joined_texts
from vcr_openai._redaction.edits import spread_texts
from vcr_openai._redaction.redact import redact_exchange
from vcr_openai._redaction.redaction import Redaction
from vcr_openai._redaction.search import may_hold
from vcr_openai._secrets.hints import has_hint, hints_in, words_of_hints
from vcr_openai._secrets.literals import Literals
from vcr_openai._secrets.secret_names import may_name_secrets
from vcr_openai._secrets.secret_shapes import SHAPES, secrets_by_shape

DEFAULT = Redaction()
WORDS = [
    "hello",
    "max_tokens",
    "prompt_tokens",
    "basic",
    "Bearer",
    "sk-",
    "task-",
    "password",
    "token",
    "api_key",
    "cookie",
]
pieces = st.sampled_from([*WORDS, *SECRETS.values()]) | st.text(max_size=5)
names = st.sampled_from(
    ["content", "token", "password", "id", "api_key", "logprobs", "index", "arguments", "headers", "x"]
)
json_values = st.recursive(
    pieces | st.integers(0, 3) | st.none(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=3),
    max_leaves=8,
)


def _event_stream(chunks):
    return "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"


def _texts_of_events(*texts):
    """A stream of events that are JSON only where several of them are put together."""
    return "".join(f"data: {text}\n\n" for text in texts)


bodies = st.one_of(
    json_values.map(json.dumps),
    json_values.map(lambda value: json.dumps(value, ensure_ascii=False, separators=(",", ":"))),
    st.lists(json_values, min_size=1, max_size=4).map(_event_stream),
    st.lists(json_values, min_size=1, max_size=4).map(lambda lines: "\n".join(map(json.dumps, lines))),
    json_values.map(lambda value: json.dumps({"arguments": json.dumps(value)})),
    pieces.map(lambda text: "".join(f"\\u{ord(one):04x}" if ord(one) < 65536 else one for one in text)),
    pieces.map(lambda text: "".join(f"%{byte:02X}" for byte in text.encode(errors="replace"))),
    pieces,
)
headers = st.dictionaries(
    st.sampled_from(
        ["content-type", "authorization", "x-request-id", "set-cookie", "x-key", "location", "cf-ray", "server"]
    ),
    st.lists(
        pieces | st.sampled_from(["text/event-stream", "https://h/?api_key=abc123def456"]), min_size=1, max_size=2
    ),
    max_size=3,
)
uris = pieces.map(lambda text: f"https://h/v1/{text}") | pieces.map(lambda text: f"https://h/v1/x?key={text}")


@pytest.fixture(scope="module")
def fully_redacted():
    """A function that redacts without the quick test."""

    def redacted(exchange):
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(redact, "is_clean_request", lambda *_: False)
            patch.setattr(redact, "is_clean_response", lambda *_: False)
            return redact_exchange(exchange, DEFAULT)

    return redacted


@pytest.mark.slow
@given(parts=st.tuples(uris, headers, headers, bodies, bodies))
@example(parts=("https://h/v1/x", {}, {}, "{}", _event_stream([{"x": KEY[:9]}, {"x": KEY[9:]}])))
@example(
    parts=("https://h/v1/x", {}, {}, "{}", _texts_of_events('{"a":1},{"b":2}', f'{{"x":"{KEY[:9]}', f'{KEY[9:]}"}}'))
)
def test_the_quick_test_changes_nothing(fully_redacted, parts):
    """With the quick test in front, redaction gives the exchange and the secrets that the search alone gives."""
    uri, asked, answered, request_body, response_body = parts
    exchange = Exchange(
        HttpRequest("POST", uri, asked, Body.of(request_body, asked)),
        HttpResponse(200, answered, Body.of(response_body, answered)),
    )
    expected, secrets = fully_redacted(exchange)
    found, same_secrets = redact_exchange(exchange, DEFAULT)
    assert (found, same_secrets) == (expected, secrets)
    if is_clean_request(exchange.request, DEFAULT) and is_clean_response(exchange.response, DEFAULT):
        assert (expected, secrets) == (exchange, [])


@pytest.mark.slow
@given(
    chunks=st.lists(json_values, max_size=3),
    asked=json_values,
    url=uris,
    sent=st.dictionaries(st.sampled_from(["x-key", "content-type", "x-custom-signature"]), pieces, max_size=1),
    tagged=st.booleans(),
)
@example([{"x": KEY[:9]}, {"x": KEY[9:]}], {}, "https://h/v1", {}, True)
@example([], {"extra_query": {"sig": KEY}}, "https://h/v1", {}, False)
def test_the_quick_test_of_a_document_changes_nothing(chunks, asked, url, sent, tagged):
    """A recording's document is redacted as the search alone redacts it."""
    body = [{"__type__": "t", "__data__": chunk} for chunk in chunks] if tagged else chunks
    document = {
        "test_id": None,
        "request": {"method": "POST", "url": url, "headers": sent, "body": asked},
        "response": {"body": body, "is_streaming": True},
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(redact, "is_clean_document", lambda *_: False)
        expected = redact.redact_document(document, DEFAULT)
    assert redact.redact_document(document, DEFAULT) == expected


def test_an_ordinary_chat_is_clean():
    """A chat and its stream, with usage and log probabilities in it, need no search."""
    question = {"model": "gpt-4o", "messages": [{"role": "user", "content": "hello"}], "max_tokens": 5}
    entry = {"token": "Hi", "bytes": [72, 105], "logprob": -0.5, "top_logprobs": [{"token": "Ho", "logprob": -2.0}]}
    chunk = {"choices": [{"delta": {"content": "Hi"}, "logprobs": {"content": [entry]}}], "usage": {"prompt_tokens": 1}}
    asked = {"content-type": ["application/json"]}
    answered = {"content-type": ["text/event-stream; charset=utf-8"], "openai-version": ["2020-10-01"]}
    assert is_clean_request(HttpRequest("POST", "https://h/v1", asked, Body.of(json.dumps(question), asked)), DEFAULT)
    assert is_clean_response(HttpResponse(200, answered, Body.of(_event_stream([chunk, chunk]), answered)), DEFAULT)


def test_a_token_elsewhere_is_not_clean():
    """A member with the name token counts as that of a log probability only where these are."""
    entry = {"token": "Hi", "logprob": -0.5}
    value = {"choices": [{"logprobs": {"content": [entry]}}], "auth": {"token": "a1B2c3D4e5F6g7H8i9"}}
    response = HttpResponse(200, {}, Body.of(json.dumps(value)))
    assert not is_clean_response(response, DEFAULT)


@pytest.mark.parametrize(
    "redaction",
    [Redaction(fields=["note"]), Redaction(patterns=["hello"]), Redaction(query=["v"]), Redaction(headers=["server"])],
)
def test_what_a_user_adds_is_searched(redaction):
    """A message with something that the user's own settings name is not clean."""
    asked = {"server": ["x"]}
    request = HttpRequest("POST", "https://h/v1?v=1", asked, Body.of('{"note":"hello"}'))
    assert not is_clean_request(request, redaction)


@given(pieces | bodies)
def test_a_text_without_a_hint_has_no_secret(text):
    """What has none of the hints has no secret by its shape, and no name of one."""
    if not has_hint(text):
        assert next(secrets_by_shape(text), None) is None
        assert not may_name_secrets(text)


@given(st.lists(json_values, max_size=4))
def test_the_joined_texts_are_those_of_the_search(chunks):
    """The quick test joins the pieces that the search joins."""
    found = spread_texts([((number,), chunk) for number, chunk in enumerate(chunks)])
    joined = sorted((one.name, one.text) for one in joined_texts(chunks))
    assert joined == sorted((pieces[0].name, "".join(str(piece.text) for piece in pieces)) for pieces in found)


@given(st.lists(st.text("abc", min_size=1, max_size=3), min_size=1), st.text("abcd\ud800", max_size=20))
def test_literals_are_found(literals, text):
    """The literals that are found in one pass are those that a search for each finds."""
    assert Literals(literals).found_in(text) == {one for one in literals if one in text}
    assert Literals(literals).any_in(text) == any(one in text for one in literals)


def test_a_body_is_searched_once(monkeypatch):
    """What is known of a body is not found out again, as long as the redaction is the same."""
    searches = []

    def counting(text, *arguments, **more):
        searches.append(text)
        return may_hold(text, *arguments, **more)

    monkeypatch.setattr("vcr_openai._redaction.clean.may_hold", counting)
    request = HttpRequest("POST", "https://h/v1", {}, Body.of("hello"))
    for _ in range(3):
        assert is_clean_request(request, DEFAULT)
    assert searches.count("hello") == 1


@given(
    st.text(max_size=30)
    | st.lists(st.sampled_from([*"sK-aİΣ", "AKIA", "akia", 'Token"', "ghp_", "ghP_", "\ud800"])).map("".join)
)
def test_the_words_of_hints_are_those_of_shapes_as_they_are_spelled_and_the_names(text):
    """Each of them is what a search for it alone finds; with them the search by shape finds what it finds without."""
    words = words_of_hints(text)
    of_shapes = {shape.hint for shape in SHAPES}
    assert words & of_shapes == {hint for hint in of_shapes if hint in text}
    assert words - of_shapes == hints_in(text) - {hint.lower() for hint in of_shapes}
    assert list(secrets_by_shape(text, words)) == list(secrets_by_shape(text))
