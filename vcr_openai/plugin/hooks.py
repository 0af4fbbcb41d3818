"""The hooks: ``@pytest.mark.vcr`` of pytest-recording understands the OpenAI API.

The plugin redefines no fixture or option of pytest-recording, and imports neither vcr nor openai before a test uses a
cassette.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from vcr_openai._docs import page
from vcr_openai._streams.cut_ids import without_cut
from vcr_openai.plugin.drift_session import DriftPlugin
from vcr_openai.plugin.drift_settings import ACCEPT, DRIFT, DriftSettings, add_drift_settings
from vcr_openai.plugin.drift_settings import MARKER_SETTING as DRIFT_SETTING
from vcr_openai.plugin.dummy_keys import DummyKeysPlugin, add_dummy_keys_setting
from vcr_openai.plugin.github_annotations import GitHubPlugin, wants_annotations
from vcr_openai.plugin.guard_session import GuardPlugin
from vcr_openai.plugin.html_report import HtmlReportPlugin, wants_html
from vcr_openai.plugin.ini_settings import RuleSettings, add_rule_settings, switch_of
from vcr_openai.plugin.kept_report import KeptPlugin, note_kept
from vcr_openai.plugin.ledger_report import OPTION as REPORT
from vcr_openai.plugin.ledger_report import ReportPlugin, add_report_option, wants_report
from vcr_openai.plugin.ledger_session import LedgerPlugin
from vcr_openai.plugin.library_session import MARKER_SETTING, LibraryPlugin, add_library_settings
from vcr_openai.plugin.miss_report import TITLE, MissPlugin, other_formats
from vcr_openai.plugin.optional_values import destination
from vcr_openai.plugin.policies import POLICIES, add_policy_settings
from vcr_openai.plugin.recording_session import RecordingPlugin, add_recording_settings
from vcr_openai.plugin.stream_session import StreamPlugin
from vcr_openai.plugin.stream_settings import MARKER_SETTINGS as STREAM_SETTINGS
from vcr_openai.plugin.stream_settings import add_stream_settings
from vcr_openai.plugin.unclosed import UnclosedPlugin
from vcr_openai.plugin.unplayed import UnplayedPlugin
from vcr_openai.plugin.unused_report import OPTION as UNUSED
from vcr_openai.plugin.unused_report import UnusedPlugin, add_unused_option, wants_unused

if TYPE_CHECKING:
    from collections.abc import Generator

    from vcr_openai._matching.rules import Rules
    from vcr_openai._redaction.redaction import Redaction

_SWITCH = "vcr_openai"
_MARKER = "vcr_openai"
_REDACT = "vcr_openai_redact"
_REDACTED = {
    "headers": "headers that are left out",
    "query": "parameters of URLs whose values are redacted",
    "fields": "fields of bodies, at any depth, whose values are redacted",
    "patterns": "regular expressions: what they match in bodies and URLs is redacted",
}
_REDACTED_NAMES = tuple(_REDACTED)
_KEEP = "vcr_openai_keep_headers"
_ITEM = pytest.StashKey[pytest.Item]()
_REDACTION = pytest.StashKey["Redaction"]()
_RULES = pytest.StashKey[RuleSettings]()
_ENABLED = pytest.StashKey[bool]()
_LIBRARY = pytest.StashKey[LibraryPlugin]()
_LEDGER = pytest.StashKey[LedgerPlugin]()
_DRIFT = pytest.StashKey[DriftPlugin]()
_RECORDING = pytest.StashKey[RecordingPlugin]()
_STREAMS = pytest.StashKey[StreamPlugin]()


def pytest_addoption(parser: pytest.Parser) -> None:
    """Declare the ini settings (the switch, and one for each rule) and the option."""
    parser.addini(
        _SWITCH,
        "Let vcr-openai match and store the cassettes of @pytest.mark.vcr (default: true).",
        default="true",
    )
    parser.addini(
        _REDACT,
        f"vcr-openai: keep secrets out of what is recorded (default: true; see {page('redact.md')}).",
        default="true",
    )
    for name in _REDACTED_NAMES:
        parser.addini(
            f"{_REDACT}_{name}",
            f"vcr-openai: {_REDACTED[name]}, one on each line (in addition to the defaults).",
            type="linelist",
        )
    parser.addini(_KEEP, "vcr-openai: headers to record as they are, one on each line.", type="linelist")
    add_rule_settings(parser)
    add_library_settings(parser)
    add_policy_settings(parser)
    add_dummy_keys_setting(parser)
    add_report_option(parser)
    add_drift_settings(parser)
    add_unused_option(parser)
    add_stream_settings(parser)
    add_recording_settings(parser)


def pytest_configure(config: pytest.Config) -> None:
    """Declare the marker and read the settings, so that a wrong one is reported before any test runs."""
    config.addinivalue_line(
        "markers",
        f"{_MARKER}(library=…, unplayed=…, guard=…, unclosed=…, drift=…, stream=…, speed=…, **rules): Another "
        "library, other policies or matching rules of vcr-openai for this test, and how its streams are played.",
    )
    config.stash[_ENABLED] = _is_enabled(config)
    config.stash[_LIBRARY] = LibraryPlugin(config)
    config.pluginmanager.register(config.stash[_LIBRARY])
    config.pluginmanager.register(KeptPlugin())
    config.pluginmanager.register(MissPlugin())
    if wants_html(config):
        config.pluginmanager.register(HtmlReportPlugin(lambda: redaction_of(config)))
    if wants_annotations(config):
        config.pluginmanager.register(GitHubPlugin(config))
    ledger = config.stash[_LEDGER] = LedgerPlugin(tokens=wants_report(config), asks=wants_unused(config))
    config.pluginmanager.register(ledger)
    drift = config.stash[_DRIFT] = DriftPlugin(config, DriftSettings(config))
    config.pluginmanager.register(drift)
    config.pluginmanager.register(UnplayedPlugin(config, ledger))
    config.pluginmanager.register(
        GuardPlugin(config, ledger, lambda item: rules_of(item).hosts, counts=wants_report(config))
    )
    config.pluginmanager.register(UnclosedPlugin(config))
    if wants_report(config):
        config.pluginmanager.register(ReportPlugin(config, ledger))
    config.stash[_RECORDING] = RecordingPlugin(config)
    config.pluginmanager.register(config.stash[_RECORDING])
    if wants_unused(config):
        config.pluginmanager.register(UnusedPlugin(config, config.stash[_LIBRARY], ledger, drift))
    config.stash[_RULES] = RuleSettings(config)
    config.pluginmanager.register(DummyKeysPlugin(config, is_on=config.stash[_ENABLED]))
    config.stash[_STREAMS] = StreamPlugin(config, config.stash[_LIBRARY], is_on=config.stash[_ENABLED])
    config.pluginmanager.register(config.stash[_STREAMS])
    switch_of(config, _REDACT)
    config.stash[_LIBRARY].check()
    if config.getini(_KEEP) or any(config.getini(f"{_REDACT}_{name}") for name in _REDACTED_NAMES):
        config.stash[_REDACTION] = _redaction(config)


def _is_enabled(config: pytest.Config) -> bool:
    """The switch. Raises UsageError if it is off and an option is to report on cassettes, of which none is watched."""
    if switch_of(config, _SWITCH):
        return True
    for option in (REPORT, UNUSED, DRIFT, ACCEPT):
        if config.getoption(destination(option)) is not None:
            raise pytest.UsageError(f"{option}: {_SWITCH} is false in the ini file, so no cassette is watched")
    return False


@pytest.hookimpl(tryfirst=True)
def pytest_fixture_setup(request: pytest.FixtureRequest) -> None:
    """Note for which test a fixture is made: pytest-recording's hook does not get the test.

    Some plugins run tests in a protocol of their own, but all of them set up fixtures.
    """
    if isinstance(request.node, pytest.Item):
        request.config.stash[_ITEM] = request.node


# First, so that a conftest.py's own hook runs later and can override it; optional, so that pytest starts without
# pytest-recording.
@pytest.hookimpl(tryfirst=True, optionalhook=True)
def pytest_recording_configure(config: pytest.Config, vcr: Any) -> None:
    """Register with the VCR that pytest-recording made for the test."""
    if config.stash[_ENABLED]:
        from vcr_openai._vcrpy.registration import register

        item = config.stash[_ITEM]
        library = config.stash[_LIBRARY]
        test = library.library_test(item)
        test_id = without_cut(item.nodeid)
        register(
            vcr, rules=rules_of(item, is_library=test is not None), test_id=test_id, redaction=redaction_of(config)
        )
        config.stash[_DRIFT].watch(item, vcr)
        vcr.saving = config.stash[_RECORDING].saving(item)
        config.stash[_STREAMS].direct(vcr, item)
        serializer = vcr.serializers["recording.json"]
        persister = library.use(vcr, item, test) if test else None
        note_kept(item, lambda: [*serializer.kept, *(persister.kept if persister else ())])


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Add to a failed test's report why requests found no answer: the SDK may have replaced the error."""
    report = yield
    cassette = getattr(item, "funcargs", {}).get("vcr")
    misses = getattr(cassette, "misses", None)
    misses = misses if isinstance(misses, list) else []  # a user's own fixture vcr may be anything, even a mock
    if report.failed and cassette is not None:
        lookup = item.config.stash[_LIBRARY].lookup_report(item, cassette, missed=bool(misses))
        others = other_formats(item, cassette) if misses else []
        if parts := [*(["\n".join(others)] if others else []), *misses, *(["\n".join(lookup)] if lookup else [])]:
            report.sections.append((TITLE, "\n\n".join(parts)))
        misses.clear()
    return report


