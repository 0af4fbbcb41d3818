"""The ledger: what each test played, recorded and missed, and what it left in its cassettes."""

from __future__ import annotations

import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from vcr_openai._http.headers import header
from vcr_openai._vcrpy.journal import Watcher

_FILES = "files"  # as in ``interactions``, which takes a while to import
_RETRY = "x-stainless-retry-count"  # the SDK counts in it how often it has tried again

Place = tuple[str, int]  # a file, and the number of an interaction in it


@dataclass
class FileUse:
    """A cassette file in a run: the tests that opened it, its interactions, and those that were played."""

    tests: set[str] = field(default_factory=set)  # node ids
    loaded: set[int] = field(default_factory=set)
    played: set[int] = field(default_factory=set)
    wide: set[str] = field(default_factory=set)  # those that opened it for others, too
    written: set[str] = field(default_factory=set)  # those that recorded into it
    asks: dict[int, str] = field(default_factory=dict)  # what an interaction asks, as far as that was wanted

    @property
    def left(self) -> list[int]:
        """The interactions that no test played, in order."""
        return sorted(self.loaded - self.played)


@dataclass
class Ledger:
    """What a run did. Everything in it has simple types, so that processes can send it to each other.

    ``counts`` has, for each test, how often something happened: ``played``, ``drifted`` of these, ``recorded``,
    ``missed``, ``live``, and the tokens that replay ``saved`` and recording ``spent``. What happened while no test ran
    stands under an empty name.
    """

    counts: dict[str, Counter[str]] = field(default_factory=lambda: defaultdict(Counter))
    files: dict[str, FileUse] = field(default_factory=lambda: defaultdict(FileUse))  # by absolute path

    def add(self, other: Mapping[str, Any]) -> None:
        """Add what another process sent (``sent``)."""
        for test, counts in other["counts"].items():
            self.counts[test].update(counts)
        for path, part in other["files"].items():
            use = self.files[path]
            for name in vars(use):
                getattr(use, name).update(part[name])

    def sent(self) -> dict[str, Any]:
        """The ledger as values that any process can read."""
        files = {path: {name: value.copy() for name, value in vars(use).items()} for path, use in self.files.items()}
        return {"counts": {test: dict(counts) for test, counts in self.counts.items()}, "files": files}


@dataclass(frozen=True)
class _Used:
    """A cassette, the test that opened it, and whether for other tests, too.

    ``recorders`` has the test that recorded the interaction at a position.
    """

    cassette: Any
    opener: str
    is_wide: bool
    recorders: dict[int, str] = field(default_factory=dict)


