"""The pages of the docs, which the wheel does not have: help texts and messages name them by their URLs."""

from __future__ import annotations

from typing import Final

_FOLDER: Final = "https://github.com/vcr-openai/vcr-openai/blob/main/docs/"


def page(name: str) -> str:
    """The URL of a page, such as ``watch.md``."""
    return f"{_FOLDER}{name}"
