"""The default rules on real recordings: which of them become one."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import combinations
from typing import Any

import places
import pytest
from messages import question

from vcr_openai._matching.canonical import Canonical, canonical
from vcr_openai._matching.request_diff import differences
from vcr_openai._matching.rules import Rules

RECORDINGS = places.SAMPLES / "recordings"


def _read() -> list[dict[str, Any]]:
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(RECORDINGS.rglob("*.json"))]
    return [document for document in documents if "url" in document["request"]]


def _canon(document: dict[str, Any], rules: Rules, **layout: Any) -> Canonical:
    request = document["request"]
    body = json.dumps(request.get("body", request.get("payload")), **layout)
    return canonical(question(body, request["url"], request["method"]), rules)


def _collisions() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Pairs of recordings of one test that match although a part of their recorder's keys differs."""
    groups: dict[tuple[Any, Canonical], list[dict[str, Any]]] = defaultdict(list)
    for document in _read():
        groups[document.get("test_id"), _canon(document, Rules())].append(document)
    pairs = [pair for group in groups.values() for pair in combinations(group, 2)]
    return [(one, other) for one, other in pairs if _canon(one, Rules.exact()) != _canon(other, Rules.exact())]


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the sample recordings are not here")
def test_recordings_become_one_only_by_a_rule() -> None:
    """Where two recordings of one test match, each of their differences lies at a path that a rule changed."""
    for one, other in _collisions():
        trace = _canon(one, Rules()).trace + _canon(other, Rules()).trace
        for difference in differences(_canon(one, Rules.exact()), _canon(other, Rules.exact()), 1000):
            assert any(difference.path.startswith(change.path) for change in trace), difference


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the sample recordings are not here")
def test_every_recording_equals_itself() -> None:
    """Every recording's request is one canonical request, however its JSON is written."""
    for document in _read():
        assert _canon(document, Rules(), indent=2, sort_keys=True) == _canon(document, Rules())
