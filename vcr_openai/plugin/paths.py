"""Paths as the terminal shows them."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path
from typing import TYPE_CHECKING

from vcr_openai._findings import printable

if TYPE_CHECKING:
    import pytest


def shown(config: pytest.Config, path: str) -> str:
    """A path as it is shown: relative to the root folder, if it is below it."""
    with contextlib.suppress(ValueError):
        return printable(Path(os.path.abspath(path)).relative_to(config.rootpath).as_posix())  # noqa: PTH100
    return printable(path)
