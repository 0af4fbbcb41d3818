"""``vcr-openai convert --replace``: another format for cassettes in their place."""

from __future__ import annotations

import json
import os
import shutil
from pathlib import Path

import places
import pytest
from chats import answer, interaction, question

from vcr_openai import _files
from vcr_openai._cli import main
from vcr_openai._formats.plain import exchange_to_dict
from vcr_openai._formats.registry import FORMATS, read_document

HERE = "tests/cassettes/test_it"


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    """A folder of cassettes with one in JSON."""
    monkeypatch.chdir(tmp_path)
    write(f"{HERE}/test_one.json", interaction(answer("rings"), sent=question("Saturn")))
    return Path(HERE)


def write(path: str, *interactions: dict, **more: object) -> Path:
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    document = {"version": 1, "interactions": list(interactions), **more}
    Path(path).write_text(json.dumps(document), encoding="utf-8")
    return Path(path)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("name", [name for name in FORMATS if name != "json"])
def test_a_cassette_gets_another_format(folder, capsys, name):
    """The new file is there, the old one is gone, and what was done is printed."""
    made = name != "recording.json"  # in which this answer is not kept as it was
    assert main(["convert", "--replace", "--format", name, "tests"]) == (0 if made else 1)
    assert names(folder) == ([f"test_one.{name}"] if made else ["test_one.json"])
    assert (f"{HERE}/test_one.json -> {HERE}/test_one.{name}\n" == capsys.readouterr().out) is made


@pytest.mark.parametrize("cassette", sorted(places.CASSETTES.glob("*.yaml")), ids=lambda path: path.stem)
def test_everything_is_kept(tmp_path, cassette):
    """From YAML to JSON and back, an interaction stays as it was."""
    target = tmp_path / "cassettes" / cassette.name
    target.parent.mkdir()
    shutil.copy(cassette, target)
    before = [exchange_to_dict(one) for one in read_document(target.read_text(encoding="utf-8")).exchanges]
    assert main(["convert", "--replace", "--format", "json", str(tmp_path)]) == 0
    assert main(["convert", "--replace", "--format", "yaml", str(tmp_path)]) == 0
    assert [exchange_to_dict(one) for one in read_document(target.read_text(encoding="utf-8")).exchanges] == before


def test_what_a_format_does_not_keep_stays(folder, capsys):
    """A cassette that would not come back from the new file is refused with the place, and no new file is there."""
    assert main(["convert", "--replace", "--format", "recording.json", "tests"]) == 1
    assert (
        "interactions[0].response.body.choices[0].message.refusal: recording.json does not keep it"
        in capsys.readouterr().err
    )
    assert names(folder) == ["test_one.json"]


def test_a_file_of_the_name_is_not_replaced(folder, capsys):
    """A file that has the new name stays, and the refusal names the option that replaces it."""
    (folder / "test_one.yaml").write_text("precious", encoding="utf-8")
    assert main(["convert", "--replace", "tests"]) == 1
    assert "refused: tests/cassettes/test_it/test_one.json: a file of the name test_one.yaml exists (--force" in (
        capsys.readouterr().err
    )
    assert (folder / "test_one.yaml").read_text(encoding="utf-8") == "precious"
    assert main(["convert", "--replace", "--force", "tests"]) == 0
    assert names(folder) == ["test_one.yaml"]


def test_convert_names_force_as_well(capsys):
    """The refusal to write over a file in DEST names --force."""
    arguments = ["convert", "tests", "-o", "out", "--to", "cassettes"]
    assert (main(arguments), main(arguments)) == (0, 1)
    assert "a file of that name exists (--force replaces it)" in capsys.readouterr().err


def test_a_format_that_is_there_is_skipped(folder, capsys):
    """A cassette in that format is not touched."""
    before = (folder / "test_one.json").stat().st_mtime_ns
    assert main(["convert", "--replace", "--format", "json", "tests"]) == 0
    assert (folder / "test_one.json").stat().st_mtime_ns == before
    assert "0 interactions in 0 files replaced, 0 refused, 1 skipped" in capsys.readouterr().err


