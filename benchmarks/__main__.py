"""Run every benchmark of this folder, or those whose names are given: ``python benchmarks [NAME…] [--json]``."""

from __future__ import annotations

import runpy
import sys
from pathlib import Path

scripts = {path.stem: path for path in sorted(Path(__file__).parent.glob("*.py")) if path.stem != "__main__"}
for name in [argument for argument in sys.argv[1:] if not argument.startswith("-")] or scripts:
    if name not in scripts:
        sys.exit(f"no benchmark is called {name}; there are: {', '.join(scripts) or 'none'}")
    print(f"== {name}", flush=True)
    runpy.run_path(str(scripts[name]), run_name="__main__")
