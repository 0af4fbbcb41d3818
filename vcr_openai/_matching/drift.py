"""Drift: the requests of tests that differ from those in their cassettes, and the kinds of change that they share."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from difflib import get_close_matches
from typing import Any, Final

from vcr_openai._findings import counted, printable
from vcr_openai._json import json_path
from vcr_openai._json.json_path import Path
from vcr_openai._matching.canonical import Canonical
from vcr_openai._matching.request_diff import ABSENT, Deviation, deviations, short
from vcr_openai._redaction.redact import redact_document

ALL: Final = "all"
_PROMPTS: Final = frozenset({"content", "description", "input", "instructions", "prompt", "system", "text"})
_LABEL: Final = 60  # characters of both values of a change
_NEAR: Final = 3  # paths that may be meant
_COMMA: Final = re.compile(r""",(?=(?:[^"\\]|"(?:[^"\\]|\\.)*"|\\.)*$)""")  # outside of a quoted name


@dataclass(frozen=True)
class Drifted:
    """A request that an unequal recorded one answered: its test, the place of that one, and all differences.

    ``changes`` are the differences as JSON objects, without secrets: ``path``, and where they are there ``recorded``
    and ``live``. ``passed`` is whether the test did.
    """

    test: str
    cassette: str
    interaction: str
    changes: Sequence[dict[str, Any]]
    passed: bool = True

    @property
    def kinds(self) -> tuple[str, ...]:
        """The paths of the changes without the indices of lists, each once."""
        return tuple(dict.fromkeys(kind(change["path"]) for change in self.changes))

    @property
    def document(self) -> dict[str, Any]:
        """The request as a JSON object."""
        return {
            "test": self.test,
            "cassette": self.cassette,
            "interaction": self.interaction,
            "passed": self.passed,
            "differences": list(self.changes),
        }


def changes_of(recorded: Canonical, live: Canonical) -> list[dict[str, Any]]:
    """The differences of two requests as JSON objects without secrets."""
    found = [_change(one) for one in deviations(recorded, live)]
    return found or [{"path": "query"}]  # in a credential, which is not shown


def _change(deviation: Deviation) -> dict[str, Any]:
    steps = json_path.parse_place(deviation.where) if deviation.where else ("",)
    name = next((step for step in reversed(steps) if isinstance(step, str)), "")
    values = {"recorded": deviation.recorded, "live": deviation.live}
    clean = {key: _clean(name, value) for key, value in values.items() if value is not ABSENT}
    return {"path": deviation.where, **clean}


def _clean(name: str, value: Any) -> Any:
    return redact_document({name: value})[0][name]


def kind(path: str) -> str:
    """A path with ``[*]`` in the place of each index."""
    return json_path.write(None if isinstance(step, int) else step for step in json_path.parse(path)) if path else ""


def shown(change: dict[str, Any]) -> str:
    """A change in a line: its path and both values, shortened."""
    return printable(Deviation(change["path"], change.get("recorded", ABSENT), change.get("live", ABSENT)).shown)


# --- what is accepted


@dataclass(frozen=True)
class Accepted:
    """Which differences a user accepts: all, or those at paths and below them."""

    everything: bool = False
    paths: tuple[Path, ...] = ()

    @classmethod
    def parse(cls, texts: Iterable[str]) -> Accepted:
        """What comma-separated paths, or ``all``, name. Raises ValueError for anything else."""
        names = [name.strip() for text in texts for name in _COMMA.split(text)]
        if ALL in names and len(set(names)) > 1:
            raise ValueError(f"expected {ALL} or paths, found both")
        return cls(everything=True) if ALL in names else cls(paths=tuple(map(json_path.parse, names)))

    def covers(self, drifted: Drifted) -> bool:
        """Whether each difference of a request is accepted."""
        return self.everything or all(self._covers(change["path"]) for change in drifted.changes)

    def _covers(self, path: str) -> bool:
        return any(_leads_to(accepted, path) for accepted in self.paths)

    def unmatched(self, requests: Iterable[Drifted]) -> Iterator[tuple[str, list[str]]]:
        """The accepted paths at which no request differs, each with the paths of differences that may be meant."""
        found = {change["path"] for one in requests for change in one.changes}
        kinds = sorted(set(map(kind, found)))
        for accepted in dict.fromkeys(self.paths):
            if not any(_leads_to(accepted, path) for path in found):
                yield json_path.write(accepted), _near(accepted, kinds)


def _near(path: Path, kinds: Sequence[str]) -> list[str]:
    """Those of several paths that have the last name of a path, or are spelled alike."""
    last = next((step for step in reversed(path) if isinstance(step, str)), None)
    named = [one for one in kinds if one and last in json_path.parse(one)]
    return list(dict.fromkeys([*named, *get_close_matches(json_path.write(path), kinds)]))[:_NEAR]


def _leads_to(path: Path, where: str) -> bool:
    """Whether a path leads to a place, or to what is around it; none leads to a body that is no JSON."""
    place = json_path.parse_place(where) if where else ()
    return any(json_path.matches(path, place[:length]) for length in range(1, len(place) + 1))


# --- kinds of change


@dataclass
class Group:
    """The changes of one kind: in how many requests, the values where all have the same, an example's test."""

    path: str
    example: str
    requests: int = 0
    values: set[str] = field(default_factory=set)
    first: dict[str, Any] = field(default_factory=dict)
    is_text: bool = True

    def add(self, change: dict[str, Any]) -> None:
        """Add a change of this kind."""
        self.first = self.first or change
        self.values.add(json.dumps([[change[key]] if key in change else [] for key in ("recorded", "live")]))
        self.is_text = self.is_text and _is_text(self.path, change)

    @property
    def label(self) -> str:
        """The group without its number: the path, with the values where all requests have the same ones."""
        if self.is_text:
            return f"{counted(self.requests, 'text')} changed ({self.path})"
        return f"{self.requests} × {self.path}{self._values}"

    @property
    def _values(self) -> str:
        if len(self.values) != 1:
            return ""
        text = " → ".join(_value(self.first, key) for key in ("recorded", "live"))
        return f" {text}" if len(text) <= _LABEL else ""

    @property
    def document(self) -> dict[str, Any]:
        """The group as a JSON object."""
        keys = ("recorded", "live") if len(self.values) == 1 else ()
        values = {key: self.first[key] for key in keys if key in self.first}
        return {"path": self.path, "requests": self.requests, "what": printable(self.label), **values}


def _value(change: dict[str, Any], key: str) -> str:
    if key not in change:
        return "absent"
    value = change[key]
    return json.dumps(value, ensure_ascii=False) if isinstance(value, str) else short(value)


def _is_text(path: str, change: dict[str, Any]) -> bool:
    """Whether a change is one of a text that a person wrote, whose values say little in a line."""
    one, other = change.get("recorded"), change.get("live")
    if not isinstance(one, str) or not isinstance(other, str):
        return False
    name = path.rpartition(".")[2].removesuffix("[*]")
    return name in _PROMPTS or any(" " in text or "\n" in text for text in (one, other))


def groups_of(requests: Iterable[Drifted]) -> list[Group]:
    """The kinds of change, the most frequent first. A request with several kinds counts in each."""
    found: dict[str, Group] = {}
    for drifted in requests:
        for path in drifted.kinds:
            found.setdefault(path, Group(path, drifted.test)).requests += 1
        for change in drifted.changes:
            found[kind(change["path"])].add(change)
    return sorted(found.values(), key=lambda group: -group.requests)


def headline(requests: Sequence[Drifted], groups: Sequence[Group]) -> str:
    """All in one line: ``3 requests drifted: 2 × tool_choice absent → "auto"; 1 text changed (input)``."""
    return printable(f"{counted(len(requests), 'request')} drifted: {'; '.join(group.label for group in groups)}")
