"""A local server that plays the faults of a network: it waits, stalls, cuts and refuses connections, by hand.

What it sends is a list of ``Answer``, one for each request, the last one for ever: the same values that a replay plays.
"""

from __future__ import annotations

import contextlib
import socket
import struct
import threading
from http import HTTPStatus

from vcr_openai._streams.steps import Break, Piece, Stall

_END_OF_HEAD = b"\r\n\r\n"


class FaultServer:
    """A server on a port of 127.0.0.1, as a context manager. ``requests`` has the first lines of what it was asked.

    ``reset``: a cut is a reset of the connection (RST), else its orderly end (FIN), too early.
    """

    def __init__(self, *answers, reset=False):
        self.requests = []
        self._answers = answers
        self._reset = reset
        self._lock = threading.Lock()
        self._stopped = threading.Event()
        self._threads = []
        self._socket = socket.create_server(("127.0.0.1", 0))
        self.url = f"http://127.0.0.1:{self._socket.getsockname()[1]}/v1"

    def __enter__(self):
        self._start(self._accept)
        return self

    def __exit__(self, *exc_info):
        self._stopped.set()
        with contextlib.suppress(OSError):
            self._socket.shutdown(socket.SHUT_RDWR)
        self._socket.close()
        for thread in self._threads:
            thread.join()

    def _start(self, target, *args):
        thread = threading.Thread(target=target, args=args, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _accept(self):
        while not self._stopped.is_set():
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            self._start(self._serve, connection)

    def _serve(self, connection):
        """Answer one request; a connection has one."""
        with connection, contextlib.suppress(OSError):  # the client may go away at any time
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            if line := _read_request(connection):
                with self._lock:
                    number = len(self.requests)
                    self.requests.append(line)
                self._play(connection, self._answers[min(number, len(self._answers) - 1)])

    def _play(self, connection, answer):
        is_chunked = not any(name.lower() == "content-length" for name, _ in answer.headers)
        connection.sendall(_head(answer, is_chunked=is_chunked))
        for step in answer.steps:
            if self._is_gone_after(connection, step.seconds if isinstance(step, Stall) else step.wait):
                return
            if isinstance(step, Break):
                self._cut(connection)
                return
            if isinstance(step, Piece) and step.data:
                connection.sendall(b"%x\r\n%b\r\n" % (len(step.data), step.data) if is_chunked else step.data)
        if is_chunked:
            connection.sendall(b"0\r\n\r\n")

    def _is_gone_after(self, connection, seconds):
        """Wait; whether the client went away, or the server was stopped."""
        if not seconds:
            return False
        connection.settimeout(0.01)
        for _ in range(round(seconds * 100)):
            with contextlib.suppress(TimeoutError):
                if not connection.recv(1):
                    return True
            if self._stopped.is_set():
                return True
        connection.settimeout(None)
        return False

    def _cut(self, connection):
        if self._reset:
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        connection.close()


@contextlib.contextmanager
def refusing_url():
    """The URL of a port at which connections are refused."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))  # and does not listen
        yield f"http://127.0.0.1:{taken.getsockname()[1]}/v1"


def _read_request(connection):
    """The first line of a request that was read to its end; empty where the client went away."""
    received = b""
    while _END_OF_HEAD not in received:
        if not (more := connection.recv(65536)):
            return ""
        received += more
    head, _, body = received.partition(_END_OF_HEAD)
    lines = head.decode("latin-1").split("\r\n")
    lengths = [int(line.split(":")[1]) for line in lines[1:] if line.lower().startswith("content-length:")]
    left = sum(lengths) - len(body)
    while left > 0 and (more := connection.recv(65536)):
        left -= len(more)
    return lines[0]


def _head(answer, *, is_chunked):
    lines = [f"HTTP/1.1 {answer.status} {HTTPStatus(answer.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in answer.headers if name.lower() != "transfer-encoding"]
    lines += ["transfer-encoding: chunked"] if is_chunked else []
    return "\r\n".join([*lines, "connection: close"]).encode("latin-1") + _END_OF_HEAD
