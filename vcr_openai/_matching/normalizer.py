"""Normalization of a JSON value: ids renamed, numbers rounded, volatile text replaced, each change noted in a trace.

The order of traversal, which numbers the ids, depends on member names and list positions only. Names of members are
never changed.
"""

from __future__ import annotations

import re
from collections import Counter
from functools import lru_cache
from typing import Any, Final, NamedTuple

from vcr_openai._json.json_path import Path, Step, write
from vcr_openai._matching.generated_ids import can_be_id, find_ids, is_citable, kind
from vcr_openai._matching.rules import Rules

# A placeholder (``⟦call#1⟧``, ``⟦number⟧``) is never equal to a text of the request: there the bracket is doubled.
_OPEN: Final = "\N{MATHEMATICAL LEFT WHITE SQUARE BRACKET}"
_CLOSE: Final = "\N{MATHEMATICAL RIGHT WHITE SQUARE BRACKET}"
# Members in which nothing is an id, whatever it looks like: names, and schemas with their enums and defaults.
_WORDS: Final = frozenset({"model", "name", "object", "role", "type"})
_SCHEMAS: Final = frozenset(
    {"format", "guided_json", "input_schema", "json_schema", "parameters", "response_schema", "schema"}
)
# Objects whose members the user named: an "id" in them is not an id of the API.
_OWN: Final = frozenset({"arguments", "attributes", "headers", "input", "metadata", "properties", "variables"})
# Objects whose "id" is a name that a person chose and on which the answer depends.
_NAMED: Final = frozenset({"engine", "model", "models", "plugins", "prompt", "provider", "skills", "voice"})

_WHOLE, _IN_TEXT, _NOT = range(3)  # the scope of ids: id fields and texts, texts only, nowhere
_LONG: Final = 4096  # characters of a text that may be encoded data
_ENCODED: Final = re.compile("[A-Za-z0-9+/]{512}")


class Change(NamedTuple):
    """One change that a rule made: the rule's name in Rules, the JSON path, and the value before and after.

    ``after`` is None where the rule left the value out.
    """

    rule: str
    path: str
    before: Any
    after: Any


def placeholder(label: str) -> str:
    """The placeholder with this label, which begins with a letter and contains no bracket of this kind."""
    return f"{_OPEN}{label}{_CLOSE}"


def escape(text: str) -> str:
    """The text with its own opening brackets doubled, so that no part of it is read as a placeholder."""
    return text.replace(_OPEN, _OPEN * 2) if _OPEN in text else text


class Normalizer:
    """Names ids in the order in which they occur, and keeps a trace of its changes.

    Each request needs its own: first ``declare``, then ``text``, ``identifier`` and ``value`` in the order that numbers
    the ids.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.trace: list[Change] = []
        self.renamed: dict[str, str] = {}
        self._id_fields = frozenset(rules.id_fields)
        self._numbers: Counter[str] = Counter()
        self._declared: dict[str, list[str]] = {}  # by their first characters, which are searched first
        self._where: list[Step] = []

    def note(self, rule: str, where: Path, before: Any, after: Any) -> None:
        """Add a change to the trace; ``after`` is None where the value was left out."""
        self.trace.append(Change(rule, write(where), before, after))

    def declare(self, body: Any) -> None:
        """Remember the values of the body's id fields that do not look like ids, to find them inside of texts."""
        if self.rules.rename_ids:
            for value in self._values_of_id_fields(body):
                self._remember(value)

    def _remember(self, value: str) -> None:
        if is_citable(value, self.rules.id_prefixes):
            self._declared.setdefault(value[:5], []).append(value)

    def _values_of_id_fields(self, body: Any) -> set[str]:
        values: set[str] = set()
        pending = [(body, "", "")]
        while pending:
            value, name, parent = pending.pop()
            members = value.items() if isinstance(value, dict) else ((name, inner) for inner in value)
            outer = name if isinstance(value, dict) else parent
            for inner_name, inner in members:
                if isinstance(inner, str):
                    if inner_name in self._id_fields and self._is_id_field(inner_name, outer):
                        values.add(inner)
                elif isinstance(inner, (dict, list)) and (
                    isinstance(value, list) or _scope(inner_name, inner, _WHOLE) == _WHOLE
                ):  # a list's elements are in the list's own scope
                    pending.append((inner, inner_name, outer))
        return values

    def _is_id_field(self, name: str, parent: str) -> bool:
        return name in self._id_fields and not (name == "id" and parent in _NAMED)

    def value(self, value: Any, name: str = "", parent: str = "", ids: int = _WHOLE) -> Any:
        """The normalized value of the member ``name`` of an object that is the member ``parent``."""
        if isinstance(value, str):
            return self._text(value, ids, ids == _WHOLE and name in self._id_fields and self._is_id_field(name, parent))
        if isinstance(value, dict):
            return {
                inner_name: self._inner(inner, inner_name, inner_name, name, _scope(inner_name, inner, ids))
                for inner_name, inner in sorted(value.items())
            }
        if isinstance(value, list):
            return [self._inner(inner, index, name, parent, ids) for index, inner in enumerate(value)]
        return self._number(value) if isinstance(value, float) else value

    def _inner(self, value: Any, step: Step, name: str, parent: str, ids: int) -> Any:
        if isinstance(value, int) or value is None:  # as long lists of tokens are
            return value
        self._where.append(step)
        normalized = self.value(value, name, parent, ids)
        self._where.pop()
        return normalized

    def _number(self, number: float) -> int | float:
        rounded = _round_number(number, self.rules.round_digits)
        if rounded != number:
            self.note("round_digits", tuple(self._where), number, rounded)
        return rounded

    def text(self, text: str, where: Path, *, declared: bool = False) -> str:
        """The normalized text at ``where``, outside of the body; ``declared`` marks an id."""
        self._where = list(where)
        normalized = self._text(text, _WHOLE, declared)
        self._where = []
        return normalized

    def identifier(self, value: str, where: Path) -> str:
        """The name of an id at ``where``, outside of the body; the id is also found inside of texts."""
        if self.rules.rename_ids:
            self._remember(value)
        return self.text(value, where, declared=True)

    def _text(self, text: str, ids: int, is_declared: bool) -> str:  # noqa: FBT001 - called for every text
        if text.isalpha() and not is_declared:  # no sign, digit or bracket: most values are such words
            return text
        text = escape(text)
        if len(text) >= _LONG and _is_encoded(text):
            return text
        if not is_declared:
            text = self._without_volatile_text(text)
        if not self.rules.rename_ids or ids == _NOT:
            return text
        declared = [value for start, values in self._declared.items() if start in text for value in values]
        spans = find_ids(text, self.rules.id_prefixes, declared)
        if not spans and is_declared and can_be_id(text):
            spans = [(0, len(text))]
        return self._renamed(text, spans) if spans else text

    def _without_volatile_text(self, text: str) -> str:
        if self.rules.file_search_noise:
            text = self._changed("file_search_noise", text, _without_file_search(text))
        if self.rules.round_digits is not None:
            text = self._changed("round_digits", text, _round_decimals(text, self.rules.round_digits))
        return text

    def _changed(self, rule: str, before: str, after: str) -> str:
        if before is not after and before != after:
            self.note(rule, tuple(self._where), before, after)
        return after

    def _renamed(self, text: str, spans: list[tuple[int, int]]) -> str:
        kept = []
        position = 0
        for start, end in spans:
            original = text[start:end]
            name = self._name(original)
            self.note("rename_ids", tuple(self._where), original, name)
            kept += [text[position:start], name]
            position = end
        return "".join(kept) + text[position:]

    def _name(self, original: str) -> str:
        name = self.renamed.get(original)
        if name is None:
            which = kind(original, self.rules.id_prefixes)
            self._numbers[which] += 1
            name = self.renamed[original] = placeholder(f"{which}#{self._numbers[which]}")
        return name


