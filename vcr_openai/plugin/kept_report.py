"""What a session recorded that no recording can express, in pytest's summary."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from vcr_openai._findings import printable
from vcr_openai.plugin.summary_lines import SummaryLines

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from vcr_openai._findings import Finding

_OUTPUT = "vcr_openai_kept"  # the name of what a worker of pytest-xdist sends to the main process
_TITLE = "vcr-openai: recorded as plain interactions, which no other recorder reads"
_FINDINGS = pytest.StashKey["Callable[[], Iterable[Finding]]"]()


def note_kept(item: pytest.Item, findings: Callable[[], Iterable[Finding]]) -> None:
    """Ask for a test's findings once its fixtures have saved."""
    item.stash[_FINDINGS] = findings


class KeptPlugin(SummaryLines):
    """The report of one pytest session."""

    def __init__(self) -> None:
        super().__init__(_TITLE, _OUTPUT)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Note what the test's cassette kept."""
        try:
            return (yield)
        finally:
            findings = item.stash.get(_FINDINGS, tuple)
            self.lines += [f"{item.nodeid}: {printable(finding)}" for finding in findings()]
