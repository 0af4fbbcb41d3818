"""Secrets that are recognized by their shape: the table of the kinds, and the search of a text for them.

Every pattern takes linear time (bounded repeats, none nested), and a row has what distinguishes a key from a word that
only begins like one: keys are random. A key is only found where no token character precedes it. This excludes ``task-``
and base64url (reasoning's ``encrypted_content``); base64 images contain no ``-`` and no ``_``.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Callable, Iterator
from collections.abc import Set as AbstractSet
from dataclasses import dataclass
from functools import cached_property
from typing import NamedTuple

from vcr_openai._secrets.literals import Literals
from vcr_openai._secrets.secret_values import is_no_secret, is_random, looks_like_key

PLACEHOLDER = "REDACTED-"  # how the replacement of a secret begins; no kind's shape matches it
_TOKEN = "[A-Za-z0-9_-]"
_BASE64 = "[A-Za-z0-9+/=]"


class Match(NamedTuple):
    """The place and kind of a secret in a text."""

    start: int
    end: int
    kind: str

    @property
    def replacement(self) -> str:
        """The text that replaces it: one constant for each kind (a digest of a weak secret could be reversed)."""
        return PLACEHOLDER + self.kind


@dataclass(frozen=True)
class Shape:
    """A kind of secret. The first group of ``pattern`` is replaced; ``genuine`` judges the last one."""

    kind: str
    hint: str  # a literal that every match contains: a text without it is not searched
    regex: str
    genuine: Callable[[str], bool]
    delimited: bool = False  # the pattern begins with a delimiter, so any character may precede it

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """The expression, compiled when a text has the hint."""
        return re.compile(self.regex)


def _key(  # noqa: PLR0913, PLR0917 - a row of a table
    kind: str, prefix: str, least: int, run: int, hint: str = "", characters: str = _TOKEN
) -> Shape:
    """A key with a prefix: ``least`` further characters, ``run`` of them letters and digits in a row."""
    regex = f"({prefix}({characters}{{{least},512}}))"
    return Shape(kind, hint or prefix, regex, lambda body: is_random(body, run))


def _has_alg(header: str) -> bool:
    """Whether it is a JWT's first part: base64url of a JSON object with ``alg`` (RFC 7515, section 4.1.1)."""
    try:
        value = json.loads(base64.urlsafe_b64decode(header + "=" * (-len(header) % 4)))
    except (ValueError, RecursionError):
        return False
    return isinstance(value, dict) and "alg" in value


def _is_basic(text: str) -> bool:
    """Whether it is base64 of ``user:password`` (RFC 7617)."""
    try:
        return b":" in base64.b64decode(text, validate=True)
    except binascii.Error:
        return False


def _is_bearer(text: str) -> bool:
    return not text.startswith(PLACEHOLDER) and is_random(text, 12)


def _is_pem_body(text: str) -> bool:
    return re.search(r"[A-Za-z0-9+/=]{30}", text) is not None


def _is_password(text: str) -> bool:
    """Whether it is the password of an address; not a template, nor a port before HTML (``http://h:80>a@b``)."""
    return not is_no_secret(text) and not re.match(r"REDACTED-|[0-9]{1,5}[<>]|(?:password|secret|token)\Z", text)


def _always(_: str) -> bool:
    return True


def _delimited(kind: str, hint: str, regex: str, genuine: Callable[[str], bool] = _always) -> Shape:
    """A secret that a delimiter or a word announces."""
    return Shape(kind, hint, regex, genuine, delimited=True)


_PEM = (
    r"(-----BEGIN (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----"
    r"((?:[A-Za-z0-9+/=:,.\s]|\\+[nr/]|-(?!----))*)"
    r"(?:-----END (?:[A-Z0-9]{1,20} ){0,4}PRIVATE KEY(?: BLOCK)?-----)?)"
)
_BEARER = r"[Bb]earer(?:\s|\+|%20){1,4}(([A-Za-z0-9._~+/-]{16,16384}={0,2}))"
_CREDENTIALS = r":(?:\\?/){2}([^\s/@:\"'<>\\?#]{0,256}:([^\s/@\"'\\?#]{1,256}))@"
_USER_ONLY = r":(?:\\?/){2}(([^\s/@:\"'<>\\?#]{16,1024})):?@"  # a token in the place of the user
_SLACK_HOOK = r"hooks\.slack\.com\\?/(?:services|workflows|triggers)\\?/"
_DISCORD = r"discord(?:app)?\.com\\?/api\\?/webhooks\\?/([0-9]{17,20}\\?/[A-Za-z0-9_-]{60,80})"
# The beginning is part of the pattern, unlike with other shapes: a long run of "eyJ" would take quadratic time.
_BEGINS_EYJ = r"(?:(?<![A-Za-z0-9_-]eyJ)|(?<=\\[nrtbf]eyJ)|(?<=\\u[0-9a-fA-F]{4}eyJ)|(?<=%[0-9a-fA-F]{2}eyJ))"
_JWT = f"((eyJ{_BEGINS_EYJ}{_TOKEN}{{8,4096}})\\.{_TOKEN}{{2,16384}}\\.{_TOKEN}{{0,4096}})"

