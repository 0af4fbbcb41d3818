"""``pytest --vcr-openai-report``: what a run played, recorded, missed and left, in the summary or as JSON."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vcr_openai._findings import describe_error, printable
from vcr_openai.plugin.optional_values import add_optional, destination, json_file
from vcr_openai.plugin.workers import is_worker

if TYPE_CHECKING:
    from vcr_openai._vcrpy.ledger import Ledger
    from vcr_openai.plugin.ledger_session import LedgerPlugin

OPTION = "--vcr-openai-report"
_DESTINATION = destination(OPTION)
_KINDS = ("played", "drifted", "recorded", "missed", "unplayed", "live")
_WRONG = ("drifted", "missed", "unplayed", "live")
_TOKENS = ("saved", "spent")
_NO_TEST = "outside of tests"
_TITLE = "vcr-openai: what the cassettes did"


def add_report_option(parser: pytest.Parser) -> None:
    """Declare the option."""
    add_optional(
        parser,
        OPTION,
        "FILE.json",
        "At the end, tell what was played, recorded, missed, left unplayed and sent live, and the tokens. "
        f"{OPTION}=FILE.json writes it as JSON.",
    )


def wants_report(config: pytest.Config) -> bool:
    """Whether the option is given. Raises UsageError for a file that cannot be written."""
    name = config.getoption(_DESTINATION)
    if name:
        json_file(config, OPTION, name)
    return name is not None


class ReportPlugin:
    """The report of one pytest session."""

    def __init__(self, config: pytest.Config, session: LedgerPlugin) -> None:
        self._name: str = config.getoption(_DESTINATION)
        self._folder = config.invocation_params.dir
        self._root = config.rootpath
        self._session = session
        self._failure = ""

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Write the JSON; the processes of pytest-xdist have done their part by now."""
        if not self._name or is_worker(session.config):
            return
        from vcr_openai._files import write_text

        text = json.dumps(report_of(self._session.ledger), indent=2) + "\n"
        try:
            write_text(Path(self._folder, self._name), text, replace=True)
        except (OSError, ValueError) as error:
            self._failure = f"{self._name}: not written: {describe_error(error)}"
            session.exitstatus = session.exitstatus or pytest.ExitCode.TESTS_FAILED

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """One line where all is well, else one for each test file."""
        report = report_of(self._session.ledger)
        is_well = not any(report[kind] for kind in _WRONG)
        if is_well:
            terminalreporter.write_line(f"vcr-openai: {_line(report)}", green=True)
        else:
            terminalreporter.section(_TITLE, yellow=True)
            for name, part in report["files"].items():
                terminalreporter.write_line(f"{printable(name)}: {_line(part)}")
            terminalreporter.write_line(f"in all: {_line(report)}")
        if self._failure:
            terminalreporter.write_line(f"vcr-openai: {self._failure}", red=True)


def report_of(ledger: Ledger) -> dict[str, Any]:
    """The report as JSON: numbers in all, and by test file, whose names begin the node ids."""
    files: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for test, counts in ledger.counts.items():
        files[_file_of(test)].update(counts)
    for use in ledger.files.values():
        files[_file_of(min(use.tests))]["unplayed"] += len(use.left)
    total: Counter[str] = sum(files.values(), Counter())
    return {**_numbers(total), "files": {name: _numbers(files[name]) for name in sorted(files)}}


def _file_of(test: str) -> str:
    return test.partition("::")[0] or _NO_TEST


def _numbers(counts: Mapping[str, int]) -> dict[str, Any]:
    return {kind: counts[kind] for kind in _KINDS} | {"tokens": {name: counts[name] for name in _TOKENS}}


def _line(numbers: Mapping[str, Any]) -> str:
    """The numbers of a file for people: what happened, and what it cost."""
    parts = [f"{numbers[kind]} {kind}" for kind in _KINDS if numbers[kind] or kind == "played"]
    saved, spent = (numbers["tokens"][name] for name in _TOKENS)
    parts += [f"{saved:,} tokens saved"] if saved else []
    parts += [f"{spent:,} tokens spent"] if spent else []
    return ", ".join(parts)
