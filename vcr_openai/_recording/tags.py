"""Temporary: old names, until their callers have switched."""

from __future__ import annotations

from vcr_openai._recording.outcome import data_of

__all__ = ["data_of"]
