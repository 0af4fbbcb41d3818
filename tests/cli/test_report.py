"""``vcr-openai report`` and ``review --html``: the page, as far as it can be tested without a browser."""

import gzip
import json
import re
import sys

import pytest
from cassette_texts import FORMATS, write_cassette
from chats import answer, interaction, question
from git_repository import Repository
from made_up_secrets import SECRETS
from places import SAMPLES, needs_samples
from report_pages import calls_of, data_of

from vcr_openai._cli import main

pytest.importorskip("jinja2")
CSP = re.compile(r'http-equiv="Content-Security-Policy" content="([^"]*)"')


def chat(word, said="yes"):
    """The interaction of a question and its answer."""
    return interaction({"id": f"chatcmpl-{said}", **answer(said)}, sent=question(word))


@pytest.fixture
def tree(tmp_path, monkeypatch):
    """A folder with two cassettes and a file that is something else."""
    monkeypatch.chdir(tmp_path)
    for name in "ab":
        (tmp_path / "t").mkdir(exist_ok=True)
        (tmp_path / "t" / f"{name}.yaml").write_text(write_cassette([chat(name)], "yaml"))
    (tmp_path / "t" / "package.json").write_text('{"name": "x"}')
    return tmp_path / "t"


def states(path):
    """The states of the calls by their test."""
    return {test: [call["state"] for call in calls] for test, calls in calls_of(path).items()}


@pytest.mark.parametrize("name", FORMATS)
def test_every_format_has_the_same_conversation(name, tmp_path):
    """The page has who said what."""
    path = tmp_path / f"a.{name}"
    path.write_text(write_cassette([chat("hello"), chat("and you")], name))
    assert main(["report", str(path), "-o", str(tmp_path / "r.html")]) == 0
    ((test, (call, other)),) = calls_of(tmp_path / "r.html").items()
    assert test == f"a.{name}"
    assert (call["model"], call["endpoint"], call["status"]) == ("gpt-4o", "/chat/completions", 200)
    assert call["asked"] == [["user", [["text", "hello"]]]] and other["asked"] == [["user", [["text", "and you"]]]]
    assert call["answered"] == [["assistant", [["text", "yes"]]]]
    assert call["body"] == ["json", question("hello")]


@pytest.mark.usefixtures("tree")
def test_the_page_is_written_to_a_file(capsys):
    """Standard error says what is in it; nothing is on standard output."""
    assert main(["report", "t", "-o", "new/r.html"]) == 0
    captured = capsys.readouterr()
    assert captured.out == "" and captured.err.startswith("new/r.html: 2 tests, 2 requests in 2 files (")


@pytest.mark.usefixtures("tree")
def test_the_page_is_printed_for_a_dash(capsys):
    """And nothing is written."""
    assert main(["report", "t", "-o", "-"]) == 0
    assert capsys.readouterr().out.startswith("<!doctype html>")


def test_a_page_replaces_a_page_and_nothing_else(tree, capsys):
    """A cassette that was named by mistake stays; --force replaces it."""
    assert main(["report", "t"]) == main(["report", "t"]) == 0
    before = (tree / "a.yaml").read_text()
    assert main(["report", "t", "-o", "t/a.yaml"]) == 1
    assert "t/a.yaml exists and is not a report; --force replaces it" in capsys.readouterr().err
    assert (tree / "a.yaml").read_text() == before
    assert main(["report", "t", "-o", "t/a.yaml", "--force"]) == 0
    assert (tree / "a.yaml").read_text().startswith("<!doctype html>")


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("output", ["t", "t/a.yaml/r.html"])
def test_a_place_that_cannot_be_written_is_refused(output, capsys):
    """Before any work is done."""
    assert main(["report", "t", "-o", output]) in (1, 2)
    assert output.partition("/r")[0] in capsys.readouterr().err


@pytest.mark.usefixtures("tree")
@pytest.mark.parametrize("command", [["report", "t"], ["review", "--html", "r.html"]])
def test_without_jinja2_the_command_says_what_to_install(command, monkeypatch, capsys):
    """And ends with 1."""
    monkeypatch.setitem(sys.modules, "jinja2", None)
    assert main(command) == 1
    assert "pip install 'vcr-openai[review]'" in capsys.readouterr().err


def test_a_broken_file_is_named(tree, capsys):
    """On the page, too, which has all others; the status is 1."""
    (tree / "c.json").write_text("{")
    assert main(["report", "t"]) == 1
    assert "t/c.json: " in capsys.readouterr().err
    data = data_of(tree.parent / "report.html")
    assert [file for file, _ in data["failures"]] == ["t/c.json"] and len(data["tests"]) == 2


