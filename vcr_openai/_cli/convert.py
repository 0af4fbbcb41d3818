"""``vcr-openai convert``: recordings to cassettes, cassettes to recordings, cassettes to other formats."""

from __future__ import annotations

from pathlib import Path

import click

from vcr_openai._cli import _progress
from vcr_openai._formats.old_calls import FORMATS
from vcr_openai._trees.report import Problem, Report


@click.command(short_help="Convert recordings and cassettes into each other.")
@click.argument("src", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option(
    "-o", "dest", metavar="DEST", type=click.Path(file_okay=False, path_type=Path), help="The folder to write to."
)
@click.option(
    "--to", type=click.Choice(["cassettes", "recordings"]), help="What to make. [default: of each kind the other]"
)
@click.option(
    "--format",
    "name",
    type=click.Choice(list(FORMATS)),
    default="yaml",
    show_default=True,
    help="The format of cassettes, which is also the suffix of their files.",
)
@click.option("--jobs", type=click.IntRange(min=1), help="How many processes work at once. [default: one a core]")
@click.option("--test-id", help="The test_id of recordings made from cassettes that do not say one.")
@click.option("--check", is_flag=True, help="Convert there and back in memory, compare byte for byte, write nothing.")
@click.option("--force", is_flag=True, help="Replace files that exist.")
def convert(  # noqa: PLR0913 - one argument for each of the command's options
    *,
    src: tuple[Path, ...],
    dest: Path | None,
    to: str | None,
    name: str,
    jobs: int | None,
    test_id: str | None,
    check: bool,
    force: bool,
) -> int:
    """Convert SRC (files or trees, their kind told by their content) and write the result under DEST.

    To cassettes: one for each test, where pytest-recording looks for it. To recordings: one file for each interaction,
    where it was recorded.
    """
    from vcr_openai._trees.conversion import MixedContent
    from vcr_openai._trees.conversion import convert as convert_files
    from vcr_openai._trees.conversion_jobs import Settings

    if dest is None and not check:
        raise click.UsageError("Missing option '-o' (or --check, which writes nothing).")
    settings = Settings(str(dest or "."), name, test_id, check, force)
    try:
        report = convert_files(src, settings, to=to, processes=jobs, track=_progress.track)
    except MixedContent as error:
        raise click.UsageError(f"{error}: say with --to which to make.") from error
    for problem in report.inexact:
        click.echo(_line(problem))
    for line in _summary(report, check=check):
        click.echo(line, err=True)
    return 1 if report.refused or report.inexact else 0


def _summary(report: Report, *, check: bool) -> list[str]:
    lines = [f"refused: {_line(problem)}" for problem in report.refused]
    lines += [f"skipped: {_line(problem)}" for problem in report.skipped]
    lines += [f"note: {note}" for note in report.notes]
    lines += [f"carried: {number} ({reason})" for reason, number in sorted(report.carried.items())]
    if report.unnamed:
        lines.append(
            f"note: {report.unnamed} file names are lost: their cassettes cannot note them, the key names them"
        )
    done = f"{report.converted} checked, {len(report.inexact)} not exact" if check else f"{report.converted} converted"
    files = "" if check else f" into {report.written} files"
    carried = f"{report.carried.total()} carried, " if report.carried else ""
    lines.append(f"{done}{files}, {carried}{len(report.refused)} refused, {len(report.skipped)} skipped")
    return lines


def _line(problem: Problem) -> str:
    path = "".join(part if part.isprintable() else ascii(part)[1:-1] for part in problem.path)
    return f"{path}: {problem.reason}"
