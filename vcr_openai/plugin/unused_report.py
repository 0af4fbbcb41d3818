"""``pytest --vcr-openai-unused``: the recordings of the library that a full run did not play."""

from __future__ import annotations

from collections.abc import Generator, Iterable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vcr_openai._library.unplayed import Session, Unplayed, unused

if TYPE_CHECKING:
    from vcr_openai.plugin.library_session import LibraryPlugin

OPTION = "--vcr-openai-unused"
_DESTINATION = "vcr_openai_unused"
_OUTPUT = "vcr_openai_session"  # what a worker of pytest-xdist tells the main process
_TITLE = "vcr-openai: recordings that were not played"


def add_unused_option(parser: pytest.Parser) -> None:
    """Declare the option."""
    parser.getgroup("vcr-openai").addoption(
        OPTION,
        action="store_true",
        dest=_DESTINATION,
        help="After a full run, list the recordings of the library that no test played. Deletes nothing.",
    )


def wants_unused(config: pytest.Config) -> bool:
    """Whether the option is given."""
    return bool(config.getoption(_DESTINATION))


class UnusedPlugin:
    """What one pytest session played."""

    def __init__(self, config: pytest.Config, library: LibraryPlugin) -> None:
        self._config = config
        self._library = library
        self._session = Session(flaws=_flaws(config))

    def pytest_deselected(self) -> None:
        """A run that leaves tests out is no full one."""
        self._flaw("tests were deselected")

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """Nor is one in which a file could not be collected, or a whole file was skipped."""
        if not report.passed:
            self._flaw(f"{report.nodeid or 'a folder'} was not collected")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the tests, and the folders in which their recordings lie."""
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
        """Hand over what was noted to the process that has the terminal."""
        output = getattr(session.config, "workeroutput", None)
        if output is not None:
            output[_OUTPUT] = {
                name: sorted(value) if isinstance(value, set) else value
                for name, value in asdict(self._session).items()
            }

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Take over what a worker noted; what one that crashed had played is not known."""
        told = (getattr(node, "workeroutput", None) or {}).get(_OUTPUT)
        if told is None:
            self._flaw("a worker of pytest-xdist crashed")
        else:
            self._session.add(Session(**{name: type(getattr(Session(), name))(value) for name, value in told.items()}))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """List the recordings; the exit status is left as it is."""
        refusal = self._session.refusal()
        if refusal is not None:
            terminalreporter.section(f"{_TITLE}: not told, as this was no full run", yellow=True)
            terminalreporter.write_line(refusal)
            return
        found, notes = unused(self._left(), self._session, lambda name: (self._config.rootpath / name).is_file())
        terminalreporter.section(f"{_TITLE} ({len(found)})", yellow=bool(found))
        for path, why in found:
            terminalreporter.write_line(f"{self._library.shown(path)}: {why}")
        for note in notes:
            terminalreporter.write_line(note)

    def _left(self) -> Iterable[Unplayed]:
        given = [Path(self._config.invocation_params.dir, name) for name in self._config.args]
        whole = [path.resolve() for path in given if path.is_dir()]
        library = self._library.library()
        for folder in sorted(self._session.folders):
            within = any(path in Path(folder).resolve().parents for path in whole)
            for path, entry in library.left(Path(folder), self._session.played):
                yield Unplayed(path, entry.test_id, entry.key is not None, entry.is_shared, within)

    def _flaw(self, text: str) -> None:
        self._session.add(Session(flaws=[text]))


def _flaws(config: pytest.Config) -> list[str]:
    """What the command line says against a full run."""
    flaws = []
    if any("::" in name for name in config.args):
        flaws.append("single tests were named")
    if getattr(config.option, "lf", False):
        flaws.append("only tests that failed last time were wanted")
    if config.option.collectonly:
        flaws.append("tests were only collected")
    return flaws
