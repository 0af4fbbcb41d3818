"""The laws of redaction: idempotent, nothing touched without need, no secret left in any encoding, structure kept."""

from __future__ import annotations

import copy
import gzip
import json
import pickle
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import answer, question, redact_response, redacted_answer, redacted_question, redacted_uri
from vcr.request import Request

from vcr_openai import Rules
from vcr_openai._http.body import Body, read_json
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse
from vcr_openai._matching.canonical import canonical
from vcr_openai._redaction.redact import (
    find_secrets,
    redact_document,
    redact_exchange,
    redact_request,
    secrets_in,
)
from vcr_openai._redaction.redaction import Redaction
from vcr_openai._vcrpy.interactions import http_request

MIXED = "aB3dE5gH7jK9mN1pQ3sT5vX7zC2fG4hJ6kL8nP0rS2tU4wY6"
KEYS = ["sk" + "-" + MIXED, "AI" + "za" + MIXED[:35], "gh" + "p_" + MIXED[:36], "sk" + "-ant-api03-" + MIXED + "-AA"]
CODE = MIXED[:20]  # which looks like a secret under a name that may mean something else
PASSWORD_OF_WORDS = "correct horse battery"  # which no shape gives away
PASSWORD = 'pa"ss\\wörd/\n&=1'

texts = st.text(st.sampled_from('abc 019-_.\n"\\/:é\U0001f600{}[],=&%'), max_size=30)
around = texts.map(lambda text: text + " ")  # a key begins where no letter precedes it
secrets = st.sampled_from(KEYS)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | texts | st.builds("{}{} {}".format, around, secrets, texts),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(texts | st.sampled_from(["content", "arguments", "headers", "body"]), inner, max_size=3)
        | inner.map(json.dumps)
    ),
    max_leaves=8,
)


def _answer(body: str, *keys: Any) -> str:
    text = ""
    for line in body.split("\n"):
        if line.startswith("data: {"):
            value = json.loads(line.removeprefix("data: "))
            for key in keys:
                value = value[key]
            text += value
    return text


def _events(*values: Any) -> str:
    return "".join(f"data: {json.dumps(value)}\n\n" for value in values)


@given(json_values, st.sampled_from([None, 2]), st.booleans())
def test_nothing_is_left_of_a_body(value: Any, indent: int | None, ascii_only: bool) -> None:
    """A redacted JSON body contains no encoding of a secret, is still JSON, and does not change a second time."""
    body = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    redacted = redacted_answer(body)
    assert not any(key in redacted for key in KEYS)
    json.loads(redacted)
    again = answer(redacted)
    assert redact_response(again) is again
    assert find_secrets(redacted) == []


@given(json_values)
def test_the_same_object_without_a_secret(value: Any) -> None:
    """A document without secrets comes back as the very same object; the document that is passed in never changes."""
    before = copy.deepcopy(value)
    redacted, found = redact_document(value)
    assert value == before
    assert (redacted is value) == (not found)
    again, found = redact_document(redacted)
    assert again is redacted and not found


@given(st.binary(max_size=60), secrets)
def test_bytes_that_are_not_text(noise: bytes, key: str) -> None:
    """A secret in a binary body is replaced, and every other byte stays."""
    body = noise + b"\xff " + key.encode() + b" " + noise
    redacted = redacted_question(body)
    assert redacted.startswith(noise) and redacted.endswith(noise) and key.encode() not in redacted


