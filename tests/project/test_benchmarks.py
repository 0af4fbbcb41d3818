"""The benchmarks can be started. What they measure is not tested: it depends on the machine."""

from __future__ import annotations

import subprocess
import sys

import pytest
from places import ROOT


@pytest.mark.slow
def test_the_table_of_costs_has_a_section_for_every_script_with_rows():
    """``python benchmarks NAME`` imports all scripts, and names a section for each that measures if NAME is none."""
    pytest.importorskip("httpx2", reason="openai 2 does not install it")
    command = [sys.executable, str(ROOT / "benchmarks"), "nothing"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    named = done.stderr.rpartition("expected sections of ")[2].removesuffix(", found nothing\n")
    scripts = (ROOT / "benchmarks").glob("*.py")
    measuring = [path for path in scripts if "\ndef measure(" in path.read_text(encoding="utf-8")]
    assert len(named.split(", ")) == len(measuring) > 1
