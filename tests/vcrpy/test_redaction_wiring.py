"""Redaction at work: what recording leaves out of a file, and that the replay still finds it."""

from __future__ import annotations

import gzip
import io
import json
import zlib

import httpx
import openai
import pytest
import vcr
from chats import answer
from vcr.errors import CannotOverwriteExistingCassetteException
from vcr.persisters.filesystem import CassetteNotFoundError
from vcr.request import Request
from vcr.serialize import serialize

import vcr_openai
from vcr_openai import Redaction
from vcr_openai._vcrpy.redaction_hooks import RedactingPersister, RequestFilter, redacting

# Put together here, so that no scanner takes them for real ones.
KEY = "sk-" + "proj-" + "Zx8" * 16
TOKEN = "ghp_" + "aB3" * 12
OTHER = "internal-" + "4711"


@pytest.fixture
def server(httpserver):
    """A server that answers with a secret, sets a cookie, and tells its organization."""
    httpserver.expect_request("/v1/chat/completions").respond_with_data(
        json.dumps(answer(f"your token is {TOKEN}")),
        headers={"Set-Cookie": "session=abc", "openai-organization": "org-made-up", "x-request-id": "req_1"},
        content_type="application/json",
    )
    return httpserver


def ask(server, text: str = "hello"):
    """One question through the real client, which sends a key."""
    client = openai.OpenAI(api_key=KEY, base_url=server.url_for("/v1"), organization="org-made-up", max_retries=0)
    return client.chat.completions.create(model="gpt-4o", messages=[{"role": "user", "content": text}])


@pytest.mark.parametrize("name", ["yaml", "json", "recording.json", "openai.yaml"])
def test_no_secret_reaches_a_file(server, tmp_path, name):
    """Whatever the format: not the key, the token in question and answer, the cookie nor the organization."""
    path = tmp_path / f"cassette.{name}"
    with vcr_openai.VCR(serializer=name).use_cassette(str(path)):
        ask(server, f"is {TOKEN} mine?")
    text = path.read_text(encoding="utf-8")
    for secret in (KEY, TOKEN, "session=abc", "org-made-up", "authorization", "req_1"):
        assert secret not in text


@pytest.mark.parametrize("name", ["yaml", "json", "recording.json", "openai.yaml"])
def test_a_redacted_request_is_found(server, tmp_path, name):
    """The live request is compared as it was recorded, without its secret."""
    path = str(tmp_path / f"cassette.{name}")
    mine = vcr_openai.VCR(serializer=name)
    with mine.use_cassette(path):
        ask(server, f"is {TOKEN} mine?")
    with mine.use_cassette(path, record_mode="none") as cassette:
        answer = ask(server, f"is {TOKEN} mine?")
    assert cassette.play_count == 1
    assert TOKEN not in answer.choices[0].message.content


def test_the_one_who_records_sees_the_answer(server, tmp_path):
    """Recording changes nothing of what the caller gets."""
    with vcr_openai.VCR().use_cassette(str(tmp_path / "cassette.yaml")):
        assert TOKEN in ask(server).choices[0].message.content


def test_the_users_filters_go_on_working(server, tmp_path):
    """vcrpy's own filters and ours are combined: what each takes out is out."""
    path = tmp_path / "cassette.yaml"

    def before(request):
        request.body = request.body.replace(OTHER.encode(), b"hidden")
        return request

    mine = vcr_openai.VCR(before_record_request=before, filter_headers=["accept"])
    for _ in range(2):
        with mine.use_cassette(str(path)):
            ask(server, f"{OTHER} and {TOKEN}")
    text = path.read_text(encoding="utf-8")
    assert "hidden" in text
    for secret in (OTHER, TOKEN, "accept:", "authorization"):
        assert secret not in text


