"""Temporary: old names, until their callers have switched."""

from __future__ import annotations

from vcr_openai._recording.recorder import normal_form

__all__ = ["normal_form"]
