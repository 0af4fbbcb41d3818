"""What the commands share: options, progress, and the lines of their output."""

from __future__ import annotations

import functools
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import click

from vcr_openai._findings import Finding, printable

_LONG = 300  # steps, about half a second
_REDACTION = (
    ("--header", "headers", "NAME", "A header that is a secret."),
    ("--query", "query", "NAME", "A query parameter whose value is a secret."),
    ("--field", "fields", "NAME", "A field of a body, at any depth, whose value is a secret."),
    ("--keep-header", "keep_headers", "NAME", "A header that stays as it is."),
    ("--pattern", "patterns", "REGEX", "A text in a body or a URL that matches it is a secret."),
)
_SELECTION = (
    ("--test", "ID", "Only the interactions of this test: a node id, or a part of one."),
    ("--key", "HEX", "Only recordings with this key, or the beginning of it."),
    ("--grep", "REGEX", "Only interactions in whose transcript it is found."),
)
_ROOTDIR, _QUIET = "vcr_openai.rootdir", "vcr_openai.quiet"  # in the meta of click's context
FILE_OR_STDIN = click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path)


class _PathOrTest(click.Path):
    """A path, or in place of a folder a test: the path of its file and ``::`` with its names, as pytest takes it."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        if not isinstance(value, str) or ".py" not in value:
            return super().convert(value, param, ctx)
        from vcr_openai._trees.files_of_tests import files_of_test, is_test_id  # reads, which git's textconv waits for

        if not is_test_id(value):
            return super().convert(value, param, ctx)
        rootdir: Path = ctx.meta.get(_ROOTDIR, Path()) if ctx else Path()
        try:
            found = files_of_test(value, rootdir)
        except ValueError as error:
            self.fail(str(error), param, ctx)
        if not found.sources:
            self.fail(
                printable(
                    f"no cassette or recording of the test {found.test_id} is below {rootdir.absolute()} (looked in "
                    f"{found.folder} and in each folder recordings; --rootdir names another folder)."
                ),
                param,
                ctx,
            )
        return found


def _store_rootdir(context: click.Context, _option: click.Parameter, value: Path | None) -> None:
    if value is not None:
        context.meta[_ROOTDIR] = value


# Eager: it has a value before the tests of other arguments are looked up.
_rootdir_option = click.option(
    "--rootdir",
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    is_eager=True,
    expose_value=False,
    callback=_store_rootdir,
    help="The folder that test ids are relative to, pytest's rootdir. [default: the current one]",
)


def place_argument(name: str, *, dash: bool = False, **settings: Any) -> Callable[[Callable[..., Any]], Any]:
    """An argument that takes files, folders and test ids; the command also gets ``--rootdir``, once.

    With ``dash`` it takes ``-`` for standard input, too.
    """
    kind = _PathOrTest(exists=True, allow_dash=dash, path_type=Path)

    def decorate(command: Callable[..., Any]) -> Any:
        declared = getattr(command, "__click_params__", [])
        if not any(option.name == "rootdir" for option in declared):
            command = _rootdir_option(command)
        return click.argument(name, type=kind, **settings)(command)

    return decorate


paths_argument = place_argument("paths", metavar="PATH…", nargs=-1, required=True)
tree_argument = place_argument("tree")
jobs_option = click.option(
    "--jobs", type=click.IntRange(min=1), help="How many processes work at once. [default: one for each core]"
)


def _store_quiet(context: click.Context, _option: click.Parameter, value: bool) -> None:
    context.meta[_QUIET] = value


quiet_option = click.option(
    "-q", "--quiet", is_flag=True, expose_value=False, callback=_store_quiet, help="No progress, notes or summary."
)


def given_rootdir() -> Path | None:
    """The folder of ``--rootdir`` in the command that runs, None where it is not given."""
    context = click.get_current_context(silent=True)
    found: Path | None = context.meta.get(_ROOTDIR) if context else None
    return found


def exclude_each_other(given: Mapping[str, object]) -> None:
    """Refuse options of which each makes the others mean nothing; ``given`` has what each of them got.

    Raises UsageError.
    """
    names = [name for name, value in given.items() if value]
    if len(names) > 1:
        raise click.UsageError(f"{names[0]} and {names[1]} exclude each other.")


def collected_option(*, required: bool) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option ``--collected`` with lists of tests."""
    return click.option(
        "--collected",
        required=required,
        multiple=True,
        metavar="FILE",
        type=FILE_OR_STDIN,
        help='The output of "pytest --collect-only -q"; - for standard input. Several count together.',
    )


