"""The hosts of servers with OpenAI's API, on which general paths (``/v1/files``) are that API's, and calls of models.

A host pattern has ``*`` for any characters and may end with a port: ``*.corp.example``, ``llm:8000``.
"""

from __future__ import annotations

import re
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Final
from urllib.parse import SplitResult

# Hosts that serve models and nothing else: those of the endpoint table and of docs/endpoints.md, and their like.
_MODEL_SERVERS: Final = tuple(
    "api.openai.com *.api.openai.com *.openai.azure.com *.models.ai.azure.com models.inference.ai.azure.com"
    " models.github.ai api.anthropic.com generativelanguage.googleapis.com bedrock-runtime.*.amazonaws.com"
    " bedrock-mantle.*.api.aws api.cerebras.ai api.cohere.ai api.cohere.com api.deepinfra.com api.deepseek.com"
    " api.fireworks.ai api.groq.com api.hyperbolic.xyz api.mistral.ai api.moonshot.ai api.moonshot.cn api.novita.ai"
    " api.perplexity.ai api.sambanova.ai api.together.ai api.together.xyz api.voyageai.com *.x.ai api.z.ai"
    " dashscope.aliyuncs.com dashscope-intl.aliyuncs.com integrate.api.nvidia.com openrouter.ai ollama.com"
    " router.huggingface.co *.endpoints.huggingface.cloud".split()
)
_CLOUDS: Final = tuple(  # they serve other things, too
    "*.cognitiveservices.azure.com *.services.ai.azure.com *.ml.cloud.ibm.com *.cloud.databricks.com"
    " *.azuredatabricks.net *.gcp.databricks.com".split()
)
_LOCAL: Final = ("localhost", "*.localhost", "127.*", "0.0.0.0", "::1", "*.local", "host.docker.internal")  # noqa: S104
_OLLAMAS_PORT: Final = "*:11434"
_KNOWN: Final = (*_MODEL_SERVERS, *_CLOUDS, *_LOCAL, _OLLAMAS_PORT)
_PATTERN: Final = re.compile(r"[\w*.:\[\]-]+")
# Paths of calls of models by other APIs than OpenAI's, on any host.
_MODEL_CALLS: Final = tuple(
    re.compile(path)
    for path in (
        r".*/models/[^/]+:[A-Za-z]+",  # Gemini, Vertex: a verb after the model's name, generateContent, rawPredict
        r"/model/[^/]+/(?:converse|converse-stream|count-tokens)",  # Bedrock
        r"/model/[^/]+/(?:invoke|invoke-with-response-stream|async-invoke)",
        r".*/(?:agents|fim)/completions",  # Mistral
        r".*/chat/(?:moderations|classifications)",
        r"(?:.*/)?mcp/?",  # JSON-RPC with a server of tools
    )
)


def check_host(text: str) -> None:
    """Raise ValueError for a text that is not a host pattern."""
    if not _PATTERN.fullmatch(text):
        raise ValueError(f"expected a host such as llm.example, *.corp.example or llm:8000, found {text[:60]!r}")


@lru_cache(maxsize=1024)
def matches_host(host: str, patterns: tuple[str, ...]) -> bool:
    """Whether a host as a URL has it, with its port or without, is one of the patterns."""
    name = host.rpartition("@")[2].lower()
    bare = re.sub(r":[0-9]*\Z", "", name).strip("[]")
    return any(fnmatchcase(one, pattern.lower().replace("[", "[[]")) for pattern in patterns for one in (bare, name))


def is_api_host(host: str, further: tuple[str, ...]) -> bool:
    """Whether general paths on a host are those of OpenAI's API: it is in the table, or in ``further`` patterns."""
    return matches_host(host, _KNOWN) or matches_host(host, further)


def is_served_elsewhere(host: str, further: tuple[str, ...]) -> bool:
    """Whether a connection to a host and port goes to an API: to a host of the table that is not this machine, to
    Ollama's port, or to one of ``further`` patterns.
    """
    return matches_host(host, (*_MODEL_SERVERS, *_CLOUDS, _OLLAMAS_PORT)) or matches_host(host, further)


def is_model_call(url: SplitResult) -> bool:
    """Whether a URL, whose path is not one of OpenAI's API, calls a model by its path or by its host."""
    return matches_host(url.netloc, _MODEL_SERVERS) or any(path.fullmatch(url.path) for path in _MODEL_CALLS)
