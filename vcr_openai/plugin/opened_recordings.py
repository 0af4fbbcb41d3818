"""Recordings that were opened in this process, whoever reads them: OGX's recorder, for example.

An audit hook sees each file that is opened. What this package opens itself does not count: it looks through folders.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import FrameType
from typing import Any, Final

from vcr_openai.plugin.audit import OPENS

_FOLDER: Final = "recordings"
_SUFFIX: Final = ".json"
_BETWEEN: Final = frozenset(["pathlib", "io", "codecs"])  # modules of Python through which others open files
_OURS: Final = "vcr_openai"
_LISTENING: Final = frozenset([__name__, OPENS.__module__])


class OpenedRecordings:
    """Listens from ``start`` to ``stop``."""

    def __init__(self) -> None:
        self._paths: set[str] = set()  # without links

    def start(self) -> None:
        """Listen from now on."""
        OPENS.add(self._hear)

    def stop(self) -> None:
        """Listen no more."""
        OPENS.remove(self._hear)

    def folders(self) -> set[str]:
        """The folders named ``recordings`` in which something was opened."""
        return {str(path) for file in self._paths for path in [_folder_of(file)] if path is not None}

    def within(self, folder: str) -> set[str]:
        """The paths of what was opened in a folder, as they begin with its name."""
        real = os.path.realpath(folder) + os.sep
        return {str(Path(folder, path[len(real) :])) for path in self._paths if path.startswith(real)}

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:  # noqa: ARG002 - a listener's
        path = args[0]
        if isinstance(path, bytes):
            path = os.fsdecode(path)
        if isinstance(path, str) and path.endswith(_SUFFIX) and _FOLDER in path and not _is_ours():
            self._paths.add(os.path.realpath(path))


def _folder_of(file: str) -> Path | None:
    return next((path for path in Path(file).parents if path.name == _FOLDER), None)


def _is_ours() -> bool:
    """Whether it is this package that opens a file."""
    frame: FrameType | None = sys._getframe(1)  # noqa: SLF001 - inspect.currentframe is the same
    while frame is not None:
        name = str(frame.f_globals.get("__name__", ""))
        if name not in _LISTENING and name.partition(".")[0] not in _BETWEEN:
            return name.partition(".")[0] == _OURS
        frame = frame.f_back
    return False
