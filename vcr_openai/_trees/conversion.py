"""Conversion: the files of libraries, translated into the files of another."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from functools import partial
from pathlib import Path
from typing import Any

from vcr_openai._trees import cassette_paths, conversion_jobs, sources
from vcr_openai._trees.conversion_jobs import Made, Settings
from vcr_openai._trees.conversion_plan import Source, plan_cassettes, plan_recordings
from vcr_openai._trees.report import Problem, Report, in_words
from vcr_openai._trees.sources import Survey
from vcr_openai._trees.workers import Workers

CASSETTES = "cassettes"
RECORDINGS = "recordings"
Track = Callable[[Iterable[Any], str, int], Iterable[Any]]  # passes on what it is given, and may show how far it is


class MixedContent(ValueError):
    """Both recordings and cassettes were found, and nobody said which to convert to."""


def convert(
    paths: Sequence[Path],
    settings: Settings,
    *,
    to: str | None = None,
    processes: int | None = None,
    track: Track,
) -> Report:
    """Convert files and trees to ``cassettes`` or ``recordings``; where nobody says, each to the other.

    Files that are refused or skipped do not keep others from being converted; the report names them. ``processes`` is
    how many work at once (one for each core, if not given); the result does not depend on it. Raises MixedContent.
    """
    report = Report()
    with closing(Workers(processes or os.cpu_count() or 1)) as workers:
        found = sources.sources(paths, report)
        surveys: list[Survey] = list(track(workers.each(sources.survey, found), "reading", len(found)))
        for survey in surveys:
            if survey.report:
                report.add(survey.report)
        surveys = [survey for survey in surveys if survey.report is None]
        if (to or _other_kind(surveys)) == CASSETTES:
            _to_cassettes(surveys, settings, workers, track, report)
        else:
            _to_recordings([survey.source for survey in surveys], settings, workers, track, report)
    return report


def _other_kind(surveys: list[Survey]) -> str:
    kinds = {CASSETTES if survey.members is None else RECORDINGS for survey in surveys}
    if len(kinds) > 1:
        raise MixedContent("there are both recordings and cassettes")
    return RECORDINGS if kinds == {CASSETTES} else CASSETTES


def _to_cassettes(surveys: list[Survey], settings: Settings, workers: Workers, track: Track, report: Report) -> None:
    members = [member for survey in surveys for member in survey.members or ()]
    plan = plan_cassettes(members, settings.format)
    report.refused += plan.refused
    report.notes += plan.notes
    make = partial(conversion_jobs.make_cassette, settings=settings)
    for part in track(workers.each(make, plan.cassettes), "converting", len(plan.cassettes)):
        report.add(part)
    taken = {cassette.place: "recordings" for cassette in plan.cassettes}
    renamed: list[tuple[Source, str]] = []
    for source in (survey.source for survey in surveys if survey.members is None):
        place = cassette_paths.cassette_renamed(source.relative, settings.format)
        if place in taken:
            report.refused.append(Problem(source.path, f"{place} would be made of {taken[place]} too"))
            continue
        taken[place] = source.path
        renamed.append((source, place))
    rewrite = partial(_rewrite, settings=settings)
    for part in track(workers.each(rewrite, renamed), "converting", len(renamed)):
        report.add(part)


def _rewrite(job: tuple[Source, str], settings: Settings) -> Report:
    return conversion_jobs.rewrite_cassette(*job, settings)


def _to_recordings(found: list[Source], settings: Settings, workers: Workers, track: Track, report: Report) -> None:
    work = partial(conversion_jobs.read_made, settings=settings)
    made: list[Made] = list(track(workers.each(work, found), "converting", len(found)))
    for part in made:
        report.add(part.report)
    recordings = [recording for part in made for recording in part.recordings]
    places, notes = plan_recordings(recordings)
    report.notes += notes
    pairs = [(place, text) for place, (_, text) in zip(places, recordings, strict=True) if place is not None]
    for place, text in track(pairs, "writing", len(pairs)):
        if settings.check:
            report.written += 1
            continue
        try:
            conversion_jobs.write(place, text, settings)
            report.written += 1
        except (OSError, ValueError) as error:
            report.converted -= 1
            report.refused.append(Problem(str(Path(settings.destination, place)), in_words(error)))
