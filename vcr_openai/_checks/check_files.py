"""Checks: what is wrong with files of any format.

The rule of this file: a check never raises. A file that cannot be read is a finding, and the others go on.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Any

from vcr_openai._checks.answer_checks import answer_faults
from vcr_openai._checks.answers import Answer, answer_of
from vcr_openai._checks.findings import CODES, Finding
from vcr_openai._checks.line_numbers import line_in, lines_of, nearest
from vcr_openai._errors import TranslationError, Unsupported
from vcr_openai._formats.old_calls import Cassette, Recordings, current, read_contents
from vcr_openai._http.vcr_dicts import PROVENANCE, HttpRequest, HttpResponse, read_interaction
from vcr_openai._json import json_text
from vcr_openai._json.json_diff import round_trip_difference as difference
from vcr_openai._matching.old_calls import form_of, indistinguishable
from vcr_openai._matching.rules import Rules
from vcr_openai._recording.from_wire import from_interaction
from vcr_openai._recording.key import explained_by, findable, recording_name
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import carried_in, to_interaction
from vcr_openai._redaction.redact import find_secrets
from vcr_openai._redaction.redaction import Redaction
from vcr_openai._trees import cassette_paths, sources
from vcr_openai._trees.conversion_plan import Source
from vcr_openai._trees.report import Report, in_words
from vcr_openai._trees.workers import Workers

Told = tuple[str, str, str]  # code, where, message
Track = Callable[[Iterable[Any], str, int], Iterable[Any]]
_RECORDED = re.compile(r"(?:models-)?[0-9a-f]{12,64}(?:-[0-9a-f]{8})?\.json")  # a name that means to be a key


@dataclass(frozen=True)
class Settings:
    """What is looked for, and by which rules and names."""

    codes: frozenset[str] = frozenset(CODES)
    rules: Rules = field(default_factory=Rules)
    redaction: Redaction = field(default_factory=Redaction)


@dataclass
class Checked:
    """What became of a file: its findings, or that it is something else altogether."""

    findings: list[Finding]
    skipped: bool = False


def check(
    paths: Sequence[Path],
    settings: Settings,
    *,
    processes: int | None = None,
    track: Track = lambda results, _what, _total: results,
) -> list[Checked]:
    """Check files and trees; one result for each file, in order, whatever the number of processes."""
    report = Report()
    found = sources.sources(paths, report)
    with closing(Workers(processes or os.cpu_count() or 1)) as workers:
        results = list(track(workers.each(partial(check_file, settings=settings), found), "checking", len(found)))
    refused = [Checked([Finding("unreadable", one.path, "", one.reason)]) for one in report.refused]
    wanted = settings.codes
    for result in (*refused, *results):
        result.findings = [finding for finding in result.findings if finding.code in wanted]
    return [*refused, *results]


def check_file(source: Source, settings: Settings) -> Checked:
    """The findings of one file, each with its line."""
    try:
        text = sources.read(source)
        contents = read_contents(text)
    except Unsupported as error:
        if not source.named:
            return Checked([], skipped=True)
        return Checked([Finding("unreadable", source.path, "", in_words(error))])
    except (OSError, ValueError, RecursionError) as error:
        return Checked([Finding("unreadable", source.path, "", in_words(error), line_in(str(error)))])
    try:
        told = list(_told(text, contents, source, settings))
    except Exception as error:  # noqa: BLE001 - a defect of ours costs one file, not the batch
        told = [("unreadable", "", in_words(error))]
    lines = lines_of(text) if told else {}
    return Checked([Finding(code, source.path, where, said, nearest(lines, where)) for code, where, said in told])


def _told(text: str, contents: Recordings | Cassette, source: Source, settings: Settings) -> Iterator[Told]:
    if isinstance(contents, Cassette):
        yield from _in_cassette(contents, settings)
        return
    places = [""] if contents.alone else [f"[{index}]" for index in range(len(contents.recordings))]
    exchanges = []
    for where, recording in zip(places, contents.recordings, strict=True):
        for code, inner, said in _in_recording(recording, settings):
            yield code, _joined(where, inner), said
        exchanges.append((where, *read_interaction(to_interaction(recording))[:2]))
    yield from _indistinguishable(exchanges, settings.rules)
    written = [recording.document for recording in contents.recordings]
    if text != (normal := json_text.write_document(written[0] if contents.alone else written)):
        lacking = "it lacks its final newline" if text + "\n" == normal else "it is spelled otherwise"
        yield "not-normal", "", f"its text is not as the recorder writes it: {lacking}"
    if contents.alone and (reason := key_fault(contents.recordings[0], source)):
        yield "wrong-key", "", reason


def key_fault(recording: Recording, source: Source) -> str | None:
    """Why today's recorder does not find a recording's file; None where it does, or where no key is expected."""
    name = source.relative.rpartition("/")[2]
    if cassette_paths.is_cassette(source.relative, source.root) or not _RECORDED.fullmatch(name):
        return None
    try:
        expected = recording_name(recording)
    except TranslationError:
        return None  # the names of a file processor's are not known
    if findable(name, recording):
        return None
    rule = explained_by(name, recording)
    origin = (
        f"which the rule {rule.name} gave: vcr-openai rekey" if rule else "which no known version of the rule gives"
    )
    return f"expected the file name {expected} by the key of its request, found {name}, {origin}"


def _in_recording(recording: Recording, settings: Settings) -> Iterator[Told]:
    for secret in find_secrets(recording.document, settings.redaction):
        yield "secret", secret.where, f"{secret.kind} {secret.excerpt}"
    interaction = to_interaction(recording)
    try:
        again = from_interaction(interaction)
    except TranslationError as error:
        yield "inexact", error.where, f"it does not come back from an interaction: {error}"
    else:
        if reason := difference(recording.dump(), again.dump(), json_text.read):
            yield "inexact", "", f"from an interaction it {reason}"
    if carried_in(interaction) is None:
        body = recording.response["body"]
        place = "response.body[{}]" if isinstance(body, list) else "response.body"
        answer = answer_of(*read_interaction(interaction)[:2])
        yield from _in_answer(answer and replace(answer, done=None), place, "response.body")


def _in_cassette(cassette: Cassette, settings: Settings) -> Iterator[Told]:
    exchanges = []
    for index, raw in enumerate(cassette.interactions):
        where = f"interactions[{index}]"
        for secret in find_secrets(raw, settings.redaction):
            yield "secret", _joined(where, secret.where), f"{secret.kind} {secret.excerpt}"
        try:
            stored = current(raw)[0]
            interaction, undecoded = cassette.budget.decoded(stored)
            request, response, _ = read_interaction(interaction)
        except TranslationError as error:
            yield "unreadable", _joined(where, error.where), str(error)
            continue
        for note in undecoded:
            yield "unread-body", _joined(where, note.where), note.what
        if interaction["response"]["body"] != stored["response"]["body"]:
            for secret in find_secrets(interaction, settings.redaction):
                if secret.where.startswith("response.body"):
                    yield "secret", _joined(where, secret.where), f"{secret.kind} {secret.excerpt} (compressed)"
        exchanges.append((where, request, response))
        for code, inner, said in _back_and_forth(interaction):
            yield code, _joined(where, inner), said
        if not interaction["response"].get(PROVENANCE) or carried_in(interaction) is None:
            body = f"{where}.response.body.string"
            streamed = f"{body}[{{}}]"
            yield from _in_answer(answer_of(request, response), streamed, body)
    yield from _indistinguishable(exchanges, settings.rules)


def _back_and_forth(interaction: dict[str, Any]) -> Iterator[Told]:
    """Whether an interaction that was made from a recording can become one again; one from the wire never was."""
    if not interaction["response"].get(PROVENANCE):
        return
    try:
        recording = from_interaction(interaction)
        again = from_interaction(to_interaction(recording))
    except TranslationError as error:
        yield "inexact", error.where, f"it does not become a recording again: {error}"
        return
    if reason := difference(recording.dump(), again.dump(), json_text.read):
        yield "inexact", "", f"its recording {reason}"


def _in_answer(answer: Answer | None, place: str, whole: str) -> Iterator[Told]:
    if answer is None:
        return
    for code, number, said in answer_faults(answer):
        yield code, whole if number is None or not answer.streamed else place.format(number), said
    yield from _refused(answer, place, whole)


def _refused(answer: Answer, place: str, whole: str) -> Iterator[Told]:
    """The first object of an answer that the installed SDK's models do not accept, with the number of such objects."""
    from vcr_openai._api import sdk  # it imports openai, which a tree without answers does not need

    if answer.streamed and answer.endpoint.events:  # servers leave members out of events, and clients do not mind
        return
    refused = [
        (number, reason)
        for number, one in enumerate(answer.objects)
        if isinstance(one, dict) and not one.get("error")
        for data in _modelled(one, answer)
        if (reason := sdk.refusal(answer.endpoint.tag(one, streamed=answer.streamed) or "", data))
    ]
    if refused:
        number, reason = refused[0]
        further = f" (and {len(refused) - 1} further objects)" if len(refused) > 1 else ""
        yield "sdk-model", place.format(number) if answer.streamed else whole, f"{reason}{further}"


def _modelled(one: dict[str, Any], answer: Answer) -> list[Any]:
    """The parts of an object that the tag's model is for: a page's elements; vectors as the client hands them out."""
    if answer.endpoint.page:
        data = one.get("data")
        return data if isinstance(data, list) else []
    if answer.endpoint.base64_floats and isinstance(one.get("data"), list):
        vectors = [
            {**vector, "embedding": []}
            if isinstance(vector, dict) and isinstance(vector.get("embedding"), str)
            else vector
            for vector in one["data"]
        ]
        return [{**one, "data": vectors}]
    return [one]


def _indistinguishable(exchanges: list[tuple[str, HttpRequest, HttpResponse]], rules: Rules) -> Iterator[Told]:
    forms = [form_of(request, rules) for _, request, _ in exchanges]
    for group in indistinguishable(forms, [response for *_, response in exchanges]):
        others = ", ".join(exchanges[position][0] for position in group[1:6]) + (", …" if len(group) > 6 else "")
        yield (
            "indistinguishable",
            exchanges[group[0]][0],
            f"the rules cannot tell it from {others}, though the answers differ: they are played in order",
        )


def _joined(where: str, inner: str) -> str:
    return f"{where}{'.' if where and inner and not inner.startswith('[') else ''}{inner}"