@given(around, secrets, texts, st.lists(st.integers(0, 120), max_size=6))
def test_a_stream_is_redacted_as_its_text_is(before: str, key: str, after: str, cuts: list[int]) -> None:
    """However a text is cut into chunks, no part of a secret is left; the number of chunks stays."""
    text = f"{before}{key} {after}"
    places = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    pieces = [text[start:end] for start, end in pairwise(places)]
    body = _events(*({"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces))
    redacted = redacted_answer(body, content_type="text/event-stream")
    whole = _answer(redacted, "choices", 0, "delta", "content")
    assert key not in whole and whole.startswith(before) and whole.endswith(f" {after}")
    assert redacted.count("data: ") == body.count("data: ")


LANES: dict[str, tuple[Callable[[str, int], Any], tuple[str | int, ...]]] = {
    "choices": (lambda t, i: {"choices": [{"index": i, "delta": {"content": t}}]}, ("choices", 0, "delta", "content")),
    "tool calls": (
        lambda t, i: {"choices": [{"index": 0, "delta": {"tool_calls": [{"index": i, "function": {"arguments": t}}]}}]},
        ("choices", 0, "delta", "tool_calls", 0, "function", "arguments"),
    ),
    "output items": (
        lambda t, i: {"type": "response.output_text.delta", "item_id": "m", "output_index": i, "delta": t},
        ("delta",),
    ),
    "content blocks": (
        lambda t, i: {"type": "content_block_delta", "index": i, "delta": {"text": t}},
        ("delta", "text"),
    ),
}


@pytest.mark.parametrize("name", LANES)
def test_interleaved_streams(name: str) -> None:
    """Interleaved texts are separated: pieces of another text may lie between the pieces of a secret."""
    make, path = LANES[name]
    key = KEYS[0]
    body = _events(make(f"a {key[:9]}", 0), make("b ", 1), make(key[9:], 0), make("c", 1))
    redacted = redacted_answer(body)
    assert _answer(redacted, *path) == "a REDACTED-openai-keyb c"


def test_the_event_that_repeats_the_text() -> None:
    """The event that repeats the whole text is redacted like the pieces."""
    key = KEYS[0]
    delta = [{"type": "response.output_text.delta", "output_index": 0, "delta": t} for t in (key[:5], key[5:])]
    done = {"type": "response.output_text.done", "output_index": 0, "text": key}
    redacted = redacted_answer(_events(*delta, done))
    assert key[5:] not in redacted
    assert json.loads(redacted.split("data: ")[3])["text"] == "REDACTED-openai-key"


def test_json_lines() -> None:
    """Ollama's lines are a stream too."""
    key = KEYS[0]
    body = "".join(json.dumps({"message": {"role": "assistant", "content": t}}) + "\n" for t in (key[:7], key[7:], "."))
    redacted = redacted_answer(body)
    pieces = [json.loads(line)["message"]["content"] for line in redacted.split("\n")[:-1]]
    assert pieces == ["REDACTED-openai-key", "", "."]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_a_stream_stay(end: str) -> None:
    """A stream's line ends, comments and event names stay as they are, and so does an event cut off at the end."""
    key = KEYS[0]
    first, last = json.dumps({"delta": f"x {key[:8]}"}), json.dumps({"delta": key[8:]})
    body = end.join([": hello", "event: a", f"data:{first}", "", "retry: 3", f"data: {last}"])
    expected = body.replace(key[:8], "REDACTED-openai-key").replace(key[8:], "")
    assert redacted_answer(body) == expected


def test_arguments_in_pieces() -> None:
    """The pieces of a tool call's arguments are joined and read as JSON: a password is recognized by its name only."""
    arguments = json.dumps({"user": "joe", "password": PASSWORD})
    pieces = [arguments[index : index + 3] for index in range(0, len(arguments), 3)]
    call = [{"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": t}}]}}]} for t in pieces]
    redacted = redacted_answer(_events(*call))
    whole = _answer(redacted, "choices", 0, "delta", "tool_calls", 0, "function", "arguments")
    assert json.loads(whole) == {"user": "joe", "password": "REDACTED-password"}


def test_logprobs_spell_the_secret() -> None:
    """A token list that spells a secret out is redacted, the tokens' bytes with it; the other tokens stay."""
    tokens = ["my", " ", *KEYS[0][:6], KEYS[0][6:], " ok"]
    content = [{"token": token, "bytes": list(token.encode()), "logprob": -1.0} for token in tokens]
    value = {"choices": [{"logprobs": {"content": content}}]}
    for redacted in (json.loads(redacted_answer(json.dumps(value))), redact_document(value)[0]):
        left = redacted["choices"][0]["logprobs"]["content"]
        assert "".join(one["token"] for one in left) == "my REDACTED-openai-key ok"
        assert [one["bytes"] for one in left] == [content[0]["bytes"], [32], *[None] * 7, content[-1]["bytes"]]


