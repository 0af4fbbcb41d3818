"""The files of a test: the cassettes where pytest-recording puts them, and the recordings with its test id."""

from __future__ import annotations

import os
import posixpath
from collections.abc import Iterator
from pathlib import Path

from vcr_openai import _files
from vcr_openai._formats.registry import SUFFIXES
from vcr_openai._trees.cassette_paths import CASSETTES, RECORDINGS, cassettes_of_test, safe_name, stem
from vcr_openai._trees.sources import FilesOfTest, Source, skim

_MODULE = ".py"


def is_test_id(text: str) -> bool:
    """Whether a text names a test, a class of tests or a test module, as pytest takes it."""
    return text.partition("::")[0].endswith(_MODULE)


def is_of_test(test_id: str, wanted: str) -> bool:
    """Whether a test is the wanted one, one of its parametrized forms, or in the wanted class or module."""
    rest = test_id.removeprefix(wanted)
    return test_id.startswith(wanted) and (rest == "" or rest.startswith(("::", "[")))


def files_of_test(text: str, rootdir: Path) -> FilesOfTest:
    """The files of the test that a text names. Raises ValueError where its file cannot be below ``rootdir``."""
    wanted = _test_id(text, rootdir)
    path, separator, names = wanted.partition("::")
    home = posixpath.dirname(path)
    folder = rootdir / home / CASSETTES / posixpath.basename(path).removesuffix(_MODULE)
    exact: set[str] = set() if not separator else _exact_names(wanted)
    parts = Path(os.path.normpath(rootdir.absolute())).parts
    found = [one for one in _files_in(folder) if not separator or one.name in exact or _is_named(one.name, names)]
    found += _recordings(rootdir, wanted, parts)
    sources = (Source(str(one), one.relative_to(rootdir).as_posix(), parts, named=True) for one in found)
    return FilesOfTest(wanted, str(folder), tuple(sources))


def _test_id(text: str, rootdir: Path) -> str:
    """A test id that is relative to ``rootdir``; in the text its file may be relative to the current folder."""
    path, separator, names = text.partition("::")
    root = os.path.realpath(rootdir)
    inside = os.path.normpath(os.path.join(root, path))  # noqa: PTH118 - as text, a test need not exist any more
    outside = os.path.realpath(path)
    target = outside if os.path.exists(outside) and not os.path.exists(inside) else inside  # noqa: PTH110
    relative = os.path.relpath(target, root)
    if relative.startswith(os.pardir):
        raise ValueError(f"{path} names a file of tests that is not below {root} (--rootdir names another folder).")
    return f"{Path(relative).as_posix()}{separator}{names}"


def _exact_names(test_id: str) -> set[str]:
    """The names of a test's cassette in all formats."""
    return {place.rpartition("/")[2] for place in cassettes_of_test(test_id)}


def _is_named(name: str, names: str) -> bool:
    """Whether a cassette is that of a test, of a parametrized form of it, or of a test in a class of tests."""
    own = safe_name(names)
    return stem(name) == own or stem(name).startswith((f"{own}[", f"{own}."))


def _files_in(folder: Path) -> Iterator[Path]:
    """The cassettes in a folder, not those in its folders."""
    return (one for one in _files.walk(folder, SUFFIXES, []) if one.parent == folder)


def _recordings(rootdir: Path, wanted: str, parts: tuple[str, ...]) -> Iterator[Path]:
    for path in _files.walk(rootdir, (".json",), []):
        relative = path.relative_to(rootdir)
        if RECORDINGS not in relative.parts[:-1]:
            continue
        try:
            recording = skim(Source(str(path), relative.as_posix(), parts))
        except (OSError, ValueError):  # what is wrong with it is of no interest here
            continue
        if recording is not None and recording.test_id and is_of_test(recording.test_id, wanted):
            yield path
