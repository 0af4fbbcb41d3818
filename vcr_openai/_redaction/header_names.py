"""Headers by name: those that are secrets, and those that no replay needs and every run has otherwise."""

from __future__ import annotations

import re

from vcr_openai._redaction.secret_names import secret_field

_REQUEST_SECRETS = frozenset(
    [
        "authorization",
        "proxy-authorization",
        "api-key",
        "x-api-key",
        "cookie",
        "x-goog-api-key",
        "x-goog-iam-authorization-token",
        "x-amz-security-token",
        "x-amz-content-sha256",
        "ocp-apim-subscription-key",
        "helicone-auth",
        "cf-aig-authorization",
        "x-portkey-api-key",
        "x-serverless-authorization",
        "x-ms-authorization-auxiliary",
        "x-auth-token",
        "x-access-token",
    ]
)
_REQUEST_NOISE = frozenset(
    [
        "openai-organization",
        "openai-project",
        "user-agent",
        "x-amz-date",
        "x-goog-user-project",
        "x-goog-api-client",
        "traceparent",
        "tracestate",
        "baggage",
        "sentry-trace",
        "b3",
        "x-request-id",
        "x-client-request-id",
        "x-ms-client-request-id",
        "x-amzn-trace-id",
        "x-cloud-trace-context",
        "idempotency-key",
        "x-together-client-user-agent",
        "x-forwarded-for",
        "x-real-ip",
    ]
)
_REQUEST_PREFIXES = ("x-stainless-", "x-datadog-", "x-b3-")
_RESPONSE_SECRETS = frozenset(["set-cookie", "set-cookie2"])
_RESPONSE_NOISE = frozenset(
    [
        "openai-organization",
        "openai-project",
        "anthropic-organization-id",
        "x-request-id",
        "request-id",
        "cf-ray",
        "traceparent",
        "tracestate",
        "traceresponse",
        "apim-request-id",
        "server-timing",
        "openai-processing-ms",
        "inference-id",
        "x-cloud-trace-context",
        "via",
        "x-hostname",
        "mistral-correlation-id",
        "x-kong-request-id",
        "x-envoy-upstream-service-time",
        "x-amzn-requestid",
        "x-amzn-trace-id",
        "x-amz-id-2",
        "x-generation-id",
        "x-trace-id",
        "x-correlation-id",
        "x-served-by",
        "x-cache",
        "nel",
        "report-to",
        "azureml-model-session",
    ]
)
_RESPONSE_PREFIXES = ("x-ratelimit", "ratelimit", "anthropic-ratelimit-", "x-ms-", "x-litellm-", "x-groq-")
_TRACE = re.compile(r"(?:request|trace|correlation|span)[-_]?id\Z")  # of whatever server or proxy
_RETRY = re.compile("retry")  # retry-after, retry-after-ms, x-ms-retry-after-ms, x-should-retry: the SDK acts on them
_PROXIED = "llm_provider-"  # LiteLLM's proxy hands the provider's headers on under this prefix


def is_secret_header(name: str) -> bool:
    """Whether a header's value, of a request or a response, lets somebody in."""
    name = name.lower().removeprefix(_PROXIED)
    return name in _REQUEST_SECRETS or name in _RESPONSE_SECRETS or secret_field(name) is not None


def drops_request_header(name: str) -> bool:
    """Whether a request's header is not recorded: secrets, account, and what changes from run to run."""
    name = name.lower()
    return (
        name in _REQUEST_NOISE
        or _TRACE.search(name) is not None
        or is_secret_header(name)
        or name.startswith(_REQUEST_PREFIXES)
        or name.endswith(("-key", "-token", "-secret", "-auth", "-signature"))
    )


def drops_response_header(name: str) -> bool:
    """Whether a response's header is not recorded: secrets, account, rate limits, traces; none that replay needs."""
    name = name.lower().removeprefix(_PROXIED)
    if _RETRY.search(name):
        return False
    return (
        name in _RESPONSE_NOISE
        or _TRACE.search(name) is not None
        or is_secret_header(name)
        or name.startswith(_RESPONSE_PREFIXES)
    )
