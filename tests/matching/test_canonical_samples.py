"""The default rules on real recordings: which of them become one."""

from __future__ import annotations

import json
from collections import defaultdict
from itertools import combinations
from typing import Any

import places
import pytest

from vcr_openai._matching.canonical import Canonical, canonical
from vcr_openai._matching.request_diff import differences
from vcr_openai._matching.rules import Rules

RECORDINGS = places.SAMPLES / "recordings"


def _read() -> list[dict[str, Any]]:
    documents = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(RECORDINGS.rglob("*.json"))]
    return [document for document in documents if "url" in document["request"]]


def _form(document: dict[str, Any], rules: Rules, **layout: Any) -> Canonical:
    request = document["request"]
    body = json.dumps(request.get("body", request.get("payload")), **layout)
    return canonical(request["method"], request["url"], body, rules)


def _collisions() -> list[tuple[dict[str, Any], dict[str, Any]]]:
    """Pairs of recordings of one test that match though something that the recorder's key holds is different."""
    groups: dict[tuple[Any, Canonical], list[dict[str, Any]]] = defaultdict(list)
    for document in _read():
        groups[document.get("test_id"), _form(document, Rules())].append(document)
    pairs = [pair for group in groups.values() for pair in combinations(group, 2)]
    return [(one, other) for one, other in pairs if _form(one, Rules.exact()) != _form(other, Rules.exact())]


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the sample recordings are not here")
def test_recordings_become_one_only_by_a_rule() -> None:
    """Where two recordings of one test match, each of their differences lies where a rule fired."""
    for one, other in _collisions():
        trace = _form(one, Rules()).trace + _form(other, Rules()).trace
        for difference in differences(_form(one, Rules.exact()), _form(other, Rules.exact()), 1000):
            assert any(difference.path.startswith(firing.path) for firing in trace), difference


@pytest.mark.skipif(not RECORDINGS.is_dir(), reason="the sample recordings are not here")
def test_every_recording_equals_itself() -> None:
    """Every recording's request has one form, however its JSON is written."""
    for document in _read():
        assert _form(document, Rules(), indent=2, sort_keys=True) == _form(document, Rules())
