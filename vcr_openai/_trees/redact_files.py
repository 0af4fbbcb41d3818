"""Redaction of files that exist.

A file in which ``check`` finds no secret is not touched. A file that is written has no secret left. A file that would
lose something else is refused with a reason.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TypeVar

from vcr_openai import _files
from vcr_openai._errors import TranslationError, Unsupported, joined
from vcr_openai._findings import describe_error
from vcr_openai._formats.document import Document
from vcr_openai._formats.line_ends import with_ends_of
from vcr_openai._formats.plain import exchange_to_dict, is_plain, write_json, write_yaml
from vcr_openai._formats.recording_json import write_recordings
from vcr_openai._formats.registry import dump, read_document
from vcr_openai._http.exchange import Exchange
from vcr_openai._recording.key import recording_name
from vcr_openai._recording.recording import Recording
from vcr_openai._redaction.edits import Secret
from vcr_openai._redaction.redact import find_secrets, redact_document, redact_exchange, secrets_in
from vcr_openai._redaction.redaction import CUSTOM, Redaction
from vcr_openai._trees import sources
from vcr_openai._trees.sources import Paths, Progress, Source

Value = TypeVar("Value")
_INTERACTIONS = re.compile(r'^interactions:|"interactions"\s*:', re.MULTILINE)


@dataclass
class Redacted:
    """The secrets in a file, notes for the user, and why the file cannot be redacted."""

    path: str
    secrets: list[Secret] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    refused: str | None = None

    def choose(self, old: Value, new: Value, found: list[Secret], where: str) -> Value:
        """The value without secrets, which are noted with their place; the old one where there is none to report.

        Secrets to report are those that a check reports, and whatever the user named.
        """
        secrets = [secret for secret in found if not secret.made_up or secret.kind == CUSTOM]
        self.secrets += [secret._replace(where=joined(where, secret.where)) for secret in secrets]
        return new if secrets else old


def redact(
    paths: Paths,
    redaction: Redaction,
    *,
    write: bool,
    processes: int | None,
    progress: Progress,
) -> list[Redacted]:
    """Redact files and trees, or without ``write`` find out what that would change; a result for each file."""
    work = partial(redact_file, redaction=redaction, write=write)
    results, failures = sources.work_on(paths, work, "redacting", processes, progress)
    return [*(Redacted(one.file, refused=one.message) for one in failures), *results]


def redact_file(source: Source, redaction: Redaction, *, write: bool) -> Redacted:
    """Redact one file. Never raises: what is wrong with it is in the result."""
    result = Redacted(source.path)
    try:
        original, document = sources.load(source)
        if document.recordings is not None:
            text = _redacted_recordings(document.recordings, redaction, result, single=document.single)
        else:
            text = _redacted_cassette(document, redaction, result)
        if text is None:
            return result
        text = with_ends_of(original, text)
        _check_layout(document, original)
        _check(text, redaction, source.path)
        if write:
            _files.write_text(source.path, text, replace=True)
    except Exception as error:  # noqa: BLE001 - a defect of ours costs one file, not the batch
        if isinstance(error, Unsupported) and not source.named and not result.secrets:
            return Redacted(source.path)  # a tree may have other files
        result.refused = describe_error(error)
    return result


def _redacted_recordings(
    recordings: Sequence[Recording], redaction: Redaction, result: Redacted, *, single: bool
) -> str | None:
    """The text without secrets; None where there are none."""
    written = []
    for index, recording in enumerate(recordings):
        where = "" if single else f"[{index}]"
        document, found = redact_document(recording.document, redaction)
        clean = result.choose(recording, Recording(document), found, where)
        if clean is not recording:
            _note_key(recording, clean, where, result)
        written.append(clean)
    return write_recordings(written, single=single) if result.secrets else None


def _note_key(old: Recording, new: Recording, where: str, result: Redacted) -> None:
    """Note the new key of a recording whose request had a secret: the recorder then looks for another file."""
    try:
        before, after = recording_name(old), recording_name(new)
    except TranslationError:  # a file processor's key is not known
        return
    if before != after:
        of = f" of {where}" if where else ""
        result.notes.append(f"the key{of} changes: the recorder looks for {after}")


def _redacted_cassette(document: Document, redaction: Redaction, result: Redacted) -> str | None:
    """The text without secrets; None where there are none."""
    exchanges = document.exchanges
    for finding in document.findings:
        if finding.code == "unread-body":
            result.notes.append(f"{finding.where} cannot be decoded: it is not searched, and not changed")
    if document.interactions is None:
        clean = [_redacted_exchange(exchange, index, redaction, result) for index, exchange in enumerate(exchanges)]
        return dump(clean, document.format) if result.secrets else None
    interactions = []
    for index, raw in enumerate(document.interactions):
        if is_plain(raw):
            new = _redacted_exchange(exchanges[index], index, redaction, result)
            interactions.append(raw if new is exchanges[index] else exchange_to_dict(new))
            continue
        value, found = redact_document(raw, redaction)  # another layout is kept, and all of its keys
        interactions.append(result.choose(raw, value, found, f"interactions[{index}]"))
    write = write_json if document.format == "json" else write_yaml
    return write(interactions) if result.secrets else None


def _redacted_exchange(exchange: Exchange, index: int, redaction: Redaction, result: Redacted) -> Exchange:
    """The exchange without secrets; the same object where there are none to report."""
    clean, found = redact_exchange(exchange, redaction)
    return result.choose(exchange, clean, found, f"interactions[{index}]")


def _check_layout(document: Document, text: str) -> None:
    """Raise Unsupported where a cassette has more than its interactions, which would be lost."""
    if document.recordings is not None:
        return
    lost = [finding.message for finding in document.findings if not finding.where]
    if lost or document.further or not _INTERACTIONS.search(text):
        found = lost[0] if lost else "another document"
        raise Unsupported("", "version and interactions alone", f"what would be lost: convert it first ({found})")


def _check(text: str, redaction: Redaction, path: str) -> None:
    """Raise ValueError where the new text cannot be read again or has a secret, OSError where the file is a link."""
    document = read_document(text)
    if document.recordings is not None:
        found = (find_secrets(recording.document, redaction) for recording in document.recordings)
    else:
        found = (secrets_in(exchange, redaction) for exchange in document.exchanges)
    left = next((secret for secrets in found for secret in secrets), None)
    if left:
        raise ValueError(f"{left.where}: expected no secret after redaction, found {left.kind} {left.excerpt}")
    if Path(path).is_symlink():  # it may lead out of the tree
        raise OSError("it is a link; redact its target instead")
