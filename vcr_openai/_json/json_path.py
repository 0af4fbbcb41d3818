"""A place in a JSON value, written as text: ``messages[2].content``, ``tools[*].name``, ``metadata["run.id"]``.

The rule of this file: what ``write`` writes, ``parse`` reads back. Names stand bare where they are made of letters,
digits, ``_``, ``-``, ``$``, ``@`` and ``:``, and otherwise as a JSON string in brackets.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from typing import Final

Step = str | int | None  # a member's name, an element's index, or None for every element of a list ([*])
Path = tuple[Step, ...]

_BARE: Final = re.compile(r"[\w$@:-]+")
_STEP: Final = re.compile(
    r"""(?P<dot>\.)?(?P<name>[\w$@:-]+)|\[(?:(?P<every>\*)|(?P<index>[0-9]{1,9})|(?P<quoted>"(?:[^"\\]|\\.)*"))\]"""
)


def parse(text: str) -> Path:
    """The steps of a path. Raises ValueError that says what was expected and what was found."""
    steps: list[Step] = []
    position = 0
    while position < len(text):
        match = _STEP.match(text, position)
        if match is None or (match["name"] is not None and bool(match["dot"]) != bool(position)):
            found = text[position : position + 20]
            raise ValueError(f"expected a path such as messages[*].name, found {text[:60]!r} (wrong at {found!r})")
        steps.append(_step(match))
        position = match.end()
    if not steps:
        raise ValueError("expected a path such as messages[*].name, found an empty text")
    return tuple(steps)


def _step(match: re.Match[str]) -> Step:
    if match["every"]:
        return None
    if match["index"]:
        return int(match["index"])
    if match["name"]:
        return match["name"]
    try:
        name: str = json.loads(match["quoted"])
    except ValueError as error:
        raise ValueError(f"expected a JSON string in brackets, found {match['quoted'][:60]}") from error
    return name


def write(steps: Iterable[Step]) -> str:
    """The text of a path; the empty text for the document itself."""
    text = ""
    for step in steps:
        if isinstance(step, str):
            bare = _BARE.fullmatch(step)
            text += (f".{step}" if text else step) if bare else f"[{json.dumps(step)}]"
        else:
            text += "[*]" if step is None else f"[{step}]"
    return text
