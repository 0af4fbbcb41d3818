"""The hosts of servers with OpenAI's API, on which general paths (``/v1/files``) are that API's, and others' models.

A host pattern has ``*`` for any characters and may end with a port: ``*.corp.example``, ``llm:8000``.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final, NamedTuple
from urllib.parse import SplitResult

# OpenAI and Azure; the servers of the endpoint table and of docs/endpoints.md.
_SERVERS: Final = tuple(
    "api.openai.com *.api.openai.com *.openai.azure.com *.cognitiveservices.azure.com *.services.ai.azure.com"
    " *.models.ai.azure.com models.inference.ai.azure.com models.github.ai"
    " api.anthropic.com generativelanguage.googleapis.com bedrock-runtime.*.amazonaws.com bedrock-mantle.*.api.aws"
    " api.cerebras.ai api.deepseek.com api.fireworks.ai api.groq.com api.mistral.ai api.perplexity.ai"
    " api.sambanova.ai api.together.ai api.together.xyz api.x.ai *.x.ai api.cohere.ai api.cohere.com api.voyageai.com"
    " api.deepinfra.com api.hyperbolic.xyz api.novita.ai api.moonshot.ai api.moonshot.cn api.z.ai"
    " dashscope.aliyuncs.com dashscope-intl.aliyuncs.com integrate.api.nvidia.com router.huggingface.co"
    " *.endpoints.huggingface.cloud *.ml.cloud.ibm.com *.cloud.databricks.com *.azuredatabricks.net"
    " *.gcp.databricks.com openrouter.ai ollama.com".split()
)
_LOCAL: Final = ("localhost", "*.localhost", "127.*", "0.0.0.0", "::1", "*.local", "host.docker.internal")  # noqa: S104
_OLLAMAS_PORT: Final = "*:11434"
_KNOWN: Final = (*_SERVERS, *_LOCAL, _OLLAMAS_PORT)
_PATTERN: Final = re.compile(r"[\w*.:\[\]-]+")


class ModelCall(NamedTuple):
    """Calls of models by another API than OpenAI's: the pattern of their hosts, and that of their paths."""

    api: str
    host: str
    path: re.Pattern[str]


MODEL_CALLS: Final = tuple(
    ModelCall(api, host, re.compile(path))
    for api, host, path in (
        # Google's verb is after the model's name, in Vertex as in the Gemini API; Anthropic in Vertex: rawPredict.
        ("Gemini", "*", r".*/models/[^/]+:[A-Za-z]+"),
        ("Bedrock", "*", r"/model/[^/]+/(?:converse|converse-stream|count-tokens)"),
        ("Bedrock", "*", r"/model/[^/]+/(?:invoke|invoke-with-response-stream|async-invoke)"),
        ("Cohere", "api.cohere.*", r"/(?:compatibility/)?v[12]/(?:chat|generate|embed|rerank|classify|tokenize)"),
        ("Mistral", "*", r".*/(?:agents|fim)/completions"),
        ("Mistral", "*", r".*/chat/(?:moderations|classifications)"),
        ("Mistral", "api.mistral.ai", r"/v1/(?:ocr|conversations|agents|classifications)(?:/.*)?"),
        ("MCP", "*", r"(?:.*/)?mcp/?"),
    )
)


def check_host(text: str) -> None:
    """Raise ValueError for a text that is not a host pattern."""
    if not _PATTERN.fullmatch(text):
        raise ValueError(f"expected a host such as llm.example, *.corp.example or llm:8000, found {text[:60]!r}")


@lru_cache(maxsize=1024)
def matches_host(host: str, patterns: Iterable[str]) -> bool:
    """Whether a host as a URL has it, with its port or without, is one of the patterns."""
    name = host.rpartition("@")[2].lower()
    bare = re.sub(r":[0-9]*\Z", "", name).strip("[]")
    return any(fnmatchcase(one, pattern.lower().replace("[", "[[]")) for pattern in patterns for one in (bare, name))


def is_api_host(host: str, further: tuple[str, ...]) -> bool:
    """Whether general paths on a host are those of OpenAI's API: it is in the table, or in ``further`` patterns."""
    return matches_host(host, _KNOWN) or matches_host(host, further)


def is_model_call(url: SplitResult) -> bool:
    """Whether a URL is one of ``MODEL_CALLS``."""
    return any(call.path.fullmatch(url.path) and matches_host(url.netloc, (call.host,)) for call in MODEL_CALLS)
