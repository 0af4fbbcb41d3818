"""``vcr-openai convert``: recordings to cassettes, cassettes to recordings, cassettes to other formats."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vcr_openai._cli.options import EXISTING, jobs_option, line, progress, report
from vcr_openai._findings import counted
from vcr_openai._formats.registry import FORMATS

if TYPE_CHECKING:
    from vcr_openai._trees.conversion import Report

_FOLDER = click.Path(file_okay=False, path_type=Path)


@click.command(short_help="Convert recordings and cassettes into each other.")
@click.argument("src", nargs=-1, required=True, type=EXISTING)
@click.option("-o", "dest", metavar="DEST", type=_FOLDER, help="The folder to write to.")
@click.option(
    "--to", type=click.Choice(["cassettes", "recordings"]), help="The kind to make. [default: the other kind]"
)
@click.option(
    "--format",
    type=click.Choice(list(FORMATS)),
    default="yaml",
    show_default=True,
    help="The format of cassettes, and the suffix of their files.",
)
@jobs_option
@click.option("--test-id", help="The test_id of recordings made from cassettes without one.")
@click.option("--check", is_flag=True, help="Convert there and back in memory, compare byte for byte, write nothing.")
@click.option("--force", "replace", is_flag=True, help="Replace existing files.")
def convert(*, src: tuple[Path, ...], dest: Path | None, to: str | None, jobs: int | None, **options: Any) -> int:
    """Convert SRC (files or trees of any format) and write the result to DEST.

    To cassettes: one for each test, where pytest-recording looks for it. To recordings: one file for each interaction,
    where it was recorded.
    """
    from vcr_openai._trees.conversion import ConversionSettings, MixedContent
    from vcr_openai._trees.conversion import convert as convert_files

    settings = ConversionSettings(str(dest or "."), **options)
    if dest is None and not settings.check:
        raise click.UsageError("Missing option '-o' (or --check, which writes nothing).")
    try:
        result = convert_files(src, settings, to=to, processes=jobs, progress=progress)
    except MixedContent as error:
        raise click.UsageError(f"{error}: choose with --to what to make.") from error
    for finding in result.inexact:
        click.echo(line(finding))
    report("refused", result.refused)
    report("skipped", result.skipped)
    report("note", result.notes)
    report("opaque", (f"{number} ({reason})" for reason, number in sorted(result.opaque.items())))
    if result.unnamed:
        names = counted(result.unnamed, "file name")
        report("note", [f"{names} lost, since the format has no place for names: the key becomes the name"])
    click.echo(_summary(result, check=settings.check), err=True)
    return 1 if result.refused or result.inexact else 0


def _summary(result: Report, *, check: bool) -> str:
    done = f"{result.converted} converted into {counted(result.written, 'file')}"
    if check:
        done = f"{result.converted} checked, {len(result.inexact)} not exact"
    opaque = f"{result.opaque.total()} opaque, " if result.opaque else ""
    return f"{done}, {opaque}{len(result.refused)} refused, {len(result.skipped)} skipped"
