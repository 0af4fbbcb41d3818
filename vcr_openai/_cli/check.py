"""``vcr-openai check``: what is wrong with recordings and cassettes, for people, machines and GitHub."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import click

from vcr_openai._checks.check_codes import CODES, ERROR, annotation, document, fails, severity
from vcr_openai._cli.options import (
    conclude,
    exclude_each_other,
    jobs_option,
    paths_argument,
    progress,
    quiet_option,
    redaction_options,
    report,
)
from vcr_openai._docs import page
from vcr_openai._findings import Finding, counted, printable

if TYPE_CHECKING:
    from vcr_openai._redaction.redaction import Redaction
    from vcr_openai._trees.sources import FilesOfTest

_CODE = click.Choice(list(CODES))


@click.command(
    short_help="Report what is wrong with recordings and cassettes.", epilog=f"The codes: {page('check.md')}"
)
@paths_argument
@click.option("--json", "as_json", is_flag=True, help="Print each finding as a JSON object on a line of its own.")
@click.option("--github", is_flag=True, help="Print each finding as an annotation of GitHub Actions.")
@click.option("--select", multiple=True, metavar="CODE", type=_CODE, help="Report only this code; can be repeated.")
@click.option("--ignore", multiple=True, metavar="CODE", type=_CODE, help="Do not report this code; can be repeated.")
@click.option("--errors-only", is_flag=True, help="Print errors alone, and let warnings pass.")
@jobs_option
@quiet_option
@click.option("-v", "--verbose", is_flag=True, help="Also name the files that were skipped.")
@redaction_options
def check(  # noqa: PLR0913 - one argument for each of the command's options
    *,
    paths: tuple[Path | FilesOfTest, ...],
    as_json: bool,
    github: bool,
    select: tuple[str, ...],
    ignore: tuple[str, ...],
    errors_only: bool,
    jobs: int | None,
    verbose: bool,
    redaction: Redaction,
) -> int:
    """Check PATH… (files or trees of any format) and print what is wrong, a line for each finding.

    Ends with status 1 where anything was found, with --errors-only where an error was, and where there was nothing to
    check. The summary counts warnings in any case.
    """
    from vcr_openai._checks.check_files import CheckSettings
    from vcr_openai._checks.check_files import check as check_files

    exclude_each_other({"--json": as_json, "--github": github})
    codes = frozenset(select or CODES) - frozenset(ignore)
    if not codes:
        raise click.UsageError("--select and --ignore leave no code to look for.")
    results = check_files(paths, CheckSettings(codes, redaction=redaction), processes=jobs, progress=progress)
    findings = [finding for result in results for finding in result.findings]
    for finding in [one for one in findings if fails([one], errors_only=errors_only)]:
        click.echo(json.dumps(document(finding)) if as_json else annotation(finding) if github else _line(finding))
    skipped = [result.skipped for result in results if result.skipped]
    checked = len(results) - len(skipped)
    if verbose:
        report("skipped", skipped)
    conclude(_summary(findings, checked, len(skipped)))
    if not checked:
        if not verbose:
            report("skipped", skipped)
        click.echo("no recording or cassette was found", err=True)
        return 1
    return 1 if fails(findings, errors_only=errors_only) else 0


def _line(finding: Finding) -> str:
    where = f" {finding.where}:" if finding.where else ""
    kind = f"{severity(finding)} {finding.code}"
    return printable(f"{finding.file}:{finding.line}: {kind}:{where} {finding.message}")


def _summary(findings: list[Finding], checked: int, skipped: int) -> str:
    errors = sum(severity(finding) == ERROR for finding in findings)
    by_code = Counter(finding.code for finding in findings)
    codes = ", ".join(f"{code} {by_code[code]}" for code in CODES if by_code[code])
    found = f"{counted(errors, 'error')}, {counted(len(findings) - errors, 'warning')}" + (f" ({codes})" * bool(codes))
    return f"{counted(checked, 'file')} checked, {found}, {skipped} skipped"
