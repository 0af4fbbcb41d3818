"""``vcr-openai convert``: files and trees, there and back."""

import json
import os
from concurrent.futures.process import BrokenProcessPool
from pathlib import Path

import places
import pytest
import recordings
import yaml
from chats import interaction, question
from recordings import recording as document
from recordings import reply, sdk_call

from vcr_openai import MalformedInteraction, Recording
from vcr_openai._cli import main
from vcr_openai._json.json_diff import first_difference
from vcr_openai._recording.key import recording_name
from vcr_openai._trees import sources
from vcr_openai._trees.cassette_paths import place_note

SAMPLES = places.SAMPLES
TEST = "tests/integration/test_m.py::TestA::test_x[a/b]"


def recording(words="hello", test_id=TEST, turns=1):
    """A recording of one chat completion."""
    messages = [{"role": "user", "content": words}] * turns
    data = {
        "id": "rec-1",
        "choices": [
            {
                "finish_reason": "stop",
                "index": 0,
                "logprobs": None,
                "message": {
                    "content": words,
                    "refusal": None,
                    "role": "assistant",
                    "annotations": None,
                    "audio": None,
                    "function_call": None,
                    "tool_calls": None,
                },
            }
        ],
        "created": 0,
        "model": "gpt-4o",
        "object": "chat.completion",
        "service_tier": None,
        "system_fingerprint": None,
        "usage": None,
    }
    return Recording(document(sdk_call({"model": "gpt-4o", "messages": messages}), reply(data), test_id))


TOOL = Recording(
    {
        "test_id": TEST,
        "request": {"test_id": TEST, "provider": "p", "tool_name": "t", "kwargs": {"b": 1, "a": 2}},
        "response": {"body": {"__type__": "x.ToolInvocationResult", "__data__": {}}, "is_streaming": False},
    }
)
FILE_PROCESSOR = Recording(
    {
        "test_id": TEST,
        "request": {"test_id": TEST, "provider": "p", "api": "/v1/x", "file_id": "f"},
        "response": {"body": {"__type__": "x.ProcessFileResponse", "__data__": {}}, "is_streaming": False},
    }
)
OTHER_HOST = interaction("hi", None, uri="https://example.com/", method="GET")


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """An empty folder to work in, and a way to fill it."""
    monkeypatch.chdir(tmp_path)

    def write(place, content):
        Path(place).parent.mkdir(parents=True, exist_ok=True)
        text = content.dump() if isinstance(content, Recording) else content
        Path(place).write_bytes(text.encode() if isinstance(text, str) else text)

    return write


def files(folder):
    """The places of all files under a folder."""
    return sorted(path.relative_to(folder).as_posix() for path in Path(folder).rglob("*") if path.is_file())


def contents(folder):
    """The bytes of all files under a folder, by their places."""
    return {place: Path(folder, place).read_bytes() for place in files(folder)}


def cassette(path):
    """The interactions of a YAML cassette."""
    return yaml.safe_load(Path(path).read_text(encoding="utf-8"))["interactions"]


def wire(**changes):
    """An interaction from the wire."""
    body = {"id": "chatcmpl-1", "object": "chat.completion", "created": 5, "model": "gpt-4o", "choices": []}
    sent_headers = {"content-type": ["application/json"]}
    return interaction(body, sent=question("hi"), sent_headers=sent_headers, **changes)


def dump(*interactions):
    """A YAML cassette."""
    return yaml.safe_dump({"version": 1, "interactions": list(interactions)})


# --- to cassettes


def test_a_test_has_one_cassette_where_pytest_recording_looks(tree):
    """The recordings of a test, from its own folder and from a common one, make one cassette; short ones come first."""
    tree("src/tests/integration/recordings/one.json", recording("long", turns=3))
    tree("src/common/recordings/two.json", recording("short"))
    assert main(["convert", "src", "-o", "out"]) == 0
    assert files("out") == ["tests/integration/cassettes/test_m/TestA.test_x[a-b].yaml"]
    bodies = [found["request"]["body"] for found in cassette(Path("out", files("out")[0]))]
    assert ["short" in bodies[0], "long" in bodies[1]] == [True, True]