prefix_option = click.option(
    "--prefix", default="", help="A folder to put before the collected ids, if pytest ran below it."
)


def collected_tests(paths: Sequence[Path], prefix: str) -> set[str]:
    """The tests in the files of ``--collected``; none without a file.

    Raises UsageError for a prefix of nothing, ClickException for a list that cannot be taken.
    """
    if not paths:
        if prefix:
            raise click.UsageError("--prefix belongs to --collected: it is put before the collected ids.")
        return set()
    from vcr_openai._trees.collected import read_collected

    try:
        return read_collected([read_input(path) for path in paths], prefix)
    except ValueError as error:
        raise click.ClickException(f"{', '.join(map(str, paths))}: {error}") from error


def is_quiet() -> bool:
    """Whether the command that runs was asked to be quiet."""
    context = click.get_current_context(silent=True)
    return bool(context and context.meta.get(_QUIET))


def conclude(text: str) -> None:
    """Print the summary to standard error, unless the command is to be quiet."""
    if not is_quiet():
        click.echo(printable(text), err=True)


def write_option(verb: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """The option ``--write`` of a command that changes nothing without it."""
    return click.option("--write", is_flag=True, help=f"{verb}; without it, only print what would change.")


def redaction_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that name further secrets to a command, which gets a ``redaction`` made of them."""

    @functools.wraps(command)
    def with_redaction(**options: Any) -> Any:
        from vcr_openai._redaction.redaction import Redaction  # its many patterns take a while to compile

        given = {name: options.pop(name) for _, name, _, _ in _REDACTION}
        try:
            redaction = Redaction(**given)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        return command(**options, redaction=redaction)

    for flag, name, metavar, words in reversed(_REDACTION):
        with_redaction = click.option(flag, name, multiple=True, metavar=metavar, help=words)(with_redaction)
    return with_redaction


def selection_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options that choose some of the interactions to a command, which gets a ``selection`` made of them.

    It is None where all are wanted.
    """

    @functools.wraps(command)
    def with_selection(*, test: str | None, key: str | None, grep: str | None, **options: Any) -> Any:
        if test is key is grep is None:
            return command(**options, selection=None)
        from vcr_openai._trees.selection import Selection

        key = key and key.lower().removeprefix("models-").removesuffix(".json").partition("-")[0]  # of a file's name
        if key is not None and not re.fullmatch("[0-9a-f]+", key):
            raise click.BadParameter("expected the beginning of a key, hexadecimal digits", param_hint="--key")
        try:
            pattern = None if grep is None else re.compile(grep)
        except re.error as error:
            raise click.BadParameter(f"expected a regular expression: {error}", param_hint="--grep") from error
        return command(**options, selection=Selection(test, key, pattern))

    for flag, metavar, words in reversed(_SELECTION):
        with_selection = click.option(flag, metavar=metavar, help=words)(with_selection)
    return with_selection


def progress(steps: Iterable[Any], what: str, total: int) -> Iterable[Any]:
    """The steps, with a progress bar on standard error for long work on a terminal."""
    if total < _LONG or is_quiet() or not sys.stderr.isatty():
        return steps
    return _with_bar(steps, what, total)


def _with_bar(steps: Iterable[Any], what: str, total: int) -> Iterator[Any]:
    with click.progressbar(steps, length=total, label=what, file=sys.stderr) as bar:
        yield from bar


def read_input(path: Path) -> str:
    """The text of a file, or of standard input for ``-``. Raises OSError and ValueError."""
    from vcr_openai._files import read_text

    return sys.stdin.read() if str(path) == "-" else read_text(path, pipe=True)


def line(finding: Finding) -> str:
    """A finding as a line of output: its file and its message."""
    return printable(f"{finding.file}: {finding}")


def report(kind: str, messages: Iterable[Finding | str]) -> None:
    """Print messages to standard error, a line for each, after their kind (``refused``, ``skipped``, ``note``).

    A quiet command prints those that are refused only.
    """
    for message in messages if kind == "refused" or not is_quiet() else ():
        click.echo(f"{kind}: {line(message) if isinstance(message, Finding) else printable(message)}", err=True)
