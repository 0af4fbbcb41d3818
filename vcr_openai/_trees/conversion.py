"""Conversion: the files of trees, translated into recordings, cassettes or another format.

What goes wrong with a file is in the report, and the other files are converted. A job reads a few files and writes one
(or, with ``check``, converts back and compares).
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Any

from vcr_openai._errors import TranslationError, Unsupported
from vcr_openai._findings import Finding, by_file, refused
from vcr_openai._formats import recording_json
from vcr_openai._formats.document import Document
from vcr_openai._formats.plain import exchange_to_dict
from vcr_openai._formats.recording_json import write_recordings
from vcr_openai._formats.registry import dump, read_document
from vcr_openai._http.exchange import Exchange
from vcr_openai._json.json_diff import round_trip_difference
from vcr_openai._recording.accepted import is_from_wire
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import exchange_of, opaque_reason, recording_of, with_retries
from vcr_openai._trees import cassette_paths
from vcr_openai._trees.cassette_paths import CASSETTES, RECORDINGS, name_of, place_in, place_note
from vcr_openai._trees.cassette_recordings import recordings_of
from vcr_openai._trees.conversion_plan import Made, Member, members_of, plan_cassettes, plan_recordings
from vcr_openai._trees.destination import Destination
from vcr_openai._trees.sources import Paths, Progress, Source, Workers, find_sources, load, read, skim
from vcr_openai._trees.tests_of_cassettes import KnownTests, test_of


class MixedContent(ValueError):
    """Both recordings and cassettes were found, and the target is not given."""


@dataclass(frozen=True)
class ConversionSettings:
    """What all jobs of a conversion share."""

    destination: Destination
    tests: KnownTests = field(default_factory=KnownTests)
    format: str = "yaml"
    check: bool = False  # convert there and back, compare, write nothing


@dataclass
class Report:
    """Counts and findings; reports of parts add up to the report of the whole."""

    converted: int = 0  # recordings, or interactions between two cassettes
    written: int = 0  # files; with --check those that would be
    unnamed: int = 0  # recordings whose place the format cannot note
    opaque: Counter[str] = field(default_factory=Counter)  # recordings that are not HTTP exchanges, by the reason
    refused: list[Finding] = field(default_factory=list)
    skipped: list[Finding] = field(default_factory=list)
    plain: list[Finding] = field(default_factory=list)  # interactions that no recorder reads, with the reason
    inexact: list[Finding] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    made: list[Made] = field(default_factory=list)  # recordings
    guessed: list[str] = field(default_factory=list)  # the tests of cassettes

    def add(self, part: Report) -> None:
        """Add the report of a part."""
        for name, value in vars(part).items():
            total = getattr(self, name)
            total += value
            setattr(self, name, total)


@dataclass(frozen=True)
class Survey:
    """What was found in a file: recordings, or (where ``members`` is None) a cassette."""

    source: Source
    members: list[Member] | None


def convert(
    paths: Paths, settings: ConversionSettings, *, to: str | None, processes: int | None, progress: Progress
) -> Report:
    """Convert files and trees to ``cassettes`` or ``recordings``; without ``to``, each kind to the other.

    Files that are refused or skipped do not keep others from being converted; the report names them. ``processes``
    work at once (one for each core, if not given); the result does not depend on it. Raises MixedContent.
    """
    found, failures = find_sources(paths)
    report = Report(refused=failures)
    with closing(Workers(processes)) as workers:

        def run(work: Callable[[Any], Any], jobs: Sequence[Any], label: str = "converting") -> list[Any]:
            return list(progress(workers.each(work, jobs), label, len(jobs)))

        surveys: list[Survey] = []
        for survey in run(survey_file, found, "reading") if to != RECORDINGS else ():
            if isinstance(survey, Report):
                report.add(survey)
            else:
                surveys.append(survey)
        target = to or _other_kind(surveys)
        with settings.destination.opened() as destination:
            settings = replace(settings, destination=destination)
            if target == CASSETTES:
                _to_cassettes(surveys, settings, run, report)
                return report
            known = settings.tests.given_to(found if to else [survey.source for survey in surveys])
            jobs = [(source, None) for source in known]
            for part in run(partial(convert_file, settings=settings), jobs):
                report.add(part)
            _place_recordings(settings, progress, report)
    return report


def survey_file(source: Source) -> Survey | Report:
    """What a file contains, or the report of why it cannot be read. Never raises."""
    try:
        if (recording := skim(source)) is not None:
            return Survey(source, members_of(source, recording))
        _, document = load(source)
    except (OSError, ValueError, RecursionError) as error:
        return _unread(source, error)
    if document.recordings is None:
        return Survey(source, None)
    texts = [None if document.single else recording.dump() for recording in document.recordings]
    pairs = zip(document.recordings, texts, strict=True)
    return Survey(source, [member for one, text in pairs for member in members_of(source, one, text)])


def _unread(source: Source, error: Exception) -> Report:
    """The report of a file that cannot be read: one that is something else is skipped, unless it was named."""
    problem = [refused(error, source.path)]
    is_other = isinstance(error, Unsupported) and not source.named
    return Report(skipped=problem) if is_other else Report(refused=problem)


def _other_kind(surveys: list[Survey]) -> str:
    kinds = {CASSETTES if survey.members is None else RECORDINGS for survey in surveys}
    if len(kinds) > 1:
        raise MixedContent("there are both recordings and cassettes")
    return RECORDINGS if kinds == {CASSETTES} else CASSETTES


def _to_cassettes(
    surveys: list[Survey], settings: ConversionSettings, run: Callable[..., list[Any]], report: Report
) -> None:
    plan = plan_cassettes((member for survey in surveys for member in survey.members or ()), settings.format)
    report.refused += plan.refused
    report.notes += plan.notes
    parts = run(partial(make_cassette, settings=settings), plan.cassettes)
    taken = dict.fromkeys((place for place, _ in plan.cassettes), "recordings")
    renamed: list[tuple[Source, str]] = []
    for source in (survey.source for survey in surveys if survey.members is None):
        place = cassette_paths.cassette_renamed(source.relative, settings.format)
        if place in taken:
            message = f"its new place {place} is also that of {taken[place]}"
            parts.append(Report(refused=[Finding("refused", "", message, source.path)]))
            continue
        taken[place] = source.path
        renamed.append((source, place))
    for part in parts + run(partial(convert_file, settings=settings), renamed):
        report.add(part)
    report.refused.sort(key=by_file)  # some are found in the survey, others later


def _place_recordings(settings: ConversionSettings, progress: Progress, report: Report) -> None:
    files, notes = plan_recordings(report.made)
    report.notes += notes
    for place, made in progress(files.items(), "writing", len(files)):
        try:
            if made.file is not None:
                settings.destination.put(Path(made.file), place)
            report.written += 1
        except (OSError, ValueError) as error:
            report.converted -= 1
            report.refused.append(refused(error, str(settings.destination.path_of(place))))


def _made(place: str, recording: Recording, settings: ConversionSettings) -> Made:
    """Note a recording, and write it aside until its place is known."""
    text = write_recordings([recording], single=True)
    digest = hashlib.sha256(text.encode()).hexdigest()
    return Made(place, digest, None if settings.check else str(settings.destination.write_aside(place, text)))


def make_cassette(planned: tuple[str, list[Member]], settings: ConversionSettings) -> Report:
    """Make a cassette, of which its place and recordings are given."""
    place, members = planned
    report = Report()
    made: list[tuple[Member, Exchange]] = []
    for member in members:
        try:
            made.append((member, _exchange(member, place, settings, report)))
        except Exception as error:  # noqa: BLE001 - a defect of ours costs one file, not the batch
            report.refused.append(refused(error, member.source.path))
    if not made:
        return report
    try:
        text = dump(_with_retries(made), settings.format)
        if settings.check:
            report.inexact = _inexact_recordings([member for member, _ in made], place, text)
        else:
            settings.destination.write(place, text)
    except Exception as error:  # noqa: BLE001 - as above
        return Report(refused=[*report.refused, refused(error, str(settings.destination.path_of(place)))])
    report.written, report.converted = 1, len(made)
    return report


def _exchange(member: Member, place: str, settings: ConversionSettings, report: Report) -> Exchange:
    """A recording's exchange, with a note of the recording's place."""
    recording = _recording(member.text or read(member.source))
    exchange = exchange_of(recording)
    if member.comes_back:
        try:
            note = place_note(recording, member.source.relative, place)
            can_note = settings.format != recording_json.FORMAT.name or not note
        except TranslationError:
            can_note = False
        if can_note:
            exchange = _with_note(exchange, note)
        report.unnamed += not can_note
    if reason := opaque_reason(exchange):
        report.opaque[reason] += 1
    return exchange


def _with_note(exchange: Exchange, note: dict[str, str]) -> Exchange:
    return replace(exchange, provenance={**exchange.provenance, **note})


def _with_retries(made: list[tuple[Member, Exchange]]) -> list[Exchange]:
    """The exchanges of a planned cassette; those of one array, or of one cassette, may be several tries of one call."""
    found: list[Exchange] = []
    for path, group in groupby(made, lambda pair: _file_of(pair[0])):
        exchanges = [exchange for _, exchange in group]
        found += exchanges if path is None else with_retries(exchanges)
    return found


def _file_of(member: Member) -> str | None:
    """The file with the recording's neighbours; empty for the cassette of which its position is known."""
    if member.order[0] < 0:
        return ""
    return None if member.text is None else member.source.path


