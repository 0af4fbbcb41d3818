"""What the stand-ins of a test were, as values that another process can read and write into files."""

from __future__ import annotations

import base64
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from vcr_openai._errors import TranslationError
from vcr_openai._findings import encodable
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpRequest
from vcr_openai._matching.drift import Drifted, changes_of
from vcr_openai._trees.acceptance import NewRequest
from vcr_openai._vcrpy.cassette import IndexedCassette
from vcr_openai._vcrpy.interactions import FILES, file_of, http_request, source_of
from vcr_openai._vcrpy.stand_ins import Misses, StandIn

Place = tuple[str, int]  # a file's real path, and the number of an interaction in it


def entries_of(misses: Misses, test: str) -> Iterator[dict[str, Any]]:
    """An entry for each request of a test that a stand-in answered, each pair of requests once."""
    known: set[tuple[int, int, object]] = set()
    for one in misses.stand_ins:
        recorded, live = one.requests
        pair = id(one.cassette), one.position, live.key
        if pair in known:
            continue
        known.add(pair)
        changes = changes_of(recorded, live)
        response = one.cassette.data[one.position][1]
        place = _place(one.cassette, one.position)
        yield {
            "test": test,
            "cassette": encodable(file_of(response, str(one.cassette.path), one.cassette.folder)),
            "interaction": encodable(source_of(place[1] if place else one.position, response)),
            "changes": changes,
            "place": place,
            "request": _request(one),
            "keeps_url": one.is_of_equal_url,
            "key": live.key,
        }


def played_places(misses: Misses) -> Iterator[Place]:
    """Where the interactions are that answered equal requests of a test."""
    for cassette in misses.cassettes:
        lent = {one.position for one in misses.stand_ins if one.cassette is cassette}
        for position in range(len(cassette.data)):
            if cassette.play_counts[position] and position not in lent and (place := _place(cassette, position)):
                yield place


def drifted(entry: Mapping[str, Any], *, passed: bool) -> Drifted:
    """The request of an entry."""
    return Drifted(entry["test"], entry["cassette"], entry["interaction"], entry["changes"], passed)


def new_request(entry: Mapping[str, Any], kinds: Sequence[str]) -> NewRequest:
    """The request of an entry, to be written into its file."""
    parts = entry["request"]
    body = None if parts["body"] is None else Body.of(base64.b64decode(parts["body"]), parts["headers"])
    request = HttpRequest(parts["method"], parts["uri"], parts["headers"], body)
    return NewRequest(entry["place"][1], request, entry["keeps_url"], tuple(kinds))


def _request(one: StandIn) -> dict[str, Any] | None:
    """The live request as it would be recorded; None for one that cannot be."""
    try:
        request = http_request(one.live)
    except TranslationError:
        return None
    body = None if request.body is None else base64.b64encode(request.body.content).decode()
    return {"method": request.method, "uri": request.uri, "headers": dict(request.headers), "body": body}


def _place(cassette: IndexedCassette, position: int) -> Place | None:
    """Where an interaction was read; None where that is not known, or several files are one interaction."""
    request, response = cassette.data[position]
    files = response.get(FILES)
    if files:
        return (_real(cassette, files[0]), 0) if len(files) == 1 else None
    place = getattr(request, "place", None)
    return (_real(cassette, place[0]), place[1]) if place else None


def _real(cassette: IndexedCassette, path: str) -> str:
    return os.path.realpath(os.path.join(cassette.folder, path))  # noqa: PTH118
