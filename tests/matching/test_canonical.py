"""The canonical request: what matches, and above all what does not."""

from __future__ import annotations

import gzip
import json
import random
import re
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from messages import question

from vcr_openai._json.json_path import write
from vcr_openai._matching.canonical import Canonical, canonical
from vcr_openai._matching.generated_ids import find_ids, is_id
from vcr_openai._matching.normalizer import Normalizer
from vcr_openai._matching.rules import ID_FIELDS, ID_PREFIXES, Rules

DEFAULT = Rules()
CHAT = "https://api.openai.com/v1/chat/completions"
RESPONSES = "https://api.openai.com/v1/responses"
ALNUM = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


def canon(body: Any, uri: str = CHAT, method: str = "POST", rules: Rules = DEFAULT) -> Canonical:
    return canonical(question(body if isinstance(body, (bytes, str)) else json.dumps(body), uri, method), rules)


def same(one: Any, other: Any, uri: str = CHAT, rules: Rules = DEFAULT) -> bool:
    return canon(one, uri, rules=rules) == canon(other, uri, rules=rules)


def asking(text: str) -> dict[str, Any]:
    return {"model": "gpt-4o", "messages": [{"role": "user", "content": text}]}


def mixture(number: int, length: int) -> str:
    """Letters and digits as servers mix them, another text for each number below 62 ** 5."""
    spelled = "".join(ALNUM[number // 62**place % 62] for place in range(5))
    return ("aB3xY7mQ9zK1wE5rT8uI2oP6" + "hG4jL0")[: length - 5] + spelled


words = st.text("abcdefghij klmnop.,!\n\u27e6\u27e7", min_size=1)
generated = st.one_of(
    st.integers(0, 62**5 - 1).map(lambda number: f"call_{mixture(number, 24)}"),
    st.integers(0, 62**5 - 1).map(lambda number: f"file-{mixture(number, 22)}"),
    st.text("0123456789abcdef", min_size=48, max_size=48).map("msg_{}".format),
    st.uuids().map(str),
)
floats = st.floats(-2, 2).map(lambda number: round(number, 2)).filter(lambda number: number != 1)  # a default


@st.composite
def requests(draw: st.DrawFn) -> dict[str, Any]:
    """A conversation with tool calls, their results in any order, and files that the results cite."""
    ids = draw(st.lists(generated, min_size=1, max_size=4, unique=True))
    calls = [
        {"id": name, "type": "function", "function": {"name": "call_weather", "arguments": json.dumps({"f": name})}}
        for name in ids
    ]
    results = [
        {"role": "tool", "tool_call_id": name, "content": f"{draw(words)} {draw(st.sampled_from(ids))} {draw(words)}"}
        for name in draw(st.permutations(ids))
    ]
    return {
        "model": draw(st.sampled_from(["gpt-4o", "o3", "file-search"])),
        "temperature": draw(floats),
        "messages": [
            {"role": "user", "content": draw(words)},
            {"role": "assistant", "content": None, "tool_calls": calls},
            *results,
        ],
        "tools": [{"type": "function", "function": {"name": "call_weather", "parameters": {
            "type": "object", "properties": {"id": {"type": "string", "enum": draw(st.lists(words, max_size=2))}}}}}],
    }  # fmt: skip


def ids_of(body: dict[str, Any]) -> list[str]:
    return [call["id"] for call in body["messages"][1]["tool_calls"]]


def renamed(body: dict[str, Any], new: dict[str, str]) -> dict[str, Any]:
    pattern = re.compile("|".join(map(re.escape, new)))
    changed: dict[str, Any] = json.loads(pattern.sub(lambda match: new[match.group()], json.dumps(body)))
    return changed


def shuffled(value: Any, chance: random.Random) -> Any:
    if isinstance(value, dict):
        items = [(name, shuffled(inner, chance)) for name, inner in value.items()]
        chance.shuffle(items)
        return dict(items)
    return [shuffled(inner, chance) for inner in value] if isinstance(value, list) else value


def other_id(draw: Callable[[st.SearchStrategy[str]], str], name: str) -> str:
    prefix = next((prefix for prefix in ID_PREFIXES if name.startswith(prefix)), "")
    if not prefix:
        return draw(st.uuids().map(str))
    return prefix + mixture(draw(st.integers(0, 62**5 - 1)), draw(st.integers(22, 34)))


@given(requests(), st.data())
def test_consistent_renaming_matches(body: dict[str, Any], data: st.DataObject) -> None:
    """Each id replaced by another of its kind, everywhere and one to one, is the same request."""
    new = {name: other_id(data.draw, name) for name in ids_of(body)}
    if len({*new, *new.values()}) == 2 * len(new):
        assert same(body, renamed(body, new))


@pytest.mark.slow
@given(requests())
def test_inconsistent_renaming_does_not_match(body: dict[str, Any]) -> None:
    """A tool's result for another call makes another request."""
    first, *others = ids_of(body)
    changed = json.loads(json.dumps(body))
    target = next(message for message in changed["messages"] if message.get("tool_call_id") == first)
    target["tool_call_id"] = others[0] if others else "call_" + "z" * 24
    assert not same(body, changed)


@pytest.mark.slow
@given(requests(), st.randoms(use_true_random=False), st.none() | st.dictionaries(words, words))
def test_order_and_stream_options_do_not_matter(body: dict[str, Any], chance: random.Random, options: Any) -> None:
    """Keys in another order, other white space, and other stream options are the same request."""
    assert same(body, json.dumps({**shuffled(body, chance), "stream_options": options}, indent=3))


@given(requests(), st.floats(-4e-7, 4e-7))
def test_small_differences_of_floats_match(body: dict[str, Any], noise: float) -> None:
    """A difference beyond the sixth digit makes no other request; but no small number is 0."""
    other = {**body, "temperature": body["temperature"] + noise}
    assert same(body, other) is (bool(body["temperature"]) or not noise)


def _leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    if isinstance(value, (dict, list)) and value:
        items = value.items() if isinstance(value, dict) else enumerate(value)
        return [leaf for step, inner in items for leaf in _leaves(inner, (*path, step))]
    return [path]


@given(requests(), st.data())
def test_any_other_change_does_not_match(body: dict[str, Any], data: st.DataObject) -> None:
    """A change of any word, role, schema, model or number makes another request."""
    changed = json.loads(json.dumps(body))
    path = data.draw(st.sampled_from(_leaves(body)))
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    old = inner[path[-1]]
    inner[path[-1]] = old + 0.001 if isinstance(old, float) else f"{old} changed"
    assert not same(body, changed)


@pytest.mark.slow
@given(st.lists(requests(), min_size=3, max_size=3))
def test_matching_is_an_equivalence(bodies: list[dict[str, Any]]) -> None:
    """Matching is reflexive, symmetric and transitive, and equal requests have equal keys."""
    one, two, three = map(canon, bodies)
    assert one == canon(bodies[0])
    assert (one == two) == (two == one) == (one.value == two.value)
    assert not (one == two and two == three) or one == three


@given(st.binary() | st.text())
def test_no_body_is_refused(body: bytes | str) -> None:
    """Any body has a canonical request, and a hash."""
    assert hash(canon(body)) == hash(canon(body))


@pytest.mark.parametrize(
    "body",
    [
        b"", b"{", b'{"a": 1, "a": 2}', b'{"a": NaN}', b'{"a": 1e999}', b'{"a": "\xff"}', b"\x1f\x8b\x08\x00",
        b"a=1&b=2", b"[" * 100_000, b"[" * 150 + b"]" * 150, b'{"a":' * 50_000, b'{"a": "\\ud800"}', b"--x\r\n",
        b"\xef\xbb\xbf{}", b'{"a": ' + b"9" * 5000 + b"}",
    ],
)  # fmt: skip
def test_odd_bodies_equal_themselves_alone(body: bytes) -> None:
    """A body that is not strict JSON is compared byte by byte."""
    assert canon(body) == canon(body)
    assert canon(body) != canon(body + b".")


def test_a_huge_body_is_bytes() -> None:
    """A body beyond 32 MiB is not read."""
    huge = b'{"a": "' + b"a" * (33 << 20) + b'"}'
    assert set(canon(huge).value) == {"method", "path", "bytes"}


def test_an_absent_body_is_an_empty_one() -> None:
    """No body, an empty text and empty bytes are the same."""
    absent, empty = (canonical(question(body, CHAT, "GET"), Rules()) for body in (None, ""))
    assert absent == empty == canon(b"", method="get")


def test_a_body_as_aiohttp_was_given_it_is_its_json() -> None:
    """vcrpy keeps the ``json`` argument of aiohttp's client unwritten; a recording has its text."""
    assert canonical(question(asking("hi"), CHAT), DEFAULT) == canon(asking("hi"))


def test_a_compressed_body_is_its_json() -> None:
    """A client may compress what it sends; a converted recording has the decoded body."""
    compressed = question(gzip.compress(json.dumps(asking("hi")).encode()), CHAT, content_encoding="gzip")
    assert canonical(compressed, DEFAULT) == canon(asking("hi"))


@pytest.mark.parametrize(
    ("one", "other", "uri"),
    [
        ({"n": 1}, {"n": 1.0}, CHAT),
        ({"n": 0.0}, {"n": -0.0}, CHAT),
        ({"n": 1}, {"n": 1, "stop": None, "stream": False}, CHAT),
        ({"input": "a"}, {"input": "a", "encoding_format": "base64"}, "https://h/v1/embeddings"),
        ({"model": "a"}, {"model": "a", "deployment": None}, CHAT),
        (asking("document_id: 5c2e4a1f-0b5a-4c1e-9d2f-0123456789ab"),
         asking("document_id: 6c2e4a1f-0b5a-4c1e-9d2f-0123456789ab"), CHAT),
        (asking("<|5c2e4a1f-0b5a-4c1e-9d2f-0123456789ab|>"), asking("<|6c2e4a1f-0b5a-4c1e-9d2f-0123456789ab|>"), CHAT),
        (asking("about 0.1234567"), asking("about 0.1234571"), CHAT),
        (asking("-0.0000000"), asking("0.0000000"), CHAT),
        (asking("0.00000123456"), asking("0.00000123457"), CHAT),
        (asking("0.09999999"), asking("0.1000000"), CHAT),
        ({"a": {"b": None}}, {"a": {}}, CHAT),
        ({"prompt": {"id": "pmpt_x", "variables": {"f": {"file_id": "file-" + "a1" * 11}}}},
         {"prompt": {"id": "pmpt_x", "variables": {"f": {"file_id": "file-" + "b1" * 11}}}}, "https://h/v1/responses"),
        ({"file_ids": ["file-" + "a1" * 11, "y"], "q": "x"}, {"file_ids": ["file-" + "b1" * 11, "y"], "q": "x"}, CHAT),
        ({"messages": [{"tool_call_id": "call_1", "content": "call_1: ok"}]},
         {"messages": [{"tool_call_id": "call_2", "content": "call_2: ok"}]}, CHAT),
    ],
)  # fmt: skip
def test_what_matches(one: Any, other: Any, uri: str) -> None:
    """Differences that the default rules name do not count."""
    assert same(one, other, uri)


@pytest.mark.parametrize(
    ("one", "other", "uri"),
    [
        ({"n": 1}, {"n": True}, CHAT),
        ({"n": 0}, {"n": False}, CHAT),
        ({"n": 1}, {"n": "1"}, CHAT),
        ({"stream": True}, {}, CHAT),
        ({"stream": False}, {}, "http://h:11434/api/chat"),
        ({"encoding_format": "base64"}, {}, CHAT),
        ({"encoding_format": "float"}, {}, "https://h/v1/embeddings"),
        ([1, 2], [2, 1], CHAT),
        ({}, "", CHAT),
        (asking("call_weather"), asking("call_center"), CHAT),
        (asking("file-search"), asking("file-system"), CHAT),
        (asking("file-report2024"), asking("file-report2025"), CHAT),
        (asking("batch_32"), asking("batch_64"), CHAT),
        (asking("rs_v2"), asking("rs_v3"), CHAT),
        (asking("batch_20240101"), asking("batch_20240102"), CHAT),
        (asking("profile-" + "a1" * 12), asking("profile-" + "b2" * 12), CHAT),
        (asking("0.123"), asking("0.124"), CHAT),
        (asking("12345678901234567.00001"), asking("12345678901234568.00001"), CHAT),
        (asking("⟦call#1⟧"), asking("call_" + "a1" * 12), CHAT),
        (asking("score: ⟦number⟧"), asking("score: 1"), CHAT),
        ({"prompt": {"id": "a"}}, {"prompt": {"id": "b"}}, CHAT),
        ({"plugins": [{"id": "web"}]}, {"plugins": [{"id": "file-parser"}]}, CHAT),
        ({"metadata": {"id": "a"}}, {"metadata": {"id": "b"}}, CHAT),
        ({"tools": [{"parameters": {"properties": {"id": {"enum": ["call_" + "a1" * 12]}}}}]},
         {"tools": [{"parameters": {"properties": {"id": {"enum": ["call_" + "b1" * 12]}}}}]}, CHAT),
        ({"name": "call_" + "a1" * 12}, {"name": "call_" + "b1" * 12}, CHAT),
        ({"id": "1", "content": "1 apple"}, {"id": "2", "content": "2 apples"}, CHAT),
        ({"file_ids": ["x", "x"]}, {"file_ids": ["x", "y"]}, CHAT),
        ({"input": [{"call_id": "call_1"}, {"call_id": "call_2"}], "instructions": "cite call_1"},
         {"input": [{"call_id": "call_2"}, {"call_id": "call_1"}], "instructions": "cite call_1"}, RESPONSES),
    ],
)  # fmt: skip
def test_what_does_not_match(one: Any, other: Any, uri: str) -> None:
    """Differences that no rule names count."""
    assert not same(one, other, uri)


@pytest.mark.parametrize(
    "text",
    [
        "call_SWFIWhfCI6AeHuaV6EM1MRsJ", "call_09f0637ec8384068bec591d9", "call_5dwu13v5",
        "call_0_5c2e4a1f-0b5a-4c1e-9d2f-0123456789ab", "chatcmpl-tool-8713c863e5c05112", "file-Cn3MSNn72ENTiiq11Qda4A",
        "chatcmpl-BxVrZvPkCXCXxjQxyCVPl5gXZvRUD", "file-5efa8a5a4b414ce98726c4e133a18747",
        "rec-0123456789ab", "msg_01544eeb9f4d9c9100699336d96a4081a1ab96132d47d6fabe", "toolu_01A09q90qw90lq917835lq9",
        "vs_683f2a1b9c8d8191a0b1c2d3e4f5a6b7", "5c2e4a1f-0b5a-4c1e-9d2f-0123456789ab",
    ],
)  # fmt: skip
def test_generated_ids_are_known(text: str) -> None:
    """Ids of the servers and of the recorder are recognized in any place."""
    assert is_id(text, ID_PREFIXES)


@pytest.mark.parametrize(
    "text",
    [
        "call_weather", "call_center", "file-search", "file_search", "file-id", "batch_size", "batch_2024", "msg_type",
        "step-by-step", "item_count", "run_python3", "file-v1alpha1b2", "file-abc123-report", "msg_sha256", "fc_2",
        "call_abc123", "file-571224681197", "call_getCustomerAccountDetails", "call_convertCurrencyUsdToEur2024",
        "item_123456789", "file-xyz789", "asst_physics", "run_aaaaaaaaaaaaaaaaaaaaaaaa", "msg_000000000000",
        "vs_code", "file_batches", "recall_" + "a1" * 12, "chatcmpl-", "user_12345",
    ],
)  # fmt: skip
def test_words_are_not_ids(text: str) -> None:
    """Words that only begin like an id stay words."""
    assert not is_id(text, ID_PREFIXES)


def test_ids_of_the_path_are_those_of_the_body() -> None:
    """An id in the path has the same name as in the body."""
    file, store = "file-" + "a1" * 11, "vs_" + "b2" * 12
    found = canon({"file_id": file, "q": file}, f"https://h/v1/vector_stores/{store}/files/{file}?after={file}")
    assert found.value["path"] == "/vector_stores/⟦vs#1⟧/files/⟦file#1⟧"
    assert found.value["query"] == [["after", "⟦file#1⟧"]]
    assert found.value["body"] == {"file_id": "⟦file#1⟧", "q": "⟦file#1⟧"}
    assert found.renamed == {store: "⟦vs#1⟧", file: "⟦file#1⟧"}


def test_a_model_in_the_path_is_a_word() -> None:
    """Two models are different, even where their names look like ids."""
    one, other = (canon("", f"https://h/v1/models/file-{letter * 24}", "GET") for letter in "ab")
    assert one != other


def test_the_query_counts_as_a_multiset() -> None:
    """The query's pairs count in any order, each as often as it occurs."""
    base = "https://h/v1/models?"
    assert canon("", base + "a=1&b=2") == canon("", base + "b=2&a=1")
    assert canon("", base + "a=1") != canon("", base + "a=1&a=1")
    assert canon("", base + "a=%FF") != canon("", base + "a=%FE")


def test_the_host_counts_on_request() -> None:
    """The host counts where a rule asks for it, and always for requests to another API."""
    strict = Rules(match_host=True)
    assert canon("", "https://api.x.ai/v1/models") == canon("", "http://localhost:1/v1/models")
    ports = [canon("", f"https://localhost:{port}/v1/models", rules=strict) for port in (443, 8001)]
    assert ports[0] != ports[1]
    assert ports[0] == canon("", "https://localhost/v1/models", rules=strict)
    assert canon("", "https://a/x") != canon("", "https://b/x")
    assert not canon("", "https://a/x").known


def test_other_apis_are_compared_as_they_are() -> None:
    """No rule applies to a request to another API."""
    assert not same({"id": "a"}, {"id": "b"}, "https://h/users")
    assert not same({"stream_options": 1}, {}, "https://h/users")


def test_a_deployment_takes_the_models_place() -> None:
    """Two deployments are two models; a deployment is the model where the body has none or the same."""
    azure = "https://h/openai/deployments/{}/chat/completions?api-version=1".format
    assert canon({"n": 1}, azure("a")) != canon({"n": 1}, azure("b"))
    assert canon({"n": 1}, azure("a")) == canon({"n": 1, "model": "a"}, azure("a"))
    assert canon({"model": "b"}, azure("a")) != canon({"model": "b"}, azure("b"))
    assert canon({"model": "a"}, azure("a")) == canon(
        {"model": "a"}, "https://h/openai/v1/chat/completions?api-version=1"
    )
    assert canon(b"audio", azure("a")) != canon(b"audio", azure("b"))
    assert canon({"n": 1}, azure("a")) != canon({"n": 1}, azure("a").replace("=1", "=2"))


def test_a_broken_uri_equals_itself() -> None:
    """A URI that cannot be parsed is compared as text."""
    assert canon("", "http://[::1/v1/models") == canon("", "http://[::1/v1/models")
    assert canon("", "http://[::1/v1/models") != canon("", "http://[::2/v1/models")


def multipart(boundary: str, word: str = "whisper", data: bytes = b"\xff\x00") -> bytes:
    head = f'--{boundary}\r\nContent-Disposition: form-data; name="model"\r\n\r\n{word}\r\n--{boundary}\r\n\r\n'
    return head.encode() + data + f"\r\n--{boundary}--\r\n".encode()


@pytest.mark.parametrize("with_headers", [True, False])
def test_the_boundary_of_a_form_does_not_count(with_headers: bool) -> None:
    """Two forms with the same parts match, however their parts are separated."""
    uri = "https://h/v1/audio/transcriptions"

    def read(body: bytes, boundary: str) -> Canonical:
        headers = {"Content_Type": f'multipart/form-data; boundary="{boundary}"'} if with_headers else {}
        return canonical(question(body, uri, **headers), Rules())

    assert read(multipart("one"), "one") == read(multipart("two"), "two")
    assert read(multipart("one"), "one") != read(multipart("one", "other"), "one")
    assert read(multipart("one"), "one") != read(multipart("one", data=b"\xff\x01"), "one")
    assert read(multipart("one", data=b"a" * 20_000), "one") != read(multipart("one", data=b"a" * 20_001), "one")


def test_a_boundary_that_is_not_there_counts_for_nothing() -> None:
    """A body without the parts that its content type announces is bytes."""
    found = canonical(question(b"abc", CHAT, content_type="multipart/form-data; boundary=x"), Rules())
    assert "bytes" in found.value


def test_other_headers_are_not_read() -> None:
    """Only the content type is read of the headers, and only for a boundary."""
    for headers in ({"authorization": "x"}, {"Content_Type": "application/json"}):
        assert canonical(question(b"{}", CHAT, **headers), DEFAULT) == canon({})


def test_a_prefix_within_a_prefix_does_not_match() -> None:
    """An id keeps its own prefix where that ends like a shorter one."""
    assert canon(asking("chatcmpl-" + "a1" * 12)).renamed == {"chatcmpl-" + "a1" * 12: "⟦chatcmpl#1⟧"}


def test_a_short_id_of_an_input_item_is_known_in_texts() -> None:
    """An id that only a field declares, in the input items of a response, is renamed where a text cites it."""
    bodies = [
        {"input": [{"call_id": name, "output": "7"}], "instructions": f"cite {name}"} for name in ("c_1a", "c_2b")
    ]
    assert not same(*bodies, uri=RESPONSES)  # too short to be distinguished from a word
    bodies = [json.loads(json.dumps(body).replace("c_", "call_")) for body in bodies]
    assert same(*bodies, uri=RESPONSES)


def test_a_declared_id_must_stand_alone() -> None:
    """A declared id is not found inside of a longer word."""
    found = canon({"tool_call_id": "call_1", "text": "call_12 xcall_1 call_1"})
    assert found.value["body"]["text"] == "call_12 xcall_1 ⟦call#1⟧"


def test_paths_are_ignored() -> None:
    """Members and elements at ignored paths do not count; the others do."""
    rules = Rules(ignore=("metadata.run_id", "messages[*].name", "tools[0]"))
    one = {"metadata": {"run_id": 1, "a": 1}, "messages": [{"name": "a"}, {"name": "b"}, 1], "tools": [1, 2]}
    other = {"metadata": {"a": 1}, "messages": [{"name": "c"}, {}, 1], "tools": [3, 2]}
    assert same(one, other, rules=rules)
    assert not same(one, {**other, "tools": [3, 3]}, rules=rules)
    assert not same(one, {**other, "tools": 2}, rules=rules)


def test_an_ignored_id_is_not_counted() -> None:
    """Ignored members neither count in the numbering of ids nor declare ids."""
    rules = Rules(ignore=("a",))
    one, other = ({"a": {"call_id": name}, "b": name} for name in ("call_x", "call_y"))
    assert same(one, {"b": "call_x"}, rules=rules)
    assert not same(one, other, rules=rules)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ({"id": "a"}, {"id": "b"}),
        ({"n": 0.1}, {"n": 0.1000001}),
        (asking("0.1000001"), asking("0.1000002")),
        (asking("score: 1"), asking("score: 2")),
        ({"n": None}, {}),
        ({"stream_options": 1}, {}),
        (asking("5c2e4a1f-0b5a-4c1e-9d2f-0123456789ab"), asking("6c2e4a1f-0b5a-4c1e-9d2f-0123456789ab")),
    ],
)
def test_exact_rules_take_json_by_value_alone(one: Any, other: Any) -> None:
    """Under exact rules everything counts except the spelling of JSON."""
    assert not same(one, other, rules=Rules.exact())
    assert canon(one, rules=Rules.exact()) == canon(json.dumps(one, indent=2), rules=Rules.exact())


