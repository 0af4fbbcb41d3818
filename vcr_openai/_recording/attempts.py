"""Temporary: old names, until their callers have switched."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from vcr_openai._http.vcr_dicts import exchange_from_dict, exchange_to_dict
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import exchanges_of, with_retries


def to_interactions(recordings: Iterable[Recording]) -> list[dict[str, Any]]:
    return list(map(exchange_to_dict, exchanges_of(recordings)))


def with_attempts(interactions: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return list(map(exchange_to_dict, with_retries(list(map(exchange_from_dict, interactions)))))
