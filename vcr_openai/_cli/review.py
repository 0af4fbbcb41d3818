"""``vcr-openai review``: what changed in the recordings of a git range."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vcr_openai._cli.options import exclude_each_other, line
from vcr_openai._cli.report import check_page, page_path, write_page
from vcr_openai._findings import counted, printable

if TYPE_CHECKING:
    from vcr_openai._trees.git_review import Review


@click.command(short_help="Show what changed in the recordings of a git range.")
@click.argument("between", metavar="[A..B | A...B | A]", default="HEAD")
@click.option("--github", is_flag=True, help="Markdown, for a job summary or a comment.")
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
@click.option("--html", "page", metavar="FILE", type=page_path, help="A page for a browser, with all differences.")
@click.option("--stat", is_flag=True, help="Only the summary.")
@click.option("--restore-noise", is_flag=True, help="Put files that changed in noise only back as they were in A.")
def review(  # noqa: PLR0913 - click hands over the options
    between: str, *, github: bool, as_json: bool, page: Path | None, stat: bool, restore_noise: bool
) -> int:
    """Show what changed in the recordings and cassettes between two states of the git repository.

    A..B compares two commits, A...B what B changed since it branched off A, A alone (HEAD by default) the work tree
    with A. First a summary in a line, then each conversation that changed; with --html FILE also as a page. Ends with 1
    where a new version has a secret or a file could not be read.
    """
    from vcr_openai._page.page_data import page_of
    from vcr_openai._review.diff_report import document, lines, summary
    from vcr_openai._review.review_markdown import markdown
    from vcr_openai._trees import git_review

    exclude_each_other({"--json": as_json, "--github": github, "--stat": stat})
    if restore_noise and ".." in between:
        raise click.UsageError("--restore-noise writes files of the work tree: name one commit, such as HEAD")
    if page:
        check_page(page)
    found = git_review.review(Path(), between)
    headline = f"{summary(found.comparison)}, {counted(found.secrets, 'secret')}"
    if page:
        write_page(page, page_of(found.comparison, f"Review of {between}", headline, found.failures))
    if as_json:
        click.echo(json.dumps({**document(found.comparison), "summary": headline, "secrets": found.secrets}, indent=2))
    elif github:
        click.echo(markdown(found.comparison, headline), nl=False)
    else:
        click.echo(printable(headline))
        for text in () if stat else lines(found.comparison, noise=False):
            click.echo(text)
    if restore_noise:
        _restore(found)
    for failure in found.failures:
        click.echo(line(failure), err=True)
    if found.secrets:
        click.echo("secrets: vcr-openai check shows where they are, vcr-openai redact removes them", err=True)
    return 1 if found.failures or found.secrets else 0


def _restore(found: Review) -> None:
    """Put files back, and name them; those that have another name now stay as they are."""
    from vcr_openai._review.cassette_diff import NOISE
    from vcr_openai._trees.git_review import restore_noise

    for name in restore_noise(found):
        click.echo(printable(f"restored: {name}"), err=True)
    for file in found.comparison.files:
        if file.state == NOISE and file.name not in found.old:
            click.echo(printable(f"not restored, since it has another name now: {file.name}"), err=True)
