"""Redaction at work: what recording leaves out of a file, and that the replay still finds it."""

from __future__ import annotations

import gzip
import json

import openai
import pytest
import vcr
from chats import answer
from vcr.errors import CannotOverwriteExistingCassetteException

import vcr_openai
from vcr_openai import Redaction
from vcr_openai._vcrpy.redaction_hooks import RedactingPersister

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


def test_a_response_in_another_layout_is_redacted():
    """A body that is text and no object is searched as it stands."""
    saved = {}

    class Keeping:
        @staticmethod
        def save_cassette(_path, cassette_dict, serializer):
            saved.update(cassette_dict, serializer=serializer)

    request = vcr.request.Request("GET", "http://h/", None, {})
    persister = RedactingPersister(Keeping, Redaction())
    persister.save_cassette("a", {"requests": [request], "responses": [{"body": f"is {TOKEN} it"}]}, None)
    assert saved["responses"] == [{"body": "is REDACTED-github-token it"}]
