"""A pytest plugin for vcrpy's own tests: ``vcr.VCR`` is ours."""

from __future__ import annotations

import vcr

import vcr_openai


def pytest_configure() -> None:
    """Put our VCR in the place of vcrpy's before the tests import it."""
    vcr.VCR = vcr_openai.VCR
    vcr.default_vcr = vcr_openai.VCR()
    vcr.use_cassette = vcr.default_vcr.use_cassette
