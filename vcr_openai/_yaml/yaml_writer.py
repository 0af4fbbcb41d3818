"""JSON values written as YAML that is made for reviews, which compare it line by line.

Changing a word changes the lines of that word only. Text is never folded or wrapped. Whether a value is written in a
block or on one line depends on its kind and not on its length, except for small lists and objects. Text that a common
YAML loader, 1.1 or 1.2, would read as something else is quoted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any

DEPTH = 40  # levels of a value that are written as YAML; the reader's limit leaves room for the cassette around them
KEY = 120  # characters of a key: YAML's limit is 1,024 with quotes, and an escaped character can take ten
_SHORT = 100  # characters of a list or object that may be written on one line
_LONG_TEXT = 60  # characters from which text of several lines takes several lines in a list

_SURROGATE = re.compile("[\ud800-\udfff]")
_NOT_IN_A_BLOCK = re.compile(r"[ \t]\n|[ \t]\Z|\n\n\Z")  # an editor that trims white space must not change an answer
_WORD = re.compile(r"(?:[^\W\d]|[/.(<$])(?:[^\s:#,?\[\]{}]|:(?=[^\s,?\[\]{}])|(?<=\S)#| (?=[^\s#]))*")
_TEXT_IN_A_BLOCK = re.compile(r"(?:[^\W\d]|[/.(<$])(?:[^\s:#]|:(?=\S)|(?<=\S)#| (?=[^\s#]))*")
# Text that begins like a number or a date: 3b-instruct, 7z.
_STARTS_WITH_A_DIGIT = re.compile(r"\d[^\s:#,?\[\]{}]*[g-np-wyzG-NP-WYZ/][^\s:#,?\[\]{}]*")
_TYPED = re.compile(r"(?i:null|true|false|yes|no|on|off|y|n|\.inf|\.nan)|[.][0-9_.]*(?:[eE].*)?|<<|---.*|\.\.\..*")
_ESCAPES = {"\n": "\\n", "\t": "\\t", "\r": "\\r", '"': '\\"', "\\": "\\\\", "\0": "\\0"}


@dataclass(frozen=True)
class OneLine:
    """A value that is written on one line, whatever its length."""

    value: Any

    @cached_property
    def text(self) -> str:
        """The line."""
        return one_line(self.value)


@dataclass(frozen=True)
class Compact:
    """A value whose inner objects are written on one line each, unless they contain text of several words."""

    value: Any


@dataclass(frozen=True)
class Rows:
    """A list that is never written on one line; its items may be ``OneLine`` or ``Compact``."""

    value: list[Any]


_NUMBERS = frozenset([int, float, bool])
_ATOMS = frozenset([int, float, bool, type(None)])
_NO_COUNT = frozenset([str, dict, list, OneLine, Compact, Rows])


def expressible(value: Any, depth: int = DEPTH) -> bool:
    """Whether YAML can express a JSON value: no lone surrogates, no very long keys, at most ``depth`` levels."""
    level = [value]
    for left in range(depth, -1, -1):
        inner: list[Any] = []
        for one in level:
            if isinstance(one, str):
                if not one.isascii() and _SURROGATE.search(one):
                    return False
            elif isinstance(one, (dict, list)):
                if not left or (isinstance(one, dict) and not all(map(_is_key, one))):
                    return False
                inner += one.values() if isinstance(one, dict) else one
            elif one is not None and not isinstance(one, (int, float)):
                return False
        if not inner:
            break
        level = inner
    return True


@lru_cache(maxsize=4096)
def _is_key(key: Any) -> bool:
    return isinstance(key, str) and len(key) <= KEY and not _SURROGATE.search(key)


def write(document: dict[str, Any]) -> str:
    """The YAML text of an object, with a final newline. Its values are JSON or one of the three classes above."""
    lines: list[str] = []
    _mapping(document, "", lines, compact=False)
    return "\n".join(lines) + "\n"


def _mapping(value: dict[str, Any], indent: str, lines: list[str], *, compact: bool) -> None:
    for key, item in value.items():
        _entry(f"{indent}{_short_scalar(key, _TEXT_IN_A_BLOCK)}:", item, indent, lines, compact=compact)


def _sequence(value: list[Any], indent: str, lines: list[str], *, compact: bool) -> None:
    rows = compact or _is_table(value)
    for item in value:
        if isinstance(item, Compact):
            _item(item.value, indent, lines, compact=True, row=False)
        else:
            _item(item, indent, lines, compact=compact, row=rows)


def _item(item: Any, indent: str, lines: list[str], *, compact: bool, row: bool) -> None:
    """The lines of a list's item; a container begins on the line of its dash."""
    if not isinstance(item, (dict, list)) or not item:
        _entry(f"{indent}-", item, indent, lines, compact=compact)
        return
    small = _small(item) if row or isinstance(item, list) else None
    if small is not None:
        lines.append(f"{indent}- {small}")
        return
    inner, start = indent + "  ", len(lines)
    if isinstance(item, dict):
        _mapping(item, inner, lines, compact=compact)
    else:
        _sequence(item, inner, lines, compact=compact)
    lines[start] = f"{indent}- {lines[start][len(inner) :]}"


