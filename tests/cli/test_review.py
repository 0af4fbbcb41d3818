"""``vcr-openai review``: what changed in the recordings of a git range."""

import json

import pytest
from cassette_texts import write_cassette
from chats import answer, interaction, question
from git_repository import Repository

from vcr_openai._cli import main

pytestmark = pytest.mark.slow


def chat(word, said, identifier="chatcmpl-1"):
    """The interaction of a question and its answer."""
    tokens = {"usage": {"prompt_tokens": 1, "completion_tokens": len(said), "total_tokens": 1 + len(said)}}
    return interaction({"id": identifier, "created": 1, **answer(said), **tokens}, sent=question(word))


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with three cassettes and a file that is something else."""
    made = Repository(tmp_path, monkeypatch)
    for name in "abc":
        made.write(f"cassettes/{name}.yaml", write_cassette([chat(name, "yes")], "yaml"))
    made.write("package.json", '{"name": "x"}')
    made.commit("one")
    return made


@pytest.fixture
def changed(repository):
    """The repository after one answer was reworded, another has a new id, and a cassette is new."""
    repository.write("cassettes/a.yaml", write_cassette([chat("a", "no")], "yaml"))
    repository.write("cassettes/b.yaml", write_cassette([chat("b", "yes", "chatcmpl-2")], "yaml"))
    repository.write("cassettes/d e.openai.yaml", write_cassette([chat("d", "four")], "openai.yaml"))
    repository.write("package.json", '{"name": "y"}')
    return repository


SUMMARY = "3 files: 1 noise only, 1 answer reworded, 1 new, +4 tokens, 0 secrets\n"


@pytest.mark.usefixtures("changed")
def test_the_work_tree_is_compared_with_the_last_commit(capsys):
    """The summary, then each conversation that changed; files that git does not know yet are there, too."""
    assert main(["review"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith(SUMMARY)
    assert "cassettes/a.yaml\n  changed interactions[0] POST /chat/completions gpt-4o: a\n" in printed
    assert "      -yes\n      +no\n" in printed and "cassettes/d e.openai.yaml" in printed
    assert "cassettes/b.yaml" not in printed and "package.json" not in printed


@pytest.mark.parametrize("between", ["main..", "main..HEAD", "main...", "main...work", "HEAD~", "main"])
def test_a_range_is_compared(changed, between, capsys):
    """Two commits, what a branch changed since it left another one, or a commit and the work tree."""
    changed.git("checkout", "-q", "-b", "work")
    changed.commit("two")
    assert main(["review", between, "--stat"]) == 0
    assert capsys.readouterr().out == SUMMARY


def test_three_dots_leave_out_what_the_other_branch_did(changed, capsys):
    """What main changed since is not part of a branch's review."""
    changed.git("checkout", "-q", "-b", "work")
    changed.commit("two")
    changed.git("checkout", "-q", "main")
    changed.write("cassettes/c.yaml", write_cassette([chat("c", "other")], "yaml"))
    changed.commit("three")
    assert main(["review", "main...work", "--stat"]) == 0
    assert capsys.readouterr().out == SUMMARY
    main(["review", "main..work", "--stat"])
    assert capsys.readouterr().out != SUMMARY


def test_noise_is_restored(changed, capsys):
    """Files that say what they said before are as they were; the others stay."""
    assert main(["review", "--restore-noise", "--stat"]) == 0
    assert capsys.readouterr().err == "restored: cassettes/b.yaml\n"
    assert changed.git("status", "--porcelain", "cassettes/a.yaml", "cassettes/b.yaml") == " M cassettes/a.yaml\n"


@pytest.mark.usefixtures("changed")
def test_noise_is_restored_in_the_work_tree_only(capsys):
    """Commits are not rewritten."""
    assert main(["review", "main..HEAD", "--restore-noise"]) == 2
    assert "name one commit" in capsys.readouterr().err


def test_the_summary_of_a_job_is_markdown(changed, capsys):
    """What a cassette says stays text."""
    changed.write("cassettes/c.yaml", write_cassette([chat("c", "</details>\n```\n<script>alert(1)</script>")], "yaml"))
    assert main(["review", "--github"]) == 0
    printed = capsys.readouterr().out
    assert printed.startswith("### Recordings\n\n4 files: ")
    assert printed.count("<details>") == printed.count("\n</details>\n") == 3
    assert "\n````diff\n" in printed  # a longer fence than any in the text


