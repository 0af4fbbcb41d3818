"""A tree of recordings: its files, each read when it is asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from vcr_openai._errors import Unsupported
from vcr_openai._formats.old_calls import Recordings, read_contents
from vcr_openai._recording.key import explained_by, recording_key, recording_name
from vcr_openai._recording.recording import Recording
from vcr_openai._trees import cassette_paths, sources
from vcr_openai._trees.conversion_plan import Source
from vcr_openai._trees.report import Problem, Report, in_words

Track = Callable[[Iterable[Any], str, int], Iterable[Any]]  # passes on what it is given, and may show how far it is


@dataclass(frozen=True)
class Found:
    """A file that is one recording, and its text as read."""

    source: Source
    recording: Recording
    text: str


def recordings_in(tree: Path, report: Report, track: Track) -> Iterator[Found]:
    """The files of a tree that are one recording each.

    Cassettes (also those in the recording format: an array, or a file in a ``cassettes`` folder) are passed by. What is
    broken is added to the report as refused, what is something else as skipped.
    """
    found = sources.sources([tree], report)
    for source in track(found, "reading", len(found)):
        try:
            text = sources.read(source)
            contents = read_contents(text)
        except Unsupported as error:
            report.skipped.append(Problem(source.path, in_words(error)))
            continue
        except (OSError, ValueError, RecursionError) as error:
            report.refused.append(Problem(source.path, in_words(error)))
            continue
        if not isinstance(contents, Recordings) or not contents.alone or _is_cassette(source):
            report.skipped.append(Problem(source.path, "it is a cassette"))
            continue
        yield Found(source, contents.recordings[0], text)


def _is_cassette(source: Source) -> bool:
    return cassette_paths.is_cassette(source.relative, source.root) or source.path.endswith(".recording.json")


def rows_of(source: Source) -> Iterator[tuple[str, str, str, str]]:
    """Key, name, version of the rule that explains the file's own name, and place of each recording in a file.

    Raises OSError, and ValueError where it holds no recordings, or one whose key is not known.
    """
    contents = read_contents(sources.read(source))
    if not isinstance(contents, Recordings):
        raise Unsupported("", "recordings", "a cassette")
    for index, recording in enumerate(contents.recordings):
        rule = explained_by(Path(source.path).name, recording) if contents.alone else None
        place = source.path if contents.alone else f"{source.path}[{index}]"
        yield recording_key(recording), recording_name(recording), rule.name if rule else "-", place
