"""Values and names: what redaction replaces under a name, what it leaves, and that requests stay different."""

from __future__ import annotations

import base64
import json
import random
from urllib.parse import quote

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from made_up_secrets import HEX, MIXED, SECRETS
from messages import question, redact_response, redacted_answer, redacted_question, redacted_uri

from vcr_openai._http.exchange import HttpRequest, HttpResponse
from vcr_openai._redaction.redact import redact_document, redact_request
from vcr_openai._secrets.secret_names import secret_field, secret_parameter
from vcr_openai._secrets.secret_values import is_readable, looks_like_key, looks_like_password

AMBIGUOUS = ["code", "key", "token", "auth", "sig", "signature", "jwt", "pwd", "pass", "assertion", "cookie", "creds"]
FORM = {"content_type": "application/x-www-form-urlencoded"}
JSON = {"content_type": "application/json"}
# What people write under these names: words, codes, paths, dates, numbers, names with numbers.
words = st.sampled_from(
    ["LHR", "JFK", "de", "next", "invalid_api_key", "Main Street", "home", "airport", "InvalidRequest"]
)
chosen = st.one_of(
    words,
    st.builds("/{}/{}".format, words, words),
    st.builds("{}-{}".format, words, st.integers(0, 2030)),
    st.builds("{}.{}".format, words, words),
    st.integers(0, 10**9).map(str),
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat(timespec="seconds")),
    st.text(st.sampled_from("abcXYZ"), min_size=1, max_size=5),
)
# Texts of every kind, secrets included.
anything = st.one_of(
    chosen, st.text(max_size=20), st.sampled_from([*SECRETS.values(), MIXED, HEX, "hunter22", "***", ""])
)


@given(st.sampled_from(AMBIGUOUS), chosen, chosen)
@example("code", "LHR", "JFK")
@example("pwd", "/home/a", "/home/b")
@example("token", "page-2024-1", "page-2024-2")
@example("key", "users/1/name", "users/2/name")
def test_what_people_choose_stays(name: str, one: str, other: str) -> None:
    """Under a name with several meanings, what a person chose is no secret: in an address, a form and JSON."""
    for value in (one, other):
        uri = f"https://airports.example/lookup?{name}={quote(value)}&n=1"
        assert redacted_uri(uri) == uri
        assert redacted_question(form := f"{name}={quote(value)}&n=1", **FORM) == form
        assert redacted_question(body := json.dumps({name: value}), **JSON) == body


def _request(place: str, name: str, value: str) -> HttpRequest:
    if place == "query":
        return HttpRequest("GET", f"https://h.example/p?n=1&{quote(name)}={quote(value, safe='')}")
    if place == "form":
        return question(f"{quote(name)}={quote(value, safe='')}&n=1", **FORM)
    return question(json.dumps({"n": 1, name: value}), **JSON)


@given(
    st.sampled_from(["query", "form", "json"]),
    st.sampled_from([*AMBIGUOUS, "password", "api_key", "client_secret", "note", "page_token", "max_tokens"]),
    anything,
    anything,
)
def test_requests_stay_different(place: str, name: str, one: str, other: str) -> None:
    """Two requests that redaction makes equal differ in values that are secrets by an unambiguous name or by shape."""
    redacted = [redact_request(_request(place, name, value)) for value in (one, other)]
    if one == other or redacted[0] != redacted[1]:
        return
    for value in (one, other):
        is_signature = name.startswith("sig") and len(value) > 7 and not value.isalnum()
        has_shape = value in SECRETS.values() or looks_like_key(value) or looks_like_password(value) or is_signature
        assert secret_field(name) or has_shape, (place, name, value)


@pytest.mark.parametrize(
    "name", ["token", "csrf_token", "deployToken", "auth", "jwt", "cookie", "credentials", "db_creds"]
)
def test_a_key_under_an_ambiguous_member(name: str) -> None:
    """A value that looks random is a secret there, also within ``Bearer …`` and ``session=…``."""
    for value in (HEX, MIXED[:24], f"Bearer {MIXED[:24]}", f"session={HEX}; theme=dark"):
        assert value not in redacted_question(json.dumps({"a": [{name: value}]}), **JSON)


@pytest.mark.parametrize("name", ["pass", "smtp_pass", "pwd", "passcode", "credentials"])
@pytest.mark.parametrize("value", ["hunter2!", "s3cr3t-pw", "P@ssw0rd", "hunter22", "Tr0ub4dor&3"])
def test_a_password_under_an_ambiguous_member(name: str, value: str) -> None:
    """Where people choose the value, one that looks like a password is a secret."""
    assert value not in redacted_question(json.dumps({name: value}), **JSON)