def test_a_secret_is_counted_and_not_printed(repository, capsys):
    """The review fails where a new version has one."""
    key = "sk-" + "proj-a1B2c3D4e5F6g7H8i9J0" + "k1L2m3N4"
    repository.write("cassettes/a.yaml", write_cassette([chat("a", f"It is {key}")], "yaml"))
    for options in ([], ["--github"], ["--json"]):
        assert main(["review", *options]) == 1
        captured = capsys.readouterr()
        assert "1 secret" in captured.out and key not in captured.out + captured.err


@pytest.mark.usefixtures("changed")
def test_the_review_is_json(capsys):
    """For programs."""
    assert main(["review", "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert [file["state"] for file in document["files"]] == ["changed", "noise only", "added"]
    assert (document["secrets"], document["tokens"]) == (0, 4)


def test_a_broken_file_is_named(changed, capsys):
    """A merge conflict that was left, for example."""
    changed.write("cassettes/c.yaml", "<<<<<<< ours\n")
    assert main(["review", "--stat"]) == 1
    captured = capsys.readouterr()
    assert "cassettes/c.yaml: line 1: expected a cassette, found a merge conflict" in captured.err


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("between", ["no-such-branch", "-x..y", "main..nowhere"])
def test_an_unknown_commit_is_named(between, capsys):
    """In git's words or ours, and not as a traceback."""
    assert main(["review", "--", between]) == 1
    assert "Error: " in capsys.readouterr().err


@pytest.mark.parametrize("text", ["interactions: [", "", '{"name": "x"}', "<<<<<<< ours\n"])
def test_what_a_broken_file_had_is_not_removed(repository, text, capsys):
    """The file is named, and nothing of it is counted."""
    repository.write("cassettes/a.yaml", text)
    assert main(["review", "--stat"]) == 1
    captured = capsys.readouterr()
    assert captured.out == "0 files: no difference, 0 secrets\n" and captured.err.startswith("cassettes/a.yaml: ")


def test_noise_that_is_staged_comes_out_of_the_commit(changed):
    """What is staged for another reason stays."""
    changed.git("add", "-A")
    assert main(["review", "--restore-noise", "--stat"]) == 0
    assert changed.git("diff", "--cached", "--name-only", "--", "cassettes") == (
        'cassettes/a.yaml\n"cassettes/d e.openai.yaml"\n'.replace('"', "")
    )


def test_noise_in_a_renamed_file_is_named(repository, capsys):
    """It stays as it is, and a line says so."""
    repository.git("mv", "cassettes/b.yaml", "cassettes/z.yaml")
    repository.write("cassettes/z.yaml", write_cassette([chat("b", "yes", "chatcmpl-9")], "yaml"))
    assert main(["review", "--restore-noise", "--stat"]) == 0
    assert capsys.readouterr().err == "not restored, since it has another name now: cassettes/z.yaml\n"


@pytest.mark.parametrize("between", ["main", "main..work", "work..main"])
def test_a_file_may_become_a_folder_of_its_name(repository, between, capsys):
    """Each file of both states is compared with itself, those that come after the folder's name included."""
    repository.git("checkout", "-q", "-b", "work")
    text = (repository.folder / "cassettes/a.yaml").read_text(encoding="utf-8")
    (repository.folder / "cassettes/a.yaml").unlink()
    repository.write("cassettes/a.yaml/x.yaml", write_cassette([chat("x", "yes")], "yaml"))
    repository.write("cassettes/a.yaml/y.yaml", text)
    repository.write("cassettes/b.yaml", write_cassette([chat("b", "no")], "yaml"))
    repository.commit("two")
    assert main(["review", between, "--json"]) == 0
    files = {file["name"]: file["state"] for file in json.loads(capsys.readouterr().out)["files"]}
    swapped = between == "work..main"
    assert files == {"cassettes/a.yaml/x.yaml": "removed" if swapped else "added", "cassettes/b.yaml": "changed"}


@pytest.mark.parametrize("between", ["main", "main..work"])
def test_a_name_may_have_a_line_end(repository, between, capsys):
    """A file with an unusual name is compared as any other."""
    repository.write("cassettes/a\nb.yaml", write_cassette([chat("a", "one")], "yaml"))
    repository.commit("two")
    repository.git("checkout", "-q", "-b", "work")
    repository.write("cassettes/a\nb.yaml", write_cassette([chat("a", "two")], "yaml"))
    repository.commit("three")
    assert main(["review", between, "--stat"]) == 0
    assert capsys.readouterr().out == "1 file: 1 answer reworded, 0 secrets\n"
