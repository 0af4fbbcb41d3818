"""``vcr-openai redact``: secrets go, everything else stays, and nothing is written unasked."""

from __future__ import annotations

import copy
import gzip
import json
from pathlib import Path
from typing import Any

import pytest
from cassette_texts import write_cassette
from chats import interaction
from made_up_secrets import KEY
from recordings import chat_call, recording, reply

from vcr_openai import Recording, recording_key, to_interaction
from vcr_openai._cli import main
from vcr_openai._formats.plain import exchange_to_dict
from vcr_openai._formats.registry import FORMATS, read_document
from vcr_openai._trees import redact_files


def leaky(where: str = "answer") -> Recording:
    """A recording with a key in its answer or its request."""
    document = recording(chat_call(), reply({"choices": [{"message": {"content": KEY if where == "answer" else "a"}}]}))
    if where == "request":
        document["request"]["body"]["messages"] = [{"role": "user", "content": f"use {KEY}"}]
    return Recording(copy.deepcopy(document))


def wire(body: Any, **headers: Any) -> Any:
    """An interaction from the wire, with noise in its headers."""
    noise = {"user-agent": ["OpenAI/Python"], **headers}
    return interaction(body, None, sent={"model": "m"}, sent_headers=noise)


def written(path: Path, content: str | bytes) -> Path:
    """A file with this content."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return path


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_is_mended(tmp_path, capsys, name):
    """After ``--write`` the key is gone, the file is of its format still, and a check is content."""
    text = write_cassette([to_interaction(leaky()), to_interaction(leaky("request"))], name)
    path = written(tmp_path / f"a.{name}", text)
    assert main(["redact", "--write", str(path)]) == 0
    assert KEY not in path.read_text(encoding="utf-8")
    assert len(FORMATS[name].load(path.read_text(encoding="utf-8"), None).exchanges) == 2
    assert main(["check", "--select", "secret", str(path)]) == 0
    assert KEY not in "".join(capsys.readouterr())


def test_nothing_is_written_unasked(tmp_path, capsys):
    """Without ``--write`` it says what it would do."""
    text = leaky().dump()
    path = written(tmp_path / "a.json", text)
    assert main(["redact", str(tmp_path)]) == 0
    captured = capsys.readouterr()
    assert path.read_text(encoding="utf-8") == text
    assert captured.out.strip().endswith("response.body.__data__.choices[0].message.content: openai-key sk-p…G4")
    assert (
        captured.err.strip() == "1 secret would be replaced in 1 file, 0 refused (nothing is written without --write)"
    )


def test_only_the_secret_changes(tmp_path):
    """A recording differs in nothing but the replaced text."""
    path = written(tmp_path / "a.json", leaky().dump())
    main(["redact", "--write", str(path)])
    assert path.read_text(encoding="utf-8") == leaky().dump().replace(KEY, "REDACTED-openai-key")


@pytest.mark.parametrize(
    "content",
    [
        json.dumps(recording(chat_call(), reply({"a": "sk-test-key"}))),
        "interactions: []\n",
        "{",
        '{"name": 1}',
        b"\xff",
    ],
)
def test_a_file_without_secrets_is_not_touched(tmp_path, content):
    """Byte for byte, whatever its spelling, and whether it can be read or not."""
    path = written(tmp_path / "a.json", content)
    before = path.read_bytes()
    main(["redact", "--write", str(tmp_path)])
    assert path.read_bytes() == before


def test_the_other_interactions_keep_their_values(tmp_path):
    """Only the interaction with the secret loses its noise."""
    path = written(tmp_path / "a.yaml", write_cassette([wire("clean"), wire(KEY, cookie=["s=" + KEY])], "yaml"))
    assert main(["redact", "--write", str(path)]) == 0
    first, second = read_document(path.read_text(encoding="utf-8")).exchanges
    assert exchange_to_dict(first) == wire("clean")
    assert second.request.headers == {}


def test_a_link_is_refused(tmp_path, capsys):
    """A link may lead out of the tree that was named; its file stays as it is, and its secret is reported."""
    path = written(tmp_path / "elsewhere.json", leaky("request").dump())
    (tmp_path / "tree").mkdir()
    (tmp_path / "tree" / "a.json").symlink_to(path)
    assert main(["redact", "--write", str(tmp_path / "tree")]) == 1
    assert "a.json: it is a link; redact its target instead" in capsys.readouterr().err
    assert (tmp_path / "tree" / "a.json").is_symlink()


def test_a_compressed_body_is_decoded_first(tmp_path):
    """The secret within is replaced, and the body stands decoded."""
    interaction = wire(gzip.compress(KEY.encode()))
    interaction["response"]["headers"] = {"content-encoding": ["gzip"], "content-length": ["50"]}
    path = written(tmp_path / "a.yaml", write_cassette([interaction], "yaml"))
    assert main(["redact", "--write", str(path)]) == 0
    (found,) = read_document(path.read_text(encoding="utf-8")).exchanges
    assert (found.response.body.text, found.response.headers) == ("REDACTED-openai-key", {"content-length": ["19"]})


def test_a_body_that_cannot_be_decoded_is_said(tmp_path, capsys):
    """It stays, and a note says that nobody looked into it."""
    interaction = wire(b"\x1f\x8b\xff")
    interaction["response"]["headers"] = {"content-encoding": ["gzip"]}
    path = written(tmp_path / "a.yaml", write_cassette([interaction], "yaml"))
    assert main(["redact", str(path)]) == 0
    assert "interactions[0].response.body cannot be decoded" in capsys.readouterr().err


def test_a_key_that_changes_is_said(tmp_path, capsys):
    """When the secret stood in the request, the recorder looks for another file."""
    path = written(tmp_path / "a.json", leaky("request").dump())
    main(["redact", "--write", str(path)])
    new = recording_key(Recording.parse(path.read_text(encoding="utf-8")))
    assert new != recording_key(leaky("request"))
    assert f"the key changes: the recorder looks for {new}.json" in capsys.readouterr().err


def test_another_layout_stays_what_it_is(tmp_path):
    """Of pydantic-ai's layout the values change, its keys stay."""
    interaction = wire("")
    interaction["response"] = {"status": {"code": 200, "message": "OK"}, "headers": {}, "parsed_body": {"a": [KEY]}}
    path = written(tmp_path / "a.yaml", write_cassette([interaction], "yaml"))
    assert main(["redact", "--write", str(path)]) == 0
    assert "parsed_body:\n      a:\n      - REDACTED-openai-key\n" in path.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    "document",
    [
        {"interactions": [wire(KEY)], "recorded_with": "x"},
        {"http_interactions": [wire(KEY)]},
        {"interactions": [{"request": {}, "response": {}}]},
    ],
)
def test_what_would_lose_something_is_refused(tmp_path, capsys, document):
    """A file that our writer cannot say in full stays as it is, with the reason."""
    path = written(tmp_path / "a.json", json.dumps(document))
    assert main(["redact", "--write", str(path)]) == 1
    assert f"refused: {path}: " in capsys.readouterr().err
    assert json.loads(path.read_bytes()) == document


