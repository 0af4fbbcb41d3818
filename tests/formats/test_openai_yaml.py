"""Cassettes for people: what a replay needs comes back exactly, and an edited word is the word of the replay."""

from __future__ import annotations

import copy
import decimal
import gzip
import json
import re
import struct
from typing import Any

import chats
import places
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vcr_openai import Recording, from_interaction, to_interaction
from vcr_openai._errors import MalformedInteraction
from vcr_openai._formats.openai_yaml import dump, load
from vcr_openai._formats.plain import exchange_from_dict, exchange_to_dict
from vcr_openai._formats.registry import read_document
from vcr_openai._http.event_stream import DONE, Event, parse_events, write_events, write_json_lines
from vcr_openai._json import json_text
from vcr_openai._yaml import yaml_reader

SAMPLES = places.SAMPLES / "recordings"
Interaction = dict[str, Any]


def interaction(body: Any = "", content_type: str | None = "application/json", **more: Any) -> Interaction:
    """An exchange whose response has this body."""
    return chats.interaction(body, content_type, uri="https://api.openai.com/v1/x", **more)


def dumped(one: Interaction) -> str:
    """The text of a cassette with one interaction."""
    return dump([exchange_from_dict(one)])


def loads(text: str) -> list[Interaction]:
    """The interactions of a text, as vcrpy has them."""
    return list(map(exchange_to_dict, load(text).exchanges))


def again(one: Interaction) -> Interaction:
    """An interaction, written and read."""
    (read,) = loads(dumped(copy.deepcopy(one)))
    return read


def body_of(one: Interaction) -> Any:
    """The response body of an interaction."""
    return one["response"]["body"]["string"]


def sse(chunks: list[Any]) -> str:
    """The body of a stream with these chunks, as a server sends it."""
    return write_events([*(Event(json_text.write_line(chunk)) for chunk in chunks), Event(DONE)])


texts = st.text() | st.lists(
    st.sampled_from(
        ["a", "é", "👍", "\u2028", "\x85", "\ud83d", "\n", " ", "\t", "", "\r\n", ": ", " #", "\0", "'", '"', "\ufeff"]
    )
).map("".join)
scalars = st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts
names = st.sampled_from(["id", "choices", "delta", "content", "usage", "chunk", "type"]) | texts
objects = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)
chunks = st.lists(
    st.fixed_dictionaries({"id": st.just("c"), "delta": texts}, optional={"type": texts, "more": objects}) | objects
)


@pytest.mark.slow
@given(chunks=chunks)
@example(chunks=[{"delta": "\ud83d"}, {"delta": "\ude00"}])
def test_any_stream_comes_back(chunks: list[Any]) -> None:
    """Whatever the chunks, the bytes of their stream are the same."""
    assert body_of(again(interaction(sse(chunks), "text/event-stream"))) == sse(chunks)


@pytest.mark.slow
@given(chunks=st.lists(st.fixed_dictionaries({"type": texts, "delta": objects})))
def test_any_stream_of_named_events_comes_back(chunks: list[Any]) -> None:
    """Events named by their type, with and without a done marker."""
    events = [
        Event(json_text.write_line(chunk), "".join(chunk["type"].split()).encode(errors="replace").decode())
        for chunk in chunks
    ]
    for done in ([], [Event(DONE)]):
        body = write_events([*events, *done])
        assert body_of(again(interaction(body, "text/event-stream"))) == body


comments = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=5)
said = st.dictionaries(st.sampled_from(["id", "delta"]), comments)


@given(pieces=st.lists(st.tuples(st.lists(comments, max_size=2), said), min_size=1), last=comments)
@example(pieces=[([""], {})], last=" x ")
def test_any_comments_of_a_stream_come_back(pieces: list[tuple[list[str], Any]], last: str) -> None:
    """A stream with comments has its chunks in a table and each comment in its place."""
    frames = [*((texts, Event(json_text.write_line(value))) for texts, value in pieces), ([last], Event(DONE))]
    body = "".join(
        "".join(f": {text}\n\n" if text else ":\n\n" for text in texts) + write_events([event])
        for texts, event in frames
    )
    one = interaction(body, "text/event-stream")
    assert body_of(again(one)) == body
    assert "stream:\n" in dumped(one)


