"""``vcr-openai rekey``: recordings renamed after a version of the key's rule."""

from __future__ import annotations

from pathlib import Path

import click

from vcr_openai._cli import _progress
from vcr_openai._recording.key_rules import CURRENT, KEY_RULES, key_rule


@click.command(short_help="Rename recordings after the current rule of the key.")
@click.argument("tree", type=click.Path(exists=True, path_type=Path))
@click.option(
    "--rule",
    "name",
    type=click.Choice([rule.name for rule in KEY_RULES]),
    default=CURRENT.name,
    show_default=True,
    help="The version of the rule.",
)
@click.option("--write", is_flag=True, help="Rename; else only say what would be renamed.")
def rekey(*, tree: Path, name: str, write: bool) -> int:
    """Rename the recordings in TREE to the names that the recorder gives them, so that it finds them again.

    Prints "old -> new" in the order of the renames. Never overwrites: where several files want one name, each keeps its
    own and is reported. A recording keeps the suffix -0123abc that tells it from others of its key.
    """
    from vcr_openai._cli._maintained import finish
    from vcr_openai._trees.maintenance import rekey as rekey_tree

    result = rekey_tree(tree, key_rule(name), write=write, track=_progress.track)
    return finish(result, write=write, done="renamed", separator=" -> ")
