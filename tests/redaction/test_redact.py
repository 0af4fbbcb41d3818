"""The laws of redaction: idempotent, nothing touched without need, no secret left in any encoding, structure kept."""

from __future__ import annotations

import copy
import json
import pickle
from collections.abc import Callable
from itertools import pairwise
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vcr_openai._redaction.redact import (
    find_secrets,
    redact_document,
    redact_interaction,
    redact_request,
    redact_response,
)
from vcr_openai._redaction.redaction import Redaction

MIXED = "aB3dE5gH7jK9mN1pQ3sT5vX7zC2fG4hJ6kL8nP0rS2tU4wY6"
KEYS = ["sk" + "-" + MIXED, "AI" + "za" + MIXED[:35], "gh" + "p_" + MIXED[:36], "sk" + "-ant-api03-" + MIXED + "-AA"]
PASSWORD_OF_WORDS = "correct horse battery"  # which no shape gives away
PASSWORD = 'pa"ss\\wörd/\n&=1'

texts = st.text(st.sampled_from('abc 019-_.\n"\\/:é\U0001f600{}[],=&%'), max_size=30)
around = texts.map(lambda text: text + " ")  # a key begins where no letter stands before it
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
    """No encoding of a secret is left in a JSON body; it is JSON still, and a second time changes nothing."""
    body = json.dumps(value, indent=indent, ensure_ascii=ascii_only)
    _, _, redacted = redact_response(200, {}, body)
    assert not any(key in redacted for key in KEYS)
    json.loads(redacted)
    assert redact_response(200, {}, redacted)[2] is redacted
    assert find_secrets(redacted) == []


@given(json_values)
def test_the_same_object_without_a_secret(value: Any) -> None:
    """A document in which nothing is found comes back as the very same object; what is given is never changed."""
    before = copy.deepcopy(value)
    redacted, found = redact_document(value)
    assert value == before
    assert (redacted is value) == (not found)
    again, found = redact_document(redacted)
    assert again is redacted and not found


@given(st.binary(max_size=60), secrets)
def test_bytes_that_are_no_text(noise: bytes, key: str) -> None:
    """A secret in a binary body is replaced, and every other byte stays."""
    body = noise + b"\xff " + key.encode() + b" " + noise
    _, _, _, redacted = redact_request("POST", "http://h/", {}, body)
    assert redacted.startswith(noise) and redacted.endswith(noise) and key.encode() not in redacted


@given(around, secrets, texts, st.lists(st.integers(0, 120), max_size=6))
def test_a_stream_is_redacted_as_its_text_is(before: str, key: str, after: str, cuts: list[int]) -> None:
    """However a text is cut into chunks, none of a secret's is left, and as many chunks as there were."""
    text = f"{before}{key} {after}"
    places = [0, *sorted(cut for cut in cuts if cut < len(text)), len(text)]
    pieces = [text[start:end] for start, end in pairwise(places)]
    body = _events(*({"choices": [{"index": 0, "delta": {"content": piece}}]} for piece in pieces))
    _, _, redacted = redact_response(200, {"content-type": "text/event-stream"}, body)
    answer = _answer(redacted, "choices", 0, "delta", "content")
    assert key not in answer and answer.startswith(before) and answer.endswith(f" {after}")
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
    """Texts that a response interleaves are told apart: another's pieces may lie between a secret's own."""
    make, path = LANES[name]
    key = KEYS[0]
    body = _events(make(f"a {key[:9]}", 0), make("b ", 1), make(key[9:], 0), make("c", 1))
    _, _, redacted = redact_response(200, {}, body)
    assert _answer(redacted, *path) == "a REDACTED-openai-keyb c"


def test_the_event_that_repeats_the_text() -> None:
    """The event that gives the whole text again is redacted as the pieces are."""
    key = KEYS[0]
    delta = [{"type": "response.output_text.delta", "output_index": 0, "delta": t} for t in (key[:5], key[5:])]
    done = {"type": "response.output_text.done", "output_index": 0, "text": key}
    _, _, redacted = redact_response(200, {}, _events(*delta, done))
    assert key[5:] not in redacted
    assert json.loads(redacted.split("data: ")[3])["text"] == "REDACTED-openai-key"


