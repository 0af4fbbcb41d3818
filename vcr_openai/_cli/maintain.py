"""The commands ``rekey``, ``normalize``, ``prune`` and ``doctor``, which maintain a tree of recordings."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vcr_openai._cli.options import (
    collected_option,
    collected_tests,
    conclude,
    prefix_option,
    progress,
    quiet_option,
    report,
    tree_argument,
    write_option,
)
from vcr_openai._findings import counted, printable
from vcr_openai._recording.key_rules import CURRENT, KEY_RULES, key_rule

if TYPE_CHECKING:
    from vcr_openai._trees.maintenance import MaintenanceReport
    from vcr_openai._trees.sources import FilesOfTest


@click.command(short_help="Rename recordings by the current rule of the key.")
@tree_argument
@click.option(
    "--rule",
    "name",
    type=click.Choice([rule.name for rule in KEY_RULES]),
    default=CURRENT.name,
    show_default=True,
    help="The version of the rule.",
)
@write_option("Rename")
@quiet_option
def rekey(*, tree: Path | FilesOfTest, name: str, write: bool) -> int:
    """Rename the recordings in TREE to the names that the recorder gives them, so that it finds them again.

    Prints "old -> new" in the order of the renames. Never overwrites: where several files should have one name, each
    keeps its own and is reported. A recording keeps a suffix such as -0123abc, which others of its key do not have.
    """
    from vcr_openai._trees import maintenance

    return _finish(
        maintenance.rekey(tree, key_rule(name), write=write, progress=progress), "renamed", " -> ", write=write
    )


@click.command(short_help="Replace ids, time stamps and durations by the recorder's.")
@tree_argument
@write_option("Write")
@quiet_option
def normalize(*, tree: Path | FilesOfTest, write: bool) -> int:
    """Give the recordings in TREE the ids, time stamps and durations that the recorder writes.

    Prints each file with the JSON paths that change. The ids contain the key, which depends on the request and not on
    the file's name: so normalize and rekey can run in any order.
    """
    from vcr_openai._trees import maintenance

    return _finish(maintenance.normalize(tree, write=write, progress=progress), "normalized", ": ", write=write)


@click.command(short_help="Find recordings whose test no longer exists.")
@tree_argument
@collected_option(required=True)
@prefix_option
@write_option("Delete")
@quiet_option
def prune(*, tree: Path | FilesOfTest, collected: tuple[Path, ...], prefix: str, write: bool) -> int:
    """List the recordings in TREE whose test is not among the collected ones; delete them with --write.

    Recordings without a test are kept. A list of tests that is empty, incomplete, or has none of the tests of TREE is
    refused.
    """
    from vcr_openai._trees import maintenance

    tests = collected_tests(collected, prefix)
    try:
        result = maintenance.prune(tree, tests, write=write, progress=progress)
    except ValueError as error:
        raise click.ClickException(f"{', '.join(map(str, collected))}: {error}") from error
    return _finish(result, "deleted", ": ", write=write)


@click.command(short_help="Find renamed tests, old names, orphans and duplicates.")
@click.argument("tree", type=click.Path(exists=True, path_type=Path))  # no test id: the whole tree is judged
@collected_option(required=True)
@prefix_option
@write_option("Repair")
@quiet_option
def doctor(*, tree: Path, collected: tuple[Path, ...], prefix: str, write: bool) -> int:
    """Find what is wrong with the recordings and cassettes in TREE, and repair it with --write.

    Files of tests that were renamed or moved get the new test and place; the names and contents of recordings are those
    of rekey and normalize; recordings without a test go, as with prune, and so do duplicates. Nothing is overwritten.
    Prints a line for each step.
    """
    from vcr_openai._trees.doctor import diagnose

    tests = collected_tests(collected, prefix)
    try:
        result = diagnose(tree, tests, write=write, progress=progress)
    except ValueError as error:
        raise click.ClickException(f"{', '.join(map(str, collected))}: {error}") from error
    for kind, path, what in result.steps:
        click.echo(f"{kind}: {printable(path)}{'' if what.startswith('->') else ':'} {printable(what)}")
    report("refused", result.refused)
    report("note", result.notes)
    kinds = Counter(kind for kind, _, _ in result.steps)
    found = ", ".join(f"{kind} {number}" for kind, number in sorted(kinds.items())) or "nothing to repair"
    conclude(f"{counted(result.files, 'recording')}: {found}, {len(result.refused)} refused")
    if result.steps and not write:
        conclude("nothing was changed: run it with --write")
    return 1 if result.refused or (result.steps and not write) else 0


def _finish(result: MaintenanceReport, done: str, separator: str, *, write: bool) -> int:
    """Print the changes to standard output and the rest to standard error; the exit status.

    The status is 1 where something was refused, or is found and not yet done.
    """
    for path, what in result.changes:
        click.echo(f"{printable(path)}{separator}{printable(what)}")
    report("refused", result.refused)
    report("note", result.notes)
    changed = f"{result.done} {done}" if write else f"{len(result.changes)} would be {done}"
    files, others = counted(result.files, "recording"), counted(len(result.skipped), "other file")
    conclude(f"{files}, {changed}, {len(result.refused)} refused, {others} skipped")
    if result.changes and not write:
        conclude("nothing was changed: run it with --write")
    return 1 if result.refused or (result.changes and not write) else 0
