"""The text of a file that was recorded again: that of the old file, except for the interactions that changed."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

from vcr_openai._formats.file_parts import FILE_PARTS
from vcr_openai._matching.canonical import canonical
from vcr_openai._matching.rerecording import Placed, Sent, arrange, former_ids
from vcr_openai._matching.rules import Rules
from vcr_openai._matching.same_answers import said
from vcr_openai._recording.accepted import ACCEPTED, mark_of
from vcr_openai._vcrpy.interactions import vcr_exchange, vcr_request
from vcr_openai._vcrpy.serializers import ExchangeSerializer, PlainSerializer

if TYPE_CHECKING:
    from vcr.request import Request

    from vcr_openai._http.body import Body
    from vcr_openai._http.exchange import Exchange

Read = Callable[[str, Any], Any]  # a file's text and its serializer -> vcrpy's requests, responses (and metadata)


@dataclass(frozen=True)
class Rerecording:
    """A recording that replaces an older one. ``former`` is the older file's text, None for the one that is there.

    ``order`` is equal for requests that differ by their order in the cassette alone.
    """

    rules: Rules
    order: Callable[[Request], Hashable]
    former: str | None = None

    def text(self, text: str, former: str, serializer: Any, read: Read) -> str:
        """The text of the file that was recorded, with what did not change as the former file has it."""
        if text == former or not former.strip() or not isinstance(serializer, (ExchangeSerializer, PlainSerializer)):
            return text
        try:
            old, new = read(former, serializer), read(text, serializer)
            if len(old) > 2 or len(new) > 2:  # with metadata, which is no part of an interaction
                return text
            placed = arrange(self._sent(*old), self._as_before(self._sent(*old), *new))
        except (ValueError, TypeError, AttributeError, LookupError):  # one of them is not what vcrpy can load
            return text
        if [one.old for one in placed] == list(range(len(old[0]))):
            return former
        return _assembled(text, former, placed, serializer)

    def _sent(self, requests: Sequence[Request], responses: Sequence[dict[str, Any]]) -> list[Sent]:
        return [
            sent(vcr_exchange(request, response), self.rules, self.order(request))
            for request, response in zip(requests, responses, strict=True)
        ]

    def _as_before(
        self, old: Sequence[Sent], requests: Sequence[Request], responses: Sequence[dict[str, Any]]
    ) -> list[Sent]:
        """The new interactions with old ids in the place of new ones, from answer to answer of a conversation."""
        new = self._sent(requests, responses)
        names: dict[str, str] = {}
        while (found := former_ids(old, new)).keys() - names.keys():
            names |= found
            pattern = re.compile("|".join(rf"(?<![\w-]){re.escape(one)}(?![\w-])" for one in names))
            for number, one in enumerate(new):
                if pattern.search(one.text):
                    exchange = vcr_exchange(requests[number], responses[number]).decoded()[0]
                    exchange = _replaced(exchange, pattern, names)
                    made = sent(exchange, self.rules, self.order(vcr_request(exchange.request)))
                    new[number] = replace(made, said=replace(made.said, ids=one.said.ids), text=one.text)
        return new


def _replaced(exchange: Exchange, pattern: re.Pattern[str], names: dict[str, str]) -> Exchange:
    """An exchange in whose address and bodies ids have other names."""

    def renamed(text: str) -> str:
        return pattern.sub(lambda found: names[found[0]], text)

    def body_of(body: Body) -> Body:
        return body if body.text is None else body.with_content(renamed(body.text).encode())

    request, response = exchange.request, exchange.response
    asked = None if request.body is None else body_of(request.body)
    return replace(
        exchange,
        request=replace(request, uri=renamed(request.uri), body=asked),
        response=replace(response, body=body_of(response.body)),
    )


def sent(exchange: Exchange, rules: Rules, order: Hashable) -> Sent:
    """An exchange as the arrangement of a file compares it."""
    exchange = exchange.decoded()[0]
    request, response = exchange.request, exchange.response
    found = canonical(request, rules)
    bodies = [body.text for body in (request.body, response.body) if body is not None]
    text = "\n".join([request.uri, *filter(None, bodies)])
    says = said(response, is_api=found.known)
    if mark_of(exchange.provenance):  # an answer that is older than its request, until it is recorded again
        says = replace(says, key=f"{says.key} {ACCEPTED}")
    return Sent(order, found.key, says, text)


def _assembled(text: str, former: str, placed: Sequence[Placed], serializer: Any) -> str:
    """The file of which some interactions stay to the letter, if both texts can be taken apart; else to the value."""
    parts = FILE_PARTS[serializer.name]
    old, new = parts.split(former), parts.split(text)
    if old is not None and new is not None and len(new) == len(placed):
        texts = [new[one.new] if one.old is None else old[one.old] for one in placed]
        return parts.join(texts)
    before, after = serializer.deserialize(former), serializer.deserialize(text)
    interactions = [
        after["interactions"][one.new] if one.old is None else before["interactions"][one.old] for one in placed
    ]
    result: str = serializer.serialize({**after, "interactions": interactions})
    return result