def test_encoded_data_is_left_alone() -> None:
    """Long base64 data stays, even where parts of it look like ids."""
    for start in ("data:image/png;base64,", "QUJD" * 200):
        data = start + "file-" + "a1" * 12 + "A" * 5000
        assert canon(asking(data)).renamed == {}


def test_the_trace_names_rule_and_place() -> None:
    """The trace has the rule, the path and the values of each change."""
    body = {
        "stream": False,
        "stream_options": {},
        "a": [0.1234567],
        "b": [{"call_id": "x"}, "score: 1, 1.23456789"],
        "c": ["2", "1"],
        "d": "on Monday",
    }
    rules = Rules(file_search_noise=True, unordered=("c",), replace=(("Monday", "<day>"),))
    assert [tuple(change) for change in canon(body, rules=rules).trace] == [
        ("ignore", "stream_options", {}, None),
        ("defaults", "stream", False, None),
        ("round_digits", "a[0]", 0.1234567, 0.12346),
        ("rename_ids", "b[0].call_id", "x", "⟦id#1⟧"),
        ("file_search_noise", "b[1]", "score: 1, 1.23456789", "score: ⟦number⟧, 1.23456789"),
        ("round_digits", "b[1]", "score: ⟦number⟧, 1.23456789", "score: ⟦number⟧, 1.23457"),
        ("unordered", "c", ["2", "1"], ["1", "2"]),
        ("replace", "d", "on Monday", "on <day>"),
    ]


