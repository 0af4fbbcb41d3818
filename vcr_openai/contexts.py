"""The context in which a cassette is open: one thread's at a time.

vcrpy patches HTTP libraries for the whole process. Two threads that open a cassette each would hand one test's answers
to the other, so the second one is refused; cassettes within cassettes of one thread, and requests from many threads
against one cassette, are sound.
"""

from __future__ import annotations

import threading
from typing import Any

from vcr.cassette import CassetteContextDecorator

_open: list[tuple[int, str, str]] = []  # thread, its name and the cassette's path, for each open cassette
_lock = threading.Lock()


class OneThreadContext(CassetteContextDecorator):  # type: ignore[misc]  # vcrpy is not typed
    """vcrpy's context manager and decorator; entering raises RuntimeError while another thread is in one."""

    def __enter__(self) -> Any:
        """Open the cassette and patch the HTTP libraries."""
        thread = threading.current_thread()
        entry = (threading.get_ident(), thread.name, str(self._args_getter().get("path")))
        with _lock:
            for other in _open:
                if other[0] != entry[0]:
                    raise RuntimeError(_refusal(entry, other))
            _open.append(entry)
        self._entry = entry
        try:
            return super().__enter__()
        except BaseException:
            self._leave()
            raise

    def __exit__(self, *exc_info: object) -> None:
        """Save the cassette and take the patches off."""
        try:
            super().__exit__(*exc_info)
        finally:
            self._leave()

    def _leave(self) -> None:
        with _lock:
            _open.remove(self._entry)


def _refusal(mine: tuple[int, str, str], other: tuple[int, str, str]) -> str:
    return (
        f"the thread {mine[1]} opens the cassette {mine[2]} while the thread {other[1]} has {other[2]} open: vcrpy "
        "patches the whole process, so each would get the other's answers. Open one cassette around both, or run "
        "them in processes of their own (pytest-xdist)."
    )
