"""Progress on standard error: a bar for long work on a terminal, else nothing."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator
from typing import Any

_LONG = 300  # steps, about half a second


def track(steps: Iterable[Any], what: str, total: int) -> Iterable[Any]:
    """Pass on the steps, and show how many of them are done."""
    if total < _LONG or not sys.stderr.isatty():
        return steps
    return _with_bar(steps, what, total)


def _with_bar(steps: Iterable[Any], what: str, total: int) -> Iterator[Any]:
    import click

    with click.progressbar(steps, length=total, label=what, file=sys.stderr) as bar:
        yield from bar