def test_overlapping_ids_count_once() -> None:
    """Of ids that overlap, the first or longer one counts."""
    inner = "5c2e4a1f-0b5a-4c1e-9d2f-0123456789ab"
    assert canon(asking(f"call_0_{inner} {inner}")).renamed == {f"call_0_{inner}": "⟦call#1⟧", inner: "⟦uuid#1⟧"}


def test_the_digits_to_round_to_can_be_chosen() -> None:
    """The number of digits can be chosen."""
    rules = replace(Rules(), round_digits=2)
    assert same({"n": 0.123, "t": "0.123"}, {"n": 0.124, "t": "0.124"}, rules=rules)
    assert not same({"n": 0.12}, {"n": 0.13}, rules=rules)


def test_ids_of_the_path_stay_without_renaming() -> None:
    """Without ``rename_ids``, a path's id is a word."""
    uris = [f"https://api.openai.com/v1/files/file-{letter * 22}" for letter in "ab"]
    assert canon("", uris[0], rules=replace(DEFAULT, rename_ids=False)) != canon(
        "", uris[1], rules=Rules(rename_ids=False)
    )


def test_a_text_that_only_begins_like_a_declared_id() -> None:
    """A text with the first characters of a declared id has the id only where it has all of them."""
    assert not same(*({"tool_call_id": f"call_{n}", "content": "call_3"} | {"n": n} for n in (1, 2)))
    assert same(*({"tool_call_id": f"call_{n}", "content": "call_3"} for n in (1, 2)))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (asking("score: 3"), asking("score: 9")),
        (asking("p { } attributes: {color: red}"), asking("p { } attributes: {color: blue}")),
        (asking("0.000001"), asking("0.000004")),
        (asking("-0.0000001"), asking("0.0000001")),
        ({"temperature": 1e-7}, {"temperature": 0}),
        ({"temperature": 0.00012}, {"temperature": 0.00013}),
        ({"seed": 1.0e-300}, {"seed": 2.0e-300}),
        (asking("1700000000.123456"), asking("1700000999.123456")),
        (asking("call_getCustomerAccountDetails"), asking("call_getSupplierAccountDetails")),
        (asking("item_123456789"), asking("item_987654321")),
        (asking("run_202401011200"), asking("run_202401011300")),
        ({"file_id": "file-abc123"}, {"file_id": "file-xyz789"}),
        ({"assistant_id": "asst_math"}, {"assistant_id": "asst_physics"}),
        ({"agents": [{"id": "planner"}]}, {"agents": [{"id": "critic"}]}),
        ({"input": [{"id": "a|b"}]}, {"input": [{"id": "c"}]}),
        ({"file_ids": ["notes", "y"]}, {"file_ids": ["plans", "y"]}),
        ({"container": "blue"}, {"container": "green"}),
    ],
)
def test_what_a_person_wrote_counts(one: Any, other: Any) -> None:
    """By default no rule goes so far as to take what a person wrote for noise, or a name for an id."""
    assert not same(one, other)


