"""Statistics of recordings and cassettes: how many there are of everything, and what recording them anew would cost."""

from __future__ import annotations

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any
from urllib.parse import unquote, urlsplit

from vcr_openai._api.api_paths import api_path_of
from vcr_openai._api.endpoint_lookup import template_of
from vcr_openai._http.exchange import Exchange
from vcr_openai._matching.canonical import canonical
from vcr_openai._matching.generated_ids import looks_generated
from vcr_openai._matching.rules import Rules
from vcr_openai._recording.invented import OPAQUE_METHOD
from vcr_openai._review.conversation import asked_of
from vcr_openai._review.usage import Usage, usage_of

BY = ("provider", "model", "endpoint")  # what requests can be grouped by
_RULES = Rules()
_MODEL_IN_PATH = re.compile(r"/models?/([^/:]+)[:/]")
_MODEL = "/models/{model*}"  # the template whose end is a model's name, with all its slashes
_ID = "{id}"
_LARGEST = 5  # files that are listed
_NAMES = {
    "api.openai.com": "openai", "api.anthropic.com": "anthropic", "generativelanguage.googleapis.com": "gemini",
    "api.groq.com": "groq", "openrouter.ai": "openrouter", "api.mistral.ai": "mistral", "api.deepseek.com": "deepseek",
    "api.together.xyz": "together", "api.fireworks.ai": "fireworks", "api.cohere.com": "cohere", "api.x.ai": "x-ai",
}  # fmt: skip
_SUFFIXES = {".openai.azure.com": "azure", ".amazonaws.com": "bedrock", ".cognitiveservices.azure.com": "azure"}


@dataclass(frozen=True)
class Call:
    """What is counted of an exchange."""

    provider: str
    model: str
    endpoint: str
    usage: Usage
    failed: bool
    identity: str  # equal for requests that match with equal answers
    url: str
    price: Decimal | None = None


@dataclass
class Statistics:
    """The counts of all files."""

    files: int = 0
    tests: set[str] = field(default_factory=set)
    calls: list[Call] = field(default_factory=list)
    bytes: Counter[str] = field(default_factory=Counter)  # by format
    sizes: list[tuple[int, str]] = field(default_factory=list)  # of files, with their names
    opaque: int = 0

    def add(self, name: str, form: str, size: int, exchanges: Sequence[Exchange], tests: Iterable[str]) -> None:
        """Count a file; ``tests`` are those of its recordings, else the file is a test of its own."""
        self.files += 1
        self.bytes[form] += size
        self.sizes.append((size, name))
        self.tests.update(set(tests) or {name})
        for exchange in exchanges:
            if exchange.request.method == OPAQUE_METHOD:
                self.opaque += 1
            else:
                self.calls.append(_call(exchange))

    @property
    def duplicates(self) -> int:
        """How many calls have a request and an answer that another call has, too."""
        return len(self.calls) - len({call.identity for call in self.calls})

    def grouped(self, by: Sequence[str]) -> list[tuple[tuple[str, ...], list[Call]]]:
        """The calls by some of ``BY``, the largest group first."""
        groups: dict[tuple[str, ...], list[Call]] = {}
        for call in self.calls:
            groups.setdefault(tuple(getattr(call, name) for name in by), []).append(call)
        return sorted(groups.items(), key=lambda group: (-len(group[1]), group[0]))

    def document(self, by: Sequence[str]) -> dict[str, Any]:
        """All of it as a JSON value."""
        return {
            "files": self.files,
            "tests": len(self.tests),
            **totals(self.calls),
            "opaque": self.opaque,
            "duplicates": self.duplicates,
            "bytes": dict(sorted(self.bytes.items())),
            "largest": [{"file": name, "bytes": size} for size, name in sorted(self.sizes, reverse=True)[:_LARGEST]],
            "by": [{**dict(zip(by, key, strict=True)), **totals(calls)} for key, calls in self.grouped(by)],
        }


def totals(calls: Sequence[Call]) -> dict[str, Any]:
    """The counts of some calls. ``unpriced`` are those for whose model there is no price."""
    usages = [call.usage for call in calls]
    counts = {
        "requests": len(calls),
        "failures": sum(call.failed for call in calls),
        "input_tokens": sum(one.input for one in usages),
        "output_tokens": sum(one.output for one in usages),
        "cached_tokens": sum(one.cached for one in usages),
        "reasoning_tokens": sum(one.reasoning for one in usages),
    }
    prices = [call.price for call in calls if call.price is not None]
    if not prices:
        return counts
    unpriced = sum(call.price is None and call.usage != Usage() for call in calls)
    return {**counts, "dollars": float(round(sum(prices, Decimal(0)), 6)), "unpriced": unpriced}


def names_of(exchange: Exchange) -> tuple[str, str, str]:
    """The provider, the model and the endpoint of a call, which has ``{…}`` in the place of each id."""
    path = api_path_of(exchange.request.uri)
    model, _ = asked_of(exchange.request)
    template = template_of(path.path) if path.known else None
    if template == _MODEL:
        template, model = "/models/{model}", model or unquote(path.path.removeprefix("/models/"))
    endpoint = template or "/".join(_without_id(segment) for segment in path.path.split("/"))
    if not model and (in_path := _MODEL_IN_PATH.search(endpoint)):  # Gemini's, Bedrock's
        model = unquote(in_path[1])
        endpoint = endpoint[: in_path.start(1)] + "{model}" + endpoint[in_path.end(1) :]
    return _provider(exchange, _host(exchange.request.uri)), model or path.deployment or "", endpoint


def _without_id(segment: str) -> str:
    return _ID if looks_generated(segment, _RULES.id_prefixes) else segment


def _host(uri: str) -> str:
    try:
        return urlsplit(uri).hostname or ""
    except ValueError:  # a broken IPv6 address
        return ""


def _call(exchange: Exchange) -> Call:
    request, response = exchange.request, exchange.response
    provider, model, endpoint = names_of(exchange)
    key = canonical(request, _RULES).key
    digest = hashlib.sha256("\0".join([*key, str(response.status)]).encode() + response.body.octets).hexdigest()
    return Call(
        provider=provider,
        model=model,
        endpoint=endpoint,
        usage=usage_of(response.body),
        failed=response.status >= 400,
        identity=digest,
        url=request.uri,
    )


def _provider(exchange: Exchange, host: str) -> str:
    """The provider: that of the recording's metadata, else by the host; the host itself where it is not known.

    The recorder notes the version of a server under its name: ``vllm_server_version``.
    """
    metadata: Any = exchange.provenance
    for step in ("request", "set", "provider_metadata"):
        metadata = metadata.get(step) if isinstance(metadata, Mapping) else None
    names = [name for name in metadata if not name.startswith("openai_")] if isinstance(metadata, Mapping) else []
    if names:
        return str(names[0]).partition("_")[0]
    return _NAMES.get(host) or next((name for end, name in _SUFFIXES.items() if host.endswith(end)), host)


def priced(calls: Iterable[Call]) -> Iterator[Call]:
    """The calls with what they would cost today, by genai-prices; without a price where it knows no model.

    Raises ImportError where genai-prices is not installed.
    """
    from genai_prices import Usage as PricedUsage
    from genai_prices import calc_price

    for call in calls:
        usage = call.usage
        if usage == Usage() or not call.model:
            yield call
            continue
        counted = PricedUsage(
            input_tokens=usage.input, output_tokens=usage.output, cache_read_tokens=usage.cached or None
        )
        try:
            found = calc_price(counted, call.model, provider_api_url=call.url)
        except LookupError:
            yield call
        else:
            yield replace(call, price=Decimal(found.total_price))