def test_nothing_found_is_reported(tree, capsys):
    """No page is made."""
    (tree / "empty").mkdir()
    assert main(["report", "t/empty"]) == 1
    assert "no recording or cassette was found" in capsys.readouterr().err
    assert not (tree.parent / "report.html").exists()


def test_recordings_are_listed_by_their_tests(tmp_path):
    """Several files of a test are one entry; files of the same name in two folders are two."""
    exchange = {"request": {"method": "POST", "uri": "https://api.openai.com/v1/chat/completions", "headers": {},
                            "body": json.dumps(question("a"))}}  # fmt: skip
    for folder in ("x", "y"):
        (tmp_path / folder).mkdir()
        one = {**interaction(answer("yes"), sent=question("a")), **exchange}
        one["response"]["recording"] = {"test_id": "tests/test_a.py::test_one"}
        (tmp_path / folder / "a.yaml").write_text(write_cassette([one], "yaml"))
        (tmp_path / folder / "b.yaml").write_text(write_cassette([chat("b")], "yaml"))
    assert main(["report", str(tmp_path), "-o", str(tmp_path / "r.html")]) == 0
    found = {test: len(calls) for test, calls in calls_of(tmp_path / "r.html").items()}
    assert found == {"tests/test_a.py::test_one": 2, "x/b.yaml": 1, "y/b.yaml": 1}


