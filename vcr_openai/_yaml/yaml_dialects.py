"""YAML as cassettes are written in: by vcrpy, by older ones of it, by its relatives in other languages.

The rule of this file: a tag is a name in a table that says how the text under it is read, and nothing is ever built
from it. Aliases are followed, as vcrpy's own dumper writes them, but what they repeat is counted. Scalars mean what
YAML 1.1 says, as for PyYAML, but for dates, which are text.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable
from itertools import islice
from typing import Any

import yaml

from vcr_openai._errors import MalformedInteraction, describe

LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where PyYAML was built with it
DEPTH = 100  # levels; as much as a JSON body may have that is compared as JSON
NODES = 5_000_000  # values in a file: a hundred times the largest public cassette, and some seconds of reading
REPEATED = 64 << 20  # values and characters that aliases may repeat, all in all
REPEATED_NODES = 200_000  # values among them: whatever goes through them all does so in a second or two
_DIGITS = 4300  # characters of a number; Python's own limit for integers

_YAML = "tag:yaml.org,2002:"
_PYTHON = f"{_YAML}python/"
_NO_KEY: Any = object()
_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_PRINTABLE = re.compile("[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


_HARMLESS = 24  # aliases: those of the worst file with as many repeat some thousand values
# With the mark first, which is what makes the search fast; then what may stand before it.
_ALIAS = re.compile(r"\*(?<![^\s,\[{:-]\*)[A-Za-z0-9_-]")
_ANCHOR = re.compile(r"&(?<![^\s,\[{:-]&)[A-Za-z0-9_-]")


def check_aliases(text: str) -> None:
    """See to it that a YAML document's aliases do not multiply, before somebody reads it who does not count them.

    Raises what ``read`` raises, for a document with more than a few aliases; others are not looked at.
    """
    if _ANCHOR.search(text) and sum(1 for _ in islice(_ALIAS.finditer(text), _HARMLESS + 1)) > _HARMLESS:
        read(text)


def read(text: str, loader: type[Any] = LOADER) -> Any:
    """The value of a YAML document: JSON values and bytes; None for a blank one. Keys are the texts that stand there.

    Raises MalformedInteraction whose ``where`` is ``line N`` for what is no YAML, for a tag that is not in the table,
    a key that stands twice, a merge key, a second document, a number beyond a float, and beyond the limits above.
    """
    builder = _Builder()
    if lone := _SURROGATE.search(text):  # libyaml would fail at it with an error of the codec's
        raise _error(text.count("\n", 0, lone.start()) + 1, "text that UTF-8 can say", describe(lone.group()))
    try:
        parser = loader(text)
        try:
            while parser.check_event():
                builder.take(parser.get_event(), parser)
        finally:
            parser.dispose()
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        found = "; ".join(filter(None, (error.context, error.problem)))
        raise _error(mark.line + 1 if mark else 1, "YAML", found) from error
    except yaml.YAMLError as error:
        raise _error(_line_of_character(text), "YAML", " ".join(str(error).split())[:200]) from error
    return builder.result


class _Builder:
    """Values from a parser's events; the stack holds the open containers, so that depth costs no recursion."""

    def __init__(self) -> None:
        self.result: Any = None
        self.stack: list[
            tuple[Any, Any, int, int]
        ] = []  # each open container, its first event, weight and nodes so far
        self.keys: list[Any] = []  # for each the key that waits for its value
        self.anchors: dict[str, tuple[Any, int, int]] = {}  # value, weight and nodes
        self.documents = self.nodes = self.weight = self.repeated = self.repeated_nodes = 0

    def take(self, event: Any, parser: Any) -> None:
        """The next event."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._count(event, 1 + len(event.value))
            as_key = bool(self.stack) and self.keys[-1] is _NO_KEY
            self._add(_key(event) if as_key else _scalar(event, parser), event, 1 + len(event.value))
        elif kind is yaml.MappingStartEvent or kind is yaml.SequenceStartEvent:
            self._open({} if kind is yaml.MappingStartEvent else [], event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            container, start, weight, nodes = self.stack.pop()
            self.keys.pop()
            value = container if start.tag in _UNTAGGED else _COLLECTIONS[start.tag](container, start)
            self._add(value, start, self.weight - weight, self.nodes - nodes)
        elif kind is yaml.AliasEvent:
            self._repeat(event)
        elif kind is yaml.DocumentStartEvent:
            self.documents += 1
            if self.documents > 1:
                raise _error(_line(event), "one document", "the beginning of a second one")

    def _count(self, event: Any, weight: int, nodes: int = 1) -> None:
        self.nodes += nodes
        self.weight += weight
        if self.nodes > NODES:
            raise _error(_line(event), f"at most {NODES} values", "more")

    def _open(self, container: Any, event: Any) -> None:
        if event.tag not in _UNTAGGED and event.tag not in _COLLECTIONS:
            raise _unknown_tag(event)
        if len(self.stack) >= DEPTH:
            raise _error(_line(event), f"at most {DEPTH} levels", "a deeper one")
        self.stack.append((container, event, self.weight, self.nodes))
        self.keys.append(_NO_KEY if isinstance(container, dict) else None)
        self._count(event, 1)

    def _repeat(self, event: Any) -> None:
        if event.anchor not in self.anchors:
            raise _error(_line(event), "an alias of an earlier value", f"*{event.anchor[:40]}")
        value, weight, nodes = self.anchors[event.anchor]
        self._count(event, weight, nodes)
        self.repeated += weight
        self.repeated_nodes += nodes
        if self.repeated > REPEATED:
            raise _error(_line(event), f"aliases that repeat at most {REPEATED} characters", "more")
        if self.repeated_nodes > REPEATED_NODES:
            raise _error(_line(event), f"aliases that repeat at most {REPEATED_NODES} values", "more")
        self._add(value, event, weight, nodes, anchor=False)

    def _add(self, value: Any, event: Any, weight: int, nodes: int = 1, *, anchor: bool = True) -> None:
        """Put a finished value where it belongs."""
        if anchor and event.anchor is not None:
            self.anchors[event.anchor] = (value, weight, nodes)
        if not self.stack:
            self.result = value
            return
        container = self.stack[-1][0]
        if isinstance(container, list):
            container.append(value)
        elif self.keys[-1] is not _NO_KEY:
            container[self.keys[-1]] = value
            self.keys[-1] = _NO_KEY
        elif not isinstance(value, str):
            raise _error(_line(event), "text as a key", describe(value))
        elif value in container:
            raise _error(_line(event), "each key once", f"the key {value[:80]!r} a second time")
        else:
            self.keys[-1] = value


def _key(event: Any) -> Any:
    """A key is the text that stands there; ``200`` and ``no`` too."""
    if event.tag is not None:
        return _tagged(event)
    if event.value == "<<" and event.implicit[0]:
        raise _error(_line(event), "every key written out", "the merge key <<")
    return event.value


def _scalar(event: Any, parser: Any) -> Any:
    tag, text = event.tag, event.value
    if tag is None:
        if not event.implicit[0]:
            return text
        tag = parser.resolve(yaml.ScalarNode, text, (True, False))
    if tag not in _RESOLVED:
        return text if event.tag is None else _tagged(event)
    if len(text) > _DIGITS:
        raise _error(_line(event), f"a number of at most {_DIGITS} characters", f"{len(text)}")
    try:
        value = getattr(parser, _RESOLVED[tag])(yaml.ScalarNode(tag, text))
    except (ValueError, KeyError, IndexError, OverflowError) as error:  # ``!!int abc``, ``!!bool 3``, ``!!int ''``
        raise _error(_line(event), f"a value of the type {tag.removeprefix(_YAML)}", describe(text)) from error
    if isinstance(value, float) and not math.isfinite(value):
        raise _error(_line(event), "a number that JSON can write", describe(text))
    return value


def _tagged(event: Any) -> Any:
    reader = _SCALARS.get(event.tag)
    if reader is None:
        raise _unknown_tag(event)
    return reader(event)


def _text(event: Any) -> Any:
    return event.value


def _binary(event: Any) -> bytes:
    try:
        return base64.b64decode("".join(event.value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _error(_line(event), "base64", f"{describe(event.value)} ({error})") from error


def _itself(value: Any, _event: Any) -> Any:
    return value


def _only(value: Any, event: Any) -> Any:
    """The one argument that a constructor was written with."""
    arguments = value.get("args") if isinstance(value, dict) else value
    if not isinstance(arguments, list) or len(arguments) != 1:
        raise _error(_line(event), f"one argument under {_shown(event)}", describe(arguments))
    return arguments[0]


def _buffer(value: Any, _event: Any) -> Any:
    """What was in a file-like body, from the first item of its state."""
    state = value.get("state") if isinstance(value, dict) else None
    return state[0] if isinstance(state, list) and state else b""


# What a tag resolves to and how PyYAML reads it; all else is text.
_RESOLVED = {
    f"{_YAML}null": "construct_yaml_null",
    f"{_YAML}bool": "construct_yaml_bool",
    f"{_YAML}int": "construct_yaml_int",
    f"{_YAML}float": "construct_yaml_float",
}
_SCALARS: dict[str, Callable[[Any], Any]] = {
    "!": _text,
    f"{_YAML}str": _text,
    f"{_YAML}timestamp": _text,
    f"{_PYTHON}str": _text,
    f"{_PYTHON}unicode": _text,
    f"{_YAML}binary": _binary,
    f"{_PYTHON}bytes": _binary,
    "!binary": _binary,  # Ruby's
}
_UNTAGGED = (None, "!")
_MULTIDICT = ("istr", "CIMultiDict", "CIMultiDictProxy", "MultiDict", "MultiDictProxy")  # aiohttp's header names
_COLLECTIONS: dict[str, Callable[[Any, Any], Any]] = {
    f"{_YAML}map": _itself,
    f"{_YAML}seq": _itself,
    f"{_PYTHON}tuple": _itself,
    f"{_PYTHON}list": _itself,
    f"{_PYTHON}dict": _itself,
    # vcrpy's for file-like and iterated request bodies, and what it wrote before 1.0 (vcr/migration.py)
    f"{_PYTHON}object/new:_io.BytesIO": _buffer,
    f"{_PYTHON}object/apply:builtins.iter": _only,
    f"{_PYTHON}object:vcr.request.Request": _itself,
    f"{_PYTHON}object/apply:__builtin__.frozenset": _only,
    f"{_PYTHON}object/apply:builtins.frozenset": _only,
    **{
        f"{_PYTHON}object/{how}:multidict.{module}.{name}": _only
        for how in ("apply", "new")
        for module in ("_multidict", "_multidict_py")
        for name in _MULTIDICT
    },
}


def _unknown_tag(event: Any) -> MalformedInteraction:
    return _error(_line(event), "data", f"the tag {_shown(event)}")


def _shown(event: Any) -> str:
    tag: str = event.tag
    return ("!!" + tag.removeprefix(_YAML) if tag.startswith(_YAML) else tag)[:120]


def _line(event: Any) -> int:
    line: int = event.start_mark.line
    return line + 1


def _line_of_character(text: str) -> int:
    """The line of the first character that YAML forbids; its ReaderError knows an offset only, in bytes or not."""
    found = _NOT_PRINTABLE.search(text)
    return text.count("\n", 0, found.start()) + 1 if found else 1


def _error(line: int, expected: str, found: str) -> MalformedInteraction:
    return MalformedInteraction(f"line {line}", expected, found)
