"""The times of a stream: when each of its events arrived, as an interaction has them.

They are a text, ``412 +21 +22``: the milliseconds from the request to the end of the first event, then from event to
event, the done marker included. A pause can be edited without a change to the others. Comments have no times, since
not every format keeps them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final

from vcr_openai._errors import describe

TIMES: Final = "times_ms"  # the key in an interaction's response, and of a recording's document
_TIMES = re.compile(r"[0-9]{1,8}(?: \+[0-9]{1,8})*", re.ASCII)
_LONGEST: Final = 60  # characters of a wrong value that are shown


def times_of(further: Mapping[str, Any]) -> tuple[float, ...] | None:
    """The seconds from the request to the end of each event, of the further keys of a response.

    None where it has no times, or something else of that name (``wrong_times``).
    """
    found = further.get(TIMES)
    if found is None or not are_times(found):
        return None
    return tuple(one / 1000 for one in accumulate(map(int, str(found).split())))


def are_times(value: Any) -> bool:
    """Whether a value is what ``written_times`` writes; a single number may be one of YAML."""
    text = str(value) if type(value) is int else value
    return isinstance(text, str) and _TIMES.fullmatch(text) is not None


def times_in(value: Mapping[str, Any]) -> dict[str, Any]:
    """The member with the times of the further keys of a response, or of a recording, whose last member it is."""
    if TIMES not in value or not are_times(value[TIMES]) or next(reversed(list(value))) != TIMES:
        return {}
    return {TIMES: value[TIMES]}


def without_times(value: Mapping[str, Any]) -> dict[str, Any]:
    """The same without that member."""
    return {key: member for key, member in value.items() if key != TIMES}


def wrong_times(further: Mapping[str, Any]) -> str | None:
    """What is wrong with the times of a response, as a message; None where nothing is."""
    if TIMES not in further or are_times(further[TIMES]):
        return None
    found = further[TIMES]
    text = describe(found) if not isinstance(found, str) else ascii(found[:_LONGEST])
    return f"expected milliseconds, as in '412 +21 +22', found {text}; the stream is played without them"


def written_times(seconds: Sequence[float]) -> str:
    """The text of ascending times, whose rounded numbers add up to the rounded times."""
    whole = [round(one * 1000) for one in seconds]
    return " ".join([str(whole[0]), *(f"+{after - before}" for before, after in pairwise(whole))])


def event_times(ends: Sequence[int], pieces: Sequence[tuple[int, float]]) -> list[float]:
    """The time at which each event of a body was whole, of where the events end, and the size and time of each piece.

    The events end within the pieces.
    """
    found, number, received = [], -1, 0
    for end in ends:
        while received < end:
            number += 1
            received += pieces[number][0]
        found.append(pieces[max(number, 0)][1])
    return found