# Sources: each vendor's own page about its keys where there is one, else gitleaks' and GitHub's lists of patterns.
# The first row that matches a stretch of text gives its kind.
SHAPES = (
    _key("anthropic-key", "sk-ant-(?:api|admin|oat|ort|sid)?[0-9]{0,2}-?", 20, 8, "sk-"),
    _key("openrouter-key", "sk-or-(?:v[0-9]-)?", 20, 16, "sk-"),
    _key("langfuse-key", "sk-lf-", 20, 8, "sk-"),
    _key("openai-key", "sk-(?:proj|svcacct|admin|service|None)-", 20, 8, "sk-"),
    _key("openai-key", "sk-", 16, 16),  # the old keys; DeepSeek, LiteLLM and others use the same prefix
    _key("openai-ephemeral-key", "ek_", 20, 16),  # Realtime's client secrets
    _key("google-key", "AIza", 30, 8),
    _key("google-key", r"AQ\.Ab", 30, 8, "AQ.Ab"),
    _key("google-token", r"ya29\.", 20, 8, "ya29.", "[A-Za-z0-9_.-]"),
    _key("google-refresh-token", "1//0", 40, 8),
    _key("google-client-secret", "GOCSPX-", 20, 8),
    Shape("azure-key", "JQQJ99", "([A-Za-z0-9]{52}JQQJ99[A-Za-z0-9]{26})", _always),
    Shape("aws-access-key", "AKIA", f"(AKIA[A-Z0-9]{{16}})(?!{_TOKEN})", _always),
    Shape("aws-access-key", "ASIA", f"(ASIA[A-Z0-9]{{16}})(?!{_TOKEN})", _always),
    _key("aws-bedrock-key", "ABSK", 60, 16, characters=_BASE64),
    _key("aws-bedrock-key", "bedrock-api-key-", 60, 16, characters=_BASE64),
    *(_key("aws-session-token", start, 100, 16, characters=_BASE64) for start in ("IQoJb3JpZ2luX2Vj", "FwoGZXIvYXdz")),
    *(_key("hugging-face-token", start, 20, 20, characters="[A-Za-z0-9]") for start in ("hf_", "api_org_")),
    *(_key("github-token", f"gh{letter}_", 20, 20) for letter in "pousr"),
    _key("github-token", "github_pat_", 20, 16),
    *(_key("gitlab-token", f"gl{of}-", 16, 8) for of in ("pat", "dt", "rt", "cbt", "ptt", "soat", "oas")),
    _key("slack-token", "xox[a-z]-", 12, 6, "xox"),
    _key("slack-token", "xapp-", 20, 8),
    _key("slack-webhook", _SLACK_HOOK, 20, 8, "hooks.slack.com", r"(?:[A-Za-z0-9_-]|\\?/)"),
    Shape("discord-webhook", "/webhooks", _DISCORD, _always),
    Shape("telegram-token", ":AA", f"([0-9]{{8,10}}:AA{_TOKEN}{{33}})(?!{_TOKEN})", _always),
    _key("stripe-key", "[rs]k_(?:live|test)_", 16, 16, "k_live_"),
    _key("stripe-key", "[rs]k_test_", 16, 16, "k_test_"),
    _key("webhook-secret", "whsec_", 20, 16, characters=_BASE64),
    _key("groq-key", "gsk_", 20, 16),
    _key("xai-key", "xai-", 20, 16),
    _key("cerebras-key", "csk-", 20, 16),
    _key("perplexity-key", "pplx-", 20, 16),
    _key("replicate-token", "r8_", 20, 16),
    _key("fireworks-key", "fw_", 20, 16, characters="[A-Za-z0-9]"),
    _key("together-key", "tgp_v1_", 20, 8),
    _key("nvidia-key", "nvapi-", 20, 8),
    _key("tavily-key", "tvly-", 16, 12),
    _key("pinecone-key", "pcsk_", 20, 8),
    _key("langsmith-key", "lsv2_(?:pt|sk)_", 20, 16, "lsv2_"),
    _key("logfire-token", "pylf_v[0-9]_", 16, 12, "pylf_v"),
    _key("databricks-token", "dapi", 32, 32, characters="[0-9a-f]"),
    _key("wandb-key", "wandb_v1_", 20, 16),
    _key("jina-key", "jina_", 30, 16),
    _key("elevenlabs-key", "sk_", 48, 48, characters="[0-9a-f]"),
    _key("vercel-key", "vck_", 20, 16),
    _key("firecrawl-key", "fc-", 32, 32, characters="[0-9a-f]"),
    _key("e2b-key", "e2b_", 32, 32, characters="[0-9a-f]"),
    _key("linear-key", "lin_api_", 30, 30),
    *(_key("notion-token", start, 40, 40, characters="[A-Za-z0-9]") for start in ("ntn_", "secret_")),
    _key("figma-token", "figd_", 30, 8),
    _key("atlassian-token", "ATATT3", 60, 8, characters="[A-Za-z0-9_=-]"),
    _key("vault-token", r"hvs\.", 24, 8, "hvs."),
    *(_key("grafana-token", start, 30, 16, characters="[A-Za-z0-9_+/=-]") for start in ("glsa_", "glc_")),
    *(_key("sentry-token", f"sntry{of}_", 40, 16, characters="[A-Za-z0-9_+/=-]") for of in "su"),
    _key("newrelic-key", "NRAK-", 27, 27),
    _key("posthog-key", "phx_", 40, 16),
    _key("supabase-key", "sbp_", 40, 40),
    _key("supabase-key", "sb_secret_", 22, 8),
    *(_key("shopify-token", f"shp{of}_", 32, 32, characters="[0-9a-f]") for of in ("at", "ca", "pa", "ss")),
    _key("docker-token", "dckr_pat_", 20, 8),
    _key("age-secret-key", "AGE-SECRET-KEY-1", 58, 58, characters="[A-Z0-9]"),
    _key("npm-token", "npm_", 30, 30, characters="[A-Za-z0-9]"),
    _key("pypi-token", "pypi-AgE", 20, 8),
    _key("sendgrid-key", r"SG\.", 30, 8, "SG.", "[A-Za-z0-9_.-]"),
    _key("digitalocean-token", "do[opr]_v1_", 32, 32, "_v1_"),
    Shape("jwt", "eyJ", _JWT, _has_alg),
    _delimited("bearer-token", "earer", _BEARER, _is_bearer),
    _delimited("basic-credentials", "asic", r"[Bb]asic(?:\s|%20){1,4}(([A-Za-z0-9+/]{8,4096}={0,2}))", _is_basic),
    _delimited("cookie", "__cf_bm=", r"__cf_bm=(([A-Za-z0-9_.~%-]{20,1024}))"),
    _delimited("cookie", "_cfuvid=", r"_cfuvid=(([A-Za-z0-9_.~%-]{20,1024}))"),
    _delimited("cookie", "ookie: ", r"[Cc]ookie: ([^\s=\"'\\]{1,256}=([^\s\"'\\]{1,4096}))", _is_bearer),
    _delimited("url-credentials", "@", _CREDENTIALS, _is_password),
    _delimited("url-credentials", "@", _USER_ONLY, looks_like_key),
    _delimited("pem-private-key", "-----BEGIN", _PEM, _is_pem_body),
)

