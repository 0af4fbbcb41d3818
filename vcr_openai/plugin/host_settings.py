"""What pytest-recording decides for a test (0.14): its settings, its cassette's name and file."""

from __future__ import annotations

import hashlib
import os
from pathlib import Path
from typing import TYPE_CHECKING, Any

from vcr_openai._streams.cut_ids import without_cut

if TYPE_CHECKING:
    import pytest

_HOST = "pytest_recording.plugin"
_LONGEST = 255  # characters of a file's name, where the system does not have a limit of its own


def is_of_the_host(fixturedef: pytest.FixtureDef[Any]) -> bool:
    """Whether a fixture is pytest-recording's own: a conftest.py may have another one of the same name."""
    return getattr(fixturedef.func, "__module__", None) == _HOST


def opens_cassettes(fixturedef: pytest.FixtureDef[Any], config: pytest.Config) -> bool:
    """Whether a fixture opens a test's cassette: with --setup-plan no fixture is run, and none has a value."""
    return fixturedef.argname == "vcr" and not config.getoption("setupplan", default=False)


def merged_settings(request: pytest.FixtureRequest) -> dict[str, Any]:
    """The settings of ``vcr_config`` and the markers, the closest last, with the record mode as a text.

    pytest-recording turns the mode ``rewrite`` into another one before vcrpy gets it.
    """
    settings = dict(request.getfixturevalue("vcr_config"))
    for marker in reversed(request.getfixturevalue("vcr_markers")):
        settings.update(marker.kwargs)
    mode = settings.get("record_mode", request.getfixturevalue("record_mode"))
    return {**settings, "record_mode": str(getattr(mode, "value", mode))}


def default_name(item: pytest.Item) -> str:
    """The name of a test's cassette where nobody chose another. The tests that cuts() makes of one share it."""
    return name_of_test(getattr(item, "cls", None), without_cut(item.name))


def name_of_test(cls: Any, name: str) -> str:
    """The name of the cassette of a test with this name, in a class or in none."""
    from pytest_recording.plugin import get_default_cassette_name

    return str(get_default_cassette_name(cls, name))


def default_folder(item: pytest.Item) -> Path:
    """The folder of a test's cassette where nobody chose another."""
    return item.path.parent / "cassettes" / item.path.stem


def file_name(name: str, serializer: Any) -> str:
    """The name of a cassette's file."""
    ending = ".yaml" if serializer is None else str(serializer)
    if len(name) + len(ending) > _longest():
        digest = hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()
        name = f"{name[: _longest() - len(ending) - len(digest) - 3]}...{digest}"
    suffix = ".yaml" if serializer is None else f".{serializer}"
    return name if name.endswith(suffix) else name + suffix


def _longest() -> int:
    try:
        return os.pathconf(".", "PC_NAME_MAX")
    except (AttributeError, ValueError, OSError):
        return _LONGEST
