"""The guard: connections to an API's hosts that no cassette made, while a test runs."""

from __future__ import annotations

import socket
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest

from vcr_openai._api.api_hosts import is_served_elsewhere
from vcr_openai._http.exchange import PORTS
from vcr_openai._vcrpy.journal import Watcher
from vcr_openai.plugin.audit import LOOKUPS
from vcr_openai.plugin.callers import Caller, caller, host_text, is_recorded_elsewhere

_NAMES = {"http": 80, "https": 443}  # services that a look-up may name in place of a port


class Escape(NamedTuple):
    """A connection past the cassettes: where to, and who made it."""

    host: str
    caller: Caller

    def __str__(self) -> str:
        return f"{self.host}, opened by {self.caller}"


class _Sending(NamedTuple):
    """A request that a cassette lets through, to record the answer."""

    cassette: Any
    request: Any
    host: str
    port: int | None


class Guard(Watcher):
    """Listens to audit events while ``test_file`` is set. ``on_escape`` is called for each connection that it finds.

    With ``prevents`` such a connection fails with pytest's own failure, which no client takes for an error of the
    network and tries again.
    """

    def __init__(self, root: str, on_escape: Callable[[], None]) -> None:
        self._root = root
        self._on_escape = on_escape
        self._hosts: tuple[str, ...] = ()
        self._test_file = ""
        self._prevents = False
        self._names: dict[str, str] = {}  # the API hosts by the addresses that they have
        self._looked_up: set[str] = set()  # hosts whose look-up was an escape of this test
        self._sending: list[_Sending] = []
        self._here = threading.local()
        self.escapes: Counter[Escape] = Counter()

    def begin(self, test_file: str, hosts: tuple[str, ...], *, prevents: bool) -> None:
        """Begin with a test. ``hosts`` are patterns of further hosts."""
        self._test_file, self._hosts, self._prevents = test_file, hosts, prevents
        self._looked_up.clear()
        self.escapes.clear()

    def taken(self) -> list[str]:
        """The escapes since this was last asked, a line for each."""
        lines = [f"{escape}{f', {count} times' if count > 1 else ''}" for escape, count in self.escapes.items()]
        self.escapes.clear()
        return lines

    def sending(self, cassette: Any, request: Any) -> None:
        """Allow the connection of a request that is to be recorded."""
        if not any(one.request is request for one in self._sending):
            self._sending.append(_Sending(cassette, request, *_server(request)))

    def recorded(self, cassette: Any, position: int) -> None:
        """One of the requests to that server has its answer."""
        server = _server(cassette.data[position][0])
        done = next((one for one in self._sending if one.cassette is cassette and one[2:] == server), None)
        if done is not None:
            self._sending.remove(done)

    def closed(self, cassette: Any) -> None:
        """What failed is not sent any more."""
        self._sending = [one for one in self._sending if one.cassette is not cassette]

    def hear(self, event: str, args: tuple[Any, ...]) -> None:
        """An audit event. Raises pytest's failure where the connection is to be prevented."""
        __tracebackhide__ = True
        if not self._test_file or getattr(self._here, "is_busy", False):
            return
        host, port = _lookup(args) if event in LOOKUPS else _address(args)
        name = self._names.get(host, host)
        if not name or not is_served_elsewhere(_with_port(name, port), self._hosts):
            return
        self._here.is_busy = True  # what is looked up here does not count
        try:
            self._judge(name, port, is_lookup=event in LOOKUPS)
        finally:
            self._here.is_busy = False

    def _judge(self, name: str, port: int | None, *, is_lookup: bool) -> None:
        __tracebackhide__ = True
        if not is_lookup and name in self._looked_up:  # it is that connection, and was counted
            return
        if not any(one.host == name or (not is_lookup and one.port == port) for one in tuple(self._sending)):
            found, frames = caller(name, self._test_file, self._root)
            if not is_recorded_elsewhere(frames):
                self._note(Escape(_with_port(name, port), found), name if is_lookup else "")
        if is_lookup:
            self._remember(name, port)

    def _note(self, escape: Escape, looked_up: str) -> None:
        __tracebackhide__ = True
        self.escapes[escape] += 1
        self._on_escape()
        if looked_up:
            self._looked_up.add(looked_up)
        if self._prevents:
            raise pytest.fail.Exception(f"vcr-openai: a connection past the cassettes was prevented: {escape}")

    def _remember(self, name: str, port: int | None) -> None:
        """Note the addresses of a host: a library may connect to them later without a look-up."""
        try:
            found = socket.getaddrinfo(name, port, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        self._names.update({str(address[4][0]): name for address in found})


def _lookup(args: tuple[Any, ...]) -> tuple[str, int | None]:
    port = args[1] if len(args) > 1 else None
    text = host_text(port)
    if text:
        port = int(text) if text.isdigit() else _NAMES.get(text)
    return host_text(args[0]), port if isinstance(port, int) else None


def _address(args: tuple[Any, ...]) -> tuple[str, int | None]:
    """The host or its address, and the port, of a connection; nothing for one that is not of the internet."""
    address = args[1] if len(args) > 1 else None
    if not isinstance(address, tuple) or len(address) < 2:
        return "", None
    return host_text(address[0]).partition("%")[0], address[1] if isinstance(address[1], int) else None


def _with_port(host: str, port: int | None) -> str:
    name = f"[{host}]" if ":" in host else host
    return name if port is None else f"{name}:{port}"


def _server(request: Any) -> tuple[str, int | None]:
    parts = urlsplit(request.uri)
    return host_text(parts.hostname), parts.port or PORTS.get(parts.scheme)
