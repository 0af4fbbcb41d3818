"""What an answer says: what is noise, and what is a change."""

from __future__ import annotations

import json
from copy import deepcopy

import pytest

from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpResponse
from vcr_openai._json.json_places import replaced
from vcr_openai._matching.rerecording import Placed, Sent, arrange
from vcr_openai._matching.same_answers import Said, says_the_same

CALL = {"id": "call_1", "type": "function", "function": {"name": "f", "arguments": '{"a":1}'}}
CHAT = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 1,
    "model": "gpt-4o",
    "system_fingerprint": "fp_1",
    "choices": [
        {
            "index": 0,
            "message": {"role": "assistant", "content": "Hi there", "refusal": None, "tool_calls": [CALL]},
            "finish_reason": "stop",
            "logprobs": {"content": [{"token": "Hi", "logprob": -0.1}]},
        }
    ],
    "usage": {
        "prompt_tokens": 3,
        "completion_tokens": 2,
        "total_tokens": 5,
        "prompt_tokens_details": {"cached_tokens": 0},
    },
}
RESPONSE = {
    "id": "resp_1",
    "object": "response",
    "created_at": 1.0,
    "completed_at": 2,
    "metadata": {"id": "mine"},
    "output": [{"id": "msg_1", "type": "message", "content": [{"type": "output_text", "text": "Hi"}]}],
}


def response(value, status=200):
    headers = {"content-type": ["application/json"]}
    return HttpResponse(status, headers, Body.of(json.dumps(value).encode(), headers))


def stream(*chunks):
    headers = {"content-type": ["text/event-stream"]}
    text = "".join(f"data: {json.dumps(one)}\n\n" for one in chunks) + "data: [DONE]\n\n"
    return HttpResponse(200, headers, Body.of(text.encode(), headers))


def pieces(*texts, **last):
    deltas = [{"role": "assistant"}, *({"content": text} for text in texts)]
    chunks = [{"id": "c", "choices": [{"index": 0, "delta": one, "finish_reason": None}]} for one in deltas]
    return stream(*chunks, {"id": "c", "choices": [{"index": 0, "delta": {}, "finish_reason": "stop"} | last]})


CHOICE = ("choices", 0)
NOISE = [
    (CHAT, ("id",), "chatcmpl-2"),
    (CHAT, ("created",), 99),
    (CHAT, ("system_fingerprint",), "fp_2"),
    (CHAT, ("usage", "prompt_tokens_details"), {"cached_tokens": 3}),
    (CHAT, (*CHOICE, "message", "tool_calls", 0, "id"), "call_2"),
    (RESPONSE, ("id",), "resp_2"),
    (RESPONSE, ("created_at",), 9.5),
    (RESPONSE, ("completed_at",), 9),
    (RESPONSE, ("output", 0, "id"), "msg_2"),
]
CHANGES = [
    (CHAT, ("model",), "gpt-4o-2"),
    (CHAT, (*CHOICE, "message", "content"), "Hi  there"),
    (CHAT, (*CHOICE, "message", "refusal"), "No"),
    (CHAT, (*CHOICE, "finish_reason"), "length"),
    (CHAT, (*CHOICE, "logprobs", "content", 0, "logprob"), -0.11),
    (CHAT, (*CHOICE, "message", "tool_calls", 0, "function", "name"), "g"),
    (CHAT, (*CHOICE, "message", "tool_calls", 0, "function", "arguments"), '{"a":2}'),
    (CHAT, ("usage", "completion_tokens"), 3),
    (CHAT, ("usage", "prompt_tokens"), 4),
    (RESPONSE, ("completed_at",), None),
    (RESPONSE, ("metadata", "id"), "yours"),
    (RESPONSE, ("output", 0, "content", 0, "text"), "Ho"),
    ({"object": "model", "id": "a"}, ("id",), "b"),
]


@pytest.mark.parametrize(("base", "place", "value"), NOISE, ids=str)
def test_what_a_server_makes_anew_is_noise(base, place, value):
    """Ids, times, fingerprints and cached tokens do not count."""
    assert says_the_same(response(base), response(replaced(deepcopy(base), place, value)))


@pytest.mark.parametrize(("base", "place", "value"), CHANGES, ids=str)
def test_everything_else_is_a_change(base, place, value):
    """A word, a call, a reason, log probabilities, the model and tokens count."""
    assert not says_the_same(response(base), response(replaced(deepcopy(base), place, value)))


def test_the_status_counts():
    """The same body with another status says something else."""
    assert not says_the_same(response(CHAT), response(CHAT, 500))


def test_borders_of_chunks_do_not_count():
    """A text says the same wherever it is cut, with an empty piece as well."""
    assert says_the_same(pieces("Hi", " there"), pieces("", "H", "i th", "ere"))


@pytest.mark.parametrize("other", [pieces("Hi", "there"), pieces("Hi there", finish_reason="length")])
def test_a_stream_with_another_end_or_text_is_a_change(other):
    """The text of a stream and its finish reason count."""
    assert not says_the_same(pieces("Hi there"), other)


def test_tool_calls_of_a_stream_are_joined():
    """The arguments of a call say the same wherever they are cut; which call they are of counts."""

    def calls(*parts):
        deltas = [{"tool_calls": [{"index": index, "function": {"arguments": text}}]} for index, text in parts]
        return stream(*({"choices": [{"index": 0, "delta": one}]} for one in deltas))

    assert says_the_same(calls((0, '{"a"'), (1, "{}"), (0, ":1}")), calls((0, '{"a":1}'), (1, "{}")))
    assert not says_the_same(calls((0, "a"), (1, "b")), calls((0, "b"), (1, "a")))


def test_events_of_responses_are_joined():
    """Deltas of one part are joined; sequence numbers and obfuscation do not count."""

    def events(item, *texts):
        deltas = [
            {"type": "response.output_text.delta", "item_id": item, "delta": text, "sequence_number": number}
            for number, text in enumerate(texts)
        ]
        done = {"type": "response.output_text.done", "item_id": item, "text": "".join(texts)}
        return stream(*deltas, {**done, "sequence_number": len(texts)})

    first = "msg_68a1b2c3d4e5f60718293a4b5c6d7e8f"
    assert says_the_same(events(first, "Hi", " there"), events(first[:-1] + "0", "H", "i there"))
    assert not says_the_same(events(first, "Hi"), events(first, "Ho"))


def test_of_another_api_every_byte_counts():
    """Nothing is noise in the answer of an API that is not known."""
    assert not says_the_same(response(CHAT), response({**CHAT, "id": "chatcmpl-2"}), is_api=False)


def one(request, key, ids=(), text="", order=None):
    return Sent(order or request, request, Said(key, tuple(ids)), text)


def test_equal_requests_keep_the_order_in_which_they_were_sent():
    """Two answers to one request that came in another order are not exchanged."""
    old, new = [one("a", "1"), one("a", "2")], [one("a", "2"), one("a", "1")]
    assert [placed.new for placed in arrange(old, new)] == [0, 1]


def test_an_attempt_that_is_not_made_any_more_goes():
    """A failure that was recorded before a success goes where the success came at once."""
    assert arrange([one("a", "429"), one("a", "200")], [one("a", "200")]) == [Placed(0, 1)]


def test_an_answer_whose_new_id_is_repeated_is_written_anew():
    """An answer does not stay where an interaction that changed names its new id."""
    old = [one("a", "1", ["call_old1"]), one("b", "2", text="call_old1")]
    new = [one("a", "1", ["call_new1"]), one("b", "3", text="call_new1")]
    assert arrange(old, new) == [Placed(0, None), Placed(1, None)]
