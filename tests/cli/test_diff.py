"""``vcr-openai diff``: what two versions of cassettes differ in, and the status it ends with."""

import io
import json

import pytest
from cassette_texts import FORMATS, write_cassette
from chats import answer, interaction, question
from places import CASSETTES

from vcr_openai._cli import main


def chat(word, said, **more):
    """The interaction of a question and its answer."""
    return interaction({"id": "chatcmpl-1", "created": 1, **answer(said), **more}, sent=question(word))


def streamed(*pieces, identifier="chatcmpl-1", **more):
    """The interaction of a question whose answer comes in these pieces."""
    usual = {"id": identifier, "object": "chat.completion.chunk", "created": 1, "system_fingerprint": "fp_1"}
    chunks = [{**usual, "choices": [{"index": 0, "delta": {"content": piece}}], **more} for piece in pieces]
    body = "".join(f"data: {json.dumps(chunk)}\n\n" for chunk in chunks) + "data: [DONE]\n\n"
    return interaction(body, "text/event-stream", sent=question("Saturn?", stream=True))


@pytest.fixture
def compared(tmp_path, capsys):
    """Compares two lists of interactions: the status, and what is printed."""

    def run(old, new, *options, names=("json", "json")):
        paths = []
        for side, interactions, name in zip(("old", "new"), (old, new), names, strict=True):
            paths.append(tmp_path / f"{side}.{name}")
            paths[-1].write_text(write_cassette(interactions, name))
        status = main(["diff", *map(str, paths), *options])
        return status, capsys.readouterr().out

    return run


@pytest.mark.parametrize("new", FORMATS)
@pytest.mark.parametrize("old", FORMATS)
def test_any_formats_are_compared(old, new, compared):
    """The same interactions say the same in every format; a recording has other ids and times."""
    chats = [chat("a", "1"), streamed("Rings", "."), chat("b", "2")]
    assert compared(chats, chats, "--ignore-noise", names=(old, new))[0] == 0
    assert (compared(chats, chats, names=(old, new))[0] == 0) is ("recording.json" not in {old, new} or old == new)


def test_a_reworded_answer_is_a_text_diff(compared):
    """The lines that differ, and the question that they answer."""
    status, printed = compared([chat("Saturn?", "It has\nrings.")], [chat("Saturn?", "It has\nmoons.")])
    assert (status, printed.split("\n")) == (
        1,
        [
            "new.json",
            "  changed interactions[0] POST /chat/completions gpt-4o: Saturn?",
            "    answer reworded:",
            "       It has",
            "      -rings.",
            "      +moons.",
            "1 file: 1 answer reworded",
            "",
        ],
    )


def test_a_request_is_compared_by_path(compared):
    """An edited prompt is the same interaction, with the place of the edit and both values."""
    status, printed = compared([chat("Saturn?", "Rings.")], [chat("Pluto?", "Rings.")])
    assert status == 1
    assert "    request:\n      messages[0].content: 'Saturn?' → 'Pluto?'\n" in printed


def test_added_and_removed_interactions_are_named(compared):
    """With their conversations, in the order of the new file."""
    old, new = [chat("a", "1"), chat("b", "2")], [chat("a", "1"), interaction(answer("3"), sent=None, method="GET")]
    status, printed = compared(old, new)
    assert status == 1
    assert "  removed interactions[1] POST /chat/completions gpt-4o: b\n" in printed
    assert "  added interactions[1] GET /chat/completions\n" in printed
    assert printed.endswith("1 file: 1 new, 1 removed\n")


def test_a_tool_call_is_compared_by_its_arguments(compared):
    """Its name and the arguments that differ."""

    def calls(city):
        function = {"name": "get_time", "arguments": json.dumps({"city": city})}
        message = {"role": "assistant", "tool_calls": [{"id": "call_1", "type": "function", "function": function}]}
        return interaction({"choices": [{"index": 0, "message": message}]}, sent=question("When?"))

    printed = compared([calls("Lhasa")], [calls("Roma")])[1]
    assert "    tool call changed:\n      get_time\n      city: 'Lhasa' → 'Roma'\n" in printed


def test_a_structured_output_is_compared_by_path(compared):
    """An answer that is JSON in both versions."""
    printed = compared([chat("a", '{"moons": [1, 2]}')], [chat("a", '{"moons": [1, 3]}')])[1]
    assert "    structured output changed:\n      moons[1]: 2 → 3\n" in printed