@pytest.mark.parametrize(
    "settings, gone",
    [
        ({"filter_headers": ["accept"]}, "accept:"),
        ({"filter_query_parameters": ["tenant"]}, "tenant=t1"),
        ({"filter_post_data_parameters": [("user", "somebody")]}, "joe"),
        ({"before_record_response": lambda response: response | {"headers": {}}}, "Content-Type"),
    ],
)
@pytest.mark.parametrize("redaction", [Redaction(), Redaction(query=["tenant"], fields=["user"]), Redaction.off()])
def test_each_of_vcrpys_filters_is_combined(server, tmp_path, settings, gone, redaction):
    """Each of vcrpy's filters takes out what it takes out without us, and the replay still matches."""
    path = tmp_path / "cassette.yaml"
    mine = vcr_openai.VCR(redaction=redaction, **settings)
    for mode in ("once", "none"):
        with mine.use_cassette(str(path), record_mode=mode) as cassette:
            client = openai.OpenAI(api_key=KEY, base_url=server.url_for("/v1"), default_query={"tenant": "t1"})
            client.chat.completions.create(model="m", messages=[{"role": "user", "content": TOKEN}], user="joe")
    assert cassette.play_count == 1
    text = path.read_text(encoding="utf-8")
    assert gone not in text
    assert (TOKEN in text) is not redaction.enabled


def test_names_and_patterns_are_added(server, tmp_path):
    """What a user names is redacted beside the defaults."""
    path = tmp_path / "cassette.yaml"
    with vcr_openai.VCR(redaction=Redaction(patterns=["internal-[0-9]+"])).use_cassette(str(path)):
        ask(server, f"{OTHER} and {TOKEN}")
    text = path.read_text(encoding="utf-8")
    assert OTHER not in text
    assert TOKEN not in text


def test_it_can_be_turned_off(server, tmp_path):
    """Redaction.off() leaves everything as it is."""
    path = tmp_path / "cassette.yaml"
    with vcr_openai.VCR(redaction=Redaction.off()).use_cassette(str(path)):
        ask(server)
    assert TOKEN in path.read_text(encoding="utf-8")


def test_a_compressed_answer_is_looked_into(httpserver, tmp_path):
    """A secret in a gzipped body is redacted, and the body then stored plainly."""
    httpserver.expect_request("/v1/chat/completions").respond_with_data(
        gzip.compress(json.dumps(answer(TOKEN)).encode()),
        headers={"content-encoding": "gzip"},
        content_type="application/json",
    )
    path = tmp_path / "cassette.yaml"
    with vcr_openai.VCR().use_cassette(str(path)):
        ask(httpserver)
    assert "content-encoding" not in path.read_text(encoding="utf-8").lower()
    with vcr_openai.VCR(record_mode="none").use_cassette(str(path)):
        assert TOKEN not in ask(httpserver).choices[0].message.content


def test_a_compressed_answer_without_secrets_stays(httpserver, tmp_path):
    """A compressed body that says nothing secret is stored as the server sent it."""
    body = gzip.compress(json.dumps(answer("hello")).encode())
    httpserver.expect_request("/v1/chat/completions").respond_with_data(
        body, headers={"content-encoding": "gzip"}, content_type="application/json"
    )
    path = tmp_path / "cassette.yaml"
    with vcr_openai.VCR().use_cassette(str(path)):
        ask(httpserver)
    with vcr.VCR(record_mode="none").use_cassette(str(path)) as cassette:
        assert cassette.responses[0]["body"]["string"] == body


def test_a_key_in_the_query_is_found_again(httpserver, tmp_path):
    """A query parameter that is a credential is replaced in the file and in the live request."""
    httpserver.expect_request("/v1/models").respond_with_json({"object": "list", "data": []})
    path = tmp_path / "cassette.yaml"
    for mode in ("once", "none"):
        with vcr_openai.VCR(record_mode=mode).use_cassette(str(path)):
            client = openai.OpenAI(api_key=KEY, base_url=httpserver.url_for("/v1"), default_query={"api-key": KEY})
            assert client.models.list().data == []
    assert KEY not in path.read_text(encoding="utf-8")


def test_what_explains_a_miss_holds_no_secret(server, tmp_path):
    """The explanation of a request without an answer shows it as it would be recorded."""
    mine = vcr_openai.VCR()
    with mine.use_cassette(str(tmp_path / "cassette.yaml")):
        ask(server, f"is {TOKEN} mine?")
    with (
        mine.use_cassette(str(tmp_path / "cassette.yaml"), record_mode="none") as cassette,
        pytest.raises((openai.APIConnectionError, CannotOverwriteExistingCassetteException)),  # 2.x, 3.x
    ):
        ask(server, f"or is {TOKEN} yours?")
    [miss] = cassette.misses
    assert "or is REDACTED-github-token yours?" in miss
    assert TOKEN not in miss and KEY not in miss


