"""What is said of a request that a cassette has no answer to: by us, and in vcrpy's own message."""

from __future__ import annotations

from collections.abc import Collection
from typing import TYPE_CHECKING, Any, Final

from vcr import matchers as host_matchers

from vcr_openai._findings import encodable
from vcr_openai._matching.explanation import Candidate, explain_miss, nearest
from vcr_openai._vcrpy.interactions import file_of, source_of
from vcr_openai._vcrpy.matchers import Matcher
from vcr_openai._vcrpy.stand_ins import HOST_DEFAULTS

if TYPE_CHECKING:
    from vcr.request import Request

_SEE: Final = "see the report of vcr-openai"  # in the place of what that report has


def explained(
    cassette: Any, live: Request, own: Collection[int], hints: tuple[str, ...] | None
) -> tuple[str, int | None]:
    """Why no interaction of a cassette answers a request, and the position of the nearest one.

    ``own`` are the positions that alone may answer, if there are any; ``hints`` are the last lines, None for the usual
    ones.
    """
    candidates = [
        Candidate(
            cassette.canonical.of(recorded),
            bool(cassette.play_counts[position]),
            source_of(position, response),
            may_answer=not own or position in own,
        )
        for position, (recorded, response) in enumerate(cassette.data)
    ]
    canonical = cassette.canonical.of(live)
    best = nearest(canonical, candidates)
    file = file_of({} if best is None else cassette.data[best][1], str(cassette.path), cassette.folder)
    given: dict[str, Any] = {} if hints is None else {"hints": hints}
    if best is None:
        given["exists"] = cassette.rewound  # vcrpy's word for: there was a file to load
    return encodable(explain_miss(canonical, candidates, cassette.canonical.rules, cassette=file, **given)), best


def compared(
    cassette: Any, live: Request, position: int, *, is_reported: bool
) -> tuple[Request, list[str], list[tuple[str, str]]]:
    """vcrpy's comparison with an interaction's request; with ``is_reported`` without what our own report has."""
    recorded, matchers = cassette.data[position][0], cassette._match_on  # noqa: SLF001  # vcrpy's
    same, failed = host_matchers.get_matchers_results(live, recorded, matchers)
    ours = [matcher.__name__ for matcher in matchers if isinstance(matcher, Matcher)]
    if is_reported:
        failed = [(name, _SEE if name in ours else message) for name, message in failed]
    return recorded, same, failed


def most_alike(cassette: Any, live: Request) -> list[int]:
    """The positions that agree with a request to another API in most of what vcrpy compares by default.

    After a redirect that keeps its method, vcrpy's aiohttp stub plays the first of them that it can.
    """
    counts = [
        len(host_matchers.get_matchers_results(live, recorded, HOST_DEFAULTS)[0]) for recorded, _ in cassette.data
    ]
    most = max(counts, default=0)
    return [position for position, count in enumerate(counts) if count == most > 0]
