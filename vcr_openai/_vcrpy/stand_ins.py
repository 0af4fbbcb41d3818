"""Stand-ins: the recorded requests that answer live ones without an equal, where the user allows it."""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from vcr import matchers as host_matchers
from vcr.record_mode import RecordMode

from vcr_openai._http.exchange import HttpRequest
from vcr_openai._matching.canonical import Canonical, canonical
from vcr_openai._matching.neighbours import most_alike, shares_endpoint
from vcr_openai._matching.rules import Rules
from vcr_openai._vcrpy.matchers import CanonicalRequests

if TYPE_CHECKING:
    from vcr.request import Request

IndexedCassette = Any  # which imports this module
NEAREST, IN_ORDER = "nearest", "in order"
HOST_DEFAULTS: Final = (
    host_matchers.method,
    host_matchers.scheme,
    host_matchers.host,
    host_matchers.port,
    host_matchers.path,
    host_matchers.query,
)


class StandIn(NamedTuple):
    """A live request, as it would be recorded, and the position of the interaction that answered it."""

    cassette: IndexedCassette
    position: int
    live: Request

    @property
    def requests(self) -> tuple[Canonical, Canonical]:
        """The canonical recorded and live request."""
        requests = _canonical(self.cassette)
        return requests.of(self.cassette.data[self.position][0]), requests.of(self.live)

    @property
    def is_of_equal_url(self) -> bool:
        """Whether the two have equal methods and URLs under the rules, an Azure deployment included."""
        rules = _canonical(self.cassette).rules
        recorded, live = self.cassette.data[self.position][0], self.live
        heads = [HttpRequest(one.method, one.uri) for one in (recorded, live)]
        return canonical(heads[0], rules) == canonical(heads[1], rules)


@dataclass
class Misses:
    """What happens to the requests of one test that find no equal one in its cassettes.

    ``choice`` is how a stand-in is chosen: ``NEAREST`` is the unplayed request that is most like it; ``IN_ORDER`` is
    the one that plain vcrpy would play, by method and URL; none where it is empty. ``hints`` are the last lines of an
    explanation, None for the usual ones. ``is_reported`` is whether somebody shows ``explanations``, so that vcrpy's
    own message need not repeat them.
    """

    choice: str = ""
    hints: tuple[str, ...] | None = None
    is_reported: bool = False
    stand_ins: list[StandIn] = field(default_factory=list)
    explanations: list[str] = field(default_factory=list)
    cassettes: list[IndexedCassette] = field(default_factory=list)
    of_recorded_urls: int = 0
    """How many explained requests have a method and URL that plain vcrpy would have had an answer to."""
    _chosen: dict[tuple[int, Hashable], int] = field(default_factory=dict)

    @property
    def settings(self) -> dict[str, Any]:
        """The settings of a cassette: one that plays what is most alike records nothing."""
        return {"misses": self, **({"record_mode": RecordMode.NONE} if self.choice == NEAREST else {})}

    def stand_in(self, cassette: IndexedCassette, request: Request, *, is_known: bool) -> int | None:
        """The position of the interaction that stands in for a filtered request; None where there is none."""
        if self.choice == NEAREST:
            return self._nearest(cassette, request)
        return _in_order(cassette, request) if is_known and cassette.write_protected else None

    def use(self, cassette: IndexedCassette, position: int, request: Request) -> None:
        """Note that an interaction answers a filtered request."""
        self._chosen[id(cassette), _canonical(cassette).of(request).key] = position
        self.stand_ins.append(StandIn(cassette, position, request))

    def miss(self, cassette: IndexedCassette, request: Request, explanation: str) -> None:
        """Note a filtered request that nothing answers, and why."""
        if explanation not in self.explanations:
            self.explanations.append(explanation)
            self.of_recorded_urls += cassette.canonical is not None and _in_order(cassette, request) is not None

    def _nearest(self, cassette: IndexedCassette, request: Request) -> int | None:
        live = _canonical(cassette).of(request)
        chosen = self._chosen.get((id(cassette), live.key))
        if chosen is not None and cassette.plays_again(chosen):
            return chosen
        if not live.known:
            return None
        unplayed = [one for one in range(len(cassette.data)) if not cassette.play_counts[one]]
        for positions in (unplayed, filter(cassette.plays_again, range(len(cassette.data)))):
            found = _alike(cassette, live, positions)
            if found is not None:
                return found
        return None


def _alike(cassette: IndexedCassette, live: Canonical, positions: Iterable[int]) -> int | None:
    requests = _canonical(cassette)
    recorded = [(one, requests.of(cassette.data[one][0])) for one in positions]
    same = [(one, request) for one, request in recorded if shares_endpoint(request, live)]
    found = most_alike(live, [request for _, request in same])
    return None if found is None else same[found][0]


def _in_order(cassette: IndexedCassette, request: Request) -> int | None:
    """The first unplayed interaction that vcrpy's default matchers accept, and those of the user's own."""
    matchers = (*HOST_DEFAULTS, *cassette.asked)
    positions: Sequence[int] = range(len(cassette.data))
    unplayed = (one for one in positions if not cassette.play_counts[one])
    candidates: Iterable[int] = chain(unplayed, filter(cassette.plays_again, positions))
    for position in candidates:
        if host_matchers.requests_match(request, cassette.data[position][0], matchers):
            return position
    return None


def _canonical(cassette: IndexedCassette) -> CanonicalRequests:
    return cassette.canonical or CanonicalRequests(Rules())