def test_recordings_are_not_cassettes(capsys):
    """A recording in a tree of recordings stays what it is."""
    target = Path("tests/recordings/0123.json")
    target.parent.mkdir()
    shutil.copy(places.CASSETTES / "chat_reply.recording.json", target)
    assert main(["convert", "--replace", "tests/recordings"]) == 0
    assert "it is a recording" in capsys.readouterr().err
    assert target.exists()


@pytest.mark.parametrize("more", [{"metadata": {"a": 1}}, {"note": "by hand"}])
def test_further_keys_are_not_lost(capsys, more):
    """A cassette with more than its interactions is refused."""
    path = write(f"{HERE}/test_more.json", interaction(answer("a"), sent=question("b")), **more)
    assert main(["convert", "--replace", str(path)]) == 1
    assert "would be lost" in capsys.readouterr().err
    assert path.exists() and not path.with_suffix(".yaml").exists()


def test_a_file_in_the_wrong_format_is_written_anew(folder):
    """A cassette whose suffix is that of the new format already is replaced in one step."""
    path = folder / "test_one.yaml"
    (folder / "test_one.json").rename(path)
    assert main(["convert", "--replace", str(path)]) == 0
    assert path.read_text(encoding="utf-8").startswith("interactions:")
    assert names(folder) == ["test_one.yaml"]


@pytest.mark.parametrize("failing", ["write_text", "read_text"])
def test_after_a_failure_the_old_file_is_there(folder, monkeypatch, capsys, failing):
    """Whatever goes wrong with the new file, the old one stays, and no other is left."""
    original, calls = getattr(_files, failing), []

    def fail(path, *arguments, **options):
        calls.append(path)
        if str(path).endswith(".yaml"):
            raise OSError(28, "No space left on device")
        return original(path, *arguments, **options)

    monkeypatch.setattr(_files, failing, fail)
    assert main(["convert", "--replace", "tests"]) == 1
    assert "No space left on device" in capsys.readouterr().err
    assert names(folder) == ["test_one.json"]


def test_a_new_file_that_differs_is_removed(folder, monkeypatch, capsys):
    """The old file goes only after the new one was read back."""
    write_text = _files.write_text
    monkeypatch.setattr(_files, "write_text", lambda path, text, **options: write_text(path, text[:-9], **options))
    assert main(["convert", "--replace", "tests"]) == 1
    assert "does not have the text that was written" in capsys.readouterr().err
    assert names(folder) == ["test_one.json"]


def test_a_replaced_file_is_not_removed(folder, monkeypatch, capsys):
    """Where the new file cannot be proved and had another one's name, that name stays, and so does the old file."""
    write(f"{HERE}/test_one.yaml", interaction(answer("red"), sent=question("Mars")))
    write_text = _files.write_text
    monkeypatch.setattr(_files, "write_text", lambda path, text, **options: write_text(path, text[:-9], **options))
    assert main(["convert", "--replace", "--force", f"{HERE}/test_one.json"]) == 1
    assert "does not have the text that was written" in capsys.readouterr().err
    assert names(folder) == ["test_one.json", "test_one.yaml"]


@pytest.mark.parametrize("end", ["data: [DONE]\n\n", "data: words\n\n", ""])
def test_a_stream_is_kept(folder, end):
    """The chunks of a stream are the same in the readable format, those that are not JSON included."""
    stream = f'data: {{"id":"1","choices":[]}}\n\n{end}'
    path = write(
        f"{HERE}/test_one.json", interaction(stream, "text/event-stream", sent=question("Saturn", stream=True))
    )
    before = read_document(path.read_text(encoding="utf-8")).exchanges[0].response.body.content
    assert main(["convert", "--replace", "--format", "openai.yaml", "tests"]) == 0
    after = (folder / "test_one.openai.yaml").read_text(encoding="utf-8")
    assert read_document(after).exchanges[0].response.body.content == before


@pytest.mark.parametrize("more", [{"metadata": {"a": 1}}, {"cassette": "x"}])
def test_what_the_new_file_would_lose_is_named(folder, capsys, more):
    """A cassette with further keys is refused, and stays."""
    write(f"{HERE}/test_one.json", interaction(answer("rings"), sent=question("Saturn")), **more)
    assert main(["convert", "--replace", "tests"]) == 1
    assert next(iter(more)) in capsys.readouterr().err
    assert names(folder) == ["test_one.json"]


