"""``pytest --vcr-openai-unused``: recordings, cassettes and interactions that a run did not use, listed or removed."""

from __future__ import annotations

import os
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vcr_openai._findings import describe_error, printable
from vcr_openai.plugin.library_session import RECORDINGS
from vcr_openai.plugin.opened_recordings import OpenedRecordings
from vcr_openai.plugin.optional_values import add_optional, destination
from vcr_openai.plugin.workers import is_worker, received, send

if TYPE_CHECKING:
    from vcr_openai._library.library_reports import Unplayed
    from vcr_openai.plugin.drift_session import DriftPlugin
    from vcr_openai.plugin.ledger_session import LedgerPlugin
    from vcr_openai.plugin.library_session import LibraryPlugin
    from vcr_openai.plugin.unused_cassettes import Unused

OPTION = "--vcr-openai-unused"
_DELETE = "delete"
_DESTINATION = destination(OPTION)
_OPENED_OPTION = "--vcr-openai-opened"
_OPENED = "vcr_openai_opened"
_OUTPUT = "vcr_openai_session"  # the name of what a worker of pytest-xdist sends to the main process
_TITLE = "vcr-openai: recordings that were not played"
_CASSETTES_TITLE = "vcr-openai: cassettes and interactions that were not played"


def add_unused_option(parser: pytest.Parser) -> None:
    """Declare the option."""
    add_optional(
        parser,
        OPTION,
        "delete",
        "List the recordings, cassettes and interactions that no test used. "
        f"{OPTION}={_DELETE} removes them after a full run without failures.",
    )
    parser.getgroup("vcr-openai").addoption(
        _OPENED_OPTION,
        action="store_true",
        dest=_OPENED,
        help=f"With {OPTION}: a recording counts as used, too, if anything else opened it, as OGX's recorder does.",
    )


def wants_unused(config: pytest.Config) -> bool:
    """Whether the option is given. Raises UsageError for an unknown value."""
    value = config.getoption(_DESTINATION)
    if value not in (None, "", _DELETE):
        raise pytest.UsageError(f"{OPTION}: expected nothing or {_DELETE}, found {value!r}")
    if value is None and config.getoption(_OPENED):
        raise pytest.UsageError(f"{_OPENED_OPTION}: expected {OPTION} with it")
    return value is not None