@pytest.mark.parametrize("streamed", [False, True])
def test_the_alternatives_of_a_secrets_tokens(streamed: bool) -> None:
    """The chosen token is one of its alternatives, at any rank: the alternatives of a secret's tokens are emptied."""
    tokens = ["my ", *(KEYS[0][start : start + 3] for start in range(0, len(KEYS[0]), 3)), " ok"]
    content = []
    for rank, token in enumerate(tokens):
        others = [
            {"token": token, "bytes": list(token.encode())},
            {"token": "other", "bytes": [1]},
            {"token": ""},
            None,
        ]
        content.append({"token": token, "bytes": None, "top_logprobs": others[:: 1 if rank % 2 else -1]})
    if streamed:
        body = _events(*({"choices": [{"index": 0, "logprobs": {"content": [one]}}]} for one in content))
    else:
        body = json.dumps({"choices": [{"index": 0, "logprobs": {"content": content}}]})
    redacted = redacted_answer(body)
    assert not [
        token for token in tokens[1:-1] if json.dumps(token) in redacted or str(list(token.encode())) in redacted
    ]
    assert redacted.count('"my "') == redacted.count('" ok"') == 2
    again = answer(redacted)
    assert redact_response(again) is again


def test_mcp_tools() -> None:
    """Everything that authorizes at an MCP server is replaced, under any header's name."""
    tool = {"type": "mcp", "authorization": "abc", "headers": {"X-Any": "def"}, "server_url": "https://h/"}
    body = redacted_question(json.dumps({"tools": [tool]}))
    assert json.loads(body)["tools"][0] == tool | {
        "authorization": "REDACTED-authorization",
        "headers": {"X-Any": "REDACTED-mcp-header"},
    }


def test_a_key_that_occurs_twice() -> None:
    """A secret that a JSON value does not contain (under a key that occurs twice, or as a key) is replaced, too."""
    body = f'{{"a": "{KEYS[0]}", "a": 1, "{KEYS[1]}": 2}}'
    assert redacted_answer(body) == '{"a": "REDACTED-openai-key", "a": 1, "REDACTED-google-key": 2}'


@pytest.mark.parametrize(
    "members",
    [
        '"password": "x", "password": "hunter22"',
        '"password": "hunter22", "password": "x"',
        '"password": "hunter22", "password": ["x"]',
        '"password": ["hunter22"], "password": "x"',
        '"a": {"password": "hunter22"}, "a": {"b": NaN}',
    ],
)
def test_each_member_of_a_key_that_occurs_twice(members: str) -> None:
    """A secret that is recognized by its name only is found in each of the members, whatever their lengths."""
    assert "hunter22" not in redacted_answer(f"{{{members}}}")


@given(secrets, st.sampled_from(["api-key", "key", "sig", "token", "code", "access_token", "X-Amz-Signature", "note"]))
def test_a_query_keeps_its_parameters(key: str, name: str) -> None:
    """A secret parameter keeps its name and place; no encoding of the value is left."""
    uri = redacted_uri(f"https://joe:{MIXED}@h/p?a=1&{name}={quote(key)}&b=2#f")
    assert key not in uri and quote(key) not in uri and MIXED not in uri
    assert uri.startswith("https://REDACTED-url-credentials@h/p?a=1&" + name + "=REDACTED-") and uri.endswith("&b=2#f")


def test_an_address_in_a_header() -> None:
    """In a header, too, an address keeps its parameters and loses their secrets; other texts stay."""
    headers = {
        "Location": [f"/back?code={CODE}&state=x"],
        "Link": [f"<https://h/?n=2&sig={CODE}>"],
        "X-Any": ["code=a1b2"],
    }
    assert redact_response(HttpResponse(302, headers)).headers == {
        "Location": ["/back?code=REDACTED-code&state=x"],
        "Link": ["<https://h/?n=2&sig=REDACTED-sig>"],
        "X-Any": ["code=a1b2"],
    }