def test_a_file_that_changed_meanwhile_stays(folder, monkeypatch, capsys):
    """A cassette that somebody wrote to during the conversion is not removed."""
    write_text = _files.write_text

    def write_late(path, text, **options):
        write_text(path, text, **options)
        Path(HERE, "test_one.json").write_text("new", encoding="utf-8")

    monkeypatch.setattr(_files, "write_text", write_late)
    assert main(["convert", "--replace", "tests"]) == 1
    assert "the file changed while it was converted" in capsys.readouterr().err
    assert names(folder) == ["test_one.json"]


def test_a_link_is_refused(folder, capsys):
    """A link may lead out of the tree; it stays as it is."""
    Path("elsewhere.json").write_bytes((folder / "test_one.json").read_bytes())
    (folder / "test_one.json").unlink()
    (folder / "test_one.json").symlink_to(Path("elsewhere.json").absolute())
    assert main(["convert", "--replace", "tests"]) == 1
    assert "it is a link" in capsys.readouterr().err
    assert names(folder) == ["test_one.json"]


@pytest.mark.parametrize("link", ["tests/cassettes/test_it/test_two.json", "tests/latest", "tests/b/c/x.json"])
@pytest.mark.parametrize("target", ["relative", "absolute", "another link"])
def test_a_file_to_which_a_link_leads_is_refused(folder, capsys, link, target):
    """The link still leads to the file, whose refusal names it; other files are converted."""
    write(f"{HERE}/test_three.json", interaction(answer("red"), sent=question("Mars")))
    made, file = Path(link), folder / "test_one.json"
    made.parent.mkdir(parents=True, exist_ok=True)
    if target == "another link":
        Path("elsewhere").symlink_to(file.absolute())
        file = Path("elsewhere")
    made.symlink_to(file.absolute() if target == "absolute" else os.path.relpath(file, made.parent))
    before = made.read_bytes()
    assert main(["convert", "--replace", "tests"]) == 1
    assert made.read_bytes() == before
    assert f"{HERE}/test_one.json: the link {link} leads to it" in capsys.readouterr().err
    assert (folder / "test_three.yaml").exists() and not (folder / "test_three.json").exists()


def test_a_link_beside_a_named_file_counts(folder, capsys):
    """Where the file itself is named, links in its folder are looked at."""
    (folder / "test_two.json").symlink_to("test_one.json")
    assert main(["convert", "--replace", f"{HERE}/test_one.json"]) == 1
    assert f"the link {HERE}/test_two.json leads to it" in capsys.readouterr().err
    assert names(folder) == ["test_one.json", "test_two.json"]


def test_a_link_to_a_file_that_stays_is_no_obstacle(folder, capsys):
    """A file that has the format already is skipped, with a link as without one."""
    (folder / "test_two.json").symlink_to("test_one.json")
    assert main(["convert", "--replace", "--format", "json", "tests"]) == 0
    assert "the link" not in capsys.readouterr().err


@pytest.mark.parametrize(
    "arguments", [["-o", "out"], ["--check"], ["--test-id", "a.py::b"], ["--to", "recordings"]], ids=lambda one: one[0]
)
def test_options_that_exclude_it_are_wrong_usage(capsys, arguments):
    """What makes no sense with --replace ends with 2 and names both options."""
    assert main(["convert", "--replace", "tests", *arguments]) == 2
    assert f"--replace and {arguments[0]} exclude each other" in capsys.readouterr().err


def test_the_serializer_is_named(capsys):
    """Where the format is not the default one, the setting is named by which tests find it."""
    main(["convert", "--replace", "--format", "openai.yaml", "tests"])
    assert "vcr_config = {'serializer': 'openai.yaml'}" in capsys.readouterr().err


def test_other_files_are_skipped(capsys):
    """A tree may hold files that are no cassettes; one that is named is refused."""
    Path("tests/other.json").write_text('{"name": 1}', encoding="utf-8")
    assert main(["convert", "--replace", "tests"]) == 0
    assert main(["convert", "--replace", "tests/other.json"]) == 1
    assert "refused: tests/other.json" in capsys.readouterr().err
