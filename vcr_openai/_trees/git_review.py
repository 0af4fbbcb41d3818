"""The recordings of a git range: both versions of each file that changed, compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vcr_openai._errors import Unsupported
from vcr_openai._files import text_of, write_text
from vcr_openai._findings import Finding, refused
from vcr_openai._formats.registry import SUFFIXES
from vcr_openai._review.cassette_diff import NOISE
from vcr_openai._review.comparison import Comparison, compare_texts
from vcr_openai._review.file_text import FileText
from vcr_openai._trees.git_repository import Range, changed_files, contents, git, top_level


@dataclass(frozen=True)
class Review:
    """What changed between two states of a repository.

    ``secrets`` counts those in the new versions of the files; ``old`` has the old text of each file by its path in the
    folder ``top``.
    """

    comparison: Comparison
    secrets: int
    failures: list[Finding]
    top: Path
    old: dict[str, FileText]


def review(folder: Path, between: str) -> Review:
    """Compare the recordings and cassettes of a range. Raises OSError with git's words."""
    top = top_level(folder)
    states = Range.parse(folder, between)
    names = changed_files(top, states, SUFFIXES)
    before = contents(top, states.old, names)
    after = _work_tree(top, names) if states.new is None else contents(top, states.new, names)
    failures: list[Finding] = []
    old, new = _texts(before, after, failures), _texts(after, before, failures)
    unread = {failure.file for failure in failures}  # what a broken file had is not called removed
    old, new = ({name: text for name, text in side.items() if name not in unread} for side in (old, new))
    found = compare_texts(old, new)
    secrets = sum(
        new[name].secrets for name in new if name not in {one.file for one in found.failures if not one.where}
    )
    return Review(found, secrets, [*failures, *found.failures], top, old)


def restore_noise(found: Review) -> list[str]:
    """Write the old text of each file that changed in noise only; their paths. Raises OSError."""
    broken = {failure.file for failure in found.failures}  # in which more may have changed
    noisy = [file.name for file in found.comparison.files if file.state == NOISE and file.name not in broken]
    names = [name for name in noisy if name in found.old]
    for name in names:
        write_text(found.top / name, found.old[name].text, replace=True)
    staged = set(git(found.top, "diff", "--cached", "--name-only", "-z").split("\0")).intersection(names)
    if staged:  # they come out of the commit, too
        git(found.top, "add", "--update", "--", *(f":(literal){name}" for name in sorted(staged)))
    return names


def _work_tree(top: Path, names: list[str]) -> dict[str, bytes]:
    paths = {name: top / name for name in names}
    return {name: path.read_bytes() for name, path in paths.items() if path.is_file() and not path.is_symlink()}


def _texts(files: dict[str, bytes], others: dict[str, bytes], failures: list[Finding]) -> dict[str, FileText]:
    """The texts of those that are recordings or cassettes; a failure for one that is one in the other version only."""
    texts = {}
    for name, content in files.items():
        try:
            file = FileText(text_of(content))
            file.document  # noqa: B018 - it is read here, once
        except Unsupported as error:
            if _is_ours(others.get(name)):
                failures.append(refused(error, name))
            continue
        except (ValueError, RecursionError) as error:
            failures.append(refused(error, name))
            continue
        texts[name] = file
    return texts


def _is_ours(content: bytes | None) -> bool:
    try:
        return content is not None and bool(FileText(text_of(content)).document.exchanges)
    except (ValueError, RecursionError):
        return False
