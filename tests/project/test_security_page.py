"""docs/security.md names tests that exist: a promise is not held by one that was renamed away."""

from __future__ import annotations

import re

import places
import pytest

TESTS = places.TESTS
PAGE = places.DOCS / "security.md"
pytestmark = pytest.mark.skipif(not PAGE.is_file(), reason="the tests run apart from the repository")


def test_each_test_that_is_named_exists():
    """Each name in the table is that of a file of tests, or of a test in it."""
    named = re.findall(r"`(test_\w+\.py)(?:::(\w+))?`", PAGE.read_text(encoding="utf-8"))
    assert len(named) > 80
    missing = [
        (file, test)
        for file, test in named
        if not re.search(
            rf"^(?:async )?def {test}\b" if test else "", next(TESTS.rglob(file), PAGE).read_text("utf-8"), re.MULTILINE
        )
    ]
    assert missing == []


def test_each_promise_names_a_test():
    """Each row of a table ends in a test's name."""
    rows = re.findall(r"^\| (?!promise|---)(.*) \|$", PAGE.read_text(encoding="utf-8"), re.MULTILINE)
    assert [row for row in rows if not re.search(r"\| `test_\w+\.py(?:::\w+)?`(?:, `test_\w+\.py::\w+`)*$", row)] == []
