"""The sources of tests, as far as their files lie in a tree or in the folders around it."""

from __future__ import annotations

from pathlib import Path

from vcr_openai._files import read_text
from vcr_openai._trees.renamed_tests import function_source

_LEVELS = 6  # folders above the tree that may be pytest's rootdir


class TestSources:
    """The source of a test's function by its id; a file is read once."""

    __test__ = False  # for pytest, which collects what is named so

    def __init__(self, tree: Path) -> None:
        tree = tree.absolute()
        self._roots = (tree, *list(tree.parents)[:_LEVELS])
        self._texts: dict[str, str] = {}

    def of(self, test_id: str) -> str:
        """The source of a test; empty where it is not found."""
        file, *names = test_id.partition("[")[0].split("::")
        if file not in self._texts:
            self._texts[file] = self._read(file)
        return function_source(self._texts[file], names) if names else ""

    def _read(self, file: str) -> str:
        for root in self._roots:
            try:
                return read_text(root / file)
            except (OSError, ValueError):
                continue
        return ""
