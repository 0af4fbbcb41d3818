"""Duplicates: recordings that another one of their test makes superfluous are named by check and removed by doctor."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from recordings import chat_call, recording, reply

from vcr_openai import Recording
from vcr_openai._cli import main
from vcr_openai._recording.key import key_by, recording_name
from vcr_openai._recording.key_rules import key_rule
from vcr_openai._recording.recorder import normal_form

TEST = "tests/test_a.py::test_planets"
OTHER = "tests/test_a.py::test_weather"
CALLS = ("call_SWFIWhfCI6AeHuaV6EM1MRsJ", "call_9tXNvzmC2bLs8QpRkD4yHw7A", "call_Zq3BfYxUe6TgKmVnJ1rLoC5P")


@pytest.fixture(autouse=True)
def tests(tmp_path, monkeypatch):
    """A folder of tests with the recording of another one, which stays."""
    monkeypatch.chdir(tmp_path)
    put(made("other", test_id=OTHER))
    return tmp_path / "tests"


def made(said="red", test_id=TEST, model="gpt-4o", **answer):
    """A recording whose answer says a word."""
    message = {"role": "assistant", "content": said, **answer}
    data = {"id": "x", "created": 1, "object": "chat.completion", "choices": [{"index": 0, "message": message}]}
    return normal_form(Recording(recording(chat_call(model=model), reply(data), test_id)))[0]


def tool_call(call):
    """The first turn of a conversation: the answer calls a tool."""
    function = {"name": "f", "arguments": "{}"}
    return made("", tool_calls=[{"id": call, "type": "function", "function": function}])


def tool_result(call, said="red", test_id=TEST):
    """The second turn: the request has the result of the call."""
    messages = [{"role": "tool", "tool_call_id": call, "content": "1"}]
    data = {"id": "x", "created": 1, "choices": [{"index": 0, "message": {"role": "assistant", "content": said}}]}
    return normal_form(Recording(recording(chat_call(messages=messages), reply(data), test_id)))[0]


def put(found, name=None, folder="tests/recordings"):
    path = Path(folder, name or recording_name(found))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(found.dump(), encoding="utf-8")
    return path


def change(found, **members):
    """A recording with other members in its answer's object."""
    document = json.loads(found.dump())
    document["response"]["body"]["__data__"].update(members)
    return Recording(document)


def checked(capsys):
    """The duplicates that check names, each with its reason."""
    main(["check", "tests", "--select", "duplicate", "--json"])
    return {one["path"]: one["message"] for one in map(json.loads, capsys.readouterr().out.splitlines())}


def listed():
    path = Path("list")
    path.write_text(f"{TEST}\n{OTHER}\n\n2 tests collected\n", encoding="utf-8")
    return path


def repaired(capsys):
    """The files that doctor removes as duplicates."""
    arguments = ["doctor", "tests", "--collected", str(listed())]
    main([*arguments, "--write"])
    lines = capsys.readouterr().out.splitlines()
    assert main(arguments) == 0
    capsys.readouterr()
    return {line.split(": ")[1] for line in lines if line.startswith("duplicate: ")}


def older_name(found, rule="as-sent"):
    return f"{key_by(key_rule(rule), found)}.json"


@pytest.mark.parametrize("name", ["0" * 64 + ".json", "{key}-0123abc.json", "copy.json"])
def test_a_copy_is_a_duplicate(name, capsys):
    """A second file of one content is a duplicate, whatever its name is."""
    first = put(made())
    second = put(made(), name.replace("{key}", first.stem))
    assert checked(capsys) == {str(second): f"the same as {first}"}
    assert repaired(capsys) == {str(second)}
    assert first.exists() and not second.exists()


@pytest.mark.parametrize(
    "members",
    [{"id": "chatcmpl-9tXNvzmC2bLs8QpRkD4yHw7A"}, {"created": 1700000000}, {"system_fingerprint": "fp_1"}],
)
def test_volatile_text_does_not_count(members, capsys):
    """A recording whose answer differs in ids, times or fingerprints alone is a duplicate."""
    first = put(made())
    second = put(change(made(), **members), f"{first.stem}-0123abc.json")
    assert list(checked(capsys)) == [str(second)]
    assert repaired(capsys) == {str(second)}


def test_the_one_that_the_recorder_finds_stays(capsys):
    """Of duplicates the one with the name of its key stays, wherever it comes in the order of names."""
    right = put(made())
    wrong = [put(made(), f"{digit * 64}.json") for digit in "0f"]
    assert repaired(capsys) == {str(one) for one in wrong}
    assert right.exists()


def test_the_one_in_the_folder_of_its_test_stays(capsys):
    """Of two equal files in several folders the one beside the test stays."""
    right = put(made())
    put(made(), folder="tests/a/recordings")
    put(made(), folder="tests/z/recordings")
    assert len(checked(capsys)) == len(repaired(capsys)) == 2
    assert right.exists()


def test_a_newer_recording_supersedes_one_with_the_name_of_an_older_rule(capsys):
    """A recording with another answer and an older rule's name is superseded by the one that the recorder finds."""
    old = made("blue")
    document = json.loads(old.dump())
    document["request"]["body"]["messages"][0]["content"] = "score: 0.123456"
    old = normal_form(Recording(document))[0]
    new = json.loads(old.dump())
    new["response"]["body"]["__data__"]["choices"][0]["message"]["content"] = "red"
    first, second = put(Recording(new)), put(old, older_name(old))
    assert first.name != second.name
    assert checked(capsys) == {str(second): f"superseded by {first}"}
    assert repaired(capsys) == {str(second)}