class Bookkeeper(Watcher):
    """Keeps the ledger while cassettes play.

    ``test`` is the node id of the test that runs, empty where none does; ``is_wide`` is whether it is making a fixture
    that other tests use, too.
    """

    def __init__(self, *, tokens: bool) -> None:
        self.ledger = Ledger()
        self.test = ""
        self.is_wide = False
        self._tokens = tokens
        self._used: dict[int, _Used] = {}  # the cassettes of this test, and those that are still open

    def opened(self, cassette: Any) -> None:
        """Note the cassette, whose interactions are counted once the test is over."""
        self._used[id(cassette)] = _Used(cassette, self.test, self.is_wide)

    def played(self, cassette: Any, position: int) -> None:
        """Count an answer, and its tokens."""
        self._count("played", "saved", cassette, position)

    def recorded(self, cassette: Any, position: int) -> None:
        """Count an interaction, and its tokens."""
        self._count("recorded", "spent", cassette, position)
        if used := self._used.get(id(cassette)):  # else nobody opened it
            used.recorders[position] = self.test

    def dropped(self, cassette: Any, positions: Sequence[int]) -> None:
        """Count interactions no longer that are not saved; their tokens are spent."""
        recorders = used.recorders if (used := self._used.get(id(cassette))) else {}
        for position in recorders.keys() & set(positions):
            self.ledger.counts[recorders[position]]["recorded"] -= 1

    def drifted(self, cassette: Any, position: int) -> None:  # noqa: ARG002  # whichever it was
        """Count a request that an unequal one answered."""
        self.ledger.counts[self.test]["drifted"] += 1

    def missed(self, cassette: Any, request: Any) -> None:  # noqa: ARG002  # whichever cassette it was
        """Count a request without an answer, which the SDK may send several times."""
        if header(request.headers, _RETRY) in ([], ["0"]):
            self.ledger.counts[self.test]["missed"] += 1

    def live(self) -> None:
        """Count a connection that no cassette made."""
        self.ledger.counts[self.test]["live"] += 1

    def _count(self, what: str, tokens: str, cassette: Any, position: int) -> None:
        counts = self.ledger.counts[self.test]
        counts[what] += 1
        if self._tokens and (number := _tokens(cassette.data[position])):
            counts[tokens] += number

    def left(self, test: str) -> Iterator[tuple[str, int, str]]:
        """What a test left in the cassettes of its own: the file, the interaction's number, and what it asks.

        What other tests may play is not counted: cassettes of wider fixtures, a library's shared recordings.
        """
        for used in tuple(self._used.values()):
            if used.opener == test and not used.is_wide:
                for position, (path, index) in _left(used.cassette):
                    yield path, index, asked(used.cassette, position)

    def settle(self, *, asks: Callable[[Any, int], str] | None = None) -> None:
        """Enter the cassettes of the test that is over; one that is still open is entered again after the next test.

        ``asks`` gives what an interaction asks, where that is wanted of those that were left.
        """
        for used in tuple(self._used.values()):
            self._enter(used, asks)

    def begin(self, test: str) -> None:
        """Begin with another test."""
        self.test = test
        self._used = {key: used for key, used in self._used.items() if used.cassette.is_open}

    def _enter(self, used: _Used, asks: Callable[[Any, int], str] | None) -> None:
        cassette = used.cassette
        left = {place: position for position, place in _left(cassette)}
        uses = {cassette.file: self._use(cassette.file, used)}  # by the path, as it is given
        if len(cassette.data) > cassette.loaded:
            uses[cassette.file].written.add(used.opener)
        for place in {place for position in range(cassette.loaded) for place in _places(cassette, position)}:
            path, index = place
            if path not in uses:
                uses[path] = self._use(path, used)
            use = uses[path]
            use.loaded.add(index)
            if place not in left:
                use.played.add(index)
            elif asks is not None and index not in use.asks:
                use.asks[index] = asks(cassette, left[place])

    def _use(self, path: str, used: _Used) -> FileUse:
        use = self.ledger.files[os.path.realpath(os.path.join(used.cassette.folder, path))]  # noqa: PTH118
        use.tests.add(used.opener)
        if used.is_wide:
            use.wide.add(used.opener)
        return use


def _left(cassette: Any) -> list[tuple[int, Place]]:
    """What a cassette has left: the positions, and their places in files. Of two that share a place one may play.

    Nothing is left where a test wanted a fault: it may have kept the client from asking.
    """
    left = [] if cassette.director.has_interfered else cassette.left()
    played = {
        place for position in set(range(cassette.loaded)).difference(left) for place in _places(cassette, position)
    }
    return [(position, place) for position in left for place in _places(cassette, position) if place not in played]


def _places(cassette: Any, position: int) -> list[Place]:
    """Where an interaction of a cassette is: in one file, in a library perhaps in several; nowhere if it is shared."""
    request, response = cassette.data[position]
    if files := response.get(_FILES):
        return [(path, 0) for path in files if path not in cassette.shared]
    return [getattr(request, "place", None) or (cassette.file, position)]


def asked(cassette: Any, position: int) -> str:
    """What an interaction asks, in a line."""
    from vcr_openai._errors import TranslationError
    from vcr_openai._findings import encodable, printable
    from vcr_openai._review.transcript import question
    from vcr_openai._vcrpy.interactions import http_request

    request = cassette.data[position][0]
    try:
        return encodable(printable(question(http_request(request))))
    except TranslationError:
        return encodable(printable(f"{request.method} {request.path}"))


def _tokens(pair: tuple[Any, Any]) -> int:
    from vcr_openai._errors import TranslationError
    from vcr_openai._review.usage import tokens_of
    from vcr_openai._vcrpy.interactions import vcr_exchange

    try:
        return tokens_of(vcr_exchange(*pair).response.body)
    except TranslationError:  # a response that a hook of the user's made
        return 0
