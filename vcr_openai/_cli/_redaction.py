"""The options that say what is a secret beside the defaults."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

import click

from vcr_openai._redaction.redaction import Redaction

_OPTIONS = (
    ("--header", "headers", "NAME", "A header that is a secret."),
    ("--query", "query", "NAME", "A query parameter whose value is a secret."),
    ("--field", "fields", "NAME", "A field of a body, at any depth, whose value is a secret."),
    ("--pattern", "patterns", "REGEX", "What matches it, in a body or a URL, is a secret."),
)


def redaction_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Give a command the options, and hand it a ``redaction`` made of them."""

    @functools.wraps(command)
    def with_redaction(**options: Any) -> Any:
        given = {name: options.pop(name) for _, name, _, _ in _OPTIONS}
        try:
            redaction = Redaction(**given)
        except ValueError as error:
            raise click.UsageError(str(error)) from error
        return command(**options, redaction=redaction)

    for flag, name, metavar, words in reversed(_OPTIONS):
        with_redaction = click.option(flag, name, multiple=True, metavar=metavar, help=words)(with_redaction)
    return with_redaction
