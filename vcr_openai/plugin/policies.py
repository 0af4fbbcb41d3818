"""Policies: the settings by which a test that did something doubtful passes, passes with a warning, or fails."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import Final

import pytest

from vcr_openai._docs import page
from vcr_openai.plugin.ini_settings import setting_of

_MARKER: Final = "vcr_openai"
_FAIL: Final = "fail"
_WARN: Final = "warn"
_OFF: Final = {"unplayed": "ignore", "guard": "off", "unclosed": "off"}  # the default of each policy
_HELP: Final = {
    "unplayed": f"what becomes of a test that passes and leaves interactions of its cassettes ({page('watch.md')})",
    "guard": f"what becomes of a test that connects to an API past its cassettes ({page('watch.md')})",
    "unclosed": f"what becomes of a test that passes and leaves a replayed stream open ({page('faults.md')})",
}
POLICIES: Final = tuple(_OFF)  # their names as arguments of the marker


def add_policy_settings(parser: pytest.Parser) -> None:
    """Declare an ini setting for each policy."""
    for name, off in _OFF.items():
        parser.addini(f"vcr_openai_{name}", f"vcr-openai: {off}, warn or fail: {_HELP[name]}.", default=off)


def policy_of(config: pytest.Config, name: str) -> str:
    """The policy of the ini file. Raises UsageError with the setting's name for any other value."""
    return _checked(setting_of(config, f"vcr_openai_{name}"), name, f"in the ini file, vcr_openai_{name}")


def test_policy(item: pytest.Item, name: str) -> str:
    """The policy for a test: that of its closest marker, else of the ini file. Raises UsageError for a wrong one."""
    for marker in item.iter_markers(_MARKER):
        if name in marker.kwargs:
            return _checked(marker.kwargs[name], name, f"{item.nodeid}: @pytest.mark.{_MARKER}: {name}")
    return policy_of(item.config, name)


def is_on(policy: str) -> bool:
    """Whether a policy does anything."""
    return policy in (_WARN, _FAIL)


def _checked(value: object, name: str, where: str) -> str:
    known = (_OFF[name], _WARN, _FAIL)
    text = value.strip().lower() if isinstance(value, str) else value
    if text not in known:
        raise pytest.UsageError(f"{where}: expected {known[0]}, warn or fail, found {value!r}")
    return str(text)


def apply_policy(policy: str, item: pytest.Item, report: pytest.TestReport, title: str, lines: Sequence[str]) -> None:
    """Let a report warn of what the lines say, or fail because of it; one that failed gets them as a section."""
    if not (lines and is_on(policy)):
        return
    text = "\n".join([f"vcr-openai: {title}", *(f"  {line}" for line in lines)])
    if policy == _WARN:
        warn(item, text)
    elif report.passed:
        report.outcome = "failed"
        report.longrepr = text
    else:
        report.sections.append((f"vcr-openai: {title}", "\n".join(lines)))


def warn(item: pytest.Item | pytest.Collector, text: str) -> None:
    """Add a warning to pytest's summary. Python does not raise it, so it fails no test where warnings are errors."""
    path, line = item.reportinfo()[:2] if isinstance(item, pytest.Item) else (item.path, None)
    message = warnings.WarningMessage(
        pytest.PytestWarning(text), pytest.PytestWarning, str(path), (line or 0) + 1, line=""
    )
    item.config.hook.pytest_warning_recorded.call_historic(
        kwargs={"warning_message": message, "nodeid": item.nodeid, "when": "runtest", "location": None}
    )
