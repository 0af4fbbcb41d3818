"""What is a secret and what is not: each kind in each place, and texts that only look like secrets."""

from __future__ import annotations

import base64
import json
from collections.abc import Callable
from itertools import combinations
from typing import Any
from urllib.parse import quote, quote_plus

import pytest
from made_up_secrets import HEX, MIXED, SECRETS
from messages import question, redacted_answer, redacted_uri

from vcr_openai._redaction.redact import find_secrets, redact_request
from vcr_openai._secrets.secret_shapes import SHAPES

VALUES = list(SECRETS.values())
FALSE_FRIENDS = [
    "task-1234567890abcdef1234567890",
    "risk-assessment-2024-of-the-whole-company",
    "sk-learn-getting-started-with-machine-learning",
    "sk-estimator-doc-link fitted sk-toggleable__label-arrow",
    "sk-test",
    "sk-fake",
    "sk-...",
    "sk-xxxxxxxxxxxxxxxxxxxxxxxx",
    "sk-your-api-key-here",
    "test-key",
    "HF_BASE_MODEL hf_hub_download hf_transformers_pipeline_model",
    "Bearer OPENAI_API_KEY",
    "Bearer authentication is required for this endpoint",
    "Basic understanding of internationalization",
    "https://user:${PASSWORD}@example.com/",
    "https://example.com:8080/a@b",
    "mailto:someone@example.com",
    "-----BEGIN PRIVATE KEY-----\n...\n-----END PRIVATE KEY-----",
    "-----BEGIN CERTIFICATE-----\n" + MIXED + "\n-----END CERTIFICATE-----",
    "api_key = os.environ['OPENAI_API_KEY']",
    "client = OpenAI(api_key=settings.openai_api_key_for_production)",
    "password: string, secret: string",
    "eyJhIjoxfQ.eyJiIjoyfQ.no-header-of-a-token",
    "AKIAIOSFODNN7EXAMPLE",
    "chatcmpl-9yRpoCKVhiFq2mLqxKZnzN0Ij4ABC resp_68af4030baa08190b3d5d2a1f1a4dc5e fp_44709d6fcb",
    "REDACTED-openai-key",
    "def load(private_key: ed25519.Ed25519PrivateKey, api_key=settings.v2.openai_api_key) -> None:",
    "Cookie: the header=that-a-browser-sends",
    "key-value-stores-2024 secret_santa_2024 pattern-matching-in-python-3-10-and-later",
    "50%de rabatt 100%25 5%20percent",
]
HARMLESS: list[Any] = [
    {"max_tokens": 5, "total_tokens": "12", "token_count": "3", "tokens": ["abcdefgh12345678"]},
    {"logprobs": {"content": [{"token": "Hello", "logprob": -0.1, "bytes": [72]}, {"token": " world", "logprob": -1}]}},
    {"prompt_cache_key": "user-1234567890abcdef", "key": "a1b2c3d4e5f6", "idempotency_key": MIXED},
    {"error": {"code": "invalid_api_key", "message": "Incorrect API key provided", "param": None}},
    {"error": {"message": "Incorrect API key provided: sk-proj-********************abcd."}},
    {"tools": [{"parameters": {"properties": {"api_key": {"type": "string"}}, "required": ["api_key"]}}]},
    {"api_key": None, "password": "", "secret": "${SECRET}", "access_token": "<token>", "client_secret": "***"},
    {"api_key": "test", "password": "password", "secret": "string", "authorization": "Bearer test-key"},
    {"type": "reasoning", "encrypted_content": "gAAAAABo" + MIXED * 40 + "_sk-" + MIXED},
    {"page_token": MIXED, "pad_token": "<pad>", "next_page_token": MIXED, "public_key": MIXED},
    {"b64_json": base64.b64encode(bytes(range(256)) * 40).decode()},
    {"obfuscation": MIXED[:12], "system_fingerprint": "fp_44709d6fcb"},
    {"password": "The user's password, as text.", "api_key": "Your API key for the service"},
    {"ids": ["file-" + MIXED[:22], "asst_" + MIXED[:24], "resp_" + HEX * 2, "call_" + MIXED[:24], "batch_" + HEX]},
    {"sha": HEX + HEX[:8], "uuid": "0b5cd5c4-24cb-4bb1-9d8b-9c2b8ed6a5b1", "etag": 'W/"' + MIXED[:30] + '"'},
]


