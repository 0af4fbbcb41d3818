"""What a cassette saves of what it recorded: no accidental failure of a test that fails, and what changed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vcr.record_mode import RecordMode

from vcr_openai._findings import counted, printable
from vcr_openai._http.failures import is_of_the_account
from vcr_openai._recording.call import shown_uri
from vcr_openai._vcrpy.interactions import status_of
from vcr_openai._vcrpy.journal import WATCHERS

if TYPE_CHECKING:
    from vcr.request import Request

    Pair = tuple[Request, dict[str, Any]]

_LOG = logging.getLogger("vcr_openai")


def log_kept_back(line: str) -> None:
    """Say what was not saved where nobody else says it."""
    _LOG.warning("not saved, because the block was left by an exception: %s", line)


@dataclass(frozen=True)
class Saving:
    """How a cassette saves.

    ``stable``: a file that is recorded again changes where an answer says something else. ``former`` is the text of the
    file that record mode ``rewrite`` deleted; empty where there was none, None in the other modes. ``passed`` tells
    whether the test passed; without it, a block that is left by an exception did not. ``alone``: no other test plays
    from the file. ``times``: the times of streams are recorded. ``note`` gets a line for each request of which a
    failure is not saved. ``whole``: where a failure is not saved, nothing else is; so it is in mode ``once``, too.
    """

    stable: bool = True
    former: str | None = None
    passed: Callable[[], bool] | None = None
    alone: bool = False
    times: bool = False
    note: Callable[[str], None] = log_kept_back
    whole: bool = False


def hold_back(cassette: Any, is_api: Callable[[Request], bool]) -> bool:
    """Drop the failures that a test which did not pass can have met by accident; false where nothing is to be saved.

    A file that is begun (modes ``once`` and ``rewrite``) would lack what failed, so it is not written without it. A
    library has a file for each interaction, and keeps those that are complete.
    """
    kept: list[Pair] = []
    dropped: list[Pair] = []
    positions: list[int] = []  # of what is dropped
    for position, (request, response) in enumerate(cassette.data[cassette.loaded :], cassette.loaded):
        if is_of_the_account(status_of(response)) and is_api(request):
            dropped.append((request, response))
            positions.append(position)
        else:
            kept.append((request, response))
    if not dropped:
        return True
    is_begun = cassette.saving.whole or cassette.record_mode == RecordMode.ONCE
    is_whole = is_begun and not cassette.is_library
    lost = f"; nor was anything else that was recorded ({counted(len(kept), 'answer')})" if is_whole and kept else ""
    for line in kept_back_lines(dropped):
        cassette.saving.note(line + lost)
    for watcher in WATCHERS:
        watcher.dropped(cassette, range(cassette.loaded, len(cassette.data)) if is_whole else positions)
    cassette.data[cassette.loaded :] = [] if is_whole else kept
    cassette.dirty = not is_whole and (len(cassette.data) > cassette.loaded or bool(getattr(cassette, "_metadata", 0)))
    return not is_whole


def kept_back_lines(pairs: Sequence[Pair]) -> list[str]:
    """A line for each request of which failures were not saved, without a secret."""
    found = Counter(
        (f"{request.method} {shown_uri(request.uri)}", response["status"]["code"]) for request, response in pairs
    )
    return [
        printable(f"{request}: {status}" + (f" ({counted(number, 'time')})" if number > 1 else ""))
        for (request, status), number in found.items()
    ]