def convert_file(job: tuple[Source, str | None], settings: ConversionSettings) -> Report:
    """Write a cassette at its new place in another format; or, for no place, make the recordings of a file.

    The recordings are written later, since other files may have the same places.
    """
    source, place = job
    try:
        original, document = load(source)
    except (OSError, ValueError, RecursionError) as error:
        return _unread(source, error)
    try:
        if place is not None:
            return _rewritten(source, original, document, place, settings)
        if document.recordings is not None:
            return _copied(source, document.recordings, settings, single=document.single)
        return _recorded(source, original, document, settings)
    except Exception as error:  # noqa: BLE001 - as above
        return Report(refused=[refused(error, source.path)])


def _rewritten(source: Source, original: str, document: Document, place: str, settings: ConversionSettings) -> Report:
    report = Report(converted=len(document.exchanges), written=1)
    text = dump(document.exchanges, settings.format)
    if settings.check:
        report.inexact = _inexact_cassette(source, original, dump(read_document(text).exchanges, document.format))
    else:
        settings.destination.write(place, text)
    return report


def _copied(source: Source, recordings: Sequence[Recording], settings: ConversionSettings, *, single: bool) -> Report:
    """The recordings of a file of recordings, each at a place of its own."""
    names = [name_of(recording) for recording in recordings]
    if source.is_cassette:
        folder = cassette_paths.folder_of_tests(source.relative, source.root)
        places = [cassette_paths.default_place(name, folder) for name in names]
    elif single:
        places = [source.relative]
    else:
        places = ["/".join((*source.relative.split("/")[:-1], name)) for name in names]
    pairs = zip(places, recordings, strict=True)
    return Report(converted=len(places), made=[_made(place, one, settings) for place, one in pairs])


