"""The matching of other projects' cassettes: whatever they ask, in any order, they get what was recorded for it."""

from __future__ import annotations

from functools import cache

import places
import pytest
import vcr

from vcr_openai import Redaction, Rules
from vcr_openai._files import read_text
from vcr_openai._formats.registry import read_document
from vcr_openai._http.exchange import Exchange
from vcr_openai._vcrpy.cassette import IndexedCassette
from vcr_openai._vcrpy.interactions import vcr_request, vcr_response
from vcr_openai._vcrpy.matchers import matchers

CASSETTES = places.SAMPLES / "cassettes"
pytestmark = pytest.mark.skipif(not CASSETTES.is_dir(), reason="the sample cassettes are not here")


@cache
def exchanges() -> list[tuple[Exchange, ...]]:
    """The exchanges of each cassette, and those of all of them as one cassette."""
    files = [read_document(read_text(path)).exchanges for path in sorted(CASSETTES.rglob("*.yaml"))]
    return [*map(tuple, files), tuple(exchange for file in files for exchange in file)]


def sent(exchange: Exchange) -> tuple:
    """What a client sent: two exchanges in which this is equal are the same question twice."""
    body = exchange.request.body
    return exchange.request.method, exchange.request.uri, body and body.octets


@pytest.mark.slow
@pytest.mark.parametrize("rules", [Rules(), Rules(match_host=True), Rules.exact()], ids=["default", "hosts", "exact"])
@pytest.mark.parametrize("step", [1, -1], ids=["in recorded order", "in reverse"])
def test_each_request_gets_its_own_answer(step: int, rules: Rules) -> None:
    """Every request of a cassette plays an interaction that was recorded for this very request."""
    for recorded in exchanges():
        settings = {"match_on": tuple(matchers(rules).values()), "record_mode": vcr.mode.NONE}
        cassette = IndexedCassette("none", redaction=Redaction(), **settings)
        for exchange in recorded:
            cassette.append(vcr_request(exchange.request), vcr_response(exchange))
        cassette.rewound = True
        for exchange in recorded[::step]:
            live = vcr_request(exchange.request)
            position = cassette._next(live)
            assert position is not None and sent(recorded[position]) == sent(exchange)
            cassette.play_response(live)
