"""``pytest --vcr-openai-unused``: the recordings of the library that a full run did not play."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vcr_openai._library.library_reports import Session, Unplayed, unused
from vcr_openai.plugin.workers import received, send

if TYPE_CHECKING:
    from vcr_openai.plugin.library_session import LibraryPlugin

OPTION = "--vcr-openai-unused"
_DESTINATION = "vcr_openai_unused"
_OUTPUT = "vcr_openai_session"  # the name of what a worker of pytest-xdist sends to the main process
_TITLE = "vcr-openai: recordings that were not played"


def add_unused_option(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.getgroup("vcr-openai").addoption(
        OPTION,
        nargs="?",
        const="",
        default=None,
        metavar="=delete",
        dest=_DESTINATION,
        help="After a full run, list the recordings of the library that no test played. Deletes nothing.",
    )


def wants_unused(config: pytest.Config) -> bool:
    """Whether the option is given."""
    return config.getoption(_DESTINATION) is not None


class UnusedPlugin:
    """What one pytest session played."""

    def __init__(self, config: pytest.Config, library: LibraryPlugin) -> None:
        self._config = config
        self._library = library
        self._session = Session()
        if any("::" in name for name in config.args):
            self._is_not_full("single tests were named")
        if getattr(config.option, "lf", False):
            self._is_not_full("only tests that failed last time were selected")
        if config.option.collectonly:
            self._is_not_full("tests were only collected")

    def pytest_deselected(self) -> None:
        """A run without some of the tests is not a full run."""
        self._is_not_full("tests were deselected")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A run in which a file could not be collected, or was skipped, is not a full run."""
        if not report.passed:
            self._is_not_full(f"{report.nodeid or 'a folder'} was not collected")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the tests, and the folders of their recordings."""
        for item in session.items:
            self._session.collected.add(item.nodeid)
            if test := self._library.library_test(item):
                self._session.folders.update(map(str, test.folders))

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Note what a test played and recorded, once its fixtures are done."""
        result = yield
        self._session.played.update(self._library.used_by(item))
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a test ended."""
        if report.when == "teardown":
            self._session.ended.add(report.nodeid)
        elif report.when == "call" and report.passed:
            self._session.passed.add(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send the session to the process that has the terminal."""
        send(session, _OUTPUT, vars(self._session))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add a worker's part; what a crashed one had played is not known."""
        part = received(node, _OUTPUT)
        if part is None:
            self._is_not_full("a worker of pytest-xdist crashed")
        else:
            self._session.add(Session(**part))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """List the recordings; the exit status stays the same."""
        refusal = self._session.refusal()
        if refusal is not None:
            terminalreporter.section(f"{_TITLE}: not listed, because this was not a full run", yellow=True)
            terminalreporter.write_line(refusal)
            return
        found, notes = unused(self._unplayed(), self._session, lambda name: (self._config.rootpath / name).is_file())
        terminalreporter.section(f"{_TITLE} ({len(found)})", yellow=bool(found))
        for path, why in found:
            terminalreporter.write_line(f"{self._library.shown(path)}: {why}")
        for note in notes:
            terminalreporter.write_line(note)

    def _unplayed(self) -> Iterable[Unplayed]:
        given = [Path(self._config.invocation_params.dir, name) for name in self._config.args]
        whole = [path.resolve() for path in given if path.is_dir()]
        library = self._library.library()
        for folder in sorted(self._session.folders):
            within = any(path in Path(folder).resolve().parents for path in whole)
            for path, entry in library.left(Path(folder), self._session.played):
                yield Unplayed(path, entry, within)

    def _is_not_full(self, text: str) -> None:
        self._session.why_not_full[text] = None
