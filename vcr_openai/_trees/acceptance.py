"""Acceptance: requests of cassettes and recordings written anew in their files, with the answers that are there."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from vcr_openai._api.endpoint import Layout
from vcr_openai._errors import MalformedInteraction, TranslationError, Unsupported
from vcr_openai._files import read_text, rename, write_text
from vcr_openai._formats import plain, registry
from vcr_openai._formats.document import Document, syntax_of
from vcr_openai._formats.file_parts import FILE_PARTS
from vcr_openai._formats.line_ends import with_ends_of, with_line_feeds
from vcr_openai._formats.recording_json import parse, write_recordings
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import PROVENANCE, Exchange, HttpRequest
from vcr_openai._json.json_diff import same
from vcr_openai._json.json_edit import with_value
from vcr_openai._json.json_path import Place
from vcr_openai._recording.accepted import ACCEPTED, marked, without_mark
from vcr_openai._recording.key import findable, is_recorders_name, recording_name
from vcr_openai._recording.recording import Recording
from vcr_openai._recording.translate import exchange_of, recording_of
from vcr_openai._recording.verbatim import why_not_asked
from vcr_openai._yaml.yaml_edit import list_parts, with_part_blocks

_Change = tuple[Place, Any]  # a place in a file's value, and what it has then


@dataclass(frozen=True)
class NewRequest:
    """A request that takes the place of the one at ``index`` of a file.

    ``keeps_url`` is whether the two differ in their bodies alone; then method and URL stay as they are. ``paths`` are
    those of the differences.
    """

    index: int
    request: HttpRequest
    keeps_url: bool
    paths: tuple[str, ...]


def accept(path: Path, requests: Sequence[NewRequest], date: str) -> Path:
    """Write requests into a file, which is replaced as a whole or not at all; the file's path, which may be a new one.

    A library's recording gets the name by which its recorder finds the new request. Raises OSError, and ValueError for
    a file that is no cassette (any more), or whose format cannot express a request.
    """
    original = read_text(path)
    text = original
    for new in requests:
        text = accepted_text(text, new, date)
    place = _place(path, original, text)
    if place != path and os.path.lexists(place):
        raise ValueError(f"expected no file {place.name}, which the new request's recording would be named, found one")
    write_text(os.path.realpath(path), text, replace=True)
    if place != path:
        rename(path, place)
    return place


def _place(path: Path, before: str, after: str) -> Path:
    """The path of a library's recording by the key of its request; the same one for any other file."""
    if not is_recorders_name(path.name):
        return path
    old, new = (registry.read_document(text).recordings for text in (before, after))
    if not old or not new or len(old) > 1 or not findable(path.name, old[0]):
        return path
    return path.with_name(recording_name(new[0]))


def accepted_text(text: str, new: NewRequest, date: str) -> str:
    """The text of a file with a new request, and the mark of its acceptance; its line ends stay. Raises ValueError."""
    document = registry.read_document(text)
    exchanges = list(document.read()[0])
    old = exchanges[new.index] if new.index < len(exchanges) else None
    if not isinstance(old, Exchange):
        raise MalformedInteraction(f"interactions[{new.index}]", "an interaction", "a file that changed")
    asked = _renewed(old.request, new)
    lines = with_line_feeds(text)
    if document.recordings is not None:
        return with_ends_of(text, _with_recording(lines, document, new, asked, date))
    mark = marked(date, new.paths, old.provenance)
    exchanges[new.index] = replace(old, request=asked, provenance={**old.provenance, ACCEPTED: mark})
    for edited in _candidates(lines, document, exchanges, new.index):
        candidate = with_ends_of(text, edited)
        if _is_so(candidate, exchanges, new.index):
            return candidate
    raise Unsupported(f"interactions[{new.index}].request", f"what the format {document.format} can express", "more")


def _renewed(old: HttpRequest, new: NewRequest) -> HttpRequest:
    """The old request with what the new one asks; headers that are not about the content stay."""
    live = {name.lower(): values for name, values in new.request.headers.items()}
    body = new.request.body
    length = [str(len(body.content) if body else 0)]
    headers = {}
    for name, values in old.headers.items():
        if not name.lower().startswith("content-"):
            headers[name] = values
        elif name.lower() == "content-length":
            headers[name] = length
        elif name.lower() in live:
            headers[name] = live[name.lower()]
    names = {name.lower() for name in headers}
    headers |= {name: live[name] for name in ("content-encoding",) if name in live and name not in names}
    where = old if new.keeps_url else new.request
    return HttpRequest(where.method, where.uri, headers, None if body is None else Body.of(body.content, headers))


