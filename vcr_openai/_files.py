"""The file system: reading text, and writing files that appear complete or not at all."""

from __future__ import annotations

import contextlib
import errno
import gzip
import os
import secrets
import stat
from collections.abc import Iterator
from pathlib import Path

from vcr_openai._http.content_coding import LIMIT, Undecodable, decompress

EXISTS = "a file of that name exists"
GZIPPED = ".gz"  # the suffix of a file that is written gzipped
_GZIP = b"\x1f\x8b"


def read_text(path: str | os.PathLike[str], *, pipe: bool = False) -> str:
    """A file's text with its line ends, gzipped or not. With ``pipe`` it may be a pipe or a device, for which it then
    waits.

    Raises OSError, also where it is not a regular file, and ValueError as ``text_of`` does.
    """
    if not pipe:
        _check_bounded(path)
    return text_of(_bytes_of(path))


def text_if_any(path: str | os.PathLike[str]) -> str:
    """A file's text; empty where there is no such file, or it is no text."""
    try:
        return read_text(path)
    except (OSError, ValueError):
        return ""


def _bytes_of(path: str | os.PathLike[str]) -> bytes:
    with open(path, "rb", buffering=0) as file:  # noqa: PTH123 - many files are read, and this is half of Path's time
        return file.read()


def text_of(content: bytes, limit: int = LIMIT) -> str:
    """The text of a file's bytes, gzipped (as langchain's cassettes are) or not.

    Raises ValueError where it has more than ``limit`` bytes, is damaged, or (with the line) is not UTF-8.
    """
    if len(content) > limit:
        raise ValueError(f"expected a file of at most {limit} bytes, found one of {len(content)}")
    if content.startswith(_GZIP):
        try:
            content = decompress("gzip", content, limit)
        except Undecodable as error:
            raise ValueError(f"expected a gzipped file, found one of which {error}") from error
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line}: expected UTF-8, found the byte 0x{content[error.start]:02x}") from error


def _check_bounded(path: str | os.PathLike[str]) -> None:
    found = os.stat(path)  # noqa: PTH116 - many files are read, and this is half of Path.stat's time
    if not stat.S_ISREG(found.st_mode):
        raise OSError("it is not a regular file")
    if found.st_size > LIMIT:
        raise ValueError(f"expected a file of at most {LIMIT} bytes, found one of {found.st_size}")


def write_text(path: str | os.PathLike[str], text: str, *, replace: bool = False) -> None:
    """Write a file in UTF-8 with the text's line ends, and make its folder if it is missing.

    A file whose name ends with ``.gz`` is gzipped, the same text to the same bytes. After any failure the old file is
    still there, and no other. Raises FileExistsError where a file exists and ``replace`` is not set, OSError for what
    the system refuses, UnicodeEncodeError for a lone surrogate.
    """
    target = Path(path)
    content = _content(target.name, text)
    if not replace and os.path.lexists(target):
        raise FileExistsError(EXISTS)
    target.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder: a rename is atomic only within a file system. Short: the target's name may be very long.
    with _named(target):
        temporary = target.parent / f".{secrets.token_hex(8)}.tmp"
        try:
            _write_whole(temporary, content)
            _put(temporary, target)
        except BaseException:
            with contextlib.suppress(OSError):
                temporary.unlink()
            raise


def restore(path: Path, text: str) -> None:
    """Write a file again that was removed, unless another one has taken its place, or the system refuses."""
    if not os.path.lexists(path):
        with contextlib.suppress(OSError):
            write_text(path, text)


def write_aside(folder: Path, name: str, text: str) -> Path:
    """Write the file that will have a name into a folder, which may be missing, under another name: the result.

    Such a folder has nothing else and is removed in the end, so the file need not survive a loss of power. Raises
    OSError and UnicodeEncodeError.
    """
    content = _content(name, text)
    temporary = folder / secrets.token_hex(8)
    try:
        _write_plainly(temporary, content)
    except FileNotFoundError:
        folder.mkdir(parents=True, exist_ok=True)
        _write_plainly(temporary, content)
    return temporary


