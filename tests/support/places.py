"""Where the files are that tests read: the project's own, and the samples where they lie beside it."""

from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
CASSETTES = ROOT / "cassettes"
DOCS = ROOT / "docs"
TESTS = ROOT / "tests"
SAMPLES = ROOT.parent / "shared" / "samples"
needs_samples = pytest.mark.skipif(not SAMPLES.is_dir(), reason="the samples are not part of the project")
