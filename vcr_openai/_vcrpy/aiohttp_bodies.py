"""aiohttp's requests as they go over the wire: vcrpy's stub is handed the bytes of a body, its type and the whole URL.

The stub itself records what the caller passed: a dictionary (of ``json=`` or of a form, which nobody can distinguish
later), a ``FormData``, a URL without the session's base. The patch below is one of vcrpy's ``custom_patches``.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from io import BytesIO
from typing import Any

from vcr_openai._vcrpy.aiohttp_streams import directed
from vcr_openai._vcrpy.arrivals import TimedContent, notes_times, sending
from vcr_openai._vcrpy.compat import aiohttp_request, aiohttp_stub
from vcr_openai._vcrpy.directed import asking

_TYPE = "Content-Type"

Patch = tuple[type, str, Any]


def aiohttp_patches(cassette: Any) -> Iterator[Patch]:
    """The patch for aiohttp's sessions, in the form of vcrpy's ``custom_patches``; none where vcrpy patches none."""
    client = sys.modules.get("aiohttp.client")  # vcrpy has imported it where it is installed
    if client is not None and "aiohttp" not in getattr(cassette, "skip_patchers", ()):
        yield client.ClientSession, "_request", _request(cassette)


def _request(cassette: Any) -> Any:
    """The session's method: vcrpy's stub, which is handed bytes; the server gets the same bytes."""
    real = aiohttp_request()

    async def request(session: Any, method: str, url: Any, **given: Any) -> Any:
        written = await _written(session, given)

        async def send(session: Any, method: str, _whole_url: Any, **asked: Any) -> Any:
            if "json" in given:
                asked = {**asked, "json": given["json"], "data": given.get("data"), "headers": given.get("headers")}
            elif written is not None:
                asked["data"] = BytesIO(asked["data"])  # of a megabyte of plain bytes aiohttp warns
            note = sending() if notes_times(cassette) else None
            response = await real(session, method, url, **asked)
            if note is not None:
                response.content = TimedContent(response, note)
            return response

        asked = given if written is None else {**_without_body(given), **written}
        whole_url = session._build_url(url)  # noqa: SLF001  # aiohttp 3: what its own _request begins with
        with asking() as wanted:
            response = await aiohttp_stub(cassette, send)(session, method, whole_url, **asked)
        return directed(response, wanted, session, given, whole_url)

    return request


def _without_body(given: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in given.items() if name not in ("json", "data")}


async def _written(session: Any, given: dict[str, Any]) -> dict[str, Any] | None:
    """The arguments ``data`` and ``headers`` that send a body as bytes; None for a body that the stub reads itself.

    Those are texts, bytes, files and asynchronous generators. Raises what aiohttp raises for a body that it refuses.
    """
    json, data = given.get("json"), given.get("data")
    if json is not None and data is not None:  # the stub refuses it
        return None
    if json is not None:
        return {"data": _json_bytes(session, json), "headers": _typed(session, given, "application/json")}
    payload = _payload(data)
    if payload is None:
        return None
    writer = _Collector()
    await payload.write(writer)
    return {"data": bytes(writer.content), "headers": _typed(session, given, payload.headers.get(_TYPE))}


def _json_bytes(session: Any, value: Any) -> bytes:
    write = getattr(session, "_json_serialize_bytes", None)  # since aiohttp 3.14
    text = session.json_serialize(value) if write is None else write(value)
    return text if isinstance(text, bytes) else str(text).encode()


def _payload(data: Any) -> Any:
    """aiohttp's payload for a body (``ClientRequest.update_body_from_data``); None for a body that the stub reads."""
    from aiohttp import BytesPayload, FormData, Payload

    if isinstance(data, Payload):
        return data
    if isinstance(data, (bytearray, memoryview)):
        return BytesPayload(bytes(data))
    if isinstance(data, (Mapping, list, tuple)):
        data = FormData(data)
    return data() if isinstance(data, FormData) else None


def _typed(session: Any, given: dict[str, Any], content_type: str | None) -> Any:
    """The caller's headers, with the content type that aiohttp adds where neither they nor the session have one."""
    headers = session._prepare_headers(given.get("headers"))  # noqa: SLF001  # as vcrpy's stub
    skipped = {name.lower() for name in given.get("skip_auto_headers") or ()}
    if content_type is not None and _TYPE not in headers and _TYPE.lower() not in skipped:
        headers[_TYPE] = content_type
    return headers


class _Collector:
    """What aiohttp's payloads write to, here into memory."""

    def __init__(self) -> None:
        self.content = bytearray()

    async def write(self, chunk: bytes) -> None:
        """Add a chunk."""
        self.content += chunk
