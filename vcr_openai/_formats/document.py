"""A document: what a file of recordings or interactions contains, whatever its format."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

from vcr_openai._errors import MalformedInteraction, TranslationError
from vcr_openai._findings import Finding, counted
from vcr_openai._http.exchange import Exchange, decoded_exchanges
from vcr_openai._json import json_text
from vcr_openai._recording.recording import Recording
from vcr_openai._yaml import yaml_reader

_CONFLICT = "<<<<<<< "
_INTERACTION = re.compile(r"interactions\[\d+\]")
VERSION = 1  # of vcrpy's cassette format; the only one there is
Results = tuple[Sequence[Exchange | TranslationError], Sequence[Finding]]


@dataclass(frozen=True)
class Document:
    """The contents of a file.

    ``format`` names the format that the file can be written back in. ``read`` makes the exchanges, or the error of each
    that cannot be read, and finds what is worth a note; it is called once, when somebody asks for them.
    ``recordings`` are those of a file in the recording format, None for a cassette; ``single`` is whether the file is
    one recording and not an array. ``interactions`` are those of a YAML or JSON cassette as the file has them, None for
    the other formats. ``further`` are the other keys of a cassette, such as vcrpy's ``metadata``.
    """

    format: str
    read: Callable[[], Results] = field(repr=False, compare=False)
    recordings: tuple[Recording, ...] | None = None
    single: bool = False
    interactions: tuple[Any, ...] | None = None
    further: Mapping[str, Any] = field(default_factory=dict)

    @cached_property
    def _decoded(self) -> Results:
        exchanges, findings = self.read()
        results, undecoded = decoded_exchanges(exchanges)
        return results, [*findings, *undecoded]

    @property
    def results(self) -> Sequence[Exchange | TranslationError]:
        """The exchange of each interaction, its bodies decoded as far as possible, or its error."""
        return self._decoded[0]

    @property
    def findings(self) -> Sequence[Finding]:
        """What was read in a way that its reader should know: ``note`` and ``unread-body``."""
        return self._decoded[1]

    @property
    def exchanges(self) -> list[Exchange]:
        """All exchanges. Raises the error of the first interaction that has none."""
        found = []
        for one in self.results:
            if not isinstance(one, Exchange):
                raise one
            found.append(one)
        return found

    @cached_property
    def readable(self) -> dict[int, Exchange]:
        """The exchanges that can be read, by their numbers. Raises the error of the first interaction if none can."""
        found = {number: one for number, one in enumerate(self.results) if isinstance(one, Exchange)}
        return found or dict(enumerate(self.exchanges))

    @property
    def faults(self) -> list[Finding]:
        """The interactions that cannot be read (``unreadable``); those with one fault are one finding at the first."""
        groups: dict[tuple[str, str], list[TranslationError]] = {}
        for result in self.results:
            if not isinstance(result, Exchange):
                groups.setdefault((_INTERACTION.sub("", result.where), result.expected), []).append(result)
        found = []
        for first, *others in groups.values():
            further = f" (and in {counted(len(others), 'further interaction')})" if others else ""
            message = f"expected {first.expected}, found {first.found}{further}"
            found.append(Finding("unreadable", first.where, message))
        return found

    def test_id(self, number: int) -> str | None:
        """The id of the test that recorded an interaction, where the file has it."""
        if self.recordings is not None:
            return self.recordings[number].test_id
        result = self.results[number]
        found = result.provenance.get("test_id") if isinstance(result, Exchange) else None
        return found if isinstance(found, str) else None


@dataclass(frozen=True)
class Format:
    """A file format.

    ``name`` is also the suffix of the files that are written, and the name of the serializer; ``suffixes`` are those of
    files that may be in the format. ``sniff`` decides by the value of a file's text and its syntax (``json`` or
    ``yaml``) whether the file is in the format. ``load`` reads a text, whose value it takes, too, where that is known.
    ``dump`` writes exchanges; it is None for a format that is only read.
    """

    name: str
    sniff: Callable[[Any, str], bool]
    load: Callable[[str, Any], Document]
    dump: Callable[[Sequence[Exchange]], str] | None = None
    suffixes: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not self.suffixes:
            object.__setattr__(self, "suffixes", (f".{self.name}",))


def refuse_conflict(text: str) -> None:
    """Raises MalformedInteraction, with the line, for a file in which git left the markers of a conflict.

    Within a text that YAML folds over lines, such a file can be read, and the markers are words of an answer. At the
    beginning of a line no sound file has them.
    """
    at = 0 if text.startswith(_CONFLICT) else text.find(f"\n{_CONFLICT}")
    if at >= 0:
        line = text.count("\n", 0, at + 1) + 1
        raise MalformedInteraction(f"line {line}", "a cassette", "a merge conflict that is not resolved")


def syntax_of(text: str) -> str:
    """``json`` for a file that begins with the first character of an object or a list, else ``yaml``."""
    return "json" if text.removeprefix("\ufeff").lstrip()[:1] in ("{", "[") else "yaml"


def lines_of(text: str) -> dict[str, int]:
    """The line of each value of a file by its JSON path (see ``json_path.line_at``), as far as it can be read."""
    if syntax_of(text) == "json":
        return json_text.lines_of(text)
    return yaml_reader.lines_of(text, yaml_reader.FOREIGN)
