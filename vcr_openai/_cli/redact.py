"""``vcr-openai redact``: take the secrets out of recordings and cassettes."""

from __future__ import annotations

from pathlib import Path

import click

from vcr_openai._cli import _progress
from vcr_openai._cli._redaction import redaction_options
from vcr_openai._redaction.redaction import Redaction


@click.command(short_help="Take the secrets out of recordings and cassettes.")
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--write", is_flag=True, help="Change the files; without it, only say what would be changed.")
@click.option("--jobs", type=click.IntRange(min=1), help="How many processes work at once. [default: one a core]")
@redaction_options
def redact(*, paths: tuple[Path, ...], write: bool, jobs: int | None, redaction: Redaction) -> int:
    """Replace the secrets in PATH… (files or trees, of any format), as they would be while recording.

    Prints a line for each secret, and changes nothing without --write. Files without a secret are not touched.
    """
    from vcr_openai._trees.redact_files import redact as redact_files

    results = redact_files(paths, redaction, write=write, processes=jobs, track=_progress.track)
    for result in results:
        for secret in result.secrets if result.refused is None else ():
            click.echo(_plain(f"{result.path}: {secret.where}: {secret.kind} {secret.excerpt}"))
        for note in result.notes:
            click.echo(_plain(f"note: {result.path}: {note}"), err=True)
        if result.refused is not None:
            click.echo(_plain(f"refused: {result.path}: {result.refused}"), err=True)
    mended = [result for result in results if result.secrets and result.refused is None]
    secrets = sum(len(result.secrets) for result in mended)
    refused = sum(result.refused is not None for result in results)
    did = "replaced in" if write else "would be replaced in"
    hint = "" if write or not mended else " (nothing is written without --write)"
    click.echo(f"{secrets} secrets {did} {len(mended)} files, {refused} refused{hint}", err=True)
    return 1 if refused else 0


def _plain(line: str) -> str:
    return "".join(character if character.isprintable() else ascii(character)[1:-1] for character in line)