@pytest.mark.parametrize(
    "said, where",
    [("5", "comments"), ("{'9': [a]}", "comments"), ("{'0': a}", "comments.0"), ("{'0': [\"a\\nb\"]}", "comments.0")],
)
def test_comments_that_no_stream_has_are_refused(said: str, where: str) -> None:
    """Comments are texts of one line, each before an event that is there."""
    text = dumped(interaction(": wait\n\n" + sse([{"delta": "a"}]), "text/event-stream"))
    changed = text.replace("comments:\n        '0': [wait]", f"comments: {said}")
    with pytest.raises(MalformedInteraction, match=rf"stream\.{where}: expected "):
        loads(changed)


@pytest.mark.slow
@given(chunks=st.lists(st.dictionaries(names, objects)))
def test_any_json_lines_come_back(chunks: list[Any]) -> None:
    """Ollama's streams."""
    body = write_json_lines(map(json_text.write_line, chunks))
    assert body_of(again(interaction(body, "application/x-ndjson"))) == body


@given(value=objects)
@example(value={"float32": "AAAAAA=="})
def test_any_json_comes_back(value: Any) -> None:
    """A reply, and a request that is sent again."""
    one = interaction(json_text.write_line(value))
    one["request"].update(body=json_text.write_line(value), headers={"content-type": ["application/json"]})
    assert again(one)["request"] == one["request"]
    assert body_of(again(one)) == json_text.write_line(value)


@given(body=st.binary(), content_type=st.sampled_from([None, "application/json", "text/event-stream", "image/png"]))
def test_any_bytes_come_back(body: bytes, content_type: str | None) -> None:
    """What is not UTF-8 is base64; what is comes back as text, as from vcrpy."""
    read = body_of(again(interaction(body, content_type)))
    assert (read.encode() if isinstance(read, str) else read) == body


@given(
    body=st.text(st.characters(exclude_categories=["Cs"])),
    content_type=st.sampled_from([None, "text/plain", "text/event-stream"]),
)
@example(body="data: {}\n\ndata: {", content_type="text/event-stream")
@example(body=": comment\n\ndata: {}\n\n", content_type="text/event-stream")
@example(body="id: 1\ndata: {}\n\n", content_type="text/event-stream")
@example(body="event: a\n\ndata: {}\n\n", content_type="text/event-stream")
@example(body="event: a\ndata: {}\n\ndata: {}\n\n", content_type="text/event-stream")
@example(body="data: [DONE]\n\ndata: {}\n\n", content_type="text/event-stream")
@example(body="data: {\ndata: }\n\n", content_type="text/event-stream")
@example(body="123", content_type="text/plain")
def test_any_text_comes_back(body: str, content_type: str | None) -> None:
    """What is neither JSON nor a stream of chunks is kept as it is."""
    assert body_of(again(interaction(body, content_type))) == body


@pytest.mark.parametrize(
    "body",
    ['{"a": 1, "a": 2}', "[NaN]", "[1e400]", '["\\ud800"]', "[" * 50 + "]" * 50, "{", '{"' + "k" * 200 + '": 1}'],
)
def test_json_that_yaml_cannot_express_is_text(body: str) -> None:
    """Doubled keys, no numbers, lone surrogates and absurd nesting stay as they were sent."""
    text = dumped(interaction(body))
    assert "    text: " in text
    assert body_of(loads(text)[0]) == body


@pytest.mark.parametrize(
    "body, content_type, read",
    [
        ('{\n  "a": 1.50,\n  "b": "\\u00e9"\n}\n', "application/json; charset=utf-8", '{"a":1.5,"b":"é"}'),
        ('data: {"a": 1}\r\n\r\ndata:[DONE]\r\n\r\n', "text/event-stream", 'data: {"a":1}\n\ndata: [DONE]\n\n'),
        ('data: {"type":"x"}\nevent: x\n\n', "text/event-stream", 'event: x\ndata: {"type":"x"}\n\n'),
        ('{"a": 1}\n\n{"a": 2}', "application/x-ndjson", '{"a":1}\n{"a":2}\n'),
    ],
)
def test_json_is_spelled_as_servers_spell_it(body: str, content_type: str, read: str) -> None:
    """White space, escapes and line ends of JSON and its streams are not kept."""
    assert body_of(again(interaction(body, content_type))) == read


