"""``vcr-openai explain``: how requests of cassettes are matched, and which interaction answers a request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vcr_openai._cli.options import (
    FILE_OR_STDIN,
    line,
    place_argument,
    progress,
    read_input,
    redaction_options,
    selection_options,
)
from vcr_openai._findings import Finding, printable, refused
from vcr_openai._matching.rules import Rules, rules_from_settings

if TYPE_CHECKING:
    from vcr_openai._formats.given_request import GivenRequest
    from vcr_openai._http.exchange import HttpRequest, HttpResponse
    from vcr_openai._matching.canonical import Canonical
    from vcr_openai._recording.recording import Recording
    from vcr_openai._redaction.redaction import Redaction
    from vcr_openai._trees.selection import Selection
    from vcr_openai._trees.sources import FilesOfTest, Paths

_CHAT = "https://api.openai.com/v1/chat/completions"


def _rules(_context: click.Context, _option: click.Parameter, settings: Sequence[str]) -> dict[str, str]:
    pairs = [setting.partition("=") for setting in settings]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise click.BadParameter(f"expected NAME=VALUE, found {wrong[0]!r}")
    return {name: value for name, _, value in pairs}


@click.command(short_help="Show how the requests of cassettes are matched.")
@place_argument("paths", metavar="PATH…", nargs=-1, required=True)
@click.option(
    "--request",
    "asked",
    type=FILE_OR_STDIN,
    help="A request to look up: a recording, an interaction, a request with method and uri, or only a JSON body.",
)
@click.option("--url", help=f"The URL for a body alone. [default: {_CHAT}]")
@click.option("--rule", "settings", multiple=True, callback=_rules, metavar="NAME=VALUE", help="A matching rule.")
@click.option("--exact", is_flag=True, help="Start without rules instead of the default ones.")
@click.option("--redact/--no-redact", default=True, help="Whether replay redacts requests. [default: redact]")
@redaction_options
@selection_options
def explain(  # noqa: PLR0913 - click hands over each option
    paths: tuple[Path | FilesOfTest, ...],
    asked: Path | None,
    url: str | None,
    settings: dict[str, str],
    *,
    exact: bool,
    redact: bool,
    redaction: Redaction,
    selection: Selection | None,
) -> int:
    """Show the canonical form of each request in PATH… (cassettes, recordings or trees), and the rules that changed it.

    With --request, show which interactions answer it, or why none does. Requests are redacted first, as in replay. Ends
    with status 1 where none answers, and where the rules cannot tell interactions apart whose answers differ.
    """
    try:
        rules = rules_from_settings(settings, Rules.exact() if exact else None)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--rule") from error
    redaction = replace(redaction, enabled=redact)
    alone = len(paths) == 1 and isinstance(paths[0], Path) and not paths[0].is_dir()
    found, failures = _read(paths, rules, redaction, selection)
    try:
        live = _request(asked, url)
    except (OSError, ValueError) as error:
        live = None
        failures.append(refused(error, str(asked)))
    for failure in failures:
        click.echo(line(failure), err=True)
    if not found or (asked and live is None):
        _show_nothing(selection, failures)
        return 1
    status = 1 if failures else 0
    if live is None:
        _show_all(found, rules, alone=alone)
    else:
        status |= _show_answer(live.http_request(), found, rules, redaction, alone=alone)
        _show_key(live, found, selection)
    return status | _show_over_matching(found, alone=alone)


def _show_nothing(selection: Selection | None, failures: Sequence[Finding]) -> None:
    if failures:  # which are shown already
        return
    what = "recording or cassette" if selection is None else f"interaction for {selection.asked}"
    click.echo(f"no {what} was found", err=True)


@dataclass(frozen=True)
class _File:
    """A cassette, its readable requests as replay compares them by their positions, and those that were asked for."""

    path: str
    recorded: dict[int, HttpRequest]
    requests: dict[int, Canonical]
    responses: dict[int, HttpResponse]
    wanted: list[int]
    tests: dict[int, str | None]
    recordings: Sequence[Recording]  # empty for a cassette


def _read(
    paths: Paths, rules: Rules, redaction: Redaction, selection: Selection | None
) -> tuple[list[_File], list[Finding]]:
    """The files with interactions that were asked for; and what could not be read."""
    from vcr_openai._errors import Unsupported
    from vcr_openai._matching.canonical import canonical
    from vcr_openai._redaction.redact import redact_request
    from vcr_openai._trees.sources import find_sources, load

    found, failures = find_sources(paths)
    files = []
    for source in progress(found, "reading", len(found)):
        try:
            document = load(source)[1]
            exchanges = document.readable
            wanted = list(exchanges) if selection is None else selection.positions(source, document)
        except (OSError, ValueError, RecursionError) as error:
            if source.named or not isinstance(error, Unsupported):  # a tree may have other files
                failures.append(refused(error, source.path))
            continue
        failures += [fault.in_file(source.path) for fault in document.faults]
        if wanted or (selection is None and source.named):
            recorded = {number: redact_request(one.request, redaction) for number, one in exchanges.items()}
            requests = {number: canonical(request, rules) for number, request in recorded.items()}
            responses = {number: one.response for number, one in exchanges.items()}
            tests = {number: document.test_id(number) for number in exchanges}
            files.append(_File(source.path, recorded, requests, responses, wanted, tests, document.recordings or ()))
    return files, failures


def _names(positions: Sequence[int], separator: str = ", ") -> str:
    return separator.join(f"interactions[{position}]" for position in positions)


def _show_all(files: Sequence[_File], rules: Rules, *, alone: bool) -> None:
    from vcr_openai._matching.explanation import explain_request, rules_in_force

    click.echo("rules in force:")
    for text in rules_in_force(rules):
        click.echo(f"  {text}")
    margin = "" if alone else "  "
    for file in files:
        if not alone:
            click.echo(printable(file.path))
        for position in file.wanted:
            test = file.tests[position]
            click.echo(f"{margin}{_names([position])}" + ("" if alone or not test else f" {printable(test)}"))
            for text in explain_request(file.requests[position]):
                click.echo(f"{margin}  {text}")


def _show_over_matching(files: Sequence[_File], *, alone: bool) -> int:
    from vcr_openai._matching.explanation import indistinguishable

    status = 0
    for file in files:
        where = "" if alone else printable(f"{file.path}: ")
        positions = list(file.requests)
        for several in indistinguishable(list(file.requests.values()), list(file.responses.values())):
            group = [positions[one] for one in several]
            if not set(file.wanted).isdisjoint(group):
                names = _names(group)
                click.echo(f"{where}over-matching: the rules cannot tell {names} apart, though their answers differ")
                status = 1
    return status


def _show_answer(live: HttpRequest, files: Sequence[_File], rules: Rules, redaction: Redaction, *, alone: bool) -> int:
    """Print which interactions answer a request, each file's in order as a test that uses the file gets them."""
    from vcr_openai._matching.canonical import canonical
    from vcr_openai._matching.explanation import Candidate, answers, explain_miss
    from vcr_openai._redaction.redact import redact_request

    live = redact_request(live, redaction)
    is_answered = False
    candidates = []
    for file in files:
        where = "" if alone else printable(f"{file.path}: ")
        recorded = [file.recorded[position] for position in file.wanted]
        if found := answers(live, recorded, rules):
            is_answered = True
            click.echo(f"answered by {where}{_names([file.wanted[one] for one in found], ', then ')}")
        candidates += [
            Candidate(file.requests[position], played=False, name=f"{where}{_names([position])}")
            for position in file.wanted
        ]
    if is_answered:
        return 0
    hints = ("to record what is missing:  pytest --record-mode=new_episodes …",)
    name = files[0].path if len(files) == 1 else f"each of {len(files)} files"
    click.echo(explain_miss(canonical(live, rules), candidates, rules, cassette=name, hints=hints))
    return 1


