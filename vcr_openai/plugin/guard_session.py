"""``vcr_openai_guard``: tests that connect to an API past their cassettes get a warning, or fail."""

from __future__ import annotations

from collections.abc import Callable, Generator
from typing import TYPE_CHECKING

import pytest

from vcr_openai._findings import counted, printable
from vcr_openai._vcrpy.journal import WATCHERS
from vcr_openai.plugin.policies import apply_policy, is_on, policy_of, test_policy

if TYPE_CHECKING:
    from vcr_openai.plugin.guard import Guard
    from vcr_openai.plugin.ledger_session import LedgerPlugin

_POLICY = pytest.StashKey[str]()


class GuardPlugin:
    """The guard of one pytest session; ``counts`` is whether connections are counted where no policy asks for it."""

    def __init__(
        self,
        config: pytest.Config,
        session: LedgerPlugin,
        hosts: Callable[[pytest.Item], tuple[str, ...]],
        *,
        counts: bool,
    ) -> None:
        self._guard: Guard | None = None  # made, and imported, for the first test that is guarded
        self._root = str(config.rootpath)
        self._on_escape = session.books.live
        self._hosts = hosts
        self._counts = counts
        policy_of(config, "guard")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Listen from before the test's fixtures on."""
        policy = item.stash[_POLICY] = test_policy(item, "guard")
        if is_on(policy) or self._counts:
            from vcr_openai.plugin.audit import AUDIT
            from vcr_openai.plugin.guard import Guard

            self._guard = self._guard or Guard(self._root, self._on_escape)
            self._guard.begin(str(item.path), self._hosts(item), prevents=policy == "fail")
            WATCHERS.append(self._guard)
            AUDIT.add(self._guard.hear)

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """Listen until after the test's fixtures."""
        try:
            return (yield)
        finally:
            self._stop()

    def pytest_unconfigure(self) -> None:
        """Stop listening where an error of pytest's own ended the run in the midst of a test."""
        self._stop()

    def _stop(self) -> None:
        if self._guard is not None and self._guard in WATCHERS:
            from vcr_openai.plugin.audit import AUDIT

            WATCHERS.remove(self._guard)
            AUDIT.remove(self._guard.hear)

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Judge a test by its connections. What a fixture did in silence is judged with the call."""
        report = yield
        policy = item.stash.get(_POLICY, "")
        if self._guard is not None and is_on(policy) and (call.when != "setup" or not report.passed):
            lines = [printable(line) for line in self._guard.taken()]
            title = f"{counted(len(lines), 'connection')} past the cassettes (vcr_openai_guard = {policy})"
            if not (report.failed and all(line in report.longreprtext for line in lines)):
                apply_policy(policy, item, report, title, [f"{item.nodeid}: {line}" for line in lines])
        return report
