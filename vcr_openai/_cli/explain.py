"""``vcr-openai explain``: how a cassette's requests are matched, and which interaction answers a request."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vcr_openai._cli.options import FILE_OR_STDIN, read_input, redaction_options
from vcr_openai._findings import printable
from vcr_openai._matching.rules import Rules, rules_from_settings

if TYPE_CHECKING:
    from vcr_openai._http.exchange import Exchange, HttpRequest
    from vcr_openai._matching.canonical import Canonical
    from vcr_openai._redaction.redaction import Redaction

_CHAT = "https://api.openai.com/v1/chat/completions"


def _rules(_context: click.Context, _option: click.Parameter, settings: Sequence[str]) -> dict[str, str]:
    pairs = [setting.partition("=") for setting in settings]
    if wrong := [name for name, sign, _ in pairs if not sign]:
        raise click.BadParameter(f"expected NAME=VALUE, found {wrong[0]!r}")
    return {name: value for name, _, value in pairs}


@click.command(short_help="Show how a cassette's requests are matched.")
@click.argument("cassette", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--request",
    "asked",
    type=FILE_OR_STDIN,
    help="A request to look up: a recording, an interaction, a request with method and uri, or only a JSON body.",
)
@click.option("--url", default=_CHAT, show_default=True, help="The URL for a body alone.")
@click.option("--rule", "settings", multiple=True, callback=_rules, metavar="NAME=VALUE", help="A matching rule.")
@click.option("--exact", is_flag=True, help="Start without rules instead of the default ones.")
@click.option("--redact/--no-redact", default=True, help="Whether replay redacts requests. [default: redact]")
@redaction_options
def explain(  # noqa: PLR0913 - click hands over each option
    cassette: Path,
    asked: Path | None,
    url: str,
    settings: dict[str, str],
    *,
    exact: bool,
    redact: bool,
    redaction: Redaction,
) -> int:
    """Show the canonical form of each request in CASSETTE, and the rules that changed it.

    With --request, show which interaction answers it, or why none does. Requests are redacted first, as in replay. Ends
    with status 1 where none answers, and where the rules cannot tell interactions apart whose answers differ.
    """
    from vcr_openai._files import read_text
    from vcr_openai._formats.registry import read_document

    try:
        rules = rules_from_settings(settings, Rules.exact() if exact else None)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--rule") from error
    file = cassette
    try:
        exchanges = read_document(read_text(cassette)).exchanges
        file = asked or cassette
        live = _request(asked, url) if asked else None
    except (OSError, ValueError) as error:
        click.echo(printable(f"{file}: {error}"), err=True)
        return 1
    return _explain(exchanges, live, rules, replace(redaction, enabled=redact), str(cassette))


def _explain(
    exchanges: Sequence[Exchange], live: HttpRequest | None, rules: Rules, redaction: Redaction, cassette: str
) -> int:
    from vcr_openai._matching.canonical import canonical
    from vcr_openai._matching.explanation import indistinguishable
    from vcr_openai._redaction.redact import redact_request

    recorded = [redact_request(exchange.request, redaction) for exchange in exchanges]
    requests = [canonical(request, rules) for request in recorded]
    status = 0
    if live is None:
        _show_all(requests, rules)
    else:
        status = _show_answer(redact_request(live, redaction), recorded, rules, cassette)
    for group in indistinguishable(requests, [exchange.response for exchange in exchanges]):
        click.echo(f"over-matching: the rules cannot tell {_names(group)} apart, though their answers differ")
        status = 1
    return status


def _names(positions: Sequence[int], separator: str = ", ") -> str:
    return separator.join(f"interactions[{position}]" for position in positions)


def _show_all(requests: Sequence[Canonical], rules: Rules) -> None:
    from vcr_openai._matching.explanation import explain_request, rules_in_force

    click.echo("rules in force:")
    for line in rules_in_force(rules):
        click.echo(f"  {line}")
    for position, request in enumerate(requests):
        click.echo(_names([position]))
        for line in explain_request(request):
            click.echo(f"  {line}")


def _show_answer(live: HttpRequest, recorded: Sequence[HttpRequest], rules: Rules, cassette: str) -> int:
    from vcr_openai._matching.canonical import canonical
    from vcr_openai._matching.explanation import Candidate, answers, explain_miss

    if found := answers(live, recorded, rules):
        click.echo(f"answered by {_names(found, ', then ')}")
        return 0
    names = [_names([position]) for position in range(len(recorded))]
    candidates = [
        Candidate(canonical(one, rules), played=False, name=name) for one, name in zip(recorded, names, strict=True)
    ]
    hints = ("to record what is missing:  pytest --record-mode=new_episodes …",)
    click.echo(explain_miss(canonical(live, rules), candidates, rules, cassette=cassette, hints=hints))
    return 1


def _request(path: Path, url: str) -> HttpRequest:
    """The HTTP request in a file. Raises OSError and ValueError."""
    from vcr_openai._formats.interaction_layouts import request_of
    from vcr_openai._formats.registry import read_document
    from vcr_openai._http.body import Body
    from vcr_openai._http.exchange import HttpRequest
    from vcr_openai._json import json_text

    text = read_input(path)
    value = json_text.read(text)
    if isinstance(value, dict) and isinstance(value.get("request"), dict):
        return read_document(text).exchanges[0].request
    if isinstance(value, dict) and {"method", "uri"} <= value.keys():
        body = value.get("body")
        return request_of({**value, "body": body if isinstance(body, (str, type(None))) else json.dumps(body)}, [])
    return HttpRequest("POST", url, {}, Body.of(text))