@pytest.mark.parametrize("name", ["page_token", "nextToken", "pad_token", "public_key", "sync_token", "key", "code"])
def test_harmless_members(name: str) -> None:
    """The tokens of lists and of models, and keys by which something is found, stay."""
    body = json.dumps({name: MIXED[:30]})
    assert redacted_question(body, **JSON) == body


def test_the_key_of_a_google_address() -> None:
    """At Google a ``key`` is always one: a recording with a real key matches a replay with a dummy."""
    address = "https://generativelanguage.googleapis.com/v1beta/models/m:generateContent?key="
    assert {redacted_uri(address + key) for key in (SECRETS["google-key"], "dummy")} == {address + "REDACTED-key"}


@pytest.mark.parametrize(
    "value",
    [
        "WINTER_2024",
        "[s3cr3t!]",
        "redacted-my-pw-77",
        "REDACTED-my-pw-77",
        "<hunter22>",
        "$ummer2024",
        "{hunter22}",
        "%hunter22%",
        "SUMMER_OF_69",
        "${hunter22}",
        "correct horse battery staple",
        "xX-hunter-Xx",
        "a/b/c",
    ],
)
@pytest.mark.parametrize("name", ["password", "api_key", "client_secret"])
def test_values_that_look_like_placeholders(name: str, value: str) -> None:
    """Under an unambiguous name a value that only looks like a placeholder is replaced; the second time it stays."""
    once = redacted_question(json.dumps({name: value}), **JSON)
    assert json.loads(once) == {name: f"REDACTED-{secret_field(name)}"}
    assert redacted_question(once, **JSON) == once
    form = redacted_question(f"{name}={quote(value, safe='')}", **FORM)
    assert form == f"{name}=REDACTED-{secret_field(name)}"


@pytest.mark.parametrize(
    "value",
    [
        "",
        "***",
        "${PASSWORD}",
        "$DB_PASSWORD",
        "<token>",
        "<your password>",
        "[redacted]",
        "REDACTED",
        "{{ secret }}",
        "OPENAI_API_KEY",
        "string",
        "%PASSWORD%",
        "Bearer <token>",
        "REDACTED-password",
        "REDACTED-openai-key",
        "This password is too short.",
        "is too short (minimum is 8 characters)",
        "Enter a valid password, please, for it.",
        "/run/secrets/db_password",
        "~/.config/service/token.json",
        "C:\\Users\\joe\\secret.txt",
        "request.headers.get('X-Auth-Token1')",
        'os.environ["KEY"]',
        "Your API key for the service",
    ],
)
@pytest.mark.parametrize("name", ["password", "secret", "api_key"])
def test_placeholders_prose_paths_and_code(name: str, value: str) -> None:
    """Templates, masks, types, sentences, paths and code stay, alone and in a list."""
    for body in (json.dumps({name: value}), json.dumps({"errors": {name: [value]}})):
        assert redacted_question(body, **JSON) == body


@pytest.mark.parametrize(
    "password",
    [
        "$ecret77",
        "%pa55",
        "*star9*",
        "<pw>77",
        "[x]y7",
        "{a}b7",
        "$HOME_9",
        "hunter22",
        "p:w",
        "%24ecret",
        "WINTER_2024",
    ],
)
@pytest.mark.parametrize("scheme", ["https", "postgresql", "redis"])
def test_credentials_of_an_address(scheme: str, password: str) -> None:
    """A password in an address is replaced whatever its first character is; its user may be empty."""
    for user in ("joe", ""):
        uri = f"{scheme}://{user}:{password}@db.internal:5432/x"
        expected = f"{scheme}://REDACTED-url-credentials@db.internal:5432/x"
        assert redacted_answer(json.dumps({"note": f"at {uri} it is"})) == json.dumps({"note": f"at {expected} it is"})
        if scheme == "https":
            assert redacted_uri(uri) == expected


@pytest.mark.parametrize("token", [HEX, MIXED[:20], SECRETS["github-token"]])
def test_a_token_in_the_place_of_the_user(token: str) -> None:
    """A token before the @ is replaced, with and without a colon; a name stays."""
    for uri in (f"https://{token}@h/x.git", f"https://{token}:@h/x.git"):
        assert token not in redacted_uri(uri)
    assert redacted_uri("https://joe@h/x.git") == "https://joe@h/x.git"


TEMPLATES = [
    "https://user:${PASSWORD}@h/",
    "https://user:$DB_PASSWORD@h/",
    "https://user:<password>@h/",
    "http://h:80>a@b.c",
]


