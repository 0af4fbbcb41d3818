"""The tests of cassettes: the id of the test that looks for a cassette where it lies, from a list or from its path."""

from __future__ import annotations

import os
import re
from collections import Counter, defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, NamedTuple

from vcr_openai._errors import MalformedRecording
from vcr_openai._files import read_text
from vcr_openai._http.exchange import Exchange
from vcr_openai._recording.accepted import is_from_wire
from vcr_openai._trees.cassette_paths import CASSETTES, cassettes_of_test, read_node_id, safe_name, stem
from vcr_openai._trees.sources import Source

Parts = tuple[str, ...]

_TESTS: Final = ("tests", "test")
_SHORTENED: Final = re.compile(r".*\.\.\.[0-9a-f]{32}", re.DOTALL)  # pytest-recording cut the end off
_TEST_NAME: Final = re.compile(r"(?:(?P<owner>[^.\[]+)\.)?(?P<test>test[^.\[]*)(?P<parameters>\[.*)?", re.DOTALL)
# The files that make a folder pytest's rootdir, with what a file of several tools has to contain.
_INI_FILES: Final = (
    ("pytest.toml", ""),
    (".pytest.toml", ""),
    ("pytest.ini", ""),
    (".pytest.ini", ""),
    ("pyproject.toml", "[tool.pytest"),
    ("tox.ini", "[pytest]"),
    ("setup.cfg", "[tool:pytest]"),
)


class _Place(NamedTuple):
    """Where a cassette lies: its folder of tests as an absolute path and within its tree; its module, its name."""

    folder: Parts
    within: Parts
    module: str
    name: str


@dataclass(frozen=True)
class KnownTests:
    """What is known of the tests of cassettes.

    ``given`` is the test of all of them, ``collected`` are all tests that there are, ``rootdir`` is the folder that
    guessed ids are relative to.
    """

    given: str | None = None
    collected: frozenset[str] = frozenset()
    rootdir: Path | None = None

    def given_to(self, sources: Sequence[Source]) -> list[Source]:
        """The sources, those of cassettes with their tests as far as these are known.

        A test is exact where one of the collected ones looks for the cassette, else it is a guess from the path.
        """
        if self.given is not None:
            return [replace(source, test_id=self.given) for source in sources]
        places = {source: place for source in sources if (place := _place(source)) is not None}
        exact = _Collected(self.collected).tests_of(places.values())
        guesses = _Guesses(None if self.rootdir is None else _absolute(self.rootdir))
        found = []
        for source in sources:
            place = places.get(source)
            if place is None:
                found.append(source)
            elif place in exact:
                found.append(replace(source, test_id=exact[place]))
            else:
                found.append(replace(source, test_id=guesses.test_of(source, place), is_guess=True))
        return found


def test_of(source: Source, found: Sequence[object]) -> tuple[str | None, list[str]]:
    """The test of a cassette with these exchanges; and again where it is a guess that one of them needs.

    A guess has the names of models as the requests have them: ``llama3.2:3b`` is ``llama3.2-3b`` in the path.
    """
    exchanges = [one for one in found if isinstance(one, Exchange)]
    if not source.is_guess or source.test_id is None:
        return source.test_id, []
    bodies = [one.request.body.json.value for one in exchanges if one.request.body is not None]
    models = {body["model"] for body in bodies if isinstance(body, dict) and isinstance(body.get("model"), str)}
    guess = _with_models(source.test_id, sorted(models - {""}, key=len, reverse=True))
    return guess, [guess] * any(is_from_wire(one.provenance) for one in exchanges)


def _with_models(test_id: str, models: Sequence[str]) -> str:
    """A test id with models in its parameters, where ``model=openai-gpt-4o`` has the name of a provider, too."""
    names, bracket, parameters = test_id.partition("[")
    for model in models:
        written = re.escape(safe_name(f"[{model}")[1:])
        parameters = re.sub(rf"(=\w+)-{written}(?!\w)", lambda match: f"{match[1]}/{model}", parameters)  # noqa: B023
        parameters = re.sub(rf"(?<!\w){written}(?!\w)", lambda _: model, parameters)  # noqa: B023
    return f"{names}{bracket}{parameters}"


def _place(source: Source) -> _Place | None:
    """The place of a cassette in ``cassettes/<module>/``; None for any other file."""
    within = source.relative.split("/")
    *folder, cassettes, module, name = (*("",) * 3, *source.root, *within)
    if cassettes != CASSETTES:
        return None
    own = within[: -len((cassettes, module, name))]
    return _Place(tuple(folder[3:]), tuple(own), module, stem(name))


def _absolute(path: Path) -> Parts:
    return Path(os.path.normpath(path.absolute())).parts  # as a Source's root, which follows no links


