"""``vcr-openai explain`` and ``vcr-openai show``: what a person reads about a cassette."""

from __future__ import annotations

import hashlib
import json
import os
from pathlib import Path

import places
import pytest
from chats import CHAT_URL as CHAT
from chats import answer, interaction, question
from hypothesis import given
from hypothesis import strategies as st
from recordings import recording, reply

from vcr_openai import Recording
from vcr_openai._cli import main
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import Exchange, HttpRequest, HttpResponse
from vcr_openai._review.transcript import transcript


def exchange(word: str, reply: str, **more: object) -> dict:
    """An interaction: a question and its answer."""
    return interaction(answer(reply), sent=question(word, **more))


@pytest.fixture
def cassette(tmp_path, monkeypatch):
    """Write a JSON cassette of exchanges; its path."""
    monkeypatch.chdir(tmp_path)

    def write(*exchanges: dict, name: str = "cassette.json") -> str:
        Path(name).write_text(json.dumps({"version": 1, "interactions": list(exchanges)}), encoding="utf-8")
        return name

    return write


def asked(value: object) -> str:
    """Write a request file; its path."""
    Path("request.json").write_text(value if isinstance(value, str) else json.dumps(value), encoding="utf-8")
    return "request.json"


def test_forms_rules_and_traces_are_shown(cassette, capsys):
    """Each request's canonical form is shown, with the rules in force and those that fired."""
    path = cassette(exchange("Saturn", "rings", stream_options={"include_usage": True}))
    assert main(["explain", path]) == 0
    shown = capsys.readouterr().out
    assert "ignore = stream_options" in shown
    assert '"content": "Saturn"' in shown
    assert "ignore at stream_options: " in shown


@pytest.mark.parametrize(
    "request_of",
    [
        lambda one: json.loads(one["request"]["body"]),
        lambda one: one["request"],
        lambda one: {**one["request"], "body": json.loads(one["request"]["body"])},
        lambda one: one,
    ],
    ids=["body", "request", "request with JSON", "interaction"],
)
def test_a_request_is_answered(cassette, capsys, request_of):
    """A request, however it is written, is looked up: the interactions that answer it are named in order."""
    path = cassette(exchange("Mars", "red"), exchange("Saturn", "rings"), exchange("Saturn", "rings"))
    assert main(["explain", path, "--request", asked(request_of(exchange("Saturn", "")))]) == 0
    assert capsys.readouterr().out == "answered by interactions[1], then interactions[2]\n"


def test_a_request_without_a_body_is_looked_up(cassette, capsys):
    """A GET needs no body."""
    models = exchange("", "")
    models["request"] |= {"method": "GET", "uri": "https://api.openai.com/v1/models", "body": None}
    path = cassette(models)
    assert main(["explain", path, "--request", asked({"method": "GET", "uri": "http://localhost:8000/v1/models"})]) == 0
    assert "answered by interactions[0]" in capsys.readouterr().out


@pytest.mark.parametrize("text", ["[1", '{"method": "GET", "uri": 5}', '{"request": {}}'])
def test_a_broken_request_is_named(cassette, capsys, text):
    """What is wrong with the request's file is said of that file, not of the cassette."""
    assert main(["explain", cassette(exchange("Saturn", "rings")), "--request", asked(text)]) == 1
    assert capsys.readouterr().err.startswith("request.json: ")


def test_another_apis_body_does_not_count(cassette, capsys):
    """A request to another API is answered as vcrpy answers it, whatever its body says."""
    other = exchange("", "")
    other["request"] |= {"uri": "https://example.com/search", "body": "recorded"}
    request = {"method": "POST", "uri": "https://example.com/search", "body": "live"}
    assert main(["explain", cassette(other), "--request", asked(request)]) == 0
    assert "answered by interactions[0]" in capsys.readouterr().out


def test_a_recording_is_looked_up(capsys):
    """A recording can be the request."""
    cassettes = places.CASSETTES
    status = main(
        ["explain", str(cassettes / "chat_reply.yaml"), "--request", str(cassettes / "chat_reply.recording.json")]
    )
    assert (status, capsys.readouterr().out) == (0, "answered by interactions[0]\n")


def test_a_miss_is_explained(cassette, capsys):
    """A request without an answer ends with status 1 and the nearest recorded one."""
    path = cassette(exchange("Saturn", "rings"))
    assert main(["explain", path, "--request", asked(json.loads(exchange("Jupiter", "")["request"]["body"]))]) == 1
    assert "messages[0].content: recorded 'Saturn' … this request 'Jupiter'" in capsys.readouterr().out


