"""Removal of interactions from cassette files: every other byte stays."""

from __future__ import annotations

import contextlib
from collections.abc import Collection
from pathlib import Path

from vcr_openai._files import read_text, write_text
from vcr_openai._formats.file_parts import FILE_PARTS
from vcr_openai._formats.line_ends import with_ends_of, with_line_feeds
from vcr_openai._formats.registry import read_document


def remove_interactions(path: Path, indexes: Collection[int], count: int) -> bool:
    """Remove some of the ``count`` interactions of a file, or the file where these are all.

    False where the file has another number of them by now, or a layout that cannot be taken apart. Raises OSError, and
    ValueError for a file that is not a cassette.
    """
    text = read_text(path)
    if len(read_document(text).exchanges) != count or not set(indexes) <= set(range(count)):
        return False
    if len(set(indexes)) == count:
        remove_file(path)
        return True
    lines = with_line_feeds(text)
    for parts in FILE_PARTS.values():
        found = parts.split(lines)
        if found is None or len(found) != count or parts.join(found) != lines:
            continue
        kept = parts.join([one for index, one in enumerate(found) if index not in indexes])
        if len(read_document(kept).exchanges) == count - len(set(indexes)):
            write_text(path.resolve(), with_ends_of(text, kept), replace=True)
            return True
    return False


def remove_file(path: Path) -> None:
    """Remove a file, and its folder where that is empty then. Raises OSError."""
    path.unlink()
    with contextlib.suppress(OSError):  # it has other files
        path.parent.rmdir()
