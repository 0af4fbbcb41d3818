"""The origin of an interaction: a file of a library, or a place in its cassette."""

from __future__ import annotations

import os
from typing import Any

FILES = "files"  # in the response of an interaction: the library's files that it comes from; none for another's


def origin(position: int, response: dict[str, Any]) -> str:
    """What a reader knows an interaction by: the names of its files, else its place."""
    return ", ".join(map(os.path.basename, response.get(FILES) or ())) or f"interactions[{position}]"


def file_of(response: dict[str, Any], cassette: str) -> str:
    """The file to look into, as it is typed in the current folder: the interaction's own, else its cassette's."""
    files = response.get(FILES) or [cassette]
    return str(files[0]).removeprefix(f"{os.getcwd()}{os.sep}")  # noqa: PTH109  # a prefix of a text
