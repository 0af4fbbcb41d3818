"""The member ``wire`` of a recording: what its HTTP exchange had that no other member of the format can say.

It is the last member, and the recorder ignores it. It is there only where it is needed, with the keys in this order:
``body`` is the answer as it was sent, where the rest of the recording gives another one, whose digest is
``instead_of``; ``embeddings`` is ``base64`` where the numbers were sent so; ``positions`` are the places of the
interaction in its cassette, from 0. Once one of the two bodies was edited, the digest is another one: the edit counts.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import struct
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpResponse
from vcr_openai._json.json_diff import same

WIRE = "wire"
BODY, INSTEAD_OF, EMBEDDINGS, POSITIONS = _KEYS = ("body", "instead_of", "embeddings", "positions")
_BASE64 = "base64"
_MOST = 10_000  # positions of one interaction: a file must not become a cassette without end
Wire = dict[str, Any]


def wire_of(value: Any) -> Wire | None:
    """The member of a document or a provenance; None where it has none, or something else of that name."""
    found = value.get(WIRE) if isinstance(value, Mapping) else None
    if not isinstance(found, dict) or not found or not set(found) <= set(_KEYS):
        return None
    is_sound = (
        (BODY in found) == (INSTEAD_OF in found)
        and (BODY not in found or _octets(found[BODY]) is not None)
        and found.get(EMBEDDINGS, _BASE64) == _BASE64
        and _are_positions(found.get(POSITIONS, [0]))
    )
    return _ordered(found) if is_sound else None


def is_last(document: Mapping[str, Any]) -> bool:
    """Whether a document has the member where and as it is written, so that it is written again like this."""
    wire = wire_of(document)
    return wire is not None and list(document)[-1] == WIRE and same(wire, document[WIRE])


def without_wire(value: Mapping[str, Any]) -> dict[str, Any]:
    """A document or provenance without the member."""
    return {key: member for key, member in value.items() if key != WIRE}


def with_positions(wire: Wire | None, positions: Sequence[int]) -> Wire:
    """The member with the places of the interaction in its cassette: several where it was recorded several times."""
    return _ordered({**(wire or {}), POSITIONS: list(positions)})


def positions_of(document: Mapping[str, Any]) -> list[int]:
    """The places of a recording's interaction in its cassette, where the recording has them."""
    return list((wire_of(document) or {}).get(POSITIONS, ()))


def with_body(sent: HttpResponse, given: HttpResponse) -> Wire:
    """The member that restores the body ``sent`` where a recording gives another one."""
    return {BODY: _content(sent.body), INSTEAD_OF: _digest(given.body)}


def with_base64(sent: HttpResponse, given: HttpResponse) -> Wire | None:
    """The member that writes embeddings in base64, where that gives the body ``sent``; else None."""
    wire = {EMBEDDINGS: _BASE64}
    written, _ = as_sent(given, wire)
    sound = sent.body.json.problem is None and written.body.json.problem is None
    return wire if sound and same(written.body.json.value, sent.body.json.value) else None


def as_sent(response: HttpResponse, wire: Wire) -> tuple[HttpResponse, Wire]:
    """The response as it was sent, of the one that the recording gives; and the member from which ``as_given`` finds
    the latter.
    """
    return _swapped(_with_embeddings(response, _packed) if EMBEDDINGS in wire else response, wire)


def as_given(response: HttpResponse, wire: Wire) -> tuple[HttpResponse, Wire]:
    """The response as the recording gives it, of the one that was sent; and the member of the recording."""
    response, wire = _swapped(response, wire)
    return _with_embeddings(response, _floats) if EMBEDDINGS in wire else response, wire


def _swapped(response: HttpResponse, wire: Wire) -> tuple[HttpResponse, Wire]:
    """The other body of the two, and the member with this one."""
    if BODY not in wire or wire[INSTEAD_OF] != _digest(response.body):
        return response, wire
    content = _octets(wire[BODY]) or b""
    other = replace(response, body=Body.of(content, response.headers))
    return other, _ordered({**wire, BODY: _content(response.body), INSTEAD_OF: _digest(other.body)})


def _are_positions(value: Any) -> bool:
    return isinstance(value, list) and 0 < len(value) <= _MOST and all(type(one) is int and one >= 0 for one in value)


def _ordered(wire: Wire) -> Wire:
    return {key: wire[key] for key in _KEYS if key in wire}


def _digest(body: Body) -> str:
    return hashlib.sha256(body.octets).hexdigest()[:12]


def _content(body: Body) -> Any:
    return {_BASE64: base64.b64encode(body.octets).decode()} if body.text is None else body.octets.decode()


def _octets(value: Any) -> bytes | None:
    try:
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, dict) and list(value) == [_BASE64]:
            return base64.b64decode(value[_BASE64], validate=True)
    except (ValueError, TypeError):  # a lone surrogate; other text than base64
        pass
    return None


def _with_embeddings(response: HttpResponse, convert: Callable[[Any], Any]) -> HttpResponse:
    value = response.body.json.value if response.body.json.problem is None else None
    if not isinstance(value, dict) or not isinstance(value.get("data"), list):
        return response
    changed = [
        {**row, "embedding": convert(row["embedding"])} if isinstance(row, dict) and "embedding" in row else row
        for row in value["data"]
    ]
    return replace(response, body=Body.of_json({**value, "data": changed}, response.headers))


def _packed(value: Any) -> Any:
    """Numbers as little-endian float32 in base64; what is something else, or would not come back, as it is."""
    if not isinstance(value, list) or not all(type(number) is float for number in value):
        return value
    try:
        octets = struct.pack(f"<{len(value)}f", *value)
    except (struct.error, OverflowError):
        return value
    return base64.b64encode(octets).decode() if same(list(struct.unpack(f"<{len(value)}f", octets)), value) else value


def _floats(value: Any) -> Any:
    try:
        octets = base64.b64decode(value, validate=True) if isinstance(value, str) else b""
        return list(struct.unpack(f"<{len(octets) // 4}f", octets)) if isinstance(value, str) else value
    except (binascii.Error, ValueError, struct.error):
        return value
