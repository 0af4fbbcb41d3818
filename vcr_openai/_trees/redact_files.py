"""Redaction of files that exist: what it would change in them, and the change itself.

The rule of this file: a file in which a check finds no secret is not touched, and one that is written holds none any
more. What cannot be mended without guessing is refused with a reason.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any

from vcr_openai import _files
from vcr_openai._errors import TranslationError, Unsupported
from vcr_openai._formats.old_calls import (
    READABLE,
    Budget,
    Cassette,
    Interaction,
    Recordings,
    current,
    raw_interactions,
    read_contents,
    write_cassette,
)
from vcr_openai._json import json_text
from vcr_openai._recording.key import recording_name
from vcr_openai._recording.recording import Recording
from vcr_openai._redaction.edits import Secret
from vcr_openai._redaction.old_calls import redact_interaction
from vcr_openai._redaction.redact import find_secrets, redact_document
from vcr_openai._redaction.redaction import CUSTOM, Redaction
from vcr_openai._trees import sources
from vcr_openai._trees.conversion_plan import Source
from vcr_openai._trees.report import Report, in_words
from vcr_openai._trees.workers import Workers

Track = Callable[[Iterable[Any], str, int], Iterable[Any]]
_INTERACTIONS = re.compile(r'^interactions:|"interactions"\s*:', re.MULTILINE)
_REQUEST = {"method", "uri", "body", "headers"}  # a request as vcrpy writes it, and nothing beside it


@dataclass
class Redacted:
    """What became of a file: the secrets in it, what a person should know of the change, and why there is none."""

    path: str
    secrets: list[Secret] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: str | None = None
    skipped: bool = False


def redact(
    paths: Sequence[Path],
    redaction: Redaction,
    *,
    write: bool = False,
    processes: int | None = None,
    track: Track = lambda results, _what, _total: results,
) -> list[Redacted]:
    """Redact files and trees, or with ``write`` unset find out what that would change; a result for each file."""
    report = Report()
    found = sources.sources(paths, report)
    work = partial(redact_file, redaction=redaction, write=write)
    with closing(Workers(processes or os.cpu_count() or 1)) as workers:
        results = list(track(workers.each(work, found), "redacting", len(found)))
    return [*(Redacted(one.path, refused=one.reason) for one in report.refused), *results]


def redact_file(source: Source, redaction: Redaction, *, write: bool) -> Redacted:
    """Redact one file. Never raises: what is wrong with it stands in the result."""
    result = Redacted(source.path)
    try:
        original = sources.read(source)
        text = _redacted(read_contents(original), redaction, result)
        if text is None:
            return result
        _check_layout(original)
        _check(text, redaction)
        _check_place(Path(source.path))
        if write:
            _files.write_text(Path(source.path), text, replace=True)
    except Unsupported as error:
        if not source.named and not result.secrets:
            return Redacted(source.path, skipped=True)
        result.refused = in_words(error)
    except Exception as error:  # noqa: BLE001 - a defect of ours costs one file, not the batch
        result.refused = in_words(error)
    return result


def _check_place(path: Path) -> None:
    """See to it that the file is where it is named: a link may lead out of the tree. Raises OSError."""
    if path.is_symlink():
        raise OSError("it is a link; redact the file that it leads to")


def _redacted(contents: Recordings | Cassette, redaction: Redaction, result: Redacted) -> str | None:
    """The text without secrets; None where there are none."""
    if isinstance(contents, Cassette):
        return _redacted_cassette(contents, redaction, result)
    documents = []
    for index, recording in enumerate(contents.recordings):
        where = "" if contents.alone else f"[{index}]"
        document, secrets = redact_document(recording.document, redaction)
        secrets = _reported(recording.document, secrets, redaction)
        if secrets:
            _note_key(recording, Recording(document), where, result)
        documents.append(document if secrets else recording.document)
        result.secrets += [_at(one, where) for one in secrets]
    return json_text.write_document(documents[0] if contents.alone else documents) if result.secrets else None


def _note_key(old: Recording, new: Recording, where: str, result: Redacted) -> None:
    """Say where a recording's key goes with its secret: the recorder looks for another file then."""
    try:
        before, after = recording_name(old), recording_name(new)
    except TranslationError:  # a file processor's key is not known
        return
    if before != after:
        of = f" of {where}" if where else ""
        result.notes.append(f"the key{of} changes: the recorder looks for {after}")


def _redacted_cassette(cassette: Cassette, redaction: Redaction, result: Redacted) -> str | None:
    interactions: list[Any] = []
    for index, raw in enumerate(cassette.interactions):
        where = f"interactions[{index}]"
        try:
            interaction, undecoded = cassette.budget.decoded(current(raw)[0])
        except TranslationError as error:
            raise error.within(where) from error
        if any(note.where.startswith("response") for note in undecoded):
            result.notes.append(f"{where}.response.body stays as it is, unread: it cannot be decoded")
        if _is_ours(raw):
            clean, secrets = redact_interaction(interaction, redaction)
        else:  # another layout stays what it is: its values are replaced, its headers too instead of dropped
            interaction = raw
            clean, secrets = redact_document(raw, redaction)
        secrets = _reported(interaction, secrets, redaction)
        interactions.append(clean if secrets else raw)
        result.secrets += [_at(one, where) for one in secrets]
    if not result.secrets:
        return None
    return write_cassette(_writable(interactions, cassette.format), cassette.format)


def _writable(interactions: list[Any], name: str) -> list[Interaction]:
    """What the format's serializer takes: the readable one lays everything out anew."""
    budget = Budget()
    return [budget.decoded(current(one)[0])[0] for one in interactions] if name == READABLE else interactions


def _is_ours(raw: Any) -> bool:
    """Whether an interaction is laid out as today's vcrpy does it."""
    request, response = raw.get("request"), raw.get("response")
    if raw.keys() != {"request", "response"} or not request.keys() <= _REQUEST:
        return False
    body = response.get("body")
    return isinstance(response.get("status"), dict) and isinstance(body, dict) and body.keys() <= {"string"}


def _check_layout(text: str) -> None:
    """See to it that nothing of a cassette is lost beside its interactions. Raises Unsupported."""
    if isinstance(read_contents(text), Recordings):
        return
    _, notes = raw_interactions(text)
    if notes or not _INTERACTIONS.search(text):
        found = notes[0].what if notes else "another document"
        raise Unsupported("", "version and interactions alone", f"what would be lost: convert it first ({found})")


def _reported(value: Any, secrets: list[Secret], redaction: Redaction) -> list[Secret]:
    """The secrets that are a reason to change a file: what a check reports, and whatever the user named."""
    reported = set(find_secrets(value, redaction))
    return [one for one in secrets if one in reported or one.kind == CUSTOM]


def _check(text: str, redaction: Redaction) -> None:
    """See to it that the new text can be read, and holds no secret. Raises ValueError."""
    contents = read_contents(text)
    left: list[Secret] = []
    if isinstance(contents, Recordings):
        left = [one for recording in contents.recordings for one in find_secrets(recording.document, redaction)]
    else:
        budget = Budget()
        for raw in raw_interactions(text)[0] if contents.format != READABLE else contents.interactions:
            left += find_secrets(budget.decoded(current(raw)[0])[0], redaction)
    if left:
        raise ValueError(f"{left[0].where}: expected no secret after redaction, found {left[0].kind} {left[0].excerpt}")


def _at(one: Secret, where: str) -> Secret:
    return one._replace(where=f"{where}.{one.where}") if where else one
