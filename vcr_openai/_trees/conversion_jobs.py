"""The jobs of a conversion: each reads a few files and writes one, or says what it would.

The rule of this file: a job never raises. What goes wrong with a file stands in the job's report, and the other files
go on.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from itertools import groupby
from pathlib import Path
from typing import Any

from vcr_openai import _files
from vcr_openai._errors import TranslationError, Unsupported
from vcr_openai._formats.old_calls import (
    RECORDING,
    Cassette,
    Interaction,
    Recordings,
    interaction_at,
    read_contents,
    write_cassette,
)
from vcr_openai._json.json_diff import round_trip_difference as difference
from vcr_openai._recording.attempts import to_interactions, with_attempts
from vcr_openai._recording.from_wire import from_interaction
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import carried_in, to_interaction
from vcr_openai._trees import cassette_paths
from vcr_openai._trees.conversion_plan import Member, PlannedCassette, Source
from vcr_openai._trees.recording_places import is_noted, name_of, note_place, place_in
from vcr_openai._trees.report import Problem, Report, in_words
from vcr_openai._trees.sources import read


@dataclass(frozen=True)
class Settings:
    """What all jobs of a conversion share."""

    destination: str
    format: str = "yaml"
    test_id: str | None = None
    check: bool = False  # convert there and back, compare, write nothing
    replace: bool = False


@dataclass
class Made:
    """The recordings of a file, each with the place that it wants and its text."""

    recordings: list[tuple[str, str]] = field(default_factory=list)
    report: Report = field(default_factory=Report)


def make_cassette(planned: PlannedCassette, settings: Settings) -> Report:
    """Make a cassette of the recordings that were planned for it."""
    report = Report()
    made: list[tuple[Member, Interaction]] = []
    for member in planned.members:
        try:
            made.append((member, _interaction(member, planned.place, settings, report)))
        except Exception as error:  # noqa: BLE001 - a defect of ours costs one file, not the batch
            report.refused.append(Problem(member.source.path, in_words(error)))
    if not made:
        return report
    try:
        text = write_cassette(_in_turn(made), settings.format)
        if settings.check:
            report.inexact = _inexact_recordings([member for member, _ in made], planned.place, text)
        else:
            write(planned.place, text, settings)
    except Exception as error:  # noqa: BLE001 - as above
        path = str(Path(settings.destination, planned.place))
        return Report(refused=[*report.refused, Problem(path, in_words(error))])
    report.written = 1
    report.converted = len(made)
    return report


def _in_turn(made: list[tuple[Member, Interaction]]) -> list[Interaction]:
    """The interactions of a planned cassette; those that one file held together know of each other's tries."""
    found: list[Interaction] = []
    for path, group in groupby(made, lambda pair: None if pair[0].text is None else pair[0].source.path):
        interactions = [interaction for _, interaction in group]
        found += interactions if path is None else with_attempts(interactions)
    return found


def rewrite_cassette(source: Source, place: str, settings: Settings) -> Report:
    """Write a cassette in another format."""
    report = Report()
    try:
        original = read(source)
        cassette = _cassette(original)
        text = write_cassette(_interactions(cassette), settings.format)
        if settings.check:
            back = write_cassette(_interactions(_cassette(text)), cassette.format)
            report.inexact = _inexact_cassette(source, original, back)
        else:
            write(place, text, settings)
    except Exception as error:  # noqa: BLE001 - as above
        return Report(refused=[Problem(source.path, in_words(error))])
    report.written = 1
    report.converted = len(cassette.interactions)
    return report


def read_made(source: Source, settings: Settings) -> Made:
    """The recordings that a file makes; nothing is written yet, since other files may want the same places."""
    try:
        original = read(source)
        contents = read_contents(original)
        if isinstance(contents, Recordings):
            return _copied(source, contents)
        made, back = _recorded(source, contents, settings)
        if settings.check and len(back) == len(contents.interactions):
            text = write_cassette(back, contents.format)
            made.report.inexact = _inexact_cassette(source, original, text)
    except Exception as error:  # noqa: BLE001 - as above
        return Made(report=Report(refused=[Problem(source.path, in_words(error))]))
    return made


def write(place: str, text: str, settings: Settings) -> None:
    """Write a file of the conversion. Raises OSError, and ValueError where a link would lead it out of the folder."""
    root, path = Path(settings.destination), Path(settings.destination, place)
    if not path.parent.resolve().is_relative_to(root.resolve()):
        raise ValueError(f"expected a place within {root}, found one behind a link that leads out of it")
    _files.write_text(path, text, replace=settings.replace)


