"""The files of trees: found, read, and worked on by several processes."""

from __future__ import annotations

import os
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

from vcr_openai import _files
from vcr_openai._findings import Finding, refused
from vcr_openai._formats.document import Document
from vcr_openai._formats.recording_json import is_recording
from vcr_openai._formats.registry import SUFFIXES, read_document
from vcr_openai._recording import skimmed
from vcr_openai._recording.recording import Recording
from vcr_openai._trees import cassette_paths

if TYPE_CHECKING:
    from concurrent.futures import ProcessPoolExecutor

Job = TypeVar("Job")
Result = TypeVar("Result")
Progress = Callable[[Iterable[Any], str, int], Iterable[Any]]  # passes on the steps, and may show how many are done

ENOUGH = 400  # jobs: a process starts in half a second, in which this one does that many
_CHUNK = 16


@dataclass(frozen=True)
class Source:
    """A file to work on."""

    path: str  # to open it
    relative: str  # its place in the tree that was named
    root: tuple[str, ...]  # that tree's absolute path
    named: bool = False  # rather than found in a tree
    test_id: str | None = None  # of the test that has this cassette, where somebody looked for it
    is_guess: bool = False  # whether the test was only guessed

    @property
    def is_cassette(self) -> bool:
        """Whether it is in a cassettes folder, and so is a cassette."""
        return cassette_paths.is_cassette(self.relative, self.root)


@dataclass(frozen=True)
class FilesOfTest:
    """The files of a test (or of a class or module of tests), which a test id names in place of a folder."""

    test_id: str
    folder: str  # where pytest-recording looks for its cassette
    sources: tuple[Source, ...]


Paths = Sequence[Path | FilesOfTest]  # what a command works on


class Workers:
    """Processes that start when there is enough to do."""

    def __init__(self, processes: int | None) -> None:
        """``processes`` work at once; one for each core, if not given."""
        self._processes = processes or os.cpu_count() or 1
        self._pool: ProcessPoolExecutor | None = None

    def close(self) -> None:
        """End the processes; jobs that they have not begun are dropped."""
        if self._pool:
            self._pool.shutdown(cancel_futures=True)

    def each(self, work: Callable[[Job], Result], jobs: Sequence[Job]) -> Iterator[Result]:
        """The result of each job, in the order of the jobs, whatever the number of processes.

        Raises OSError where a process dies.
        """
        if self._processes < 2 or len(jobs) < ENOUGH:
            yield from map(work, jobs)
            return
        from concurrent.futures.process import BrokenProcessPool  # which imports sockets, for a few large trees alone

        if self._pool is None:
            self._pool = _pool_of(self._processes)
        try:
            yield from self._pool.map(work, jobs, chunksize=_CHUNK)
        except BrokenProcessPool as error:
            raise OSError(f"a worker process died ({error})") from error


def _pool_of(processes: int) -> ProcessPoolExecutor:
    import multiprocessing
    from concurrent.futures import ProcessPoolExecutor

    # spawn: forking a process in which a thread runs can lock up.
    return ProcessPoolExecutor(
        processes, mp_context=multiprocessing.get_context("spawn"), initializer=_ignore_interrupts
    )


def _ignore_interrupts() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches all processes; the first one handles it


def work_on(
    paths: Iterable[Path | FilesOfTest],
    work: Callable[[Source], Result],
    label: str,
    processes: int | None,
    progress: Progress,
) -> tuple[list[Result], list[Finding]]:
    """The result of ``work`` for each file under the paths, in order; and what could not be walked, as refused."""
    found, failures = find_sources(paths)
    with closing(Workers(processes)) as workers:
        return list(progress(workers.each(work, found), label, len(found))), failures


def find_sources(paths: Iterable[Path | FilesOfTest]) -> tuple[list[Source], list[Finding]]:
    """The files under the paths, each once, in order; and what could not be walked, as refused."""
    errors: list[OSError] = []
    found: dict[str, Source] = {}
    for path in paths:
        if isinstance(path, FilesOfTest):
            for source in path.sources:
                found.setdefault(os.path.abspath(source.path), source)  # noqa: PTH100 - as below
            continue
        named = not path.is_dir()
        root = path.parent if named else path
        parts = Path(os.path.normpath(root.absolute())).parts
        for file in [path] if named else _files.walk(path, SUFFIXES, errors):
            name = str(file)
            source = Source(name, _below(root, file, name), parts, named)
            found.setdefault(os.path.abspath(name), source)  # noqa: PTH100 - resolve() would follow links
    return list(found.values()), [refused(error, str(error.filename)) for error in errors]


def _below(root: Path, file: Path, name: str) -> str:
    """The path of a file from the folder that it was found in; ``relative_to`` takes ten times as long."""
    prefix = f"{root}/"
    return name[len(prefix) :] if os.sep == "/" and name.startswith(prefix) else file.relative_to(root).as_posix()


def read(source: Source) -> str:
    """The text of a file. Raises OSError and ValueError; does not wait at a pipe or a device."""
    return _files.read_text(source.path)


def skim(source: Source) -> Recording | None:
    """The recording that a file seems to be, perhaps without its answer (``skimmed``); None for any other file.

    At a part of the cost of ``load``, which finds what is wrong with it. Raises OSError and ValueError as ``read``.
    """
    text = read(source)
    if not text.startswith("{"):
        return None
    try:
        value = skimmed.skim(text.encode())
        return Recording(value) if is_recording(value) else None
    except ValueError:
        return None


def load(source: Source) -> tuple[str, Document]:
    """The text of a file and what it contains. Raises OSError, ValueError and RecursionError."""
    text = read(source)
    return text, read_document(text)
