"""The pytest plugin: ``@pytest.mark.vcr`` of pytest-recording understands the OpenAI API.

It defines no fixture and no option of pytest-recording's names, and imports neither vcr nor openai before a test that
uses a cassette.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Generator

_SWITCH = "vcr_openai"
_TEST_ID = pytest.StashKey[str]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini settings."""
    parser.addini(
        _SWITCH,
        "Let vcr-openai match and store the cassettes of @pytest.mark.vcr (default: true).",
        type="bool",
        default=True,
    )


@pytest.hookimpl(wrapper=True)
def pytest_runtest_protocol(item: pytest.Item) -> Generator[None, object, object]:
    """Note which test runs: pytest-recording's hook is not told."""
    item.config.stash[_TEST_ID] = item.nodeid
    return (yield)


# First, so that a conftest.py's own hook runs later and has the last word; optional, so that pytest starts without
# pytest-recording.
@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    """Register with the VCR that pytest-recording made for the test."""
    if config.getini(_SWITCH):
        from vcr_openai.registration import register

        register(vcr, test_id=config.stash.get(_TEST_ID, None))
