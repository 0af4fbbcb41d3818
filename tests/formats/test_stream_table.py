"""Laws of a stream's table, and the errors for slips in a table that a person edits."""

from __future__ import annotations

import copy
import json
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vcr_openai._errors import MalformedInteraction
from vcr_openai._formats.body_layouts import body_layout_of, content_in
from vcr_openai._formats.stream_rows import each_chunk
from vcr_openai._formats.stream_table import tabulate
from vcr_openai._http.body import Body
from vcr_openai._http.event_stream import write_data
from vcr_openai._json import json_text
from vcr_openai._json.json_diff import same


def chunks_of(table: dict[str, Any]) -> list[Any]:
    """The chunks of a table, each kept as it was when it was given."""
    return list(map(copy.deepcopy, each_chunk(table)))


words = st.sampled_from(
    ["", " ", "The", " capital", "\n\n", '{"', "\u2028", "\x85", "👍", "null", "chunk", "\U0001d4b3"]
) | st.text(max_size=5)
scalars = st.none() | st.booleans() | st.integers(-3, 3) | st.sampled_from([0.0, -0.0, 1.0, -1e-07]) | words
names = st.sampled_from(
    ["id", "choices", "chunk", "other", "index", "content", "delta", "a b", "", "x.y", "0", "type", "row"]
)
objects = st.recursive(
    scalars, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(names, inner, max_size=4), max_leaves=12
)


@st.composite
def tool_calls(draw: st.DrawFn) -> dict[str, Any]:
    """A piece of one of several interleaved tool calls."""
    call: dict[str, Any] = {"index": draw(st.integers(0, 2))}
    if draw(st.booleans()):
        call.update({"id": draw(words), "type": "function"})
    call["function"] = draw(st.fixed_dictionaries({}, optional={"name": words, "arguments": words}))
    return call


deltas = st.fixed_dictionaries(
    {},
    optional={
        "role": st.just("assistant"), "content": st.none() | words, "reasoning_content": words, "refusal": st.none(),
        "tool_calls": st.none() | st.lists(tool_calls(), max_size=2), "own": objects,
    },
)  # fmt: skip
choices = st.fixed_dictionaries(
    {"index": st.integers(0, 2), "delta": deltas, "finish_reason": st.sampled_from([None, None, None, "stop"])},
    optional={"logprobs": st.none() | st.fixed_dictionaries({"content": st.lists(objects, max_size=2)})},
)
chat_chunks = st.fixed_dictionaries(
    {
        "id": st.just("chatcmpl-1"),
        "object": st.sampled_from(["chat.completion.chunk", ""]),
        "choices": st.lists(choices, max_size=3),
    },
    optional={"usage": st.none() | objects, "obfuscation": words, "x_groq": objects},
)
events = st.fixed_dictionaries(
    {"type": st.sampled_from(["a.delta", "b.delta", "done"]), "delta": words}, optional={"item": objects}
)


@pytest.mark.slow
@given(chunks=st.lists(chat_chunks | events | objects, max_size=8))
@example(chunks=[{"a": 1}, {"a": 1}, {"a": 1.0}])
@example(chunks=[{"a": 0.0}, {"a": -0.0}, {"a": True}, {"a": 1}])
@example(chunks=[{"a": 1, "b": 2}, {"b": 2, "a": 1}, {"a": 1, "b": 3}])
@example(chunks=[{"chunk": 1}, {"chunk": 2}, {"chunk": 3}])
@example(chunks=[{"chunk": word, "chunk_2": 0} for word in "abc"])
@example(chunks=[{name: f"{name}{number}" for name in "abcdefg"} for number in range(3)])
@example(chunks=[{"a": [{"x": 1}, {"y": n}], "b": [n]} for n in range(3)])
@example(chunks=[{"n": 5}, {"n": 6}, {"n": 7}, {"n": 8, "m": None}])
@example(chunks=[{"a": [{"x": 1}]}, {"a": [{"x": 2}]}, {"a": [{"x": 2}, {"x": 3}]}, {"a": []}])
def test_chunks_come_back_with_their_keys_in_order(chunks: list[Any]) -> None:
    """Several choices, interleaved tool calls, unknown fields, nulls, and what is no chunk: exactly as it was."""
    table = tabulate(chunks)
    assert same(chunks_of(table), chunks)
    assert tabulate(chunks, lambda _: False) == {"chunks": chunks}
    for spelling in (json_text.rewrite_line, json.dumps):  # compact, and with spaces
        text = write_data([*map(spelling, chunks), "[DONE]"])
        assert body_layout_of(Body(text.encode(), "text/event-stream")) == ("stream", table)


