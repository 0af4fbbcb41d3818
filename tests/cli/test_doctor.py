"""vcr-openai doctor: renamed tests are found, the plan is printed, and nothing that is right is touched."""

from __future__ import annotations

import json

import pytest
from chats import interaction, question
from recordings import chat_call, recording, reply

from vcr_openai import Recording, _files
from vcr_openai._cli import main
from vcr_openai._recording.key import recording_name
from vcr_openai._recording.recorder import normal_form

TEST = "tests/test_a.py::test_planets"
OTHER = "tests/test_a.py::test_weather"


def one(content="a", test_id=TEST):
    """A recording as the recorder writes it."""
    data = {"id": "x", "created": 1, "object": "chat.completion"}
    return normal_form(Recording(recording(chat_call(seed=content), reply(data), test_id)))[0]


@pytest.fixture
def tests(tmp_path, monkeypatch):
    """A folder of tests with the recording of another one, which stays."""
    monkeypatch.chdir(tmp_path)
    put(tmp_path / "tests", one("other", OTHER))
    return tmp_path / "tests"


def put(tests, found, name=None, folder="recordings"):
    path = tests / folder / (name or recording_name(found))
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(found.dump())
    return path


def cassette(tests, name, module="test_a", asked="Where is Mars?"):
    path = tests / "cassettes" / module / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"version": 1, "interactions": [interaction({}, sent=question(asked))]}))
    return path


def files(tests):
    return {path.relative_to(tests).as_posix(): path.read_bytes() for path in tests.rglob("*") if path.is_file()}


def run(capsys, tests, *ids, write=True, lists=None):
    """Run it: the status, the kinds of the steps, standard error."""
    arguments = []
    for number, text in enumerate(lists or ["\n".join(ids) + f"\n\n{len(ids)} tests collected\n"]):
        path = tests.parent / f"list{number}"
        path.write_text(text)
        arguments += ["--collected", str(path)]
    status = main(["doctor", "tests", *arguments, *(["--write"] if write else [])])
    said = capsys.readouterr()
    return status, [line.partition(":")[0] for line in said.out.splitlines()], said.err


def test_a_sound_tree_needs_nothing(tests, capsys):
    """Nothing is found in a tree that is right."""
    put(tests, one())
    before = files(tests)
    assert run(capsys, tests, TEST, OTHER)[:2] == (0, [])
    assert files(tests) == before


@pytest.mark.parametrize(
    "new",
    ["tests/test_a.py::test_the_planets", "tests/test_b.py::test_planets", "tests/test_a.py::TestIt::test_planets"],
)
def test_a_renamed_test_takes_its_recordings_along(tests, capsys, new):
    """The recordings of a test with another name, module or class become those of the new test."""
    put(tests, one())
    assert run(capsys, tests, new, OTHER)[:2] == (0, ["renamed-test", "rename"])
    found = one(test_id=new)
    assert files(tests)[f"recordings/{recording_name(found)}"] == found.dump().encode()
    assert len(files(tests)) == 2
    assert run(capsys, tests, new, OTHER)[:2] == (0, [])


def test_a_test_in_another_folder_takes_its_recordings_there(tests, capsys):
    """The recordings of a test that moved lie next to its new file."""
    put(tests, one())
    new = "tests/sub/test_a.py::test_planets"
    run(capsys, tests, new, OTHER)
    assert f"sub/recordings/{recording_name(one(test_id=new))}" in files(tests)


def test_two_candidates_are_named_and_nothing_is_moved(tests, capsys):
    """Where a gone test can be one of two, its recording stays as it is."""
    put(tests, one())
    before = files(tests)
    ids = ["tests/test_b.py::test_planets", "tests/test_c.py::test_planets"]
    status, steps, err = run(capsys, tests, *ids, OTHER)
    assert (status, steps, files(tests)) == (1, [], before)
    assert all(name in err for name in ids)


def test_a_gone_test_leaves_with_its_recordings(tests, capsys):
    """Recordings of a test that is gone, and was not renamed, are deleted."""
    put(tests, one(test_id="tests/test_a.py::test_fish"))
    assert run(capsys, tests, OTHER, "tests/test_z.py::test_unlike")[:2] == (0, ["orphan"])
    assert len(files(tests)) == 1


@pytest.mark.parametrize(("old", "new"), [("test_hot", "test_pluto"), ("test_a", "test_b"), ("test", "test_mars")])
def test_names_that_share_test_alone_are_not_alike(tests, capsys, old, new):
    """The word that all tests have in their names makes no two of them similar."""
    put(tests, one(test_id=f"tests/test_a.py::{old}"))
    assert run(capsys, tests, OTHER, f"tests/test_a.py::{new}")[:2] == (0, ["orphan"])