def test_a_folder_of_recordings_beside_its_tests_converts_into_that_folder(tree):
    """What the end of SRC and the beginning of a test's path have in common is not repeated under DEST."""
    tree("repo/tests/integration/recordings/x.json", recording())
    assert main(["convert", "repo/tests/integration/recordings", "-o", "out"]) == 0
    assert files("out") == ["cassettes/test_m/TestA.test_x[a-b].yaml"]


def test_a_single_file_converts(tree):
    """SRC may be a file, whatever its name."""
    tree("seed.txt", recording())
    assert main(["convert", "seed.txt", "-o", "out"]) == 0
    assert len(files("out")) == 1


@pytest.mark.parametrize("name", ["yaml", "json", "recording.json"])
def test_recordings_come_back_byte_for_byte(tree, name):
    """Recordings of each kind, at the recorder's places, come back the same through every format."""
    for one in (recording(), recording("other"), recording(test_id=None), TOOL):
        tree(f"src/tests/integration/recordings/{recording_name(one)}", one)
    assert main(["convert", "src", "-o", "there", "--format", name]) == 0
    assert all(place.endswith(f".{name}") for place in files("there"))
    assert main(["convert", "there", "-o", "back", "--to", "recordings"]) == 0
    assert len(files("src")) == 4
    assert contents("back") == contents("src")


@pytest.mark.parametrize(
    "place", ["x.json", "a/b/x.json", "common/recordings/x-d5b9c9f.json", "recordings/sub/x y.json"]
)
def test_a_recording_comes_back_to_its_own_place_and_name(tree, place):
    """A place that the rules do not give is noted in the cassette, and found again."""
    tree(f"src/{place}", recording())
    assert main(["convert", "src", "-o", "there"]) == 0
    assert main(["convert", "there", "-o", "back"]) == 0
    assert files("back") == [place]


def test_a_name_that_a_cassette_cannot_note_is_said_to_be_lost(tree, capsys):
    """``recording.json`` has no place for a file's name: the summary counts what is lost."""
    tree("src/common/recordings/x.json", recording())
    assert main(["convert", "src", "-o", "there", "--format", "recording.json"]) == 0
    assert "note: 1 file name lost" in capsys.readouterr().err


def test_what_is_carried_is_counted_with_its_reason(tree, capsys):
    """A tool's and a file processor's recording are carried, and come back."""
    tree("src/tests/integration/recordings/t.json", TOOL)
    tree("src/tests/integration/recordings/f.json", FILE_PROCESSOR)
    assert main(["convert", "src", "-o", "there"]) == 0
    said = capsys.readouterr().err
    assert "opaque: 1 (a tool's invocation is not an HTTP exchange)" in said
    assert "2 converted into 1 file, 2 opaque, 0 refused, 0 skipped" in said
    assert main(["convert", "there", "-o", "back"]) == 0
    assert Path("back/tests/integration/recordings/t.json").read_text() == TOOL.dump()


def test_broken_files_are_named_and_the_others_convert(tree, capsys):
    """Of a tree with broken files the rest converts; a line each names the broken ones and says what is wrong where."""
    for number in range(5):
        tree(f"src/{number}.json", recording(str(number)))
    tree("src/truncated.json", recording().dump()[:200])
    tree("src/numbers.json", "[1, 2, 3]")
    tree("src/latin.json", recording().dump().encode() + b"\xff")
    tree("src/answer.json", recording().dump().replace('"is_streaming": false', '"is_streaming": maybe'))
    assert main(["convert", "src", "-o", "out"]) == 1
    answer, *said = capsys.readouterr().err.splitlines()
    assert answer.startswith("refused: src/answer.json: expected a JSON document")
    assert said[:3] == [
        "refused: src/latin.json: line 52: expected UTF-8, found the byte 0xff",
        (
            "refused: src/numbers.json: [0]: expected a recording (an object with the keys request and response), "
            "found the number 1"
        ),
        said[2],
    ]
    assert said[2].startswith("refused: src/truncated.json: expected a JSON document")
    assert said[-1] == "5 converted into 1 file, 4 refused, 0 skipped"


