"""``vcr-openai normalize``: recordings without what varies from run to run."""

from __future__ import annotations

from pathlib import Path

import click

from vcr_openai._cli import _progress


@click.command(short_help="Bring ids, time stamps and durations to the recorder's form.")
@click.argument("tree", type=click.Path(exists=True, path_type=Path))
@click.option("--write", is_flag=True, help="Write; else only say what would change.")
def normalize(*, tree: Path, write: bool) -> int:
    """Give the recordings in TREE the ids, time stamps and durations that the recorder writes.

    Prints each file with the JSON paths that change. The ids carry the key, so run rekey first or afterwards, as you
    like: both go by the request, not by the file's name.
    """
    from vcr_openai._cli._maintained import finish
    from vcr_openai._trees.maintenance import normalize as normalize_tree

    result = normalize_tree(tree, write=write, track=_progress.track)
    return finish(result, write=write, done="normalized", separator=": ")
