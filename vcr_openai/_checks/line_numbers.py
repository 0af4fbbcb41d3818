"""The lines at which the places of a document stand in its text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import yaml

from vcr_openai._json import json_path
from vcr_openai._json.json_spans import Path, spans

_LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where PyYAML was built with it
_KEY = "?"  # stands for a key that is no text
_LINE = re.compile(r"\bline (\d+)\b")


def lines_of(text: str) -> dict[str, int]:
    """The line of each JSON path in a JSON or YAML text; of a list or an object that of its first text.

    What cannot be read any further has no lines.
    """
    found: dict[str, int] = {"": 1}
    for place, line in _json_lines(text) if text.lstrip()[:1] in ("{", "[") else _yaml_lines(text):
        path = place
        while (spelled := json_path.write(path)) not in found:  # its text is the first one of what it is a part of
            found[spelled] = line
            path = path[:-1]
    return found


def nearest(lines: dict[str, int], where: str) -> int:
    """The line of a path, or of what it is a part of: a body's own JSON has no lines of the file."""
    while where and where not in lines:
        where = where[: max(where.rfind("."), where.rfind("["), 0)]
    return lines.get(where, 1)


def line_in(message: str) -> int:
    """The line that an error's message names, else the first."""
    match = _LINE.search(message)
    return int(match[1]) if match else 1


def _json_lines(text: str) -> Iterator[tuple[Path, int]]:
    line, end = 1, 0
    for span in sorted(spans(text), key=lambda span: span.start):
        line += text.count("\n", end, span.start)
        end = span.start
        yield span.path, line


def _yaml_lines(text: str) -> Iterator[tuple[Path, int]]:
    events: Iterator[Any] = yaml.parse(text, Loader=_LOADER)
    path: list[Any] = []  # the key or index at which each open container now is; None where a key is to come
    try:
        for event in events:
            if isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
                path.pop()
                if path and path[-1] is _KEY:
                    path[-1] = ""
                else:
                    _step(path)
            elif isinstance(event, yaml.ScalarEvent) and path and path[-1] is None:
                path[-1] = event.value
            elif isinstance(event, yaml.NodeEvent):
                if path and path[-1] is None:  # aiohttp's header names are objects
                    path[-1] = _KEY
                yield tuple(path), event.start_mark.line + 1 if event.start_mark else 1
                if isinstance(event, yaml.CollectionStartEvent):
                    path.append(None if isinstance(event, yaml.MappingStartEvent) else 0)
                else:
                    _step(path)
    except yaml.YAMLError:
        return


def _step(path: list[Any]) -> None:
    """Go on from a value that is read: to the next index, or to the next key."""
    if path:
        path[-1] = path[-1] + 1 if isinstance(path[-1], int) else None
