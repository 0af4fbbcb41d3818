"""Temporary: old names, until their callers have switched."""

from __future__ import annotations

from vcr_openai._recording.uploads import read_content, write_content

__all__ = ["read_content", "write_content"]