def test_parameters_of_a_call() -> None:
    """The parameters that a call adds to the address are read as such: there a plain ``code`` is a secret."""
    body = {"model": "m", "extra_query": {"code": CODE, "page": "2"}, "code": "print()"}
    redacted, _ = redact_document({"request": {"body": body}})
    assert redacted["request"]["body"] == body | {"extra_query": {"code": "REDACTED-code", "page": "2"}}


@pytest.mark.parametrize(
    "text",
    [
        "AI" + "za" + MIXED[:35] + ": " + MIXED[:32],
        '{"AI' + "za" + MIXED[:35] + '": "' + MIXED[:32] + '"}',
        "http://h/?sk" + "-" + MIXED + "=" + MIXED[:20],
        "sk" + "-" + MIXED + "_API_KEY=" + MIXED[:20],
        "sk" + "-" + "-----BEGIN" + " PRIVATE KEY-----\n" + MIXED + "\n-----END" + " PRIVATE KEY-----_" + MIXED,
        "?sk" + "-ant-oat01-" + MIXED + MIXED + ": password=hunter22&3",
    ],
)
def test_a_replacement_does_not_name_a_secret(text: str) -> None:
    """A replacement ends like a secret's name, but the text after it is not taken for a secret."""
    once = redact_request(question(text, text, x_any=text))
    assert redact_request(once) is once


def test_an_escape_before_a_key() -> None:
    """A key after an escape is replaced without the escape."""
    key = MIXED + MIXED[:4] + "JQQJ" + "99" + MIXED[:26]
    assert redacted_answer(f"say \\n{key}\\n") == "say \\nREDACTED-azure-key\\n"


def test_json_that_is_called_a_form() -> None:
    """A body that is JSON stays JSON, whatever its content type is."""
    body = json.dumps({"note": "&code=a1b2", "more": 1})
    assert redacted_question(body, content_type="application/x-www-form-urlencoded") == body


def test_a_form() -> None:
    """A form's secret fields are those of a query."""
    body = b"grant_type=code&code=" + CODE.encode()
    sent = question(body, Content_Length=str(len(body)), Content_Type="application/x-www-form-urlencoded")
    redacted = redact_request(sent)
    assert redacted.body == sent.body.with_content(b"grant_type=code&code=REDACTED-code")
    assert redacted.headers["Content-Length"] == ["34"]


def test_request_headers() -> None:
    """Headers that authorize, name the account or change from run to run are dropped; the others stay."""
    headers = {
        "Authorization": ["Bearer x"],
        "X-Stainless-OS": ["Linux"],
        "user-agent": ["u"],
        "OpenAI-Project": ["p"],
        "x-goog-api-key": ["k"],
        "X-Vault-Token": ["v"],
        "Accept": ["a", "b"],
        "host": ["h"],
    }
    assert redact_request(HttpRequest("GET", "http://h/", headers)).headers == {"Accept": ["a", "b"], "host": ["h"]}


def test_response_headers() -> None:
    """Secrets are dropped, identifiers replaced by one that is always the same; what clients read stays."""
    identifiers = [
        *("x-request-id", "cf-ray", "llm_provider-openai-organization", "rndr-request-id", "X-B3-TraceId"),
        *("openai-project", "x-ms-client-request-id", "apim-request-id", "traceparent", "x-groq-id"),
    ]
    needed = {
        "Content-Type": ["application/json"],
        "retry-after": ["1"],
        "x-should-retry": ["true"],
        "location": ["/"],
        "x-ms-retry-after-ms": ["20"],
        "x-ratelimit-limit-tokens": ["1"],
        "anthropic-ratelimit-requests-reset": ["2025-01-01T00:00:00Z"],
        "x-ms-region": ["East"],
        "x-ms-continuation": ["page2"],
        "openai-processing-ms": ["12"],
        "x-litellm-response-cost": ["0.1"],
    }
    headers = {**needed, "X-Api-Key": ["a"], **{name: ["r1", "r2"] for name in identifiers}}
    redacted = redact_response(HttpResponse(200, headers))
    assert redacted.headers == {**needed, **{name: ["REDACTED-id", "REDACTED-id"] for name in identifiers}}
    assert redact_response(redacted) is redacted


