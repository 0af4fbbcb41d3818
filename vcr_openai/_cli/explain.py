"""``vcr-openai explain``: what matching makes of a cassette's requests, and which of them answers another one."""

from __future__ import annotations

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from vcr_openai._matching.rules import Rules, rules_from_settings

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
    type=click.Path(exists=True, dir_okay=False, allow_dash=True, path_type=Path),
    help="A request to look up: a recording, an interaction, a request with method and uri, or a JSON body alone.",
)
@click.option("--url", default=_CHAT, show_default=True, help="Where a body alone is sent to.")
@click.option("--rule", "settings", multiple=True, callback=_rules, metavar="NAME=VALUE", help="A matching rule.")
@click.option("--exact", is_flag=True, help="Begin with no rule instead of the default ones.")
def explain(cassette: Path, asked: Path | None, url: str, settings: dict[str, str], *, exact: bool) -> int:
    """Show the canonical form of each request in CASSETTE, and the rules that fired on it.

    With --request, say which interaction answers it, or why none does. Ends with status 1 where none does, and where
    the rules cannot tell interactions apart whose answers differ.
    """
    from vcr_openai._files import read_text
    from vcr_openai._formats.old_calls import exchanges_in
    from vcr_openai._matching import old_calls

    try:
        rules = rules_from_settings(settings, Rules.exact() if exact else None)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint="--rule") from error
    file = cassette
    try:
        exchanges = exchanges_in(read_text(cassette))
        file = asked or cassette
        live = _request(asked, url) if asked else None
    except (OSError, ValueError) as error:
        click.echo(f"{file}: {error}", err=True)
        return 1
    forms = [old_calls.form_of(request, rules) for request, _ in exchanges]
    if live is None:
        _show_all(forms, rules)
        found = 0
    else:
        found = _show_answer(old_calls.form_of(live, rules), forms, rules, str(cassette))
    for group in old_calls.indistinguishable(forms, [answer for _, answer in exchanges]):
        names = ", ".join(f"interactions[{position}]" for position in group)
        click.echo(f"over-matching: the rules cannot tell {names} apart, though their answers differ")
        found = 1
    return found


def _show_all(forms: Sequence[Any], rules: Rules) -> None:
    from vcr_openai._matching import explanation

    click.echo("rules in force:")
    for line in explanation.rules_in_force(rules):
        click.echo(f"  {line}")
    for position, form in enumerate(forms):
        click.echo(f"interactions[{position}]")
        for line in explanation.explain_request(form):
            click.echo(f"  {line}")


def _show_answer(live: Any, forms: Sequence[Any], rules: Rules, cassette: str) -> int:
    from vcr_openai._matching.explanation import Candidate, explain_miss

    answers = [f"interactions[{position}]" for position, form in enumerate(forms) if form.matches(live)]
    if answers:
        click.echo(f"answered by {', then '.join(answers)}")
        return 0
    candidates = [
        Candidate(form, played=False, name=f"interactions[{position}]") for position, form in enumerate(forms)
    ]
    hints = ("to record what is missing:  pytest --record-mode=new_episodes …",)
    click.echo(explain_miss(live, candidates, rules, cassette=cassette, hints=hints))
    return 1


def _request(path: Path, url: str) -> Any:
    """The HTTP request in a file. Raises ValueError where there is none."""
    from vcr_openai._files import read_text
    from vcr_openai._formats.old_calls import exchanges_in
    from vcr_openai._http.vcr_dicts import HttpRequest, read_request
    from vcr_openai._json import json_text

    text = sys.stdin.read() if str(path) == "-" else read_text(path, pipe=True)
    value = json_text.read(text)
    if isinstance(value, dict) and isinstance(value.get("request"), dict):
        return exchanges_in(text)[0][0]
    if isinstance(value, dict) and {"method", "uri"} <= value.keys():
        body = value.get("body")
        return read_request({**value, "body": body if isinstance(body, (str, type(None))) else json.dumps(body)})
    return HttpRequest("POST", url, {}, text)