def test_what_is_nothing_of_ours_is_skipped_in_a_tree(tree, capsys):
    """A file of another kind is reported with the reason, and is no failure."""
    tree("src/package.json", '{"name": "x"}')
    tree("src/empty.yaml", "")
    tree("src/readme.txt", "hello")
    assert main(["convert", "src", "-o", "out"]) == 0
    said = capsys.readouterr().err
    assert "skipped: src/package.json: expected a recording or a cassette, found an object with the keys name" in said
    assert "0 converted into 0 files, 0 refused, 2 skipped" in said
    assert not Path("out").exists()


def test_what_is_nothing_of_ours_is_refused_when_it_was_named(tree):
    """A file that somebody asked for by name and that cannot be converted is a failure."""
    tree("package.json", '{"name": "x"}')
    assert main(["convert", "package.json", "-o", "out"]) == 1


def test_a_hostile_test_id_writes_nothing_outside(tree, capsys):
    """A test_id that leads out of DEST is refused."""
    for number, test_id in enumerate(["../../x.py::t", "/etc/x.py::t", "C:/x.py::t", "x.py::t[\0]", "nonsense"]):
        tree(f"src/{number}.json", recording(test_id=test_id))
    assert main(["convert", "src", "-o", "deep/out"]) == 1
    assert not Path("deep").exists()
    assert "5 refused" in capsys.readouterr().err


@pytest.mark.parametrize("name", ["yaml", "recording.json"])
def test_a_link_that_leads_out_is_not_followed(tree, capsys, name):
    """A folder of DEST that is a link to elsewhere is refused; what lies elsewhere stays as it was."""
    tree("src/a.json", recording(test_id="tests/x.py::t"))
    tree("elsewhere/keep.txt", "as it was")
    Path("out").mkdir()
    Path("out/tests").symlink_to(Path("elsewhere").absolute())
    assert main(["convert", "src", "-o", "out", "--format", name, "--force"]) == 1
    assert files("elsewhere") == ["keep.txt"]
    assert "behind a link that leads out of it" in capsys.readouterr().err


def test_a_link_in_a_files_place_is_replaced_and_not_followed(tree):
    """With --force a link gives way to the file; what it led to stays as it was."""
    tree("src/a.json", recording(test_id="x.py::t"))
    tree("elsewhere.yaml", "as it was")
    Path("out/cassettes/x").mkdir(parents=True)
    Path("out/cassettes/x/t.yaml").symlink_to(Path("elsewhere.yaml").absolute())
    assert main(["convert", "src", "-o", "out", "--force"]) == 0
    assert Path("elsewhere.yaml").read_text() == "as it was"
    assert not Path("out/cassettes/x/t.yaml").is_symlink()


@pytest.mark.parametrize(
    "test_id",
    [
        "../x.py::t",
        "/etc/x.py::t",
        "C:\\x.py::t",
        "\\\\server\\x.py::t",
        "x.py::t[\0]",
        "CON.py::t",
        "aux.txt.py::t",
        "x.py::nul",
        "x./y.py::t",
        "x.py::t[\x1b]",
        "x.py::t[\u2028]",
        "...py::t",
    ],
)
def test_each_hostile_test_id_is_refused_by_name(tree, capsys, test_id):
    """Each is refused with the file, the field and what was expected; nothing is written anywhere."""
    tree("src/a.json", recording(test_id=test_id))
    before = files(".")
    assert main(["convert", "src", "-o", "deep/out"]) == 1
    assert files(".") == before
    assert "refused: src/a.json: test_id: expected a" in capsys.readouterr().err


