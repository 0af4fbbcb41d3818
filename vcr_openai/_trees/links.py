"""Symbolic links in trees: which of them lead to a file, and so would lead nowhere without it."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path

from vcr_openai._trees.sources import FilesOfTest, Paths


def links_in(paths: Paths) -> dict[str, str]:
    """A link for the real path of each file to which one leads: of those in trees, and beside files that are named.

    Hidden folders and folders behind links are not searched.
    """
    found: dict[str, str] = {}
    for top in dict.fromkeys(_folders(paths)):
        for folder, folders, names in os.walk(top):
            folders[:] = [name for name in folders if not name.startswith(".")]
            for path in (os.path.join(folder, name) for name in sorted(names)):  # noqa: PTH118 - many files
                if os.path.islink(path):  # noqa: PTH114 - as above
                    found.setdefault(os.path.realpath(path), path)
    return found


def refuse_linked(path: str, links: Mapping[str, str]) -> None:
    """Raises OSError for a file, which is to go, that a link leads to."""
    link = None if os.path.islink(path) else links.get(os.path.realpath(path))  # noqa: PTH114 - a text
    if link is not None:
        raise OSError(f"the link {link} leads to it, and would lead nowhere: remove the link first")


def _folders(paths: Paths) -> Iterable[Path]:
    for path in paths:
        if isinstance(path, FilesOfTest):
            yield from (Path(source.path).parent for source in path.sources)
        else:
            yield path if path.is_dir() else path.parent
