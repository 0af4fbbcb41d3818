"""What the commands share: options, progress, and the lines of their output."""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import click

from vcr_openai._findings import Finding, printable

_LONG = 300  # steps, about half a second
_REDACTION = (
    ("--header", "headers", "NAME", "A header that is a secret."),
    ("--query", "query", "NAME", "A query parameter whose value is a secret."),
    ("--field", "fields", "NAME", "A field of a body, at any depth, whose value is a secret."),
    ("--keep-header", "keep_headers", "NAME", "A header that stays as it is."),
    ("--pattern", "patterns", "REGEX", "A text in a body or a URL that matches it is a secret."),
)
EXISTING = click.Path(exists=True, path_type=Path)
FILE_OR_STDIN = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)

paths_argument = click.argument("paths", metavar="PATH…", nargs=-1, required=True, type=EXISTING)
tree_argument = click.argument("tree", type=EXISTING)
jobs_option = click.option(
    "--jobs", type=click.IntRange(min=1), help="How many processes work at once. [default: one for each core]"
)


def write_option(verb: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option ``--write`` of a command that changes nothing without it."""
    return click.option("--write", is_flag=True, help=f"{verb}; without it, only print what would change.")


def redaction_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name further secrets to a command, which gets a ``redaction`` made of them."""

    @functools.wraps(command)
    def with_redaction(**options: Any) -> Any:
        from vcr_openai._redaction.redaction import Redaction  # its many patterns take a while to compile

        given = {name: options.pop(name) for _, name, _, _ in _REDACTION}
        try:
            redaction = Redaction(**given)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        return command(**options, redaction=redaction)

    for flag, name, metavar, words in reversed(_REDACTION):
        with_redaction = click.option(flag, name, multiple=True, metavar=metavar, help=words)(with_redaction)
    return with_redaction


def progress(steps: Iterable[Any], what: str, total: int) -> Iterable[Any]:
    """The steps, with a progress bar on standard error for long work on a terminal."""
    if total < _LONG or not sys.stderr.isatty():
        return steps
    return _with_bar(steps, what, total)


def _with_bar(steps: Iterable[Any], what: str, total: int) -> Iterator[Any]:
    with click.progressbar(steps, length=total, label=what, file=sys.stderr) as bar:
        yield from bar


def read_input(path: Path) -> str:
    """The text of a file, or of standard input for ``-``. Raises OSError and ValueError."""
    from vcr_openai._files import read_text

    return sys.stdin.read() if str(path) == "-" else read_text(path, pipe=True)


def line(finding: Finding) -> str:
    """A finding as a line of output: its file and its message."""
    return printable(f"{finding.file}: {finding}")


def report(kind: str, messages: Iterable[Finding | str]) -> None:
    """Print messages to standard error, a line for each, after their kind (``refused``, ``skipped``, ``note``)."""
    for message in messages:
        click.echo(f"{kind}: {line(message) if isinstance(message, Finding) else printable(message)}", err=True)
