"""``vcr-openai report``: recordings and cassettes as a page for a browser."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vcr_openai._cli.options import jobs_option, line, paths_argument, progress
from vcr_openai._findings import printable

if TYPE_CHECKING:
    from vcr_openai._page.page_data import PageData
    from vcr_openai._trees.sources import FilesOfTest

_INSTALL = "the page needs Jinja2: pip install 'vcr-openai[review]'"
_MANY = "--against a file or folder compares one PATH with it: name one"
page_path = click.Path(dir_okay=False, allow_dash=True, path_type=Path)


@click.command(short_help="Make a page for a browser out of recordings and cassettes.")
@paths_argument
@click.option("--against", metavar="PATH|REV", help="Show what changed since: a file or tree, or a revision of git.")
@click.option("--output", "-o", default="report.html", show_default=True, type=page_path, help="The page; - prints it.")
@click.option("--title", default="Recordings", show_default=True, help="The title of the page.")
@click.option("--force", is_flag=True, help="Replace a file that is not a report.")
@jobs_option
def report(  # noqa: PLR0913 - click hands over the options
    paths: tuple[Path | FilesOfTest, ...],
    *,
    against: str | None,
    output: Path,
    title: str,
    force: bool,
    jobs: int | None,
) -> int:
    """Make a page of PATHS (files or trees, in any format): tests, conversations, streams, requests and responses.

    It is one file, without a secret, that needs no network. With --against it also has what changed, side by side.
    Ends with 1 where a file could not be read; the page has all others.
    """
    check_page(output, force=force)
    from vcr_openai._trees import report_files

    other = _other(paths, against)
    data, files = report_files.read_report(paths, title, jobs, progress)
    if not files and not other and not data.failures:
        click.echo("no recording or cassette was found", err=True)
        return 1
    if other is not None:
        report_files.compare_report(data, report_files.compare_paths(paths, other))
    write_page(output, data)
    for failure in data.failures:
        click.echo(line(failure), err=True)
    return 1 if data.failures else 0


def _other(paths: tuple[Path | FilesOfTest, ...], against: str | None) -> Path | str | None:
    """What to compare with: a path that exists, else a revision."""
    if against is None:
        return None
    path = Path(against)
    if not path.exists():
        return against
    if len(paths) > 1:
        raise click.UsageError(_MANY)
    return path


def check_page(output: Path, *, force: bool = False) -> None:
    """Refuse what would fail, or replace a file that is not a page, before any work is done."""
    from vcr_openai._files import check_writable
    from vcr_openai._page.page import BEGINNING, check_installed

    try:
        check_installed()
    except ImportError as error:
        raise click.ClickException(_INSTALL) from error
    if str(output) == "-":
        return
    check_writable(output)
    if output.is_file() and not force:
        with output.open("rb") as file:
            start = file.read(len(BEGINNING))
        if start and start != BEGINNING.encode():
            raise click.ClickException(printable(f"{output} exists and is not a report; --force replaces it"))


def write_page(output: Path, data: PageData) -> None:
    """Write a page, or print it for ``-``."""
    from vcr_openai._files import write_text
    from vcr_openai._page.page import page

    text = page(data.document(), data.title)
    if str(output) == "-":
        click.echo(text, nl=False)
        return
    write_text(output, text, replace=True)
    click.echo(printable(f"{output}: {data.summary} ({len(text.encode()) / 1000:,.0f} kB)"), err=True)
