"""``vcr-openai show``: what recordings and cassettes say, as a transcript."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Show what recordings and cassettes say.")
@click.argument("paths", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--full", is_flag=True, help="Keep long texts whole.")
def show(paths: tuple[Path, ...], *, full: bool) -> int:
    """Show the conversation in each of PATHS (files or trees): who said what, tool calls, errors, tokens.

    One file alone is shown without its name, as a program for git's textconv has to.
    """
    from vcr_openai._errors import Unsupported
    from vcr_openai._formats.old_calls import exchanges_in
    from vcr_openai._review.transcript import transcript
    from vcr_openai._trees.report import Problem, Report, in_words
    from vcr_openai._trees.sources import read, sources

    report = Report()
    alone = len(paths) == 1 and paths[0].is_file()
    shown = 0
    for source in sources(paths, report):
        try:
            exchanges = exchanges_in(read(source))
        except (OSError, ValueError) as error:
            if source.named or not isinstance(error, Unsupported):  # in a tree something else may lie
                report.refused.append(Problem(source.path, in_words(error)))
            continue
        shown += 1
        if not alone:
            click.echo(source.path)
        for request, response in exchanges:
            for line in transcript(request, response, full=full):
                click.echo(line if alone else f"  {line}")
    for problem in report.refused:
        click.echo(f"{problem.path}: {problem.reason}", err=True)
    if not shown and not report.refused:
        click.echo("no recording or cassette was found", err=True)
    return 1 if report.refused or not shown else 0
