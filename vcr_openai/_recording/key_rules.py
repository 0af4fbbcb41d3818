"""The versions of the key's rule: what each recorder left out of a request before it computed the key.

Each row is here because a recorder of that time computed names in this way (its source), or because it alone explains
names in a real tree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

Replacement = tuple[str, re.Pattern[str], str]  # a literal that each match has, the pattern, what takes its place

UUID = "[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}"
# What varies from one file search to the next, in the order in which the recorder replaces it.
_SCORES: tuple[Replacement, ...] = (
    ("score:", re.compile(r"score:\s*[-+]?\d*\.?\d+(?:[eE][-+]?\d+)?"), "score: __NORMALIZED__"),
    # The look-behind changes no match. Without it, each space of a long run would be tried as a start.
    ("attributes:", re.compile(r",?(?<!\s)\s*attributes:\s*\{[^}]*\}"), ""),
)
_FILE_SEARCH: tuple[Replacement, ...] = (
    *_SCORES,
    ("document_id:", re.compile(rf"document_id:\s*{UUID}"), "document_id: __NORMALIZED__"),
    ("<|", re.compile(rf"<\|{UUID}\|>"), "<|__NORMALIZED__|>"),
)


@dataclass(frozen=True)
class KeyRule:
    """How a recorder made a key of a recording."""

    name: str
    what: str  # a line for people: how it differs from the row before
    replaced: tuple[Replacement, ...] = ()  # in every text of the body
    decimals: int | None = None  # to how many floats, and long decimals in texts, are rounded
    extra: Literal["project_id", "all", "nothing"] = "nothing"  # what is removed from extra_body and extra_query
    bedrock: bool = False  # whether stream_options are left out for Bedrock's host
    test_id: Literal["null for lists", "not for lists", "never"] = "not for lists"
    digits: int = 64  # of the key, in a file's name


CURRENT = KeyRule(
    "ogx-1.5",
    "the current rule",
    replaced=_FILE_SEARCH,
    decimals=5,
    extra="project_id",
    bedrock=True,
    test_id="null for lists",
)
# The newest first: where several explain a name, the newest counts.
KEY_RULES: tuple[KeyRule, ...] = (
    CURRENT,
    KeyRule(
        "lists-of-tests",
        "no test_id for /v1/models and /api/tags, the test's own for all other model lists",
        replaced=_FILE_SEARCH,
        decimals=5,
        extra="project_id",
        bedrock=True,
    ),
    KeyRule(
        "no-extra-body",
        "extra_body and extra_query left out altogether",
        replaced=_FILE_SEARCH,
        decimals=5,
        extra="all",
        bedrock=True,
    ),
    KeyRule("project-id", "project_id kept", replaced=_FILE_SEARCH, decimals=5, bedrock=True),
    KeyRule("scores", "document ids and citations kept", replaced=_SCORES, decimals=5, bedrock=True),
    KeyRule("decimals", "scores and attributes kept", decimals=5, bedrock=True),
    KeyRule("stream-options", "stream_options kept for bedrock, too", decimals=5),
    KeyRule("six-decimals", "decimals rounded to six digits", decimals=6),
    KeyRule("as-sent", "the body as it was sent"),
    KeyRule("no-test-id", "no test_id, and the first 12 digits of the key", test_id="never", digits=12),
)


def key_rule(name: str) -> KeyRule:
    """The version of that name. Raises KeyError for an unknown name."""
    return {rule.name: rule for rule in KEY_RULES}[name]