@pytest.mark.parametrize("uri", TEMPLATES)
def test_templates_of_addresses(uri: str) -> None:
    """A template in the place of a password stays."""
    assert redacted_answer(uri) == uri


def _multipart(*parts: tuple[str, str]) -> str:
    body = "".join(f"--B\r\nContent-Disposition: form-data; {head}\r\n\r\n{content}\r\n" for head, content in parts)
    return f"{body}--B--\r\n"


@pytest.mark.parametrize("name", ["password", "api_key", "user[password]", "clientSecret"])
def test_fields_of_forms(name: str) -> None:
    """A form's field with a secret's name is replaced, whatever is in its value, in both kinds of forms."""
    body = _multipart((f'name="{name}"', 'hun;ter#22\r\n"x'), ('name="n"', "1"))
    redacted = redacted_question(body, content_type="multipart/form-data; boundary=B")
    assert redacted == body.replace('hun;ter#22\r\n"x', f"REDACTED-{secret_field(name)}")
    assert redacted_question(redacted, content_type="multipart/form-data; boundary=B") == redacted
    form = redacted_question(f"{quote(name)}=hun;ter#22&n=1", **FORM)
    assert form == f"{quote(name)}=REDACTED-{secret_field(name)}&n=1"


@pytest.mark.parametrize("mark", ["", "\ufeff"])
def test_uploaded_json(mark: str) -> None:
    """A secret in an uploaded JSON or JSON lines file is found by its name; a binary part beside it stays."""
    one = json.dumps({"password": "hunter22", "messages": []})
    lines = "\n".join([json.dumps({"n": 1}), one, one])
    parts = [
        ('name="file"; filename="a.json"', mark + one),
        ('name="f"; filename="b.jsonl"\r\nContent-Type: x/y', mark + lines),
    ]
    body = _multipart(*parts).encode() + b"--B\r\nContent-Disposition: form-data; name=f\r\n\r\n\xff\xfe\r\n--B--"
    redacted = redacted_question(body, content_type='multipart/form-data; boundary="B"')
    assert redacted == body.replace(b"hunter22", b"REDACTED-password")


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-be"])
def test_a_byte_order_mark(encoding: str) -> None:
    """A body with a byte order mark is read as JSON; the mark and the encoding stay."""
    text = ("\ufeff" if encoding == "utf-16-be" else "") + json.dumps(
        {"password": "hunter22", "n": "é"}, ensure_ascii=False
    )
    redacted = redact_request(question(text.encode(encoding), **JSON)).body
    assert redacted and redacted.content == text.replace("hunter22", "REDACTED-password").encode(encoding)


CUT = json.dumps(
    {"a": [{"user": "joe", "password": "hunter2!\\\u00e9/x"}, "z"], "arguments": json.dumps({"api_key": "k-9x"})}
)


@pytest.mark.parametrize("end", range(30, len(CUT)))
def test_json_that_is_cut_off(end: int) -> None:
    """However JSON is cut off, the values of secret names in it, whole or begun, are replaced."""
    redacted = redacted_answer(CUT[:end])
    assert not any(part in redacted for part in ("hunt", "k-9"))
    assert redacted_answer(redacted) == redacted
    assert "joe" in redacted


@pytest.mark.parametrize("depth", [150, 250, 1500, 20_000])
def test_deep_nesting(depth: int) -> None:
    """A body that is nested deeper than JSON is read is searched, too."""
    body = "[" * depth + json.dumps({"password": "hunter22"}) + "]" * depth
    assert redacted_answer(body) == body.replace("hunter22", "REDACTED-password")


@pytest.mark.parametrize("cut", range(3, 25))
def test_arguments_cut_in_the_middle(cut: int) -> None:
    """A tool call's arguments that end too early, in one piece and streamed."""
    arguments = '{"password":"hunter2!'
    whole = {"choices": [{"message": {"tool_calls": [{"function": {"arguments": arguments}}]}}]}
    assert "hunter2" not in redacted_answer(json.dumps(whole), **JSON)
    pieces = [piece for piece in (arguments[:cut], arguments[cut:]) if piece]
    deltas = [
        {"choices": [{"delta": {"tool_calls": [{"index": 0, "function": {"arguments": one}}]}}]} for one in pieces
    ]
    body = "".join(f"data: {json.dumps(delta)}\n\n" for delta in deltas)
    assert not any(part in redacted_answer(body) for part in ("hunter2!", "hunter", "ter2!"))


def test_escapes_that_json_does_not_have() -> None:
    """A string with a wrong escape, or with half of one at the end, is searched."""
    for body in (r'{"password": "hunter\x22\q', r'{"password": "hunter22\u00', '{"password": "hunter22\\'):
        assert "hunter" not in redacted_answer(body)


