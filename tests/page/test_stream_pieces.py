"""What each chunk of a stream adds to an answer."""

import pytest

from vcr_openai._page.stream_pieces import pieces


def chat(**delta):
    return {"choices": [{"index": 0, "delta": delta}]}


def event(name, **more):
    return {"type": name, **more}


ITEM = {"type": "function_call", "name": "f", "arguments": ""}


@pytest.mark.parametrize(
    "chunks, expected",
    [
        ([chat(role="assistant"), chat(content="a"), chat(content="b")], {"text": "ab"}),
        ([chat(reasoning_content="a"), chat(content="b")], {"reasoning": "a", "text": "b"}),
        ([chat(refusal="no"), chat(refusal="!")], {"refusal": "no!"}),
        ([chat(tool_calls=[{"index": 0, "function": {"name": "f", "arguments": ""}}]),
          chat(tool_calls=[{"index": 0, "function": {"arguments": "{}"}}])], {"call": "{}", "name": "f"}),
        ([chat(tool_calls=[{"index": 0, "custom": {"name": "f", "input": "x"}}])], {"call": "x", "name": "f"}),
        ([chat(function_call={"name": "f"}), chat(function_call={"arguments": "1"})], {"call": "1", "name": "f"}),
        ([chat(audio={"transcript": "a"}), chat(audio={"transcript": "b"})], {"text": "ab"}),
        ([chat(content=[{"type": "text", "text": "a"}])], {"text": "a"}),
        ([{"choices": [{"text": "a"}]}, {"choices": [{"text": "b"}]}], {"text": "ab"}),
        ([event("response.output_text.delta", delta="a", output_index=0, content_index=0),
          event("response.output_text.delta", delta="b", output_index=0, content_index=0),
          event("response.output_text.done", text="ab")], {"text": "ab"}),
        ([event("response.output_item.added", output_index=1, item=ITEM),
          event("response.function_call_arguments.delta", output_index=1, delta="{}")], {"call": "{}", "name": "f"}),
        ([event("response.reasoning_summary_text.delta", output_index=0, summary_index=0, delta="a")],
         {"reasoning": "a"}),
        ([event("content_block_start", index=0, content_block={"type": "tool_use", "name": "f"}),
          event("content_block_delta", index=0, delta={"type": "input_json_delta", "partial_json": "{}"})],
         {"call": "{}", "name": "f"}),
        ([event("content_block_delta", index=0, delta={"type": "text_delta", "text": "a"})], {"text": "a"}),
        ([event("content_block_delta", index=0, delta={"type": "thinking_delta", "thinking": "a"})],
         {"reasoning": "a"}),
        ([{"candidates": [{"content": {"parts": [{"text": "a"}, {"text": "t", "thought": True}]}}]}],
         {"text": "a", "reasoning": "t"}),
        ([{"model": "x", "message": {"role": "assistant", "content": "a"}, "done": False}], {"text": "a"}),
        ([{"model": "x", "response": "a", "done": False}, {"model": "x", "response": "", "done": True}], {"text": "a"}),
        ([{"object": "thread.message.delta", "delta": {"content": [{"index": 0, "text": {"value": "a"}}]}}],
         {"text": "a"}),
        ([event("transcript.text.delta", delta="a"), event("transcript.text.delta", delta="b")], {"text": "ab"}),
    ],
)  # fmt: skip
def test_every_api_has_pieces(chunks, expected):
    """The pieces of one part have one slot, and their places lead to their texts."""
    found = {}
    slots = set()
    for chunk in chunks:
        for piece in pieces(chunk):
            text = chunk
            for step in piece.place:
                text = text[step]
            name = "name" if piece.is_name else piece.kind
            found[name] = found.get(name, "") + text
            slots.add((piece.slot, piece.kind))
    assert {name: text for name, text in found.items() if text} == expected
    assert len(slots) == len(set(expected) - {"name"})


@pytest.mark.parametrize(
    "chunk",
    [None, "x", 1, [], {}, {"choices": None}, {"choices": [1, {"delta": 2}, {"delta": {"content": 3}}]}, {"type": []},
     {"type": "content_block_delta", "delta": {"text": 1}}, {"candidates": [{"content": 1}]},
     {"candidates": [{"content": {"parts": [{"functionCall": {}}]}}]}, chat(content=[{"type": "image"}]),
     {"message": []}, {"delta": {"content": [{"text": 1}, 2]}}, {"type": "response.output_item.added", "item": 3},
     {"choices": [{"delta": {"tool_calls": [{"function": 1}, 2], "audio": 1}}]}, {"type": {"a": 1}, "delta": "x"}],
)  # fmt: skip
def test_a_chunk_of_any_shape_is_read(chunk):
    """One that says nothing has no piece."""
    assert list(pieces(chunk)) == []
