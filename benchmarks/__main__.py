"""The table of costs: ``python benchmarks [SECTION…] [--json]``."""

from costs import main

main()
