"""``vcr-openai show``: the conversations in recordings and cassettes, as transcripts."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vcr_openai._cli.options import line, place_argument, read_input, selection_options
from vcr_openai._findings import Finding, printable, refused

if TYPE_CHECKING:
    from vcr_openai._http.exchange import Exchange
    from vcr_openai._trees.selection import Selection
    from vcr_openai._trees.sources import FilesOfTest, Source

    Print = Callable[[Exchange, str], Iterator[str]]  # the lines of an exchange, after a margin
    Title = Callable[[str], str]

_STDIN = "-"


@click.command(short_help="Show the conversations in recordings and cassettes.")
@place_argument("paths", metavar="PATH…", nargs=-1, required=True, dash=True)
@click.option("--full", is_flag=True, help="Do not shorten long texts.")
@click.option("--json", "as_json", is_flag=True, help="Print each conversation as a JSON object on a line of its own.")
@click.option("--no-pager", is_flag=True, help="Do not start a pager for what does not fit the terminal.")
@click.option("-v", "--verbose", is_flag=True, help="Also name the files of the recordings of a test.")
@click.option("--textconv", is_flag=True, help="For git: print what cannot be read as it is; end with 0.")
@selection_options
def show(  # noqa: PLR0913 - one argument for each of the command's options
    paths: tuple[Path | FilesOfTest, ...],
    *,
    full: bool,
    as_json: bool,
    no_pager: bool,
    verbose: bool,
    textconv: bool,
    selection: Selection | None,
) -> int:
    """Show the conversation in each of PATH… (files, trees or tests; - for standard input): who said what, tool calls,
    errors, tokens.

    A single file is shown without its name, a recording in a tree with the name of its test. On a terminal, colours and
    layout need rich (pip install 'vcr-openai[review]'). Secrets are not shown.
    """
    first = paths[0]
    alone = len(paths) == 1 and isinstance(first, Path) and not first.is_dir()
    if isinstance(first, Path) and alone and (textconv or _is_run_by_git()) and first.is_file():
        return _show_to_git(first, full=full)
    found = _Shown(paths, selection)
    lines = _documents(found) if as_json else _lines(found, *_printer(full=full), alone=alone, verbose=verbose)
    _page(lines, pager=not (no_pager or as_json) and sys.stdout.isatty())
    for failure in found.failures:
        click.echo(line(failure), err=True)
    if not found.any and not found.failures:
        what = "recording or cassette" if selection is None else f"interaction for {selection.asked}"
        click.echo(f"no {what} was found", err=True)
    return 1 if found.failures or not found.any else 0


@dataclass(frozen=True)
class _Item:
    """An exchange without its secrets, with its file, its number there and its test."""

    path: str
    number: int
    test: str | None
    exchange: Exchange


class _Shown:
    """What is to be shown: groups of items, each with a name. The failures are complete once all were read."""

    def __init__(self, paths: tuple[Path | FilesOfTest, ...], selection: Selection | None) -> None:
        self._paths, self._selection = paths, selection
        self.failures: list[Finding] = []
        self.any = False  # whether there was anything to show

    def groups(self) -> Iterator[tuple[str, list[_Item]]]:
        """The items of each file; those of a test's recordings together, by the name of the test."""
        from vcr_openai._trees.sources import find_sources

        files = [path for path in self._paths if str(path) != _STDIN]
        sources, failures = find_sources(files)
        self.failures += failures
        named: dict[str, list[Source | None]] = {_STDIN: [None]} if len(files) < len(self._paths) else {}
        for source in sources:
            named.setdefault(_name(source), []).append(source)
        for name, group in named.items():
            items = [item for source in group for item in self._items(source)]
            if items:
                yield name, items

    def _items(self, source: Source | None) -> Iterator[_Item]:
        from vcr_openai._errors import Unsupported
        from vcr_openai._formats.registry import read_document
        from vcr_openai._redaction.redact import redact_exchange
        from vcr_openai._trees.sources import Source

        path = _STDIN if source is None else source.path
        try:
            document = read_document(_text(source))
            exchanges = document.readable
            where = source or Source(_STDIN, _STDIN, ())
            wanted = self._selection.positions(where, document) if self._selection else list(exchanges)
        except (OSError, ValueError, RecursionError) as error:
            if source is None or source.named or not isinstance(error, Unsupported):  # a tree may have other files
                self.failures.append(refused(error, "standard input" if source is None else path))
            return
        self.failures += [fault.in_file("standard input" if source is None else path) for fault in document.faults]
        self.any = self.any or not self._selection or bool(wanted)
        for number in wanted:
            exchange = exchanges[number]
            yield _Item(path, number, document.test_id(number), redact_exchange(exchange)[0])


