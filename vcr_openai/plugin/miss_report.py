"""The report of a miss: in the report of its test, and at the end where pytest does not show that."""

from __future__ import annotations

import os
import shlex
from typing import TYPE_CHECKING, Any, Final

import pytest

from vcr_openai._findings import encodable

if TYPE_CHECKING:
    from collections.abc import Sequence

TITLE: Final = "vcr-openai: not in the cassette"
_RECORDINGS: Final = "recording.json"
_HIDDEN: Final = "no"  # the style of tracebacks with which pytest shows no report of a test


class MissPlugin:
    """Shows the reports at the end of a run whose tests' own reports are not shown."""

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
        """List them by test."""
        style = config.getoption("tbstyle", "auto")
        is_hidden = style == _HIDDEN or (style == "line" and pytest.version_tuple < (9,))  # 9 shows it
        if not is_hidden and config.getoption("showcapture", "all") == "all":
            return
        reports = [*terminalreporter.stats.get("failed", ()), *terminalreporter.stats.get("error", ())]
        found = [(report.nodeid, text) for report in reports for title, text in report.sections if title == TITLE]
        if found:
            terminalreporter.section(TITLE)
            for test, text in found:
                terminalreporter.write_line(f"{test}:")
                for line in text.split("\n"):
                    terminalreporter.write_line(f"  {line}")


def other_formats(item: pytest.Item, cassette: Any) -> list[str]:
    """Lines with the cassettes of a test in other formats, which it does not read, and how they are converted."""
    from vcr_openai._formats.registry import FORMATS

    path = os.path.join(getattr(cassette, "folder", ""), os.fspath(getattr(cassette, "path", "")))  # noqa: PTH118
    own = next((name for name in sorted(FORMATS, key=len, reverse=True) if path.endswith(f".{name}")), None)
    if own is None:
        return []
    stem = path.removesuffix(own)
    lines: list[str] = []
    for name in FORMATS:
        if name != own and os.path.isfile(stem + name):  # noqa: PTH113
            lines += _lines(item, stem + name, path, own)
    return lines


def _lines(item: pytest.Item, there: str, path: str, own: str) -> Sequence[str]:
    folder = item.config.invocation_params.dir
    names = [os.path.relpath(one, folder) for one in (there, path)]
    place = os.path.dirname(names[1]) or "."  # noqa: PTH120
    if there.endswith(f".{_RECORDINGS}"):  # a recording's cassette goes where its test is
        place = os.path.relpath(item.config.rootpath, folder)
    command = f"vcr-openai convert {shlex.quote(names[0])} --to cassettes --format {own} -o {shlex.quote(place)}"
    return [
        encodable(f"the test reads {names[1]}; in another format there is {names[0]}"),
        encodable(f"to convert it:              {command}"),
    ]
