"""The matchers that vcrpy is given: whether a live and a recorded request match.

Each has a ``key``. Two requests match when their keys are equal, so a cassette can look one up without a scan.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Hashable, Mapping, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any
from weakref import WeakKeyDictionary

from vcr import matchers as host_matchers
from vcr.util import read_body

from vcr_openai._errors import Unsupported
from vcr_openai._findings import encodable
from vcr_openai._http.body import Body
from vcr_openai._http.exchange import HttpRequest
from vcr_openai._matching.canonical import Canonical, canonical, is_api_request
from vcr_openai._matching.play_queues import Degree, degree
from vcr_openai._matching.request_diff import differences
from vcr_openai._matching.rules import Rules
from vcr_openai._vcrpy.interactions import http_request

if TYPE_CHECKING:
    from vcr.request import Request

_MOST_DIFFERENCES = 3  # in vcrpy's own message; the report of a failed test has more

Key = Callable[["Request"], Hashable]
_Known = tuple["tuple[str, str] | None", Mapping[str, str]]  # a key, and the names of ids


class CanonicalRequests:
    """The canonical requests under one set of rules.

    Only the key of each and the names of its ids are kept: a thousand canonical requests are a million objects, and
    every object makes Python's garbage collection slower.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._known: WeakKeyDictionary[Request, _Known] = WeakKeyDictionary()

    def of(self, request: Request) -> Canonical:
        """The canonical request, made anew."""
        return canonical(_readable(request), self.rules)

    def is_api(self, request: Request) -> bool:
        """Whether a request goes to OpenAI's API, or to one that is compatible with it."""
        return is_api_request(request.uri, self.rules)

    def key(self, request: Request) -> tuple[str, str] | None:
        """The key, made once, so a request must not change; None for a request to another API, without a model."""
        return self._of_once(request)[0]

    def renamed(self, request: Request) -> Mapping[str, str]:
        """The name of each id in the canonical request, made once, as the key is."""
        return self._of_once(request)[1]

    def _of_once(self, request: Request) -> _Known:
        try:
            return self._known[request]
        except KeyError:
            found = self.of(request)
            known = self._known[request] = (found.key if found.known else None), found.renamed
            return known


def _readable(request: Request) -> HttpRequest:
    """Our request; a body that no client can write (the fields of a form with bytes) is its ``repr``."""
    try:
        return http_request(request)
    except Unsupported:
        return HttpRequest(request.method.upper(), request.uri, {}, Body.of(repr(read_body(request))))


class Matcher(ABC):
    """A matcher of vcrpy: called with the live and the recorded request, raises AssertionError where they differ."""

    def __init__(self, name: str, requests: CanonicalRequests) -> None:
        self.__name__ = name  # vcrpy's messages and reports use it
        self.requests = requests

    @property
    def rules(self) -> Rules:
        """The rules that it matches by."""
        return self.requests.rules

    def under(self, requests: CanonicalRequests) -> Matcher:
        """The same matcher under other rules."""
        return type(self)(self.__name__, requests)

    @abstractmethod
    def key(self, request: Request) -> Hashable:
        """A value that is equal for two requests exactly when they match."""

    def __call__(self, live: Request, recorded: Request) -> None:
        """Raise AssertionError, with the first differences, where the two do not match."""
        if self.key(live) != self.key(recorded):
            found = differences(self.requests.of(recorded), self.requests.of(live), _MOST_DIFFERENCES)
            raise AssertionError(encodable("; ".join(map(str, found))))


class EndpointMatcher(Matcher):
    """``openai_endpoint``: the same method, API path and query, on any host.

    A request to another API matches as by vcrpy's defaults: method, scheme, host, port, path and query.
    """

    def key(self, request: Request) -> Hashable:
        """The key of method and URL."""
        if key := self.requests.key(request):
            return key[0]
        return (request.method, request.scheme, request.host, request.port, request.path or "/", *request.query)


class BodyMatcher(Matcher):
    """``openai_body``: the same body under the rules. A request to another API matches with any body.

    A call of a model counts with its body, whatever the API.
    """

    def key(self, request: Request) -> Hashable:
        """The key of the body."""
        key = self.requests.key(request)
        return key[1] if key else None


def matchers(rules: Rules) -> dict[str, Matcher]:
    """The matchers by name, under ``rules``; they share the canonical requests."""
    requests = CanonicalRequests(rules)
    return {
        "openai_endpoint": EndpointMatcher("openai_endpoint", requests),
        "openai_body": BodyMatcher("openai_body", requests),
    }


# Keys for vcrpy's own matchers: requests that match by one of them have equal keys. The matcher is asked as well, so a
# key may be coarser than its matcher (for vcrpy 9 an empty path is "/", for 8.5 it is not).
_HOST_KEYS: dict[Any, Key] = {
    host_matchers.method: lambda request: request.method,
    host_matchers.scheme: lambda request: request.scheme,
    host_matchers.host: lambda request: request.host,
    host_matchers.port: lambda request: request.port,
    host_matchers.path: lambda request: request.path or "/",
    host_matchers.query: lambda request: tuple(request.query),
    host_matchers.uri: lambda request: (request.scheme, request.path or "/"),
}


def keys_of(match_on: Sequence[Any]) -> tuple[Key, ...]:
    """The keys of those matchers that have one: requests that match have equal keys."""
    keys = [one.key if isinstance(one, Matcher) else _HOST_KEYS.get(one) for one in match_on]
    return tuple(key for key in keys if key is not None)


def degrees(ours: Sequence[Matcher], exact: CanonicalRequests, *, any_url: bool) -> list[Degree[Request]]:
    """How closely a recorded request may be spelled like the live one that matches it by these matchers.

    First all of it counts, then its ids and numbers, then those of its URL; with ``any_url`` not even these. Of several
    that are equally close, those that are equal to the letter come first, then those with the same URL, then those from
    the same host and port.
    """
    if not ours:
        return []
    literal = CanonicalRequests(ours[0].rules.literal())
    spellings: list[Sequence[Matcher]] = [
        [matcher.under(exact) for matcher in ours],
        [matcher.under(literal) for matcher in ours],
        [matcher.under(literal) for matcher in ours if isinstance(matcher, EndpointMatcher)],
    ]
    if any_url:
        spellings.append([])
    return [degree(partial(_spelling, found), _readable) for found in spellings]


def _spelling(found: Sequence[Matcher], request: Request) -> Hashable:
    return tuple(matcher.key(request) for matcher in found)
