"""The settings of drift: the options that list and accept it, and the ini setting that lets it pass."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import pytest

from vcr_openai._docs import page
from vcr_openai.plugin.ini_settings import setting_of
from vcr_openai.plugin.optional_values import add_optional, destination, json_file

if TYPE_CHECKING:
    from vcr_openai._matching.drift import Accepted

DRIFT: Final = "--vcr-openai-drift"
ACCEPT: Final = "--vcr-openai-accept"
SETTING: Final = "vcr_openai_drift"  # in the ini file
MARKER_SETTING: Final = "drift"
FAIL, WARN = "fail", "warn"
_FILE, _PATHS = destination(DRIFT), destination(ACCEPT)
_MARKER: Final = "vcr_openai"
_RECORDING: Final = ("rewrite", "all", "new_episodes")  # record modes that ask for new answers


def add_drift_settings(parser: pytest.Parser) -> None:
    """Declare the options and the ini setting."""
    add_optional(
        parser,
        DRIFT,
        "=FILE.json",
        "Let the recorded request that is most like it answer each request that changed, and tell the kinds of "
        f"change at the end. {DRIFT}=FILE.json writes all of them as JSON.",
    )
    parser.getgroup("vcr-openai").addoption(
        ACCEPT,
        action="append",
        metavar="PATHS|all",
        dest=_PATHS,
        help=f"As {DRIFT}; then write the requests that changed at these paths alone (with commas between them) into "
        "the cassettes, and leave the answers.",
    )
    parser.addini(
        SETTING,
        "vcr-openai: a request without an equal recorded one fails (default), or is answered by its URL with a warning "
        f"(warn; see {page('adopt.md')}).",
        default=FAIL,
    )


class DriftSettings:
    """The settings of one pytest session. Raises UsageError, with the setting's name, for a wrong one."""

    def __init__(self, config: pytest.Config) -> None:
        self._default = _checked(setting_of(config, SETTING), f"in the ini file, {SETTING}")
        self.file: str | None = config.getoption(_FILE)
        given: list[str] | None = config.getoption(_PATHS)
        self.is_listed = self.file is not None or given is not None
        self.accepted = _accepted(given)
        self.path = json_file(config, DRIFT, self.file) if self.file else None
        mode = config.getoption("record_mode", None)
        if self.is_listed and mode in _RECORDING:
            raise pytest.UsageError(f"{DRIFT} and {ACCEPT} replay: expected no --record-mode={mode} beside them")
        if self.is_listed and getattr(config.option, "disable_recording", False):
            raise pytest.UsageError(f"{DRIFT} and {ACCEPT} replay: expected no --disable-recording beside them")

    def of(self, item: pytest.Item) -> str:
        """``fail`` or ``warn`` for a test: that of the closest marker, else of the ini file."""
        for marker in item.iter_markers(_MARKER):
            if MARKER_SETTING in marker.kwargs:
                name = f"{item.nodeid}: @pytest.mark.{_MARKER}: {MARKER_SETTING}"
                return _checked(marker.kwargs[MARKER_SETTING], name)
        return self._default


def _checked(value: object, name: str) -> str:
    word = value.strip().lower() if isinstance(value, str) else value
    if word not in (FAIL, WARN):
        raise pytest.UsageError(f"{name}: expected {FAIL} or {WARN}, found {value!r}")
    return str(word)


def _accepted(given: list[str] | None) -> Accepted | None:
    if given is None:
        return None
    from vcr_openai._matching.drift import Accepted  # which imports what a run without this option does not need

    try:
        return Accepted.parse(given)
    except ValueError as error:
        raise pytest.UsageError(f"{ACCEPT}: {error}") from error