@pytest.mark.parametrize("suffix", ["-0123abc", "-2", ".old"])
def test_a_twin_with_another_answer_stays(suffix, capsys):
    """A recording that has a suffix by which people tell it from its twin is not superseded."""
    first = put(made())
    second = put(made("blue"), f"{first.stem}{suffix}.json")
    assert checked(capsys) == {}
    main(["doctor", "tests", "--collected", str(listed())])
    assert "duplicate" not in capsys.readouterr().out
    assert second.exists()


@pytest.mark.parametrize(
    "other",
    [
        lambda: made(test_id=OTHER),
        lambda: made(model="gpt-4o-mini"),
        lambda: tool_result(CALLS[0]),
    ],
)
def test_another_test_or_request_is_no_duplicate(other, capsys):
    """Recordings of other tests and of other requests are needed, even where the answer is the same."""
    put(made())
    put(other())
    assert checked(capsys) == {} and repaired(capsys) == set()


def test_a_conversation_that_was_recorded_again_supersedes_the_old_one(capsys):
    """A turn with an id that no answer of the test has is superseded by the same turn with one that an answer has."""
    put(tool_call(CALLS[0]))
    new = put(tool_result(CALLS[0], "blue"))
    old = [put(tool_result(call)) for call in CALLS[1:]]
    assert checked(capsys) == {str(one): f"superseded, with ids of no answer, by {new}" for one in old}
    assert repaired(capsys) == {str(one) for one in old}
    assert new.exists()


def test_two_conversations_that_were_both_recorded_stay(capsys):
    """Turns with ids that answers of the test have are all needed."""
    put(tool_call(CALLS[0]))
    document = json.loads(tool_call(CALLS[1]).dump())
    document["request"]["body"]["seed"] = 7
    put(Recording(document))
    for call in CALLS[:2]:
        put(tool_result(call))
    assert checked(capsys) == {}


def test_where_nothing_shows_which_is_newer_both_stay(capsys):
    """Recordings that differ in ids of unknown origin are named by check, and doctor notes them and leaves them."""
    paths = sorted(str(put(tool_result(call))) for call in CALLS[:2])
    assert checked(capsys) == {paths[1]: f"the same, except for ids, as {paths[0]}"}
    assert main(["doctor", "tests", "--collected", str(listed())]) == 0
    assert f"note: {paths[1]} is the same, except for ids, as {paths[0]}; both stay" in capsys.readouterr().err


def models(test_id, model="m", folder="tests/recordings"):
    call = {
        "method": "POST",
        "url": "https://api.openai.com/v1/v1/models",
        "headers": {},
        "body": {},
        "endpoint": "/v1/models",
        "model": "",
    }
    data = {"id": model, "object": "model", "created": 0, "owned_by": "x"}
    body = [{"__type__": "openai.types.model.Model", "__data__": data}]
    found = Recording(recording(call, {"body": body, "is_streaming": False}, test_id))
    return put(
        found, recording_name(found).replace("models-", f"models-{'0' if test_id == OTHER else ''}")[:200], folder
    )


def test_a_list_of_models_is_a_duplicate_whoever_asked(capsys):
    """The key of a list has no test: of equal lists in a folder one stays, and a list of other models, too."""
    right = models(TEST)
    extra = models(OTHER)
    models(TEST, "n")
    models(TEST, folder="tests/sub/recordings")
    assert checked(capsys) == {str(extra): f"the same as {right}"}


def test_a_cassette_is_no_duplicate(capsys):
    """Files in cassettes folders and cassettes in the recording format are not compared."""
    put(made())
    put(made(), "a.json", "tests/cassettes")
    put(made(), "a.recording.json")
    assert checked(capsys) == {}


def test_a_tools_invocation_has_duplicates(capsys):
    """Recordings that are no HTTP exchange are compared as well."""
    request = {"test_id": TEST, "provider": "p", "tool_name": "t", "kwargs": {"a": 1}}
    found = Recording(recording(request, {"body": {"x": 1}, "is_streaming": False}, TEST))
    right, wrong = put(found), put(found, "0" * 64 + ".json")
    assert checked(capsys) == {str(wrong): f"the same as {right}"}


def test_a_file_without_a_known_key_is_a_duplicate_of_its_copy(capsys):
    """Where the rule for a name is not known, the same content counts."""
    request = {"test_id": TEST, "provider": "p", "api": "/v1/x", "file_id": "f"}
    found = Recording(recording(request, {"body": {"x": 1}, "is_streaming": False}, TEST))
    paths = sorted(str(put(found, f"{digit * 64}.json")) for digit in "01")
    assert checked(capsys) == {paths[1]: f"the same as {paths[0]}"}


def test_the_code_can_be_ignored(capsys):
    """check has no finding of the code where it is ignored."""
    put(made())
    put(made(), "copy.json")
    main(["check", "tests", "--ignore", "duplicate", "--json"])
    assert "duplicate" not in capsys.readouterr().out