def _interaction(member: Member, place: str, settings: Settings, report: Report) -> Interaction:
    recording = _recording(member.text or read(member.source))
    interaction = to_interaction(recording)
    if member.text is None and not cassette_paths.is_cassette(member.source.relative):
        noted = dict(interaction, response={**interaction["response"], "recording": {}})
        noted["response"]["recording"].update(interaction["response"]["recording"])
        try:
            note_place(noted, recording, member.source.relative, place)
            can_say = settings.format != RECORDING or noted == interaction
        except TranslationError:
            can_say = False
        report.unnamed += not can_say
        interaction = noted if can_say else interaction
    if reason := carried_in(interaction):
        report.carried[reason] += 1
    return interaction


def _recording(text: str) -> Recording:
    contents = read_contents(text)
    if not isinstance(contents, Recordings):
        raise ValueError("the file changed while it was converted")  # noqa: TRY004 - it is no defect of ours
    return contents.recordings[0]


def _cassette(text: str) -> Cassette:
    contents = read_contents(text)
    if isinstance(contents, Recordings):  # a cassette in the recording format
        return Cassette(to_interactions(contents.recordings), RECORDING)
    return contents


def _interactions(cassette: Cassette) -> list[Interaction]:
    return [interaction_at(cassette, index) for index in range(len(cassette.interactions))]


def _copied(source: Source, contents: Recordings) -> Made:
    """Recordings that are to become recordings: files of their own, at the places where such lie."""
    is_cassette = cassette_paths.is_cassette(source.relative, source.root)
    if contents.alone and not is_cassette:
        places = [source.relative]
    elif is_cassette:
        folder = cassette_paths.home(source.relative, source.root)
        places = [cassette_paths.default_place(name_of(recording), folder) for recording in contents.recordings]
    else:
        folder = tuple(source.relative.split("/")[:-1])
        places = ["/".join((*folder, name_of(recording))) for recording in contents.recordings]
    texts = [recording.dump() for recording in contents.recordings]
    return Made(list(zip(places, texts, strict=True)), Report(converted=len(texts)))


def _recorded(source: Source, cassette: Cassette, settings: Settings) -> tuple[Made, list[Interaction]]:
    """The recordings of a cassette; with ``check`` the interactions that these would make again, too."""
    made = Made()
    back: list[Interaction] = []
    unsupported: list[Problem] = []
    for index in range(len(cassette.interactions)):
        try:
            interaction = interaction_at(cassette, index)
        except TranslationError as error:
            made.report.refused.append(Problem(source.path, in_words(error)))
            continue
        try:
            recording = from_interaction(interaction, test_id=settings.test_id)
            place = _place(interaction, recording, source, settings)
            made.recordings.append((place, recording.dump()))
            if settings.check:
                again = to_interaction(recording)
                note_place(again, recording, place, source.relative)
                back.append(again)
        except TranslationError as error:
            problem = Problem(source.path, in_words(error.within(f"interactions[{index}]")))
            (unsupported if isinstance(error, Unsupported) else made.report.refused).append(problem)
        except Exception as error:  # noqa: BLE001 - a defect of ours costs one interaction, not the batch
            made.report.refused.append(Problem(source.path, f"interactions[{index}]: {in_words(error)}"))
        else:
            if reason := carried_in(interaction):
                made.report.carried[reason] += 1
    made.report.converted = len(made.recordings)
    if unsupported and not made.recordings and not made.report.refused and not source.named:
        of = f"none of its {len(unsupported)} interactions can be a recording; " if len(unsupported) > 1 else ""
        made.report.skipped.append(Problem(source.path, of + unsupported[0].reason))
    else:
        made.report.refused = sorted([*made.report.refused, *unsupported])
    return made, back


def _place(interaction: Interaction, recording: Recording, source: Source, settings: Settings) -> str:
    folder = cassette_paths.home(source.relative, source.root)
    if not folder and not is_noted(interaction) and Path(settings.destination).name == cassette_paths.RECORDINGS:
        return name_of(recording)  # DEST is the folder of recordings itself
    return place_in(interaction, recording, folder)


def _inexact_recordings(members: list[Member], place: str, text: str) -> list[Problem]:
    """The recordings that a cassette would not give back, byte for byte, in their places."""
    back = read_contents(text)
    problems = []
    for index, member in enumerate(members):
        if isinstance(back, Recordings):
            recording = back.recordings[index]
            found = cassette_paths.default_place(name_of(recording), cassette_paths.home(place))
        else:
            recording = from_interaction(back.interactions[index])
            found = place_in(back.interactions[index], recording, cassette_paths.home(place))
        why = difference(member.text or read(member.source), recording.dump(), _value)
        kept = member.text is not None or cassette_paths.is_cassette(member.source.relative)
        if why is None and not kept and found != member.source.relative:
            why = f"comes back as {found}"
        if why:
            problems.append(Problem(member.source.path, why))
    return problems


def _inexact_cassette(source: Source, original: str, back: str) -> list[Problem]:
    why = difference(original, back, lambda text: _interactions(_cassette(text)))
    return [Problem(source.path, why)] if why else []


def _value(text: str) -> Any:
    return _recording(text).document
