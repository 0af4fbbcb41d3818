"""The context in which a cassette is open: one thread, and one task of asyncio, at a time.

vcrpy patches HTTP libraries for the whole process. If two threads or tasks opened a cassette each, one test would get
the other's answers, so the second one is refused. Cassettes within cassettes work, and so do requests from many threads
and tasks against one cassette.
"""

from __future__ import annotations

import asyncio
import threading
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any

from vcr.cassette import CassetteContextDecorator

from vcr_openai._vcrpy.aiohttp_bodies import aiohttp_patches
from vcr_openai._vcrpy.arrivals import httpx_patches, notes_times
from vcr_openai._vcrpy.compat import remove_patches
from vcr_openai._vcrpy.journal import WATCHERS
from vcr_openai._vcrpy.stream_seams import stream_seams


@dataclass(frozen=True, eq=False)
class _Opened:
    """An open cassette: who opened it, its path, and whether it is a fixture's, around several tests."""

    thread: int
    name: str
    task: asyncio.Task[Any] | None
    path: str
    is_wide: bool

    @property
    def opener(self) -> str:
        """The thread or task that opened it, for a message."""
        return f"the thread {self.name}" if self.task is None else f"the task {self.task.get_name()}"


_open: list[_Opened] = []
_lock = threading.Lock()
_outer: ContextVar[tuple[_Opened, ...]] = ContextVar(
    "vcr_openai_opened", default=()
)  # a task inherits it from its parent


class OneThreadContext(CassetteContextDecorator):  # type: ignore[misc]  # vcrpy is not typed
    """vcrpy's context manager and decorator; entering raises RuntimeError while another thread or task is in one."""

    is_wide = False

    def __enter__(self) -> Any:
        """Open the cassette and patch the HTTP libraries."""
        thread = threading.current_thread()
        path = str(self._args_getter().get("path"))
        entry = _Opened(threading.get_ident(), thread.name, _current_task(), path, self.is_wide)
        with _lock:
            for other in _open:
                if _is_apart(entry, other):
                    raise RuntimeError(_refusal(entry, other))
            _open.append(entry)
        _outer.set((*_outer.get(), entry))
        self._entry = entry
        try:
            self._cassette = super().__enter__()
        except BaseException:
            self._leave()
            raise
        self._cassette.is_open = True
        for watcher in WATCHERS:
            watcher.opened(self._cassette)
        return self._cassette

    def __exit__(self, *exc_info: object) -> None:
        """Save the cassette and remove the patches."""
        self._cassette.failed = any(exc_info)
        try:
            super().__exit__(*exc_info)
        finally:
            remove_patches(self)
            self._leave()
            self._cassette.is_open = False
            for watcher in WATCHERS:
                watcher.closed(self._cassette)
            self._cassette = None

    def _patch_generator(self, cassette: Any) -> Any:
        timed = httpx_patches(cassette) if notes_times(cassette) else ()
        cassette.custom_patches = (*cassette.custom_patches, *aiohttp_patches(cassette), *timed)
        host = super()._patch_generator(cassette)
        try:
            opened = next(host)
            with stream_seams(cassette):
                yield opened
        finally:
            host.close()

    def _leave(self) -> None:
        with _lock:
            _open.remove(self._entry)


def _current_task() -> asyncio.Task[Any] | None:
    try:
        return asyncio.current_task()
    except RuntimeError:  # no loop is running in this thread
        return None


def _is_apart(mine: _Opened, other: _Opened) -> bool:
    """Whether the other cassette is open elsewhere, and not around this one."""
    if other.thread != mine.thread:
        return True
    if (
        other.is_wide or other.task is None or other.task is mine.task or other.task.done()
    ):  # done: a fixture's, around the test's
        return False
    return other not in _outer.get()


def _refusal(mine: _Opened, other: _Opened) -> str:
    return (
        f"{mine.opener} opens the cassette {mine.path} while {other.opener} has {other.path} open: vcrpy patches the "
        "whole process, so each would get the other's answers. Open one cassette around both, or run them in processes "
        "of their own (pytest-xdist)."
    )
