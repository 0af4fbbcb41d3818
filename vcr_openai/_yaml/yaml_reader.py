"""YAML read as JSON values and bytes, within limits: nothing in a file is ever run, imported or built.

There are two dialects. ``PLAIN`` is the part of YAML that has the same values as JSON, for files that people edit.
``FOREIGN`` is what vcrpy, its older versions and its relatives in other languages write: a tag is looked up in a table
of readers, aliases are followed and counted, and scalars mean what they mean to PyYAML (YAML 1.1), except that dates
are text. In both, keys are the texts in the file.
"""

from __future__ import annotations

import base64
import binascii
import math
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import cached_property
from itertools import islice
from typing import Any

import yaml

from vcr_openai._errors import MalformedInteraction, describe, without_secrets
from vcr_openai._json import json_path
from vcr_openai._yaml.quick_yaml import ANCHOR, read_quickly
from vcr_openai._yaml.quick_yaml import UNREAD as UNREAD  # noqa: PLC0414 - exported

LOADER: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)  # libyaml where PyYAML was built with it
NODES = 5_000_000  # values and keys in a file: a hundred times the largest public cassette, and some seconds of reading
REPEATED = 64 << 20  # values and characters that the aliases of a file may repeat together
REPEATED_NODES = 200_000  # values among them: going through them all takes a second or two
_DIGITS = 4300  # characters of a number; Python's own limit for integers
_FEW = 24  # aliases: at worst they repeat some thousand values

_YAML = "tag:yaml.org,2002:"
_PYTHON = f"{_YAML}python/"
_NO_KEY: Any = object()
# The pattern begins with the mark, which makes the search fast; the look-behind is for what may come before the mark.
_ALIAS = re.compile(r"\*(?<![^\s,\[{:-]\*)[A-Za-z0-9_-]")

# The value of a scalar from its event and the parser, or of a collection from what was read and the event of its start.
_Reader = Callable[[Any, Any], Any]


@dataclass(frozen=True)
class Dialect:
    """What a reader accepts, and what scalars mean.

    ``plain`` reads a scalar without a tag and quotes; the two tables have a reader for each tag that is known.
    ``expected`` is the phrase for a tag that is not.
    """

    depth: int
    unprintable_characters: str
    expected: str
    plain: _Reader
    scalars: Mapping[str, _Reader]
    collections: Mapping[str, _Reader]
    aliases: bool

    @cached_property
    def unprintable(self) -> re.Pattern[str]:
        """A character that is not accepted. To compile such a class of characters takes milliseconds."""
        return re.compile(self.unprintable_characters)


def read(text: str, dialect: Dialect | None = None, loader: type[Any] = LOADER) -> Any:
    """The value of a YAML document in a dialect (``PLAIN`` unless another is given); None for a blank one.

    Raises MalformedInteraction whose ``where`` is ``line N`` for what is not YAML, for a tag that the dialect does not
    know, a key that occurs twice, a merge key, a second document, a number that JSON cannot write, and beyond the
    limits above.
    """
    dialect = dialect or PLAIN
    value = quickly(text, dialect) if loader is LOADER else UNREAD
    return _parsed(text, _Builder(dialect), loader) if value is UNREAD else value


def quickly(text: str, dialect: Dialect) -> Any:
    """The value that ``read`` gives, and PyYAML for FOREIGN; UNREAD where that takes the strict reader to find out."""
    if len(text) > NODES and most_nodes(text) > NODES:
        return UNREAD
    return read_quickly(text, unprintable=dialect.unprintable, depth=dialect.depth, as_json=dialect is PLAIN)


def most_nodes(text: str) -> int:
    """A number of values and keys that a text without aliases certainly does not exceed.

    After each of these characters, and at the beginning, at most an object and its first key begin.
    """
    content = text.encode("utf-8", "surrogatepass")
    return 2 * (1 + len(content) - len(content.translate(None, b"\n,:-?[{")))


