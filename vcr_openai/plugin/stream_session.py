"""Recorded streams in a pytest session: how those of a test are played, and the tests that cuts() makes of it."""

from __future__ import annotations

from collections.abc import Generator
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

import pytest

from vcr_openai._streams.cut_ids import without_cut
from vcr_openai.plugin.cut_cases import FIXTURE, CutCases
from vcr_openai.plugin.stream_settings import StreamSettings

if TYPE_CHECKING:
    from vcr_openai._streams.directions import Cut, Directions
    from vcr_openai.plugin.library_session import LibraryPlugin

_TITLE: Final = "vcr-openai: directions that were not followed"
_MISSED: Final = (
    "the test passed, and did not ask for the stream that this case cuts: cuts(stream=1) is for the first stream alone"
)
_NAME: Final = "default_cassette_name"


class StreamPlugin:
    """The directions of one pytest session."""

    def __init__(self, config: pytest.Config, library: LibraryPlugin, *, is_on: bool) -> None:
        self._settings = StreamSettings(config)
        self._cases = CutCases(library)
        self._is_on = is_on

    def direct(self, vcr: Any, item: pytest.Item) -> None:
        """Let a test's VCR play streams as the ini file and the test's markers say."""
        vcr.directions = self._with_cut(item, self._settings.default)
        marked = self._settings.of(item)
        if marked is not None:
            vcr.test_directions = self._with_cut(item, marked)

    def of_fixture(self, node: Any) -> Directions:
        """The directions for a fixture's cassette, of which no place is known."""
        found = self._settings.of(node) or self._settings.default
        return found if found.cuts is None else replace(found, fault=None)

    def _with_cut(self, item: pytest.Item, directions: Directions) -> Directions:
        cut = _cut_of(item)
        return directions if cut is None or directions.cuts is None else directions.with_cut(cut)

    @pytest.hookimpl(trylast=True)
    def pytest_generate_tests(self, metafunc: pytest.Metafunc) -> None:
        """Make the tests of a test with cuts, once its other parameters are known."""
        try:
            cuts = (self._settings.of(metafunc.definition) or self._settings.default).cuts
        except pytest.UsageError:  # of which the test itself reports
            return
        if cuts is not None and self._is_on and metafunc.config.pluginmanager.has_plugin("recording"):
            self._cases.parametrize(metafunc, cuts)

    @pytest.fixture(name=FIXTURE)
    def _cut(self, request: pytest.FixtureRequest) -> Any:
        """The place of a cut; None for a form of the test that has none."""
        return getattr(request, "param", None)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any], request: Any) -> Generator[None, object, object]:
        """Give the tests that cuts() makes of one the cassette of that one."""
        value = yield
        if fixturedef.argname != _NAME or not isinstance(value, str) or _cut_of(request.node) is None:
            return value
        shared = without_cut(value)
        fixturedef.cached_result = (shared, fixturedef.cache_key(request), None)
        return shared

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(self, item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Let a test fail whose directions could not be followed, whatever it made of the error."""
        report = yield
        cassette = getattr(item, "funcargs", {}).get("vcr")
        director = getattr(cassette, "director", None)
        problems = getattr(director, "problems", None)
        if not isinstance(problems, list):
            return report
        if report.when == "call" and report.passed and _missed_its_cut(item, cassette):
            problems.append(_MISSED)
        if not problems:
            return report
        text = "\n".join(dict.fromkeys(problems))
        problems.clear()
        if report.passed:
            report.outcome, report.longrepr = "failed", f"{_TITLE}\n{text}"
        else:
            report.sections.append((_TITLE, text))
        return report


def _missed_its_cut(item: pytest.Item, cassette: Any) -> bool:
    """Whether a test that replays never asked for the stream that its case cuts: then it shows nothing."""
    is_replay = len(cassette.data) == cassette.loaded and cassette.director.directions.cuts is None
    return _cut_of(item) is not None and is_replay and not cassette.director.has_interfered


def _cut_of(node: Any) -> Cut | None:
    cut: Cut | None = getattr(getattr(node, "callspec", None), "params", {}).get(FIXTURE)
    return cut
