"""A client sees the same of a replayed fault as of a local server that does the same to it: the data, and the fault."""

import json

import pytest
from cassette_texts import write_cassette
from chats import interaction
from fault_server import FaultServer, refusing_url
from stream_clients import CHAT, CLIENTS, fault_of, own

import vcr_openai
from vcr_openai import cuts, error_event, fail, fragments, pace, stall
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpResponse
from vcr_openai._streams.cut_ids import cut_id
from vcr_openai._streams.directions import directions_of
from vcr_openai._streams.plan import plan, stream_places

pytestmark = pytest.mark.slow

NOWHERE = "http://127.0.0.1:9999/v1"
PATH = "/v1/chat/completions"
WAIT = 0.25  # the read timeout of a client


def event(word):
    """An event of a chat."""
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
    choice = {"index": 0, "delta": {"content": word}, "finish_reason": None}
    return f"data: {json.dumps({**chunk, 'choices': [choice]}, ensure_ascii=False)}\n\n"


BODY = "".join([*map(event, ("Sätze", " kommen 🦙", " an.")), "data: [DONE]\n\n"])
FRAMINGS = {
    "chunked": {"transfer-encoding": ["chunked"]},
    "length": {"content-length": [str(len(BODY.encode()))]},
}
PLACES = stream_places(Body(BODY.encode(), "text/event-stream"), cuts())
DIRECTIONS = {
    "events": "events",
    "block": "block",
    "one byte at a time": fragments(size=1),
    "fragments": fragments(seed=1),
    "pace": pace(first=0.05, chunk=0.02),
    "stall": stall(after=2, seconds=WAIT * 4),
    "stall before the first event": stall(after=0, seconds=WAIT * 4),
    "stall that is shorter than the timeout": stall(after=1, seconds=WAIT / 5),
    "pace that is slower than the timeout": pace(chunk=WAIT * 4),
    "cut and pace": [PLACES[4], pace(chunk=0.02)],
    "error event": error_event(after=1),
    "error event at once": error_event(after=0),
    "429": fail(429),
    "500": fail(500),
    "503 with retry-after": fail(503, retry_after=0),
    **{cut_id(place): place for place in PLACES},
}


def headers(framing):
    return {"content-type": ["text/event-stream"], **FRAMINGS[framing]}


def _opened(tmp_path, framing, directions):
    """The cassette, played so."""
    path = tmp_path / "a.yaml"
    one = interaction(BODY, "text/event-stream", uri=NOWHERE.removesuffix("/v1") + PATH, sent=CHAT)
    one["response"]["headers"] = headers(framing)
    path.write_text(write_cassette([one], "yaml"), encoding="utf-8")
    return vcr_openai.VCR(record_mode="none").use_cassette(str(path), stream=directions)


def _response(framing):
    """The recorded response."""
    return HttpResponse(200, headers(framing), Body(BODY.encode(), "text/event-stream"))


def replayed(tmp_path, client, framing, directions, **options):
    """What a client sees of the cassette."""
    with _opened(tmp_path, framing, directions):
        return CLIENTS[client](NOWHERE, WAIT, **options)


def served(client, framing, directions, **options):
    """What a client sees of a server that does it."""
    answers = plan(_response(framing), directions_of(directions), path=PATH)
    with FaultServer(*answers) as server:
        return CLIENTS[client](server.url, WAIT, **options)


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("name", DIRECTIONS)
@pytest.mark.parametrize("client", CLIENTS)
def test_the_client_sees_the_same(tmp_path, client, name, framing):
    """The data up to the fault are equal, and so is the fault with its causes down to the HTTP library."""
    directions = DIRECTIONS[name]
    there, here = served(client, framing, directions), replayed(tmp_path, client, framing, directions)
    assert (here.data, own(here.fault)) == (there.data, own(there.fault))


@pytest.mark.parametrize("client", CLIENTS)
def test_a_refused_connection_is_the_same(tmp_path, client):
    """The client sees that nobody listens."""
    with refusing_url() as url:
        there = CLIENTS[client](url, WAIT)
    here = replayed(tmp_path, client, "chunked", fail("connect"))
    assert (here.data, own(here.fault)) == (there.data, own(there.fault))


@pytest.mark.parametrize("failure", [fail(429, retry_after=0), fail(500, times=2), fail(503)], ids=repr)
@pytest.mark.parametrize("client", [name for name in ("openai", "openai async") if name in CLIENTS])
def test_a_retry_gets_the_recorded_answer(tmp_path, client, failure, monkeypatch):
    """After the failures, which the SDK's own retries meet, the stream comes as from the server."""
    import openai

    monkeypatch.setattr(openai._base_client, "INITIAL_RETRY_DELAY", 0.01)  # it waits for a server
    monkeypatch.setattr(openai._base_client, "MAX_RETRY_DELAY", 0.01)
    there, here = (
        served(client, "chunked", failure, retries=2),
        replayed(tmp_path, client, "chunked", failure, retries=2),
    )
    assert (here, len(here.data)) == (there, 3)


def _with_urllib3(url, read):
    """What one way to read a response of urllib3 sees."""
    urllib3 = pytest.importorskip("urllib3")
    data = []
    try:
        with urllib3.PoolManager(retries=False) as pool:
            response = pool.request("POST", f"{url}/chat/completions", json=CHAT, preload_content=False)
            data.extend(read(response))
    except urllib3.exceptions.HTTPError as error:
        return data, own(fault_of(error))
    return data, ()


URLLIB3 = {
    "read()": lambda response: [response.read()],
    "read(64)": lambda response: iter(lambda: response.read(64), b""),
    "read1()": lambda response: [b"".join(iter(response.read1, b""))],
    "stream()": lambda response: [b"".join(response.stream())],
    "data": lambda response: [response.data],
    "lines": iter,
}


@pytest.mark.parametrize("framing", FRAMINGS)
@pytest.mark.parametrize("read", URLLIB3.values(), ids=URLLIB3)
def test_each_way_to_read_with_urllib3(tmp_path, read, framing):
    """Whatever method reads a response of urllib3 that breaks off sees the same."""
    cut = PLACES[4]
    answers = plan(_response(framing), directions_of(cut), path=PATH)
    with FaultServer(*answers) as server:
        there = _with_urllib3(server.url, read)
    with _opened(tmp_path, framing, cut):
        here = _with_urllib3(NOWHERE, read)
    assert here == there