@pytest.mark.parametrize(
    "name", ["X-CSRF-Token", "x-upstream-key", "X-Session-Token", "x-shared-secret", "x-hub-signature"]
)
def test_response_headers_by_their_ending(name: str) -> None:
    """A response header whose name ends like a secret's is kept without its value, whatever that is."""
    headers = redact_response(HttpResponse(200, {name: ["hunter22"]})).headers
    assert "hunter22" not in str(headers)


@pytest.mark.parametrize("name", ["X-Next-Page-Token", "x-ms-continuation-token", "X-Cache-Key", "surrogate-key"])
def test_headers_by_which_a_client_finds_something(name: str) -> None:
    """A token for the next page and the key of a cache are no secrets."""
    exchange = HttpResponse(200, {name: ["a1"]})
    assert redact_response(exchange).headers in (exchange.headers, {})


@pytest.mark.parametrize("name", ["Token", "Auth", "Key", "X-Key", "apikey", "Signature", "X-Jwt", "Credentials"])
def test_request_headers_that_authorize(name: str) -> None:
    """A request header that is called like a secret, or ends so, is not recorded."""
    assert redact_request(HttpRequest("GET", "http://h/", {name: ["hunter22"], "accept": ["a"]})).headers == {
        "accept": ["a"]
    }


@pytest.mark.parametrize(
    "text",
    [
        "hf_AutoModelForCausalLM",
        "fw_UpdateConfigurationBlock",
        "hf_XLMRobertaForTokenClassification",
        "fw_DistributedDataParallel",
        "auth_token=request.headers.get('X-Auth-Token1')",
        "password=config.database.password2",
        "api_key=settings.openai.api_key_2",
        "client_secret=getenv('CLIENT_SECRET_2')",
        "secret: /run/secrets/service/v2/db_password",
        'self.secret_key = app.config["SECRET_KEY_2024"]',
        "password=self.credentials.password_for_tests_2",
    ],
)
def test_code_is_no_secret(text: str) -> None:
    """The names of types and expressions of programs stay, in a text and in a text of a JSON body."""
    body = json.dumps({"messages": [{"content": text}]})
    assert redacted_question(body, **JSON) == body
    assert redact_document(text)[0] == text


@pytest.mark.parametrize("marker", ["ABSK", "AIza", "1//0", "AKIAQ3EGRIU7HZ2NYC5T", "IQoJb3JpZ2luX2Vj"])
@pytest.mark.parametrize("before", ["/", "+", "\\n", "\n", "\\r\\n"])
def test_a_blob_of_base64_is_no_text(marker: str, before: str) -> None:
    """What looks like a key within base64 is chance, on one line and on lines as MIME makes them."""
    line = base64.b64encode(bytes(byte * 37 % 256 for byte in range(57))).decode()
    body = json.dumps({"image": "@"}).replace("@", f"{line * 12}{before}{marker}{(line * 8).replace('+', 'x')}")
    assert redacted_answer(body) == body


def test_random_keys_are_not_words() -> None:
    """Of a thousand random keys of each alphabet none is taken for words; words in any spelling are."""
    source = random.Random(2)  # noqa: S311 - the same ones in each run
    for alphabet in ("0123456789abcdef", "abcdefghijklmnopqrstuvwxyz234567", MIXED):
        keys = ["".join(source.choices(alphabet, k=24)) for _ in range(1000)]
        assert sum(map(is_readable, keys)) <= 1
    for words_ in ("AutoModelForSeq2SeqLM", "learn-getting-started-with-machine-learning", "config.database.password2"):
        assert is_readable(words_)


def test_signatures() -> None:
    """A signature in base64 is a secret, a word under its name is not."""
    assert secret_parameter("sig", "abc%2Bdef%3D123") == "sig"
    assert secret_parameter("sig", "special-interest-group") is None


def test_a_value_of_another_type_stays() -> None:
    """What is no text under a secret's name stays: a schema, a number, null."""
    body = json.dumps({"password": None, "api_key": {"type": "string"}, "secret": 5, "token": [1, 2]})
    assert redacted_question(body, **JSON) == body


def test_records_under_a_secrets_name_stay_records() -> None:
    """In JSON lines each value of a secret's name is replaced by itself; pieces of one key are still one secret."""
    lines = "\n".join(
        json.dumps({"password": value, "n": index}) for index, value in enumerate(["hunter22", "x-9", "y"])
    )
    redacted = redacted_answer(lines)
    assert [json.loads(line)["password"] for line in redacted.split("\n")] == ["REDACTED-password"] * 3
    assert redacted_answer(redacted) == redacted
