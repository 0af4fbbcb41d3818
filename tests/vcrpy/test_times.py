"""The times of streams: what is recorded of them, where they stand, and that nothing else changes."""

import asyncio
import gzip
import json

import openai
import pytest
from cassette_texts import FORMATS, write_cassette
from fault_server import FaultServer
from stream_clients import CHAT, CLIENTS
from werkzeug import Response

import vcr_openai
from vcr_openai._cli import main
from vcr_openai._formats.registry import read_document
from vcr_openai._streams.steps import Answer, Piece
from vcr_openai._streams.times import TIMES, times_of

PAUSE = 0.06
TYPE = [("content-type", "text/event-stream")]
UNTIMED = {"requests", "urllib3"}
TIMED = [name for name in CLIENTS if name not in UNTIMED]


def event(word):
    """The bytes of an event of a chat."""
    chunk = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "gpt-4o"}
    choice = {"index": 0, "delta": {"content": word}, "finish_reason": None}
    return f"data: {json.dumps({**chunk, 'choices': [choice]})}\n\n".encode()


EVENTS = [event("Sätze"), event(" kommen"), event(" an.")]
DONE = b"data: [DONE]\n\n"
STREAM = Answer(200, TYPE, tuple(Piece(one) for one in (*EVENTS, DONE)))
PACED = Answer(200, TYPE, tuple(Piece(one, PAUSE) for one in (*EVENTS, DONE)))


def opened(path, name="yaml", **settings):
    """A cassette in which times are recorded."""
    return vcr_openai.VCR(**{"times": True, "serializer": name, **settings}).use_cassette(str(path))


def recorded(path, answer=STREAM, client="httpx2", name="yaml", **settings):
    """What a client sees of an answer that is recorded, and the further keys of the recorded response."""
    with FaultServer(answer) as server, opened(path, name, **settings) as cassette:
        seen = CLIENTS[client](server.url)
    return seen, cassette.responses[0]


@pytest.mark.parametrize("client", TIMED)
def test_each_event_has_its_time(tmp_path, client):
    """The first time is that from the request on, and the next ones are the pauses that the server made."""
    times = times_of(recorded(tmp_path / "a.yaml", PACED, client)[1])
    pauses = [after - before for before, after in zip((0, *times), times, strict=False)]
    assert (len(times), all(PAUSE * 0.7 < pause < PAUSE + 2 for pause in pauses)) == (4, True)


@pytest.mark.parametrize("client", sorted(UNTIMED & CLIENTS.keys()))
def test_clients_whose_pieces_nobody_sees_have_none(tmp_path, client):
    """What vcrpy reads in one call has no honest times."""
    assert TIMES not in recorded(tmp_path / "a.yaml", client=client)[1]


@pytest.mark.parametrize("client", CLIENTS)
def test_a_client_sees_the_same(tmp_path, client):
    """While times are recorded a client gets what it gets without."""
    with_times, without = (recorded(tmp_path / f"{on}", client=client, times=on)[0] for on in (True, False))
    assert with_times == without


def test_they_are_not_recorded_by_default(tmp_path):
    """A cassette has no times unless somebody asks for them."""
    assert TIMES not in recorded(tmp_path / "a.yaml", times=False)[1]


@pytest.mark.parametrize(
    "answer",
    [
        Answer(200, [("content-type", "application/json")], (Piece(b'{"object":"x"}'),)),
        Answer(500, TYPE, STREAM.steps),
        Answer(200, TYPE, ()),
        Answer(200, TYPE, (Piece(b": ping\n\n"),)),
    ],
    ids=["JSON", "a failure", "an empty stream", "comments"],
)
def test_what_has_no_events_has_none(tmp_path, answer):
    """Only the events of a stream that succeeded have times."""
    assert TIMES not in recorded(tmp_path / "a.yaml", answer)[1]


def test_comments_do_not_count(tmp_path):
    """A comment is lost when a cassette is converted, so it has no time."""
    answer = Answer(200, TYPE, (Piece(b": ping\n\n"), Piece(EVENTS[0], PAUSE), Piece(DONE)))
    assert len(times_of(recorded(tmp_path / "a.yaml", answer)[1])) == 2


def test_the_last_piece_of_an_event_counts(tmp_path):
    """An event has arrived when all of it has."""
    answer = Answer(200, TYPE, (Piece(EVENTS[0][:9]), Piece(EVENTS[0][9:], PAUSE), Piece(DONE)))
    assert times_of(recorded(tmp_path / "a.yaml", answer)[1])[0] > PAUSE * 0.7


def test_a_compressed_stream_has_times(tmp_path):
    """The pieces are decompressed as they arrived."""
    packed = gzip.compress(b"".join(EVENTS))
    pieces = (Piece(packed[:20]), Piece(packed[20:], PAUSE))
    answer = Answer(200, [*TYPE, ("content-encoding", "gzip")], pieces)
    times = times_of(recorded(tmp_path / "a.yaml", answer, client="openai")[1])
    assert (len(times), times[-1] > PAUSE * 0.7) == (3, True)


