"""The journal: what open cassettes do, as calls of whoever watches.

It imports nothing of vcrpy's, so that a pytest plugin can watch from the start.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

    from vcr_openai._streams.reading import Reading


class Watcher:
    """Whoever wants to know. A call comes at once, perhaps in another thread and with the cassette's lock held."""

    def opened(self, cassette: Any) -> None:
        """A cassette was opened."""

    def sending(self, cassette: Any, request: Any) -> None:
        """The server will get a request, since it is to be recorded; the stubs of some libraries ask several times."""

    def played(self, cassette: Any, position: int) -> None:
        """The interaction at a position of the cassette's data answered a request."""

    def drifted(self, cassette: Any, position: int) -> None:
        """The interaction that answered, which is also played, stood in for an equal one."""

    def recorded(self, cassette: Any, position: int) -> None:
        """An interaction was recorded. It is at a position of the cassette's data, and not yet in a file."""

    def dropped(self, cassette: Any, positions: Sequence[int]) -> None:
        """The interactions that were recorded at these positions are not saved, since the test did not pass."""

    def missed(self, cassette: Any, request: Any) -> None:
        """A request found no answer, and may not be recorded."""

    def streamed(self, reading: Reading) -> None:
        """A client got a played stream, of which it is noted how far it is read."""

    def closed(self, cassette: Any) -> None:
        """A cassette was closed; what it recorded is saved."""


WATCHERS: Final[list[Watcher]] = []
