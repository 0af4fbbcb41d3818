"""The tokens that an answer cost, as the server counted them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from vcr_openai._http.body import Body, read_json
from vcr_openai._http.event_stream import DONE

# The members of a count, as APIs name them: OpenAI and its like, Responses and Anthropic, Gemini, Ollama.
_TOTALS = ("total_tokens", "totalTokenCount", "totalTokens")
_PARTS = (
    "prompt_tokens completion_tokens input_tokens output_tokens cache_creation_input_tokens cache_read_input_tokens"
    " inputTokens outputTokens prompt_eval_count eval_count"
).split()
_INPUT = ("prompt_tokens", "input_tokens", "promptTokenCount", "inputTokens", "prompt_eval_count")
_OUTPUT = ("completion_tokens", "output_tokens", "candidatesTokenCount", "outputTokens", "eval_count")
_CACHED = ("cached_tokens", "cache_read_input_tokens", "cachedContentTokenCount")
_REASONING = ("reasoning_tokens", "thoughtsTokenCount")
_HINTS = (b"usage", b"eval_count")


@dataclass(frozen=True)
class Usage:
    """The tokens of an answer by their kind; ``cached`` are part of ``input``, ``reasoning`` of ``output``."""

    input: int = 0
    output: int = 0
    cached: int = 0
    reasoning: int = 0


def tokens_of(body: Body) -> int:
    """The tokens of an answer, questions included; 0 where the server did not count.

    A stream counts once: a later count of the same member takes the place of an earlier one.
    """
    counts = _merged(body)
    totals = [counts[name] for name in _TOTALS if name in counts]
    return totals[0] if totals else sum(counts.get(name, 0) for name in _PARTS)


def usage_of(body: Body) -> Usage:
    """The tokens of an answer by their kind; all 0 where the server did not count."""
    counts = _merged(body)
    asked = _first(counts, _INPUT)
    if "input_tokens" in counts:  # Anthropic counts those of its cache by themselves
        asked += counts.get("cache_creation_input_tokens", 0) + counts.get("cache_read_input_tokens", 0)
    said = _first(counts, _OUTPUT) + counts.get("thoughtsTokenCount", 0)  # Gemini counts thoughts by themselves
    return Usage(asked, said, _first(counts, _CACHED), _first(counts, _REASONING))


def _first(counts: dict[str, int], names: Iterable[str]) -> int:
    return next((counts[name] for name in names if name in counts), 0)


def _merged(body: Body) -> dict[str, int]:
    """All counts of an answer, those of its details too; a later one takes the place of an earlier one."""
    if not any(hint in body.octets for hint in _HINTS):
        return {}
    counts: dict[str, int] = {}
    for count in _counts(body):
        details = (inner for name, inner in count.items() if name.endswith("_details") and isinstance(inner, dict))
        for one in (count, *details):
            counts.update({name: value for name, value in one.items() if _is_number(value)})
    return counts


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