@pytest.mark.parametrize("name", ["asst_math", "asst_physics2", "file-abc123", "thread_123456789"])
def test_a_name_in_the_path_counts(name: str) -> None:
    """A name in the path is a name, whatever it begins with."""
    uris = [f"https://api.openai.com/v1/assistants/{one}" for one in (name, name[:-1] + "x")]
    assert canon("", uris[0], "GET") != canon("", uris[1], "GET")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("score: 0.7381", "score: 1e-05"),
        ("a, attributes: {'k': 1} b", "a b"),
        ("document_id: 0b5cd5c4-24cb-4bb1-9d8b-9c2b8ed6a5b1", "document_id: 1c6de6d5-35dc-4cc2-8e9c-ad3c9fe7b6c2"),
        ("see <|0b5cd5c4-24cb-4bb1-9d8b-9c2b8ed6a5b1|>", "see <|1c6de6d5-35dc-4cc2-8e9c-ad3c9fe7b6c2|>"),
        ("see <|file-0b5cd5c424cb4bb19d8b|>", "see <|file-1c6de6d535dc4cc28e9c|>"),
    ],
)
def test_the_volatile_text_of_a_file_search_by_choice(one: str, other: str) -> None:
    """Scores, attributes, ids of documents and citations do not count where the rule is on."""
    assert same(asking(one), asking(other), rules=Rules(file_search_noise=True))