def test_json_lines() -> None:
    """Ollama's lines are a stream too."""
    key = KEYS[0]
    body = "".join(json.dumps({"message": {"role": "assistant", "content": t}}) + "\n" for t in (key[:7], key[7:], "."))
    _, _, redacted = redact_response(200, {}, body)
    pieces = [json.loads(line)["message"]["content"] for line in redacted.split("\n")[:-1]]
    assert pieces == ["REDACTED-openai-key", "", "."]


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends_of_a_stream_stay(end: str) -> None:
    """A stream's line ends, comments and event names stay as they are, and so does an event cut off at the end."""
    key = KEYS[0]
    first, last = json.dumps({"delta": f"x {key[:8]}"}), json.dumps({"delta": key[8:]})
    body = end.join([": hello", "event: a", f"data:{first}", "", "retry: 3", f"data: {last}"])
    expected = body.replace(key[:8], "REDACTED-openai-key").replace(key[8:], "")
    assert redact_response(200, {}, body)[2] == expected


def test_arguments_in_pieces() -> None:
    """A tool call's arguments are read as JSON over all their pieces: a password is known by its name alone."""
    arguments = json.dumps({"user": "joe", "password": PASSWORD})
    pieces = [arguments[index : index + 3] for index in range(0, len(arguments), 3)]
    call = [{"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": t}}]}}]} for t in pieces]
    _, _, redacted = redact_response(200, {}, _events(*call))
    answer = _answer(redacted, "choices", 0, "delta", "tool_calls", 0, "function", "arguments")
    assert json.loads(answer) == {"user": "joe", "password": "REDACTED-password"}


def test_logprobs_spell_the_secret() -> None:
    """A token list that spells a secret out is redacted, the tokens' bytes with it; the other tokens stay."""
    tokens = ["my", " ", *KEYS[0][:6], KEYS[0][6:], " ok"]
    content = [{"token": token, "bytes": list(token.encode()), "logprob": -1.0} for token in tokens]
    value = {"choices": [{"logprobs": {"content": content}}]}
    for redacted in (json.loads(redact_response(200, {}, json.dumps(value))[2]), redact_document(value)[0]):
        left = redacted["choices"][0]["logprobs"]["content"]
        assert "".join(one["token"] for one in left) == "my REDACTED-openai-key ok"
        assert [one["bytes"] for one in left] == [content[0]["bytes"], [32], *[None] * 7, content[-1]["bytes"]]


@pytest.mark.parametrize("streamed", [False, True])
def test_the_alternatives_of_a_secrets_tokens(streamed: bool) -> None:
    """The chosen token is among its alternatives, at whatever rank: those of a secret's tokens are emptied."""
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
    _, _, redacted = redact_response(200, {}, body)
    assert not [
        token for token in tokens[1:-1] if json.dumps(token) in redacted or str(list(token.encode())) in redacted
    ]
    assert redacted.count('"my "') == redacted.count('" ok"') == 2
    assert redact_response(200, {}, redacted)[2] is redacted


def test_mcp_tools() -> None:
    """Whatever authorizes at an MCP server is replaced, under any header's name."""
    tool = {"type": "mcp", "authorization": "abc", "headers": {"X-Any": "def"}, "server_url": "https://h/"}
    _, _, _, body = redact_request("POST", "http://h/", {}, json.dumps({"tools": [tool]}))
    assert json.loads(body)["tools"][0] == tool | {
        "authorization": "REDACTED-authorization",
        "headers": {"X-Any": "REDACTED-mcp-header"},
    }


def test_a_key_that_stands_twice() -> None:
    """A secret that a JSON reader would not see, under a key that stands twice or as a key, is replaced too."""
    body = f'{{"a": "{KEYS[0]}", "a": 1, "{KEYS[1]}": 2}}'
    assert redact_response(200, {}, body)[2] == '{"a": "REDACTED-openai-key", "a": 1, "REDACTED-google-key": 2}'


