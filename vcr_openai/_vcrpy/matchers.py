"""The matchers that vcrpy is given, which say whether a live and a recorded request count as the same.

Each has a ``key``: two requests match when their keys are equal, so a cassette can look one up (``cassettes``).
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Hashable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from vcr.util import read_body

from vcr_openai._matching.canonical import Canonical
from vcr_openai._matching.old_calls import canonical
from vcr_openai._matching.request_diff import differences
from vcr_openai._matching.rules import Rules

if TYPE_CHECKING:
    from vcr.request import Request

_MOST_DIFFERENCES = 3  # in vcrpy's own message; the report of a failed test has more


class Forms:
    """The canonical forms of requests under one set of rules.

    Of each request only the form's key is kept: a thousand forms are a million objects, and every one makes Python's
    garbage collection slower.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._keys: WeakKeyDictionary[Request, tuple[str, str] | None] = WeakKeyDictionary()

    def of(self, request: Request) -> Canonical:
        """The canonical form of a request, made anew."""
        return canonical(request.method, request.uri, read_body(request), self.rules, request.headers)

    def key(self, request: Request) -> tuple[str, str] | None:
        """The form's key, None for a request to anything else than the API; made once, so it must not change."""
        try:
            return self._keys[request]
        except KeyError:
            form = self.of(request)
            key = self._keys[request] = form.key if form.known else None
            return key


class Matcher(ABC):
    """A matcher of vcrpy: called with the live and the recorded request, raises AssertionError where they differ."""

    def __init__(self, name: str, forms: Forms) -> None:
        self.__name__ = name  # vcrpy's messages and reports call a matcher by it
        self.forms = forms

    @property
    def rules(self) -> Rules:
        """The rules that it matches by."""
        return self.forms.rules

    @abstractmethod
    def key(self, request: Request) -> Hashable:
        """What is equal for two requests exactly when they match."""

    def __call__(self, live: Request, recorded: Request) -> None:
        """Raise AssertionError, with the first differences, where the two do not match."""
        if self.key(live) != self.key(recorded):
            raise AssertionError(self._message(live, recorded))

    def _message(self, live: Request, recorded: Request) -> str:
        found = differences(self.forms.of(recorded), self.forms.of(live), _MOST_DIFFERENCES)
        return "; ".join(map(str, found))


class EndpointMatcher(Matcher):
    """``openai_endpoint``: same method, API path and query, whatever stands before the path, and on whatever host.

    A request to anything else than the API matches as by vcrpy's defaults: method, scheme, host, port, path and query.
    """

    def key(self, request: Request) -> Hashable:
        """What the URL and the method say."""
        if key := self.forms.key(request):
            return key[0]
        return (request.method, request.scheme, request.host, request.port, request.path or "/", *request.query)


class BodyMatcher(Matcher):
    """``openai_body``: same body under the rules. A request to anything else than the API matches whatever it says."""

    def key(self, request: Request) -> Hashable:
        """What the body says."""
        key = self.forms.key(request)
        return key[1] if key else None


def matchers(rules: Rules) -> dict[str, Matcher]:
    """The matchers by name, under ``rules``; they share the forms that they make."""
    forms = Forms(rules)
    return {
        "openai_endpoint": EndpointMatcher("openai_endpoint", forms),
        "openai_body": BodyMatcher("openai_body", forms),
    }


# Under the default rules, for a VCR that is set up by hand.
openai_endpoint, openai_body = matchers(Rules()).values()