@pytest.mark.parametrize("other", ["a", "\x1e", "é", "\u2028", "\x7f", 1 << 70], ids=ascii)
@pytest.mark.parametrize("rows", [["a", "\x7f"], ["\x1e", "é", "\u2028"], ["\ud800é"]], ids=ascii)
def test_the_text_of_a_chunk_is_that_of_its_value(other: Any, rows: list[str]) -> None:
    """A line is the JSON text of its row's chunk, also where orjson cannot write it."""
    table = {"chunk": {"a": other, "b": "", "é": [other]}, "row": "b", "chunks": rows}
    chunks = [{"a": other, "b": row, "é": [other]} for row in rows]
    assert content_in("lines", table) == "".join(f"{json_text.rewrite_line(chunk)}\n" for chunk in chunks)


@pytest.mark.slow
@given(chunks=st.lists(chat_chunks, min_size=2, max_size=8))
def test_a_table_is_json_and_is_not_longer_than_a_shape_costs(chunks: list[Any]) -> None:
    """A table is made of JSON values, and hardly ever longer than the chunks."""
    assert len(json_text.write_line(tabulate(chunks))) <= 1.5 * len(json_text.write_line(chunks)) + 600


def chunk(**delta: Any) -> dict[str, Any]:
    """A chat chunk with this ``delta``."""
    return {"id": "c", "choices": [{"index": 0, "delta": delta, "finish_reason": None}], "usage": None}


STREAM = [
    chunk(role="assistant", content=""),
    chunk(content="Hello"),
    chunk(content=" world"),
    {**chunk(), "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"}]},
    {**chunk(), "choices": [], "usage": {"total_tokens": 3}},
]


def test_a_chunk_that_continues_the_text_is_its_text() -> None:
    """What the chunks share is written once, and a row has only its own values."""
    assert tabulate(STREAM) == {
        "chunk": chunk(content=""),
        "fields": {
            "content": "choices[0].delta.content",
            "delta": "choices[0].delta",
            "finish_reason": "choices[0].finish_reason",
        },
        "row": "content",
        "chunks": [
            {"delta": {"role": "assistant", "content": ""}},
            "Hello",
            " world",
            {"delta": {}, "finish_reason": "stop"},
            {"choices": [], "usage": {"total_tokens": 3}},
        ],
    }


def test_fields_that_alternate_together_are_a_list() -> None:
    """Text with its obfuscation is a row of two."""
    table = tabulate([{"id": "x", "text": f"t{n}", "obfuscation": f"o{n}"} for n in range(3)])
    assert table["row"] == ["text", "obfuscation"]
    assert table["chunks"] == [["t0", "o0"], ["t1", "o1"], ["t2", "o2"]]


def test_a_number_that_counts_the_chunks_is_not_written() -> None:
    """Sequence numbers are counted, so that a row can be added or removed by hand."""
    table = tabulate([{"type": "d", "sequence_number": n, "delta": str(n)} for n in range(4, 8)])
    assert table["count"] == {"sequence_number": 4}
    assert table["chunks"] == ["4", "5", "6", "7"]


def test_several_kinds_of_events_are_shapes_by_their_type() -> None:
    """A row of another shape names it."""
    text = [{"type": "text.delta", "item_id": "message-1", "delta": word} for word in "abcd"]
    call = [{"type": "arguments.delta", "item_id": "call-1", "output_index": 1, "delta": word} for word in "xyz"]
    table = tabulate([*text, *call])
    assert list(table["shapes"]) == ["arguments.delta"]
    assert table["chunks"][4:] == [{"arguments.delta": word} for word in "xyz"]


def test_a_table_that_would_give_other_chunks_is_not_written(monkeypatch: pytest.MonkeyPatch) -> None:
    """A stream that does not fit the scheme is written plainly rather than wrongly."""
    monkeypatch.setattr(
        "vcr_openai._formats.stream_table.assign", lambda chunks, _flats, shapes: [(shapes[0], {}) for _ in chunks]
    )
    assert tabulate(STREAM) == {"chunks": STREAM}


def test_long_text_is_written_by_name() -> None:
    """A row of several fields with a long text among them is read by lines, so each value has its name."""
    table = tabulate([{"text": str(n) * 200, "obfuscation": f"o{n}"} for n in range(3)])
    assert table["chunks"][0] == {"text": "0" * 200, "obfuscation": "o0"}


def test_a_list_is_not_a_bare_row() -> None:
    """Where one field makes a row, a list in it is named, as a bare list would be several fields."""
    table = tabulate([{"logits": [n, n], "id": 1} for n in range(3)])
    assert table["chunks"][1] == {"logits": [1, 1]}


