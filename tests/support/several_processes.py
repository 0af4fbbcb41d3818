"""Tests that run in one process and in several. Workers take seconds to start, so not every form of a test has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

ONE_WORKER = pytest.param(["-n1"], id="xdist", marks=pytest.mark.slow)  # what it finds has to reach the main process
TWO_WORKERS = pytest.param(["-n2"], id="xdist", marks=pytest.mark.slow)  # what they find has to add up
_ONE_PROCESS = pytest.param([], id="one")
EVERYWHERE = pytest.mark.parametrize("more", [_ONE_PROCESS, ONE_WORKER])
ALSO_IN_TWO = pytest.mark.parametrize("more", [_ONE_PROCESS, TWO_WORKERS])


def also_in_two(name: str, values: Sequence[Any], ids: Sequence[Any] | None = None) -> pytest.MarkDecorator:
    """Parametrize a test by ``name`` and ``more`` (options): each value in one process, the last also in two."""
    labels = list(map(str, values if ids is None else ids))
    rows = [pytest.param(value, [], id=label) for value, label in zip(values, labels, strict=True)]
    several = pytest.param(values[-1], ["-n2"], id=f"{labels[-1]}-xdist", marks=pytest.mark.slow)
    return pytest.mark.parametrize((name, "more"), [*rows, several])
