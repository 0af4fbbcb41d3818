"""``vcr-openai show``: on a terminal and in a pipe, by the names of tests, as JSON, from standard input."""

from __future__ import annotations

import builtins
import io
import json
import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import click
import places
import pytest
from chats import answer, interaction, question
from recordings import recording, reply

from vcr_openai import Recording
from vcr_openai._cli import main
from vcr_openai._recording.key import recording_name

_COLOURS = re.compile(r"\x1b\[[\d;]*m")


@pytest.fixture(autouse=True)
def project(tmp_path, monkeypatch):
    """An empty folder, and a terminal that is wide enough."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("TERM", "xterm-256color")
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.delenv("FORCE_COLOR", raising=False)


@pytest.fixture
def terminal(monkeypatch):
    """Let standard output be a terminal of many lines."""
    monkeypatch.setenv("LINES", "1000")
    monkeypatch.setattr("_pytest.capture.CaptureIO.isatty", lambda _: True)  # capsys's


def cassette(*interactions: dict, name: str = "cassette.json") -> str:
    Path(name).parent.mkdir(parents=True, exist_ok=True)
    Path(name).write_text(json.dumps({"version": 1, "interactions": list(interactions)}), encoding="utf-8")
    return name


def chat(word: str, said: object, **more: object) -> dict:
    return interaction(answer(said) if isinstance(said, str) else said, sent=question(word, **more))


def record(word: str, said: str, test_id: str | None = "tests/test_it.py::test_one") -> str:
    request = {
        "method": "POST",
        "url": "https://api.openai.com/v1/v1/chat/completions",
        "headers": {},
        "body": question(word),
        "endpoint": "/v1/chat/completions",
        "model": "gpt-4o",
    }
    made = Recording(recording(request, reply(answer(said))) | {"test_id": test_id})
    path = Path("recordings", recording_name(made))
    path.parent.mkdir(exist_ok=True)
    path.write_text(made.dump(), encoding="utf-8")
    return str(path)


def plain(text: str) -> str:
    """The text without colours, and without the blanks at the ends of lines."""
    return "\n".join(line.rstrip() for line in _COLOURS.sub("", text).split("\n"))


def test_recordings_are_shown_by_their_tests(capsys):
    """The recordings of a test stand together under its name, not under the names of their files."""
    paths = [record("Saturn", "rings"), record("Mars", "red"), record("Venus", "hot", None)]
    assert main(["show", "recordings"]) == 0
    shown = capsys.readouterr().out
    assert shown.count("tests/test_it.py::test_one\n") == 1
    assert "rings" in shown and "red" in shown
    assert [path in shown for path in paths] == [False, False, True]


def test_verbose_names_the_files_too(capsys):
    """With -v the files of a test's recordings stand below its name."""
    path = record("Saturn", "rings")
    assert main(["show", "-v", "recordings"]) == 0
    assert capsys.readouterr().out.startswith(f"tests/test_it.py::test_one\n  {path}\n  POST ")


def test_standard_input_is_shown(monkeypatch, capsys):
    """- is a file without a name."""
    monkeypatch.setattr(sys, "stdin", io.StringIO(Path(cassette(chat("Saturn", "rings"))).read_text(encoding="utf-8")))
    assert main(["show", "-"]) == 0
    assert capsys.readouterr().out == "POST /chat/completions gpt-4o → 200\n  user: Saturn\n  assistant: rings\n"


def test_broken_standard_input_is_told(monkeypatch, capsys):
    """What is read from standard input and is no cassette is an error in one line."""
    monkeypatch.setattr(sys, "stdin", io.StringIO("{"))
    assert main(["show", "-"]) == 1
    assert capsys.readouterr().err.startswith("standard input: ")


def test_json_has_everything(capsys):
    """--json prints an object a line: file, number, test, request and answer, tokens."""
    path = record("Saturn", "rings")
    assert main(["show", "--json", path, cassette(chat("Mars", "red", temperature=0.5))]) == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["file"], first["interaction"], first["test"]) == (path, 0, "tests/test_it.py::test_one")
    assert first["answered"] == [
        {"speaker": "assistant", "parts": [{"kind": "text", "text": "rings", "name": ""}]},
    ]
    assert (second["test"], second["settings"], second["status"], second["tokens"]) == (
        None,
        {"temperature": 0.5},
        200,
        None,
    )


def test_json_has_no_secrets(capsys):
    """Secrets are not in the JSON either."""
    path = cassette(chat("my key is sk-" + "proj-" + "a1B2" * 12, "no"))
    assert main(["show", "--json", path]) == 0
    assert "a1B2a1B2" not in capsys.readouterr().out


