"""Where the files are that tests read: the project's own, and the samples where they lie beside it."""

from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
CASSETTES = ROOT / "cassettes"
DOCS = ROOT / "docs"
TESTS = ROOT / "tests"
SAMPLES = ROOT.parent / "shared" / "samples"
