"""The destination of a conversion: a folder in which files appear complete, and outside of which none is written."""

from __future__ import annotations

import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from vcr_openai import _files


@dataclass(frozen=True)
class Destination:
    """A folder and how files are written into it.

    ``replace`` is whether a file of the same name is replaced. ``aside`` is a folder in it for files until they have
    their places; None where none is written.
    """

    folder: str
    replace: bool = False
    aside: str | None = None

    @contextmanager
    def opened(self) -> Iterator[Destination]:
        """The destination with a hidden folder, which is made when something is written and removed in the end."""
        aside = Path(self.folder, f".{secrets.token_hex(8)}.tmp")
        try:
            yield replace(self, aside=str(aside))
        finally:
            shutil.rmtree(aside, ignore_errors=True)

    def path_of(self, place: str) -> Path:
        """The path of a place."""
        return Path(self.folder, place)

    def write(self, place: str, text: str) -> None:
        """Write a file. Raises OSError, and ValueError where a link would lead it out of the folder."""
        self.put(self.write_aside(place, text), place)

    def write_aside(self, place: str, text: str) -> Path:
        """Write a file aside until it has its place. Raises OSError that names the place."""
        try:
            return _files.write_aside(Path(self.aside or self.folder), place, text)
        except OSError as error:
            error.filename, error.filename2 = str(self.path_of(place)), None
            raise

    def put(self, file: Path, place: str) -> None:
        """Give a file that was written aside its place. Raises as ``write``."""
        path = self.path_of(place)
        if _leads_out(str(path.parent), self.folder, self.aside):
            raise ValueError(f"expected a place within {self.folder}, found one behind a link that leads out of it")
        _files.put(file, path, replace=self.replace)


@lru_cache(maxsize=1024)
def _leads_out(folder: str, destination: str, _aside: str | None) -> bool:
    """Whether a folder is behind a link that leads out of the destination.

    A conversion, which has a folder ``_aside`` of its own, looks once for each folder.
    """
    root, found = os.path.realpath(destination), os.path.realpath(folder)
    return found != root and not found.startswith(root.rstrip(os.sep) + os.sep)
