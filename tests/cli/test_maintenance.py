"""The commands that maintain a tree of recordings: what they say, what they write, what they leave alone."""

import io
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from recordings import CHAT, MESSAGES, MODEL, chat_call, documents, http, recording, reply, sdk_call, stream, tagged

from vcr_openai import Recording, _files, recording_key
from vcr_openai._api.endpoint import Layout
from vcr_openai._api.endpoint_table import ENDPOINTS
from vcr_openai._cli import main
from vcr_openai._recording.key import name_by, recording_name
from vcr_openai._recording.key_rules import key_rule
from vcr_openai._recording.recorder import SdkView, as_recorded, normal_form
from vcr_openai._trees.maintenance import read_node_ids

NEWS = {"id": "chatcmpl-1", "created": 1700000000, "object": "chat.completion"}
RESPONSE = "openai.types.responses.response.Response"
TIMES = ("created", "created_at", "total_duration", "eval_duration")
FILE_PROCESSOR = recording({"test_id": None, "provider": "p", "api": "a", "file_id": "f"}, reply({}))


def one(content="a", data=None, test_id="tests/test_a.py::test_b"):
    """A recording of a chat."""
    return Recording(recording(chat_call(seed=content), reply(dict(data or NEWS)), test_id))


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """An empty tree in the current folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tree").mkdir()
    return tmp_path / "tree"


def put(tree, name, document):
    """Write a recording, an array of them, or any text."""
    path = tree / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(document if isinstance(document, str) else document.dump())
    return path


def state(tree):
    """Every file under a tree, and what it holds."""
    return {path.relative_to(tree).as_posix(): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def run(capsys, *arguments):
    """Status, standard output and standard error of a command."""
    status = main([*map(str, arguments)])
    said = capsys.readouterr()
    return status, said.out, said.err


def test_key_tells_key_name_version_and_file(tree, capsys):
    """A line for each recording, four columns, tabs between them."""
    path = put(tree, name_by(key_rule("no-test-id"), one()), one())
    status, out, _ = run(capsys, "key", tree)
    key = recording_key(one())
    assert (status, out) == (0, f"{key}\t{key}.json\tno-test-id\t{path}\n")


def test_key_tells_each_recording_of_an_array(tree, capsys):
    """An array has no name of a key, its recordings have keys."""
    path = put(tree, "x.recording.json", f"[{one('a').dump()}, {one('b').dump()}]")
    status, out, _ = run(capsys, "key", path)
    assert status == 0
    assert [line.split("\t")[2:] for line in out.split("\n")[:2]] == [["-", f"{path}[0]"], ["-", f"{path}[1]"]]


def test_a_tree_without_recordings_is_said_to_have_none(tree, capsys):
    """A status that is not 0 has its reason beside it."""
    assert run(capsys, "key", tree) == (1, "", "no recording was found\n")


@pytest.mark.parametrize(
    "text", ["{", "interactions: []", Recording(FILE_PROCESSOR).dump(), "interactions:\n- {request: 1}"]
)
def test_key_refuses_what_has_none(tree, capsys, text):
    """A file without a key is named with the reason, and the status is 1."""
    status, out, err = run(capsys, "key", put(tree, "x.json", text))
    assert (status, out) == (1, "")
    assert err.startswith("refused: ")


def test_rekey_renames_to_the_current_rule(tree, capsys):
    """A file with an older name gets today's, its content untouched."""
    old = put(tree, "recordings/0123456789ab.json", one())
    status, out, _ = run(capsys, "rekey", "tree", "--write")
    new = f"recordings/{recording_name(one())}"
    assert (status, out) == (0, f"tree/recordings/{old.name} -> tree/{new}\n")
    assert state(tree) == {new: one().dump().encode()}


def test_rekey_goes_to_an_older_rule_and_back(tree, capsys):
    """Any version can be chosen."""
    put(tree, recording_name(one()), one())
    before = state(tree)
    run(capsys, "rekey", tree, "--rule", "no-test-id", "--write")
    assert list(state(tree)) == [name_by(key_rule("no-test-id"), one())]
    run(capsys, "rekey", tree, "--write")
    assert state(tree) == before


def test_rekey_keeps_the_suffix_of_a_twin(tree, capsys):
    """Twins of one key stay apart."""
    put(tree, "0123456789ab.json", one(data={"id": "1"}))
    put(tree, "0123456789ab-0123abc.json", one(data={"id": "2"}))
    assert run(capsys, "rekey", tree, "--write")[0] == 0
    assert set(state(tree)) == {f"{recording_key(one())}.json", f"{recording_key(one())}-0123abc.json"}


