"""What a command of maintenance says, and the status it ends with."""

from __future__ import annotations

import click

from vcr_openai._trees.maintenance import Maintained
from vcr_openai._trees.report import Problem


def finish(result: Maintained, *, write: bool, done: str, separator: str) -> int:
    """Print the changes to standard output and everything else to standard error.

    The status is 1 where something was refused, or found and not yet done.
    """
    for path, what in result.changes:
        click.echo(f"{printable(path)}{separator}{printable(what)}")
    for problem in result.report.refused:
        click.echo(f"refused: {line(problem)}", err=True)
    for note in result.report.notes:
        click.echo(f"note: {printable(note)}", err=True)
    said = f"{result.done} {done}" if write else f"{len(result.changes)} would be {done}"
    click.echo(
        f"{result.files} recordings, {said}, {len(result.report.refused)} refused, "
        f"{len(result.report.skipped)} other files passed by",
        err=True,
    )
    if result.changes and not write:
        click.echo("nothing was changed: --write does it", err=True)
    return 1 if result.report.refused or (result.changes and not write) else 0


def line(problem: Problem) -> str:
    """A path and what is said of it."""
    return f"{printable(problem.path)}: {printable(problem.reason)}"


def printable(text: str) -> str:
    """A text on one line of a terminal, whatever a file is called."""
    return "".join(part if part.isprintable() else ascii(part)[1:-1] for part in text)
