"""``vcr-openai check``: what is wrong with recordings and cassettes, for people, machines and GitHub."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import click

from vcr_openai._checks.findings import CODES, ERROR, Finding, annotation, fails
from vcr_openai._cli import _progress
from vcr_openai._cli._redaction import redaction_options
from vcr_openai._redaction.redaction import Redaction


@click.command(short_help="Report what is wrong with recordings and cassettes.")
@click.argument("paths", metavar="PATH…", nargs=-1, required=True, type=click.Path(exists=True, path_type=Path))
@click.option("--json", "as_json", is_flag=True, help="Print each finding as a JSON object on a line of its own.")
@click.option("--github", is_flag=True, help="Print each finding as an annotation of GitHub Actions.")
@click.option("--select", multiple=True, metavar="CODE", type=click.Choice(list(CODES)), help="Look for this only.")
@click.option("--ignore", multiple=True, metavar="CODE", type=click.Choice(list(CODES)), help="Do not look for this.")
@click.option("--errors-only", is_flag=True, help="End with status 0 where there are warnings alone.")
@click.option("--jobs", type=click.IntRange(min=1), help="How many processes work at once. [default: one a core]")
@redaction_options
def check(  # noqa: PLR0913 - one argument for each of the command's options
    *,
    paths: tuple[Path, ...],
    as_json: bool,
    github: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    errors_only: bool,
    jobs: int | None,
    redaction: Redaction,
) -> int:
    """Check PATH… (files or trees, their kind told by their content) and print what is wrong, a line for each finding.

    Ends with status 1 where anything was found, with --errors-only over errors alone. The codes: docs/check.md.
    """
    from vcr_openai._checks.check_files import Settings
    from vcr_openai._checks.check_files import check as check_files

    if as_json and github:
        raise click.UsageError("--json and --github are two forms of the same: choose one.")
    codes = frozenset(select or CODES) - frozenset(ignore)
    results = check_files(paths, Settings(codes, redaction=redaction), processes=jobs, track=_progress.track)
    findings = [finding for result in results for finding in result.findings]
    for finding in findings:
        click.echo(json.dumps(finding.document()) if as_json else annotation(finding) if github else _line(finding))
    checked = sum(not result.skipped for result in results)
    click.echo(_summary(findings, checked, len(results) - checked), err=True)
    return 1 if fails(findings, errors_only=errors_only) else 0


def _line(finding: Finding) -> str:
    path = "".join(part if part.isprintable() else ascii(part)[1:-1] for part in finding.path)
    where = f" {finding.where}:" if finding.where else ""
    text = f"{path}:{finding.line}: {finding.severity} {finding.code}:{where} {finding.message}"
    return "".join(part if part.isprintable() else ascii(part)[1:-1] for part in text)


def _summary(findings: list[Finding], checked: int, skipped: int) -> str:
    errors = sum(finding.severity == ERROR for finding in findings)
    by_code = Counter(finding.code for finding in findings)
    codes = ", ".join(f"{code} {by_code[code]}" for code in CODES if by_code[code])
    found = f"{errors} errors, {len(findings) - errors} warnings" + (f" ({codes})" if codes else "")
    return f"{checked} files checked, {found}, {skipped} skipped"
