"""Files are read whole, and appear whole or not at all."""

import errno
import gzip
import os
import re
import threading
from contextlib import contextmanager

import pytest
import writers

from vcr_openai._files import put, read_text, text_of, walk, write_aside, write_text


def test_text_is_written_as_it_is(tmp_path):
    """Line ends, separators and characters beyond ASCII come back as they were, in UTF-8."""
    text = "a\r\nb\rc\n\u2028\x85é"
    write_text(tmp_path / "new" / "x.json", text)
    assert (tmp_path / "new" / "x.json").read_bytes() == text.encode()
    assert read_text(tmp_path / "new" / "x.json") == text


def test_an_existing_file_is_not_replaced_unasked(tmp_path):
    """Without ``replace`` a file that exists stays, and the error says so."""
    path = tmp_path / "x.json"
    path.write_text("old")
    with pytest.raises(FileExistsError, match="exists"):
        write_text(path, "new")
    assert path.read_text() == "old"


def test_an_existing_file_is_replaced_when_asked(tmp_path):
    """With ``replace`` the new text stands there, with the rights of the old file."""
    path = tmp_path / "x.json"
    path.write_text("old")
    path.chmod(0o640)
    write_text(path, "new", replace=True)
    assert (path.read_text(), path.stat().st_mode & 0o777) == ("new", 0o640)


@pytest.mark.parametrize("step", ["fsync", "replace", "write"])
@pytest.mark.parametrize("failure", [OSError(28, "No space left on device"), KeyboardInterrupt()])
def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path, monkeypatch, step, failure):
    """Whatever fails on the way, the old file stands there unchanged and no temporary file is left."""

    def fail(*_arguments):
        raise failure

    path = tmp_path / "x.json"
    path.write_text("old")
    if step == "write":
        monkeypatch.setattr(os, "chmod", fail)  # between the writing and the renaming
    else:
        monkeypatch.setattr(os, step, fail)
    with pytest.raises(type(failure)):
        write_text(path, "new", replace=True)
    assert path.read_text() == "old"
    assert [left.name for left in tmp_path.iterdir()] == ["x.json"]


def test_an_error_names_the_file_and_not_a_temporary_one(tmp_path, monkeypatch):
    """Whatever name the system failed at, or none: the error says which file was to be written."""
    monkeypatch.setattr(os, "fsync", lambda _: (_ for _ in ()).throw(OSError(28, "No space left on device")))
    with pytest.raises(OSError, match=r"No space left on device: '.*x\.json'"):
        write_text(tmp_path / "x.json", "new")


