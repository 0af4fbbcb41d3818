"""The pytest plugin; pytest finds its hooks here."""

from __future__ import annotations

from vcr_openai.plugin.hooks import (
    pytest_addoption,
    pytest_configure,
    pytest_fixture_setup,
    pytest_recording_configure,
    pytest_runtest_makereport,
)
from vcr_openai.plugin.optional_values import pytest_load_initial_conftests

__all__ = [
    "pytest_addoption",
    "pytest_configure",
    "pytest_fixture_setup",
    "pytest_load_initial_conftests",
    "pytest_recording_configure",
    "pytest_runtest_makereport",
]