def _write_plainly(path: Path, content: bytes) -> None:
    with open(path, "xb") as file:  # noqa: PTH123 - many files are written
        file.write(content)


def _content(name: str, text: str) -> bytes:
    content = text.encode()
    return gzip.compress(content, mtime=0) if name.endswith(GZIPPED) else content


def put(temporary: Path, path: str | os.PathLike[str], *, replace: bool = False) -> None:
    """Give a file that ``write_aside`` wrote its name, in a folder that may be missing. Raises as ``write_text``."""
    target = Path(path)
    if not replace and os.path.lexists(target):
        raise FileExistsError(EXISTS)
    with _named(target):
        try:
            _put(temporary, target)
        except FileNotFoundError:
            target.parent.mkdir(parents=True, exist_ok=True)
            _put(temporary, target)


def _put(temporary: Path, target: Path) -> None:
    """Give a file its name. A file of that name with the same bytes stays as it is, and takes less time to keep."""
    if _is_same(temporary, target):
        os.unlink(temporary)  # noqa: PTH108 - many files are written
        return
    with contextlib.suppress(FileNotFoundError, NotADirectoryError):
        mode = os.stat(target).st_mode  # noqa: PTH116 - many files are written
        if stat.S_ISREG(mode):
            os.chmod(temporary, stat.S_IMODE(mode))  # noqa: PTH101
    os.replace(temporary, target)  # noqa: PTH105


def _is_same(one: Path, other: Path) -> bool:
    """Whether the second is a file, and no link, with the bytes of the first."""
    try:
        found = os.lstat(other)
        if not stat.S_ISREG(found.st_mode) or found.st_size != os.lstat(one).st_size:
            return False
        return _bytes_of(other) == _bytes_of(one)
    except OSError:
        return False


@contextlib.contextmanager
def _named(target: Path) -> Iterator[None]:
    """Errors of the system name the target, and not the temporary file."""
    try:
        yield
    except OSError as error:
        error.filename, error.filename2 = str(target), None
        raise


def check_writable(path: str | os.PathLike[str]) -> None:
    """Raises OSError where a file cannot be written, as far as that is known before: its folder is looked at."""
    folder = Path(os.path.realpath(path)).parent
    while not folder.exists() and folder != folder.parent:
        folder = folder.parent
    if not folder.is_dir():
        raise NotADirectoryError(errno.ENOTDIR, "not a folder", str(folder))
    if not os.access(folder, os.W_OK | os.X_OK):
        raise PermissionError(errno.EACCES, "the folder cannot be written", str(folder))


def _write_whole(path: Path, content: bytes) -> None:
    """Write a new file. Where the system allows, it gets its name when it is complete, so that a killed process leaves
    nothing.
    """
    nameless = getattr(os, "O_TMPFILE", None)  # Linux, on most file systems
    if nameless is not None:
        with contextlib.suppress(OSError):
            descriptor = os.open(path.parent, nameless | os.O_WRONLY, 0o666)
            with os.fdopen(descriptor, "wb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
                # With a folder's descriptor Python makes the call that follows the link in /proc.
                folder = os.open(path.parent, os.O_RDONLY)
                try:
                    os.link(f"/proc/self/fd/{descriptor}", path, src_dir_fd=folder, follow_symlinks=True)
                finally:
                    os.close(folder)
            return
    with path.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def rename(path: str | os.PathLike[str], target: str | os.PathLike[str]) -> None:
    """Give a file another name in its file system. Raises FileExistsError instead of replacing a file, and OSError.

    A process that is stopped in between leaves the file with both names.
    """
    try:
        os.link(path, target, follow_symlinks=False)  # which refuses a name that exists, as rename(2) does not
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError(EXISTS) from None
        Path(path).rename(target)
    else:
        Path(path).unlink()


def walk(folder: Path, suffixes: tuple[str, ...], failures: list[OSError]) -> Iterator[Path]:
    """The files under a folder with these suffixes, in order; no hidden ones, and none behind a link to a folder.

    Errors of the system are added to ``failures``.
    """
    for parent, folders, names in os.walk(folder, onerror=failures.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(suffixes) and not name.startswith("."):
                yield Path(parent, name)