@pytest.mark.parametrize(
    ("cookie", "redacted"),
    [
        ("a=s3cret; Path=/; HttpOnly", "a=REDACTED-set-cookie; Path=/; HttpOnly"),
        (
            "a=x=y; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
            "a=REDACTED-set-cookie; Expires=Wed, 21 Oct 2026 07:28:00 GMT",
        ),
        ("a=1; Path=/, b=2; Secure", "a=REDACTED-set-cookie; Path=/, b=REDACTED-set-cookie; Secure"),
        ("a=1,b=2", "a=REDACTED-set-cookie"),
        ("a=; Max-Age=0", "a=; Max-Age=0"),
        ("s3cretwithoutaname", "REDACTED-set-cookie"),
        ("a = s3cret", "a = REDACTED-set-cookie"),
        ("", ""),
    ],
)
def test_a_cookies_value_is_replaced(cookie: str, redacted: str) -> None:
    """Clients look cookies up by name and obey their attributes; a second redaction changes nothing."""
    made = redact_response(HttpResponse(200, {"set-cookie": [cookie]}))
    assert made.headers == {"set-cookie": [redacted]}
    assert redact_response(made) is made


def test_names_of_headers_may_be_bytes() -> None:
    """As some clients hand them to vcrpy."""
    request = Request("GET", "http://h/", b"", {b"Authorization": b"Basic abc", b"accept": b"*/*"})
    assert redact_request(http_request(request)).headers == {"accept": ["*/*"]}


def test_headers_that_the_user_keeps() -> None:
    """They stay as they are, whatever the defaults say; a header that is named as a secret, too, is dropped."""
    rules = Redaction(keep_headers=["Set-Cookie", "X-Request-Id", "authorization", "both"], headers=["both"])
    headers = {"set-cookie": [f"a={KEYS[0]}"], "x-request-id": ["r1"], "cf-ray": ["c"], "both": ["x"], "b": [KEYS[0]]}
    redacted = redact_response(HttpResponse(200, headers), rules)
    assert redacted.headers == {
        "set-cookie": [f"a={KEYS[0]}"],
        "x-request-id": ["r1"],
        "cf-ray": ["REDACTED-id"],
        "b": ["REDACTED-openai-key"],
    }
    assert list(redacted.headers) == ["set-cookie", "x-request-id", "cf-ray", "b"]
    asked = HttpRequest("GET", "http://h/", {"Authorization": [f"Bearer {KEYS[0]}"], "user-agent": ["u"]})
    assert redact_request(asked, rules).headers == {"Authorization": [f"Bearer {KEYS[0]}"]}
    with pytest.raises(TypeError, match="keep_headers"):
        Redaction(keep_headers="x")


def _exchange() -> Exchange:
    parts = [{"__type__": "t", "__data__": {"response": part}} for part in (KEYS[2][:9], KEYS[2][9:])]
    events = _events({"delta": KEYS[0][:9]}, {"delta": KEYS[0][9:]})
    return Exchange(
        question(
            json.dumps({"messages": [{"content": KEYS[1]}]}), authorization="Bearer " + KEYS[0], user_agent=KEYS[3]
        ),
        HttpResponse(200, {"content-length": ["9"]}, Body.of(events), f"OK {KEYS[0]}", {"url": KEYS[1]}),
        {"test_id": None, "document": {"response": {"body": parts}}},
    )


