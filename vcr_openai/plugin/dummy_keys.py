"""Dummy keys: in a test that only replays, clients can be made where the environment has no key."""

from __future__ import annotations

import os
from collections.abc import Generator
from typing import Any, Final

import pytest

from vcr_openai._docs import page
from vcr_openai.plugin.host_settings import opens_cassettes
from vcr_openai.plugin.ini_settings import switch_of

SETTING: Final = "vcr_openai_dummy_keys"
_DUMMY: Final = "vcr-openai-dummy-key"
# The variables that SDKs ask for, and those that stand in for them: where one of these is set, no key is asked for.
_VARIABLES: Final = {
    "OPENAI_API_KEY": ("OPENAI_ADMIN_KEY",),
    "AZURE_OPENAI_API_KEY": ("AZURE_OPENAI_AD_TOKEN",),
    "ANTHROPIC_API_KEY": ("ANTHROPIC_AUTH_TOKEN",),
    "GEMINI_API_KEY": ("GOOGLE_API_KEY",),
    "CO_API_KEY": (),
    "CEREBRAS_API_KEY": (),
    "DEEPSEEK_API_KEY": (),
    "FIREWORKS_API_KEY": (),
    "GROQ_API_KEY": (),
    "MISTRAL_API_KEY": (),
    "OPENROUTER_API_KEY": (),
    "PERPLEXITY_API_KEY": (),
    "TOGETHER_API_KEY": (),
    "VOYAGE_API_KEY": (),
    "XAI_API_KEY": (),
}
_MODES_THAT_REPLAY: Final = ("none", None)


def add_dummy_keys_setting(parser: pytest.Parser) -> None:
    """Declare the ini setting."""
    parser.addini(
        SETTING,
        "vcr-openai: in a test that only replays, give OPENAI_API_KEY and its like a dummy where they are unset "
        f"(default: true; see {page('replay.md')}).",
        default="true",
    )


class DummyKeys:
    """The dummies in this process's environment."""

    def __init__(self) -> None:
        self._given: list[str] = []

    def give(self) -> None:
        """Set the variables that are unset."""
        for name, others in _VARIABLES.items():
            if not any(os.environ.get(one) for one in (name, *others)):
                os.environ[name] = _DUMMY
                self._given.append(name)

    def take(self) -> None:
        """Remove what was set, and was not changed since."""
        for name in self._given:
            if os.environ.get(name) == _DUMMY:
                del os.environ[name]
        self._given.clear()


def only_replays(cassette: Any) -> bool:
    """Whether a cassette is open and records nothing."""
    try:
        return bool(cassette is not None and cassette.write_protected)
    except OSError:  # it would record, and cannot be saved
        return False


class DummyKeysPlugin:
    """Gives each marked test its dummies, for as long as it runs."""

    def __init__(self, config: pytest.Config, *, is_on: bool) -> None:
        self._is_on = switch_of(config, SETTING) and is_on
        self._keys = DummyKeys()

    def pytest_runtest_setup(self, item: pytest.Item) -> None:
        """Give them before fixtures make clients, where the test seems to replay: its cassette is not open yet."""
        if self._is_on and _may_replay(item):
            self._keys.give()

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(
        self, fixturedef: pytest.FixtureDef[Any], request: pytest.FixtureRequest
    ) -> Generator[None, object, object]:
        """Give or take them once the cassette is open, and it is known whether it records."""
        result = yield
        if opens_cassettes(fixturedef, request.config) and self._is_on:
            if only_replays(result):
                self._keys.give()
            else:
                self._keys.take()
        return result

    @pytest.hookimpl(wrapper=True, tryfirst=True)
    def pytest_runtest_teardown(self) -> Generator[None, object, object]:
        """Take them after all fixtures."""
        try:
            return (yield)
        finally:
            self._keys.take()


def _may_replay(item: pytest.Item) -> bool:
    if item.config.getoption("--disable-recording", default=False):
        return False
    markers = list(item.iter_markers("vcr"))
    modes = [marker.kwargs["record_mode"] for marker in markers if "record_mode" in marker.kwargs]
    mode = modes[0] if modes else item.config.getoption("--record-mode", default=None)
    return bool(markers) and getattr(mode, "value", mode) in _MODES_THAT_REPLAY