def test_an_id_of_the_users_own_field_may_look_like_anything() -> None:
    """A member that the user added to ``id_fields`` has ids only."""
    rules = Rules(id_fields=(*ID_FIELDS, "ticket"))
    assert same({"ticket": "blue"}, {"ticket": "green"}, rules=rules)
    assert not same({"ticket": "blue"}, {"ticket": "green"})


def test_texts_are_replaced_by_choice() -> None:
    """What a pattern finds in a text becomes a word, in matching alone, wherever the text is."""
    rules = Rules(
        replace=(
            (r"\d{4}-\d\d-\d\dT[\d:.]+Z?", "<time>"),
            (r"Mon|Tues(?=day)", lambda match: match[0][0]),
            ("tmp/[a-z]+", ""),
        )
    )
    one, other = ("Now 2025-01-01T10:00Z", "Now 2025-02-02T11:11:11.5")
    assert same(asking(one), asking(other), rules=rules)
    assert not same(asking(one), asking(other.replace("Now", "Then")), rules=rules)
    assert same(asking("tmp/a b"), asking("tmp/zz b"), rules=rules)
    assert same({"tool_choice": "Monday"}, {"tool_choice": "Mday"}, rules=rules)
    assert not same({"tool_choice": "Monday"}, {"tool_choice": "Tuesday"}, rules=rules)
    assert same({"tools": [{"description": f"at {one}"}]}, {"tools": [{"description": f"at {other}"}]}, rules=rules)
    uri = "https://api.openai.com/v1/files?created={}".format
    assert canon("", uri(one[4:]), "GET", rules) == canon("", uri(other[4:]), "GET", rules)