def _recorded(source: Source, original: str, document: Document, settings: ConversionSettings) -> Report:
    """The recordings of a cassette; with ``check`` also whether the cassette comes back from them."""
    test_id, guessed = test_of(source, document.results)
    report = Report(guessed=guessed)
    back: list[Exchange] = []
    made = recordings_of(document.results, test_id)
    report.refused += [replace(finding, file=source.path) for finding in made.refused]
    report.plain += [replace(finding, file=source.path) for finding in made.plain]
    for exchange, recording in made.pairs:
        try:
            place = _place(exchange, recording, source, settings)
            report.made.append(_made(place, recording, settings))
            if settings.check:
                back.append(_with_note(exchange_of(recording), place_note(recording, place, source.relative)))
            if reason := opaque_reason(exchange):
                report.opaque[reason] += 1
        except OSError as error:
            report.refused.append(refused(error, str(error.filename or source.path)))
        except Exception as error:  # noqa: BLE001 - a defect of ours costs one interaction, not the batch
            report.refused.append(refused(error, source.path))
    report.converted = len(report.made)
    report.refused.sort(key=by_file)
    if settings.check and len(back) == len(document.results):
        report.inexact = _inexact_cassette(source, original, dump(back, document.format))
    return report


def _place(exchange: Exchange, recording: Recording, source: Source, settings: ConversionSettings) -> str:
    folder = cassette_paths.folder_of_tests(source.relative, source.root)
    if not folder and is_from_wire(exchange.provenance) and settings.destination.path_of("").name == RECORDINGS:
        return name_of(recording)  # DEST is the folder of recordings itself
    return place_in(exchange.provenance, recording, folder)


def _recording(text: str) -> Recording:
    recordings = read_document(text).recordings
    if recordings is None:
        raise ValueError("the file changed while it was converted")
    return recordings[0]


def _inexact_recordings(members: list[Member], place: str, text: str) -> list[Finding]:
    """The recordings that do not come back from a cassette byte for byte, in their places."""
    folder = cassette_paths.folder_of_tests(place)
    back = read_document(text)
    recordings = back.recordings or [recording_of(exchange) for exchange in back.exchanges]
    findings = []
    for member, recording, exchange in zip(members, recordings, back.exchanges, strict=True):
        original = member.text or read(member.source)
        why = round_trip_difference(original, recording.dump(), lambda text: _recording(text).document)
        if why is None and member.comes_back:
            found = place_in({} if back.recordings else exchange.provenance, recording, folder)
            why = f"comes back as {found}" if found != member.source.relative else None
        if why:
            findings.append(Finding("inexact", "", why, member.source.path))
    return findings


def _inexact_cassette(source: Source, original: str, back: str) -> list[Finding]:
    why = round_trip_difference(original, back, lambda text: list(map(exchange_to_dict, read_document(text).exchanges)))
    return [Finding("inexact", "", why, source.path)] if why else []