@pytest.mark.parametrize("test_id", [f"x.py::t[{'n' * 300}]", "x.py::t[../../y]", "x.py::t. ", "x.py::t[/etc/passwd]"])
def test_an_odd_test_id_gets_a_safe_name(tree, test_id):
    """What pytest-recording has a name for gets that name, beside the others."""
    tree("src/a.json", recording(test_id=test_id))
    assert main(["convert", "src", "-o", "out"]) == 0
    [place] = files("out")
    assert place.startswith("cassettes/x/t") and place.count("/") == 2
    assert len(place.rpartition("/")[2]) <= 255


def test_a_name_that_the_system_refuses_is_shortened(tree):
    """pytest-recording counts characters, systems bytes: what fits the one alone is shortened by the same rule."""
    tree("src/a.json", recording(test_id=f"x.py::t[{'é' * 200}]"))
    tree("src/b.json", recording(test_id="x.py::t"))
    assert main(["convert", "src", "-o", "out"]) == 0
    short, long = sorted(files("out"), key=len)
    assert short == "cassettes/x/t.yaml"
    assert long.endswith(".yaml") and "é..." in long and len(long.rpartition("/")[2].encode()) in (254, 255)


def test_existing_files_stay_without_force(tree, capsys):
    """A second conversion refuses what exists, and replaces it with --force."""
    tree("src/a.json", recording(test_id=None))
    tree("out/cassettes/a.yaml", "mine")
    assert main(["convert", "src", "-o", "out"]) == 1
    assert "refused: out/cassettes/a.yaml: a file of that name exists" in capsys.readouterr().err
    assert Path("out/cassettes/a.yaml").read_text() == "mine"
    assert main(["convert", "src", "-o", "out", "--force"]) == 0
    assert len(cassette("out/cassettes/a.yaml")) == 1


def test_an_array_of_recordings_converts(tree):
    """An array's recordings go to their tests' cassettes, and come back as files of their own."""
    one, two = recording(), recording("two", test_id="tests/test_n.py::test_y")
    tree("src/all.json", json.dumps([one.document, two.document]))
    assert main(["convert", "src", "-o", "there"]) == 0
    assert len(files("there")) == 2
    assert main(["convert", "there", "-o", "back"]) == 0
    assert Path("back/tests/recordings", recording_name(two)).read_text() == two.dump()


@pytest.mark.slow
def test_the_result_does_not_depend_on_the_number_of_processes(tree, monkeypatch, capsys):
    """Two processes write the same files and the same report as one."""
    monkeypatch.setattr(sources, "ENOUGH", 3)
    for number in range(6):
        tree(f"src/{number}.json", recording(str(number), test_id=f"test_m.py::test_{number}"))
    tree("src/broken.json", "{")
    said = []
    for jobs in "12":
        assert main(["convert", "src", "-o", f"out{jobs}", "--jobs", jobs]) == 1
        said.append(capsys.readouterr().err)
    assert said[0] == said[1]
    assert len(files("out1")) == 6
    assert contents("out1") == contents("out2")


# --- to recordings


def test_an_interaction_from_the_wire_becomes_a_recording_with_the_keys_name(tree):
    """A cassette of somebody else's makes files in recordings/ beside cassettes/, for the test that was named."""
    tree("tests/cassettes/test_m/test_x.yaml", dump(wire()))
    assert main(["convert", "tests/cassettes/test_m/test_x.yaml", "-o", "out", "--test-id", "t.py::t"]) == 0
    (place,) = files("out")
    made = Recording.parse(Path("out", place).read_text())
    assert (made.test_id, place) == ("t.py::t", f"recordings/{recording_name(made)}")


