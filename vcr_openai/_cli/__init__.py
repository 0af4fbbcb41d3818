"""The command ``vcr-openai``.

Its exit status is 0 for success, 1 where something was refused or found, 2 for wrong usage and 130 where it was
interrupted. Data goes to standard output, messages and progress to standard error.
"""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator, Sequence
from importlib import import_module
from typing import Any

import click

_COMMANDS = {  # the name of each command, and the module with it
    **{
        name: name
        for name in ("check", "convert", "diff", "explain", "key", "redact", "report", "review", "show", "stats")
    },
    **dict.fromkeys(("git-setup", "merge"), "git"),
    **dict.fromkeys(("doctor", "normalize", "prune", "rekey"), "maintain"),
}
_INTERRUPTED = 130  # 128 + SIGINT, as shells count


class _Commands(click.Group):
    """The commands, each imported when it is used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click passes it
        return sorted(_COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - as above
        if cmd_name not in _COMMANDS:
            return None
        command: click.Command = getattr(import_module(f"{__name__}.{_COMMANDS[cmd_name]}"), cmd_name.replace("-", "_"))
        return command

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the arguments name; for an unknown name, an error with the one that was meant."""
        name = str(args[0])
        if name in _COMMANDS or name.startswith("-"):
            return super().resolve_command(ctx, args)
        import difflib

        near = difflib.get_close_matches(name, _COMMANDS, n=2) or [one for one in _COMMANDS if one.startswith(name)]
        hint = f" Did you mean {' or '.join(near)}?" if near else " See vcr-openai --help."
        raise click.UsageError(f"No such command {name!r}.{hint}", ctx)


def _show_version(context: click.Context, _option: click.Parameter, wanted: bool) -> None:
    if wanted:
        from importlib.metadata import PackageNotFoundError, version

        try:
            click.echo(f"vcr-openai {version('vcr-openai')}")
        except PackageNotFoundError:
            click.echo("vcr-openai, from a source tree that is not installed")
        context.exit()


@click.command(cls=_Commands, context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--version",
    is_flag=True,
    is_eager=True,
    expose_value=False,
    callback=_show_version,
    help="Show the version and exit.",
)
def vcr_openai() -> None:
    """Convert and maintain recordings of the OpenAI API and VCR cassettes."""


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command with these arguments (the process's own, if not given); its exit status."""
    try:
        with _escaping(sys.stdout):
            status: Any = vcr_openai.main(argv, prog_name="vcr-openai", standalone_mode=False)
            sys.stdout.flush()
    except click.ClickException as error:
        error.show()
        return error.exit_code
    except (click.Abort, KeyboardInterrupt):
        click.echo("Interrupted.", err=True)
        return _INTERRUPTED
    except (SystemExit, BrokenPipeError) as error:
        if isinstance(error, SystemExit) and not error.code:  # a shell's completion
            return 0
        # The reader of standard output is gone; SystemExit is what click makes of that.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # nothing more is written, even when Python ends
        return 1
    except OSError as error:
        from vcr_openai._findings import printable

        click.echo(printable(f"Error: {error}"), err=True)
        return 1
    return status if isinstance(status, int) else 0


@contextlib.contextmanager
def _escaping(stream: Any) -> Iterator[None]:
    """Escape what the stream's encoding does not have, half of a surrogate pair for example, as standard error does."""
    errors = getattr(stream, "errors", None)
    if errors != "strict" or not hasattr(stream, "reconfigure"):
        yield
        return
    stream.reconfigure(errors="backslashreplace")
    try:
        yield
    finally:
        stream.reconfigure(errors=errors)
