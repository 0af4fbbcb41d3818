"""``vcr-openai key``: the key and the name of recordings."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vcr_openai._cli.options import place_argument, progress, report
from vcr_openai._findings import printable, refused

if TYPE_CHECKING:
    from vcr_openai._trees.sources import FilesOfTest


@click.command(short_help="Show the key of recordings, and the rule of their files' names.")
@place_argument("paths", metavar="FILE...", nargs=-1, required=True)
def key(paths: tuple[Path | FilesOfTest, ...]) -> int:
    """Show for each recording in FILE (or in a tree) four columns, a tab between them.

    The key by the current rule; the file name that the recorder gives it; the version of the rule that explains the
    name that it has ("-" if none does); the file.
    """
    from vcr_openai._errors import Unsupported
    from vcr_openai._recording.key import explained_by, recording_key, recording_name
    from vcr_openai._trees.sources import find_sources, load

    found, failures = find_sources(paths)
    rows = 0
    for source in progress(found, "reading", len(found)):
        try:
            _, document = load(source)
            if document.recordings is None:
                raise Unsupported("", "recordings", "a cassette")
            for index, recording in enumerate(document.recordings):
                rule = explained_by(Path(source.path).name, recording) if document.single else None
                place = source.path if document.single else f"{source.path}[{index}]"
                row = recording_key(recording), recording_name(recording), rule.name if rule else "-", place
                click.echo("\t".join(map(printable, row)))
                rows += 1
        except (OSError, ValueError, RecursionError) as error:
            failures.append(refused(error, source.path))
    report("refused", failures)
    if not rows and not failures:
        click.echo("no recording was found", err=True)
    return 1 if failures or not rows else 0