def test_what_was_asked_finds_the_test(tests, capsys):
    """A test with quite another name is found by the words that its source and the recording share."""
    call = chat_call(messages=[{"role": "user", "content": "Where is Mars?"}])
    made = normal_form(Recording(recording(call, reply({"id": "x", "created": 1}), TEST)))[0]
    put(tests, made)
    (tests / "test_a.py").write_text("def test_x():\n    ask('Where is Mars?')\n\ndef test_y():\n    ask('What?')\n")
    new = "tests/test_a.py::test_x"
    assert run(capsys, tests, new, "tests/test_a.py::test_y", OTHER)[1] == ["renamed-test", "rename"]


def test_old_names_and_ids_are_repaired_in_the_same_plan(tests, capsys):
    """A recording with an old name, or another id than the recorder's, gets what rekey and normalize give it."""
    right = put(tests, one())
    right.rename(right.with_name("0123456789ab.json"))
    assert run(capsys, tests, TEST, OTHER)[:2] == (0, ["rekey"])
    right.write_text(right.read_text().replace("rec-", "rex-"))
    assert run(capsys, tests, TEST, OTHER)[:2] == (0, ["normalize"])
    assert right.read_text() == one().dump()


def test_an_id_that_another_request_has_stays(tests, capsys):
    """The doctor does not break the chain: the answer keeps the id, and a note says why."""
    put(tests, Recording(recording(chat_call(), reply({"id": "chatcmpl-1"}), TEST)))
    put(tests, Recording(recording(chat_call(user="chatcmpl-1"), reply({"created": 0}), TEST)))
    status, steps, err = run(capsys, tests, TEST, OTHER)
    assert (status, steps) == (0, [])
    assert "keeps chatcmpl-1: the request of another recording has it" in err


def test_of_two_equal_recordings_the_one_with_the_right_name_stays(tests, capsys):
    """A copy of a recording is deleted, whatever its name."""
    right = put(tests, one())
    for name in ("0" * 64 + ".json", right.stem + "-0123abc.json"):
        put(tests, one(), name)
    assert run(capsys, tests, TEST, OTHER)[:2] == (0, ["duplicate", "duplicate"])
    assert right.exists()
    assert len(files(tests)) == 2


@pytest.mark.parametrize(
    "request_",
    [
        {"url": "https://search.example/v1/find", "method": "POST", "payload": {"q": "a"}},
        {"provider": "p", "tool_name": "t", "kwargs": {}},
        {"provider": "p", "api": "/v1/x", "file_id": "f"},
    ],
    ids=["raw HTTP", "tool", "file processor"],
)
def test_a_recording_of_another_layout_gets_the_new_test_in_both_places(tests, capsys, request_):
    """Where the request repeats the test's id, it gets the new one, too; a name without a known rule stays."""
    found = Recording(recording({"test_id": TEST, **request_}, {"body": {"a": 1}, "is_streaming": False}, TEST))
    name = "0" * 64 + ".json" if "file_id" in request_ else recording_name(found)
    put(tests, found, name)
    new = "tests/sub/test_a.py::test_planets"
    assert run(capsys, tests, new, OTHER)[:2][0] == 0
    made = [json.loads(path.read_text()) for path in (tests / "sub/recordings").iterdir()]
    assert [(one["test_id"], one["request"]["test_id"]) for one in made] == [(new, new)]
    assert run(capsys, tests, new, OTHER)[:2] == (0, [])


@pytest.mark.parametrize(
    "replaced",
    [("gpt-4o", "gpt-5"), ("gpt-4o", "gpt-4o-new"), ("-4o", ""), ("planets", "all_planets")],
)
@pytest.mark.parametrize("twin", ["", "-0123abc"])
def test_a_word_that_was_replaced_in_the_tests_id_is_put_back(tests, capsys, replaced, twin):
    """The name of a file proves which test it is of, also where other tests have similar names."""
    ids = [f"tests/test_a.py::test_planets[txt=openai/{model}-a]" for model in ("gpt-4o", "gpt-4o-mini", "gpt-4")]
    for number, test_id in enumerate(ids):
        call = chat_call(seed=number, model="gpt-4o", messages=[{"role": "user", "content": "planets"}])
        made = normal_form(Recording(recording(call, reply({"id": "x", "created": 1}), test_id)))[0]
        path = put(tests, made, f"{recording_name(made).removesuffix('.json')}{twin if number == 0 else ''}.json")
        if number == 0:
            path.write_text(path.read_text().replace(*replaced))
    status, steps, _ = run(capsys, tests, *ids, OTHER)
    assert (status, steps[0]) == (0, "renamed-test")
    found = [json.loads(path.read_text())["test_id"] for path in (tests / "recordings").iterdir()]
    assert sorted(found) == sorted([*ids, OTHER])
    assert run(capsys, tests, *ids, OTHER)[:2] == (0, [])