def test_a_folder_named_recordings_gets_no_other_in_it(tree):
    """``-o recordings`` is the folder of recordings itself for a cassettes folder from the wire."""
    tree("tests/cassettes/test_m/test_x.yaml", dump(wire()))
    assert main(["convert", "tests/cassettes", "-o", "recordings"]) == 0
    assert [place.count("/") for place in files("recordings")] == [0]


def test_what_is_no_recording_is_kept_beside_those_that_are(tree, capsys):
    """Of a cassette that mixes hosts all interactions convert; each that no recorder reads is listed with its place."""
    tree("src/cassettes/x.yaml", dump(OTHER_HOST, wire()))
    assert main(["convert", "src", "-o", "out"]) == 0
    said = capsys.readouterr().err
    assert "plain: src/cassettes/x.yaml: interactions[0]: request.uri: expected the URL of an API" in said
    assert "2 converted into 2 files, 1 plain, 0 refused" in said


def test_a_cassette_of_other_hosts_comes_back(tree):
    """An interaction that was recorded twice is one file, and comes back twice."""
    tree("src/tests/cassettes/test_m/x.yaml", dump(OTHER_HOST, OTHER_HOST))
    assert main(["convert", "src", "-o", "out", "--test-id", "tests/test_m.py::x"]) == 0
    assert main(["convert", "out", "-o", "back"]) == 0
    assert [place.split("/")[0] for place in files("out")] == ["tests"]
    (place,) = files("back")
    assert place == "tests/cassettes/test_m/x.yaml"
    (one, other) = yaml.safe_load(Path("back", place).read_text())["interactions"]
    assert one == other


def test_a_malformed_interaction_does_not_keep_the_others(tree, capsys):
    """What contradicts itself is refused with its place in the cassette; the others convert."""
    tree("src/cassettes/x.yaml", dump(wire(), {"request": {}, "response": 3}))
    assert main(["convert", "src", "-o", "out"]) == 1
    assert (
        "refused: src/cassettes/x.yaml: interactions[1].request.method: expected an HTTP method"
        in capsys.readouterr().err
    )
    assert len(files("out")) == 1


def test_equal_recordings_are_one_file_and_different_ones_are_numbered(tree, capsys):
    """Interactions with one key and one answer make one file; another answer makes another, and is said to."""
    tree("src/cassettes/a.yaml", dump(wire(), wire()))
    other = wire()
    other["response"]["body"]["string"] = other["response"]["body"]["string"].replace("gpt-4o", "gpt-5")
    tree("src/cassettes/b.yaml", dump(other))
    assert main(["convert", "src", "-o", "out"]) == 0
    assert sorted(place.endswith("-2.json") for place in files("out")) == [False, True]
    assert "-2.json is another recording of the name" in capsys.readouterr().err


def test_a_hostile_note_writes_nothing_outside(tree, capsys):
    """A cassette that says its recording lies outside the tree is refused."""
    tree("src/a.json", recording(test_id=None))
    assert main(["convert", "src", "-o", "there"]) == 0
    path = Path("there/cassettes/a.yaml")
    path.write_text(path.read_text().replace("file: a.json", "file: ../a.json"))
    assert main(["convert", "there", "-o", "deep/back"]) == 1
    assert "a relative path that stays inside the tree" in capsys.readouterr().err
    assert not Path("deep").exists()


def test_an_edited_word_is_edited_in_the_recording(tree):
    """A word changed in a cassette's body is changed in the recording, at the recording's own place."""
    tree("src/x.json", recording(test_id=None))
    assert main(["convert", "src", "-o", "there"]) == 0
    path = Path("there/cassettes/x.yaml")
    path.write_text(path.read_text().replace("hello", "servus"))
    assert main(["convert", "there", "-o", "back"]) == 0
    assert Path("back/x.json").read_text() == recording("servus", test_id=None).dump()