@pytest.mark.parametrize("content_type", [None, "text/plain", "application/octet-stream"])
def test_a_file_that_happens_to_be_json_is_not_respelled(content_type: str | None) -> None:
    """Where the bytes are the answer, they stay."""
    body = '{"a": 1}\n{"a": 2}\n'
    assert body_of(again(interaction(body, content_type))) == body
    assert body_of(again(interaction('{"a": 1}', content_type))) == '{"a": 1}'


WORDS = ["The", " capital", " is", " Paris", "."]
CHAT = [{"id": "c", "choices": [{"index": 0, "delta": {"content": word}}]} for word in WORDS]


@given(text=st.text(st.characters(exclude_categories=["Cs"])))
def test_any_text_put_into_an_answer_survives(text: str) -> None:
    """A word of a reply and of a stream may be any text."""
    said = [*CHAT, {"id": "c", "choices": [{"index": 0, "delta": {"content": text}}]}]
    assert body_of(again(interaction(sse(said), "text/event-stream"))) == sse(said)
    reply = json_text.write_line({"choices": [{"message": {"content": text}}]})
    assert body_of(again(interaction(reply))) == reply


def test_a_stream_whose_paths_are_too_long_for_yaml_is_written_out() -> None:
    """YAML's keys have at most 1,024 characters."""
    few = [{"k" * 100: {"l" * 100: {"x": word}}} for word in "abc"]
    many = [{"k" * 100: {"l" * 100: {"x": word, "z": {"long": "text" * 20, "word": word}}}} for word in "defghi"]
    text = dumped(interaction(sse([*many, *few * 3]), "text/event-stream"))
    assert "      chunks:\n      - kkk" in text
    assert body_of(loads(text)[0]) == sse([*many, *few * 3])


def test_an_edited_word_is_said() -> None:
    """The old word is nowhere else in the file."""
    text = dumped(interaction(sse(CHAT), "text/event-stream")).replace("' Paris'", "' London'")
    (read,) = loads(text)
    said = [
        json.loads(event.data)["choices"][0]["delta"]["content"] for event in parse_events(body_of(read)).events[:-1]
    ]
    assert "".join(said) == "The capital is London."
    assert "content-length" not in read["response"]["headers"]  # as of a server's stream, which comes in chunks


def test_a_line_may_be_removed_and_added() -> None:
    """The rows of a stream are the chunks, nothing counts them."""
    text = dumped(interaction(sse(CHAT), "text/event-stream")).replace("      - ' is'\n", "      - was\n      - yes\n")
    (read,) = loads(text)
    assert [event.data[-13:] for event in parse_events(body_of(read)).events][2:4] == [
        'ent":"was"}}]}'[-13:],
        'ent":"yes"}}]}'[-13:],
    ]


@pytest.mark.parametrize(
    "numbers, way",
    [
        ([struct.unpack("<f", struct.pack("<f", 0.1 * n))[0] for n in range(20)], "float32"),
        ([-0.034477483, 0.0066526434, 1e-07, 0.0, -0.0, 16777216.0] * 5, "float32_decimal"),
        ([0.1 + 0.2] * 20, "float64"),
        ([0.5] * 3, None),
        ([0.5] * 19 + [1], None),
        ([1e300] * 20, "[1.0e+300, "),
    ],
)
def test_a_vector_is_written_in_the_shortest_exact_way(numbers: list[float], way: str | None) -> None:
    """Floats of any precision come back; single precision takes a third of the space."""
    body = json_text.write_line({"data": [{"embedding": numbers}]})
    text = dumped(interaction(body))
    assert way is None or way in text
    assert body_of(loads(text)[0]) == body


@example(numbers=[3.4028e38] * 16, short=False)
@given(numbers=st.lists(st.floats(width=32, allow_nan=False, allow_infinity=False), min_size=16), short=st.booleans())
def test_any_vector_comes_back(*, numbers: list[float], short: bool) -> None:
    """As exact floats, and as decimals of some length."""
    body = json_text.write_line([float(f"{number:.7g}") for number in numbers] if short else numbers)
    assert body_of(again(interaction(body))) == body


