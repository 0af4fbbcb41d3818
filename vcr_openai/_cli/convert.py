"""``vcr-openai convert``: recordings to cassettes, cassettes to recordings, cassettes to other formats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vcr_openai._cli.options import (
    collected_option,
    collected_tests,
    conclude,
    exclude_each_other,
    given_rootdir,
    jobs_option,
    line,
    place_argument,
    prefix_option,
    progress,
    quiet_option,
    report,
)
from vcr_openai._files import EXISTS, GZIPPED
from vcr_openai._findings import Finding, counted, printable
from vcr_openai._formats.registry import FORMATS, SUFFIXES

if TYPE_CHECKING:
    from vcr_openai._trees.conversion import Report
    from vcr_openai._trees.sources import FilesOfTest
    from vcr_openai._trees.tests_of_cassettes import KnownTests

_SHOWN = 3  # test ids that a note names


@click.command(short_help="Convert recordings and cassettes into each other.")
@place_argument("src", nargs=-1, required=True)
@click.option("-o", "dest", metavar="DEST", type=click.Path(path_type=Path), help="The folder to write to.")
@click.option(
    "--to", type=click.Choice(["cassettes", "recordings"]), help="The kind to make. [default: the other kind]"
)
@click.option(
    "--format",
    type=click.Choice(list(FORMATS)),
    default="yaml",
    show_default=True,
    help="The format of cassettes, and the suffix of their files.",
)
@jobs_option
@click.option("--test-id", help="The test_id of recordings made from cassettes. [default: by the cassette's place]")
@collected_option(required=False)
@prefix_option
@click.option("--check", is_flag=True, help="Convert there and back in memory, compare byte for byte, write nothing.")
@click.option(
    "--replace", "in_place", is_flag=True, help="Change the format of cassettes in place: the old files are removed."
)
@click.option("--force", "replace", is_flag=True, help="Replace existing files.")
@quiet_option
def convert(
    *,
    src: tuple[Path | FilesOfTest, ...],
    dest: Path | None,
    to: str | None,
    jobs: int | None,
    in_place: bool,
    **options: Any,
) -> int:
    """Convert SRC (files or trees of any format) and write the result to DEST.

    To cassettes: one for each test, where pytest-recording looks for it. To recordings: one file for each interaction,
    where it was recorded; its test is the one that looks for its cassette there, exactly with --collected.

    With --replace, cassettes get another format where they are. The new file is read back before the old one goes.
    """
    if in_place:
        return _replace(src, dest, to, jobs, **options)
    from vcr_openai._trees.conversion import ConversionSettings, MixedContent
    from vcr_openai._trees.conversion import convert as convert_files
    from vcr_openai._trees.destination import Destination

    _check_destination(src, dest)
    _check_tests(to, options)
    settings = ConversionSettings(
        Destination(str(dest or "."), options.pop("replace")), _known_tests(options), **options
    )
    if dest is None and not settings.check:
        raise click.UsageError("Missing option '-o' (or --replace, or --check, which writes nothing).")
    try:
        result = convert_files(src, settings, to=to, processes=jobs, progress=progress)
    except MixedContent as error:
        raise click.UsageError(f"{error}: choose with --to what to make.") from error
    for finding in result.inexact:
        click.echo(line(finding))
    report("refused", map(_with_hint, result.refused))
    report("skipped", result.skipped)
    _report_notes(result)
    conclude(_summary(result, check=settings.check))
    return 1 if result.refused or result.inexact else 0


def _report_notes(result: Report) -> None:
    report("plain", result.plain)
    report("note", result.notes)
    _report_guesses(result.guessed)
    if result.unnamed:
        names = counted(result.unnamed, "file name")
        report("note", [f"{names} lost, since the format has no place for names: the key becomes the name"])
    report("opaque", (f"{number} ({reason})" for reason, number in sorted(result.opaque.items())))


def _check_destination(src: tuple[Path | FilesOfTest, ...], dest: Path | None) -> None:
    """Refuse a file as the folder to write to, and for files alone a new folder that is named like one."""
    if dest is None or dest.is_dir():
        return
    is_one = all(isinstance(one, Path) and not one.is_dir() for one in src)
    if dest.exists() or (is_one and dest.name.endswith((*SUFFIXES, GZIPPED))):
        why = "which is a file" if dest.exists() else "which is named like a file"
        message = f"expected a folder, found {dest}, {why} (convert names the files in the folder)."
        raise click.BadParameter(message, param_hint="'-o'")


def _check_tests(to: str | None, options: dict[str, Any]) -> None:
    """Refuse options for the tests of recordings that would have no effect. Raises UsageError."""
    tests = {"--test-id": options["test_id"], "--collected": options["collected"]}
    exclude_each_other(tests)
    if to == "cassettes" and (wrong := next((name for name, value in tests.items() if value), None)):
        raise click.UsageError(f"{wrong} belongs to recordings made from cassettes, and --to cassettes makes none.")


def _known_tests(options: dict[str, Any]) -> KnownTests:
    """What the options say of the tests of cassettes; they are taken out."""
    from vcr_openai._trees.tests_of_cassettes import KnownTests

    given, lists, prefix = (options.pop(name) for name in ("test_id", "collected", "prefix"))
    collected = frozenset(collected_tests(lists, prefix))
    return KnownTests(given, collected, given_rootdir())


def _replace(
    src: tuple[Path | FilesOfTest, ...], dest: Path | None, to: str | None, jobs: int | None, **options: Any
) -> int:
    """Change the format of cassettes in place."""
    from vcr_openai._trees.format_change import change_format

    others = {"-o": dest, "--check": options["check"], "--test-id": options["test_id"], "--to": to == "recordings"}
    others |= {f"--{name}": options[name] for name in ("collected", "prefix")}
    if wrong := next((name for name, value in others.items() if value), None):
        raise click.UsageError(f"--replace and {wrong} exclude each other: it changes formats in place.")
    name, force = options["format"], options["replace"]
    changes = change_format(src, name, force=force, processes=jobs, progress=progress)
    for change in changes:
        if change.new:
            click.echo(printable(f"{change.path} -> {change.new}"))
    refused = [change.refused for change in changes if change.refused]
    skipped = [change.skipped for change in changes if change.skipped]
    report("refused", refused)
    report("skipped", skipped)
    done = [change for change in changes if change.new]
    if done and name != "yaml":
        report("note", [f"the tests find them with vcr_config = {{'serializer': '{name}'}}"])
    number = counted(sum(change.interactions for change in done), "interaction")
    conclude(f"{number} in {counted(len(done), 'file')} replaced, {len(refused)} refused, {len(skipped)} skipped")
    return 1 if refused else 0


def _report_guesses(tests: list[str]) -> None:
    """Note which tests were guessed, and how they are known exactly."""
    if tests:
        names = sorted(set(tests))
        shown = ", ".join(names[:_SHOWN]) + (", …" if len(names) > _SHOWN else "")
        what = counted(len(names), "test id") + (" is a guess" if len(names) == 1 else " are guesses")
        report("note", [f"{what} from the places of cassettes ({shown}); --collected FILE has the exact ones"])


def _with_hint(finding: Finding) -> Finding:
    """A refusal with the option that would help."""
    hint = " (--force replaces it)" if finding.message == EXISTS else ""
    return replace(finding, message=finding.message + hint)


def _summary(result: Report, *, check: bool) -> str:
    done = f"{result.converted} converted into {counted(result.written, 'file')}"
    if check:
        done = f"{result.converted} checked, {len(result.inexact)} not exact"
    opaque = f"{result.opaque.total()} opaque, " if result.opaque else ""
    opaque += f"{len(result.plain)} plain, " if result.plain else ""
    return f"{done}, {opaque}{len(result.refused)} refused, {len(result.skipped)} skipped"
