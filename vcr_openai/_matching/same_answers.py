"""What an answer says: its content without what a server makes anew with every answer.

That are ids, times, fingerprints, obfuscation, the borders of chunks, the number of cached tokens, and headers that
describe a connection. Everything else counts: a word, a tool call, a finish reason, log probabilities, the model, the
tokens of the output. In doubt two answers differ.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from typing import Any, Final

from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpResponse
from vcr_openai._http.headers import header
from vcr_openai._matching.generated_ids import looks_generated
from vcr_openai._matching.merged_stream import merged
from vcr_openai._matching.rules import Rules

_PREFIXES: Final = Rules().id_prefixes
_IGNORED: Final = frozenset({"system_fingerprint", "obfuscation", "sequence_number", "timings"})
# Ollama's, in nanoseconds.
_DURATIONS: Final = frozenset({"total_duration", "load_duration", "prompt_eval_duration", "eval_duration"})
_SEALED: Final = frozenset({"encrypted_content", "signature"})  # other bytes each time, which only the server reads
_USERS: Final = frozenset(
    {"metadata", "parameters", "properties", "schema", "tools"}
)  # what the request has is repeated
_CHOSEN_IDS: Final = frozenset({"custom_id", "model_id"})
_HEADERS: Final = ("location", "x-should-retry", "openai-model", "openai-version")  # that a client obeys or reads
# Of other APIs every header counts but these.
_OF_A_CONNECTION: Final = frozenset(
    """age alt-svc cf-cache-status cf-ray connection content-encoding content-length date keep-alive nel report-to
    request-id server-timing set-cookie transfer-encoding via x-request-id""".split()
)


@dataclass(frozen=True)
class Said:
    """What an answer says: two answers say the same when their ``key`` is equal.

    ``ids`` were made for this answer, in the order in which they stand in it: two that say the same have equally many.
    """

    key: str
    ids: tuple[str, ...] = ()


def said(response: HttpResponse, *, is_api: bool) -> Said:
    """What an answer says. Of one from another API than OpenAI's (and compatible ones) every byte counts."""
    body = response.body
    if not is_api:
        head: Any = sorted((name.lower(), values) for name, values in response.headers.items())
        head = [one for one in head if one[0] not in _OF_A_CONNECTION]
        return Said(_digest([response.status, head, hashlib.sha256(body.octets).hexdigest()]))
    head = [response.status, body.media_type, *(header(response.headers, name) for name in _HEADERS)]
    reading = _Reading()
    content = reading.of_body(body)
    return Said(_digest([head, content]), tuple(reading.ids))


def content_of(body: Body) -> Any:
    """The content of an answer as a JSON value without what varies: a list of a stream's parts, the value, a digest."""
    return _Reading().of_body(body)


def says_the_same(one: HttpResponse, other: HttpResponse, *, is_api: bool = True) -> bool:
    """Whether two answers differ in nothing but what a server makes anew with every answer."""
    return said(one, is_api=is_api).key == said(other, is_api=is_api).key


def _digest(value: Any) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True).encode()).hexdigest()


class _Reading:
    """The reading of one answer: an id has the same name wherever it stands in it."""

    def __init__(self) -> None:
        self.ids: dict[str, str] = {}  # with their names

    def of_body(self, body: Body) -> Any:
        """The content of a body without what varies."""
        if body.framing is not None:
            return [body.framing.name, *map(self.of, merged(body.chunks)), body.events.unfinished is not None]
        return self.of(body.json.value) if body.json.problem is None else hashlib.sha256(body.octets).hexdigest()

    def of(self, value: Any, *, in_usage: bool = False) -> Any:
        """A value without what varies."""
        if isinstance(value, list):
            return [self.of(one, in_usage=in_usage) for one in value]
        if not isinstance(value, dict):
            return value
        is_model = "model" in (value.get("object"), value.get("type"))
        result = {}
        for name, item in value.items():
            if name in _USERS:
                result[name] = item
            elif not (_varies(name) or (in_usage and _varies_in_usage(name, item))):
                found = self._member(name, item, is_model=is_model, in_usage=in_usage or name == "usage")
                if not (in_usage and found == {}):
                    result[name] = found
        return result

    def _member(self, name: str, item: Any, *, is_model: bool, in_usage: bool) -> Any:
        if isinstance(item, str) and item:
            if (name == "id" and not is_model) or name in _SEALED:
                return self._renamed(item)
            if name.endswith("_id") and name not in _CHOSEN_IDS:
                return self._renamed(item) if item in self.ids or looks_generated(item, _PREFIXES) else item
        if (name == "created" or name.endswith("_at")) and isinstance(item, (int, float, str)):
            return "a time"
        return self.of(item, in_usage=in_usage)

    def _renamed(self, value: str) -> str:
        return self.ids.setdefault(value, f"id {len(self.ids)}")


def _varies(name: str) -> bool:
    return name in _IGNORED or name in _DURATIONS


def _varies_in_usage(name: str, item: Any) -> bool:
    return item is None or "cache" in name or name.endswith(("_time", "_duration"))
