"""The cassette files that a run did not open, and the interactions that it did not play."""

from __future__ import annotations

import os
import re
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path
from typing import TYPE_CHECKING

from vcr_openai._files import read_text, text_if_any, walk
from vcr_openai._findings import describe_error
from vcr_openai._trees.cassette_paths import CASSETTES, cassette_of_test, stem

if TYPE_CHECKING:
    from vcr_openai._library.library_reports import Session
    from vcr_openai._vcrpy.ledger import FileUse

_UNOPENED = "no test opened it"
_OF_OTHERS = "shared with tests of folders that pytest did not run"
_TESTS_OWN = re.compile(r"(?:^|\.)test")  # in the name that pytest-recording gives a test's cassette
_UNREAD = "no test played it, and it cannot be read"


@dataclass(frozen=True)
class Unused:
    """A cassette file, or one of its interactions, that no test used; ``what`` is that in a line.

    What a file has that cannot be read is not known, so it is not ``removable``.
    """

    path: str
    index: int | None
    what: str
    removable: bool = True


def names_of(test_id: str) -> set[str]:
    """The names that pytest-recording gives a test's cassette, in each format."""
    from vcr_openai._formats.registry import FORMATS

    try:
        return {cassette_of_test(test_id, (), name).rpartition("/")[2] for name in FORMATS}
    except ValueError:  # a test of another plugin's, in a file that is not Python
        return set()


def home_of(test_file: Path) -> Path:
    """The folder in which pytest-recording looks for the cassettes of a folder's tests."""
    return test_file.parent / CASSETTES


def folder_of_cassettes(path: str) -> Path:
    """The folder in which a cassette lies with others: the last that is called ``cassettes``, else its own."""
    parents = Path(path).parents
    return next((one for one in parents if one.name == CASSETTES), parents[0])


class Judge:
    """Judges the cassettes of a run. ``whole`` are the folders whose tests were all to run, ``root`` is pytest's."""

    def __init__(self, session: Session, files: Mapping[str, FileUse], whole: Collection[Path], root: Path) -> None:
        self._session = session
        self._files = files
        self._whole = whole
        self._root = root
        self._open = session.deselected | (session.collected - session.passed)  # what they may play is not known
        self._names = {name for test, name in session.names if test in self._open}
        self._known = {name for test, name in session.names if test not in self._open}
        self._modules = {self._module_of(test) for test in self._open}
        self._sources = {path: text_if_any(path) for path in self._modules}
        self._collected = {self._module_of(test) for test in session.collected | session.deselected}
        self.spared: Counter[str] = Counter()

    def unused(self) -> Iterator[Unused]:
        """What no test used, by path; ``spared`` then counts the reasons why other files were not judged."""
        for path in sorted({*self._candidates(), *(one for one in self._files if os.path.isfile(one))}):  # noqa: PTH113
            use = self._files.get(path)
            found = list(_unopened(path) if use is None else _left(path, use))
            if found:
                reason = self._spares(path, use)
                if reason is None:
                    yield from found
                else:
                    self.spared[reason] += 1

    def _candidates(self) -> Iterator[str]:
        from vcr_openai._formats.registry import SUFFIXES

        for home in sorted(self._session.homes):
            for path in walk(Path(home), SUFFIXES, []):
                if Path(home).name == CASSETTES or path.parent == Path(home):
                    yield os.path.realpath(path)

    def _spares(self, path: str, use: FileUse | None) -> str | None:
        """Why a file is not judged; None where it is."""
        if use is not None and use.written:
            return "recorded in this run"
        if use is not None and use.tests - self._session.passed - {""}:
            return "a test that opened it failed or was skipped"
        if use is not None and use.wide and self._open:
            return "a fixture's, and some tests failed, were skipped or deselected"
        home = folder_of_cassettes(path)
        if use is not None and use.wide and not self._session.is_whole(home.parent.resolve(), self._whole):
            return _OF_OTHERS
        name = Path(path).name
        if use is None and self._open and not _TESTS_OWN.search(name):
            return "a fixture of tests that failed, were skipped or deselected may open it"
        if name in self._names:
            return "its test failed, was skipped or deselected"
        if name not in self._known and any(stem(name) in text for text in self._sources.values()):
            return "tests that failed, were skipped or deselected may open it"
        return self._spares_unopened(Path(path)) if use is None else None

    def _spares_unopened(self, path: Path) -> str | None:
        home = folder_of_cassettes(str(path))
        parts = path.relative_to(home).parts
        module = (home.parent / f"{parts[0]}.py").resolve() if len(parts) > 1 else None
        if module is not None and module in self._collected:
            return None
        if module is not None and module.is_file():
            return "its test file exists and was not collected"
        return None if self._session.is_whole(home.parent.resolve(), self._whole) else _OF_OTHERS

    def _module_of(self, test: str) -> Path:
        return (self._root / test.partition("::")[0]).resolve()


def _left(path: str, use: FileUse) -> Iterator[Unused]:
    for index in use.left:
        yield Unused(path, index, f"interactions[{index}]: {use.asks.get(index, '')}: no test played it")


def _unopened(path: str) -> Iterator[Unused]:
    """The file, if it is a cassette or a broken one."""
    from vcr_openai._errors import Unsupported
    from vcr_openai._formats.registry import read_document

    try:
        if read_document(read_text(path)).exchanges:
            yield Unused(path, None, _UNOPENED)
    except (OSError, ValueError, RecursionError) as error:
        if not isinstance(error, Unsupported) or error.where:  # a folder may have other files
            yield Unused(path, None, f"{_UNREAD}: {describe_error(error)}", removable=False)


def has_tests(path: Path, never: Iterable[str]) -> bool:
    """Whether a file or a folder seems to have tests, by the names that pytest looks for.

    ``never`` are patterns of the names of folders in which it never looks; a virtual environment is such a folder, too.
    """
    if any(fnmatch(path.name, pattern) for pattern in never) or (path / "pyvenv.cfg").is_file():
        return False
    found = walk(path, (".py",), []) if path.is_dir() else [path]
    return any(one.name.startswith("test_") or one.name.endswith("_test.py") for one in found)
