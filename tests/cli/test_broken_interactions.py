"""One interaction that cannot be read: it is named, and every command shows the rest of its file."""

from __future__ import annotations

import json
import os
import threading

import pytest
from chats import answer, interaction, question
from git_repository import Repository
from made_up_secrets import KEY

from vcr_openai._cli import main
from vcr_openai._formats import registry
from vcr_openai._formats.plain import write_json, write_yaml

WRITERS = {"yaml": write_yaml, "json": write_json}
NAMED = "interactions[1].request.uri: expected a URL, found the text 'http://['"
COMMANDS = pytest.mark.parametrize(
    "command", [["show"], ["stats"], ["explain"], ["show", "--json"], ["stats", "--json"]]
)
FORMATS = pytest.mark.parametrize("name", ["yaml", "json", "openai.yaml"])
BROKEN = [
    interaction(answer("b"), sent=question("beta"), uri="http://["),
    {**interaction(answer("b"), sent=question("beta")), "request": 3},
]


def chat(word, said):
    return interaction(answer(said), sent=question(word))


def text_of(name, *interactions):
    """A cassette's text; an openai.yaml cassette is YAML with a version before."""
    if name == "openai.yaml":
        return "version: 1\n" + write_yaml(list(interactions)).removesuffix("version: 1\n")
    return WRITERS[name](list(interactions))


@pytest.fixture
def write(tmp_path, monkeypatch):
    """Writes a cassette into the current folder."""
    monkeypatch.chdir(tmp_path)

    def write(path, *interactions, name="json"):
        target = tmp_path / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text_of(name, *interactions), encoding="utf-8")
        return path

    return write


@COMMANDS
@FORMATS
@pytest.mark.parametrize("where", ["a.yaml", "."])
@pytest.mark.parametrize("broken", BROKEN, ids=["url", "request"])
def test_the_rest_is_shown(write, capsys, *, command, name, where, broken):
    """Of a file, and of a file in a tree, the others are shown; the status is 1."""
    write("a.yaml", chat("alpha", "one"), broken, chat("gamma", "three"), name=name)
    assert main([*command, where]) == 1
    printed = capsys.readouterr()
    assert "a.yaml: interactions[1].request" in printed.err and printed.err.count("\n") == 1
    assert "2 requests" in printed.out or '"requests": 2' in printed.out or "gamma" in printed.out


def test_a_fault_of_many_is_one_line(write, capsys):
    """Calls of another kind, of which a cassette may have many, are named once, with their number."""
    call = {"request": {"method": "/a/B", "metadata": {}}, "response": {"status_code": 0}}
    write("a.json", chat("alpha", "one"), *[call] * 30)
    assert main(["show", "a.json"]) == 1
    assert capsys.readouterr().err.count("\n") == 1


def test_interactions_keep_their_numbers(write, capsys):
    """``explain`` names the requests and those that it cannot tell apart by their places in the file."""
    write("a.json", BROKEN[0], chat("alpha", "one"), chat("alpha", "two"))
    assert main(["explain", "a.json", "--grep", "one"]) == 1
    printed = capsys.readouterr().out
    assert "\ninteractions[1]\n" in printed
    assert "cannot tell interactions[1], interactions[2] apart" in printed


@pytest.mark.parametrize("broken", BROKEN, ids=["url", "request"])
@pytest.mark.parametrize("side", ["old", "new", "both"])
def test_a_difference_beside_it_is_shown(write, capsys, broken, side):
    """The others are compared, and what the broken one may have been in the other version is not called new or gone."""
    whole = chat("beta", "b")
    write("old.json", chat("alpha", "one"), whole if side == "new" else broken, chat("gamma", "three"))
    write("new.json", chat("alpha", "one"), whole if side == "old" else broken, chat("gamma", "four"))
    assert main(["diff", "old.json", "new.json"]) == 1
    printed = capsys.readouterr()
    assert "1 file: 1 answer reworded\n" in printed.out
    assert [line.partition(":")[0] for line in printed.err.split("\n")[:-1]] == [
        f"{name}.json" for name in ("old", "new") if side in (name, "both")
    ]


def test_a_changed_request_beside_it_is_its_own(write, capsys):
    """A request that changed is compared with the one in its place, and not with what the broken one has become."""
    write("old.json", BROKEN[0], chat("gamma", "three"))
    write("new.json", chat("beta", "two"), chat("delta", "three"))
    main(["diff", "old.json", "new.json"])
    printed = capsys.readouterr().out
    assert "messages[0].content: 'gamma' → 'delta'" in printed
    assert "1 file: 1 request changed\n" in printed