@contextmanager
def full_disk():
    """No file may grow beyond 4 KiB: a disk that is full, as far as a process can tell. Pytest writes files, too."""
    resource = pytest.importorskip("resource")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (4096, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


def test_a_full_disk_leaves_the_old_file(tmp_path):
    """A file that does not fit on the disk does not appear, not even its beginning; the old one stays."""
    path = tmp_path / "x.json"
    path.write_text("old")
    with pytest.raises(OSError, match=r"x\.json"), full_disk():
        write_text(path, "x" * 1_000_000, replace=True)
    assert path.read_text() == "old"
    assert [left.name for left in tmp_path.iterdir()] == ["x.json"]


@pytest.mark.parametrize("name", ["yaml", "json", "recording.json", "openai.yaml"])
def test_a_cassette_that_does_not_fit_leaves_the_old_one(tmp_path, name):
    """Recording onto a full disk raises when the cassette is saved, and what was recorded before is there still."""
    path = tmp_path / f"cassette.{name}"
    writers.record(str(path), ["a"], name)
    before = path.read_bytes()
    with pytest.raises(OSError, match=r"cassette\."), full_disk():
        writers.record(str(path), ["b"], name, length=10_000)
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


def test_a_library_that_does_not_fit_keeps_its_recordings(tmp_path):
    """So does recording into a library: the file that does not fit does not appear, and no other is harmed."""
    writers.record_in_library(str(tmp_path), ["a"], "test_it.py::test_it")
    before = {path: path.read_bytes() for path in tmp_path.iterdir()}
    with pytest.raises(OSError, match=r"\.json"), full_disk():
        writers.record_in_library(str(tmp_path), ["b"], "test_it.py::test_it", length=10_000)
    assert {path: path.read_bytes() for path in tmp_path.iterdir()} == before


@pytest.mark.parametrize("code", [errno.EACCES, errno.EROFS], ids=["no permission", "read-only"])
def test_a_folder_that_cannot_be_written_leaves_the_old_file(tmp_path, monkeypatch, code):
    """Where no file can be made beside it, the old one stays, and the error is the system's."""
    path = tmp_path / "x.json"
    path.write_text("old")
    opened = os.open

    def refuse(name, flags, *more, **options):
        if flags & (os.O_WRONLY | os.O_RDWR):
            raise OSError(code, os.strerror(code), os.fspath(name))
        return opened(name, flags, *more, **options)

    with monkeypatch.context() as patched:
        patched.setattr(os, "open", refuse)
        patched.setattr("pathlib.Path.open", lambda path, *_: refuse(path, os.O_WRONLY))
        with pytest.raises(OSError, match=rf"{os.strerror(code)}: '.*x\.json'"):
            write_text(path, "new", replace=True)
    assert path.read_text() == "old"


def test_text_that_is_not_utf8_leaves_nothing(tmp_path):
    """A lone surrogate has no UTF-8: no file appears, and no folder."""
    with pytest.raises(UnicodeEncodeError):
        write_text(tmp_path / "new" / "x.json", "\ud800")
    assert list(tmp_path.iterdir()) == []


def test_a_name_that_is_too_long_is_the_systems_error(tmp_path):
    """A name of more bytes than the system allows raises OSError and leaves nothing."""
    with pytest.raises(OSError, match="too long"):
        write_text(tmp_path / f"{'é' * 200}.yaml", "x")
    assert list(tmp_path.iterdir()) == []


def test_a_dangling_link_counts_as_a_file(tmp_path):
    """A link that leads nowhere is not followed: writing through it could leave the tree."""
    (tmp_path / "x.json").symlink_to(tmp_path / "elsewhere.json")
    with pytest.raises(FileExistsError):
        write_text(tmp_path / "x.json", "new")
    assert not (tmp_path / "elsewhere.json").exists()


def test_bytes_that_are_not_utf8_are_named_with_their_line(tmp_path):
    """A wrong encoding is an error with the line and the byte, not a traceback about a codec."""
    (tmp_path / "x.json").write_bytes(b"a\nb\xff")
    with pytest.raises(ValueError, match="line 2: expected UTF-8, found the byte 0xff"):
        read_text(tmp_path / "x.json")


def test_a_pipe_is_read_only_where_one_is_expected(tmp_path):
    """A pipe in a file's place is an error; where a user names one, what comes through it is read."""
    os.mkfifo(tmp_path / "pipe.json")
    with pytest.raises(OSError, match="not a regular file"):
        read_text(tmp_path / "pipe.json")
    writer = threading.Thread(target=(tmp_path / "pipe.json").write_text, args=("through",))
    writer.start()
    assert read_text(tmp_path / "pipe.json", pipe=True) == "through"
    writer.join()


def test_a_file_that_would_fill_the_memory_is_refused(tmp_path):
    """A file has a greatest size, which is asked for before anything is read; this one takes no room on the disk."""
    with (tmp_path / "x.json").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(ValueError, match=r"at most \d+ bytes, found one of 1099511627776"):
        read_text(tmp_path / "x.json")


def test_a_gzipped_file_is_read_and_written_as_one(tmp_path):
    """A gzipped file has its text, whatever its name; one whose name ends with .gz is written so, always the same."""
    packed, plain = tmp_path / "x.yaml.gz", tmp_path / "x.yaml"
    write_text(packed, "interactions: ä\n")
    assert gzip.decompress(packed.read_bytes()) == "interactions: ä\n".encode()
    plain.write_bytes(packed.read_bytes())
    assert read_text(packed) == read_text(plain) == "interactions: ä\n"
    write_text(packed, "interactions: ä\n", replace=True)
    assert packed.read_bytes() == plain.read_bytes()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ("a: 1".encode("utf-16"), "line 1: expected UTF-8, found the byte 0xff"),
        (b"a: 1\nb: \xff", "line 2: expected UTF-8, found the byte 0xff"),
        (gzip.compress(b"a: 1\nb: \xff", mtime=0), "line 2: expected UTF-8, found the byte 0xff"),
        (gzip.compress(b"a: 1", mtime=0)[:-3], "expected a gzipped file, found one of which it is damaged gzip"),
        (gzip.compress(bytes(200_000), mtime=0), "expected a gzipped file, found one of which it would be"),
        (b" " * 200_000, "expected a file of at most 100000 bytes, found one of 200000"),
    ],
)
def test_what_is_no_text_is_refused(content, message):
    """Another encoding, damage and what would unpack into too much; each with what was expected and found."""
    with pytest.raises(ValueError, match=re.escape(message)):
        text_of(content, limit=100_000)


