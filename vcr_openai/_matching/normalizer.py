"""Normalization of a JSON value: ids renamed, numbers rounded, volatile text substituted, each change noted in a trace.

The order of traversal, which numbers the ids, depends on member names and list positions only. Names of members are
never changed.
"""

from __future__ import annotations

import json
import re
from functools import lru_cache
from typing import Any, Final, NamedTuple

from vcr_openai._json import json_path
from vcr_openai._json.json_path import Path, Place, write
from vcr_openai._matching.generated_ids import can_be_id, find_ids, is_citable, kind, looks_generated
from vcr_openai._matching.restated import JsonText
from vcr_openai._matching.rules import ID_FIELDS, LINK_FIELDS, Rules
from vcr_openai._matching.volatile_text import (
    escape_brackets,
    placeholder,
    round_decimals,
    round_number,
    substituted,
    without_file_search,
)
from vcr_openai._recording.key import normalized_text
from vcr_openai._recording.key_rules import CURRENT

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
        self._any_value = self._id_fields - (frozenset(ID_FIELDS) - LINK_FIELDS)
        self._linked: set[str] = set()  # the values of those fields, whatever they look like
        self._unordered = _paths(rules.unordered)
        self._numbers: dict[str, int] = {}  # of the ids of each kind
        self._declared: dict[str, dict[int, set[str]]] = {}  # by their first characters, then by their length
        self._where: list[str | int] = []

    def note(self, rule: str, where: Path, before: Any, after: Any) -> None:
        """Add a change to the trace; ``after`` is None where the value was left out."""
        self.trace.append(Change(rule, write(where), before, after))

    def declare(self, body: Any) -> None:
        """Remember the ids of the body's id fields that do not look like ids, to find them inside of texts."""
        if self.rules.rename_ids:
            found = self._values_of_id_fields(body)
            self._linked = {value for name, value in found if name in self._any_value}
            for value in sorted({value for _, value in found}):
                if self._is_id(value) and is_citable(value, self.rules.id_prefixes):
                    self._declared.setdefault(value[:5], {}).setdefault(len(value), set()).add(value)

    def _is_id(self, value: str) -> bool:
        """Whether the value of an id field is an id: a name that a person chose is not, unless it links two items."""
        return value in self._linked or looks_generated(value, self.rules.id_prefixes)

    def _values_of_id_fields(self, body: Any) -> set[tuple[str, str]]:
        values: set[tuple[str, str]] = set()
        pending = [(body, "", "")]
        while pending:
            value, name, parent = pending.pop()
            members = value.items() if isinstance(value, dict) else ((name, inner) for inner in value)
            outer = name if isinstance(value, dict) else parent
            for inner_name, inner in members:
                if isinstance(inner, str):
                    if inner_name in self._id_fields and self._is_id_field(inner_name, outer):
                        values.add((inner_name, inner))
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
            declared = ids == _WHOLE and name in self._id_fields and self._is_id_field(name, parent)
            return self._text(value, ids, declared and self._is_id(value))
        if isinstance(value, dict):
            return {
                inner_name: self._inner(inner, inner_name, inner_name, name, _scope(inner_name, inner, ids))
                for inner_name, inner in sorted(value.items())
            }
        if isinstance(value, list):
            return [self._inner(inner, index, name, parent, ids) for index, inner in self._ordered(value)]
        if isinstance(value, JsonText):
            return [placeholder("json"), self.value(value.value, "arguments", parent, max(ids, _IN_TEXT))]
        return self._number(value) if isinstance(value, float) else value

    def _ordered(self, value: list[Any]) -> list[tuple[int, Any]]:
        """The elements with their places; of a list without order sorted by their text."""
        elements = list(enumerate(value))
        if not any(json_path.matches(path, self._where) for path in self._unordered):
            return elements
        elements.sort(key=lambda element: json.dumps(element[1], sort_keys=True, default=repr))
        if [index for index, _ in elements] != list(range(len(value))):
            self.note("unordered", tuple(self._where), value, [inner for _, inner in elements])
        return elements

    def _inner(self, value: Any, step: str | int, name: str, parent: str, ids: int) -> Any:
        if isinstance(value, int) or value is None:  # as long lists of tokens are
            return value
        self._where.append(step)
        normalized = self.value(value, name, parent, ids)
        self._where.pop()
        return normalized

    def _number(self, number: float) -> int | float:
        if self.rules.as_recorder:
            rule, rounded = "as_recorder", round_number(round(number, CURRENT.decimals), None)
        else:
            rule, rounded = "round_digits", round_number(number, self.rules.round_digits)
        if rounded != number:
            self.note(rule, tuple(self._where), number, rounded)
        return rounded

    def text(self, text: str, where: Place, *, may_be_id: bool = False) -> str:
        """The normalized text at ``where``, outside of the body; ``may_be_id`` marks what is an id if it looks so."""
        self._where = list(where)
        normalized = self._text(text, _WHOLE, may_be_id and self._is_id(text))
        self._where = []
        return normalized

    def filename(self, name: str, where: Place, temporary: re.Pattern[str]) -> str:
        """The name of an uploaded file, where what ``temporary`` finds counts as an id."""
        self._where = list(where)
        spans = [match.span() for match in temporary.finditer(name)]
        normalized = (
            self._renamed(escape_brackets(name), spans)
            if spans and escape_brackets(name) == name
            else self._text(name, _WHOLE)
        )
        self._where = []
        return normalized

    def identifier(self, value: str, where: Place) -> str:
        """The name of an id at ``where``, outside of the body."""
        return self.text(value, where, may_be_id=True)

    def _text(self, text: str, ids: int, is_declared: bool = False) -> str:  # noqa: FBT001, FBT002 - called for every text
        if text.isalpha() and not is_declared and not self.rules.replace:  # most values are such words, without digits
            return text
        text = escape_brackets(text)
        if len(text) >= _LONG and _is_encoded(text):
            return text
        for pattern, word in self.rules.replace:
            text = self._changed("replace", text, substituted(text, pattern, word))
        if not is_declared:
            text = self._without_volatile_text(text)
        if not self.rules.rename_ids or ids == _NOT:
            return text
        spans = find_ids(text, self.rules.id_prefixes, self._declared_in(text))
        if not spans and is_declared and can_be_id(text):
            spans = [(0, len(text))]
        return self._renamed(text, spans) if spans else text

    def _declared_in(self, text: str) -> list[str]:
        """The declared ids that occur in a text, each once; their number does not matter where they begin alike."""
        found: dict[str, None] = {}
        for start, by_length in self._declared.items():
            place = text.find(start)
            while place >= 0:
                for length, values in by_length.items():
                    if (value := text[place : place + length]) in values:
                        found[value] = None
                place = text.find(start, place + 1)
        return list(found)

    def _without_volatile_text(self, text: str) -> str:
        if self.rules.as_recorder:
            return self._changed("as_recorder", text, normalized_text(CURRENT, text))
        if self.rules.file_search_noise:
            text = self._changed("file_search_noise", text, without_file_search(text))
        if self.rules.round_digits is not None:
            text = self._changed("round_digits", text, round_decimals(text, self.rules.round_digits))
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
            number = self._numbers[which] = self._numbers.get(which, 0) + 1
            name = self.renamed[original] = placeholder(f"{which}#{number}")
        return name


@lru_cache(maxsize=64)
def _paths(texts: tuple[str, ...]) -> tuple[Path, ...]:
    """The paths of lists; a name alone is that of a member at any depth."""
    parsed = map(json_path.parse, texts)
    return tuple((..., *path) if len(path) == 1 else path for path in parsed)


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