def test_a_single_chunk_is_written_out() -> None:
    """There is nothing to share."""
    assert tabulate([{"a": 1}]) == {"chunks": [{"a": 1}]}


TABLE: dict[str, Any] = {
    "chunk": {"a": {"b": ""}, "c": [{"d": 1}]},
    "fields": {"b": "a.b", "d": "c[0].d", "e": "a.e"},
    "row": "b",
    "shapes": {"pair": {"set": {"c": []}, "fields": {"b": "a.b"}, "row": ["b", "c"]}},
    "chunks": [],
}


@pytest.mark.parametrize(
    "row, expected",
    [
        ("x", {"a": {"b": "x"}, "c": [{"d": 1}]}),
        ({"d": 2, "b": "y"}, {"a": {"b": "y"}, "c": [{"d": 2}]}),
        ({"e": 3}, {"a": {"b": "", "e": 3}, "c": [{"d": 1}]}),
        ({"a": None}, {"a": None, "c": [{"d": 1}]}),
        ({}, {"a": {"b": ""}, "c": [{"d": 1}]}),
        (None, {"a": {"b": None}, "c": [{"d": 1}]}),
        ({"b": 42}, {"a": {"b": 42}, "c": [{"d": 1}]}),
        ({"chunk": [1]}, [1]),
        ({"pair": ["x", 1]}, {"a": {"b": "x"}, "c": 1}),
        ({"pair": {"b": "z"}}, {"a": {"b": "z"}, "c": []}),
    ],
)
def test_what_a_row_may_be(row: Any, expected: Any) -> None:
    """A bare value, fields by name, a key of the chunk, another shape, or a whole chunk."""
    assert chunks_of({**TABLE, "chunks": [row]}) == [expected]


@pytest.mark.parametrize(
    "table, where, expected, found",
    [
        ({}, "", "a list 'chunks'", "null"),
        ({"chunks": 1}, "chunks", "a list 'chunks'", "the number 1"),
        (
            {"chunks": [], "chunkz": 1},
            "chunkz",
            "a key among count, chunk, fields, row, shapes, chunks, done, comments",
            "another key",
        ),
        ({"chunks": [], "count": []}, "count", "an object 'count'", "an empty list"),
        ({"chunks": [], "count": {"n": "1"}}, "count.n", "a whole number", "the text '1'"),
        ({**TABLE, "chunk": 1}, "chunk", "an object", "the number 1"),
        ({**TABLE, "fields": {"b": 1}}, "fields.b", "a path such as choices[0].delta.content", "the number 1"),
        ({**TABLE, "fields": {"b": "a..b"}}, "fields.b", "a path such as choices[0].delta.content", "'a..b'"),
        ({**TABLE, "fields": {"b": "c[*].d"}}, "fields.b", "a path such as choices[0].delta.content", "'c[*].d'"),
        ({**TABLE, "row": "z"}, "row", "names among a, c, b, d, e", "the text 'z'"),
        ({**TABLE, "row": [{}]}, "row", "names among a, c, b, d, e", "an empty object"),
        ({**TABLE, "shapes": {"s": 1}}, "shapes.s", "an object with 'set' or 'chunk'", "the number 1"),
        ({**TABLE, "shapes": {"s": {"set": {"z.y": 1}}}}, "shapes.s", "a place that the chunk has", "z.y"),
        ({**TABLE, "chunks": [[1]]}, "chunks[0]", "one value for 'row', or fields by name", "a list of 1"),
        ({**TABLE, "chunks": ["a", {"z": 1}]}, "chunks[1]", "fields among a, c, b, d, e", "the text 'z'"),
        (
            {**TABLE, "chunks": [{"pair": 1}]},
            "chunks[0]",
            "a list of 2 for 'row', or fields by name",
            "the number 1",
        ),
        (
            {**TABLE, "chunks": [{"pair": [1]}]},
            "chunks[0]",
            "a list of 2 for 'row', or fields by name",
            "a list of 1",
        ),
        ({**TABLE, "chunks": [{"c": [], "d": 1}]}, "chunks[0]", "a place that the chunk has", "c[0].d"),
        (
            {**TABLE, "fields": {"x": "c.x"}, "row": "x", "chunks": [1]},
            "chunks[0]",
            "a place that the chunk has",
            "c.x",
        ),
        ({**TABLE, "chunks": [42]}, "chunks[0]", "text (a number needs quotes)", "the number 42"),
        ({"chunk": {}, "chunks": ["a"]}, "chunks[0]", "fields by name", "the text 'a'"),
    ],
)
def test_a_table_without_chunks_is_refused_at_its_place(
    table: dict[str, Any], where: str, expected: str, found: str
) -> None:
    """Each slip of a person has an error with its place, what was expected and what was found."""
    with pytest.raises(MalformedInteraction) as caught:
        chunks_of(table)
    assert (caught.value.where, caught.value.expected, caught.value.found) == (where, expected, found)