def _text(source: Source | None) -> str:
    """The text of a file, or of standard input. A pipe that was named (``<(git show …)``) is waited for."""
    from vcr_openai._trees.sources import read

    if source is None or source.named:
        return read_input(Path(_STDIN if source is None else source.path))
    return read(source)


def _name(source: Source) -> str:
    """The name of a group: a recording's test, where its file is named by a key; else the file's path."""
    from vcr_openai._trees.sources import skim

    if source.named and not Path(source.path).is_file():  # a pipe can be read once
        return source.path
    if source.is_cassette or source.path.endswith(".recording.json"):
        return source.path
    try:
        recording = skim(source)
    except (OSError, ValueError):  # which is reported when it is read
        recording = None
    return source.path if recording is None or not recording.test_id else recording.test_id


def _lines(found: _Shown, title: Title, printer: Print, *, alone: bool, verbose: bool) -> Iterator[str]:
    for name, items in found.groups():
        if not alone:
            yield title(printable(name))
            paths = dict.fromkeys(item.path for item in items)
            yield from (f"  {printable(path)}" for path in paths if verbose and path != name)
        for item in items:
            yield from printer(item.exchange, "" if alone else "  ")


def _documents(found: _Shown) -> Iterator[str]:
    from dataclasses import asdict

    from vcr_openai._review.conversation import conversation
    from vcr_openai._review.usage import tokens_of

    for _, items in found.groups():
        for item in items:
            place = {"file": item.path, "interaction": item.number, "test": item.test}
            tokens = tokens_of(item.exchange.response.body) or None
            yield json.dumps({**place, **asdict(conversation(item.exchange)), "tokens": tokens})


def _printer(*, full: bool) -> tuple[Title, Print]:
    """What makes the lines of names and exchanges: rich on a terminal where it is installed, else the transcript."""
    if sys.stdout.isatty():
        try:
            from vcr_openai._cli.rich_conversation import Painter
        except ImportError:
            pass
        else:
            painter = Painter(full=full)
            return painter.title, painter.lines

    from vcr_openai._review.transcript import transcript

    return str, lambda exchange, margin: (f"{margin}{text}" for text in transcript(exchange, full=full))


def _page(lines: Iterator[str], *, pager: bool) -> None:
    """Print lines, by a pager where they do not fit the terminal."""
    from shutil import get_terminal_size

    begun: list[str] = []
    height = get_terminal_size().lines - 1 if pager else 0
    for text in lines:
        if not pager:
            click.echo(text)
            continue
        begun.append(f"{text}\n")
        if len(begun) > height:
            click.echo_via_pager(_chained(begun, lines))
            return
    click.echo("".join(begun), nl=False)


def _chained(begun: list[str], lines: Iterator[str]) -> Iterator[str]:
    yield from begun
    yield from (f"{text}\n" for text in lines)


def _is_run_by_git() -> bool:
    """Whether git runs the command, as it does with a textconv: it puts the folder of its programs first on PATH."""
    return Path(os.environ.get("PATH", "").split(os.pathsep)[0]).name == "git-core"


def _show_to_git(path: Path, *, full: bool) -> int:
    """Show one file; git ends with an error where its textconv does, so what cannot be shown is printed as it is."""
    try:
        text = "".join(f"{line}\n" for line in _transcript_of(path, full=full))
    except Exception as error:  # noqa: BLE001 - whatever is wrong with the file, git goes on
        click.echo(printable(f"{path}: shown as it is: {error}"), err=True)
        sys.stdout.flush()
        sys.stdout.buffer.write(path.read_bytes())
    else:
        click.echo(text, nl=False)
    return 0


def _transcript_of(path: Path, *, full: bool) -> Iterator[str]:
    from vcr_openai._files import read_text
    from vcr_openai._formats.registry import read_document
    from vcr_openai._redaction.redact import redact_exchange
    from vcr_openai._review.transcript import transcript

    for exchange in read_document(read_text(path)).exchanges:
        yield from transcript(redact_exchange(exchange)[0], full=full)