@pytest.mark.parametrize(
    ("path", "one", "other"),
    [
        ("**.cache_control", {"cache_control": 1, "a": [{"b": {"cache_control": 2}}]}, {"a": [{"b": {}}]}),
        ("messages.**.name", {"messages": [[{"name": 1}]]}, {"messages": [[{}]]}),
        ("**[0].a", {"b": [[{"a": 1}]]}, {"b": [[{}]]}),
        ("a.**.b.c", {"a": {"x": {"b": {"c": 1}}}}, {"a": {"x": {"b": {}}}}),
    ],
)
def test_paths_at_any_depth_are_ignored(path: str, one: Any, other: Any) -> None:
    """``**`` stands for any number of members and elements, none included."""
    assert same(one, other, rules=Rules(ignore=(path,)))
    assert not same(one, other, rules=Rules(ignore=("stream_options",)))
    assert not same({"x": one, "y": 1}, {"x": other}, rules=Rules(ignore=(path,)))


def test_parameters_of_the_query_are_ignored() -> None:
    """``query.NAME`` leaves out a parameter of the URL, and of a model's call by another API, too."""
    rules = Rules(ignore=("query.api-version",))
    for uri in (
        "https://x.openai.azure.com/openai/v1/models?api-version={}",
        "https://h/models/a:generate?api-version={}",
    ):
        assert canon("", uri.format(1), "GET", rules) == canon("", uri.format(2), "GET", rules)
        assert canon("", uri.format(1) + "&b=1", "GET", rules) != canon("", uri.format(2) + "&b=2", "GET", rules)
        assert canon("", uri.format(1), "GET") != canon("", uri.format(2), "GET")


