"""What a cassette saves, without pytest: no failure of a block that fails, and what changed."""

from __future__ import annotations

import json
import logging

import pytest
import writers

from vcr_openai import VCR
from vcr_openai._formats.file_parts import FILE_PARTS


def answered(word, status=200, number=1, text="Hello"):
    """A request and its answer, with what a server makes anew."""
    request, response = writers.exchange(word)
    message = {"role": "assistant", "content": f"{text} {word}"}
    body = {"id": f"chatcmpl-{number}", "created": number, "system_fingerprint": f"fp_{number}"}
    body["choices"] = [{"index": 0, "message": message, "finish_reason": "stop"}]
    response = {**response, "status": {"code": status, "message": "x"}}
    return request, {**response, "body": {"string": json.dumps(body).encode()}}


def record(path, *exchanges, mode="all", name="json", **settings):
    """Record exchanges; the file's text."""
    with VCR(record_mode=mode, **settings).use_cassette(str(path), serializer=name) as cassette:
        for request, response in exchanges:
            cassette.append(request, response)
    return path.read_text(encoding="utf-8")


@pytest.mark.parametrize("mode", ["new_episodes", "all"])
@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_a_block_that_fails_saves_no_accidental_failure(tmp_path, caplog, status, mode):
    """A failure is not saved where an exception leaves the block, and the log says so without the URL's query."""
    path = tmp_path / "a.json"

    def fail():
        with VCR(record_mode=mode).use_cassette(str(path), serializer="json") as cassette:
            cassette.append(*answered("good"))
            cassette.append(*answered("bad", status))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError), caplog.at_level(logging.WARNING, "vcr_openai"):
        fail()
    assert "Hello good" in path.read_text(encoding="utf-8")
    assert "Hello bad" not in path.read_text(encoding="utf-8")
    assert f": {status}" in caplog.text


def test_a_block_that_meets_a_failure_writes_no_half_file(tmp_path):
    """In mode once nothing is saved where a failure is not."""
    path = tmp_path / "a.json"

    def fail():
        with VCR(record_mode="once").use_cassette(str(path), serializer="json") as cassette:
            cassette.append(*answered("good"))
            cassette.append(*answered("bad", 401))
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert not path.exists()


def test_a_block_that_succeeds_saves_its_failures(tmp_path):
    """A failure is saved where the block ends well."""
    assert "Hello bad" in record(tmp_path / "a.json", answered("bad", 401), mode="once")


@pytest.mark.parametrize("name", FILE_PARTS)
def test_mode_all_leaves_what_says_the_same(tmp_path, name):
    """Recorded again with new ids and times the file stays as it is, in another order as well."""
    path = tmp_path / f"a.{name}"
    before = record(path, answered("a"), answered("b"), name=name)
    assert record(path, answered("b", number=7), answered("a", number=8), name=name) == before


@pytest.mark.parametrize("name", FILE_PARTS)
def test_mode_all_writes_what_changed(tmp_path, name):
    """The one interaction that says something else is new, in its old place."""
    path = tmp_path / f"a.{name}"
    parts = FILE_PARTS[name]
    before = parts.split(record(path, answered("a"), answered("b"), answered("c"), name=name))
    new = [answered("c", number=3), answered("b", number=4, text="Bye"), answered("a", number=5)]
    after = parts.split(record(path, *new, name=name))
    assert [after[0], after[2]] == [before[0], before[2]]
    assert after[1] != before[1]
    assert "Bye" in after[1]


@pytest.mark.parametrize("name", FILE_PARTS)
def test_recording_again_removes_the_mark_of_an_accepted_request(tmp_path, name):
    """The answer is not older than its request any more, though it says the same; the others stay."""
    path = tmp_path / f"a.{name}"
    exchanges = [answered("a"), answered("b")]
    before = record(path, *exchanges, name=name)
    request, response = answered("a")
    response["recording"] = {"accepted": {"date": "2026-11-26", "paths": ["messages[0].content"]}, "test_id": None}
    marked = record(tmp_path / f"b.{name}", (request, response), exchanges[1], name=name)
    assert "accepted" in marked
    path.write_text(marked, encoding="utf-8")
    assert record(path, *exchanges, name=name) == before


def test_it_can_be_turned_off(tmp_path):
    """With stable=False what was recorded again is written again."""
    path = tmp_path / "a.json"
    before = record(path, answered("a"))
    assert record(path, answered("a", number=2), stable=False) != before


def test_requests_that_only_their_order_tells_apart_keep_it(tmp_path):
    """Where bodies do not count for matching, interactions stand in the order in which they were sent."""
    path, match_on = tmp_path / "a.json", ["method", "uri"]
    record(path, answered("a"), answered("b"), match_on=match_on)
    after = record(path, answered("b", number=7), answered("a", number=8), match_on=match_on)
    assert after.index("Hello b") < after.index("Hello a")


def test_a_file_in_another_layout_stays_where_nothing_changed(tmp_path):
    """A file that a person wrote in a layout of their own stays to the letter if all answers say the same."""
    path = tmp_path / "a.json"
    compact = json.dumps(json.loads(record(path, answered("a"), answered("b"))))
    path.write_text(compact, encoding="utf-8")
    assert record(path, answered("a", number=7), answered("b", number=8)) == compact


@pytest.mark.parametrize("name", ["yaml", "json", "openai.yaml"])
def test_a_conversation_whose_ids_look_like_words_stays(tmp_path, name):
    """A request that repeats the new id of the answer before, of whatever shape, counts as the old request."""
    path = tmp_path / f"a.{name}"

    def conversation(start):
        ids = [f"resp_{number}" for number in range(start, start + 4)]
        for position, own in enumerate(ids):
            before = ids[position - 1] if position else None
            request, response = writers.exchange("word")
            request.uri = "https://api.openai.com/v1/responses"
            request.body = json.dumps({"model": "m", "input": f"turn {position}", "previous_response_id": before})
            body = {"id": own, "object": "response", "created_at": start, "previous_response_id": before, "output": []}
            yield request, {**response, "body": {"string": json.dumps(body).encode()}}

    before = record(path, *conversation(1), name=name)
    assert record(path, *conversation(20), name=name, drop_unused_requests=True) == before