def test_every_kind_of_key_has_an_example() -> None:
    """Its name begins with the kind; what a word before it announces (``Bearer``, ``://``) has tests of its own."""
    kinds = {shape.kind for shape in SHAPES if not shape.delimited}
    assert {kind for kind in kinds if not any(name.startswith(kind) for name in SECRETS)} == set()


def _chunk(text: str) -> str:
    return json.dumps({"id": "chatcmpl-1", "choices": [{"index": 0, "delta": {"content": text}, "logprobs": None}]})


def _stream(pieces: list[str]) -> str:
    return "".join(f"data: {_chunk(piece)}\n\n" for piece in pieces) + "data: [DONE]\n\n"


def _answer(body: str) -> str:
    events = [line.removeprefix("data: ") for line in body.split("\n") if line.startswith("data: {")]
    return "".join(json.loads(event)["choices"][0]["delta"]["content"] for event in events)


def _kind(name: str) -> str:
    return name.split(maxsplit=1)[0].rstrip(",")


@pytest.mark.parametrize("name", SECRETS)
def test_found_in_a_text(name: str) -> None:
    """Each kind is found in a sentence, under its name."""
    [found] = find_secrets(f"This is it: {SECRETS[name]} (keep it)")
    assert found.kind == _kind(name)


@pytest.mark.parametrize("name", SECRETS)
def test_found_at_depth(name: str) -> None:
    """Each kind is found in a JSON text, with the path to it, and in a JSON text within that."""
    inner = json.dumps({"query": f"use\n{SECRETS[name]}"})
    value = {"body": json.dumps({"tools": [{"arguments": inner}]})}
    assert [(one.kind, one.where) for one in find_secrets(value)] == [(_kind(name), "body.tools[0].arguments.query")]


@pytest.mark.parametrize("name", SECRETS)
def test_found_in_a_header(name: str) -> None:
    """Each kind is replaced in a header that is recorded."""
    secret = SECRETS[name].replace("\n", "")
    assert secret[-8:] not in str(redact_request(question(x_note=f"a {secret}")).headers)


@pytest.mark.parametrize("secret", [secret for secret in VALUES if "\n" not in secret])
def test_found_in_a_query(secret: str) -> None:
    """Each kind is replaced in a query, under any name; the rest of the address stays."""
    uri = redacted_uri(f"http://h/p?n=1&q={secret}")
    assert secret not in uri and "REDACTED-" in uri
    assert uri.startswith("http://h/p?n=1&q=")


@pytest.mark.parametrize(
    "encode", [quote, lambda text: quote(text, safe=""), quote_plus], ids=["path", "query", "form"]
)
@pytest.mark.parametrize("secret", VALUES)
def test_found_in_an_encoded_query(secret: str, encode: Callable[[str], str]) -> None:
    """Each kind is replaced where its characters are percent-encoded, once and (an address in an address) twice."""
    for address in (encode(f"use: {secret}"), encode(f"https://h/?note={encode(secret)}")):
        uri = redacted_uri(f"http://h/p?next={address}&n=1")
        assert "REDACTED-" in uri and not any(form in uri for form in (secret, encode(secret), encode(encode(secret))))
        assert uri.startswith("http://h/p?next=") and uri.endswith("&n=1")


@pytest.mark.parametrize("secret", VALUES)
def test_found_in_a_chunk(secret: str) -> None:
    """Each kind is found in one chunk of a stream; the other chunks stay byte for byte."""
    body = redacted_answer(_stream(["Hi ", secret, " there"]))
    lines, before = body.split("\n"), _stream(["Hi ", secret, " there"]).split("\n")
    assert secret not in _answer(body)
    assert [lines[index] == before[index] for index in range(len(before))].count(False) == 1


@pytest.mark.parametrize("secret", VALUES)
def test_split_over_two_chunks(secret: str) -> None:
    """Each kind is found wherever a chunk's end cuts it, and the answer is the same as in one chunk."""
    expected = _answer(redacted_answer(_stream([f"Hi {secret} there"])))
    for cut in range(1, len(secret)):
        body = redacted_answer(_stream([f"Hi {secret[:cut]}", f"{secret[cut:]} there"]))
        assert _answer(body) == expected