def test_a_pipe_gets_plain_text(capsys):
    """Without a terminal there is no colour and no layout."""
    path = cassette(chat("Saturn", "rings"))
    assert main(["show", path]) == 0
    assert "\x1b" not in capsys.readouterr().out


@pytest.mark.usefixtures("terminal")
def test_a_terminal_gets_colours(capsys):
    """On a terminal the speakers stand in a column, in colours."""
    path = cassette(chat("Saturn", "rings"))
    assert main(["show", path]) == 0
    shown = capsys.readouterr().out
    assert "\x1b[" in shown
    assert plain(shown) == "POST /chat/completions gpt-4o → 200\n       user Saturn\n  assistant rings\n\n"


@pytest.mark.usefixtures("terminal")
def test_a_terminal_without_rich_gets_plain_text(monkeypatch, capsys):
    """Without rich a terminal gets what a pipe gets."""
    real_import = builtins.__import__

    def refuse(name, *arguments, **options):
        if name.partition(".")[0] == "rich":
            raise ImportError(name)
        return real_import(name, *arguments, **options)

    monkeypatch.delitem(sys.modules, "vcr_openai._cli.rich_conversation", raising=False)
    monkeypatch.setattr(builtins, "__import__", refuse)
    path = cassette(chat("Saturn", "rings"))
    assert main(["show", path]) == 0
    assert capsys.readouterr().out == "POST /chat/completions gpt-4o → 200\n  user: Saturn\n  assistant: rings\n"


@pytest.mark.usefixtures("terminal")
def test_no_color_is_respected(monkeypatch, capsys):
    """With NO_COLOR there are no colours."""
    monkeypatch.setenv("NO_COLOR", "1")
    main(["show", cassette(chat("Saturn", "rings"))])
    assert not re.search(r"\x1b\[[\d;]*3\d", capsys.readouterr().out)


@pytest.mark.usefixtures("terminal")
def test_a_call_has_its_arguments_as_json(capsys):
    """The arguments of a call stand below its name, a member on each line."""
    main(["show", str(places.CASSETTES / "chat_tool_calls_stream.yaml")])
    assert '→ get_weather\n              {\n                "city": "Zürich 🏔️",\n' in plain(capsys.readouterr().out)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize(
    "message, shown",
    [
        ({"content": None, "refusal": "I will not."}, "assistant I will not."),
        ({"content": "yes", "reasoning_content": "hm"}, "assistant hm\n            yes"),
        ({"content": "two\nlines"}, "assistant two\n            lines"),
        ({"tool_calls": [{"function": {"name": "f", "arguments": "{broken"}}]}, "assistant → f\n              {broken"),
        ({"tool_calls": [{"function": {"name": "f", "arguments": "plain"}}]}, "assistant → f\n              plain"),
    ],
)
def test_each_kind_of_part_is_shown(capsys, message, shown):
    """Refusals, reasoning, line ends and arguments that are not JSON have their place."""
    reply_body = {"choices": [{"index": 0, "message": {"role": "assistant", **message}}], "usage": {"total_tokens": 1}}
    main(["show", cassette(chat("Saturn", reply_body))])
    out = plain(capsys.readouterr().out)
    assert shown in out
    assert "usage 1 token\n" in out


@pytest.mark.usefixtures("terminal")
def test_an_image_is_a_placeholder(capsys):
    """An image is shown by its type, size and digest."""
    image = {"type": "image_url", "image_url": {"url": "data:image/png;base64,aGVsbG8="}}
    sent = {"model": "gpt-4o", "messages": [{"role": "user", "content": [{"type": "text", "text": "What?"}, image]}]}
    main(["show", cassette(interaction(answer("A cat."), sent=sent))])
    assert "user What?\n            [image/png, 5 bytes, sha256 2cf24dba5fb0…]" in plain(capsys.readouterr().out)


@pytest.mark.usefixtures("terminal")
@pytest.mark.parametrize("full", [False, True])
def test_a_long_text_is_cut_unless_it_is_wanted(capsys, full):
    """On a terminal, too, a long text or long JSON says how long it is; --full shows all of it."""
    call = {"function": {"name": "f", "arguments": json.dumps({"words": ["word"] * 500})}}
    body = {"choices": [{"index": 0, "message": {"role": "assistant", "content": "x " * 900, "tool_calls": [call]}}]}
    main(["show", cassette(chat("Saturn", body)), *["--full"] * full])
    shown = " ".join(plain(capsys.readouterr().out).split())
    assert ("… (1,800 characters)" in shown, shown.count("word") > 400) == (not full, full)