_TOKEN_CHARACTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-")
# An escape before a key ends with a letter or digit, but is not part of the word: JSON within JSON, a URL's %3D.
_ESCAPE_BEFORE = re.compile(r"(?:\\[nrtbf]|\\u[0-9a-fA-F]{4}|%[0-9a-fA-F]{2})\Z")
_BLOB = re.compile(r"[A-Za-z0-9+/]{57,}(?:(?:[\s]|\\+[nr]){1,8}[A-Za-z0-9+/]{57,})*")
_BLOB_LENGTH = 600
_HINTS = Literals(shape.hint for shape in SHAPES)


def secrets_by_shape(text: str, hints: AbstractSet[str] | None = None) -> Iterator[Match]:
    """The secrets in a text that are recognized by their shape; they may overlap. A blob of base64 is no text.

    ``hints`` are those that the text has (``hints.words_of_hints``), where they are known.
    """
    blobs: list[tuple[int, int]] | None = None
    hints = _HINTS.found_in(text) if hints is None else hints
    if not hints:
        return
    for shape in SHAPES:
        if shape.hint in hints:
            for found in shape.pattern.finditer(text):
                match = _before_replacement(found, text)
                if (
                    match
                    and (shape.delimited or _begins(text, match.start()))
                    and shape.genuine(match[match.re.groups])
                ):
                    if not shape.delimited:
                        blobs = _blobs(text) if blobs is None else blobs
                        if any(start < match.start(1) < end for start, end in blobs):
                            continue
                    yield Match(*match.span(1), shape.kind)


def _blobs(text: str) -> list[tuple[int, int]]:
    """Where a text contains base64 that is longer than any key: an image, a document, on one line or on many."""
    return [found.span() for found in _BLOB.finditer(text) if found.end() - found.start() >= _BLOB_LENGTH]


def _before_replacement(match: re.Match[str], text: str) -> re.Match[str] | None:
    """The match up to the replacement of an earlier redaction, which is not part of a secret."""
    start = text.find(PLACEHOLDER, match.start(), match.end() + len(PLACEHOLDER) - 1)
    return match if start < 0 else match.re.match(text, match.start(), start)


def _begins(text: str, position: int) -> bool:
    return (
        position == 0
        or text[position - 1] not in _TOKEN_CHARACTERS
        or _ESCAPE_BEFORE.search(text, max(0, position - 6), position) is not None
    )
