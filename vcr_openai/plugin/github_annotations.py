"""Misses as annotations of GitHub Actions, at the lines of their tests."""

from __future__ import annotations

import ast
import os
from pathlib import Path
from typing import Final

import pytest

from vcr_openai.plugin.miss_report import TITLE
from vcr_openai.plugin.workers import is_worker

_LEVEL: Final = "error"
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)


def wants_annotations(config: pytest.Config) -> bool:
    """Whether this is the process of a workflow of GitHub that has the terminal."""
    return os.environ.get("GITHUB_ACTIONS") == "true" and not is_worker(config)


class GitHubPlugin:
    """Prints the annotations of one pytest session at its end."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._found: list[tuple[str, int, str]] = []  # file, line, message

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note the misses of a failed test; a worker's reports arrive here, too."""
        for title, text in report.sections if report.failed else ():
            if title == TITLE:
                file, line, _ = report.location
                number = _line_of_def(self._config.rootpath / file, (line or 0) + 1)
                self._found.append((self._in_repository(file), number, f"{report.nodeid}\n{text}"))

    @pytest.hookimpl(trylast=True)
    def pytest_sessionfinish(self) -> None:
        """Print a line for each, which GitHub shows at the test's line, without secrets."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        if not self._found or reporter is None:
            return
        from vcr_openai._checks.check_codes import workflow_command

        reporter.line("")  # after the dots of the tests: GitHub reads a command from the start of a line
        for file, line, message in self._found:
            reporter.write_line(workflow_command(_LEVEL, file, line, TITLE, message))

    def _in_repository(self, file: str) -> str:
        """The path of a test's file from the folder that GitHub checked out."""
        path = self._config.rootpath / file
        workspace = os.environ.get("GITHUB_WORKSPACE")
        try:
            return path.relative_to(Path(workspace)).as_posix() if workspace else file
        except ValueError:  # it is somewhere else
            return file


def _line_of_def(path: Path, first: int) -> int:
    """The line of a test's ``def``; ``first`` is pytest's line of it, that of its first decorator."""
    try:
        functions = [one for one in ast.walk(ast.parse(path.read_bytes())) if isinstance(one, _FUNCTIONS)]
    except (OSError, SyntaxError, ValueError, RecursionError):
        return first
    starts = {min([one.lineno, *(each.lineno for each in one.decorator_list)]): one.lineno for one in functions}
    return starts.get(first, first)