def test_the_recording_of_a_gone_test_is_not_given_to_a_similar_one(tests, capsys):
    """Where no word explains the name of a file whose test is gone, it is an orphan, and no other test gets it."""
    put(tests, one(test_id=TEST + "[a]"), "0" * 64 + ".json")
    put(tests, one(test_id=TEST + "[b]"))
    assert run(capsys, tests, TEST + "[b]", OTHER)[:2] == (0, ["orphan"])


def test_a_test_whose_recording_was_edited_is_not_that_of_a_renamed_one(tests, capsys):
    """A test that has an edited recording is no candidate for the recordings of other tests."""
    first, second = TEST + "[txt=a/gpt-4o]", TEST + "[txt=a/gpt-4o-1]"
    path = put(tests, one(test_id=first))
    path.write_text(path.read_text().replace("gpt-4o", "gpt-4o-x"))
    put(tests, one("b", test_id=second))
    new = second.replace("test_planets", "test_the_planets")
    assert run(capsys, tests, first, new, OTHER)[0] == 0
    found = [json.loads(path.read_text())["test_id"] for path in (tests / "recordings").iterdir()]
    assert sorted(found) == sorted([first, new, OTHER])


def test_nothing_is_overwritten(tests, capsys):
    """Where another file has the new name, both stay as they are, and it is said."""
    new = "tests/test_a.py::test_the_planets"
    put(tests, one())
    (tests / "recordings" / recording_name(one(test_id=new))).write_text("{}")
    before = files(tests)
    status, steps, err = run(capsys, tests, new, OTHER)
    assert (status, steps, files(tests)) == (1, [], before)
    assert "is the name of another file" in err or "exists" in err


def test_without_write_the_plan_is_printed(tests, capsys):
    """Without --write it prints the same steps, ends with 1 and changes nothing."""
    put(tests, one())
    before = files(tests)
    status, steps, err = run(capsys, tests, "tests/test_b.py::test_planets", OTHER, write=False)
    assert (status, steps, files(tests)) == (1, ["renamed-test", "rename"], before)
    assert "--write" in err


@pytest.mark.parametrize("suffix", ["yaml", "json", "openai.yaml", "recording.json"])
def test_a_renamed_test_takes_its_cassette_along(tests, capsys, suffix):
    """A cassette of any format gets the place where the renamed test looks for it, its bytes as they were."""
    content = cassette(tests, f"test_planets.{suffix}").read_bytes()
    cassette(tests, "test_weather.yaml")
    assert run(capsys, tests, "tests/test_b.py::test_planets", OTHER)[:2] == (0, ["renamed-test"])
    assert files(tests)[f"cassettes/test_b/test_planets.{suffix}"] == content


def test_a_cassette_that_no_test_looks_for_stays(tests, capsys):
    """A cassette may have a name that a test gives it, so it is never deleted."""
    cassette(tests, "shared.yaml")
    cassette(tests, "test_weather.yaml")
    status, steps, err = run(capsys, tests, OTHER)
    assert (status, steps) == (0, [])
    assert "1 cassette" in err


def test_lists_count_together(tests, capsys):
    """Several lists are one, also where each was made with -k and has the number of all tests."""
    put(tests, one())
    parts = [f"{TEST}\n\n1/2 tests collected (1 deselected)\n", f"{OTHER}\n\n1/2 tests collected (1 deselected)\n"]
    assert run(capsys, tests, lists=parts)[:2] == (0, [])
    assert run(capsys, tests, lists=[f"{TEST}\n", f"{OTHER}\n"])[:2] == (0, [])
    nothing = "\nno tests collected (2 deselected) in 0.01s\n"
    assert run(capsys, tests, lists=[f"{TEST}\n{OTHER}\n\n2 tests collected\n", nothing])[:2] == (0, [])


@pytest.mark.parametrize("number", [2, 3])
def test_a_list_with_tests_deselected_elsewhere_is_refused(tests, capsys, number):
    """Where it is not known which tests were deselected, nothing is changed."""
    put(tests, one())
    before = files(tests)
    parts = [f"{TEST}\n\n1/{number} tests collected ({number - 1} deselected)\n"]
    if number == 3:
        parts.append(f"{OTHER}\n\n1/3 tests collected (2 deselected)\n")
    status, steps, err = run(capsys, tests, lists=parts)
    assert (status, steps, files(tests)) == (1, [], before)
    assert f"of {number}" in err


