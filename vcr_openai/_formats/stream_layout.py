"""Which parts of a stream's table stand on one line.

The rule of this file: layout only; whoever reads the YAML sees no difference.
"""

from __future__ import annotations

from typing import Any

from vcr_openai._formats.stream_table import holds_long_text
from vcr_openai._yaml.yaml_writer import Compact, OneLine, Rows, one_line

_ROW = 400  # characters of a row on one line; a longer one says so much that it is read as a block


def laid_out(table: dict[str, Any]) -> dict[str, Any]:
    """A table whose rows stand on one line each, and whose ``chunk`` is as compact as it can be read."""
    written_out = "chunk" not in table
    shown = {key: _LAYOUT[key](value) if key in _LAYOUT else value for key, value in table.items()}
    shown["chunks"] = Rows([Compact(row) if written_out else _row(row) for row in table["chunks"]])
    return shown


def _row(row: Any) -> Any:
    if isinstance(row, str):
        return row
    if isinstance(row, dict) and list(row) == ["chunk"] and isinstance(row["chunk"], dict):
        return Compact(row)
    return Compact(row) if holds_long_text(row) or len(one_line(row)) > _ROW else OneLine(row)


def _shapes(shapes: dict[str, Any]) -> dict[str, Any]:
    return {name: {key: Compact(part) for key, part in shape.items()} for name, shape in shapes.items()}


_LAYOUT: dict[str, Any] = {"chunk": Compact, "count": OneLine, "row": _row, "shapes": _shapes}