# --- cassettes


def _candidates(text: str, document: Document, exchanges: Sequence[Any], index: int) -> Iterator[str]:
    """Texts that may have the new exchange, the one that changes least first."""
    fresh: Exchange = exchanges[index]
    with contextlib.suppress(ValueError, LookupError):
        if syntax_of(text) == "json":
            yield _edited_json(text, fresh, index)
        elif (parts := list_parts(text)) is not None and len(parts) == len(exchanges) + 2:
            [written] = FILE_PARTS[document.format].split(registry.dump([fresh], document.format)) or [""]
            for part in _edited_parts(parts[index + 1], written):
                yield "".join([*parts[: index + 1], part, *parts[index + 2 :]])
    if all(isinstance(one, Exchange) for one in exchanges) and not document.further:
        yield registry.dump(exchanges, document.format)


def _edited_parts(old: str, written: str) -> Iterator[str]:
    with contextlib.suppress(ValueError, LookupError):
        yield with_part_blocks(old, written, [("request",), ("response", PROVENANCE)])
    yield written


def _edited_json(text: str, fresh: Exchange, index: int) -> str:
    """A cassette in JSON with the changed members of the request, and the provenance."""
    interaction = plain.exchange_to_dict(fresh)
    for name, value in interaction["request"].items():
        place: Place = ("interactions", index, "request", name)
        text = _replaced(text, place, value)
    return with_value(text, ("interactions", index, "response", PROVENANCE), dict(fresh.provenance))


def _replaced(text: str, place: Place, value: Any) -> str:
    changed = with_value(text, place, value)
    kept = parse(text), parse(changed)
    return text if kept[0] == kept[1] else changed


def _is_so(text: str, exchanges: Sequence[Any], index: int) -> bool:
    """Whether a text is that of these exchanges; the request at ``index`` may be spelled otherwise."""
    try:
        found = list(registry.read_document(text).read()[0])
    except ValueError:
        return False
    if len(found) != len(exchanges):
        return False
    one, other = found[index], exchanges[index]
    if not isinstance(one, Exchange) or not _asks_the_same(one.request, other.request):
        return False
    found[index] = replace(one, request=other.request)
    return all(_same(left, right) for left, right in zip(found, exchanges, strict=True))


def _asks_the_same(one: HttpRequest, other: HttpRequest) -> bool:
    if (one.method, one.uri) != (other.method, other.uri):
        return False
    if one.body is None or other.body is None or one.body.json.problem is not None:
        return one.body == other.body
    return other.body.json.problem is None and same(one.body.json.value, other.body.json.value)


def _same(one: Any, other: Any) -> bool:
    return one == other if isinstance(one, Exchange) else type(one) is type(other)


# --- recordings


def _with_recording(text: str, document: Document, new: NewRequest, asked: HttpRequest, date: str) -> str:
    recordings = list(document.recordings or ())
    old = recordings[new.index]
    changed = _requested(old, asked)
    mark = marked(date, new.paths, old.document)
    recordings[new.index] = Recording({**without_mark(old.document), "request": changed, ACCEPTED: mark})
    root: Place = () if document.single else (new.index,)
    edited = text
    for name, value in changed.items():
        if name not in old.request or value != old.request[name]:
            edited = with_value(edited, (*root, "request", name), value)
    edited = with_value(edited, (*root, ACCEPTED), mark)
    found = registry.read_document(edited).recordings or ()
    if [one.document for one in found] == [one.document for one in recordings]:
        return edited
    return write_recordings(recordings, single=document.single)


def _requested(old: Recording, asked: HttpRequest) -> Mapping[str, Any]:
    """The request of a recording that asks this. Raises Unsupported where the format cannot express it."""
    exchange = exchange_of(Recording(without_mark(old.document)))
    notes = [exchange.provenance, {key: value for key, value in exchange.provenance.items() if key != "arguments"}]
    reason = "no call of the SDK"
    for note in notes:
        try:
            made = recording_of(replace(exchange, request=asked, provenance=note))
            written = exchange_of(made).request
        except TranslationError as error:
            reason = str(error)
            continue
        found = None if made.layout is Layout.INTERACTION else why_not_asked(asked, written)
        if found is None:
            return made.request
        reason = found
    raise Unsupported("request", "a call that a recording can express", f"another ({reason})")
