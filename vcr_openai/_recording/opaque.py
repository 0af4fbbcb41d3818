"""Temporary: old names, until their callers have switched."""

from __future__ import annotations

from vcr_openai._recording.translate import why_opaque as carried_reason

__all__ = ["carried_reason"]
