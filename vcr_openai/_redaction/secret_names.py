"""Secrets that are recognized by the name before them: fields, query parameters, headers, assignments in texts.

Names are read as words (``apiKey``, ``api-key`` and ``X-API-Key`` end with the words api, key). So ``max_tokens``,
``token_count``, ``prompt_cache_key`` and a logprob's ``token`` are not names of secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache

from vcr_openai._redaction.secret_shapes import PLACEHOLDER, Match, is_random

_WORD = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Last words of a name that are enough by themselves, and words that a last "key" or "token" needs before it.
_SINGLE = frozenset(
    "password passwd passphrase pwd secret apikey authorization authtoken accesstoken refreshtoken accesskey "
    "secretkey privatekey clientsecret accountkey subscriptionkey".split()
)
_KEYS = frozenset(
    "api access secret private account subscription master signing encryption shared storage auth openai azure "
    "anthropic gemini google mistral cohere groq".split()
)
_TOKENS = frozenset(
    "access refresh id auth bearer session security api secret oauth personal bot hf github gitlab slack discord "
    "telegram notion npm jwt".split()
)
_QUERY = frozenset(
    "api-key api_key apikey key sig signature token code auth jwt assertion client_assertion code_verifier "
    "x-amz-signature x-amz-credential x-amz-security-token x-goog-signature x-goog-credential awsaccesskeyid".split()
)

# Values of a secret's field that are not secrets: templates, types, masks, names of environment variables.
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

# In prose and code, "name=value" and "name: value": the value must be as random as a key is.
_ASSIGNED = tuple(
    re.compile(rf"{stem}(?:\\?[\"'])?\s{{0,4}}(?::=?|=>?)\s{{0,4}}(?:\\?[\"'])?")
    for stem in ("key", "token", "password", "passwd", "secret")
)
_VALUE = re.compile(r"(?:(?!REDACTED-)[A-Za-z0-9+/_~.-]){16,512}={0,2}(?![\w(\[])")
_DIGIT = re.compile("[0-9]")
_LONGEST_NAME = 24  # characters before a name's last word in which its owner is looked for
# A replacement may end like a secret's name, but it names nothing: a second redaction must change nothing.
_REPLACED = re.compile(rf"{PLACEHOLDER}[^\s=:&?;]*\Z", re.IGNORECASE)
_LONGEST = 80  # characters of a name, from its end, that are read
# In an address and in a form, "?name=value" with any value: names that mean one thing only.
_PARAMETER = re.compile(r"(?:[?&;#]|\\u0026)([a-z_-]{3,40})=")
_FIRST_PARAMETER = re.compile(r"([a-z_-]{3,40})=")
_PARAMETER_VALUE = re.compile(r"(?:(?!REDACTED-)[^&\s\"'<>\\#;]){8,2048}")
_SIGNED = re.compile(r"sig\Z|signature\Z|x-(?:amz|goog)-(?:signature|credential|security-token)\Z")
# What a text contains at least where it contains the name of a secret.
_STEMS = (
    *("passw", "passph", 'pwd"', 'pwd\\"', "secret", "authorization", "sig=", "signature=", "-credential="),
    *('headers"', 'headers\\"'),
)
_KEY = re.compile("key(?:" + "|".join(f"(?<={word}[-_ ]key)|(?<={word}key)" for word in sorted(_KEYS)) + ")")
_TOKEN = re.compile(
    "token(?![a-z])(?:" + "|".join(f"(?<={word}[-_ ]token)|(?<={word}token)" for word in sorted(_TOKENS)) + ")"
)


def lowered(text: str) -> str:
    """The text in lower case with every character at its place (the lower case of one letter is two characters)."""
    return text.replace("\u0130", "i").lower()


def may_name_secrets(text: str) -> bool:
    """Whether a text may contain the name of a secret; False is certain."""
    text = text.lower()
    return any(stem in text for stem in _STEMS) or bool(_KEY.search(text)) or bool(_TOKEN.search(text))


def secrets_by_name(text: str) -> Iterator[Match]:
    """The secrets in a text that follow their name; they contain neither quotes nor backslashes."""
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
    """Whether the value after a secret's name is another name: a placeholder, or a program's variable for a key."""
    return is_placeholder(value) or _WORD.findall(value)[-1].lower() in ("key", "keys", "token", "secret", "password")


@lru_cache(maxsize=4096)
def secret_field(name: str) -> str | None:
    """The kind of secret in a field with this name, as ``api-key``; None where the field holds no secret."""
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
    """The kind of secret in a query parameter or form field with this name; None where it holds no secret."""
    name = name.lower()
    return name.replace("_", "-") if name in _QUERY else secret_field(name)


def is_placeholder(value: str) -> bool:
    """Whether the value under a secret's name is not a secret: empty, a template, a mask, a type, a replacement."""
    return _NO_SECRET.match(value) is not None