def test_rekey_overwrites_nothing(tree, capsys):
    """A file whose name another one has is refused, and both stay."""
    put(tree, recording_name(one()), one(data={"id": "1"}))
    put(tree, "0123456789ab.json", one(data={"id": "2"}))
    before = state(tree)
    status, out, err = run(capsys, "rekey", tree, "--write")
    assert (status, out, state(tree)) == (1, "", before)
    assert "with other content" in err


def test_rekey_does_not_take_a_file_from_its_link(tree, capsys):
    """A file to which a link leads keeps its name, and the refusal names the link."""
    put(tree, "0123456789ab.json", one())
    (tree / "latest").symlink_to("0123456789ab.json")
    status, out, err = run(capsys, "rekey", tree, "--write")
    assert (status, out) == (1, "")
    assert "0123456789ab.json: the link " in err and "/latest leads to it" in err
    assert (tree / "latest").read_text(encoding="utf-8") == one().dump()


def test_rekey_does_not_take_the_name_of_a_file_that_it_does_not_understand(tree, capsys):
    """A broken file keeps its name, whoever wants it."""
    put(tree, recording_name(one()), "{")
    put(tree, "0123456789ab.json", one())
    before = state(tree)
    assert run(capsys, "rekey", tree, "--write")[0] == 1
    assert state(tree) == before


def test_rekey_reports_identical_twins(tree, capsys):
    """Two files with the same content: one has the name, the other is noted and stays."""
    put(tree, recording_name(one()), one())
    put(tree, "0123456789ab.json", one())
    before = state(tree)
    status, _, err = run(capsys, "rekey", tree, "--write")
    assert (status, state(tree)) == (0, before)
    assert "note: " in err


def test_rekey_exchanges_names(tree, capsys):
    """Two files that have each other's names get their own."""
    put(tree, recording_name(one("a")), one("b"))
    put(tree, recording_name(one("b")), one("a"))
    assert run(capsys, "rekey", tree, "--write")[0] == 0
    assert state(tree) == {recording_name(one(name)): one(name).dump().encode() for name in "ab"}


def test_rekey_stopped_between_renames_loses_nothing(tree, capsys, monkeypatch):
    """Whatever rename is the last, every content is there, and the next run ends the work."""
    put(tree, recording_name(one("a")), one("b"))
    put(tree, recording_name(one("b")), one("a"))

    whole, rename = sorted(state(tree).values()), _files.rename

    def once(old, new):
        rename(old, new)
        raise KeyboardInterrupt

    monkeypatch.setattr(_files, "rename", once)
    for _ in range(3):
        assert main(["rekey", str(tree), "--write"]) == 130
        assert sorted(state(tree).values()) == whole
    monkeypatch.undo()
    capsys.readouterr()
    assert run(capsys, "rekey", tree)[:2] == (0, "")


def test_rekey_ends_where_a_rename_fails(tree, capsys, monkeypatch):
    """What counts on a rename that the system refused is not begun."""

    def fail(*_paths):
        raise PermissionError(13, "Permission denied")

    put(tree, "0123456789ab.json", one("a"))
    put(tree, "0123456789ac.json", one("b"))
    monkeypatch.setattr("vcr_openai._files.rename", fail)
    status, _, err = run(capsys, "rekey", tree, "--write")
    assert (status, err.count("Permission denied")) == (1, 1)


def test_normalize_names_the_paths_that_change(tree, capsys):
    """Ids, time stamps and durations become what the recorder writes."""
    path = put(tree, "x.json", one())
    status, out, _ = run(capsys, "normalize", tree, "--write")
    assert (status, out) == (0, f"{path}: response.body.__data__.id, response.body.__data__.created\n")
    data = json.loads(path.read_text())["response"]["body"]["__data__"]
    assert (data["id"], data["created"]) == (f"rec-{recording_key(one())[:12]}", 0)


def test_normalize_tells_the_chunks_of_a_stream_as_one(tree, capsys):
    """A stream's paths are printed once."""
    put(tree, "x.json", Recording(recording(chat_call(stream=True), stream({"id": "1"}, {"id": "2"}))))
    assert run(capsys, "normalize", tree)[1].endswith("x.json: response.body[*].__data__.id\n")


def test_normalize_keeps_a_models_name():
    """A model's id is its name, and its time is that of the model: both stay, as in what convert makes."""
    model = {"id": "m", "object": "model", "created": 5}
    page = {"body": [tagged(MODEL, model), {"id": "x"}, tagged(CHAT, [1])], "is_streaming": False}
    made = Recording(recording(sdk_call({}, "/v1/models"), page))
    assert normal_form(made) == (made, [])