def test_what_the_rules_cannot_tell_apart_is_named(cassette, capsys):
    """Requests that are one under the rules although their answers differ are reported with status 1."""
    path = cassette(
        exchange("Saturn", "rings", metadata={"n": 1}),
        exchange("Mars", "red"),
        exchange("Saturn", "moons", metadata={"n": 2}),
    )
    assert main(["explain", path]) == 0
    capsys.readouterr()
    assert main(["explain", path, "--rule", "ignore=metadata"]) == 1
    assert "over-matching: the rules cannot tell interactions[0], interactions[2] apart" in capsys.readouterr().out


def test_the_answers_are_in_the_order_of_replay(cassette, capsys):
    """What is spelled as the request answers it, the nearest first; another id's interaction does not."""
    first, second = ("resp_" + letter * 2 + "12" * 23 for letter in "ab")
    path = cassette(
        exchange("why?", "b", previous_response_id=second),
        exchange("why?", "a", previous_response_id=first),
        exchange("why?", "a", previous_response_id=first),
    )
    live = exchange("why?", "", previous_response_id=first)
    assert main(["explain", path, "--request", asked(live)]) == 1  # over-matching
    assert capsys.readouterr().out.startswith("answered by interactions[1], then interactions[2]\n")
    live = exchange("why?", "", previous_response_id="resp_cc" + "12" * 23)
    main(["explain", path, "--request", asked(live)])
    assert "answered by interactions[0], then interactions[1], then interactions[2]\n" in capsys.readouterr().out


def test_requests_are_redacted_as_in_replay(cassette, capsys):
    """What replay redacts before it compares is redacted here, too, with further names; or not at all."""
    recorded, live = (interaction(answer("a"), sent=question("a", ticket=value)) for value in ("one", "two"))
    path = cassette(recorded)
    arguments = ["explain", path, "--request", asked(live)]
    assert main(arguments) == 1
    assert main([*arguments, "--field", "ticket"]) == 0
    assert main([*arguments, "--field", "ticket", "--no-redact"]) == 1
    assert main(["explain", path, "--field", "ticket"]) == 0
    assert "REDACTED" in capsys.readouterr().out


@pytest.mark.parametrize("flag", [[], ["--exact"]])
@pytest.mark.parametrize("name", ["code", "key", "token", "auth", "sig", "jwt"])
def test_redaction_makes_no_requests_equal(cassette, capsys, name, flag):
    """Two requests that differ in an ambiguous parameter stay different, as in a replay."""
    recorded, live = (
        interaction("London", uri=f"https://airports.example/lookup?{name}={value}", method="GET")
        for value in ("LHR", "JFK")
    )
    assert main(["explain", cassette(recorded), "--request", asked(live), *flag]) == 1
    assert "no recorded request answers GET /lookup" in capsys.readouterr().out
    assert main(["explain", cassette(recorded), "--request", asked(recorded), *flag]) == 0


def test_exact_has_no_rules(cassette, capsys):
    """With --exact, what is ignored by default counts."""
    path = cassette(exchange("Saturn", "rings"))
    body = json.loads(exchange("Saturn", "", stream_options={})["request"]["body"])
    assert main(["explain", path, "--request", asked(body)]) == 0
    assert main(["explain", path, "--request", asked(body), "--exact"]) == 1
    assert "stream_options: recorded absent … this request {}" in capsys.readouterr().out


@pytest.mark.parametrize("setting", ["colour=red", "ignore", "round_digits=many"])
def test_a_wrong_rule_is_wrong_usage(cassette, capsys, setting):
    """An unknown rule ends with status 2 and a list of the rules."""
    assert main(["explain", cassette(exchange("a", "b")), "--rule", setting]) == 2
    assert "expected" in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "{", "words", '{"interactions": 3}'])
def test_what_is_no_cassette_is_refused(tmp_path, capsys, text):
    """A file that is no cassette ends with status 1 and one line that names it."""
    path = tmp_path / "x.yaml"
    path.write_text(text, encoding="utf-8")
    assert main(["explain", str(path)]) == 1
    assert capsys.readouterr().err.startswith(f"{path}: ")


def test_a_pipe_is_not_waited_for(tmp_path, capsys):
    """A pipe in a cassette's place is an error in one line."""
    os.mkfifo(tmp_path / "pipe.yaml")
    assert main(["explain", str(tmp_path / "pipe.yaml")]) == 1
    assert capsys.readouterr().err == f"{tmp_path / 'pipe.yaml'}: it is not a regular file\n"


def test_a_request_without_a_body_is_one(cassette, capsys):
    """A request to look up may be written without a body."""
    request = asked({"method": "GET", "uri": "https://api.openai.com/v1/models"})
    assert main(["explain", cassette(exchange("Saturn", "Rings.")), "--request", request]) == 1
    assert "GET" in capsys.readouterr().out


