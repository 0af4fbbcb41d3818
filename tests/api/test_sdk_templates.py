"""The SDK's view of an object is the same, whether it is made anew or from that of another object."""

from __future__ import annotations

from importlib import import_module

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from vcr_openai._api import sdk

CHUNK = "openai.types.chat.chat_completion_chunk.ChatCompletionChunk"
COMPLETION = "openai.types.chat.chat_completion.ChatCompletion"
TAGS = [CHUNK, COMPLETION, "openai.types.completion.Completion", "openai.types.responses.response.Response"]
words = st.text(max_size=4) | st.sampled_from(["stop", "assistant", "function", "message", "output_text"])
numbers = st.integers(-5, 5) | st.floats(allow_nan=False, allow_infinity=False) | st.just(2**70)
names = st.sampled_from(
    "id choices delta content role tool_calls function arguments name index finish_reason logprobs token bytes usage "
    "prompt_tokens created model object output type text message temperature status new_member".split()
)
members = st.recursive(
    words | numbers | st.none() | st.booleans(),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(names, inner, max_size=4),
    max_leaves=12,
)


def anew(tag, data):
    """What the SDK itself makes of an object."""
    module, _, name = tag.rpartition(".")
    try:
        model = getattr(import_module(module), name).construct(None, **data)
        return model.model_dump(mode="json", by_alias=True, warnings=False)
    except (TypeError, ValueError):
        return data


@pytest.mark.slow
@pytest.mark.parametrize("tag", TAGS)
@given(data=st.dictionaries(names, members, max_size=6))
@example(data={"id": "a", "choices": [{"index": 0, "delta": {"content": "b"}, "finish_reason": None}], "created": 1})
@example(data={"id": "a", "temperature": 1, "created": 1.0})
def test_an_object_is_modelled_as_the_sdk_models_it(tag, data):
    """Each member is the SDK's own, of the same type: also after objects that differ in words and numbers alone."""
    for value in (data, data | {"id": "other"}, data):
        assert repr(sdk.model_dump(tag, value)) == repr(anew(tag, value))


def test_a_stream_is_modelled_once(monkeypatch):
    """Chunks that differ in words and numbers alone cost the SDK one object."""
    made = []
    original = sdk._dumped
    monkeypatch.setattr(sdk, "_dumped", lambda *arguments: made.append(arguments) or original(*arguments))
    sdk._template.cache_clear()
    for number in range(20):
        chunk = {"id": "a", "choices": [{"index": 0, "delta": {"content": f"word {number}"}}], "created": number}
        assert sdk.model_dump(CHUNK, chunk)["choices"][0]["delta"]["content"] == f"word {number}"
    assert len(made) == 1
