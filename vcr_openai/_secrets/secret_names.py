"""Secrets that are recognized by the name before them: fields, query parameters, headers, assignments in texts.

Most names make any value a secret. Those that have another meaning, too (``code``, ``token``, ``pass``), make only a
value a secret that looks like one. Names are read as words (``apiKey``, ``api-key`` and ``X-API-Key`` end with the
words api, key). So ``max_tokens``, ``token_count`` and ``prompt_cache_key`` are not names of secrets.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from urllib.parse import unquote_plus

from vcr_openai._secrets.secret_shapes import PLACEHOLDER, SHAPES, Match
from vcr_openai._secrets.secret_values import (
    is_code,
    is_name,
    is_no_secret,
    is_random,
    is_readable,
    looks_like_key,
    looks_like_password,
)

_WORD = re.compile("[A-Z]+(?![a-z])|[A-Z]?[a-z]+|[0-9]+")
# Last words of a name that are enough by themselves, and words that a last "key" or "token" needs before it.
_SINGLE = frozenset(
    "password passwd passphrase secret apikey authorization authtoken accesstoken refreshtoken accesskey "
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
# Names that have other meanings, too, as a whole (in an address) or as the last word of any name.
_AMBIGUOUS_PARAMETERS = frozenset("key sig signature code assertion client_assertion code_verifier".split())
_AMBIGUOUS = frozenset("token auth jwt cookie cookies credential credentials creds pass pwd passcode".split())
_CHOSEN = frozenset("pass pwd passcode auth credential credentials creds".split())  # may have a person's password
# Words before "token" of texts that a model reads, and of places in a list.
_NO_OWNERS = frozenset(
    "page next previous prev continuation continue cursor sync resume pad eos bos unk cls sep mask start end stop "
    "begin special image audio idempotency request max total".split()
)
_PARAMETERS = frozenset(
    "api-key api_key apikey x-amz-signature x-amz-credential x-amz-security-token x-goog-signature x-goog-credential "
    "awsaccesskeyid".split()
)
_ENCODED = re.compile("(?=.*[+=])(?=.*[0-9])(?:[^A-Za-z]*[A-Za-z]){3}")  # base64, not a number

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
_SHORTEST = 7  # characters that a signature has more of
_LONGEST = 80  # characters of a name, from its end, that are read
# In an address and in a form, "?name=value" with any value: names that mean one thing only.
_PARAMETER = re.compile(r"(?:[?&;#]|\\u0026)([a-z_-]{3,40})=")
_FIRST_PARAMETER = re.compile(r"([a-z_-]{3,40})=")
_PARAMETER_VALUE = re.compile(r"(?:(?!REDACTED-)[^&\s\"'<>\\#;]){8,2048}")
# What a text contains at least where it contains the name of a secret.
_STEMS = (
    *("passw", "passph", "secret", "authorization", "sig=", "signature=", "-credential="),
    *('headers"', 'headers\\"'),
)
_KEY = re.compile("key(?:" + "|".join(f"(?<={word}[-_ ]key)|(?<={word}key)" for word in sorted(_KEYS)) + ")")
_TOKEN = re.compile(
    "token(?![a-z])(?:" + "|".join(f"(?<={word}[-_ ]token)|(?<={word}token)" for word in sorted(_TOKENS)) + ")"
)
_AMBIGUOUS_MEMBER = re.compile(rf"(?:{'|'.join(sorted(_AMBIGUOUS))})\\*[\"']")
# Of these literals, in lower case, a text has at least one where ``may_name_secrets`` is true.
NAME_HINTS = frozenset(
    [
        *_STEMS,
        *(f"{word}{mark}key" for word in _KEYS for mark in ("", "-", "_", " ")),
        *(f"{word}{mark}token" for word in _TOKENS for mark in ("", "-", "_", " ")),
        *(f"{word}{end}" for word in _AMBIGUOUS for end in ("\\", '"', "'")),
    ]
)


def lowered(text: str) -> str:
    """The text in lower case with every character at its place (the lower case of one letter is two characters)."""
    return text.replace("\u0130", "i").lower()


def may_name_secrets(text: str) -> bool:
    """Whether a text may contain the name of a secret; False is certain."""
    text = text.lower()
    return any(stem in text for stem in _STEMS) or any(
        pattern.search(text) for pattern in (_KEY, _TOKEN, _AMBIGUOUS_MEMBER)
    )


def secrets_by_name(text: str) -> Iterator[Match]:
    """The secrets in a text that follow their name; they contain neither quotes nor backslashes."""
    low = lowered(text)
    for pattern in _ASSIGNED:
        for head in pattern.finditer(low):
            value = _VALUE.match(text, head.end())
            if value and is_random(value[0], 8) and _DIGIT.search(value[0]) and not _is_reference(value[0]):
                end = head.start() + len(re.split(r"[\s\"'\\=:]+\Z", head[0])[0])
                kind = secret_field(text[max(0, head.start() - _LONGEST_NAME) : end])
                if kind and not _REPLACED.search(text, max(0, end - _LONGEST), end):
                    yield Match(*value.span(), kind)
    ends: dict[str, int] = {}  # by name: a parameter in the value of one with its name is judged with that
    first = _FIRST_PARAMETER.match(low)
    for head in [*([first] if first else ()), *_PARAMETER.finditer(low)]:
        value = None if head.start() < ends.get(head[1], 0) else _PARAMETER_VALUE.match(text, head.end())
        ends[head[1]] = value.end() if value else ends.get(head[1], 0)
        if value and (kind := secret_parameter(head[1], value[0])) and not is_code(value[0]):
            yield Match(*value.span(), "signature" if kind == "sig" else kind)


def _is_reference(value: str) -> bool:
    """Whether the value after a secret's name is another name: a placeholder, or a program's variable for a key."""
    return is_placeholder(value) or is_code(value) or is_name(re.split("[./:]", value)[-1].replace("-", "_"))


@lru_cache(maxsize=4096)
def secret_field(name: str) -> str | None:
    """The kind of secret in a field with this name, as ``api-key``; None where the field has no secret."""
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


def secret_member(name: str, value: str) -> str | None:
    """The kind of secret that a value is because of its field's name; None where it is no secret.

    Any value that is not a placeholder under a name that means one thing only; under a name with several meanings a
    value that looks like a key, or like a password where people choose it.
    """
    if kind := secret_field(name):
        return None if is_placeholder(value) else kind
    words: list[str] = [word.lower() for word in _WORD.findall(name[-_LONGEST:])]
    if not words or words[-1] not in _AMBIGUOUS or (words[-2:-1] and words[-2] in _NO_OWNERS):
        return None
    looks_secret = looks_like_password if words[-1] in _CHOSEN else looks_like_key
    return words[-1] if looks_secret(value) and not is_placeholder(value) else None


def secret_parameter(name: str, value: str) -> str | None:
    """The same for a query parameter or form field; ``value`` is percent-encoded."""
    low, value = name.lower(), unquote_plus(value)
    if low in _PARAMETERS:
        return None if is_placeholder(value) else low.replace("_", "-")
    if low in _AMBIGUOUS_PARAMETERS:
        encoded = len(value) > _SHORTEST and _ENCODED.match(value)
        is_signature = low.startswith("sig") and encoded and not is_readable(value)
        return low.replace("_", "-") if (is_signature or looks_like_key(value)) and not is_placeholder(value) else None
    return secret_member(name, value)


def hides_parameter(name: str, value: str) -> bool:
    """Whether messages leave out the value of a query parameter: more values than are secrets in a file."""
    is_secret = name.lower() in _AMBIGUOUS_PARAMETERS | _AMBIGUOUS | _PARAMETERS or secret_field(name) is not None
    return secret_parameter(name, value) is not None if name.lower() == "code" else is_secret


def is_placeholder(value: str) -> bool:
    """Whether the value under a secret's name is not a secret: empty, a template, prose, … or a replacement."""
    return is_replacement(value) or is_no_secret(value)