def test_status_headers_and_provenance_come_back() -> None:
    """Headers that a client may read are kept; the length is counted, the connection's are not written."""
    headers = {
        "Content-Type": ["application/json"],
        "Retry-After": ["3"],
        "x-request-id": ["r"],
        "x-ratelimit-remaining-tokens": ["7"],
        "Transfer-Encoding": ["chunked"],
        "Content-Length": ["9"],
    }
    one = interaction('{"a":1}', recording={"b": None, "a": [{"test_id": "t::x"}]}, url="http://x")
    one["response"].update(headers=headers, status={"code": 429, "message": "Slow Down"})
    read = again(one)["response"]
    assert read["headers"] == {
        "content-type": ["application/json"],
        "retry-after": ["3"],
        "x-request-id": ["r"],
        "x-ratelimit-remaining-tokens": ["7"],
        "content-length": ["7"],
    }
    assert read["status"] == {"code": 429, "message": "Slow Down"}
    assert (list(read["recording"]), read["recording"]) == (["b", "a"], {"b": None, "a": [{"test_id": "t::x"}]})
    assert read["url"] == "http://x"


def test_a_status_without_a_name_is_a_number() -> None:
    """HTTP has no phrase for the code, so null is kept."""
    one = interaction()
    one["response"]["status"] = {"code": 799, "message": None}
    assert "    status: 799\n" in dumped(one)
    assert again(one)["response"]["status"] == {"code": 799, "message": None}


def test_provenance_that_yaml_cannot_express_is_json_text() -> None:
    """A lone surrogate in a provider's metadata is not lost."""
    assert again(interaction("", recording={"a": "\ud800"}))["response"]["recording"] == {"a": "\ud800"}


@pytest.mark.parametrize("content_type", [None, "application/json", "application/problem+json", "text/plain"])
def test_the_content_type_comes_back(content_type: str | None) -> None:
    """It is written only where the body's layout implies another one."""
    read = again(interaction('{"a":1}', content_type))["response"]["headers"].get("content-type")
    assert read == ([content_type] if content_type else None)


def test_a_body_sent_from_a_file_is_written_in_one_piece() -> None:
    """vcrpy hands an iterator for it."""
    one = interaction()
    one["request"].update(body=iter([b"a", "b"]), headers={"content-type": "text/plain"})
    (read,) = loads(dumped(one))
    assert read["request"] == {**one["request"], "body": "ab", "headers": {"content-type": ["text/plain"]}}


def test_no_header_with_a_secret_is_written() -> None:
    """Request headers other than the content type are no part of the file."""
    one = interaction()
    one["request"]["headers"] = {"authorization": ["Bearer sk-1"], "X-Api-Key": ["k"], "Cookie": ["c"]}
    assert again(one)["request"]["headers"] == {}


def test_blank_text_is_an_empty_cassette() -> None:
    """pytest-recording makes such files."""
    for text in ("", "\n", "# nothing yet\n"):
        assert loads(text) == []


def test_the_layout_of_vcrpy_is_read() -> None:
    """A cassette that was renamed works."""
    text = "interactions:\n- request:\n    body: '{}'\n    headers: {a: [b]}\n    method: POST\n    uri: http://x\n"
    text += "  response:\n    body: {string: 'yes'}\n    headers: {c: [d]}\n    status: {code: 200, message: OK}\n"
    (read,) = loads(text)
    assert read["request"] == {"body": "{}", "headers": {"a": ["b"]}, "method": "POST", "uri": "http://x"}
    assert read["response"] == {
        "body": {"string": "yes"},
        "headers": {"c": ["d"]},
        "status": {"code": 200, "message": "OK"},
    }
    assert again(read)["response"]["body"] == {"string": "yes"}


KEYS = "a key among status, headers, json, stream, events, lines, text, base64, recording, times_ms, further"
HEAD = "interactions:\n- request: {method: GET, uri: http://x}\n  response:\n    status: 200\n"


