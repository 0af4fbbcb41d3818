"""The plan of a conversion: which file each recording goes to.

The rule of this file: it depends on what was found, not on the order or the process in which it was; and no two things
that differ go to one place unless a test would look for both there.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from vcr_openai._recording.recording import Recording
from vcr_openai._trees import cassette_paths
from vcr_openai._trees.report import Problem, in_words


@dataclass(frozen=True)
class Source:
    """A file that is to be converted."""

    path: str  # to open it by
    relative: str  # its place in the tree that was named
    root: tuple[str, ...]  # that tree's absolute path
    named: bool = False  # rather than found in a tree


@dataclass(frozen=True)
class Member:
    """A recording that was found, with what decides over its place in a cassette and among cassettes."""

    source: Source
    test_id: str | None
    order: tuple[int, int]
    text: str | None = None  # for one in an array of several; one that has its file is read again

    @property
    def loose(self) -> bool:
        """Whether neither a test nor its folder tells its cassette."""
        return self.test_id is None and not cassette_paths.is_cassette(self.source.relative)


@dataclass(frozen=True)
class PlannedCassette:
    """A cassette that is to be made: its place, and its recordings in their order."""

    place: str
    members: tuple[Member, ...]


@dataclass
class Plan:
    """Cassettes in the order of their places; what has none; what a person should know."""

    cassettes: list[PlannedCassette]
    refused: list[Problem]
    notes: list[str]


def order_of(recording: Recording) -> tuple[int, int]:
    """What sorts the recordings of a test: shorter conversations come first, by their turns, then by their text."""
    body = recording.request.get("body", recording.request.get("payload"))
    said: Any = body if isinstance(body, dict) else {}
    said = next((said[key] for key in ("messages", "input", "contents") if key in said), None)
    turns = len(said) if isinstance(said, list) else int(said is not None)
    return turns, len(str(body))


def plan_cassettes(members: Iterable[Member], serializer: str) -> Plan:
    """Which cassettes the recordings make: one a test, and one for each file that belongs to none."""
    plan = Plan([], [], [])
    places: dict[str, list[Member]] = {}
    loose: dict[Source, list[Member]] = {}
    for member in sorted(members, key=lambda member: (member.order, member.source.relative, member.source.path)):
        if member.loose:
            loose.setdefault(member.source, []).append(member)
            continue
        try:
            places.setdefault(_place(member, serializer), []).append(member)
        except ValueError as error:
            plan.refused.append(Problem(member.source.path, in_words(error)))
    for place, sharing in places.items():
        tests = {member.test_id for member in sharing if not cassette_paths.is_cassette(member.source.relative)}
        if len(tests) > 1:
            plan.notes.append(f"{place} is the cassette of {len(tests)} tests: pytest-recording names it alike")
    for source in sorted(loose, key=lambda source: (source.relative, source.path)):
        wanted = cassette_paths.cassette_beside(source.relative, serializer)
        place = _free(wanted, f".{serializer}", places)
        if place != wanted:
            plan.notes.append(f"{place} is the cassette of {source.path}: another recording has {wanted}")
        places[place] = loose[source]
    plan.cassettes = [PlannedCassette(place, tuple(places[place])) for place in sorted(places)]
    plan.refused.sort()
    plan.notes.sort()
    return plan


def plan_recordings(made: Sequence[tuple[str, str]]) -> tuple[list[str | None], list[str]]:
    """The place of each recording, from the place that it wants and its text; None for one that is there already.

    And a note on each that could not have the place it wants.
    """
    taken: dict[str, str] = {}
    for place, text in made:
        taken.setdefault(place, text)
    places: list[str | None] = []
    notes = []
    seen: set[tuple[str, str]] = set()
    for wanted, text in made:
        if (wanted, text) in seen:
            places.append(None)
            continue
        seen.add((wanted, text))
        place = wanted if taken[wanted] == text else _free(wanted, ".json", taken)
        if place != wanted:
            notes.append(f"{place} is another recording of the name {wanted.rpartition('/')[2]}")
        taken[place] = text
        places.append(place)
    return places, notes


def _place(member: Member, serializer: str) -> str:
    source = member.source
    if member.test_id is None or cassette_paths.is_cassette(source.relative):
        return cassette_paths.cassette_renamed(source.relative, serializer)
    return cassette_paths.cassette_of_test(member.test_id, source.root, serializer)


def _free(wanted: str, suffix: str, taken: Iterable[str]) -> str:
    place, number = wanted, 1
    while place in taken:
        number += 1
        place = cassette_paths.numbered(wanted, number, suffix)
    return place