@pytest.mark.slow
@pytest.mark.parametrize("secret", [VALUES[0], SECRETS["aws-access-key"], SECRETS["google-key"]])
def test_split_over_three_chunks(secret: str) -> None:
    """A secret is found wherever two chunks' ends cut it; the chunk between them is part of it."""
    for first, second in combinations(range(1, len(secret)), 2):
        pieces = ["Hi ", secret[:first], secret[first:second], secret[second:], " there"]
        assert _answer(redacted_answer(_stream(pieces))).startswith("Hi REDACTED-")


@pytest.mark.parametrize("text", FALSE_FRIENDS)
def test_false_friends(text: str) -> None:
    """What only looks like a secret, or is made up, is not reported."""
    assert find_secrets({"text": text}) == []


@pytest.mark.parametrize("value", HARMLESS)
def test_harmless_fields(value: Any) -> None:
    """Harmless names and values are not reported, in a value and in its JSON text."""
    assert find_secrets(value) == []
    assert find_secrets(json.dumps(value)) == []


@pytest.mark.parametrize(
    "name",
    [
        "password",
        "passwd",
        "secret",
        "client_secret",
        "api_key",
        "apikey",
        "apiKey",
        "API_KEY",
        "x-api-key",
        "access_token",
        "accessToken",
        "refresh_token",
        "id_token",
        "private_key",
        "authorization",
        "aws_secret_access_key",
        "ocp-apim-subscription-key",
        "dbPassword",
        "DISCORD_TOKEN",
        "x" * 90 + "_password",
    ],
)
def test_found_by_name(name: str) -> None:
    """A field whose name ends with a secret's words holds a secret, whatever its value looks like."""
    [found] = find_secrets({"arguments": json.dumps({name: "hunter22"})})
    assert found.where.startswith("arguments")


@pytest.mark.parametrize(
    "text",
    [
        "export AWS_SECRET_ACCESS_KEY=" + "wJalrXUt" + "nFEMI/K7MDENG/bPxRfiCY" + "zzkQ1w2e3r",
        'api_key: "' + HEX + '"',
        "DefaultEndpointsProtocol=https;AccountKey=" + MIXED + "==;EndpointSuffix=core.windows.net",
        "grant_type=client_credentials&client_secret=" + "hunter2222",
        "https://a.blob.core.windows.net/x?se=2024&sig=" + "abc%2Bdef%3D123",
        "https://s3/x?X-Amz-Credential=" + "ABCDEFGH" + "&X-Amz-Signature=" + HEX,
        "postgresql://joe:" + "hunter22" + "@db.internal/x",
        "Authorization: Bearer " + MIXED,
        "Authorization: Basic " + base64.b64encode(b"joe:hunter22").decode(),
        "https://d111.cloudfront.net/x?Expires=1&Signature=" + MIXED[:30] + "&Key-Pair-Id=K1",
        "https://h/callback#access_token=" + "hunter2222" + "&token_type=bearer",
        "https://hooks" + ".slack.com/services/T01ABCDEF/B01ABCDEF/" + MIXED[:24],
    ],
)
def test_found_in_prose(text: str) -> None:
    """A secret is found in text after its name, in an address, in a form, and after its scheme."""
    assert find_secrets(f"{text} and more") or find_secrets(text)


def test_excerpt_hides_the_secret() -> None:
    """A finding shows six characters of a long secret, none of a short one."""
    [found] = find_secrets(VALUES[0])
    assert found.excerpt == "sk-a…Y6"
    [found] = find_secrets({"password": "hunter22"})
    assert found.excerpt == "…"


@pytest.mark.slow
def test_many_false_beginnings_end_soon() -> None:
    """A text of many beginnings is read in linear time (a quadratic search would not end here)."""
    for start in [
        "eyJ",
        "sk-",
        "secret=",
        "-----BEGIN PRIVATE KEY-----",
        "://a:",
        "Bearer ",
        "?key",
        "?sig=",
        "?code=&",
        '"password":"',
        '"token":"\\\\',
    ]:
        assert len(find_secrets(start * 100_000)) <= 1
