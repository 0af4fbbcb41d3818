"""Messages: whatever repeats a value of a file for people shows an excerpt of a secret at most."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from made_up_secrets import KEY, MIXED, SECRETS

from vcr_openai import MalformedInteraction, MalformedRecording, TranslationError
from vcr_openai._cli import main
from vcr_openai._errors import describe
from vcr_openai._findings import describe_error, printable
from vcr_openai._secrets.masking import masked
from vcr_openai._vcrpy.serializers import ReadableSerializer, RecordingSerializer

PASSWORD = "hunter2" + "-pw"
CODE = MIXED[:24]
URI = f"https://joe:{PASSWORD}@h.example/v1/chat/completions?api_key={PASSWORD}&code={CODE}"
BODY = json.dumps({"model": KEY, "password": PASSWORD, "messages": [{"role": "user", "content": f"use {KEY}"}]})
INNER = {"password": PASSWORD, "note": f"use {KEY}"}


def _shows_no_secret(text: str) -> bool:
    return not [part for part in (KEY[8:], MIXED[4:24], PASSWORD, PASSWORD[:7]) if part in text]


@pytest.mark.parametrize("secret", [secret for secret in SECRETS.values() if len(secret) < 1000])
@pytest.mark.parametrize("before", ["", "x" * 40 + " ", '{"a": "'])
def test_a_value_is_masked_before_it_is_cut(secret: str, before: str) -> None:
    """No piece of a secret is left, wherever the end of what is shown would cut it."""
    for value in (before + secret, (before + secret).encode(), {before + secret: 1}):
        shown = describe(value)
        assert secret[-20:-8] not in shown
        assert secret[-20:-8] not in str(TranslationError(f"a.{secret}", f"not {secret}", shown))


@pytest.mark.parametrize("write", [json.dumps, repr, lambda value: json.dumps(json.dumps(value)), str])
def test_members_in_any_spelling(write: Any) -> None:
    """A secret is known by its name in JSON, in JSON within JSON and as Python shows it, also cut off."""
    text = write({"user": "joe", "n": 1, **INNER})
    assert _shows_no_secret(masked(text)) and "joe" in masked(text)
    for end in range(text.index(PASSWORD) + 3, len(text)):
        assert PASSWORD[:3] not in masked(text[:end])


@pytest.mark.parametrize("text", ["nothing", "token: next", "a/b.json: the key 5 of", "tests/x.py::test[code=LHR]", ""])
def test_what_has_no_secret_is_shown(text: str) -> None:
    """A text without a secret is the very same object."""
    assert masked(text) is text
    assert printable(text) == text


def test_errors() -> None:
    """Errors of every kind are masked where they are shown."""
    for kind in (MalformedRecording, MalformedInteraction):
        assert _shows_no_secret(str(kind("request", "an object", f"the text '{KEY}'").within("a")))
    for error in (ValueError(f"a {KEY}"), TypeError(URI), OSError(1, f"no {KEY}")):
        assert _shows_no_secret(describe_error(error))


@pytest.mark.parametrize("serializer", [ReadableSerializer(), RecordingSerializer(None)])
@pytest.mark.parametrize(
    "change",
    [
        {"request": {"method": KEY, "uri": URI, "body": BODY, "headers": {}}},
        {"request": BODY},
        {"response": {"status": {"code": KEY}, "headers": {}, "body": {"string": BODY}}},
        {"response": {"status": {"code": 200}, "headers": [BODY], "body": {"string": BODY}}},
        {"response": {"status": {"code": 200}, "headers": {}, "body": BODY}},
    ],
)
def test_refusals_of_serializers(serializer: Any, change: dict[str, Any]) -> None:
    """What a serializer refuses to write, or to read, it names without its secrets."""
    interaction = {
        "request": {"method": "POST", "uri": URI, "body": BODY, "headers": {}},
        "response": {"status": {"code": 200, "message": "OK"}, "headers": {}, "body": {"string": BODY}},
        **change,
    }
    for attempt in (
        lambda: serializer.serialize({"version": 1, "interactions": [interaction]}),
        lambda: serializer.deserialize(json.dumps([interaction])),
        lambda: serializer.deserialize(json.dumps({"version": 1, "interactions": [interaction]})),
    ):
        try:
            attempt()
        except Exception as error:  # noqa: BLE001 - whatever is shown
            assert _shows_no_secret(str(error))


FILES: dict[str, Any] = {
    "a_text.json": {"request": KEY},
    "a_recording.json": {
        "test_id": None,
        "request": {"url": URI, "method": "POST", "endpoint": "/v1/chat/completions", "headers": {}, "body": INNER},
        "response": {"body": {"__type__": KEY, "__data__": INNER}, "is_streaming": BODY},
    },
    "a_cassette.json": {
        "version": 1,
        "interactions": [
            {
                "request": {"method": "POST", "uri": URI, "body": BODY, "headers": {"authorization": [KEY]}},
                "response": {"status": {"code": 200}, "headers": {}, "body": {"string": BODY}},
            }
        ],
    },
    "a_status.json": {
        "interactions": [
            {
                "request": {"method": INNER, "uri": URI, "body": BODY, "headers": {}},
                "response": {"status": {"code": KEY}, "headers": KEY, "body": {"string": BODY}},
            }
        ]
    },
    "another_tools.json": {
        "interactions": [
            {
                "request": {"method": "POST", "url": URI, "body": BODY},
                "response": {"status": 200, "headers": {}, "body": {"content": BODY, "encoding": KEY}},
            }
        ]
    },
    "twice.json": f'{{"{KEY}": 1, "{KEY}": 2}}',
    "twice.yaml": f"interactions:\n- {KEY}: 1\n  {KEY}: 2\n",
    "no.json": f"{BODY}{BODY}",
}
COMMANDS = ["check", "check --json", "check --github", "show", "show --full", "key", "redact", "explain", "normalize"]
COMMANDS += ["rekey", "convert --check", "convert --to cassettes -o OUT", "convert --to recordings -o OUT"]


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize("name", FILES)
def test_no_command_shows_a_secret(tmp_path: Path, capsys: pytest.CaptureFixture[str], command: str, name: str) -> None:
    """Whatever a command prints of a file, for people or machines, contains no secret."""
    content = FILES[name]
    (tmp_path / name).write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    first, *options = command.replace("OUT", str(tmp_path / "out")).split(" ")
    main([first, *options, str(tmp_path / name)])
    printed = capsys.readouterr()
    assert _shows_no_secret(printed.out + printed.err)