def test_a_walk_sees_what_could_be_ours_in_order(tmp_path):
    """Hidden files and folders, other suffixes and links to folders are passed by; the order is that of the names."""
    for name in ["b/x.json", "a.yml", "a/y.yaml", ".git/z.json", ".hidden.json", "a/readme.txt"]:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).touch()
    (tmp_path / "loop").symlink_to(tmp_path)
    found = walk(tmp_path, (".json", ".yaml", ".yml"), [])
    assert [path.relative_to(tmp_path).as_posix() for path in found] == ["a.yml", "a/y.yaml", "b/x.json"]


def test_a_walk_reports_what_the_system_refuses(tmp_path):
    """A folder that cannot be listed is reported and does not end the walk."""
    failures = []
    assert list(walk(tmp_path / "none", (".yaml",), failures)) == []
    assert isinstance(failures[0], FileNotFoundError)


def test_a_system_without_nameless_files_writes_all_the_same(tmp_path, monkeypatch):
    """Where O_TMPFILE is unknown, as outside Linux, a file appears whole by its renaming alone."""
    monkeypatch.delattr(os, "O_TMPFILE", raising=False)
    write_text(tmp_path / "a.json", "é\n")
    assert [(path.name, path.read_bytes()) for path in tmp_path.iterdir()] == [("a.json", "é\n".encode())]


@pytest.mark.parametrize("how", ["write_text", "put"])
def test_a_file_with_the_same_text_is_left_as_it_is(how, tmp_path):
    """Writing what a file has already does not give it another inode or time, and leaves nothing beside it."""
    path = tmp_path / "cassette.yaml"
    path.write_text("same\n")
    os.utime(path, (1, 1))
    before = path.stat()
    _write(how, path, "same\n")
    after = path.stat()
    assert (after.st_ino, after.st_mtime) == (before.st_ino, before.st_mtime)
    assert [one.name for one in tmp_path.iterdir()] == ["cassette.yaml"]


@pytest.mark.parametrize("how", ["write_text", "put"])
@pytest.mark.parametrize("text", ["other\n", "longer text\n", ""], ids=["as long", "longer", "empty"])
def test_a_file_with_another_text_is_replaced(how, text, tmp_path):
    """Another text of any length takes the place of the old one."""
    path = tmp_path / "cassette.yaml"
    path.write_text("same.\n")
    _write(how, path, text)
    assert path.read_text() == text


def _write(how, path, text):
    if how == "write_text":
        write_text(path, text, replace=True)
        return
    aside = path.parent / "aside"
    put(write_aside(aside, path.name, text), path, replace=True)
    aside.rmdir()
