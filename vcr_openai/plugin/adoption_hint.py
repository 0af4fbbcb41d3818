"""The hint for a suite whose cassettes were matched by URL: how its drift is listed, accepted or let pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from vcr_openai.plugin.drift_settings import ACCEPT, DRIFT, SETTING, WARN

if TYPE_CHECKING:
    import pytest

_SEVERAL: Final = 2  # tests
_LINES: Final = (
    ("to list what changed", f"pytest {DRIFT}"),
    ("to accept the new requests", f"pytest {ACCEPT} all"),
    ("to be warned instead, in the ini file", f"{SETTING} = {WARN}"),
)


class AdoptionHint:
    """The tests that failed for want of an equal request, where vcrpy alone would have answered by the URL."""

    def __init__(self) -> None:
        self.tests: set[str] = set()

    def write(self, reporter: pytest.TerminalReporter) -> None:
        """Say it once, where several tests did."""
        if len(self.tests) < _SEVERAL:
            return
        reporter.section(f"vcr-openai: {len(self.tests)} tests ask what their cassettes do not have", yellow=True)
        reporter.write_line("Their URLs are recorded, with other bodies: vcrpy alone would have answered by the URL.")
        width = max(len(what) for what, _ in _LINES) + 1
        for what, line in _LINES:
            reporter.write_line(f"{what + ':':{width}}  {line}")