def lines_of(text: str, dialect: Dialect | None = None, loader: type[Any] = LOADER) -> dict[str, int]:
    """The line of each value by its JSON path, as far as the text can be read in the dialect."""
    builder = _Builder(dialect or PLAIN, notes_lines=True)
    with suppress(MalformedInteraction):
        _parsed(text, builder, loader)
    return builder.lines


def check_aliases(text: str) -> None:
    """Refuse a YAML document whose aliases multiply, before a reader sees it that does not count them.

    Raises what ``read`` raises, for a document with more than a few aliases; others are not looked at.
    """
    if ANCHOR.search(text) and sum(1 for _ in islice(_ALIAS.finditer(text), _FEW + 1)) > _FEW:
        read(text, FOREIGN)


def _parsed(text: str, builder: _Builder, loader: type[Any]) -> Any:
    text = text.removeprefix("\ufeff")
    if found := builder.dialect.unprintable.search(text):
        expected = "YAML of printable characters (others as \\uXXXX in double quotes)"
        raise _malformed(text.count("\n", 0, found.start()), expected, ascii(found.group()))
    try:
        parser = loader(text)
        try:
            while parser.check_event():
                builder.take(parser.get_event(), parser)
        finally:
            parser.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
        words = "; ".join(filter(None, (getattr(error, "context", None), getattr(error, "problem", None))))
        raise _malformed(mark.line if mark else 0, "YAML", " ".join((words or str(error)).split())[:200]) from error
    return builder.result


@dataclass
class _Open:
    """A list or object that is being read.

    ``key`` is the key whose value comes next. ``where`` is its JSON path; None where no lines are noted, and for a key
    that is an object. The totals are those from before it began.
    """

    value: Any
    event: Any
    key: Any
    where: str | None
    weight: int
    nodes: int