def _entry(head: str, item: Any, indent: str, lines: list[str], *, compact: bool) -> None:
    """The lines of a key or a dash (``head``) and its value."""
    if type(item) in _ATOMS:
        lines.append(f"{head} {_atom(item)}")
    elif isinstance(item, str):
        _text(head, item, indent, lines)
    elif isinstance(item, OneLine):
        lines.append(f"{head} {item.text}")
    elif isinstance(item, Compact):
        _entry(head, item.value, indent, lines, compact=True)
    elif isinstance(item, dict) and item:
        small = (_small if compact or head.endswith("-") else _counts)(item)
        lines.append(head if small is None else f"{head} {small}")
        if small is None:
            _mapping(item, indent + "  ", lines, compact=compact)
    elif isinstance(item, (list, Rows)):
        _list(head, item, indent, lines, compact=compact)
    else:
        lines.append(f"{head} {one_line(item)}")


def _list(head: str, item: list[Any] | Rows, indent: str, lines: list[str], *, compact: bool) -> None:
    value = item.value if isinstance(item, Rows) else item
    small = _small(value) if item is value or not value else None
    lines.append(head if small is None else f"{head} {small}")
    if small is None:
        _sequence(value, indent, lines, compact=compact)


def _text(head: str, text: str, indent: str, out: list[str]) -> None:
    """Text after its key or dash: on the same line, as a literal block, or quoted with one line for each line of it."""
    if "\n" not in text[:-1] or (head.endswith("-") and len(text) < _LONG_TEXT):
        out.append(f"{head} {scalar(text)}")
        return
    lines = text.split("\n")
    inner = indent + "  "
    if _NOT_IN_A_BLOCK.search(text) or _has_escapes(text.replace("\n", " ").replace("\t", " ")):
        first, *rest = [f"{_escaped(line)}\\n" for line in lines[:-1]] + [_escaped(lines[-1])]
        rest = [f"\\{line}" if line.startswith(" ") else line for line in rest]
        out.append(f'{head} "' + f"\\\n{inner}".join([first, *(rest if rest[-1] else rest[:-1])]) + '"')
        return
    width = "2" if lines[0][:1] in ("", " ", "\t") else ""
    end = "" if text.endswith("\n") else "-"
    out.append(f"{head} |{width}{end}")
    out += [inner + line if line else "" for line in (lines if end else lines[:-1])]


def _has_escapes(text: str) -> bool:
    return not (text.isascii() and text.isprintable()) and _unprintable().search(text) is not None


def one_line(value: Any) -> str:
    """A JSON value in YAML's flow style, on one line."""
    if isinstance(value, str):
        return scalar(value, _WORD)
    if isinstance(value, dict):
        return "{" + ", ".join([f"{_short_scalar(key, _WORD)}: {one_line(item)}" for key, item in value.items()]) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(one_line, value)) + "]"
    return _atom(value)


def _atom(value: Any) -> str:
    if value is None:
        return "null"
    if value is True:
        return "true"
    if value is False:
        return "false"
    text = repr(value)  # 1e-07 is text for YAML 1.1
    return text if "." in text else text.replace("e", ".0e")


def scalar(text: str, plain: re.Pattern[str] = _TEXT_IN_A_BLOCK) -> str:
    """A text on one line: without quotes where ``plain`` allows it, else in the quotes that need the fewest escapes."""
    return _short_scalar(text, plain) if len(text) <= _SHORT else _scalar(text, plain)


def _scalar(text: str, plain: re.Pattern[str]) -> str:
    if _has_escapes(text):
        return f'"{_escaped(text)}"'
    if (plain.fullmatch(text) or _STARTS_WITH_A_DIGIT.fullmatch(text)) and not _TYPED.fullmatch(text):
        return text
    if "'" not in text or '"' in text or "\\" in text:
        return "'" + text.replace("'", "''") + "'"
    return f'"{text}"'


_short_scalar = lru_cache(maxsize=4096)(_scalar)  # keys, and words that repeat


@lru_cache(maxsize=1)
def _unprintable() -> re.Pattern[str]:
    """A character that is not printable in YAML 1.1, or a line end in it, or an invisible mark that reverses text.

    To compile such a class of characters takes milliseconds, which a file of plain words does not need.
    """
    return re.compile(
        "[^\x20-\x7e\xa0-\u2027\u202f-\u2065\u206a-\ud7ff\ue000-\ufefe\uff00-\ufffd\U00010000-\U0010ffff]"
    )


def _escaped(text: str) -> str:
    text = text.replace("\\", "\\\\").replace('"', '\\"')
    return _unprintable().sub(_escape, text)


def _escape(match: re.Match[str]) -> str:
    character = match.group()
    code = ord(character)
    return _ESCAPES.get(character) or (f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}")


def _counts(value: dict[str, Any]) -> str | None:
    """An object on one line that has only numbers, true, false and null, and is short, as a ``usage`` is; else None."""
    if not _NO_COUNT.isdisjoint(map(type, value.values())):
        return None
    line = one_line(value)
    return line if len(line) <= _SHORT else None


def _small(value: Any) -> str | None:
    """A list or object on one line that has neither inner objects nor text of several words, and is short or all
    numbers; else None.
    """
    if isinstance(value, list) and _NUMBERS.issuperset(map(type, value)):
        return one_line(value)
    if len(value) > _SHORT or not all(map(_is_word, value.values() if isinstance(value, dict) else value)):
        return None
    line = one_line(value)
    return line if len(line) <= _SHORT else None


def _is_word(value: Any) -> bool:
    if isinstance(value, str):
        return " " not in value
    return type(value) not in _NO_COUNT or value in ({}, [])


def _is_table(value: list[Any]) -> bool:
    """Whether a list has several objects with the same keys, such as models. Each is written on one line."""
    keys = {tuple(item) if isinstance(item, dict) else () for item in value if len(value) > 2}
    return len(keys) == 1 and len(keys.pop()) > 2
