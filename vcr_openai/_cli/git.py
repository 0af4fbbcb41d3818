"""The commands for git: ``merge``, a merge driver, and ``git-setup``, which sets up a repository."""

from __future__ import annotations

from pathlib import Path

import click

from vcr_openai._findings import printable

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)


@click.command(short_help="Merge two versions of a cassette (git's merge driver).")
@click.argument("base", type=_FILE)
@click.argument("ours", type=_FILE)
@click.argument("theirs", type=_FILE)
@click.argument("name", required=False)
def merge(base: Path, ours: Path, theirs: Path, name: str | None) -> int:
    """Merge the versions OURS and THEIRS of a cassette that both come from BASE, into OURS.

    Interactions that one side added, changed or removed are joined. Where both sides changed the same one, both stand
    between conflict markers, and the status is 1. Files that are not cassettes are merged line by line. NAME is the
    file's name for messages. Git calls this with %O %A %B %P; see git-setup.
    """
    from vcr_openai._files import read_text, write_text
    from vcr_openai._review.merge import merge as merged_texts
    from vcr_openai._trees.git_repository import merge_lines

    name = name or str(ours)
    try:
        merged = merged_texts(read_text(base), read_text(ours), read_text(theirs))
    except (OSError, ValueError, RecursionError) as error:
        click.echo(printable(f"{name}: merged line by line, since a version cannot be read: {error}"), err=True)
        merged = None
    else:
        if merged is None:
            why = "the versions are in different formats, or in a layout that vcr-openai does not write"
            click.echo(printable(f"{name}: merged line by line: {why}"), err=True)
    if merged is None:
        return 1 if merge_lines(base, ours, theirs) else 0
    write_text(ours, merged.text, replace=True)
    for conflict in merged.conflicts:
        click.echo(printable(f"{name}: conflict in {conflict}"), err=True)
    return 1 if merged.conflicts else 0


@click.command(name="git-setup", short_help="Show and merge cassettes in git by their conversations.")
@click.argument("folder", default=".", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--undo", is_flag=True, help="Remove what this command wrote.")
def git_setup(folder: Path, *, undo: bool) -> int:
    """Set up the git repository of FOLDER: cassettes are shown as transcripts and merged by their interactions.

    Writes a part of .gitattributes, which the repository shares, and settings in .git/config, which every clone needs.
    """
    from vcr_openai._trees import git_settings

    done = git_settings.undo(folder) if undo else git_settings.set_up(folder)
    if undo and not (done.part or done.settings):
        click.echo("nothing of vcr-openai was set up here")
        return 0
    verb = "removed from" if undo else "written to"
    if done.part:
        click.echo(printable(f"{verb} {done.attributes}:"))
        click.echo("".join(f"  {line}\n" for line in done.part.rstrip("\n").split("\n")), nl=False)
    if done.settings:
        click.echo(f"{verb} the configuration of this clone (git config --local):")
        click.echo("".join(f"  {line}\n" for line in done.settings), nl=False)
    return 0