class _Builder:
    """Makes values from a parser's events. The open containers are in a list, so that depth costs no recursion."""

    def __init__(self, dialect: Dialect, *, notes_lines: bool = False) -> None:
        self.dialect = dialect
        self.notes_lines = notes_lines
        self.lines = {"": 1}  # by the JSON path of each value
        self.result: Any = None
        self.open: list[_Open] = []
        self.anchors: dict[str, tuple[Any, int, int]] = {}  # value, weight and nodes
        self.documents = self.nodes = self.weight = self.repeated = self.repeated_nodes = 0

    def take(self, event: Any, parser: Any) -> None:
        """The next event."""
        kind = type(event)
        if kind is yaml.ScalarEvent:
            self._scalar(event, parser)
        elif kind is yaml.MappingStartEvent:
            self._begin({}, event)
        elif kind is yaml.SequenceStartEvent:
            self._begin([], event)
        elif kind is yaml.MappingEndEvent or kind is yaml.SequenceEndEvent:
            self._end()
        elif kind is yaml.AliasEvent:
            self._repeat(event)
        elif kind is yaml.DocumentStartEvent:
            self.documents += 1
            if self.documents > 1:
                raise _error(event, "one document", "the beginning of a second one")

    def _scalar(self, event: Any, parser: Any) -> None:
        weight = 1 + len(event.value)
        self._count(event, weight)
        as_key = bool(self.open) and self.open[-1].key is _NO_KEY
        if self.notes_lines and not as_key:
            self._note_line(event)
        if event.tag is not None:
            value = self._reader(event, self.dialect.scalars)(event, parser)
        elif as_key and event.value == "<<" and event.implicit[0]:
            raise _error(event, "every key written out", "the merge key <<")
        else:
            value = self.dialect.plain(event, parser) if event.implicit[0] and not as_key else event.value
        self._add(value, event, weight)

    def _begin(self, container: Any, event: Any) -> None:
        if event.tag is not None:
            self._reader(event, self.dialect.collections)
        if len(self.open) >= self.dialect.depth:
            raise _error(event, f"at most {self.dialect.depth} levels", "a deeper one")
        where = self._note_line(event) if self.notes_lines else None
        key = _NO_KEY if isinstance(container, dict) else None
        self.open.append(_Open(container, event, key, where, self.weight, self.nodes))
        self._count(event, 1)

    def _end(self) -> None:
        done = self.open.pop()
        tag = done.event.tag
        value = done.value if tag is None else self.dialect.collections[tag](done.value, done.event)
        self._add(value, done.event, self.weight - done.weight, self.nodes - done.nodes)

    def _repeat(self, event: Any) -> None:
        if not self.dialect.aliases:
            raise _error(event, "every value written out", f"the alias *{event.anchor[:40]}")
        if event.anchor not in self.anchors:
            raise _error(event, "an alias of an earlier value", f"*{event.anchor[:40]}")
        value, weight, nodes = self.anchors[event.anchor]
        self._count(event, weight, nodes)
        self.repeated += weight
        self.repeated_nodes += nodes
        if self.repeated > REPEATED:
            raise _error(event, f"aliases that repeat at most {REPEATED} characters", "more")
        if self.repeated_nodes > REPEATED_NODES:
            raise _error(event, f"aliases that repeat at most {REPEATED_NODES} values", "more")
        if self.notes_lines:
            self._note_line(event)
        self._put(value, event)

    def _count(self, event: Any, weight: int, nodes: int = 1) -> None:
        self.nodes += nodes
        self.weight += weight
        if self.nodes > NODES:
            raise _error(event, f"at most {NODES} values", "more")

    def _add(self, value: Any, event: Any, weight: int, nodes: int = 1) -> None:
        if event.anchor is not None:
            if not self.dialect.aliases:
                raise _error(event, self.dialect.expected, f"the anchor &{event.anchor[:40]}")
            self.anchors[event.anchor] = (value, weight, nodes)
        self._put(value, event)

    def _put(self, value: Any, event: Any) -> None:
        """Put a finished value or key into the container that is open."""
        if not self.open:
            self.result = value
            return
        inside = self.open[-1]
        if isinstance(inside.value, list):
            inside.value.append(value)
        elif inside.key is not _NO_KEY:
            inside.value[inside.key] = value
            inside.key = _NO_KEY
        elif not isinstance(value, str):
            raise _error(event, "text as a key", describe(value))
        elif value in inside.value:
            raise _error(event, "each key once", f"the key {without_secrets(value)[:80]!r} a second time")
        else:
            inside.key = value

    def _note_line(self, event: Any) -> str | None:
        """Note the line of the value that begins; the result is its JSON path, None within a key."""
        where = ""
        if self.open:
            inside = self.open[-1]
            if inside.where is None or inside.key is _NO_KEY:
                return None
            step = len(inside.value) if isinstance(inside.value, list) else inside.key
            where = json_path.join(inside.where, step)
        self.lines.setdefault(where, event.start_mark.line + 1)
        return where

    def _reader(self, event: Any, known: Mapping[str, Any]) -> Any:
        if event.tag not in known:
            raise _error(event, self.dialect.expected, f"the tag {_shown(event)}")
        return known[event.tag]


# --- the values of scalars


def _as_in_json(event: Any, _parser: Any) -> Any:
    """Null, true, false or a number as JSON spells it, else text."""
    text: str = event.value
    if text in _CONSTANTS:
        return _CONSTANTS[text]
    number = _NUMBER.fullmatch(text)
    return text if number is None else _number(event, float if number[1] or number[2] else int)


def _as_in_yaml_1_1(event: Any, parser: Any) -> Any:
    tag = parser.resolve(yaml.ScalarNode, event.value, (True, False))
    return _typed(event, parser, tag) if tag in _CONSTRUCTORS else event.value


def _typed(event: Any, parser: Any, tag: str | None = None) -> Any:
    """The value that PyYAML constructs for a scalar of one of four types."""
    tag = tag or event.tag
    return _number(event, lambda text: getattr(parser, _CONSTRUCTORS[tag])(yaml.ScalarNode(tag, text)))


def _number(event: Any, read_: Callable[[str], Any]) -> Any:
    text = event.value
    if len(text) > _DIGITS:
        raise _error(event, f"a number of at most {_DIGITS} characters", f"{len(text)}")
    try:
        value = read_(text)
    except (ValueError, KeyError, IndexError, OverflowError) as error:  # ``!!int abc``, ``!!bool 3``, ``!!int ''``
        expected = f"a value of the type {(event.tag or '').removeprefix(_YAML)}"
        raise _error(event, expected, describe(text)) from error
    if isinstance(value, float) and not math.isfinite(value):
        raise _error(event, "a number that JSON can write", describe(text))
    return value