def test_a_chunk_of_another_kind_is_written_whole() -> None:
    """A chunk that shares next to nothing with the others is written out."""
    chunks = [{"id": "c", "text": word} for word in ("a", "b", "c", "d")] + [{"other": {"x": 1}}]
    table = tabulate(chunks)
    assert table["chunks"][-1] == {"chunk": {"other": {"x": 1}}}
    assert chunks_of(table) == chunks


def test_many_fields_that_vary_are_one_column() -> None:
    """Fields that lie together become one column where each would have its own and there were too many."""
    chunks = [{"id": "c", "usage": {f"n{field}": number * field for field in range(1, 12)}} for number in range(8)]
    table = tabulate(chunks)
    assert table["row"] == "usage"
    assert chunks_of(table) == chunks


def test_very_many_fields_that_vary_are_one_column() -> None:
    """Fields in one member of the chunk become one column, at once where they are thousands."""
    chunks = [
        {"z": f"w{n}", "o": {f"p{field}": {"q": n * field, "r": -n} for field in range(1, 2000)}} for n in range(4)
    ]
    table = tabulate(chunks)
    assert table["row"] == ["z", "o"]
    assert chunks_of(table) == chunks


def test_a_list_in_a_list_that_varies_is_written_with_the_list() -> None:
    """A bare row has no lists, and a chunk whose list is blank is of another structure than the chunks."""
    chunks = [{"id": "x", "c": [[n]]} for n in range(4)]
    table = tabulate(chunks)
    assert table["chunks"] == [{"c": [[n]]} for n in range(4)]
    assert chunks_of(table) == chunks


def test_a_shape_is_called_by_what_it_alone_holds() -> None:
    """A shape without a type, and without a row, has its name from an object that others have not."""
    chunks = [{"id": "c", "text": f"{n}"} for n in range(9)] + [{"id": "c", "usage": {"n": 7, "long": "x" * 60}}] * 4
    table = tabulate(chunks)
    assert list(table["shapes"]) == ["usage"]
    assert chunks_of(table) == chunks


def test_a_chunk_unlike_the_others_is_written_out() -> None:
    """Where a row would be longer than the chunk, the chunk is written out."""
    alike = [{"id": "a", "content": word, **{f"a_long_name_{n}": n for n in range(9)}} for word in "abc"]
    table = tabulate([*alike, {"k": 1}])
    assert table["chunks"] == ["a", "b", "c", {"chunk": {"k": 1}}]
    assert chunks_of(table) == [*alike, {"k": 1}]


def test_a_shape_without_a_name_of_its_own_is_other() -> None:
    """A shape that has no type, no field and no object of its own is called ``other``."""
    some, others = [{"n": {"d": "x"}, "k": "v" * 40}] * 6, [{"n": {"d": "y"}, "l": "w" * 40}] * 6
    table = tabulate([*some, *others])
    assert list(table["shapes"]) == ["other"]
    assert chunks_of(table) == [*some, *others]


@pytest.mark.parametrize(
    "places",
    [
        {"a": "choices[0].delta.content", "b": "id"},
        {"a": "choices", "b": "choices[0].delta"},
        {"a": "choices[0].delta", "b": "choices[0].delta.content"},
        {"a": "new", "b": "choices[0].delta.new"},
        {"a": "id", "b": "id"},
    ],
    ids=["apart", "within the first", "within", "new keys", "twice"],
)
@given(data=st.data())
def test_a_bare_row_means_the_same_as_its_fields_by_name(places: dict[str, str], data: st.DataObject) -> None:
    """Values in the order of the row, and by their names, give the same chunks, whatever the rows before them were."""
    chunk = {"id": "x", "choices": [{"index": 0, "delta": {"content": "", "role": None}}]}
    values = st.tuples(st.just([{"delta": {"content": "a"}}]) | words, st.just({"content": "b"}) | words)
    rows = data.draw(st.lists(values.map(list), max_size=4))
    table = {"chunk": chunk, "fields": places, "row": list(places)}

    def chunks(found: list[Any]) -> list[Any] | str:
        try:
            return chunks_of({**table, "chunks": found})
        except MalformedInteraction as error:
            return str(error)

    assert json_text.write_line(chunks(rows)) == json_text.write_line(
        chunks([dict(zip(places, row, strict=True)) for row in rows])
    )