@given(secrets, st.sampled_from(["api-key", "key", "sig", "token", "code", "access_token", "X-Amz-Signature", "note"]))
def test_a_query_keeps_its_parameters(key: str, name: str) -> None:
    """A secret parameter keeps its name and place; no encoding of the value is left."""
    _, uri, _, _ = redact_request("GET", f"https://joe:{MIXED}@h/p?a=1&{name}={quote(key)}&b=2#f", {}, None)
    assert key not in uri and quote(key) not in uri and MIXED not in uri
    assert uri.startswith("https://REDACTED-url-credentials@h/p?a=1&" + name + "=REDACTED-") and uri.endswith("&b=2#f")


def test_an_address_in_a_header() -> None:
    """An address keeps its parameters and loses their secrets in a header, too; what is no address stays."""
    headers = {"Location": ["/back?code=a1b2&state=x"], "Link": "<https://h/?n=2&sig=a1>", "X-Any": "code=a1b2"}
    assert redact_response(302, headers, "")[1] == {
        "Location": ["/back?code=REDACTED-code&state=x"],
        "Link": "<https://h/?n=2&sig=REDACTED-sig",
        "X-Any": "code=a1b2",
    }


def test_parameters_of_a_call() -> None:
    """What a call puts into the address is read as a parameter of one: there a plain ``code`` is a secret."""
    body = {"model": "m", "extra_query": {"code": "a1b2", "page": "2"}, "code": "print()"}
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
def test_what_replaced_a_secret_names_none(text: str) -> None:
    """A replacement ends like a secret's name; what stands behind it is read no other way for that."""
    once = redact_request("POST", text, {"x-any": text}, text)
    assert redact_request(*once) == once


def test_an_escape_before_a_key() -> None:
    """A key that follows an escape is replaced alone: the escape stays one."""
    key = MIXED + MIXED[:4] + "JQQJ" + "99" + MIXED[:26]
    assert redact_response(200, {}, f"say \\n{key}\\n")[2] == "say \\nREDACTED-azure-key\\n"


def test_json_that_is_called_a_form() -> None:
    """A body that is JSON stays JSON, whatever its content-type says."""
    body = json.dumps({"note": "&code=a1b2", "more": 1})
    assert redact_request("POST", "http://h/", {"content-type": "application/x-www-form-urlencoded"}, body)[3] == body


def test_a_form() -> None:
    """A form's secret fields are those of a query."""
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Content-Length": "27"}
    body = b"grant_type=code&code=" + b"a1b2c3"
    _, _, headers, body = redact_request("POST", "http://h/token", headers, body)  # type: ignore[assignment]
    assert body == b"grant_type=code&code=REDACTED-code"
    assert headers["Content-Length"] == "34"


def test_request_headers() -> None:
    """What authorizes, names the account or changes from run to run is dropped; the rest stays as it is."""
    headers = {
        "Authorization": "Bearer x",
        "X-Stainless-OS": ["Linux"],
        "user-agent": "u",
        "OpenAI-Project": "p",
        "x-goog-api-key": "k",
        "X-Vault-Token": "v",
        "Accept": ["a", "b"],
        "host": "h",
    }
    assert redact_request("GET", "http://h/", headers, None)[2] == {"Accept": ["a", "b"], "host": "h"}


def test_response_headers() -> None:
    """Cookies, rate limits and traces are dropped; what the SDK acts on stays."""
    headers = {
        "Set-Cookie": ["a=b"],
        "x-ratelimit-limit-tokens": ["1"],
        "x-request-id": ["r"],
        "cf-ray": ["c"],
        "llm_provider-openai-organization": ["o"],
        "x-ms-region": ["East"],
        "rndr-request-id": ["r"],
        "X-B3-TraceId": ["t"],
    }
    needed = {
        "Content-Type": ["application/json"],
        "retry-after": ["1"],
        "x-should-retry": ["true"],
        "location": ["/"],
        "x-ms-retry-after-ms": ["20"],
    }
    assert redact_response(200, headers | needed, "")[1] == needed


