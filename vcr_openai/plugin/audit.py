"""Audit events of name look-ups, connections and opened files, whichever library makes them, without a patch.

A hook that was added to the interpreter stays for ever, so there is one of a kind, added when it is first needed; while
nobody listens it costs a comparison.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Any, Final

Listener = Callable[[str, "tuple[Any, ...]"], None]
LOOKUPS: Final = frozenset(["socket.getaddrinfo", "socket.gethostbyname"])
CONNECTIONS: Final = frozenset(["socket.connect", "socket.sendto", "socket.sendmsg"])


class _Audit:
    """The one hook of this process for some events, and who listens now."""

    def __init__(self, events: frozenset[str]) -> None:
        self.is_added = False
        self._events = events
        self._listeners: tuple[Listener, ...] = ()

    def add(self, listener: Listener) -> None:
        """Let a listener hear of each event before it happens; an exception of it prevents that."""
        self._listeners = (*self._listeners, listener)
        if not self.is_added:
            self.is_added = True
            sys.addaudithook(self._hook())

    def remove(self, listener: Listener) -> None:
        """Let a listener hear no more."""
        self._listeners = tuple(one for one in self._listeners if one != listener)

    def _hook(self) -> Listener:
        """The hook: a plain function, which the interpreter calls in a quarter of a method's time."""
        events = self._events

        def hear(event: str, args: tuple[Any, ...]) -> None:
            if event in events:
                __tracebackhide__ = True  # for pytest
                for listener in self._listeners:
                    listener(event, args)

        vars(hear)["__cantrace__"] = True  # else no debugger, and no measurement of coverage, sees what it calls
        return hear


AUDIT: Final = _Audit(LOOKUPS | CONNECTIONS)
OPENS: Final = _Audit(frozenset(["open"]))
