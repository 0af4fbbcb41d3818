"""``vcr-openai diff``: what two versions of cassettes or recordings differ in."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vcr_openai._cli.options import exclude_each_other, line, place_argument, read_input
from vcr_openai._findings import printable, refused

if TYPE_CHECKING:
    from vcr_openai._findings import Finding
    from vcr_openai._trees.sources import FilesOfTest


@click.command(short_help="Show what two versions of cassettes differ in.")
@place_argument("old", dash=True)
@place_argument("new", dash=True)
@click.option("--ignore-noise", is_flag=True, help="Leave out ids, times, obfuscation and the borders of chunks.")
@click.option("--stat", is_flag=True, help="Only the summary.")
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
def diff(old: Path | FilesOfTest, new: Path | FilesOfTest, *, ignore_noise: bool, stat: bool, as_json: bool) -> int:
    """Show what OLD and NEW (files or trees, in any formats; - for standard input) differ in.

    Requests are compared by JSON path, answers by what they say. Ends with 0 where both are the same, with 1 where they
    differ. With --ignore-noise a difference in noise only counts as the same.
    """
    from vcr_openai._review.comparison import compare_texts
    from vcr_openai._review.diff_report import document, lines, summary
    from vcr_openai._review.file_text import FileText

    exclude_each_other({"--json": as_json, "--stat": stat})
    if str(old) == str(new) == "-":
        raise click.UsageError("standard input can be one of the two only")
    failures: list[Finding] = []
    before, after = ({name: FileText(text) for name, text in _texts(path, failures).items()} for path in (old, new))
    found = compare_texts(before, after)
    failures += found.failures
    if as_json:
        click.echo(json.dumps(document(found), indent=2))
    else:
        if not stat:
            for text in lines(found, noise=not ignore_noise):
                click.echo(text)
        if found.files or found.same or not failures:
            click.echo(printable(summary(found)))
    for failure in failures:
        click.echo(line(failure), err=True)
    return 1 if failures or (found.says_otherwise if ignore_noise else found.differs) else 0


def _texts(path: Path | FilesOfTest, failures: list[Finding]) -> dict[str, str]:
    """The text of each file under a path, by its name there."""
    from vcr_openai._trees.sources import find_sources, read

    if isinstance(path, Path) and (str(path) == "-" or not path.is_dir()):
        try:
            return {"standard input" if str(path) == "-" else path.name: read_input(path)}
        except (OSError, ValueError) as error:
            failures.append(refused(error, str(path)))
            return {}
    found, errors = find_sources([path])
    failures += errors
    texts = {}
    for source in found:
        try:
            texts[source.relative] = read(source)
        except (OSError, ValueError) as error:
            failures.append(refused(error, source.path))
    return texts