@pytest.mark.parametrize("isatty", [False, True])
@pytest.mark.parametrize("place", ["word", "said", "arguments", "model"])
def test_a_terminal_obeys_no_text(monkeypatch, capsys, place, isatty):
    """Control characters and rich's markup in a cassette are shown, not obeyed."""
    evil = "\x1b[2J\x07[red]x[/red]\u202e"
    monkeypatch.setattr("_pytest.capture.CaptureIO.isatty", lambda _: isatty)
    call = {"function": {"name": evil, "arguments": json.dumps({"a": evil}, ensure_ascii=False)}}
    body = {"choices": [{"index": 0, "message": {"role": "assistant", "tool_calls": [call]}}]}
    one = chat("Saturn", body)
    if place == "word":
        one = chat(evil, "no")
    elif place == "said":
        one = chat("Saturn", evil)
    elif place == "model":
        one = interaction(answer("no"), sent=question("Saturn", model=evil))
    assert main(["show", "--no-pager", cassette(one)]) == 0
    shown = capsys.readouterr().out
    assert "\x1b[2J" not in shown and "\x07" not in shown and "\u202e" not in shown
    assert "[red]x[/red]" in _COLOURS.sub("", shown)


@pytest.mark.usefixtures("terminal")
def test_a_tree_on_a_terminal_has_names(capsys):
    """The name of a test stands above its conversations."""
    record("Saturn", "rings")
    main(["show", "recordings"])
    assert plain(capsys.readouterr().out).startswith(
        "tests/test_it.py::test_one\n  POST /chat/completions gpt-4o → 200\n"
    )


@pytest.mark.usefixtures("terminal")
def test_an_opaque_recording_is_shown(capsys):
    """What is no HTTP exchange is shown as what it holds."""
    carried = recording({"test_id": None, "provider": "p", "tool_name": "t", "kwargs": {}}, reply({"content": "a"}))
    Path("a.recording.json").write_text(Recording(carried).dump(), encoding="utf-8")
    assert main(["show", "a.recording.json"]) == 0
    assert plain(capsys.readouterr().out).startswith("opaque\n")


@pytest.mark.usefixtures("terminal")
def test_what_does_not_fit_goes_to_a_pager(monkeypatch, capsys):
    """A pager starts where the conversation has more lines than the terminal, and gets all of them."""
    paged = []
    monkeypatch.setattr(click, "echo_via_pager", paged.extend)
    path = cassette(*(chat(f"question {number}", "answer") for number in range(5)))
    monkeypatch.setenv("LINES", "30")
    main(["show", path])
    assert (paged, "question 4" in capsys.readouterr().out) == ([], True)
    monkeypatch.setenv("LINES", "10")
    main(["show", path, "--no-pager"])
    assert (paged, "question 4" in capsys.readouterr().out) == ([], True)
    main(["show", path])
    assert (len([line for line in paged if "question" in line]), capsys.readouterr().out) == (5, "")


@pytest.mark.slow
def test_a_real_terminal_and_its_pager():
    """On a real terminal the command starts $PAGER, and in a pipe it does not."""
    path = cassette(*(chat(f"question {number}", "answer") for number in range(50)))
    Path("pager").write_text("#!/bin/sh\necho PAGED\ncat\n", encoding="utf-8")
    Path("pager").chmod(0o755)
    environment = {**os.environ, "PAGER": str(Path("pager").absolute()), "LINES": "20"}
    command = [sys.executable, "-m", "vcr_openai", "show", path]
    main_end, terminal_end = pty.openpty()
    with subprocess.Popen(
        command, stdin=terminal_end, stdout=terminal_end, stderr=terminal_end, env=environment
    ) as one:
        os.close(terminal_end)
        chunks = []
        while chunk := _read(main_end):
            chunks.append(chunk)
    os.close(main_end)
    shown = b"".join(chunks).decode()
    assert (one.returncode, "PAGED" in shown, "question 49" in shown) == (0, True, True)
    piped = subprocess.run(command, capture_output=True, text=True, env=environment, check=True)
    assert ("PAGED" in piped.stdout, "question 49" in piped.stdout) == (False, True)


def _read(descriptor: int) -> bytes:
    try:
        return os.read(descriptor, 65536)
    except OSError:  # Linux: the other end is closed
        return b""


@pytest.mark.slow
def test_rich_is_imported_on_a_terminal_only():
    """Git's textconv, which reads from a pipe, does not wait for rich."""
    path = cassette(chat("Saturn", "rings"))
    code = f"import sys; from vcr_openai._cli import main; main(['show', {path!r}]); print('rich' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.endswith("False\n")


def test_some_of_many_can_be_shown(capsys):
    """--test, --key and --grep choose, as for explain."""
    record("Saturn", "rings")
    record("Mars", "red")
    assert main(["show", "recordings", "--grep", "red"]) == 0
    shown = capsys.readouterr().out
    assert ("red" in shown, "rings" in shown) == (True, False)
    assert main(["show", "recordings", "--grep", "blue"]) == 1
