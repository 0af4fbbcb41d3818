"""``vcr-openai show``: the conversations in recordings and cassettes, as transcripts."""

from __future__ import annotations

from pathlib import Path

import click

from vcr_openai._cli.options import EXISTING, line
from vcr_openai._findings import refused


@click.command(short_help="Show the conversations in recordings and cassettes.")
@click.argument("paths", nargs=-1, required=True, type=EXISTING)
@click.option("--full", is_flag=True, help="Do not shorten long texts.")
def show(paths: tuple[Path, ...], *, full: bool) -> int:
    """Show the conversation in each of PATHS (files or trees): messages with their roles, tool calls, errors, tokens.

    A single file is shown without its name, as a program for git's textconv has to. Secrets are not shown.
    """
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