def _scope(name: str, value: Any, outer: int) -> int:
    """The scope of ids in the member ``name`` of an object whose scope is ``outer``."""
    if outer == _NOT or name in _WORDS or (name in _SCHEMAS and isinstance(value, dict)):
        return _NOT
    return _IN_TEXT if name in _OWN and isinstance(value, dict) else outer


def _is_encoded(text: str) -> bool:
    """Whether a long text is base64, with or without a data URL's beginning: it has no words, ids or numbers."""
    if text.startswith("data:"):
        return ";base64," in text[:200]
    return _ENCODED.match(text) is not None


# Volatile text: digits and file-search details that differ from run to run. The patterns are those of the recorder's
# key (FORMAT.md, "Normalizing a body"), so that recordings with the same key match. Each takes linear time.
_UUID: Final = "[a-f0-9]{8}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{4}-[a-f0-9]{12}"
_SCORE: Final = re.compile(r"score:\s*[-+]?(?:[0-9]+(?:\.[0-9]+)?|\.[0-9]+)(?:[eE][-+]?[0-9]+)?")
_ATTRIBUTES: Final = re.compile(r"attributes:\s*\{")
_DOCUMENT: Final = re.compile(rf"document_id:\s*{_UUID}")
_CITATION: Final = re.compile(rf"<\|{_UUID}\|>")
_EXACT_WHOLE_DIGITS: Final = 10  # before the point; with more of them a float has no five exact digits after it


def _without_file_search(text: str) -> str:
    """The text without scores, attributes and document ids of a file search's results."""
    if "attributes:" in text:
        text = _without_attributes(text)
    if "score:" in text:
        text = _SCORE.sub("score: " + placeholder("number"), text)
    if "document_id:" in text:
        text = _DOCUMENT.sub("document_id: " + placeholder("uuid"), text)
    if "<|" in text:
        text = _CITATION.sub(f"<|{placeholder('uuid')}|>", text)
    return text


def _without_attributes(text: str) -> str:
    """The text without every ``, attributes: {…}``, its comma and the white space before it included."""
    kept = ""
    position = 0
    while (match := _ATTRIBUTES.search(text, position)) and (end := text.find("}", match.end())) >= 0:
        before = text[position : match.start()].rstrip()
        kept += before.removesuffix(",")
        position = end + 1
    return kept + text[position:]


def _round_number(number: float, digits: int | None) -> int | float:
    """A float rounded to ``digits`` after the point (None: not at all); a whole number where it is one."""
    rounded = number if digits is None else round(number, digits)
    return int(rounded) if rounded.is_integer() else rounded


@lru_cache(maxsize=16)
def _decimals(digits: int) -> tuple[re.Pattern[str], re.Pattern[str]]:
    """A pattern that is fast because it begins with a literal, and the pattern of the numbers that are replaced."""
    after = rf"\.[0-9]{{{max(digits - 1, 1)},}}"
    return re.compile(after), re.compile(rf"(?<![0-9])-?[0-9]+{after}")


def _round_decimals(text: str, digits: int) -> str:
    """The text with each decimal number of at least ``digits - 1`` digits after its point printed with ``digits``."""
    hint, decimal = _decimals(digits)
    if not hint.search(text):
        return text

    def rounded(match: re.Match[str]) -> str:
        number = match.group()
        if number.index(".") > _EXACT_WHOLE_DIGITS:
            return number
        printed = f"{float(number):.{digits}f}"
        return printed if float(printed) else printed.removeprefix("-")

    return decimal.sub(rounded, text)
