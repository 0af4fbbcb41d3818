"""A place in a JSON value, written as text: ``messages[2].content``, ``tools[*].name``, ``metadata["run.id"]``.

``**`` stands for any number of steps: ``**.cache_control``, ``tools.**.description``.

``parse`` reads what ``write`` writes. A name is written bare where it has only letters, digits, ``_``, ``-``, ``$``,
``@`` and ``:``, and as a JSON string in brackets otherwise.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from types import EllipsisType
from typing import Final

# A member's name, an element's index, None for every element of a list ([*]), or ... for any number of steps (**).
Step = str | int | None | EllipsisType
Path = tuple[Step, ...]
Place = tuple[str | int, ...]  # a path to one value: without [*] and **

_BARE: Final = re.compile(r"[\w$@:-]+")
_STEP: Final = re.compile(
    r"""(?P<dot>\.)?(?P<name>[\w$@:-]+|\*\*)|\[(?:(?P<every>\*)|(?P<index>[0-9]{1,9})|(?P<quoted>"(?:[^"\\]|\\.)*"))\]"""
)


def parse(text: str) -> Path:
    """The steps of a path. Raises ValueError with what was expected and what was found."""
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
    if steps[-1] is ...:
        raise ValueError(f"expected a name after **, found {text[:60]!r}")
    return tuple(steps)


@lru_cache(maxsize=1024)
def parse_place(text: str) -> Place:
    """The steps of a path to one value. Raises ValueError, also for ``[*]`` and ``**``."""
    path = parse(text)
    place = tuple(step for step in path if isinstance(step, (str, int)))
    if len(place) < len(path):
        raise ValueError(f"expected a path to one value, found {text[:60]!r}")
    return place


def _step(match: re.Match[str]) -> Step:
    if match["every"]:
        return None
    if match["index"]:
        return int(match["index"])
    if match["name"]:
        return ... if match["name"] == "**" else match["name"]
    try:
        name: str = json.loads(match["quoted"])
    except ValueError as error:
        raise ValueError(f"expected a JSON string in brackets, found {match['quoted'][:60]}") from error
    return name


def write(steps: Iterable[Step]) -> str:
    """The text of a path; the empty text for the document itself."""
    text = ""
    for step in steps:
        text = join(text, step)
    return text


@lru_cache(maxsize=1024)
def write_place(place: Place) -> str:
    """What ``write`` gives for the same few places again and again."""
    return write(place)


def join(where: str, step: Step) -> str:
    """The text of the path that goes one step further than ``where``."""
    if step is ...:
        return f"{where}.**" if where else "**"
    if not isinstance(step, str):
        return f"{where}[*]" if step is None else f"{where}[{step}]"
    if _BARE.fullmatch(step):
        return f"{where}.{step}" if where else step
    return f"{where}[{json.dumps(step)}]"


def further(paths: Iterable[Path], step: str | int) -> list[Path]:
    """What is left of the paths after one step; the empty path is one that ends there."""
    left: list[Path] = []
    for path in paths:
        rest = path
        if rest[0] is ...:
            left.append(rest)
            rest = rest[1:]
        if rest[0] == step or (rest[0] is None and isinstance(step, int)):
            left.append(rest[1:])
    return left


def matches(path: Path, place: Iterable[str | int]) -> bool:
    """Whether a path leads to a place."""
    left = [path]
    for step in place:
        left = further(filter(None, left), step)
    return () in left


def line_at(lines: Mapping[str, int], where: str) -> int:
    """The line of a value by its path, or that of the nearest value around it, or 1."""
    if where in lines:
        return lines[where]
    around = (where[: step.start()] for step in reversed([*_STEP.finditer(where)]))
    return next((lines[one] for one in around if one in lines), lines.get("", 1))
