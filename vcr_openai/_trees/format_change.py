"""Another format for cassettes in their place: the new file is written and read back before the old one goes."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from vcr_openai import _files
from vcr_openai._errors import Unsupported
from vcr_openai._findings import Finding, refused
from vcr_openai._formats.document import Document
from vcr_openai._formats.plain import exchange_to_dict
from vcr_openai._formats.registry import dump, read_document
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import Exchange
from vcr_openai._json import json_text
from vcr_openai._json.json_diff import first_difference
from vcr_openai._trees.cassette_paths import cassette_renamed
from vcr_openai._trees.links import links_in, refuse_linked
from vcr_openai._trees.sources import Paths, Progress, Source, load, read, work_on

_HAVE_ALL = ("yaml", "json")  # formats that have all of an interaction
_HINT = "--force replaces it"


@dataclass(frozen=True)
class Change:
    """What became of a file: its new path, or why it stays. ``skipped`` is for one that there was no reason to change.

    ``interactions`` counts those of a file that was changed.
    """

    path: str
    new: str | None = None
    interactions: int = 0
    refused: Finding | None = None
    skipped: Finding | None = None


def change_format(paths: Paths, name: str, *, force: bool, processes: int | None, progress: Progress) -> list[Change]:
    """Write the cassettes of files and trees in the format ``name``, each in its folder, and remove the old files.

    ``force`` replaces a file that has the new name. Files that are refused or skipped stay as they are.
    """
    work = partial(change_file, name=name, force=force, links=links_in(paths))
    changes, failures = work_on(paths, work, "converting", processes, progress)
    return [*(Change(one.file, refused=one) for one in failures), *changes]


def change_file(source: Source, name: str, *, force: bool, links: Mapping[str, str]) -> Change:
    """Change the format of one cassette, unless one of the ``links`` leads to it (``links_in``).

    Never raises: what is wrong with it is in the result.
    """
    try:
        original, document = load(source)
        reason = _no_change(source, document, name)
        if reason:
            return Change(source.path, skipped=Finding("skipped", "", reason, source.path))
        _check_whole(document)
        refuse_linked(source.path, links)
        text = dump(document.exchanges, name)
        _prove(document, text, name)
        new = str(Path(source.path).with_name(cassette_renamed(Path(source.path).name, name)))
        _put(source, original, new, text, force=force)
    except Exception as error:  # noqa: BLE001 - a defect of ours costs one file, not the batch
        problem = refused(error, source.path)
        is_other = isinstance(error, Unsupported) and not source.named and error.where == ""
        return Change(source.path, skipped=problem) if is_other else Change(source.path, refused=problem)
    return Change(source.path, new, len(document.exchanges))


def _no_change(source: Source, document: Document, name: str) -> str | None:
    """Why a file keeps its format; None where it gets another one."""
    if document.single and not source.is_cassette and not source.path.endswith(".recording.json"):
        return "it is a recording, not a cassette (-o makes cassettes of recordings)"
    is_named = source.path.endswith((f".{name}", ".yml" if name == "yaml" else f".{name}"))
    return f"it is in the format {name} already" if document.format == name and is_named else None


def _check_whole(document: Document) -> None:
    """Raises Unsupported where a cassette has more than its interactions, which the new file would not have."""
    lost = [finding.message for finding in document.findings if not finding.where]
    if document.further:
        lost.append(f"the keys {', '.join(map(str, document.further))}")
    if lost:
        raise Unsupported("the file", "version and interactions alone", f"what would be lost ({lost[0]})")


def _prove(document: Document, text: str, name: str) -> None:
    """Raises ValueError where the new text does not have the interactions of the old file.

    vcrpy's own formats have all of each. The others leave out headers that no replay needs; what is sent must match to
    the letter there, and the answer must have the same status and body.
    """
    value = _value if name in _HAVE_ALL else _replayed
    old, new = ([value(one) for one in each.exchanges] for each in (document, read_document(text)))
    where = first_difference(old, new, "interactions")
    if where is not None:
        raise ValueError(f"{where}: {name} does not keep it as it is, so the file stays as it was")


def _value(exchange: Exchange) -> dict[str, Any]:
    """All of an exchange except the length of the answer, which follows from its body, and which a format may add."""
    value = exchange_to_dict(exchange)
    headers = value["response"]["headers"]
    value["response"]["headers"] = {name: one for name, one in headers.items() if name.lower() != "content-length"}
    return value


def _replayed(exchange: Exchange) -> dict[str, Any]:
    """What counts in a replay, and the provenance."""
    request, response = exchange.request, exchange.response
    sent = {"method": request.method, "uri": request.uri, "body": _content(request.body) if request.body else None}
    got = {"status": response.status, "body": _content(response.body)}
    return {"request": sent, "response": got, "provenance": dict(exchange.provenance)}


def _content(body: Body) -> Any:
    """A body by value: JSON, the chunks of a stream, else its bytes."""
    if body.framing:
        return [_read(chunk.text) for chunk in body.chunks]
    return body.octets.hex() if body.json.problem else body.json.value


def _read(text: str) -> Any:
    try:
        return json_text.read(text)
    except ValueError:
        return text


def _put(source: Source, original: str, new: str, text: str, *, force: bool) -> None:
    """Write the new file, read it back, and remove the old one, which stays where this raises OSError or ValueError."""
    is_same = os.path.lexists(new) and os.path.samefile(new, source.path)  # noqa: PTH121 - texts
    if os.path.lexists(new) and not is_same and not force:
        raise FileExistsError(f"a file of the name {Path(new).name} exists ({_HINT})")
    _check_unchanged(source, original)
    if Path(source.path).is_symlink():
        raise OSError("it is a link, which keeps its name: remove it, and convert its target")
    existed = os.path.lexists(new)
    _files.write_text(new, text, replace=force or is_same)
    if is_same:
        return
    try:
        _check_written(new, text)
        _check_unchanged(source, original)
    except BaseException:
        if not existed:
            with contextlib.suppress(OSError):
                Path(new).unlink()
        raise
    Path(source.path).unlink()


def _check_written(path: str, text: str) -> None:
    if _files.read_text(path) != text:
        raise ValueError("the new file does not have the text that was written")


def _check_unchanged(source: Source, original: str) -> None:
    if read(source) != original:
        raise ValueError("the file changed while it was converted")
