"""YAML read by yamlrocks where it gives what the strict reader gives; nothing else is read here.

yamlrocks (Rust; Python 3.12 and newer) takes a sixth of libyaml's time and a tenth of the strict reader's. It reads
YAML 1.2, so a text with a scalar that means something else in JSON or in PyYAML's YAML 1.1 is left to the strict
reader, as is any text with a tag, an anchor, a merge key, several documents, or too many levels.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import Any

import orjson

UNREAD: Any = object()
_LEVELS = 254  # orjson's limit
_ENDS = r"[ \t]*(?:[\n,\]}#]|\Z)"  # of a scalar
# Numbers of YAML 1.2 that are not numbers in JSON, and some of them not in YAML 1.1. Each pattern begins with a rare
# character, which makes the search fast.
_NO_NUMBERS = (
    re.compile(
        r"0(?:(?<=[\s,\[{]0)|(?<=[\s,\[{][-+]0)|(?<=[\"']:0)|(?<=[\"']:[-+]0))[0-9xo][0-9a-fA-F]*"
        r"(?:\.[0-9eE+-]*|[+-](?<=[eE][+-])[0-9]+)?" + _ENDS
    ),
    re.compile(r"\+(?:(?<=[\s,\[{]\+)|(?<=[\"']:\+))[0-9.][0-9.eE+-]*" + _ENDS),
    re.compile(r"\.(?:(?<=[\s,\[{+-]\.)|(?<=[\"']:\.))(?:[0-9][0-9eE+-]*|inf|Inf|INF|nan|NaN|NAN)" + _ENDS),
)
_ENDS_WITH_POINT = re.compile(r"\.(?<=[0-9]\.)(?:[eE][-+]?[0-9]+)?(?=" + _ENDS + ")")
# A text in YAML 1.2 that is something else in YAML 1.1 where it has no quotes: a boolean, a number in base 2 or 60 or
# with underscores, a date.
_OF_YAML_1_1 = re.compile(
    r"[yY]es|YES|[nN]o|NO|[oO]n|ON|[oO]ff|OFF|=|[-+]?0b[01_]+|[-+]?\.?[0-9][0-9_.]*_[0-9_.eE+-]*"
    r"|[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}(?:[Tt \t].*)?"
)
_EXPONENT = re.compile(  # a number in YAML 1.2; a text in 1.1, which needs a point before the exponent and a sign in it
    r"(?:[:-] +|[\"']:|[,\[{] *|\n *)[-+]?(?:[0-9]+[eE][-+]?[0-9]+|[0-9.]+[eE][0-9]+)(?=[ \t]*(?:[\n,\]}#]|\Z))"
)
_NUMBERS = frozenset([int, float])
_MOST = 1 << 64
_KINDS = frozenset([dict, list, str, int, float, bool, type(None)])
_MOST_OTHERS = 8  # different texts for which it is looked up whether they have quotes
_LONGEST_SCALAR = 64  # characters; longer ones are texts, if they do not begin like a number
ANCHOR = re.compile(r"&(?<![^\s,\[{:-]&)[A-Za-z0-9_-]")
_TAG = re.compile(r"!(?<![^\s,\[{:-]!)")
_MERGE = re.compile(r"<<(?=[\"']?\s*:)")
_DIRECTIVE = re.compile(r"%(?<=[\s,\[{:-]%)")
_TAB = re.compile(r"\t(?<=[\n ]\t)")  # which may be indentation
# Before a space, or in a list or object on one line, which may have begun on a line above.
_COMPLEX_KEY = re.compile(r"\?(?:(?<=[\n ]\?)\s|(?<=[\[{,\n]\?)|(?<=[\[{,\n ] \?))")
# What the two may read in different ways, by the character that it begins with; in bytes, which are quicker to search.
_ODD = tuple(
    (mark.encode(), re.compile(pattern.pattern.encode()))
    for mark, pattern in zip(
        "&!<%\t?0+.", (ANCHOR, _TAG, _MERGE, _DIRECTIVE, _TAB, _COMPLEX_KEY, *_NO_NUMBERS), strict=True
    )
)
_MARKS = (b"\n---", b"\n...", b"\r")  # of documents, and of lines that end in another way
_RARE = 500  # characters of a text for each mark
_NEAR = 200  # characters before a number, and behind it, that are looked at
_LINE_ENDS = frozenset("\x85\u2028\u2029")  # in YAML 1.1 alone
_DIGITS = bytes.maketrans(b"023456789_:", b"11111111111")
_LONG_NUMBER = b"1" * 200  # with 1,000 digits it is a text for yamlrocks
_STEP = 50  # characters; of a long number, every so many are enough to see that there may be one
_SOME_DIGITS = b"1" * (len(_LONG_NUMBER) // _STEP)
_COMMENT = re.compile(rb"#(?<!\S#)[^\n]*")  # or a part of a text that looks like one
_PRINTABLE = bytes([9, 10, *range(32, 127)])


def read_quickly(text: str, *, unprintable: re.Pattern[str], depth: int, as_json: bool) -> Any:
    """The value of a text, the very one that the strict reader gives; UNREAD where that is not certain.

    ``as_json`` is whether scalars mean what they mean in JSON, and not in YAML 1.1. ``depth`` is the number of levels
    that are allowed.
    """
    rocks = _yamlrocks()
    content = text.encode("utf-8", "surrogatepass")
    if rocks is None or _is_odd(text, content, unprintable, as_json=as_json):
        return UNREAD
    try:
        value = rocks.loads(text, option=rocks.OPT_DUPLICATE_KEYS_ERROR)
        if as_json:
            _check_json(value, depth, content)
        else:
            _check_yaml_1_1(value, depth, text)
    except (ValueError, TypeError):  # yamlrocks' and orjson's own errors are these
        return UNREAD
    return value


def _is_odd(text: str, content: bytes, unprintable: re.Pattern[str], *, as_json: bool) -> bool:
    """Whether a text has anything that the two readers may read in different ways, texts of YAML 1.1 aside."""
    if text.startswith(("---", "%", "\ufeff")) or any(mark in content for mark in _MARKS):
        return True
    if text[:1] in " \t\n" or not text.endswith("\n"):  # the readers disagree on blocks at the beginning and the end
        return True
    rest = content.translate(None, _PRINTABLE)
    others = rest.decode("utf-8", "surrogatepass")
    if not _LINE_ENDS.isdisjoint(others) or unprintable.search(others):
        return True
    if any(_has(content, mark, odd) for mark, odd in _ODD):
        return True
    if _SOME_DIGITS in content[::_STEP].translate(_DIGITS) and _LONG_NUMBER in content.translate(_DIGITS):
        return True
    return as_json and any(_is_number(text, *found.span()) for found in _ENDS_WITH_POINT.finditer(text))


def _has(content: bytes, mark: bytes, pattern: re.Pattern[bytes]) -> bool:
    """Whether a text has what a pattern finds, which begins with the mark. ``find`` is quicker where that is rare."""
    at = content.find(mark)
    for _ in range(len(content) // _RARE):
        if at < 0 or pattern.match(content, at):
            return at >= 0
        at = content.find(mark, at + 1)
    return at >= 0 and pattern.search(content, at) is not None


def _is_number(text: str, point: int, end: int) -> bool:
    """Whether the digits before a point may be a scalar with it, up to ``end``, and not the end of a sentence."""
    start = max(text.rfind("\n", max(point - _NEAR, 0), point) + 1, point - _NEAR)
    before = text[start:point].rstrip("0123456789").rstrip()
    if not before or before[-1] in ":-[{":
        return True
    after = text[end : end + _NEAR].lstrip()
    is_in_flow = after.startswith((",", "]", "}", "#")) or (not after and end + _NEAR < len(text))
    return before[-1] == "," and is_in_flow


def _check_json(value: Any, depth: int, content: bytes) -> None:
    """Raises TypeError for a value with more levels, or with what JSON has not: infinity, keys of other types.

    orjson writes infinity as null. What has as many ``null`` as the content has none, if all of them are in values.
    """
    written = orjson.dumps(value)
    if written.count(b"{") + written.count(b"[") > depth:
        around = value
        for _ in range(_LEVELS - depth):
            around = [around]
        orjson.dumps(around)
    is_counted = written.count(b"null") == content.count(b"null")
    if is_counted and not any(b"null" in comment for comment in _COMMENT.findall(content)):
        return
    if orjson.loads(written) != value:
        raise TypeError


def _check_yaml_1_1(value: Any, depth: int, text: str) -> None:
    """Raises TypeError for a value with more levels, or with anything that YAML 1.1 may read in another way."""
    texts, kinds = _short_texts(value, depth)
    if float in kinds and _EXPONENT.search(text):
        raise TypeError
    others = [one for one in texts if _OF_YAML_1_1.fullmatch(one)]
    if len(others) > _MOST_OTHERS or not all(_is_quoted(one, text) for one in others):
        raise TypeError


def _short_texts(value: Any, depth: int) -> tuple[set[str], set[type]]:
    """The keys and the short texts of a value, and the types of all in it. Raises TypeError for a key that is no text,
    for what JSON has not, and beyond ``depth`` levels.
    """
    keys: set[Any] = set()
    texts: set[str] = set()
    kinds: set[type] = set()
    level = [value]
    for _ in range(depth + 1):
        inner: list[Any] = []
        for one in level:
            kind = type(one)
            kinds.add(kind)
            if kind is dict:
                keys.update(one)
                inner += one.values()
            elif kind is list:
                inner += one
            elif kind is str and (len(one) < _LONGEST_SCALAR or one[0] in "+-.0123456789"):
                texts.add(one)
            elif kind in _NUMBERS and not -_MOST <= one <= _MOST:  # not a number, infinite, or very long
                raise TypeError
        level = inner
        if not level:
            break
    if level or not kinds <= _KINDS or any(type(key) is not str for key in keys):
        raise TypeError
    return texts | keys, kinds


def _is_quoted(scalar: str, text: str) -> bool:
    """Whether a text has quotes around a scalar wherever it is."""
    return text.count(scalar) == text.count(f"'{scalar}'") + text.count(f'"{scalar}"')


@lru_cache(maxsize=1)
def _yamlrocks() -> Any:
    """The module; None where it is not installed."""
    try:
        import yamlrocks
    except ImportError:
        return None
    return yamlrocks