def test_normalize_leaves_what_the_recorder_does_not_normalize(tree, capsys):
    """A response keeps its id and its time, as it does when it is recorded."""
    data = {"id": "resp_1", "created_at": 5.0, "object": "response"}
    put(tree, "x.json", Recording(recording(sdk_call({"model": "m"}, "/v1/responses"), reply(data, RESPONSE))))
    before = state(tree)
    assert run(capsys, "normalize", tree, "--write")[:2] == (0, "")
    assert state(tree) == before


def test_normalize_leaves_an_id_that_another_request_has(tree, capsys):
    """The request cites the server's id, so the answer keeps it; a note says so."""
    put(tree, "x.json", one())
    put(tree, "y.json", Recording(recording(chat_call(user="see\nchatcmpl-1."), reply({"id": "chatcmpl-12"}))))
    _, out, err = run(capsys, "normalize", tree, "--write")
    assert json.loads((tree / "x.json").read_text())["response"]["body"]["__data__"]["id"] == "chatcmpl-1"
    assert json.loads((tree / "y.json").read_text())["response"]["body"]["__data__"]["id"].startswith("rec-")
    assert "x.json: response.body.__data__.created\n" in out
    assert "x.json keeps chatcmpl-1: the request of another recording has it" in err


@pytest.mark.parametrize("endpoint", sorted({row.path for row in ENDPOINTS if "{" not in row.path}))
@given(data=st.fixed_dictionaries({"id": st.text()}, optional=dict.fromkeys(TIMES, st.none() | st.integers(1, 9))))
def test_what_is_recorded_is_its_own_normal_form(endpoint, data):
    """Whatever the endpoint, normalize leaves what the recorder has just written."""
    view = SdkView(lambda _tag, sent: sent, lambda _endpoint: None, brief_errors=True)
    made = Recording(recording(sdk_call({"model": "m"}, endpoint), reply(data)))
    if made.layout is not Layout.CALL or endpoint == "/info":
        return
    fresh = as_recorded(made, view)
    assert normal_form(fresh) == (fresh, [])


def test_normalize_leaves_a_raw_exchange():
    """What was not an object of the SDK is written as it was."""
    raw = Recording(recording(http("https://a.b/rerank", MESSAGES), {"body": {"id": "x"}, "is_streaming": False}))
    assert normal_form(raw) == (raw, [])


@pytest.mark.parametrize(
    "member", [{"id_normalization_mapping": {"rec-0123456789ab": "chatcmpl-1"}}, {"wire": {"positions": [1]}}]
)
def test_normalize_leaves_the_servers_ids_of_a_cassette(member):
    """A recording whose ids are mapped, or that has what its cassette had, keeps the server's ids and times."""
    made = Recording({**one().document, **member})
    assert normal_form(one())[1]
    assert normal_form(made) == (made, [])


@pytest.mark.slow
@given(documents())
def test_normalizing_twice_is_normalizing_once(document):
    """The normal form of a normal form is itself, whatever the recording."""
    try:
        once, _ = normal_form(Recording(document))
    except ValueError:
        return
    assert normal_form(once) == (once, [])


def test_prune_finds_and_deletes_what_no_test_needs(tree, capsys):
    """Recordings of a test that is gone are deleted; those of other tests, and of none, stay."""
    put(tree, "kept.json", one(test_id="tests/test_a.py::test_b[x y]"))
    put(tree, "shared.json", one(test_id=None))
    gone = put(tree, "gone.json", one(test_id="tests/test_old.py::test_c"))
    put(tree.parent, "ids", "tests/test_a.py::test_b[x y]\n\n1 test collected in 0.01s\n")
    status, out, err = run(capsys, "prune", tree, "--collected", tree.parent / "ids", "--write")
    assert (status, out) == (0, f"{gone}: tests/test_old.py::test_c\n")
    assert "note: no test of tests/test_old.py was collected (1 recording)" in err
    assert set(state(tree)) == {"kept.json", "shared.json"}


def test_prune_reads_standard_input(tree, capsys, monkeypatch):
    """A dash stands for it."""
    put(tree, "kept.json", one())
    monkeypatch.setattr("sys.stdin", io.StringIO("tests/test_a.py::test_b\n"))
    assert run(capsys, "prune", tree, "--collected", "-")[:2] == (0, "")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "no tests collected in 0.01s\n",
        "<Module test_a.py>\n  <Function test_b>\n",
        "tests/test_a.py: 3\n",
        "tests/test_a.py::test_b\n\n1/3 tests collected (2 deselected) in 0.01s\n",
        "tests/test_a.py::test_b\nERROR tests/test_c.py - ImportError\n",
        "tests/test_a.py::test_b\n!!!!! Interrupted: 1 error during collection !!!!!\n",
        "tests/test_a.py::another\n",
    ],
)
def test_prune_refuses_a_list_that_may_not_be_whole(tree, capsys, text):
    """Nothing is deleted on the word of a list that is empty, cut short, failed, or of other tests."""
    put(tree, "x.json", one())
    put(tree.parent, "ids", text)
    status, out, err = run(capsys, "prune", tree, "--collected", tree.parent / "ids", "--write")
    assert (status, out, list(state(tree))) == (1, "", ["x.json"])
    assert err.startswith("Error: ")


