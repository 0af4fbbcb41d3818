"""``vcr-openai redact``: take the secrets out of recordings and cassettes."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vcr_openai._cli.options import (
    conclude,
    jobs_option,
    paths_argument,
    progress,
    quiet_option,
    redaction_options,
    report,
    write_option,
)
from vcr_openai._findings import counted, printable

if TYPE_CHECKING:
    from vcr_openai._redaction.redaction import Redaction
    from vcr_openai._trees.sources import FilesOfTest


@click.command(short_help="Take the secrets out of recordings and cassettes.")
@paths_argument
@write_option("Change the files")
@jobs_option
@quiet_option
@redaction_options
def redact(*, paths: tuple[Path | FilesOfTest, ...], write: bool, jobs: int | None, redaction: Redaction) -> int:
    """Replace the secrets in PATH… (files or trees of any format), as recording would.

    Prints a line for each secret, and changes nothing without --write. Files without a secret are not touched.
    """
    from vcr_openai._trees.redact_files import redact as redact_files

    results = redact_files(paths, redaction, write=write, processes=jobs, progress=progress)
    for result in results:
        for secret in result.secrets if result.refused is None else ():
            click.echo(printable(f"{result.path}: {secret.where}: {secret.kind} {secret.excerpt}"))
        report("note", (f"{result.path}: {note}" for note in result.notes))
        if result.refused is not None:
            report("refused", [f"{result.path}: {result.refused}"])
    changed = [result for result in results if result.secrets and result.refused is None]
    secrets = counted(sum(len(result.secrets) for result in changed), "secret")
    refused = sum(result.refused is not None for result in results)
    replaced = "replaced" if write else "would be replaced"
    hint = "" if write or not changed else " (nothing is written without --write)"
    conclude(f"{secrets} {replaced} in {counted(len(changed), 'file')}, {refused} refused{hint}")
    return 1 if refused else 0
