"""``vcr-openai check``: each code is found where it is, and nowhere else."""

from __future__ import annotations

import copy
import gzip
import json
from itertools import cycle
from pathlib import Path
from typing import Any

import places
import pytest
from cassette_texts import FORMATS, write_cassette
from chats import CHAT_URL, interaction, question
from hypothesis import given
from made_up_secrets import KEY
from recordings import CHUNK, EXCHANGES, chat_call, documents, recording, reply, sdk_call, stream, tagged

from vcr_openai import MalformedInteraction, Recording, recording_key, to_interaction
from vcr_openai._checks.check_codes import CODES, annotation, severity
from vcr_openai._checks.check_files import CheckSettings, check_file
from vcr_openai._cli import main
from vcr_openai._findings import Finding
from vcr_openai._formats.document import lines_of
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpRequest
from vcr_openai._trees.acceptance import NewRequest, accepted_text
from vcr_openai._trees.sources import Source

DOCS = places.DOCS / "check.md"
SAMPLES = places.SAMPLES
REPLY = {
    "id": "chatcmpl-1",
    "object": "chat.completion",
    "created": 0,
    "model": "gpt-4o",
    "choices": [{"index": 0, "message": {"role": "assistant", "content": "Ja"}, "finish_reason": "stop"}],
    "usage": {"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3},
}


def chunk(delta: str = "a", finish: str | None = None, **more: Any) -> dict[str, Any]:
    """A chunk as OpenAI sends it."""
    choice = {"index": 0, "delta": {"content": delta}, "finish_reason": finish}
    base = {"id": "c", "object": "chat.completion.chunk", "created": 0, "model": "m", "choices": [choice]}
    return {**base, **more}


def wire(body: Any, uri: str = CHAT_URL, kind: str = "application/json", asked: str = "Hi", **more: Any) -> Any:
    """An interaction as vcrpy records it."""
    return interaction(body, kind, uri=uri, sent=question(asked, "m"), **more)


def sse(*objects: Any, done: bool = True) -> Any:
    """An interaction whose answer is a stream."""
    body = "".join(f"data: {one if isinstance(one, str) else json.dumps(one)}\n\n" for one in objects)
    return wire(body + ("data: [DONE]\n\n" if done else ""), kind="text/event-stream")


def checked(path: Path, text: str, **settings: Any) -> list[Finding]:
    """The findings of a file."""
    path.write_bytes(text.encode())
    return check_file(Source(str(path), path.name, (), named=True), CheckSettings(**settings)).findings


def cassette(tmp_path: Path, *interactions: Any) -> list[Finding]:
    """The findings of a cassette."""
    return checked(tmp_path / "a.yaml", write_cassette(list(interactions), "yaml"))


def codes(findings: list[Finding]) -> list[str]:
    """Their codes."""
    return [finding.code for finding in findings]


def _sound() -> Any:
    return recording(chat_call(), reply(REPLY))


def test_a_sound_recording_has_no_findings(tmp_path):
    """A recording in its normal form, named by its key, is clean."""
    found = Recording(_sound())
    assert checked(tmp_path / f"{recording_key(found)}.json", found.dump()) == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_sound_cassette_has_no_findings(tmp_path, name):
    """Cassettes of every format, made of a sound recording and a sound stream, are clean."""
    streamed = Recording(recording(chat_call(stream=True), stream(chunk(), chunk("", "stop"))))
    interactions = [to_interaction(Recording(_sound())), to_interaction(streamed)]
    assert checked(tmp_path / f"a.{name}", write_cassette(interactions, name)) == []


@pytest.mark.parametrize("name", FORMATS)
def test_a_secret_is_found_in_every_format(tmp_path, name):
    """A key in a prompt is found with its place and shown masked only."""
    document = _sound()
    document["request"]["body"]["messages"] = [{"role": "user", "content": f"use {KEY} please"}]
    findings = checked(tmp_path / f"a.{name}", write_cassette([to_interaction(Recording(document))], name))
    assert "secret" in codes(findings)
    assert all("messages[0].content" in finding.where and KEY not in finding.message for finding in findings)


def test_a_secret_in_a_compressed_body_is_found(tmp_path):
    """A body is decoded before it is searched."""
    interaction = wire(gzip.compress(json.dumps({**REPLY, "model": KEY}).encode()))
    interaction["response"]["headers"]["content-encoding"] = ["gzip"]
    assert codes(cassette(tmp_path, interaction)) == ["secret"]


def test_a_body_that_cannot_be_decoded_is_said(tmp_path):
    """What nobody could look into is a finding of its own."""
    interaction = wire(b"\x1f\x8b\xff\xfe")
    interaction["response"]["headers"]["content-encoding"] = ["gzip"]
    assert codes(cassette(tmp_path, interaction)) == ["unread-body"]


@pytest.mark.parametrize(
    "name, text, line",
    [
        ("a.json", '{"request": {},\n "response"', 2),
        ("a.yaml", "interactions:\n- request: [", 3),
        ("a.yaml", "a: 1\na: 2\n", 2),
        ("a.json", "[]\n", 1),
    ],
)
def test_a_file_that_does_not_parse(tmp_path, name, text, line):
    """It is one finding, at the line of the damage."""
    [finding] = checked(tmp_path / name, text)
    assert (finding.code, finding.line) == ("unreadable", line)


def test_a_file_that_is_not_utf_8(tmp_path):
    """It is a finding with its line."""
    (tmp_path / "a.yaml").write_bytes(b"\n\xff")
    [finding] = check_file(Source(str(tmp_path / "a.yaml"), "a.yaml", ()), CheckSettings()).findings
    assert (finding.code, finding.line) == ("unreadable", 2)


def test_an_interaction_that_is_none(tmp_path):
    """What is wrong with one interaction is reported with its place, and the others are checked."""
    broken = wire(REPLY)
    del broken["request"]["uri"]
    findings = cassette(tmp_path, broken, sse(chunk()))
    assert [(finding.code, finding.interaction) for finding in findings] == [("unreadable", 0)]


def test_a_recording_that_is_spelled_otherwise(tmp_path):
    """Other white space than the recorder's is a warning."""
    findings = checked(tmp_path / "a.json", json.dumps(_sound()))
    assert codes(findings) == ["not-normal"]
    assert "newline" in checked(tmp_path / "a.json", json.dumps(_sound(), indent=2))[0].message


def test_a_provenance_that_does_not_fit(tmp_path):
    """An interaction that says it was a recording, and cannot become one, is an error."""
    interaction = copy.deepcopy(to_interaction(Recording(_sound())))
    interaction["response"]["recording"]["envelope"] = "no patch"
    assert codes(cassette(tmp_path, interaction)) == ["inexact"]


@pytest.mark.parametrize(
    "chunks, done, expected",
    [
        ([chunk()], False, ["stream-without-end", "no-done-marker"]),
        ([chunk("", "stop")], False, ["no-done-marker"]),
        ([chunk(), {"error": {"message": "busy"}}], False, []),
        ([chunk("", "stop")], True, []),
        ([chunk(id=""), chunk(), chunk("", "stop")], True, []),
        ([chunk(id="d"), chunk(), chunk("", "stop")], True, ["stream-ids"]),
        ([chunk(choices=None), chunk("", "stop")], True, ["broken-answer", "sdk-model"]),
        (["[1]", chunk("", "stop")], True, ["broken-answer"]),
        (["{", chunk("", "stop")], True, ["broken-answer"]),
    ],
)
def test_streams_of_chunks(tmp_path, chunks, done, expected):
    """An end, one id, objects with choices."""
    assert codes(cassette(tmp_path, sse(*chunks, done=done))) == expected


def test_a_stream_that_is_cut_off_within_an_event(tmp_path):
    """Without its blank line the last event is lost to every client."""
    interaction = sse(chunk("", "stop"))
    interaction["response"]["body"]["string"] = interaction["response"]["body"]["string"].removesuffix("\n")
    [finding] = cassette(tmp_path, interaction)
    assert (finding.code, "blank line" in finding.message) == ("no-done-marker", True)


def test_a_recorded_stream_without_an_end(tmp_path):
    """A recording has no done marker: its last chunk must say that it is."""
    document = recording(chat_call(stream=True), stream(chunk(), chunk()))
    [finding] = checked(tmp_path / "a.json", Recording(document).dump())
    assert (finding.code, finding.where) == ("stream-without-end", "response.body[1]")


@pytest.mark.parametrize(
    "last, expected", [("response.completed", []), ("response.in_progress", ["stream-without-end"])]
)
def test_streams_of_responses(tmp_path, last, expected):
    """A stream of the Responses API ends with an event that says so."""
    body = f'event: {last}\ndata: {{"type": "{last}", "response": {{"id": "r"}}}}\n\n'
    interaction = wire(body, "https://api.openai.com/v1/responses", "text/event-stream")
    found = codes(cassette(tmp_path, interaction))
    assert [code for code in found if code != "sdk-model"] == expected


@pytest.mark.parametrize("done, expected", [(True, []), (False, ["stream-without-end"])])
def test_streams_of_lines(tmp_path, done, expected):
    """Ollama's stream ends with a line that is done."""
    chunks = [{"model": "m", "message": {"role": "assistant", "content": "a"}, "done": one} for one in (False, done)]
    body = "".join(f"{json.dumps(one)}\n" for one in chunks)
    assert codes(cassette(tmp_path, wire(body, "http://h:11434/api/chat", "application/x-ndjson"))) == expected


@pytest.mark.parametrize(
    "usage, fine",
    [
        ({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 3}, True),
        ({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 4}, False),
        ({"prompt_tokens": 1, "completion_tokens": 2, "total_tokens": 8, "reasoning_tokens": 5}, True),
        (
            {
                "prompt_tokens": 1,
                "completion_tokens": 2,
                "total_tokens": 8,
                "completion_tokens_details": {"reasoning_tokens": 5},
            },
            True,
        ),
        ({"input_tokens": 1, "output_tokens": 2}, True),
        ({"prompt_tokens": 1, "completion_tokens": None, "total_tokens": 1}, True),
        ({"prompt_tokens": "1", "completion_tokens": 2, "total_tokens": 4}, True),
    ],
)
def test_usage_adds_up(tmp_path, usage, fine):
    """The total is the sum, with or without the reasoning; what is no number is another finding's business."""
    findings = checked(tmp_path / "a.json", Recording(recording(chat_call(), reply({**REPLY, "usage": usage}))).dump())
    assert ("usage" in codes(findings)) is not fine


@pytest.mark.parametrize("body, code", [("", "broken-answer"), ("[]", "broken-answer"), ({"id": "x"}, "broken-answer")])
def test_an_answer_that_no_client_can_hand_out(tmp_path, body, code):
    """What is no JSON, no object, or lacks what every reader goes through."""
    assert code in codes(cassette(tmp_path, wire(body)))


def test_an_answer_of_another_api_is_left_alone(tmp_path):
    """A path that looks like OpenAI's proves nothing: the answer's keys do."""
    assert cassette(tmp_path, wire({"embedding": [0.1]}, "http://h/api/embeddings")) == []
    assert cassette(tmp_path, wire("<html>", "https://example.com/")) == []


def test_a_url_that_is_none(tmp_path):
    """A request that no client can have sent cannot be read."""
    assert codes(cassette(tmp_path, wire("x", "https://[e.com"))) == ["unreadable"]


def test_what_the_sdk_does_not_accept_is_a_warning(tmp_path):
    """Azure's chunks without an object are reported once, and break nothing."""
    chunks = [chunk(object=""), chunk("", "stop", object="")]
    [finding] = cassette(tmp_path, sse(*chunks))
    assert (finding.code, severity(finding)) == ("sdk-model", "warning")
    assert finding.where == "interactions[0].response.body.string[0]"
    assert "1 further" in finding.message


@pytest.mark.parametrize("suffix", ["yaml", "json"])
def test_a_missing_method_is_not_null(tmp_path, suffix):
    """What is not there is called nothing."""
    text = '{"interactions": [{"request": {}, "response": {}}], "version": 1}'
    [finding] = checked(tmp_path / f"a.{suffix}", text)
    assert "method" in finding.message and finding.message.endswith("found nothing")


def test_null_for_a_field_that_was_not_sent_is_accepted_in_a_recording(tmp_path):
    """The SDK's dump has null there, also within one of several types; in what a server sent it is reported."""
    usage = {"prompt_tokens": None, "completion_tokens": 2, "total_tokens": 2}
    call = {"id": "c", "type": "function", "function": {"name": None, "arguments": "{}"}}
    [choice] = REPLY["choices"]
    choice = {**choice, "message": {**choice["message"], "tool_calls": [call]}}
    data = {**REPLY, "usage": usage, "choices": [choice]}
    made = Recording(recording(chat_call(), reply(data)))
    assert codes(checked(tmp_path / "a.json", made.dump())) == []
    assert codes(cassette(tmp_path, to_interaction(made))) == []
    assert codes(cassette(tmp_path, wire(data))) == ["sdk-model"]


@pytest.mark.parametrize("wrong", [{"model": 5}, {"usage": {"total_tokens": 2}}, {"choices": [None, 7]}])
def test_another_wrong_field_of_a_recording_is_reported(tmp_path, wrong):
    """A null elsewhere excuses no number, no object and no missing member."""
    made = Recording(recording(chat_call(), reply({**REPLY, "created": None, **wrong})))
    assert "sdk-model" in codes(checked(tmp_path / "a.json", made.dump()))


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("empty", [True, False])
def test_a_cassette_without_interactions_is_unreadable_in_a_tree(tmp_path, monkeypatch, capsys, name, empty):
    """Its test would miss; an empty file elsewhere is skipped."""
    monkeypatch.chdir(tmp_path)
    path = Path("tests", "cassettes", "test_a", f"test_b.{name}")
    path.parent.mkdir(parents=True)
    texts = {"recording.json": "[]\n", "json": '{"interactions": [], "version": 1}\n'}
    text = "" if empty else texts.get(name, "interactions: []\nversion: 1\n")
    path.write_text(text)
    Path("tests", f"empty.{name}").write_text(text)
    Path("tests", "cassettes", "data.yaml").write_text("a: 1\n")
    assert main(["check", "tests"]) == 1
    said = capsys.readouterr()
    assert said.out.startswith(f"{path}:1: error unreadable: ") and said.out.count("\n") == 1
    assert "1 file checked, 1 error, 0 warnings (unreadable 1), 2 skipped" in said.err


def test_vectors_in_base64_are_accepted(tmp_path):
    """The client decodes them before the model sees them."""
    data = [{"object": "embedding", "index": 0, "embedding": "AACAPw=="}]
    usage = {"prompt_tokens": 1, "total_tokens": 1}
    body = {"object": "list", "data": data, "model": "m", "usage": usage}
    assert cassette(tmp_path, wire(body, "https://api.openai.com/v1/embeddings")) == []


def test_the_models_of_a_page_are_checked(tmp_path):
    """Each element is held against its model."""
    model = {"id": "m", "object": "model", "created": 0, "owned_by": "x"}
    interaction = wire({"object": "list", "data": [model, {"id": "n"}]}, "https://api.openai.com/v1/models")
    interaction["request"]["method"] = "GET"
    assert codes(cassette(tmp_path, interaction)) == ["sdk-model"]


@pytest.mark.parametrize(
    "name, said",
    [
        ("{key}", None),
        ("test_x", None),
        ("{key:.12}", "named by the rule ogx-1.5: run vcr-openai rekey"),
        ("0" * 64, "named by no known rule"),
        ("0" * 12, "named by no known rule"),
    ],
)
def test_the_name_of_a_recording_is_its_key(tmp_path, name, said):
    """Of a name that looks like a key, but not like that of the recording, the finding has the rule that made it."""
    found = Recording(_sound())
    findings = checked(tmp_path / f"{name.format(key=recording_key(found))}.json", found.dump())
    assert [one.message.partition(".json, ")[2] for one in findings] == ([said] if said else [])


def test_a_page_is_found_under_any_digest(tmp_path):
    """The recorder opens a list of models under its key, whatever the digest of its models."""
    found = Recording(recording(sdk_call({}, "/v1/models"), {"body": [], "is_streaming": False}))
    assert checked(tmp_path / f"models-{recording_key(found)}-01234567.json", found.dump()) == []
    assert codes(checked(tmp_path / "models-0123456789ab-01234567.json", found.dump())) == ["wrong-key"]


def test_interactions_that_the_rules_cannot_tell_apart(tmp_path):
    """Two answers to one request are a warning at the first of them."""
    other = {**REPLY, "choices": [{**REPLY["choices"][0], "finish_reason": "length"}]}
    [finding] = cassette(tmp_path, wire(REPLY), wire(other), wire(REPLY, asked="something else"))
    assert (finding.code, finding.interaction) == ("indistinguishable", 0)
    assert "interactions[1]" in finding.message


def test_recordings_of_a_cassette_are_numbered(tmp_path):
    """In an array of recordings a finding names the recording."""
    bad = recording(chat_call(stream=True), stream(chunk()))
    [finding] = checked(tmp_path / "a.recording.json", json.dumps([_sound(), bad], indent=2) + "\n")
    assert (finding.where, finding.interaction) == ("[1].response.body[0]", 1)
    assert finding.line > 30


@pytest.mark.slow
@given(documents())
def test_any_recording_is_checked(document: Any) -> None:
    """Whatever a document of the format holds, it is no defect of ours and round trips are exact."""
    import tempfile

    with tempfile.TemporaryDirectory() as folder:
        findings = checked(Path(folder, "a.json"), Recording(document).dump())
    assert not any("defect" in finding.message or finding.code == "inexact" for finding in findings)


@pytest.mark.parametrize("name", EXCHANGES)
def test_the_recorders_shapes_are_no_errors(tmp_path, name):
    """No shape of the format is unreadable, inexact or a secret."""
    findings = checked(tmp_path / "a.json", Recording(EXCHANGES[name][0]).dump())
    assert not {"unreadable", "inexact", "secret", "not-normal"} & set(codes(findings))


# --- the command


def _bad_file(tmp_path: Path) -> Path:
    document = recording(chat_call(stream=True), {"body": [tagged(CHUNK, chunk(KEY))], "is_streaming": True})
    (tmp_path / "bad.json").write_text(Recording(document).dump())
    (tmp_path / "package.json").write_text('{"name": "x"}')
    return tmp_path


def test_the_command_prints_a_line_for_each_finding(tmp_path, capsys):
    """File, line, severity, code, place and message; the summary goes to standard error."""
    assert main(["check", str(_bad_file(tmp_path))]) == 1
    captured = capsys.readouterr()
    lines = captured.out.split("\n")[:-1]
    assert lines[0].startswith(f"{tmp_path}/bad.json:")
    assert ": error secret: response.body[0].__data__.choices[0].delta.content: openai-key sk-p…" in lines[0]
    assert captured.err.strip() == "1 file checked, 2 errors, 0 warnings (secret 1, stream-without-end 1), 1 skipped"
    assert KEY not in captured.out


def test_json_is_one_object_a_line(tmp_path, capsys):
    """``--json`` prints every field."""
    assert main(["check", "--json", str(_bad_file(tmp_path))]) == 1
    first = json.loads(capsys.readouterr().out.split("\n")[0])
    assert {"code", "severity", "path", "where", "message", "line", "interaction"} == set(first)
    assert (first["code"], first["severity"], first["interaction"]) == ("secret", "error", None)


def test_github_gets_annotations(tmp_path, capsys):
    """``--github`` prints workflow commands."""
    assert main(["check", "--github", str(_bad_file(tmp_path))]) == 1
    assert capsys.readouterr().out.startswith(f"::error file={tmp_path}/bad.json,line=")


def test_an_annotation_is_escaped():
    """GitHub's rules: more in a property than in the message."""
    finding = Finding("secret", "", "x: 1, 50%\r\n2", "a,b:%\n.json", 3)
    assert annotation(finding) == (
        "::error file=a%2Cb%3A%25%0A.json,line=3,title=vcr-openai secret::x: 1, 50%25%0D%0A2"
    )


@pytest.mark.parametrize(
    "options, status, said",
    [
        (["--select", "usage"], 0, 0),
        (["--select", "secret"], 1, 1),
        (["--ignore", "secret"], 1, 1),
        (["--ignore", "secret", "--ignore", "stream-without-end"], 0, 0),
        (["--field", "model"], 1, 4),
        (["--json", "--github"], 2, 0),
        (["--select", "nonsense"], 2, 0),
        (["--select", "usage", "--ignore", "usage"], 2, 0),
        (["--pattern", "("], 2, 0),
    ],
)
def test_the_options(tmp_path, capsys, options, status, said):
    """What is looked for can be chosen, and more can be named a secret."""
    assert main(["check", *options, str(_bad_file(tmp_path))]) == status
    assert capsys.readouterr().out.count("\n") == said


def test_a_warning_fails_the_check_unless_errors_alone_count(tmp_path):
    """Whatever is found ends with status 1; with --errors-only a warning does not."""
    (tmp_path / "a.json").write_text(json.dumps(_sound()))
    assert main(["check", str(tmp_path)]) == 1
    assert main(["check", "--errors-only", str(tmp_path)]) == 0


@pytest.mark.parametrize("form", [[], ["--json"], ["--github"]])
def test_errors_only_prints_errors_alone(tmp_path, capsys, form):
    """In each form of the output a warning is not printed; the summary counts it."""
    _bad_file(tmp_path)
    (tmp_path / "odd.json").write_text(json.dumps(_sound()))
    assert main(["check", *form, str(tmp_path)]) == 1
    everything = capsys.readouterr()
    assert main(["check", "--errors-only", *form, str(tmp_path)]) == 1
    errors = capsys.readouterr()
    lines = everything.out.splitlines(keepends=True)
    assert errors.out == "".join(one for one in lines if "warning" not in one) != everything.out
    assert errors.err == everything.err


def test_a_file_that_cannot_be_opened(tmp_path, capsys):
    """What the system refuses is a finding, and so is a named file that is something else."""
    (tmp_path / "b.json").write_text('{"name": "x"}')
    assert main(["check", str(tmp_path / "b.json")]) == 1
    assert "unreadable" in capsys.readouterr().out


def test_every_code_is_documented():
    """docs/check.md has a row for each code, with its severity."""
    text = DOCS.read_text(encoding="utf-8")
    assert [code for code, severity in CODES.items() if f"| `{code}` | {severity} |" not in text] == []


def test_lines_of_keys_that_are_objects():
    """aiohttp's header names, as older cassettes write them, do not shift what follows."""
    text = "a:\n  ? !!python/object/apply:multidict._multidict.istr\n  - Accept\n  : - json\nb:\n- c\n"
    assert lines_of(text)["b[0]"] == 6


@places.needs_samples
def test_the_samples(capsys):
    """Of 568 public files only two answers are broken, and every secret is a cookie or a signed address."""
    main(["check", "--json", "--jobs", "1", str(SAMPLES)])
    found = [json.loads(line) for line in capsys.readouterr().out.split("\n")[:-1]]
    assert {one["message"].split()[0] for one in found if one["code"] == "secret"} == {
        "cookie",
        "set-cookie",
        "signature",
    }
    errors = [one["code"] for one in found if one["severity"] == "error" and one["code"] != "secret"]
    assert errors == ["broken-answer", "broken-answer"]


def test_a_file_that_breaks_off_has_the_lines_that_were_read():
    """What cannot be read any further has no lines."""
    assert lines_of("a: 1\nb:\n  c: [")["b.c"] == 3


def test_a_files_plain_text_is_no_object(tmp_path):
    """The content of a file is nobody's answer to read."""
    one = wire("a: b", uri="https://api.openai.com/v1/files/file-1/content", kind="text/plain")
    one["request"].update(method="GET", body=None)
    assert cassette(tmp_path, one) == []


def test_a_defect_costs_one_file(tmp_path, monkeypatch):
    """An error of ours becomes a finding of its file."""
    monkeypatch.setattr("vcr_openai._checks.check_files.secrets_in", lambda *_arguments: 1 / 0)
    assert codes(cassette(tmp_path, wire(REPLY))) == ["unreadable"]


@pytest.mark.parametrize("defect", ["refused", "changed"])
def test_a_round_trip_that_fails_is_found(tmp_path, monkeypatch, defect):
    """A recording that does not come back, or comes back otherwise, is inexact, in each direction."""
    other = Recording(copy.deepcopy(recording(chat_call(), reply({**REPLY, "model": "another"}))))

    answers = cycle([other, Recording(recording(chat_call(), reply(REPLY)))])

    def back(_interaction, **_options):
        if defect == "refused":
            raise MalformedInteraction("request", "a request", "none")
        return next(answers)

    one = Recording(recording(chat_call(), reply(REPLY)))
    monkeypatch.setattr("vcr_openai._checks.check_files.recording_of", back)
    assert "inexact" in codes(checked(tmp_path / "a.json", one.dump()))
    assert "inexact" in codes(cassette(tmp_path, to_interaction(one)))


def test_speech_is_no_object(tmp_path):
    """What is bytes, whatever a server sent instead, is nobody's object."""
    assert cassette(tmp_path, wire({"id": 1}, uri="https://api.openai.com/v1/audio/speech")) == []


def test_a_files_text_is_no_object(tmp_path):
    """A transcription in plain text has no shape to check."""
    uri = "https://api.openai.com/v1/audio/transcriptions"
    assert cassette(tmp_path, wire("Rings.", uri=uri, kind="text/plain")) == []


def test_what_is_carried_has_no_answer_to_check(tmp_path):
    """A tool's recording in a cassette is held against nothing but itself."""
    tool = recording({"test_id": None, "provider": "p", "tool_name": "t", "kwargs": {}}, reply({"a": 1}))
    assert cassette(tmp_path, to_interaction(Recording(tool))) == []


def test_a_file_processors_name_is_not_known(tmp_path):
    """A recording of which no key is known has the name that it has."""
    processor = {"test_id": None, "provider": "p", "api": "/v1/process", "file_id": "f"}
    found = Recording(recording(processor, reply({}, "x.ProcessFileResponse")))
    assert "wrong-key" not in codes(checked(tmp_path / f"{'0' * 64}.json", found.dump()))


def failed(status: int, asked: str = "Hi") -> Any:
    body = {"error": {"message": "no", "type": "t"}}
    return wire(body, asked=asked, status=status)


@pytest.mark.parametrize("status", [401, 403, 429, 500, 503])
def test_a_failure_that_looks_accidental(tmp_path, status):
    """A failure of the key, the quota or the server is found in a file whose name expects none."""
    found = [one for one in cassette(tmp_path, failed(status)) if one.code == "accidental-failure"]
    assert [one.where for one in found] == ["interactions[0].response"]


@pytest.mark.parametrize("status", [400, 404, 422])
def test_a_failure_of_the_request_is_no_accident(tmp_path, status):
    """A failure that answers the request is none."""
    assert "accidental-failure" not in codes(cassette(tmp_path, failed(status)))


def test_a_failure_that_was_tried_again_is_no_accident(tmp_path):
    """A failure is none where the same request succeeds later, as after a retry; with another request it is one."""
    sound = wire(REPLY)
    assert "accidental-failure" not in codes(cassette(tmp_path, failed(429), sound))
    assert "accidental-failure" in codes(cassette(tmp_path, failed(429, "Else"), sound))


@pytest.mark.parametrize("name", ["test_invalid_key", "test_rate_limit", "test_401", "TestErrors.test_it"])
def test_a_failure_that_the_name_expects_is_no_accident(tmp_path, name):
    """A failure is none in the cassette of a test whose name expects one."""
    path = tmp_path / f"{name}.json"
    assert "accidental-failure" not in codes(checked(path, json.dumps({"version": 1, "interactions": [failed(401)]})))


@pytest.mark.parametrize("name", FORMATS)
def test_an_answer_that_is_older_than_its_request_is_named(tmp_path, name):
    """An accepted request is found by its mark, with the paths that changed and the date, in each format."""
    text = write_cassette([wire(REPLY, asked="Mars"), wire(REPLY)], name)
    headers = {"content-type": ["application/json"]}
    request = HttpRequest("POST", CHAT_URL, headers, Body.of(json.dumps(question("Venus", "m")), headers))
    asked = NewRequest(1, request, keeps_url=True, paths=("messages[*].content",))
    path = tmp_path / f"a.{name}"
    found = checked(path, accepted_text(text, asked, "2026-01-31"), codes=frozenset({"older-answer"}))
    assert codes(found) == ["older-answer"]
    expected = "the answer is older than its request, in which messages[*].content changed (2026-01-31)"
    assert found[0].message == expected