def test_recordings_can_be_copied_into_their_normal_form(tree):
    """Recordings to recordings: each file at its place, in the recorder's own text; arrays one file each."""
    one, two = recording(), recording("two")
    tree("src/a/x.json", json.dumps(one.document))
    tree("src/a/all.json", json.dumps([two.document]))
    assert main(["convert", "src", "-o", "out", "--to", "recordings"]) == 0
    assert Path("out/a/x.json").read_text() == one.dump()
    assert Path("out/a", recording_name(two)).read_text() == two.dump()


# --- between formats, and what to make


@pytest.mark.parametrize("name", ["json", "recording.json"])
def test_a_cassette_in_another_format_keeps_its_place(tree, name):
    """YAML to another format and back: the place stays, the suffix changes, the interactions are the same."""
    tree("src/a.json", recording(test_id="test_m.py::test_x"))
    assert main(["convert", "src", "-o", "one"]) == 0
    assert main(["convert", "one", "-o", "two", "--to", "cassettes", "--format", name]) == 0
    assert files("two") == [f"cassettes/test_m/test_x.{name}"]
    assert main(["convert", "two", "-o", "three", "--to", "cassettes"]) == 0
    assert files("three") == files("one")
    assert (
        cassette("three/cassettes/test_m/test_x.yaml")[0]["request"] == cassette("one/" + files("one")[0])[0]["request"]
    )


def test_two_cassettes_that_would_be_one_are_refused(tree, capsys):
    """x.yaml and x.yml would both be x.json: the second is refused."""
    tree("src/x.yaml", dump(OTHER_HOST))
    tree("src/x.yml", dump(OTHER_HOST))
    assert main(["convert", "src", "-o", "out", "--to", "cassettes", "--format", "json"]) == 1
    assert "refused: src/x.yml: its new place x.json is also that of src/x.yaml" in capsys.readouterr().err


def test_other_hosts_pass_through_untouched(tree):
    """A cassette in another format has all its interactions, ours or not."""
    tree("src/x.yaml", dump(OTHER_HOST, wire()))
    assert main(["convert", "src", "-o", "out", "--to", "cassettes", "--format", "json"]) == 0
    assert json.loads(Path("out/x.json").read_text())["interactions"] == [OTHER_HOST, wire()]


def test_a_cassette_becomes_recordings_beside_each_other(tree, capsys):
    """``--check`` of cassettes as ``recording.json`` reads back what it would write."""
    tree("src/x.yaml", dump(wire()))
    options = ["--to", "cassettes", "--format", "recording.json", "--check"]
    assert main(["convert", "src", *options]) == 1
    assert "x.yaml" in capsys.readouterr().out


def test_bytes_in_json_are_refused(tree, capsys):
    """A cassette whose bodies are no text cannot become vcrpy's JSON."""
    tree("src/x.yaml", dump({**OTHER_HOST, "response": {**OTHER_HOST["response"], "body": {"string": b"\xff"}}}))
    assert main(["convert", "src", "-o", "out", "--to", "cassettes", "--format", "json"]) == 1
    assert "refused: src/x.yaml: it has what the format json cannot" in capsys.readouterr().err


def test_mixed_content_needs_a_direction(tree, capsys):
    """Recordings and cassettes in one SRC: which to make is not guessed."""
    tree("src/a.json", recording())
    tree("src/b.yaml", dump(OTHER_HOST))
    assert main(["convert", "src", "-o", "out"]) == 2
    assert "--to" in capsys.readouterr().err
    assert main(["convert", "src", "-o", "out", "--to", "cassettes"]) == 0


# --- --check


def test_check_finds_nothing_in_what_comes_back(tree, capsys):
    """Recordings and the cassettes made from them are exact, and ``--check`` writes nothing."""
    for one in (recording(), recording("two", test_id=None), TOOL):
        tree(f"src/{recording_name(one)}", one)
    for name in ("yaml", "json"):
        assert main(["convert", "src", "--check", "--format", name]) == 0
        assert main(["convert", "src", "-o", name, "--format", name]) == 0
        assert main(["convert", name, "--check"]) == 0
    assert main(["convert", "yaml", "--check", "--to", "cassettes", "--format", "json"]) == 0
    assert {place.partition("/")[0] for place in files(".")} == {"json", "src", "yaml"}
    assert capsys.readouterr().out == ""


