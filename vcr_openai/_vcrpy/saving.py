"""What a cassette saves of what it recorded: no accidental failure of a test that fails, and what changed."""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from vcr_openai._findings import counted, printable
from vcr_openai._http.failures import is_of_the_account
from vcr_openai._recording.call import shown_uri
from vcr_openai._vcrpy.interactions import status_of

if TYPE_CHECKING:
    from vcr.request import Request

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
    failure is not saved.
    """

    stable: bool = True
    former: str | None = None
    passed: Callable[[], bool] | None = None
    alone: bool = False
    times: bool = False
    note: Callable[[str], None] = log_kept_back


def is_accidental(response: Any) -> bool:
    """Whether vcrpy's response is a failure of the account or the server, which a test rarely asks for."""
    return is_of_the_account(status_of(response))


def kept_back_lines(pairs: Sequence[tuple[Request, dict[str, Any]]]) -> list[str]:
    """A line for each request of which failures were not saved, without a secret."""
    found = Counter(
        (f"{request.method} {shown_uri(request.uri)}", response["status"]["code"]) for request, response in pairs
    )
    return [
        printable(f"{request}: {status}" + (f" ({counted(number, 'time')})" if number > 1 else ""))
        for (request, status), number in found.items()
    ]