@pytest.mark.parametrize("kind", SECRETS)
def test_no_secret_is_on_the_page(kind, tmp_path):
    """Wherever it was: in a header, a URL, either body, a stream, a file's name."""
    secret = SECRETS[kind]
    uri = f"https://api.openai.com/v1/chat/completions?api_key={secret}"
    pieces = [secret[: len(secret) // 2], secret[len(secret) // 2 :]]
    text = "".join(f"data: {json.dumps({'choices': [{'index': 0, 'delta': {'content': one}}]})}\n\n" for one in pieces)
    interactions = [
        interaction(answer(f"It is {secret}"), sent=question(f"My key: {secret}"), uri=uri,
                    sent_headers={"authorization": [f"Bearer {secret}"]}),
        interaction(text, "text/event-stream", sent=question("a", stream=True)),
    ]  # fmt: skip
    for folder, more in (("old", chat("z")), ("new", chat("z", f"now {secret}"))):
        (tmp_path / folder).mkdir()
        (tmp_path / folder / "a.yaml").write_text(write_cassette([*interactions, more], "yaml"))
    path = tmp_path / "r.html"
    assert main(["report", str(tmp_path / "new"), "--against", str(tmp_path / "old"), "-o", str(path)]) == 0
    shown = json.dumps(data_of(path), ensure_ascii=False) + path.read_text()
    assert json.dumps(secret, ensure_ascii=False)[1:-1] not in shown
    stream = calls_of(path)["a.yaml"][1]["chunks"]
    assert secret not in "".join(value["choices"][0]["delta"]["content"] for _, value in stream)


@pytest.mark.usefixtures("tree")
def test_the_page_allows_nothing_but_itself():
    """Its policy has no source but the hashes of its style and script."""
    main(["report", "t"])
    with open("report.html") as file:  # noqa: PTH123
        text = file.read()
    policy = dict(one.strip().partition(" ")[::2] for one in CSP.search(text)[1].split(";"))
    assert policy["default-src"] == "'none'" and policy["img-src"] == "data:"
    assert re.fullmatch(r"'sha256-[\w+/=]+'", policy["script-src"].replace("&#43;", "+"))
    assert policy["base-uri"] == policy["form-action"] == "'none'"
    assert not re.search(
        r"innerHTML|insertAdjacentHTML|document\.write|\beval\b|fetch\(|https?://", text.split("<style>")[1]
    )


def test_the_title_is_text(tree):
    """Markup in it stays text."""
    assert main(["report", "t", "--title", "</title><script>alert(1)</script>"]) == 0
    assert "<script>alert" not in (tree.parent / "report.html").read_text()


@pytest.fixture
def old(tree):
    """The tree as it was before: one answer, one file, and one in another format were different."""
    before = tree.parent / "old"
    before.mkdir()
    (before / "a.openai.yaml").write_text(write_cassette([chat("a", "no")], "openai.yaml"))
    (before / "b.json").write_text(write_cassette([chat("b")], "json"))
    (before / "c.yaml").write_text(write_cassette([chat("c")], "yaml"))
    (before / "package.json").write_text('{"name": "y"}')
    (tree / "d.yaml").write_text(write_cassette([chat("d")], "yaml"))
    return before


def test_a_tree_is_compared_with_another(tree, old):
    """In any formats; the page has the version before of what changed."""
    assert main(["report", "t", "--against", "old"]) == 0
    path = tree.parent / "report.html"
    assert states(path) == {"a.yaml": ["changed"], "b.yaml": ["same"], "d.yaml": ["added"], "c.yaml": ["removed"]}
    data = data_of(path)
    was = calls_of(path)["a.yaml"][0]["was"]
    assert data["calls"]["answered"][was] == [["assistant", [["text", "no"]]]]
    assert "1 answer reworded" in data["summary"] and old.is_dir()


def test_a_request_that_changed_has_its_places(tree, old):
    """Each with both values; one that was not there is an empty list."""
    (tree / "b.yaml").write_text(write_cassette([interaction(answer("yes"), sent=question("x", user="me"))], "yaml"))
    (old / "b.json").write_text(write_cassette([interaction(answer("yes"), sent=question("y"))], "json"))
    assert main(["report", "t", "--against", "old"]) == 0
    changes = {path: sides for path, *sides in calls_of(tree.parent / "report.html")["b.yaml"][0]["diff"]["request"]}
    assert changes == {"messages[0].content": [["y"], ["x"]], "user": [[], ["me"]]}


@pytest.mark.slow
def test_a_test_is_compared_with_a_revision(tmp_path, monkeypatch):
    """Its cassettes alone, wherever they are."""
    repository = Repository(tmp_path, monkeypatch)
    (tmp_path / "cassettes").mkdir()
    for name in ("one", "two"):
        repository.write(f"cassettes/test_a/test_{name}.yaml", write_cassette([chat(name)], "yaml"))
    repository.commit("one")
    repository.write("cassettes/test_a/test_one.yaml", write_cassette([chat("one", "no")], "yaml"))
    assert main(["report", "test_a.py::test_one", "--against", "HEAD", "-o", "r.html"]) == 0
    assert list(states(tmp_path / "r.html").values()) == [["changed"]]


@pytest.mark.slow
@pytest.mark.parametrize("paths", [["t"], ["t/a.yaml"], ["t/sub", "t/a.yaml"], ["."]])
def test_a_tree_is_compared_with_a_revision(tmp_path, monkeypatch, paths):
    """Whatever part of it is named; hidden folders are left out."""
    repository = Repository(tmp_path, monkeypatch)
    (tmp_path / "t").mkdir()
    for name in ("t/a.yaml", "t/sub/b.yaml", "t/.hidden/c.yaml"):
        repository.write(name, write_cassette([chat(name)], "yaml"))
    repository.commit("one")
    repository.write("t/a.yaml", write_cassette([chat("t/a.yaml", "no")], "yaml"))
    repository.write("t/sub/b.yaml", write_cassette([chat("t/sub/b.yaml")], "yaml"))
    assert main(["report", *paths, "--against", "HEAD", "-o", "r.html"]) == 0
    found = {test.rpartition("/")[2]: state for test, state in states(tmp_path / "r.html").items()}
    assert found == {"a.yaml": ["changed"], **({} if paths == ["t/a.yaml"] else {"b.yaml": ["same"]})}


@pytest.mark.slow
def test_a_file_that_was_broken_is_named(tmp_path, monkeypatch, capsys):
    """One of the revision: it is not UTF-8."""
    repository = Repository(tmp_path, monkeypatch)
    (repository.write("t/a.yaml", "")).write_bytes(b"\xff")
    repository.commit("one")
    repository.write("t/a.yaml", write_cassette([chat("a")], "yaml"))
    assert main(["report", "t", "--against", "HEAD", "-o", "r.html"]) == 1
    assert "a.yaml: line 1: expected UTF-8" in capsys.readouterr().err
    assert states(tmp_path / "r.html") == {"a.yaml": [""]}


@pytest.mark.slow
def test_a_name_with_brackets_is_a_name(tmp_path, monkeypatch):
    """And no pattern, as the cassettes of parametrized tests have them."""
    repository = Repository(tmp_path, monkeypatch)
    (tmp_path / "t").mkdir()
    for name in ("t/test[a].yaml", "t/testa.yaml"):
        repository.write(name, write_cassette([chat(name)], "yaml"))
    repository.commit("one")
    assert main(["report", "t/test[a].yaml", "--against", "HEAD", "-o", "r.html"]) == 0
    assert states(tmp_path / "r.html") == {"test[a].yaml": ["same"]}


@pytest.mark.usefixtures("tree")
def test_an_unknown_revision_is_named(capsys):
    """In git's words or ours."""
    assert main(["report", "t", "--against", "no-such-thing"]) == 1
    assert "Error: " in capsys.readouterr().err


@pytest.mark.usefixtures("old")
def test_several_trees_are_compared_with_a_revision_only(capsys):
    """With a path each name would have two meanings."""
    assert main(["report", "t", "t/a.yaml", "--against", "old"]) == 2
    assert "--against" in capsys.readouterr().err


@pytest.mark.parametrize("side", ["t", "old"])
@pytest.mark.parametrize("content", [b"{", b"\xff", b"<<<<<<< ours\n"])
def test_what_a_broken_file_has_is_not_called_removed(tree, old, side, content, capsys):
    """Nor changed: the page has its name and why it could not be read."""
    assert old.is_dir()
    (tree / "e.yaml").write_text(write_cassette([chat("e")], "yaml"))
    (old / "e.yaml").write_text(write_cassette([chat("e", "before")], "yaml"))
    (tree.parent / side / "e.yaml").write_bytes(content)
    assert main(["report", "t", "--against", "old"]) == 1
    assert capsys.readouterr().err.count("e.yaml: ") == 1
    path = tree.parent / "report.html"
    assert states(path).get("e.yaml", [""]) == [""]
    assert len(data_of(path)["failures"]) == 1


@pytest.mark.slow
def test_a_review_is_a_page(tmp_path, monkeypatch, capsys):
    """With the summary and the files that differ; the terminal has what it has without."""
    repository = Repository(tmp_path, monkeypatch)
    (tmp_path / "t").mkdir()
    for name in "ab":
        repository.write(f"t/{name}.yaml", write_cassette([chat(name)], "yaml"))
    repository.commit("one")
    repository.write("t/a.yaml", write_cassette([chat("a", "no")], "yaml"))
    assert main(["review", "--html", "r.html", "--stat"]) == 0
    summary = capsys.readouterr().out.strip()
    assert states(tmp_path / "r.html") == {"t/a.yaml": ["changed"]}
    assert data_of(tmp_path / "r.html")["summary"] == summary
    assert "<title>Review of HEAD</title>" in (tmp_path / "r.html").read_text()


def test_a_stream_that_gives_its_answer_is_there_once(tmp_path):
    """The answer is put together by the page; its pieces lead into the chunks."""
    chunks = [{"choices": [{"index": 0, "delta": {"content": word}}]} for word in ("a", "b")]
    text = "".join(f"data: {json.dumps(one)}\n\n" for one in chunks) + "data: [DONE]\n\n"
    path = tmp_path / "a.yaml"
    path.write_text(write_cassette([interaction(text, "text/event-stream", sent=question("a", stream=True))], "yaml"))
    assert main(["report", str(path), "-o", str(tmp_path / "r.html")]) == 0
    ((call,),) = calls_of(tmp_path / "r.html").values()
    assert call["answered"] is None
    assert call["stream"] == [["text"], [[0, 0, ["choices", 0, "delta", "content"]]], [0, 0, []]]
    assert call["chunks"] == [*([None, one] for one in chunks), ["[DONE]"]]


def test_bodies_of_any_kind_are_on_the_page(tmp_path):
    """JSON as its value, text as it is, bytes as their number and type, nothing as null."""
    odd = interaction({"models": ["a"]}, uri="https://api.openai.com/v1/models", method="GET")
    interactions = [
        odd,
        interaction("plain", "text/plain", sent="said"),
        interaction(b"\x89PNG\xff", "image/png", sent_headers={"x": "one"}),
    ]
    path = tmp_path / "a.yaml"
    path.write_text(write_cassette(interactions, "yaml"))
    assert main(["report", str(path), "-o", str(tmp_path / "r.html")]) == 0
    ((listed, said, drawn),) = calls_of(tmp_path / "r.html").values()
    assert listed["answered"] == [["answer", [["json", {"models": ["a"]}]]]] and listed["body"] is None
    assert (said["body"], said["response"]) == (["text", "said"], ["text", "plain"])
    assert drawn["response"] == ["bytes", 5, "image/png"]


def test_a_url_that_cannot_be_parsed_is_reported(tmp_path, capsys):
    """And the other interactions of the file are on the page."""
    path = tmp_path / "a.json"
    path.write_text(write_cassette([interaction("x", uri="http://[/v1"), chat("b")], "json"))
    status = main(["report", str(path), "-o", str(tmp_path / "r.html")])
    assert (status, "interactions[0]" in capsys.readouterr().err) in ((0, False), (1, True))
    assert chat("b")["request"]["uri"] in json.dumps(calls_of(tmp_path / "r.html"))


@needs_samples
@pytest.mark.slow
def test_all_samples_are_on_a_page_that_is_not_larger_than_they_are_gzipped(tmp_path):
    """Each of them, and nothing is refused."""
    path = tmp_path / "r.html"
    assert main(["report", str(SAMPLES), "-o", str(path)]) == 0
    files = [one for one in SAMPLES.rglob("*") if one.is_file()]
    assert path.stat().st_size < sum(len(gzip.compress(one.read_bytes())) for one in files)
    assert len(set(data_of(path)["calls"]["file"])) > 550
