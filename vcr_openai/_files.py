"""The file system: text read whole, and written so that a file appears whole or not at all."""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

_KINDS = (".json", ".yaml", ".yml")
LIMIT = 256 << 20  # bytes of a file: a hundred times the largest public cassette


def read_text(path: str | os.PathLike[str], *, pipe: bool = False) -> str:
    """A file's text, line ends as they are; it does not wait at a pipe or a device, unless ``pipe`` allows for one.

    Raises OSError, also for what is no regular file, and ValueError for one of more than ``LIMIT`` bytes and, with the
    line, where it is not UTF-8.
    """
    if not pipe:
        _check_bounded(path)
    content = Path(path).read_bytes()
    try:
        return content.decode()
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"line {line}: expected UTF-8, found the byte 0x{content[error.start]:02x}") from error


def _check_bounded(path: str | os.PathLike[str]) -> None:
    found = os.stat(path)  # noqa: PTH116 - many files are read, and this is half of Path.stat's time
    if not stat.S_ISREG(found.st_mode):
        raise OSError("it is no regular file")
    if found.st_size > LIMIT:
        raise ValueError(f"expected a file of at most {LIMIT} bytes, found one of {found.st_size}")


def write_text(path: str | os.PathLike[str], text: str, *, replace: bool = False) -> None:
    """Write a file in UTF-8, line ends as they are, making its folder where there is none.

    On any failure what was there is still there, and nothing else is. Raises FileExistsError where there is a file and
    ``replace`` is not set, OSError for what the system refuses, UnicodeEncodeError for a lone surrogate.
    """
    target = Path(path)
    content = text.encode()
    if not replace and os.path.lexists(target):
        raise FileExistsError("a file of that name exists")
    target.parent.mkdir(parents=True, exist_ok=True)
    # In the same folder, since a rename is atomic only within a file system; short, since the target's own name may be
    # as long as names get.
    temporary = target.parent / f".{secrets.token_hex(8)}.tmp"
    try:
        _write_whole(temporary, content)
        if target.is_file():
            shutil.copymode(target, temporary)
        temporary.replace(target)
    except BaseException as error:
        with contextlib.suppress(OSError):
            temporary.unlink()
        if isinstance(error, OSError):
            error.filename, error.filename2 = str(target), None  # not a temporary name, or none
        raise


def _write_whole(path: Path, content: bytes) -> None:
    """Write a new file. Where the system can, it has no name before it is whole, so that a process killed midway
    leaves nothing.
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
    """Give a file another name in its file system. Never replaces one: raises FileExistsError, and OSError.

    Stopped midway it has both names, and loses nothing.
    """
    try:
        os.link(path, target, follow_symlinks=False)  # which refuses a name that exists, as rename(2) does not
    except FileExistsError:
        raise
    except (OSError, NotImplementedError):  # a file system without hard links
        if os.path.lexists(target):
            raise FileExistsError("a file of that name exists") from None
        Path(path).rename(target)
    else:
        Path(path).unlink()


def walk(folder: Path, failures: list[OSError]) -> Iterator[Path]:
    """The files under a folder that could be ours by their names, in order; nothing hidden, no link to a folder.

    What the system refuses is added to ``failures``.
    """
    for parent, folders, names in os.walk(folder, onerror=failures.append):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in sorted(names):
            if name.endswith(_KINDS) and not name.startswith("."):
                yield Path(parent, name)