@pytest.mark.parametrize(
    "text, where, expected, found",
    [
        (HEAD + "    '[x]': 1\n", 'line 5: interactions[0].response["[x]"]', KEYS, "another key"),
        ("- a\n", "line 1", "a cassette: an object with a list 'interactions'", "a list of 1"),
        (
            "interactions: {}\n",
            "line 1",
            "a cassette: an object with a list 'interactions'",
            "an object with the keys interactions",
        ),
        ("interactions:\n- 1\n", "line 2: interactions[0]", "an object with 'request' and 'response'", "the number 1"),
        (
            "interactions:\n- request: 1\n  response: {}\n",
            "line 2: interactions[0].request",
            "an object",
            "the number 1",
        ),
        (
            "interactions:\n- request:\n    method: GET\n  response: {}\n",
            "line 3: interactions[0].request",
            "text 'uri'",
            "nothing",
        ),
        (
            HEAD + "    jsn: {}\n",
            "line 5: interactions[0].response.jsn",
            KEYS,
            "another key",
        ),
        (
            HEAD + "    json: 1\n    text: a\n",
            "line 6: interactions[0].response.text",
            "one layout of the body",
            "json and text",
        ),
        (
            HEAD + "    text: 5\n",
            "line 5: interactions[0].response.text",
            "text (a number or null needs quotes)",
            "the number 5",
        ),
        (
            HEAD + "    base64: a\n",
            "line 5: interactions[0].response.base64",
            "base64",
            "other characters, or a part of it",
        ),
        (
            HEAD + "    stream:\n    - a\n",
            "line 6: interactions[0].response.stream",
            "an object with 'chunks'",
            "a list of 1",
        ),
        (
            HEAD + "    stream: {done: 1, chunks: []}\n",
            "line 5: interactions[0].response.stream.done",
            "true or false",
            "the number 1",
        ),
        (
            HEAD + "    events:\n      chunks:\n      - a: 1\n",
            "line 7: interactions[0].response.events.chunks[0]",
            "a chunk whose 'type' names its event",
            "an object with the keys a",
        ),
        (
            HEAD + "    stream:\n      chunk: {a: 1}\n      row: a\n      chunks:\n      - 1\n      - [1]\n",
            "line 10: interactions[0].response.stream.chunks[1]",
            "one value for 'row', or fields by name",
            "a list of 1",
        ),
        (
            HEAD + "    json:\n      a: {float64: abc}\n",
            "line 6: interactions[0].response.json",
            "base64 of float64 numbers",
            "other characters, or a part of it",
        ),
        (
            HEAD + "    json: {float32: AAA=}\n",
            "line 5: interactions[0].response.json",
            "base64 of float32 numbers of 4 bytes each",
            "2 bytes",
        ),
        (HEAD + "    headers: 1\n", "line 5: interactions[0].response.headers", "an object", "the number 1"),
        (
            HEAD + "    headers: {a: {}}\n",
            "line 5: interactions[0].response.headers.a",
            "text, or a list of texts",
            "an empty object",
        ),
        (
            HEAD + "    recording: '{'\n",
            "line 5: interactions[0].response.recording",
            "an object, or its JSON text",
            "Expecting property name enclosed in double quotes: line 1 column 2 (char 1)",
        ),
        (
            HEAD + "    recording: [1]\n",
            "line 5: interactions[0].response.recording",
            "an object, or its JSON text",
            "a list of 1",
        ),
        (
            HEAD + "    further: {status: 1}\n",
            "line 5: interactions[0].response.further",
            "an object of other keys",
            "an object with the keys status",
        ),
        (
            HEAD.replace("200", "ok"),
            "line 4: interactions[0].response.status",
            "a number, or an object with 'code' and 'message'",
            "the text 'ok'",
        ),
    ],
)
def test_a_slip_is_reported_with_its_line(text: str, where: str, expected: str, found: str) -> None:
    """Line, place, what was expected, what is there."""
    with pytest.raises(MalformedInteraction) as caught:
        loads(text)
    assert str(caught.value) == f"{where}: expected {expected}, found {found}"


@pytest.mark.parametrize(
    "changes, where",
    [
        ({"uri": "\ud800"}, "interactions[0].request.uri"),
        ({"more": b"x"}, "interactions[0].response.further"),
    ],
)
def test_what_has_no_text_is_refused(changes: dict[str, Any], where: str) -> None:
    """A part that would be lost is an error, not a silence."""
    one = interaction("", **{key: value for key, value in changes.items() if key not in ("uri", "headers")})
    one["request"].update({key: value for key, value in changes.items() if key in ("uri", "headers")})
    with pytest.raises(MalformedInteraction) as caught:
        dumped(one)
    assert caught.value.where == where


@pytest.mark.parametrize("headers", [{"a": ["\ud800"]}, {"x" * 200: ["b"]}])
def test_headers_that_yaml_cannot_express_are_json(headers: dict[str, list[str]]) -> None:
    """Half of a surrogate pair, a very long name: their JSON text stands in their place."""
    one = interaction("{}")
    one["request"].update({"uri": "http://h/", "headers": headers})
    assert again(one)["request"]["headers"] == headers


