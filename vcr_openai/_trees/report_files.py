"""The files of a report: read for its page, and compared with an earlier version of them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path

from vcr_openai._errors import Unsupported
from vcr_openai._files import text_of
from vcr_openai._findings import Finding, counted, refused
from vcr_openai._formats.registry import SUFFIXES
from vcr_openai._http.exchange import Exchange
from vcr_openai._page.page_data import Call, PageData, call_of, calls_of, compared
from vcr_openai._redaction.redact import redact_exchange
from vcr_openai._review.comparison import Comparison, FileDiff, compare_texts
from vcr_openai._review.diff_report import summary
from vcr_openai._review.file_text import FileText
from vcr_openai._trees.git_repository import contents, files_of, revision_of, top_level
from vcr_openai._trees.sources import FilesOfTest, Paths, Progress, Source, find_sources, load, read, work_on


@dataclass(frozen=True)
class FileCalls:
    """The calls of a file, and why others of it, or the whole file, could not be read."""

    name: str
    calls: list[Call] = field(default_factory=list)
    failures: list[Finding] = field(default_factory=list)
    is_found: bool = True


def read_report(paths: Paths, title: str, processes: int | None, progress: Progress) -> tuple[PageData, int]:
    """The calls of the files under the paths, and how many files these are."""
    names = _Names.of(paths)
    results, failures = work_on(paths, partial(_calls, names), "reading", processes, progress)
    data = PageData(title, "", failures=[*failures, *(one for found in results for one in found.failures)])
    data.unread.update(found.name for found in results if found.failures)
    for found in results:
        for call in found.calls:
            data.add(call)
    files = sum(found.is_found for found in results)
    data.summary = counts_of(data, files)
    return data, files


def counts_of(data: PageData, files: int) -> str:
    """The counts of a page in a line: ``2 tests, 5 requests in 2 files, 1 failure``."""
    calls = [call for found in data.tests.values() for call in found]
    failed = sum(call["failed"] for call in calls)
    parts = [counted(len(data.tests), "test"), f"{counted(len(calls), 'request')} in {counted(files, 'file')}"]
    return ", ".join([*parts, *([counted(failed, "failure")] if failed else [])])


def compare_report(data: PageData, found: Comparison) -> None:
    """Add what changed to the calls of a page, and the calls that are gone; nothing to those of an unread file."""
    unread = data.unread | {one.file for one in found.failures}
    differences = [one for file in found.files for one in file.interactions if one.shown.file not in unread]
    changed = {(one.new.file, one.new.place): one for one in differences if one.new}
    for calls in data.tests.values():
        for number, call in enumerate(calls):
            one = changed.get((call["file"], call["place"]))
            calls[number] = compared(call, one) if one else {**call, "state": "" if call["file"] in unread else "same"}
    for call in calls_of(one for one in differences if one.new is None):
        data.add(call)
    data.failures += [one for one in found.failures if one.file not in data.unread]
    data.is_compared = True
    data.summary = f"{data.summary} — compared: {summary(replace(found, files=_of_read(found, unread)))}"


def _of_read(found: Comparison, unread: set[str]) -> list[FileDiff]:
    """The files of a comparison of which both versions could be read."""
    return [file for file in found.files if not any(one.shown.file in unread for one in file.interactions)]


def compare_paths(paths: Paths, against: Path | str) -> Comparison:
    """Compare the files under the paths with those under another path, or with their state in a git revision.

    Raises OSError with git's words.
    """
    failures: list[Finding] = []
    new = _texts(find_sources(paths)[0], _Names.of(paths), failures)
    if isinstance(against, Path):
        old = _texts(find_sources([against])[0], _Names.of([against]), failures)
    else:
        old = _texts_of_revision(paths, against, failures)
    unread = {one.file for one in failures}
    differ = {name for name in (*old, *new) if old.get(name) != new.get(name)}
    left = unread | {name for name in differ if _is_other(name, old, new)}
    found = compare_texts(*({name: text for name, text in side.items() if name not in left} for side in (old, new)))
    return replace(found, failures=[*failures, *found.failures])


def _is_other(name: str, *sides: dict[str, FileText]) -> bool:
    """Whether a file in a tree is no recording or cassette, in any version."""
    try:
        for side in sides:
            if name in side:
                side[name].document  # noqa: B018 - whether it can be read
    except Unsupported:
        return True
    except (ValueError, RecursionError):  # a broken one
        return False
    return False


@dataclass(frozen=True)
class _Names:
    """How files are named: by their places in the only tree, else by their paths."""

    is_alone: bool

    @classmethod
    def of(cls, paths: Paths) -> _Names:
        return cls(len(paths) == 1)

    def name(self, source: Source) -> str:
        return source.relative if self.is_alone else source.path


def _calls(names: _Names, source: Source) -> FileCalls:
    """The calls of a file without their secrets."""
    name = names.name(source)
    try:
        results = load(source)[1].results
    except (OSError, ValueError, RecursionError) as error:
        is_other = isinstance(error, Unsupported) and not source.named  # a tree may have other files
        return FileCalls(name, failures=[] if is_other else [refused(error, source.path)], is_found=False)
    found = FileCalls(name)
    for number, one in enumerate(results):
        place = f"interactions[{number}]"
        try:
            if not isinstance(one, Exchange):
                raise one
            found.calls.append(call_of(name, place, redact_exchange(one)[0]))
        except (ValueError, RecursionError) as error:
            found.failures.append(refused(error, source.path, place))
    return found


def _texts(sources: Iterable[Source], names: _Names, failures: list[Finding]) -> dict[str, FileText]:
    texts = {}
    for source in sources:
        try:
            texts[names.name(source)] = FileText(read(source))
        except (OSError, ValueError) as error:
            failures.append(refused(error, names.name(source)))
    return texts


def _texts_of_revision(paths: Paths, revision: str, failures: list[Finding]) -> dict[str, FileText]:
    """The texts of the files that a revision has under the paths, by the names that they have in the report."""
    names = _Names.of(paths)
    found: dict[str, bytes] = {}
    for path in paths:
        if isinstance(path, FilesOfTest):
            files = [(names.name(source), _in_revision(Path(source.path), revision)) for source in path.sources]
            found.update((name, content) for name, known in files for content in known.values())
            continue
        folder = path if path.is_dir() else path.parent
        for relative, content in _in_revision(path, revision).items():
            found[relative if names.is_alone else str(folder / relative)] = content
    texts = {}
    for name, content in found.items():
        try:
            texts[name] = FileText(text_of(content))
        except ValueError as error:
            failures.append(refused(error, name))
    return texts


def _in_revision(path: Path, revision: str) -> dict[str, bytes]:
    """The bytes of the files that a revision has under a path, by their places in its folder. Raises OSError."""
    folder = path if path.is_dir() else path.parent
    top = top_level(folder)
    below = folder.resolve().relative_to(top.resolve()).as_posix()
    inside = below if path.is_dir() else f"{below}/{path.name}".removeprefix("./")
    tracked = files_of(top, revision_of(folder, revision), inside, SUFFIXES)
    found = contents(top, revision, tracked)
    return {name if below == "." else name.removeprefix(f"{below}/"): content for name, content in found.items()}