def rules_of(item: Any, *, is_library: bool = False) -> Rules:
    """The matching rules for a test, or for another node of pytest's. Raises UsageError for a wrong marker."""
    config: pytest.Config = item.config
    return config.stash[_RULES].of(
        item, _MARKER, (MARKER_SETTING, DRIFT_SETTING, *POLICIES, *STREAM_SETTINGS), is_library=is_library
    )


def drift_of(config: pytest.Config) -> DriftPlugin:
    """The drift of a session."""
    return config.stash[_DRIFT]


def streams_of(config: pytest.Config) -> StreamPlugin:
    """How the recorded streams of a session are played."""
    return config.stash[_STREAMS]


def redaction_of(config: pytest.Config) -> Redaction:
    """The redaction by the ini file."""
    return config.stash.get(_REDACTION, None) or _redaction(config)


def _redaction(config: pytest.Config) -> Redaction:
    """The redaction by the ini file."""
    from vcr_openai._redaction.redaction import Redaction  # its many patterns take a while to compile

    try:
        names = {name: tuple(config.getini(f"{_REDACT}_{name}")) for name in _REDACTED_NAMES}
        return Redaction(enabled=switch_of(config, _REDACT), keep_headers=tuple(config.getini(_KEEP)), **names)
    except ValueError as error:
        raise pytest.UsageError(f"in the ini file, {_REDACT}_…: {error}") from error