def test_a_file_that_cannot_be_written_stays(tmp_path, capsys, monkeypatch):
    """An error of the system is a refusal."""
    path = written(tmp_path / "a.json", leaky().dump())

    def fail(*_arguments, **_options):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("vcr_openai._files.write_text", fail)
    assert main(["redact", "--write", str(path)]) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == leaky().dump()


@pytest.mark.parametrize(
    "options, secret",
    [
        (["--header", "x-tenant"], "acme"),
        (["--query", "tenant"], "blue"),
        (["--field", "customer"], "4711"),
        (["--pattern", "cust-[0-9]+"], "cust-1"),
    ],
)
def test_more_can_be_named(tmp_path, options, secret):
    """What the user names is a secret, however short it is."""
    interaction = wire('{"customer": "4711", "note": "cust-1"}', **{"x-tenant": ["acme"]})
    interaction["request"]["uri"] += "?tenant=blue"
    path = written(tmp_path / "a.yaml", write_cassette([interaction], "yaml"))
    assert main(["redact", "--write", *options, str(path)]) == 0
    assert secret not in path.read_text(encoding="utf-8")


def test_recordings_of_an_array(tmp_path, capsys):
    """Each is redacted in its place, and a changed key names the recording."""
    documents = [leaky("request").document, recording(chat_call(), reply({}))]
    path = written(tmp_path / "a.json", json.dumps(documents))
    assert main(["redact", "--write", str(path)]) == 0
    assert json.loads(path.read_bytes())[1] == documents[1]
    assert "the key of [0] changes" in capsys.readouterr().err


def test_what_is_left_of_a_secret_is_refused(tmp_path, monkeypatch, capsys):
    """Nothing is written where redaction would leave a secret."""
    path = written(tmp_path / "a.json", leaky().dump())
    real = redact_files.redact_document
    monkeypatch.setattr(redact_files, "redact_document", lambda *arguments: (arguments[0], real(*arguments)[1]))
    assert main(["redact", "--write", "--jobs", "1", str(path)]) == 1
    assert "expected no secret after redaction, found openai-key" in capsys.readouterr().err
    assert path.read_text(encoding="utf-8") == leaky().dump()


def test_a_file_processors_secret_goes_without_a_word_of_its_key(tmp_path, capsys):
    """The key of such a recording is not known, so nothing is said of it."""
    processor = {"test_id": None, "provider": KEY, "api": "/v1/process", "file_id": "f"}
    path = written(tmp_path / "a.json", Recording(recording(processor, reply({}, "x.ProcessFileResponse"))).dump())
    assert main(["redact", "--write", str(path)]) == 0
    assert KEY not in path.read_text(encoding="utf-8")
    assert "the key" not in "".join(capsys.readouterr())


def test_keys_beside_an_exchange_stay(tmp_path):
    """A cassette in another layout than today's keeps it; its secrets go."""
    path = written(tmp_path / "a.yaml", write_cassette([{**wire(KEY), "recorded_at": "2026"}], "yaml"))
    assert main(["redact", "--write", str(path)]) == 0
    text = path.read_text(encoding="utf-8")
    assert (KEY in text, "recorded_at: '2026'" in text) == (False, True)