def test_check_names_what_does_not_come_back_as_it_was(tree, capsys):
    """Files in another spelling are named on standard output, each with what differs, and the status is 1."""
    tree("src/newline.json", recording("a").dump().rstrip("\n"))
    tree("src/spelling.json", json.dumps(recording("b").document))
    assert main(["convert", "src", "--check"]) == 1
    captured = capsys.readouterr()
    assert captured.out == (
        "src/newline.json: comes back with the final newline that it lacks (it is not in the normal form)\n"
        "src/spelling.json: comes back in another spelling of the same value\n"
    )
    assert captured.err == "2 checked, 2 not exact, 0 refused, 0 skipped\n"


def test_check_names_a_file_whose_name_is_lost(tree, capsys):
    """A place that the format cannot note is a difference."""
    tree("src/x.json", recording())
    assert main(["convert", "src", "--check", "--format", "recording.json"]) == 1
    assert "src/x.json: comes back as tests/integration/recordings/" in capsys.readouterr().out


def test_check_says_where_a_cassette_from_the_wire_differs(tree, capsys):
    """What a recording cannot keep of the wire is named by its place."""
    tree("src/cassettes/x.yaml", dump(wire(headers={"content-type": ["application/json"], "date": ["now"]})))
    assert main(["convert", "src", "--check"]) == 1
    assert "src/cassettes/x.yaml: does not come back exactly, first at [0]." in capsys.readouterr().out


# --- what should not happen


@pytest.mark.parametrize("direction", ["conversion.exchange_of", "cassette_recordings.sent_recording_of"])
def test_a_defect_of_ours_costs_one_file(tree, monkeypatch, capsys, direction):
    """An error that nobody foresaw is reported as a defect, for the file that it struck."""

    def fail(*_arguments, **_options):
        raise KeyError("surprise")

    tree("src/a.json", recording() if "exchange_of" in direction else json.dumps({"interactions": [wire()]}))
    monkeypatch.setattr(f"vcr_openai._trees.{direction}", fail)
    assert main(["convert", "src", "-o", "out"]) == 1
    assert "KeyError: 'surprise' (a defect of vcr-openai: please report it)" in capsys.readouterr().err


def test_a_cassette_with_a_defect_of_ours_is_named(tree, monkeypatch, capsys):
    """An error that nobody foresaw, while a whole cassette is read, is that cassette's."""
    tree("src/a.yaml", dump(wire()))
    monkeypatch.setattr("vcr_openai._trees.conversion._recorded", lambda: None)  # it is called with arguments
    assert main(["convert", "src", "-o", "out"]) == 1
    assert "refused: src/a.yaml: TypeError" in capsys.readouterr().err


def test_a_file_that_changes_meanwhile_is_refused(tree, monkeypatch, capsys):
    """A recording that is a cassette when it is read again is refused."""
    tree("src/a.json", recording())
    monkeypatch.setattr("vcr_openai._trees.conversion.read", lambda _source: dump(wire()))
    assert main(["convert", "src", "-o", "out"]) == 1
    assert "the file changed while it was converted" in capsys.readouterr().err


def test_a_process_that_dies_is_an_error_in_one_line(tree, monkeypatch, capsys):
    """A worker that the system kills ends the command with a line, not a traceback."""
    monkeypatch.setattr(sources, "ENOUGH", 1)
    monkeypatch.setattr("concurrent.futures.ProcessPoolExecutor.map", broken)
    tree("src/a.json", recording())
    assert main(["convert", "src", "-o", "out", "--jobs", "2"]) == 1
    assert capsys.readouterr().err == "Error: a worker process died (killed)\n"


