"""The tokens that an answer cost, as the server counted them."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from vcr_openai._http.body import Body, read_json
from vcr_openai._http.event_stream import DONE

# The members of a count, as APIs name them: OpenAI and its like, Responses and Anthropic, Gemini, Ollama.
_TOTALS = ("total_tokens", "totalTokenCount", "totalTokens")
_PARTS = (
    "prompt_tokens completion_tokens input_tokens output_tokens cache_creation_input_tokens cache_read_input_tokens"
    " inputTokens outputTokens prompt_eval_count eval_count"
).split()
_HINTS = (b"usage", b"eval_count")


def tokens_of(body: Body) -> int:
    """The tokens of an answer, questions included; 0 where the server did not count.

    A stream counts once: a later count of the same member takes the place of an earlier one.
    """
    if not any(hint in body.octets for hint in _HINTS):
        return 0
    counts: dict[str, int] = {}
    for count in _counts(body):
        counts.update({name: value for name, value in count.items() if _is_number(value)})
    totals = [counts[name] for name in _TOTALS if name in counts]
    return totals[0] if totals else sum(counts.get(name, 0) for name in _PARTS)


def _is_number(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _counts(body: Body) -> Iterator[dict[str, Any]]:
    """The counts in an answer, in order: an object of its own, or Ollama's among the members of the answer."""
    for answer in _answers(body):
        inner = [answer.get(name) for name in ("response", "message", "x_groq")]
        for one in (answer, *inner):
            if isinstance(one, dict):
                usage = one.get("usage") or one.get("usageMetadata")
                if isinstance(usage, dict):
                    yield usage
        if "eval_count" in answer or "prompt_eval_count" in answer:
            yield answer


def _answers(body: Body) -> Iterator[dict[str, Any]]:
    if body.framing is None:
        values = [body.json.value]
    else:
        texts = (chunk.text for chunk in body.chunks if chunk.text != DONE)
        values = [read_json(text).value for text in texts]
    yield from (value for value in values if isinstance(value, dict))