def is_replacement(value: str) -> bool:
    """Whether a value is what redaction writes in the place of a secret, of whatever kind."""
    if not value.startswith(PLACEHOLDER):
        return False
    kind = value.removeprefix(PLACEHOLDER)
    return kind in _KINDS or secret_field(kind) == kind


_SECRET_HEADERS = frozenset(
    "authorization proxy-authorization api-key x-api-key cookie set-cookie set-cookie2 x-goog-api-key "
    "x-goog-iam-authorization-token x-amz-security-token x-amz-content-sha256 ocp-apim-subscription-key helicone-auth "
    "cf-aig-authorization x-portkey-api-key x-serverless-authorization x-ms-authorization-auxiliary x-auth-token "
    "x-access-token token auth key secret signature jwt credential credentials password".split()
)
_KINDS = (
    frozenset(shape.kind for shape in SHAPES)
    | frozenset(name.replace("_", "-") for name in (*_PARAMETERS, *_AMBIGUOUS_PARAMETERS, *_AMBIGUOUS))
    | _SECRET_HEADERS
    | {"custom", "mcp-header", "header"}
)
_SECRET_ENDINGS = ("-key", "-token", "-secret", "-auth", "-signature", "-credential", "-credentials", "-jwt")
# Headers with such an ending by which caches, databases and clients that page find something.
_FINDS = re.compile(
    r"(?:^|-)(?:ratelimit|cache|surrogate|public|partition|row|idempotency|page|next|previous|cursor|continuation|sync)"
    r"(?:-[a-z]+)?\Z"
)
# Headers that name the account or change from run to run; no replay needs them.
_DROPPED_OF_REQUESTS = frozenset(
    "openai-organization openai-project user-agent x-amz-date x-goog-user-project x-goog-api-client traceparent "
    "tracestate baggage sentry-trace b3 x-request-id x-client-request-id x-ms-client-request-id x-amzn-trace-id "
    "x-cloud-trace-context idempotency-key x-together-client-user-agent x-forwarded-for x-real-ip".split()
)
_REQUEST_PREFIXES = ("x-stainless-", "x-datadog-", "x-b3-")
_TRACE = re.compile(r"(?:request|trace|correlation|span)[-_]?id\Z")  # of any server or proxy
PROXIED = "llm_provider-"  # LiteLLM's proxy adds this prefix to the provider's headers


def is_secret_header(name: str) -> bool:
    """Whether a header of this name, of a request or a response, has a secret."""
    name = name.lower().removeprefix(PROXIED)
    return name in _SECRET_HEADERS or secret_field(name) is not None


def secret_header(name: str) -> str | None:
    """The kind of secret in a header of this name, as ``api-key``, ``header``; None where it has no secret."""
    if is_secret_header(name):
        return secret_field(name) or name.lower()
    name = name.lower()
    return "header" if name.endswith(_SECRET_ENDINGS) and not _FINDS.search(name.rpartition("-")[0]) else None


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
    """Whether a response header is not recorded: it is a secret. Clients may read any other on replay.

    Of a cookie only the value is one.
    """
    return name.lower() != "set-cookie" and is_secret_header(name)