def test_further_keys_that_yaml_cannot_express_are_json() -> None:
    """What another tool put into the response, as deep as it is."""
    deep: Any = 1
    for _ in range(60):
        deep = {"a": deep}
    assert again(interaction("{}", more=deep))["response"]["more"] == deep


@pytest.mark.parametrize(
    "body",
    [
        '{"dtypes":{"float32":"supported"}}',
        '{"float64":"yes"}',
        '[{"float32_decimal":"AAAA"},{"float32":"?"}]',
        '{"a":0.1234567890123456789012}',
        '{"a":9007199254740993.0,"b":"c"}',
        '{"a":-0}',
        '{"a":1.5e-400}',
    ],
)
@pytest.mark.parametrize(
    ("framing", "kind"),
    [
        ("{}", "application/json"),
        ("data: {}\n\ndata: [DONE]\n\n", "text/event-stream"),
        ("{}\n{}\n", "application/x-ndjson"),
    ],
)
def test_what_the_exact_form_cannot_say_comes_back(body: str, framing: str, kind: str) -> None:
    """A name that is a layout's own, more digits than a float has, a negative zero: none is refused or changed."""
    text = framing.replace("{}", body)
    one = interaction(text, kind)
    assert body_of(again(one)) == text
    one["request"].update({"body": text, "headers": {"content-type": [kind]}})
    assert again(one)["request"]["body"] == text


odd_names = st.sampled_from(["", "a", "chunk", "chunks", "[0]", "a.b", "0", '"', "float32", "float64", "type", "done"])
digits = st.from_regex(r"-?(0|[1-9][0-9]{0,25})(\.[0-9]{1,25})?([eE][+-]?[0-9]{1,3})?", fullmatch=True)
odd = st.recursive(
    st.sampled_from(['"x"', '"AAAA"', "null", '"\\ud800"', '""']) | digits,
    lambda inner: (
        st.lists(inner, max_size=3).map(lambda items: f"[{', '.join(items)}]")
        | st.dictionaries(odd_names, inner, max_size=3).map(
            lambda items: f"{{{', '.join(f'{json.dumps(key)}: {item}' for key, item in items.items())}}}"
        )
    ),
    max_leaves=12,
)


def exactly(text: str) -> Any:
    """The value of a JSON text, its numbers to the last digit; the text where it is not JSON."""
    try:
        return repr(json.loads(text, parse_float=decimal.Decimal, parse_int=lambda number: (number,)))
    except ValueError:
        return text


def numbers(text: str) -> str:
    """A value in which equal decimals are spelled alike."""
    return re.sub(r"Decimal\('([^']*)'\)", lambda found: str(decimal.Decimal(found[1]).normalize()), exactly(text))


@given(st.lists(odd, min_size=1, max_size=4), st.sampled_from(["json", "stream", "lines"]))
def test_any_json_is_written_and_comes_back_to_the_last_digit(texts: list[str], layout: str) -> None:
    """Whatever the names, digits and escapes: nothing is refused, and every value is the same."""
    if layout == "json":
        body, kind = texts[0], "application/json"
        back = body_of(again(interaction(body, kind)))
        assert numbers(back) == numbers(body)
        return
    body = "".join(f"data: {text}\n\n" if layout == "stream" else f"{text}\n" for text in texts)
    kind = "text/event-stream" if layout == "stream" else "application/x-ndjson"
    back = body_of(again(interaction(body, kind)))
    lines = [line.removeprefix("data: ") for line in back.split("\n") if line]
    assert list(map(numbers, lines)) == list(map(numbers, texts))


def test_half_of_a_surrogate_pair_is_kept_as_bytes() -> None:
    """A body that UTF-8 cannot encode has the bytes that ``surrogatepass`` gives it."""
    assert body_of(again(interaction("a\ud800"))) == b"a\xed\xa0\x80"


def test_an_older_layout_is_read() -> None:
    """A response in the layout of an older vcrpy becomes one of today's."""
    text = "interactions: [{request: {method: get, uri: 'http://h/'}, response: {status_code: 200, content: a}}]"
    (read,) = loads(text)
    assert (read["request"]["method"], read["response"]["body"]) == ("GET", {"string": "a"})