@pytest.mark.parametrize(
    "new",
    [
        streamed("It has ", "rings", ".", identifier="chatcmpl-2"),
        streamed("It", " has rings."),
        streamed("It has ", "rings.", created=17, usage=None, system_fingerprint="fp_2", obfuscation="xyz"),
    ],
)
def test_ids_times_and_chunk_borders_are_noise(new, compared):
    """They are a difference, unless noise is to be ignored."""
    old = streamed("It has ", "rings.")
    assert compared([old], [new]) == (
        1,
        "new.json\n  noise only interactions[0] POST /chat/completions gpt-4o: Saturn?\n1 file: 1 noise only\n",
    )
    assert compared([old], [new], "--ignore-noise") == (0, "1 file: 1 noise only\n")


@pytest.mark.parametrize(
    "change, kind",
    [
        ({"choices": [{"index": 0, "message": {"role": "assistant", "content": None, "refusal": "No."}}]}, "refusal"),
        ({"error": {"message": "Too much"}}, "error"),
        ({"choices": [{"index": 0, "message": {"content": "1"}, "finish_reason": "length"}]}, "other"),
        ({"choices": [{"index": 0, "message": {"content": "1", "reasoning_content": "One."}}]}, "reasoning"),
    ],
)
def test_every_change_of_an_answer_has_a_kind(change, kind, compared):
    """Nothing that says something else is noise."""
    document = json.loads(compared([chat("a", "1")], [interaction(change, sent=question("a"))], "--json")[1])
    ((one,),) = (file["interactions"] for file in document["files"])
    assert kind in one["kinds"] and one["state"] == "changed"


def test_another_status_is_a_change(compared):
    """Also where the body is the same."""
    one = chat("a", "1")
    other = {**one, "response": {**one["response"], "status": {"code": 202, "message": "Accepted"}}}
    assert "    status changed:\n      200 → 202\n" in compared([one], [other])[1]


def test_the_report_is_json(compared):
    """What changed where, with whole values; the status is the same."""
    status, printed = compared([chat("a", "1")], [chat("a", "2"), chat("b", "3")], "--json")
    document = json.loads(printed)
    assert status == 1 and document["summary"] == "1 file: 1 answer reworded, 1 new"
    changed, added = document["files"][0]["interactions"]
    assert changed["answers"] == [{"kind": "text", "old": "1", "new": "2", "paths": []}]
    assert (added["state"], added["old"], added["new"]) == ("added", None, "new.json: interactions[1]")


def test_stat_is_the_summary(compared):
    """One line."""
    assert compared([chat("a", "1")], [chat("a", "2")], "--stat") == (1, "1 file: 1 answer reworded\n")


def test_standard_input_is_one_of_the_two(tmp_path, monkeypatch, capsys):
    """For ``git show REV:FILE | vcr-openai diff - FILE``."""
    text = write_cassette([chat("a", "1")], "json")
    (tmp_path / "new.json").write_text(text)
    monkeypatch.setattr("sys.stdin", io.StringIO(text))
    assert main(["diff", "-", str(tmp_path / "new.json")]) == 0
    assert main(["diff", "-", "-"]) == 2
    capsys.readouterr()


def test_trees_are_compared_by_their_names(tmp_path, capsys):
    """A file is compared with that of its name, in whichever format; others are new or removed."""
    for side, files in {"old": {"a.yaml": "1", "b.yaml": "2"}, "new": {"a.json": "3", "c.yaml": "4"}}.items():
        (tmp_path / side).mkdir()
        for name, said in files.items():
            word = name[0]
            (tmp_path / side / name).write_text(write_cassette([chat(word, said)], name[2:]))
    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == 1
    printed = capsys.readouterr().out
    assert [line for line in printed.split("\n") if not line.startswith(" ")] == [
        "a.json",
        "b.yaml",
        "c.yaml",
        "3 files: 1 answer reworded, 1 new, 1 removed",
        "",
    ]


def test_recordings_are_compared_with_cassettes(tmp_path, capsys):
    """A tree of recordings and the cassettes that it converts to are the same."""
    (tmp_path / "recordings").mkdir()
    for path in CASSETTES.glob("chat_*.recording.json"):
        (tmp_path / "recordings" / path.name.replace(".recording", "")).write_bytes(path.read_bytes())
    assert main(["convert", str(tmp_path / "recordings"), "-o", str(tmp_path / "new"), "--to", "cassettes"]) == 0
    assert main(["diff", str(tmp_path / "recordings"), str(tmp_path / "new")]) == 0
    assert capsys.readouterr().out.endswith("no difference\n")


def test_no_secret_is_printed(compared):
    """Neither that of a request nor that of an answer, in any output."""
    key = "sk-" + "proj-a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4"
    old, new = [chat("a", "1")], [chat(f"use {key}", f"The key is {key}")]
    for options in ((), ("--json",)):
        status, printed = compared(old, new, *options)
        assert status == 1 and key not in printed


