"""Ids: which parts of a text were generated, and of which kind they are.

In doubt a part is a word. A word that is taken for an id can lead to the answer of another request, an id that is taken
for a word only to a miss. So a known prefix is not enough (``call_weather``, ``file-search``, ``batch_size``,
``asst_math``, ``item_123456789``): the rest must look generated, which is long, with digits and letters mixed.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Final

_UUID: Final = "[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}"
_A_UUID: Final = re.compile(f"(?<![0-9A-Za-z]){_UUID}(?![0-9A-Za-z])")
_UUID_HINT: Final = re.compile("-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-")  # fast, because it begins with a literal

# What looks generated: a UUID; hexadecimal digits, with a letter and a digit; a long mixture (``_is_mixed``); a shorter
# one with three runs of digits, which has to be a whole word: 5dwu13v5, but not file-abc123-report.
_LONG: Final = 22  # characters: call_ and file- take 22 or 24
_CORE: Final = rf"""
    (?:(?:{_UUID}|(?=[0-9]*[a-f])(?=[a-f]*[0-9])[0-9a-f]{{12,}}|(?P<mixed>[A-Za-z0-9]{{{_LONG},}}))(?![A-Za-z0-9])
    |(?=[A-Za-z0-9]{{8,21}}(?![A-Za-z0-9_]|-[A-Za-z0-9]))(?!v[0-9])
     [A-Za-z]*[0-9]+[A-Za-z]+[0-9]+[A-Za-z]+[0-9][A-Za-z0-9]*)"""
# From the prefix's last character on: the ids of OpenAI, Azure, vLLM, Ollama, Bedrock, Anthropic and the recorder. They
# may have a second prefix or a number first (chatcmpl-tool-…, toolu_vrtx_…, call_0_…).
_GENERATED: Final = re.compile(rf"[-_](?:tool-|vrtx_|bdrk_|[0-9]{{1,3}}_)?{_CORE}", re.VERBOSE)
_WHOLE: Final = re.compile(rf"(?:[A-Za-z0-9]{{1,12}}[-_.|:]){{0,3}}{_CORE}", re.VERBOSE)
_CHANGE: Final = re.compile("(?<=[a-z])[A-Z0-9]|(?<=[A-Z])[a-z0-9]|(?<=[0-9])[A-Za-z]")
_MIXED: Final = 0.38  # of the neighbours in a random mixture, 0.62 differ in case or kind; in aCamelCaseName, some 0.25
_LONGEST: Final = 200  # characters of an id; a longer text was written by someone
_WORD_CHARACTER: Final = re.compile("[A-Za-z0-9_]")
_DISTINCTIVE: Final = re.compile("(?=.*[A-Za-z])(?=.*[0-9]).{8,}", re.DOTALL)

Span = tuple[int, int]  # from, and up to, in characters


@lru_cache(maxsize=4096)  # each request of a conversation repeats its ids
def kind(text: str, prefixes: tuple[str, ...]) -> str:
    """The kind of an id: its prefix without the ``-`` or ``_``, ``uuid``, or ``id`` where it has no known kind."""
    known = max((prefix for prefix in prefixes if text.startswith(prefix)), key=len, default="")
    if known:
        return known[:-1]
    return "uuid" if _A_UUID.fullmatch(text) else "id"


def find_ids(text: str, prefixes: tuple[str, ...], declared: Sequence[str] = ()) -> list[Span]:
    """The places of ids in a text: those that look generated, and the ``declared`` values that are words of their own.

    In the order of the text, without overlaps: of two that overlap the one that begins first, or is longer, counts.
    """
    if not declared and "-" not in text and "_" not in text:
        return []
    spans = [
        span
        for match in _GENERATED.finditer(text)
        if (match["mixed"] is None or _is_mixed(match["mixed"])) and (span := _with_prefix(text, match, prefixes))
    ]
    if _UUID_HINT.search(text):
        spans += [match.span() for match in _A_UUID.finditer(text)]
    for value in declared:
        if value in text:
            spans += _separate(text, value)
    if len(spans) < 2:
        return spans
    found: list[Span] = []
    for span in sorted(spans, key=lambda span: (span[0], -span[1])):
        if not found or span[0] >= found[-1][1]:
            found.append(span)
    return found


def _with_prefix(text: str, match: re.Match[str], prefixes: tuple[str, ...]) -> Span | None:
    """The span of the id whose prefix ends where the match begins; None where there is no known prefix."""
    end = match.start() + 1
    if not text.endswith(prefixes, 0, end):
        return None
    for prefix in prefixes:
        start = end - len(prefix)
        if start >= 0 and text.startswith(prefix, start) and not _is_word(text, start - 1):
            return start, match.end()
    return None


def _is_mixed(text: str) -> bool:
    """Whether upper case, lower case and digits alternate as in random text, and not as in a name."""
    return len(_CHANGE.findall(text)) >= _MIXED * (len(text) - 1)


def _separate(text: str, value: str) -> Iterable[Span]:
    start = text.find(value)
    while start >= 0:
        end = start + len(value)
        if not _is_word(text, start - 1) and not _is_word(text, end):
            yield start, end
        start = text.find(value, end)


def _is_word(text: str, position: int) -> bool:
    return 0 <= position < len(text) and _WORD_CHARACTER.match(text, position) is not None


def is_id(text: str, prefixes: tuple[str, ...]) -> bool:
    """Whether the whole text looks generated."""
    return find_ids(text, prefixes) == [(0, len(text))]


@lru_cache(maxsize=4096)
def looks_generated(text: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a value that is declared to be an id looks generated, with a known prefix, another one or none."""
    found = _WHOLE.fullmatch(text) if len(text) <= _LONGEST else None
    if found is not None and (found["mixed"] is None or _is_mixed(found["mixed"])):
        return True
    return is_id(text, prefixes)


def can_be_id(text: str) -> bool:
    """Whether a value that is declared to be an id can be one: it is not empty and not as long as prose."""
    return 0 < len(text) <= _LONGEST


@lru_cache(maxsize=4096)
def is_citable(text: str, prefixes: tuple[str, ...]) -> bool:
    """Whether a declared id can be found inside of texts: ``call_1`` can, ``weather`` and ``1`` cannot.

    False for an id that looks generated, which is found without a declaration.
    """
    distinctive = text.startswith(prefixes) or _DISTINCTIVE.fullmatch(text) is not None
    return distinctive and can_be_id(text) and not find_ids(text, prefixes)
