"""The headers that clients read are there on replay as they were live."""

import json

import httpx
import pytest
from chats import answer
from werkzeug import Response

import vcr_openai

FORMATS = ["yaml", "json", "openai.yaml"]
CHAT = {"model": "m", "messages": [{"role": "user", "content": "hello"}]}
LIVE = {
    "x-request-id": "req_live",
    "x-ratelimit-remaining-tokens": "149984",
    "x-ratelimit-reset-tokens": "6ms",
    "openai-processing-ms": "12",
    "retry-after": "1",
}


@pytest.fixture
def server(httpserver):
    """A chat with headers, and a list of three pages, each of which names the next."""
    body = json.dumps(answer("hi"))
    chat = httpserver.expect_request("/v1/chat/completions")
    chat.respond_with_handler(lambda _: Response(body, headers=LIVE, content_type="application/json"))

    def page(request):
        number = int(request.args.get("continuation", "0"))
        more = {"x-ms-continuation": str(number + 1)} if number < 2 else {}
        return Response(json.dumps([number]), headers=more, content_type="application/json")

    httpserver.expect_request("/pages").respond_with_handler(page)
    return httpserver


def cassette(path, mode, **more):
    """A cassette in the format of its name's suffix."""
    vcr = vcr_openai.VCR(serializer=path.name.partition(".")[2], record_mode=mode, **more)
    return vcr.use_cassette(str(path))


@pytest.mark.parametrize("name", FORMATS)
def test_the_sdk_sees_them(name, server, client, tmp_path):
    """Rate limits are the live ones; the request's id is one that is always the same, in the object as well."""
    path = tmp_path / f"a.{name}"
    seen = []
    for mode in ("once", "none"):
        with cassette(path, mode):
            own = client.with_options(base_url=server.url_for("/v1"))
            raw = own.chat.completions.with_raw_response.create(**CHAT)
            seen.append({header: raw.headers.get(header) for header in LIVE} | {"of": raw.parse()._request_id})
    live, replayed = seen
    assert live == {**LIVE, "of": "req_live"}
    assert replayed == {**LIVE, "x-request-id": "REDACTED-id", "of": "REDACTED-id"}
    assert "req_live" not in path.read_text()


@pytest.mark.parametrize("name", [*FORMATS, "recording.json"])
def test_all_pages_are_replayed(name, server, tmp_path):
    """A service that names its next page in a header: the replay reads as many pages as the recording did."""

    def read():
        found, number = [], "0"
        while number is not None:
            response = httpx.get(server.url_for("/pages"), params={"continuation": number})
            found += response.json()
            number = response.headers.get("x-ms-continuation")
        return found

    path = tmp_path / f"a.{name}"
    for mode in ("once", "none"):
        with cassette(path, mode):
            assert read() == [0, 1, 2]


@pytest.mark.parametrize("name", FORMATS)
def test_a_header_that_the_user_keeps_is_the_live_one(name, server, client, tmp_path):
    """``keep_headers`` of the redaction: the live id is in the file."""
    path = tmp_path / f"a.{name}"
    for mode in ("once", "none"):
        with cassette(path, mode, redaction=vcr_openai.Redaction(keep_headers=["x-request-id"])):
            own = client.with_options(base_url=server.url_for("/v1"))
            assert own.chat.completions.create(**CHAT)._request_id == "req_live"