def upload(filename: str, content: bytes = b"{}", purpose: str = "batch", name: str = "file") -> bytes:
    head = f'--x\r\nContent-Disposition: form-data; name="purpose"\r\n\r\n{purpose}\r\n--x\r\n'
    head += f'Content-Disposition: form-data; name="{name}"; filename="{filename}"\r\nContent-Type: a/b\r\n\r\n'
    return head.encode() + content + b"\r\n--x--\r\n"


UPLOADS = "https://api.openai.com/v1/files"


@pytest.mark.parametrize("rules", [Rules(), Rules(match_host=True)])
@pytest.mark.parametrize("name", ["tmp{}.jsonl", "calls-tmp{}_1.jsonl", "tmp{}"])
def test_the_name_of_a_temporary_file_does_not_count(name: str, rules: Rules) -> None:
    """An upload of the same content from another temporary file is the same request."""
    one, other = upload(name.format("ab12cd3_")), upload(name.format("zz98_y7x"))
    assert canon(one, UPLOADS, rules=rules) == canon(other, UPLOADS, rules=rules)
    assert canon(one, UPLOADS, rules=rules).trace[0][:2] == ("rename_ids", "parts.file.filename")
    assert canon(one, UPLOADS) != canon(upload(name.format("zz98_y7x"), b"[]"), UPLOADS)
    assert canon(one, UPLOADS, rules=Rules.exact()) != canon(other, UPLOADS, rules=Rules.exact())


def test_parts_of_a_form_are_ignored() -> None:
    """``parts.NAME.filename`` leaves out the name of a file, ``parts.NAME`` the part."""
    one, other = upload("a.jsonl"), upload("b.jsonl")
    assert canon(one, UPLOADS) != canon(other, UPLOADS)
    rules = Rules(ignore=("parts.file.filename",))
    assert canon(one, UPLOADS, rules=rules) == canon(other, UPLOADS, rules=rules)
    assert canon(one, UPLOADS, rules=rules) != canon(upload("b.jsonl", b"[]"), UPLOADS, rules=rules)
    assert canon(one, UPLOADS, rules=rules) != canon(upload("a.jsonl", name="image"), UPLOADS, rules=rules)
    rules = Rules(ignore=("parts.purpose", "parts.**.filename"))
    assert canon(one, UPLOADS, rules=rules) == canon(upload("c", purpose="evals"), UPLOADS, rules=rules)
    assert canon(one, UPLOADS, rules=rules) != canon(upload("c", b"[]"), UPLOADS, rules=rules)


forms = st.builds(upload, words, st.binary(max_size=5), words, st.sampled_from(["file", "image[]"]))


@given(forms, forms)
def test_forms_that_differ_are_told_apart(one: bytes, other: bytes) -> None:
    """Under exact rules two forms match exactly when they are equal."""
    assert (canon(one, UPLOADS, rules=Rules.exact()) == canon(other, UPLOADS, rules=Rules.exact())) is (one == other)


@given(requests(), st.randoms(use_true_random=False), st.permutations(["a", "b", "c"]))
def test_lists_without_order_by_choice(body: dict[str, Any], chance: random.Random, names: list[str]) -> None:
    """A list that the rules name counts in any order, by name at any depth; all others in theirs."""
    tools = [{"name": name, "parameters": {"required": names, "enum": [1, {"b": 1, "a": 2}]}} for name in "xyz"]
    other = json.loads(json.dumps(tools))
    chance.shuffle(other)
    for tool in other:
        chance.shuffle(tool["parameters"]["required"])
    rules = Rules(unordered=("tools", "required"))
    assert same({**body, "tools": tools}, {**body, "tools": other}, rules=rules)
    assert not same({**body, "tools": tools}, {**body, "tools": other[1:]}, rules=rules)
    assert same({**body, "tools": tools}, {**body, "tools": other}) is (tools == other)


def calling(arguments: Any) -> dict[str, Any]:
    call = {"id": "call_1", "function": {"name": "f", "arguments": arguments}}
    return {"messages": [{"role": "assistant", "tool_calls": [call]}, {"role": "tool", "tool_call_id": "call_1"}]}


