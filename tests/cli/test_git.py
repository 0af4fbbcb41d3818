"""git with our programs: ``git diff``, ``git log -p`` and ``git merge`` end well, whatever a file has."""

import pytest
from cassette_texts import FORMATS, write_cassette
from chats import answer, interaction, question
from git_repository import Repository

from vcr_openai import VCR
from vcr_openai._cli import main

pytestmark = pytest.mark.slow


@pytest.fixture
def repository(tmp_path, monkeypatch):
    """A repository with nothing in it."""
    return Repository(tmp_path, monkeypatch)


def cassette(name="yaml", **chats):
    """The text of a cassette with these questions and answers."""
    return write_cassette([interaction(answer(said), sent=question(word)) for word, said in chats.items()], name)


def test_a_set_up_repository_shows_conversations(repository, capsys):
    """``git diff`` has the words of a conversation, and not the file's."""
    assert main(["git-setup"]) == 0
    repository.branch("main", cassette(a="yes"))
    (repository.folder / "cassettes/a.yaml").write_text(cassette(a="no"))
    shown = repository.git("diff")
    assert "-  assistant: yes\n+  assistant: no\n" in shown and "interactions" not in shown
    assert "written to" in capsys.readouterr().out


CONFLICT = b"<<<<<<< ours\nx\n=======\ny\n>>>>>>> theirs\n"


@pytest.mark.parametrize(
    "content, program",
    [
        *((content, "set up") for content in (CONFLICT, b"interactions: [", b"\xff\xfe", b"", b"a: 1\n")),
        *((content, program) for content in (CONFLICT, b"\xff\xfe") for program in ("by hand", "missing")),
    ],
)
def test_a_file_that_cannot_be_read_does_not_stop_git(repository, content, program):
    """It is shown as it is; also where the program is not on PATH, or was set up by hand."""
    main(["git-setup"])
    if program == "by hand":
        repository.git("config", "diff.vcr-openai.textconv", "vcr-openai show --full")
    if program == "missing":
        repository.hide_our_command()
    path = repository.branch("main", cassette(a="yes"))
    path.write_bytes(content)
    repository.git("diff")
    repository.git("commit", "-qam", "broken")
    repository.git("log", "-p", "--", "cassettes")
    shown = repository.git("diff", "HEAD~").encode(errors="surrogateescape")
    assert all(b"+" + line in shown for line in content.splitlines())


@pytest.mark.parametrize("name", FORMATS)
def test_both_branches_are_merged(repository, name):
    """Interactions that one branch changed and another that the other one added are in the merged file."""
    main(["git-setup"])
    repository.branch("main", cassette(name, a="1", b="2"), name)
    repository.branch("left", cassette(name, a="3", b="2"), name)
    path = repository.branch("right", cassette(name, a="1", b="2", c="4"), name)
    repository.git("merge", "-q", "left", "-m", "both")
    assert path.read_text() == cassette(name, a="3", b="2", c="4")


@pytest.mark.parametrize("name", FORMATS)
def test_a_conflict_says_where_it_is(repository, name, capsys):
    """git stops, as for any conflict, and the markers name the interaction; so does what reads the file then."""
    main(["git-setup"])
    repository.branch("main", cassette(name, a="1", b="2"), name)
    repository.branch("left", cassette(name, a="1", b="3"), name)
    path = repository.branch("right", cassette(name, a="1", b="4"), name)
    assert "conflict in interactions[1] POST /chat/completions" in repository.git("merge", "left", "-m", "x", status=1)
    assert path.read_text().count("<<<<<<< ours: interactions[1] POST /chat/completions\n") == 1
    repository.git("diff")
    main(["check", str(path)])
    assert "a merge conflict that is not resolved" in capsys.readouterr().out


def test_without_the_program_lines_are_merged(repository):
    """A clone whose user has not installed the package merges as git does."""
    main(["git-setup"])
    repository.hide_our_command()
    repository.branch("main", cassette("openai.yaml", a="1", b="2", c="3"), "openai.yaml")
    repository.branch("left", cassette("openai.yaml", a="4", b="2", c="3"), "openai.yaml")
    path = repository.branch("right", cassette("openai.yaml", a="1", b="2", c="5"), "openai.yaml")
    repository.git("merge", "-q", "left", "-m", "both")
    assert path.read_text() == cassette("openai.yaml", a="4", b="2", c="5")


