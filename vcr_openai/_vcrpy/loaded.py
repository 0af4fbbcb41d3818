"""Requests and responses as vcrpy has them, which cost little when vcrpy copies them; what a file has of them."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

from vcr.request import HeadersDict, Request

from vcr_openai._vcrpy.compat import response_from_dict
from vcr_openai._vcrpy.request_headers import request_headers_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_UNCHANGING = frozenset([str, bytes, int, float, bool, type(None)])
Place = tuple[str, int]
Loaded = Any  # the list of requests and that of responses, and the metadata where a cassette has any


class LoadedRequest(Request):  # type: ignore[misc]  # vcrpy is not typed
    """A request from a file. vcrpy copies it before each filter; a copy shares what nobody can change.

    ``known`` is our request for it, with the state of this one when that was made. ``place`` is where it was read: the
    file, and its number in it.
    """

    known: Any = None
    place: Place | None = None

    def __deepcopy__(self, memo: dict[int, Any]) -> LoadedRequest:
        copied = LoadedRequest.__new__(LoadedRequest)
        copied.__dict__.update(self.__dict__)
        copied.headers = headers_dict(request_headers_of(self))
        return copied


def headers_dict(headers: Any) -> HeadersDict:
    """The headers of a request of vcrpy's, in fewer steps than vcrpy takes for each of them."""
    if type(headers) is not dict:
        return HeadersDict(headers)
    pairs = {
        name.lower(): (name, given[0] if isinstance(given, (list, tuple)) else given) for name, given in headers.items()
    }
    if len(pairs) != len(headers):  # two spellings of a name
        return HeadersDict(headers)
    made = HeadersDict()
    made._store = pairs  # noqa: SLF001
    return made


class Copied(dict[str, Any]):
    """A response that vcrpy is about to copy: only its dictionaries and lists are copied."""

    def __deepcopy__(self, memo: dict[int, Any]) -> dict[str, Any]:
        return _copied(self)


def _copied(value: dict[str, Any]) -> dict[str, Any]:
    return {key: item if type(item) in _UNCHANGING else _copy(item) for key, item in value.items()}


def _copy(value: Any) -> Any:
    kind = type(value)
    if kind is dict:
        return _copied(value)
    if kind is list:
        return [item if type(item) in _UNCHANGING else _copy(item) for item in value]
    return value if kind in _UNCHANGING else copy.deepcopy(value)


def is_unchanging(request: Request) -> bool:
    """Whether a request's body and headers are of types that nobody can change."""
    if not isinstance(request.body, (bytes, type(None))):
        return False
    return all(isinstance(value, (str, bytes)) for value in request_headers_of(request).values())


def quick_to_copy(request: Request) -> Request:
    """An equal request that vcrpy copies at little cost; the same one where it may have what a filter changes."""
    if type(request) is not Request or not is_unchanging(request):
        return request
    made = LoadedRequest.__new__(LoadedRequest)
    made.__dict__.update(request.__dict__)
    return made


def loaded(requests: list[Request], responses: list[dict[str, Any]], further: Mapping[str, Any]) -> Loaded:
    """What a persister of vcrpy's gives back for these; ``further`` are the other keys of the cassette."""
    metadata = further.get("metadata")
    return (requests, responses, metadata) if metadata else (requests, responses)


def _loaded_request(*, headers: Any, **rest: Any) -> LoadedRequest:
    return LoadedRequest(headers=headers_dict(headers), **rest)


def loaded_cassette(cassette: dict[str, Any]) -> Loaded:
    """The requests and responses of vcrpy's own dictionaries, which become the cassette's. Raises as ``Request``."""
    interactions = cassette["interactions"]
    requests = [_loaded_request(**one["request"]) for one in interactions]
    return loaded(requests, [response_from_dict(one["response"]) for one in interactions], cassette)