def test_a_serializer_of_the_users_stays():
    """Who registered a serializer under a name of vcrpy's keeps it."""

    class Own:
        pass

    host = vcr.VCR()
    host.register_serializer("yaml", Own)
    vcr_openai.register(host)
    assert host.serializers["yaml"] is Own


class Keeping:
    """Somebody's own persister, which keeps what it is handed, and finds no cassette."""

    def __init__(self):
        self.saved = ""

    def load_cassette(self, cassette_path, serializer):  # noqa: ARG002 - vcrpy's names
        raise CassetteNotFoundError

    def save_cassette(self, _path, cassette_dict, serializer):
        self.saved = serialize(cassette_dict, serializer)


def own_vcr():
    """A subclass of somebody else's, whose cassettes are vcrpy's."""
    return type("OwnVCR", (vcr.VCR,), {})()


@pytest.mark.parametrize("make", [vcr_openai.VCR, vcr.VCR, own_vcr])
@pytest.mark.parametrize("way", ["before", "after", "call"])
def test_whoever_persists_is_handed_no_secret(server, tmp_path, make, way):
    """A persister of the user's is handed no secret: registered before or after ours, or given with the call."""
    persister = Keeping()
    mine = make()
    if way == "before":
        mine.register_persister(persister)
    vcr_openai.register(mine)
    if make is own_vcr and way != "before":
        pytest.skip("vcrpy's own cassettes hand everything on, as docs/redact.md says")
    if way == "after":
        mine.register_persister(persister)
    settings = {"persister": persister} if way == "call" else {}
    if settings and vcr.VCR().get_merged_config(**settings)["persister"] is not persister:
        pytest.skip("this vcrpy takes no persister with a call")
    with mine.use_cassette(str(tmp_path / "a.yaml"), **settings):
        ask(server, f"is {TOKEN} mine?")
    assert "REDACTED-github-token" in persister.saved
    assert not [secret for secret in (KEY, TOKEN, "session=abc", "org-made-up") if secret in persister.saved]


def test_redaction_happens_once():
    """A persister that redacts already is not wrapped again, and none is where redaction is off."""
    mine = own_vcr()
    vcr_openai.register(mine)
    assert isinstance(mine.persister, RedactingPersister)
    assert redacting(mine.persister, Redaction()) is mine.persister
    assert redacting(Keeping, Redaction.off()) is Keeping


def sent(body, **headers):
    """A request as vcrpy has it; an underscore in a header's name means a hyphen."""
    listed = {name.replace("_", "-"): value for name, value in headers.items()}
    made = vcr.request.Request("POST", f"http://h/?api_key={KEY}", None, listed)
    made.body = body
    return made


def test_a_body_of_an_unknown_type():
    """Where a body cannot be read, the address and the headers are redacted all the same, and the body stays."""
    body = object()
    clean = RequestFilter(lambda request: request, Redaction())(sent(body, authorization=KEY, accept="a"))
    assert (clean.uri, dict(clean.headers)) == ("http://h/?api_key=REDACTED-api-key", {"accept": "a"})
    assert clean.body is body


@pytest.mark.parametrize("returned", [None, "a text", 7])
def test_what_is_no_request_is_left_alone(returned):
    """What a user's hook returns in the place of a request goes to vcrpy as it is."""
    assert RequestFilter(lambda _: returned, Redaction())(sent(b"")) is returned


class Payload:
    """What aiohttp makes of bytes."""

    __module__ = "aiohttp.payload"

    def __init__(self, value):
        self._value = value


QUESTION = json.dumps({"password": "hunter22", "note": TOKEN}).encode()