def test_an_interaction() -> None:
    """Both sides are redacted and reported with their paths; the given interaction stays; twice is once."""
    interaction = {
        "request": {
            "method": "POST",
            "uri": "http://h/",
            "headers": {"authorization": ["Bearer " + KEYS[0]]},
            "body": json.dumps({"messages": [{"content": KEYS[1]}]}),
        },
        "response": {
            "status": {"code": 200},
            "headers": {"content-length": ["9"]},
            "body": {"string": _events({"delta": KEYS[0][:9]}, {"delta": KEYS[0][9:]})},
            "recording": {
                "test_id": None,
                "document": {
                    "response": {
                        "body": [
                            {"__type__": "t", "__data__": {"response": part}} for part in (KEYS[2][:9], KEYS[2][9:])
                        ]
                    }
                },
            },
        },
    }
    before = copy.deepcopy(interaction)
    redacted, found = redact_interaction(interaction)
    assert interaction == before
    assert [one.path for one in found] == [
        "request.headers.authorization[0]",
        "request.body.messages[0].content",
        "response.body.string[0].delta",
        "response.recording.document.response.body[0].__data__.response",
    ]
    assert redacted["response"]["headers"]["content-length"] == [str(len(redacted["response"]["body"]["string"]))]
    assert redact_interaction(redacted) == (redacted, [])
    assert find_secrets({"interactions": [interaction]})[-1].path.startswith("interactions[0].response")


def test_a_compressed_body_is_reported() -> None:
    """A body that nobody decoded is no body without secrets."""
    response = {"headers": {"Content-Encoding": ["gzip"]}, "body": {"string": b"\x1f\x8b\x08\xff"}}
    assert [one.kind for one in redact_interaction({"response": response})[1]] == ["unread-body"]


