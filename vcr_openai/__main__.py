"""``python -m vcr_openai``: the command."""

from __future__ import annotations

from vcr_openai._cli import main

if __name__ == "__main__":
    raise SystemExit(main())