def test_prune_offers_a_prefix(tree, capsys):
    """Where the collected ids are relative to a folder below, it says so, and how many would be found."""
    put(tree, "x.json", one())
    ids = put(tree.parent, "ids", "test_a.py::test_b\n")
    assert "with --prefix tests 1 would be" in run(capsys, "prune", tree, "--collected", ids)[2]
    assert run(capsys, "prune", tree, "--collected", ids, "--prefix", "tests/")[0] == 0


def test_prune_tells_of_a_root_further_up(tree, capsys):
    """Where the collected ids are relative to a folder above, it names the folder."""
    put(tree, "x.json", one())
    ids = put(tree.parent, "ids", "sub/tests/test_a.py::test_b\n")
    assert "with --rootdir=sub 1 would be" in run(capsys, "prune", tree, "--collected", ids)[2]


def test_a_parameter_may_say_anything():
    """Words of pytest's summary in the parameters of a test are no summary."""
    ids = "a.py::test[x deselected]\na.py::test[ERROR 1]\na.py::test[b::c]"
    assert len(read_node_ids(ids)) == 3


@pytest.mark.parametrize("command", ["rekey", "normalize", "prune"])
def test_nothing_is_written_without_write(tree, capsys, command):
    """A command says what it would do, ends with 1, and changes nothing."""
    put(tree, "0123456789ab.json", one("a"))
    put(tree, "0123456789ac.json", one("b", test_id="tests/test_a.py::gone"))
    ids = put(tree.parent, "ids", "tests/test_a.py::test_b\n")
    before = state(tree)
    more = ("--collected", ids) if command == "prune" else ()
    status, out, err = run(capsys, command, tree, *more)
    assert (status, state(tree)) == (1, before)
    assert out
    assert "--write" in err


@pytest.mark.parametrize("command", ["rekey", "normalize", "prune"])
def test_a_second_run_finds_nothing(tree, capsys, command):
    """After --write there is nothing left to do."""
    put(tree, "0123456789ab.json", one("a"))
    put(tree, "0123456789ac.json", one("b", test_id="tests/test_a.py::gone"))
    ids = put(tree.parent, "ids", "tests/test_a.py::test_b\n")
    more = ("--collected", ids) if command == "prune" else ()
    assert run(capsys, command, tree, *more, "--write")[0] == 0
    assert run(capsys, command, tree, *more)[:2] == (0, "")


@pytest.mark.parametrize("command", ["rekey", "normalize", "prune"])
def test_what_is_not_understood_is_not_touched(tree, capsys, command):
    """Broken files are reported; cassettes and other documents are passed by."""
    put(tree, "kept.json", one(data={"choices": []}))
    run(capsys, "rekey", tree, "--write")
    put(tree, "broken.json", "{")
    put(tree, "notes.json", "{}")
    put(tree, "test.recording.json", one("c"))
    put(tree, "array.json", f"[{one('d').dump()}]")
    put(tree, "cassettes/e.json", one("e"))
    ids = put(tree.parent, "ids", "tests/test_a.py::test_b\n")
    before = state(tree)
    more = ("--collected", ids) if command == "prune" else ()
    status, out, err = run(capsys, command, tree, *more, "--write")
    assert (status, out, state(tree)) == (1, "", before)
    assert err.startswith("refused: ")
    assert "broken.json" in err


@pytest.mark.parametrize("command", ["rekey", "normalize"])
def test_a_recording_without_a_known_key_is_refused(tree, capsys, command):
    """A file processor's recording is not renamed; normalizing has nothing to say of it."""
    put(tree, "x.json", Recording(FILE_PROCESSOR))
    before = state(tree)
    assert run(capsys, command, tree, "--write")[0] == (command == "rekey")
    assert state(tree) == before


def test_normalize_refuses_a_url_that_is_none(tree, capsys):
    """Without a key there is no id to give."""
    put(tree, "x.json", Recording(recording({**chat_call(), "url": "http://["}, reply(NEWS))))
    assert run(capsys, "normalize", tree)[0] == 1
