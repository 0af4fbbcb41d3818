"""Recorded failures that look accidental: a key, a quota or a server was at fault, and no name expects that."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from vcr_openai._findings import Finding
from vcr_openai._http.exchange import Exchange
from vcr_openai._http.failures import is_of_the_account
from vcr_openai._matching.canonical import canonical
from vcr_openai._matching.rules import Rules

# Who writes one of these words into the name of a test or file expects a failure.
_EXPECTED = re.compile(
    r"""auth(?!or)|(?<![a-z])bad(?![a-z])|broken|crash|den(?:y|ied)|error|except|expired|fail|forbid|invalid|limit
    |outage|overload|quota|raises|reject|retr(?:y|ies)|status|throttl|timeout|unauth|unavailable|wrong|40[13]|429|5\d\d""",
    re.VERBOSE | re.IGNORECASE,
)


def accidental_failures(placed: Sequence[tuple[str, Exchange]], names: str, rules: Rules) -> Iterator[Finding]:
    """The failures of a file's exchanges, each with its place in it. ``names`` are those of the file and its test.

    One that the same request's success follows was tried again, as the SDK does.
    """
    if _EXPECTED.search(names) or not any(is_of_the_account(exchange.response.status) for _, exchange in placed):
        return
    succeeded = set()
    found = []
    for where, exchange in reversed(placed):
        status = exchange.response.status
        request = canonical(exchange.request, rules)
        if status < 400:
            succeeded.add(request.key)
        elif is_of_the_account(status) and request.known and request.key not in succeeded:
            message = f"a {status} is recorded, and no name says that it was meant: it is replayed for ever"
            found.append(Finding("accidental-failure", f"{where}.response" if where else "response", message))
    yield from reversed(found)
