"""The plan of a conversion: the file for each recording.

The plan depends on what was found, not on the order or the process in which it was found. Different recordings get one
place only where a test looks for both there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from vcr_openai._findings import Finding, by_file, refused
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.wire_member import positions_of
from vcr_openai._trees import cassette_paths
from vcr_openai._trees.sources import Source


@dataclass(frozen=True)
class Member:
    """A recording that was found, with what decides its cassette and its place in it."""

    source: Source
    test_id: str | None
    order: tuple[int, int]
    text: str | None = None  # for one of an array; a recording with a file of its own is read again

    @property
    def in_cassettes(self) -> bool:
        """Whether its file is in a cassettes folder of its tree."""
        return cassette_paths.is_cassette(self.source.relative)

    @property
    def comes_back(self) -> bool:
        """Whether its file is a recording's own, and not a cassette's or an array's, which does not come back."""
        return self.text is None and not self.in_cassettes


@dataclass
class Plan:
    """The place of each cassette and its recordings, both in order; the recordings without one; notes for the user."""

    cassettes: list[tuple[str, list[Member]]] = field(default_factory=list)
    refused: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def order_of(recording: Recording) -> tuple[int, int]:
    """The sort key of a test's recordings: shorter conversations come first, by their turns, then by their text."""
    body = recording.request.get("body", recording.request.get("payload"))
    members: Any = body if isinstance(body, dict) else {}
    asked = next((members[key] for key in ("messages", "input", "contents") if key in members), None)
    turns = len(asked) if isinstance(asked, list) else int(asked is not None)
    return turns, len(str(body))


def members_of(source: Source, recording: Recording, text: str | None = None) -> list[Member]:
    """A recording's members of its cassette: one, or as many as there are positions of its interaction in a cassette.

    Those come before all others, in their order.
    """
    orders = [(-1, position) for position in positions_of(recording.document)] or [order_of(recording)]
    return [Member(source, recording.test_id, order, text) for order in orders]


def plan_cassettes(members: Iterable[Member], suffix: str) -> Plan:
    """The cassettes for these recordings: one for each test, and one for each file without a test."""
    plan = Plan()
    places: dict[str, list[Member]] = {}
    loose: dict[Source, list[Member]] = {}
    for member in sorted(members, key=lambda member: (member.order, member.source.relative, member.source.path)):
        if member.test_id is None and not member.in_cassettes:
            loose.setdefault(member.source, []).append(member)
            continue
        try:
            places.setdefault(_place(member, suffix), []).append(member)
        except ValueError as error:
            plan.refused.append(refused(error, member.source.path))
    for place, sharing in places.items():
        tests = {member.test_id for member in sharing if not member.in_cassettes}
        if len(tests) > 1:
            plan.notes.append(f"{place} is the cassette of {len(tests)} tests: pytest-recording gives them one name")
    for source in sorted(loose, key=lambda source: (source.relative, source.path)):
        wanted = cassette_paths.cassette_beside(source.relative, suffix)
        place = _free(wanted, f".{suffix}", places)
        if place != wanted:
            plan.notes.append(f"{place} is the cassette of {source.path}: another recording has {wanted}")
        places[place] = loose[source]
    plan.cassettes = sorted(places.items())
    plan.refused.sort(key=by_file)
    plan.notes.sort()
    return plan


class Made(NamedTuple):
    """A recording that was made: the place that it should get, and its text's digest and file (None with a check)."""

    place: str
    digest: str
    file: str | None


def plan_recordings(made: Iterable[Made]) -> tuple[dict[str, Made], list[str]]:
    """The recordings to write, by their places, and a note for each that gets another place than it should.

    Equal recordings with one place are one file.
    """
    different: dict[tuple[str, str], Made] = {}
    for one in made:
        different.setdefault((one.place, one.digest), one)
    recordings = list(different.values())
    taken: dict[str, str] = {}
    for one in recordings:
        taken.setdefault(one.place, one.digest)
    files: dict[str, Made] = {}
    notes = []
    for one in recordings:
        place = one.place if taken[one.place] == one.digest else _free(one.place, ".json", taken)
        if place != one.place:
            notes.append(f"{place} is another recording of the name {one.place.rpartition('/')[2]}")
        taken[place] = one.digest
        files[place] = one
    return files, notes


def _place(member: Member, suffix: str) -> str:
    source = member.source
    if member.test_id is None or member.in_cassettes:
        return cassette_paths.cassette_renamed(source.relative, suffix)
    return cassette_paths.cassette_of_test(member.test_id, source.root, suffix)


def _free(wanted: str, suffix: str, taken: Iterable[str]) -> str:
    place, number = wanted, 1
    while place in taken:
        number += 1
        place = f"{wanted.removesuffix(suffix)}-{number}{suffix}"
    return place
