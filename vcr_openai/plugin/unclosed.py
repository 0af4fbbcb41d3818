"""``vcr_openai_unclosed``: the replayed streams that a passing test neither read to their end nor closed."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING

import pytest

from vcr_openai._findings import counted
from vcr_openai._vcrpy.journal import WATCHERS, Watcher
from vcr_openai.plugin.policies import apply_policy, is_on, policy_of, test_policy
from vcr_openai.plugin.unplayed import is_due

if TYPE_CHECKING:
    from vcr_openai._streams.reading import Reading

_POLICY = pytest.StashKey[str]()
_PASSED = pytest.StashKey[bool]()  # the call, and its streams are not judged yet


class UnclosedPlugin(Watcher):
    """The verdict on a test's streams: with its call, or with its teardown where a fixture may still close them."""

    def __init__(self, config: pytest.Config) -> None:
        self._readings: list[Reading] = []
        policy_of(config, "unclosed")

    def streamed(self, reading: Reading) -> None:
        """Note a stream that a client got."""
        self._readings.append(reading)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Watch from before the test's fixtures on. A wrong policy is an error of the test."""
        policy = item.stash[_POLICY] = test_policy(item, "unclosed")
        self._readings = []
        item.stash[_PASSED] = False
        if is_on(policy):
            WATCHERS.append(self)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Judge a test that passed."""
        report = yield
        policy = item.stash.get(_POLICY, "")
        if call.when == "teardown" and self in WATCHERS:
            WATCHERS.remove(self)
        if is_on(policy) and is_due(item, call, report, _PASSED):
            lines = [f"{item.nodeid}: {reading}" for reading in self._readings if not reading.is_over]
            streams = counted(len(lines), "stream")
            title = f"the test passed and left {streams} open (vcr_openai_unclosed = {policy})"
            apply_policy(policy, item, report, title, lines)
        return report