@pytest.mark.parametrize("coding", ["br", "gzip", "x-unknown"])
def test_a_stream_that_cannot_be_decompressed_has_none(tmp_path, coding):
    """Where it is unknown which bytes were which event, nothing is written."""
    answer = Answer(200, [*TYPE, ("content-encoding", coding)], STREAM.steps)
    assert TIMES not in recorded(tmp_path / "a.yaml", answer, client="httpx2")[1]


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_keeps_them(tmp_path, name):
    """The times that were recorded are those of the cassette that is played."""
    path = tmp_path / f"a.{name}"
    written = recorded(path, name=name)[1][TIMES]
    with opened(path, name, record_mode="none") as cassette:
        assert [response[TIMES] for response in cassette.responses] == [written]


@pytest.mark.parametrize("name", FORMATS)
def test_they_are_one_line(tmp_path, name):
    """A file has a line with the times, in words that people read."""
    path = tmp_path / f"a.{name}"
    recorded(path, name=name)
    (line,) = [line for line in path.read_text(encoding="utf-8").split("\n") if TIMES in line]
    assert line.strip(" ,").replace("'", '"').replace(f'"{TIMES}"', TIMES).split(": ")[1].strip('"').count("+") == 3


@pytest.mark.parametrize("there", FORMATS)
@pytest.mark.parametrize("here", FORMATS)
def test_conversion_keeps_them(tmp_path, here, there):
    """A cassette that is converted to a format and back has its times."""
    path = tmp_path / f"a.{here}"
    written = recorded(path, name=here)[1][TIMES]
    found = read_document(path.read_text(encoding="utf-8"))
    text = write_cassette([_interaction(one) for one in found.exchanges], there)
    again = read_document(text).exchanges[0]
    assert again.response.further[TIMES] == written


def _interaction(exchange):
    from vcr_openai._formats.plain import exchange_to_dict

    return exchange_to_dict(exchange)


@pytest.mark.parametrize("mode", ["all", "once"])
@pytest.mark.parametrize("name", FORMATS)
def test_the_same_answer_changes_no_file(tmp_path, name, mode):
    """What is recorded again at other times leaves the file as it is."""
    path = tmp_path / f"a.{name}"
    with FaultServer(PACED, STREAM) as server:
        with opened(path, name):
            CLIENTS["httpx2"](server.url)
        before = path.read_bytes()
        with opened(path, name, record_mode=mode):
            CLIENTS["httpx2"](server.url)
    assert path.read_bytes() == before


@pytest.mark.parametrize("bad", ["soon", "1 2", "-1", "1 +2 +", [1, 2], None, 1.5, "9" * 400, {"a": 1}, True])
@pytest.mark.parametrize("name", FORMATS)
def test_wrong_times_are_no_times(tmp_path, name, bad):
    """A cassette with times that nobody can read plays as one without."""
    path = tmp_path / "a.json"
    seen = recorded(path, name="json", client="openai")[0]
    value = json.loads(path.read_text())
    value["interactions"][0]["response"][TIMES] = bad
    address = value["interactions"][0]["request"]["uri"].removesuffix("/chat/completions")
    other = tmp_path / f"b.{name}"
    other.write_text(write_cassette(value["interactions"], name), encoding="utf-8")
    with opened(other, name, record_mode="none") as cassette:
        again = CLIENTS["openai"](address)
    assert (len(again.data), again.fault, times_of(cassette.responses[0])) == (len(seen.data), (), None)


@pytest.mark.parametrize("name", FORMATS)
def test_check_reports_wrong_times(tmp_path, name, capsys):
    """``vcr-openai check`` names the place and what was expected."""
    path = tmp_path / "a.json"
    recorded(path, name="json")
    text = path.read_text().replace(f'"{TIMES}": "', f'"{TIMES}": "soon ')
    value = json.loads(text)
    other = tmp_path / f"b.{name}"
    other.write_text(write_cassette(value["interactions"], name), encoding="utf-8")
    main(["check", "--json", str(other)])
    findings = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert [(one["code"], TIMES in one["where"]) for one in findings if one["code"] == "wrong-times"] == (
        [] if name == "recording.json" else [("wrong-times", True)]
    )


@pytest.mark.parametrize("name", FORMATS)
def test_diff_ignores_them(tmp_path, name, capsys):
    """Two cassettes that differ in their times say the same."""
    path, other = tmp_path / f"a.{name}", tmp_path / f"b.{name}"
    written = recorded(path, name=name)[1][TIMES]
    other.write_text(path.read_text(encoding="utf-8").replace(written, "1 +2 +3 +4"), encoding="utf-8")
    status = main(["diff", str(path), str(other)])
    assert (status, TIMES in capsys.readouterr().out) == (0, False)


