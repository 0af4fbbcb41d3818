"""Who opens a connection: the libraries on the stack, also where a thread of asyncio's opens it for a task."""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from collections.abc import Callable, Iterator
from types import FrameType
from typing import Any, Final, NamedTuple

# Packages that run a test; and those that open a connection for another library only.
_RUNNERS: Final = frozenset("_pytest pytest pluggy xdist execnet pytest_asyncio anyio.pytest_plugin".split())
_OURS: Final = frozenset(["vcr_openai", "vcr", "wrapt", "pytest_recording"])
_INSTALLED: Final = (f"{os.sep}site-packages{os.sep}", f"{os.sep}dist-packages{os.sep}")
_STUBS: Final = "vcr.stubs"
_LOOP: Final = "run_forever"  # the method of asyncio's loops beneath which all tasks run


class Caller(NamedTuple):
    """The libraries between a test and a connection, the outermost first, and the last line that is not installed."""

    libraries: tuple[str, ...]
    place: str

    def __str__(self) -> str:
        return f"{' → '.join(self.libraries)}{f' ({self.place})' if self.place else ''}"


def caller(host: str, test_file: str, root: str) -> tuple[Caller, list[FrameType]]:
    """Who connects to a host, and all frames that may have to do with it. Paths are shown relative to ``root``."""
    stack, others = _frames_behind(host, test_file)
    own = max((index for index, frame in enumerate(stack) if _is_at(frame, test_file)), default=-1)
    inner = [frame for frame in stack[own + 1 :] if not _is_ours(frame)]
    packages = dict.fromkeys(_name(frame) for frame in inner if not _is_standard(frame))
    standard = dict.fromkeys(_name(frame) for frame in inner if _is_standard(frame))
    libraries = tuple(packages) or tuple(standard)[:1] or ("socket",)
    lines = [
        frame for frame in stack[max(own, 0) :] if not (_is_standard(frame) or _is_installed(frame) or _is_ours(frame))
    ]
    place = f"{_relative(lines[-1].f_code.co_filename, root)}:{lines[-1].f_lineno}" if lines else ""
    return Caller(libraries, place), [*stack, *others]


def _frames_behind(host: str, test_file: str) -> tuple[list[FrameType], list[FrameType]]:
    """The frames that led to this call, the outermost first, without those that run tests and event loops.

    Where that is a guess, all others of the event loops come second.
    """
    stack = list(_stack(sys._getframe()))[::-1]  # noqa: SLF001  # CPython's, and PyPy's
    here = stack[_behind(stack, lambda frame: _runs(frame) or frame.f_code.co_name == _LOOP) :]
    if any(_is_at(frame, test_file) for frame in here):
        return here, []
    chains = [chain for loop, running in _loops() for chain in (running, *_chains(loop)) if chain]
    task = _task_stack(chains, host, test_file)
    return [*task, *here] if task else stack[_behind(stack, _runs) :], [frame for chain in chains for frame in chain]


def _behind(stack: list[FrameType], is_border: Callable[[FrameType], bool]) -> int:
    return max((index + 1 for index, frame in enumerate(stack) if is_border(frame)), default=0)


def is_recorded_elsewhere(frames: list[FrameType]) -> bool:
    """Whether a plain cassette of vcrpy's, which does not tell what it sends, may be recording what some frames do."""
    for frame in frames:
        if _module(frame).startswith(_STUBS):
            found = frame.f_locals.get("cassette")
            found = getattr(frame.f_locals.get("self"), "cassette", None) if found is None else found
            if found is not None and not hasattr(found, "is_open"):
                return True
    return False


def _stack(top: FrameType) -> Iterator[FrameType]:
    frame: FrameType | None = top
    while frame is not None:
        yield frame
        frame = frame.f_back


def _task_stack(chains: list[list[FrameType]], host: str, test_file: str) -> list[FrameType]:
    """The stack of the task for which a thread looks a host up, or that waits for one that connects."""
    of_test = [chain for chain in chains if any(_is_at(frame, test_file) for frame in chain)]
    asking = [chain for chain in chains if any(host_text(frame.f_locals.get("host")) == host for frame in chain)]
    found = next((chain for chain in asking if chain in of_test), None)
    if found is None:  # the test's task waits for another one
        found = [*(of_test[0] if of_test else ()), *(asking[0] if asking else ())]
    return found


def _loops() -> Iterator[tuple[Any, list[FrameType]]]:
    """The event loops that run in any thread, each with the stack of what it runs now."""
    for top in sys._current_frames().values():  # noqa: SLF001
        inner: list[FrameType] = []
        for frame in _stack(top):
            loop = frame.f_locals.get("self") if frame.f_code.co_name == _LOOP else None
            if isinstance(loop, asyncio.AbstractEventLoop):
                yield loop, inner[::-1]
                break
            inner.append(frame)


def _chains(loop: Any) -> list[list[FrameType]]:
    try:
        return [_chain(task.get_coro()) for task in asyncio.all_tasks(loop)]
    except RuntimeError:  # they change too fast
        return []


def _chain(waiting: Any) -> list[FrameType]:
    """The frames of a coroutine and of what it waits for."""
    frames = []
    while waiting is not None:
        frame = _first(waiting, "cr_frame", "gi_frame", "ag_frame")
        if frame is None:  # what ``__await__`` gives for a coroutine, or a step of an asynchronous generator
            waiting = next((one for one in gc.get_referents(waiting) if _first(one, "cr_frame", "ag_frame")), None)
        else:
            frames.append(frame)
            waiting = _first(waiting, "cr_await", "gi_yieldfrom", "ag_await")
    return frames


def _first(value: Any, *names: str) -> Any:
    return next((one for one in (getattr(value, name, None) for name in names) if one is not None), None)


def host_text(host: object) -> str:
    """A host as a library hands it over, as text in lower case; empty for anything else."""
    text = host.decode("latin-1") if isinstance(host, (bytes, bytearray)) else host
    return text.lower().rstrip(".") if isinstance(text, str) else ""


def _is_at(frame: FrameType, file: str) -> bool:
    return frame.f_code.co_filename == file


def _module(frame: FrameType) -> str:
    return str(frame.f_globals.get("__name__", ""))


def _name(frame: FrameType) -> str:
    return _module(frame).partition(".")[0]


def _runs(frame: FrameType) -> bool:
    return _name(frame) in _RUNNERS or _module(frame) in _RUNNERS


def _is_ours(frame: FrameType) -> bool:
    return _name(frame) in _OURS


def _is_standard(frame: FrameType) -> bool:
    return _name(frame) in sys.stdlib_module_names or frame.f_code.co_filename.startswith("<")


def _is_installed(frame: FrameType) -> bool:
    return any(folder in frame.f_code.co_filename for folder in _INSTALLED)


def _relative(path: str, root: str) -> str:
    return path.removeprefix(f"{root}{os.sep}").replace(os.sep, "/")
