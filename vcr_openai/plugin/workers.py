"""Workers of pytest-xdist, and what they send to the process that has the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pytest


def is_worker(config: pytest.Config) -> bool:
    """Whether this process is a worker, whose terminal nobody sees (pytest-xdist 3.8 has it write a summary, too)."""
    return hasattr(config, "workerinput")


def send(session: pytest.Session, name: str, value: Any) -> None:
    """Send a value of simple types under a name; without pytest-xdist, and in the main process, nothing happens."""
    output = getattr(session.config, "workeroutput", None)
    if output is not None:
        output[name] = value


def received(node: Any, name: str) -> Any:
    """What a worker sent under a name; None where it sent nothing, as one that crashed."""
    return (getattr(node, "workeroutput", None) or {}).get(name)
