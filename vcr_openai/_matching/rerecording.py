"""Recording again: which interactions of the old file stay, and where those stand that are new.

An interaction stays, to the letter, where its request was sent again and the answer says the same. The others are
written anew: in the place of the old one where the request is the same, else where they were sent. Interactions that
only their order tells apart keep the order in which they were sent.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher

from vcr_openai._matching.same_answers import Said

_SHORTEST_NAME = 4  # characters of an id that is replaced where it is a word of its own
_SHORTEST_ID = 8  # characters: a shorter text may be a word


@dataclass(frozen=True)
class Sent:
    """An interaction: its request, and what the answer says.

    ``request`` is equal for requests that are the same; ``order`` for those that replay distinguishes by their order
    alone. ``text`` has whatever may name an id of another interaction.
    """

    order: Hashable
    request: Hashable
    said: Said
    text: str

    @property
    def identity(self) -> tuple[Hashable, str]:
        """What is equal for interactions of which one can stand for the other."""
        return self.request, self.said.key


@dataclass(frozen=True)
class Placed:
    """An interaction of the new file: the number ``new`` of those that were sent.

    ``old`` is the number of the one in the old file that stays in its stead; None where it is written anew.
    """

    new: int
    old: int | None


def arrange(old: Sequence[Sent], new: Sequence[Sent]) -> list[Placed]:
    """The interactions of the new file, in their order."""
    partners = _partners(old, new)
    staying = {number for number, other in partners.items() if old[other].identity == new[number].identity}
    staying = _independent(old, new, partners, staying)
    return [Placed(number, partners[number] if number in staying else None) for number in _ordered(new, partners)]


def former_ids(old: Sequence[Sent], new: Sequence[Sent]) -> dict[str, str]:
    """The old id in the place of each new one, by the answers that say the same: later requests repeat it."""
    partners = _partners(old, new)
    return {
        now: before
        for number, other in partners.items()
        if old[other].identity == new[number].identity
        for now, before in zip(new[number].said.ids, old[other].said.ids, strict=True)
        if now != before and len(now) >= _SHORTEST_NAME
    }


def _partners(old: Sequence[Sent], new: Sequence[Sent]) -> dict[int, int]:
    """The old interaction of each new one that has one, in the order of those that differ by their order only."""
    groups: defaultdict[Hashable, tuple[list[int], list[int]]] = defaultdict(lambda: ([], []))
    for side, sent in enumerate((old, new)):
        for number, one in enumerate(sent):
            groups[one.order][side].append(number)
    partners: dict[int, int] = {}
    for before, after in groups.values():
        lists = ([old[number].identity for number in before], [new[number].identity for number in after])
        for tag, start, end, first, last in SequenceMatcher(None, *lists, autojunk=False).get_opcodes():
            if tag == "equal":
                partners.update(zip(after[first:last], before[start:end], strict=True))
            elif tag == "replace":
                left = before[start:end]
                for number in after[first:last]:
                    at = next((at for at, other in enumerate(left) if old[other].request == new[number].request), None)
                    if at is not None:
                        partners[number] = left[at]
                        left = left[at + 1 :]
    return partners


def _independent(old: Sequence[Sent], new: Sequence[Sent], partners: Mapping[int, int], staying: set[int]) -> set[int]:
    """Those that stay, without those of which an id is repeated by an interaction that is written anew.

    The old one has another id, and so a file with both would not be one conversation.
    """
    made = {
        number: [one for one in new[number].said.ids if len(one) >= _SHORTEST_ID and one not in ids]
        for number in staying
        for ids in [old[partners[number]].said.ids]
    }
    staying = set(staying)
    fresh = [one.text for number, one in enumerate(new) if number not in staying]
    while fresh:
        text = "\n".join(fresh)
        leaving = {number for number in staying if any(one in text for one in made[number])}
        staying -= leaving
        fresh = [new[number].text for number in leaving]
    return staying


def _ordered(new: Sequence[Sent], partners: Mapping[int, int]) -> list[int]:
    """All new ones: those with a partner in the old order, each other one behind the one that was sent before it."""
    result = sorted(partners, key=partners.__getitem__)
    later: defaultdict[Hashable, list[int]] = defaultdict(list)
    for number in reversed(range(len(new))):
        if number in partners:
            later[new[number].order].append(number)
    earlier: dict[Hashable, int] = {}
    for number, one in enumerate(new):
        if number in partners:
            later[one.order].pop()
        else:
            at = result.index(number - 1) + 1 if number else 0
            if one.order in earlier:
                at = max(at, result.index(earlier[one.order]) + 1)
            if later[one.order]:
                at = min(at, result.index(later[one.order][-1]))
            result.insert(at, number)
        earlier[one.order] = number
    return result