def test_a_credential_in_the_query_is_not_shown(cassette, capsys):
    """The value of a key in the URL is left out of a form."""
    one = exchange("Saturn", "rings")
    one["request"]["uri"] += "?api-key=made-up-value"
    assert main(["explain", cassette(one)]) == 0
    assert "made-up-value" not in capsys.readouterr().out


def test_a_conversation_is_shown(cassette, capsys):
    """Who said what, in the order in which they did."""
    cassette(exchange("Saturn?", "It has\nrings."))
    assert main(["show", "."]) == 0
    assert capsys.readouterr().out.split("\n") == [
        "cassette.json",
        "  POST /chat/completions gpt-4o → 200",
        "    user: Saturn?",
        "    assistant: It has rings.",
        "",
    ]


def test_one_file_is_shown_without_its_name(cassette, capsys):
    """Git's textconv hands over a copy under a name of chance, in which two versions must not differ."""
    assert main(["show", cassette(exchange("Saturn?", "Rings."))]) == 0
    assert capsys.readouterr().out.startswith("POST /chat/completions gpt-4o → 200\n  user: Saturn?\n")


def test_a_named_file_that_is_something_else_is_told(tmp_path, capsys):
    """What was asked for by name and is no recording or cassette is an error: an empty diff would hide a change."""
    path = tmp_path / "other.json"
    path.write_text('{"name": 1}', encoding="utf-8")
    assert main(["show", str(path)]) == 1
    assert capsys.readouterr().err.startswith(f"{path}: ")


def test_long_texts_are_cut_unless_they_are_wanted(cassette, capsys):
    """A long text says how long it is; with --full it stands there whole."""
    path = cassette(exchange("x" * 500, "y"))
    main(["show", path])
    assert f"{'x' * 200}… (500 characters)" in capsys.readouterr().out
    main(["show", path, "--full"])
    assert "x" * 500 in capsys.readouterr().out


@pytest.mark.parametrize(
    "name, line",
    [
        ("chat_tool_calls_stream", 'assistant calls: get_time({"city":"Lhasa"})'),
        ("failure_no_such_model", "error: "),
        ("models_page", "answer: "),
        ("embeddings", "answer: "),
        ("responses_stream", "assistant: "),
        ("completion_stream", "assistant: "),
    ],
)
def test_every_outcome_is_shown(name, line, capsys):
    """Streams are put together; failures, pages and vectors are said in a word."""
    assert main(["show", str(places.CASSETTES / f"{name}.recording.json")]) == 0
    assert line in capsys.readouterr().out


def test_what_else_was_asked_is_shown(cassette, capsys):
    """Each member of a request has a place in its transcript, so that a diff of transcripts hides no change of one."""
    main(["show", cassette(exchange("Saturn?", "Rings.", temperature=0.5, seed=7))])
    assert '  with: {"temperature":0.5,"seed":7}\n' in capsys.readouterr().out


@pytest.mark.parametrize(
    "answer, line",
    [
        ({"results": [{"flagged": True}]}, '  answer: {"results":[{"flagged":true}]}'),
        ("plain words", "  answer: plain words"),
        (
            {"output": [{"type": "function_call", "name": "add", "arguments": "{}"}], "usage": {"total_tokens": 3}},
            "  assistant calls: add({})\n  usage: 3 tokens",
        ),
        (
            {"content": [{"type": "tool_use", "name": "add", "input": {"a": 1}}]},
            '  assistant calls: add({"a":1})',
        ),
        ({"type": "content_block_delta", "delta": {"type": "text_delta", "text": "Nine."}}, "  assistant: Nine."),
        (
            {"type": "response.output_item.done", "item": {"type": "function_call", "name": "f", "arguments": "{}"}},
            "  assistant calls: f({})",
        ),
        ({"type": "response.completed", "response": {"usage": {"total_tokens": 5}}}, "  usage: 5 tokens"),
    ],
)
def test_what_an_answer_says_is_shown(answer, line, cassette, capsys):
    """A call, a piece of a stream, or (where nothing is said) the whole answer stands in the transcript."""
    one = exchange("Saturn?", "Rings.")
    one["response"]["body"] = {"string": answer if isinstance(answer, str) else json.dumps(answer)}
    main(["show", cassette(one)])
    assert capsys.readouterr().out.endswith(f"  user: Saturn?\n{line}\n")


def test_bytes_are_shown_by_their_digest():
    """An answer that is not text is shown by its size and digest."""
    lines = transcript(Exchange(HttpRequest("GET", CHAT), HttpResponse(200, {}, Body(b"\xff\xfe"))))
    assert list(lines)[1:] == [f"  answer: 2 bytes, sha256 {hashlib.sha256(bytes([255, 254])).hexdigest()}"]


