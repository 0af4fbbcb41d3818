"""Lines of a session in pytest's summary: those of all workers of pytest-xdist, under one title."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

import pytest

from vcr_openai.plugin.workers import received, send


class SummaryLines:
    """A pytest plugin that prints ``lines``, where there are any. ``output`` is the name of what workers send."""

    def __init__(self, title: str, output: str) -> None:
        self.lines: list[str] = []
        self._title = title
        self._output = output

    @pytest.hookimpl(wrapper=True, trylast=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> Generator[None, object, object]:
        """Send the lines to the process that has the terminal, once the last fixtures are done."""
        try:
            return (yield)
        finally:
            self.complete()
            send(session, self._output, self.lines)

    def complete(self) -> None:
        """Add the last lines."""

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add a worker's lines."""
        self.lines += received(node, self._output) or []

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """Print them."""
        if self.lines:
            terminalreporter.section(self._title, yellow=True)
            for line in self.lines:
                terminalreporter.write_line(line)