def _show_key(live: GivenRequest, files: Sequence[_File], selection: Selection | None) -> None:
    """Print which of the recordings of a test the recorder finds for a request, if one test was asked for."""
    from vcr_openai._recording.key import recording_key

    recordings = [
        (file.path, file.recordings[position]) for file in files if file.recordings for position in file.wanted
    ]
    tests = {recording.test_id for _, recording in recordings}
    if selection is None or selection.test is None or len(tests) != 1:
        return
    try:
        key = recording_key(live.recording_for(tests.pop()))
        found = [path for path, recording in recordings if recording_key(recording) == key]
    except ValueError:  # no recording could describe it, or a recording has no key
        return
    where = ", ".join(map(printable, found)) or "which none of these recordings has"
    click.echo(f"the recorder looks for the key {key}{': ' if found else ', '}{where}")


def _request(path: Path | None, url: str | None) -> GivenRequest | None:
    """The request in a file, None without one. Raises OSError, ValueError, and UsageError for the URL of nothing."""
    if path is None:
        if url is not None:
            raise click.UsageError("--url belongs to --request: a recorded request has its own.")
        return None
    from vcr_openai._formats.given_request import read_given

    given = read_given(read_input(path), url or _CHAT)
    given.http_request()  # raises for anything else
    return given
