"""The texts of interactions that were loaded: what nobody touched is written back as it was read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

import orjson

from vcr_openai._formats.file_parts import FILE_PARTS
from vcr_openai._formats.line_ends import with_line_feeds
from vcr_openai._vcrpy.request_headers import request_headers_of

if TYPE_CHECKING:
    from vcr.request import Request

Fingerprint = tuple[Any, ...]


@dataclass(frozen=True)
class LoadedFile:
    """The text of a file that was loaded, and the name of its format."""

    text: str
    format: str

    @cached_property
    def parts(self) -> list[str] | None:
        """The text of each interaction; None for a file in a layout that is not written."""
        return FILE_PARTS[self.format].split(with_line_feeds(self.text))


@dataclass(frozen=True)
class _Source:
    """Where an interaction was read: the file, its number among ``count`` interactions, and what it was then."""

    file: LoadedFile
    index: int
    count: int
    fingerprint: Fingerprint


_sources: WeakKeyDictionary[Request, _Source] = WeakKeyDictionary()


def remember(file: LoadedFile, requests: Sequence[Request], responses: Sequence[dict[str, Any]]) -> None:
    """Note that these are the interactions of a file."""
    for index, (request, response) in enumerate(zip(requests, responses, strict=True)):
        fingerprint = _fingerprint(request, response)
        if fingerprint is not None:
            _sources[request] = _Source(file, index, len(requests), fingerprint)


def succeed(request: Request, filtered: Request) -> None:
    """Note that a filtered request takes the place of one that was loaded."""
    source = _sources.pop(request, None)
    if source is not None:
        _sources[filtered] = source


def kept_text(request: Request, response: dict[str, Any], name: str) -> str | None:
    """The text that a file in the format ``name`` has of an interaction; None where it changed since, or is new."""
    source = _sources.get(request)
    if source is None or source.file.format != name or source.fingerprint != _fingerprint(request, response):
        return None
    parts = source.file.parts
    return parts[source.index] if parts is not None and len(parts) == source.count else None


def _fingerprint(request: Request, response: dict[str, Any]) -> Fingerprint | None:
    """All that is written of an interaction, as values that nobody can change; None where it has something else."""
    body = response.get("body")
    if not isinstance(body, dict) or not isinstance(request.body, (bytes, type(None))):
        return None
    content = body.get("string")
    if not isinstance(content, bytes):
        return None
    try:
        head = orjson.dumps([request_headers_of(request), {**response, "body": len(body)}], default=id)
    except (TypeError, orjson.JSONEncodeError):
        return None
    return request.method, request.uri, request.body, head, content
