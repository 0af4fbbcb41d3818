"""The mark of an accepted request: that it took the place of another one, so that the answer is older than it.

It is ``{"date": "2026-01-31", "paths": ["tool_choice"]}``: when, and in what the two differ. An interaction has it in
its provenance, a recording as its last member.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from vcr_openai._http.exchange import Provenance

ACCEPTED = "accepted"  # the member's name in both
Mark = dict[str, Any]


def mark_of(value: Any) -> Mark | None:
    """The mark in an object; None where it has none, or something else of that name."""
    found = value.get(ACCEPTED) if isinstance(value, Mapping) else None
    if not isinstance(found, dict) or list(found) != ["date", "paths"] or not isinstance(found["date"], str):
        return None
    paths = found["paths"]
    return found if isinstance(paths, list) and all(isinstance(path, str) for path in paths) else None


def without_mark(value: Mapping[str, Any]) -> dict[str, Any]:
    """A provenance or document without its mark."""
    return {key: member for key, member in value.items() if key != ACCEPTED}


def marked(date: str, paths: Iterable[str], before: Mapping[str, Any]) -> Mark:
    """The mark of an interaction that may have been accepted before: the last date, and all paths."""
    earlier = mark_of(before)
    return {"date": date, "paths": sorted({*paths, *(earlier["paths"] if earlier else ())})}


def is_from_wire(provenance: Provenance) -> bool:
    """Whether an exchange was recorded from the wire, and not made from a recording."""
    return not provenance or (mark_of(provenance) is not None and len(provenance) == 1)
