"""``python fuzz/with_atheris.py TARGET [libFuzzer's options]``: one target under atheris, guided by coverage.

atheris is installed by hand (``pip install atheris``; CPython 3.11 and 3.12 on Linux); nothing else needs it. The seeds
are its corpus; it stops at its first finding and leaves the input in ``crash-…``.
"""

from __future__ import annotations

import sys
from pathlib import Path

import atheris

with atheris.instrument_imports(include=["vcr_openai"]):
    from doors import DOORS
    from targets import READERS

TARGETS = {target.__name__: target for target in (*READERS, *DOORS)}

if __name__ == "__main__":
    name, *options = sys.argv[1:]
    limits = ["-timeout=5", "-rss_limit_mb=3000", "-max_len=100000"]
    atheris.Setup([sys.argv[0], *limits, *options, str(Path(__file__).parent / "seeds")], TARGETS[name])
    atheris.Fuzz()
