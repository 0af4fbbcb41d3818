"""Odd contents and odd paths: every command ends with words, never with a traceback."""

import io
import json
import sys

import pytest
from chats import CHAT_URL, interaction

import vcr_openai
from vcr_openai._cli import main

ODD = "a \ud800 b \udfff"


def cassette(path, *interactions):
    """A JSON cassette, which can spell what UTF-8 cannot."""
    path.write_text(json.dumps({"version": 1, "interactions": list(interactions)}))
    return str(path)


def ask(content, **more):
    """A chat whose question and answer have this content."""
    answer = {"choices": [{"index": 0, "message": {"role": "assistant", "content": content}}]}
    return interaction(answer, sent={"model": "m", "messages": [{"role": "user", "content": content}]}, **more)


@pytest.mark.parametrize("command", [["show"], ["show", "--full"], ["explain"], ["check"], ["redact"]])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("content", [ODD, "\ud83d", "é 漢 \U0001f999"])
def test_every_text_is_printed(command, encoding, content, tmp_path, monkeypatch):
    """Half of a surrogate pair, and what the terminal's encoding does not have, is escaped."""
    path = cassette(tmp_path / "a.json", ask(content))
    stream = io.TextIOWrapper(io.BytesIO(), encoding=encoding)
    monkeypatch.setattr(sys, "stdout", stream)
    assert main([*command, path]) in (0, 1)
    stream.flush()
    assert stream.errors == "strict"
    printed = stream.buffer.getvalue().decode(encoding)
    assert command[0] != "show" or content.encode(encoding, "backslashreplace").decode(encoding) in printed


@pytest.mark.parametrize("command", ["show", "explain", "check", "redact", "stats", "diff"])
@pytest.mark.parametrize("uri", ["http://[", "http://[::1/v1/chat/completions", "http://h:x/v1/models", "", "\x00"])
def test_a_broken_url_is_no_reason_to_stop(command, uri, tmp_path, capsys):
    """Whatever stands where a URL should be."""
    path = cassette(tmp_path / "a.json", ask("hello", uri=uri))
    other = cassette(tmp_path / "b.json", ask("bye", uri=uri))
    assert main([command, path, *([other] if command == "diff" else [])]) in (0, 1)
    assert "defect" not in capsys.readouterr().err


@pytest.mark.parametrize("kind", [["a"], {"a": 1}, 3, None, True])
@pytest.mark.parametrize("stream", [True, False])
def test_a_type_that_is_no_text_is_checked(kind, stream, tmp_path, capsys):
    """Whatever JSON a member has, the check has a finding of its own."""
    event = json.dumps(
        {"type": kind, "id": kind, "choices": kind, "response": {"id": kind, "usage": {"total_tokens": kind}}}
    )
    body, content_type = (f"data: {event}\n\n", "text/event-stream") if stream else (event, "application/json")
    url = CHAT_URL.replace("chat/completions", "responses")
    main(["check", cassette(tmp_path / "a.json", interaction(body, content_type, uri=url, sent="{}"))])
    assert "defect" not in capsys.readouterr().out


def test_nothing_to_check_is_an_error(tmp_path, capsys):
    """An empty folder: a path that moved must not pass for a clean tree."""
    assert main(["check", str(tmp_path)]) == 1
    assert "no recording or cassette was found" in capsys.readouterr().err


def test_a_folder_without_files_of_ours_names_each_once(tmp_path, capsys):
    """With the reason; where there is one of ours, the others are only counted."""
    (tmp_path / "package.json").write_text('{"name": "x"}')
    (tmp_path / "more.yaml").write_text("- 1\n")
    assert main(["check", str(tmp_path)]) == 1
    said = capsys.readouterr().err
    assert said.count("skipped: ") == 2 and said.count("package.json") == 1 and said.count("more.yaml") == 1
    cassette(tmp_path / "a.json", ask("hello"))
    main(["check", str(tmp_path)])
    assert "package.json" not in capsys.readouterr().err


def test_a_fault_of_many_interactions_is_one_finding(tmp_path, capsys):
    """gRPC calls, of which cassettes of other tools have thousands: one line for the file and the kind of fault."""
    call = {"protocol": "grpc", "request": {"method": "/a/B", "metadata": {}}, "response": {"status_code": 0}}
    broken = {**interaction("{}"), "response": {"status": {"code": "x"}, "headers": {}, "body": {"string": ""}}}
    path = cassette(tmp_path / "a.json", *[call] * 30, broken, ask("hello"), *[call] * 5)
    assert main(["check", path, "--select", "unreadable"]) == 1
    first, second, end = capsys.readouterr().out.split("\n")
    assert not end
    assert (
        "interactions[0].request.uri: expected a URL, found no uri and no url (and in 34 further interactions)" in first
    )
    assert "interactions[30].response.status.code: expected a status code" in second


@pytest.mark.parametrize(
    ("name", "meant"),
    [("openai.yml", "openai.yaml"), ("recording", "recording.json"), ("yml", "yaml"), ("something else", None)],
)
def test_a_serializers_typo(name, meant, tmp_path):
    """vcrpy's error says what there is, and what was meant."""
    with pytest.raises(KeyError) as caught, vcr_openai.VCR(serializer=name).use_cassette(str(tmp_path / "a")):
        pass
    said = caught.value.args[0]
    assert all(repr(one) in said for one in ("json", "openai.yaml", "recording.json", "yaml"))
    assert (f"Did you mean {meant!r}?" in said) is (meant is not None)
