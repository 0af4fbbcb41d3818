"""``vcr_openai_unplayed``: the interactions that a passing test left in its cassettes."""

from __future__ import annotations

from collections.abc import Generator
from inspect import isasyncgenfunction, isgeneratorfunction
from typing import TYPE_CHECKING, Any

import pytest

from vcr_openai._findings import counted
from vcr_openai.plugin.paths import shown
from vcr_openai.plugin.policies import apply_policy, is_on, policy_of, test_policy

if TYPE_CHECKING:
    from vcr_openai.plugin.ledger_session import LedgerPlugin

_POLICY = pytest.StashKey[str]()
_PASSED = pytest.StashKey[bool]()  # the call, and its leftovers are not judged yet
# Whose fixtures send no requests when they are torn down.
_SILENT = ("_pytest.", "pytest_recording.", "vcr_openai.", "anyio.", "pytest_asyncio.", "xdist.", "pytest_httpserver.")
_XUNIT = (
    "_xunit",
    "_unittest_setup_method",
)  # in the names of the fixtures that pytest makes of setup_method, teardown_method and their like


class UnplayedPlugin:
    """The verdict on what a test left: with its call, or with its teardown where a fixture may still ask for it."""

    def __init__(self, config: pytest.Config, session: LedgerPlugin) -> None:
        self._session = session
        policy_of(config, "unplayed")

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Read the policy, so that a wrong one is an error of the test."""
        item.stash[_POLICY] = test_policy(item, "unplayed")
        item.stash[_PASSED] = False

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_makereport(
        self, item: pytest.Item, call: pytest.CallInfo[None]
    ) -> Generator[None, pytest.TestReport, pytest.TestReport]:
        """Judge a test that passed."""
        report = yield
        policy = item.stash.get(_POLICY, "")
        if is_on(policy) and is_due(item, call, report, _PASSED):
            left = list(self._session.books.left(item.nodeid))
            lines = [f"{shown(item.config, path)}: interactions[{index}]: {asks}" for path, index, asks in left]
            title = f"the test passed and left {counted(len(lines), 'interaction')} (vcr_openai_unplayed = {policy})"
            apply_policy(policy, item, report, title, lines)
        return report


def is_due(
    item: pytest.Item, call: pytest.CallInfo[None], report: pytest.TestReport, passed: pytest.StashKey[bool]
) -> bool:
    """Whether a test that passed is judged with this report: once, with its call, or with its teardown.

    ``passed`` is where the judge keeps that the call passed and is not judged yet; a test begins with False there.
    """
    if call.when == "call":
        item.stash[passed] = report.passed
    is_time = call.when == "teardown" or (call.when == "call" and not has_more_to_come(item))
    if not (is_time and item.stash[passed]):
        return False
    item.stash[passed] = False
    return True


def has_more_to_come(item: pytest.Item) -> bool:
    """Whether a fixture, or a teardown method, of the test may send requests after the call."""
    info = getattr(item, "_fixtureinfo", None)
    if info is None or "request" in info.argnames:  # which may have brought any fixture
        return True
    definitions: dict[str, Any] = info.name2fixturedefs
    return any(
        one.scope == "function" and _may_ask(name, one.func) for name, several in definitions.items() for one in several
    )


def _may_ask(name: str, function: Any) -> bool:
    module = f"{getattr(function, '__module__', '')}."
    if name.startswith(_XUNIT):
        return True
    is_two_fold = isgeneratorfunction(function) or isasyncgenfunction(function)
    return not module.startswith(_SILENT) and (is_two_fold or "request" in _arguments(function))


def _arguments(function: Any) -> tuple[str, ...]:
    return getattr(getattr(function, "__code__", None), "co_varnames", ())