def test_a_recording() -> None:
    """A recording's address, arguments, chunks and exception are redacted; keys, tags and chunk count stay."""

    def chunk(text: str) -> dict[str, Any]:
        return {"__type__": "x.Y", "__data__": {"choices": [{"index": 0, "delta": {"content": text}}]}}

    key = KEYS[0]
    document = {
        "test_id": None,
        "request": {"url": "https://h/v1/chat?key=abc", "headers": {}, "body": {"extra_headers": {"X-API-Key": "k1"}}},
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
    """A stream that is recorded as its lines keeps them, line for line."""
    lines = [f"data: {json.dumps({'delta': {'text': text}})}" for text in ("a " + KEYS[0][:8], KEYS[0][8:])]
    document = {"response": {"body": [lines[0], "", lines[1], ""]}}
    redacted, _ = redact_document(document)
    assert [len(redacted["response"]["body"]), KEYS[0][8:] in str(redacted)] == [4, False]


def test_user_rules() -> None:
    """A user's names and patterns are added to the defaults."""
    rules = Redaction(headers=["X-Tenant"], query=["tenant"], fields=["Tenant"], patterns=[r"cust-\d+"])
    given_body = json.dumps({"tenant": "t", "note": "of cust-12", "k": KEYS[0]})
    _, uri, headers, body = redact_request("GET", "http://h/?tenant=t1", {"x-tenant": "t"}, given_body, rules)
    assert (uri, headers) == ("http://h/?tenant=REDACTED-custom", {})
    assert json.loads(body) == {"tenant": "REDACTED-custom", "note": "of REDACTED-custom", "k": "REDACTED-openai-key"}


def test_patterns_see_a_text_as_it_is() -> None:
    """A pattern with an anchor, and a name that JSON escapes, mean the value and not its spelling."""
    rules = Redaction(fields=["名"], patterns=["^cust-[0-9]+$", r"\bten-[0-9]+"])
    body = json.dumps({"名": "t", "id": "cust-12", "note": "\nten-4", "other": "a cust-12"})
    assert json.loads(redact_request("POST", "http://h/", {}, body, rules)[3]) == {
        "名": "REDACTED-custom",
        "id": "REDACTED-custom",
        "note": "\nREDACTED-custom",
        "other": "a cust-12",
    }


def test_patterns_see_a_decoded_word_alone() -> None:
    """A pattern finds what is percent-encoded, and nothing from one encoded word to the next."""
    rules = Redaction(patterns=["cust [0-9]+", '"[^"]+"'])
    body = "see a%20cust%2012 or b%20c"
    assert redact_request("POST", "http://h/", {}, body, rules)[3] == "see a%20REDACTED-custom or b%20c"


def test_off() -> None:
    """Turned off, everything is handed through."""
    headers = {"authorization": "Bearer " + KEYS[0]}
    assert redact_request("GET", "http://h/?key=a", headers, KEYS[0], Redaction.off())[2:] == (headers, KEYS[0])
    document = {"a": KEYS[0]}
    assert redact_document(document, Redaction.off()) == (document, [])
    assert redact_interaction(document, Redaction.off()) == (document, [])


def test_a_rule_is_a_value() -> None:
    """Rules are equal, hashable and picklable, whatever collection they were made from."""
    rules = Redaction(fields=["A"], patterns=("x+",))
    assert rules == Redaction(fields=("a",), patterns=["x+"]) and hash(rules) == hash(pickle.loads(pickle.dumps(rules)))


@pytest.mark.parametrize("pattern", ["(", "x*", r"\w+", ".{3}", " "])
def test_patterns_that_cannot_be(pattern: str) -> None:
    """A pattern that is none, that matches nothing at all or the replacement is refused when the rules are made."""
    with pytest.raises(ValueError, match="patterns"):
        Redaction(patterns=[pattern])


@pytest.mark.parametrize("given_names", ["authorization", 3, [3], [b"x"]])
def test_names_that_are_no_texts(given_names: Any) -> None:
    """One text instead of a list of texts is refused."""
    with pytest.raises(TypeError, match="fields"):
        Redaction(fields=given_names)


def test_an_event_of_several_data_lines() -> None:
    """A value that begins in one data line and ends in another is redacted, and the lines stay."""
    key = KEYS[0]
    body = f'data: {{"a": "x",\ndata: "b": "{key}"}}\n\ndata: {key}'
    found = redact_response(200, {"content-type": ["text/event-stream"]}, body)[2]
    assert found == body.replace(key, "REDACTED-openai-key")


def test_a_value_that_only_python_reads() -> None:
    """A number that is none in JSON does not keep the texts beside it from being read."""
    body = f'{{"n": NaN, "api_key": "{PASSWORD_OF_WORDS}"}}'
    found = redact_response(200, {"content-type": ["application/json"]}, body)[2]
    assert found == '{"n": NaN, "api_key": "REDACTED-api-key"}'


def test_what_only_looks_encoded_is_searched() -> None:
    """A body that is text, whatever its content-encoding says, is searched."""
    response = {"headers": {"content-encoding": ["gzip"]}, "body": {"string": KEYS[0].encode()}}
    request = {"method": "GET", "uri": "http://h/", "body": None, "headers": {}}
    assert [one.kind for one in redact_interaction({"request": request, "response": response})[1]] == ["openai-key"]


def test_texts_in_texts_have_an_end() -> None:
    """JSON in JSON is opened five times; what lies deeper is searched as it stands."""
    text = KEYS[0]
    for _ in range(8):
        text = json.dumps({"a": text})
    found = redact_response(200, {"content-type": ["application/json"]}, text)[2]
    assert KEYS[0] not in found
    assert "REDACTED-openai-key" in found


def test_a_pattern_may_match_nothing() -> None:
    """A user's pattern that matches a place and no character replaces nothing."""
    assert redact_document({"a": "xay"}, Redaction(patterns=["(?=a)"]))[0] == {"a": "xay"}


def test_what_begins_like_a_jwt_is_none() -> None:
    """Three parts of base64 of which the first is no header stay."""
    text = "eyJhYmNkZWZnaGlq.YWJjZGVm.YWJjZGVm"
    assert redact_document({"a": text})[0] == {"a": text}
