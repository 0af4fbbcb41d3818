"""Cassettes of fixtures: what a fixture of any scope asks is recorded once, and plays in every run."""

from __future__ import annotations

import contextlib
import copy
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

import pytest

from vcr_openai.plugin.dummy_keys import SETTING, DummyKeys, only_replays
from vcr_openai.plugin.hooks import drift_of, redaction_of, rules_of, streams_of
from vcr_openai.plugin.ini_settings import switch_of

_FOLDER: Final = "cassettes"
_FORBIDDEN: Final = str.maketrans(dict.fromkeys("<>?%*:|\"'/\\", "-"))  # as pytest-recording has it
_OF_A_MODULE: Final = ("function", "class", "module")
_RUN: Final = "PYTEST_XDIST_TESTRUNUID"  # the same in all processes of a run


@contextlib.contextmanager
def use(request: pytest.FixtureRequest, name: str | None = None, **settings: Any) -> Iterator[Any]:
    """Open a cassette in a fixture of any scope; gives the cassette, or None with ``--disable-recording``.

    ``name`` is the cassette's name without suffix, by default the fixture's. The file lies with the cassettes of the
    test module; that of a session's or a package's fixture in ``cassettes/`` next to the file that defines the fixture.
    The record mode is the run's. Settings are those of ``vcr_config``, and ``settings``, which count first. Raises
    UsageError for a ``vcr_config`` of a narrower scope than the fixture's, where no settings are given.
    """
    if request.config.getoption("--disable-recording", default=False):
        yield None
        return
    given = _settings(request, settings)
    mode = given.pop("record_mode", None) or _value_of(request, "record_mode", "none")
    mode = str(getattr(mode, "value", mode))
    path = _folder(request) / f"{_name(request, name)}.{given.get('serializer', 'yaml')}"
    former = ""
    if mode == "rewrite":
        from vcr_openai._vcrpy.persisters import remove_once

        former = remove_once(path, os.environ.get(_RUN, ""))
        mode = "new_episodes"
    context = _vcr(request).use_cassette(str(path), record_mode=mode, **given)
    context.is_wide = request.scope != "function"
    keys = DummyKeys()
    try:
        with context as cassette:
            if switch_of(request.config, SETTING) and only_replays(cassette):
                keys.give()
            try:
                yield cassette
            finally:
                keys.take()
    finally:
        if former:
            from vcr_openai._files import restore

            restore(path, former)


def _vcr(request: pytest.FixtureRequest) -> Any:
    """A VCR of ours, with what the hooks of conftest.py files make of it."""
    from vcr_openai._vcrpy.persisters import MergingPersister
    from vcr_openai._vcrpy.registration import VCR

    config, node = request.config, request.node
    vcr = VCR(
        rules=rules_of(node),
        test_id=node.nodeid or None,
        redaction=redaction_of(config),
        stream=streams_of(config).of_fixture(node),
    )
    vcr.register_persister(MergingPersister(one_for_each=True))
    if hasattr(config.hook, "pytest_recording_configure"):
        ours = config.pluginmanager.get_plugin("vcr_openai")
        config.pluginmanager.subset_hook_caller("pytest_recording_configure", [ours])(config=config, vcr=vcr)
    drift_of(config).watch_fixture(node, vcr)
    return vcr


def _settings(request: pytest.FixtureRequest, settings: dict[str, Any]) -> dict[str, Any]:
    """The settings of ``vcr_config``, then those that were given."""
    found = _value_of(request, "vcr_config", None)
    if found is None and not settings and not _is_default(request):
        raise pytest.UsageError(
            f"vcr_openai.use in a fixture of the scope {request.scope}: expected a vcr_config of that scope, or "
            f"settings as arguments, found a narrower vcr_config; give it scope={request.scope!r}"
        )
    return {**copy.deepcopy(found or {}), **settings}


def _value_of(request: pytest.FixtureRequest, name: str, default: Any) -> Any:
    """The value of a fixture; the default where there is none, or where its scope is narrower."""
    try:
        return request.getfixturevalue(name)
    except (pytest.FixtureLookupError, pytest.fail.Exception):
        return default


def _is_default(request: pytest.FixtureRequest) -> bool:
    """Whether ``vcr_config`` is nobody's, or pytest-recording's, which is empty."""
    manager = getattr(request.session, "_fixturemanager", None)
    found = manager.getfixturedefs("vcr_config", request.node) if manager else None
    return not found or found[-1].func.__module__.startswith("pytest_recording.")


def _folder(request: pytest.FixtureRequest) -> Path:
    given = _value_of(request, "vcr_cassette_dir", None)
    if given is not None:
        return Path(given)
    if request.scope in _OF_A_MODULE:
        return request.path.parent / _FOLDER / request.path.stem
    code = getattr(getattr(getattr(request, "_fixturedef", None), "func", None), "__code__", None)
    home = Path(code.co_filename).parent if code is not None else request.config.rootpath
    return home / _FOLDER


def _name(request: pytest.FixtureRequest, name: str | None) -> str:
    if name is None:
        name = request.fixturename or request.node.name
        name = f"{name}[{getattr(request, 'param_index', 0)}]" if hasattr(request, "param") else name
    return name.translate(_FORBIDDEN)
