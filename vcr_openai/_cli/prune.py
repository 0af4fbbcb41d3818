"""``vcr-openai prune``: recordings whose test no longer exists."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from vcr_openai._cli import _progress


@click.command(short_help="Find recordings whose test no longer exists.")
@click.argument("tree", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--collected",
    required=True,
    metavar="FILE",
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help='The output of "pytest --collect-only -q"; - for standard input.',
)
@click.option("--prefix", default="", help="A folder to put before the collected ids, where pytest ran below it.")
@click.option("--write", is_flag=True, help="Delete; else only say what would be deleted.")
def prune(*, tree: Path, collected: Path, prefix: str, write: bool) -> int:
    """List the recordings in TREE whose test is not among the collected ones; delete them with --write.

    Recordings of no test are kept. A list of tests that is empty, or not of all tests, is refused; so is one with none
    of the tests of TREE.
    """
    from vcr_openai._cli._maintained import finish
    from vcr_openai._files import read_text
    from vcr_openai._trees.collected_tests import read_node_ids
    from vcr_openai._trees.maintenance import prune as prune_tree

    try:
        text = sys.stdin.read() if str(collected) == "-" else read_text(collected, pipe=True)
        result = prune_tree(tree, read_node_ids(text, prefix), write=write, track=_progress.track)
    except ValueError as error:
        raise click.ClickException(f"{collected}: {error}") from error
    return finish(result, write=write, done="deleted", separator=": ")
