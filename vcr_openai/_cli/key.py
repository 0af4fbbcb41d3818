"""``vcr-openai key``: the key and the name of recordings."""

from __future__ import annotations

from pathlib import Path

import click


@click.command(short_help="Show the key of recordings, and what named their files.")
@click.argument("paths", metavar="FILE...", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
def key(paths: tuple[Path, ...]) -> int:
    """Show for each recording in FILE (a tree has many) four columns, a tab between them.

    The key by the current rule; the name that the recorder gives the file; the version of the rule that explains the
    name that it has ("-" where none does); the file.
    """
    from vcr_openai._cli import _progress
    from vcr_openai._cli._maintained import line, printable
    from vcr_openai._trees import sources
    from vcr_openai._trees.recording_trees import rows_of
    from vcr_openai._trees.report import Problem, Report, in_words

    report = Report()
    found = sources.sources(paths, report)
    rows = 0
    for source in _progress.track(found, "reading", len(found)):
        try:
            for row in rows_of(source):
                click.echo("\t".join(map(printable, row)))
                rows += 1
        except (OSError, ValueError, RecursionError) as error:
            report.refused.append(Problem(source.path, in_words(error)))
    for problem in report.refused:
        click.echo(f"refused: {line(problem)}", err=True)
    if not rows and not report.refused:
        click.echo("no recording was found", err=True)
    return 1 if report.refused or not rows else 0
