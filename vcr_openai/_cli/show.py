"""``vcr-openai show``: the conversations in recordings and cassettes, as transcripts."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path

import click

from vcr_openai._cli.options import EXISTING, line
from vcr_openai._findings import printable, refused


@click.command(short_help="Show the conversations in recordings and cassettes.")
@click.argument("paths", nargs=-1, required=True, type=EXISTING)
@click.option("--full", is_flag=True, help="Do not shorten long texts.")
@click.option("--textconv", is_flag=True, help="For git: print what cannot be read as it is; end with 0.")
def show(paths: tuple[Path, ...], *, full: bool, textconv: bool) -> int:
    """Show the conversation in each of PATHS (files or trees): messages with their roles, tool calls, errors, tokens.

    A single file is shown without its name. Secrets are not shown.
    """
    if (textconv or _is_run_by_git()) and len(paths) == 1 and paths[0].is_file():
        return _show_to_git(paths[0], full=full)
    from vcr_openai._errors import Unsupported
    from vcr_openai._redaction.redact import redact_exchange
    from vcr_openai._review.transcript import transcript
    from vcr_openai._trees.sources import find_sources, load

    found, failures = find_sources(paths)
    alone = len(paths) == 1 and paths[0].is_file()
    shown = 0
    for source in found:
        try:
            exchanges = load(source)[1].exchanges
        except (OSError, ValueError) as error:
            if source.named or not isinstance(error, Unsupported):  # a tree may hold other files
                failures.append(refused(error, source.path))
            continue
        shown += 1
        if not alone:
            click.echo(source.path)
        for exchange in exchanges:
            for text in transcript(redact_exchange(exchange)[0], full=full):
                click.echo(text if alone else f"  {text}")
    for failure in failures:
        click.echo(line(failure), err=True)
    if not shown and not failures:
        click.echo("no recording or cassette was found", err=True)
    return 1 if failures or not shown else 0


def _is_run_by_git() -> bool:
    """Whether git runs the command, as it does with a textconv: it puts the folder of its programs first on PATH."""
    return Path(os.environ.get("PATH", "").split(os.pathsep)[0]).name == "git-core"


def _show_to_git(path: Path, *, full: bool) -> int:
    """Show one file; git ends with an error where its textconv does, so what cannot be shown is printed as it is."""
    try:
        text = "".join(f"{line}\n" for line in _lines(path, full=full))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the file, git goes on
        click.echo(printable(f"{path}: shown as it is: {error}"), err=True)
        sys.stdout.flush()
        sys.stdout.buffer.write(path.read_bytes())
    else:
        click.echo(text, nl=False)
    return 0


def _lines(path: Path, *, full: bool) -> Iterator[str]:
    from vcr_openai._files import read_text
    from vcr_openai._formats.registry import read_document
    from vcr_openai._redaction.redact import redact_exchange
    from vcr_openai._review.transcript import transcript

    for exchange in read_document(read_text(path)).exchanges:
        yield from transcript(redact_exchange(exchange)[0], full=full)