def test_an_existing_recording_stays(tree, capsys):
    """A recording that exists is refused without --force, and is not counted as converted."""
    tree("src/a.yaml", dump(wire()))
    for status in (0, 1):
        assert main(["convert", "src", "-o", "out"]) == status
    assert capsys.readouterr().err.endswith("0 converted into 0 files, 1 refused, 0 skipped\n")


def test_a_name_that_no_cassette_can_say_is_lost(tree, capsys):
    """A file name with a control character is not noted; the recording converts all the same."""
    tree("src/a\x07.json", recording())
    assert main(["convert", "src", "-o", "out"]) == 0
    assert "note: 1 file name lost" in capsys.readouterr().err


def test_a_pipe_is_not_waited_for(tree, capsys):
    """What is not a regular file is refused instead of being read."""
    tree("src/x.txt", "")
    os.mkfifo("src/a.json")
    assert main(["convert", "src", "-o", "out"]) == 1
    assert "refused: src/a.json: it is not a regular file" in capsys.readouterr().err


def broken(*_arguments, **_options):
    """What a pool does whose process died."""
    raise BrokenProcessPool("killed")


# --- the samples


@places.needs_samples
@pytest.mark.parametrize("name", ["yaml", "json"])
def test_the_samples_come_back(tmp_path, name):
    """370 recordings of a real project come back byte for byte, but for four that lack their final newline."""
    assert main(["convert", str(SAMPLES / "recordings"), "-o", str(tmp_path / "A"), "--format", name]) == 0
    assert main(["convert", str(tmp_path / "A"), "-o", str(tmp_path / "B")]) == 0
    assert files(SAMPLES / "recordings") == files(tmp_path / "B")
    differing = [
        place
        for place in files(tmp_path / "B")
        if (SAMPLES / "recordings" / place).read_bytes() != (tmp_path / "B" / place).read_bytes()
    ]
    assert len(differing) == 4
    for place in differing:
        assert (SAMPLES / "recordings" / place).read_bytes() + b"\n" == (tmp_path / "B" / place).read_bytes()


@pytest.mark.parametrize(
    "one, other, where",
    [
        ({"a": 1}, {}, "a"),
        ({}, {"b": {}}, "b"),
        ([1], [1, 2], "[1]"),
        ({"a": [True]}, {"a": [1]}, "a[0]"),
        (1, 1, None),
    ],
)
def test_the_first_difference_has_a_place(one, other, where):
    """Two values differ where a key or an element is missing, or is another."""
    assert first_difference(one, other) == where


@pytest.mark.parametrize("name", ["a\x07.json", "a\u2028.json", "a\udc80.json", "a.txt", "../a.json"])
def test_a_place_that_no_note_can_name_is_refused(name):
    """A recording's file whose name cannot be printed, or is not one of JSON, has no place in a cassette."""
    found = Recording(recordings.EXCHANGES["reply"][0])
    with pytest.raises(MalformedInteraction, match=r"recording\.file: expected "):
        place_note(found, f"recordings/{name}", "cassettes/a.yaml")


@pytest.mark.parametrize("source", ["src/a.yaml", "src/a.json"])
def test_a_full_disk_refuses_the_place_that_cannot_be_written(tree, monkeypatch, capsys, source):
    """A file that cannot be written is refused by the place that it should have had, and nothing is left of it."""

    def fail(*_arguments):
        raise OSError(28, "No space left on device")

    tree(source, dump(wire()) if source.endswith("yaml") else recording(test_id=None))
    monkeypatch.setattr("vcr_openai._files._write_plainly", fail)
    assert main(["convert", "src", "-o", "out"]) == 1
    error = capsys.readouterr().err
    assert "No space left on device" in error and "out/" in error and ".tmp" not in error
    assert not list(Path("out").rglob("*"))