def test_what_is_not_a_cassette_is_merged_by_lines(tmp_path, capsys):
    """The driver may be asked to merge any file of a pattern."""
    files = [tmp_path / name for name in ("base", "ours", "theirs")]
    for file, text in zip(files, ("a\nb\nc\nd\n", "A\nb\nc\nd\n", "a\nb\nc\nD\n"), strict=True):
        file.write_text(text)
    assert main(["merge", *map(str, files), "x.yaml"]) == 0
    assert files[1].read_text() == "A\nb\nc\nD\n"
    assert capsys.readouterr().err.startswith("x.yaml: merged line by line")


def test_the_set_up_can_be_undone(repository, capsys):
    """What was there before is there again, and a second time says so."""
    attributes = repository.folder / ".gitattributes"
    attributes.write_text("*.png binary")
    before = repository.git("config", "--local", "--list")
    for _ in range(2):
        assert main(["git-setup"]) == 0
    assert attributes.read_text().count("begin") == 1
    assert main(["git-setup", "--undo"]) == 0
    assert attributes.read_text().strip() == "*.png binary"
    assert repository.git("config", "--local", "--list") == before
    capsys.readouterr()
    assert main(["git-setup", "--undo"]) == 0
    assert capsys.readouterr().out == "nothing of vcr-openai was set up here\n"


def test_an_attributes_file_of_ours_alone_is_removed(repository):
    """Where there was none before, there is none again."""
    assert main(["git-setup"]) == 0
    assert main(["git-setup", "--undo"]) == 0
    assert not (repository.folder / ".gitattributes").exists()


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("command", [["git-setup"], ["review"], ["merge", "a", "b", "c"]], ids=lambda one: one[0])
def test_without_git_a_command_says_so(monkeypatch, tmp_path, capsys, command):
    """Where git is not on PATH, the error names that."""
    for name in "abc":
        (tmp_path / name).write_text("words")
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main(command) == 1
    assert "git is not installed, or not on PATH" in capsys.readouterr().err


def test_a_merge_that_git_refuses_is_an_error(tmp_path, capsys):
    """What git merges no lines of is left as it is, with git's words."""
    for name in "abc":
        (tmp_path / name).write_bytes(name.encode() + b"\0")
    assert main(["merge", *(str(tmp_path / name) for name in "abc")]) == 1
    assert "Cannot merge binary files" in capsys.readouterr().err
    assert (tmp_path / "b").read_bytes() == b"b\0"


def test_outside_of_a_repository_git_says_why(tmp_path, monkeypatch, capsys):
    """The error is git's own."""
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    assert main(["git-setup", str(tmp_path)]) == 1
    assert "not a git repository" in capsys.readouterr().err


def test_a_conflict_within_a_folded_text_is_reported(repository, capsys):
    """YAML reads such a file, and the markers are words of the answer."""
    words = [f"word{number}" for number in range(60)]
    texts = {side: " ".join(words).replace("word40", side) for side in ("base", "left", "right")}
    repository.branch("main", cassette(a=texts["base"]))
    repository.branch("left", cassette(a=texts["left"]))
    path = repository.branch("right", cassette(a=texts["right"]))
    repository.git("merge", "left", "-m", "x", status=1)
    for command in ("check", "show", "stats", "explain"):
        assert main([command, str(path)]) == 1
        captured = capsys.readouterr()
        assert "a merge conflict that is not resolved" in captured.out + captured.err
    with pytest.raises(ValueError, match="a merge conflict"), VCR(record_mode="none").use_cassette(str(path)):
        pass


def test_a_layout_that_is_not_ours_is_merged_by_lines(tmp_path, capsys):
    """With a message: Windows line ends, for example."""
    files = [tmp_path / name for name in ("base", "ours", "theirs")]
    for file, said in zip(files, "123", strict=True):
        file.write_bytes(cassette(a=said).replace("\n", "\r\n").encode())
    assert main(["merge", *map(str, files), "x.yaml"]) == 1
    assert "x.yaml: merged line by line: the versions are" in capsys.readouterr().err