class UnusedPlugin:
    """What one pytest session used."""

    def __init__(
        self, config: pytest.Config, library: LibraryPlugin, session: LedgerPlugin, drift: DriftPlugin
    ) -> None:
        self._config = config
        self._library = library
        self._drift = drift
        self._seen: set[str] = set()  # node ids, before a hook could leave some out
        self._ledger = session
        from vcr_openai._library.library_reports import Session

        self._session = Session()
        self._opened: OpenedRecordings | None = None
        if config.getoption(_OPENED):
            self._opened = OpenedRecordings()
            self._opened.start()
        if any("::" in name for name in config.args):
            self._is_not_full("single tests were named")
        if getattr(config.option, "lf", False):
            self._is_not_full("only tests that failed last time were selected")
        if config.option.collectonly:
            self._is_not_full("tests were only collected")
        if getattr(config.option, "setuponly", False) or getattr(config.option, "setupplan", False):
            self._is_not_full("tests were not run (--setup-only, --setup-plan)")
        if getattr(config.option, "disable_recording", False):
            self._is_not_full("pytest-recording opened no cassettes (--disable-recording)")

    @pytest.hookimpl(wrapper=True)
    def pytest_ignore_collect(self, collection_path: Path) -> Generator[None, bool | None, bool | None]:
        """Note the tests that are left out by --ignore, ``collect_ignore`` and the like."""
        is_ignored = yield
        if is_ignored:
            from vcr_openai.plugin.unused_cassettes import has_tests

            if has_tests(collection_path, self._config.getini("norecursedirs")):
                self._session.ignored.add(str(collection_path.resolve()))
        return is_ignored

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Note a test that a hook may leave out."""
        self._seen.add(item.nodeid)

    def pytest_deselected(self, items: Sequence[pytest.Item]) -> None:
        """What a deselected test may use is not known."""
        self._session.deselected.update(item.nodeid for item in items)
        self._note_homes(items)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        """A run in which a file could not be collected, or was skipped, is not a full run."""
        if not report.passed:
            self._is_not_full(f"{report.nodeid or 'a folder'} was not collected")

    def pytest_collection_finish(self, session: pytest.Session) -> None:
        """Note the tests, and the folders of their recordings and cassettes."""
        self._session.collected.update(item.nodeid for item in session.items)
        if self._seen - self._session.collected - self._session.deselected:
            self._is_not_full("a hook left some tests out")
        self._note_homes(session.items)

    def _note_homes(self, items: Sequence[pytest.Item]) -> None:
        from vcr_openai.plugin.unused_cassettes import home_of, names_of

        for item in items:
            if test := self._library.library_test(item):
                self._session.folders.update(map(str, test.folders))
            elif self._opened is not None:
                self._session.folders.add(str(item.path.parent / RECORDINGS))
            self._session.homes.add(str(home_of(item.path)))
            if not hasattr(self._config.option, "disable_recording") and item.get_closest_marker("vcr"):
                self._is_not_full("pytest-recording, which opens cassettes, is not loaded")
            markers = [*item.iter_markers("vcr"), *item.iter_markers("default_cassette")]
            named = {Path(name).name for marker in markers for name in marker.args if isinstance(name, str)}
            self._session.names.update((item.nodeid, name) for name in names_of(item.nodeid) | named)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Note what a test played and recorded of a library, once its fixtures are done."""
        result = yield
        self._session.played.update(self._library.used_by(item))
        return result

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        """Note how a test ended."""
        if report.when == "teardown":
            self._session.ended.add(report.nodeid)
            if report.failed:
                self._session.passed.discard(report.nodeid)
        elif report.when == "call" and report.passed:
            self._session.passed.add(report.nodeid)

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send the session to the process that has the terminal."""
        if self._opened is not None:
            self._opened.stop()
            known = {os.path.realpath(folder) for folder in self._session.folders}
            self._session.folders.update(self._opened.folders() - known)
            for folder in self._session.folders:
                self._session.played.update(self._opened.within(folder))
        send(session, _OUTPUT, vars(self._session))

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add a worker's part; what a crashed one had played is not known."""
        part = received(node, _OUTPUT)
        if part is None:
            self._is_not_full("a worker of pytest-xdist crashed")
        else:
            from vcr_openai._library.library_reports import Session

            self._session.add(Session(**part))

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter, exitstatus: int) -> None:
        """List what was not used, or remove it; the exit status stays the same.

        A worker knows its own tests alone, which may be all of them.
        """
        if is_worker(self._config):
            return
        self._session.played.update([*self._renamed()])
        self._session.homes = self._homes()
        keep = self._why_keep(exitstatus)
        if self._session.folders or not self._session.homes:
            self._report_library(terminalreporter, keep)
        if self._session.homes:
            self._report_cassettes(terminalreporter, keep)

    def _renamed(self) -> Iterator[str]:
        """The new paths of recordings that were played and then accepted; workers know them by the old ones."""
        renamed = self._drift.renamed
        for path in self._session.played if renamed else ():
            if new := renamed.get(os.path.realpath(path)):
                yield str(Path(path).with_name(Path(new).name))

    def _homes(self) -> set[str]:
        """The folders of cassettes that there are: beside the tests, and those of which tests opened cassettes."""
        from vcr_openai.plugin.unused_cassettes import folder_of_cassettes

        opened = (path for path in self._ledger.ledger.files if Path(path).is_file() and not self._is_recording(path))
        found = {*map(Path, self._session.homes), *map(folder_of_cassettes, opened)}
        return {str(path.resolve()) for path in found if path.is_dir()}

    def _is_recording(self, path: str) -> bool:
        return any(Path(folder).resolve() in Path(path).parents for folder in self._session.folders)

    def _why_keep(self, exitstatus: int) -> str | None:
        """Why nothing is removed; None where what is unused is."""
        if self._config.getoption(_DESTINATION) != _DELETE:
            return ""
        reasons = self._session.gaps() + (["tests were deselected"] if self._session.deselected else [])
        if exitstatus != pytest.ExitCode.OK:
            reasons.append("the run was not green")
        return f"nothing is removed: {'; '.join(reasons)}" if reasons else None

    def _report_library(self, terminal: pytest.TerminalReporter, keep: str | None) -> None:
        from vcr_openai.plugin.unused_cassettes import Unused

        refusal = self._session.refusal()
        if refusal is not None:
            terminal.section(f"{_TITLE}: not listed, because this was not a full run", yellow=True)
            terminal.write_line(refusal)
            return
        from vcr_openai._library.library_reports import unused

        found, notes = unused(
            self._unplayed(),
            self._session,
            lambda name: (self._config.rootpath / name).is_file(),
            opened=self._opened is not None,
        )
        terminal.section(f"{_TITLE} ({len(found)})", yellow=bool(found))
        for path, why in found:
            removed = "" if keep is not None else self._removed([Unused(path, None, why)])
            terminal.write_line(f"{removed}{self._library.shown(path)}: {why}")
        self._write_notes(terminal, notes, keep, found)

    def _report_cassettes(self, terminal: pytest.TerminalReporter, keep: str | None) -> None:
        gaps = self._session.gaps()
        if gaps:
            terminal.section(f"{_CASSETTES_TITLE}: not listed, because this was not a full run", yellow=True)
            terminal.write_line("; ".join(gaps))
            return
        from vcr_openai.plugin.unused_cassettes import Judge

        files = {path: use for path, use in self._ledger.ledger.files.items() if not self._is_recording(path)}
        judge = Judge(self._session, files, self._whole(), self._config.rootpath)
        found = list(judge.unused())
        terminal.section(f"{_CASSETTES_TITLE} ({len(found)})", yellow=bool(found))
        for path in dict.fromkeys(one.path for one in found):
            several = [one for one in found if one.path == path]
            removed = "" if keep is not None else self._removed(several)
            for one in several:
                terminal.write_line(f"{removed}{self._library.shown(path)}: {printable(one.what)}")
        self._write_notes(
            terminal, [f"{count} not judged: {why}" for why, count in sorted(judge.spared.items())], keep, found
        )

    def _write_notes(
        self, terminal: pytest.TerminalReporter, notes: Iterable[str], keep: str | None, found: Sequence[object]
    ) -> None:
        for note in [*notes, *([keep] if keep and found else [])]:
            terminal.write_line(note)

    def _removed(self, several: Sequence[Unused]) -> str:
        """Remove a file, or some of its interactions; what is to be said of that."""
        from vcr_openai._trees.removal import remove_file, remove_interactions

        if not all(one.removable for one in several):
            return "not removed: "
        path, indexes = Path(several[0].path), [one.index for one in several if one.index is not None]
        try:
            if not indexes:
                remove_file(path)
                return "removed: "
            count = len(self._ledger.ledger.files[str(path)].loaded)
            return (
                "removed: "
                if remove_interactions(path, indexes, count)
                else "not removed, because it has another layout: "
            )
        except (OSError, ValueError) as error:
            return f"not removed, because {describe_error(error)}: "

    def _whole(self) -> list[Path]:
        given = [Path(self._config.invocation_params.dir, name) for name in self._config.args]
        return [path.resolve() for path in given if path.is_dir()]

    def _unplayed(self) -> Iterable[Unplayed]:
        from vcr_openai._library.library_reports import Unplayed

        whole = self._whole()
        library = self._library.library()
        for folder in sorted(self._session.folders):
            within = self._session.is_whole(Path(folder).resolve().parent, whole)
            for path, entry in library.left(Path(folder), self._session.played):
                yield Unplayed(path, entry, within)

    def _is_not_full(self, text: str) -> None:
        self._session.why_not_full[text] = None