def _text(event: Any, _parser: Any) -> Any:
    return event.value


def _binary(event: Any, _parser: Any) -> bytes:
    try:
        return base64.b64decode("".join(event.value.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise _error(event, "base64", f"{describe(event.value)} ({error})") from error


# --- the values of lists and objects with a tag


def _itself(value: Any, _event: Any) -> Any:
    return value


def _argument(value: Any, event: Any) -> Any:
    """The one argument of a constructor."""
    arguments = value.get("args") if isinstance(value, dict) else value
    if not isinstance(arguments, list) or len(arguments) != 1:
        raise _error(event, f"one argument under {_shown(event)}", describe(arguments))
    return arguments[0]


def _buffer(value: Any, _event: Any) -> Any:
    """The content of a file-like body, which is the first item of its state."""
    state = value.get("state") if isinstance(value, dict) else None
    return state[0] if isinstance(state, list) and state else b""


_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?")
_CONSTANTS = {
    "": None, "~": None, "null": None, "Null": None, "NULL": None,
    "true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False,
}  # fmt: skip
_CONSTRUCTORS = {f"{_YAML}{kind}": f"construct_yaml_{kind}" for kind in ("null", "bool", "int", "float")}
_MULTIDICT = "istr CIMultiDict CIMultiDictProxy MultiDict MultiDictProxy".split()  # aiohttp's header names
PLAIN = Dialect(
    depth=64,  # four times what the deepest of 197 public cassettes needs
    # The readers of YAML disagree on a byte order mark within a text.
    unprintable_characters="[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]",
    expected="plain YAML without tags and anchors",
    plain=_as_in_json,
    scalars={},
    collections={},
    aliases=False,
)
FOREIGN = Dialect(
    depth=100,  # as much as a JSON body may have that is compared as JSON
    unprintable_characters="[^\t\n\r\x20-\x7e\x85\xa0-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]",
    expected="data",
    plain=_as_in_yaml_1_1,
    scalars={
        **dict.fromkeys(_CONSTRUCTORS, _typed),
        **dict.fromkeys(("!", f"{_YAML}str", f"{_YAML}timestamp", f"{_PYTHON}str", f"{_PYTHON}unicode"), _text),
        **dict.fromkeys((f"{_YAML}binary", f"{_PYTHON}bytes", "!binary"), _binary),  # the last is Ruby's
    },
    collections={
        **dict.fromkeys(("!", f"{_YAML}map", f"{_YAML}seq"), _itself),
        **dict.fromkeys((f"{_PYTHON}{kind}" for kind in ("tuple", "list", "dict")), _itself),
        # vcrpy's for file-like and iterated request bodies, and what it wrote before 1.0 (vcr/migration.py)
        f"{_PYTHON}object/new:_io.BytesIO": _buffer,
        f"{_PYTHON}object/apply:builtins.iter": _argument,
        f"{_PYTHON}object:vcr.request.Request": _itself,
        f"{_PYTHON}object/apply:__builtin__.frozenset": _argument,
        f"{_PYTHON}object/apply:builtins.frozenset": _argument,
        **{
            f"{_PYTHON}object/{how}:multidict.{module}.{name}": _argument
            for how in ("apply", "new")
            for module in ("_multidict", "_multidict_py")
            for name in _MULTIDICT
        },
    },
    aliases=True,
)


def _shown(event: Any) -> str:
    tag: str = event.tag
    return ("!!" + tag.removeprefix(_YAML) if tag.startswith(_YAML) else tag)[:120]


def _error(event: Any, expected: str, found: str) -> MalformedInteraction:
    return _malformed(event.start_mark.line, expected, found)


def _malformed(line: int, expected: str, found: str) -> MalformedInteraction:
    return MalformedInteraction(f"line {line + 1}", expected, found)