@pytest.mark.parametrize(
    "text", ["[" * 5000 + "]" * 5000, "interactions: [", "<<<<<<< ours\n"], ids=["deep", "open", "conflict"]
)
@pytest.mark.parametrize("tree", [True, False])
def test_an_equal_file_that_cannot_be_read_is_named(write, tmp_path, capsys, text, tree):
    """Two versions that are the same and broken are no success."""
    for folder in ("old", "new"):
        write(f"{folder}/b.json", chat("alpha", "one"))
        (tmp_path / folder / "a.json").write_text(text)
        (tmp_path / folder / "package.json").write_text('{"name": "x"}')
    assert main(["diff", "old", "new"] if tree else ["diff", "old/a.json", "new/a.json"]) == 1
    printed = capsys.readouterr()
    assert printed.err.startswith("a.json: ") and printed.err.count("\n") == 1
    assert printed.out == ("2 files: no difference\n" if tree else "")


def test_an_equal_broken_interaction_is_named(write, capsys):
    """The same one in both versions, once."""
    for folder in ("old", "new"):
        write(f"{folder}/a.json", chat("alpha", "one"), BROKEN[0])
    assert main(["diff", "old", "new"]) == 1
    assert capsys.readouterr().err.count(NAMED) == 1


def test_a_file_of_broken_ones_alone_is_not_removed(write, capsys):
    """Where nothing can be read of one version, nothing of the other counts."""
    write("old.json", chat("alpha", "one"))
    write("new.json", BROKEN[0])
    assert main(["diff", "old.json", "new.json"]) == 1
    printed = capsys.readouterr()
    assert printed.out == "" and printed.err.startswith("new.json: interactions[0].request.uri: expected a URL")


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with a cassette of two interactions."""
    made = Repository(tmp_path, monkeypatch)
    made.write("cassettes/a.json", text_of("json", chat("alpha", "one"), chat("gamma", "three")))
    made.commit("one")
    return made


@pytest.mark.slow
def test_a_review_names_it(repository, capsys):
    """The review has the change beside it, and counts the secrets in all interactions, the broken one included."""
    leaky = {**BROKEN[1], "response": {"body": {"string": KEY}}}
    text = text_of("json", chat("alpha", KEY), leaky, chat("gamma", "three"))
    repository.write("cassettes/a.json", text)
    assert main(["review"]) == 1
    printed = capsys.readouterr()
    assert printed.out.startswith("1 file: 1 answer reworded, 2 secrets\n")
    assert "cassettes/a.json: interactions[1].request: expected an object" in printed.err
    assert KEY not in printed.out + printed.err


@pytest.mark.slow
def test_noise_beside_it_is_not_restored(repository, capsys):
    """A file with an interaction that cannot be read has more than noise."""
    noisy = interaction({"id": "chatcmpl-2", **answer("one")}, sent=question("alpha"))
    path = repository.write("cassettes/a.json", text_of("json", noisy, BROKEN[0], chat("gamma", "three")))
    before = path.read_text()
    assert main(["review", "--restore-noise"]) == 1
    assert path.read_text() == before
    assert "restored" not in capsys.readouterr().err


@pytest.mark.slow
def test_a_review_reads_each_version_once(repository, capsys, monkeypatch):
    """The old and the new version of a file that changed are read once each, the search for secrets included."""
    repository.write("cassettes/a.json", text_of("json", chat("alpha", "two"), chat("gamma", "three")))
    from vcr_openai._review import file_text

    read = []
    monkeypatch.setattr(file_text, "read_document", lambda text: read.append(text) or registry.read_document(text))
    assert main(["review", "--stat"]) == 0
    assert capsys.readouterr().out.startswith("1 file: 1 answer reworded")
    assert len(read) == len(set(read)) == 2


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="there are no pipes")
@pytest.mark.parametrize("more", [[], ["b.json"]])
def test_a_pipe_is_shown(write, tmp_path, capsys, more):
    """A pipe that is named, as by ``<(git show …)``, is read once."""
    write("b.json", chat("delta", "four"))
    os.mkfifo(tmp_path / "pipe.json")
    text = json.dumps({"version": 1, "interactions": [chat("alpha", "one")]})
    writer = threading.Thread(target=(tmp_path / "pipe.json").write_text, args=[text])
    writer.start()
    assert main(["show", "pipe.json", *more]) == 0
    writer.join()
    printed = capsys.readouterr().out
    assert "user: alpha" in printed and ("user: delta" in printed) == bool(more)
