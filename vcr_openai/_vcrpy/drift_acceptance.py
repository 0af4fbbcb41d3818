"""Which of a run's drifted requests are accepted, and what comes of writing them into their files."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from vcr_openai._findings import describe_error
from vcr_openai._matching.drift import Accepted, Drifted
from vcr_openai._trees.acceptance import accept
from vcr_openai._vcrpy.drifted import Place, drifted, new_request

Entry = Mapping[str, Any]


@dataclass
class Outcome:
    """The requests that were written, those that were not, and for some of these the reason."""

    accepted: list[Drifted] = field(default_factory=list)
    left: list[Drifted] = field(default_factory=list)
    files: set[str] = field(default_factory=set)
    renamed: dict[str, str] = field(default_factory=dict)  # recordings whose key changed: the new path by the real one
    refused: list[tuple[Drifted, str]] = field(default_factory=list)
    failures: int = 0  # how many files could not be written
    unmatched: list[tuple[str, list[str]]] = field(default_factory=list)  # accepted paths without a difference, as
    # ``Accepted.unmatched`` has them


def settle(
    entries: Sequence[Entry],
    accepted: Accepted | None,
    *,
    failed: Collection[str],
    played: Collection[Place],
    date: str,
) -> Outcome:
    """Write the requests whose differences are all accepted into their files, file by file.

    ``failed`` are the tests whose requests are not written, since the answer may have been the wrong one; ``played``
    are the interactions that other tests need as they are.
    """
    outcome = Outcome()
    by_file: defaultdict[str, list[Entry]] = defaultdict(list)
    asked: defaultdict[Place, set[str]] = defaultdict(set)
    for entry in entries:
        if entry["place"]:
            asked[tuple(entry["place"])].add(str(entry["key"]))
    for entry in entries:
        one = drifted(entry, passed=entry["test"] not in failed)
        if accepted is None or not accepted.covers(one):
            outcome.left.append(one)
        elif reason := _obstacle(entry, one, asked, played):
            outcome.left.append(one)
            outcome.refused.append((one, reason))
        else:
            by_file[entry["place"][0]].append(entry)
    if accepted is not None:
        outcome.unmatched = list(accepted.unmatched(drifted(entry, passed=True) for entry in entries))
    for path, found in by_file.items():
        _write(path, found, date, outcome)
    return outcome


def _obstacle(
    entry: Entry, one: Drifted, asked: Mapping[Place, Collection[str]], played: Collection[Place]
) -> str | None:
    """Why a request cannot be accepted; None where it can."""
    if not one.passed:
        return "its test failed, so this may be the answer to another request"
    if entry["place"] is None or entry["request"] is None:
        return "it is not known where its interaction is in a file"
    place = tuple(entry["place"])
    if place in played:
        return "a request of this run equals the recorded one, which must stay"
    if len(asked[place]) > 1:
        return "several requests of this run differ from the recorded one, each in its own way"
    return None


def _write(path: str, entries: Sequence[Entry], date: str, outcome: Outcome) -> None:
    requests = [drifted(entry, passed=True) for entry in entries]
    kinds = [one.kinds for one in requests]
    by_place = {tuple(one["place"]): new_request(one, paths) for one, paths in zip(entries, kinds, strict=True)}
    try:
        place = accept(Path(path), list(by_place.values()), date)
    except (OSError, ValueError) as error:
        outcome.failures += 1
        outcome.left += requests
        outcome.refused += [(one, describe_error(error)) for one in requests]
    else:
        outcome.files.add(path)
        if str(place) != path:
            outcome.renamed[path] = str(place)
        outcome.accepted += requests
