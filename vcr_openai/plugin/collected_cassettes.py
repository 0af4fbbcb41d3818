"""The cassette of a test as far as it is known when tests are collected, before any fixture has run."""

from __future__ import annotations

import inspect
import os
from collections.abc import Mapping
from pathlib import Path
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from vcr_openai.plugin.host_settings import default_folder, file_name, is_of_the_host, name_of_test

if TYPE_CHECKING:
    import pytest


class CollectedTest:
    """A test function: what pytest-recording will decide for its cassettes.

    Fixtures of the user's own (``vcr_config``, ``vcr_cassette_dir``, ``default_cassette_name``) are called as
    functions, where they are plain ones whose arguments are known by now.
    """

    def __init__(self, metafunc: pytest.Metafunc) -> None:
        self._node = metafunc.definition
        self._cls = metafunc.cls
        self._request = SimpleNamespace(
            node=self._node,
            cls=metafunc.cls,
            module=metafunc.module,
            function=metafunc.function,
            config=metafunc.config,
            path=self._node.path,
            fspath=self._node.path,
            session=self._node.session,
            keywords=self._node.keywords,
        )

    def settings(self) -> dict[str, Any]:
        """The settings of ``vcr_config`` and the markers, the closest last."""
        found = self._value("vcr_config")
        merged = dict(found) if isinstance(found, Mapping) else {}
        for marker in reversed(list(self._node.iter_markers("vcr"))):
            merged.update(marker.kwargs)
        return merged

    def files(self, parameters: str) -> list[Path]:
        """The test's cassette, and those that its markers name. ``parameters`` is the id of a parametrized form."""
        folder = self._value("vcr_cassette_dir")
        home = Path(folder) if isinstance(folder, (str, os.PathLike)) else default_folder(self._node)
        own = file_name(self._name(parameters), self.settings().get("serializer"))
        further = [str(one) for marker in self._node.iter_markers("vcr") for one in marker.args]
        return [home / one for one in dict.fromkeys([own, *further])]

    def _name(self, parameters: str) -> str:
        test = f"{self._node.name}[{parameters}]" if parameters else self._node.name
        marker = self._node.get_closest_marker("default_cassette")
        if marker is not None and marker.args:
            return str(marker.args[0])
        self._request.node = SimpleNamespace(
            name=test,
            cls=self._cls,
            path=self._node.path,
            fspath=self._node.path,
            originalname=self._node.name,
            config=self._node.config,
            get_closest_marker=self._node.get_closest_marker,
            iter_markers=self._node.iter_markers,
        )
        found = self._value("default_cassette_name")
        return found if isinstance(found, str) else name_of_test(self._cls, test)

    def _value(self, name: str) -> Any:
        """The value of a fixture of the user's own; None where it is not known before the test runs."""
        manager = getattr(self._node.session, "_fixturemanager", None)
        found = manager.getfixturedefs(name, self._node) if manager is not None else None
        if not found or is_of_the_host(found[-1]):
            return None
        return self._called(found[-1].func)

    def _called(self, function: Any) -> Any:
        if inspect.isgeneratorfunction(function) or inspect.iscoroutinefunction(function):
            return None
        given: dict[str, Any] = {}
        for name in inspect.signature(function).parameters:
            value = self._argument(name)
            if value is None:
                return None
            given[name] = value
        try:
            return function(**given)
        except Exception:  # noqa: BLE001  # it needs a running test
            return None

    def _argument(self, name: str) -> Any:
        if name == "request":
            return self._request
        if name == "self":
            return self._cls() if self._cls is not None else None
        return self._request.config if name == "pytestconfig" else self._value(name)
