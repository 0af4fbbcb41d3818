"""A JSON value with its ids renamed and its numbers rounded, and the trace of what was done to it.

The rule of this file: the order of traversal, which numbers the ids, depends on member names and list positions
alone. Names of members are never changed: they are words.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from typing import Any, Final, NamedTuple

from vcr_openai._json.json_path import Path, Step, write
from vcr_openai._matching.excerpt import excerpts
from vcr_openai._matching.generated_ids import can_be_id, find_ids, is_citable, kind
from vcr_openai._matching.placeholder import escape, placeholder
from vcr_openai._matching.rules import Rules
from vcr_openai._matching.volatile_text import round_decimals, round_number, without_file_search

# Members in which nothing is an id, however it looks: names, and schemas with their enums and defaults.
_WORDS: Final = frozenset({"model", "name", "object", "role", "type"})
_SCHEMAS: Final = frozenset(
    {"format", "guided_json", "input_schema", "json_schema", "parameters", "response_schema", "schema"}
)
# Objects whose members the user named: an "id" in them is no id of the API.
_OWN: Final = frozenset({"arguments", "attributes", "headers", "input", "metadata", "properties", "variables"})
# Objects whose "id" is a name that a person chose, and that the answer depends on.
_NAMED: Final = frozenset({"engine", "model", "models", "plugins", "prompt", "provider", "skills", "voice"})

_WHOLE, _IN_TEXT, _NOT = range(3)  # where ids are looked for: in id fields and in texts, in texts only, nowhere
_SHOWN: Final = 60  # characters of a value that the trace keeps
_LONG: Final = 4096  # characters from which on a text is looked at whether it is encoded data
_ENCODED: Final = re.compile("[A-Za-z0-9+/]{512}")


class Firing(NamedTuple):
    """One change that a rule made: its name as in Rules, the JSON path, and the value before and after, shortened.

    ``after`` is empty where the rule left the value out.
    """

    rule: str
    path: str
    before: str
    after: str


class Normalizer:
    """Gives ids their names, in the order in which it meets them, and remembers what it did.

    One for each request: ``declare`` first, then ``text``, ``identifier``, ``value`` in the order that numbers the ids.
    """

    def __init__(self, rules: Rules) -> None:
        self.rules = rules
        self.trace: list[Firing] = []
        self.renamed: dict[str, str] = {}
        self._id_fields = frozenset(rules.id_fields)
        self._numbers: Counter[str] = Counter()
        self._declared: dict[str, list[str]] = {}  # by their first characters, which are looked for first
        self._where: list[Step] = []

    def fired(self, rule: str, where: Path, before: Any, after: Any) -> None:
        """Add to the trace; ``after`` is None where the value was left out."""
        shown = excerpts(_text_of(before), "" if after is None else _text_of(after), _SHOWN)
        self.trace.append(Firing(rule, write(where), *shown))

    def declare(self, body: Any) -> None:
        """Remember the values of the body's id fields that do not look like ids, to know them again inside of texts."""
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
        rounded = round_number(number, self.rules.round_digits)
        if rounded != number:
            self.fired("round_digits", tuple(self._where), number, rounded)
        return rounded

    def text(self, text: str, where: Path, *, declared: bool = False) -> str:
        """The normalized text that stands at ``where`` outside of the body; ``declared`` tells that it is an id."""
        self._where = list(where)
        normalized = self._text(text, _WHOLE, declared)
        self._where = []
        return normalized

    def identifier(self, value: str, where: Path) -> str:
        """The name of an id that stands at ``where`` outside of the body; it is known again inside of texts."""
        if self.rules.rename_ids:
            self._remember(value)
        return self.text(value, where, declared=True)

    def _text(self, text: str, ids: int, is_declared: bool) -> str:  # noqa: FBT001 - the hot path
        if text.isalpha() and not is_declared:  # no sign, digit or bracket: most values are such words
            return text
        text = escape(text)
        if len(text) >= _LONG and _is_encoded(text):
            return text
        if not is_declared:
            text = self._without_noise(text)
        if not self.rules.rename_ids or ids == _NOT:
            return text
        declared = [value for start, values in self._declared.items() if start in text for value in values]
        spans = find_ids(text, self.rules.id_prefixes, declared)
        if not spans and is_declared and can_be_id(text):
            spans = [(0, len(text))]
        return self._renamed(text, spans) if spans else text

    def _without_noise(self, text: str) -> str:
        if self.rules.file_search_noise:
            text = self._changed("file_search_noise", text, without_file_search(text))
        if self.rules.round_digits is not None:
            text = self._changed("round_digits", text, round_decimals(text, self.rules.round_digits))
        return text

    def _changed(self, rule: str, before: str, after: str) -> str:
        if before is not after and before != after:
            self.fired(rule, tuple(self._where), before, after)
        return after

    def _renamed(self, text: str, spans: list[tuple[int, int]]) -> str:
        kept = []
        position = 0
        for start, end in spans:
            original = text[start:end]
            name = self._name(original)
            self.fired("rename_ids", tuple(self._where), original, name)
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
    """Where ids are looked for in the member ``name`` of an object in which they are looked for in ``outer``."""
    if outer == _NOT or name in _WORDS or (name in _SCHEMAS and isinstance(value, dict)):
        return _NOT
    return _IN_TEXT if name in _OWN and isinstance(value, dict) else outer


def _is_encoded(text: str) -> bool:
    """Whether a long text is base64, as a data URL or as it is: nothing in it is a word, an id or a number."""
    if text.startswith("data:"):
        return ";base64," in text[:200]
    return _ENCODED.match(text) is not None


def _text_of(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