def test_an_exchange() -> None:
    """All parts are redacted and reported with their paths; the given exchange stays; a second time changes nothing."""
    exchange, before = _exchange(), _exchange()
    redacted, found = redact_exchange(exchange)
    assert exchange == before
    assert [one.where for one in found] == [
        "request.headers.authorization[0]",
        "request.headers.user-agent[0]",
        "request.body.messages[0].content",
        "response.url",
        "response.status.message",
        "response.body.string[0].delta",
        "response.recording.document.response.body[0].__data__.response",
    ]
    assert not [key for key in KEYS if key in repr(redacted)]
    assert redacted.response.headers["content-length"] == [str(len(redacted.response.body.content))]
    assert redacted.response.further == {"url": "REDACTED-google-key"}
    assert redact_exchange(redacted) == (redacted, [])
    assert redact_exchange(redacted)[0] is redacted


def test_what_did_not_change_is_the_very_same_object() -> None:
    """A message without secrets comes back as the same object, and so does a body where only a header has a secret."""
    exchange = replace(_exchange(), response=answer("ok", x_note="fine"), provenance={})
    redacted, _ = redact_exchange(exchange)
    assert redacted.response is exchange.response
    response = answer('{"a": 1}', x_note=KEYS[0])
    assert redact_response(response).body is response.body


def test_a_body_is_parsed_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Redaction and matching use the views of the same Body: each body is parsed once."""
    texts = []

    def read(text: str) -> Any:
        texts.append(text)
        return read_json(text)

    monkeypatch.setattr("vcr_openai._http.body.read_json", read)
    sent, received = '{"password": "", "input": "hi"}', '{"password": "", "text": "hello"}'
    redacted, _ = redact_exchange(Exchange(question(sent, "http://h/v1/responses"), answer(received)))
    assert canonical(redacted.request, Rules()).value["body"] == {"password": "", "input": "hi"}
    assert redacted.response.body.json.value["text"] == "hello"
    assert texts == [sent, received]


def test_the_secrets_of_an_exchange() -> None:
    """A check reports what redaction replaces, without what people make up."""
    exchange = Exchange(question(json.dumps({"api_key": "test-key"}), f"http://h/?key={MIXED}"), answer())
    assert [one.made_up for one in redact_exchange(exchange)[1]] == [False, True]
    assert [one.where for one in secrets_in(exchange)] == ["request.uri"]
    assert [one.where for one in find_secrets({"request": {"uri": f"http://h/?key={MIXED}"}})] == ["request.uri"]


def test_a_compressed_body() -> None:
    """It is searched as decoded, replaced by its decoded form where a secret is in it, and kept otherwise."""
    plain = json.dumps({"text": KEYS[0]}).encode()
    response = answer(gzip.compress(plain), content_type="application/json", content_encoding="gzip")
    redacted, found = redact_exchange(Exchange(question(), response))
    assert [one.where for one in found] == ["response.body.string.text"]
    assert redacted.response == answer('{"text": "REDACTED-openai-key"}', content_type="application/json")
    harmless = answer(gzip.compress(b"{}"), content_encoding="gzip")
    assert redact_response(harmless) is harmless


def test_a_compressed_body_is_reported() -> None:
    """A body that cannot be decoded is not a body without secrets: it stays, and decoding reports it."""
    exchange = Exchange(question(), answer(b"\x1f\x8b\x08\xff", content_encoding="gzip"))
    assert redact_exchange(exchange)[0] is exchange
    assert [one.code for one in exchange.decoded()[1]] == ["unread-body"]
    with_key = Exchange(question(), answer(b"\x1f\x8b\xff " + KEYS[0].encode(), content_encoding="gzip"))
    redacted, found = redact_exchange(with_key)
    assert [one.kind for one in found] == ["openai-key"]
    assert redacted.response == answer(b"\x1f\x8b\xff REDACTED-openai-key", content_encoding="gzip")


def test_json_that_is_called_json_lines() -> None:
    """One JSON text on several lines is read as JSON, whatever stream its content type announces."""
    body = json.dumps({"password": PASSWORD_OF_WORDS}, indent=1)
    for content_type in ("application/jsonl", "text/event-stream"):
        assert PASSWORD_OF_WORDS not in redacted_answer(body, content_type=content_type)


def test_json_lines_that_only_python_reads() -> None:
    """A line with a number that is not JSON is still one of the lines over which a text is spread."""
    key = KEYS[0]
    body = f'{{"n": NaN, "content": "{key[:9]}"}}\n{{"n": 1, "content": "{key[9:]}"}}\n{{"n":'
    assert redacted_answer(body) == '{"n": NaN, "content": "REDACTED-openai-key"}\n{"n": 1, "content": ""}\n{"n":'


def test_half_a_character() -> None:
    """A text that UTF-8 cannot encode is searched, too, on both ways in: as a body and inside of one."""
    body = json.dumps({"arguments": json.dumps({"a": "\ud800", "password": PASSWORD_OF_WORDS}, ensure_ascii=False)})
    assert PASSWORD_OF_WORDS not in redacted_answer(body)
    assert KEYS[0] not in str(redact_response(answer(f"\ud800 {KEYS[0]}")).body.content)


def test_a_recording() -> None:
    """A recording's address, arguments, chunks and exception are redacted; keys, tags and chunk count stay."""

    def chunk(text: str) -> dict[str, Any]:
        return {"__type__": "x.Y", "__data__": {"choices": [{"index": 0, "delta": {"content": text}}]}}

    key = KEYS[0]
    document = {
        "test_id": None,
        "request": {
            "url": "https://h/v1/chat?key=" + CODE,
            "headers": {},
            "body": {"extra_headers": {"X-API-Key": "k1"}},
        },
        "response": {
            "body": [chunk("a "), chunk(key[:4]), chunk(key[4:])],
            "is_streaming": True,
            "exception_data": {"message": f"bad {key}"},
            "exception_message": f"bad {key}",
        },
    }
    redacted, found = redact_document(document)
    assert redacted["request"]["url"] == "https://h/v1/chat?key=REDACTED-key"
    assert redacted["request"]["body"] == {"extra_headers": {"X-API-Key": "REDACTED-api-key"}}
    assert redacted["response"]["body"] == [chunk("a "), chunk("REDACTED-openai-key"), chunk("")]
    assert redacted["response"]["exception_message"] == "bad REDACTED-openai-key"
    assert len(found) == 5


