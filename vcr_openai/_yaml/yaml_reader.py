"""YAML to JSON values: the part of YAML that is JSON in another dress, and nothing that builds, repeats or merges.

The rule of this file: what stands in the text is all there is. Anchors, aliases, tags, merge keys, keys that stand
twice, further documents and absurd nesting are refused with their line; a scalar without quotes is null, true, false
or a number as JSON spells them, else text (so ``yes``, ``2024-01-01`` and ``007`` are what they look like).
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterator
from typing import Any

import yaml

from vcr_openai._errors import MalformedInteraction

LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where PyYAML was built with it
DEPTH = 64  # levels; four times what the deepest of 197 public cassettes needs
NODES = 5_000_000  # values in a file: a hundred times the largest public cassette, and some seconds of reading

_FORBIDDEN = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_CONSTANTS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_NO_KEY: Any = object()


def read(text: str, loader: type[Any] = LOADER) -> Any:
    """The value of a YAML document; None for a blank one.

    Raises MalformedInteraction whose ``where`` is ``line N`` for what is no YAML, or more YAML than JSON has words for.
    """
    return _Builder(loader).build(text)


def line_of(text: str, where: str, loader: type[Any] = LOADER) -> int | None:
    """The line at which the value with the JSON path ``where`` begins; None where the document has no such value."""
    builder = _Builder(loader, lines={})
    builder.build(text)
    return (builder.lines or {}).get(where)


def joined(where: str, key: str | int) -> str:
    """The JSON path of the item ``key`` of what stands at ``where``."""
    if isinstance(key, int):
        return f"{where}[{key}]"
    return f"{where}.{key}" if where else key


class _Builder:
    """Values from a parser's events; the stack holds the open containers, so that depth costs no recursion."""

    def __init__(self, loader: type[Any], lines: dict[str, int] | None = None) -> None:
        self.loader = loader
        self.lines = lines
        self.stack: list[tuple[Any, str]] = []  # each open container with its path
        self.keys: list[Any] = []  # for each the key that waits for its value
        self.result: Any = None
        self.nodes = 0

    def build(self, text: str) -> Any:
        text = text.removeprefix("\ufeff")
        if found := _FORBIDDEN.search(text):
            line = text.count("\n", 0, found.start()) + 1
            raise _error(line, "only printable characters (others as \\uXXXX in double quotes)", repr(found.group()))
        documents = 0
        for event in self._events(text):
            kind = type(event)
            if kind is yaml.ScalarEvent:
                self._scalar(event)
            elif kind is yaml.MappingStartEvent:
                self._open({}, event)
            elif kind is yaml.SequenceStartEvent:
                self._open([], event)
            elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
                self.stack.pop()
                self.keys.pop()
            elif kind is yaml.AliasEvent:
                raise _error(_line(event), "every value written out", f"the alias *{event.anchor}")
            elif kind is yaml.DocumentStartEvent:
                documents += 1
                if documents > 1:
                    raise _error(_line(event), "one document", "the beginning of a second one")
        return self.result

    def _events(self, text: str) -> Iterator[Any]:
        try:
            yield from yaml.parse(text, Loader=self.loader)
        except yaml.YAMLError as error:
            mark, told = (
                getattr(error, "problem_mark", None),
                (getattr(error, "problem", ""), getattr(error, "context", "")),
            )
            raise _error(mark.line + 1 if mark else 1, "YAML", " ".join(filter(None, told)) or str(error)) from error

    def _scalar(self, event: Any) -> None:
        if event.tag is not None or event.anchor is not None:
            _refuse_mark(event)
        if self.stack and self.keys[-1] is _NO_KEY:
            self._key(event)
        else:
            self._add(_plain(event) if event.implicit[0] else event.value, event)

    def _key(self, event: Any) -> None:
        """A key is the text that stands there; ``1`` and ``null`` too."""
        key = event.value
        if key == "<<" and event.implicit[0]:
            raise _error(_line(event), "every value written out", "the merge key <<")
        if key in self.stack[-1][0]:
            raise _error(_line(event), "each key once", f"the key {key[:80]!r} a second time")
        self.keys[-1] = key

    def _open(self, container: Any, event: Any) -> None:
        if event.tag is not None or event.anchor is not None:
            _refuse_mark(event)
        if len(self.stack) >= DEPTH:
            raise _error(_line(event), f"at most {DEPTH} levels", "a deeper one")
        if self.stack and self.keys[-1] is _NO_KEY:
            raise _error(_line(event), "text as a key", "a list or an object")
        where = self._add(container, event)
        self.stack.append((container, where))
        self.keys.append(_NO_KEY if isinstance(container, dict) else 0)

    def _add(self, value: Any, event: Any) -> str:
        """Put a value where it belongs; the answer is its path where paths are asked for."""
        self.nodes += 1
        if self.nodes > NODES:
            raise _error(_line(event), f"at most {NODES} values", "more")
        where = ""
        if not self.stack:
            self.result = value
        else:
            container, path = self.stack[-1]
            if isinstance(container, dict):
                container[self.keys[-1]] = value
            else:
                container.append(value)
            if self.lines is not None:
                where = joined(path, self.keys[-1] if isinstance(container, dict) else len(container) - 1)
            if isinstance(container, dict):
                self.keys[-1] = _NO_KEY
        if self.lines is not None:
            self.lines[where] = _line(event)
        return where


def _plain(event: Any) -> Any:
    text: str = event.value
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    number = _NUMBER.fullmatch(text)
    if number is None:
        return text
    try:
        value = float(text) if number[1] or number[2] else int(text)
    except ValueError as error:  # more digits than Python converts
        raise _error(_line(event), "a number of reasonable length", f"one of {len(text)} digits") from error
    if isinstance(value, float) and math.isinf(value):
        raise _error(_line(event), "a number that a float can hold", text[:40])
    return value


def _refuse_mark(event: Any) -> None:
    found = f"the anchor &{event.anchor}" if event.anchor is not None else f"the tag {event.tag}"
    raise _error(_line(event), "plain YAML without tags and anchors", found)


def _line(event: Any) -> int:
    return int(event.start_mark.line) + 1


def _error(line: int, expected: str, found: str) -> MalformedInteraction:
    return MalformedInteraction(f"line {line}", expected, found)