@pytest.mark.parametrize(
    ("one", "other", "uri"),
    [
        (calling('{"a": 1, "b": [2.0]}'), calling('{"b":[2],"a":1}'), CHAT),
        ({"messages": [{"role": "tool", "content": '{"a": 1}'}]},
         {"messages": [{"role": "tool", "content": '{"a":1}'}]}, CHAT),
        ({"input": [{"type": "function_call_output", "output": "[1, 2]"}]},
         {"input": [{"type": "function_call_output", "output": "[1,2]"}]}, RESPONSES),
        (asking("x"),
         {"model": "gpt-4o", "messages": [{"role": "user", "content": [{"type": "text", "text": "x"}]}]}, CHAT),
        ({"input": [{"role": "user", "content": "x"}]},
         {"input": [{"type": "message", "role": "user", "content": [{"type": "input_text", "text": "x"}]}]}, RESPONSES),
        ({"n": 1, "tool_choice": "auto", "response_format": {"type": "text"}}, {}, CHAT),
        ({"frequency_penalty": 0.0, "parallel_tool_calls": True, "store": False}, {}, CHAT),
        ({"tools": [{"function": {"name": "f", "strict": None}}]}, {"tools": [{"function": {"name": "f"}}]}, CHAT),
        ({"text": {"format": {"type": "text"}}, "background": False, "store": True}, {}, RESPONSES),
        ({"text": {"format": {"type": "text"}, "verbosity": "low"}}, {"text": {"verbosity": "low"}}, RESPONSES),
        ({"tools": [{"type": "image_generation", "moderation": "auto", "action": "auto", "size": None}]},
         {"tools": [{"type": "image_generation"}]}, RESPONSES),
        ({"messages": [{"content": [{"type": "image_url", "image_url": {"url": "u", "detail": "auto"}}]}]},
         {"messages": [{"content": [{"type": "image_url", "image_url": {"url": "u"}}]}]}, CHAT),
        ({"n": 1, "quality": "auto"}, {}, "https://h/v1/images/generations"),
    ],
)  # fmt: skip
def test_what_restates_something_does_not_count(one: Any, other: Any, uri: str) -> None:
    """A documented default, a null and another spelling of the same value do not count, and the trace names each."""
    assert same(one, other, uri)
    assert not same(one, other, uri, Rules.exact())
    assert {change.rule for change in canon(one, uri).trace + canon(other, uri).trace} <= {"defaults", "rename_ids"}


@pytest.mark.parametrize(
    ("one", "other", "uri"),
    [
        ({"n": 2}, {}, CHAT),
        ({"n": True}, {}, CHAT),
        ({"store": True}, {}, CHAT),
        ({"store": False}, {}, RESPONSES),
        ({"n": 1}, {}, "https://h/v1/embeddings"),
        ({"metadata": {"a": None}}, {"metadata": {}}, CHAT),
        ({"tools": [{"function": {"parameters": {"default": None}}}]},
         {"tools": [{"function": {"parameters": {}}}]}, CHAT),
        ({"input": [None]}, {"input": []}, RESPONSES),
        ({"tools": [{"type": "function", "action": "auto"}]}, {"tools": [{"type": "function"}]}, RESPONSES),
        (calling('{"a": 1}'), calling('{"a": "1"}'), CHAT),
        (calling('{"a": 1}'), calling({"a": 1}), CHAT),
        (calling('{"a": 1}'), calling(["⟦json⟧", {"a": 1}]), CHAT),
        (calling('{"a": 1'), calling('{"a":1'), CHAT),
        (asking('{"a": 1}'), asking('{"a":1}'), CHAT),
        (asking("x"),
         {"model": "gpt-4o", "messages": [{"role": "user", "content": [{"type": "text", "text": "x"}] * 2}]}, CHAT),
        ({"content": [{"type": "text", "text": "x", "cache_control": {}}]}, {"content": "x"}, CHAT),
        ({"content": [{"type": "refusal", "text": "x"}]}, {"content": "x"}, CHAT),
        ({"stream": False}, {}, "http://localhost:11434/api/chat"),
    ],
)  # fmt: skip
def test_what_only_looks_restated_counts(one: Any, other: Any, uri: str) -> None:
    """What is not documented as a default, or belongs to the user, counts."""
    assert not same(one, other, uri)


texts = st.sampled_from(
    "a,b,score: 3,score: 9,0.000001,0.000004,1.0,call_math,call_maths,item_123456789,item_987654321,planner".split(",")
)


@given(requests(), st.data(), texts)
def test_texts_are_equal_only_by_a_rule_that_the_trace_names(
    body: dict[str, Any], data: st.DataObject, text: str
) -> None:
    """Where two requests that differ in a text match, a rule's trace names the place."""
    changed = json.loads(json.dumps(body))
    path = data.draw(st.sampled_from([leaf for leaf in _leaves(body) if leaf[-1] != "temperature"]))
    inner = changed
    for step in path[:-1]:
        inner = inner[step]
    inner[path[-1]] = text
    if changed != body and same(body, changed):
        traced = {change.path for change in canon(body).trace + canon(changed).trace}
        assert any(write(path).startswith(place) for place in traced)


@given(
    st.lists(st.from_regex(r"(call_|run-|ab1c)[0-9a-c]{1,9}", fullmatch=True), max_size=6),
    st.lists(st.from_regex(r"[ _x]?(call_|run-|ab1c)[0-9a-c]{1,9}|[ _x,]", fullmatch=True), max_size=8),
)
def test_declared_ids_are_found_in_texts_as_a_search_for_each_of_them_finds_them(ids, pieces):
    """The look-up by beginning and length changes nothing in what is found."""
    normalizer = Normalizer(DEFAULT)
    normalizer.declare([{"id": value} for value in ids] + [{"tool_call_id": value} for value in ids])
    declared = [value for groups in normalizer._declared.values() for group in groups.values() for value in group]
    text = "".join([*pieces, *ids[:2], " ", *ids[2:]])
    every = find_ids(text, ID_PREFIXES, declared)
    assert find_ids(text, ID_PREFIXES, normalizer._declared_in(text)) == every


def test_a_form_with_a_head_that_is_no_text_is_compared_by_its_bytes():
    """Such a part is told from another one, and is the same as itself."""
    kind = "multipart/form-data; boundary=x"
    forms = [b'--x\r\ncontent-disposition: form-data; name="\xff"\r\n\r\n' + end + b"\r\n--x--" for end in (b"a", b"b")]
    one, other = (canonical(question(form, CHAT, content_type=kind), DEFAULT) for form in forms)
    assert one == canonical(question(forms[0], CHAT, content_type=kind), DEFAULT)
    assert one != other