@pytest.mark.parametrize("text", ["{", "<<<<<<< ours\n", '{"name": 1}', ""])
def test_a_file_that_cannot_be_read_is_named(text, tmp_path, capsys):
    """The others are compared, and the status is 1."""
    for side in ("old", "new"):
        (tmp_path / side).mkdir()
        (tmp_path / side / "a.json").write_text(write_cassette([chat("a", side)], "json"))
    (tmp_path / "new" / "b.json").write_text(text)
    assert main(["diff", str(tmp_path / "old"), str(tmp_path / "new")]) == 1
    captured = capsys.readouterr()
    assert "answer reworded" in captured.out and "b.json" in captured.err


@pytest.mark.parametrize("named", ["file", "tree"])
def test_a_file_that_is_not_text_is_named(named, tmp_path, capsys):
    """Alone and in a tree; the status is 1."""
    for side in ("old", "new"):
        (tmp_path / side).mkdir()
        (tmp_path / side / "a.json").write_bytes(b"\xff\xfe" if side == "new" else b"{}")
    paths = [tmp_path / side / ("a.json" if named == "file" else "") for side in ("old", "new")]
    assert main(["diff", *map(str, paths)]) == 1
    assert "a.json: line 1: expected UTF-8" in capsys.readouterr().err


def test_many_differences_are_cut(compared):
    """Twenty of a request and of a text are listed, and the rest counted; JSON has all."""

    def long(word):
        more = {f"k{number:02}": word for number in range(30)}
        body = {"id": "x", "created": 1, **answer("\n".join(f"{word} {number}" for number in range(60)))}
        return interaction(body, sent=question("a", metadata=more))

    printed = compared([long("x")], [long("y")])[1]
    assert "      … 10 more differences\n" in printed and " more lines\n" in printed


@pytest.mark.parametrize("broken", ["old", "new"])
def test_what_a_broken_file_had_is_neither_new_nor_removed(broken, tmp_path, capsys):
    """Nobody knows what is in it."""
    for side in ("old", "new"):
        (tmp_path / f"{side}.json").write_text("{" if side == broken else write_cassette([chat("a", "1")], "json"))
    assert main(["diff", str(tmp_path / "old.json"), str(tmp_path / "new.json")]) == 1
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith(f"{broken}.json: ")


def test_wrong_usage_ends_with_2(tmp_path, capsys):
    """A file that is not there, or only one."""
    assert main(["diff", str(tmp_path / "no.json"), str(tmp_path)]) == 2
    assert main(["diff", str(tmp_path)]) == 2
    assert "Error" in capsys.readouterr().err


HOOK = "http://other.example/hook"


def posted(body, *types, **headers):
    """The interaction of a body that was posted to another API."""
    sent_headers = {name.replace("_", "-"): [value] for name, value in headers.items()}
    sent_headers |= {"content-type": list(types)} if types else {}
    return interaction({"ok": True}, uri=HOOK, sent=body, sent_headers=sent_headers)


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("types", [(), ("application/json",), ("text/plain",)])
def test_json_that_was_posted_to_another_host_differs_by_its_paths(types, name, compared):
    """The path and both values, whatever the headers say."""
    old, new = ([posted({"m": one, "n": 1}, *types, content_length="16")] for one in ("x", "y"))
    _, printed = compared(old, new, "--json", names=(name, name))
    changes = json.loads(printed)["files"][0]["interactions"][0]["request"]
    assert [(one["path"], one["old"], one["new"]) for one in changes] == [("m", "x", "y")]


@pytest.mark.parametrize("old", [(), ("application/json",), ("text/plain",)])
@pytest.mark.parametrize("new", [(), ("application/json",)])
def test_the_spelling_of_json_is_no_change(old, new, compared):
    """White space and the length that follows from it say nothing, with and without a type."""
    one, other = posted('{"a": 1}', *old, content_length="8"), posted('{"a":1}', *new, content_length="7")
    assert compared([one], [other])[0] == 0


def test_a_text_that_was_posted_to_another_host_differs_as_a_text(compared):
    """A body that is no JSON has both texts."""
    _, printed = compared([posted("a=1", "text/plain")], [posted("a=2", "text/plain")], "--json")
    changes = json.loads(printed)["files"][0]["interactions"][0]["request"]
    assert [(one["path"], one["old"], one["new"]) for one in changes] == [("body", "a=1", "a=2")]


def test_bytes_that_were_posted_to_another_host_differ_by_their_digest(compared):
    """Bytes are not printed: how many there are, and a digest."""
    _, printed = compared([posted(b"\xff\x00")], [posted(b"\xff\x01")], names=("yaml", "yaml"))
    assert "      body: '2 bytes, " in printed
