"""Secrets that are known by the name they stand under: fields, query parameters, assignments in texts.

The rule of this file: names are read as words (``apiKey``, ``api-key`` and ``X-API-Key`` end in the words api, key), so
``max_tokens``, ``token_count``, ``prompt_cache_key`` and a logprob's ``token`` are none of them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from vcr_openai._redaction.secret_shapes import PLACEHOLDER, is_random
from vcr_openai._redaction.secrets import Match

_WORD = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
_SINGLE = frozenset(
    [
        "password",
        "passwd",
        "passphrase",
        "pwd",
        "secret",
        "apikey",
        "authorization",
        "authtoken",
        "accesstoken",
        "refreshtoken",
        "accesskey",
        "secretkey",
        "privatekey",
        "clientsecret",
        "accountkey",
        "subscriptionkey",
    ]
)
_KEYS = frozenset(
    [
        "api",
        "access",
        "secret",
        "private",
        "account",
        "subscription",
        "master",
        "signing",
        "encryption",
        "shared",
        "storage",
        "auth",
        "openai",
        "azure",
        "anthropic",
        "gemini",
        "google",
        "mistral",
        "cohere",
        "groq",
    ]
)
_TOKENS = frozenset(
    [
        "access",
        "refresh",
        "id",
        "auth",
        "bearer",
        "session",
        "security",
        "api",
        "secret",
        "oauth",
        "personal",
        "bot",
        "hf",
        "github",
        "gitlab",
        "slack",
        "discord",
        "telegram",
        "notion",
        "npm",
        "jwt",
    ]
)

# Values of a secret's field that are none: templates, types, masks, names of environment variables.
_NO_SECRET = re.compile(
    r"(?i:(?:bearer|basic|token) )?(?:\s*\Z|\$\{|\$[A-Z_]+\Z|\{\{|%\w+%\Z|<[^<>]*>\Z|\[[^\[\]]*\]\Z"
    r"|(?i:redacted)|[*.•xX…#-]+\Z|[A-Z][A-Z0-9]*(?:_[A-Z0-9]+)+\Z|(?i:null|none|true|false|string|str|text"
    r"|undefined|optional|required|nan|n/?a|auto|always|never|yes|no)\Z)"
)
_EXAMPLE_WORDS = re.compile(
    r"testing|test|user(?:name)?|admin|root|guest|postgres|fake|dummy|mock|example|sample|demo|placeholder|your|my|here|some|foo|bar|baz|none|null|key|api|token"
    r"|secret|password|passwd|pass|redacted|filtered|masked|scrubbed|hidden|changeme|openai|azure|google|anthropic|set|cookie"
    r"|bearer|basic|proj|live|invalid|wrong|bad|not|real|value|the|a|is|insert|replace|me|abc|123|x{3,}|0{4,}|[^A-Za-z0-9]+",
    re.IGNORECASE,
)

# Dropped from requests. The first set identifies somebody, the second is noise that changes from run to run.
_DIGIT = re.compile("[0-9]")

_QUERY = frozenset(
    [
        "api-key",
        "api_key",
        "apikey",
        "key",
        "sig",
        "signature",
        "token",
        "code",
        "auth",
        "jwt",
        "assertion",
        "client_assertion",
        "code_verifier",
        "x-amz-signature",
        "x-amz-credential",
        "x-amz-security-token",
        "x-goog-signature",
        "x-goog-credential",
        "awsaccesskeyid",
    ]
)
# In prose and code, "name=value" and "name: value": the value must be as random as a key is.
_ASSIGNED = tuple(
    re.compile(rf"{stem}(?:\\?[\"'])?\s{{0,4}}(?::=?|=>?)\s{{0,4}}(?:\\?[\"'])?")
    for stem in ("key", "token", "password", "passwd", "secret")
)
_VALUE = re.compile(r"(?:(?!REDACTED-)[A-Za-z0-9+/_~.-]){16,512}={0,2}(?![\w(\[])")
_LONGEST_NAME = 24  # characters before a name's last word that say of what it is
# A name that was a secret in part names nothing: what stands behind it was none when it was read first.
_REPLACED = re.compile(rf"{PLACEHOLDER}[^\s=:&?;]*\Z", re.IGNORECASE)
_LONGEST = 80  # characters of a name, from its end, that are read
# In an address and in a form, "?name=value", whatever the value: names that mean one thing only.
_PARAMETER = re.compile(r"(?:[?&;#]|\\u0026)([a-z_-]{3,40})=")
_FIRST_PARAMETER = re.compile(r"([a-z_-]{3,40})=")
_PARAMETER_VALUE = re.compile(r"(?:(?!REDACTED-)[^&\s\"'<>\\#;]){8,2048}")
_SIGNED = re.compile(r"sig\Z|signature\Z|x-(?:amz|goog)-(?:signature|credential|security-token)\Z")

_STEMS = (
    "passw",
    "passph",
    'pwd"',
    'pwd\\"',
    "secret",
    "authorization",
    "sig=",
    "signature=",
    "-credential=",
    'headers"',
    'headers\\"',
)
_KEY = re.compile("key(?:" + "|".join(f"(?<={word}[-_ ]key)|(?<={word}key)" for word in sorted(_KEYS)) + ")")
_TOKEN = re.compile(
    "token(?![a-z])(?:" + "|".join(f"(?<={word}[-_ ]token)|(?<={word}token)" for word in sorted(_TOKENS)) + ")"
)


def lowered(text: str) -> str:
    """The text in lower case, each character at its place (one letter's lower case is two characters)."""
    return text.replace("\u0130", "i").lower()


def may_name_secrets(text: str) -> bool:
    """Whether a text may hold the name of a secret; False is certain."""
    text = text.lower()
    return any(stem in text for stem in _STEMS) or bool(_KEY.search(text)) or bool(_TOKEN.search(text))


def named(text: str) -> Iterator[Match]:
    """The secrets in a text that the name before them gives away; no quote and no backslash is in them."""
    low = lowered(text)
    for pattern in _ASSIGNED:
        for head in pattern.finditer(low):
            value = _VALUE.match(text, head.end())
            if value and is_random(value[0], 8) and _DIGIT.search(value[0]) and not _is_name(value[0]):
                end = head.start() + len(re.split(r"[\s\"'\\=:]+\Z", head[0])[0])
                kind = secret_field(text[max(0, head.start() - _LONGEST_NAME) : end])
                if kind and not _REPLACED.search(text, max(0, end - _LONGEST), end):
                    yield Match(*value.span(), kind)
    first = _FIRST_PARAMETER.match(low)
    for head in [*([first] if first else ()), *_PARAMETER.finditer(low)]:
        kind = "signature" if _SIGNED.match(head[1]) else secret_field(head[1])
        value = _PARAMETER_VALUE.match(text, head.end()) if kind else None
        if kind and value and not is_placeholder(value[0]):
            yield Match(*value.span(), kind)


def _is_name(value: str) -> bool:
    """Whether what stands behind a secret's name is another name: a placeholder, or what a program calls its key."""
    return is_placeholder(value) or _WORD.findall(value)[-1].lower() in ("key", "keys", "token", "secret", "password")


@lru_cache(maxsize=4096)
def secret_field(name: str) -> str | None:
    """The kind of the secret that stands under a field's name, as ``api-key``; None for any other name."""
    name = name[-_LONGEST:]
    if PLACEHOLDER.lower() in name.lower():
        return None
    words: list[str] = [word.lower() for word in _WORD.findall(name)]
    if not words:
        return None
    if words[-1] in _SINGLE:
        return words[-1]
    owners = {"key": _KEYS, "token": _TOKENS}.get(words[-1], frozenset())
    return f"{words[-2]}-{words[-1]}" if words[-2:-1] and words[-2] in owners else None


def secret_parameter(name: str) -> str | None:
    """The kind of the secret in a query parameter or form field of that name, None for any other."""
    name = name.lower()
    if name in _QUERY:
        return name.replace("_", "-")
    kind: str | None = secret_field(name)
    return kind


def is_placeholder(value: str) -> bool:
    """Whether the value under a secret's name is evidently none: empty, a template, a mask, a type, a replacement."""
    return _NO_SECRET.match(value) is not None


def is_example(value: str, least: int) -> bool:
    """Whether a value is one that people make up: fewer than ``least`` characters beside words such as test or key.

    Such a value is redacted like any other, but a check does not report it.
    """
    left = _EXAMPLE_WORDS.sub("", value)
    return len(left) < least or len(set(left)) < min(least, 4)
