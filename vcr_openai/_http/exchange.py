"""The HTTP exchange under an interaction of a cassette: a request, its response, and the recording's provenance."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import Enum
from http import HTTPStatus
from typing import Any

from vcr_openai._errors import MalformedInteraction, TranslationError
from vcr_openai._findings import Finding
from vcr_openai._http.body import Body
from vcr_openai._http.content_coding import LIMIT
from vcr_openai._http.headers import Headers, without_coding

Provenance = Mapping[str, Any]
PROVENANCE = "recording"  # the key in an interaction's response; vcrpy 8.5 to 9.4 keeps and ignores it there
PORTS = {"http": 80, "https": 443}  # of a URL without one (RFC 9110, section 4.2)
# As RFC 9110 words them: Python did not before 3.13, and a cassette must not depend on its version.
_REASONS = {
    413: "Content Too Large",
    414: "URI Too Long",
    416: "Range Not Satisfiable",
    422: "Unprocessable Content",
}
_EMPTY = Body(b"")


def reason_phrase(status: int) -> str:
    """The reason phrase of a status code (RFC 9110), empty for one that has none."""
    try:
        return _REASONS.get(status) or HTTPStatus(status).phrase
    except ValueError:
        return ""


class Reason(Enum):
    """What a response has in place of a reason phrase of its own."""

    STANDARD = "the phrase of its status code"
    ABSENT = "null"


def reason_of(status: int, message: Any = Reason.STANDARD) -> Any:
    """The ``reason`` of a response whose status has this message in a file, which may be null."""
    if message is Reason.STANDARD or message == reason_phrase(status):
        return Reason.STANDARD
    return Reason.ABSENT if message is None else message


@dataclass(frozen=True)
class HttpRequest:
    """A request; ``body`` is None where the client gave none. ``method`` is in upper case."""

    method: str
    uri: str
    headers: Headers = field(default_factory=dict)
    body: Body | None = None

    def decoded(self) -> HttpRequest:
        """The request with the content codings of its body undone; the same one where nothing is to be decoded."""
        found = None if self.body is None else _decoded(self.headers, self.body)
        return replace(self, headers=found[0], body=found[1]) if found else self


@dataclass(frozen=True)
class HttpResponse:
    """A response, read to its end.

    ``reason`` is its reason phrase where that is not the one of the status code. ``further`` are the keys of other
    tools in the response of an interaction, which vcrpy keeps and ignores.
    """

    status: int
    headers: Headers = field(default_factory=dict)
    body: Body = _EMPTY
    reason: Any = Reason.STANDARD
    further: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> Any:
        """The reason phrase, as an interaction has it; None where it has null."""
        if self.reason is Reason.STANDARD:
            return reason_phrase(self.status)
        return None if self.reason is Reason.ABSENT else self.reason


@dataclass(frozen=True)
class Exchange:
    """A request with its response. ``provenance`` is what only the recording format can express; it is empty for an
    exchange from the wire.
    """

    request: HttpRequest
    response: HttpResponse
    provenance: Provenance = field(default_factory=dict)

    def decoded(self) -> tuple[Exchange, list[Finding]]:
        """The exchange with the content codings of its bodies undone, and a finding for each that could not be.

        It is the same exchange where nothing is to be decoded.
        """
        request, response = self.request.decoded(), self.response
        findings = []
        if found := _decoded(response.headers, response.body):
            response = replace(response, headers=found[0], body=found[1])
        for where, body in (("request.body", request.body), ("response.body", response.body)):
            if body is not None and body.decoding.failure:
                findings.append(Finding("unread-body", where, f"stays encoded: {body.decoding.failure}"))
        if request is self.request and response is self.response:
            return self, findings
        return Exchange(request, response, self.provenance), findings


def _decoded(headers: Headers, body: Body) -> tuple[Headers, Body] | None:
    """Headers and body after decoding; None where nothing was decoded."""
    if not body.decoding.header_removed:
        return None
    return without_coding(headers, len(body.octets)), body.with_content(body.octets)


def decoded_exchanges(
    exchanges: Iterable[Exchange | TranslationError], limit: int = LIMIT
) -> tuple[list[Exchange | TranslationError], list[Finding]]:
    """The exchanges of a file with the codings of their bodies undone, and a finding for each that could not be.

    An error in the place of an exchange stays there. An exchange with which the decoded bodies would have more than
    ``limit`` bytes together becomes one.
    """
    total = 0
    results: list[Exchange | TranslationError] = []
    findings: list[Finding] = []
    for index, exchange in enumerate(exchanges):
        where = f"interactions[{index}]"
        result = exchange
        if isinstance(exchange, Exchange):
            result, undecoded = exchange.decoded()
            findings += [finding.within(where) for finding in undecoded]
            sizes = _decoded_sizes(exchange, result) if result is not exchange else {}
            if sizes and total + sum(sizes.values()) > limit:
                expected = f"bodies of at most {limit} bytes together, decoded"
                result = MalformedInteraction(f"{where}.{max(sizes, key=sizes.__getitem__)}.body", expected, "more")
            else:
                total += sum(sizes.values())
        results.append(result)
    return results, findings


def _decoded_sizes(before: Exchange, after: Exchange) -> dict[str, int]:
    """The bytes of the bodies that were decoded, by the part of the exchange."""
    pairs = {
        "request": (before.request.body, after.request.body),
        "response": (before.response.body, after.response.body),
    }
    return {part: len(new.content) for part, (old, new) in pairs.items() if new is not None and new is not old}