def test_other_keys_of_a_cassette_are_kept() -> None:
    """vcrpy stores metadata next to the interactions; what it has no place for is reported."""
    text = dump([exchange_from_dict(interaction())], {"metadata": {"a": [1]}})
    assert load(text).further == {"metadata": {"a": [1]}}
    with pytest.raises(MalformedInteraction, match=r"^metadata: expected JSON values"):
        dump([], {"metadata": b"x"})
    found = load(text.replace("- request:", "- recorded_at: now\n  request:")).findings
    assert [str(one) for one in found] == ["interactions[0]: left out, because vcrpy has no place for it: recorded_at"]


def test_a_compressed_body_is_written_decoded() -> None:
    """Its JSON is read in a review; the headers are those of the decoded body."""
    one = interaction(gzip.compress(b'{"a":1}'))
    one["response"]["headers"]["content-encoding"] = ["gzip"]
    read = again(one)["response"]
    assert (read["body"]["string"], "content-encoding" in read["headers"]) == ('{"a":1}', False)


@places.needs_samples
def test_every_sample_recording_comes_back() -> None:
    """Recording to interaction to YAML and back is the recorder's own text; a quarter of its size."""
    sizes = [0, 0]
    for path in sorted(SAMPLES.rglob("*.json")):
        text = path.read_text(encoding="utf-8")
        written = dumped(to_interaction(Recording.parse(text)))
        (read,) = loads(written)
        assert from_interaction(read).dump() == text.rstrip("\n") + "\n", path
        sizes[0] += len(written)
        sizes[1] += len(text)
    assert sizes[0] <= 0.25 * sizes[1]


def test_the_headers_of_other_apis_are_kept():
    """Every header is written, except secrets of the request and the length; redaction decides about the response's."""
    request = {
        "method": "GET",
        "uri": "https://example.com/x",
        "body": None,
        "headers": {"Accept": ["a/b"], "Cookie": ["a"]},
    }
    headers = {"ETag": ["w1"], "Vary": ["a", "b"], "Content-Length": ["2"]}
    response = {"status": {"code": 200, "message": "OK"}, "headers": headers, "body": {"string": "ok"}}
    back = again({"request": request, "response": response})
    assert back["request"]["headers"] == {"accept": ["a/b"]}
    assert back["response"]["headers"] == {"etag": ["w1"], "vary": ["a", "b"], "content-length": ["2"]}


def test_hand_written_interactions_need_no_headers() -> None:
    """An interaction in vcrpy's own layout is read, with headers or without."""
    text = "interactions: [{request: {method: GET, uri: 'http://h/', body: null}, response: {body: {string: a}}}]"
    assert loads(text)[0]["request"] == {"method": "GET", "uri": "http://h/", "body": None, "headers": {}}


def test_a_written_file_is_parsed_once(monkeypatch):
    """Also where its format is not known before: it takes one look at the text to try this format first."""
    text = dumped(interaction('{"a": 1}', "application/json"))
    parsed = []
    read = yaml_reader.read
    monkeypatch.setattr(yaml_reader, "read", lambda *args: parsed.append(args[0]) or read(*args))
    document = read_document(text)
    assert (document.format, parsed) == ("openai.yaml", [text])


@pytest.mark.parametrize(
    ("uri", "kept"),
    [
        ("https://api.openai.com/v1/threads", {}),
        ("https://forum.example/v1/threads", {"x-tenant": ["a"]}),
        ("https://photos.example/v1/images", {"x-tenant": ["a"]}),
        ("https://any.example/v1/chat/completions", {}),
    ],
)
def test_headers_of_a_request_to_another_api_are_kept(uri, kept):
    """A path that other servers have, too, is the API's on its hosts alone; of the API it is known what matters."""
    message = {**interaction("{}", "application/json")}
    message["request"] = {"method": "GET", "uri": uri, "body": None, "headers": {"x-tenant": ["a"]}}
    (read,) = loads(dumped(message))
    assert read["request"]["headers"] == kept


def test_a_written_file_with_a_slip_is_refused_with_its_line():
    """What looks like this format is tried first; where that fails, the message is the same."""
    text = dumped(interaction('{"a": 1}', "application/json")).replace("json:", "jsno:", 1)
    with pytest.raises(MalformedInteraction) as expected:
        load(text)
    with pytest.raises(MalformedInteraction) as found:
        read_document(text)
    assert str(found.value) == str(expected.value)
    assert str(found.value).startswith("line ")