def test_a_broken_file_does_not_keep_the_others(cassette, tmp_path, capsys):
    """What cannot be read is named on standard error, and the status is 1; what is not ours is passed over."""
    cassette(exchange("Saturn", "rings"), name="good.json")
    (tmp_path / "bad.json").write_text("{", encoding="utf-8")
    (tmp_path / "other.json").write_text('{"name": 1}', encoding="utf-8")
    assert main(["show", "."]) == 1
    captured = capsys.readouterr()
    assert "assistant: rings" in captured.out
    assert captured.err.startswith("bad.json: ")


names = (
    "choices message delta content tool_calls function index data error output messages input prompt usage role type"
)
json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(names.split()), inner, max_size=4),
    max_leaves=12,
)


def shown(sent: object, answer: str, kind: str = "") -> str:
    """The transcript of a request and its answer."""
    request = HttpRequest("POST", CHAT, {}, Body(json.dumps(sent).encode()))
    return "\n".join(transcript(Exchange(request, HttpResponse(200, {}, Body(answer.encode(), kind)))))


@given(json_values, json_values, st.sampled_from(["application/json", "text/event-stream", "application/x-ndjson"]))
def test_no_exchange_is_too_odd_to_show(sent, got, kind):
    """Whatever JSON was sent and came back, there are lines for it."""
    body = f"data: {json.dumps(got)}\n\n" if kind == "text/event-stream" else json.dumps(got)
    assert shown(sent, body, kind)


def test_a_request_to_another_api_is_shown_as_it_is(cassette, capsys):
    """Of another API's request nothing is left out, but a long text is cut."""
    other = exchange("", "")
    other["request"] |= {"uri": "https://example.com/search", "body": json.dumps({"q": "a" * 500})}
    assert main(["explain", cassette(other)]) == 0
    shown = capsys.readouterr().out
    assert "no rules: another API than OpenAI's" in shown
    assert f"{'a' * 400}… (500 characters)" in shown


def test_a_folder_that_cannot_be_read_is_told(tmp_path, monkeypatch, capsys):
    """What the system refuses is named on standard error, and the status is 1."""

    def refuse(path):
        raise PermissionError(13, "Permission denied", path)

    monkeypatch.setattr(os, "scandir", refuse)
    status = main(["show", str(tmp_path)])
    monkeypatch.undo()
    assert (status, "Permission denied" in capsys.readouterr().err) == (1, True)


def test_what_is_carried_is_told_as_it_is(tmp_path, capsys):
    """A tool's invocation is no exchange: it says the request that the recording holds."""
    carried = recording({"test_id": None, "provider": "p", "tool_name": "t", "kwargs": {}}, reply({"content": "a"}))
    path = tmp_path / "a.recording.json"
    path.write_text(Recording(carried).dump(), encoding="utf-8")
    assert main(["show", str(path)]) == 0
    assert capsys.readouterr().out.startswith("opaque: ")


@pytest.mark.parametrize(
    "message, line",
    [
        ({"type": "function_call", "name": "add", "arguments": "{}"}, "function_call: add({})"),
        ({"role": "user", "content": [{"type": "input_image"}, 5]}, "user: [input_image] the number 5"),
        ({"role": "assistant", "tool_calls": [{"function": 5}, {"function": {"name": "f", "arguments": "1"}}]}, "f(1)"),
    ],
)
def test_what_a_message_holds_is_shown(message, line):
    """Calls, other parts, and values of a wrong type have their place in a line."""
    answer = '{"choices": [{"delta": {"tool_calls": [{"function": 5}]}}]}'
    assert line in shown({"messages": [message]}, answer)


def test_a_tree_without_anything_to_show_says_so(tmp_path, capsys):
    """Silence would look like an empty conversation."""
    (tmp_path / "other.json").write_text('{"name": 1}', encoding="utf-8")
    assert main(["show", str(tmp_path)]) == 1
    assert capsys.readouterr() == ("", "no recording or cassette was found\n")


def test_a_tools_request_is_refused(tmp_path, capsys):
    """What was no HTTP request is no request to look for, and the error says what it is."""
    (tmp_path / "request.json").write_text('{"tool_name": "search", "kwargs": {"q": "x"}}', encoding="utf-8")
    (tmp_path / "a.yaml").write_text("interactions: []\nversion: 1\n", encoding="utf-8")
    assert main(["explain", str(tmp_path / "a.yaml"), "--request", str(tmp_path / "request.json")]) == 1
    assert "expected an HTTP request, found that of a tool or a file processor" in capsys.readouterr().err