def test_a_recording_of_lines() -> None:
    """A stream that is recorded as lines keeps its lines."""
    lines = [f"data: {json.dumps({'delta': {'text': text}})}" for text in ("a " + KEYS[0][:8], KEYS[0][8:])]
    document = {"response": {"body": [lines[0], "", lines[1], ""]}}
    redacted, _ = redact_document(document)
    assert [len(redacted["response"]["body"]), KEYS[0][8:] in str(redacted)] == [4, False]


def test_user_rules() -> None:
    """A user's names and patterns are added to the defaults."""
    rules = Redaction(headers=["X-Tenant"], query=["tenant"], fields=["Tenant"], patterns=[r"cust-\d+"])
    given_body = json.dumps({"tenant": "t", "note": "of cust-12", "k": KEYS[0]})
    request = question(given_body, "http://h/?tenant=t1", x_tenant="t")
    first, *_ = redact_exchange(Exchange(request, answer()), rules)[1]
    assert (first.kind, first.where) == ("custom", "request.headers.x-tenant[0]")
    redacted = redact_request(request, rules)
    assert (redacted.uri, redacted.headers) == ("http://h/?tenant=REDACTED-custom", {})
    assert redacted.body and redacted.body.json.value == {
        "tenant": "REDACTED-custom",
        "note": "of REDACTED-custom",
        "k": "REDACTED-openai-key",
    }


def test_patterns_see_a_text_as_it_is() -> None:
    """A pattern with an anchor, and a name that JSON escapes, apply to the value and not to its JSON text."""
    rules = Redaction(fields=["名"], patterns=["^cust-[0-9]+$", r"\bten-[0-9]+"])
    body = json.dumps({"名": "t", "id": "cust-12", "note": "\nten-4", "other": "a cust-12"})
    assert json.loads(redacted_question(body, rules)) == {
        "名": "REDACTED-custom",
        "id": "REDACTED-custom",
        "note": "\nREDACTED-custom",
        "other": "a cust-12",
    }


