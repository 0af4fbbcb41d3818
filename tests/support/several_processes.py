"""Tests that run in one process and in several. Workers take seconds to start, so not every form of a test has them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

WORKERS = ["-n2"]
EVERYWHERE = pytest.mark.parametrize("more", [[], pytest.param(WORKERS, marks=pytest.mark.slow)], ids=["one", "xdist"])


def also_in_two(name: str, values: Sequence[Any], ids: Sequence[Any] | None = None) -> pytest.MarkDecorator:
    """Parametrize a test by ``name`` and ``more`` (options): each value in one process, the last also in two."""
    labels = list(map(str, values if ids is None else ids))
    rows = [pytest.param(value, [], id=label) for value, label in zip(values, labels, strict=True)]
    several = pytest.param(values[-1], WORKERS, id=f"{labels[-1]}-xdist", marks=pytest.mark.slow)
    return pytest.mark.parametrize((name, "more"), [*rows, several])
