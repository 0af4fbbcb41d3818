"""The matchers that vcrpy is given: do a live and a recorded request count as the same?

Each has a ``key``: two requests match when their keys are equal, so a cassette can look one up (``cassettes``).
"""

from __future__ import annotations

from collections.abc import Hashable
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from vcr.util import read_body

from vcr_openai._canonical import Canonical, canonical
from vcr_openai._differences import differences
from vcr_openai._rules import Rules

if TYPE_CHECKING:
    from vcr.request import Request

_MOST_DIFFERENCES = 3  # in vcrpy's own message; the report of a failed test has more


class Forms:
    """The canonical forms of requests under one set of rules, each made once."""

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self._made: WeakKeyDictionary[Request, Canonical] = WeakKeyDictionary()

    def of(self, request: Request) -> Canonical:
        """The canonical form of a request; it must not change afterwards."""
        form = self._made.get(request)
        if form is None:
            body = read_body(request)
            form = canonical(request.method, request.uri, body, self.rules, request.headers)
            self._made[request] = form
        return form


class Matcher:
    """A matcher of vcrpy: called with the live and the recorded request, raises AssertionError where they differ."""

    def __init__(self, name: str, forms: Forms) -> None:
        self.__name__ = name  # vcrpy's messages and reports call a matcher by it
        self.forms = forms

    @property
    def rules(self) -> Rules:
        """The rules that it matches by."""
        return self.forms.rules

    def key(self, request: Request) -> Hashable:
        """What is equal for two requests exactly when they match."""
        raise NotImplementedError

    def __call__(self, live: Request, recorded: Request) -> None:
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
        form = self.forms.of(request)
        if form.known:
            return form.key[0]
        return (request.method, request.scheme, request.host, request.port, request.path or "/", *request.query)


class BodyMatcher(Matcher):
    """``openai_body``: same body under the rules. A request to anything else than the API matches whatever it says."""

    def key(self, request: Request) -> Hashable:
        """What the body says."""
        form = self.forms.of(request)
        return form.key[1] if form.known else None


def matchers(rules: Rules) -> dict[str, Matcher]:
    """The matchers by name, under ``rules``; they share the forms that they make."""
    forms = Forms(rules)
    return {
        "openai_endpoint": EndpointMatcher("openai_endpoint", forms),
        "openai_body": BodyMatcher("openai_body", forms),
    }


# Under the default rules, for a VCR that is set up by hand.
openai_endpoint, openai_body = matchers(Rules()).values()
