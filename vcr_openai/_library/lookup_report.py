"""Whereabouts: where a library looked for a test's recordings, and what it found there, for a test that missed one."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

_OTHERS: Final = 2  # test ids of others that are named at most


@dataclass(frozen=True)
class Looked:
    """A recordings folder in which a library looked."""

    path: str  # as it is shown
    exists: bool
    owners: Sequence[str | None]  # the test id of each recording; None where it is shared


def whereabouts(test_id: str, looked: Sequence[Looked], file: str) -> list[str]:
    """Lines that say where the recordings of a test were looked for.

    Where it has none, also under which ids its recordings seem to stand: those of the same test by an id that begins
    with other folders. ``file`` is the absolute path of the test's file, with ``/``.
    """
    lines = [f"the library's recordings for {test_id}:", *(f"  {_found(folder, test_id)}" for folder in looked)]
    owners = Counter(owner for folder in looked for owner in folder.owners)
    if not owners[test_id]:
        others = Counter({owner: count for owner, count in owners.items() if owner and _same_test(test_id, owner)})
        for other, count in others.most_common(_OTHERS):
            lines.append(f"only an equal test_id counts, and {_count(count)} of {other}: {_advice(other, file)}")
    return lines


def _found(folder: Looked, test_id: str) -> str:
    if not folder.exists:
        return f"{folder.path}: there is no such folder"
    own, shared = folder.owners.count(test_id), folder.owners.count(None)
    return f"{folder.path}: {own} of the test, {shared} shared, {len(folder.owners) - own - shared} of other tests"


def _count(number: int) -> str:
    return f"{number} recordings are" if number > 1 else "1 recording is"


def _same_test(one: str, other: str) -> bool:
    return one.endswith(f"/{other}") or other.endswith(f"/{one}") or _without_folders(one) == _without_folders(other)


def _without_folders(test_id: str) -> str:
    path, separator, rest = test_id.partition("::")
    return f"{path.rpartition('/')[2]}{separator}{rest}"


def _advice(other: str, file: str) -> str:
    end = f"/{other.partition('::')[0]}"
    if file.endswith(end):
        return f"run pytest with --rootdir={file.removesuffix(end) or '/'}"
    return "they were recorded when the tests lay in another folder"