def test_a_list_of_other_tests_is_refused(tests, capsys):
    """Where no recording's test was collected, nothing is changed."""
    before = files(tests)
    assert run(capsys, tests, "elsewhere/test_q.py::test_r")[:2] == (1, [])
    assert files(tests) == before


def test_cassettes_that_their_tests_look_for_stay(tests, capsys):
    """Where each cassette has its test, there is nothing to do and nothing to say."""
    cassette(tests, "test_weather.yaml")
    before = files(tests)
    status, steps, err = run(capsys, tests, OTHER, "tests/test_a.py::test_new")
    assert (status, steps, files(tests)) == (0, [], before)
    assert "cassette" not in err


def test_where_no_test_looks_for_any_cassette_all_stay(tests, capsys):
    """The list may be that of other tests, so nothing is moved."""
    cassette(tests, "test_planets.yaml")
    cassette(tests, "test_moons.yaml")
    before = files(tests)
    status, steps, err = run(capsys, tests, OTHER, "tests/test_b.py::test_planets")
    assert (status, steps, files(tests)) == (0, [], before)
    assert "no collected test looks for any of 2 cassettes" in err


def test_a_cassette_of_one_of_two_tests_is_named_and_stays(tests, capsys):
    """Where two tests may have been the cassette's, both are named."""
    cassette(tests, "test_planets.yaml")
    cassette(tests, "test_weather.yaml")
    before = files(tests)
    status, steps, err = run(capsys, tests, "tests/test_b.py::test_planets", "tests/test_c.py::test_planets", OTHER)
    assert (status, steps, files(tests)) == (0, [], before)
    assert "test_planets.yaml may be the cassette of tests/test_b.py::test_planets or tests/test_c.py::" in err


def test_what_a_broken_cassette_asked_is_not_known(tests, capsys):
    """A cassette that cannot be read moves by its name alone."""
    cassette(tests, "test_planets.yaml").write_text("interactions: [")
    cassette(tests, "test_weather.yaml")
    run(capsys, tests, "tests/test_b.py::test_planets", OTHER)
    assert files(tests)["cassettes/test_b/test_planets.yaml"] == b"interactions: ["


def test_the_readable_part_of_a_cassette_finds_its_test(tests, capsys):
    """One broken interaction does not hide what the others ask."""
    path = cassette(tests, "test_old_name.yaml")
    content = json.loads(path.read_text())
    content["interactions"].insert(0, {"request": 3})
    path.write_text(json.dumps(content))
    cassette(tests, "test_weather.yaml")
    (tests / "test_a.py").write_text(
        "def test_weather(): pass\ndef test_completely_other():\n    ask('Where is Mars?')\n"
    )
    run(capsys, tests, "tests/test_a.py::test_completely_other", OTHER)
    assert "cassettes/test_a/test_completely_other.yaml" in files(tests)


def test_a_test_that_is_no_function_has_no_cassette(tests, capsys):
    """A list may have doctests of texts, for which pytest-recording has no names."""
    cassette(tests, "test_weather.yaml")
    before = files(tests)
    assert run(capsys, tests, OTHER, "tests/readme.txt::readme.txt")[:2] == (0, [])
    assert files(tests) == before


def test_a_list_of_no_tests_is_refused(tests, capsys):
    """A list in which all tests were deselected would make each recording an orphan."""
    status, _, err = run(capsys, tests, lists=["no tests collected (0 deselected) in 0.01s\n"])
    assert status != 0
    assert "no test" in err


def test_the_folder_of_a_recording_that_is_not_the_old_tests_stays(tests, capsys):
    """A recording in another folder than its old test's keeps its folder."""
    found = one(test_id="sub/test_a.py::test_planets")
    put(tests, found)
    run(capsys, tests, "other/test_a.py::test_planets", OTHER)
    moved = recording_name(one(test_id="other/test_a.py::test_planets"))
    assert f"recordings/{moved}" in files(tests)


def test_a_rename_that_fails_ends_the_repair(tests, capsys, monkeypatch):
    """What the system refuses is named, and later renames, which may depend on it, are not made."""
    put(tests, one())

    def fail(*_):
        raise OSError(13, "Permission denied")

    monkeypatch.setattr(_files, "rename", fail)
    status, _, err = run(capsys, tests, "tests/test_b.py::test_planets", OTHER)
    assert status == 1
    assert "Permission denied" in err
