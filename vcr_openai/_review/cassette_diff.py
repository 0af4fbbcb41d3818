"""What two versions of a cassette differ in, interaction by interaction."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Hashable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from vcr_openai._http.exchange import Exchange
from vcr_openai._matching.canonical import Canonical, canonical
from vcr_openai._matching.rules import Rules
from vcr_openai._review.exchange_diff import ExchangeDiff, answer_of, compare
from vcr_openai._review.usage import tokens_of

ADDED, REMOVED, CHANGED, NOISE, SAME = "added", "removed", "changed", "noise only", "same"
BY_REQUEST, BY_KIND, BY_PLACE = "request", "kind", "place"  # which interactions of two versions are one
_RULES: Final = Rules()


@dataclass(frozen=True)
class Numbered:
    """An exchange with its file and its place there, as ``interactions[1]``."""

    file: str
    place: str
    exchange: Exchange

    @cached_property
    def identity(self) -> tuple[Hashable, bytes]:
        """What is equal for requests that match."""
        body = self.exchange.request.body
        return self._asked.key, body.octets if body and not self._asked.known else b""

    @cached_property
    def answer(self) -> Hashable:
        """What is equal for equal answers."""
        return answer_of(self.exchange)

    @cached_property
    def kind(self) -> tuple[Hashable, ...]:
        """The method and the path of the request, and the host of another API."""
        value = self._asked.value
        return value["method"], value["path"], value.get("host")

    @cached_property
    def _asked(self) -> Canonical:
        return canonical(self.exchange.request, _RULES)


@dataclass(frozen=True)
class InteractionDiff:
    """An interaction of either version, or of both; ``diff`` has the differences of one that both have."""

    old: Numbered | None
    new: Numbered | None
    diff: ExchangeDiff

    @property
    def state(self) -> str:
        """``added``, ``removed``, ``changed``, ``noise only`` or ``same``."""
        if self.old is None or self.new is None:
            return ADDED if self.old is None else REMOVED
        return NOISE if self.diff.is_noise else CHANGED if self.diff.kinds else SAME

    @property
    def tokens(self) -> int:
        """How many more tokens the new answer cost than the old one."""
        new, old = (tokens_of(one.exchange.response.body) if one else 0 for one in (self.new, self.old))
        return new - old

    @property
    def shown(self) -> Numbered:
        """The new interaction; the old one of one that was removed."""
        found = self.new or self.old
        assert found is not None  # noqa: S101 - one of them is there
        return found


def compare_cassettes(old: Sequence[Numbered], new: Sequence[Numbered], *, by: str = BY_KIND) -> list[InteractionDiff]:
    """The interactions of two versions, in the order of the new one, each removed one behind the one before it.

    Two interactions are one where their requests match. ``BY_KIND``: also where one of the same method and path is left
    in both, in their order; ``BY_PLACE``: where such a one has the same place; ``BY_REQUEST``: nowhere else.
    """
    partners = _partners(old, new, by)
    taken = set(partners.values())
    found: list[InteractionDiff] = []
    left = iter(number for number in range(len(old)) if number not in taken)
    waiting = next(left, None)
    for number, one in enumerate(new):
        partner = partners.get(number)
        while waiting is not None and partner is not None and waiting < partner:
            found.append(InteractionDiff(old[waiting], None, ExchangeDiff()))
            waiting = next(left, None)
        before = None if partner is None else old[partner]
        found.append(InteractionDiff(before, one, compare(before.exchange, one.exchange) if before else ExchangeDiff()))
    while waiting is not None:
        found.append(InteractionDiff(old[waiting], None, ExchangeDiff()))
        waiting = next(left, None)
    return found


def _partners(old: Sequence[Numbered], new: Sequence[Numbered], by: str) -> dict[int, int]:
    """The number of the old interaction for that of each new one that has one."""
    partners: dict[int, int] = {}
    _pair(partners, [(one.identity, one.answer) for one in old], [(one.identity, one.answer) for one in new])
    _pair(partners, [one.identity for one in old], [one.identity for one in new])
    if by == BY_KIND:
        _pair(partners, [one.kind for one in old], [one.kind for one in new])
    elif by == BY_PLACE:
        _pair(partners, [(one.place, one.kind) for one in old], [(one.place, one.kind) for one in new])
    return partners


def _pair(partners: dict[int, int], old: Sequence[Hashable], new: Sequence[Hashable]) -> None:
    """Add a partner for each new one without one that equals an old one without one, in their order."""
    taken = set(partners.values())
    places: defaultdict[Hashable, deque[int]] = defaultdict(deque)
    for number, identity in enumerate(old):
        if number not in taken:
            places[identity].append(number)
    for number, identity in enumerate(new):
        if number not in partners and places[identity]:
            partners[number] = places[identity].popleft()
