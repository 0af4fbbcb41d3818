"""Progress on standard error: a bar for long work on a terminal, else nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterable
from typing import Any

_LONG = 300  # steps, about half a second


def track(steps: Iterable[Any], what: str, total: int) -> Iterable[Any]:
    """Pass on the steps, and show how many of them are done."""
    if total < _LONG or not sys.stderr.isatty():
        return steps
    from rich.console import Console
    from rich.progress import track as rich_track

    return rich_track(steps, description=what, total=total, console=Console(stderr=True), transient=True)