def is_example(value: str, least: int) -> bool:
    """Whether a value is made up: it has fewer than ``least`` characters without words such as test or key.

    Such a value is redacted like any other, but a check does not report it.
    """
    left = _EXAMPLE_WORDS.sub("", value)
    return len(left) < least or len(set(left)) < min(least, 4)


_SECRET_HEADERS = frozenset(
    "authorization proxy-authorization api-key x-api-key cookie set-cookie set-cookie2 x-goog-api-key "
    "x-goog-iam-authorization-token x-amz-security-token x-amz-content-sha256 ocp-apim-subscription-key helicone-auth "
    "cf-aig-authorization x-portkey-api-key x-serverless-authorization x-ms-authorization-auxiliary x-auth-token "
    "x-access-token".split()
)
_SECRET_ENDINGS = ("-key", "-token", "-secret", "-auth", "-signature")  # of request headers
# Headers that name the account or change from run to run; no replay needs them.
_DROPPED_OF_REQUESTS = frozenset(
    "openai-organization openai-project user-agent x-amz-date x-goog-user-project x-goog-api-client traceparent "
    "tracestate baggage sentry-trace b3 x-request-id x-client-request-id x-ms-client-request-id x-amzn-trace-id "
    "x-cloud-trace-context idempotency-key x-together-client-user-agent x-forwarded-for x-real-ip".split()
)
_REQUEST_PREFIXES = ("x-stainless-", "x-datadog-", "x-b3-")
_DROPPED_OF_RESPONSES = frozenset(
    "openai-organization openai-project anthropic-organization-id x-request-id request-id cf-ray traceparent "
    "tracestate traceresponse apim-request-id server-timing openai-processing-ms inference-id x-cloud-trace-context "
    "via x-hostname mistral-correlation-id x-kong-request-id x-envoy-upstream-service-time x-amzn-requestid "
    "x-amzn-trace-id x-amz-id-2 x-generation-id x-trace-id x-correlation-id x-served-by x-cache nel report-to "
    "azureml-model-session".split()
)
_RESPONSE_PREFIXES = ("x-ratelimit", "ratelimit", "anthropic-ratelimit-", "x-ms-", "x-litellm-", "x-groq-")
_TRACE = re.compile(r"(?:request|trace|correlation|span)[-_]?id\Z")  # of any server or proxy
_RETRY = re.compile("retry")  # retry-after, retry-after-ms, x-ms-retry-after-ms, x-should-retry: the SDK acts on them
_PROXIED = "llm_provider-"  # LiteLLM's proxy adds this prefix to the provider's headers


def is_secret_header(name: str) -> bool:
    """Whether a header of this name, of a request or a response, holds a secret."""
    name = name.lower().removeprefix(_PROXIED)
    return name in _SECRET_HEADERS or secret_field(name) is not None


def drops_request_header(name: str) -> bool:
    """Whether a request header is not recorded: secrets, the account, and what changes from run to run."""
    name = name.lower()
    return (
        name in _DROPPED_OF_REQUESTS
        or _TRACE.search(name) is not None
        or is_secret_header(name)
        or name.startswith(_REQUEST_PREFIXES)
        or name.endswith(_SECRET_ENDINGS)
    )


def drops_response_header(name: str) -> bool:
    """Whether a response header is not recorded: secrets, the account, rate limits, traces. Replay needs none."""
    name = name.lower().removeprefix(_PROXIED)
    if _RETRY.search(name):
        return False
    return (
        name in _DROPPED_OF_RESPONSES
        or _TRACE.search(name) is not None
        or is_secret_header(name)
        or name.startswith(_RESPONSE_PREFIXES)
    )
