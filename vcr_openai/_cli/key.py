"""``vcr-openai key``: the key and the name of recordings, and those that the recording of a request would have."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from vcr_openai._cli.options import FILE_OR_STDIN, place_argument, progress, read_input, report
from vcr_openai._findings import printable, refused

if TYPE_CHECKING:
    from vcr_openai._recording.recording import Recording
    from vcr_openai._trees.sources import FilesOfTest

_URL = "https://api.openai.com/v1/chat/completions"


@click.command(short_help="Show the key of recordings, and the rule of their files' names.")
@place_argument("paths", metavar="[FILE]...", nargs=-1)
@click.option(
    "--request",
    "asked",
    type=FILE_OR_STDIN,
    help="A request that is not recorded: a body as the SDK sends it, a request with url, method and body, an "
    "interaction or a recording; - for standard input.",
)
@click.option(
    "--test", "--test-id", "test_id", metavar="ID", help="The test that makes the request, which the key has."
)
@click.option("--url", help=f"Where a body alone is sent to, such as {_URL}.")
def key(paths: tuple[Path | FilesOfTest, ...], asked: Path | None, test_id: str | None, url: str | None) -> int:
    """Show for each recording in FILE (or in a tree) four columns, a tab between them.

    The key by the current rule; the file name that the recorder gives it; the version of the rule that explains the
    name that it has ("-" if none does); the file.

    With --request, show the key and the name that the recording of a request has, or would have.
    """
    if asked is not None and paths:
        raise click.UsageError("--request and FILE exclude each other (vcr-openai explain compares them).")
    if asked is not None:
        return _of_request(asked, test_id, url)
    if not paths:
        raise click.UsageError("Missing argument 'FILE...' or option '--request'.")
    for name, value in (("--test", test_id), ("--url", url)):
        if value is not None:
            raise click.UsageError(f"{name} belongs to --request: a recording has its own.")
    return _of_files(paths)


def _of_files(paths: tuple[Path | FilesOfTest, ...]) -> int:
    from vcr_openai._errors import Unsupported
    from vcr_openai._recording.key import explained_by, recording_key, recording_name
    from vcr_openai._trees.sources import find_sources, load

    found, failures = find_sources(paths)
    rows = 0
    for source in progress(found, "reading", len(found)):
        try:
            _, document = load(source)
            if document.recordings is None:
                raise Unsupported("", "recordings", "a cassette")
            for index, recording in enumerate(document.recordings):
                rule = explained_by(Path(source.path).name, recording) if document.single else None
                place = source.path if document.single else f"{source.path}[{index}]"
                _show(recording_key(recording), recording_name(recording), rule.name if rule else "-", place)
                rows += 1
        except (OSError, ValueError, RecursionError) as error:
            failures.append(refused(error, source.path))
    report("refused", failures)
    if not rows and not failures:
        click.echo("no recording was found", err=True)
    return 1 if failures or not rows else 0


def _of_request(path: Path, test_id: str | None, url: str | None) -> int:
    """Show the key of a request, and what it lacks."""
    from vcr_openai._formats.given_request import NoUrl, read_given
    from vcr_openai._recording.key import recording_key

    try:
        given = read_given(read_input(path), url)
        known = given.test_id if test_id is None else test_id
        recording = given.recording_for(known)
        _show(recording_key(recording), _name(recording), "-", str(path))
    except NoUrl as error:
        message = f"{path} is a body alone, and the key depends on the URL: add it, as in --url {_URL}"
        raise click.UsageError(message) from error
    except (OSError, ValueError, RecursionError) as error:
        report("refused", [refused(error, str(path))])
        return 1
    if known is None and recording_key(given.recording_for("a test")) != recording_key(recording):
        report("note", ["this is the key of a call outside of a test; with --test ID it is that of a test's call"])
    return 0


def _name(recording: Recording) -> str:
    """The name of a recording's file; the end of a list's name is not known before it is recorded."""
    from vcr_openai._recording.key import has_models_in_name, recording_key

    key = recording_key(recording)
    return f"models-{key}-*.json" if has_models_in_name(recording) else f"{key}.json"


def _show(*columns: str) -> None:
    click.echo("\t".join(map(printable, columns)))
