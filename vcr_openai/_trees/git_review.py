"""The recordings of a git range: both versions of each file that changed, compared."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from vcr_openai._errors import Unsupported
from vcr_openai._files import text_of, write_text
from vcr_openai._findings import Finding, refused
from vcr_openai._formats.registry import SUFFIXES, read_document
from vcr_openai._redaction.redact import secrets_in
from vcr_openai._review.cassette_diff import NOISE
from vcr_openai._review.comparison import Comparison, compare_texts
from vcr_openai._trees.git_repository import Range, changed_files, contents, top_level


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
    old: dict[str, str]


def review(folder: Path, between: str) -> Review:
    """Compare the recordings and cassettes of a range. Raises OSError with git's words."""
    top = top_level(folder)
    states = Range.parse(folder, between)
    names = changed_files(top, states, SUFFIXES)
    before = contents(top, states.old, names)
    after = _work_tree(top, names) if states.new is None else contents(top, states.new, names)
    failures: list[Finding] = []
    old, new = _texts(before, failures), _texts(after, failures)
    found = compare_texts(old, new)
    return Review(found, sum(map(_secrets, new.values())), [*failures, *found.failures], top, old)


def restore_noise(found: Review) -> list[str]:
    """Write the old text of each file that changed in noise only; their paths. Raises OSError."""
    names = [file.name for file in found.comparison.files if file.state == NOISE and file.name in found.old]
    for name in names:
        write_text(found.top / name, found.old[name], replace=True)
    return names


def _work_tree(top: Path, names: list[str]) -> dict[str, bytes]:
    paths = {name: top / name for name in names}
    return {name: path.read_bytes() for name, path in paths.items() if path.is_file() and not path.is_symlink()}


def _texts(files: dict[str, bytes], failures: list[Finding]) -> dict[str, str]:
    """The texts of those that are recordings or cassettes."""
    texts = {}
    for name, content in files.items():
        try:
            text = text_of(content)
            read_document(text)
        except Unsupported:
            continue
        except (ValueError, RecursionError) as error:
            failures.append(refused(error, name))
            continue
        texts[name] = text
    return texts


def _secrets(text: str) -> int:
    return sum(len(secrets_in(exchange)) for exchange in read_document(text).exchanges)
