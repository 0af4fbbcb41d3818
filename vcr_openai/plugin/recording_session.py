"""Recording in a pytest session: files that are recorded again, and failures that are not kept, in the summary."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Generator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from vcr_openai._docs import page
from vcr_openai.plugin.host_settings import (
    default_folder,
    default_name,
    file_name,
    is_of_the_host,
    merged_settings,
    opens_cassettes,
)
from vcr_openai.plugin.ini_settings import switch_of
from vcr_openai.plugin.summary_lines import SummaryLines

if TYPE_CHECKING:
    from vcr_openai._vcrpy.saving import Saving

STABLE = "vcr_openai_stable"  # the ini settings
TIMES = "vcr_openai_times"
_OUTPUT = "vcr_openai_kept_back"  # the name of what a worker of pytest-xdist sends to the main process
_TITLE = "vcr-openai: failures that were not saved, because the test did not pass"


def add_recording_settings(parser: pytest.Parser) -> None:
    """Declare the ini settings."""
    parser.addini(
        STABLE,
        "vcr-openai: an answer that says the same as the recorded one changes no file "
        f"(default: true; see {page('record.md')}).",
        default="true",
    )
    parser.addini(
        TIMES,
        f"vcr-openai: the times at which a stream arrives are recorded, too (default: false; see {page('faults.md')}).",
        default="false",
    )


@dataclass
class _Recording:
    """What is known of a test that may record."""

    passed: bool = False  # the call of the test
    failed: bool = False  # a part of it, such as a subtest
    is_ours: bool = False  # whether vcr-openai saves its cassette
    alone: bool = False  # whether no other test plays from its cassette
    path: Path | None = None  # of the cassette that pytest-recording deletes, as it does in mode rewrite
    former: str | None = None  # its text; None where nothing is deleted
    kept_back: list[str] = field(default_factory=list)


_RECORDING = pytest.StashKey[_Recording]()


class RecordingPlugin(SummaryLines):
    """The recording of one pytest session."""

    def __init__(self, config: pytest.Config) -> None:
        super().__init__(_TITLE, _OUTPUT)
        self._stable = switch_of(config, STABLE)
        self._times = switch_of(config, TIMES)
        self._names: Counter[tuple[Path, str]] = Counter()
        self._further: set[str] = set()  # the names of cassettes that a marker gives to a test
        self._begun: dict[pytest.Item, _Recording] = {}  # of the tests that are not over
        self._sources: dict[Path, list[str]] = {}  # of the Python files in a folder of tests

    def saving(self, item: pytest.Item) -> Saving:
        """How a test's cassette saves."""
        from vcr_openai._vcrpy.saving import Saving

        known = item.stash.setdefault(_RECORDING, _Recording())
        known.is_ours = True
        return Saving(
            stable=self._stable,
            former=known.former if self._stable else None,
            passed=lambda: known.passed,
            alone=known.alone,
            times=self._times,
            note=known.kept_back.append,
            whole=known.path is not None,
        )

    def pytest_itemcollected(self, item: pytest.Item) -> None:
        """Count the tests that pytest-recording gives one cassette: those of nested classes can share it."""
        if item.get_closest_marker("vcr") and item.config.pluginmanager.has_plugin("recording"):
            self._names[item.path, default_name(item)] += 1
            for marker in (*item.iter_markers("vcr"), *item.iter_markers("default_cassette")):
                self._further.update(Path(str(path)).name for path in marker.args)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Read a cassette before pytest-recording deletes it, as it does in record mode ``rewrite``."""
        is_hosts = opens_cassettes(fixturedef, request.config) and is_of_the_host(fixturedef)
        if is_hosts and isinstance(item := request.node, pytest.Item):
            item.stash[_RECORDING] = self._begun[item] = _Recording()
            if item.get_closest_marker("vcr") and not request.config.getoption("--disable-recording", default=False):
                self._look_up(item, request, item.stash[_RECORDING])
        return (yield)

    def _look_up(self, item: pytest.Item, request: pytest.FixtureRequest, known: _Recording) -> None:
        settings = merged_settings(request)
        name, folder = request.getfixturevalue("default_cassette_name"), request.getfixturevalue("vcr_cassette_dir")
        default = default_name(item)
        is_default = Path(folder) == default_folder(item) and name == default
        file = file_name(default, settings.get("serializer"))
        is_alone = is_default and self._names[item.path, default] == 1 and self._further.isdisjoint((default, file))
        known.alone = is_alone and settings["record_mode"] == "all" and not self._is_named(item, default)
        if settings["record_mode"] != "rewrite":
            return
        from vcr_openai._files import text_if_any  # which is not imported at every start of pytest

        known.path = Path(folder, file_name(str(name), settings.get("serializer")))
        known.former = text_if_any(known.path)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Note whether the test passed, its subtests included; they have reports of their own."""
        report = yield
        known = item.stash.get(_RECORDING, None)
        if known is not None:
            known.failed = known.failed or report.failed
            if call.when == "call":
                known.passed = report.passed and not known.failed
        return report

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_teardown(self, item: pytest.Item) -> Generator[None, object, object]:
        """Once the fixtures have saved: put a deleted cassette back where a test that did not pass recorded nothing."""
        try:
            return (yield)
        finally:
            self._end(item)

    def complete(self) -> None:
        """The same for a test that was interrupted, whose fixtures end with the session."""
        for item in [*self._begun]:
            self._end(item)

    def _end(self, item: pytest.Item) -> None:
        known = self._begun.pop(item, _Recording())
        self.lines += [f"{item.nodeid}: {line}" for line in known.kept_back]
        if known.is_ours and not known.passed and known.path and known.former:
            from vcr_openai._files import restore

            restore(known.path, known.former)  # where nothing took its place

    def _is_named(self, item: pytest.Item, name: str) -> bool:
        """Whether a test that pytest may not know of plays from a test's cassette, as far as files of tests show it.

        Only some tests may have been collected: those of other files, and those that ``::`` leaves out, may name it.
        """
        from vcr_openai._files import text_if_any

        bare = name.partition("[")[0]
        if any("::" in argument for argument in item.config.args):
            function = bare.rpartition(".")[2]
            if len(re.findall(rf"\bdef {re.escape(function)}\b", text_if_any(item.path))) > 1:
                return True
        quoted = re.compile(rf"""["'/]{re.escape(bare)}(?:[.\["'])""")
        return any(bare in source and quoted.search(source) for source in self._beside(item))

    def _beside(self, item: pytest.Item) -> list[str]:
        """The texts of the Python files in the outermost folder with a test, below the root folder."""
        root = item.config.rootpath
        steps = item.path.parent.relative_to(root).parts if root in item.path.parents else ()
        top = root / steps[0] if steps else item.path.parent
        if top not in self._sources:
            from vcr_openai._files import text_if_any, walk

            files = (path for path in walk(top, (".py",), []) if steps or path.parent == top)
            self._sources[top] = [text_if_any(path) for path in files]
        return self._sources[top]
