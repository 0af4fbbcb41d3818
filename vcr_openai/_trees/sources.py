"""A library: the files of some trees, and what each of them holds."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from vcr_openai import _files
from vcr_openai._errors import Unsupported
from vcr_openai._formats.old_calls import Recordings, read_contents
from vcr_openai._trees.conversion_plan import Member, Source, order_of
from vcr_openai._trees.report import Problem, Report, in_words


@dataclass(frozen=True)
class Survey:
    """What was found in a file: recordings, or (where ``members`` is None) a cassette; or why neither."""

    source: Source
    members: tuple[Member, ...] | None = ()
    report: Report | None = None


def sources(paths: Iterable[Path], report: Report) -> list[Source]:
    """The files under the paths, each once, in order. What cannot be walked is added to the report as refused."""
    failures: list[OSError] = []
    found: dict[str, Source] = {}
    for path in paths:
        for source in _sources(path, failures):
            found.setdefault(os.path.abspath(source.path), source)  # noqa: PTH100 - resolve() would follow links
    report.refused += [Problem(str(error.filename), in_words(error)) for error in failures]
    return list(found.values())


def survey(source: Source) -> Survey:
    """What a file holds. Never raises: what is wrong with it stands in the report."""
    try:
        contents = read_contents(read(source))
    except Unsupported as error:
        problem = [Problem(source.path, in_words(error))]
        report = Report(refused=problem) if source.named else Report(skipped=problem)
        return Survey(source, report=report)
    except (OSError, ValueError, RecursionError) as error:
        return Survey(source, report=Report(refused=[Problem(source.path, in_words(error))]))
    if not isinstance(contents, Recordings):
        return Survey(source, members=None)
    members = (
        Member(source, recording.test_id, order_of(recording), None if contents.alone else recording.dump())
        for recording in contents.recordings
    )
    return Survey(source, tuple(members))


def read(source: Source) -> str:
    """The text of a file. Raises OSError and ValueError; does not wait at a pipe or a device."""
    return _files.read_text(source.path)


def _sources(path: Path, failures: list[OSError]) -> Iterator[Source]:
    if not path.is_dir():
        yield Source(str(path), path.name, _parts(path.absolute().parent), named=True)
        return
    root = _parts(path.absolute())
    for file in _files.walk(path, failures):
        yield Source(str(file), file.relative_to(path).as_posix(), root)


def _parts(path: Path) -> tuple[str, ...]:
    return Path(os.path.normpath(path)).parts
