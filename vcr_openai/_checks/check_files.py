"""Checks of files of any format.

A check never raises: a file that cannot be read is a finding, and the other files are checked.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any

from vcr_openai._checks.answer_checks import answer_findings, answer_of
from vcr_openai._checks.check_codes import CODES
from vcr_openai._checks.failure_checks import accidental_failures
from vcr_openai._errors import TranslationError, Unsupported
from vcr_openai._findings import Finding, describe_error, refused
from vcr_openai._formats.document import Document, lines_of
from vcr_openai._formats.plain import is_plain
from vcr_openai._formats.recording_json import write_recordings
from vcr_openai._http.exchange import Exchange
from vcr_openai._json import json_path, json_text
from vcr_openai._json.json_diff import round_trip_difference
from vcr_openai._json.json_path import line_at
from vcr_openai._matching.canonical import canonical
from vcr_openai._matching.explanation import indistinguishable
from vcr_openai._matching.rules import Rules
from vcr_openai._recording.accepted import is_from_wire, mark_of
from vcr_openai._recording.key import explained_by, findable, is_recorders_name, recording_name
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import exchange_of, recording_of
from vcr_openai._redaction.edits import Secret
from vcr_openai._redaction.redact import find_secrets, secrets_in
from vcr_openai._redaction.redaction import Redaction
from vcr_openai._streams.times import TIMES, wrong_times
from vcr_openai._trees import sources
from vcr_openai._trees.duplicates import Fingerprint, find_duplicates, fingerprint
from vcr_openai._trees.sources import Paths, Progress, Source

_LINE = re.compile(r"\bline (\d+)\b")
_SHOWN = 5  # interactions that a message names
# What the search of an answer can report; it imports an SDK, so it is made only where one of these is asked for.
_OF_ANSWERS = frozenset({"broken-answer", "stream-without-end", "no-done-marker", "stream-ids", "usage", "sdk-model"})

Placed = tuple[str, Exchange]  # with its place in the file


@dataclass(frozen=True)
class CheckSettings:
    """The codes to look for, the matching rules, and what is a secret."""

    codes: frozenset[str] = frozenset(CODES)
    rules: Rules = field(default_factory=Rules)
    redaction: Redaction = field(default_factory=Redaction)


@dataclass
class Checked:
    """The findings of a file; ``skipped`` is why it contains neither recordings nor a cassette, None for one that does.

    ``fingerprint`` is that of a recording with a file of its own, which may be a duplicate of another file's.
    """

    findings: list[Finding]
    skipped: Finding | None = None
    fingerprint: Fingerprint | None = None


def check(
    paths: Paths,
    settings: CheckSettings,
    *,
    processes: int | None = None,
    progress: Progress = lambda results, _what, _total: results,
) -> list[Checked]:
    """Check files and trees; one result for each file, in order, whatever the number of processes."""
    work = partial(check_file, settings=settings)
    results, failures = sources.work_on(paths, work, "checking", processes, progress)
    _add_duplicates(results)
    results = [*(Checked([replace(one, code="unreadable")]) for one in failures), *results]
    for result in results:
        result.findings = [finding for finding in result.findings if finding.code in settings.codes]
    return results


def _add_duplicates(results: Sequence[Checked]) -> None:
    """Add the findings that only the comparison of files gives."""
    recordings = {one.fingerprint.path: one for one in results if one.fingerprint is not None}
    for one in find_duplicates(one.fingerprint for one in recordings.values() if one.fingerprint is not None):
        message = f"{one.why} {one.other}"
        recordings[one.path].findings.append(Finding("duplicate", "", message, one.path, 1))


def check_file(source: Source, settings: CheckSettings) -> Checked:
    """The findings of one file, each with its line."""
    try:
        text, document = sources.load(source)
    except Unsupported as error:
        if not source.named and not _is_empty_cassette(source, error):
            return Checked([], replace(refused(error, source.path), code="skipped"))
        return Checked([_unreadable(error, source)])
    except (OSError, ValueError, RecursionError) as error:
        line = _LINE.search(str(error))
        return Checked([_unreadable(error, source, int(line[1]) if line else 1)])
    try:
        found = [one for one in _findings(text, document, source, settings) if one.code in settings.codes]
    except Exception as error:  # noqa: BLE001 - a defect of ours costs one file, not the batch
        return Checked([_unreadable(error, source)])
    lines = lines_of(text) if any(finding.where for finding in found) else {}  # the whole file is at line 1
    placed = [finding.in_file(source.path, line_at(lines, finding.where)) for finding in found]
    if "duplicate" not in settings.codes or source.is_cassette or source.path.endswith(".recording.json"):
        return Checked(placed)
    own = document.recordings if document.single else None
    return Checked(placed, fingerprint=fingerprint(source.path, own[0]) if own else None)


def _is_empty_cassette(source: Source, error: Unsupported) -> bool:
    """Whether a file in a cassettes folder is refused because it has no interactions: its test finds none, either."""
    if not source.is_cassette:
        return False
    try:
        return error.where == "interactions" or not sources.read(source).strip()
    except (OSError, ValueError):  # it is gone, or not a text
        return False


def _unreadable(error: Exception, source: Source, line: int = 1) -> Finding:
    return Finding("unreadable", "", describe_error(error), source.path, line)


def _findings(text: str, document: Document, source: Source, settings: CheckSettings) -> Iterator[Finding]:
    if document.recordings is None:
        yield from _in_cassette(document, source, settings)
        return
    placed = []
    for index, (recording, exchange) in enumerate(zip(document.recordings, document.exchanges, strict=True)):
        where = "" if document.single else f"[{index}]"
        yield from (finding.within(where) for finding in _in_recording(recording, exchange, settings))
        placed.append((where, exchange))
    if "indistinguishable" in settings.codes:
        yield from _indistinguishable(placed, settings.rules)
    tests = " ".join(recording.test_id or "" for recording in document.recordings)
    yield from _accidental(placed, f"{source.relative} {tests}", settings)
    if text != (normal := write_recordings(document.recordings, single=document.single)):
        found = "the final newline is missing" if text + "\n" == normal else "found another layout or spelling"
        yield Finding("not-normal", "", f"expected the text that the recorder writes: {found}")
    if document.single and (reason := key_fault(document.recordings[0], source)):
        yield Finding("wrong-key", "", reason)


def key_fault(recording: Recording, source: Source) -> str | None:
    """Why today's recorder does not find a recording's file; None where it does, or where no key is expected."""
    name = source.relative.rpartition("/")[2]
    if source.is_cassette or not is_recorders_name(name):
        return None
    try:
        expected = recording_name(recording)
    except TranslationError:
        return None  # a file processor's names are not known
    if findable(name, recording):
        return None
    rule = explained_by(name, recording)
    named = f"named by the rule {rule.name}: run vcr-openai rekey" if rule else "named by no known rule"
    return f"expected the file name {expected} by the key of its request, found {name}, {named}"


def _in_recording(recording: Recording, exchange: Exchange, settings: CheckSettings) -> Iterator[Finding]:
    yield from _secrets(find_secrets(recording.document, settings.redaction))
    yield from _older_answer(recording.document, "accepted")
    yield from _times(recording.document, "")
    if "inexact" in settings.codes:
        yield from _in_translation(recording, exchange)
    if settings.codes & _OF_ANSWERS and (answer := answer_of(exchange)):  # a recorded stream has no done marker
        answer = replace(answer, done=None, dumped=True)
        yield from (finding.within("response.body") for finding in answer_findings(answer))


def _in_translation(recording: Recording, exchange: Exchange) -> Iterator[Finding]:
    """Whether a recording is the same after the way through its interaction."""
    try:
        again = recording_of(exchange)
    except TranslationError as error:
        yield Finding("inexact", error.where, f"its interaction does not become a recording again: {error}")
        return
    if reason := round_trip_difference(recording.dump(), again.dump(), json_text.read):
        yield Finding("inexact", "", f"from an interaction it {reason}")


def _in_cassette(document: Document, source: Source, settings: CheckSettings) -> Iterator[Finding]:
    placed = []
    yield from document.faults
    unread = [finding for finding in document.findings if finding.code == "unread-body"]
    for index, result in enumerate(document.results):
        where = f"interactions[{index}]"
        raw = document.interactions[index] if document.interactions is not None else None
        if not isinstance(result, Exchange):
            yield from _secrets(find_secrets(raw, settings.redaction), where)
            continue
        placed.append((where, result))
        yield from _older_answer(result.provenance, f"{where}.response.recording.accepted")
        yield from _times(result.response.further, f"{where}.response")
        secrets = secrets_in(result, settings.redaction)
        if raw is not None and not is_plain(raw):  # with the paths of its own layout
            found = find_secrets(raw, settings.redaction)
            known = {secret.excerpt for secret in found}
            secrets = [*found, *(secret for secret in secrets if secret.excerpt not in known)]
        yield from _secrets(secrets, where)
        yield from (finding for finding in unread if finding.interaction == index)
        if "inexact" in settings.codes:
            yield from (finding.within(where) for finding in _in_provenance(result))
        if settings.codes & _OF_ANSWERS and (answer := answer_of(result)):
            answer = replace(answer, dumped=not is_from_wire(result.provenance))
            yield from (finding.within(f"{where}.response.body.string") for finding in answer_findings(answer))
    yield from _accidental(placed, source.relative, settings)
    if "indistinguishable" in settings.codes:
        yield from _indistinguishable(placed, settings.rules)


def _older_answer(marked: Mapping[str, Any], where: str) -> Iterator[Finding]:
    """Whether the request was accepted in the place of the one that was answered."""
    if mark := mark_of(marked):
        message = f"the answer is older than its request, in which {', '.join(mark['paths'])} changed ({mark['date']})"
        yield Finding("older-answer", where, message)


def _times(further: Mapping[str, Any], where: str) -> Iterator[Finding]:
    """Whether the times of a stream cannot be read."""
    if reason := wrong_times(further):
        yield Finding("wrong-times", json_path.join(where, TIMES), reason)


def _accidental(placed: Sequence[Placed], names: str, settings: CheckSettings) -> Iterator[Finding]:
    if "accidental-failure" in settings.codes:
        yield from accidental_failures(placed, names, settings.rules)


def _in_provenance(exchange: Exchange) -> Iterator[Finding]:
    """Whether an interaction that was made from a recording can become one again."""
    if is_from_wire(exchange.provenance):
        return
    try:
        recording = recording_of(exchange)
        again = recording_of(exchange_of(recording))
    except TranslationError as error:
        yield Finding("inexact", error.where, f"it does not become a recording again: {error}")
        return
    if reason := round_trip_difference(recording.dump(), again.dump(), json_text.read):
        yield Finding("inexact", "", f"its recording {reason}")


def _secrets(secrets: Iterable[Secret], where: str = "") -> Iterator[Finding]:
    for secret in secrets:
        yield Finding("secret", secret.where, f"{secret.kind} {secret.excerpt}").within(where)


def _indistinguishable(exchanges: Sequence[Placed], rules: Rules) -> Iterator[Finding]:
    """Requests that match each other although their answers differ, each group at the first of them."""
    requests = [canonical(exchange.request, rules) for _, exchange in exchanges]
    for first, *others in indistinguishable(requests, [exchange.response for _, exchange in exchanges]):
        names = ", ".join(exchanges[position][0] for position in others[:_SHOWN])
        more = ", …" if len(others) > _SHOWN else ""
        message = f"the rules cannot tell it from {names}{more}, though the answers differ: they are played in order"
        yield Finding("indistinguishable", exchanges[first][0], message)