class _Home(NamedTuple):
    """Pytest's rootdir: a folder, or the tree of a copy with what the tests' paths have before its own."""

    folder: Parts
    start: Parts = ()


class _Collected:
    """The collected tests, by the modules and names of their cassettes."""

    def __init__(self, collected: Collection[str]) -> None:
        self._tests: defaultdict[tuple[str, str], list[tuple[Parts, str]]] = defaultdict(list)
        for test_id in sorted(collected):
            try:
                test = read_node_id(test_id)
                names = {stem(place.rpartition("/")[2]) for place in cassettes_of_test(test_id)}
            except MalformedRecording:  # no test of a Python file
                continue
            for name in names:
                self._tests[test.module, name].append((test.folder, test_id))

    def tests_of(self, places: Collection[_Place]) -> dict[_Place, str | None]:
        """The test of each cassette that a collected test looks for; None where several do.

        The tests of a list have one rootdir. Where a cassette can be that of tests in several folders, it is the test
        by whose rootdir the most cassettes have a test; a rootdir within that one, or around it, does not count.
        """
        candidates = {place: self._candidates(place) for place in places}
        votes = Counter(home for found in candidates.values() for home in {home for home, _, _ in found})
        result: dict[_Place, str | None] = {}
        for place, found in candidates.items():
            sound = [(votes[home], length, test_id) for home, length, test_id in found if not _is_outvoted(home, votes)]
            if sound:
                best = max(sound)[:2]
                ids = [one[2] for one in sound if one[:2] == best]
                result[place] = ids[0] if len(ids) == 1 else None
        return result

    def _candidates(self, place: _Place) -> list[tuple[_Home, int, str]]:
        """The tests that a cassette can be of, each with the rootdir that it has then, and the folders that agree."""
        tests = self._tests[place.module, place.name]
        whole = [
            (_Home(place.folder[: len(place.folder) - len(folder)]), len(folder), test_id)
            for folder, test_id in tests
            if place.folder[len(place.folder) - len(folder) :] == folder
        ]
        tree = place.folder[: len(place.folder) - len(place.within)]
        return whole or [
            (_Home(tree, folder[: len(folder) - len(place.within)]), len(place.within), test_id)
            for folder, test_id in tests
            if folder[len(folder) - len(place.within) :] == place.within
        ]


def _is_outvoted(home: _Home, votes: Counter[_Home]) -> bool:
    """Whether more cassettes have a test by a rootdir that is around this one, or within it."""
    return any(
        number > votes[home]
        and (other.start or home.start or home.folder[: len(other.folder)] == other.folder[: len(home.folder)])
        for other, number in votes.items()
        if other != home
    )


class _Guesses:
    """The ids of tests as the paths of their cassettes look."""

    def __init__(self, rootdir: Parts | None) -> None:
        self._rootdir = rootdir
        self._here = _absolute(Path())
        self._roots: dict[tuple[Parts, Parts], Parts] = {}

    def test_of(self, source: Source, place: _Place) -> str | None:
        """The test that a cassette's path names; None where it names none, or where its name was shortened."""
        match = _TEST_NAME.fullmatch(place.name)
        if match is None or _SHORTENED.fullmatch(place.name):
            return None
        key = place.folder, source.root
        if key not in self._roots:
            self._roots[key] = self._root(place)
        folder = place.folder[len(self._roots[key]) :]
        names = [match["owner"]] * (match["owner"] is not None) + [f"{match['test']}{match['parameters'] or ''}"]
        return "::".join(("/".join((*folder, f"{place.module}.py")), *names))

    def _root(self, place: _Place) -> Parts:
        """The folder that is probably pytest's rootdir: one of those around the tests."""
        folder = place.folder
        if self._rootdir is not None and _is_within(folder, self._rootdir):
            return self._rootdir
        tree = folder[: len(folder) - len(place.within)]
        is_copy = not Path(*folder, f"{place.module}.py").exists()
        if is_copy and place.within[:1] and place.within[0] in _TESTS:
            return tree
        for end in range(len(folder), 0, -1):
            if _has_ini_file(Path(*folder[:end])):
                return folder[:end]
        if _is_within(folder, self._here):
            return self._here
        return next((folder[:end] for end, name in enumerate(folder) if name in _TESTS), tree)


def _is_within(folder: Parts, root: Parts) -> bool:
    return folder[: len(root)] == root


def _has_ini_file(folder: Path) -> bool:
    return any(_contains(folder / name, word) for name, word in _INI_FILES)


def _contains(path: Path, word: str) -> bool:
    try:
        return path.is_file() and word in read_text(path)
    except (OSError, ValueError):
        return False
