"""The library in a pytest session: its settings, its use by a test, its problems in the summary."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Generator, Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vcr_openai._docs import page
from vcr_openai._streams.cut_ids import without_cut
from vcr_openai.plugin.host_settings import merged_settings
from vcr_openai.plugin.ini_settings import setting_of
from vcr_openai.plugin.paths import shown
from vcr_openai.plugin.workers import received, send

if TYPE_CHECKING:
    from vcr_openai._library.library import Library, LibraryTest
    from vcr_openai._vcrpy.library_persister import LibraryPersister

LIBRARY = "vcr_openai_library"  # the ini setting
MARKER_SETTING = "library"
RECORDINGS = "recordings"
_MARKER = "vcr_openai"
_PATIENCE, _INTERVAL = 1.0, 0.1  # seconds until progress is shown for the first time, and from then on
_PROBLEMS = "vcr_openai_problems"  # the name of what a worker of pytest-xdist sends to the main process
_PERSISTER: pytest.StashKey[LibraryPersister] = pytest.StashKey()
_PASSED = pytest.StashKey[bool]()
_WORDS = {"": False, "false": False, "no": False, "off": False, "0": False} | dict.fromkeys(
    ("true", "yes", "on", "1"), True
)


def add_library_settings(parser: pytest.Parser) -> None:
    """Declare the ini setting."""
    parser.addini(
        LIBRARY,
        "vcr-openai: play the recordings next to a test, not a cassette: true, or a common folder "
        f"({page('library.md')}).",
        default="",
    )


class LibraryPlugin:
    """The library of one pytest session."""

    def __init__(self, config: pytest.Config) -> None:
        self._config = config
        self._library: Library | None = None
        self._request: pytest.FixtureRequest | None = None
        self._problems: dict[str, str] = {}

    def library_test(self, item: pytest.Item) -> LibraryTest | None:
        """The test and the folders of its library; None where it does not use one."""
        setting = setting_of(self._config, LIBRARY)
        for marker in item.iter_markers(_MARKER):
            if MARKER_SETTING in marker.kwargs:
                setting = marker.kwargs[MARKER_SETTING]
                break
        found = self._folder(setting, f"{item.nodeid}: library")
        if found is False:
            return None
        from vcr_openai._library.library import LibraryTest

        home = item.path.parent / RECORDINGS
        folders = (home,) if found is True else tuple(dict.fromkeys((home, found / RECORDINGS)))
        return LibraryTest(without_cut(item.nodeid), folders)

    def check(self) -> None:
        """Raise UsageError where the ini file's setting is not a library."""
        self._folder(setting_of(self._config, LIBRARY), LIBRARY)

    def _folder(self, setting: object, name: str) -> Path | bool:
        """The common folder, or whether there is a library. ``name`` is that of the setting in an error."""
        if isinstance(setting, str):
            setting = _WORDS.get(setting.strip().lower(), setting.strip())
        if isinstance(setting, bool):
            return setting
        if not isinstance(setting, str):
            raise pytest.UsageError(f"{name}: expected a folder, true or false, found {setting!r}")
        folder = self._config.rootpath / setting
        if not folder.is_dir():
            raise pytest.UsageError(f"{LIBRARY}: expected true, false or a folder, found no folder {folder}")
        return folder

    def library(self) -> Library:
        """The library of the session."""
        if self._library is None:
            from vcr_openai._library.library import Library

            self._library = Library(self._cache(), self._progress)
        return self._library

    def used_by(self, item: pytest.Item) -> Iterable[str]:
        """The paths of the recordings that a test has played or recorded."""
        persister = item.stash.get(_PERSISTER, None)
        cassette = getattr(item, "funcargs", {}).get("vcr")
        return persister.used(cassette) if persister is not None and cassette is not None else ()

    def lookup_report(self, item: pytest.Item, cassette: Any, *, missed: bool) -> list[str]:
        """Lines with the folders that were searched for a test's recordings.

        There are none where the test does not use a library, or found all recordings that it needed.
        """
        if _PERSISTER not in item.stash or not (missed or not len(cassette)):
            return []
        test = item.stash[_PERSISTER].test
        owners = {path: self.library().owners(path) if path.is_dir() else None for path in test.folders}
        folders = {self.shown(str(path)): found for path, found in owners.items()}
        from vcr_openai._library.library_reports import lookup_report

        return lookup_report(test.test_id, folders, item.path.as_posix())

    def use(self, vcr: Any, item: pytest.Item, test: LibraryTest) -> LibraryPersister:
        """Let a test's VCR play from the library, and record into it with the persister that is returned."""
        from vcr_openai._vcrpy.library_persister import LibraryPersister
        from vcr_openai._vcrpy.redaction_hooks import redacting

        library, mode = self.library(), self._record_mode(vcr)

        persister = item.stash[_PERSISTER] = LibraryPersister(vcr.persister, library, test, mode)
        vcr.register_persister(redacting(persister, vcr.redaction))
        return persister

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Note the request of pytest-recording's fixture: its hook does not get the record mode."""
        if fixturedef.argname != "vcr":
            return (yield)
        self._request = request
        try:
            return (yield)
        finally:
            self._request = None

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note whether the test passed."""
        report = yield
        if call.when == "call":
            item.stash[_PASSED] = report.passed
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Finish recording into the library once the fixtures have saved."""
        result = yield
        if persister := item.stash.get(_PERSISTER, None):
            persister.finish(passed=item.stash.get(_PASSED, False))
        return result

    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send the problems to the process that has the terminal."""
        if self._library is not None:
            self._library.save_indexes()
            self._problems.update(self._library.problems())
        send(session, _PROBLEMS, self._problems)

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add a worker's problems."""
        self._problems.update(received(node, _PROBLEMS) or {})

    def pytest_terminal_summary(self, terminalreporter: pytest.TerminalReporter) -> None:
        """List the files that are not recordings."""
        if self._problems:
            terminalreporter.section("vcr-openai: files in the library that are not recordings", yellow=True)
            for path, why in sorted(self._problems.items()):
                terminalreporter.write_line(f"{self.shown(path)}: {why}")

    def _record_mode(self, vcr: Any) -> str:
        """The record mode as pytest-recording merges it (0.14), which turns ``rewrite`` into another for vcrpy."""
        mode = vcr.record_mode if self._request is None else merged_settings(self._request)["record_mode"]
        return str(getattr(mode, "value", mode))

    def _cache(self) -> Path | None:
        cache = getattr(self._config, "cache", None)
        if cache is not None:
            with contextlib.suppress(OSError):  # a cache that cannot be written: the index lives for the session only
                return Path(cache.mkdir("vcr-openai"))
        return None

    def _progress(self, steps: Sequence[str], what: str) -> Iterator[str]:
        """Pass on the steps. A terminal shows how many of them are done once they have taken a second."""
        due = time.monotonic() + _PATIENCE
        is_shown = False
        for done, step in enumerate(steps):
            if time.monotonic() > due:
                self._write_progress(f"{what}: {done} of {len(steps)}", first=not is_shown)
                due, is_shown = time.monotonic() + _INTERVAL, True
            yield step
        if is_shown:
            self._write_progress("")

    def _write_progress(self, line: str, *, first: bool = False) -> None:
        """Put a line in place of the terminal's last one, which stays if ``first``. Pytest does not capture it."""
        reporter = self._config.pluginmanager.get_plugin("terminalreporter")
        capture = self._config.pluginmanager.get_plugin("capturemanager")
        with capture.global_and_fixture_disabled() if capture else contextlib.nullcontext():
            if reporter is None or not sys.stdout.isatty():
                return
            if first:
                reporter.ensure_newline()
            reporter.rewrite(line, erase=True)

    def shown(self, path: str) -> str:
        """A path as it is shown: relative to the root folder, if it is below it."""
        return shown(self._config, path)