@pytest.mark.parametrize("content", [QUESTION, b'{"n": 1}'])
@pytest.mark.parametrize("make", [bytes, bytearray, memoryview, Payload, json.loads, io.BytesIO])
@pytest.mark.parametrize("encode", [bytes, gzip.compress, zlib.compress])
def test_a_request_body_of_any_type(content, make, encode):
    """A request's body is redacted and decoded for the file and for matching, whatever type it has."""
    if make is json.loads and encode is not bytes:
        pytest.skip("no client compresses what is still an object")
    coding = {gzip.compress: {"content_encoding": "gzip"}, zlib.compress: {"Content_Encoding": "deflate"}}
    filtered = RequestFilter(lambda request: request, Redaction())
    clean = filtered(sent(make(encode(content)), content_type="application/json", **coding.get(encode, {})))
    body = clean.body.read() if hasattr(clean.body, "read") else clean.body
    assert json.loads(body) == json.loads(
        content.replace(b"hunter22", b"REDACTED-password").replace(TOKEN.encode(), b"REDACTED-github-token")
    )
    assert "content-encoding" not in clean.headers
    assert filtered(clean) is clean


def test_compressed_without_a_header():
    """A body that is gzip without saying so is searched; it stays as it is where it has no secret."""
    filtered = RequestFilter(lambda request: request, Redaction())
    assert b"REDACTED-password" in filtered(sent(gzip.compress(QUESTION))).body
    harmless = gzip.compress(b"{}")
    assert filtered(sent(harmless)).body == harmless


@pytest.mark.parametrize("name", ["yaml", "json", "openai.yaml"])
@pytest.mark.parametrize("text", [TOKEN, "hello"])
@pytest.mark.parametrize("path", ["/v1/chat/completions", "/other"])
def test_a_compressed_question_is_found_again(httpserver, tmp_path, name, text, path):
    """A compressed request replays in every format, also where vcrpy compares the bodies."""
    httpserver.expect_request(path).respond_with_json(answer("hello"))
    file = tmp_path / f"cassette.{name}"
    body = gzip.compress(json.dumps({"model": "m", "messages": [{"role": "user", "content": text}]}).encode())
    for mode in ("once", "none"):
        mine = vcr_openai.VCR(serializer=name, record_mode=mode, match_on=["method", "path", "body"])
        with mine.use_cassette(str(file)) as cassette:
            headers = {"Content-Type": "application/json", "Content-Encoding": "gzip"}
            httpx.post(httpserver.url_for(path), content=body, headers=headers)
    assert cassette.play_count == 1
    assert TOKEN not in file.read_text(encoding="utf-8")


def test_a_response_in_another_layout_is_redacted():
    """A body that is text and no object is searched as it stands."""
    saved = {}

    class Updating:
        @staticmethod
        def save_cassette(_path, cassette_dict, serializer):
            saved.update(cassette_dict, serializer=serializer)

    request = vcr.request.Request("GET", "http://h/", None, {})
    persister = RedactingPersister(Updating, Redaction())
    persister.save_cassette("a", {"requests": [request], "responses": [{"body": f"is {TOKEN} it"}]}, None)
    assert saved["responses"] == [{"body": "is REDACTED-github-token it"}]


@pytest.mark.parametrize("redaction", [Redaction(), Redaction.off()], ids=["on", "off"])
@pytest.mark.parametrize("kind", ["bytearray", "fields", "headers"])
def test_what_a_client_changes_later_is_recorded_as_it_was_sent(kind, redaction, tmp_path):
    """A buffer, a form's fields or a list of headers that a client uses again does not change what was recorded."""
    sent, headers = bytearray(b'{"input":"0"}'), {"x-turn": ["0"]}
    body = {"bytearray": sent, "fields": {"input": b"0"}, "headers": b"{}"}[kind]
    path = tmp_path / "it.yaml"
    with vcr_openai.VCR(redaction=redaction, record_mode="all").use_cassette(str(path)) as cassette:
        for turn in "123":
            sent[10:11] = turn.encode()
            headers["x-turn"][0] = turn
            if kind == "fields":
                body["input"] = turn.encode()
            request = Request(
                "POST", "https://api.openai.com/v1/embeddings", body, headers if kind == "headers" else {}
            )
            cassette.can_play_response_for(request)
            cassette.append(request, {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": b""}})
        recorded = [str(one.headers if kind == "headers" else one.body) for one in cassette.requests]
    assert [next(turn for turn in "123" if turn in one) for one in recorded] == ["1", "2", "3"]
