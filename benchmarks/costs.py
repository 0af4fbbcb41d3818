"""Every cost, as one table: ``python benchmarks/costs.py [SECTION…] [--json]``, or ``tox -e bench``.

Each row is a ratio to something that is measured in the same turn (vcrpy's own YAML, ``json.loads`` and ``json.dumps``,
a client that answers from memory, a smaller input), in processor time: the median over several turns, or the best of
some. So it holds on a busy machine, except for the rows that are marked 'wall-clock'. The chats are made up: half of
them are streams.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
from pathlib import Path

import beside_cassetter
import commands
import growth
import library
import lookup
import overhead
import replays
import streams
from rows import NotMeasured, Row, in_groups, show

import cassettes

SECTIONS = {
    "cassettes": cassettes.measure,
    "replays": replays.measure,
    "cassetter": beside_cassetter.measure,
    "commands": commands.measure,
    "growth": growth.measure,
    "lookup": lookup.measure,
    "streams": streams.measure,
    "library": library.measure,
    "overhead": overhead.measure,
}


def measured(names: list[str]) -> tuple[list[Row], list[str]]:
    """The rows of these sections, and a line for each that cannot be measured here."""
    rows: list[Row] = []
    notes = []
    with tempfile.TemporaryDirectory() as folder:
        for name in names:
            print(f"measuring {name} …", file=sys.stderr, flush=True)
            try:
                rows += SECTIONS[name](Path(folder))
            except NotMeasured as reason:
                notes.append(str(reason))
    return in_groups(rows), notes


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="Measure what vcr-openai costs, and print a table.")
    parser.add_argument("sections", nargs="*", metavar="SECTION", help=f"only these, of: {', '.join(SECTIONS)}")
    parser.add_argument("--json", action="store_true", help="print the rows as JSON")
    options = parser.parse_args()
    unknown = [name for name in options.sections if name not in SECTIONS]
    if unknown:
        parser.error(f"expected sections of {', '.join(SECTIONS)}, found {', '.join(unknown)}")
    rows, notes = measured(options.sections or list(SECTIONS))
    if options.json:
        print(json.dumps([vars(row) | {"held": row.held} for row in rows], indent=2))
    else:
        show(rows)
    for note in notes:
        print(note, file=sys.stderr if options.json else sys.stdout)


if __name__ == "__main__":
    main()