@pytest.mark.parametrize("client", TIMED)
def test_a_request_that_is_not_recorded_is_not_timed(tmp_path, client):
    """A request that the user's hook leaves out reaches the server, and the next one has its own times."""
    path = tmp_path / "a.yaml"
    with FaultServer(STREAM) as server, opened(path, before_record_request=lambda _: None) as cassette:
        seen = CLIENTS[client](server.url)
    assert (seen.fault, len(cassette)) == ((), 0)


@pytest.mark.anyio
async def test_requests_at_once_have_times_of_their_own(tmp_path):
    """Each of several tasks notes the times of its own stream."""
    slow = Answer(200, TYPE, (Piece(EVENTS[0], PAUSE * 5), Piece(DONE)))
    with FaultServer(slow, Answer(200, TYPE, (Piece(EVENTS[1]), Piece(DONE)))) as server:
        async with openai.AsyncOpenAI(api_key="none", base_url=server.url, max_retries=0) as client:
            with opened(tmp_path / "a.yaml") as cassette:

                async def ask():
                    return [chunk async for chunk in await client.chat.completions.create(**CHAT)]

                await asyncio.gather(ask(), ask())
    first, second = sorted(times_of(response)[0] for response in cassette.responses)
    assert first < PAUSE * 4 < second


def test_redaction_leaves_them(tmp_path):
    """The numbers of a long stream are no secret."""
    answer = Answer(200, TYPE, tuple(Piece(one) for one in EVENTS * 200))
    path = tmp_path / "a.yaml"
    written = recorded(path, answer)[1][TIMES]
    with opened(path, record_mode="none") as cassette:
        assert cassette.responses[0][TIMES] == written


def test_a_mock_transport_is_not_timed(tmp_path):
    """A transport without a network has no times."""
    httpx2 = pytest.importorskip("httpx2")
    transport = httpx2.MockTransport(lambda _: httpx2.Response(200, headers=dict(TYPE), content=EVENTS[0]))
    with opened(tmp_path / "a.yaml") as cassette, httpx2.Client(transport=transport) as client:
        client.post("http://localhost/v1/chat/completions", json=CHAT)
    assert TIMES not in cassette.responses[0]


def test_an_answer_after_a_redirect_has_its_own(tmp_path, httpserver):
    """aiohttp follows redirects within one call; the times are not those of the redirect."""
    aiohttp = pytest.importorskip("aiohttp")
    httpserver.expect_request("/a").respond_with_response(Response("gone", 307, {"location": "/b"}))
    httpserver.expect_request("/b").respond_with_response(Response(EVENTS[0], headers=dict(TYPE)))

    async def work():
        async with aiohttp.ClientSession() as session, session.get(httpserver.url_for("/a")) as response:
            return await response.read()

    with opened(tmp_path / "a.yaml") as cassette:
        assert asyncio.run(work()) == EVENTS[0]
    assert TIMES not in cassette.responses[0]


def test_a_recording_has_them_beside_its_mark(tmp_path):
    """A recording whose request was accepted keeps its times, and the mark is its last member."""
    path = tmp_path / "a.recording.json"
    written = recorded(path, name="recording.json")[1][TIMES]
    mark = {"accepted": {"date": "2026-01-31", "paths": ["model"]}}
    recording = vcr_openai.Recording({**json.loads(path.read_text()), **mark})
    interaction = vcr_openai.to_interaction(recording)
    again = vcr_openai.from_interaction(interaction)
    assert (interaction["response"][TIMES], again.dump()) == (written, recording.dump())


def test_times_in_another_place_of_a_recording_are_kept(tmp_path):
    """A recording comes back as it was, though somebody moved its members."""
    path = tmp_path / "a.recording.json"
    recorded(path, name="recording.json")
    document = json.loads(path.read_text())
    recording = vcr_openai.Recording({TIMES: document.pop(TIMES), **document})
    assert vcr_openai.from_interaction(vcr_openai.to_interaction(recording)).dump() == recording.dump()


@pytest.mark.parametrize("client", [name for name in CLIENTS if name not in ("requests", "urllib3")])
@pytest.mark.parametrize(("times", "speed", "is_late"), [("9000", 1, True), ("9000", 1000, False), ("1", 1, False)])
def test_a_client_waits_for_recorded_times(tmp_path, client, times, speed, is_late):
    """With ``stream="recorded"`` a stream arrives as it was recorded, or faster, so that a timeout can pass."""
    path = tmp_path / "a.yaml"
    written = recorded(path, client=client)[1][TIMES]
    text = path.read_text(encoding="utf-8").replace(written, f"{times} +0 +0 +0")
    path.write_text(text, encoding="utf-8")
    base = text.split("uri: ")[1].split("/chat/")[0]
    with vcr_openai.VCR(record_mode="none").use_cassette(str(path), stream="recorded", speed=speed):
        seen = CLIENTS[client](base, timeout=0.2)
    assert bool(seen.fault) is is_late