def test_patterns_see_a_decoded_word_alone() -> None:
    """A pattern matches percent-encoded text, but not across encoded words."""
    rules = Redaction(patterns=["cust [0-9]+", '"[^"]+"'])
    body = "see a%20cust%2012 or b%20c"
    assert redacted_question(body, rules) == "see a%20REDACTED-custom or b%20c"


def test_off() -> None:
    """With redaction off, everything stays."""
    exchange = Exchange(question(KEYS[0], "http://h/?key=a", authorization="Bearer " + KEYS[0]), answer(KEYS[1]))
    assert redact_request(exchange.request, Redaction.off()) is exchange.request
    assert redact_response(exchange.response, Redaction.off()) is exchange.response
    assert redact_exchange(exchange, Redaction.off()) == (exchange, [])
    document = {"a": KEYS[0]}
    assert redact_document(document, Redaction.off()) == (document, [])


def test_a_rule_is_a_value() -> None:
    """Rules are equal, hashable and picklable, whatever collection they were made from."""
    rules = Redaction(fields=["A"], patterns=("x+",))
    assert rules == Redaction(fields=("a",), patterns=["x+"]) and hash(rules) == hash(pickle.loads(pickle.dumps(rules)))


@pytest.mark.parametrize("pattern", ["(", "x*", r"\w+", ".{3}", " "])
def test_patterns_that_cannot_be(pattern: str) -> None:
    """A pattern that does not compile, or matches the empty text or the replacement, is refused."""
    with pytest.raises(ValueError, match="patterns"):
        Redaction(patterns=[pattern])


@pytest.mark.parametrize("given_names", ["authorization", 3, [3], [b"x"]])
def test_names_that_are_not_texts(given_names: Any) -> None:
    """One text instead of a list of texts is refused."""
    with pytest.raises(TypeError, match="fields"):
        Redaction(fields=given_names)


def test_an_event_of_several_data_lines() -> None:
    """A value that begins in one data line and ends in another is redacted, and the lines stay."""
    key = KEYS[0]
    body = f'data: {{"a": "x",\ndata: "b": "{key}"}}\n\ndata: {key}'
    found = redacted_answer(body, content_type="text/event-stream")
    assert found == body.replace(key, "REDACTED-openai-key")


def test_a_value_that_only_python_reads() -> None:
    """The other texts of a value with NaN are read."""
    body = f'{{"n": NaN, "api_key": "{PASSWORD_OF_WORDS}"}}'
    found = redacted_answer(body, content_type="application/json")
    assert found == '{"n": NaN, "api_key": "REDACTED-api-key"}'


def test_what_only_looks_encoded_is_searched() -> None:
    """A body that is text is searched, whatever content coding its header names."""
    exchange = Exchange(question(), answer(KEYS[0].encode(), content_encoding="gzip"))
    redacted, found = redact_exchange(exchange)
    assert [one.kind for one in found] == ["openai-key"]
    assert redacted.response == answer("REDACTED-openai-key")


def test_texts_in_texts_have_an_end() -> None:
    """JSON in JSON is read five levels deep; deeper levels are searched as text."""
    text = KEYS[0]
    for _ in range(8):
        text = json.dumps({"a": text})
    found = redacted_answer(text, content_type="application/json")
    assert KEYS[0] not in found
    assert "REDACTED-openai-key" in found


def test_a_pattern_may_match_nothing() -> None:
    """A user's pattern that matches a place without characters replaces nothing."""
    assert redact_document({"a": "xay"}, Redaction(patterns=["(?=a)"]))[0] == {"a": "xay"}


def test_what_only_begins_like_a_jwt_stays() -> None:
    """Three parts of base64 stay where the first one is not a header."""
    text = "eyJhYmNkZWZnaGlq.YWJjZGVm.YWJjZGVm"
    assert redact_document({"a": text})[0] == {"a": text}
