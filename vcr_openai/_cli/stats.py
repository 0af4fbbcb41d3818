"""``vcr-openai stats``: what there is in recordings and cassettes, and what recording them anew would cost."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from vcr_openai._cli.options import exclude_each_other, line, paths_argument, progress
from vcr_openai._errors import Unsupported
from vcr_openai._findings import counted, printable, refused

if TYPE_CHECKING:
    from vcr_openai._findings import Finding
    from vcr_openai._review.statistics import Statistics
    from vcr_openai._trees.sources import FilesOfTest

_NUMBERS = ("requests", "failures", "input_tokens", "output_tokens", "cached_tokens", "reasoning_tokens", "dollars")
_TITLES = ("requests", "failed", "tokens in", "out", "cached", "reasoning", "$")


def _groups(_context: click.Context, _option: click.Parameter, value: str) -> tuple[str, ...]:
    from vcr_openai._review.statistics import BY

    names = tuple(name.strip() for name in value.split(","))
    if wrong := [name for name in names if name not in BY]:
        raise click.BadParameter(f"expected some of {', '.join(BY)}, found {wrong[0]!r}")
    return names


@click.command(short_help="Count what is in recordings and cassettes.")
@paths_argument
@click.option("--by", default="model,endpoint", callback=_groups, show_default=True, help="provider, model, endpoint.")
@click.option("--json", "as_json", is_flag=True, help="Everything, as JSON.")
@click.option("--csv", "as_csv", is_flag=True, help="The groups, as CSV.")
def stats(paths: tuple[Path | FilesOfTest, ...], *, by: tuple[str, ...], as_json: bool, as_csv: bool) -> int:
    """Count the tests, requests, tokens, failures, duplicates and bytes of PATHS (files or trees, in any format).

    With genai-prices (pip install 'vcr-openai[review]') also what recording all of it anew would cost, in dollars.
    """
    exclude_each_other({"--json": as_json, "--csv": as_csv})
    found, failures = _counted(paths)
    notes = [] if found.files or failures else ["no recording or cassette was found"]
    try:
        from vcr_openai._review.statistics import priced

        found.calls[:] = list(priced(found.calls))
    except ImportError:
        notes.append("prices: install genai-prices (pip install 'vcr-openai[review]')")
    document = found.document(by)
    if as_json:
        click.echo(json.dumps(document, indent=2))
    elif as_csv:
        click.echo(_csv(document["by"], by), nl=False)
    elif found.files:
        for text in _lines(document, by):
            click.echo(printable(text))
    for note in notes:
        click.echo(note, err=True)
    for failure in failures:
        click.echo(line(failure), err=True)
    return 1 if failures or not found.files else 0


def _counted(paths: tuple[Path | FilesOfTest, ...]) -> tuple[Statistics, list[Finding]]:
    from vcr_openai._review.statistics import Statistics
    from vcr_openai._trees.sources import find_sources, load

    sources, failures = find_sources(paths)
    found = Statistics()
    for source in progress(sources, "reading", len(sources)):
        try:
            text, document = load(source)
            exchanges = list(document.readable.values())
        except (OSError, ValueError, RecursionError) as error:
            if source.named or not isinstance(error, Unsupported):  # a tree may have other files
                failures.append(refused(error, source.path))
            continue
        failures += [fault.in_file(source.path) for fault in document.faults]
        tests = [one.test_id for one in document.recordings or () if one.test_id]
        found.add(source.path, document.format, len(text.encode(errors="surrogatepass")), exchanges, tests)
    return found, failures


def _lines(document: dict[str, Any], by: Sequence[str]) -> list[str]:
    tests, requests, files = (counted(document[name], name[:-1]) for name in ("tests", "requests", "files"))
    extra = [
        counted(document[name], noun)
        for name, noun in (("failures", "failure"), ("duplicates", "duplicate"))
        if document[name]
    ]
    extra += [f"{document['opaque']} opaque"] if document["opaque"] else []
    lines = [", ".join([f"{tests}, {requests} in {files}", *extra])]
    tokens = f"{_many(document['input_tokens'], 'token')} in ({document['cached_tokens']:,} of them cached)"
    lines.append(f"{tokens}, {document['output_tokens']:,} out ({document['reasoning_tokens']:,} of them reasoning)")
    if "dollars" in document:
        lines.append(f"recording all of it anew: ${document['dollars']:.2f}{_unpriced(document)}")
    lines.append(", ".join(f"{_many(size, 'byte')} of {name}" for name, size in document["bytes"].items()))
    lines += ["", *_table(document["by"], by), "", "largest files:"]
    return [*lines, *(f"  {one['bytes']:>12,}  {one['file']}" for one in document["largest"])]


def _many(number: int, noun: str) -> str:
    """A number that may be large, with its noun."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def _unpriced(document: dict[str, Any]) -> str:
    left = document["unpriced"]
    return f", without {counted(left, 'request')} to models that have no known price" if left else ""


def _table(groups: list[dict[str, Any]], by: Sequence[str]) -> list[str]:
    """The groups as columns: names to the left, numbers to the right."""
    names = [name for name in _NUMBERS if any(name in group for group in groups)]
    rows = [[*by, *(_TITLES[_NUMBERS.index(name)] for name in names)]]
    rows += [[*(group[key] or "-" for key in by), *(_number(group.get(name)) for name in names)] for group in groups]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    return ["  ".join(_aligned(row, widths, len(by))).rstrip() for row in rows]


def _aligned(row: list[str], widths: list[int], names: int) -> Iterator[str]:
    for number, (text, width) in enumerate(zip(row, widths, strict=True)):
        yield text.ljust(width) if number < names else text.rjust(width)


def _number(value: float | None) -> str:
    return "-" if value is None else f"{value:,}" if isinstance(value, int) else f"{value:.4f}"


def _csv(groups: list[dict[str, Any]], by: Sequence[str]) -> str:
    stream = io.StringIO()
    names = [*by, *_NUMBERS]
    writer = csv.DictWriter(stream, names, extrasaction="ignore", lineterminator="\n")
    writer.writeheader()
    writer.writerows({**group, **{key: _cell(group[key]) for key in by}} for group in groups)
    return stream.getvalue()


def _cell(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@") else text
