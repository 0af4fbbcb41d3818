"""The ledger in a pytest session: which test runs, and what the workers of pytest-xdist add."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

from vcr_openai._vcrpy.journal import WATCHERS
from vcr_openai._vcrpy.ledger import Bookkeeper, asked
from vcr_openai.plugin.workers import received, send

if TYPE_CHECKING:
    from vcr_openai._vcrpy.ledger import Ledger

_OUTPUT = "vcr_openai_ledger"  # the name of what a worker of pytest-xdist sends to the main process


class LedgerPlugin:
    """The ledger of one pytest session. ``asks``: whether it has what each interaction asks that no test played."""

    def __init__(self, *, tokens: bool, asks: bool) -> None:
        self.books = Bookkeeper(tokens=tokens)
        self._asks = asked if asks else None
        WATCHERS.append(self.books)

    @property
    def ledger(self) -> Ledger:
        """What was done so far; at the end of the session, in the process that has the terminal, all of it."""
        return self.books.ledger

    def pytest_unconfigure(self) -> None:
        """Stop watching."""
        WATCHERS.remove(self.books)

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Note which test runs, before any of its fixtures."""
        self.books.begin(item.nodeid)

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: pytest.FixtureDef[Any]) -> Generator[None, object, object]:
        """Note whether what is opened now is for several tests."""
        outer, self.books.is_wide = self.books.is_wide, fixturedef.scope != "function"
        try:
            return (yield)
        finally:
            self.books.is_wide = outer

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """Enter what the test's cassettes did, once all fixtures are done."""
        try:
            return (yield)
        finally:
            self.books.settle(asks=self._asks)
            self.books.test = ""

    @pytest.hookimpl(tryfirst=True)
    def pytest_sessionfinish(self, session: pytest.Session) -> None:
        """Send the ledger to the process that has the terminal."""
        self.books.settle(asks=self._asks)
        send(session, _OUTPUT, self.ledger.sent())

    @pytest.hookimpl(optionalhook=True)
    def pytest_testnodedown(self, node: Any) -> None:
        """Add a worker's part."""
        self.ledger.add(received(node, _OUTPUT) or {"counts": {}, "files": {}})
